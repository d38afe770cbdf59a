//! The whole: several makers, several exports, whatever becomes of their parts, with and without a
//! network in between. It converges to the state that the network alone gives.

use proptest::prelude::*;

use super::kit::{export, import, import_all, recipient};
use crate::{
    model::id::{CircleId, Lane},
    sync::{
        Replica as _,
        tests::{
            fake::{Fake, device_id, filler},
            network::Network,
        },
    },
};

const NODES: usize = 4;

/// What happens, one after the other.
#[derive(Debug, Clone)]
enum Step {
    /// Somebody writes: who, in which circle, on which lane, how much.
    Write(usize, usize, Lane, usize),
    /// Somebody makes a statement.
    State(usize, usize, u32),
    /// Somebody exports to some others, in parts of a size; `true`: what they have not signed for.
    Export(usize, u8, u64, bool),
    /// Somebody imports parts that there are, in this order, some of them more than once; one
    /// after the other, or as one import.
    Import(usize, Vec<prop::sample::Index>, bool),
    /// Two meet for a moment.
    Meet(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let lane = prop::sample::select(Lane::ALL.to_vec());
    let size = prop::sample::select(vec![65_536, 80_000, u64::MAX]);
    let parts = prop::collection::vec(any::<prop::sample::Index>(), 1..8);
    prop_oneof![
        6 => (0..NODES, 0..2_usize, lane, 1..20_000_usize)
            .prop_map(|(node, circle, lane, bytes)| Step::Write(node, circle, lane, bytes)),
        2 => (0..NODES, 0..2_usize, any::<u32>())
            .prop_map(|(node, circle, number)| Step::State(node, circle, number)),
        4 => (0..NODES, 1..16_u8, size, any::<bool>())
            .prop_map(|(node, to, size, since)| Step::Export(node, to, size, since)),
        6 => (0..NODES, parts, any::<bool>())
            .prop_map(|(node, parts, alone)| Step::Import(node, parts, alone)),
        1 => (0..NODES, 0..NODES).prop_map(|(one, other)| Step::Meet(one, other)),
    ]
}

/// All in the first circle, the first three in the second.
fn world() -> (Network, [CircleId; 2]) {
    let mut net = Network::new(u8::try_from(NODES).unwrap());
    let circles = [net.circle(1, &[0, 1, 2, 3]), net.circle(2, &[0, 1, 2])];
    (net, circles)
}

const fn is_in(node: usize, circle: usize) -> bool {
    circle == 0 || node < 3
}

fn others(node: usize, mask: u8) -> Vec<crate::sync::bundle::Recipient> {
    let all = (0..NODES).filter(|other| *other != node && mask & (1 << other) != 0);
    all.map(|other| recipient(u8::try_from(other).unwrap())).collect()
}

/// Takes parts for whom they are; those for others do not open.
fn take(fake: &mut Fake, parts: &[&Vec<u8>], alone: bool) {
    if alone {
        parts.iter().for_each(|part| drop(import(fake, part)));
    } else {
        import_all(fake, parts);
    }
}

/// What all hold in the end if everybody meets everybody, and nobody uses files.
fn by_network(steps: &[Step]) -> Network {
    let (mut net, circles) = world();
    for step in steps {
        write(&mut net, &circles, step);
    }
    meet_all(&mut net);
    net
}

#[expect(clippy::wildcard_enum_match_arm, reason = "all others are alike here")]
fn write(net: &mut Network, circles: &[CircleId; 2], step: &Step) {
    match step {
        Step::Write(node, circle, lane, bytes) if is_in(*node, *circle) => {
            net.write(*node, circles[*circle], *lane, &vec![7; *bytes]);
        }
        Step::State(node, circle, number) if is_in(*node, *circle) => {
            net.state(*node, circles[*circle], filler(*number));
        }
        _other => {}
    }
}

fn meet_all(net: &mut Network) {
    for _twice in 0..2 {
        for one in 0..NODES {
            for other in 0..one {
                meet(net, one, other);
            }
        }
    }
}

fn meet(net: &mut Network, one: usize, other: usize) {
    let link = net.connect(one, other);
    net.settle();
    net.disconnect(link);
    // They have signed to each other what they hold now.
    for (from, to) in [(one, other), (other, one)] {
        for circle in net.nodes[from].replica.circles() {
            let held = net.nodes[from].replica.frontier(&circle);
            let device = device_id(net.nodes[from].replica.number);
            net.nodes[to].replica.acknowledged.insert((circle, device), held);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    #[expect(clippy::wildcard_enum_match_arm, reason = "all others are alike here")]
    fn whatever_becomes_of_the_parts_all_come_to_what_the_network_gives(
        steps in prop::collection::vec(step(), 1..40),
        end_by_files in any::<bool>(),
        last in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let (mut net, circles) = world();
        let mut parts: Vec<Vec<u8>> = Vec::new();
        for step in &steps {
            write(&mut net, &circles, step);
            match step {
                Step::Export(node, to, size, since) => {
                    let to = others(*node, *to);
                    parts.extend(export(&net.nodes[*node].replica, &to, *size, *since));
                }
                Step::Import(node, picked, alone) if !parts.is_empty() => {
                    let picked: Vec<&Vec<u8>> = picked.iter().map(|at| at.get(&parts)).collect();
                    take(&mut net.nodes[*node].replica, &picked, *alone);
                }
                Step::Meet(one, other) if one != other => meet(&mut net, *one, *other),
                _other => {}
            }
        }
        if end_by_files {
            // Each gives all that it holds to all others, who take it in any order, until nothing
            // is news: whoever holds only what is behind a gap is helped by who wrote it.
            for _round in 0..2 {
                for node in 0..NODES {
                    parts.extend(export(&net.nodes[node].replica, &others(node, 15), 65_536, false));
                }
                for node in 0..NODES {
                    let order = last.iter().map(|at| at.get(&parts)).chain(parts.iter().rev());
                    let order: Vec<&Vec<u8>> = order.collect();
                    take(&mut net.nodes[node].replica, &order, false);
                }
            }
        } else {
            meet_all(&mut net);
        }
        let expected = by_network(&steps);
        for node in 0..NODES {
            let (found, expected) = (&net.nodes[node].replica, &expected.nodes[node].replica);
            prop_assert_eq!(found.contents(), expected.contents(), "node {}", node);
        }
    }
}
