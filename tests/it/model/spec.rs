//! Membership as `proto/membership.md` says it, word for word and as slowly as it comes.
//!
//! Plain data in, plain data out. A set is read in five stages, each a set or map that follows
//! from those before; nothing is kept from one set to the next, and each rule is a function that
//! asks the whole set. Written from the specification, so that a mistake in the code is not made
//! here as well.

use std::collections::{BTreeMap, BTreeSet};

use ceiba::{
    membership::{
        Admission, Approval, Device, Genesis, Proposal, RootApproval, Suspension, VerifiedStatement,
    },
    model::id::{CircleId, DeviceId, OrgId, StatementId},
};

mod choose;
mod decide;
mod effects;
mod enact;
mod entries;
mod identity;
mod suspend;

pub(super) use effects::{DeviceTold, OrgTold, Told};
use enact::Enacted;

/// A ballot: the parent that was voted under, and the attempt.
pub(super) type Ballot = (StatementId, u32);

/// Statements by id.
pub(super) type Statements = BTreeMap<StatementId, VerifiedStatement>;

/// A set of statements of one circle.
pub(super) struct Spec<'a> {
    circle: CircleId,
    set: &'a Statements,
    /// Valid manifests of each organisation.
    valid: BTreeMap<OrgId, Vec<StatementId>>,
    /// The accepted chain of each.
    chains: BTreeMap<OrgId, Vec<StatementId>>,
    /// Devices that any valid manifest certified, and those of the accepted chain.
    ever: BTreeMap<OrgId, BTreeMap<DeviceId, Device>>,
    accepted_devices: BTreeMap<OrgId, BTreeMap<DeviceId, Device>>,
    /// The genesis and all decisions, with the state after each.
    states: BTreeMap<StatementId, Enacted>,
    /// The accepted decisions, from the genesis on.
    path: Vec<StatementId>,
}

impl<'a> Spec<'a> {
    pub(super) fn read(circle: CircleId, set: &'a Statements) -> Self {
        let mut spec = Self {
            circle,
            set,
            valid: BTreeMap::new(),
            chains: BTreeMap::new(),
            ever: BTreeMap::new(),
            accepted_devices: BTreeMap::new(),
            states: BTreeMap::new(),
            path: Vec::new(),
        };
        let orgs = spec.known_orgs();
        spec.valid = orgs.iter().map(|org| (*org, spec.find_valid(org))).collect();
        spec.chains = orgs.iter().map(|org| (*org, spec.chain_after(org, None))).collect();
        spec.ever = orgs.iter().map(|org| (*org, spec.devices_in(&spec.valid[org]))).collect();
        spec.accepted_devices =
            orgs.iter().map(|org| (*org, spec.devices_in(&spec.chains[org]))).collect();
        spec.states = spec.find_decisions();
        spec.path = spec.follow();
        spec
    }
}

impl Spec<'_> {
    /// The circle's id is that of its genesis.
    pub(super) fn root(&self) -> StatementId {
        StatementId::new(*self.circle.as_bytes())
    }

    /// The genesis, once its signer is known for an admin device of the founder.
    pub(super) fn genesis(&self) -> Option<&Genesis> {
        match self.set.get(&self.root())? {
            VerifiedStatement::Genesis(it) => Some(it.value()),
            _ => None,
        }
        .filter(|it| self.was_ever_admin(&it.org, &it.device))
    }

    pub(super) fn proposal(&self, id: &StatementId) -> Option<&Proposal> {
        match self.set.get(id)? {
            VerifiedStatement::Proposal(it) => Some(it.value()),
            _ => None,
        }
    }

    pub(super) fn proposals(&self) -> impl Iterator<Item = (StatementId, &Proposal)> {
        self.set.keys().filter_map(|id| Some((*id, self.proposal(id)?)))
    }

    pub(super) fn approval(&self, id: &StatementId) -> Option<&Approval> {
        match self.set.get(id)? {
            VerifiedStatement::Approval(it) => Some(it.value()),
            _ => None,
        }
    }

    pub(super) fn approvals(&self) -> impl Iterator<Item = (StatementId, &Approval)> {
        self.set.keys().filter_map(|id| Some((*id, self.approval(id)?)))
    }

    pub(super) fn root_approvals(&self) -> impl Iterator<Item = &RootApproval> {
        self.set.values().filter_map(|it| match it {
            VerifiedStatement::RootApproval(it) => Some(it.value()),
            _ => None,
        })
    }

    pub(super) fn admission(&self, id: &StatementId) -> Option<&Admission> {
        match self.set.get(id)? {
            VerifiedStatement::Admission(it) => Some(it.value()),
            _ => None,
        }
    }

    pub(super) fn admissions(&self) -> impl Iterator<Item = (StatementId, &Admission)> {
        self.set.keys().filter_map(|id| Some((*id, self.admission(id)?)))
    }

    pub(super) fn suspensions(&self) -> impl Iterator<Item = (StatementId, &Suspension)> {
        self.set.iter().filter_map(|(id, it)| match it {
            VerifiedStatement::Suspension(it) => Some((*id, it.value())),
            _ => None,
        })
    }

    /// All organisations of which the set says anything by a manifest.
    pub(super) fn known_orgs(&self) -> BTreeSet<OrgId> {
        self.set.values().filter_map(|it| Some(it.as_manifest()?.core().org)).collect()
    }

    /// A statement's ancestors below the genesis, itself included; none if one is missing.
    pub(super) fn path_to(&self, id: &StatementId) -> Option<Vec<StatementId>> {
        if *id == self.root() {
            return self.genesis().map(|_| vec![*id]);
        }
        let mut path = self.path_to(&self.proposal(id)?.parent)?;
        path.push(*id);
        Some(path)
    }

    /// Whether `later` is `first` or follows it.
    pub(super) fn is_at_or_after(&self, later: &StatementId, first: &StatementId) -> bool {
        self.path_to(later).is_some_and(|path| path.contains(first))
    }
}
