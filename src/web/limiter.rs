//! Wrong passwords, counted by where they come from and which name they say. Behind a proxy all
//! phones come from one address, so that the name is part of it: who guesses at one phone's password
//! keeps no other phone out. A right password is let in whatever was guessed before: the count slows
//! down those who are wrong, and nobody else.
//!
//! Names are counted as they are said, whether there is such a phone or not: nothing of what is
//! answered tells which there are.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use crate::{crypto::Label, model::time::Timestamp};

/// Failures after which nothing more is tried for a while.
pub const MAX_FAILURES: u32 = 10;
/// How long failures count.
pub const WINDOW: Duration = Duration::from_secs(5 * 60);
/// Pairs of address and name that are remembered.
pub const MAX_REMEMBERED: usize = 4_096;
/// Bits of an address of IPv6 by which whoever has it is known: they have all of the rest.
const NETWORK_BITS: u32 = 64;

/// Whoever comes from an address: one of IPv4, or a network of IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source(IpAddr);

impl From<IpAddr> for Source {
    fn from(from: IpAddr) -> Self {
        Self(match from.to_canonical() {
            IpAddr::V6(from) if !from.is_loopback() => {
                let mask = u128::MAX << (u128::BITS - NETWORK_BITS);
                IpAddr::V6(Ipv6Addr::from_bits(from.to_bits() & mask))
            }
            other @ (IpAddr::V4(_) | IpAddr::V6(_)) => other,
        })
    }
}

impl Source {
    /// Whether it is this computer: behind a proxy all are.
    #[must_use]
    pub const fn is_loopback(&self) -> bool {
        self.0.is_loopback()
    }
}

/// Whose password is tried: the name as it was said, hashed, so that all take the same room.
type Said = [u8; 32];

/// What was wrong, and when first.
#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    since: Timestamp,
}

/// Counts wrong passwords.
#[derive(Debug, Default)]
pub struct Limiter(BTreeMap<(Source, Said), Failures>);

impl Limiter {
    /// Notes a wrong password; how long to wait before another is told to be wrong, if there were
    /// too many. `name` is empty where none was said.
    pub fn failed(&mut self, from: Source, name: &str, now: Timestamp) -> Option<Duration> {
        if self.0.len() >= MAX_REMEMBERED {
            self.0.retain(|_, failures| now.saturating_since(failures.since) < WINDOW);
        }
        let key = (from, Label::PhoneToken.hash(&[b"name", name.as_bytes()]));
        // From thousands of addresses at once: forgetting the one with fewest failures is enough to
        // bound memory, and passwords have 100 bits.
        if self.0.len() >= MAX_REMEMBERED && !self.0.contains_key(&key) {
            let fewest = self.0.iter().min_by_key(|(_, failures)| failures.count);
            if let Some(key) = fewest.map(|(key, _)| *key) {
                self.0.remove(&key);
            }
        }
        let failures = self.0.entry(key).or_insert(Failures { count: 0, since: now });
        let passed = now.saturating_since(failures.since);
        if passed >= WINDOW {
            *failures = Failures { count: 1, since: now };
            return None;
        }
        failures.count = failures.count.saturating_add(1);
        (failures.count > MAX_FAILURES).then(|| WINDOW.saturating_sub(passed))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn from(address: &str) -> Source {
        address.parse::<IpAddr>().unwrap().into()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn who_guesses_waits_and_keeps_no_other_out() {
        let (mut limiter, here) = (Limiter::default(), from("127.0.0.1"));
        for _guess in 0..MAX_FAILURES {
            assert_eq!(limiter.failed(here, "ana", at(1)), None);
        }
        assert_eq!(limiter.failed(here, "ana", at(2)), Some(Duration::from_secs(299)));
        assert_eq!(limiter.failed(here, "eva", at(2)), None);
        assert_eq!(limiter.failed(here, "", at(2)), None);
        assert_eq!(limiter.failed(from("192.0.2.1"), "ana", at(2)), None);
        assert_eq!(limiter.failed(here, "ana", at(302)), None);
    }

    #[test]
    fn a_network_of_ipv6_is_one_and_a_mapped_address_is_what_it_maps() {
        assert_eq!(from("2001:db8:1:2::1"), from("2001:db8:1:2:ffff::9"));
        assert_ne!(from("2001:db8:1:2::1"), from("2001:db8:1:3::1"));
        assert_eq!(from("::ffff:192.0.2.1"), from("192.0.2.1"));
        assert!(from("::1").is_loopback() && from("127.0.0.1").is_loopback());
        assert!(!from("::2").is_loopback());
    }

    #[test]
    fn memory_is_bounded() {
        let mut limiter = Limiter::default();
        for number in 0..(2 * u32::try_from(MAX_REMEMBERED).unwrap()) {
            let from = IpAddr::V4(Ipv4Addr::from_bits(number)).into();
            assert_eq!(limiter.failed(from, "", at(1)), None);
        }
        assert!(limiter.0.len() <= MAX_REMEMBERED);
    }
}
