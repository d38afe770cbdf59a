//! Receipts of one circle within one session.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{id::DeviceId, time::Timestamp},
    sync::{limits::RECEIPT_LIST_EVERY, message::ReceiptRank},
};

/// A request for receipts.
#[derive(Debug)]
pub(in crate::sync) struct AskedReceipts {
    pub(in crate::sync) request: u64,
    pub(in crate::sync) devices: BTreeSet<DeviceId>,
    /// When the peer is taken not to answer.
    pub(in crate::sync) deadline: Timestamp,
    /// Whether anything of the answer was new.
    pub(in crate::sync) helped: bool,
}

/// Receipts of one circle within one session.
#[derive(Debug)]
pub(in crate::sync) struct ReceiptExchange {
    /// Whether the peer knows of receipts.
    pub(in crate::sync) speaks: bool,
    /// Whether the peer's receipts were the same as ours, and ours have not changed since.
    pub(in crate::sync) same: bool,
    /// What the peer has listed, given or got, of devices of the circle.
    pub(in crate::sync) theirs: BTreeMap<DeviceId, ReceiptRank>,
    /// Devices of which the peer has listed a newer one than we hold.
    pub(in crate::sync) lacking: BTreeSet<DeviceId>,
    /// Our open request.
    pub(in crate::sync) asked: Option<AskedReceipts>,
    /// Devices of which the peer is to be told that we hold a newer one.
    pub(in crate::sync) news: BTreeSet<DeviceId>,
    /// Whether the peer is to list again what is newer than ours: we may take more than before.
    pub(in crate::sync) again: bool,
    /// Whether we have been in step with the peer in this session.
    pub(in crate::sync) met: bool,
    /// When the peer was told last.
    pub(in crate::sync) told: Option<Timestamp>,
}

impl ReceiptExchange {
    /// Nothing is said.
    pub(in crate::sync) const fn silent() -> Self {
        Self {
            speaks: false,
            same: true,
            theirs: BTreeMap::new(),
            lacking: BTreeSet::new(),
            asked: None,
            news: BTreeSet::new(),
            again: false,
            met: false,
            told: None,
        }
    }

    /// The peer holds this one, or a newer one.
    pub(in crate::sync) fn note(&mut self, device: DeviceId, rank: ReceiptRank) {
        let known = self.theirs.entry(device).or_insert(rank);
        *known = rank.max(*known);
    }

    /// Forgets what was to be said or asked.
    pub(in crate::sync) fn stop(&mut self) {
        self.lacking.clear();
        self.news.clear();
        self.asked = None;
        self.again = false;
        self.same = false;
    }

    /// When the peer may be told of what is new; none if nothing is.
    pub(in crate::sync) fn tell_at(&self, now: Timestamp) -> Option<Timestamp> {
        let earliest = self.told.map_or(now, |told| told.saturating_add(RECEIPT_LIST_EVERY));
        (self.again || !self.news.is_empty()).then_some(earliest)
    }
}
