//! A peer with any transport key that sends whatever it likes as frames.

use std::time::Duration;

use ceiba::{
    crypto::Label,
    model::id::CircleId,
    net::{ConnectionId, DisconnectReason, Net, NetConfig, NetEvent, NetHandle, TransportKey},
    wire::sync::{Circles, Frame, Hello, frame::Message},
};
use prost::Message as _;
use tokio::{sync::mpsc, time::timeout};
use zeroize::Zeroizing;

/// How long anything may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

pub(super) struct Peer {
    handle: NetHandle,
    events: mpsc::Receiver<NetEvent>,
    victim: TransportKey,
    address: String,
    nonce: [u8; 32],
    pub(super) frames_sent: u64,
    pub(super) bytes_sent: usize,
    pub(super) bytes_heard: usize,
}

impl Peer {
    /// A peer with this key that knows where its victim is.
    pub(super) fn new(secret: [u8; 32], address: &str) -> Self {
        let mut config = NetConfig::new(Zeroizing::new(secret), secret);
        config.backoff.first = Duration::from_millis(50);
        config.backoff.most = Duration::from_millis(200);
        let (handle, events) = Net::start(config).unwrap();
        let (_, victim) = ceiba::net::split_address(address).unwrap();
        let address = address.to_owned();
        let nonce = *blake3::hash(&secret).as_bytes();
        Self {
            handle,
            events,
            victim,
            address,
            nonce,
            frames_sent: 0,
            bytes_sent: 0,
            bytes_heard: 0,
        }
    }

    /// Its peer id, as logs tell it.
    pub(super) fn id(&self) -> String {
        ceiba::net::peer_id(&self.handle.key()).unwrap()
    }

    /// Begins to dial the victim, and does so again whenever the session ends.
    pub(super) async fn dial(&self) {
        self.handle.set_members([self.victim].into()).await.unwrap();
        self.handle.add_peer(self.victim, vec![self.address.clone()]).await.unwrap();
    }

    /// The next session.
    pub(super) async fn connected(&mut self) -> ConnectionId {
        loop {
            if let Some(NetEvent::Connected { connection, .. }) = self.next().await {
                return connection;
            }
        }
    }

    async fn next(&mut self) -> Option<NetEvent> {
        let event = timeout(PATIENCE, self.events.recv()).await.expect("an event in time");
        if let Some(NetEvent::Frame { bytes, .. }) = &event {
            self.bytes_heard += bytes.len();
        }
        event
    }

    /// The next message of the victim that is of interest.
    pub(super) async fn heard<T>(&mut self, interest: impl Fn(&Message) -> Option<T>) -> T {
        loop {
            if let Some(NetEvent::Frame { bytes, .. }) = self.next().await {
                let message = Frame::decode(bytes.as_slice()).unwrap().message;
                if let Some(found) = message.as_ref().and_then(&interest) {
                    return found;
                }
            }
        }
    }

    /// Waits for the session's end.
    pub(super) async fn ended(&mut self, session: ConnectionId) -> DisconnectReason {
        loop {
            if let Some(NetEvent::Disconnected { connection, reason }) = self.next().await
                && connection == session
            {
                return reason;
            }
        }
    }

    /// Sends any bytes as a frame; false when there is no session or no room.
    pub(super) fn send(&mut self, session: ConnectionId, bytes: Vec<u8>) -> bool {
        let length = bytes.len();
        let sent = self.handle.send(session, bytes).is_ok();
        self.frames_sent += u64::from(sent);
        self.bytes_sent += if sent { length } else { 0 };
        sent
    }

    pub(super) fn say(&mut self, session: ConnectionId, message: Message) -> bool {
        self.send(session, Frame { message: Some(message) }.encode_to_vec())
    }

    /// How this peer names a circle to the victim.
    pub(super) fn tag(&self, circle: &CircleId) -> Vec<u8> {
        let own = self.handle.key();
        let parts = [circle.as_bytes().as_slice(), &self.nonce, &own, &self.victim];
        Label::BlindedCircleTag.hash(&parts)[..16].to_vec()
    }

    /// Says hello and shows circles, with digests that fit nothing.
    pub(super) fn hello(&mut self, session: ConnectionId, circles: &[CircleId]) -> bool {
        let tags: Vec<u8> = circles.iter().flat_map(|circle| self.tag(circle)).collect();
        let digests = vec![7; circles.len() * 8];
        let hello = Hello {
            version: 1,
            nonce: self.nonce.to_vec(),
            max_frame_bytes: u32::MAX,
            window_bytes: u32::MAX,
            circles: Some(Circles {
                tags,
                statement_digests: digests.clone(),
                frontier_digests: digests,
                // As a version that knows nothing of receipts.
                receipt_digests: Vec::new(),
            }),
            parts: true,
            metered: false,
        };
        self.say(session, Message::Hello(hello))
    }

    /// Asks to join; gives the answer, if there is one.
    pub(super) async fn ask_to_join(&self, request: Vec<u8>) -> Option<Vec<u8>> {
        self.handle.join(&self.address, request).await.ok()
    }

    /// Ends a session from this side.
    pub(super) async fn hang_up(&mut self, session: ConnectionId) {
        self.handle.close(session, "the attacker hangs up").await.unwrap();
        self.ended(session).await;
    }
}
