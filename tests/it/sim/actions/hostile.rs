//! What members do who mean harm: two votes in one ballot, two entries at one place, statements
//! that nobody decided, keys for outsiders, and copies of a home that both run.

use std::collections::BTreeMap;

use ceiba::{
    crypto::{EpochSecret, GrantSet, Signed},
    log::{Draft, Kind, Run, Writer, circle_tag},
    membership::{
        Admission, Approval, Change, JoinRequest, OrgRole, Proposal, Suspension, SuspensionTarget,
        VerifiedStatement,
    },
    model::id::{CircleId, EpochId, Lane, LogId, OrgId, StatementId},
    sync::{Input, Replica as _, RunOutcome},
};
use ed25519_dalek::SigningKey;
use rand::{
    Rng, RngExt,
    seq::{IndexedRandom, IteratorRandom},
};
use rand_chacha::ChaCha20Rng;

use crate::sim::{cast, node::Node, world::World};

impl World {
    /// In some worlds, some organisations mean harm.
    pub(in crate::sim) fn take_sides(&mut self) {
        let orgs = self.orgs.len();
        let hostile = match self.rng.random_range(0..10) {
            0..6 => 0,
            6..9 => 1,
            _ => orgs / 3,
        };
        for _ in 0..hostile {
            let org = self.rng.random_range(0..orgs);
            for number in self.orgs[org].nodes.clone() {
                self.nodes[number].hostile = true;
            }
        }
    }

    /// A hostile node does something in a circle that has more than one member.
    pub(super) fn do_harm(&mut self) {
        let ready = self.nodes.iter().enumerate().filter(|(_, it)| it.up && it.hostile);
        let Some(number) = ready.map(|(number, _)| number).choose(&mut self.rng) else { return };
        let own = self.orgs[self.nodes[number].org].private;
        let circles = self.nodes[number].replica.circle_ids().filter(|circle| *circle != own);
        let Some(circle) = circles.choose(&mut self.rng) else { return };
        let harm = self.rng.random_range(0..10);
        self.tell(|it| format!("{} does harm {harm} in {}", it.nodes[number].name, circle.short()));
        match harm {
            0..3 => self.vote_twice(number, circle),
            3 => self.vote_for_all(number, circle),
            4 | 5 => self.say_what_nobody_decided(number, circle),
            6 => self.grant_to_outsiders(number, circle),
            7 => self.write_junk(number, circle),
            8 => self.fork_a_log(number, circle),
            _ => self.run_twice(number),
        }
    }

    /// Two proposals in one ballot, and a vote for each; each goes to somebody else.
    fn vote_twice(&mut self, number: usize, circle: CircleId) {
        let one = self.some_change(number, &circle);
        let other = self.some_change(number, &circle);
        for change in [one, other].into_iter().flatten() {
            let node = &self.nodes[number];
            let Some(proposal) = node.bare_proposal(&circle, change) else { continue };
            let vote = node.vote(proposal.id(), proposal.value());
            let said = [proposal.into(), vote].map(|it: VerifiedStatement| it.encode());
            let to = self
                .nodes
                .iter()
                .enumerate()
                .filter(|(_, it)| it.up && it.membership(&circle).is_some());
            let Some(to) = to.map(|(to, _)| to).choose(&mut self.rng) else { continue };
            self.nodes[to].replica.keep_statements(&circle, said.to_vec());
            self.settle(to);
        }
    }

    /// A vote for everything that is open, whatever it voted before.
    fn vote_for_all(&mut self, number: usize, circle: CircleId) {
        let node = &mut self.nodes[number];
        let Some(membership) = node.membership(&circle) else { return };
        let open = membership.open_proposals().iter();
        let votes: Vec<Vec<u8>> =
            open.map(|(id, open)| node.vote(*id, open.proposal.value()).encode()).collect();
        node.replica.keep_statements(&circle, votes);
        self.settle(number);
    }

    fn some_change(&mut self, number: usize, circle: &CircleId) -> Option<Change> {
        let org = self.some_member(number, circle)?;
        Some(match self.rng.random_range(0..4) {
            0 => Change::SetRole { org, role: OrgRole::Steward },
            1 => Change::SetRole { org, role: OrgRole::Member },
            2 => Change::RemoveOrg { org, cut_offs: self.nodes[number].cut_offs(circle, &org) },
            _ => Change::RemoveOrg { org, cut_offs: BTreeMap::new() },
        })
    }

    fn say_what_nobody_decided(&mut self, number: usize, circle: CircleId) {
        let Some(victim) = self.some_member(number, &circle) else { return };
        let outsider = self.orgs.choose(&mut self.rng).map(|org| (org.id, org.newest)).unwrap();
        let (ticket, case) = (cast::bytes(&mut self.rng), self.rng.random_range(0..5));
        let count = self.rng.random_range(0..3);
        let org = self.nodes[number].org;
        let fork = self.orgs[org].manifest(self.orgs[org].nodes.clone(), Vec::new());
        let node = &mut self.nodes[number];
        let Some(membership) = node.membership(&circle) else { return };
        let tip = membership.tip();
        let said = match case {
            0 => node.suspension(circle, tip, victim, count),
            1 => node.suspension(circle, StatementId::new(ticket), victim, 0),
            2 => node.uninvited(circle, &SigningKey::from_bytes(&ticket), outsider),
            3 => {
                let cut_offs = BTreeMap::new();
                let change = Change::RemoveOrg { org: victim, cut_offs };
                let Some(proposal) = node.bare_proposal(&circle, change) else { return };
                let vote = node.vote(proposal.id(), proposal.value());
                node.keep(&circle, &proposal.into());
                vote
            }
            // A second manifest at the place of the next one, or after a device's revocation.
            _ => fork,
        };
        node.keep(&circle, &said);
        self.settle(number);
    }

    /// A new epoch that somebody who is not in gets as well.
    fn grant_to_outsiders(&mut self, number: usize, circle: CircleId) {
        let node = &self.nodes[number];
        let Some(membership) = node.membership(&circle) else { return };
        let decision = membership.tip();
        let mut to: BTreeMap<_, _> = self
            .nodes
            .iter()
            .filter(|it| membership.may_read(&it.device()))
            .map(|it| (it.device(), it.keys().public().receiving))
            .collect();
        let out = self.nodes.choose(&mut self.rng).unwrap();
        to.insert(out.device(), out.keys().public().receiving);
        let node = &mut self.nodes[number];
        let secret = EpochSecret::generate(&mut node.rng);
        let set = GrantSet::seal(&circle, &decision, &secret, &to, [], &mut node.rng).unwrap();
        let draft = Draft {
            kind: Kind::Grant,
            decision,
            epoch: EpochId::new([0; 32]),
            payloads: vec![set.encode()],
        };
        self.append(number, circle, Lane::Control, draft);
    }

    fn write_junk(&mut self, number: usize, circle: CircleId) {
        let (decision, epoch) = (cast::bytes(&mut self.rng), cast::bytes(&mut self.rng));
        let known = self.nodes[number].membership(&circle).map(|it| it.tip());
        let held = self.nodes[number].replica.held_epochs(&circle).choose(&mut self.rng);
        let (kind, lane) = match self.rng.random_range(0..4) {
            0 => (Kind::Grant, Lane::Control),
            1 => (Kind::Erase, Lane::Control),
            2 => (Kind::Alert, Lane::Alert),
            _ => (Kind::Changes, Lane::Record),
        };
        let honest = self.rng.random_bool(0.5);
        let draft = Draft {
            kind,
            decision: known.filter(|_| honest).unwrap_or_else(|| StatementId::new(decision)),
            epoch: held.filter(|_| honest).unwrap_or_else(|| EpochId::new(epoch)),
            payloads: vec![junk(&mut self.rng)],
        };
        self.append(number, circle, lane, draft);
    }

    /// Two entries at one place: one is kept, the other given to somebody by hand.
    fn fork_a_log(&mut self, number: usize, circle: CircleId) {
        let epoch = self.nodes[number].replica.held_epochs(&circle).choose(&mut self.rng);
        let epoch = epoch.unwrap_or_else(|| EpochId::new([0; 32]));
        let lane = if self.rng.random_bool(0.7) { Lane::Record } else { Lane::Control };
        let kind = if lane == Lane::Record { Kind::Changes } else { Kind::Erase };
        let decision = StatementId::new(cast::bytes(&mut self.rng));
        let payloads = [0; 2].map(|_| vec![junk(&mut self.rng)]);
        let [draft, other] = payloads.map(|payloads| Draft { kind, decision, epoch, payloads });
        let log = self.nodes[number].log(lane);
        let other = self.nodes[number].signed(circle, log, other);
        self.append(number, circle, lane, draft);
        let others = (0..self.nodes.len()).filter(|it| *it != number && self.nodes[*it].up);
        if let Some(to) = others.choose(&mut self.rng) {
            self.give(to, circle, log, other);
        }
    }

    /// Appends to the own log what an honest node would not write.
    pub(in crate::sim) fn append(
        &mut self,
        number: usize,
        circle: CircleId,
        lane: Lane,
        draft: Draft,
    ) {
        let log = self.nodes[number].log(lane);
        let run = self.nodes[number].signed(circle, log, draft);
        self.give(number, circle, log, run);
    }

    /// Entries come to a node by hand.
    fn give(&mut self, number: usize, circle: CircleId, log: LogId, run: Run) {
        let outcome = self.nodes[number].replica.accept_run(&circle, &log, run);
        match outcome {
            RunOutcome::Accepted(_) => self.input(number, Input::LocalAppended { circle, log }),
            // Sync did not see it come: the next sessions tell.
            RunOutcome::Forked => self.cut_where(|_, ends| ends.contains(&number)),
            RunOutcome::Gap
            | RunOutcome::NotFollowed
            | RunOutcome::Invalid
            | RunOutcome::NotStored => {}
        }
        self.settle(number);
    }

    /// Somebody copies the home, and both run.
    fn run_twice(&mut self, number: usize) {
        let copies = self.nodes.iter().filter(|it| it.device() == self.nodes[number].device());
        if copies.count() > 1 {
            return;
        }
        let seed = cast::bytes(&mut self.rng);
        let copy = self.nodes[number].copy(seed);
        self.nodes.push(copy);
        self.coverage.note("home copied");
        let new = self.nodes.len() - 1;
        self.copy_learned(number, new);
        self.settle(new);
    }
}

/// Bytes that are no payload.
fn junk(rng: &mut ChaCha20Rng) -> Vec<u8> {
    let mut bytes = vec![0; rng.random_range(64..400)];
    rng.fill_bytes(&mut bytes);
    bytes
}

impl Node {
    fn bare_proposal(
        &self,
        circle: &CircleId,
        change: Change,
    ) -> Option<ceiba::crypto::Verified<Proposal>> {
        let membership = self.membership(circle)?;
        let proposal = Proposal {
            circle: *circle,
            parent: membership.tip(),
            attempt: membership.next_attempt(),
            adopts: Vec::new().into_iter().collect(),
            accuses: Vec::new().into_iter().collect(),
            changes: vec![change],
            org: self.replica.identity().org,
            device: self.device(),
        };
        Some(Signed::sign(&self.keys().signing, proposal))
    }

    fn vote(&self, id: StatementId, proposal: &Proposal) -> VerifiedStatement {
        let org = self.replica.identity().org;
        let vote = Approval::of(id, proposal, org, self.device());
        Signed::sign(&self.keys().signing, vote).into()
    }

    fn suspension(
        &self,
        circle: CircleId,
        decision: StatementId,
        victim: OrgId,
        number: u32,
    ) -> VerifiedStatement {
        let suspension = Suspension {
            circle,
            decision,
            number,
            target: SuspensionTarget::Org(victim),
            cut_offs: BTreeMap::new(),
            org: self.replica.identity().org,
            device: self.device(),
        };
        Signed::sign(&self.keys().signing, suspension).into()
    }

    /// Lets an organisation in by an invite that was never decided.
    fn uninvited(
        &self,
        circle: CircleId,
        ticket: &SigningKey,
        (org, manifest): (OrgId, StatementId),
    ) -> VerifiedStatement {
        let request = JoinRequest::redeem(circle, ticket, org, manifest, self.device());
        let request = Signed::sign(&self.keys().signing, request);
        let admission = Admission::of(request, self.replica.identity().org, self.device());
        Signed::sign(&self.keys().signing, admission).into()
    }

    /// An entry for the end of an own log.
    fn signed(&self, circle: CircleId, log: LogId, draft: Draft) -> Run {
        let tail = self.replica.position(&circle, &log).tail;
        let mut writer = Writer::new(circle_tag(&circle), log, tail);
        let place = writer.next_position();
        writer.append(place, draft, &self.keys().signing).unwrap().to_run()
    }
}
