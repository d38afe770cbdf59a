//! The node's state, and opening and closing it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

use rand::Rng;
use rand_chacha::ChaCha20Rng;

use crate::{
    api::{ApiError, network::Network},
    crypto::Passphrase,
    membership::Author,
    model::{
        id::{CircleId, DeviceId, OrgId},
        time::Timestamp,
    },
    net::{NetHandle, TransportKey},
    node::{
        blobs::Blobs, clock, disk::DiskStorage, errors, home, home::Own,
        requests::card_state::CardStates,
    },
    replica::Replica,
    sync::{ConnectionId, Engine, Output},
    view::View,
};

/// A sync session with a peer.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) transport: TransportKey,
    pub(super) since: Timestamp,
    /// Circles of which we hold all that the peer has said it holds.
    pub(super) caught_up: BTreeSet<CircleId>,
}

/// How much went over the network since the node was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Entries received and kept.
    pub entries_received: u64,
    /// Frames received.
    pub frames_received: u64,
    /// Frames sent.
    pub frames_sent: u64,
    /// Bytes of frames received.
    pub bytes_received: u64,
    /// Bytes of frames sent.
    pub bytes_sent: u64,
}

/// One node: replica, sync, view, and the network if it has one.
#[derive(Debug)]
pub struct Node {
    pub(super) replica: Replica<DiskStorage>,
    pub(super) own: Own,
    pub(super) engine: Engine,
    pub(super) view: View,
    pub(super) net: Option<NetHandle>,
    pub(super) rng: ChaCha20Rng,
    pub(super) sessions: BTreeMap<ConnectionId, Session>,
    /// The bytes of evidence.
    pub(super) blobs: Blobs,
    /// What is sent once all is durable that was written before; none if nothing is held back.
    pub(super) held: Option<Vec<Output>>,
    /// What follows from what was signed beside cards, until something of it changes.
    pub(super) card_states: std::sync::OnceLock<std::sync::Arc<CardStates>>,
    /// Whether something came in that was not looked at yet.
    pub(super) unsettled: bool,
    /// When sync wants to be woken; this and the next two by the uptime, which never jumps.
    pub(super) wake: Option<Timestamp>,
    /// When to look whether members of a circle lack keys.
    pub(super) tend: BTreeMap<CircleId, Timestamp>,
    /// When the index is next made to know the journal, and when at the latest.
    pub(super) checkpoint: Option<(Timestamp, Timestamp)>,
    /// Who the network lets in, as it was last told.
    pub(super) admitted: BTreeSet<TransportKey>,
    /// Who is cut off, as the network was last told.
    pub(super) blocked: BTreeSet<TransportKey>,
    /// Circles whose statements changed, for what follows by itself.
    pub(super) chores: BTreeSet<CircleId>,
    /// Addresses on which we listen, each with `/p2p/<PeerId>`.
    pub(super) listening: BTreeSet<String>,
    /// Why peers could not be dialled, by peer id.
    pub(super) dial_errors: BTreeMap<String, String>,
    pub(super) notices: BTreeSet<String>,
    /// What happened to alerts that nobody has taken up yet.
    pub(super) alert_notices: crate::node::notice::Notices,
    /// How those went that people are told by.
    pub(super) notify_log: std::sync::Arc<crate::node::notify::Log>,
    pub(super) alert_watch: crate::node::alerts::Watch,
    pub(super) traffic: Traffic,
    /// How the link is used, but for what sync knows of it.
    pub(super) network: Network,
    pub(super) running: bool,
    /// What came in through the front door; none as long as nobody asked.
    pub(super) inbox: Option<crate::store::Inbox>,
    /// Whether nobody is dialled unless a person asks for it.
    pub(super) by_hand: bool,
}

/// How long after the last change the index is made to know the journal.
const CHECKPOINT_AFTER: Duration = Duration::from_secs(5);
/// How long after the first change at the latest: what a kill costs at the next start.
const CHECKPOINT_AT_LATEST: Duration = Duration::from_secs(60);
/// Jitter before a device grants what members lack: most find that another has done it.
const TEND_JITTER_MS: u64 = 400;

impl Node {
    /// Opens a home.
    ///
    /// # Errors
    /// When there is no home, another process has it, the passphrase is wrong, or the disk fails.
    pub fn open(path: &Path, passphrase: &Passphrase) -> Result<Self, ApiError> {
        let (replica, own) = home::open(path, passphrase)?;
        let blobs = Blobs::open(replica.storage())?;
        let transport = replica.identity().keys.transport.verifying_key().to_bytes();
        let mut node = Self {
            replica,
            own,
            engine: Engine::new(transport),
            view: View::default(),
            net: None,
            rng: clock::entropy(),
            sessions: BTreeMap::new(),
            blobs,
            held: None,
            card_states: std::sync::OnceLock::new(),
            unsettled: false,
            wake: None,
            tend: BTreeMap::new(),
            checkpoint: None,
            admitted: BTreeSet::new(),
            blocked: BTreeSet::new(),
            chores: BTreeSet::new(),
            listening: BTreeSet::new(),
            dial_errors: BTreeMap::new(),
            notices: BTreeSet::new(),
            alert_notices: crate::node::notice::Notices::default(),
            notify_log: std::sync::Arc::default(),
            alert_watch: crate::node::alerts::Watch::default(),
            traffic: Traffic::default(),
            network: Network::default(),
            running: false,
            inbox: None,
            by_hand: false,
        };
        node.fill_view()?;
        node.begin_blobs();
        // What was due when the node stopped: who came in shortly before would wait for ever.
        for circle in node.replica.circle_ids().collect::<Vec<_>>() {
            node.tend_soon(circle);
        }
        node.settle();
        Ok(node)
    }

    /// Gives the node a network; [`Self::begin`] then uses it, on the actor's thread.
    pub(super) fn attach(&mut self, net: NetHandle, running: bool, by_hand: bool) {
        self.net = Some(net);
        self.running = running;
        self.by_hand = by_hand;
    }

    /// Begins to take part: dials whom we know, and does what an earlier run left undone.
    pub(super) fn begin(&mut self) {
        if let Some(net) = self.net.clone().filter(|_| !self.by_hand) {
            for (key, peer) in self.known_peers() {
                net.add_peer_soon(key, peer.addresses);
            }
        }
        let circles: Vec<CircleId> = self.replica.circle_ids().collect();
        for circle in circles {
            self.statements_changed(circle);
        }
        self.settle();
        self.let_members_in();
    }

    /// The organisation's name and the peer id.
    pub(super) fn opened(&self) -> (String, String) {
        let peer_id = crate::net::peer_id(&self.transport()).unwrap_or_default();
        (self.own.org_name.clone(), peer_id)
    }

    /// Addresses on which the node listens, each with `/p2p/<PeerId>`.
    pub(super) fn listening(&self) -> Vec<String> {
        self.listening.iter().cloned().collect()
    }

    /// What opening the store found.
    pub(super) fn store_notes(&self) -> Vec<String> {
        self.replica.storage().notes()
    }

    /// This organisation.
    #[must_use]
    pub const fn org(&self) -> OrgId {
        self.replica.identity().org
    }

    /// This device.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.replica.own_device()
    }

    /// This device's transport key.
    #[must_use]
    pub fn transport(&self) -> TransportKey {
        self.replica.identity().keys.transport.verifying_key().to_bytes()
    }

    /// What went over the network since the node was opened.
    #[must_use]
    pub const fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// Signs for this organisation.
    pub(super) fn author(&self) -> Author<'_> {
        let identity = self.replica.identity();
        Author { org: identity.org, key: &identity.keys.signing }
    }

    /// Looks at a circle's keys soon, after a random while.
    pub(super) fn tend_soon(&mut self, circle: CircleId) {
        let jitter = Duration::from_millis(self.rng.next_u64() % TEND_JITTER_MS);
        let at = clock::uptime().saturating_add(jitter);
        self.tend.entry(circle).or_insert(at);
    }

    /// Makes the index know the journal when nothing has changed for a while, and in the middle of
    /// long work now and then.
    pub(super) fn checkpoint_soon(&mut self) {
        let now = clock::uptime();
        let latest = self.checkpoint.map(|(_at, latest)| latest);
        let latest = latest.unwrap_or_else(|| now.saturating_add(CHECKPOINT_AT_LATEST));
        self.checkpoint = Some((now.saturating_add(CHECKPOINT_AFTER).min(latest), latest));
    }

    /// Closes the home in an orderly way.
    ///
    /// # Errors
    /// When the disk fails; nothing that was acknowledged is lost then either.
    pub fn close(mut self) -> Result<(), ApiError> {
        self.settle();
        self.blobs.exchange.close_down();
        if !self.replica.is_caught_up() {
            // Else the index would say that it knows them.
            return Err(errors::internal("entries could not be read; they are at the next start"));
        }
        home::note_in_anchor(&mut self.replica, &self.own.private);
        Ok(self.replica.into_storage().close()?)
    }
}
