//! What a hostile or careless peer can make a node hold.

use super::*;
use crate::net::{MAX_QUEUED_BYTES, MAX_WAITING_EVENTS, PeerState};

#[tokio::test]
async fn a_frame_over_the_limit_ends_the_session() {
    for address in [TCP, QUIC] {
        let small = NetConfig { strangers: strangers(1), ..config(1) };
        let (mut server, address) = Node::listening(small, address).await;
        let mut client = Node::start(config(2));
        client.trust(&[server.key()]).await;
        client.add(server.key(), &address).await;
        let (near, far) = (server.connected().await, client.connected().await);
        client.handle.send(far, vec![1; 1000]).unwrap();
        assert_eq!(server.frame(near).await.len(), 1000);
        client.handle.send(far, vec![1; 1001]).unwrap();
        let reason = server.disconnected(near).await;
        assert_eq!(reason, DisconnectReason::FrameTooLarge { announced: 1001, limit: 1000 });
        client.disconnected(far).await;
    }
}

#[tokio::test]
async fn a_flooding_peer_fills_bounded_queues_and_no_more() {
    const FRAME: usize = 512 * 1024;
    // Queue, events, a frame in hand on each side, yamux or QUIC windows, and socket buffers.
    const BOUND: usize = MAX_QUEUED_BYTES + (MAX_WAITING_EVENTS + 2) * FRAME + 24 * 1024 * 1024;
    for address in [TCP, QUIC] {
        let ((mut server, near), (mut client, far)) = pair(address).await;
        let mut sent = 0u32;
        loop {
            match client.handle.send(far, [vec![0; FRAME], sent.to_be_bytes().into()].concat()) {
                Ok(()) => sent += 1,
                Err(SendError::Full) => {
                    // The server takes nothing: when it does not move for a while, it is full.
                    let Ok(event) = timeout(Duration::from_secs(1), client.next()).await else {
                        break;
                    };
                    assert!(matches!(event, NetEvent::Drained { connection } if connection == far));
                }
                Err(other) => panic!("{other}"),
            }
            assert!(usize::try_from(sent).unwrap() * FRAME < BOUND, "{address}: no back-pressure");
        }
        // Nothing is lost, the order is kept, and room is told.
        for number in 0..sent {
            let frame = server.frame(near).await;
            assert_eq!(frame[FRAME..], number.to_be_bytes());
        }
        assert!(matches!(client.next().await, NetEvent::Drained { .. }));
        client.handle.send(far, b"more".to_vec()).unwrap();
        assert_eq!(server.frame(near).await, b"more");
    }
}

#[tokio::test]
async fn strangers_have_few_places() {
    let few = NetConfig { strangers: strangers(1), ..config(1) };
    let (mut server, address) = Node::listening(few, TCP).await;
    let first = Node::start(config(2));
    first.trust(&[server.key()]).await;
    first.add(server.key(), &address).await;
    let (at_first, key, _) = server.until(connected).await;
    assert_eq!(key, first.key());

    let mut second = Node::start(config(3));
    second.trust(&[server.key()]).await;
    second.add(server.key(), &address).await;
    // A member needs none of the strangers' places, and comes in though it dials later.
    let mut member = Node::start(config(4));
    member.trust(&[server.key()]).await;
    server.trust(&[member.key()]).await;
    member.add(server.key(), &address).await;
    member.connected().await;
    let (_, key, _) = server.until(connected).await;
    assert_eq!(key, member.key());

    first.handle.shutdown().await;
    server.disconnected(at_first).await;
    let (_, key, _) = server.until(connected).await;
    assert_eq!(key, second.key());
    second.connected().await;
}

#[tokio::test]
async fn strangers_are_refused_when_there_is_no_place_for_any() {
    let (mut server, address) = Node::listening(config(1), QUIC).await;
    let mut client = Node::start(config(2));
    client.trust(&[server.key()]).await;
    client.add(server.key(), &address).await;
    let reason = |event| match event {
        NetEvent::DialFailed { reason, .. } => Some(reason),
        NetEvent::Connected { .. } => panic!("a stranger came in"),
        _ => None,
    };
    assert!(client.until(reason).await.contains("does not let this device in"));
    // As soon as it is a member, it comes in by itself.
    server.trust(&[client.key()]).await;
    client.connected().await;
    server.connected().await;
}

#[tokio::test]
async fn a_stranger_that_becomes_a_member_has_a_members_limits() {
    let few = NetConfig { strangers: strangers(1), ..config(1) };
    let (mut server, address) = Node::listening(few, TCP).await;
    let mut client = Node::start(config(2));
    client.trust(&[server.key()]).await;
    client.add(server.key(), &address).await;
    let (near, far) = (server.connected().await, client.connected().await);
    server.trust(&[client.key()]).await;
    // Orders are obeyed in turn: this answer comes after the members have changed.
    server.handle.peers().await.unwrap();
    client.handle.send(far, vec![0; 100_000]).unwrap();
    assert_eq!(server.frame(near).await.len(), 100_000);
    // And loses them when it is no member any more.
    server.trust(&[]).await;
    server.handle.peers().await.unwrap();
    client.handle.send(far, vec![0; 100_000]).unwrap();
    assert!(matches!(
        server.disconnected(near).await,
        DisconnectReason::FrameTooLarge { limit: 1000, .. }
    ));
}

#[tokio::test]
async fn a_stranger_cannot_stay_one() {
    let stay = Duration::from_millis(50);
    let few = StrangerPolicy::Allow { sessions: 1, max_frame_bytes: 1000, stay };
    let few = NetConfig { strangers: few, ..config(1) };
    let (mut server, address) = Node::listening(few, TCP).await;
    let client = Node::start(config(2));
    client.trust(&[server.key()]).await;
    client.add(server.key(), &address).await;
    let near = server.connected().await;
    assert_eq!(server.disconnected(near).await, DisconnectReason::StrangerTooLong);
}

#[tokio::test]
async fn sessions_have_a_limit_for_all_together() {
    let (mut server, address) =
        Node::listening(NetConfig { max_sessions: 1, ..config(1) }, TCP).await;
    let (first, second) = (Node::start(config(2)), Node::start(config(3)));
    server.trust(&[first.key(), second.key()]).await;
    for node in [&first, &second] {
        node.trust(&[server.key()]).await;
        node.add(server.key(), &address).await;
    }
    let (one, key, _) = server.until(connected).await;
    let (inside, outside) = if key == first.key() { (first, second) } else { (second, first) };
    inside.handle.shutdown().await;
    server.disconnected(one).await;
    assert_eq!(server.until(connected).await.1, outside.key());
}

#[tokio::test]
async fn orders_are_obeyed_while_nobody_takes_events() {
    let ((server, _near), (client, far)) = pair(TCP).await;
    while client.handle.send(far, vec![0; 1000]).is_ok() {}
    for _ in 0..100 {
        let peers = timeout(PATIENCE, server.handle.peers()).await.unwrap().unwrap();
        assert!(matches!(peers[0].state, PeerState::Connected { .. }));
    }
}
