//! The one place where clocks are read and where randomness comes from.

use std::{
    sync::LazyLock,
    time::{Instant, UNIX_EPOCH},
};

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use crate::model::time::Timestamp;

/// What this device's clock says. It may be years off, and may jump: for people and for what
/// expires only.
#[must_use]
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// How long this program has run, as a moment after 1970: for time-outs and what is due later. It
/// never goes backwards, whatever somebody sets the clock to.
#[must_use]
pub fn uptime() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let millis = u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(millis)
}

/// A generator of randomness fit for keys, seeded from the system.
#[must_use]
pub fn entropy() -> ChaCha20Rng {
    ChaCha20Rng::from_rng(&mut rand::rng())
}
