//! One connection to one peer: what it has said, what is open between us.
//!
//! ```text
//! Greeting ──their hello──▶ Open ── for each circle in common:
//!                                    Statements ──all got, peer entitled──▶ Entries
//!                                        │                                    │
//!                                        └──▶ Withheld ◀──no longer entitled──┘
//! ```

mod circle;
mod greeting;
mod open;
mod pulls;
mod receipts;
mod serving;

pub(super) use circle::{Asked, CirclePhase, CircleSession};
pub(super) use greeting::Greeting;
pub(super) use open::{Names, Open};
pub(super) use pulls::{Key, Pull, Pulls};
pub(super) use receipts::{AskedReceipts, ReceiptExchange};
pub(super) use serving::{Parted, Serving, Want};

use crate::{
    model::time::Timestamp,
    sync::{budget::Budgets, digest::Nonce},
};

/// One connection to one peer.
#[derive(Debug)]
pub(super) struct Session {
    /// The peer's transport key.
    pub(super) transport: [u8; 32],
    /// Whether we dialled.
    pub(super) dialed: bool,
    pub(super) budgets: Budgets,
    pub(super) phase: Phase,
}

/// Where a session stands.
#[derive(Debug)]
pub(super) enum Phase {
    /// Our hello is sent, theirs has not come.
    Greeting(Greeting),
    /// Both have said hello.
    Open(Box<Open>),
}

impl Session {
    pub(super) fn new(
        now: Timestamp,
        (transport, budgets): ([u8; 32], Budgets),
        dialed: bool,
        nonce: Nonce,
    ) -> Self {
        let phase = Phase::Greeting(Greeting::new(now, nonce));
        Self { transport, dialed, budgets, phase }
    }

    pub(super) fn open(&self) -> Option<&Open> {
        match &self.phase {
            Phase::Greeting(_) => None,
            Phase::Open(open) => Some(open),
        }
    }

    pub(super) fn open_mut(&mut self) -> Option<&mut Open> {
        match &mut self.phase {
            Phase::Greeting(_) => None,
            Phase::Open(open) => Some(open),
        }
    }
}
