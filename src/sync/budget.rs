//! Token buckets: how much of something a peer may use up over time.

use std::{cmp::Reverse, collections::BTreeMap, time::Duration};

use crate::{
    model::time::Timestamp,
    sync::{
        Budgeted,
        limits::{
            ANSWERS_BURST, ANSWERS_PER_SECOND, BYTES_BURST, BYTES_PER_SECOND, FRAMES_BURST,
            FRAMES_PER_SECOND, MAX_PEERS, SIGNATURES_BURST, SIGNATURES_PER_SECOND,
        },
    },
};

/// A bucket that holds up to `burst` tokens and gains `per_second`.
#[derive(Debug)]
pub(crate) struct Bucket {
    burst: u64,
    per_second: u64,
    /// Thousandths of a token, so that short intervals are not lost to rounding.
    millitokens: u64,
    filled: Timestamp,
}

impl Bucket {
    pub(crate) const fn new(burst: u64, per_second: u64, now: Timestamp) -> Self {
        Self { burst, per_second, millitokens: burst.saturating_mul(1000), filled: now }
    }

    pub(crate) fn take(&mut self, now: Timestamp, tokens: u64) -> bool {
        let elapsed = now.saturating_since(self.filled).as_millis();
        let gained = u64::try_from(elapsed).unwrap_or(u64::MAX).saturating_mul(self.per_second);
        let full = self.burst.saturating_mul(1000);
        self.millitokens = self.millitokens.saturating_add(gained).min(full);
        self.filled = now;
        match self.millitokens.checked_sub(tokens.saturating_mul(1000)) {
            Some(left) => {
                self.millitokens = left;
                true
            }
            None => false,
        }
    }

    /// When there is a token again; none if there is one now.
    pub(crate) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let gained = u64::try_from(now.saturating_since(self.filled).as_millis());
        let gained = gained.unwrap_or(u64::MAX).saturating_mul(self.per_second);
        let lacking = 1000_u64.saturating_sub(self.millitokens.saturating_add(gained));
        let wait = Duration::from_millis(lacking.div_ceil(self.per_second.max(1)));
        (lacking > 0).then(|| now.saturating_add(wait))
    }

    /// Keeps the less that two of the same kind have.
    fn narrow(&mut self, other: &Self) {
        self.millitokens = self.millitokens.min(other.millitokens);
        self.filled = self.filled.max(other.filled);
    }

    const fn spent(&self) -> u64 {
        self.burst.saturating_mul(1000).saturating_sub(self.millitokens)
    }
}

/// What one peer may still use up.
#[derive(Debug)]
pub(super) struct Budgets {
    frames: Bucket,
    bytes: Bucket,
    signatures: Bucket,
    answers: Bucket,
}

impl Budgets {
    pub(super) const fn new(now: Timestamp) -> Self {
        Self {
            frames: Bucket::new(FRAMES_BURST, FRAMES_PER_SECOND, now),
            bytes: Bucket::new(BYTES_BURST, BYTES_PER_SECOND, now),
            signatures: Bucket::new(SIGNATURES_BURST, SIGNATURES_PER_SECOND, now),
            answers: Bucket::new(ANSWERS_BURST, ANSWERS_PER_SECOND, now),
        }
    }

    /// Takes one control frame of this many bytes.
    pub(super) fn frame(&mut self, now: Timestamp, bytes: usize) -> Result<(), Budgeted> {
        if !self.frames.take(now, 1) {
            return Err(Budgeted::Frames);
        }
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if self.bytes.take(now, bytes) { Ok(()) } else { Err(Budgeted::Bytes) }
    }

    /// Takes this many signature checks.
    pub(super) fn signatures(&mut self, now: Timestamp, checks: usize) -> Result<(), Budgeted> {
        let checks = u64::try_from(checks).unwrap_or(u64::MAX);
        if self.signatures.take(now, checks) { Ok(()) } else { Err(Budgeted::Signatures) }
    }
}

impl Budgets {
    /// Takes one answer with statements, after which a membership is worked out again; if there is
    /// none left, gives the time when there is.
    pub(super) fn answer(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        match self.answers.next(now) {
            None => {
                self.answers.take(now, 1);
                Ok(())
            }
            Some(at) => Err(at),
        }
    }

    /// When an answer with statements can be asked for again; none if it can be now.
    pub(super) fn next_answer(&self, now: Timestamp) -> Option<Timestamp> {
        self.answers.next(now)
    }

    fn narrow(&mut self, other: &Self) {
        self.frames.narrow(&other.frames);
        self.bytes.narrow(&other.bytes);
        self.signatures.narrow(&other.signatures);
        self.answers.narrow(&other.answers);
    }

    const fn spent(&self) -> (u64, u64) {
        (self.signatures.spent(), self.bytes.spent())
    }
}

/// What peers had left when their last connection ended: who comes again goes on with that.
#[derive(Debug, Default)]
pub(super) struct Left(BTreeMap<[u8; 32], Budgets>);

impl Left {
    /// What a peer that comes has.
    pub(super) fn take(&mut self, transport: &[u8; 32], now: Timestamp) -> Budgets {
        self.0.remove(transport).unwrap_or_else(|| Budgets::new(now))
    }

    /// Remembers what a peer that went had; of too many those that spent most.
    pub(super) fn keep(&mut self, transport: [u8; 32], mut budgets: Budgets) {
        if let Some(known) = self.0.remove(&transport) {
            budgets.narrow(&known);
        }
        self.0.insert(transport, budgets);
        if self.0.len() > MAX_PEERS {
            let least = self.0.iter().min_by_key(|(key, it)| (it.spent(), Reverse(**key)));
            if let Some(least) = least.map(|(key, _)| *key) {
                self.0.remove(&least);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_refills_with_time() {
        let at = Timestamp::from_millis;
        let mut bucket = Bucket::new(10, 2, at(0));
        assert!(bucket.take(at(0), 10));
        assert!(!bucket.take(at(499), 1));
        assert!(bucket.take(at(500), 1));
        // A clock that goes backwards gives nothing and takes nothing.
        assert!(!bucket.take(at(0), 1));
        assert!(bucket.take(at(100_000), 10));
        assert!(!bucket.take(at(100_000), 1));
    }
}
