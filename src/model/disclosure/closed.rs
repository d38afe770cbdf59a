//! Texts that must not stand in a card.

use super::{
    needle::Needles,
    project::{Known, Release, tells},
};
use crate::model::{
    registry::{FieldPath, Kind, Record, Tier, Value, table},
    text::fold,
};

/// Parts of an incident that have names and numbers of people.
const PEOPLE: [&str; 4] = ["victims", "perpetrators", "sources", "legal"];
/// Digits from which on a number is of one person or case.
const MIN_DIGITS: usize = 6;

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

    /// Adds the names and numbers in an incident that may not be read at a tier, where they name
    /// somebody by themselves. `shown` is what may be read there of the incident: no secret.
    ///
    /// This is for incidents that a text has nothing to do with, as far as anybody said. Single words
    /// of their names are not looked for: among thousands of people each is somebody's.
    pub fn add_people(&mut self, incident: &Record, shown: &[Record], tier: Tier) {
        let people = incident.iter().filter(|(path, _)| PEOPLE.iter().any(|it| path.is_under(it)));
        for (path, value) in people {
            let is_closed = table::find(incident.schema(), path).is_some_and(|spec| {
                spec.tier < tier && matches!(spec.kind, Kind::Name | Kind::Identifier)
            });
            let is_shown = shown.iter().any(|it| it.get(path.as_str()) == Some(value));
            let text = value.as_text().filter(|text| is_closed && names_somebody(text));
            if let Some(text) = text.filter(|_| !is_shown) {
                self.add_name(text);
            }
        }
    }

    /// Whether a field's text, or a key in its path, contains one of them.
    #[must_use]
    pub fn is_told_by(&self, record: &Record, path: &FieldPath, value: &Value) -> bool {
        let all = std::iter::once(&self.own).chain(&self.dossiers);
        all.into_iter().any(|needles| tells(record, path, value, needles))
    }
}

/// Whether a name is of more than one word, or a number long.
fn names_somebody(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    digits >= MIN_DIGITS || fold(text).split(' ').filter(|word| !word.is_empty()).count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        board::CardKind,
        registry::{RecordKind, Schema},
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

    #[test]
    fn of_an_incident_that_a_card_does_not_link_whole_names_are_found() {
        let fields = [
            ("victims/1/name", "Rosalba Quenguan"),
            ("victims/2/name", "Delfina"),
            ("victims/3/name", "Abel Tumbo"),
            ("victims/1/contact", "300 555 1234"),
            ("summary", "Threatened on the road"),
        ];
        let incident = record(RecordKind::Incident, &fields);
        let shown = record(RecordKind::Incident, &[("victims/3/name", "Abel Tumbo")]);
        let told = |tier: Tier, text: &str| {
            let card = record(RecordKind::Card(CardKind::StrategyMeeting), &[("body", text)]);
            let mut closed = Closed::default();
            closed.add_people(&incident, std::slice::from_ref(&shown), tier);
            let mut fields = card.iter();
            fields.any(|(path, value)| closed.is_told_by(&card, path, value))
        };
        for text in ["With ROSALBA QUENGUÁN", "Call 3005551234"] {
            assert!(told(Tier::Coalition, text) && !told(Tier::Sealed, text), "{text}");
        }
        // One word may be anybody's, what the circle reads is no secret, and a text is not a name.
        for text in ["With Rosalba", "By Delfina", "With Abel Tumbo", "Threatened on the road"] {
            assert!(!told(Tier::Coalition, text), "{text}");
        }
    }
}
