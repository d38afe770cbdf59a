//! The levels: the codes of the vocabulary's list `verification_level`.

use std::fmt;

/// How sure we are. Ordered: what is surer is greater; what stands aside is less than all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Found false.
    Refuted,
    /// The criteria are not met, or no longer.
    NotMet,
    /// A partner disputes it, and nobody has closed the dispute.
    Disputed,
    /// Reported, unchecked.
    Reported,
    /// Complete and plausible.
    Screened,
    /// Two or more independent sources.
    Corroborated,
    /// Reasonable grounds, two reviewers.
    Verified,
    /// By a court, a national institution, or a regional or UN body.
    Established,
}

impl Level {
    /// All levels, the least sure first.
    pub const ALL: [Self; 8] = [
        Self::Refuted,
        Self::NotMet,
        Self::Disputed,
        Self::Reported,
        Self::Screened,
        Self::Corroborated,
        Self::Verified,
        Self::Established,
    ];

    /// The code in the vocabulary.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Refuted => "refuted",
            Self::NotMet => "not_met",
            Self::Disputed => "disputed",
            Self::Reported => "v0_reported",
            Self::Screened => "v1_screened",
            Self::Corroborated => "v2_corroborated",
            Self::Verified => "v3_verified",
            Self::Established => "v4_established",
        }
    }

    /// The level with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.code() == code)
    }

    /// Whether it stands aside from the way from reported to established.
    #[must_use]
    pub const fn is_aside(self) -> bool {
        matches!(self, Self::Refuted | Self::NotMet | Self::Disputed)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::vocabulary::Vocabulary;

    #[test]
    fn the_levels_are_those_of_the_vocabulary() {
        let terms = Vocabulary::built_in().list("verification_level");
        assert_eq!(terms.len(), Level::ALL.len());
        assert!(terms.iter().all(|term| Level::from_code(term.code).is_some()));
        assert!(Level::Disputed < Level::Reported && Level::Verified > Level::Corroborated);
    }
}
