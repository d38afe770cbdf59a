//! Token buckets: how much of something a peer may use up over time.

use crate::{
    model::time::Timestamp,
    sync::{
        Budgeted,
        limits::{
            BYTES_BURST, BYTES_PER_SECOND, FRAMES_BURST, FRAMES_PER_SECOND, SIGNATURES_BURST,
            SIGNATURES_PER_SECOND,
        },
    },
};

/// A bucket that holds up to `burst` tokens and gains `per_second`.
#[derive(Debug)]
struct Bucket {
    burst: u64,
    per_second: u64,
    /// Thousandths of a token, so that short intervals are not lost to rounding.
    millitokens: u64,
    filled: Timestamp,
}

impl Bucket {
    const fn new(burst: u64, per_second: u64, now: Timestamp) -> Self {
        Self { burst, per_second, millitokens: burst.saturating_mul(1000), filled: now }
    }

    fn take(&mut self, now: Timestamp, tokens: u64) -> bool {
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
}

/// What one peer may still use up.
#[derive(Debug)]
pub(super) struct Budgets {
    frames: Bucket,
    bytes: Bucket,
    signatures: Bucket,
}

impl Budgets {
    pub(super) const fn new(now: Timestamp) -> Self {
        Self {
            frames: Bucket::new(FRAMES_BURST, FRAMES_PER_SECOND, now),
            bytes: Bucket::new(BYTES_BURST, BYTES_PER_SECOND, now),
            signatures: Bucket::new(SIGNATURES_BURST, SIGNATURES_PER_SECOND, now),
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
