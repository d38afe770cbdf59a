//! Requests to join.

use super::*;
use crate::net::{
    JoinError, JoinResponder, MAX_JOIN_ANSWER_BYTES, MAX_JOIN_REQUEST_BYTES, address_with_key,
};

async fn request(node: &mut Node) -> (TransportKey, Vec<u8>, JoinResponder) {
    node.until(|event| match event {
        NetEvent::JoinRequest { key, bytes, responder, .. } => Some((key, bytes, responder)),
        _ => None,
    })
    .await
}

/// A node that can be joined, its full address, and a stranger.
async fn invited(server: NetConfig, address: &str) -> (Node, String, Node) {
    let (server, address) = Node::listening(server, address).await;
    let address = address_with_key(&address, &server.key()).unwrap();
    (server, address, Node::start(config(2)))
}

#[tokio::test]
async fn a_stranger_is_answered_and_gets_no_session() {
    for transport in [TCP, QUIC] {
        let (mut server, address, client) = invited(config(1), transport).await;
        let question = vec![7; MAX_JOIN_REQUEST_BYTES];
        let (answer, ()) = tokio::join!(client.handle.join(&address, question.clone()), async {
            let (key, bytes, responder) = request(&mut server).await;
            assert_eq!((key, bytes), (client.key(), question.clone()));
            assert!(responder.answer(vec![8; MAX_JOIN_ANSWER_BYTES]));
        });
        assert_eq!(answer.unwrap(), vec![8; MAX_JOIN_ANSWER_BYTES]);
        // Again, on the connection that is there.
        let (answer, ()) = tokio::join!(client.handle.join(&address, vec![]), async {
            assert!(request(&mut server).await.2.answer(vec![]));
        });
        assert_eq!(answer, Ok(vec![]));
        assert_eq!(server.handle.peers().await.unwrap(), []);
    }
}

#[tokio::test]
async fn refusals_reach_the_asker() {
    let (mut server, address, client) = invited(config(1), TCP).await;
    let (answer, ()) = tokio::join!(client.handle.join(&address, vec![1]), async {
        drop(request(&mut server).await.2);
    });
    assert_eq!(answer, Err(JoinError::Refused));
    let (answer, ()) = tokio::join!(client.handle.join(&address, vec![1]), async {
        let responder = request(&mut server).await.2;
        assert!(responder.answer(vec![0; MAX_JOIN_ANSWER_BYTES + 1]));
    });
    assert_eq!(answer, Err(JoinError::Refused));
    server.block(&[client.key()]).await;
    let answer = client.handle.join(&address, vec![1]).await;
    assert!(matches!(answer, Err(JoinError::Refused | JoinError::Unreachable(_))), "{answer:?}");
}

#[tokio::test]
async fn few_are_answered_at_once() {
    let closed = NetConfig { max_joins: 0, ..config(1) };
    let (_server, address, client) = invited(closed, TCP).await;
    assert_eq!(client.handle.join(&address, vec![1]).await, Err(JoinError::Refused));

    let one = NetConfig { max_joins: 1, ..config(3) };
    let (mut server, address, client) = invited(one, QUIC).await;
    let (first, second) = tokio::join!(client.handle.join(&address, vec![1]), async {
        let (_, _, responder) = request(&mut server).await;
        let other = Node::start(config(4));
        let refused = other.handle.join(&address, vec![2]).await;
        assert!(responder.answer(vec![3]));
        refused
    });
    assert_eq!((first, second), (Ok(vec![3]), Err(JoinError::Refused)));
}

#[tokio::test]
async fn an_answer_that_does_not_come_times_out() {
    let mut hasty = config(1);
    hasty.time_limits.join_answer = Duration::from_millis(50);
    let (mut server, address, client) = invited(hasty, TCP).await;
    let (answer, responder) =
        tokio::join!(client.handle.join(&address, vec![1]), async { request(&mut server).await.2 });
    assert_eq!(answer, Err(JoinError::Refused));
    assert!(!responder.answer(vec![]));
}

#[tokio::test]
async fn what_cannot_be_asked_is_told() {
    let (server, address, client) = invited(config(1), TCP).await;
    let error = client.handle.join("/ip4/127.0.0.1/tcp/1", vec![]).await.unwrap_err();
    assert!(matches!(error, JoinError::Address(_)));
    let error = server.handle.join(&address, vec![]).await.unwrap_err();
    assert!(matches!(error, JoinError::Address(_)), "its own address: {error}");
    let large = vec![0; MAX_JOIN_REQUEST_BYTES + 1];
    let error = client.handle.join(&address, large).await.unwrap_err();
    assert!(matches!(error, JoinError::TooLarge { .. }));
    // Another device's key at this address.
    let (address, _) = crate::net::split_address(&address).unwrap();
    let other = address_with_key(&address, &client_key(9)).unwrap();
    let error = client.handle.join(&other, vec![]).await.unwrap_err();
    assert!(matches!(error, JoinError::Unreachable(_)), "{error}");
    server.handle.shutdown().await;
    let gone = address_with_key(&address, &server.key()).unwrap();
    let error = client.handle.join(&gone, vec![]).await.unwrap_err();
    assert!(matches!(error, JoinError::Unreachable(_)), "{error}");
}

fn client_key(name: u8) -> TransportKey {
    ed25519_dalek::SigningKey::from_bytes(&[name; 32]).verifying_key().to_bytes()
}
