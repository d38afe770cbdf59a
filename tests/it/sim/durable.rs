//! What was acknowledged is still there after a start, and no number is used twice.

use std::collections::{BTreeMap, BTreeSet};

use ceiba::{
    doc::{Actor, ChangeId, QuarantineReason, preflight},
    log::LogPosition,
    model::id::{CircleId, DeviceId, StatementId},
    sync::Replica as _,
};

use super::{node::Node, world::World};

/// What a node holds of all its circles.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    circles: BTreeMap<CircleId, (BTreeSet<StatementId>, Vec<LogPosition>)>,
}

impl Marks {
    pub(super) fn of(node: &Node) -> Self {
        let held = |circle: CircleId| {
            let statements = node.replica.statement_ids(&circle).into_iter().collect();
            (circle, (statements, node.replica.frontier(&circle)))
        };
        Self { circles: node.replica.circle_ids().map(held).collect() }
    }

    /// Nothing of it is gone from a node.
    pub(super) fn check(&self, node: &Node) {
        let lost = |what: &str| panic!("{} lost {what} that it had acknowledged", node.name);
        for (circle, (statements, logs)) in &self.circles {
            if statements.iter().any(|id| !node.replica.has_statement(circle, id)) {
                lost("statements");
            }
            for before in logs {
                let now = node.replica.position(circle, &before.log);
                let shorter = now.tail.next_seq < before.tail.next_seq;
                let same_length = now.tail.next_seq == before.tail.next_seq;
                if shorter || same_length && now.tail.hash != before.tail.hash {
                    lost("entries");
                }
                if before.forked && !now.forked {
                    lost("the proof of a fork");
                }
            }
        }
    }
}

/// The changes that were written, by their authors' numbers.
#[derive(Default)]
pub(super) struct Numbers {
    used: BTreeMap<(Actor, u64), ChangeId>,
    authors: BTreeMap<Actor, usize>,
}

impl World {
    /// Whoever lied, was copied, or runs on a machine that was set back: its logs and votes may
    /// contradict themselves.
    pub(super) fn is_trusted(&self, number: usize) -> bool {
        !self.nodes[number].hostile && !self.set_back.contains(&number)
    }

    /// A node wrote a change.
    pub(super) fn note_number(&mut self, number: usize, actor: &Actor, change: &[u8]) {
        let change = preflight(change, actor).unwrap();
        self.numbers.authors.insert(*actor, number);
        let known = self.numbers.used.insert((*actor, change.seq()), change.id());
        assert!(
            known.is_none_or(|known| known == change.id()) || !self.is_trusted(number),
            "{} used number {} of an actor twice",
            self.nodes[number].name,
            change.seq()
        );
    }

    /// Nobody who is honest is shown to contradict itself.
    pub(super) fn check_honest(&self) {
        let honest: BTreeSet<DeviceId> = (0..self.nodes.len())
            .filter(|number| self.is_trusted(*number))
            .map(|number| self.nodes[number].device())
            .collect();
        for node in &self.nodes {
            for circle in node.replica.circle_ids() {
                let forked = node
                    .replica
                    .frontier(&circle)
                    .into_iter()
                    .find(|position| position.forked && honest.contains(&position.log.device));
                assert!(
                    forked.is_none(),
                    "{} takes a log of {:?} for forked, who never forked one",
                    node.name,
                    forked.map(|it| it.log.device)
                );
                self.check_votes(node, &circle);
                self.check_changes(node, &circle);
            }
        }
    }

    /// No organisation is shown to have voted twice of which every voice is honest. Two admins of
    /// one organisation who do not hear each other may vote against each other.
    fn check_votes(&self, node: &Node, circle: &CircleId) {
        let Some(membership) = node.membership(circle) else { return };
        for org in self.orgs.iter().filter(|it| membership.equivocators().contains_key(&it.id)) {
            let honest = org.nodes.iter().all(|number| self.is_trusted(*number));
            let proof = membership.equivocators().get(&org.id);
            assert!(!honest || org.admins > 1, "{} shows {:?} with {proof:?}", node.name, org.id);
        }
    }

    fn check_changes(&self, node: &Node, circle: &CircleId) {
        for document in &self.documents[circle] {
            let Some(document) = node.replica.document(&(*circle, *document)).unwrap() else {
                continue;
            };
            for (change, reason) in document.quarantined() {
                let by = self.numbers.used.iter().find(|(_, known)| *known == change);
                let by = by.and_then(|((actor, _), _)| self.numbers.authors.get(actor));
                let honest = by.is_some_and(|number| self.is_trusted(*number));
                assert!(
                    !honest || *reason == QuarantineReason::TooManyWaiting,
                    "{} refuses a change of {:?}: {reason}",
                    node.name,
                    by.map(|number| &self.nodes[*number].name)
                );
            }
        }
    }
}
