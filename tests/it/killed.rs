//! A node that is killed again and again while eight write and a partner syncs.
//!
//! `ROUNDS=300 cargo test --release --test it killed` kills it more often.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::mpsc::{Sender, channel},
    thread,
};

use ceiba::api::{Answer, Backend, Request, answer::Incident, control::ControlClient};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use crate::{
    coalition::{COALITION, record, share, two_stewards},
    partner::{Partner, eventually},
};

/// Kills when nothing else is asked for.
const ROUNDS: u64 = 8;
const WRITERS: usize = 8;
/// Two fields that each edit sets together.
const FIELDS: [&str; 2] = ["group_size/min", "group_size/max"];

/// Asks the running node through its socket; none if it is gone or refuses.
fn ask(home: &Path, request: Request) -> Option<Answer> {
    let mut client = ControlClient::find(home).ok()??;
    client.call(request, &mut |_progress| {}).ok()
}

fn set(incident: &str, number: u64) -> Request {
    Request::IncidentEdit {
        incident: incident.to_owned(),
        circle: Some(COALITION.to_owned()),
        set: FIELDS.map(|path| (path.to_owned(), number.to_string())).into(),
        unset: Vec::new(),
    }
}

fn show(partner: &Partner, incident: &str) -> Option<Box<Incident>> {
    let request = Request::IncidentShow { incident: incident.to_owned() };
    match ask(&partner.home(), request) {
        Some(Answer::Incident(shown)) => Some(shown),
        _ => None,
    }
}

/// The number that both fields show, 0 before the first; fails if they differ.
fn number(shown: &Incident) -> u64 {
    let values = FIELDS.map(|path| shown.fields.get(path).and_then(|it| it.value.as_u64()));
    assert_eq!(values[0], values[1], "an edit is there wholly or not at all");
    values[0].unwrap_or(0)
}

/// Writes ever greater numbers until the node is gone; the last that was acknowledged.
fn write(home: &Path, incident: &str, from: u64, acknowledged: &Sender<()>) -> u64 {
    let mut last = from;
    while ask(home, set(incident, last + 1)).is_some() {
        last += 1;
        // The main thread stops listening when it has killed the node.
        let _gone = acknowledged.send(());
    }
    last
}

/// Eight write until so many writes were acknowledged and the node is killed.
fn write_until_killed(
    node: &Partner,
    numbers: &BTreeMap<String, u64>,
    writes: usize,
) -> BTreeMap<String, u64> {
    let home = node.home();
    let (sender, acknowledged) = channel();
    thread::scope(|scope| {
        let writers = numbers.iter().map(|(incident, from)| {
            let (home, sender) = (&home, sender.clone());
            (incident, scope.spawn(move || write(home, incident, *from, &sender)))
        });
        let writers = writers.collect::<Vec<_>>();
        drop(sender);
        assert_eq!(acknowledged.iter().take(writes).count(), writes, "{}", node.log());
        node.signal("KILL");
        let ended = |(incident, writer): (&String, thread::ScopedJoinHandle<'_, u64>)| {
            (incident.clone(), writer.join().unwrap())
        };
        writers.into_iter().map(ended).collect()
    })
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_half_written_shown() {
    let rounds = std::env::var("ROUNDS").ok().and_then(|it| it.parse().ok()).unwrap_or(ROUNDS);
    let rng = &mut ChaCha20Rng::seed_from_u64(23);
    let (mut node, partner) = two_stewards();
    let mut numbers = BTreeMap::new();
    for _writer in 0..WRITERS {
        let incident = record(&node);
        share(&node, &incident, COALITION, "coalition");
        numbers.insert(incident, 0);
    }

    for round in 0..rounds {
        let writes = rng.random_range(1..60);
        let acknowledged = write_until_killed(&node, &numbers, writes);
        node.ended();
        node.start();
        for (incident, last) in acknowledged {
            let kept = number(&show(&node, &incident).expect("the incident"));
            // One more may have come to the disk before the answer came to the writer.
            assert!((last..=last + 1).contains(&kept), "round {round}: {last} and {kept}");

            numbers.insert(incident, kept);
        }
        for (incident, kept) in &numbers {
            eventually("the partner has what the node has", || {
                show(&partner, incident).is_some_and(|shown| number(&shown) == *kept)
            });
        }
        for (who, status) in [&node, &partner].map(|it| it.json(&["status"])).iter().enumerate() {
            let waiting = status["waiting"].to_string();
            let bad = ["frozen", "quarantine", "lost", "new logs"];
            assert!(!bad.iter().any(|it| waiting.contains(it)), "{round} {who}: {waiting}");
            let store = status["store"].to_string();
            assert!(!store.contains("damaged") && !store.contains("index"), "{round}: {store}");
        }
    }
}
