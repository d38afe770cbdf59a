//! "Which entries count": how far a log does.

use std::collections::BTreeMap;

use ceiba::{
    membership::{CutOffs, DeviceRole, Limit, SuspensionTarget},
    model::id::{Lane, LogId, OrgId},
};

use super::{OrgTold, Spec};

impl Spec<'_> {
    /// How far a log counts; none if no manifest certifies the writer.
    pub(crate) fn limit(&self, log: &LogId) -> Option<Limit> {
        let certifiers = self.certifiers(&log.device);
        if certifiers.is_empty() {
            return None;
        }
        let orgs = self.tell().orgs;
        let mut limit = if self.may_ever_write(log, &orgs) { Limit::All } else { Limit::Nothing };
        for org in &certifiers {
            for strike in self.open_strikes(org) {
                limit = limit.min(named(&self.cut_offs_of(&strike, org), log, Limit::Nothing));
            }
            for strike in self.lifted_strikes(org) {
                limit = limit.min(named(&self.cut_offs_of(&strike, org), log, Limit::All));
            }
            for revocation in self.revocations(org, &log.device) {
                let kept = revocation.in_circle(&self.circle).map(|work| &work.cut_offs);
                // A circle that it does not name: nothing counts, until a later manifest names it.
                let others = self.revocations(org, &log.device);
                let is_named = others.iter().any(|it| it.in_circle(&self.circle).is_some());
                match kept {
                    Some(kept) => limit = limit.min(named(kept, log, Limit::Nothing)),
                    None if is_named => {}
                    None => limit = Limit::Nothing,
                }
            }
        }
        if let Some(raised) = self.tip_state().entries.get(log) {
            limit = limit.max(Limit::UpTo(*raised));
        }
        let in_force = self.suspensions_in_force().in_force;
        for (_, it) in self.suspensions().filter(|(id, _)| in_force.contains(id)) {
            let concerned = match it.target {
                SuspensionTarget::Org(org) => certifiers.contains(&org),
                SuspensionTarget::Device(_, device) => device == log.device,
            };
            if concerned {
                limit = limit.min(named(&it.cut_offs, log, Limit::Nothing));
            }
        }
        let waits = certifiers
            .iter()
            .filter_map(|org| orgs.get(org))
            .any(|org| org.admission.is_some() && org.suspended);
        Some(if waits { Limit::Nothing } else { limit })
    }

    /// Whether the device is somebody's who is in or was, on an accepted chain of manifests, of
    /// one of them only, no custodian, and on the control lane no dropbox.
    fn may_ever_write(&self, log: &LogId, orgs: &BTreeMap<OrgId, OrgTold>) -> bool {
        let owners: Vec<_> = orgs
            .keys()
            .filter_map(|org| Some((*org, self.devices_of(org).remove(&log.device)?)))
            .collect();
        let disputed = owners.iter().any(|(org, it)| self.is_contested(org, it, orgs));
        let custodian = owners.iter().any(|(_, it)| Self::is_custodian(it));
        let grants_keys = log.lane != Lane::Control;
        let silent = owners.iter().any(|(_, it)| it.role == DeviceRole::Dropbox && !grants_keys);
        !owners.is_empty() && !disputed && !custodian && !silent
    }
}

fn named(cut_offs: &CutOffs, log: &LogId, unnamed: Limit) -> Limit {
    cut_offs.get(log).map_or(unnamed, |cut| Limit::UpTo(*cut))
}
