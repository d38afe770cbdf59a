//! An alert reaches fifty partners within a second, whatever else is under way.

use std::time::Duration;

use ceiba::{
    log::{Draft, Kind},
    membership::HistoryRule,
    model::{
        id::{EpochId, Lane},
        time::Timestamp,
    },
    sync::Replica as _,
};

use super::{cast::Plan, world::World};

/// Who is alerted.
const PARTNERS: usize = 50;
/// Alerts that are sent.
const ALERTS: usize = 10;
/// Half of a round trip.
const ONE_WAY: Duration = Duration::from_millis(50);
/// Everybody is connected to so many others only: an alert takes several hops.
const NEIGHBOURS: usize = 4;

#[test]
fn an_alert_reaches_50_partners_within_a_second() {
    let mut world = World::new(11, Plan::Orgs(PARTNERS + 1));
    let others: Vec<usize> = (1..=PARTNERS).collect();
    let circle = world.found_with(&[0], &others, HistoryRule::All);
    world.network.steady = true;
    // A ring, with chords: nobody has more than a few connections.
    let nodes = PARTNERS + 1;
    for one in 0..nodes {
        for step in [1, 7] {
            world.connect_in(one, (one + step) % nodes, ONE_WAY);
        }
    }
    assert!(world.network.connections().len() <= nodes * NEIGHBOURS / 2);
    world.pass(Duration::from_secs(20));
    world.edit_in(0, circle);
    world.settle(0);
    world.pass(Duration::from_secs(20));
    let mut times = Vec::new();
    for alert in 0..ALERTS {
        // Records are under way at the same time, from many sides.
        for other in 0..5 {
            let writer = (alert * 7 + other * 10) % nodes;
            world.edit_in(writer, circle);
            world.settle(writer);
        }
        times.extend(world.alert_all((alert * 5) % nodes, circle));
    }
    times.sort();
    assert_eq!(times.len(), ALERTS * PARTNERS);
    let late = times.iter().filter(|time| **time > Duration::from_secs(1)).count();
    assert!(late * 100 <= times.len(), "{late} of {} came after a second", times.len());
    world.tell(|_| format!("alerts: half {:?}, all {:?}", times[times.len() / 2], times.last()));
}

impl World {
    /// A node sends an alert; gives how long each other took to hold it, of those who did within
    /// some seconds.
    fn alert_all(&mut self, from: usize, circle: ceiba::model::id::CircleId) -> Vec<Duration> {
        let decision = self.nodes[from].membership(&circle).unwrap().tip();
        let epoch = EpochId::new([0; 32]);
        let draft = Draft { kind: Kind::Alert, decision, epoch, payloads: vec![vec![1; 512]] };
        let log = self.nodes[from].log(Lane::Alert);
        let began: Timestamp = self.now;
        self.append(from, circle, Lane::Alert, draft);
        let end = self.nodes[from].replica.position(&circle, &log).tail;
        let mut waiting: Vec<usize> = (0..self.nodes.len()).filter(|it| *it != from).collect();
        let mut times = Vec::new();
        while !waiting.is_empty() && self.now.saturating_since(began) < Duration::from_secs(5) {
            self.pass(Duration::from_millis(10));
            let took = self.now.saturating_since(began);
            waiting.retain(|number| {
                let held = self.nodes[*number].replica.position(&circle, &log).tail == end;
                if held {
                    times.push(took);
                }
                !held
            });
        }
        times
    }
}
