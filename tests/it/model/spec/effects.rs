//! Strikes, admissions and what follows for organisations and devices.

use std::collections::{BTreeMap, BTreeSet};

use ceiba::{
    membership::{Change, CutOffs, Device, DeviceRole, OrgRole, SuspensionTarget},
    model::id::{DeviceId, InviteId, OrgId, StatementId},
};

use super::{Enacted, Spec, suspend::Suspensions};

/// What the specification says of an organisation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OrgTold {
    pub(crate) is_in: bool,
    pub(crate) steward: bool,
    pub(crate) votes: bool,
    pub(crate) dormant: bool,
    pub(crate) voteless: bool,
    pub(crate) suspended: bool,
    pub(crate) removed_by: BTreeSet<StatementId>,
    pub(crate) admission: Option<StatementId>,
    pub(crate) manifest: Option<StatementId>,
}

/// What the specification says of a device: in use, reads, writes, hears statements.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct DeviceTold {
    pub(crate) active: bool,
    pub(crate) reads: bool,
    pub(crate) writes: bool,
    pub(crate) confers: bool,
}

/// All that a set of statements says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) path: Vec<StatementId>,
    pub(crate) decisions: BTreeMap<StatementId, bool>,
    pub(crate) voters: BTreeSet<OrgId>,
    pub(crate) needed: usize,
    pub(crate) policy: u32,
    pub(crate) glass: BTreeSet<OrgId>,
    pub(crate) tickets: BTreeMap<InviteId, (bool, Option<StatementId>)>,
    pub(crate) suspensions: BTreeSet<StatementId>,
    pub(crate) orgs: BTreeMap<OrgId, OrgTold>,
    pub(crate) devices: BTreeMap<DeviceId, DeviceTold>,
}

impl Spec<'_> {
    pub(crate) fn tell(&self) -> Told {
        let state = self.tip_state();
        let decisions = self.decisions().into_iter().map(|id| (id, self.is_strong(&id)));
        let tickets = state.tickets.iter();
        let suspensions = self.suspensions_in_force();
        let orgs: BTreeMap<_, _> = self
            .all_orgs()
            .into_iter()
            .map(|org| (org, self.tell_org(&org, &state, &suspensions)))
            .collect();
        Told {
            path: self.accepted(),
            decisions: decisions.collect(),
            voters: state.voters(),
            needed: state.needed(),
            policy: state.policy,
            glass: state.glass.clone(),
            tickets: tickets.map(|(id, it)| (*id, (it.revoked, it.adopted))).collect(),
            devices: self.tell_devices(&orgs, &suspensions),
            suspensions: suspensions.in_force,
            orgs,
        }
    }

    pub(super) fn tip_state(&self) -> Enacted {
        self.path.last().and_then(|tip| self.state_after(tip)).cloned().unwrap_or_default()
    }

    /// Each decision that removed the organisation, anywhere, but those that a close of history
    /// drops.
    pub(super) fn strikes_of(&self, org: &OrgId) -> BTreeSet<StatementId> {
        let path = self.accepted();
        let removing = self.decisions().into_iter().filter(|id| self.removals(id).contains(org));
        removing.filter(|id| path.contains(id) || !self.is_closed(id, &path)).collect()
    }

    /// A close drops what hangs on a branch that forks off above it, unless it names the branch.
    fn is_closed(&self, strike: &StatementId, path: &[StatementId]) -> bool {
        let line = self.path_to(strike).unwrap_or_default();
        let Some(first) = line.iter().find(|id| !path.contains(id)) else { return false };
        let fork = self.proposal(first).and_then(|it| path.iter().position(|id| *id == it.parent));
        let later = path.iter().enumerate().filter(|(at, _)| fork.is_some_and(|fork| *at > fork));
        let mut changes = later.filter_map(|(_, id)| self.proposal(id)).flat_map(|it| &it.changes);
        changes.any(|change| match change {
            Change::CloseHistory { keep } => !keep.contains(first),
            _ => false,
        })
    }

    /// Strikes that no accepted re-admission names.
    pub(super) fn open_strikes(&self, org: &OrgId) -> BTreeSet<StatementId> {
        let lifted = self.tip_state().lifted;
        let strikes = self.strikes_of(org).into_iter();
        strikes.filter(|strike| !lifted.contains(&(*org, *strike))).collect()
    }

    pub(super) fn lifted_strikes(&self, org: &OrgId) -> BTreeSet<StatementId> {
        &self.strikes_of(org) - &self.open_strikes(org)
    }

    /// The cut-offs of a removal.
    pub(super) fn cut_offs_of(&self, strike: &StatementId, org: &OrgId) -> CutOffs {
        let changes = self.proposal(strike).into_iter().flat_map(|it| &it.changes);
        let lists = changes.filter_map(|change| match change {
            Change::RemoveOrg { org: removed, cut_offs } if removed == org => {
                Some(cut_offs.clone())
            }
            _ => None,
        });
        // Removed, taken back and removed again at once: both hold.
        let both = |one: CutOffs, other: CutOffs| {
            let named =
                one.into_iter().filter_map(|(log, cut)| Some((log, cut.min(*other.get(&log)?))));
            named.collect()
        };
        lists.reduce(both).unwrap_or_default()
    }

    /// Organisations in by an admission that no decision adopted, with the inviter.
    pub(super) fn admitted(&self) -> BTreeMap<OrgId, (StatementId, OrgId)> {
        let state = self.tip_state();
        let mut admitted = BTreeMap::new();
        for (invite, ticket) in &state.tickets {
            if ticket.revoked || ticket.adopted.is_some() || !self.is_seated_in(&ticket.inviter) {
                continue;
            }
            let first = self.admissions().find(|(_, it)| {
                it.request().invite == *invite
                    && it.org == ticket.inviter
                    && self.may_ask_to_join(it)
                    && self.is_admin(&it.org, &it.device)
            });
            let Some((id, admission)) = first else { continue };
            let org = admission.request().org;
            if !state.seats.contains_key(&org) && self.open_strikes(&org).is_empty() {
                admitted.entry(org).or_insert((id, ticket.inviter));
            }
        }
        admitted
    }

    /// The accepted path seats it, and no strike is open.
    pub(super) fn is_seated_in(&self, org: &OrgId) -> bool {
        self.tip_state().seats.contains_key(org) && self.open_strikes(org).is_empty()
    }

    pub(super) fn is_in(&self, org: &OrgId) -> bool {
        self.is_seated_in(org) || self.admitted().contains_key(org)
    }

    /// Everybody who is in or was removed.
    pub(super) fn all_orgs(&self) -> BTreeSet<OrgId> {
        let removed = self.decisions().into_iter().flat_map(|id| self.removals(&id));
        let removed = removed.filter(|org| !self.open_strikes(org).is_empty());
        let seated = self.tip_state().seats.into_keys();
        seated.chain(self.admitted().into_keys()).chain(removed).collect()
    }

    fn tell_org(&self, org: &OrgId, state: &Enacted, suspensions: &Suspensions) -> OrgTold {
        let seat = state.seats.get(org);
        let admitted = self.admitted().get(org).copied();
        let inviter = admitted.map(|(_, inviter)| inviter);
        let suspended = self.is_org_suspended(org, suspensions)
            || inviter.is_some_and(|inviter| self.is_org_suspended(&inviter, suspensions));
        let is_in = self.is_in(org);
        OrgTold {
            is_in,
            steward: is_in && seat.is_some_and(|it| it.role == OrgRole::Steward),
            votes: state.voters().contains(org),
            dormant: seat.is_some_and(|it| it.dormant),
            voteless: seat.is_some_and(|it| it.voteless),
            suspended,
            removed_by: self.open_strikes(org),
            admission: admitted.map(|(id, _)| id),
            manifest: self.chain(org).last().copied(),
        }
    }

    fn is_org_suspended(&self, org: &OrgId, suspensions: &Suspensions) -> bool {
        let mut ones = self.suspensions().filter(|(id, _)| suspensions.in_force.contains(id));
        ones.any(|(_, it)| it.target == SuspensionTarget::Org(*org))
    }

    fn tell_devices(
        &self,
        orgs: &BTreeMap<OrgId, OrgTold>,
        suspensions: &Suspensions,
    ) -> BTreeMap<DeviceId, DeviceTold> {
        let owned = orgs.iter().flat_map(|(org, told)| {
            self.devices_of(org).into_values().map(move |device| (*org, told, device))
        });
        let mut devices: BTreeMap<DeviceId, DeviceTold> = BTreeMap::new();
        for (org, told, device) in owned {
            let contested = self.is_contested(&org, &device, orgs);
            let usable = !self.is_revoked(&org, &device.device) && !contested;
            let mut ones = self.suspensions().filter(|(id, _)| suspensions.in_force.contains(id));
            let suspended =
                ones.any(|(_, it)| it.target == SuspensionTarget::Device(org, device.device));
            let active = told.is_in && !told.suspended && usable && !suspended;
            let one = DeviceTold {
                active,
                reads: active && device.role.reads(),
                writes: active && device.role.writes(),
                confers: active || (told.votes && usable),
            };
            // Of several who ever certified it, the one whose it is still.
            let known = devices.entry(device.device).or_default();
            known.active |= one.active;
            known.reads |= one.reads;
            known.writes |= one.writes;
            known.confers |= one.confers;
        }
        devices
    }

    /// A device or transport key that still belongs to two organisations that are in is nobody's.
    pub(super) fn is_contested(
        &self,
        org: &OrgId,
        device: &Device,
        orgs: &BTreeMap<OrgId, OrgTold>,
    ) -> bool {
        let others = orgs.iter().filter(|(other, told)| *other != org && told.is_in);
        let mut theirs = others.flat_map(|(other, _)| {
            let devices = self.devices_of(other).into_values();
            devices.filter(move |it| !self.is_revoked(other, &it.device))
        });
        orgs[org].is_in
            && !self.is_revoked(org, &device.device)
            && theirs.any(|it| it.device == device.device || it.transport == device.transport)
    }

    pub(super) fn is_custodian(device: &Device) -> bool {
        device.role == DeviceRole::Custodian
    }
}
