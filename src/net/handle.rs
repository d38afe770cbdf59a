//! The door to the network: orders go in here, [`NetEvent`]s come out of the queue.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::sync::{mpsc, oneshot};

use super::{
    AddressError, ConnectionId, JoinError, MAX_JOIN_REQUEST_BYTES, NetConfig, NetEvent, SendError,
    StartError, Stopped, TransportKey, address, event_loop, outbox::Outboxes,
};

/// Orders that wait for the event loop.
const MAX_WAITING_COMMANDS: usize = 64;

/// The network of one node.
#[derive(Debug)]
pub struct Net;

impl Net {
    /// Starts listening and spawns the task that owns the network; must be called within a tokio
    /// runtime. The task ends on [`NetHandle::shutdown`], or when the queue of events or the last
    /// handle is dropped.
    ///
    /// # Errors
    /// When the key is not usable or an address cannot be listened on.
    pub fn start(config: NetConfig) -> Result<(NetHandle, mpsc::Receiver<NetEvent>), StartError> {
        let (commands, orders) = mpsc::channel(MAX_WAITING_COMMANDS);
        let outboxes = Arc::new(Outboxes::default());
        let (key, events) = event_loop::spawn(config, orders, Arc::clone(&outboxes))?;
        Ok((NetHandle { key, commands, outboxes }, events))
    }
}

/// Gives orders to the network; cheap to clone.
#[derive(Debug, Clone)]
pub struct NetHandle {
    key: TransportKey,
    commands: mpsc::Sender<Command>,
    outboxes: Arc<Outboxes>,
}

/// What the network does about a peer that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerState {
    /// A session, for so long.
    Connected {
        /// The session.
        connection: ConnectionId,
        /// Its age.
        since: Duration,
    },
    /// Being dialled, or a stream being opened.
    Connecting,
    /// The next attempt follows after this time.
    Waiting {
        /// Time until the attempt.
        next_attempt: Duration,
    },
    /// Nothing is tried: there is no address, or the peer is blocked.
    Idle,
}

/// A peer that was added, or that has a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerStatus {
    /// The peer.
    pub key: TransportKey,
    /// Its addresses, as they were added.
    pub addresses: Vec<String>,
    /// What is done about it.
    pub state: PeerState,
    /// Why the last attempt or session ended.
    pub last_error: Option<String>,
}

/// Whether partners can call this node, as members that tried have told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    /// Nobody has tried.
    #[default]
    Unknown,
    /// They can.
    Open,
    /// They cannot: it is behind a NAT or a firewall.
    Closed,
}

/// An order to the event loop.
pub(super) enum Command {
    SetMembers(BTreeSet<TransportKey>),
    SetBlocked(BTreeSet<TransportKey>),
    AddPeer(TransportKey, Vec<String>, oneshot::Sender<Result<(), AddressError>>),
    RemovePeer(TransportKey),
    DialNow(Option<TransportKey>),
    Close(ConnectionId, String),
    Join(String, Vec<u8>, oneshot::Sender<Result<Vec<u8>, JoinError>>),
    Listeners(oneshot::Sender<Vec<String>>),
    Peers(oneshot::Sender<Vec<PeerStatus>>),
    Limit(Option<u64>),
    Metered(bool),
    Shutdown,
}

impl NetHandle {
    /// This device's transport key.
    #[must_use]
    pub fn key(&self) -> TransportKey {
        self.key
    }

    /// Queues a frame for a peer; does not wait.
    ///
    /// # Errors
    /// When the frame is over the limit, the queue is full (`Drained` follows when it has room
    /// again), or the session has ended.
    pub fn send(&self, connection: ConnectionId, frame: Vec<u8>) -> Result<(), SendError> {
        self.outboxes.send(connection, frame)
    }

    /// Says who may open a sync stream. Sessions of those who are no longer members go on only as
    /// strangers', if there is place.
    ///
    /// # Errors
    /// When the network is stopped.
    pub async fn set_members(&self, members: BTreeSet<TransportKey>) -> Result<(), Stopped> {
        self.order(Command::SetMembers(members)).await
    }

    /// Says who is cut off at once and refused from now on, whether member or stranger.
    ///
    /// # Errors
    /// When the network is stopped.
    pub async fn set_blocked(&self, blocked: BTreeSet<TransportKey>) -> Result<(), Stopped> {
        self.order(Command::SetBlocked(blocked)).await
    }

    /// Keeps a session with a peer at these addresses: dials now, and again whenever the session
    /// is lost. Replaces earlier addresses. Without an address nothing is dialled, but a stream is
    /// opened when the peer connects.
    ///
    /// # Errors
    /// When the key or an address is not usable; each says what to do.
    pub async fn add_peer(
        &self,
        key: TransportKey,
        addresses: Vec<String>,
    ) -> Result<(), AddressError> {
        self.ask(|reply| Command::AddPeer(key, addresses, reply)).await?
    }

    /// Forgets a peer's addresses and dials it no more; a session that it has goes on.
    ///
    /// # Errors
    /// When the network is stopped.
    pub async fn remove_peer(&self, key: TransportKey) -> Result<(), Stopped> {
        self.order(Command::RemovePeer(key)).await
    }

    /// Dials one peer, or all, without waiting for the next attempt.
    ///
    /// # Errors
    /// When the network is stopped.
    pub async fn dial_now(&self, key: Option<TransportKey>) -> Result<(), Stopped> {
        self.order(Command::DialNow(key)).await
    }

    /// Ends a session, and the connection below it. What is queued may be lost.
    ///
    /// # Errors
    /// When the network is stopped.
    pub async fn close(
        &self,
        connection: ConnectionId,
        reason: impl Into<String> + Send,
    ) -> Result<(), Stopped> {
        self.order(Command::Close(connection, reason.into())).await
    }

    /// Sends a request to join to the device at an address (with `/p2p/…`) and waits for the
    /// answer.
    ///
    /// # Errors
    /// When the address is not usable, the peer cannot be reached, or it does not answer.
    pub async fn join(&self, address: &str, request: Vec<u8>) -> Result<Vec<u8>, JoinError> {
        if request.len() > MAX_JOIN_REQUEST_BYTES {
            let bytes = request.len();
            return Err(JoinError::TooLarge { bytes, limit: MAX_JOIN_REQUEST_BYTES });
        }
        address::parse_with_peer(address)?;
        let address = address.to_owned();
        self.ask(|reply| Command::Join(address, request, reply)).await?
    }

    /// The addresses on which this node listens (without `/p2p/…`).
    ///
    /// # Errors
    /// When the network is stopped.
    pub async fn listeners(&self) -> Result<Vec<String>, Stopped> {
        self.ask(Command::Listeners).await
    }

    /// The peers that were added, and those that have a session, ordered by key.
    ///
    /// # Errors
    /// When the network is stopped.
    pub async fn peers(&self) -> Result<Vec<PeerStatus>, Stopped> {
        self.ask(Command::Peers).await
    }

    /// Limits how many bytes a second all sessions carry together, from a thread that is no task.
    pub fn limit_soon(&self, bytes_per_second: Option<u64>) {
        self.order_soon(Command::Limit(bytes_per_second));
    }

    /// Says whether the link is paid for by what it carries, from a thread that is no task: then
    /// nothing more is relayed for others, and nobody is asked whether this node is reached.
    pub fn metered_soon(&self, on: bool) {
        self.order_soon(Command::Metered(on));
    }

    /// Closes all streams in order and waits for the network's task to end; safe to repeat.
    pub async fn shutdown(&self) {
        // An error says that the task has ended already, which is what is wanted.
        let _already_stopped = self.order(Command::Shutdown).await;
        self.commands.closed().await;
    }

    /// As [`Self::close`], from a thread that is no task; does not wait for it to be done.
    pub fn close_soon(&self, connection: ConnectionId, reason: impl Into<String>) {
        self.order_soon(Command::Close(connection, reason.into()));
    }

    /// As [`Self::set_members`], from a thread that is no task.
    pub fn set_members_soon(&self, members: BTreeSet<TransportKey>) {
        self.order_soon(Command::SetMembers(members));
    }

    /// As [`Self::set_blocked`], from a thread that is no task.
    pub fn set_blocked_soon(&self, blocked: BTreeSet<TransportKey>) {
        self.order_soon(Command::SetBlocked(blocked));
    }

    /// As [`Self::add_peer`], from a thread that is no task; addresses that are not usable are
    /// logged, so check them before with [`address::split_address`].
    pub fn add_peer_soon(&self, key: TransportKey, addresses: Vec<String>) {
        let (reply, _unheard) = oneshot::channel();
        self.order_soon(Command::AddPeer(key, addresses, reply));
    }

    /// The event loop never waits for whoever takes its events, so waiting for it here ends.
    fn order_soon(&self, command: Command) {
        if self.commands.blocking_send(command).is_err() {
            tracing::debug!("the network has stopped");
        }
    }

    async fn order(&self, command: Command) -> Result<(), Stopped> {
        self.commands.send(command).await.map_err(|_closed| Stopped)
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command + Send,
    ) -> Result<T, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.order(command(reply)).await?;
        answer.await.map_err(|_dropped| Stopped)
    }
}
