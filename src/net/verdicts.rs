//! What members have told of whether this node can be called, each once.
//!
//! Some may lie, and some are on the same local network and reach what nobody else does. So more
//! must have come through than not. To be thought closed without being so costs a place at a relay.

use std::collections::BTreeMap;

use libp2p::PeerId;

use super::Reach;

/// Members whose word is remembered.
const MAX_REMEMBERED: usize = 64;

/// What each has told last.
#[derive(Debug, Default)]
pub(super) struct Verdicts(BTreeMap<PeerId, bool>);

impl Verdicts {
    /// A member has tried, and come through or not.
    pub(super) fn told(&mut self, by: PeerId, came_through: bool) {
        if self.0.len() >= MAX_REMEMBERED && !self.0.contains_key(&by) {
            self.0.pop_first();
        }
        self.0.insert(by, came_through);
    }

    /// Those who are members no longer have told nothing.
    pub(super) fn forget(&mut self, by: &PeerId) {
        self.0.remove(by);
    }

    pub(super) fn reach(&self, unasked: Reach) -> Reach {
        let came_through = self.0.values().filter(|came_through| **came_through).count();
        match self.0.len() {
            0 => unasked,
            all if came_through > all - came_through => Reach::Open,
            _ => Reach::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_lies_or_is_near_does_not_decide() {
        let mut verdicts = Verdicts::default();
        let [honest, other, liar] = [PeerId::random(), PeerId::random(), PeerId::random()];
        assert_eq!(verdicts.reach(Reach::Unknown), Reach::Unknown);
        // Behind a NAT: whoever says otherwise, however often, does not keep us from relays.
        verdicts.told(honest, false);
        for _ in 0..10 {
            verdicts.told(liar, true);
            assert_eq!(verdicts.reach(Reach::Unknown), Reach::Closed);
        }
        // In the open: a liar among three changes nothing.
        verdicts.told(honest, true);
        verdicts.told(other, true);
        verdicts.told(liar, false);
        assert_eq!(verdicts.reach(Reach::Unknown), Reach::Open);
        verdicts.forget(&other);
        verdicts.forget(&honest);
        assert_eq!(verdicts.reach(Reach::Unknown), Reach::Closed);
        for _ in 0..1000 {
            verdicts.told(PeerId::random(), true);
        }
        assert!(verdicts.0.len() <= MAX_REMEMBERED);
    }
}
