//! Pauses between attempts: exponential, with jitter.

use std::time::Duration;

use rand::{CryptoRng, RngExt as _};

use super::BackoffConfig;

/// How often it failed in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause after one more failure: between half and all of `first`·2ⁿ, at most `most`.
    pub(super) fn pause(&mut self, config: &BackoffConfig, rng: &mut impl CryptoRng) -> Duration {
        let factor = 2u32.saturating_pow(self.failures);
        self.failures = self.failures.saturating_add(1);
        let whole = config.first.saturating_mul(factor).min(config.most);
        let half = whole / 2;
        half + half.mul_f64(rng.random_range(0.0..=1.0))
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_never_fall_below_half() {
        let config = BackoffConfig::default();
        for seed in 0..50 {
            let mut rng = ChaCha20Rng::from_seed([seed; 32]);
            let mut backoff = Backoff::default();
            for failures in 0..100 {
                let whole = config.first.saturating_mul(1 << failures.min(20)).min(config.most);
                let pause = backoff.pause(&config, &mut rng);
                assert!(pause >= whole / 2 && pause <= whole, "{failures}: {pause:?}");
            }
        }
    }
}
