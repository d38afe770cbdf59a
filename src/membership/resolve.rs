//! From a set of statements to the membership: a pure function.

mod devices;
mod proposals;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Accusation, DecisionInfo, Evidence, Genesis, Membership, OrgRole, OrgState, Revocation,
    StatementSet, VerifiedStatement,
    admitted::{self, Admitted},
    certify::{self, Decisions},
    choose::{Trunk, choose},
    identity::identities,
    state::{Seat, State},
    strike,
    suspended::{self, in_force, suspended_orgs},
    tree::root,
    world::{Ballot, World},
};
use crate::{
    crypto::Verified,
    model::id::{OrgId, StatementId},
};

/// Who is in the circle of this set.
///
/// Total and deterministic: depends on nothing but which statements are in the set.
#[must_use]
pub fn resolve(set: &StatementSet) -> Membership {
    resolve_world(&World::new(set))
}

/// Who would be in the circle of this set if an organisation revoked a device so: to show people
/// before anything is signed.
#[must_use]
pub fn resolve_if_revoked(set: &StatementSet, org: &OrgId, revocation: &Revocation) -> Membership {
    let mut identities = identities(set);
    if let Some(identity) = identities.get_mut(org) {
        identity.revoke(&set.circle(), revocation);
    }
    resolve_world(&World::with(set, identities))
}

fn resolve_world(world: &World<'_>) -> Membership {
    let set = world.set;
    let genesis = match set.get(&root(set)) {
        Some(VerifiedStatement::Genesis(genesis)) => Some(Arc::clone(genesis)),
        _ => None,
    };
    let genesis = genesis.filter(|it| world.was_admin(&it.value().org, &it.value().device));
    let founded = genesis.as_ref().map_or_else(State::void, |it| State::founded(it.value()));
    let decisions = match &genesis {
        Some(genesis) => certify::certify(genesis.value(), world),
        None => Decisions::default(),
    };
    let trunk = choose(root(set), &decisions);
    let (before_tip, state) = replay(founded, &trunk, world);
    assemble(genesis, world, &decisions, trunk, before_tip, state)
}

/// The states before and at the tip.
fn replay(founded: State, trunk: &Trunk, world: &World<'_>) -> (Option<State>, State) {
    let (mut before, mut state) = (None, founded);
    for id in trunk.path.iter().skip(1) {
        let enacted = world.proposal(id).and_then(|it| state.enact(id, it, world).ok());
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
        next_suspension: suspended::next_numbers(world, &trunk),
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

fn unjudged(world: &World<'_>, state: &State) -> BTreeMap<Ballot, Accusation> {
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
            open_removals: Arc::default(),
            lifted_removals: Arc::default(),
            lifted_suspensions: Arc::default(),
            readmitted: Arc::default(),
            last_removals: Arc::default(),
            judged: Arc::default(),
            closed: Arc::default(),
        }
    }
}
