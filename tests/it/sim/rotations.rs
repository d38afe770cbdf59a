//! Who joins after fifty rotations, three of them made at the same time, while grants are lost.

use std::{collections::BTreeSet, time::Duration};

use ceiba::{
    membership::{Change, HistoryRule, SuspensionTarget},
    model::id::{CircleId, DocumentId},
};

use super::{cast::Plan, node::Stop, world::World};

/// Those who rotate, and `D`, for whose sake they do.
const A: usize = 0;
const B: usize = 1;
const C: usize = 2;
const D: usize = 3;
/// Who joins late.
const LATE: usize = 4;

impl World {
    fn meet_of(&mut self, nodes: &[usize]) {
        for (place, one) in nodes.iter().enumerate() {
            for other in &nodes[place + 1..] {
                if !self.network.is_linked(*one, *other) {
                    self.connect(*one, *other);
                }
            }
        }
        self.pass(Duration::from_secs(30));
    }

    /// A takes D's part away and gives it back: what is written in between is of a new epoch.
    fn suspend_d(&mut self, circle: CircleId) {
        let org = self.orgs[D].id;
        let cut_offs = self.nodes[A].cut_offs(&circle, &org);
        let membership = self.nodes[A].membership(&circle).unwrap();
        let suspension =
            self.nodes[A].author().suspend(membership, SuspensionTarget::Org(org), cut_offs);
        self.nodes[A].keep(&circle, &suspension.unwrap());
        self.settle(A);
    }

    fn lift_d(&mut self, circle: CircleId) {
        let membership = self.nodes[A].membership(&circle).unwrap();
        let suspension = membership.suspensions().map(|(id, _)| *id).next().unwrap();
        self.propose_there(A, circle, Change::LiftSuspension { suspension });
    }

    fn texts_of(&self, circle: CircleId) -> BTreeSet<String> {
        let texts = self.written.iter().filter(|it| it.circle == circle);
        texts.map(|it| it.text.clone()).collect()
    }

    fn texts_at(&self, number: usize, circle: CircleId) -> BTreeSet<String> {
        let node = &self.nodes[number];
        let written = self.written.iter().filter(|it| {
            let document = node.replica.document(&(circle, it.document)).unwrap();
            let record = document.map(|document| document.record());
            record.is_some_and(|record| record.text(&it.path) == Some(&it.text))
        });
        written.map(|it| it.text.clone()).collect()
    }
}

/// Fifty rotations, the last three apart; then an organisation joins by B, which is lost for ever
/// with all that it granted to the newcomer before anybody else heard of it.
fn story(history: HistoryRule) -> (World, CircleId, BTreeSet<String>) {
    let mut world = World::new(50, Plan::Orgs(5));
    let circle = world.found_with(&[A, B], &[C, D], history);
    world.meet_of(&[A, B, C, D]);
    let mut epochs = BTreeSet::new();
    for round in 0..47 {
        world.suspend_d(circle);
        world.edit_in(A, circle);
        world.settle(A);
        epochs.extend(world.nodes[A].replica.held_epochs(&circle));
        world.lift_d(circle);
        world.approve_all(B, circle);
        world.pass(Duration::from_secs(2));
        // Where joiners see no history, the same readers write under the same epoch again.
        assert!(epochs.len() > round || history == HistoryRule::FromJoin, "{round}");
    }
    world.suspend_d(circle);
    world.pass(Duration::from_secs(30));
    world.cut_where(|_, _| true);
    for node in [A, B, C] {
        world.edit_in(node, circle);
        world.settle(node);
        epochs.extend(world.nodes[node].replica.held_epochs(&circle));
    }
    if history == HistoryRule::All {
        assert_eq!(epochs.len(), 50, "47 epochs one after the other, and 3 at once");
    }
    // 1. What the three wrote apart comes together, but for D, who is suspended still.
    world.meet_of(&[A, B, C]);
    // 2. B lets the newcomer in, and grants it what B has; then B is gone.
    world.invite_by(B, LATE, circle);
    world.approve_all(A, circle);
    world.pass(Duration::from_secs(30));
    world.cut_where(|_, _| true);
    world.pass(Duration::from_secs(5));
    let before = world.texts_of(circle);
    world.redeem();
    world.pass(Duration::from_secs(30));
    world.nodes[B].up = false;
    (world, circle, before)
}

#[test]
fn who_joins_after_50_rotations_reads_everything_though_grants_are_lost() {
    let (mut world, circle, before) = story(HistoryRule::All);
    assert_eq!(before.len(), 50);
    assert!(world.texts_at(LATE, circle).is_empty(), "nobody has told it any entry yet");
    // It meets one who knows nothing of it but what it brings itself, and then the other.
    world.meet_of(&[LATE, C]);
    assert_eq!(world.texts_at(LATE, circle), before);
    world.edit_in(LATE, circle);
    world.settle(LATE);
    world.meet_of(&[LATE, C, A]);
    let all = world.texts_of(circle);
    assert_eq!(all.len(), 51);
    for node in [A, C, LATE] {
        assert_eq!(world.texts_at(node, circle), all, "{}", world.nodes[node].name);
        assert_eq!(world.nodes[node].replica.counts_of(&circle).waiting_for_key, 0);
    }
    // After a start as well.
    world.restart(LATE, Stop::IndexLost);
    assert_eq!(world.texts_at(LATE, circle), all);
    // D, who is suspended, has what was written until then, and nothing more.
    assert_eq!(world.texts_at(D, circle).len(), 47);
    world.check_honest();
}

#[test]
fn who_joins_after_50_rotations_without_history_reads_what_comes_after() {
    let (mut world, circle, before) = story(HistoryRule::FromJoin);
    world.meet_of(&[LATE, A, C]);
    assert!(world.texts_at(LATE, circle).is_empty());
    assert_eq!(world.nodes[LATE].replica.held_epochs(&circle).count(), 0);
    // Work on new documents: what builds on what it cannot read would wait for ever.
    world.documents.insert(circle, vec![DocumentId::new([9; 16])]);
    for node in [A, C, LATE] {
        world.edit_in(node, circle);
        world.settle(node);
        world.pass(Duration::from_secs(30));
    }
    let after: BTreeSet<String> = world.texts_of(circle).difference(&before).cloned().collect();
    assert_eq!(after.len(), 3);
    for node in [A, C, LATE] {
        assert!(world.texts_at(node, circle).is_superset(&after), "{}", world.nodes[node].name);
    }
    assert_eq!(world.texts_at(LATE, circle), after, "and nothing from before it joined");
    assert_eq!(world.nodes[LATE].replica.held_epochs(&circle).count(), 1);
    world.check_honest();
}
