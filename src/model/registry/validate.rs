//! What a field may hold, checked and said with the field's name and what is allowed.

use crate::model::{
    id::OrgId,
    registry::{
        Date, FieldPath, FieldSpec, Kind, Record, RecordKind, Schema, Value, date::DateError,
        place, table,
    },
    vocabulary::{Language, Vocabulary},
};

/// Characters of a line of free text.
pub const MAX_LINE_CHARS: usize = 500;
/// The greatest number that a count may be.
pub const MAX_COUNT: i64 = 10_000_000_000;

/// Whether this is a place that a record may have among others. What says another is passed over.
#[must_use]
pub const fn is_number(number: i64) -> bool {
    matches!(number, 0..=MAX_COUNT)
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The table does not know the path.
    #[error("is not a field of an incident{}", suggest(.nearest))]
    UnknownField {
        /// Patterns that begin alike.
        nearest: Vec<&'static str>,
    },
    /// A required field is not there.
    #[error("is missing: {help}")]
    Missing {
        /// What to write there.
        help: &'static str,
    },
    /// Not a code of the list.
    #[error("is not a code of {list}; allowed: {}", .allowed.join(", "))]
    NotOneOf {
        /// The list.
        list: &'static str,
        /// Its codes.
        allowed: Vec<&'static str>,
    },
    /// Not a date.
    #[error(transparent)]
    Date(#[from] DateError),
    /// Not a country.
    #[error("is not a country; write two letters (ISO 3166-1), for example CO")]
    Country,
    /// Not a subdivision of the record's country.
    #[error("is not a subdivision of {country}; write its name or code{}", known(.country))]
    Admin1 {
        /// The record's country.
        country: String,
    },
    /// Of another form than the field's.
    #[error("must be {expected}")]
    Form {
        /// What the field takes.
        expected: &'static str,
    },
    /// Names an entry that the record does not have.
    #[error("names {part}/{key}, which the record does not have")]
    NoSuchKey {
        /// The part that the key should be in.
        part: &'static str,
        /// The key.
        key: String,
    },
}

fn suggest(nearest: &[&str]) -> String {
    if nearest.is_empty() {
        String::new()
    } else {
        format!("; did you mean {}?", nearest.join(", "))
    }
}

fn known(country: &str) -> String {
    let names: Vec<&str> = place::subdivisions(country).iter().map(|known| known.name).collect();
    if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
}

/// A problem and the field that has it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} {problem}")]
pub struct FieldError {
    /// The field, or the pattern of a missing one.
    pub path: String,
    /// What is wrong.
    #[source]
    pub problem: Problem,
}

impl FieldError {
    fn new(path: &FieldPath, problem: Problem) -> Self {
        Self { path: path.to_string(), problem }
    }
}

/// Reads a text that a person or a list wrote into the value of a field: names of places become
/// codes, dates take their canonical form. `record` is what is known so far (a subdivision is
/// looked for in its country).
///
/// # Errors
/// When the field is unknown or the text is not one of its values.
pub fn parse_field(record: &Record, path: &FieldPath, text: &str) -> Result<Value, FieldError> {
    let spec = table::find(record.schema(), path)
        .ok_or_else(|| FieldError::new(path, unknown(record.schema(), path)))?;
    let value =
        read(spec.kind, record, text.trim()).map_err(|problem| FieldError::new(path, problem))?;
    check_value(spec, &value).map_err(|problem| FieldError::new(path, problem))?;
    Ok(value)
}

fn unknown(schema: &Schema, path: &FieldPath) -> Problem {
    if let Some(list) = table::fields_of(schema).iter().find_map(|spec| spec.list_of(path)) {
        let terms = Vocabulary::built_in().list(list);
        return Problem::NotOneOf { list, allowed: terms.iter().map(|term| term.code).collect() };
    }
    let first = path.segment(0).unwrap_or_default();
    let mut nearest: Vec<_> = table::fields_of(schema)
        .iter()
        .map(|spec| spec.pattern)
        .filter(|pattern| pattern.split('/').any(|segment| path.segments().any(|s| s == segment)))
        .collect();
    nearest.sort_by_key(|pattern| !pattern.starts_with(first));
    nearest.truncate(8);
    Problem::UnknownField { nearest }
}

fn read(kind: Kind, record: &Record, text: &str) -> Result<Value, Problem> {
    match kind {
        Kind::Flag => read_flag(text).map(Value::Flag),
        Kind::Count => text
            .parse()
            .map(Value::Integer)
            .map_err(|_not_a_number| Problem::Form { expected: "a whole number from 0" }),
        Kind::Date => Ok(Value::Text(text.parse::<Date>()?.to_string())),
        Kind::Country => place::country(text).map(Value::Text).ok_or(Problem::Country),
        Kind::Coordinate => place::point(text).map(Value::Text).ok_or(POINT),
        Kind::Admin1 => read_admin1(record.text(table::COUNTRY).unwrap_or_default(), text),
        Kind::Line | Kind::Name | Kind::Identifier => {
            Ok(Value::Text(text.split_whitespace().collect::<Vec<_>>().join(" ")))
        }
        Kind::Narrative
        | Kind::Note
        | Kind::Code(_)
        | Kind::Language
        | Kind::Admin2Code
        | Kind::Key(_)
        | Kind::Digest
        | Kind::Org => Ok(Value::from(text)),
    }
}

const POINT: Problem =
    Problem::Form { expected: "a latitude and a longitude in degrees, for example -2.5,-76.1" };

fn read_flag(text: &str) -> Result<bool, Problem> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "1" | "sí" | "si" | "sim" => Ok(true),
        "false" | "no" | "0" | "não" | "nao" => Ok(false),
        _other => Err(FLAG),
    }
}

const FLAG: Problem = Problem::Form { expected: "yes or no" };

fn read_admin1(country: &str, text: &str) -> Result<Value, Problem> {
    let named = place::admin1_code(country, text).map(Value::from);
    let coded = || place::is_admin1_code(text).then(|| Value::from(text));
    named.or_else(coded).ok_or_else(|| Problem::Admin1 { country: country.to_owned() })
}

/// Whether a field may hold this value.
///
/// # Errors
/// When it may not; says what it may.
pub fn check_value(spec: &FieldSpec, value: &Value) -> Result<(), Problem> {
    match (spec.kind, value) {
        (Kind::Flag, Value::Flag(_)) => Ok(()),
        (Kind::Flag, _) => Err(FLAG),
        (Kind::Count, Value::Integer(0..=MAX_COUNT)) => Ok(()),
        (Kind::Count, _) => Err(Problem::Form { expected: "a whole number from 0 to 10000000000" }),
        (kind, Value::Text(text)) => check_text(kind, text),
        (_, Value::Flag(_) | Value::Integer(_)) => Err(Problem::Form { expected: "text" }),
    }
}

fn check_text(kind: Kind, text: &str) -> Result<(), Problem> {
    let (holds, expected) = match kind {
        Kind::Code(list) => return check_code(list, text),
        Kind::Date => return text.parse::<Date>().map(|_date| ()).map_err(Problem::from),
        Kind::Country if place::is_country_code(text) => return Ok(()),
        Kind::Country => return Err(Problem::Country),
        Kind::Admin1 => (place::is_admin1_code(text), "a code of ISO 3166-2, for example CO-CAU"),
        Kind::Coordinate if place::point(text).as_deref() == Some(text) => return Ok(()),
        Kind::Coordinate => return Err(POINT),
        Kind::Line | Kind::Name | Kind::Identifier => {
            (is_line(text), "one line of 1 to 500 characters")
        }
        Kind::Narrative | Kind::Note => (!text.trim().is_empty(), "a text that is not empty"),
        Kind::Language => (Language::from_code(text).is_some(), "en, es or pt"),
        Kind::Admin2Code => {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            (digits && (2..=8).contains(&text.len()), "2 to 8 digits")
        }
        Kind::Key(_) => {
            let single = text.parse::<FieldPath>().is_ok_and(|key| key.segments().count() == 1);
            (single, "a key of a-z, 0-9 and _")
        }
        Kind::Digest => {
            let hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            (hex && text.len() == 64, "64 hexadecimal digits")
        }
        Kind::Org => (text.parse::<OrgId>().is_ok(), "an organisation's did:key"),
        Kind::Flag | Kind::Count => (false, "no text"),
    };
    if holds { Ok(()) } else { Err(Problem::Form { expected }) }
}

fn check_code(list: &'static str, code: &str) -> Result<(), Problem> {
    let vocabulary = Vocabulary::built_in();
    if vocabulary.admits(list, code) {
        return Ok(());
    }
    let terms = vocabulary.list(list);
    Err(Problem::NotOneOf { list, allowed: terms.iter().map(|term| term.code).collect() })
}

fn is_line(text: &str) -> bool {
    let length = text.chars().take(MAX_LINE_CHARS + 1).count();
    (1..=MAX_LINE_CHARS).contains(&length)
        && !text.chars().any(char::is_control)
        && text.trim() == text
}

/// All that keeps an incident from being saved: unknown fields, wrong values, missing ones. A
/// record of a schema without table has no problems.
#[must_use]
pub fn check(record: &Record) -> Vec<FieldError> {
    if table::fields_of(record.schema()).is_empty() {
        return Vec::new();
    }
    let mut errors: Vec<FieldError> =
        record.iter().filter_map(|(path, value)| check_one(record, path, value).err()).collect();
    errors.extend(missing(record));
    errors
}

fn check_one(record: &Record, path: &FieldPath, value: &Value) -> Result<(), FieldError> {
    let error = |problem| FieldError::new(path, problem);
    let spec =
        table::find(record.schema(), path).ok_or_else(|| error(unknown(record.schema(), path)))?;
    check_value(spec, value).map_err(error)?;
    check_reference(spec, record, value).map_err(error)
}

/// Checks that a value fits the rest of the record.
fn check_reference(spec: &FieldSpec, record: &Record, value: &Value) -> Result<(), Problem> {
    let Value::Text(text) = value else { return Ok(()) };
    match (spec.kind, record.text(table::COUNTRY)) {
        (Kind::Key(part), _) if record.under(&format!("{part}/{text}")).next().is_none() => {
            Err(Problem::NoSuchKey { part, key: text.clone() })
        }
        (Kind::Admin1, Some(country)) if !text.starts_with(&format!("{country}-")) => {
            Err(Problem::Admin1 { country: country.to_owned() })
        }
        _fits => Ok(()),
    }
}

fn missing(record: &Record) -> impl Iterator<Item = FieldError> {
    let required = table::fields_of(record.schema()).iter().filter(|spec| spec.required);
    let absent = required.filter(|spec| record.get(spec.pattern).is_none());
    let violated = record.under("acts").any(|(path, _)| path.segment(2) == Some("violation"));
    let is_incident = record.schema().kind() == Some(RecordKind::Incident);
    let violation = (is_incident && !violated).then(|| FieldError {
        path: "acts/1/violation".to_owned(),
        problem: Problem::Missing { help: "type of violation; one act for each victim and type" },
    });
    absent
        .map(|spec| FieldError {
            path: spec.pattern.to_owned(),
            problem: Problem::Missing { help: spec.help },
        })
        .chain(violation)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> FieldPath {
        text.parse().unwrap()
    }

    fn minimum() -> Record {
        let mut record = Record::incident();
        for (field, text) in [
            ("country", "Colombia"),
            ("date", "2024-05-03~"),
            ("place/admin1", "Cauca"),
            ("acts/1/violation", "death_threat"),
            ("summary", "Inventado."),
            ("counting_unit", "individual"),
            ("consent/basis", "none_recorded"),
        ] {
            let value = parse_field(&record, &path(field), text).unwrap();
            record.set(path(field), value).unwrap();
        }
        record
    }

    #[test]
    fn the_minimum_is_enough() {
        let record = minimum();
        assert_eq!(check(&record), []);
        assert_eq!(record.text("country"), Some("CO"));
        assert_eq!(record.text("place/admin1"), Some("CO-CAU"));
    }

    #[test]
    fn each_missing_field_is_named() {
        for field in
            ["country", "date", "acts/1/violation", "summary", "counting_unit", "consent/basis"]
        {
            let mut record = minimum();
            record.remove(field);
            let named: Vec<_> = check(&record).into_iter().map(|error| error.path).collect();
            assert!(named.contains(&field.to_owned()), "{field}: {named:?}");
        }
    }

    #[test]
    fn errors_say_the_field_and_what_is_allowed() {
        let record = minimum();
        let error = |field: &str, text: &str| {
            parse_field(&record, &path(field), text).unwrap_err().to_string()
        };
        let said = error("victims/1/sex_gender", "hombre");
        assert!(said.starts_with("victims/1/sex_gender is not a code of sex_gender"), "{said}");
        assert!(said.contains("female, male"), "{said}");
        let said = error("victims/1/nmae", "X");
        assert!(said.contains("did you mean victims/*/"), "{said}");
        let said = error("place/admin1", "Atlantis");
        assert!(said.contains("is not a subdivision of CO") && said.contains("Vichada"), "{said}");
        let said = error("date", "mayo");
        assert!(said.contains("2024-05-03"), "{said}");
        assert!(error("group_size/min", "many").contains("whole number"));
        assert!(error("group_size/min", "-1").contains("whole number"));
    }

    #[test]
    fn values_must_fit_the_rest_of_the_record() {
        let mut record = minimum();
        record.set(path("acts/1/victim"), "7").unwrap();
        record.set(path("country"), "PE").unwrap();
        let errors: Vec<_> = check(&record).into_iter().map(|error| error.problem).collect();
        assert!(
            matches!(errors.as_slice(), [Problem::NoSuchKey { .. }, Problem::Admin1 { .. }]),
            "{errors:?}"
        );
    }

    #[test]
    fn wrong_types_are_no_values() {
        let mut record = minimum();
        record.set(path("victims/1/name"), true).unwrap();
        record.set(path("sectors/logging"), "true").unwrap();
        record.set(path("place/point"), "1 2").unwrap();
        record.set(path("title"), "two\nlines").unwrap();
        assert_eq!(check(&record).len(), 4);
    }
}
