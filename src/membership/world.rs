//! What the statements of a set say beside the proposals: who may sign, who voted for what.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Accusation, Admission, Approval, DeviceRole, Proposal, RootApproval, StatementSet, Suspension,
    VerifiedStatement,
    identity::{Identity, identities},
    tree::Tree,
};
use crate::{
    crypto::Verified,
    model::id::{DeviceId, OrgId, StatementId},
};

/// A ballot: votes of one organisation in it must agree.
pub(super) type Ballot = (OrgId, StatementId, u32);

/// An organisation's vote for a proposal.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Vote {
    /// Whether it stands although devices of the organisation were revoked.
    pub(super) stands: bool,
}

/// The set, indexed.
#[derive(Debug)]
pub(super) struct World<'a> {
    pub(super) set: &'a StatementSet,
    pub(super) identities: BTreeMap<OrgId, Identity>,
    pub(super) tree: Tree,
    /// Votes by organisation, for each proposal.
    pub(super) votes: BTreeMap<StatementId, BTreeMap<OrgId, Vote>>,
    /// Organisations whose root key voted, for each proposal.
    pub(super) root_votes: BTreeMap<StatementId, BTreeSet<OrgId>>,
    /// Standing approvals by proposal, for each ballot.
    pub(super) ballots: BTreeMap<Ballot, BTreeMap<StatementId, StatementId>>,
    /// Ballots with standing votes for more than one proposal: the first two approvals.
    pub(super) double_votes: BTreeMap<Ballot, Accusation>,
    pub(super) admissions: BTreeMap<StatementId, Arc<Verified<Admission>>>,
    pub(super) suspensions: BTreeMap<StatementId, Arc<Verified<Suspension>>>,
}

impl<'a> World<'a> {
    pub(super) fn new(set: &'a StatementSet) -> Self {
        Self::with(set, identities(set))
    }

    /// The same, with organisations as they would be.
    pub(super) fn with(set: &'a StatementSet, identities: BTreeMap<OrgId, Identity>) -> Self {
        let mut world = Self {
            set,
            identities,
            tree: Tree::new(set),
            votes: BTreeMap::new(),
            root_votes: BTreeMap::new(),
            ballots: BTreeMap::new(),
            double_votes: BTreeMap::new(),
            admissions: BTreeMap::new(),
            suspensions: BTreeMap::new(),
        };
        world.index();
        world
    }

    fn index(&mut self) {
        for (id, statement) in self.set.iter() {
            match statement {
                VerifiedStatement::Approval(it) => self.count(*id, it.value()),
                VerifiedStatement::RootApproval(it) => self.count_root(it.value()),
                VerifiedStatement::Admission(it) => {
                    self.admissions.insert(*id, Arc::clone(it));
                }
                VerifiedStatement::Suspension(it) => {
                    self.suspensions.insert(*id, Arc::clone(it));
                }
                VerifiedStatement::Manifest(_)
                | VerifiedStatement::Genesis(_)
                | VerifiedStatement::Proposal(_) => {}
            }
        }
        let doubles = self.ballots.iter().filter_map(|(ballot, proposals)| {
            let mut approvals = proposals.values();
            let (one, other) = (*approvals.next()?, *approvals.next()?);
            Some((*ballot, Accusation { first: one.min(other), second: one.max(other) }))
        });
        self.double_votes = doubles.collect();
    }

    fn count(&mut self, id: StatementId, approval: &Approval) {
        if !self.was_admin(&approval.org, &approval.device) {
            return;
        }
        let stands = self.stands(approval);
        if stands {
            let ballot = (approval.org, approval.parent, approval.attempt);
            self.ballots.entry(ballot).or_default().entry(approval.proposal).or_insert(id);
        }
        if self.proposal(&approval.proposal).is_some_and(|it| fits(approval, it)) {
            let votes = self.votes.entry(approval.proposal).or_default();
            votes.entry(approval.org).or_default().stands |= stands;
        }
    }

    fn count_root(&mut self, approval: &RootApproval) {
        let identity = self.identities.get(&approval.org);
        if identity.is_some_and(|it| it.roots.contains(&approval.root)) {
            self.root_votes.entry(approval.proposal).or_default().insert(approval.org);
        }
    }

    /// Whether an approval stands although its device may have been revoked.
    fn stands(&self, approval: &Approval) -> bool {
        let revoked = self
            .identities
            .get(&approval.org)
            .and_then(|identity| identity.revoked.get(&approval.device));
        revoked.is_none_or(|work| {
            work.decisions.iter().all(|last| self.tree.leads_to(&approval.proposal, last))
        })
    }

    /// Whether any valid manifest of the organisation certified the device as an admin.
    pub(super) fn was_admin(&self, org: &OrgId, device: &DeviceId) -> bool {
        self.identities.get(org).is_some_and(|identity| identity.ever_admin.contains(device))
    }

    /// Whether the accepted chain of the organisation's manifests certified the device as an admin,
    /// revoked since or not.
    pub(super) fn was_accepted_admin(&self, org: &OrgId, device: &DeviceId) -> bool {
        self.identities.get(org).is_some_and(|identity| {
            identity.accepted.contains(device) && identity.ever_admin.contains(device)
        })
    }

    /// Whether the device is an admin of the organisation, by its accepted chain of manifests, and
    /// not revoked.
    pub(super) fn is_admin(&self, org: &OrgId, device: &DeviceId) -> bool {
        let devices = self.identities.get(org).map(|identity| &identity.devices);
        devices.and_then(|it| it.get(device)).is_some_and(|it| it.role == DeviceRole::Admin)
    }

    pub(super) fn proposal(&self, id: &StatementId) -> Option<&'a Proposal> {
        if let VerifiedStatement::Proposal(it) = self.set.get(id)? {
            Some(it.value())
        } else {
            None
        }
    }

    pub(super) fn approval(&self, id: &StatementId) -> Option<&'a Approval> {
        if let VerifiedStatement::Approval(it) = self.set.get(id)? {
            Some(it.value())
        } else {
            None
        }
    }

    /// Whether an admission is signed by an admin of the inviter and of who joins, as ever were;
    /// none if a statement that would show it is not here.
    pub(super) fn admission(&self, id: &StatementId) -> Option<&Admission> {
        let admission = self.admissions.get(id)?.value();
        let request = admission.request();
        let joiner = self.identities.get(&request.org)?;
        let signed = self.was_admin(&admission.org, &admission.device)
            && joiner.ever_admin.contains(&request.device)
            && joiner.manifests.contains(&request.manifest);
        signed.then_some(admission)
    }

    /// The ballot in which the accused voted twice, if the accusation is true.
    pub(super) fn double_vote(&self, accusation: &Accusation) -> Option<Ballot> {
        let (one, other) = (self.approval(&accusation.first)?, self.approval(&accusation.second)?);
        let same = (one.org, one.parent, one.attempt) == (other.org, other.parent, other.attempt);
        let signed =
            self.was_admin(&one.org, &one.device) && self.was_admin(&other.org, &other.device);
        (same && signed && one.proposal != other.proposal).then_some((
            one.org,
            one.parent,
            one.attempt,
        ))
    }
}

fn fits(approval: &Approval, proposal: &Proposal) -> bool {
    approval.parent == proposal.parent && approval.attempt == proposal.attempt
}
