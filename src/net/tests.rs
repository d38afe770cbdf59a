//! Real nodes on the loopback. All waits are for events, with a generous limit.
#![expect(clippy::wildcard_enum_match_arm, reason = "tests look for one event among many")]

mod joining;
mod limits;
mod privacy;
mod relays;
mod sessions;
mod strangers;

use std::{collections::BTreeSet, time::Duration};

use tokio::{sync::mpsc, time::timeout};
use zeroize::Zeroizing;

use super::{
    BackoffConfig, ConnectionId, DisconnectReason, Net, NetConfig, NetEvent, NetHandle, SendError,
    StrangerPolicy, TimeLimits, TransportKey,
};

const TCP: &str = "/ip4/127.0.0.1/tcp/0";
const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";
const PATIENCE: Duration = Duration::from_secs(30);

/// A node and its events.
struct Node {
    handle: NetHandle,
    events: mpsc::Receiver<NetEvent>,
}

/// Limits for tests: members by default, quick to dial again.
fn config(name: u8) -> NetConfig {
    NetConfig {
        strangers: StrangerPolicy::Refuse,
        backoff: BackoffConfig {
            first: Duration::from_millis(20),
            most: Duration::from_millis(200),
            stable_after: Duration::from_secs(30),
        },
        time_limits: TimeLimits { shutdown: Duration::from_millis(600), ..TimeLimits::default() },
        ..NetConfig::new(Zeroizing::new([name; 32]), [name; 32])
    }
}

fn strangers(sessions: usize) -> StrangerPolicy {
    StrangerPolicy::Allow { sessions, max_frame_bytes: 1000, stay: PATIENCE }
}

impl Node {
    fn start(config: NetConfig) -> Self {
        let (handle, events) = Net::start(config).unwrap();
        Self { handle, events }
    }

    /// A node that listens on one address, and that address.
    async fn listening(config: NetConfig, address: &str) -> (Self, String) {
        let mut node = Self::start(NetConfig { listen: vec![address.into()], ..config });
        let address = node.until(listening).await;
        (node, address)
    }

    fn key(&self) -> TransportKey {
        self.handle.key()
    }

    async fn next(&mut self) -> NetEvent {
        timeout(PATIENCE, self.events.recv()).await.expect("an event in time").expect("a network")
    }

    /// The first event that is of interest; those before it are dropped.
    async fn until<T>(&mut self, mut interest: impl FnMut(NetEvent) -> Option<T>) -> T {
        loop {
            if let Some(found) = interest(self.next().await) {
                return found;
            }
        }
    }

    async fn connected(&mut self) -> ConnectionId {
        self.until(connected).await.0
    }

    async fn disconnected(&mut self, connection: ConnectionId) -> DisconnectReason {
        self.until(|event| match event {
            NetEvent::Disconnected { connection: id, reason } if id == connection => Some(reason),
            _ => None,
        })
        .await
    }

    async fn frame(&mut self, connection: ConnectionId) -> Vec<u8> {
        match self.next().await {
            NetEvent::Frame { connection: id, bytes } if id == connection => bytes,
            other => panic!("not a frame: {other:?}"),
        }
    }

    async fn trust(&self, keys: &[TransportKey]) {
        self.handle.set_members(keys.iter().copied().collect()).await.unwrap();
    }

    async fn block(&self, keys: &[TransportKey]) {
        let blocked: BTreeSet<_> = keys.iter().copied().collect();
        self.handle.set_blocked(blocked).await.unwrap();
    }

    async fn add(&self, key: TransportKey, address: &str) {
        self.handle.add_peer(key, vec![address.into()]).await.unwrap();
    }
}

fn listening(event: NetEvent) -> Option<String> {
    match event {
        NetEvent::Listening { address } => Some(address),
        _ => None,
    }
}

fn connected(event: NetEvent) -> Option<(ConnectionId, TransportKey, bool)> {
    match event {
        NetEvent::Connected { connection, key, outbound, .. } => Some((connection, key, outbound)),
        _ => None,
    }
}

/// Two nodes that trust each other, and their session as each sees it.
async fn pair(address: &str) -> ((Node, ConnectionId), (Node, ConnectionId)) {
    let (mut server, address) = Node::listening(config(1), address).await;
    let mut client = Node::start(config(2));
    server.trust(&[client.key()]).await;
    client.trust(&[server.key()]).await;
    client.add(server.key(), &address).await;
    let (far, key, outbound) = client.until(connected).await;
    assert_eq!((key, outbound), (server.key(), true));
    let (near, key, outbound) = server.until(connected).await;
    assert_eq!((key, outbound), (client.key(), false));
    ((server, near), (client, far))
}
