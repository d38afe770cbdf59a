//! Dials that a peer makes us do: to tell it whether it is reached (AutoNAT), to meet it in the
//! middle (DCUtR).
//!
//! The addresses are of its choice, so each goes only so far: few in a while, IP addresses only.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use libp2p::{Multiaddr, PeerId};

use super::address::is_ip;

/// Dials for one peer in each [`WHILE`]. Three attempts to meet after each new circuit, and a
/// question whether it is reached.
const MAX_PER_PEER: usize = 12;
/// Dials for all peers in each [`WHILE`].
const MAX_IN_ALL: usize = 64;
/// Addresses of one dial: as many as libp2p's hole punching tells.
const MAX_ADDRESSES: usize = 20;
const WHILE: Duration = Duration::from_secs(60);

/// What was dialled lately, and for whom.
#[derive(Debug, Default)]
pub(super) struct Behests(VecDeque<(Instant, PeerId)>);

impl Behests {
    /// Whether a dial may be done for a peer; takes note of it if so.
    pub(super) fn may(&mut self, now: Instant, peer: PeerId, addresses: &[Multiaddr]) -> bool {
        while self.0.front().is_some_and(|(at, _)| now.duration_since(*at) >= WHILE) {
            self.0.pop_front();
        }
        let of_peer = self.0.iter().filter(|(_, other)| *other == peer).count();
        let may = of_peer < MAX_PER_PEER
            && self.0.len() < MAX_IN_ALL
            && addresses.len() <= MAX_ADDRESSES
            && addresses.iter().all(is_ip);
        if may {
            self.0.push_back((now, peer));
        }
        may
    }
}

/// How often a peer may open a circuit through our relay.
#[derive(Debug, Default)]
pub(super) struct Turns(BTreeMap<PeerId, VecDeque<Instant>>);

/// Circuits that one peer may open in each [`HOUR`]: one whenever a link breaks every 30 s. With
/// the bytes of each they bound what a member can make us carry.
pub(super) const MAX_CIRCUITS_PER_HOUR: usize = 120;
const HOUR: Duration = Duration::from_secs(3600);

impl Turns {
    /// Whether a peer may open one more now; takes note of it if so.
    pub(super) fn may(&mut self, now: Instant, peer: PeerId) -> bool {
        self.0.retain(|_, opened| {
            while opened.front().is_some_and(|at| now.duration_since(*at) >= HOUR) {
                opened.pop_front();
            }
            !opened.is_empty()
        });
        let opened = self.0.entry(peer).or_default();
        let may = opened.len() < MAX_CIRCUITS_PER_HOUR;
        if may {
            opened.push_back(now);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test of what takes time as an argument")]
    fn dials_for_others_are_few_and_to_ip_addresses() {
        let (mut behests, now) = (Behests::default(), Instant::now());
        let [one, two] = [PeerId::random(), PeerId::random()];
        let ip: Multiaddr = "/ip4/192.0.2.1/tcp/1".parse().unwrap();
        let name: Multiaddr = "/dns4/a.example.org/tcp/1".parse().unwrap();
        assert!(!behests.may(now, one, &[ip.clone(), name]));
        assert!(!behests.may(now, one, &vec![ip.clone(); MAX_ADDRESSES + 1]));
        let address = [ip];
        let done = (0..100).filter(|_| behests.may(now, one, &address)).count();
        assert_eq!(done, MAX_PER_PEER);
        // Another has its own, and later there are more; all together have a bound too.
        assert!(behests.may(now, two, &address));
        assert!(behests.may(now + WHILE, one, &address));
        let many = (0..200).filter(|_| behests.may(now + WHILE, PeerId::random(), &address));
        assert_eq!(many.count(), MAX_IN_ALL - 1);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test of what takes time as an argument")]
    fn circuits_of_one_peer_are_bounded_by_the_hour() {
        let (mut turns, now) = (Turns::default(), Instant::now());
        let [one, two] = [PeerId::random(), PeerId::random()];
        let opened = (0..1000).filter(|_| turns.may(now, one)).count();
        assert_eq!(opened, MAX_CIRCUITS_PER_HOUR);
        assert!(turns.may(now, two));
        assert!(turns.may(now + HOUR, one));
        assert_eq!(turns.0.len(), 1, "who opens no more is forgotten");
    }
}
