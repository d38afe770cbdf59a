//! The key epochs of one circle: who holds which secret, what to write under, what to grant.
//!
//! Pure. What it knows comes from grant entries, so two devices that hold the same entries and
//! were granted the same secrets know the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    crypto::{BackLink, DeviceKeys, EpochSecret, GrantSet},
    model::{
        id::{CircleId, DeviceId, EpochId, StatementId},
        limits::MAX_BACK_LINKS,
    },
};

/// One generation of a circle's secret, as far as it is known here.
#[derive(Debug, Default)]
struct Epoch {
    secret: Option<EpochSecret>,
    /// Newest decision that those knew who granted it; none until a grant was seen.
    decisions: BTreeSet<StatementId>,
    /// Earlier epochs that whoever holds this one can open.
    links: BTreeMap<EpochId, BackLink>,
    /// Devices that the secret was granted to, and those that granted it.
    holders: BTreeSet<DeviceId>,
}

/// Under which epoch to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Current {
    /// This one is held by nobody who should not.
    Use(EpochId),
    /// There is none yet, or somebody holds the newest who is no longer in: make a new one.
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
    /// Returns the epochs whose secrets have become known through it.
    ///
    /// Grants that do not open are passed over: another member may grant again.
    pub fn learn(
        &mut self,
        circle: &CircleId,
        author: DeviceId,
        set: GrantSet,
        own: &DeviceKeys,
    ) -> Vec<EpochId> {
        let device = own.device();
        let epoch = self.epochs.entry(set.epoch).or_default();
        if epoch.secret.is_none() {
            epoch.secret = set.open(circle, &device, &own.receiving).ok().flatten();
        }
        epoch.decisions.insert(set.decision);
        epoch.holders.insert(author);
        epoch.holders.extend(set.grants.keys());
        for link in set.back_chain {
            epoch.links.entry(link.previous).or_insert(link);
        }
        self.follow_links(circle, set.epoch)
    }

    /// Opens what can be opened from an epoch on; returns all that is newly held, itself included
    /// when it is held.
    fn follow_links(&mut self, circle: &CircleId, from: EpochId) -> Vec<EpochId> {
        let mut learned = Vec::new();
        let mut queue = vec![from];
        while let Some(id) = queue.pop() {
            let Some(epoch) = self.epochs.get(&id) else { continue };
            let Some(secret) = epoch.secret.clone() else { continue };
            learned.push(id);
            let links: Vec<BackLink> = epoch.links.values().cloned().collect();
            for link in links {
                let held = self.secret(&link.previous).is_some();
                let opened = if held { None } else { link.open(circle, &secret).ok() };
                if let Some(opened) = opened {
                    self.epochs.entry(link.previous).or_default().secret = Some(opened);
                    queue.push(link.previous);
                }
            }
        }
        learned
    }

    /// Under which epoch a device writes: of those it holds, the one with the deepest decision,
    /// then the lowest id; a new one if anybody holds that who may not read any more.
    #[must_use]
    pub fn current(
        &self,
        recipients: &BTreeSet<DeviceId>,
        depth: impl Fn(&StatementId) -> Option<u32>,
    ) -> Current {
        let newest = self
            .epochs
            .iter()
            .filter(|(_id, epoch)| epoch.secret.is_some())
            .map(|(id, epoch)| (epoch.decisions.iter().filter_map(&depth).max(), id))
            .max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(a.1)));
        match newest {
            Some((_depth, id)) if self.readers(id).is_subset(recipients) => Current::Use(*id),
            _ => Current::Mint,
        }
    }

    /// All who can read what is written under an epoch: its holders, and those of every epoch
    /// from which links lead to it.
    fn readers(&self, epoch: &EpochId) -> BTreeSet<DeviceId> {
        let mut seen = BTreeSet::from([*epoch]);
        let mut queue = vec![*epoch];
        while let Some(id) = queue.pop() {
            let later = self.epochs.iter().filter(|(_id, later)| later.links.contains_key(&id));
            queue.extend(later.map(|(id, _later)| *id).filter(|id| seen.insert(*id)));
        }
        seen.iter()
            .filter_map(|id| self.epochs.get(id))
            .flat_map(|epoch| epoch.holders.iter().copied())
            .collect()
    }

    /// Epochs that a device can open: those granted to it, and what their links lead to.
    fn reachable(&self, device: &DeviceId) -> BTreeSet<EpochId> {
        let granted = self.epochs.iter().filter(|(_id, epoch)| epoch.holders.contains(device));
        let mut queue: Vec<EpochId> = granted.map(|(id, _epoch)| *id).collect();
        let mut seen: BTreeSet<EpochId> = queue.iter().copied().collect();
        while let Some(id) = queue.pop() {
            let links = self.epochs.get(&id).into_iter().flat_map(|epoch| epoch.links.keys());
            queue.extend(links.copied().filter(|id| seen.insert(*id)));
        }
        seen
    }

    /// What we hold and a device cannot open, as few grants as make it so: newest first, leaving
    /// out what the links of a granted one lead to. With `newest_only` (circles that show joiners
    /// no history) just the newest.
    #[must_use]
    pub fn missing_for(
        &self,
        device: &DeviceId,
        newest_only: bool,
        depth: impl Fn(&StatementId) -> Option<u32>,
    ) -> Vec<EpochId> {
        let mut reachable = self.reachable(device);
        let mut held: Vec<(Option<u32>, EpochId)> = self
            .epochs
            .iter()
            .filter(|(_id, epoch)| epoch.secret.is_some())
            .map(|(id, epoch)| (epoch.decisions.iter().filter_map(&depth).max(), *id))
            .collect();
        held.sort_by(|a, b| b.cmp(a));
        if newest_only {
            held.truncate(1);
        }
        let mut missing = Vec::new();
        for (_depth, id) in held {
            if reachable.contains(&id) {
                continue;
            }
            missing.push(id);
            let mut queue = vec![id];
            reachable.insert(id);
            while let Some(id) = queue.pop() {
                let links = self.epochs.get(&id).into_iter().flat_map(|epoch| epoch.links.keys());
                queue.extend(links.copied().filter(|id| reachable.insert(*id)));
            }
        }
        missing
    }

    /// Held epochs to which no held epoch links: what a new one must link to.
    #[must_use]
    pub fn heads(&self) -> Vec<EpochId> {
        let linked: BTreeSet<EpochId> = self
            .epochs
            .values()
            .filter(|epoch| epoch.secret.is_some())
            .flat_map(|epoch| epoch.links.keys().copied())
            .collect();
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
