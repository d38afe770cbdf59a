//! Nodes that each hold a part: what they learn in whatever order, they read as specified.

use std::collections::BTreeSet;

use ceiba::{
    membership::{Author, Change, StatementSet, VerifiedStatement, resolve},
    model::id::{CircleId, StatementId},
};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

use super::{
    cases,
    cast::{Cast, Founding},
    compare,
    moves::{Move, Wish, Writer, any_move, wish},
    properties,
    spec::{Spec, Statements},
};

const NODES: usize = 4;

/// What each node holds. Nodes 0 to 2 are stewards that keep to the rules; the last is hostile,
/// and signs with whatever keys there are but theirs.
#[derive(Clone, Debug)]
pub(super) struct Apart {
    circle: CircleId,
    nodes: Vec<Statements>,
}

#[derive(Clone, Debug)]
pub(super) enum Event {
    Hostile(Move),
    Propose { node: usize, wish: Wish },
    Approve { node: usize, pick: usize },
    Deliver { from: usize, to: usize, which: u64 },
}

impl Apart {
    fn author<'a>(cast: &'a Cast, node: usize) -> Author<'a> {
        Author { org: cast.org(node), key: &cast.players[node].keys[0] }
    }

    fn tell(&mut self, node: usize, statement: VerifiedStatement) {
        self.nodes[node].insert(statement.id(), statement);
    }

    fn happen(&mut self, cast: &Cast, event: &Event) {
        match event {
            Event::Hostile(step) => {
                let order: Vec<_> = self.nodes[NODES - 1].values().cloned().collect();
                let known: BTreeSet<StatementId> = self.nodes[NODES - 1].keys().copied().collect();
                let mut writer = Writer { cast, circle: self.circle, order };
                writer.play(step);
                let new = writer.order.into_iter().filter(|it| !known.contains(&it.id()));
                for statement in new.filter(|it| !is_honest(cast, it)) {
                    self.tell(NODES - 1, statement);
                }
            }
            Event::Propose { node, wish } => {
                let set = compare::real_set(self.circle, self.nodes[*node].values());
                let order = self.nodes[*node].values().cloned().collect();
                let change = Writer { cast, circle: self.circle, order }.change(*wish);
                let change = match change {
                    // Honest nodes lift every removal that they know.
                    Change::ReadmitOrg { org, .. } => {
                        let lifts = resolve(&set).org(&org).map(|it| it.removed_by.clone());
                        Change::ReadmitOrg { org, lifts: lifts.unwrap_or_default() }
                    }
                    other => other,
                };
                let author = Self::author(cast, *node);
                if let Ok(proposal) = author.propose(&set, &resolve(&set), vec![change]) {
                    self.tell(*node, proposal.into());
                }
            }
            Event::Approve { node, pick } => {
                let membership =
                    resolve(&compare::real_set(self.circle, self.nodes[*node].values()));
                let open: Vec<_> = membership.open_proposals().keys().copied().collect();
                if open.is_empty() {
                    return;
                }
                let author = Self::author(cast, *node);
                if let Ok(approval) = author.approve(&membership, &open[pick % open.len()]) {
                    self.tell(*node, approval);
                }
            }
            Event::Deliver { from, to, which } => {
                let sent = self.nodes[*from].clone().into_iter().enumerate();
                let sent = sent.filter(|(n, _)| which >> (n % 64) & 1 == 1).map(|(_, it)| it);
                self.nodes[*to].extend(sent);
            }
        }
    }
}

/// Whether a statement is signed by a key of a steward that keeps to the rules.
fn is_honest(cast: &Cast, statement: &VerifiedStatement) -> bool {
    let honest = &cast.players[..NODES - 1];
    let mut keys = honest.iter().flat_map(|it| it.keys[..2].iter().chain(&it.roots));
    keys.any(|key| key.verifying_key().to_bytes() == statement.signer())
}

impl ReferenceStateMachine for Apart {
    type State = Self;
    type Transition = Event;

    fn init_state() -> BoxedStrategy<Self> {
        // The hostile organisation is the fourth.
        let founding = (3..=5_usize, 0..=1_u32, 0..=1_usize);
        founding
            .prop_map(|(stewards, approvals, glass)| {
                let founding = Founding { stewards, members: 0, approvals, glass };
                let (circle, first) = Cast::new().found(founding);
                Self { circle, nodes: vec![first; NODES] }
            })
            .boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Event> {
        let (node, honest) = (0..NODES, 0..NODES - 1);
        prop_oneof![
            3 => any_move().prop_map(Event::Hostile),
            3 => (honest.clone(), wish()).prop_map(|(node, wish)| Event::Propose { node, wish }),
            6 => (honest, 0..8_usize).prop_map(|(node, pick)| Event::Approve { node, pick }),
            6 => (node.clone(), node, prop_oneof![Just(u64::MAX), any::<u64>()])
                .prop_map(|(from, to, which)| Event::Deliver { from, to, which }),
        ]
        .boxed()
    }

    fn apply(mut state: Self, event: &Event) -> Self {
        state.happen(&Cast::new(), event);
        state
    }
}

/// The nodes' own sets, which take statements in as they come.
pub(super) struct Nodes {
    cast: Cast,
    sets: Vec<StatementSet>,
    events: u64,
}

impl StateMachineTest for Nodes {
    type SystemUnderTest = Self;
    type Reference = Apart;

    fn init_test(state: &Apart) -> Self {
        let set = |it: &Statements| compare::real_set(state.circle, it.values());
        Self { cast: Cast::new(), sets: state.nodes.iter().map(set).collect(), events: 0 }
    }

    fn apply(mut nodes: Self, state: &Apart, event: Event) -> Self {
        nodes.events += 1;
        for (set, held) in nodes.sets.iter_mut().zip(&state.nodes) {
            let new = held.iter().filter(|(id, _)| !set.contains(id)).map(|(_, it)| it.clone());
            let mut new: Vec<_> = new.collect();
            // Another order each time.
            let turn = usize::try_from(nodes.events).unwrap() % new.len().max(1);
            new.rotate_left(turn);
            for statement in new {
                set.insert(statement);
            }
        }
        let touched = match event {
            Event::Hostile(_) => NODES - 1,
            Event::Propose { node, .. } | Event::Approve { node, .. } => node,
            Event::Deliver { to, .. } => to,
        };
        let held = &state.nodes[touched];
        let told = compare::told_by_code(&resolve(&nodes.sets[touched]), held);
        assert_eq!(told, Spec::read(state.circle, held).tell(), "node {touched}");
        nodes
    }

    fn teardown(nodes: Self, state: Apart) {
        let whole: Statements = state.nodes.into_iter().flatten().collect();
        let told = Spec::read(state.circle, &whole).tell();
        let checked = compare::compare(&nodes.cast, state.circle, &whole)
            .and_then(|()| properties::of_one(state.circle, &whole, &told))
            .and_then(|()| properties::double_votes_are_shown(state.circle, &whole));
        if let Err(reason) = checked {
            panic!("{}", compare::explain(&nodes.cast, &whole, &reason));
        }
        let shown = resolve(&compare::real_set(state.circle, whole.values()));
        for honest in 0..NODES - 1 {
            let org = nodes.cast.org(honest);
            assert!(!shown.equivocators().contains_key(&org), "an honest steward voted twice");
        }
    }
}

prop_state_machine! {
    #![proptest_config(cases(48))]

    #[test]
    fn nodes_that_were_apart_read_what_they_hold_as_specified(sequential 1..24 => Nodes);
}
