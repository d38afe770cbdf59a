//! What came about in a world: a simulation in which nothing happens finds nothing.

use std::collections::BTreeMap;

use ceiba::{membership::Change, model::id::CircleId, sync::Replica as _};

use super::{node::Node, world::World};

/// How often what came about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Coverage(BTreeMap<&'static str, u32>);

/// What must come about in some two hundred worlds.
const EXPECTED: [&str; 16] = [
    "power lost within an operation",
    "home restored",
    "machine set back",
    "clock set",
    "home copied",
    "device certified later",
    "device revoked",
    "organisation removed",
    "organisation back in",
    "organisation suspended",
    "suspension lifted",
    "late work let count",
    "rival decisions",
    "double vote shown",
    "log forked",
    "entry in quarantine",
];

impl Coverage {
    pub(super) fn note(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (what, times) in &other.0 {
            *self.0.entry(what).or_default() += times;
        }
    }

    pub(super) fn assert_whole(&self) {
        let missing: Vec<_> = EXPECTED.iter().filter(|what| !self.0.contains_key(*what)).collect();
        assert!(missing.is_empty(), "never came about: {missing:?}; only {:?}", self.0);
    }
}

impl World {
    /// Notes what can be seen in the end.
    pub(super) fn look_back(&mut self) {
        let mut seen = Coverage::default();
        for node in self.nodes.iter().filter(|node| !node.hostile) {
            for circle in node.replica.circle_ids() {
                look_at(&mut seen, node, &circle);
            }
        }
        self.coverage.add(&seen);
    }
}

fn look_at(seen: &mut Coverage, node: &Node, circle: &CircleId) {
    let Some(membership) = node.membership(circle) else { return };
    let decided = membership.path().iter().filter_map(|id| {
        let statement = node.replica.statement_set(circle)?.get(id)?;
        if let ceiba::membership::VerifiedStatement::Proposal(it) = statement {
            Some(it.value().changes.clone())
        } else {
            None
        }
    });
    for change in decided.flatten() {
        if matches!(change, Change::ReadmitOrg { .. }) {
            seen.note("organisation back in");
        } else if matches!(change, Change::LiftSuspension { .. }) {
            seen.note("suspension lifted");
        } else if matches!(change, Change::ReadmitEntries { .. }) {
            seen.note("late work let count");
        }
    }
    if membership.orgs().values().any(|org| org.is_out()) {
        seen.note("organisation removed");
    }
    if membership.orgs().values().any(|org| org.suspended) {
        seen.note("organisation suspended");
    }
    if membership.devices().any(|(_, device)| device.revoked) {
        seen.note("device revoked");
    }
    let ids = node.replica.statement_ids(circle);
    let lost = |id| membership.decision(id).is_some_and(|decision| !decision.accepted);
    if ids.iter().any(lost) {
        seen.note("rival decisions");
    }
    if !membership.equivocators().is_empty() {
        seen.note("double vote shown");
    }
    let counts = node.replica.counts_of(circle);
    if counts.forked > 0 {
        seen.note("log forked");
    }
    if counts.quarantined > 0 {
        seen.note("entry in quarantine");
    }
}
