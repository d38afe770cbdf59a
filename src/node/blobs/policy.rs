//! What this node fetches by itself: its owner's choice for each circle.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Slot;
use crate::{
    api::ApiError,
    model::id::CircleId,
    node::{disk::DiskStorage, errors},
    replica::Replica,
};

/// Where it is kept among the node's own affairs.
const KEY: &str = "evidence/policy";
/// Bytes of the largest thumbnail: what claims to be one and is larger is not fetched unasked.
const MAX_THUMBNAIL_BYTES: u64 = crate::exchange::evidence::thumbnail::MAX_THUMBNAIL_BYTES as u64;

/// What is fetched without being asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::node) enum Fetch {
    /// Nothing.
    Nothing,
    /// Small pictures.
    #[default]
    Thumbnails,
    /// Copies too, up to a size.
    All,
}

impl Fetch {
    pub(in crate::node) fn from_word(word: &str) -> Option<Self> {
        match word {
            "nothing" => Some(Self::Nothing),
            "thumbnails" => Some(Self::Thumbnails),
            "all" => Some(Self::All),
            _other => None,
        }
    }

    pub(in crate::node) const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Thumbnails => "thumbnails",
            Self::All => "all",
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Choice {
    fetch: Fetch,
    max_bytes: u64,
}

/// What this node fetches by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::node) struct Policy(BTreeMap<CircleId, Choice>);

impl Policy {
    pub(super) fn read(replica: &Replica<DiskStorage>) -> Self {
        let kept = replica.local(KEY).and_then(|bytes| serde_json::from_slice(bytes).ok());
        kept.unwrap_or_default()
    }

    pub(super) fn keep(&self, replica: &mut Replica<DiskStorage>) -> Result<(), ApiError> {
        let bytes = serde_json::to_vec(self).map_err(|it| errors::internal(it.to_string()))?;
        Ok(replica.set_local(KEY, bytes)?)
    }

    pub(super) fn set(&mut self, circle: CircleId, fetch: Fetch, max_bytes: u64) {
        self.0.insert(circle, Choice { fetch, max_bytes });
    }

    /// What is chosen for a circle, and up to how many bytes.
    pub(in crate::node) fn of(&self, circle: &CircleId) -> (Fetch, u64) {
        let choice = self.0.get(circle).copied().unwrap_or_default();
        (choice.fetch, choice.max_bytes)
    }

    /// Whether a blob is fetched by itself.
    pub(super) fn fetches(&self, circle: &CircleId, slot: Slot, size: u64) -> bool {
        let (fetch, max_bytes) = self.of(circle);
        match (fetch, slot) {
            (Fetch::Nothing, _) | (_, Slot::Original) | (Fetch::Thumbnails, Slot::Copy) => false,
            (Fetch::Thumbnails | Fetch::All, Slot::Thumbnail) => size <= MAX_THUMBNAIL_BYTES,
            (Fetch::All, Slot::Copy) => size <= max_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_thumbnails_come_unasked_unless_the_owner_says_otherwise() {
        let (here, there) = (CircleId::new([1; 32]), CircleId::new([2; 32]));
        let mut policy = Policy::default();
        assert!(policy.fetches(&here, Slot::Thumbnail, 1000));
        assert!(!policy.fetches(&here, Slot::Thumbnail, MAX_THUMBNAIL_BYTES + 1));
        assert!(!policy.fetches(&here, Slot::Copy, 1));
        policy.set(here, Fetch::All, 5000);
        assert!(policy.fetches(&here, Slot::Copy, 5000));
        assert!(!policy.fetches(&here, Slot::Copy, 5001));
        assert!(!policy.fetches(&here, Slot::Original, 1));
        assert!(!policy.fetches(&there, Slot::Copy, 1));
        policy.set(here, Fetch::Nothing, 5000);
        assert!(!policy.fetches(&here, Slot::Thumbnail, 1));
    }
}
