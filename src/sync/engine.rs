//! The engine: all sessions of one node.
//!
//! Each concern is a file of its own; each file adds its part to [`Engine`]:
//!
//! | file | what |
//! |---|---|
//! | `turn` | what one call of [`Engine::handle`] has at hand |
//! | `greet` | connections, hello |
//! | `circles` | which circles are in common; entitlement as it changes |
//! | `statements` | comparing and fetching statements |
//! | `frontier` | comparing how far logs are held |
//! | `parts` | runs that are long for the link, in parts |
//! | `metered` | sparing a link that is paid for |
//! | `pull` | asking for entries and taking them |
//! | `serve` | answering requests for entries |
//! | `announce` | telling of what is new |
//! | `receipts` | who says that it holds what, passed on; our own |
//! | `beside` | what others on the same stream borrow: names of circles, entitlement |
//! | `status` | how it stands, for people |
//! | `timers` | what happens when nothing happens |

mod announce;
mod beside;
mod circles;
mod frontier;
mod greet;
mod metered;
mod parts;
mod pull;
mod receipts;
mod serve;
mod statements;
pub mod status;
mod timers;
mod turn;

use std::collections::BTreeMap;

use metered::Spared;
use parts::HeldParts;
use rand::CryptoRng;
use turn::Turn;

use crate::{
    model::{
        id::{CircleId, Lane, LogId, StatementId},
        time::Timestamp,
    },
    sync::{
        ConnectionId, Input, Output, Reason, Replica, Violation,
        budget::Left,
        limits::MAX_PEERS,
        message::{Message, is_content},
        pace::Pace,
        session::{Open, Phase, Session},
    },
};

/// All sessions of one node.
#[derive(Debug)]
pub struct Engine {
    /// Our own transport key.
    transport: [u8; 32],
    pub(super) sessions: BTreeMap<ConnectionId, Session>,
    /// What peers that went may still use up.
    left: Left,
    /// What was measured of the links to peers that went.
    paces: BTreeMap<[u8; 32], Pace>,
    /// Parts of runs that have not all come.
    held: HeldParts,
    /// Whether our own link is paid for.
    metered: bool,
    /// Who is being asked for a log, so that no two peers are asked for the same entries.
    asked_logs: BTreeMap<(CircleId, LogId), ConnectionId>,
    /// Since when logs are not asked for of those who are metered.
    spared: Spared,
    /// Who is being asked for a statement.
    asked_statements: BTreeMap<(CircleId, StatementId), ConnectionId>,
    /// When we last told how far catching up has come.
    told_progress: BTreeMap<(CircleId, Lane), Timestamp>,
    receipts: receipts::Receipts,
    /// When we asked to be woken.
    wake: Option<Timestamp>,
}

impl Engine {
    /// An engine without connections. `transport` is our own Ed25519 transport key.
    #[must_use]
    pub fn new(transport: [u8; 32]) -> Self {
        Self {
            transport,
            sessions: BTreeMap::new(),
            left: Left::default(),
            paces: BTreeMap::new(),
            held: HeldParts::default(),
            metered: false,
            asked_logs: BTreeMap::new(),
            spared: Spared::default(),
            asked_statements: BTreeMap::new(),
            told_progress: BTreeMap::new(),
            receipts: receipts::Receipts::default(),
            wake: None,
        }
    }

    /// Takes what happened, and says what is to be done.
    ///
    /// Deterministic: the same inputs over the same replica and random numbers give the same
    /// outputs in the same order.
    pub fn handle(
        &mut self,
        now: Timestamp,
        rng: &mut impl CryptoRng,
        input: Input,
        replica: &mut impl Replica,
    ) -> Vec<Output> {
        let mut turn = Turn::new(now, rng, replica);
        match input {
            Input::PeerConnected { connection, transport, dialed } => {
                self.connected(&mut turn, connection, transport, dialed);
            }
            Input::Frame { connection, bytes } => {
                if let Err(reason) = self.frame(&mut turn, connection, &bytes) {
                    self.close(&mut turn, connection, reason);
                }
            }
            Input::PeerDisconnected { connection } => self.forget(connection),
            Input::LocalAppended { circle, log } => self.appended(&mut turn, circle, log, None),
            Input::StatementsChanged { circle, added } => {
                self.statements_changed(&mut turn, circle, &added, None);
            }
            Input::ReceiptsChanged { circle } => self.receipts_changed(&turn, &circle),
            Input::Metered { on } => self.set_metered(&mut turn, on),
            // Whoever drives us may have dropped the timer.
            Input::Tick => self.wake = None,
        }
        self.settle(&mut turn);
        turn.into_outputs()
    }

    /// The connections that have said hello, with the peers' transport keys.
    pub fn peers(&self) -> impl Iterator<Item = (ConnectionId, &[u8; 32])> {
        let open = self.sessions.iter().filter(|(_, session)| session.open().is_some());
        open.map(|(connection, session)| (*connection, &session.transport))
    }

    fn frame<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        connection: ConnectionId,
        bytes: &[u8],
    ) -> Result<(), Reason> {
        let Some(session) = self.sessions.get_mut(&connection) else {
            return Ok(());
        };
        if !is_content(bytes) {
            session.budgets.frame(turn.now, bytes.len()).map_err(Reason::OverBudget)?;
        }
        turn.check_stranger(session, bytes.len())?;
        let message =
            Message::decode(bytes).map_err(|_malformed| Reason::Violation(Violation::Frame))?;
        match (&session.phase, message) {
            (Phase::Greeting(_), Message::Hello(hello)) => self.greeted(turn, connection, hello),
            (Phase::Greeting(_), _) | (Phase::Open(_), Message::Hello(_)) => {
                Err(Reason::Violation(Violation::OutOfTurn))
            }
            (Phase::Open(_), message) => self.message(turn, connection, message),
        }
    }

    fn message<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        message: Message,
    ) -> Result<(), Reason> {
        match message {
            Message::Hello(_) | Message::Unknown => Ok(()),
            Message::Circles(shown) => self.peer_shows(turn, from, &shown),
            Message::Introduce { genesis } => self.introduced(turn, from, genesis),
            Message::StatementBuckets { circle, digests } => {
                self.statement_buckets(turn, from, circle, &digests);
                Ok(())
            }
            Message::StatementList { circle, ids, complete, last } => {
                self.statement_list(turn, from, circle, &ids, complete, last);
                Ok(())
            }
            Message::StatementWants { circle, request, ids } => {
                self.statement_wants(turn, from, circle, request, &ids)
            }
            Message::Statements { request, statements, last } => {
                self.statements(turn, from, request, statements, last)
            }
            Message::FrontierBuckets { circle, digests } => {
                self.frontier_buckets(turn, from, circle, digests);
                Ok(())
            }
            Message::Frontier { circle, positions, complete, last } => {
                self.frontier(turn, from, circle, &positions, complete, last);
                Ok(())
            }
            Message::Want { circle, request, log, from: seq, held } => {
                self.wanted(turn, from, (circle, request), (log, seq), held)
            }
            Message::Part(part) => self.part(turn, from, part),
            Message::Metered { on } => {
                self.peer_metered(from, on);
                Ok(())
            }
            Message::Entries { request, run, last } => {
                self.entries(turn, from, request, &run, last)
            }
            Message::Push { circle, position, run } => {
                self.pushed(turn, from, circle, position, &run)
            }
            Message::Ack { bytes } => self.acknowledged(turn.now, from, bytes),
            Message::Fork { circle, log, proof } => {
                self.fork_proven(turn, from, circle, log, &proof)
            }
            Message::Refused { circle, all } => {
                self.refused(turn, from, circle, all);
                Ok(())
            }
            Message::ReceiptList { circle, listed, complete } => {
                self.receipts_listed(turn, from, circle, &listed, complete);
                Ok(())
            }
            Message::ReceiptWants { circle, request, devices } => {
                self.receipts_wanted(turn, from, circle, request, &devices)
            }
            Message::Receipts { circle, request, receipts, last } => {
                self.receipts_given(turn, from, circle, request, &receipts, last)
            }
        }
    }

    fn open(&self, connection: ConnectionId) -> Option<&Open> {
        self.sessions.get(&connection).and_then(Session::open)
    }

    fn open_mut(&mut self, connection: ConnectionId) -> Option<&mut Open> {
        self.sessions.get_mut(&connection).and_then(Session::open_mut)
    }

    /// Connections that have said hello.
    fn open_connections(&self) -> Vec<ConnectionId> {
        let open = self.sessions.iter().filter(|(_, session)| session.open().is_some());
        open.map(|(connection, _)| *connection).collect()
    }

    fn close<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        connection: ConnectionId,
        reason: Reason,
    ) {
        if self.sessions.contains_key(&connection) {
            self.forget(connection);
            turn.push(Output::Close { connection, reason });
        }
    }

    /// The next session with the peer begins with what was measured in this one.
    fn remember_pace(&mut self, session: &Session) {
        let Some(open) = session.open() else { return };
        let flow = &open.serving.flow;
        let mut pace = flow.pace;
        let asked = open.circles.values().any(|circle| circle.asked.is_some());
        if flow.in_flight() > 0 || asked {
            pace.stalled();
        }
        if self.paces.len() >= MAX_PEERS && !self.paces.contains_key(&session.transport) {
            self.paces.pop_first();
        }
        self.paces.insert(session.transport, pace);
    }

    fn forget(&mut self, connection: ConnectionId) {
        if let Some(session) = self.sessions.remove(&connection) {
            self.remember_pace(&session);
            self.left.keep(session.transport, session.budgets);
        }
        self.asked_logs.retain(|_, asked| *asked != connection);
        let open: Vec<_> = self.sessions.values().filter_map(Session::open).collect();
        self.spared.keep(|key| open.iter().any(|open| open.pulls.has(key)));
        self.asked_statements.retain(|_, asked| *asked != connection);
        self.receipts.release(connection, None);
    }
}
