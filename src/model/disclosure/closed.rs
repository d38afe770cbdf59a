//! Texts that must not stand in a card.

use super::{
    needle::Needles,
    project::{Known, Release, tells},
};
use crate::model::registry::{FieldPath, Kind, Record, Value, table};

/// Texts that must not stand in what a circle reads, in whatever spelling.
#[derive(Debug, Default)]
pub struct Closed {
    own: Needles,
    /// Of each incident's dossier its own: they are made by it.
    dossiers: Vec<Needles>,
}

impl Closed {
    /// Adds the value of a field that stays.
    pub fn add_field(&mut self, record: &Record, path: &FieldPath, value: &Value) {
        let kind = table::find(record.schema(), path).map(|spec| spec.kind);
        match value {
            Value::Text(text) => self.own.add(kind, text),
            Value::Integer(number) => self.own.add(Some(Kind::Count), &number.to_string()),
            Value::Flag(_) => {}
        }
    }

    /// Adds a name that is looked for as a whole, such as an organisation's.
    pub fn add_name(&mut self, name: &str) {
        self.own.add(Some(Kind::Line), name);
    }

    /// Adds what is known of an incident and may not be read at a release's tier.
    pub fn add_incident(&mut self, known: &Known<'_>, release: &Release<'_>) {
        self.dossiers.push(known.needles(release));
    }

    /// Whether a field's text, or a key in its path, contains one of them.
    #[must_use]
    pub fn is_told_by(&self, record: &Record, path: &FieldPath, value: &Value) -> bool {
        let all = std::iter::once(&self.own).chain(&self.dossiers);
        all.into_iter().any(|needles| tells(record, path, value, needles))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        board::CardKind,
        registry::{RecordKind, Schema, Tier},
        time::Timestamp,
    };

    fn record(kind: RecordKind, fields: &[(&str, &str)]) -> Record {
        let mut record = Record::new(Schema::of(kind));
        for (path, text) in fields {
            record.set(path.parse().unwrap(), *text).unwrap();
        }
        record
    }

    #[test]
    fn what_stays_is_found_in_texts_and_keys_of_a_card() {
        let fields = [
            ("title", "Meeting at the Casa Azul"),
            ("body", "With ROSALBA, and the Vigías."),
            ("participants/rosalba_q/role", "lawyer"),
            ("place", "Casa Azul"),
        ];
        let card = record(RecordKind::Card(CardKind::StrategyMeeting), &fields);
        let dossier = record(RecordKind::Incident, &[("victims/1/name", "Rosalba Quenguan")]);
        let mut closed = Closed::default();
        let told = |closed: &Closed| -> Vec<String> {
            let open = card.iter().filter(|(path, _)| path.as_str() != "place");
            let told = open.filter(|(path, value)| closed.is_told_by(&card, path, value));
            told.map(|(path, _)| path.to_string()).collect()
        };
        assert!(told(&closed).is_empty());
        let known = Known { dossier: Some((&dossier, &[])), ..Known::default() };
        closed.add_incident(&known, &Release::new(Tier::Coalition, Timestamp::from_millis(0)));
        assert_eq!(told(&closed), ["body", "participants/rosalba_q/role"]);
        let place = "place".parse().unwrap();
        closed.add_field(&card, &place, &"Casa Azul".into());
        assert_eq!(told(&closed), ["body", "participants/rosalba_q/role", "title"]);
        let mut names = Closed::default();
        names.add_name("Vigías del Río");
        assert!(told(&names).is_empty(), "a name is looked for as a whole");
        names.add_name("Vigías");
        assert_eq!(told(&names), ["body"]);
    }
}
