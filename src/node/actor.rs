//! The actor: one thread that owns the node, and the handle that is its only door.

use std::{path::Path, time::Duration};

use rand::Rng;
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

use crate::{
    api::{Answer, ApiError, ErrorKind, Progress, Request, network::Network},
    crypto::Passphrase,
    net::{Net, NetConfig, NetEvent, StartError},
    node::{Node, clock, errors, notice::Notice, requests::network::bytes_per_second},
    sync::Input,
};

/// Orders that wait for the actor.
const QUEUE: usize = 64;
/// Longest pause between two looks at the clock.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Looks at whether the node listens, and the pause between two: a second in all.
const LISTEN_LOOKS: usize = 50;
const LISTEN_LOOK: Duration = Duration::from_millis(20);

/// Work for the actor, in the order in which it is given.
type Work = Box<dyn FnOnce(&mut Node) -> Reply + Send>;

/// Tells who gave the work what came of it, once all that it wrote is durable, or is known not to
/// be.
type Reply = Box<dyn FnOnce(Result<(), ApiError>) + Send>;

/// Messages that are taken before what they wrote is made durable, together.
const MAX_BURST: usize = 64;

enum Message {
    Work(Work),
    Net(NetEvent),
    Stop(oneshot::Sender<Result<(), ApiError>>),
}

/// How a node takes part in the network.
#[derive(Debug, Clone, Default)]
pub struct NetOptions {
    /// Multiaddrs to listen on. If there are none, a node that stays up listens on every
    /// interface: on the ports that it had last, if they are free.
    pub listen: Vec<String>,
    /// Whether the node stays up (`ceiba run`), or was opened for one command.
    pub running: bool,
    /// Whether nobody is dialled but by [`Handle::open_session`]. Partners can still call in.
    pub by_hand: bool,
    /// How the link is used.
    pub network: Network,
}

/// The one door to a node; cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    messages: mpsc::Sender<Message>,
    pub(super) net: Option<crate::net::NetHandle>,
    /// How many addresses the node was told to listen on.
    wanted: usize,
}

/// Where a node listens unless it is told otherwise: every interface, on ports that the system
/// chooses.
pub const DEFAULT_LISTEN: [&str; 2] = ["/ip4/0.0.0.0/tcp/0", "/ip4/0.0.0.0/udp/0/quic-v1"];

impl Handle {
    /// Opens a home and starts its actor; with `net`, its network too. Must be called within a
    /// tokio runtime.
    ///
    /// # Errors
    /// When the home cannot be opened or an address not be listened on.
    pub async fn start(
        home: &Path,
        passphrase: Passphrase,
        net: Option<NetOptions>,
    ) -> Result<Self, ApiError> {
        let path = home.to_path_buf();
        // Opening reads the disk and costs scrypt: not on the runtime's threads.
        let opened = tokio::task::spawn_blocking(move || Node::open(&path, &passphrase));
        let mut node = opened.await.map_err(|error| errors::internal(error.to_string()))??;
        let (messages, inbox) = mpsc::channel(QUEUE);
        let (net, wanted) = match net {
            Some(options) => {
                let (net, wanted) = start_net(&mut node, options, &messages)?;
                (Some(net), wanted)
            }
            None => (None, 0),
        };
        let runtime = tokio::runtime::Handle::current();
        std::thread::Builder::new()
            .name("ceiba-node".to_owned())
            .spawn(move || run(node, inbox, &runtime))
            .map_err(|error| errors::internal(error.to_string()))?;
        let handle = Self { messages, net, wanted };
        handle.with(Node::begin).await?;
        Ok(handle)
    }

    /// Does something with the node, after what was asked before.
    ///
    /// # Errors
    /// When the node has stopped.
    pub async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Node) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let (reply, answer) = oneshot::channel();
        let work: Work = Box::new(move |node| {
            let value = work(node);
            Box::new(move |durable| drop(reply.send(durable.map(|()| value))))
        });
        self.messages.send(Message::Work(work)).await.map_err(|_closed| stopped())?;
        answer.await.map_err(|_dropped| stopped())?
    }

    /// Looks at something that nobody has to be sure is on the disk.
    ///
    /// # Errors
    /// When the node has stopped.
    pub(super) async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Node) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let (reply, answer) = oneshot::channel();
        let work: Work = Box::new(move |node| {
            let value = work(node);
            Box::new(move |_durable| drop(reply.send(value)))
        });
        self.messages.send(Message::Work(work)).await.map_err(|_closed| stopped())?;
        answer.await.map_err(|_dropped| stopped())
    }

    /// Answers a request.
    ///
    /// # Errors
    /// What went wrong, with a hint for the person who asked.
    #[expect(clippy::wildcard_enum_match_arm, reason = "`Node::answer` names every request")]
    pub async fn call(
        &self,
        request: Request,
        progress: impl Fn(Progress) + Send + Sync + Clone + 'static,
    ) -> Result<Answer, ApiError> {
        match request {
            Request::Join { ticket } => self.join(ticket, progress).await,
            Request::Sync { peer, timeout } => self.sync(peer, timeout, progress).await,
            Request::Bundle(request) => self.bundle(request, progress).await,
            Request::Evidence(request) => self.evidence(request, progress).await,
            Request::OpenRosa(request) => self.openrosa(request).await,
            Request::Notify(request) => self.notify(request).await,
            Request::Shutdown => Ok(Answer::Done),
            other => self.with(move |node| node.answer(other, &mut |it| progress(it))).await?,
        }
    }

    /// What happened to alerts since the last call, once there is something. For one consumer: what
    /// one has taken no other gets. Also while the disk fails: people must hear of it all the same.
    ///
    /// # Errors
    /// When the node has stopped.
    pub async fn next_notices(&self) -> Result<Vec<Notice>, ApiError> {
        let woken = self.look(|node| node.alert_notices.waker()).await?;
        loop {
            let taken = self.look(|node| node.alert_notices.take()).await?;
            if !taken.is_empty() {
                return Ok(taken);
            }
            woken.notified().await;
        }
    }

    /// The addresses on which the node listens, once there are as many as were asked for.
    ///
    /// # Errors
    /// When the node has stopped.
    pub async fn listening(&self) -> Result<Vec<String>, ApiError> {
        for _look in 0..LISTEN_LOOKS {
            let addresses = self.with(|node| node.listening()).await?;
            if addresses.len() >= self.wanted {
                return Ok(addresses);
            }
            tokio::time::sleep(LISTEN_LOOK).await;
        }
        self.with(|node| node.listening()).await
    }

    /// Remembers the ports that the system chose, for the next start with the same wishes.
    ///
    /// # Errors
    /// When the node has stopped.
    pub(super) async fn keep_listen(&self, wished: Vec<String>) -> Result<(), ApiError> {
        self.with(move |node| node.keep_listen(&wished)).await
    }

    /// The network, if the node has one.
    pub(super) fn net(&self) -> Result<&crate::net::NetHandle, ApiError> {
        self.net.as_ref().ok_or_else(|| {
            ApiError::new(ErrorKind::Network, "this node was opened without a network")
        })
    }

    /// Stops the node in an orderly way: network, journal, index.
    ///
    /// # Errors
    /// When the disk fails; nothing that was acknowledged is lost then either.
    pub async fn stop(self) -> Result<(), ApiError> {
        if let Some(net) = &self.net {
            net.shutdown().await;
        }
        let (reply, answer) = oneshot::channel();
        self.messages.send(Message::Stop(reply)).await.map_err(|_closed| stopped())?;
        answer.await.map_err(|_dropped| stopped())?
    }
}

fn stopped() -> ApiError {
    ApiError::new(ErrorKind::Internal, "the node has stopped")
        .hint("look at what `ceiba run` printed last")
}

/// Starts the network; how many addresses it was told to listen on.
fn start_net(
    node: &mut Node,
    options: NetOptions,
    messages: &mpsc::Sender<Message>,
) -> Result<(crate::net::NetHandle, usize), ApiError> {
    node.network = options.network;
    node.network.reach = crate::api::network::Reach::Unknown;
    let wished = options.listen;
    let wanted = wished.len();
    let last = if options.running { node.last_listen(&wished) } else { None };
    let running = options.running;
    let first = last.clone().unwrap_or_else(|| wished.clone());
    let started = Net::start(net_config(node, first, running));
    let started = match started {
        // Somebody else may have taken the ports meanwhile.
        Err(_taken) if last.is_some() => Net::start(net_config(node, wished, running)),
        started => started,
    };
    let (net, mut events) = started.map_err(|error| {
        let kind = match &error {
            StartError::Address(_) => ErrorKind::Usage,
            StartError::Key => ErrorKind::Locked,
            StartError::Listen { .. } | StartError::Transport(_) => ErrorKind::Network,
        };
        ApiError::new(kind, errors::sentence(&error))
            .hint("choose another address with --listen, or stop what uses it")
    })?;
    let messages = messages.clone();
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            if messages.send(Message::Net(event)).await.is_err() {
                break;
            }
        }
    });
    node.attach(net.clone(), options.running, options.by_hand);
    let on = node.network.metered;
    node.input(Input::Metered { on });
    Ok((net, wanted))
}

fn net_config(node: &mut Node, listen: Vec<String>, running: bool) -> NetConfig {
    let mut seed = [0; 32];
    node.rng.fill_bytes(&mut seed);
    let secret = Zeroizing::new(node.replica.identity().keys.transport.to_bytes());
    let mut config = NetConfig::new(secret, seed);
    config.listen = listen;
    config.bytes_per_second = bytes_per_second(node.network.bandwidth_limit);
    config.nearby = node.network.nearby;
    config.serve_relay = node.network.relay;
    config.metered = node.network.metered;
    config.hide_address = node.network.hide_address;
    config.use_relays = running;
    config
}

/// The actor's thread. What several messages wrote is made durable by one sync of the disk, and
/// nobody is told of it before.
fn run(mut node: Node, mut inbox: mpsc::Receiver<Message>, runtime: &tokio::runtime::Handle) {
    loop {
        node.hold();
        let next = node.tick();
        // What it wrote is the node's own: nobody waits for it.
        let _told = node.release();
        let pause = next.map_or(LONGEST_SLEEP, |at| at.saturating_since(clock::uptime()));
        let pause = pause.min(LONGEST_SLEEP).max(Duration::from_millis(1));
        let first = runtime.block_on(async { tokio::time::timeout(pause, inbox.recv()).await });
        let stop = match first {
            Err(_elapsed) => continue,
            Ok(Some(first)) => take_burst(&mut node, first, &mut inbox),
            Ok(None) => Some(None),
        };
        let Some(reply) = stop else { continue };
        let closed = node.close();
        if let Err(error) = &closed {
            tracing::error!(message = error.message, "the home was not closed in order");
        }
        if let Some(reply) = reply {
            drop(reply.send(closed));
        }
        return;
    }
}

/// Takes a message and what has come after it. Who wants to know that the node has stopped, if
/// that was asked for.
fn take_burst(
    node: &mut Node,
    first: Message,
    inbox: &mut mpsc::Receiver<Message>,
) -> Option<Option<oneshot::Sender<Result<(), ApiError>>>> {
    let mut replies: Vec<Reply> = Vec::new();
    let (mut next, mut stop, mut taken) = (Some(first), None, 0);
    node.hold();
    while let Some(message) = next.take() {
        taken += 1;
        match message {
            Message::Work(work) => {
                node.settle_if_unsettled();
                replies.push(work(node));
            }
            Message::Net(NetEvent::JoinRequest { key, bytes, responder, .. }) => {
                let answer = node.answer_join(&key, &bytes);
                replies.push(Box::new(move |durable| {
                    if durable.is_err() || !responder.answer(answer) {
                        tracing::debug!("who asked to join was not answered");
                    }
                }));
            }
            Message::Net(event) => node.take_net(event),
            Message::Stop(reply) => stop = Some(Some(reply)),
        }
        if stop.is_none() && taken < MAX_BURST {
            next = inbox.try_recv().ok();
        }
    }
    let durable = node.release();
    for reply in replies {
        reply(durable.clone());
    }
    stop
}
