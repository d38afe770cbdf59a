//! Wrong passwords, counted by where they come from and whom they name. Behind a proxy all phones
//! come from one address, so that a name is part of it: who guesses at one phone's password keeps
//! no other phone out.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use crate::model::time::Timestamp;

/// Failures after which nothing more is tried for a while.
pub const MAX_FAILURES: u32 = 10;
/// How long failures count.
pub const WINDOW: Duration = Duration::from_secs(5 * 60);
/// Pairs of address and name that are remembered.
pub const MAX_REMEMBERED: usize = 4_096;

/// What was wrong, and when first.
#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    since: Timestamp,
}

/// Counts wrong passwords.
#[derive(Debug, Default)]
pub struct Limiter(BTreeMap<(IpAddr, Option<String>), Failures>);

impl Limiter {
    /// How long to wait before a password is looked at again; none if it is now. `user` is a phone
    /// that there is; all names that there are not are one.
    #[must_use]
    pub fn wait(&self, from: IpAddr, user: Option<&str>, now: Timestamp) -> Option<Duration> {
        let failures = self.0.get(&(from, user.map(str::to_owned)))?;
        let passed = now.saturating_since(failures.since);
        let closed = failures.count >= MAX_FAILURES && passed < WINDOW;
        closed.then(|| WINDOW.saturating_sub(passed))
    }

    /// Notes a wrong password.
    pub fn failed(&mut self, from: IpAddr, user: Option<&str>, now: Timestamp) {
        if self.0.len() >= MAX_REMEMBERED {
            self.0.retain(|_, failures| now.saturating_since(failures.since) < WINDOW);
        }
        // From thousands of addresses at once: forgetting the one with fewest failures is enough to
        // bound memory, and passwords have 100 bits.
        if self.0.len() >= MAX_REMEMBERED {
            let fewest = self.0.iter().min_by_key(|(_, failures)| failures.count);
            if let Some(key) = fewest.map(|(key, _)| key.clone()) {
                self.0.remove(&key);
            }
        }
        let key = (from, user.map(str::to_owned));
        let failures = self.0.entry(key).or_insert(Failures { count: 0, since: now });
        if now.saturating_since(failures.since) >= WINDOW {
            *failures = Failures { count: 0, since: now };
        }
        failures.count = failures.count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const FROM: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn who_guesses_waits_and_keeps_no_other_out() {
        let mut limiter = Limiter::default();
        for _guess in 0..MAX_FAILURES {
            assert_eq!(limiter.wait(FROM, Some("ana"), at(1)), None);
            limiter.failed(FROM, Some("ana"), at(1));
        }
        assert_eq!(limiter.wait(FROM, Some("ana"), at(2)), Some(Duration::from_secs(299)));
        assert_eq!(limiter.wait(FROM, Some("eva"), at(2)), None);
        assert_eq!(limiter.wait(FROM, None, at(2)), None);
        let other = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
        assert_eq!(limiter.wait(other, Some("ana"), at(2)), None);
        assert_eq!(limiter.wait(FROM, Some("ana"), at(302)), None);
    }

    #[test]
    fn memory_is_bounded() {
        let mut limiter = Limiter::default();
        for number in 0..(2 * u32::try_from(MAX_REMEMBERED).unwrap()) {
            limiter.failed(IpAddr::V4(Ipv4Addr::from_bits(number)), None, at(1));
        }
        assert!(limiter.0.len() <= MAX_REMEMBERED);
    }
}
