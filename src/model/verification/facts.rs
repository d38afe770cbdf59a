//! What a record says as far as verification asks: DOMAIN's fields marked † and ‡, and sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use crate::model::{
    registry::{Date, FieldSpec, Precision, Record, RecordKind, table, validate::check_value},
    verification::Level,
    vocabulary::Vocabulary,
};

/// What verification asks of a record: of a dossier, or of what a circle reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Fields that are missing, by the rung that needs them.
    missing: BTreeSet<(Level, String)>,
    /// Sources that a person flagged independent, with where each comes from in the end.
    independent: BTreeMap<String, String>,
}

impl Facts {
    /// Reads a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let mut reading = Reading { record, missing: BTreeSet::new() };
        reading.incident();
        reading.acts();
        Self { missing: reading.missing, independent: independent(record) }
    }

    /// The fields that a rung needs and the record does not have.
    pub(super) fn missing(&self, level: Level) -> impl Iterator<Item = &str> {
        self.missing.iter().filter(move |(of, _)| *of == level).map(|(_, path)| path.as_str())
    }

    /// How many of these sources are independent of one another.
    pub(super) fn independent<'a>(&self, sources: impl Iterator<Item = &'a str>) -> usize {
        let origins: BTreeSet<&String> =
            sources.filter_map(|key| self.independent.get(key)).collect();
        origins.len()
    }

    /// Keys of the sources that a person flagged independent.
    pub fn independent_sources(&self) -> impl Iterator<Item = &str> {
        self.independent.keys().map(String::as_str)
    }

    /// How many of all sources are independent of one another.
    pub(super) fn independent_in_all(&self) -> usize {
        self.independent(self.independent.keys().map(String::as_str))
    }
}

/// The fields by their patterns: a hundred thousand records are read.
static SPECS: LazyLock<BTreeMap<&str, &FieldSpec>> = LazyLock::new(|| {
    table::fields(RecordKind::Incident).iter().map(|spec| (spec.pattern, spec)).collect()
});

struct Reading<'r> {
    record: &'r Record,
    missing: BTreeSet<(Level, String)>,
}

impl Reading<'_> {
    fn incident(&mut self) {
        for path in [table::COUNTRY, table::DATE, "counting_unit", table::ADMIN1] {
            self.need(Level::Screened, path, "");
        }
        let date = self.record.text(table::DATE).and_then(|date| date.parse::<Date>().ok());
        if date.is_none_or(|date| date.precision() == Precision::Unknown) {
            self.miss(Level::Verified, table::DATE.to_owned());
        }
    }

    /// Whether persons were harmed, each of whom is a victim: also where nobody says who was.
    fn is_of_persons(&self) -> bool {
        let unit = self.record.text("counting_unit").unwrap_or("individual");
        unit == "individual" || Vocabulary::built_in().term("counting_unit", unit).is_none()
    }

    fn acts(&mut self) {
        let acts: Vec<String> =
            self.record.keys("acts").into_iter().map(ToOwned::to_owned).collect();
        if acts.is_empty() {
            self.miss(Level::Screened, "acts/1/violation".to_owned());
        }
        let (mut victims, mut perpetrators) = (BTreeSet::new(), BTreeSet::new());
        for act in &acts {
            self.need(Level::Screened, "acts/*/violation", act);
            self.need(Level::Verified, "acts/*/motivation", act);
            self.need(Level::Verified, "acts/*/sdg_population", act);
            if self.is_of_persons() {
                victims.extend(self.victim_of(act));
            }
            let by = self.record.keys(&format!("acts/{act}/by")).into_iter();
            perpetrators.extend(by.map(ToOwned::to_owned));
        }
        victims.iter().for_each(|victim| self.victim(victim));
        perpetrators.extend(self.record.keys("perpetrators").into_iter().map(ToOwned::to_owned));
        if perpetrators.is_empty() {
            perpetrators.insert("1".to_owned());
        }
        for perpetrator in perpetrators {
            self.need(Level::Verified, "perpetrators/*/type", &perpetrator);
            self.need(Level::Verified, "perpetrators/*/state_link", &perpetrator);
        }
    }

    /// The victim of an act, if the act names one that the record has.
    fn victim_of(&mut self, act: &str) -> Option<String> {
        let path = format!("acts/{act}/victim");
        let victim = self.record.text(&path).map(ToOwned::to_owned);
        let known = victim
            .filter(|victim| self.record.under(&format!("victims/{victim}")).next().is_some());
        if known.is_none() {
            self.miss(Level::Screened, path);
        }
        known
    }

    fn victim(&mut self, victim: &str) {
        let named = ["victims/*/pseudonym", "victims/*/name", "victims/*/alias"];
        if !named.iter().any(|field| self.has(field, &path(field, victim))) {
            self.miss(Level::Verified, path("victims/*/pseudonym", victim));
        }
        for field in ["victims/*/sex_gender", "victims/*/age_band"] {
            self.need(Level::Verified, field, victim);
        }
    }

    fn need(&mut self, level: Level, pattern: &str, key: &str) {
        let path = path(pattern, key);
        if !self.has(pattern, &path) {
            self.miss(level, path);
        }
    }

    fn miss(&mut self, level: Level, path: String) {
        self.missing.insert((level, path));
    }

    /// Whether a field has a value that it may have.
    fn has(&self, pattern: &str, path: &str) -> bool {
        let value = self.record.get(path);
        let spec = SPECS.get(pattern);
        spec.zip(value).is_some_and(|(spec, value)| check_value(spec, value).is_ok())
    }
}

fn path(pattern: &str, key: &str) -> String {
    pattern.replacen('*', key, 1)
}

/// Sources that are looked at: nobody cites more of one incident in earnest.
const MAX_SOURCES: usize = 256;

/// The sources that a person flagged independent, each with the source that it comes from in the
/// end. Sources that derive from one another in a circle come from one of them, always the same.
fn independent(record: &Record) -> BTreeMap<String, String> {
    let mut keys = record.keys("sources");
    keys.truncate(MAX_SOURCES);
    let derived: BTreeMap<&str, &str> = keys
        .iter()
        .filter_map(|key| Some((*key, record.text(&format!("sources/{key}/derived_from"))?)))
        .collect();
    let origins = origins(&derived);
    let flagged =
        keys.iter().filter(|key| record.flag(&format!("sources/{key}/independent")) == Some(true));
    let origin = |key: &str| origins.get(key).map_or(key, |origin| *origin).to_owned();
    flagged.map(|key| ((*key).to_owned(), origin(key))).collect()
}

/// Where each source that derives from another comes from in the end. Each is walked over once: a
/// way ends where another has been, and takes what was found there.
fn origins<'r>(derived: &BTreeMap<&'r str, &'r str>) -> BTreeMap<&'r str, &'r str> {
    let mut origins: BTreeMap<&str, &str> = BTreeMap::new();
    for start in derived.keys() {
        let (mut at, mut way) = (*start, BTreeSet::new());
        let origin = loop {
            if let Some(known) = origins.get(at) {
                break *known;
            }
            let Some(next) = derived.get(at) else { break at };
            if !way.insert(at) {
                break circle_of(at, derived);
            }
            at = next;
        };
        origins.extend(way.into_iter().map(|key| (key, origin)));
    }
    origins
}

/// The least key of a circle of sources.
fn circle_of<'r>(key: &'r str, derived: &BTreeMap<&'r str, &'r str>) -> &'r str {
    let (mut least, mut at) = (key, key);
    while let Some(next) = derived.get(at).filter(|next| **next != key) {
        at = next;
        least = least.min(at);
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(derived: &[(usize, usize)], flagged: usize) -> BTreeMap<String, String> {
        let mut record = Record::incident();
        for key in 1..=flagged {
            record.set(format!("sources/{key}/independent").parse().unwrap(), true).unwrap();
        }
        for (key, from) in derived {
            let path = format!("sources/{key}/derived_from").parse().unwrap();
            record.set(path, from.to_string()).unwrap();
        }
        independent(&record)
    }

    #[test]
    fn each_source_comes_from_one_in_the_end() {
        let found = sources(&[(1, 2), (2, 3), (4, 3), (5, 6), (6, 7), (7, 6), (8, 99)], 9);
        let origins: Vec<&str> = found.values().map(String::as_str).collect();
        assert_eq!(origins, ["3", "3", "3", "3", "6", "6", "6", "99", "9"]);
    }

    #[test]
    fn no_more_sources_are_looked_at_than_anybody_cites() {
        let derived: Vec<(usize, usize)> = (1..400).map(|key| (key, key + 1)).collect();
        let found = sources(&derived, 400);
        assert_eq!(found.len(), MAX_SOURCES);
    }
}
