//! Receipts: what devices say that they hold, and what this one says.
//!
//! They lie in the index, not in the journal: each replaces the one before, and partners give again
//! what is lost. Only the counter of this device's own receipts is in the journal, in blocks.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    crypto::Label,
    log::{Claim, LogPosition, Receipt, ReceiptError, SignedReceipt, Tail, circle_tag},
    membership::Membership,
    model::{
        id::{CircleId, CircleTag, DeviceId, Incarnation, StatementId},
        limits::MAX_RECEIPT_BYTES_PER_ORG,
    },
    replica::{Replica, Storage, StorageError, Tree},
    sync::{ReceiptMark, ReceiptOutcome, Replica as _},
};

/// Counters that are put aside in the journal at once: what a restart skips.
const COUNTER_BLOCK: u64 = 256;
/// What a new life of a home skips: more receipts than a device makes in a week, so that a home that
/// was restored from a backup is most likely beyond what it has said since.
const LIFE_SKIP: u64 = 1 << 16;
/// Receipts that are made, without any news of entries, because a newer one of this device came that
/// this home has not made. Two copies of a home would else outbid each other for ever.
const MAX_ANSWERS_TO_COPIES: u8 = 3;

/// Greatest counter that is taken: nobody gets there who counts, and above it a device could not go
/// on counting.
const MAX_COUNTER: u64 = 1 << 62;
/// Writers whom nobody here knows that one receipt may name: its maker may have met newcomers
/// earlier. Else a liar could make receipts as large as they can be in the smallest circle.
const MAX_UNKNOWN_WRITERS: usize = 64;

/// What a receipt of this device said.
#[derive(Debug, Clone, Copy)]
struct Made {
    id: StatementId,
    incarnation: Incarnation,
    /// Of all claims that there were.
    digest: [u8; 32],
}

/// What is kept in memory of a device's newest receipt.
#[derive(Debug, Clone, Copy)]
struct Held {
    mark: ReceiptMark,
    bytes: usize,
}

/// What devices say that they hold of a circle.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    newest: BTreeMap<DeviceId, Held>,
    made: Option<Made>,
    /// The next counter, of those that were put aside.
    next_counter: Option<u64>,
    answers_to_copies: u8,
}

impl Receipts {
    /// The newest of each device.
    pub(super) fn marks(&self) -> impl Iterator<Item = ReceiptMark> {
        self.newest.values().map(|held| held.mark)
    }

    /// Bytes of receipts of devices of the same organisation, but for this device.
    fn bytes_beside(&self, membership: &Membership, device: &DeviceId) -> usize {
        let org_of = |device: &DeviceId| membership.device(device).map(|state| state.org);
        let org = org_of(device);
        let others = self.newest.iter().filter(|(of, _)| *of != device && org_of(of) == org);
        others.map(|(_, held)| held.bytes).sum()
    }
}

/// Whether a receipt is newer than what is held.
fn is_newer(mark: &ReceiptMark, held: Option<&Held>) -> bool {
    held.is_none_or(|held| (held.mark.counter, held.mark.id) < (mark.counter, mark.id))
}

fn mark_of(receipt: &SignedReceipt) -> ReceiptMark {
    let Receipt { device, counter, .. } = *receipt.receipt();
    ReceiptMark { device, counter, id: receipt.id() }
}

fn key(circle: &CircleId, device: &DeviceId) -> Vec<u8> {
    [circle.as_bytes().as_slice(), device.as_bytes()].concat()
}

fn digest_of(claims: &[Claim]) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(claims.len().saturating_mul(74));
    for Claim { log, next_seq, last, forked } in claims {
        bytes.extend_from_slice(log.device.as_bytes());
        bytes.extend_from_slice(log.incarnation.as_bytes());
        bytes.extend_from_slice(&log.lane.number().to_le_bytes());
        bytes.extend_from_slice(&next_seq.to_le_bytes());
        bytes.extend_from_slice(&last.0);
        bytes.push(u8::from(*forked));
    }
    Label::SetDigest.hash(&[b"claims", &bytes])
}

/// The counter below which all may have been used, and the life that put it aside.
struct Reserved {
    below: u64,
    incarnation: Option<Incarnation>,
}

impl Reserved {
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (below, incarnation) = bytes.split_first_chunk::<8>()?;
        let incarnation = Incarnation::try_from(incarnation).ok()?;
        Some(Self { below: u64::from_le_bytes(*below), incarnation: Some(incarnation) })
    }
}

impl<S: Storage> Replica<S> {
    /// What this device holds of a circle, by log. What of it waits for a commit is durable before
    /// anything leaves that says so: whoever holds commits holds back what is sent.
    fn claims(&self, circle: &CircleId) -> Vec<Claim> {
        let logs = self.circles.get(circle).into_iter().flat_map(|state| &state.logs);
        let claims = logs.filter_map(|(log, held)| {
            let LogPosition { log, tail, forked } = held.position(*log);
            Claim::of(log, &tail, forked)
        });
        claims.collect()
    }

    /// Whether other entries are held than the last receipt of this device says, or a newer one of
    /// it came that this home has not made.
    pub(super) fn is_receipt_owed(&self, circle: &CircleId) -> bool {
        let Some(state) = self.circles.get(circle) else { return false };
        let device = self.own_device();
        if !self.serves(circle, &device) {
            return false;
        }
        let claims = self.claims(circle);
        let Some(made) = state.receipts.made else { return !claims.is_empty() };
        let newest = state.receipts.newest.get(&device);
        let is_copied = newest.is_some_and(|held| held.mark.id != made.id)
            && state.receipts.answers_to_copies < MAX_ANSWERS_TO_COPIES;
        is_copied
            || made.incarnation != self.identity.incarnation
            || made.digest != digest_of(&claims)
    }

    /// Makes a receipt of what is held, if one is owed. Like the entries its counter may wait for a
    /// commit, and nothing of it may leave earlier.
    pub(super) fn make_receipt(&mut self, circle: &CircleId) -> Option<ReceiptMark> {
        self.told(circle).filter(|_| self.is_receipt_owed(circle))?;
        let counter = match self.next_counter(circle) {
            Ok(counter) => counter,
            Err(error) => {
                tracing::warn!(%error, "no receipt was made");
                return None;
            }
        };
        let mut claims = self.claims(circle);
        let digest = digest_of(&claims);
        let state = self.circles.get(circle)?;
        // The logs that grew last first: those are left out that have not grown for longest.
        claims.sort_by_key(|claim| {
            let held = state.logs.get(&claim.log);
            let last = held.and_then(|held| held.get(held.len().saturating_sub(1)));
            Reverse(last.map(|last| last.position))
        });
        let (device, incarnation) = (self.own_device(), self.identity.incarnation);
        let receipt = Receipt {
            circle: state.tag,
            device,
            incarnation,
            counter,
            partial: false,
            claims: Vec::new(),
        };
        let signed = SignedReceipt::sign(&self.identity.keys.signing, receipt.of_most(claims));
        let mark = mark_of(&signed);
        let made = Made { id: mark.id, incarnation, digest };
        let state = self.circles.get_mut(circle)?;
        let is_copied = state.receipts.made.is_some_and(|made| {
            state.receipts.newest.get(&device).is_some_and(|held| held.mark.id != made.id)
        });
        if is_copied {
            let answers = &mut state.receipts.answers_to_copies;
            *answers = answers.saturating_add(1);
        }
        state.receipts.made = Some(made);
        self.keep_receipt(circle, mark, &signed.encode());
        Some(mark)
    }

    /// Makes a receipt before a bundle is made: of all that was written, which becomes durable here.
    ///
    /// # Errors
    /// When the journal fails.
    pub fn make_receipt_now(&mut self, circle: &CircleId) -> Result<(), StorageError> {
        self.make_durable()?;
        if self.make_receipt(circle).is_some() {
            self.outbox.receipts.insert(*circle);
            self.make_durable()?;
        }
        Ok(())
    }

    /// The counter for the next receipt: above all that this device has used, as far as this home or
    /// any partner knows.
    fn next_counter(&mut self, circle: &CircleId) -> Result<u64, StorageError> {
        let name = format!("receipts/{circle}");
        let reserved = self.local(&name).and_then(Reserved::decode);
        let reserved = reserved.unwrap_or(Reserved { below: 0, incarnation: None });
        let life = self.identity.incarnation;
        let new_life = reserved.incarnation.is_some_and(|before| before != life);
        let receipts = self.circles.get(circle).map(|state| &state.receipts);
        let known = receipts.and_then(|receipts| receipts.newest.get(&self.own_device()));
        let known = known.map_or(0, |held| held.mark.counter);
        let next = receipts.and_then(|receipts| receipts.next_counter).filter(|_| !new_life);
        let skip = if new_life { LIFE_SKIP } else { 0 };
        let next = next.unwrap_or(reserved.below).max(known).saturating_add(skip).saturating_add(1);
        if new_life || reserved.incarnation.is_none() || next >= reserved.below {
            let below = next.saturating_add(COUNTER_BLOCK);
            let value = [below.to_le_bytes().as_slice(), life.as_bytes()].concat();
            self.set_local(&name, value)?;
        }
        if let Some(state) = self.circles.get_mut(circle) {
            state.receipts.next_counter = Some(next);
        }
        Ok(next)
    }

    /// Verifies and keeps a receipt.
    pub(super) fn take_receipt(&mut self, circle: &CircleId, bytes: &[u8]) -> ReceiptOutcome {
        let Some(tag) = self.told(circle).map(|state| state.tag) else {
            return ReceiptOutcome::NotKept;
        };
        let signed = match SignedReceipt::decode(bytes) {
            Ok(signed) => signed,
            Err(ReceiptError::Version(_later)) => return ReceiptOutcome::NotKept,
            Err(_forged) => return ReceiptOutcome::Invalid,
        };
        if signed.receipt().circle != tag {
            return ReceiptOutcome::Invalid;
        }
        let mark = mark_of(&signed);
        if !self.serves(circle, &mark.device)
            || mark.counter > MAX_COUNTER
            || self.unknown_writers(circle, signed.receipt()) > MAX_UNKNOWN_WRITERS
        {
            return ReceiptOutcome::NotKept;
        }
        let Some(state) = self.circles.get(circle) else { return ReceiptOutcome::NotKept };
        if !is_newer(&mark, state.receipts.newest.get(&mark.device)) {
            return ReceiptOutcome::Known;
        }
        let others = state.receipts.bytes_beside(&state.membership, &mark.device);
        if others.saturating_add(bytes.len()) > MAX_RECEIPT_BYTES_PER_ORG {
            return ReceiptOutcome::NotKept;
        }
        if self.keep_receipt(circle, mark, bytes) {
            ReceiptOutcome::Accepted(mark)
        } else {
            ReceiptOutcome::NotKept
        }
    }

    /// Writers that a receipt names and that no manifest certifies.
    fn unknown_writers(&self, circle: &CircleId, receipt: &Receipt) -> usize {
        let Some(membership) = self.membership(circle) else { return 0 };
        let writers: BTreeSet<DeviceId> =
            receipt.claims.iter().map(|claim| claim.log.device).collect();
        writers.iter().filter(|writer| !membership.is_known(writer)).count()
    }

    fn keep_receipt(&mut self, circle: &CircleId, mark: ReceiptMark, bytes: &[u8]) -> bool {
        let kept = self.storage.put(Tree::Receipts, &key(circle, &mark.device), Some(bytes));
        if let Err(error) = &kept {
            tracing::warn!(%error, "a receipt was not kept");
        }
        if let Some(state) = self.circles.get_mut(circle).filter(|_| kept.is_ok()) {
            state.receipts.newest.insert(mark.device, Held { mark, bytes: bytes.len() });
        }
        kept.is_ok()
    }

    pub(super) fn stored_receipt(&self, circle: &CircleId, device: &DeviceId) -> Option<Vec<u8>> {
        let held = self.circles.get(circle)?.receipts.newest.get(device)?;
        let stored = self.storage.get(Tree::Receipts, &key(circle, device)).ok().flatten()?;
        (stored.len() == held.bytes).then_some(stored)
    }

    /// What a device has said last, if it may have entries of the circle.
    #[must_use]
    pub fn word_of(&self, circle: &CircleId, device: &DeviceId) -> Option<Receipt> {
        let stored = self.serves(circle, device).then(|| self.stored_receipt(circle, device))??;
        // The index is sealed.
        SignedReceipt::read_kept(&stored)
    }

    /// See [`crate::sync::Replica::acknowledged`].
    pub(super) fn acknowledged_by(
        &self,
        circle: &CircleId,
        device: &DeviceId,
    ) -> Option<Vec<LogPosition>> {
        let word = self.word_of(circle, device)?;
        let state = self.circles.get(circle)?;
        let position = |claim: &Claim| {
            let held = state.logs.get(&claim.log)?;
            // Beyond our end nothing can be compared: our last entry is given once more, which shows
            // a fork if there is one.
            let unproven = claim.next_seq > held.len();
            let next_seq = if unproven { held.len().checked_sub(1)? } else { claim.next_seq };
            let last = held.get(next_seq.checked_sub(1)?)?;
            let agrees = unproven || claim.names(&last.hash);
            let tail = Tail { next_seq, hash: last.hash };
            let forked = held.fork().is_some();
            agrees.then_some(LogPosition { log: claim.log, tail, forked })
        };
        Some(word.claims.iter().filter_map(position).collect())
    }

    /// Takes up the receipts that the index has.
    pub(super) fn restore_receipts(&mut self) -> Result<(), StorageError> {
        let circles: BTreeMap<CircleTag, CircleId> =
            self.circles.keys().map(|circle| (circle_tag(circle), *circle)).collect();
        let mut found = Vec::new();
        self.storage.each(Tree::Receipts, &mut |bytes| {
            if let Ok(signed) = SignedReceipt::decode(bytes) {
                found.push((signed, bytes.len()));
            }
        })?;
        for (signed, bytes) in found {
            let receipt = signed.receipt();
            let circle = circles.get(&receipt.circle);
            let Some(state) = circle.and_then(|circle| self.circles.get_mut(circle)) else {
                continue;
            };
            let mark = mark_of(&signed);
            state.receipts.newest.insert(mark.device, Held { mark, bytes });
            if mark.device == self.identity.keys.device() && !receipt.partial {
                let digest = digest_of(&receipt.claims);
                let incarnation = receipt.incarnation;
                state.receipts.made = Some(Made { id: mark.id, incarnation, digest });
            }
        }
        Ok(())
    }
}
