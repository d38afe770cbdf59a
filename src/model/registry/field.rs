//! What one field is: its kind, how far it may go, and which of two values protects more.

use crate::model::{
    registry::{FieldPath, Tier, Value, date::Date},
    vocabulary::Vocabulary,
};

/// What values a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A line of free text.
    Line,
    /// The name of a person or group: each of its words gives the person away.
    Name,
    /// A number or reference that identifies: document, telephone, case, file.
    Identifier,
    /// Long text, merged letter by letter when two people write at once.
    Narrative,
    /// One code of a list of the vocabulary.
    Code(&'static str),
    /// The language that the record is written in: `en`, `es`, `pt`.
    Language,
    /// A date in EDTF.
    Date,
    /// A country, ISO 3166-1 alpha-2.
    Country,
    /// A first-level subdivision, ISO 3166-2.
    Admin1,
    /// The national code of a municipality, province or cantón: digits.
    Admin2Code,
    /// Latitude and longitude in degrees, `-2.5,-76.1`.
    Coordinate,
    /// A whole number from zero.
    Count,
    /// Yes or no.
    Flag,
    /// The key of an entry of another part, for example of `victims`.
    Key(&'static str),
    /// 64 hexadecimal digits that the program writes.
    Digest,
    /// An organisation, as its `did:key`.
    Org,
    /// Text of any length that the program writes, replaced as a whole.
    Note,
}

/// How a value is made less exact on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coarsening {
    /// Not at all: as it is, or withheld.
    Keep,
    /// A date: the month from coalition, the quarter in public.
    Date,
    /// The stated precision of a place: as exact as the place fields of the tier.
    LocationPrecision,
    /// A title: from coalition on replaced by one made of codes.
    NeutralTitle,
}

/// Which of several concurrent values rules until a person settles them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// No matter of safety: the same on every node, by the document's own rule.
    None,
    /// Yes protects.
    True,
    /// No protects.
    False,
    /// The code that stands first protects most; an unlisted one more than all.
    Ranked(&'static [&'static str]),
    /// The earlier date protects; what is no date more than all.
    Earliest,
}

impl Safety {
    /// The value that protects most. The same whatever the order.
    #[must_use]
    pub fn most_protective(self, values: &[Value]) -> Option<&Value> {
        values.iter().min_by_key(|value| (self.rank(value), *value))
    }

    /// What a removal writes, so that a removal never opens: the closed value.
    #[must_use]
    pub fn closed_value(self) -> Option<Value> {
        match self {
            Self::None | Self::Earliest => None,
            Self::True => Some(Value::Flag(true)),
            Self::False => Some(Value::Flag(false)),
            Self::Ranked(codes) => codes.first().map(|code| Value::from(*code)),
        }
    }

    /// 0 for the most protective.
    fn rank(self, value: &Value) -> i64 {
        match self {
            Self::None => 0,
            Self::True => i64::from(value.as_flag() == Some(false)),
            Self::False => i64::from(value.as_flag() == Some(true)),
            Self::Ranked(codes) => {
                let place = codes.iter().position(|code| value.as_text() == Some(*code));
                place.and_then(|place| i64::try_from(place + 1).ok()).unwrap_or(0)
            }
            Self::Earliest => earliest_day(value).unwrap_or(i64::MIN),
        }
    }
}

fn earliest_day(value: &Value) -> Option<i64> {
    let first = value.as_text()?.parse::<Date>().ok()?.earliest()?;
    let [year, month, day] = [first.year().into(), first.month().into(), first.day().into()];
    let ordinal: i64 = year;
    Some((ordinal * 16 + month) * 32 + day)
}

/// One line of the field table.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    /// The paths that it is about: literal segments, `*` for a key, `{list}` for a code of a list.
    pub pattern: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// The most open tier that a value may ever reach.
    pub tier: Tier,
    /// Names of victims: with consent that says so, also goes to named partners.
    pub identity: bool,
    /// How it is made less exact.
    pub coarsening: Coarsening,
    /// Which of concurrent values rules.
    pub safety: Safety,
    /// Whether a record cannot be saved without it.
    pub required: bool,
    /// Whether it leaves only with an item of evidence that a person released.
    pub released: bool,
    /// A scope of consent that it needs beside what the tier needs.
    pub scope: Option<&'static str>,
    /// Its name for people.
    pub label: &'static str,
    /// What to write there.
    pub help: &'static str,
}

impl FieldSpec {
    /// A field that is kept as it is, is no matter of safety and may be missing.
    #[must_use]
    pub const fn new(
        pattern: &'static str,
        kind: Kind,
        tier: Tier,
        label: &'static str,
        help: &'static str,
    ) -> Self {
        let (identity, required, released, scope) = (false, false, false, None);
        let (coarsening, safety) = (Coarsening::Keep, Safety::None);
        Self {
            pattern,
            kind,
            tier,
            identity,
            coarsening,
            safety,
            required,
            released,
            scope,
            label,
            help,
        }
    }

    /// The same, required to save.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same, made less exact on its way out.
    #[must_use]
    pub const fn coarsened(self, coarsening: Coarsening) -> Self {
        Self { coarsening, ..self }
    }

    /// The same, a matter of safety.
    #[must_use]
    pub const fn safety(self, safety: Safety) -> Self {
        Self { safety, ..self }
    }

    /// The same, leaving only with an item of evidence that a person released.
    #[must_use]
    pub const fn released(self) -> Self {
        Self { released: true, ..self }
    }

    /// The same, leaving only with this scope of consent.
    #[must_use]
    pub const fn scope(self, scope: &'static str) -> Self {
        Self { scope: Some(scope), ..self }
    }

    /// The same, a victim's identity.
    #[must_use]
    pub const fn identity(self) -> Self {
        Self { identity: true, ..self }
    }

    /// Whether the path is one of this field.
    #[must_use]
    pub fn matches(&self, path: &FieldPath) -> bool {
        let (mut wanted, mut found) = (self.pattern.split('/'), path.segments());
        loop {
            match (wanted.next(), found.next()) {
                (None, None) => return true,
                (Some(wanted), Some(found)) if segment_matches(wanted, found) => {}
                _differs => return false,
            }
        }
    }

    /// The codes that a value of this field has, in its path or as itself, with their lists.
    pub fn codes<'v>(
        &self,
        path: &'v FieldPath,
        value: &'v Value,
    ) -> impl Iterator<Item = (&'static str, &'v str)> {
        let lists = self.pattern.split('/').map(list_name);
        let in_path = lists.zip(path.segments()).filter_map(|(list, code)| Some((list?, code)));
        let itself = match (self.kind, value) {
            (Kind::Code(list), Value::Text(code)) => Some((list, code.as_str())),
            _no_code => None,
        };
        in_path.chain(itself)
    }

    /// The list whose codes are wanted where the path, otherwise one of this field, has another.
    #[must_use]
    pub fn list_of(&self, path: &FieldPath) -> Option<&'static str> {
        let (wanted, found) = (self.pattern.split('/'), path.segments());
        if wanted.clone().count() != found.count() {
            return None;
        }
        let mut strange = wanted
            .zip(path.segments())
            .filter(|(wanted, found)| !segment_matches(wanted, found))
            .map(|(wanted, _)| list_name(wanted));
        strange.next().flatten().filter(|_| strange.next().is_none())
    }
}

fn list_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
}

fn segment_matches(wanted: &str, found: &str) -> bool {
    match list_name(wanted) {
        Some(list) => Vocabulary::built_in().admits(list, found),
        None => wanted == "*" || wanted == found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_protective_value_rules_in_any_order() {
        let ranked = Safety::Ranked(&["withdrawn", "none_recorded", "informed_explicit"]);
        let (open, closed) = (Value::from("informed_explicit"), Value::from("withdrawn"));
        let newer = Value::from("a_code_of_tomorrow");
        for values in [[open.clone(), closed.clone()], [closed.clone(), open.clone()]] {
            assert_eq!(ranked.most_protective(&values), Some(&closed));
        }
        assert_eq!(ranked.most_protective(&[closed, newer.clone()]), Some(&newer));
        let flags = [Value::Flag(true), Value::Flag(false)];
        assert_eq!(Safety::False.most_protective(&flags), Some(&Value::Flag(false)));
        assert_eq!(Safety::True.most_protective(&flags), Some(&Value::Flag(true)));
        let dates = [Value::from("2024-05-03"), Value::from("2024-05-01")];
        assert_eq!(Safety::Earliest.most_protective(&dates), Some(&Value::from("2024-05-01")));
    }

    #[test]
    fn patterns_match_keys_and_codes_of_lists() {
        let spec =
            FieldSpec::new("victims/*/roles/{defender_role}", Kind::Flag, Tier::Coalition, "", "");
        assert!(spec.matches(&"victims/1/roles/park_ranger".parse().unwrap()));
        assert!(!spec.matches(&"victims/1/roles/astronaut".parse().unwrap()));
        assert!(spec.matches(&"victims/1/roles/x_astronaut".parse().unwrap()));
        assert!(!spec.matches(&"victims/1/roles".parse().unwrap()));
        let list = |path: &str| spec.list_of(&path.parse().unwrap());
        assert_eq!(list("victims/1/roles/astronaut"), Some("defender_role"));
        for other in ["victims/1/roles", "victims/1/roles/park_ranger", "sources/1/roles/x"] {
            assert_eq!(list(other), None, "{other}");
        }
    }
}
