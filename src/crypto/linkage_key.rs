//! The key of linkage tokens: what a circle's members compare names by without telling them.

use std::fmt;

use zeroize::Zeroizing;

use crate::{
    crypto::{EpochSecret, Label, kdf},
    model::id::CircleId,
};

/// A key that whoever holds an epoch's secret can derive, for tokens and nothing else.
pub struct LinkageKey(Zeroizing<[u8; 32]>);

impl LinkageKey {
    /// The key of an epoch of a circle.
    #[must_use]
    pub fn new(circle: &CircleId, epoch: &EpochSecret) -> Self {
        Self(kdf::derive(epoch.expose_secret(), Label::LinkageKey, &[circle.as_bytes()]))
    }

    /// Keyed BLAKE3.
    #[must_use]
    pub fn keyed_hash(&self, bytes: &[u8]) -> [u8; 32] {
        blake3::keyed_hash(&self.0, bytes).into()
    }
}

impl fmt::Debug for LinkageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkageKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_epoch_of_each_circle_has_its_own() {
        let key = |circle: u8, epoch: u8| {
            LinkageKey::new(&CircleId::new([circle; 32]), &EpochSecret::from_bytes(&[epoch; 32]))
        };
        let of = |circle, epoch| key(circle, epoch).keyed_hash(b"maria");
        assert_eq!(of(1, 1), of(1, 1));
        assert_ne!(of(1, 1), of(2, 1));
        assert_ne!(of(1, 1), of(1, 2));
        assert_ne!(key(1, 1).keyed_hash(b"ana"), of(1, 1));
        assert_eq!(format!("{:?}", key(1, 1)), "LinkageKey(..)");
    }
}
