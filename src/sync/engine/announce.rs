//! Telling of what is new: our own, and what others gave us.

use std::collections::btree_map::Entry;

use super::{
    Engine, Turn, frontier::send_positions, metered::announce_every, serve::is_sendable,
    statements::send_ids,
};
use crate::{
    log::{ForkProof, LogPosition, Run},
    model::id::{CircleId, Lane, LogId, StatementId},
    sync::{
        ConnectionId, Event, ProofOutcome, Reason, Replica, Violation,
        digest::BlindedTag,
        message::Message,
        session::{CirclePhase, CircleSession, Key},
    },
};

/// Signature checks that a proof of a fork costs.
const FORK_CHECKS: usize = 2;

impl Engine {
    /// We hold more of a log than before.
    pub(super) fn appended<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        circle: CircleId,
        log: LogId,
        source: Option<ConnectionId>,
    ) {
        self.receipts.owe(turn.now, circle);
        self.spared.grew(&Key::new(circle, log));
        let ours = turn.replica.position(&circle, &log);
        for connection in self.open_connections() {
            let Some(open) = self.open_mut(connection) else {
                continue;
            };
            Self::no_longer_behind(open, circle, &ours);
            let Some(session) = open.circles.get_mut(&circle) else {
                continue;
            };
            match session.phase {
                CirclePhase::Statements { .. } => session.in_step = false,
                CirclePhase::Entries if source != Some(connection) => {
                    self.announce(turn, connection, circle, &ours);
                }
                CirclePhase::Entries | CirclePhase::Withheld => {}
            }
        }
    }

    /// Tells a peer how far we hold a log, unless it holds as much itself.
    fn announce<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        to: ConnectionId,
        circle: CircleId,
        ours: &LogPosition,
    ) {
        let Some(open) = self.open(to) else {
            return;
        };
        let theirs = open.circles.get(&circle).and_then(|session| session.theirs.get(&ours.log));
        let known = theirs.map(|theirs| theirs.tail.next_seq);
        if known.is_some_and(|next_seq| next_seq >= ours.tail.next_seq) {
            return;
        }
        let tag = open.names.ours(&circle);
        if turn.entitled(&circle, &open.names.their_key).is_none() {
            self.withhold(turn, to, &circle);
        } else if !turn.may_have(&circle, &open.names.their_key, &ours.log) {
            // Not even that there is something.
        } else if ours.log.lane == Lane::Alert && open.serving.has_window() {
            self.push(turn, to, circle, tag, ours, known);
        } else if let Some(open) = self.open_mut(to) {
            let place = (circle, ours.log);
            match open.announced.entry(place) {
                Entry::Occupied(_) => {
                    open.grown.insert(place);
                }
                Entry::Vacant(vacant) => {
                    vacant.insert(turn.now);
                    send_positions(turn, to, tag, vec![*ours], false);
                }
            }
        }
    }

    /// Tells a peer of logs that have grown since it was told of them last. A log that grows fast
    /// is announced at intervals, so that a slow connection does not fill up with announcements.
    pub(super) fn announce_grown<R: Replica>(&mut self, turn: &mut Turn<'_, R>, to: ConnectionId) {
        let metered = self.metered;
        let Some(open) = self.open_mut(to) else {
            return;
        };
        let metered = metered || open.metered;
        open.announced
            .retain(|(_, log), at| at.saturating_add(announce_every(metered, log.lane)) > turn.now);
        let waits = |place: &(CircleId, LogId)| open.announced.contains_key(place);
        let due: Vec<_> = open.grown.iter().filter(|place| !waits(place)).copied().collect();
        for place @ (circle, log) in due {
            open.grown.remove(&place);
            let exchanges = open.circles.get(&circle).is_some_and(CircleSession::exchanges_entries);
            if exchanges && turn.entitled(&circle, &open.names.their_key).is_some() {
                let ours = turn.replica.position(&circle, &log);
                open.announced.insert(place, turn.now);
                let tag = open.names.ours(&circle);
                send_positions(turn, to, tag, vec![ours], false);
            }
        }
    }

    /// Sends entries of an alert lane along with their announcement.
    fn push<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        to: ConnectionId,
        circle: CircleId,
        tag: BlindedTag,
        ours: &LogPosition,
        known: Option<u64>,
    ) {
        let from = known.unwrap_or_else(|| ours.tail.next_seq.saturating_sub(1));
        let Some(size) = self.open(to).map(|open| open.serving.flow.pace.run_bytes()) else {
            return;
        };
        let fits = |run: &Run| is_sendable(run) && run.encoded_len() <= size.saturating_mul(2);
        let run = turn.replica.read_run(&circle, &ours.log, from, size).filter(fits);
        let Some((run, open)) = run.zip(self.open_mut(to)) else {
            send_positions(turn, to, tag, vec![*ours], false);
            return;
        };
        let run = run.encode();
        open.serving.sent(turn.now, run.len());
        turn.send(to, Message::Push { circle: tag, position: *ours, run });
    }

    /// A circle's statements are others than before.
    pub(super) fn statements_changed<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        circle: CircleId,
        added: &[StatementId],
        source: Option<ConnectionId>,
    ) {
        self.held.keep(|from| turn.knows(from));
        for connection in self.open_connections() {
            let Some(open) = self.open_mut(connection) else {
                continue;
            };
            let names = open.names;
            // Other devices may be in now, in circles inside of this one too.
            open.circles.values_mut().for_each(|session| session.receipts.again = true);
            if let Some(session) = open.circles.get_mut(&circle) {
                added.iter().for_each(|id| {
                    session.lacking.remove(id);
                });
                let tells = session.offers
                    && source != Some(connection)
                    && turn.replica.offers_statements(&circle, &names.their_key);
                if tells && added.is_empty() {
                    self.show_again(turn, connection, &circle);
                } else if tells {
                    send_ids(turn, connection, names.ours(&circle), added.to_vec(), false);
                }
            }
            self.reconsider(turn, connection);
        }
    }

    /// A log is proven to be forked: frozen here, and the proof passed on.
    pub(super) fn forked<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        circle: CircleId,
        log: LogId,
        source: Option<ConnectionId>,
    ) {
        turn.tell(Event::Forked { circle, log });
        self.stop_pulling(circle, log);
        for connection in self.open_connections() {
            let Some(open) = self.open_mut(connection) else {
                continue;
            };
            let Some(session) = open.circles.get_mut(&circle) else {
                continue;
            };
            if !session.exchanges_entries() {
                session.in_step = false;
            } else if source != Some(connection) {
                self.send_fork_proof(turn, connection, circle, log);
            }
        }
    }

    /// Sends the proof to a peer that holds a log which we know to be forked.
    pub(super) fn offer_fork_proof<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        to: ConnectionId,
        circle: &CircleId,
        theirs: &LogPosition,
    ) {
        if !theirs.forked && turn.replica.position(circle, &theirs.log).forked {
            self.send_fork_proof(turn, to, *circle, theirs.log);
        }
    }

    pub(super) fn send_fork_proof<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        to: ConnectionId,
        circle: CircleId,
        log: LogId,
    ) {
        let Some(open) = self.open_mut(to) else {
            return;
        };
        if turn.entitled(&circle, &open.names.their_key).is_none()
            || !turn.may_have(&circle, &open.names.their_key, &log)
        {
            return;
        }
        let Some(proof) = turn.replica.fork_proof(&circle, &log) else {
            return;
        };
        if open.forks_sent.insert((circle, log)) {
            let circle = open.names.ours(&circle);
            turn.send(to, Message::Fork { circle, log, proof: proof.encode() });
        }
    }

    /// The peer proves that a log is forked.
    pub(super) fn fork_proven<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        tag: BlindedTag,
        log: LogId,
        proof: &[u8],
    ) -> Result<(), Reason> {
        let Some(circle) = self.circle_named(from, tag) else {
            return Ok(());
        };
        let Some(session) = self.sessions.get_mut(&from) else {
            return Ok(());
        };
        if turn.entitled(&circle, &session.transport).is_none() {
            return Ok(());
        }
        session.budgets.signatures(turn.now, FORK_CHECKS).map_err(Reason::OverBudget)?;
        let invalid = Reason::Violation(Violation::Proof);
        let proof = ForkProof::decode(proof).map_err(|_unreadable| invalid)?;
        match turn.replica.accept_fork_proof(&circle, &log, proof) {
            ProofOutcome::Accepted => {
                self.forked(turn, circle, log, Some(from));
                Ok(())
            }
            ProofOutcome::Known | ProofOutcome::NotKept => Ok(()),
            ProofOutcome::Invalid => Err(invalid),
        }
    }
}
