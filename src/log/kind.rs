//! What an entry's payloads are.

use crate::model::id::Lane;

/// What an entry's payloads are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Sealed changes of documents.
    Changes,
    /// Grants of a key epoch's secret, sealed to each recipient.
    Grant,
    /// Documents that every node is asked to erase.
    Erase,
    /// Emergency alerts and their acknowledgements.
    Alert,
    /// Says whose grants to the writer do not open.
    Ask,
    /// Changes of new documents, sealed to the epoch's public key by who may write and not read.
    Deposit,
    /// A kind that a later version defines: kept and passed on, not understood.
    Unknown(u32),
}

impl Kind {
    /// The kind with this number on the wire.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        match number {
            1 => Self::Changes,
            2 => Self::Grant,
            3 => Self::Erase,
            4 => Self::Alert,
            5 => Self::Ask,
            6 => Self::Deposit,
            other => Self::Unknown(other),
        }
    }

    /// The kind's number on the wire.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Changes => 1,
            Self::Grant => 2,
            Self::Erase => 3,
            Self::Alert => 4,
            Self::Ask => 5,
            Self::Deposit => 6,
            Self::Unknown(other) => other,
        }
    }

    /// The only lane on which entries of this kind may stand; none for a kind that this version
    /// does not know. Without this rule a writer could push records ahead of others' grants.
    #[must_use]
    pub const fn lane(self) -> Option<Lane> {
        match self {
            Self::Grant | Self::Erase | Self::Ask => Some(Lane::Control),
            Self::Alert => Some(Lane::Alert),
            Self::Changes | Self::Deposit => Some(Lane::Record),
            Self::Unknown(_) => None,
        }
    }
}
