//! Who is nobody's device.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use ceiba::{
    model::id::CircleId,
    wire::{
        sync::{StatementList, frame::Message},
        ticket as wire,
    },
};
use prost::Message as _;

use super::{address, assert_log_is_clean, assert_logged, assert_memory, peak_memory, peer::Peer};
use crate::{
    coalition::{COALITION, NAME, NOTES, SUMMARY, VEREDA, field, record, share, two_stewards},
    partner::eventually,
};

/// Raw connections that are held open at once.
const RAW_CONNECTIONS: usize = 160;
/// Strangers that are held in session at once.
const STRANGERS: u8 = 12;
/// Times that one stranger comes again.
const RECONNECTS: usize = 12;
/// Bytes that a stranger may be sent for one connection: a hello, and some for its ending.
const MAX_ANSWER_BYTES: usize = 2_000;

const MULTISTREAM: &[u8] = b"\x13/multistream/1.0.0\n";
const NOISE: &[u8] = b"\x07/noise\n";

/// What a connection says before it falls silent, at each stage of the handshake.
fn stages() -> Vec<Vec<u8>> {
    vec![
        Vec::new(),
        MULTISTREAM[..7].to_vec(),
        MULTISTREAM.to_vec(),
        [MULTISTREAM, NOISE].concat(),
        // The length of a Noise message, the longest, and a little of it.
        [MULTISTREAM, NOISE, &[0xff, 0xff, 1, 2, 3]].concat(),
        // A first Noise message with a point that is none.
        [MULTISTREAM, NOISE, &[0, 32], &[0; 32]].concat(),
        // A text that goes on and on.
        [b"GET / HTTP/1.1\r\n".as_slice(), &[b'x'; 60_000]].concat(),
        // The longest length that multistream's varint can say.
        vec![0xff, 0xff, 0xff, 0xff, 0x0f],
    ]
}

fn socket(address: &str) -> SocketAddr {
    let parts: Vec<&str> = address.split('/').collect();
    format!("{}:{}", parts[2], parts[4]).parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_at_every_stage_hinder_no_partner() {
    let (a, b) = two_stewards();
    let victim = address(&a);
    let before = peak_memory(&a);

    // 1. Sockets that stop at each stage of the handshake, and drip.
    let stages = stages();
    let mut sockets = Vec::new();
    for number in 0..RAW_CONNECTIONS {
        // One that is refused or reset at once is one less to keep.
        let Ok(mut stream) = TcpStream::connect(socket(&victim)) else { continue };
        stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
        drop(stream.write_all(&stages[number % stages.len()]));
        sockets.push(stream);
    }
    assert!(sockets.len() > RAW_CONNECTIONS / 2);

    // 2. Whole handshakes, a session, and then no word.
    let mut strangers: Vec<Peer> =
        (1..=STRANGERS).map(|number| Peer::new([number; 32], &victim)).collect();
    for stranger in &strangers {
        stranger.dial().await;
    }

    // Meanwhile partners go on.
    let incident = record(&a);
    share(&a, &incident, COALITION, "coalition");
    eventually("B reads it", || !field(&b, &incident, "date").is_empty());
    for socket in &mut sockets {
        drop(socket.write_all(&[1]));
    }

    // 3. One comes again and again, with lists of what nobody has.
    let mut stranger = strangers.remove(0);
    drop(strangers);
    let (mut heard, mut closed) = (0, 0);
    for _ in 0..RECONNECTS {
        let session = stranger.connected().await;
        stranger.hello(session, &[CircleId::new([9; 32])]);
        let circle = stranger.tag(&CircleId::new([9; 32]));
        let list = StatementList { circle, ids: vec![3; 32_000], complete: true, last: true };
        while stranger.say(session, Message::StatementList(list.clone()))
            && stranger.bytes_sent < 2 << 20
        {}
        stranger.ended(session).await;
        closed += 1;
        heard += std::mem::take(&mut stranger.bytes_heard);
        stranger.bytes_sent = 0;
    }
    assert_eq!(closed, RECONNECTS);
    assert!(heard <= RECONNECTS * MAX_ANSWER_BYTES, "{heard} bytes for a stranger");
    assert_logged(&a, &["closed a session", &stranger.id(), "not a device of any partner"]);

    // What the sockets got is at most what multistream says.
    for socket in &mut sockets {
        socket.set_nonblocking(true).unwrap();
        let mut answer = Vec::new();
        drop(socket.take(100_000).read_to_end(&mut answer));
        assert!(answer.len() <= MAX_ANSWER_BYTES, "{} bytes", answer.len());
    }
    assert_memory(&a, before);
    assert_log_is_clean(&a, &[NAME, NOTES, SUMMARY, VEREDA]);
    let again = record(&b);
    share(&b, &again, COALITION, "coalition");
    eventually("A reads it", || !field(&a, &again, "date").is_empty());
}

/// Guesses at tickets, readable and not: none is admitted, each is told of, the true one works.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessed_tickets_are_refused_and_told_of() {
    let (a, b) = two_stewards();
    let victim = address(&a);
    let before = peak_memory(&a);
    let guesser = Peer::new([99; 32], &victim);
    let garbage = guesser.ask_to_join(vec![0xff; 100_000]).await;
    let refusal = |answer: Option<Vec<u8>>| {
        answer.map_or_else(String::new, |it| wire::Answer::decode(it.as_slice()).unwrap().refusal)
    };
    assert!(refusal(garbage).contains("not readable"));
    for number in 0..20_u8 {
        let request = wire::Request {
            request: vec![number; 200],
            signature: vec![number; 64],
            manifests: vec![vec![number; 60_000]],
        };
        let answer = guesser.ask_to_join(request.encode_to_vec()).await;
        let answer = answer.map(|it| wire::Answer::decode(it.as_slice()).unwrap());
        // Without a free place there is no answer at all.
        assert!(answer.is_none_or(|it| !it.refusal.is_empty() && it.statements.is_empty()));
    }
    assert_logged(&a, &[&guesser.id(), "refused a request to join"]);
    assert_memory(&a, before);
    assert_eq!(a.json(&["member", "list"]).as_array().unwrap().len(), 2);

    let guest = crate::partner::Partner::running("Ríos Vivos");
    let invite = a.json(&["invite", "create"]);
    crate::coalition::approve(&b, invite["proposal"].as_str().unwrap());
    let ticket = invite["ticket"].as_str().unwrap();
    eventually("the guest comes in", || guest.run(&["join", ticket]).code == Some(0));
    // The ticket's secret stands in no log.
    assert_log_is_clean(&a, &[ticket, ticket.get(40..80).unwrap()]);
    assert_log_is_clean(&guest, &[ticket, ticket.get(40..80).unwrap()]);
}
