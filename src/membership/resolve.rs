//! From a set of statements to the membership: a pure function.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    CutOffs, DecisionInfo, Device, DeviceState, Evidence, Genesis, Membership, OpenProposal,
    OrgRole, OrgState, StatementSet, SuspensionTarget, VerifiedStatement,
    admitted::{self, Admitted},
    certify::{self, Decisions},
    choose::{Trunk, choose},
    identity::Identity,
    limit,
    state::{Seat, State},
    strike,
    suspended::{self, in_force, suspended_orgs},
    tree::root,
    world::World,
};
use crate::{
    crypto::Verified,
    model::id::{DeviceId, OrgId, StatementId},
};

/// Who is in the circle of this set.
///
/// Total and deterministic: depends on nothing but which statements are in the set.
#[must_use]
pub fn resolve(set: &StatementSet) -> Membership {
    let world = World::new(set);
    let genesis = match set.get(&root(set)) {
        Some(VerifiedStatement::Genesis(genesis)) => Some(Arc::clone(genesis)),
        _ => None,
    };
    let genesis = genesis.filter(|it| world.was_admin(&it.value().org, &it.value().device));
    let founded = genesis.as_ref().map_or_else(State::void, |it| State::founded(it.value()));
    let decisions = match &genesis {
        Some(genesis) => certify::certify(genesis.value(), &world),
        None => Decisions::default(),
    };
    let trunk = choose(root(set), &decisions);
    let (before_tip, state) = replay(founded, &trunk, &world);
    assemble(genesis, &world, &decisions, trunk, before_tip, state)
}

/// The states before and at the tip.
fn replay(founded: State, trunk: &Trunk, world: &World<'_>) -> (Option<State>, State) {
    let (mut before, mut state) = (None, founded);
    for id in trunk.path.iter().skip(1) {
        let enacted = world.proposal(id).and_then(|it| state.enact(it, world).ok());
        // Whatever is on the trunk was certified by the same step from the same state.
        let Some(enacted) = enacted else { break };
        before = Some(std::mem::replace(&mut state, enacted.state));
    }
    (before, state)
}

fn assemble(
    genesis: Option<Arc<Verified<Genesis>>>,
    world: &World<'_>,
    decisions: &Decisions,
    trunk: Trunk,
    before_tip: Option<State>,
    state: State,
) -> Membership {
    let strikes = strike::strikes(decisions, &trunk, &state, world);
    let suspensions = in_force(world, &trunk, &state, &strikes);
    let admitted = admitted::admitted(world, &state, &strikes);
    let suspended = suspended_orgs(&suspensions);
    let mut membership = Membership {
        circle: world.set.circle(),
        genesis,
        decisions: infos(decisions, &trunk),
        before_tip,
        orgs: BTreeMap::new(),
        devices: BTreeMap::new(),
        transports: BTreeMap::new(),
        owners: BTreeMap::new(),
        revoked: BTreeMap::new(),
        strikes,
        admitted: admitted.iter().map(|(org, it)| (it.invite, (*org, it.inviter))).collect(),
        next_suspension: suspended::next_numbers(world),
        suspensions,
        proposals: BTreeMap::new(),
        latest: None,
        ballots: BTreeMap::new(),
        unjudged: unjudged(world, &state),
        evidence: evidence(world),
        path: trunk.path,
        state,
    };
    membership.seat_orgs(world, &admitted, &suspended);
    membership.list_devices(world);
    membership.list_proposals(world);
    membership
}

fn infos(decisions: &Decisions, trunk: &Trunk) -> BTreeMap<StatementId, DecisionInfo> {
    let genesis = trunk.path.first().map(|id| {
        let info = DecisionInfo { depth: 0, accepted: true, strong: true, break_glass: false };
        (*id, info)
    });
    let infos = decisions.all.iter().map(|(id, decision)| {
        let accepted = trunk.anchors.get(id).is_some_and(|anchor| anchor.branch.is_none());
        let info = DecisionInfo {
            depth: decision.depth,
            accepted,
            strong: decision.strong,
            break_glass: decision.break_glass,
        };
        (*id, info)
    });
    genesis.into_iter().chain(infos).collect()
}

fn unjudged(world: &World<'_>, state: &State) -> BTreeMap<super::world::Ballot, super::Accusation> {
    let double = world.double_votes.iter();
    double
        .filter(|(ballot, _)| state.votes(&ballot.0) && !state.judged.contains(*ballot))
        .map(|(ballot, accusation)| (*ballot, *accusation))
        .collect()
}

/// One proof of each kind for each organisation.
fn evidence(world: &World<'_>) -> BTreeMap<OrgId, BTreeSet<Evidence>> {
    let mut votes = BTreeMap::new();
    for (ballot, accusation) in &world.double_votes {
        votes.entry(ballot.0).or_insert(Evidence::Votes(*accusation));
    }
    let forks = world.identities.iter().filter_map(|(org, identity)| {
        identity.fork.map(|(first, second)| (*org, Evidence::Manifests(first, second)))
    });
    let admissions = admitted::double(world).into_iter();
    let suspensions = suspended::double(world).into_iter();
    let all = votes
        .into_iter()
        .chain(forks)
        .chain(admissions.map(|(org, (one, two))| (org, Evidence::Admissions(one, two))))
        .chain(suspensions.map(|(org, (one, two))| (org, Evidence::Suspensions(one, two))));
    let mut evidence: BTreeMap<OrgId, BTreeSet<Evidence>> = BTreeMap::new();
    for (org, proof) in all {
        evidence.entry(org).or_default().insert(proof);
    }
    evidence
}

impl Membership {
    fn seat_orgs(
        &mut self,
        world: &World<'_>,
        admitted: &BTreeMap<OrgId, Admitted>,
        suspended: &BTreeSet<OrgId>,
    ) {
        let out = self.strikes.iter().filter(|(_, strikes)| !strikes.open.is_empty());
        let everyone: BTreeSet<OrgId> = self
            .state
            .seats
            .keys()
            .chain(admitted.keys())
            .chain(out.map(|(org, _)| org))
            .copied()
            .collect();
        for org in everyone {
            let seat = self.state.seats.get(&org).copied();
            let admission = admitted.get(&org);
            let identity = world.identities.get(&org);
            let by_inviter = admission.is_some_and(|it| suspended.contains(&it.inviter));
            let state = OrgState {
                role: seat.map_or(OrgRole::Member, |seat| seat.role),
                votes: seat.is_some_and(|seat| seat.votes()),
                dormant: seat.is_some_and(|seat| seat.dormant),
                voteless: seat.is_some_and(|seat| seat.voteless),
                suspended: suspended.contains(&org) || by_inviter,
                removed_by: self.strikes.get(&org).map(|it| it.open.clone()).unwrap_or_default(),
                admission: admission.map(|it| it.admission),
                manifest: identity.and_then(|it| it.head.as_ref()).map(|head| head.id()),
            };
            self.orgs.insert(org, state);
        }
    }

    fn list_devices(&mut self, world: &World<'_>) {
        for (org, identity) in &world.identities {
            for device in identity.ever.keys() {
                self.owners.entry(*device).or_default().insert(*org);
            }
            for (device, work) in &identity.revoked {
                if !self.orgs.contains_key(org) {
                    continue;
                }
                self.revoke(*device, identity, work.cut_offs.clone().unwrap_or_default());
            }
        }
        let orgs: Vec<OrgId> = self.orgs.keys().copied().collect();
        // Those that are out first: who is in takes over a device that both certified.
        let (out, within): (Vec<_>, Vec<_>) = orgs.into_iter().partition(|it| !self.is_member(it));
        for org in out.into_iter().chain(within) {
            if let Some(identity) = world.identities.get(&org) {
                self.list_devices_of(org, identity);
            }
        }
        self.contest();
    }

    /// Takes in a revocation by an organisation that ever certified the device itself.
    fn revoke(&mut self, device: DeviceId, identity: &Identity, cut_offs: CutOffs) {
        if !identity.ever.contains_key(&device) {
            return;
        }
        let known = self.revoked.remove(&device);
        let cut_offs = match known {
            Some(known) => limit::both(&known, &cut_offs),
            None => cut_offs,
        };
        self.revoked.insert(device, cut_offs);
    }

    fn list_devices_of(&mut self, org: OrgId, identity: &Identity) {
        for (id, device) in &identity.ever {
            let revoked = identity.revoked.contains_key(id);
            if revoked || identity.devices.contains_key(id) {
                self.list_device(org, device, revoked);
            }
        }
    }

    fn list_device(&mut self, org: OrgId, device: &Device, revoked: bool) {
        let id = device.device;
        let member = |org| self.orgs.get(org).is_some_and(|org| !org.is_out());
        let known = self.devices.get(&id);
        let contested = known.is_some_and(|it| {
            it.contested || (!revoked && !it.revoked && member(&it.org) && member(&org))
        });
        if known.is_some_and(|it| !it.revoked && member(&it.org)) && (revoked || !member(&org)) {
            return;
        }
        let suspended = self.suspensions.values().any(|suspension| {
            matches!(suspension.value().target, SuspensionTarget::Device(_, it) if it == id)
        });
        let state = DeviceState { org, device: device.clone(), revoked, suspended, contested };
        self.devices.insert(id, state);
    }

    /// A transport key that two devices in use have belongs to neither.
    fn contest(&mut self) {
        let mut claims: BTreeMap<[u8; 32], BTreeSet<DeviceId>> = BTreeMap::new();
        for (id, state) in &self.devices {
            if !state.revoked && self.is_member(&state.org) {
                claims.entry(state.device.transport).or_default().insert(*id);
            }
        }
        for (transport, devices) in claims {
            let contested = devices.len() > 1;
            for device in devices {
                let Some(state) = self.devices.get_mut(&device) else { continue };
                state.contested |= contested;
                if !state.contested {
                    self.transports.insert(transport, device);
                }
            }
        }
    }

    /// Why a proposal could not follow the newest decision; the set is the one resolved.
    pub(super) fn objection_to(
        &self,
        proposal: &super::Proposal,
        set: &StatementSet,
    ) -> Option<super::Objection> {
        certify::objection(proposal, &self.state, &World::new(set))
    }

    fn list_proposals(&mut self, world: &World<'_>) {
        for (id, statement) in world.set.iter() {
            let VerifiedStatement::Proposal(proposal) = statement else { continue };
            let known = self.decisions.contains_key(&proposal.value().parent);
            if *id == self.tip() {
                self.latest = Some(self.open_proposal(id, proposal, world));
            }
            if known && !self.decisions.contains_key(id) {
                let open = self.open_proposal(id, proposal, world);
                self.proposals.insert(*id, open);
            }
        }
        let near: BTreeSet<StatementId> = self.path.iter().rev().take(2).copied().collect();
        for (ballot, proposals) in &world.ballots {
            if near.contains(&ballot.1) {
                self.ballots.insert(*ballot, proposals.keys().copied().collect());
            }
        }
    }

    fn open_proposal(
        &self,
        id: &StatementId,
        proposal: &Arc<Verified<super::Proposal>>,
        world: &World<'_>,
    ) -> OpenProposal {
        let stale = proposal.value().parent != self.tip();
        let before = if *id == self.tip() { self.before_tip.as_ref() } else { None };
        let before = before.unwrap_or(&self.state);
        let count = certify::count(id, proposal.value(), before, world);
        let accuses = &proposal.value().accuses;
        OpenProposal {
            approvals: count.approvals,
            needed: before.needed(),
            root_approvals: world.root_votes.get(id).cloned().unwrap_or_default(),
            stale,
            accused: accuses.iter().filter_map(|it| world.double_vote(it)).collect(),
            objection: if stale {
                None
            } else {
                certify::objection(proposal.value(), &self.state, world)
            },
            proposal: Arc::clone(proposal),
        }
    }
}

impl State {
    /// The state of a circle whose genesis is not known: nobody is in.
    fn void() -> Self {
        Self {
            depth: 0,
            approvals: 0,
            seats: Arc::new(BTreeMap::<OrgId, Seat>::new()),
            break_glass: Arc::default(),
            invites: Arc::default(),
            lifted_removals: Arc::default(),
            lifted_suspensions: Arc::default(),
            readmitted: Arc::default(),
            last_removals: Arc::default(),
            judged: Arc::default(),
            closed: Arc::default(),
        }
    }
}
