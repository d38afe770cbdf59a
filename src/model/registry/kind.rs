//! The kinds of records.

use std::fmt;

use crate::model::board::CardKind;

/// What a record is. Incidents, cards and items change; all others are written once and never
/// changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// An incident: a dossier or a facet.
    Incident,
    /// A step in the verification of an incident.
    Review,
    /// Whether two claims are of the same event.
    Judgement,
    /// An entry of the ledger of consent.
    Consent,
    /// What an organisation covers.
    Coverage,
    /// What a government reported.
    Government,
    /// A code that a coalition adds to a list.
    Term,
    /// A card of the board.
    Card(CardKind),
    /// A line of a card's checklist.
    Item,
    /// What somebody says to a card.
    Comment,
    /// A decision that is put to organisations.
    Ballot,
    /// What an organisation says to a ballot.
    Position,
    /// That a ballot's window is over.
    Closing,
    /// A text as it was frozen.
    Version,
    /// An organisation's word on a version.
    Endorsement,
    /// That a version is released or retired.
    Release,
    /// An emergency alert.
    Alert,
    /// What somebody says to an alert.
    AlertEntry,
}

/// How the names of cards' schemas begin; the kind's code follows.
const CARD_PREFIX: &str = "card_";

impl RecordKind {
    /// All kinds that are no card's, with the names of their schemas.
    const NAMED: [(Self, &'static str); 17] = [
        (Self::Incident, "incident"),
        (Self::Review, "review"),
        (Self::Judgement, "judgement"),
        (Self::Consent, "consent"),
        (Self::Coverage, "coverage"),
        (Self::Government, "government"),
        (Self::Term, "term"),
        (Self::Item, "item"),
        (Self::Comment, "comment"),
        (Self::Ballot, "ballot"),
        (Self::Position, "position"),
        (Self::Closing, "closing"),
        (Self::Version, "version"),
        (Self::Endorsement, "endorsement"),
        (Self::Release, "release"),
        (Self::Alert, "alert"),
        (Self::AlertEntry, "alert_entry"),
    ];

    /// All kinds.
    pub fn all() -> impl Iterator<Item = Self> {
        let named = Self::NAMED.into_iter().map(|(kind, _)| kind);
        named.chain(CardKind::all().map(Self::Card))
    }

    /// The name of its schema.
    #[must_use]
    pub fn name(self) -> String {
        if let Self::Card(kind) = self {
            return format!("{CARD_PREFIX}{kind}");
        }
        let named = Self::NAMED.iter().find(|(kind, _)| *kind == self);
        named.map_or_else(String::new, |(_, name)| (*name).to_owned())
    }

    /// The kind whose schema has this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if let Some(code) = name.strip_prefix(CARD_PREFIX) {
            return CardKind::from_code(code).map(Self::Card);
        }
        Self::NAMED.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }

    /// Whether its records belong to the board and may be changed by all members of their circle.
    #[must_use]
    pub const fn is_of_board(self) -> bool {
        matches!(self, Self::Card(_) | Self::Item)
    }

    /// Whether its records are an organisation's word to others, which only devices give that speak
    /// for it.
    #[must_use]
    pub const fn is_word_of_organisation(self) -> bool {
        matches!(
            self,
            Self::Ballot
                | Self::Position
                | Self::Closing
                | Self::Version
                | Self::Endorsement
                | Self::Release
        )
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let kinds: Vec<RecordKind> = RecordKind::all().collect();
        assert_eq!(kinds.len(), 17 + 27);
        for kind in kinds {
            assert!(!kind.name().is_empty());
            assert_eq!(RecordKind::from_name(&kind.name()), Some(kind));
        }
        assert_eq!(RecordKind::from_name("card_unheard_of"), None);
    }
}
