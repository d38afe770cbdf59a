use super::*;
use crate::net::Reach;

const CIRCUIT: &str = "/p2p-circuit";

/// A node that nobody can call, and that uses relays.
fn closed(name: u8) -> NetConfig {
    NetConfig { use_relays: true, assumed_reach: Reach::Closed, ..config(name) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_reach_each_other_through_a_relay_and_strangers_nobody() {
    let relaying = NetConfig { serve_relay: true, ..config(1) };
    let (relay, address) = Node::listening(relaying, TCP).await;
    let (mut hidden, mut caller) = (Node::start(closed(2)), Node::start(closed(3)));
    let mut stranger = Node::start(closed(4));
    let members = [relay.key(), hidden.key(), caller.key()];
    relay.trust(&members).await;
    hidden.trust(&members).await;
    caller.trust(&members).await;
    stranger.trust(&members).await;
    // 1. Who cannot be called waits at the relay.
    hidden.add(relay.key(), &address).await;
    let circuit = hidden.until(|event| listening(event).filter(|it| it.contains(CIRCUIT))).await;
    // 2. Nobody is let through whom the relay does not know, whoever knows him at the other end.
    hidden.trust(&[members.as_slice(), &[stranger.key()]].concat()).await;
    stranger.add(hidden.key(), &circuit).await;
    let failed = |event| matches!(event, NetEvent::DialFailed { .. }).then_some(());
    stranger.until(failed).await;
    // Nor has a stranger a place there, though it believes that the relay is its partner's.
    stranger.add(relay.key(), &address).await;
    let place = stranger.until(|event| listening(event).filter(|it| it.contains(CIRCUIT)));
    assert!(timeout(Duration::from_secs(3), place).await.is_err());
    // 3. A member is, and each end has proven its key to the other.
    caller.add(hidden.key(), &circuit).await;
    let (far, key, _) = caller.until(connected).await;
    assert_eq!(key, hidden.key());
    let wanted = caller.key();
    hidden.until(|event| connected(event).filter(|(_, key, _)| *key == wanted)).await;
    // On the loopback a direct connection is made at once, and the session moves there.
    if caller.handle.send(far, b"through".to_vec()).is_ok() {
        let came = |event| match event {
            NetEvent::Frame { bytes, .. } => Some(bytes == b"through"),
            NetEvent::Disconnected { .. } => Some(true),
            _ => None,
        };
        assert!(hidden.until(came).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_metered_node_asks_nobody_and_waits_at_a_relay() {
    let relaying = NetConfig { serve_relay: true, use_relays: true, ..config(1) };
    let (relay, address) = Node::listening(relaying, TCP).await;
    let metered = NetConfig { use_relays: true, metered: true, ..config(2) };
    let (mut node, _) = Node::listening(metered, TCP).await;
    let members = [relay.key(), node.key()];
    relay.trust(&members).await;
    node.trust(&members).await;
    node.add(relay.key(), &address).await;
    node.until(|event| listening(event).filter(|it| it.contains(CIRCUIT))).await;
    // It would be told that it is reached, on the loopback, within a few seconds.
    let told = timeout(Duration::from_secs(6), node.until(is(Reach::Open)));
    assert!(told.await.is_err());
    // Free again, it asks, and is told.
    meter(&node, false).await;
    node.until(is(Reach::Open)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_becomes_metered_waits_at_a_relay_whatever_was_told_before() {
    let relaying = NetConfig { serve_relay: true, use_relays: true, ..config(1) };
    let (relay, address) = Node::listening(relaying, TCP).await;
    let (mut node, _) = Node::listening(NetConfig { use_relays: true, ..config(2) }, TCP).await;
    let members = [relay.key(), node.key()];
    relay.trust(&members).await;
    node.trust(&members).await;
    node.add(relay.key(), &address).await;
    node.until(is(Reach::Open)).await;
    meter(&node, true).await;
    let (mut closed, mut waits) = (false, false);
    while !(closed && waits) {
        match node.next().await {
            NetEvent::Reach(reach) => closed = reach == Reach::Closed,
            event => waits |= listening(event).is_some_and(|it| it.contains(CIRCUIT)),
        }
    }
}

fn is(wanted: Reach) -> impl Fn(NetEvent) -> Option<()> {
    move |event| matches!(event, NetEvent::Reach(reach) if reach == wanted).then_some(())
}

async fn meter(node: &Node, on: bool) {
    let handle = node.handle.clone();
    tokio::task::spawn_blocking(move || handle.metered_soon(on)).await.unwrap();
}
