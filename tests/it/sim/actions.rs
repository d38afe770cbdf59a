//! What people and fate do, at random.

use std::{collections::BTreeSet, time::Duration};

use ceiba::{
    crypto::Signed,
    doc::{Actor, Document},
    membership::{
        Change, Genesis, HistoryRule, OrgRole, Revocation, StandingWork, SuspensionTarget,
        VerifiedStatement,
    },
    model::{
        id::{CircleId, InviteId, OrgId},
        registry::{FieldPath, Schema, Value},
    },
    replica::{DocumentWrite, WriteError},
};
use ed25519_dalek::SigningKey;
use rand::{
    RngExt,
    seq::{IndexedRandom, IteratorRandom},
};

use super::{
    cast,
    node::Stop,
    oracle::CANARY,
    world::{Ticket, World, Written},
};

impl World {
    /// Some organisations found a coalition together; the others may join later.
    pub(super) fn found_coalition(&mut self) {
        let stewards = self.rng.random_range(1..=3);
        self.found(0, None, &(0..stewards).collect::<Vec<_>>(), &[]);
    }

    fn found(
        &mut self,
        founder: usize,
        parent: Option<CircleId>,
        stewards: &[usize],
        members: &[usize],
    ) {
        let node = &self.nodes[self.orgs[founder].nodes[0]];
        let ids =
            |orgs: &[usize]| orgs.iter().map(|org| self.orgs[*org].id).collect::<BTreeSet<_>>();
        let mut genesis = cast::genesis(self.orgs[founder].id, node.keys(), &mut self.rng);
        genesis.parent = parent;
        genesis.stewards = ids(stewards);
        genesis.members = ids(members);
        if self.rng.random_bool(0.25) {
            genesis.history = HistoryRule::FromJoin;
        }
        let genesis = Signed::sign(&node.keys().signing, genesis);
        let circle = Genesis::circle(&genesis.id());
        let mut statements = vec![VerifiedStatement::from(genesis).encode()];
        for org in stewards.iter().chain(members) {
            statements.extend(self.orgs[*org].manifests.iter().cloned());
        }
        self.begin_circle(circle);
        self.tell(|it| {
            let name = &it.nodes[it.orgs[founder].nodes[0]].name;
            format!("{name} founds {} of {stewards:?} and {members:?}", circle.short())
        });
        // A child circle is introduced by its founder; a coalition is handed over.
        let orgs: Vec<usize> = match parent {
            Some(_) => vec![founder],
            None => stewards.to_vec(),
        };
        let nodes: Vec<usize> = orgs.iter().flat_map(|org| self.orgs[*org].nodes.clone()).collect();
        self.hand_over(circle, &statements, &nodes);
    }

    /// One thing happens.
    pub(super) fn act(&mut self) {
        match self.rng.random_range(0..100) {
            0..34 => self.edit(),
            34..48 => self.dial(),
            48..54 => self.lose_a_connection(),
            54..57 => self.part(),
            57..61 => self.meet(),
            61..66 => self.stop_and_start(),
            66..68 => self.stay_away(),
            68..72 => self.found_child(),
            72..77 => self.invite(),
            77..82 => self.redeem(),
            82..85 => self.remove(),
            85..88 => self.suspend(),
            88..90 => self.lift(),
            90..91 => self.readmit(),
            91..92 => self.revoke_device(),
            92..94 => self.change_circle(),
            94 => self.keep_a_snapshot(),
            95 => self.set_back(),
            _ => self.approve_something(),
        }
    }

    fn some_node(&mut self) -> Option<usize> {
        let up = (0..self.nodes.len()).filter(|number| self.nodes[*number].up);
        up.choose(&mut self.rng)
    }

    fn some_circle(&mut self, node: usize) -> Option<CircleId> {
        self.nodes[node].replica.circle_ids().choose(&mut self.rng)
    }

    /// An admin node with a circle in which its organisation has a vote.
    fn some_steward(&mut self) -> Option<(usize, CircleId)> {
        let stewards = self.nodes.iter().enumerate().filter(|(_, node)| node.up);
        let stewards = stewards.flat_map(|(number, node)| {
            let org = node.replica.identity().org;
            let circles = node.replica.circle_ids().filter(move |circle| {
                node.membership(circle).is_some_and(|it| {
                    it.electors().contains(&org) && it.check_admin(&org, &node.device()).is_ok()
                })
            });
            circles.map(move |circle| (number, circle))
        });
        let private: BTreeSet<CircleId> = self.orgs.iter().map(|org| org.private).collect();
        stewards.filter(|(_, circle)| !private.contains(circle)).choose(&mut self.rng)
    }

    fn edit(&mut self) {
        let Some(number) = self.some_node() else { return };
        let Some(circle) = self.some_circle(number) else { return };
        let times = if self.rng.random_bool(0.2) { 4 } else { 1 };
        for _ in 0..times {
            self.edit_in(number, circle);
        }
        self.settle(number);
    }

    fn edit_in(&mut self, number: usize, circle: CircleId) {
        let document = *self.documents[&circle].choose(&mut self.rng).unwrap();
        let text = format!("{CANARY} {:016x}", self.rng.random::<u64>());
        let path = format!("field_{}", self.written.len());
        let node = &mut self.nodes[number];
        let held = node.replica.document(&(circle, document)).unwrap();
        let mut edited = held.unwrap_or_else(|| Document::new(Schema::incident()));
        let identity = node.replica.identity();
        let actor = Actor::of(&identity.keys.device(), &identity.incarnation, &document);
        let value = Value::Text(text.clone());
        let set = |path: &str| path.parse::<FieldPath>().unwrap();
        let change = edited.edit(&actor, |edit| {
            edit.set(&set(&path), &value)?;
            edit.set(&set("title"), &value)
        });
        let changes = vec![change.unwrap().unwrap().bytes().to_vec()];
        let write = DocumentWrite { document, schema: Schema::incident(), changes };
        match node.replica.write(&circle, vec![write], &mut node.rng) {
            Ok(()) => {
                node.replica.save_own(&circle, document, &edited).unwrap();
                let by = number;
                self.written.push(Written { by, circle, document, path, text });
            }
            Err(WriteError::NotEntitled | WriteError::UnknownCircle) => {}
            Err(error) => panic!("{} cannot write: {error}", node.name),
        }
    }

    fn dial(&mut self) {
        let Some((one, other)) = self.some_node().zip(self.some_node()) else { return };
        if one != other && self.reach(one, other) && self.are_partners(one, other) {
            // Sometimes twice: both may dial at once.
            if !self.network.is_linked(one, other) || self.rng.random_bool(0.2) {
                self.connect(one, other);
            }
        }
    }

    fn lose_a_connection(&mut self) {
        let connections = self.network.connections();
        if let Some((connection, _)) = connections.choose(&mut self.rng) {
            self.cut(*connection);
        }
    }

    fn part(&mut self) {
        for number in 0..self.nodes.len() {
            self.nodes[number].group = self.rng.random_range(0..2);
        }
        self.tell(|_| "partition".to_owned());
        self.cut_where(|it, [one, other]| !it.reach(one, other));
    }

    fn meet(&mut self) {
        self.nodes.iter_mut().for_each(|node| node.group = 0);
        for number in 0..self.nodes.len() {
            if !self.nodes[number].up {
                self.nodes[number].up = true;
                self.restart(number, Stop::Clean);
            }
        }
    }

    fn stop_and_start(&mut self) {
        let Some(number) = self.some_node() else { return };
        let stops = [Stop::Clean, Stop::Killed, Stop::PowerCut, Stop::IndexLost];
        let stop = *stops.choose(&mut self.rng).unwrap();
        self.tell(|it| format!("{} starts again: {stop:?}", it.nodes[number].name));
        self.restart(number, stop);
    }

    fn keep_a_snapshot(&mut self) {
        let Some(number) = self.some_node() else { return };
        let node = &mut self.nodes[number];
        node.snapshot = Some(node.replica.storage().clone());
    }

    fn set_back(&mut self) {
        let kept = (0..self.nodes.len()).filter(|number| self.nodes[*number].snapshot.is_some());
        let Some(number) = kept.choose(&mut self.rng) else { return };
        self.tell(|it| format!("{} is set back", it.nodes[number].name));
        self.nodes[number].up = true;
        self.restart(number, Stop::SetBack);
    }

    fn stay_away(&mut self) {
        let Some(number) = self.some_node() else { return };
        self.cut_where(|_, ends| ends.contains(&number));
        self.nodes[number].up = false;
    }

    fn found_child(&mut self) {
        let Some((number, parent)) = self.some_steward() else { return };
        let node = &self.nodes[number];
        let membership = node.membership(&parent).unwrap();
        if membership.parent().is_some() || self.circles.len() > self.orgs.len() + 3 {
            return;
        }
        let inside: Vec<usize> = (0..self.orgs.len())
            .filter(|org| *org != node.org && membership.is_member(&self.orgs[*org].id))
            .collect();
        let founder = node.org;
        let (mut stewards, mut members) = (vec![founder], Vec::new());
        for org in inside {
            match self.rng.random_range(0..3) {
                0 => stewards.push(org),
                1 => members.push(org),
                _ => {}
            }
        }
        self.found(founder, Some(parent), &stewards, &members);
    }

    fn propose_there(&mut self, number: usize, circle: CircleId, change: Change) {
        self.tell(|it| {
            format!("{} in {} proposes {change:?}", it.nodes[number].name, circle.short())
        });
        self.nodes[number].propose(&circle, vec![change]);
        self.settle(number);
    }

    fn invite(&mut self) {
        let Some((inviter, circle)) = self.some_steward() else { return };
        let membership = self.nodes[inviter].membership(&circle).unwrap();
        if membership.parent().is_some() {
            return;
        }
        let out = (0..self.orgs.len())
            .filter(|org| membership.org(&self.orgs[*org].id).is_none())
            .choose(&mut self.rng);
        let Some(org) = out else { return };
        let secret = cast::bytes(&mut self.rng);
        let ticket = SigningKey::from_bytes(&secret);
        let role = if self.rng.random_bool(0.4) { OrgRole::Steward } else { OrgRole::Member };
        let change = Change::Invite {
            invite: InviteId::new(ticket.verifying_key().to_bytes()),
            inviter: self.nodes[inviter].replica.identity().org,
            role,
            expires: self.now.saturating_add(Duration::from_secs(86_400)),
        };
        self.tickets.push(Ticket { circle, secret, inviter, org });
        self.propose_there(inviter, circle, change);
    }

    /// Who holds a ticket brings a request to the inviter by hand, and takes the answer home.
    fn redeem(&mut self) {
        let Some(place) = (0..self.tickets.len()).choose(&mut self.rng) else { return };
        let Ticket { circle, secret, inviter, org } = self.tickets[place];
        if !self.nodes[inviter].up {
            return;
        }
        let joiner = &self.nodes[self.orgs[org].nodes[0]];
        let ticket = SigningKey::from_bytes(&secret);
        let request = joiner.author().ask_to_join(circle, &ticket, self.orgs[org].newest).unwrap();
        let node = &mut self.nodes[inviter];
        let membership = node.membership(&circle).unwrap();
        let Ok(admission) = node.author().admit(membership, request, self.now) else { return };
        self.tickets.remove(place);
        let node = &mut self.nodes[inviter];
        node.replica.keep_statements(&circle, self.orgs[org].manifests.clone());
        node.keep(&circle, &admission);
        self.tell(|it| format!("{:?} joins {}", it.orgs[org].id, circle.short()));
        let answer: Vec<Vec<u8>> = self.nodes[inviter]
            .replica
            .statements(&circle)
            .map(VerifiedStatement::encode)
            .collect();
        self.settle(inviter);
        for number in self.orgs[org].nodes.clone() {
            let was_up = std::mem::replace(&mut self.nodes[number].up, true);
            self.hand_over(circle, &answer, &[number]);
            self.nodes[number].up = was_up;
        }
    }

    fn some_member(&mut self, number: usize, circle: &CircleId) -> Option<OrgId> {
        let own = self.nodes[number].replica.identity().org;
        let membership = self.nodes[number].membership(circle)?;
        let orgs = membership.orgs().iter().filter(|(org, state)| **org != own && !state.is_out());
        orgs.map(|(org, _)| *org).choose(&mut self.rng)
    }

    fn remove(&mut self) {
        let Some((number, circle)) = self.some_steward() else { return };
        let Some(org) = self.some_member(number, &circle) else { return };
        let cut_offs = self.nodes[number].cut_offs(&circle, &org);
        self.propose_there(number, circle, Change::RemoveOrg { org, cut_offs });
    }

    fn suspend(&mut self) {
        let Some((number, circle)) = self.some_steward() else { return };
        let Some(org) = self.some_member(number, &circle) else { return };
        let node = &mut self.nodes[number];
        let cut_offs = node.cut_offs(&circle, &org);
        let membership = node.membership(&circle).unwrap();
        let target = SuspensionTarget::Org(org);
        if let Ok(suspension) = node.author().suspend(membership, target, cut_offs) {
            node.keep(&circle, &suspension);
            self.tell(|it| {
                format!("{} suspends {org:?} in {}", it.nodes[number].name, circle.short())
            });
        }
        self.settle(number);
    }

    fn lift(&mut self) {
        let Some((number, circle)) = self.some_steward() else { return };
        let membership = self.nodes[number].membership(&circle).unwrap();
        let suspended = membership.suspensions().map(|(id, _)| *id).choose(&mut self.rng);
        let Some(suspension) = suspended else { return };
        self.propose_there(number, circle, Change::LiftSuspension { suspension });
    }

    fn readmit(&mut self) {
        let Some((number, circle)) = self.some_steward() else { return };
        let membership = self.nodes[number].membership(&circle).unwrap();
        let removed = membership.orgs().iter().filter(|(_, state)| state.is_out());
        let removed = removed.map(|(org, state)| (*org, state.removed_by.clone()));
        let Some((org, lifts)) = removed.choose(&mut self.rng) else { return };
        self.propose_there(number, circle, Change::ReadmitOrg { org, lifts });
    }

    fn change_circle(&mut self) {
        let Some((number, circle)) = self.some_steward() else { return };
        let membership = self.nodes[number].membership(&circle).unwrap();
        let role = if self.rng.random_bool(0.5) { OrgRole::Steward } else { OrgRole::Member };
        let parent = membership.parent().and_then(|it| self.nodes[number].membership(&it));
        let outside = parent
            .into_iter()
            .flat_map(|parent| parent.orgs())
            .filter(|(org, state)| !state.is_out() && membership.org(org).is_none());
        let outside = outside.map(|(org, _)| *org).choose(&mut self.rng);
        let change = match (outside, self.some_member(number, &circle)) {
            (Some(org), _) => {
                // The newcomer's manifest comes with it.
                let manifests: Vec<Vec<u8>> = self
                    .orgs
                    .iter()
                    .find(|it| it.id == org)
                    .map(|it| it.manifests.clone())
                    .unwrap_or_default();
                self.nodes[number].replica.keep_statements(&circle, manifests);
                Change::AddOrg { org, role }
            }
            (None, Some(org)) => Change::SetRole { org, role },
            (None, None) => return,
        };
        self.propose_there(number, circle, change);
    }

    /// An organisation revokes its second device; its first tells all circles.
    fn revoke_device(&mut self) {
        let big = (0..self.orgs.len())
            .filter(|org| self.orgs[*org].nodes.len() > 1 && self.orgs[*org].manifests.len() == 1)
            .choose(&mut self.rng);
        let Some(org) = big else { return };
        let (first, lost) = (self.orgs[org].nodes[0], self.orgs[org].nodes[1]);
        if !self.nodes[first].up {
            return;
        }
        let device = self.nodes[lost].device();
        let circles: Vec<CircleId> = self.nodes[first].replica.circle_ids().collect();
        let mut revocation = Revocation::new(device);
        for circle in &circles {
            let cut_offs = self.nodes[first].replica.counting_tails(circle);
            let cut_offs = cut_offs.into_iter().filter(|(log, _)| log.device == device).collect();
            let decision = self.nodes[first].membership(circle).unwrap().tip();
            let work = StandingWork { decision, cut_offs };
            revocation = revocation.keeping(circle, work);
        }
        self.orgs[org].publish(vec![revocation]);
        self.tell(|it| format!("{} revokes {}", it.nodes[first].name, it.nodes[lost].name));
        for circle in circles {
            let newest = self.orgs[org].manifests.last().cloned().into_iter().collect();
            self.nodes[first].replica.keep_statements(&circle, newest);
        }
        self.settle(first);
    }

    fn approve_something(&mut self) {
        let ready = self.nodes.iter().enumerate().filter(|(_, node)| node.up);
        let ready = ready.flat_map(|(number, node)| {
            let org = node.replica.identity().org;
            node.replica.circle_ids().flat_map(move |circle| {
                let membership = node.membership(&circle);
                let open = membership.into_iter().flat_map(|it| it.open_proposals());
                open.filter(move |(id, _)| {
                    membership.is_some_and(|it| it.may_approve(&org, &node.device(), id).is_ok())
                })
                .map(move |(id, _)| (number, circle, *id))
            })
        });
        let Some((number, circle, id)) = ready.choose(&mut self.rng) else { return };
        self.tell(|it| format!("{} approves {id:?}", it.nodes[number].name));
        self.nodes[number].approve(&circle, &id);
        self.settle(number);
    }
}
