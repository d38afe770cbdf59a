//! The one place where a clock is read and where randomness comes from.

use std::time::UNIX_EPOCH;

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use crate::model::time::Timestamp;

/// What this device's clock says.
#[must_use]
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// A generator of randomness fit for keys, seeded from the system.
#[must_use]
pub fn entropy() -> ChaCha20Rng {
    ChaCha20Rng::from_rng(&mut rand::rng())
}
