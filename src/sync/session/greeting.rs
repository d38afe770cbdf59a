//! Before the peer's hello.

use std::collections::BTreeSet;

use crate::{
    model::{id::CircleId, time::Timestamp},
    sync::{digest::Nonce, limits::HELLO_TIMEOUT},
};

/// Our hello is sent, theirs has not come.
#[derive(Debug)]
pub(in crate::sync) struct Greeting {
    /// Our random contribution.
    pub(in crate::sync) nonce: Nonce,
    /// The circles that our hello showed.
    pub(in crate::sync) shown: BTreeSet<CircleId>,
    /// When we give up.
    pub(in crate::sync) deadline: Timestamp,
}

impl Greeting {
    pub(super) fn new(now: Timestamp, nonce: Nonce) -> Self {
        Self { nonce, shown: BTreeSet::new(), deadline: now.saturating_add(HELLO_TIMEOUT) }
    }
}
