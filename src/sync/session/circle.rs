//! One circle within one session.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    log::LogPosition,
    model::{
        id::{LogId, StatementId},
        time::Timestamp,
    },
    sync::{digest::Digest, session::ReceiptExchange},
};

/// Where a circle stands within a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sync) enum CirclePhase {
    /// Statements are compared and fetched; no entries go either way.
    Statements {
        /// Whether the peer has listed all that it has and we might not.
        heard: bool,
    },
    /// Statements are settled and the peer's device is entitled.
    Entries,
    /// Statements are settled and the peer's device is not entitled: nothing goes out.
    Withheld,
}

/// A request for statements.
#[derive(Debug)]
pub(in crate::sync) struct Asked {
    pub(in crate::sync) request: u64,
    pub(in crate::sync) ids: Vec<StatementId>,
    /// When we asked.
    pub(in crate::sync) since: Timestamp,
    /// When the peer is taken not to answer, unless statements come in before.
    pub(in crate::sync) deadline: Timestamp,
    /// When it is, whatever comes in.
    pub(in crate::sync) turn_ends: Timestamp,
    /// What has come of the answer: it is taken as a whole, so that the membership is worked out
    /// once for it.
    pub(in crate::sync) got: Vec<Vec<u8>>,
}

/// One circle within one session.
#[derive(Debug)]
pub(in crate::sync) struct CircleSession {
    pub(in crate::sync) phase: CirclePhase,
    /// Whether the peer said that we get no entries.
    pub(in crate::sync) refused_us: bool,
    /// Whether the peer said that we get no statements either.
    pub(in crate::sync) refused_all: bool,
    /// Whether we offer the peer this circle's statements.
    pub(in crate::sync) offers: bool,
    /// Whether we have listed all our statements, or all that the peer lacks, in this round.
    pub(in crate::sync) list_sent: bool,
    /// Whether we have sent the buckets of our statements in this round.
    pub(in crate::sync) buckets_sent: bool,
    /// Whether we have answered the peer's buckets of statements in this round.
    pub(in crate::sync) buckets_answered: bool,
    /// Ids that the peer has listed and we do not hold.
    pub(in crate::sync) lacking: BTreeSet<StatementId>,
    /// Our open request for statements.
    pub(in crate::sync) asked: Option<Asked>,
    /// Whether the peer's frontier was the same as ours, and ours has not grown since.
    pub(in crate::sync) in_step: bool,
    /// Whether we have sent our frontier in this round.
    pub(in crate::sync) frontier_sent: bool,
    /// Whether we have sent the buckets of our frontier in this round.
    pub(in crate::sync) frontier_buckets_sent: bool,
    /// Whether we have answered the buckets of the peer's frontier in this round.
    pub(in crate::sync) frontier_answered: bool,
    /// Buckets of the peer's frontier that we have not answered yet.
    pub(in crate::sync) frontier_buckets: Option<Vec<Digest>>,
    /// Whether we know the peer's frontier.
    pub(in crate::sync) frontier_heard: bool,
    /// How far the peer has said it holds logs, or we have sent them.
    pub(in crate::sync) theirs: BTreeMap<LogId, LogPosition>,
    /// Whether we told that we hold all that the peer has.
    pub(in crate::sync) told_caught_up: bool,
    /// Receipts.
    pub(in crate::sync) receipts: ReceiptExchange,
}

impl CircleSession {
    pub(in crate::sync) const fn new(same_statements: bool, in_step: bool, offers: bool) -> Self {
        Self {
            phase: CirclePhase::Statements { heard: same_statements },
            refused_us: false,
            refused_all: false,
            offers,
            list_sent: false,
            buckets_sent: false,
            buckets_answered: false,
            lacking: BTreeSet::new(),
            asked: None,
            in_step,
            frontier_sent: false,
            frontier_buckets_sent: false,
            frontier_answered: false,
            frontier_buckets: None,
            frontier_heard: in_step,
            theirs: BTreeMap::new(),
            told_caught_up: false,
            receipts: ReceiptExchange::silent(),
        }
    }

    /// Whether statements are settled: the peer has listed its own, and we hold them.
    pub(in crate::sync) fn is_settled(&self) -> bool {
        let heard = self.phase != CirclePhase::Statements { heard: false };
        heard && self.lacking.is_empty() && self.asked.is_none()
    }

    /// Whether entries may go either way.
    pub(in crate::sync) fn exchanges_entries(&self) -> bool {
        self.phase == CirclePhase::Entries
    }

    /// Whether anything may still come of the circle in this session.
    pub(in crate::sync) fn is_alive(&self) -> bool {
        self.exchanges_entries() || (self.offers && !self.refused_all)
    }
}
