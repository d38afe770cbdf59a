//! Room for decisions when the rest of a circle's set is full.
//!
//! Whoever floods fills the general room, and then its own: never that of somebody else. So the
//! honest can always still decide, and what they decide fits on every node.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Admission, Approval, DeviceRole, Genesis, InviteState, Manifest, Membership, OrgRole, Proposal,
    RootApproval, StatementSet, Suspension, VerifiedStatement, follows,
};
use crate::model::{
    id::{DeviceId, InviteId, OrgId, StatementId},
    limits::{
        DEVICES_SHARE_OF_ROOM, MAX_ROOT_ROOM_BYTES, MAX_STEWARD_ROOM_BYTES, ROOTS_ROOM_BYTES,
        STEWARDS_ROOM_BYTES, VOTE_ROOM_BYTES,
    },
};

/// Who voted, with which device.
type Voter = (OrgId, DeviceId);

/// How much of each organisation's own room is taken.
///
/// Worked out from the set and the membership, and kept up to date until that changes.
#[derive(Debug)]
pub struct Rooms {
    /// Organisations that are stewards by any decision, also one that lost or was undone since.
    stewards: BTreeSet<OrgId>,
    /// Decisions on the accepted path, with the votes for them, cost nobody anything: a minority
    /// makes none, and whoever was a steward for long would have no room left.
    accepted: BTreeSet<StatementId>,
    /// Bytes of a steward's own room.
    steward_room: usize,
    /// Bytes of an organisation's room for its manifests and votes by root keys.
    root_room: usize,
    used: BTreeMap<OrgId, usize>,
    used_by_device: BTreeMap<DeviceId, usize>,
    used_by_roots: BTreeMap<OrgId, usize>,
    /// What each proposal that is held costs.
    proposals: BTreeMap<StatementId, (Voter, usize)>,
    /// Who approved what.
    voters: BTreeMap<StatementId, BTreeMap<OrgId, DeviceId>>,
    /// Valid manifests.
    manifests: BTreeSet<StatementId>,
    root_votes: BTreeSet<(OrgId, StatementId)>,
    /// Invites that an admission is held for, with whom it lets in.
    redeemed: BTreeMap<InviteId, OrgId>,
}

impl Rooms {
    /// What is taken in a set by which this is the membership.
    #[must_use]
    pub fn of(set: &StatementSet, membership: &Membership) -> Self {
        let stewards = stewards(set, membership);
        let share = |all: usize, most: usize, among: usize| all.div_euclid(among.max(1)).min(most);
        let mut rooms = Self {
            steward_room: share(STEWARDS_ROOM_BYTES, MAX_STEWARD_ROOM_BYTES, stewards.len()),
            root_room: share(ROOTS_ROOM_BYTES, MAX_ROOT_ROOM_BYTES, membership.orgs().len()),
            stewards,
            accepted: membership.path().iter().copied().collect(),
            used: BTreeMap::new(),
            used_by_device: BTreeMap::new(),
            used_by_roots: BTreeMap::new(),
            proposals: BTreeMap::new(),
            voters: BTreeMap::new(),
            manifests: BTreeSet::new(),
            root_votes: BTreeSet::new(),
            redeemed: BTreeMap::new(),
        };
        let mut all: Vec<&VerifiedStatement> = set.iter().map(|(_, statement)| statement).collect();
        // Each manifest after the one that it follows.
        all.sort_by_key(|it| it.as_manifest().map_or(0, |manifest| manifest.core().seq));
        all.into_iter().for_each(|statement| rooms.add(set, statement));
        rooms
    }

    /// Takes account of a statement of the set.
    pub fn add(&mut self, set: &StatementSet, statement: &VerifiedStatement) {
        match statement {
            VerifiedStatement::Proposal(it) => {
                let proposal = it.value();
                let cost = self.cost(statement.size());
                let author = (proposal.org, proposal.device);
                if !self.accepted.contains(&it.id()) {
                    self.charge(author, cost);
                    let voters = self.voters.get(&it.id()).cloned().unwrap_or_default();
                    voters.into_iter().for_each(|voter| self.charge(voter, cost));
                }
                self.proposals.insert(it.id(), (author, cost));
            }
            VerifiedStatement::Approval(it) => {
                let approval = it.value();
                let proposal = self.proposals.get(&approval.proposal).map_or(0, |(_, cost)| *cost);
                let voter = (approval.org, approval.device);
                let voters = self.voters.entry(approval.proposal).or_default();
                let again = voters.insert(approval.org, approval.device).is_some();
                if !self.accepted.contains(&approval.proposal) {
                    let proposal = if again { 0 } else { proposal };
                    self.charge(voter, VOTE_ROOM_BYTES.saturating_add(proposal));
                }
            }
            VerifiedStatement::Suspension(it) => {
                self.charge((it.value().org, it.value().device), statement.size());
            }
            VerifiedStatement::Manifest(it) if follows(set, &self.manifests, it.value()) => {
                self.manifests.insert(it.id());
                let used = self.used_by_roots.entry(it.value().core().org).or_default();
                *used = used.saturating_add(statement.size());
            }
            VerifiedStatement::RootApproval(it) => {
                let (org, proposal) = (it.value().org, it.value().proposal);
                if self.root_votes.insert((org, proposal)) {
                    let used = self.used_by_roots.entry(org).or_default();
                    *used = used.saturating_add(statement.size());
                }
            }
            VerifiedStatement::Admission(it) => {
                let request = it.value().request();
                self.redeemed.entry(request.invite).or_insert(request.org);
            }
            VerifiedStatement::Manifest(_) | VerifiedStatement::Genesis(_) => {}
        }
    }

    /// Whether a statement that the general room does not take has room of its own.
    #[must_use]
    pub fn takes(
        &self,
        set: &StatementSet,
        membership: &Membership,
        statement: &VerifiedStatement,
    ) -> bool {
        match statement {
            VerifiedStatement::Proposal(it) => {
                self.takes_proposal(membership, &it.id(), it.value(), statement.size())
            }
            VerifiedStatement::Approval(it) => self.takes_approval(membership, it.value()),
            VerifiedStatement::Suspension(it) => {
                let suspension: &Suspension = it.value();
                self.may_charge(membership, (suspension.org, suspension.device), statement.size())
            }
            VerifiedStatement::Manifest(it) => {
                self.takes_manifest(set, membership, it.value(), statement.size())
            }
            VerifiedStatement::RootApproval(it) => {
                self.takes_root_approval(set, membership, it.value(), statement.size())
            }
            VerifiedStatement::Admission(it) => self.takes_admission(membership, it.value()),
            VerifiedStatement::Genesis(_) => false,
        }
    }

    /// A proposal with the votes of all stewards is paid by any one that makes it or votes for it.
    fn takes_proposal(
        &self,
        membership: &Membership,
        id: &StatementId,
        proposal: &Proposal,
        size: usize,
    ) -> bool {
        let cost = self.cost(size);
        let voters = self.voters.get(id).into_iter().flatten();
        voters
            .map(|(org, device)| (*org, *device))
            .chain([(proposal.org, proposal.device)])
            .any(|payer| self.may_charge(membership, payer, cost))
    }

    fn takes_approval(&self, membership: &Membership, approval: &Approval) -> bool {
        let voter = (approval.org, approval.device);
        let voters = self.voters.get(&approval.proposal);
        if !self.is_steward(membership, voter)
            || voters.is_some_and(|voters| voters.contains_key(&approval.org))
        {
            return false;
        }
        match self.proposals.get(&approval.proposal) {
            None => self.may_charge(membership, voter, VOTE_ROOM_BYTES),
            Some((author, cost)) => {
                self.may_charge(membership, voter, cost.saturating_add(VOTE_ROOM_BYTES))
                    || voters
                        .into_iter()
                        .flatten()
                        .map(|(org, device)| (*org, *device))
                        .chain([*author])
                        // Charged for it already.
                        .any(|payer| self.may_charge(membership, payer, 0))
            }
        }
    }

    fn takes_manifest(
        &self,
        set: &StatementSet,
        membership: &Membership,
        manifest: &Manifest,
        size: usize,
    ) -> bool {
        let org = manifest.core().org;
        let concerned =
            membership.org(&org).is_some() || self.redeemed.values().any(|joiner| *joiner == org);
        concerned && self.roots_may_charge(&org, size) && follows(set, &self.manifests, manifest)
    }

    fn takes_root_approval(
        &self,
        set: &StatementSet,
        membership: &Membership,
        approval: &RootApproval,
        size: usize,
    ) -> bool {
        let head = membership.org(&approval.org).and_then(|org| set.get(&org.manifest?));
        let root = head.and_then(VerifiedStatement::as_manifest).map(|it| it.core().root);
        root == Some(approval.root)
            && membership.break_glass().contains(&approval.org)
            && self.proposals.contains_key(&approval.proposal)
            && !self.root_votes.contains(&(approval.org, approval.proposal))
            && self.roots_may_charge(&approval.org, size)
    }

    /// Stewards decided on each invite, and one admission is all that it is good for.
    fn takes_admission(&self, membership: &Membership, admission: &Admission) -> bool {
        let invite = admission.request().invite;
        let open = membership
            .invites()
            .get(&invite)
            .is_some_and(|it| it.inviter == admission.org && matches!(it.state, InviteState::Open));
        open && !self.redeemed.contains_key(&invite)
            && is_admin(membership, (admission.org, admission.device))
    }

    /// A proposal with the votes that all stewards may give for it.
    fn cost(&self, size: usize) -> usize {
        size.saturating_add(self.stewards.len().saturating_mul(VOTE_ROOM_BYTES))
    }

    fn charge(&mut self, (org, device): Voter, bytes: usize) {
        for used in
            [self.used.entry(org).or_default(), self.used_by_device.entry(device).or_default()]
        {
            *used = used.saturating_add(bytes);
        }
    }

    fn is_steward(&self, membership: &Membership, voter: Voter) -> bool {
        self.stewards.contains(&voter.0) && is_admin(membership, voter)
    }

    /// Whether so much more fits into a steward's room, and into the part of it that one device may
    /// take: a stolen one must not take all.
    fn may_charge(&self, membership: &Membership, payer: Voter, bytes: usize) -> bool {
        let used = self.used.get(&payer.0).copied().unwrap_or(0);
        let by_device = self.used_by_device.get(&payer.1).copied().unwrap_or(0);
        let of_device = self.steward_room.div_euclid(DEVICES_SHARE_OF_ROOM);
        self.is_steward(membership, payer)
            && used.saturating_add(bytes) <= self.steward_room
            && by_device.saturating_add(bytes) <= of_device
    }

    fn roots_may_charge(&self, org: &OrgId, bytes: usize) -> bool {
        let used = self.used_by_roots.get(org).copied().unwrap_or(0);
        used.saturating_add(bytes) <= self.root_room
    }
}

fn is_admin(membership: &Membership, (org, device): Voter) -> bool {
    let state = membership.device(&device);
    state.is_some_and(|state| state.org == org && state.role() == DeviceRole::Admin)
}

/// Stewards by the genesis, the newest decision, or any decision in between or on another branch:
/// nodes that still know different decisions must take each other's votes.
fn stewards(set: &StatementSet, membership: &Membership) -> BTreeSet<OrgId> {
    let founders = membership.genesis().map(|it: &Genesis| &it.stewards);
    let mut stewards: BTreeSet<OrgId> = founders.into_iter().flatten().copied().collect();
    let seats = membership.orgs().iter().filter(|(_, state)| state.role == OrgRole::Steward);
    stewards.extend(seats.map(|(org, _)| *org));
    for id in membership.decisions.keys() {
        let Some(VerifiedStatement::Proposal(proposal)) = set.get(id) else { continue };
        stewards.extend(proposal.value().changes.iter().filter_map(super::Change::makes_steward));
        let adopted = proposal.value().adopts.iter().filter_map(|admission| set.get(admission));
        let joined = adopted.filter_map(VerifiedStatement::as_admission);
        stewards.extend(joined.filter_map(|it| {
            let invite = membership.invites().get(&it.request().invite);
            let steward = invite.is_none_or(|invite| invite.role == OrgRole::Steward);
            steward.then_some(it.request().org)
        }));
    }
    stewards
}
