//! How many bytes a second the sessions may carry, all together: a token bucket.
//!
//! What is sent waits before it is written; what is received is counted when it has been read, and
//! the next piece is read when it is paid for, so that the sender slows down.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep};

/// Bytes that are written or read at once where a limit holds: half a second of the slowest that
/// can be set.
const PIECE_BYTES: usize = 512;
/// Longest pause before a look at whether the limit is another.
const LOOK: Duration = Duration::from_secs(1);
/// The smallest limit: 8 kbit/s.
pub(super) const MIN_BYTES_PER_SECOND: u64 = 1000;

/// The bucket. Up to a second's bytes may be used at once.
#[derive(Debug)]
pub(super) struct Limiter(Mutex<State>);

#[derive(Debug)]
struct State {
    bytes_per_second: Option<u64>,
    /// When what was taken so far is paid for.
    paid: Instant,
}

impl Limiter {
    pub(super) fn new(bytes_per_second: Option<u64>) -> Self {
        let limiter = Self(Mutex::new(State { bytes_per_second: None, paid: Instant::now() }));
        limiter.set(bytes_per_second);
        limiter
    }

    /// Sets another limit, or none.
    pub(super) fn set(&self, bytes_per_second: Option<u64>) {
        let mut state = self.lock();
        state.bytes_per_second = bytes_per_second.map(|it| it.max(MIN_BYTES_PER_SECOND));
        state.paid = Instant::now();
    }

    /// Bytes to write or read at once.
    pub(super) fn piece(&self, most: usize) -> usize {
        if self.lock().bytes_per_second.is_some() { most.min(PIECE_BYTES) } else { most }
    }

    /// Takes note of bytes that were carried.
    pub(super) fn took(&self, bytes: usize) {
        let mut state = self.lock();
        let Some(rate) = state.bytes_per_second else { return };
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let cost = Duration::from_micros(bytes.saturating_mul(1_000_000) / rate.max(1));
        let now = Instant::now();
        // What was not used before is worth nothing.
        state.paid = state.paid.max(now) + cost;
    }

    /// Waits until all that was taken is paid for.
    pub(super) async fn ready(&self) {
        loop {
            let wait = {
                let state = self.lock();
                state.bytes_per_second.map(|_| state.paid.saturating_duration_since(Instant::now()))
            };
            match wait.filter(|wait| !wait.is_zero()) {
                Some(wait) => sleep(wait.min(LOOK)).await,
                None => return,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can leave the state half-changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn as_many_bytes_pass_as_the_limit_says_until_it_is_another() {
        let limiter = Limiter::new(Some(100_000));
        let begin = Instant::now();
        for _ in 0..20 {
            limiter.ready().await;
            limiter.took(1000);
        }
        limiter.ready().await;
        let took = begin.elapsed();
        assert!(took >= Duration::from_millis(190), "{took:?}");
        assert_eq!(limiter.piece(100_000), PIECE_BYTES);
        limiter.took(1_000_000_000);
        limiter.set(None);
        limiter.ready().await;
        assert_eq!(limiter.piece(100_000), 100_000);
        assert_eq!(Limiter::new(Some(1)).lock().bytes_per_second, Some(MIN_BYTES_PER_SECOND));
    }
}
