//! Depositing: writing of who may not read, and the key that it needs for that.

use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    crypto::{GrantSet, Position, ReceivingPublicKey, payload::deposit},
    log::{Draft, Kind},
    model::id::{CircleId, DeviceId, EpochId},
    replica::{DocumentWrite, Replica, Storage, WriteError, documents::packing, keyring::Current},
};

impl<S: Storage> Replica<S> {
    /// Whether this device may write in a circle and not read.
    #[must_use]
    pub fn only_deposits(&self, circle: &CircleId) -> bool {
        let own = self.own_device();
        let state = self.membership(circle).and_then(|it| it.device(&own));
        state.is_some_and(|it| it.role().writes() && !it.role().reads())
    }

    /// Writes new documents that this device cannot read afterwards, an entry each. Durable when it
    /// returns. Nothing of them is kept but what was sealed.
    ///
    /// # Errors
    /// When this device may not write there, nobody has told yet what to seal to, a change is too
    /// large, or the disk fails.
    pub fn deposit(
        &mut self,
        circle: &CircleId,
        writes: Vec<DocumentWrite>,
        rng: &mut impl CryptoRng,
    ) -> Result<(), WriteError> {
        self.check_journal()?;
        let (epoch, key) = self.deposit_to(circle)?;
        let mut written = Ok(());
        for write in writes {
            written = self.deposit_one(circle, (epoch, &key), write, rng);
            if written.is_err() {
                break;
            }
        }
        // Also after an error: what was appended is announced, and so must be durable.
        self.commit()?;
        written
    }

    fn deposit_one(
        &mut self,
        circle: &CircleId,
        (epoch, key): (EpochId, &ReceivingPublicKey),
        write: DocumentWrite,
        rng: &mut impl CryptoRng,
    ) -> Result<(), WriteError> {
        let kind = Kind::Deposit;
        let (mut writer, decision) = self.writer(circle, kind)?;
        let place = writer.next_position();
        let (log, seq) = (*place.log(), place.seq());
        let schema = write.schema.to_string();
        let plaintext =
            Zeroizing::new(packing::pack(&log, &write.document, &schema, write.changes));
        let (index, number) = (0, kind.number());
        let position = Position { circle: *circle, log, seq, index, kind: number, decision, epoch };
        let sealed = deposit::seal(key, &position, &plaintext, rng);
        let payloads = vec![sealed.map_err(|_size| WriteError::TooLarge)?];
        let draft = Draft { kind, decision, epoch, payloads };
        let run = writer.append(place, draft, &self.identity.keys.signing)?;
        self.append_run(circle, log, &run)
    }

    /// Under which epoch to deposit, and what to seal to.
    fn deposit_to(&self, circle: &CircleId) -> Result<(EpochId, ReceivingPublicKey), WriteError> {
        let state = self.circles.get(circle).ok_or(WriteError::UnknownCircle)?;
        if !self.may_write(circle) {
            return Err(WriteError::NotEntitled);
        }
        if self.is_cut_off(circle) {
            return Err(WriteError::CutOff);
        }
        let depth = |decision: &_| state.membership.decision_depth(decision);
        let least = state.membership.last_removal_depth();
        let known = |device: &DeviceId| state.membership.is_known(device);
        let readers = self.readers(circle);
        let found = state.keys.deposit_to((&readers, &known), least, depth);
        found.map(|(epoch, key)| (epoch, key.clone())).ok_or(WriteError::NoDepositKey)
    }

    /// Whether this device could deposit in a circle now.
    #[must_use]
    pub fn can_deposit(&self, circle: &CircleId) -> bool {
        self.deposit_to(circle).is_ok()
    }

    /// Makes a new key for a circle now if the next entry would need one: somebody holds the last
    /// who may not read any more. Whether it did; durable when it returns.
    ///
    /// # Errors
    /// When this device may not write there, or the disk fails.
    pub fn renew_key(
        &mut self,
        circle: &CircleId,
        rng: &mut impl CryptoRng,
    ) -> Result<bool, WriteError> {
        self.check_journal()?;
        let due = self.find_epoch(circle)? == Current::Mint;
        if due {
            let minted = self.mint(circle, rng);
            self.commit()?;
            minted?;
        }
        Ok(due)
    }

    /// Whether those who may write and not read lack the key that they seal to: nobody told it yet,
    /// or who held it is out since.
    #[must_use]
    pub fn lacks_deposit_key(&self, circle: &CircleId) -> bool {
        let Some(state) = self.circles.get(circle) else { return false };
        state.membership.has_depositors() && !self.only_deposits(circle) && {
            match self.find_epoch(circle) {
                Ok(Current::Mint) => true,
                Ok(Current::Use(epoch)) => {
                    state.keys.deposit_key(&epoch, &self.readers(circle)).is_none()
                }
                Err(_may_not) => false,
            }
        }
    }

    /// Tells what deposits are sealed to, if that is lacking. Without it who cannot read could not
    /// write after somebody left, until a reader happens to.
    pub(super) fn tell_deposit_key(
        &mut self,
        circle: &CircleId,
        rng: &mut impl CryptoRng,
    ) -> Result<usize, WriteError> {
        if !self.lacks_deposit_key(circle) {
            return Ok(0);
        }
        match self.find_epoch(circle)? {
            // Made for the circle as it is now, it comes with the key.
            Current::Mint => drop(self.mint(circle, rng)?),
            Current::Use(epoch) => {
                let state = self.circles.get(circle).ok_or(WriteError::UnknownCircle)?;
                let secret = state.keys.secret(&epoch).ok_or(WriteError::NotEntitled)?;
                let (decision, nobody) = (state.membership.tip(), Default::default());
                let set = GrantSet::seal(circle, &decision, secret, &nobody, [], rng);
                let set = set.map_err(WriteError::Grant)?.with_deposit_key(secret);
                self.append_learned(circle, vec![set])?;
            }
        }
        Ok(1)
    }
}
