//! A member whose keys somebody else uses, with another program.

use ceiba::{
    crypto::{Keystore, Passphrase},
    model::{id::CircleId, limits::MAX_FRAME_BYTES},
    sync::limits::{MAX_OPEN_WANTS, RUN_BYTES, WINDOW_BYTES},
    wire::sync::{Entries, Frontier, Position, StatementList, Statements, Want, frame::Message},
};

use super::{address, assert_log_is_clean, assert_logged, assert_memory, peak_memory, peer::Peer};
use crate::{
    coalition::{COALITION, NAME, NOTES, SUMMARY, VEREDA, field, record, share, three_partners},
    partner::{Partner, eventually},
};

/// Bytes that a session says beside the entries.
const SMALL_TALK: usize = 256 * 1024;

/// The transport secret of a partner's device, as who has its passphrase can read it.
fn stolen_key(partner: &Partner) -> [u8; 32] {
    let sealed = std::fs::read(partner.home().join("keystore.age")).unwrap();
    let passphrase = std::fs::read_to_string(partner.file("passphrase")).unwrap();
    let keystore = Keystore::open(&sealed, &Passphrase::new(&passphrase)).unwrap();
    keystore.device.transport.to_bytes()
}

fn coalition(partner: &Partner) -> CircleId {
    let circles = partner.json(&["status"])["circles"].clone();
    let found = circles.as_array().unwrap().iter().find(|it| it["name"] == COALITION).unwrap();
    let id: CircleId = serde_json::from_value(found["id"].clone()).unwrap();
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_with_another_program_is_closed_named_and_bounded() {
    let (a, b, mut c) = three_partners();
    let circle = coalition(&a);
    let incident = record(&a);
    share(&a, &incident, COALITION, "coalition");
    eventually("B reads it", || !field(&b, &incident, "date").is_empty());
    c.stop();
    let victim = address(&a);
    let before = peak_memory(&a);
    let mut peer = Peer::new(stolen_key(&c), &victim);
    let id = peer.id();
    peer.dial().await;

    // 1. No frame at all, and one that is none.
    for bytes in [vec![0xff; 60_000], vec![0x0b; 60_000], Vec::new()] {
        let session = peer.connected().await;
        peer.send(session, bytes);
        peer.ended(session).await;
    }
    assert_logged(&a, &["closed a session", &id, "unreadable frame"]);

    // 2. A hello, and then the largest frame that the network carries, of nothing.
    let session = peer.connected().await;
    peer.hello(session, &[circle]);
    peer.send(session, vec![0x5a; MAX_FRAME_BYTES]);
    peer.ended(session).await;

    // 3. Entries that nobody signed so.
    let session = peer.connected().await;
    enter(&mut peer, session, &circle);
    let device = a.json(&["status"])["device"].as_str().unwrap().to_owned();
    let device = data_encoding::HEXLOWER.decode(device.as_bytes()).unwrap();
    let position = Position {
        device,
        incarnation: vec![1; 16],
        lane: 2,
        next_seq: 9,
        hash: vec![3; 32],
        forked: false,
    };
    let (tag, positions) = (peer.tag(&circle), vec![position.clone()]);
    let frontier = Frontier { circle: tag, positions, complete: false, last: true };
    peer.say(session, Message::Frontier(frontier));
    let request =
        peer.heard(|it| if let Message::Want(want) = it { Some(want.request) } else { None }).await;
    peer.say(session, Message::Entries(Entries { request, run: vec![0x0a; 2000], last: true }));
    peer.ended(session).await;
    assert_logged(&a, &["closed a session", &id, "entries that do not verify"]);

    // 4. Statements that nobody signed so.
    let session = peer.connected().await;
    enter(&mut peer, session, &circle);
    let (tag, ids) = (peer.tag(&circle), vec![8; 32 * 50]);
    let list = StatementList { circle: tag, ids, complete: false, last: true };
    peer.say(session, Message::StatementList(list));
    let request = peer
        .heard(|it| if let Message::StatementWants(it) = it { Some(it.request) } else { None })
        .await;
    let statements = vec![vec![0x08; 500]];
    peer.say(session, Message::Statements(Statements { request, statements, last: true }));
    peer.ended(session).await;
    assert_logged(&a, &["closed a session", &id, "statements that do not verify"]);

    // 5. Requests for everything, and never a word of thanks.
    let session = peer.connected().await;
    enter(&mut peer, session, &circle);
    let own = peer
        .heard(|it| {
            let Message::Frontier(frontier) = it else { return None };
            frontier.positions.iter().find(|it| it.lane == 2).cloned()
        })
        .await;
    peer.bytes_heard = 0;
    for request in 1..=MAX_OPEN_WANTS as u64 + 200 {
        let from = Some(Position { next_seq: 0, ..own.clone() });
        let want = Want { circle: peer.tag(&circle), request, from, ..Want::default() };
        if !peer.say(session, Message::Want(want)) {
            break;
        }
    }
    peer.hang_up(session).await;
    let window = usize::try_from(WINDOW_BYTES).unwrap();
    assert!(peer.bytes_heard <= window + 2 * RUN_BYTES + SMALL_TALK, "{}", peer.bytes_heard);

    // The partners go on, and show the same.
    assert_memory(&a, before);
    let again = record(&b);
    share(&b, &again, COALITION, "coalition");
    eventually("A reads it", || !field(&a, &again, "date").is_empty());
    for incident in [&incident, &again] {
        assert_eq!(field(&a, incident, "acts/1/outcome"), field(&b, incident, "acts/1/outcome"));
    }
    for partner in [&a, &b] {
        assert_log_is_clean(partner, &[NAME, NOTES, SUMMARY, VEREDA, COALITION]);
    }
}

/// Says hello and ends the attacker's lists, so that entries go both ways.
fn enter(peer: &mut Peer, session: ceiba::net::ConnectionId, circle: &CircleId) {
    peer.hello(session, &[*circle]);
    let tag = peer.tag(circle);
    let list = StatementList { circle: tag.clone(), ids: Vec::new(), complete: false, last: true };
    peer.say(session, Message::StatementList(list));
    let frontier = Frontier { circle: tag, positions: Vec::new(), complete: true, last: true };
    peer.say(session, Message::Frontier(frontier));
}
