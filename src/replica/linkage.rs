//! Keys of linkage tokens.

use rand::CryptoRng;

use crate::{
    crypto::LinkageKey,
    model::id::{CircleId, EpochId},
    replica::{Replica, Storage, WriteError, keyring::Current},
};

impl<S: Storage> Replica<S> {
    /// The epoch under which this device writes in a circle, made first if there has to be a new
    /// one. Durable when it returns.
    ///
    /// # Errors
    /// When this device may not write there, or the disk fails.
    pub fn writing_epoch(
        &mut self,
        circle: &CircleId,
        rng: &mut impl CryptoRng,
    ) -> Result<EpochId, WriteError> {
        self.check_journal()?;
        let epoch = self.current_epoch(circle, rng);
        // Also after an error: what was appended is announced, and so must be durable.
        self.commit()?;
        epoch
    }

    /// The same, if there need not be a new one.
    #[must_use]
    pub fn writing_epoch_now(&self, circle: &CircleId) -> Option<EpochId> {
        match self.find_epoch(circle) {
            Ok(Current::Use(epoch)) => Some(epoch),
            Ok(Current::Mint) | Err(_) => None,
        }
    }

    /// The key of linkage tokens of an epoch, if its secret is held.
    #[must_use]
    pub fn linkage_key(&self, circle: &CircleId, epoch: &EpochId) -> Option<LinkageKey> {
        let secret = self.circles.get(circle)?.keys.secret(epoch)?;
        Some(LinkageKey::new(circle, secret))
    }
}
