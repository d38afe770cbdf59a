//! Depositing: writing of who may not read, and the key that it needs for that.

use std::collections::{BTreeMap, BTreeSet};

use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    crypto::{GrantSet, Position, ReceivingPublicKey, payload::deposit},
    doc::{deposit_nonce, dossier_document, incident_id},
    log::{Draft, Kind},
    model::id::{CircleId, DeviceId, EpochId, OrgId},
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

    /// The number that the next incident's id is made with which this device deposits in a circle:
    /// it follows from the place.
    ///
    /// # Errors
    /// When the circle is not known.
    pub fn next_deposit_nonce(&self, circle: &CircleId) -> Result<String, WriteError> {
        let (writer, _decision) = self.writer(circle, Kind::Deposit)?;
        let place = writer.next_position();
        Ok(deposit_nonce(circle, place.log(), place.seq(), 0))
    }

    /// Who founded a circle; none while its genesis has not come.
    pub(super) fn founder(&self, circle: &CircleId) -> Option<OrgId> {
        Some(self.membership(circle)?.genesis()?.org)
    }

    /// Writes a new document that this device cannot read afterwards. Its id follows from
    /// [`next_deposit_nonce`](Self::next_deposit_nonce). Durable when it returns. Nothing of it is
    /// kept but what was sealed.
    ///
    /// # Errors
    /// When this device may not write there, nobody has told yet what to seal to, the document is
    /// another one, a change is too large, or the disk fails.
    pub fn deposit(
        &mut self,
        circle: &CircleId,
        write: DocumentWrite,
        rng: &mut impl CryptoRng,
    ) -> Result<(), WriteError> {
        self.check_journal()?;
        let (founder, nonce) = (self.founder(circle), self.next_deposit_nonce(circle)?);
        let document = founder.map(|org| dossier_document(&incident_id(&org, &nonce)));
        if document != Some(write.document) {
            return Err(WriteError::DepositsOnly);
        }
        self.deposit_anything(circle, write, rng)
    }

    /// As [`deposit`](Self::deposit), of whatever document: others refuse it then.
    pub(super) fn deposit_anything(
        &mut self,
        circle: &CircleId,
        write: DocumentWrite,
        rng: &mut impl CryptoRng,
    ) -> Result<(), WriteError> {
        let (epoch, key) = self.deposit_to(circle)?;
        let written = self.deposit_one(circle, (epoch, &key), write, rng);
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
        if !self.circles.contains_key(circle) {
            return Err(WriteError::UnknownCircle);
        }
        if !self.may_write(circle) {
            return Err(WriteError::NotEntitled);
        }
        if self.is_cut_off(circle) {
            return Err(WriteError::CutOff);
        }
        self.deposits_go_to(circle).ok_or(WriteError::NoDepositKey)
    }

    /// Where deposits go, by the entries that are held.
    fn deposits_go_to(&self, circle: &CircleId) -> Option<(EpochId, ReceivingPublicKey)> {
        let state = self.circles.get(circle)?;
        let depth = |decision: &_| state.membership.decision_depth(decision);
        let least = state.membership.last_removal_depth();
        let known = |device: &DeviceId| state.membership.is_known(device);
        let readers = self.readers(circle);
        let tellers = self.tellers(circle);
        let found = state.keys.deposit_to((&readers, &known), &tellers, least, depth);
        found.map(|(epoch, key)| (epoch, key.clone()))
    }

    /// Whose word is taken for the key that deposits are sealed to: admin devices of the own
    /// organisation. Who deposits cannot check the key, and a telephone that was taken must not be
    /// able to have all records sealed to itself.
    fn tellers(&self, circle: &CircleId) -> BTreeSet<DeviceId> {
        let Some(membership) = self.membership(circle) else { return BTreeSet::new() };
        let ours = |device: &DeviceId| {
            let state = membership.device(device);
            state.is_some_and(|it| it.org == self.identity.org && it.role().decides())
        };
        self.readers(circle).into_iter().filter(ours).collect()
    }

    /// Whether an epoch that this device makes comes with the key for deposits.
    pub(super) fn tells_deposit_key(&self, circle: &CircleId) -> bool {
        self.takes_deposits(circle) && self.tellers(circle).contains(&self.own_device())
    }

    /// Whether deposits are made in a circle: the organisation's own, alone in it, has devices that
    /// may write and not read. Elsewhere nobody makes keys for them.
    fn takes_deposits(&self, circle: &CircleId) -> bool {
        self.membership(circle).is_some_and(|it| {
            it.has_depositors() && it.orgs().keys().all(|org| *org == self.identity.org)
        })
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

    /// Whether this device is to tell what deposits are sealed to: nobody told it yet, who held it
    /// is out since, or those who deposit would take another than the right one.
    #[must_use]
    pub fn lacks_deposit_key(&self, circle: &CircleId) -> bool {
        if !self.takes_deposits(circle) || !self.tellers(circle).contains(&self.own_device()) {
            return false;
        }
        if self.find_epoch(circle).is_err() {
            return false;
        }
        let keys = self.circles.get(circle).map(|state| &state.keys);
        !self.deposits_go_to(circle).is_some_and(|(epoch, key)| {
            let secret = keys.and_then(|keys| keys.secret(&epoch));
            secret.is_some_and(|secret| secret.deposit_key().public() == key)
        })
    }

    /// Tells what deposits are sealed to, if that is lacking. Without it who cannot read could not
    /// write after somebody left, until a reader happens to.
    pub(super) fn tell_deposit_key(
        &mut self,
        circle: &CircleId,
        rng: &mut impl CryptoRng,
    ) -> Result<usize, WriteError> {
        self.report_false_deposit_keys(circle);
        if !self.lacks_deposit_key(circle) {
            return Ok(0);
        }
        let own = BTreeSet::from([self.own_device()]);
        let state = self.circles.get(circle).ok_or(WriteError::UnknownCircle)?;
        if let Current::Use(epoch) = self.find_epoch(circle)?
            && state.keys.deposit_key(&epoch, &own).is_none()
        {
            let secret = state.keys.secret(&epoch).ok_or(WriteError::NotEntitled)?;
            let (decision, nobody) = (state.membership.tip(), BTreeMap::default());
            let set = GrantSet::seal(circle, &decision, secret, &nobody, [], rng);
            let set = set.map_err(WriteError::Grant)?.with_deposit_key(secret);
            self.append_learned(circle, vec![set])?;
        }
        // A new epoch comes with the key; one is made as well where telling did not help, since
        // somebody says of the epoch what is not so. Against an admin that tells a false key of it
        // that would not help either, and never end: people are told, and have to revoke it.
        if self.find_epoch(circle)? == Current::Mint || self.deposits_go_to(circle).is_none() {
            self.mint(circle, rng)?;
        }
        Ok(1)
    }

    fn report_false_deposit_keys(&mut self, circle: &CircleId) {
        if !self.takes_deposits(circle) {
            return;
        }
        let liars = self.circles.get(circle).map(|state| state.keys.false_deposit_keys());
        for device in liars.unwrap_or_default() {
            let device = device.short();
            self.report(format!(
                "device {device} told a false key for dropboxes: it is broken or somebody else's; revoke it"
            ));
        }
    }
}
