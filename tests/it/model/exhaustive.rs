//! Every history of a small world, and every way to vote on a few proposals.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ceiba::{
    membership::{
        Accusation, Author, Change, CutOffs, OrgRole, Proposal, Suspension, SuspensionTarget,
        VerifiedStatement, resolve,
    },
    model::id::{CircleId, StatementId},
};

use super::{
    cast::{Cast, Founding},
    compare::{compare, explain, real_set},
    moves::{Move, Writer, number},
    properties,
    spec::{Spec, Statements, Told},
};

/// What a proposal of the small world may say: about the three stewards and one who is outside.
fn menu(cast: &Cast, circle: CircleId, set: &Statements) -> Vec<Vec<Change>> {
    let remove = |n: usize| Change::RemoveOrg { org: cast.org(n), cut_offs: CutOffs::new() };
    let removing = |n: usize| {
        let removals = set.iter().filter(move |(_, it)| match it {
            VerifiedStatement::Proposal(it) => it.value().changes.contains(&remove(n)),
            _ => false,
        });
        removals.map(|(id, _)| *id).collect::<BTreeSet<_>>()
    };
    let mut menu = vec![
        vec![remove(0)],
        vec![remove(1)],
        vec![Change::AddOrg { org: cast.org(3), role: OrgRole::Steward }],
        vec![Change::SetDormant { org: cast.org(2), dormant: true }],
    ];
    if !removing(0).is_empty() {
        menu.push(vec![Change::ReadmitOrg { org: cast.org(0), lifts: removing(0) }]);
        menu.push(vec![Change::AddOrg { org: cast.org(0), role: OrgRole::Steward }]);
        menu.push(vec![Change::CloseHistory { keep: BTreeSet::new() }]);
    }
    let suspensions = Spec::read(circle, set).suspensions().map(|(id, _)| id).collect::<Vec<_>>();
    menu.extend(
        suspensions.into_iter().map(|suspension| vec![Change::LiftSuspension { suspension }]),
    );
    menu
}

struct World<'a> {
    cast: &'a Cast,
    circle: CircleId,
    /// Who signs at all.
    signers: &'a [usize],
    /// The most proposals in one history.
    proposals: usize,
}

impl World<'_> {
    fn propose(
        &self,
        parent: StatementId,
        attempt: u32,
        changes: Vec<Change>,
        accuses: Vec<Accusation>,
    ) -> VerifiedStatement {
        let by = self.signers[0];
        let proposal = Proposal {
            circle: self.circle,
            parent,
            attempt,
            adopts: BTreeSet::new(),
            accuses,
            changes,
            org: self.cast.org(by),
            device: self.cast.device(by, 0),
        };
        self.cast.sign(by, 0, proposal)
    }

    /// Everything that may be said next.
    fn next(&self, set: &Statements) -> Vec<VerifiedStatement> {
        let spec = Spec::read(self.circle, set);
        let proposals: Vec<_> = spec.proposals().map(|(id, _)| id).collect();
        let mut next = Vec::new();
        if proposals.len() < self.proposals {
            let parents =
                proposals.iter().copied().chain([StatementId::new(*self.circle.as_bytes())]);
            for parent in parents {
                for changes in menu(self.cast, self.circle, set) {
                    next.push(self.propose(parent, 0, changes, Vec::new()));
                }
                let votes: Vec<_> = spec.approvals().collect();
                let pairs = votes.iter().enumerate().flat_map(|(n, one)| {
                    votes[n + 1..].iter().map(move |other| Accusation::of(one.0, other.0))
                });
                let proven = pairs.filter(|it| spec.proven(it).is_some());
                next.extend(proven.map(|it| self.propose(parent, 1, Vec::new(), vec![it])));
            }
        }
        for signer in self.signers {
            for proposal in &proposals {
                next.extend(self.cast.approve(*signer, 0, set, *proposal));
            }
        }
        let (by, target) = (self.signers[0], (self.signers[0] + 1) % 3);
        let suspension = Suspension {
            circle: self.circle,
            decision: StatementId::new(*self.circle.as_bytes()),
            number: 0,
            target: SuspensionTarget::Org(self.cast.org(target)),
            cut_offs: CutOffs::new(),
            org: self.cast.org(by),
            device: self.cast.device(by, 0),
        };
        next.push(self.cast.sign(by, 0, suspension));
        let mut writer =
            Writer { cast: self.cast, circle: self.circle, order: set.values().cloned().collect() };
        let revoke = |keep| Move::Certify { org: number(by), after: 255, kind: 0, revoke: 0, keep };
        writer.play(&revoke(7));
        next.extend(writer.order.into_iter().filter(|it| !set.contains_key(&it.id())));
        next.retain(|it| !set.contains_key(&it.id()));
        next
    }

    /// Breadth first through all sets of at most so many statements. Returns how many there were.
    fn explore(
        &self,
        first: &Statements,
        length: usize,
        check: impl Fn(&Statements, &Told) -> Result<(), String>,
    ) -> usize {
        let told = |set: &Statements| Spec::read(self.circle, set).tell();
        let mut seen: BTreeSet<BTreeSet<StatementId>> = BTreeSet::new();
        let mut open = VecDeque::from([(first.clone(), told(first))]);
        while let Some((set, before)) = open.pop_front() {
            if set.len() >= first.len() + length {
                continue;
            }
            for statement in self.next(&set) {
                let mut grown = set.clone();
                grown.insert(statement.id(), statement.clone());
                let after = told(&grown);
                let result = properties::of_growth(&before, &after, &statement);
                let result = result.and_then(|()| {
                    if seen.insert(grown.keys().copied().collect()) {
                        properties::of_one(self.circle, &grown, &after)?;
                        properties::double_votes_are_shown(self.circle, &grown)?;
                        compare(self.cast, self.circle, &grown)?;
                        check(&grown, &after)?;
                        open.push_back((grown.clone(), after));
                    }
                    Ok(())
                });
                if let Err(reason) = result {
                    panic!("{}", explain(self.cast, &grown, &reason));
                }
            }
        }
        seen.len()
    }
}

#[expect(clippy::print_stderr, reason = "tells how much a larger run has covered")]
fn report(count: usize) {
    eprintln!("{count} histories");
}

fn depth(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|it| it.parse().ok()).unwrap_or(default)
}

const THREE: Founding = Founding { stewards: 3, members: 0, approvals: 0, glass: 0 };

#[test]
fn all_short_histories_of_three_stewards_keep_what_is_promised() {
    let cast = Cast::new();
    let (circle, first) = cast.found(THREE);
    let world = World { cast: &cast, circle, signers: &[0, 1, 2], proposals: 2 };
    let count = world.explore(&first, depth("MODEL_LENGTH", 3), |_, _| Ok(()));
    report(count);
}

/// One steward, whatever it signs, decides nothing, and the two others put it out.
#[test]
fn one_hostile_steward_neither_seizes_nor_freezes_a_circle() {
    let cast = Cast::new();
    let (circle, first) = cast.found(THREE);
    let world = World { cast: &cast, circle, signers: &[0], proposals: 3 };
    let check = |set: &Statements, told: &Told| {
        if !told.decisions.is_empty() || told.voters.len() != 3 {
            return Err("one steward decided".to_owned());
        }
        put_out(&cast, circle, set)
    };
    let count = world.explore(&first, depth("MODEL_HOSTILE_LENGTH", 3), check);
    report(count);
}

/// The two others, by the rules of honest nodes, remove the first.
fn put_out(cast: &Cast, circle: CircleId, set: &Statements) -> Result<(), String> {
    let mut real = real_set(circle, set.values());
    let author = |n: usize| Author { org: cast.org(n), key: &cast.players[n].keys[0] };
    let change = Change::RemoveOrg { org: cast.org(0), cut_offs: CutOffs::new() };
    let proposal = author(1).propose(&real, &resolve(&real), vec![change]);
    let proposal = proposal.map_err(|error| format!("no proposal: {error}"))?;
    let id = proposal.id();
    real.insert(proposal.into());
    for steward in [1, 2] {
        let approval = author(steward).approve(&resolve(&real), &id);
        real.insert(approval.map_err(|error| format!("no approval: {error}"))?);
    }
    let membership = resolve(&real);
    if !membership.is_accepted(&id) || membership.is_member(&cast.org(0)) {
        return Err("two of three could not remove the third".to_owned());
    }
    Ok(())
}

/// Each subset of all nine votes of three stewards on three proposals.
#[test]
fn every_way_to_vote_on_three_proposals_is_read_as_specified() {
    let cast = Cast::new();
    let (circle, first) = cast.found(THREE);
    let world = World { cast: &cast, circle, signers: &[0, 1, 2], proposals: 3 };
    let root = StatementId::new(*circle.as_bytes());
    let changes = menu(&cast, circle, &first);
    let mut shapes = Vec::new();
    for (one, two, three, place) in (0..256).map(|n| (n % 4, n / 4 % 4, n / 16 % 4, n / 64)) {
        let p = world.propose(root, 0, changes[one].clone(), Vec::new());
        let q = world.propose(root, 0, changes[two].clone(), Vec::new());
        let (parent, attempt) = [(root, 0), (root, 1), (p.id(), 0), (q.id(), 0)][place];
        let r = world.propose(parent, attempt, changes[three].clone(), Vec::new());
        let shape: BTreeMap<_, _> = [p, q, r].map(|it| (it.id(), it)).into();
        if shape.len() == 3 {
            shapes.push(shape);
        }
    }
    // Every shape is long; by default a few that differ.
    let stride = depth("MODEL_STRIDE", 61);
    let mut count = 0;
    for shape in shapes.iter().step_by(stride) {
        let base: Statements = first.clone().into_iter().chain(shape.clone()).collect();
        let votes: Vec<_> = shape
            .keys()
            .flat_map(|id| (0..3).map(|n| cast.approve(n, 0, &base, *id).unwrap()))
            .collect();
        for subset in 0..1_u32 << votes.len() {
            let cast_votes = votes.iter().enumerate().filter(|(n, _)| subset >> n & 1 == 1);
            let mut set = base.clone();
            set.extend(cast_votes.map(|(_, it)| (it.id(), it.clone())));
            let told = Spec::read(circle, &set).tell();
            let result =
                properties::of_one(circle, &set, &told).and_then(|()| compare(&cast, circle, &set));
            if let Err(reason) = result {
                panic!("{}", explain(&cast, &set, &reason));
            }
            count += 1;
        }
    }
    report(count);
}
