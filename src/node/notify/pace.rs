//! How often somebody is told: a few times at once, then at intervals, whatever comes in.

use std::time::Duration;

use crate::model::time::Timestamp;

/// A bucket of turns that fills up with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    burst: u32,
    every: Duration,
    turns: u32,
    /// When the last turn was put in.
    filled: Timestamp,
}

impl Pace {
    /// So many at once, one more each `every`.
    pub(super) const fn new(burst: u32, every: Duration, now: Timestamp) -> Self {
        Self { burst, every, turns: burst, filled: now }
    }

    /// Takes a turn; if there is none, says how long to wait for it.
    pub(super) fn take(&mut self, now: Timestamp) -> Result<(), Duration> {
        while self.turns < self.burst && self.filled.saturating_add(self.every) <= now {
            self.turns = self.turns.saturating_add(1);
            self.filled = self.filled.saturating_add(self.every);
        }
        if self.turns == self.burst {
            self.filled = now;
        }
        match self.turns.checked_sub(1) {
            Some(rest) => {
                self.turns = rest;
                Ok(())
            }
            None => Err(self.filled.saturating_add(self.every).saturating_since(now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + seconds * 1000)
    }

    #[test]
    fn a_few_go_at_once_and_then_one_at_a_time() {
        let mut pace = Pace::new(3, Duration::from_secs(60), at(0));
        assert_eq!([pace.take(at(0)), pace.take(at(0)), pace.take(at(1))], [Ok(()); 3]);
        assert_eq!(pace.take(at(10)), Err(Duration::from_secs(50)));
        assert_eq!(pace.take(at(60)), Ok(()));
        assert_eq!(pace.take(at(61)), Err(Duration::from_secs(59)));
        // After a quiet hour as at first.
        assert_eq!([pace.take(at(4000)), pace.take(at(4000)), pace.take(at(4000))], [Ok(()); 3]);
        assert!(pace.take(at(4001)).is_err());
    }

    proptest! {
        #[test]
        fn no_more_go_than_were_promised(gaps in prop::collection::vec(0_u64..100, 1..200)) {
            let mut pace = Pace::new(4, Duration::from_secs(120), at(0));
            let (mut now, mut taken) = (0, 0);
            for gap in gaps {
                now += gap;
                match pace.take(at(now)) {
                    Ok(()) => taken += 1,
                    Err(wait) => prop_assert!(wait <= Duration::from_secs(120) && !wait.is_zero()),
                }
            }
            prop_assert!(taken <= 4 + now / 120, "{taken} in {now} s");
        }
    }
}
