//! Connections and the first frame.

use std::collections::BTreeSet;

use super::{Engine, Turn};
use crate::{
    model::{
        id::CircleId,
        limits::{MAX_CIRCLES, MAX_FRAME_BYTES},
    },
    sync::{
        ConnectionId, Output, Reason, Replica, Violation,
        digest::{BlindedTag, Digester, Nonce},
        limits::{MAX_CONNECTIONS_PER_PEER, MAX_PEERS, SHOWN_CIRCLES_STEP, VERSION, WINDOW_BYTES},
        message::{Hello, Message, Shown},
        pace::Flow,
        session::{Names, Open, Phase, Session},
    },
};

impl Engine {
    /// A stream is open: says hello.
    pub(super) fn connected<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        connection: ConnectionId,
        transport: [u8; 32],
        dialed: bool,
    ) {
        if self.sessions.len() >= MAX_PEERS {
            turn.push(Output::Close { connection, reason: Reason::TooManyPeers });
            return;
        }
        self.replace_older(turn, &transport);
        let nonce = turn.random();
        let budgets = self.left.take(&transport, turn.now);
        let mut session = Session::new(turn.now, (transport, budgets), dialed, nonce);
        let shown = circles_to_show(turn, &transport, dialed);
        self.make_receipts_for(turn, &transport, &shown);
        let circles = self.filled_up(turn, &nonce, &transport, &shown);
        if let Phase::Greeting(greeting) = &mut session.phase {
            greeting.shown = shown;
        }
        self.sessions.insert(connection, session);
        let hello = Hello {
            version: VERSION,
            nonce,
            max_frame_bytes: u32::try_from(MAX_FRAME_BYTES).unwrap_or(u32::MAX),
            window_bytes: u32::try_from(WINDOW_BYTES).unwrap_or(u32::MAX),
            circles,
            parts: true,
            // What a link costs is nothing for strangers.
            metered: self.metered && turn.knows(&transport),
        };
        turn.send(connection, Message::Hello(hello));
    }

    /// Makes room for one more connection to a peer.
    fn replace_older<R: Replica>(&mut self, turn: &mut Turn<'_, R>, transport: &[u8; 32]) {
        let same = self.sessions.iter().filter(|(_, session)| session.transport == *transport);
        let same: Vec<ConnectionId> = same.map(|(connection, _)| *connection).collect();
        if same.len() >= MAX_CONNECTIONS_PER_PEER
            && let Some(oldest) = same.first()
        {
            self.close(turn, *oldest, Reason::Replaced);
        }
    }

    /// The peer said hello.
    pub(super) fn greeted<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        connection: ConnectionId,
        hello: Hello,
    ) -> Result<(), Reason> {
        check_hello(&hello)?;
        let our_key = self.transport;
        let Some(session) = self.sessions.get_mut(&connection) else {
            return Ok(());
        };
        let Phase::Greeting(greeting) = &session.phase else {
            return Err(Reason::Violation(Violation::OutOfTurn));
        };
        let names = Names {
            our_nonce: greeting.nonce,
            their_nonce: hello.nonce,
            our_key,
            their_key: session.transport,
        };
        let window = u64::from(hello.window_bytes).min(WINDOW_BYTES);
        let pace = self.paces.get(&session.transport).copied().unwrap_or_default();
        let flow = Flow::new(pace, window);
        let mut open = Open::new(turn.now, names, flow, greeting.shown.clone());
        (open.parts, open.metered) = (hello.parts, hello.metered);
        let circles = turn.replica.circles();
        open.by_their_tag = circles.into_iter().map(|id| (names.theirs(&id), id)).collect();
        session.phase = Phase::Open(Box::new(open));
        self.match_circles(turn, connection, &hello.circles);
        self.introduce_all(turn, connection);
        Ok(())
    }

    /// What we show of circles, and random ones so that their number tells little.
    fn filled_up<R: Replica>(
        &self,
        turn: &mut Turn<'_, R>,
        nonce: &Nonce,
        transport: &[u8; 32],
        circles: &BTreeSet<CircleId>,
    ) -> Vec<Shown> {
        let mut shown: Vec<Shown> =
            circles.iter().map(|circle| self.shown(turn, nonce, transport, circle)).collect();
        while !shown.len().is_multiple_of(SHOWN_CIRCLES_STEP) {
            shown.push(Shown {
                tag: BlindedTag(turn.random()),
                statements: turn.random(),
                frontier: turn.random(),
                receipts: Some(turn.random()),
            });
        }
        shown.sort_unstable();
        shown
    }

    /// What we show of one circle. Digests of what the peer may not have are random.
    pub(super) fn shown<R: Replica>(
        &self,
        turn: &mut Turn<'_, R>,
        nonce: &Nonce,
        transport: &[u8; 32],
        circle: &CircleId,
    ) -> Shown {
        let digester = Digester { circle, nonce };
        let statements = if turn.replica.offers_statements(circle, transport) {
            digester.statements(&turn.replica.statement_ids(circle))
        } else {
            turn.random()
        };
        let frontier = if turn.entitled(circle, transport).is_some() {
            digester.frontier(&turn.frontier_for(circle, transport))
        } else {
            turn.random()
        };
        let receipts = if turn.reads(circle, transport).is_some() {
            digester.receipts(&turn.replica.receipt_marks(circle))
        } else {
            turn.random()
        };
        let tag = BlindedTag::new(circle, nonce, &self.transport, transport);
        Shown { tag, statements, frontier, receipts: Some(receipts) }
    }
}

/// Whom we dialled we show all circles, so that two devices that do not know each other yet can
/// meet. Who dialled us sees those that it is in by what we know; others once it has shown them.
pub(super) fn circles_to_show<R: Replica>(
    turn: &Turn<'_, R>,
    transport: &[u8; 32],
    dialed: bool,
) -> BTreeSet<CircleId> {
    let may_show = |circle: &CircleId| {
        dialed
            || turn.replica.offers_statements(circle, transport)
            || turn.entitled(circle, transport).is_some()
    };
    turn.replica.circles().into_iter().filter(may_show).take(MAX_CIRCLES).collect()
}

fn check_hello(hello: &Hello) -> Result<(), Reason> {
    if hello.version == 0 || hello.version.abs_diff(VERSION) > 1 {
        return Err(Reason::Version { theirs: hello.version, ours: VERSION });
    }
    let takes_frames = usize::try_from(hello.max_frame_bytes).is_ok_and(|n| n >= MAX_FRAME_BYTES);
    if takes_frames && hello.window_bytes > 0 {
        Ok(())
    } else {
        Err(Reason::Violation(Violation::Limits))
    }
}
