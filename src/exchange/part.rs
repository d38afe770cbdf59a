//! The part of a cell that a rule wants, where lists put several things into one.

use std::borrow::Cow;

/// What stands in a column's name for the number of a repeat: `victims[*]/name`.
pub(super) const REPEATS: &str = "[*]";

/// Which part of a value is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    /// Of `Parent::Child` what is behind the last `::`; a value without is taken whole.
    Child,
    /// Of `Parent::Child` what is in front of the first `::`.
    Parent,
    /// Of `label|address` what is in front; an address alone has no label.
    Label,
    /// Of `label|address` what is behind; an address alone is taken whole.
    Address,
    /// `lat|lon`, `lat lon altitude accuracy` and the like as `lat,lon`.
    Point,
}

impl Take {
    /// All parts, by the names that a mapping uses.
    pub(super) const ALL: [(&'static str, Self); 5] = [
        ("child", Self::Child),
        ("parent", Self::Parent),
        ("label", Self::Label),
        ("address", Self::Address),
        ("point", Self::Point),
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, take)| *take)
    }

    /// The part; empty if there is none.
    pub(super) fn of(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Child => text.rsplit_once("::").map_or(text, |(_, child)| child.trim()).into(),
            Self::Parent => text.split_once("::").map_or(text, |(parent, _)| parent.trim()).into(),
            Self::Label => text.split_once('|').map_or("", |(label, _)| label.trim()).into(),
            Self::Address => {
                text.split_once('|').map_or(text, |(_, address)| address.trim()).into()
            }
            Self::Point => {
                let mut numbers = text.split(['|', ',', ';', ' ']).filter(|part| !part.is_empty());
                match (numbers.next(), numbers.next()) {
                    (Some(latitude), Some(longitude)) => format!("{latitude},{longitude}").into(),
                    _one => text.into(),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_found() {
        for (take, text, part) in [
            (Take::Child, "Ataques::Homicidio", "Homicidio"),
            (Take::Child, "Homicidio", "Homicidio"),
            (Take::Parent, "Ataques::Homicidio", "Ataques"),
            (Take::Label, "Nota|https://example.org/a?b=1", "Nota"),
            (Take::Label, "https://example.org", ""),
            (Take::Address, "Nota|https://example.org/", "https://example.org/"),
            (Take::Address, "https://example.org/", "https://example.org/"),
            (Take::Point, "2.44|-76.61", "2.44,-76.61"),
            (Take::Point, "2.44 -76.61 1700 4.5", "2.44,-76.61"),
            (Take::Point, "2.44, -76.61", "2.44,-76.61"),
        ] {
            assert_eq!(take.of(text), part, "{text}");
        }
    }
}
