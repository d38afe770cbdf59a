//! The key epochs of one circle: who holds which secret, what to write under, what to grant.
//!
//! Pure. What it knows comes from grant entries, so two devices that hold the same entries and
//! were granted the same secrets know the same.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    crypto::{BackLink, DeviceKeys, EpochSecret, GrantSet},
    membership::HistoryRule,
    model::{
        id::{CircleId, DeviceId, EpochId, StatementId},
        limits::MAX_BACK_LINKS,
    },
};

/// One generation of a circle's secret, as far as it is known here.
#[derive(Debug, Default)]
struct Epoch {
    secret: Option<EpochSecret>,
    /// Newest decision that those knew who made it: who granted it to itself too, in an entry that
    /// counts. None until then, and nothing is written under it: who grants it on does not vouch
    /// for where it came from. Its maker may be a removed member whose own grant does not count,
    /// or never comes because its log is forked, and who then could read on.
    decisions: BTreeSet<StatementId>,
    /// Earlier epochs that whoever holds this one is said to be able to open. Only what has been
    /// opened is certain; what does not open is forgotten once the secret is held.
    links: BTreeMap<EpochId, Vec<BackLink>>,
    /// Earlier epochs whose link has been opened.
    opened: BTreeSet<EpochId>,
    /// Whoever may have the secret: all devices that it was granted to, and that granted it, in
    /// whatever entries. The cautious answer to who can read.
    holders: BTreeSet<DeviceId>,
    /// Devices that surely have the secret, by entries that count. The cautious answer to who
    /// needs no grant.
    granted: BTreeSet<DeviceId>,
}

/// Different links from one epoch to another that are kept until one is known to open.
const MAX_RIVAL_LINKS: usize = 4;

/// Under which epoch to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Current {
    /// This one is held by nobody who should not.
    Use(EpochId),
    /// There is none yet that only those hold who are in: make a new one.
    Mint,
}

/// The key epochs of one circle.
#[derive(Debug, Default)]
pub struct KeyRing {
    epochs: BTreeMap<EpochId, Epoch>,
}

impl KeyRing {
    /// The secret of an epoch, if it is held.
    #[must_use]
    pub fn secret(&self, epoch: &EpochId) -> Option<&EpochSecret> {
        self.epochs.get(epoch)?.secret.as_ref()
    }

    /// Epochs whose secret is held.
    pub fn held(&self) -> impl Iterator<Item = EpochId> {
        self.epochs.iter().filter(|(_id, epoch)| epoch.secret.is_some()).map(|(id, _)| *id)
    }

    /// Takes up a grant entry's set: who holds what, links, and our own grant if there is one.
    /// Returns the epochs whose secrets are known through it. Of an entry that does not count the
    /// secret is learned too (it is what its id says, whoever gives it, and else we could not read
    /// what honest members wrote under it), but nobody is taken to be served by it.
    ///
    /// Grants that do not open are passed over: another member may grant again.
    pub fn learn(
        &mut self,
        circle: &CircleId,
        (author, counts): (DeviceId, bool),
        set: GrantSet,
        own: &DeviceKeys,
    ) -> Vec<EpochId> {
        let device = own.device();
        let epoch = self.epochs.entry(set.epoch).or_default();
        if epoch.secret.is_none() {
            epoch.secret = set.open(circle, &device, &own.receiving).ok().flatten();
        }
        epoch.holders.insert(author);
        epoch.holders.extend(set.grants.keys());
        if counts {
            if set.grants.contains_key(&author) {
                epoch.decisions.insert(set.decision);
            }
            epoch.granted.insert(author);
            epoch.granted.extend(set.grants.keys());
        }
        for link in set.back_chain {
            let rivals = epoch.links.entry(link.previous).or_default();
            if rivals.len() < MAX_RIVAL_LINKS && !rivals.contains(&link) {
                rivals.push(link);
            }
        }
        self.follow_links(circle, set.epoch)
    }

    /// Forgets by whom what was granted, not the secrets: what counts is another than before, and
    /// is learned again next.
    pub fn forget_grants(&mut self) {
        for epoch in self.epochs.values_mut() {
            epoch.granted.clear();
            epoch.decisions.clear();
        }
    }

    /// Opens what can be opened from an epoch on; returns all that is newly held, itself included
    /// when it is held.
    fn follow_links(&mut self, circle: &CircleId, from: EpochId) -> Vec<EpochId> {
        let mut learned = Vec::new();
        let mut queue = vec![from];
        while let Some(id) = queue.pop() {
            let Some(epoch) = self.epochs.get_mut(&id) else { continue };
            let Some(secret) = epoch.secret.clone() else { continue };
            learned.push(id);
            let links = std::mem::take(&mut epoch.links).into_values().flatten();
            let opened: Vec<(EpochId, EpochSecret)> = links
                .filter_map(|link| Some((link.previous, link.open(circle, &secret).ok()?)))
                .collect();
            epoch.opened.extend(opened.iter().map(|(previous, _secret)| *previous));
            for (previous, secret) in opened {
                let earlier = self.epochs.entry(previous).or_default();
                if earlier.secret.is_none() {
                    earlier.secret = Some(secret);
                    queue.push(previous);
                }
            }
        }
        learned
    }

    /// Under which epoch a device writes: of those that it holds, that were made since the last
    /// removal (at depth `least`: grants to the removed may be on their way to us still) and that
    /// nobody can open who may not read, the one with the deepest decision, then the lowest id.
    /// Where joiners see no history, everybody who may read must have it from the beginning:
    /// granting it to somebody later would show what was written under it before.
    #[must_use]
    pub fn current(
        &self,
        recipients: &BTreeSet<DeviceId>,
        history: HistoryRule,
        least: u32,
        depth: impl Fn(&StatementId) -> Option<u32>,
    ) -> Current {
        let fits = |readers: &BTreeSet<DeviceId>| match history {
            HistoryRule::All => readers.is_subset(recipients),
            HistoryRule::FromJoin => readers == recipients,
        };
        let newest = self
            .held()
            .filter_map(|id| Some((self.depth(&id, &depth)?, Reverse(id))))
            .filter(|(depth, Reverse(id))| *depth >= least && fits(&self.readers(id)))
            .max();
        newest.map_or(Current::Mint, |(_depth, Reverse(id))| Current::Use(id))
    }

    fn depth(&self, epoch: &EpochId, depth: impl Fn(&StatementId) -> Option<u32>) -> Option<u32> {
        self.epochs.get(epoch)?.decisions.iter().filter_map(depth).max()
    }

    /// All who can read what is written under an epoch: its holders, and those of every epoch
    /// from which links are said to lead to it.
    fn readers(&self, epoch: &EpochId) -> BTreeSet<DeviceId> {
        let mut seen = BTreeSet::from([*epoch]);
        let mut queue = vec![*epoch];
        while let Some(id) = queue.pop() {
            let later = self
                .epochs
                .iter()
                .filter(|(_id, later)| later.opened.contains(&id) || later.links.contains_key(&id));
            queue.extend(later.map(|(id, _later)| *id).filter(|id| seen.insert(*id)));
        }
        seen.iter()
            .filter_map(|id| self.epochs.get(id))
            .flat_map(|epoch| epoch.holders.iter().copied())
            .collect()
    }

    /// What we hold and a device cannot open, as few grants as make it so: newest first, leaving
    /// out what the links of a granted one lead to. Only for circles that show joiners all history.
    #[must_use]
    pub fn missing_for(
        &self,
        device: &DeviceId,
        depth: impl Fn(&StatementId) -> Option<u32>,
    ) -> Vec<EpochId> {
        let mut reachable = BTreeSet::new();
        for (id, epoch) in &self.epochs {
            if epoch.granted.contains(device) {
                self.reach(*id, &mut reachable);
            }
        }
        let mut held: Vec<_> = self.held().map(|id| (self.depth(&id, &depth), id)).collect();
        held.sort_by(|a, b| b.cmp(a));
        let mut missing = Vec::new();
        for (_depth, id) in held {
            if !reachable.contains(&id) {
                missing.push(id);
                self.reach(id, &mut reachable);
            }
        }
        self.without_the_reached(missing)
    }

    /// Leaves out what others of these epochs lead to: of those made at one depth, the order says
    /// nothing of which links to which.
    fn without_the_reached(&self, epochs: Vec<EpochId>) -> Vec<EpochId> {
        let mut kept = epochs.clone();
        for id in epochs {
            let mut reached = BTreeSet::new();
            for other in kept.iter().filter(|other| **other != id) {
                self.reach(*other, &mut reached);
            }
            if reached.contains(&id) {
                kept.retain(|other| *other != id);
            }
        }
        kept
    }

    /// Adds an epoch and all that its links lead to.
    fn reach(&self, from: EpochId, reached: &mut BTreeSet<EpochId>) {
        let mut queue = vec![from];
        while let Some(id) = queue.pop() {
            if reached.insert(id) {
                queue.extend(self.epochs.get(&id).into_iter().flat_map(|epoch| &epoch.opened));
            }
        }
    }

    /// Held epochs to which no held epoch links: what a new one must link to.
    #[must_use]
    pub fn heads(&self) -> Vec<EpochId> {
        let linked: BTreeSet<EpochId> =
            self.epochs.values().flat_map(|epoch| epoch.opened.iter().copied()).collect();
        self.held().filter(|id| !linked.contains(id)).take(MAX_BACK_LINKS).collect()
    }

    /// Number of epochs that have been heard of.
    #[must_use]
    pub fn len(&self) -> usize {
        self.epochs.len()
    }

    /// Whether no epoch has been heard of.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.epochs.is_empty()
    }
}

#[cfg(test)]
mod tests;
