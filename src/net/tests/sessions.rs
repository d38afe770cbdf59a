//! One session for each pair of peers, whatever happens to connections.

use super::*;
use crate::{model::limits::MAX_FRAME_BYTES, net::PeerState};

#[tokio::test]
async fn frames_go_both_ways_up_to_the_largest() {
    for address in [TCP, QUIC] {
        let ((mut server, near), (mut client, far)) = pair(address).await;
        for length in [0, 1, 70_000, MAX_FRAME_BYTES] {
            let frame: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            server.handle.send(near, frame.clone()).unwrap();
            client.handle.send(far, frame.clone()).unwrap();
            assert!(client.frame(far).await == frame, "{address}: {length} to the client");
            assert!(server.frame(near).await == frame, "{address}: {length} to the server");
        }
        let limit = MAX_FRAME_BYTES;
        let over = SendError::TooLarge { bytes: limit + 1, limit };
        assert_eq!(client.handle.send(far, vec![0; limit + 1]), Err(over));
    }
}

#[tokio::test]
async fn what_was_queued_before_a_close_arrives() {
    for address in [TCP, QUIC] {
        let ((mut server, near), (mut client, far)) = pair(address).await;
        // So that it does not come back at once, in place of the session that we look at.
        client.handle.remove_peer(server.key()).await.unwrap();
        for number in 0..100u8 {
            client.handle.send(far, vec![number; 10_000]).unwrap();
        }
        client.handle.close(far, "enough").await.unwrap();
        for number in 0..100u8 {
            assert_eq!(server.frame(near).await, vec![number; 10_000]);
        }
        assert_eq!(server.disconnected(near).await, DisconnectReason::ClosedByPeer);
        let reason = client.disconnected(far).await;
        assert_eq!(reason, DisconnectReason::ClosedHere("enough".into()));
        assert_eq!(client.handle.send(far, vec![]), Err(SendError::Gone));
    }
}

#[tokio::test]
async fn peers_that_dial_each_other_at_once_have_one_session() {
    for round in 0..6u8 {
        let address = if round % 2 == 0 { TCP } else { QUIC };
        let (mut a, to_a) = Node::listening(config(10 + round), address).await;
        let (mut b, to_b) = Node::listening(config(20 + round), address).await;
        a.trust(&[b.key()]).await;
        b.trust(&[a.key()]).await;
        tokio::join!(a.add(b.key(), &to_b), b.add(a.key(), &to_a));
        let (at_a, at_b) = (a.connected().await, b.connected().await);
        for number in 0..20u8 {
            a.handle.send(at_a, vec![number]).unwrap();
            b.handle.send(at_b, vec![number]).unwrap();
            // `frame` accepts nothing else: neither another session nor the end of this one.
            assert_eq!(a.frame(at_a).await, [number]);
            assert_eq!(b.frame(at_b).await, [number]);
        }
        let peers = a.handle.peers().await.unwrap();
        assert!(matches!(
            peers.as_slice(),
            [only] if only.key == b.key()
                && matches!(only.state, PeerState::Connected { connection, .. } if connection == at_a)
        ));
    }
}

#[tokio::test]
async fn a_new_address_does_not_wait_for_a_dial_to_an_old_one() {
    // Somebody holds the port and says nothing: that dial would take the whole ten seconds.
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let old = format!("/ip4/127.0.0.1/udp/{}/quic-v1", silent.local_addr().unwrap().port());
    let (mut server, new) = Node::listening(config(1), TCP).await;
    let mut client = Node::start(config(2));
    server.trust(&[client.key()]).await;
    client.trust(&[server.key()]).await;
    client.add(server.key(), &old).await;
    client.add(server.key(), &new).await;
    let soon = Duration::from_secs(5);
    timeout(soon, client.connected()).await.expect("the new address is dialled");
    server.connected().await;
}

#[tokio::test]
async fn a_session_comes_back_when_the_other_side_restarts() {
    for address in [TCP, QUIC] {
        let (mut server, at) = Node::listening(config(1), address).await;
        // Nobody says that no one listens on a QUIC port: a dial waits for as long as it may.
        let mut hasty = config(2);
        hasty.time_limits.handshake = Duration::from_secs(2);
        let mut client = Node::start(hasty);
        server.trust(&[client.key()]).await;
        client.trust(&[server.key()]).await;
        client.add(server.key(), &at).await;
        let (far, _near) = (client.connected().await, server.connected().await);
        server.handle.shutdown().await;
        drop(server);
        assert_eq!(client.disconnected(far).await, DisconnectReason::ClosedByPeer);
        client.until(|event| matches!(event, NetEvent::DialFailed { .. }).then_some(())).await;

        let (mut server, _) = Node::listening(config(1), &at).await;
        server.trust(&[client.key()]).await;
        let again = client.connected().await;
        assert!(again > far);
        client.handle.send(again, b"here".to_vec()).unwrap();
        let near = server.connected().await;
        assert_eq!(server.frame(near).await, b"here");
    }
}

#[tokio::test]
async fn a_peer_that_lost_its_session_unnoticed_gets_a_new_one() {
    let mut lenient = config(1);
    lenient.time_limits.replace_after = Duration::ZERO;
    let (mut server, address) = Node::listening(lenient, TCP).await;
    let first = Node::start(config(2));
    server.trust(&[first.key()]).await;
    first.trust(&[server.key()]).await;
    first.add(server.key(), &address).await;
    let old = server.connected().await;

    // The same device as one that came back after a power cut: the server has not noticed.
    let second = Node::start(config(2));
    second.trust(&[server.key()]).await;
    second.add(server.key(), &address).await;
    // In this order: one session ends before the next begins.
    let event = server.next().await;
    assert!(matches!(
        event,
        NetEvent::Disconnected { connection, reason: DisconnectReason::Replaced } if connection == old
    ));
    let (new, key, _) = server.until(connected).await;
    assert_eq!(key, first.key());
    assert!(new > old);
}

#[tokio::test]
async fn a_blocked_peer_is_cut_off_and_does_not_come_back() {
    for address in [TCP, QUIC] {
        let ((mut server, near), (mut client, far)) = pair(address).await;
        server.block(&[client.key()]).await;
        assert_eq!(server.disconnected(near).await, DisconnectReason::Blocked);
        client.disconnected(far).await;
        for _ in 0..3 {
            let failed = |event| match event {
                NetEvent::DialFailed { key, .. } => Some(key),
                NetEvent::Connected { .. } => panic!("a blocked peer came back"),
                _ => None,
            };
            assert_eq!(client.until(failed).await, server.key());
        }
        server.block(&[]).await;
        client.handle.dial_now(None).await.unwrap();
        client.connected().await;
        server.connected().await;
    }
}

#[tokio::test]
async fn a_peer_without_an_address_is_met_when_it_comes() {
    let (mut server, address) = Node::listening(config(1), TCP).await;
    let mut client = Node::start(config(2));
    server.trust(&[client.key()]).await;
    client.trust(&[server.key()]).await;
    server.handle.add_peer(client.key(), vec![]).await.unwrap();
    client.add(server.key(), &address).await;
    let (at_server, at_client) = (server.connected().await, client.connected().await);
    server.handle.send(at_server, vec![1]).unwrap();
    assert_eq!(client.frame(at_client).await, [1]);
}

#[tokio::test]
async fn a_removed_peer_is_not_dialed_again() {
    let ((server, _near), (mut client, far)) = pair(TCP).await;
    client.handle.remove_peer(server.key()).await.unwrap();
    server.handle.shutdown().await;
    client.disconnected(far).await;
    assert_eq!(client.handle.peers().await.unwrap(), []);
}

#[tokio::test]
async fn shutdown_is_quick_and_told_to_the_peer() {
    for address in [TCP, QUIC] {
        let ((mut server, near), (mut client, far)) = pair(address).await;
        let limit = Duration::from_secs(1);
        timeout(limit, server.handle.shutdown()).await.expect("a quick end");
        assert_eq!(server.disconnected(near).await, DisconnectReason::Shutdown);
        assert!(server.events.recv().await.is_none());
        assert_eq!(server.handle.send(near, vec![]), Err(SendError::Gone));
        assert!(server.handle.peers().await.is_err());
        timeout(limit, server.handle.shutdown()).await.expect("nothing to do");
        assert_eq!(client.disconnected(far).await, DisconnectReason::ClosedByPeer);
    }
}

#[tokio::test]
async fn shutdown_does_not_wait_long_for_events_to_be_taken() {
    let ((server, near), (client, far)) = pair(TCP).await;
    while client.handle.send(far, vec![0; 1000]).is_ok() {}
    while server.handle.send(near, vec![0; 1000]).is_ok() {}
    timeout(PATIENCE, server.handle.shutdown()).await.expect("an end");
    timeout(PATIENCE, client.handle.shutdown()).await.expect("an end");
}

#[tokio::test]
async fn the_network_stops_when_its_events_are_dropped() {
    let Node { handle, events } = Node::start(config(1));
    drop(events);
    timeout(PATIENCE, handle.shutdown()).await.expect("an end");
}
