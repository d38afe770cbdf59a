//! Who writes in a document, as automerge names it.

use std::fmt;

use data_encoding::HEXLOWER;

use crate::{
    crypto::Label,
    model::id::{DeviceId, DocumentId, Incarnation},
};

/// One device in one incarnation in one document. Derived, so that a change can be checked against
/// the log that it came in, and so that no two lives of a home ever write as the same actor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor([u8; Self::LEN]);

impl Actor {
    /// Length in bytes.
    pub const LEN: usize = 16;

    /// The actor of a device's incarnation in a document.
    #[must_use]
    pub fn of(device: &DeviceId, incarnation: &Incarnation, document: &DocumentId) -> Self {
        let hash =
            Label::ActorId.hash(&[device.as_bytes(), incarnation.as_bytes(), document.as_bytes()]);
        let mut bytes = [0; Self::LEN];
        bytes.iter_mut().zip(hash).for_each(|(byte, hashed)| *byte = hashed);
        Self(bytes)
    }

    /// The actor's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(crate) fn to_automerge(self) -> automerge::ActorId {
        automerge::ActorId::from(self.0.as_slice())
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Actor({})", HEXLOWER.encode(self.0.get(..4).unwrap_or_default()))
    }
}
