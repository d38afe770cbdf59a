//! Paths with places to fill.

use crate::model::registry::{FieldPath, FieldSpec, Kind, PathError, table};

/// A path in which `{row}` stands for the row's own key, `{part}` for the number of the part of a
/// split cell, and `{code}` for the code that was read: `sectors/{code}` makes a flag of each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::exchange) struct Target(String);

/// What fills the places of a [`Target`].
#[derive(Debug, Clone, Copy)]
pub(in crate::exchange) struct Filling<'a> {
    pub(in crate::exchange) row: &'a str,
    pub(in crate::exchange) part: usize,
    pub(in crate::exchange) code: &'a str,
}

impl Filling<'_> {
    /// For a check without a row.
    pub(super) const SAMPLE: Self = Self { row: "1", part: 1, code: "1" };

    /// Fills a text that is no path.
    pub(in crate::exchange) fn fill(self, text: &str) -> String {
        if !text.contains('{') {
            return text.to_owned();
        }
        text.replace("{row}", self.row)
            .replace("{part}", &self.part.to_string())
            .replace("{code}", self.code)
    }
}

impl Target {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(in crate::exchange) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it makes a flag of each code.
    pub(in crate::exchange) fn is_set(&self) -> bool {
        self.0.contains("{code}")
    }

    /// Whether it takes one value for each part of a split cell.
    pub(in crate::exchange) fn takes_parts(&self) -> bool {
        self.is_set() || self.0.contains("{part}")
    }

    pub(in crate::exchange) fn path(&self, filling: Filling<'_>) -> Result<FieldPath, PathError> {
        filling.fill(&self.0).parse()
    }

    /// The list whose codes it takes, if it does.
    pub(super) fn list(&self) -> Option<&'static str> {
        let spec = match self.spec() {
            Some(spec) => spec,
            None => {
                let path = self.path(Filling::SAMPLE).ok()?;
                table::INCIDENT.iter().find(|spec| spec.matches(&path))?
            }
        };
        if let Kind::Code(list) = spec.kind {
            return Some(list);
        }
        let set = spec.pattern.split('/').find(|segment| segment.starts_with('{'))?;
        set.strip_prefix('{')?.strip_suffix('}').filter(|_list| self.is_set())
    }

    /// The line of the field table that the filled path will be of.
    pub(super) fn spec(&self) -> Option<&'static FieldSpec> {
        table::INCIDENT.iter().find(|spec| self.fits(spec.pattern))
    }

    fn fits(&self, pattern: &str) -> bool {
        let (own, known) = (self.0.split('/'), pattern.split('/'));
        own.clone().count() == known.clone().count()
            && own.zip(known).all(|(own, known)| match (own, known) {
                ("{code}", known) => known.starts_with('{'),
                (own, "*") => is_segment(&Filling::SAMPLE.fill(own)) && !own.contains("{code}"),
                (own, known) => own == known,
            })
    }
}

fn is_segment(text: &str) -> bool {
    text.parse::<FieldPath>().is_ok() && !text.contains('/')
}
