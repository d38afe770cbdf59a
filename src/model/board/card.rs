//! A card, read from its record.

use std::collections::BTreeMap;

use super::{CARD_OWNER, CARD_STATE, CARD_TITLE, CardKind};
use crate::model::{
    id::{CardId, CircleId, OrgId},
    registry::{Date, Record, RecordKind, place},
};

/// A card as it reads here, with where it is from.
#[derive(Debug, Clone)]
pub struct Card {
    /// Its id.
    pub id: CardId,
    /// The circle that it is in.
    pub circle: CircleId,
    /// The organisation that made it.
    pub origin: OrgId,
    /// What it is.
    pub kind: CardKind,
    /// What it says: the circle's fields, and what this organisation keeps for itself.
    pub record: Record,
}

impl Card {
    /// Reads a record; none if it is no card's.
    #[must_use]
    pub fn new(id: CardId, circle: CircleId, origin: OrgId, record: Record) -> Option<Self> {
        match record.schema().kind() {
            Some(RecordKind::Card(kind)) => Some(Self { id, circle, origin, kind, record }),
            _other => None,
        }
    }

    /// Its title.
    #[must_use]
    pub fn title(&self) -> &str {
        self.record.text(CARD_TITLE).unwrap_or_default()
    }

    /// Its state as people set it; a new card's where nobody did, or where it is none of the kind's.
    #[must_use]
    pub fn state(&self) -> &str {
        let life = self.kind.spec().life;
        let set = self.record.text(CARD_STATE).filter(|state| life.states().contains(state));
        set.unwrap_or_else(|| life.first())
    }

    /// Whether nothing remains to be done.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.kind.spec().life.is_over(self.state())
    }

    /// Whether it was put away.
    #[must_use]
    pub fn is_archived(&self) -> bool {
        self.record.flag("archived") == Some(true)
    }

    /// The organisation that answers for it: who made it, where nobody is named.
    #[must_use]
    pub fn owner(&self) -> OrgId {
        self.org(CARD_OWNER).unwrap_or(self.origin)
    }

    /// The organisation at a path.
    #[must_use]
    pub fn org(&self, path: &str) -> Option<OrgId> {
        self.record.text(path)?.parse().ok()
    }

    /// The text at a path.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.record.text(path)
    }

    /// The number at a path.
    #[must_use]
    pub fn count(&self, path: &str) -> Option<i64> {
        self.record.get(path)?.as_integer()
    }

    /// The date at a path.
    #[must_use]
    pub fn date(&self, path: &str) -> Option<Date> {
        self.record.text(path)?.parse().ok()
    }

    /// The keys of a set that are set, for example of `tags`.
    #[must_use]
    pub fn set(&self, part: &str) -> Vec<&str> {
        self.record.set_codes(part)
    }

    /// The countries that it is about, two capital letters each: its set, and its one country. What
    /// else somebody wrote there is none: tables have a column for each.
    #[must_use]
    pub fn countries(&self) -> Vec<String> {
        let set = self.set("countries").into_iter().map(str::to_uppercase);
        let one = self.text("country").map(str::to_uppercase);
        let mut countries: Vec<String> =
            set.chain(one).filter(|it| place::is_country_code(it)).collect();
        countries.sort_unstable();
        countries.dedup();
        countries
    }

    /// The entries of a repeated part by their keys, each with its fields' paths below the key.
    #[must_use]
    pub fn entries<'a>(&'a self, part: &str) -> BTreeMap<&'a str, BTreeMap<&'a str, String>> {
        let mut entries: BTreeMap<&str, BTreeMap<&str, String>> = BTreeMap::new();
        for (path, value) in self.record.under(part) {
            let depth = part.split('/').count();
            let (Some(key), Some(field)) = (path.segment(depth), path.segment(depth + 1)) else {
                continue;
            };
            entries.entry(key).or_default().insert(field, value.to_string());
        }
        entries
    }
}

/// Why a card is not saved, beside what is wrong with single fields.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardProblem {
    /// The state is not one of the kind's that people set.
    #[error("{kind} is never set to {state}; states are {}", .allowed.join(", "))]
    State {
        /// The kind.
        kind: CardKind,
        /// What was given.
        state: String,
        /// What may be given.
        allowed: &'static [&'static str],
    },
    /// A country's key is not two letters.
    #[error("countries/{key}: write two small letters (ISO 3166-1), for example countries/co")]
    Country {
        /// What was given.
        key: String,
    },
    /// It ends before it starts.
    #[error("it ends before it starts")]
    Backwards,
}

/// What keeps a card from being saved beyond the field table's rules. `before` is how it was.
#[must_use]
pub fn check_card(kind: CardKind, before: Option<&Record>, record: &Record) -> Vec<CardProblem> {
    let mut problems = Vec::new();
    let life = kind.spec().life;
    if let Some(state) = record.text(CARD_STATE)
        && before.and_then(|before| before.text(CARD_STATE)) != Some(state)
        && !life.set_by_hand().contains(&state)
    {
        let (state, allowed) = (state.to_owned(), life.set_by_hand());
        problems.push(CardProblem::State { kind, state, allowed });
    }
    for key in record.keys("countries") {
        if !place::is_country_code(&key.to_uppercase()) {
            problems.push(CardProblem::Country { key: key.to_owned() });
        }
    }
    let day = |path: &str| record.text(path)?.parse::<Date>().ok();
    let start = day("starts").and_then(|date| date.earliest());
    let end = day("ends").and_then(|date| date.latest());
    if let (Some(start), Some(end)) = (start, end)
        && end < start
    {
        problems.push(CardProblem::Backwards);
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::registry::Schema;

    fn record(kind: CardKind, fields: &[(&str, &str)]) -> Record {
        let mut record = Record::new(Schema::of(RecordKind::Card(kind)));
        for (path, text) in fields {
            record.set(path.parse().unwrap(), *text).unwrap();
        }
        record
    }

    fn problems(kind: CardKind, fields: &[(&str, &str)]) -> Vec<CardProblem> {
        check_card(kind, None, &record(kind, fields))
    }

    #[test]
    fn what_follows_from_signed_records_is_not_set_by_hand() {
        assert!(problems(CardKind::JointMessage, &[("state", "in_review")]).is_empty());
        for (kind, state) in [
            (CardKind::JointMessage, "released"),
            (CardKind::Decision, "adopted"),
            (CardKind::Opportunity, "done"),
        ] {
            let found = problems(kind, &[("state", state)]);
            assert!(matches!(found.as_slice(), [CardProblem::State { .. }]), "{kind} {state}");
            // What a later version or a stranger wrote does not keep the rest from being edited.
            let before = record(kind, &[("state", state)]);
            assert!(check_card(kind, Some(&before), &before).is_empty());
        }
    }

    #[test]
    fn countries_and_periods_are_checked() {
        let kind = CardKind::Opportunity;
        assert!(problems(kind, &[("starts", "2027-01"), ("ends", "2027-01-02")]).is_empty());
        assert_eq!(
            problems(kind, &[("starts", "2027-02"), ("ends", "2027-01-02")]),
            [CardProblem::Backwards]
        );
        let mut card = record(kind, &[]);
        card.set("countries/co".parse().unwrap(), true).unwrap();
        assert!(check_card(kind, None, &card).is_empty());
        card.set("countries/colombia".parse().unwrap(), true).unwrap();
        let (id, circle, org) = (CardId::new([1; 16]), CircleId::new([2; 32]), OrgId::new([3; 32]));
        let read = Card::new(id, circle, org, card.clone()).unwrap();
        assert_eq!(read.countries(), ["CO"], "what is no country makes no column");
        assert_eq!(check_card(kind, None, &card).len(), 1);
    }

    #[test]
    fn a_card_reads_its_parts() {
        let mut record = record(
            CardKind::Campaign,
            &[("title", "Rivers"), ("partners/a/status", "in"), ("state", "unheard_of")],
        );
        record.set("countries/pe".parse().unwrap(), true).unwrap();
        record.set("countries/co".parse().unwrap(), true).unwrap();
        let ids = (CardId::new([1; 16]), CircleId::new([2; 32]), OrgId::new([3; 32]));
        let card = Card::new(ids.0, ids.1, ids.2, record).unwrap();
        assert_eq!((card.title(), card.state()), ("Rivers", "proposed"));
        assert_eq!(card.owner(), ids.2);
        assert_eq!(card.countries(), ["CO", "PE"]);
        assert_eq!(card.entries("partners")["a"]["status"], "in");
        assert!(Card::new(ids.0, ids.1, ids.2, Record::incident()).is_none());
    }
}
