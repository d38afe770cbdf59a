//! What this device writes: sealed payloads in signed entries of its own logs.

use rand::CryptoRng;
use rayon::prelude::*;

use crate::{
    crypto::{EpochSecret, GrantSet, Position, ReceivingPublicKey, payload},
    log::{Draft, Kind, Writer},
    membership::HistoryRule,
    model::{
        id::{CircleId, DeviceId, DocumentId, EpochId, Lane, LogId, StatementId},
        limits::{MAX_GRANTS_PER_SET, MAX_PAYLOADS_PER_ENTRY, MAX_RUN_BYTES},
        registry::{RecordKind, Schema},
    },
    replica::{
        Replica, Storage, StorageError,
        documents::{packing, refs::ChangeRef},
        keyring::Current,
        log_state::LogState,
    },
};

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The circle is not known here.
    #[error("this node does not know the circle")]
    UnknownCircle,
    /// We may not write there: not a member, removed, suspended, or the device revoked.
    #[error("this device may not write in the circle: it was removed, suspended or revoked")]
    NotEntitled,
    /// A removal cut this device's logs off: nothing more in them counts, though the organisation
    /// is in again. A new life ([`Replica::set_incarnation`]) begins new ones.
    #[error("this device's log was cut off by a removal; it has to begin a new one")]
    CutOff,
    /// This device may write and not read: it begins documents, and changes none.
    #[error("this device only deposits new records; it cannot read or change any")]
    DepositsOnly,
    /// Nobody has told yet what deposits are sealed to, since the last who could read left.
    #[error("no key has come yet to seal records to")]
    NoDepositKey,
    /// A payload could not be sealed.
    #[error("the change is too large for one entry")]
    TooLarge,
    /// The entry could not be signed.
    #[error("the entry could not be written")]
    Log(#[from] crate::log::WriteError),
    /// A grant could not be sealed.
    #[error("the circle's key could not be granted")]
    Grant(#[source] crate::crypto::grant_set::GrantSetError),
    /// The disk failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Changes of one document, to be written.
#[derive(Debug, Clone)]
pub struct DocumentWrite {
    /// The document.
    pub document: DocumentId,
    /// Its schema.
    pub schema: Schema,
    /// Raw automerge changes of this device, in order.
    pub changes: Vec<Vec<u8>>,
}

/// Bytes of payloads that go into one entry, so that it surely fits a run.
const ENTRY_PAYLOAD_BYTES: usize = MAX_RUN_BYTES - 96 * 1024;
/// The kind of the entries that changes of a schema stand in. Nothing but alerts and what is said to
/// them overtakes; and they stand nowhere else, so that whoever has the lane has them all.
pub(super) fn kind_of(schema: &Schema) -> Kind {
    match schema.kind() {
        Some(RecordKind::Alert | RecordKind::AlertEntry) => Kind::Alert,
        Some(_) | None => Kind::Changes,
    }
}

/// Payloads that are worth a second core.
const MIN_SHARE: usize = 16;
/// Entries are closed at this size when there is more to write.
const ENTRY_TARGET_BYTES: usize = 256 * 1024;

impl<S: Storage> Replica<S> {
    /// Writes changes of documents into a circle, as few entries as hold them. Durable when it
    /// returns. The documents themselves are the caller's to [`save`](Self::save_own).
    ///
    /// # Errors
    /// When this device may not write there, a change is too large, or the disk fails.
    pub fn write(
        &mut self,
        circle: &CircleId,
        writes: Vec<DocumentWrite>,
        rng: &mut impl CryptoRng,
    ) -> Result<(), WriteError> {
        self.check_journal()?;
        let (device, incarnation) = (self.own_device(), self.identity.incarnation);
        let pack = |write: DocumentWrite| {
            let kind = kind_of(&write.schema);
            let lane = kind.lane().unwrap_or(Lane::Record);
            let log = LogId { device, incarnation, lane };
            let schema = write.schema.to_string();
            let plaintext = packing::pack(&log, &write.document, &schema, write.changes);
            let fits = payload::sealed_len(plaintext.len()) <= ENTRY_PAYLOAD_BYTES;
            fits.then_some((kind, write.document, plaintext)).ok_or(WriteError::TooLarge)
        };
        let packed = writes.into_par_iter().with_min_len(MIN_SHARE).map(pack);
        let packed = packed.collect::<Result<Vec<_>, _>>()?;
        let (alerts, records): (Vec<_>, Vec<_>) =
            packed.into_iter().partition(|(kind, _, _)| *kind == Kind::Alert);
        // What is urgent first: nothing is made durable before all is appended.
        let parts = [(Kind::Alert, alerts), (Kind::Changes, records)];
        let written =
            parts.into_iter().filter(|(_, part)| !part.is_empty()).try_for_each(|(kind, part)| {
                let part = part.into_iter().map(|(_, document, text)| (document, text)).collect();
                self.append_all(circle, kind, part, rng)
            });
        // Also after an error: what was appended is announced, and so must be durable, else this
        // device would write another entry at the same place after a power cut.
        let appended = self.uncommitted.clone();
        self.commit()?;
        if written.is_err() {
            // The caller saves nothing: what is in the log all the same goes into the documents by
            // the inbox, else the next edit would repeat its actor's numbers.
            for ((circle, log), from) in appended {
                let next = self.log_position(&circle, &log).tail.next_seq;
                self.inbox.extend((from..next).map(|seq| (circle, log, seq)));
            }
        }
        written
    }

    fn append_all(
        &mut self,
        circle: &CircleId,
        kind: Kind,
        plaintexts: Vec<(DocumentId, Vec<u8>)>,
        rng: &mut impl CryptoRng,
    ) -> Result<(), WriteError> {
        let epoch = self.current_epoch(circle, rng)?;
        let mut batch: Vec<(DocumentId, Vec<u8>)> = Vec::new();
        let mut bytes = 0;
        for (document, plaintext) in plaintexts {
            let size = payload::sealed_len(plaintext.len());
            if bytes + size > ENTRY_TARGET_BYTES || batch.len() >= MAX_PAYLOADS_PER_ENTRY {
                self.append_changes(circle, kind, epoch, std::mem::take(&mut batch), rng)?;
                bytes = 0;
            }
            bytes += size;
            batch.push((document, plaintext));
        }
        if !batch.is_empty() {
            self.append_changes(circle, kind, epoch, batch, rng)?;
        }
        Ok(())
    }

    fn append_changes(
        &mut self,
        circle: &CircleId,
        kind: Kind,
        epoch: EpochId,
        batch: Vec<(DocumentId, Vec<u8>)>,
        rng: &mut impl CryptoRng,
    ) -> Result<(), WriteError> {
        let documents: Vec<DocumentId> = batch.iter().map(|(document, _)| *document).collect();
        let plaintexts: Vec<Vec<u8>> = batch.into_iter().map(|(_, plaintext)| plaintext).collect();
        let (log, seq) = self.append_sealed(circle, kind, epoch, &plaintexts, rng)?;
        for (index, document) in (0_u32..).zip(documents) {
            let at = ChangeRef { log, seq, index };
            self.written.entry((*circle, document)).or_default().insert(at);
        }
        Ok(())
    }

    /// Seals payloads for the next place of the own log of their lane, and appends the entry.
    pub(super) fn append_sealed(
        &mut self,
        circle: &CircleId,
        kind: Kind,
        epoch: EpochId,
        plaintexts: &[Vec<u8>],
        rng: &mut impl CryptoRng,
    ) -> Result<(LogId, u64), WriteError> {
        let (mut writer, decision) = self.writer(circle, kind)?;
        let place = writer.next_position();
        let (log, seq) = (*place.log(), place.seq());
        let secret = self.circles.get(circle).and_then(|state| state.keys.secret(&epoch));
        let secret = secret.ok_or(WriteError::NotEntitled)?;
        let mut payloads = Vec::with_capacity(plaintexts.len());
        for (index, plaintext) in (0_u32..).zip(plaintexts) {
            let kind = kind.number();
            let position = Position { circle: *circle, log, seq, index, kind, decision, epoch };
            let sealed = payload::seal(secret, &position, plaintext, rng);
            payloads.push(sealed.map_err(|_size| WriteError::TooLarge)?);
        }
        let draft = Draft { kind, decision, epoch, payloads };
        let run = writer.append(place, draft, &self.identity.keys.signing)?;
        self.append_run(circle, log, &run)?;
        Ok((log, seq))
    }

    /// Appends an entry of grants, which travel in clear: what is secret in them is sealed.
    pub(super) fn append_grants(
        &mut self,
        circle: &CircleId,
        sets: &[GrantSet],
    ) -> Result<(), WriteError> {
        sets.iter().try_for_each(|set| self.append_clear(circle, Kind::Grant, set.encode()))
    }

    /// Appends an entry whose payload is not sealed.
    pub(super) fn append_clear(
        &mut self,
        circle: &CircleId,
        kind: Kind,
        payload: Vec<u8>,
    ) -> Result<(), WriteError> {
        let (mut writer, decision) = self.writer(circle, kind)?;
        let place = writer.next_position();
        let log = *place.log();
        let epoch = EpochId::new([0; 32]);
        let draft = Draft { kind, decision, epoch, payloads: vec![payload] };
        let run = writer.append(place, draft, &self.identity.keys.signing)?;
        self.append_run(circle, log, &run)
    }

    pub(super) fn append_run(
        &mut self,
        circle: &CircleId,
        log: LogId,
        run: &crate::log::VerifiedRun,
    ) -> Result<(), WriteError> {
        // Not put up for opening: the writer has applied its changes and learned its grants.
        self.store_run(circle, run)?;
        self.outbox.appended.insert((*circle, log));
        Ok(())
    }

    /// The own log for this kind, and the newest decision.
    pub(super) fn writer(
        &self,
        circle: &CircleId,
        kind: Kind,
    ) -> Result<(Writer, StatementId), WriteError> {
        let state = self.circles.get(circle).ok_or(WriteError::UnknownCircle)?;
        let device = self.own_device();
        let lane = kind.lane().unwrap_or(Lane::Record);
        let log = LogId { device, incarnation: self.identity.incarnation, lane };
        let tail = state.logs.get(&log).map(LogState::tail).unwrap_or_default();
        Ok((Writer::new(state.tag, log, tail), state.membership.tip()))
    }

    /// The epoch to write under: the newest, unless somebody holds it who is no longer in; then a
    /// new one, granted to all who are.
    pub(super) fn current_epoch(
        &mut self,
        circle: &CircleId,
        rng: &mut impl CryptoRng,
    ) -> Result<EpochId, WriteError> {
        match self.find_epoch(circle)? {
            Current::Use(epoch) => Ok(epoch),
            Current::Mint => self.mint(circle, rng),
        }
    }

    /// The epoch to write under, or that there has to be a new one first.
    pub(super) fn find_epoch(&self, circle: &CircleId) -> Result<Current, WriteError> {
        let state = self.circles.get(circle).ok_or(WriteError::UnknownCircle)?;
        let depth = |decision: &StatementId| state.membership.decision_depth(decision);
        if !self.may_write(circle) {
            return Err(WriteError::NotEntitled);
        }
        if self.is_cut_off(circle) {
            return Err(WriteError::CutOff);
        }
        if !state.membership.may_read(&self.own_device()) {
            return Err(WriteError::DepositsOnly);
        }
        let least = state.membership.last_removal_depth();
        // Whoever is nobody's device has what some member gave away, as it could unseen too.
        let known = |device: &DeviceId| state.membership.is_known(device);
        let readers = self.readers(circle);
        let history = state.membership.history();
        Ok(state.keys.current((&readers, &known), history, least, depth))
    }

    pub(super) fn mint(
        &mut self,
        circle: &CircleId,
        rng: &mut impl CryptoRng,
    ) -> Result<EpochId, WriteError> {
        let secret = EpochSecret::generate(rng);
        let state = self.circles.get(circle).ok_or(WriteError::UnknownCircle)?;
        let heads = if state.membership.history() == HistoryRule::All {
            state.keys.heads()
        } else {
            Vec::new()
        };
        let earlier: Vec<EpochSecret> =
            heads.iter().filter_map(|id| state.keys.secret(id).cloned()).collect();
        self.grant(circle, &secret, &self.readers(circle), &earlier, rng)?;
        Ok(secret.id())
    }

    /// Grants a secret to devices, and learns the grant ourselves.
    pub(super) fn grant(
        &mut self,
        circle: &CircleId,
        secret: &EpochSecret,
        devices: &std::collections::BTreeSet<DeviceId>,
        earlier: &[EpochSecret],
        rng: &mut impl CryptoRng,
    ) -> Result<(), WriteError> {
        let state = self.circles.get(circle).ok_or(WriteError::UnknownCircle)?;
        let decision = state.membership.tip();
        let recipients: Vec<(DeviceId, ReceivingPublicKey)> = state
            .membership
            .recipients()
            .filter(|device| devices.contains(&device.device))
            .filter_map(|device| {
                let key = ReceivingPublicKey::from_bytes(device.receiving.as_slice()).ok()?;
                Some((device.device, key))
            })
            .collect();
        // Who makes an epoch, and so grants it to itself, tells what deposits are sealed to.
        let tells = devices.contains(&self.own_device()) && self.tells_deposit_key(circle);
        let mut sets = Vec::new();
        for chunk in recipients.chunks(MAX_GRANTS_PER_SET) {
            let to = chunk.iter().cloned().collect();
            let set = GrantSet::seal(circle, &decision, secret, &to, earlier, rng);
            let set = set.map_err(WriteError::Grant)?;
            let first = tells && sets.is_empty();
            sets.push(if first { set.with_deposit_key(secret) } else { set });
        }
        self.append_learned(circle, sets)
    }

    /// Appends grants of our own, and learns them.
    pub(super) fn append_learned(
        &mut self,
        circle: &CircleId,
        sets: Vec<GrantSet>,
    ) -> Result<(), WriteError> {
        self.append_grants(circle, &sets)?;
        let device = self.own_device();
        if let Some(state) = self.circles.get_mut(circle) {
            for set in sets {
                state.keys.learn(circle, (device, true), set, &self.identity.keys);
            }
        }
        Ok(())
    }
}
