//! Answering requests for entries.
//!
//! Nothing is sent without asking the replica, at that moment, whether the peer is entitled.

use super::{Engine, Turn};
use crate::{
    log::Run,
    model::{id::LogId, limits::MAX_RUN_BYTES, time::Timestamp},
    sync::{
        Budgeted, ConnectionId, Reason, Replica, Violation,
        digest::BlindedTag,
        limits::MAX_OPEN_WANTS,
        message::{HeldRun, Message},
        session::{CirclePhase, CircleSession, Want},
    },
};

impl Engine {
    /// The peer asks for entries.
    pub(super) fn wanted<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        (tag, request): (BlindedTag, u64),
        (log, next): (LogId, u64),
        held: Option<HeldRun>,
    ) -> Result<(), Reason> {
        let Some(open) = self.open_mut(from) else {
            return Ok(());
        };
        if open.serving.len() >= MAX_OPEN_WANTS {
            return Err(Reason::OverBudget(Budgeted::Wants));
        }
        let circle = open.by_their_tag.get(&tag).copied();
        let open_to_peer = circle.filter(|circle| {
            let session = open.circles.get(circle);
            session.is_some_and(|session| session.phase != CirclePhase::Withheld)
        });
        match open_to_peer {
            Some(circle) => {
                let part = held.map(|held| (held.digest, held.bytes));
                open.serving.add(request, Want { circle, log, next, part, given: 0 });
            }
            None => turn.send(from, Message::Entries { request, run: Vec::new(), last: true }),
        }
        Ok(())
    }

    /// Sends what was asked for, as far as windows are open.
    pub(super) fn serve_all<R: Replica>(&mut self, turn: &mut Turn<'_, R>) {
        for connection in self.open_connections() {
            while let Some((request, want)) = self.next_want(connection) {
                self.serve(turn, connection, request, want);
            }
        }
    }

    fn next_want(&self, connection: ConnectionId) -> Option<(u64, Want)> {
        let open = self.open(connection)?;
        let ready =
            |circle: &_| open.circles.get(circle).is_some_and(CircleSession::exchanges_entries);
        open.serving.next(ready)
    }

    /// Sends one run.
    fn serve<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        to: ConnectionId,
        request: u64,
        want: Want,
    ) {
        let Want { circle, log, next, .. } = want;
        let Some(open) = self.open_mut(to) else {
            return;
        };
        if turn.entitled(&circle, &open.names.their_key).is_none() {
            self.withhold(turn, to, &circle);
            return;
        }
        if !turn.may_have(&circle, &open.names.their_key, &log) {
            // It was told of no such log, and is given the same as for one that is not there.
            open.serving.finish(log.lane, request);
            turn.send(to, Message::Entries { request, run: Vec::new(), last: true });
            return;
        }
        let ours = turn.replica.position(&circle, &log);
        if ours.forked {
            // Who did not hold the log could not be told yet.
            self.send_fork_proof(turn, to, circle, log);
        }
        if self.serve_part(turn, to, request, want, ours.tail.next_seq) {
            return;
        }
        let Some(open) = self.open_mut(to) else {
            return;
        };
        let size = open.serving.flow.pace.run_bytes();
        let run = turn.replica.read_run(&circle, &log, next, size).filter(is_sendable);
        let Some(run) = run else {
            open.serving.finish(log.lane, request);
            turn.send(to, Message::Entries { request, run: Vec::new(), last: true });
            return;
        };
        let count = u64::try_from(run.entries.len()).unwrap_or(u64::MAX);
        let next = next.saturating_add(count);
        let last = next >= ours.tail.next_seq;
        let run = run.encode();
        open.serving.sent(turn.now, run.len());
        if last {
            open.serving.finish(log.lane, request);
            self.note_position(turn, to, &circle, &ours);
        } else {
            open.serving.advance(request, &log, next, None, run.len());
        }
        turn.send(to, Message::Entries { request, run, last });
    }

    /// The peer has verified and kept what we sent.
    pub(super) fn acknowledged(
        &mut self,
        now: Timestamp,
        from: ConnectionId,
        bytes: u64,
    ) -> Result<(), Reason> {
        let Some(open) = self.open_mut(from) else {
            return Ok(());
        };
        if open.serving.flow.acknowledge(now, bytes) {
            Ok(())
        } else {
            Err(Reason::Violation(Violation::Unasked))
        }
    }
}

/// A run that the peer can take. One that breaks this is damage in our own store.
pub(super) fn is_sendable(run: &Run) -> bool {
    !run.entries.is_empty() && run.encoded_len() <= MAX_RUN_BYTES
}
