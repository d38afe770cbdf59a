//! After both have said hello.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        id::{CircleId, LogId},
        time::Timestamp,
    },
    sync::{
        digest::{BlindedTag, Digester, Nonce},
        message::Shown,
        pace::Flow,
        session::{CircleSession, Pulls, Serving},
    },
};

/// What the two sides of one connection call a circle.
#[derive(Debug, Clone, Copy)]
pub(in crate::sync) struct Names {
    pub(in crate::sync) our_nonce: Nonce,
    pub(in crate::sync) their_nonce: Nonce,
    pub(in crate::sync) our_key: [u8; 32],
    pub(in crate::sync) their_key: [u8; 32],
}

impl Names {
    /// How we name a circle to the peer.
    pub(in crate::sync) fn ours(&self, circle: &CircleId) -> BlindedTag {
        BlindedTag::new(circle, &self.our_nonce, &self.our_key, &self.their_key)
    }

    /// How the peer names a circle to us.
    pub(in crate::sync) fn theirs(&self, circle: &CircleId) -> BlindedTag {
        BlindedTag::new(circle, &self.their_nonce, &self.their_key, &self.our_key)
    }

    /// Digests as we send them.
    pub(in crate::sync) fn our_digester<'a>(&'a self, circle: &'a CircleId) -> Digester<'a> {
        Digester { circle, nonce: &self.our_nonce }
    }

    /// Digests as the peer sends them.
    pub(in crate::sync) fn their_digester<'a>(&'a self, circle: &'a CircleId) -> Digester<'a> {
        Digester { circle, nonce: &self.their_nonce }
    }
}

/// A session after both have said hello.
#[derive(Debug)]
pub(in crate::sync) struct Open {
    pub(in crate::sync) names: Names,
    /// Our circles by the names that the peer has for them.
    pub(in crate::sync) by_their_tag: BTreeMap<BlindedTag, CircleId>,
    /// Tags that the peer has shown and that we cannot place (yet).
    pub(in crate::sync) unmatched: BTreeMap<BlindedTag, Shown>,
    /// Circles that we have shown and the peer has not shown since.
    pub(in crate::sync) awaiting: BTreeSet<CircleId>,
    /// Circles in common.
    pub(in crate::sync) circles: BTreeMap<CircleId, CircleSession>,
    /// Entries that we ask for.
    pub(in crate::sync) pulls: Pulls,
    /// Entries that the peer asks for.
    pub(in crate::sync) serving: Serving,
    /// Number of our last request.
    pub(in crate::sync) last_request: u64,
    /// Bytes of runs that we have taken from the peer.
    pub(in crate::sync) taken_bytes: u64,
    /// Positions that we remember of the peer, over all circles.
    pub(in crate::sync) positions: usize,
    /// Circles that we have introduced to the peer.
    pub(in crate::sync) introduced: BTreeSet<CircleId>,
    /// When we told the peer of a log, for logs of which we did so just now.
    pub(in crate::sync) announced: BTreeMap<(CircleId, LogId), Timestamp>,
    /// Logs of those that have grown since.
    pub(in crate::sync) grown: BTreeSet<(CircleId, LogId)>,
    /// Forks of which we have sent the peer the proof.
    pub(in crate::sync) forks_sent: BTreeSet<(CircleId, LogId)>,
    /// How many introductions the peer made.
    pub(in crate::sync) introductions: usize,
    /// Statements and bytes that the peer has sent while nobody vouched for it.
    pub(in crate::sync) stranger_statements: usize,
    /// See `stranger_statements`.
    pub(in crate::sync) stranger_bytes: u64,
    /// Whether the peer takes runs in parts.
    pub(in crate::sync) parts: bool,
    /// Whether the peer says that it is metered.
    pub(in crate::sync) metered: bool,
    /// Since when no circle is in common.
    pub(in crate::sync) alone_since: Option<Timestamp>,
}

impl Open {
    pub(in crate::sync) fn new(
        now: Timestamp,
        names: Names,
        flow: Flow,
        awaiting: BTreeSet<CircleId>,
    ) -> Self {
        Self {
            names,
            by_their_tag: BTreeMap::new(),
            unmatched: BTreeMap::new(),
            awaiting,
            circles: BTreeMap::new(),
            pulls: Pulls::default(),
            serving: Serving::new(flow),
            last_request: 0,
            taken_bytes: 0,
            positions: 0,
            introduced: BTreeSet::new(),
            announced: BTreeMap::new(),
            grown: BTreeSet::new(),
            forks_sent: BTreeSet::new(),
            introductions: 0,
            stranger_statements: 0,
            stranger_bytes: 0,
            parts: false,
            metered: false,
            alone_since: Some(now),
        }
    }

    /// A number for a request.
    pub(in crate::sync) fn next_request(&mut self) -> u64 {
        self.last_request = self.last_request.saturating_add(1);
        self.last_request
    }

    /// Whether anything connects us: a circle of which statements or entries are exchanged.
    pub(in crate::sync) fn has_common_circle(&self) -> bool {
        self.circles.values().any(CircleSession::is_alive)
    }
}
