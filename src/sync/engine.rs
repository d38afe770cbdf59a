//! The engine: all sessions of one node.

use rand::CryptoRng;

use crate::{
    model::time::Timestamp,
    sync::{Input, Output, Replica},
};

/// All sessions of one node.
#[derive(Debug)]
pub struct Engine {
    transport: [u8; 32],
}

impl Engine {
    /// An engine without connections. `transport` is our own Ed25519 transport key.
    #[must_use]
    pub const fn new(transport: [u8; 32]) -> Self {
        Self { transport }
    }

    /// Takes what happened, and says what is to be done.
    ///
    /// Deterministic: the same inputs over the same replica and random numbers give the same
    /// outputs in the same order.
    pub fn handle(
        &mut self,
        now: Timestamp,
        rng: &mut impl CryptoRng,
        input: Input,
        replica: &mut impl Replica,
    ) -> Vec<Output> {
        let _unused = (now, rng, &input, replica, self.transport);
        Vec::new()
    }
}
