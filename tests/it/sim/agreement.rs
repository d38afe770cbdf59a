//! What must hold when everybody has heard everything.

use std::collections::BTreeSet;

use ceiba::{
    log::LogPosition,
    membership::HistoryRule,
    model::id::{CircleId, EpochId, LogId},
    sync::Replica as _,
};

use super::{node::Node, world::World};

/// How far logs are held, and which are proven to be forked.
struct Ends {
    whole: Vec<LogPosition>,
    forked: BTreeSet<LogId>,
}

impl Ends {
    fn of(node: &Node, circle: &CircleId) -> Self {
        let (forked, whole): (Vec<_>, Vec<_>) =
            node.replica.frontier(circle).into_iter().partition(|position| position.forked);
        Self { whole, forked: forked.iter().map(|position| position.log).collect() }
    }
}

impl World {
    pub(super) fn check_agreement(&self) {
        for circle in &self.circles {
            let inside: Vec<usize> =
                (0..self.nodes.len()).filter(|number| self.is_inside(circle, *number)).collect();
            for one in &inside {
                for other in &inside {
                    if one < other && self.serve_each_other(circle, *one, *other) {
                        self.check_pair(circle, *one, *other);
                    }
                }
                self.check_waiting(circle, *one, &inside);
                self.check_written(circle, *one);
            }
        }
    }

    /// Whether a node has the circle and is in it by what it knows itself.
    fn is_inside(&self, circle: &CircleId, number: usize) -> bool {
        let node = &self.nodes[number];
        node.membership(circle).is_some() && node.entitles(circle, &node.device())
    }

    fn serve_each_other(&self, circle: &CircleId, one: usize, other: usize) -> bool {
        let (one, other) = (&self.nodes[one], &self.nodes[other]);
        // Copies of one device take each other for themselves, and connections to them replace
        // each other.
        !one.hostile
            && !other.hostile
            && one.entitles(circle, &other.device())
            && other.entitles(circle, &one.device())
    }

    fn check_pair(&self, circle: &CircleId, one: usize, other: usize) {
        let (one, other) = (&self.nodes[one], &self.nodes[other]);
        let both = format!("{} and {} in circle {}", one.name, other.name, circle.short());
        let (a, b) = (&one.replica, &other.replica);
        assert_eq!(a.statement_ids(circle), b.statement_ids(circle), "statements of {both}");
        let (ends, forks) = (Ends::of(one, circle), Ends::of(other, circle).forked);
        assert_eq!(ends.forked, forks, "forked logs of {both}");
        assert_eq!(ends.whole, Ends::of(other, circle).whole, "frontiers of {both}");
        let summary = |node: &Node| {
            let it = node.membership(circle).unwrap();
            (it.path().to_vec(), it.orgs().clone(), it.electors())
        };
        assert_eq!(summary(one), summary(other), "membership of {both}");
        assert_eq!(a.receipt_marks(circle), b.receipt_marks(circle), "receipts of {both}");
        if !ends.forked.is_empty() {
            // Which of two lines a node holds is chance, and so is what was built on it.
            return;
        }
        assert_eq!(
            a.counts_of(circle).quarantined,
            b.counts_of(circle).quarantined,
            "entries in quarantine of {both}"
        );
        if one.membership(circle).unwrap().history() == HistoryRule::All {
            self.check_documents(circle, one, other, &both);
        }
    }

    fn check_documents(&self, circle: &CircleId, one: &Node, other: &Node, both: &str) {
        let epochs = |node: &Node| node.replica.held_epochs(circle).collect::<BTreeSet<EpochId>>();
        assert_eq!(epochs(one), epochs(other), "epochs of {both}");
        for document in &self.documents[circle] {
            let key = (*circle, *document);
            let [a, b] = [one, other].map(|node| node.replica.document(&key).unwrap());
            let document = document.short();
            assert_eq!(a.is_some(), b.is_some(), "document {document} of {both}");
            let Some((a, b)) = a.zip(b) else { continue };
            assert_eq!(a.heads(), b.heads(), "heads of document {document} of {both}");
            assert_eq!(a.record(), b.record(), "document {document} of {both}");
            let [conflicts_a, conflicts_b] = [&a, &b].map(|it| format!("{:?}", it.conflicts()));
            assert_eq!(conflicts_a, conflicts_b, "conflicts of document {document} of {both}");
            assert_eq!(a.missing(), b.missing(), "what document {document} lacks of {both}");
        }
    }

    /// Nothing waits for a key that somebody who may give it has.
    fn check_waiting(&self, circle: &CircleId, number: usize, inside: &[usize]) {
        let node = &self.nodes[number];
        let from_join = node.membership(circle).unwrap().history() == HistoryRule::FromJoin;
        if from_join || !self.is_trusted(number) {
            // What a copy of a device got, the device is taken to have.
            return;
        }
        for (epoch, entries) in node.replica.awaited_epochs(circle) {
            let holder = inside.iter().find(|other| {
                let held = self.nodes[**other].replica.held_epochs(circle).any(|it| it == epoch);
                held && self.serve_each_other(circle, number, **other)
            });
            if let Some(holder) = holder {
                panic!(
                    "{entries} entries of circle {} wait at {} for epoch {}, which {} holds",
                    circle.short(),
                    node.name,
                    epoch.short(),
                    self.nodes[*holder].name
                );
            }
        }
    }

    /// What members wrote whose logs all count is there.
    fn check_written(&self, circle: &CircleId, number: usize) {
        let node = &self.nodes[number];
        let membership = node.membership(circle).unwrap();
        if membership.history() == HistoryRule::FromJoin {
            return;
        }
        if !Ends::of(node, circle).forked.is_empty() {
            return;
        }
        for written in self.written.iter().filter(|it| it.circle == *circle) {
            let author = &self.nodes[written.by];
            let theirs = node.replica.frontier(circle).into_iter();
            let all_count = theirs
                .filter(|it| it.log.device == author.device())
                .all(|it| membership.cut_off(&it.log) == Some(ceiba::membership::Limit::All));
            let lost = !self.is_trusted(written.by) || self.restored.contains(&written.by);
            let talk = number == written.by || self.serve_each_other(circle, number, written.by);
            if lost || !all_count || !talk {
                continue;
            }
            let document = node.replica.document(&(*circle, written.document)).unwrap();
            let record = document.map(|document| document.record());
            assert_eq!(
                record.as_ref().and_then(|record| record.text(&written.path)),
                Some(written.text.as_str()),
                "{} lacks what {} wrote in circle {}",
                node.name,
                author.name,
                circle.short()
            );
        }
    }
}
