//! Which entries count.

use super::Membership;
use crate::{
    membership::{Limit, SuspensionTarget, limit},
    model::id::{EntryHash, LogId},
};

/// Whether an entry counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It does.
    Counts,
    /// It does not, and is kept aside.
    Quarantined(Quarantine),
    /// No manifest that is known here certifies the writer.
    Unknown,
}

/// Why an entry does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quarantine {
    /// The writer's organisation is not in the circle.
    NotMember,
    /// Written after the removal's cut-off.
    Removed,
    /// Written after the cut-off of a suspension in force.
    Suspended,
    /// Written after the cut-off of the device's revocation.
    Revoked,
    /// The device is a custodian, which does not write, or a dropbox, which grants no keys.
    Role,
    /// Two organisations claim the device, or its certificate is on a manifest branch that lost.
    Disputed,
    /// At the cut-off's place, but another entry than the one that it names.
    Fork,
}

impl Membership {
    /// Whether the entry with this number and hash in a log counts.
    ///
    /// The hash matters at the last place that counts, where a fork must not slip in; before it,
    /// the hash chain binds.
    #[must_use]
    pub fn standing(&self, log: &LogId, seq: u64, hash: &EntryHash) -> Standing {
        let Some((limit, reason)) = self.limit(log) else { return Standing::Unknown };
        match limit {
            Limit::All => Standing::Counts,
            Limit::Nothing => Standing::Quarantined(reason),
            Limit::UpTo(cut) => match seq.checked_add(1) {
                Some(count) if count < cut.count => Standing::Counts,
                Some(count) if count == cut.count && *hash == cut.last => Standing::Counts,
                Some(count) if count == cut.count => Standing::Quarantined(Quarantine::Fork),
                _ => Standing::Quarantined(reason),
            },
        }
    }

    /// How far a log counts; none if no manifest that is known here certifies the writer.
    #[must_use]
    pub fn cut_off(&self, log: &LogId) -> Option<Limit> {
        self.limit(log).map(|(limit, _)| limit)
    }

    fn limit(&self, log: &LogId) -> Option<(Limit, Quarantine)> {
        let mut limits = Limits::new(self.certified(log)?);
        self.limit_by_removals(log, &mut limits);
        if let Some(cut_offs) = self.revoked.get(&log.device) {
            limits.narrow(limit::of_named(cut_offs, log), Quarantine::Revoked);
        }
        if let Some(up_to) = self.state.readmitted(log) {
            limits.limit = limits.limit.max(Limit::UpTo(up_to));
        }
        self.limit_by_suspensions(log, &mut limits);
        Some((limits.limit, limits.reason))
    }

    /// What the writer's certificates allow, before any removal.
    fn certified(&self, log: &LogId) -> Option<(Limit, Quarantine)> {
        let device = &log.device;
        let owners = self.owners.get(device)?;
        if !owners.iter().any(|org| self.orgs.contains_key(org)) {
            return Some((Limit::Nothing, Quarantine::NotMember));
        }
        Some(match self.devices.get(device) {
            None => (Limit::Nothing, Quarantine::Disputed),
            Some(state) if state.contested => (Limit::Nothing, Quarantine::Disputed),
            Some(state) if !state.role().writes_on(log.lane) => (Limit::Nothing, Quarantine::Role),
            Some(_) => (Limit::All, Quarantine::Removed),
        })
    }

    fn limit_by_removals(&self, log: &LogId, limits: &mut Limits) {
        for org in self.owners.get(&log.device).into_iter().flatten() {
            let Some(strikes) = self.strikes.get(org) else { continue };
            if !strikes.open.is_empty() {
                limits.narrow(limit::of_named(&strikes.cut_offs, log), Quarantine::Removed);
            }
            if let Some(cut) = strikes.lifted_cut_offs.get(log) {
                limits.narrow(Limit::UpTo(*cut), Quarantine::Removed);
            }
        }
    }

    fn limit_by_suspensions(&self, log: &LogId, limits: &mut Limits) {
        let owners = self.owners.get(&log.device);
        let owned = |org| owners.is_some_and(|owners| owners.contains(org));
        for (_, suspension) in self.suspensions() {
            let hit = match &suspension.target {
                SuspensionTarget::Org(org) => owned(org),
                SuspensionTarget::Device(_, device) => *device == log.device,
            };
            if hit {
                limits.narrow(limit::of_named(&suspension.cut_offs, log), Quarantine::Suspended);
            }
        }
        // Who is in by a suspended inviter's word alone waits for that to be settled.
        let pending = self.devices.get(&log.device).and_then(|it| self.orgs.get(&it.org));
        if pending.is_some_and(|org| org.admission.is_some() && org.suspended) {
            limits.narrow(Limit::Nothing, Quarantine::Suspended);
        }
    }
}

struct Limits {
    limit: Limit,
    reason: Quarantine,
}

impl Limits {
    const fn new((limit, reason): (Limit, Quarantine)) -> Self {
        Self { limit, reason }
    }

    fn narrow(&mut self, limit: Limit, reason: Quarantine) {
        if limit < self.limit {
            (self.limit, self.reason) = (limit, reason);
        }
    }
}
