//! Whatever happens in whatever order: once all are connected, all hold the same.

use proptest::prelude::*;

use super::{
    fake::{device_id, filler, statement},
    network::Network,
};
use crate::{
    model::id::{CircleId, Lane},
    sync::Replica,
};

/// Something that happens.
#[derive(Debug, Clone)]
enum Step {
    Write { node: usize, circle: usize, lane: Lane, size: usize },
    State { node: usize, circle: usize, number: u32 },
    Remove { node: usize, circle: usize, who: usize },
    Connect { one: usize, two: usize },
    Disconnect { which: prop::sample::Index },
    Deliver { steps: usize },
}

fn step(nodes: usize) -> impl Strategy<Value = Step> {
    let lane = prop::sample::select(Lane::ALL.to_vec());
    prop_oneof![
        4 => (0..nodes, 0..2usize, lane, 1..8_000usize)
            .prop_map(|(node, circle, lane, size)| Step::Write { node, circle, lane, size }),
        1 => (0..nodes, 0..2usize, any::<u32>())
            .prop_map(|(node, circle, number)| Step::State { node, circle, number }),
        2 => (0..nodes, 1..nodes).prop_map(move |(one, more)| Step::Connect { one, two: (one + more) % nodes }),
        1 => any::<prop::sample::Index>().prop_map(|which| Step::Disconnect { which }),
        3 => (1..6usize).prop_map(|steps| Step::Deliver { steps }),
    ]
}

fn play(nodes: u8, steps: &[Step]) -> (Network, [CircleId; 2]) {
    let mut net = Network::new(nodes);
    let all: Vec<usize> = (0..usize::from(nodes)).collect();
    let circles = [net.circle(1, &all), net.circle(2, &all)];
    let mut links = Vec::new();
    for step in steps {
        match step {
            Step::Write { node, circle, lane, size } => {
                net.write(*node, circles[*circle], *lane, &vec![7; *size]);
            }
            Step::State { node, circle, number } => {
                net.state(*node, circles[*circle], filler(*number));
            }
            Step::Remove { node, circle, who } => {
                let who = net.nodes[*who].replica.number;
                net.state(*node, circles[*circle], statement(b'R', who));
            }
            Step::Connect { one, two } => links.push(net.connect(*one, *two)),
            Step::Disconnect { which } if !links.is_empty() => {
                let link = links.swap_remove(which.index(links.len()));
                net.disconnect(link);
            }
            Step::Disconnect { .. } => {}
            Step::Deliver { steps } => (0..*steps).for_each(|_| net.step()),
        }
    }
    (net, circles)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn two_peers_agree(steps in prop::collection::vec(step(2), 1..40)) {
        let (mut net, _) = play(2, &steps);
        net.connect(0, 1);
        net.settle();
        net.assert_same(&[0, 1]);
    }

    /// In a line, so that the one in the middle must pass on what it got.
    #[test]
    fn three_peers_agree(steps in prop::collection::vec(step(3), 1..40)) {
        let (mut net, _) = play(3, &steps);
        net.connect(0, 1);
        net.connect(1, 2);
        net.settle();
        net.assert_same(&[0, 1, 2]);
    }

    /// Without any new connection: sessions that stay open are enough.
    #[test]
    fn open_sessions_agree(steps in prop::collection::vec(step(3), 1..30)) {
        let steps: Vec<_> = steps.into_iter().filter(|s| !matches!(s, Step::Disconnect { .. })).collect();
        let first = [Step::Connect { one: 0, two: 1 }, Step::Connect { one: 2, two: 1 }];
        let (mut net, _) = play(3, &[first.as_slice(), &steps].concat());
        net.settle();
        net.assert_same(&[0, 1, 2]);
    }

    /// Same inputs, same outputs.
    #[test]
    fn the_engine_is_deterministic(steps in prop::collection::vec(step(3), 1..20)) {
        let (one, two) = (play(3, &steps).0, play(3, &steps).0);
        prop_assert_eq!(one.sent, two.sent);
    }

    /// With removals at any time by anybody: whoever nobody removed agrees with all such others,
    /// and (checked at each frame) nothing goes to whom its sender knows to be out.
    #[test]
    fn whoever_is_not_removed_agrees(
        steps in prop::collection::vec(prop_oneof![9 => step(4), 1 => removal(4)], 1..40)
    ) {
        let (mut net, circles) = play(4, &steps);
        for (one, two) in [(0, 1), (2, 1), (0, 2), (3, 0), (1, 3), (3, 2)] {
            net.connect(one, two);
        }
        net.settle();
        for circle in circles {
            let inside = |node: &&usize| {
                let in_eyes_of = |other: &super::network::Node| {
                    other.replica.serves(&circle, &device_id(net.nodes[**node].replica.number))
                };
                net.nodes.iter().all(in_eyes_of)
            };
            let inside: Vec<usize> = [0, 1, 2, 3].iter().filter(inside).copied().collect();
            let held = |node: &usize| {
                let replica = &net.nodes[*node].replica;
                (replica.statement_ids(&circle), replica.frontier(&circle))
            };
            for pair in inside.windows(2) {
                prop_assert_eq!(held(&pair[0]), held(&pair[1]));
            }
        }
    }
}

fn removal(nodes: usize) -> impl Strategy<Value = Step> {
    (0..nodes, 0..2usize, 0..nodes).prop_map(|(node, circle, who)| Step::Remove {
        node,
        circle,
        who,
    })
}
