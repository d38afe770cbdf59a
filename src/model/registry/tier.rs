//! Tiers: who may see a value at most.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How far a value may go. Ordered: what may go further is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Named persons at the organisation of origin: stays in the dossier.
    Sealed,
    /// The organisation of origin and partners that it names.
    Restricted,
    /// All partners of the coalition in good standing.
    Coalition,
    /// Anyone.
    Public,
}

impl Tier {
    /// All tiers, the most closed first.
    pub const ALL: [Self; 4] = [Self::Sealed, Self::Restricted, Self::Coalition, Self::Public];

    /// The tier's code in the vocabulary's list `sensitivity_tier`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Restricted => "restricted",
            Self::Coalition => "coalition",
            Self::Public => "public",
        }
    }

    /// The tier with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.code() == code)
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
