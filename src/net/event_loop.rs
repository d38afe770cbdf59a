//! The task that owns the swarm: takes orders, swarm events and its own tasks' reports in turn.
//!
//! It never waits for room in the queue of events, so an order is obeyed even while nobody takes
//! events: sessions and requests to join bring their events from tasks of their own, in order, and
//! the few notices of the loop itself wait in a bounded list.

mod joins;
mod links;
mod orders;
mod peers;
mod reach;
mod sessions;
mod shutdown;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::TcpListener,
    sync::Arc,
};

use futures::StreamExt as _;
use libp2p::{PeerId, Stream, Swarm, identity::Keypair, swarm::ConnectionId as LinkId};
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep_until},
};
use zeroize::Zeroizing;

use self::{
    joins::OutgoingJoin,
    links::Link,
    peers::KnownPeer,
    reach::Reachability,
    sessions::{Opening, Session},
};
use super::{
    ConnectionId, MAX_WAITING_EVENTS, NetConfig, NetEvent, StartError, TransportKey,
    address::{key_of_peer, parse_listen, tcp_socket},
    handle::Command,
    limiter::Limiter,
    outbox::Outboxes,
    session::Ended,
    streams::Ticket,
    transport::{self, Behaviour},
};

/// Reports of tasks that wait for the loop.
const MAX_WAITING_REPORTS: usize = 64;
/// Notices that wait for room in the queue of events; the oldest is dropped beyond.
const MAX_NOTICES: usize = 256;

/// What a task of ours tells the loop.
#[derive(Debug)]
enum Report {
    /// The peer answered our sync stream, or did not.
    Verdict { peer: PeerId, ticket: Ticket, result: Result<(u8, Stream), String> },
    /// A session is over, and reported.
    Ended { peer: PeerId, connection: ConnectionId, link: LinkId, ended: Ended },
    /// A request to join of this peer is over.
    JoinServed { peer: PeerId },
}

/// The state of the network. The receiver of orders is last: when it is dropped, all else is gone,
/// which is what [`NetHandle::shutdown`](super::NetHandle::shutdown) waits for.
struct EventLoop {
    swarm: Swarm<Behaviour>,
    own: PeerId,
    config: NetConfig,
    rng: ChaCha20Rng,
    links: BTreeMap<LinkId, Link>,
    peers: BTreeMap<PeerId, KnownPeer>,
    openings: BTreeMap<PeerId, Opening>,
    sessions: BTreeMap<PeerId, Session>,
    joins: BTreeMap<Ticket, OutgoingJoin>,
    joining: BTreeSet<PeerId>,
    notices: VecDeque<NetEvent>,
    tasks: JoinSet<()>,
    reports: mpsc::Receiver<Report>,
    reporter: mpsc::Sender<Report>,
    events: mpsc::Sender<NetEvent>,
    outboxes: Arc<Outboxes>,
    limiter: Arc<Limiter>,
    reachability: Reachability,
    last_connection: u64,
    last_join_request: u64,
    last_ticket: u64,
    orders: mpsc::Receiver<Command>,
}

/// Starts listening and spawns the task.
pub(super) fn spawn(
    mut config: NetConfig,
    orders: mpsc::Receiver<Command>,
    outboxes: Arc<Outboxes>,
) -> Result<(TransportKey, mpsc::Receiver<NetEvent>), StartError> {
    let mut secret = std::mem::replace(&mut config.transport_secret, Zeroizing::new([0; 32]));
    let keys =
        Keypair::ed25519_from_bytes(secret.as_mut_slice()).map_err(|_malformed| StartError::Key)?;
    let own = keys.public().to_peer_id();
    let key = key_of_peer(&own).ok_or(StartError::Key)?;
    let mut swarm = transport::build(&keys, &config)?;
    listen(&mut swarm, &config.listen)?;
    let reach = config.assumed_reach;
    let limiter = Arc::new(Limiter::new(config.bytes_per_second));
    let (events, receiver) = mpsc::channel(MAX_WAITING_EVENTS);
    let (reporter, reports) = mpsc::channel(MAX_WAITING_REPORTS);
    let event_loop = EventLoop {
        swarm,
        own,
        rng: ChaCha20Rng::from_seed(config.seed),
        config,
        links: BTreeMap::new(),
        peers: BTreeMap::new(),
        openings: BTreeMap::new(),
        sessions: BTreeMap::new(),
        joins: BTreeMap::new(),
        joining: BTreeSet::new(),
        notices: VecDeque::new(),
        tasks: JoinSet::new(),
        reports,
        reporter,
        events,
        outboxes,
        limiter,
        reachability: Reachability::new(reach),
        last_connection: 0,
        last_join_request: 0,
        last_ticket: 0,
        orders,
    };
    tokio::spawn(Box::pin(event_loop.run()));
    Ok((key, receiver))
}

fn listen(swarm: &mut Swarm<Behaviour>, addresses: &[String]) -> Result<(), StartError> {
    for address in addresses {
        let failed = |cause: String| StartError::Listen { address: address.clone(), cause };
        let parsed = parse_listen(address)?;
        if let Some(socket) = tcp_socket(&parsed) {
            // libp2p shares the ports that it listens on, so two nodes of one user would take each
            // other's connections without a word; a plain listener is refused a port in use.
            drop(TcpListener::bind(socket).map_err(|error| failed(error.to_string()))?);
        }
        swarm.listen_on(parsed).map_err(|error| failed(error.to_string()))?;
    }
    Ok(())
}

impl EventLoop {
    async fn run(mut self) {
        while self.turn().await {}
        self.shut_down().await;
    }

    /// Does one thing; false when the network shall stop.
    async fn turn(&mut self) -> bool {
        let wake = self.next_wake();
        let events = self.events.clone();
        tokio::select! {
            order = self.orders.recv() => match order {
                None | Some(Command::Shutdown) => return false,
                Some(order) => self.obey(order),
            },
            Some(report) = self.reports.recv() => self.on_report(report),
            event = self.swarm.select_next_some() => self.on_swarm_event(event),
            room = events.reserve(), if !self.notices.is_empty() => {
                if let (Ok(room), Some(notice)) = (room, self.notices.pop_front()) {
                    room.send(notice);
                }
            }
            () = sleep_until(wake) => self.on_wake(),
            Some(ended) = self.tasks.join_next(), if !self.tasks.is_empty() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a task of the network failed");
                }
            }
            () = events.closed() => return false,
        }
        true
    }

    fn on_report(&mut self, report: Report) {
        match report {
            Report::Verdict { peer, ticket, result } => self.on_verdict(peer, ticket, result),
            Report::Ended { peer, connection, link, ended } => {
                self.on_session_ended(peer, connection, link, ended);
            }
            Report::JoinServed { peer } => {
                self.joining.remove(&peer);
            }
        }
    }

    /// The earliest time at which something is due; far away if nothing is.
    fn next_wake(&self) -> Instant {
        let attempts = self.peers.values().filter_map(KnownPeer::next_attempt);
        let strangers = self.sessions.values().filter_map(Session::stranger_until);
        let far = Instant::now() + std::time::Duration::from_secs(3600);
        attempts.chain(strangers).min().unwrap_or(far)
    }

    fn on_wake(&mut self) {
        let now = Instant::now();
        self.end_long_strangers(now);
        self.attempt_due(now);
    }

    fn notify(&mut self, notice: NetEvent) {
        if self.notices.len() >= MAX_NOTICES {
            self.notices.pop_front();
        }
        self.notices.push_back(notice);
    }

    fn next_ticket(&mut self) -> Ticket {
        self.last_ticket = self.last_ticket.wrapping_add(1);
        Ticket(self.last_ticket)
    }
}
