//! The kinds of records.

use std::fmt;

/// What a record is. Incidents change; all others are written once and never changed.
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
    /// An emergency alert.
    Alert,
    /// What somebody says to an alert.
    AlertEntry,
}

impl RecordKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Incident,
        Self::Review,
        Self::Judgement,
        Self::Consent,
        Self::Coverage,
        Self::Government,
        Self::Term,
        Self::Alert,
        Self::AlertEntry,
    ];

    /// The name of its schema.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Review => "review",
            Self::Judgement => "judgement",
            Self::Consent => "consent",
            Self::Coverage => "coverage",
            Self::Government => "government",
            Self::Term => "term",
            Self::Alert => "alert",
            Self::AlertEntry => "alert_entry",
        }
    }

    /// The kind whose schema has this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
