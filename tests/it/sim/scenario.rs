//! One story: a coalition, random events, then peace, then agreement.

use std::{collections::BTreeMap, time::Duration};

use rand::RngExt;

use super::{cast::Plan, coverage::Coverage, world::World};

/// The plan of a seed's world: one of twenty is large.
pub(super) fn plan(seed: u64) -> Plan {
    if seed % 20 == 19 { Plan::Large } else { Plan::Small }
}

/// Plays the story of a seed; gives a digest of all that happened, and what it was.
pub(super) fn run(seed: u64, plan: Plan) -> ([u8; 32], Coverage) {
    let mut world = World::new(seed, plan);
    world.take_sides();
    for node in &world.nodes {
        let side = if node.hostile { "hostile" } else { "honest" };
        world.tell(|_| {
            format!(
                "{} is {:?} of {}, {side}",
                node.name,
                node.device(),
                node.replica.identity().org.short()
            )
        });
    }
    world.found_coalition();
    let nodes = world.nodes.len();
    let steps = world.rng.random_range(30..=80) + nodes * 3;
    for _ in 0..steps {
        world.act();
        let time = world.millis(0..3_000);
        world.pass(time);
    }
    world.heal();
    world.check_agreement();
    world.check_honest();
    world.check_cut_offs();
    world.check_liveness();
    world.look_back();
    (world.digest(), world.coverage)
}

/// How often who was turned away tries again.
const DIALS: usize = 4;
/// How long the network may take to become silent.
const ROUNDS: usize = 40;
const ROUND: Duration = Duration::from_secs(30);

impl World {
    /// Brings everybody together and waits until nobody has anything left to say.
    fn heal(&mut self) {
        self.tell(|_| "peace".to_owned());
        for number in 0..self.nodes.len() {
            self.nodes[number].group = 0;
            if !self.nodes[number].up || self.nodes[number].replica.storage().is_lit() {
                self.nodes[number].up = true;
                self.restart(number, super::node::Stop::Killed);
            }
        }
        let mut dialed: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for _ in 0..ROUNDS {
            let frames = self.network.frames;
            for one in 0..self.nodes.len() {
                for other in one + 1..self.nodes.len() {
                    let times = dialed.entry((one, other)).or_default();
                    let linked = self.network.is_linked(one, other);
                    if !linked && *times < DIALS && self.are_partners(one, other) {
                        *times += 1;
                        self.connect(one, other);
                    }
                }
            }
            self.pass(ROUND);
            let tending = self.nodes.iter().any(|node| !node.tend.is_empty());
            if self.network.is_silent() && self.network.frames == frames && !tending {
                return;
            }
        }
        panic!("the network does not become silent");
    }

    /// Whether either knows the other as a member of anything.
    pub(super) fn are_partners(&self, one: usize, other: usize) -> bool {
        let knows = |one: usize, other: usize| {
            let node = &self.nodes[one];
            let device = self.nodes[other].device();
            node.replica
                .circle_ids()
                .any(|circle| node.membership(&circle).is_some_and(|it| it.may_confer(&device)))
        };
        knows(one, other) || knows(other, one)
    }
}
