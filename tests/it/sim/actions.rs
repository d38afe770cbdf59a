//! What people and fate do, at random.

mod devices;
mod hostile;
mod stewards;

use std::collections::BTreeSet;

use ceiba::{
    crypto::Signed,
    doc::{Actor, Document},
    membership::{Genesis, HistoryRule, VerifiedStatement},
    model::{
        id::{CircleId, Lane},
        registry::{FieldPath, Schema, Value},
    },
    replica::{DocumentWrite, WriteError},
    sync::Replica as _,
};
use rand::{
    RngExt,
    seq::{IndexedRandom, IteratorRandom},
};

use super::{
    cast,
    disk::Fuse,
    node::Stop,
    oracle::CANARY,
    world::{World, Written},
};

impl World {
    /// Some organisations found a coalition together; the others may join later.
    pub(super) fn found_coalition(&mut self) {
        let orgs = self.orgs.len();
        let (most, founding) = if orgs > 6 { (5, orgs / 2) } else { (3, 0) };
        let stewards = self.rng.random_range(1..=most);
        let members: Vec<usize> = (stewards..founding.max(stewards)).collect();
        let stewards: Vec<usize> = (0..stewards).collect();
        let history = self.some_history();
        self.found_with(&stewards, &members, history);
    }

    fn found(
        &mut self,
        founder: usize,
        parent: Option<CircleId>,
        stewards: &[usize],
        members: &[usize],
    ) -> CircleId {
        let history = self.some_history();
        self.found_by((founder, history), parent, stewards, members)
    }

    fn some_history(&mut self) -> HistoryRule {
        if self.rng.random_bool(0.35) { HistoryRule::FromJoin } else { HistoryRule::All }
    }

    fn found_by(
        &mut self,
        (founder, history): (usize, HistoryRule),
        parent: Option<CircleId>,
        stewards: &[usize],
        members: &[usize],
    ) -> CircleId {
        let node = &self.nodes[self.orgs[founder].nodes[0]];
        let ids =
            |orgs: &[usize]| orgs.iter().map(|org| self.orgs[*org].id).collect::<BTreeSet<_>>();
        let mut genesis = cast::genesis(self.orgs[founder].id, node.keys(), &mut self.rng);
        genesis.parent = parent;
        genesis.stewards = ids(stewards);
        genesis.members = ids(members);
        genesis.history = history;
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
        let nodes: Vec<usize> = orgs.iter().flat_map(|org| self.orgs[*org].certified()).collect();
        self.hand_over(circle, &statements, &nodes);
        circle
    }

    /// A coalition that the first of its stewards founds, handed over to all.
    pub(super) fn found_with(
        &mut self,
        stewards: &[usize],
        members: &[usize],
        history: HistoryRule,
    ) -> CircleId {
        let circle = self.found_by((stewards[0], history), None, stewards, members);
        let founder = &self.nodes[self.orgs[stewards[0]].nodes[0]].replica;
        let statements: Vec<Vec<u8>> =
            founder.statements(&circle).map(VerifiedStatement::encode).collect();
        let nodes: Vec<usize> =
            members.iter().flat_map(|org| self.orgs[*org].certified()).collect();
        self.hand_over(circle, &statements, &nodes);
        circle
    }

    /// One thing happens.
    pub(super) fn act(&mut self) {
        match self.rng.random_range(0..126) {
            0..28 => self.edit(),
            28..40 => self.dial(),
            40..45 => self.lose_a_connection(),
            45..48 => self.part(),
            48..52 => self.meet(),
            52..57 => self.stop_and_start(),
            57..59 => self.stay_away(),
            59..63 => self.found_child(),
            63..68 => self.invite(),
            68..73 => self.redeem(),
            73..77 => self.remove(),
            77..80 => self.suspend(),
            80..82 => self.lift(),
            82..84 => self.readmit(),
            84 => self.revoke_device(),
            85..87 => self.change_circle(),
            87 => self.keep_a_snapshot(),
            88 => self.set_back(Stop::SetBack),
            89..91 => self.set_back(Stop::Restored),
            91..96 => self.set_a_clock(),
            96..101 => self.light_a_fuse(),
            101..103 => self.certify_device(),
            103..107 => self.readmit_late_work(),
            107..114 => self.do_harm(),
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

    pub(super) fn edit_in(&mut self, number: usize, circle: CircleId) {
        let document = *self.documents[&circle].choose(&mut self.rng).unwrap();
        let text = format!("{CANARY} {:016x}", self.rng.random::<u64>());
        self.edits += 1;
        let path = format!("field_{}", self.edits);
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
        let bytes = write.changes[0].clone();
        match node.replica.write(&circle, vec![write], &mut node.rng) {
            Ok(()) => {
                let saved = node.replica.save_own(&circle, document, &edited);
                assert!(saved.is_ok() || node.replica.storage().is_dead(), "{saved:?}");
                let log = node.log(Lane::Record);
                let seq = node.replica.position(&circle, &log).tail.next_seq - 1;
                let by = number;
                self.written.push(Written { by, circle, document, path, text, log, seq });
                self.note_number(number, &actor, &bytes);
            }
            Err(WriteError::NotEntitled | WriteError::UnknownCircle) => {}
            Err(error) => {
                let dead = node.replica.storage().is_dead();
                assert!(dead, "{} cannot write: {error}", node.name);
            }
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
        node.snapshot = Some(node.replica.storage().as_it_is());
    }

    fn set_back(&mut self, stop: Stop) {
        let kept = (0..self.nodes.len()).filter(|number| self.nodes[*number].snapshot.is_some());
        let Some(number) = kept.choose(&mut self.rng) else { return };
        self.tell(|it| format!("{}: {stop:?}", it.nodes[number].name));
        self.nodes[number].up = true;
        self.restart(number, stop);
    }

    fn set_a_clock(&mut self) {
        let Some(number) = self.some_node() else { return };
        self.nodes[number].set_clock();
        self.coverage.note("clock set");
    }

    /// A node will lose power within its next operations on the disk.
    fn light_a_fuse(&mut self) {
        let Some(number) = self.some_node() else { return };
        let operations = self.rng.random_range(0..24);
        let lucky = self.rng.random_bool(0.3);
        let node = &mut self.nodes[number];
        if !node.replica.storage().is_lit() {
            node.replica.storage_mut().light(Fuse { operations, lucky });
            node.mark();
        }
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
}
