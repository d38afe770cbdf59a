//! The columns of an export: the lines of the field table that a tier may see, and the cells that
//! an incident has in them.

use crate::{
    api::export::Row,
    model::registry::{FieldSpec, Record, RecordKind, Tier, Value, table},
};

/// Whether a field is the program's own, which no export has.
#[must_use]
pub fn is_of_program(part: &str) -> bool {
    table::OF_PROGRAM.contains(&part)
}

/// One line of the field table as a column.
#[derive(Debug, Clone)]
pub struct Column {
    name: String,
    /// The line.
    pub spec: &'static FieldSpec,
    shape: Shape,
}

/// How the values of a column lie in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One value: `place/admin1`.
    One,
    /// The codes of a set: `sectors/{sector}`.
    Set,
    /// One value an entry: `victims/*/pseudonym`.
    Each,
    /// A set an entry: `victims/*/roles/{defender_role}`.
    EachSet,
    /// Values by key an entry: `acts/*/by/*`.
    EachMap,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// One value.
    Value(Value),
    /// Codes, or a value for each entry of a part in the order of their keys.
    List(Vec<Option<Value>>),
}

/// What stands between the codes of one entry.
const WITHIN: &str = ";";

impl Column {
    fn of(spec: &'static FieldSpec) -> Self {
        let segments: Vec<&str> = spec.pattern.split('/').collect();
        let is_list = |segment: &&str| segment.starts_with('{');
        let shape = match segments.as_slice() {
            [_, "*", _, "*"] => Shape::EachMap,
            [_, "*", _, last] if is_list(last) => Shape::EachSet,
            [_, "*", ..] => Shape::Each,
            [.., last] if is_list(last) => Shape::Set,
            _plain => Shape::One,
        };
        let named = segments.iter().filter(|segment| **segment != "*" && !is_list(segment));
        Self { name: named.copied().collect::<Vec<_>>().join("/"), spec, shape }
    }

    /// Its name: the path without keys and codes, `victims/pseudonym`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The part that repeats, if it is of one: `victims`.
    #[must_use]
    pub fn part(&self) -> Option<&'static str> {
        let repeats = matches!(self.shape, Shape::Each | Shape::EachSet | Shape::EachMap);
        self.spec.pattern.split('/').next().filter(|_| repeats)
    }

    /// Whether its cells are lists.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.shape != Shape::One
    }

    /// What stands below the entry's key, or the set's name.
    fn rest(&self) -> &str {
        let part = self.part().unwrap_or_default();
        self.name.strip_prefix(part).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default()
    }

    /// The cell of a record.
    #[must_use]
    pub fn cell(&self, record: &Record) -> Cell {
        match self.shape {
            Shape::One => record.get(&self.name).cloned().map_or(Cell::Empty, Cell::Value),
            Shape::Set => {
                list(record.set_codes(&self.name).into_iter().map(|code| Some(code.into())))
            }
            Shape::Each | Shape::EachSet | Shape::EachMap => {
                let keys = record.keys(self.part().unwrap_or_default());
                list(keys.into_iter().map(|key| self.entry(record, key)))
            }
        }
    }

    /// The value of one entry.
    #[must_use]
    pub fn entry(&self, record: &Record, key: &str) -> Option<Value> {
        let path = format!("{}/{key}/{}", self.part()?, self.rest());
        match self.shape {
            Shape::One | Shape::Set => None,
            Shape::Each => record.get(&path).cloned(),
            Shape::EachSet => joined(record.set_codes(&path).into_iter().map(ToOwned::to_owned)),
            Shape::EachMap => {
                joined(record.under(&path).filter_map(|(path, value)| {
                    Some(format!("{}:{value}", path.segments().last()?))
                }))
            }
        }
    }
}

fn joined(parts: impl Iterator<Item = String>) -> Option<Value> {
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| Value::Text(parts.join(WITHIN)))
}

fn list(values: impl Iterator<Item = Option<Value>>) -> Cell {
    let values: Vec<Option<Value>> = values.collect();
    if values.iter().all(Option::is_none) { Cell::Empty } else { Cell::List(values) }
}

/// The columns of a tier, in the order of the field table. The title is in all: from coalition on it
/// is one made of codes, which [`within`](super::within()) sees to.
#[must_use]
pub fn columns(tier: Tier) -> Vec<Column> {
    let lines = table::fields(RecordKind::Incident).iter();
    let open = lines.filter(|spec| spec.tier >= tier || spec.pattern == table::TITLE);
    open.filter(|spec| !is_of_program(spec.pattern.split('/').next().unwrap_or_default()))
        .map(Column::of)
        .collect()
}

/// The parts that repeat among some columns, each once and in their order.
#[must_use]
pub fn parts(columns: &[Column]) -> Vec<&'static str> {
    let mut parts = Vec::new();
    for part in columns.iter().filter_map(Column::part) {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}

/// What every format has of an incident beside its record.
pub const HEAD: [&str; 4] = ["incident", "origin", "origin_name", "level"];

/// The cells below [`HEAD`].
#[must_use]
pub fn head(row: &Row) -> [String; 4] {
    let name = row.origin_name.clone().unwrap_or_default();
    [row.incident.to_string(), row.origin.to_string(), name, row.level.clone()]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_apart_and_no_tier_sees_above_itself() {
        for tier in Tier::ALL {
            let columns = columns(tier);
            let names: BTreeSet<&str> = columns.iter().map(Column::name).collect();
            assert_eq!(names.len(), columns.len());
            let mut others = columns.iter().filter(|column| column.name() != table::TITLE);
            assert!(others.all(|column| column.spec.tier >= tier));
        }
    }

    #[test]
    fn a_single_incident_in_public_has_neither_sex_nor_age() {
        let public = columns(Tier::Public);
        for closed in ["sex_gender", "age_band", "is_minor", "population_group", "pseudonym"] {
            assert!(public.iter().all(|column| !column.name().contains(closed)), "{closed}");
        }
        assert!(columns(Tier::Coalition).iter().any(|it| it.name() == "victims/sex_gender"));
    }

    #[test]
    fn cells_have_their_shapes() {
        let mut record = Record::incident();
        for (path, value) in [
            ("sectors/mining_illegal", Value::Flag(true)),
            ("sectors/logging", Value::Flag(false)),
            ("victims/1/pseudonym", "V-1".into()),
            ("victims/2/roles/park_ranger", true.into()),
            ("victims/2/roles/environmental", true.into()),
            ("acts/1/by/1", "direct".into()),
            ("place/admin1", "CO-CAU".into()),
        ] {
            record.set(path.parse().unwrap(), value).unwrap();
        }
        let columns = columns(Tier::Coalition);
        let cell = |name: &str| {
            let column = columns.iter().find(|column| column.name() == name).unwrap();
            column.cell(&record)
        };
        let texts = |texts: &[Option<&str>]| {
            Cell::List(texts.iter().map(|text| text.map(Value::from)).collect())
        };
        assert_eq!(cell("sectors"), texts(&[Some("mining_illegal")]));
        assert_eq!(cell("victims/pseudonym"), texts(&[Some("V-1"), None]));
        assert_eq!(cell("victims/roles"), texts(&[None, Some("environmental;park_ranger")]));
        assert_eq!(cell("acts/by"), texts(&[Some("1:direct")]));
        assert_eq!(cell("place/admin1"), Cell::Value("CO-CAU".into()));
        assert_eq!(cell("sources/type"), Cell::Empty);
    }
}
