//! Asking for entries and taking them.

use super::{Engine, Turn, frontier::is_ahead};
use crate::{
    log::{LogPosition, Run},
    model::{
        id::{CircleId, Lane, LogId},
        time::Timestamp,
    },
    sync::{
        ConnectionId, Event, Reason, Replica, RunOutcome, Violation,
        digest::BlindedTag,
        limits::{COOLING, MAX_PULLS_PER_PEER, PULL_TIMEOUT, PULL_TURN},
        message::Message,
        session::{Key, Open, Pull},
    },
};

/// What became of a run that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// Something of it was new.
    Fresh,
    /// We held all of it.
    Known,
    /// We did not take it.
    Refused,
}

impl Engine {
    /// Asks for entries: by lane, each log from one peer at a time, spread over the peers.
    pub(super) fn ask_for_entries<R: Replica>(&mut self, turn: &mut Turn<'_, R>) {
        while let Some((connection, key)) = self.next_pull(turn.now) {
            let Some(open) = self.open_mut(connection) else {
                return;
            };
            let ours = turn.replica.position(&key.circle, &key.log);
            let theirs = open.circles.get(&key.circle).and_then(|s| s.theirs.get(&key.log));
            let ahead = theirs.is_some_and(|theirs| is_ahead(theirs, &ours));
            let entitled = turn.entitled(&key.circle, &open.names.their_key).is_some();
            if !ahead || !entitled || !turn.replica.follows(&key.circle, &key.log) {
                open.pulls.remove(&key);
                continue;
            }
            // The peer no longer answers what it was asked for of this log before. What of that is
            // under way comes again, and has no place between the new answer's parts.
            open.pulls.open.retain(|_, pull| pull.key != key);
            // As far as we are, but differently: the last entry again, which proves the fork.
            let same_length = theirs.is_some_and(|t| t.tail.next_seq == ours.tail.next_seq);
            let from = ours.tail.next_seq.saturating_sub(u64::from(same_length));
            let request = open.next_request();
            let their_key = open.names.their_key;
            let pull = Pull {
                key,
                deadline: turn.now.saturating_add(PULL_TIMEOUT),
                turn_ends: turn.now.saturating_add(PULL_TURN),
                expired: false,
            };
            open.pulls.open.insert(request, pull);
            let circle = open.names.ours(&key.circle);
            let held = self.held.of(&key, &their_key);
            self.asked_logs.insert((key.circle, key.log), connection);
            turn.send(connection, Message::Want { circle, request, log: key.log, from, held });
        }
    }

    /// The next log to ask for: of the peer with the fewest open requests, the most urgent that
    /// nobody is being asked for.
    fn next_pull(&mut self, now: Timestamp) -> Option<(ConnectionId, Key)> {
        let Self { sessions, asked_logs, spared, .. } = self;
        let taken = |key: &Key| asked_logs.contains_key(&(key.circle, key.log));
        // Nobody's paid bytes for what another gives for nothing.
        let free: Vec<_> = sessions.values().filter_map(|session| session.open()).collect();
        let free: Vec<_> = free.into_iter().filter(|open| !open.metered).collect();
        let mut spares =
            |key: &Key| free.iter().any(|open| open.pulls.gives(key)) && spared.waits(*key, now);
        let candidates = sessions.iter().filter_map(|(connection, session)| {
            let open = session.open()?;
            let pulls = &open.pulls;
            let active = pulls.active();
            if active >= MAX_PULLS_PER_PEER || !pulls.has_room() {
                return None;
            }
            let taken = |key: &Key| taken(key) || (open.metered && spares(key));
            pulls.next(taken).map(|key| (active, key, *connection))
        });
        candidates.min().map(|(_, key, connection)| (connection, key))
    }

    /// The peer gives entries that we asked for.
    pub(super) fn entries<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        request: u64,
        run: &[u8],
        last: bool,
    ) -> Result<(), Reason> {
        let Some(session) = self.sessions.get_mut(&from) else {
            return Ok(());
        };
        let transport = session.transport;
        let Some(open) = session.open() else {
            return Ok(());
        };
        let Some(pull) = open.pulls.open.get(&request).copied() else {
            let asked_before = request <= open.last_request;
            session.budgets.frame(turn.now, run.len()).map_err(Reason::OverBudget)?;
            self.acknowledge(turn, from, run.len());
            let unasked = Reason::Violation(Violation::Unasked);
            return if asked_before { Ok(()) } else { Err(unasked) };
        };
        // Who sends a run whole sends no more of its parts.
        self.held.forget(&pull.key, &transport);
        self.run_came(turn, from, request, (run, run.len()), last)
    }

    /// A run that we asked for is here, of which so many bytes came just now.
    pub(super) fn run_came<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        request: u64,
        (run, came): (&[u8], usize),
        last: bool,
    ) -> Result<(), Reason> {
        let pull = self.open(from).and_then(|open| open.pulls.open.get(&request).copied());
        let Some(pull) = pull else { return Ok(()) };
        let taken =
            if run.is_empty() { Taken::Refused } else { self.take_run(turn, from, pull.key, run)? };
        self.acknowledge(turn, from, came);
        if taken == Taken::Fresh {
            self.progressed(turn.now, from);
        }
        if last || taken == Taken::Refused {
            let gave_all = last && (taken != Taken::Refused || run.is_empty());
            self.finish_pull(turn, from, request, pull.key, gave_all);
        }
        Ok(())
    }

    /// Gives a run to the replica.
    fn take_run<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        key: Key,
        run: &[u8],
    ) -> Result<Taken, Reason> {
        let Key { circle, log, .. } = key;
        let Some(session) = self.sessions.get_mut(&from) else {
            return Ok(Taken::Refused);
        };
        let takes = session
            .open()
            .and_then(|open| open.circles.get(&circle))
            .is_some_and(|circle| circle.exchanges_entries());
        if !takes || turn.entitled(&circle, &session.transport).is_none() {
            return Ok(Taken::Refused);
        }
        session.budgets.signatures(turn.now, 1).map_err(Reason::OverBudget)?;
        let run = Run::decode(run).map_err(|_unreadable| Reason::Violation(Violation::Run))?;
        let before = turn.replica.position(&circle, &log).tail.next_seq;
        match turn.replica.accept_run(&circle, &log, run) {
            RunOutcome::Accepted(LogPosition { tail, .. }) => {
                let fresh = tail.next_seq > before;
                if fresh {
                    self.held.outgrown(&key);
                    let to = tail.next_seq;
                    turn.tell(Event::EntriesArrived { circle, log, from: before, to });
                    self.appended(turn, circle, log, Some(from));
                    self.tell_progress(turn, circle, log.lane);
                }
                Ok(if fresh { Taken::Fresh } else { Taken::Known })
            }
            RunOutcome::Forked => {
                self.forked(turn, circle, log, None);
                Ok(Taken::Refused)
            }
            RunOutcome::NotStored => {
                turn.tell(Event::StorageFailed { circle, log });
                Ok(Taken::Refused)
            }
            RunOutcome::Gap | RunOutcome::NotFollowed => Ok(Taken::Refused),
            RunOutcome::Invalid => Err(Reason::Violation(Violation::Run)),
        }
    }

    pub(super) fn acknowledge<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        to: ConnectionId,
        bytes: usize,
    ) {
        if bytes == 0 {
            return;
        }
        if let Some(open) = self.open_mut(to) {
            let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            open.taken_bytes = open.taken_bytes.saturating_add(bytes);
            turn.send(to, Message::Ack { bytes: open.taken_bytes });
        }
    }

    /// Something of what we asked for came: nothing else that we asked the peer for is late, for
    /// it gives one thing after the other.
    pub(super) fn progressed(&mut self, now: Timestamp, from: ConnectionId) {
        let deadline = now.saturating_add(PULL_TIMEOUT);
        let Some(open) = self.open_mut(from) else { return };
        open.pulls.stalls = 0;
        for pull in open.pulls.open.values_mut() {
            pull.deadline = deadline;
        }
        for asked in open.circles.values_mut().filter_map(|circle| circle.asked.as_mut()) {
            asked.deadline = deadline.min(asked.turn_ends);
        }
    }

    /// An answer is over: the peer gave all that it has, or we took no more.
    pub(super) fn finish_pull<R: Replica>(
        &mut self,
        turn: &Turn<'_, R>,
        from: ConnectionId,
        request: u64,
        key: Key,
        gave_all: bool,
    ) {
        let ours = turn.replica.position(&key.circle, &key.log);
        self.release_log(from, &key);
        let Some(open) = self.open_mut(from) else {
            return;
        };
        open.pulls.open.remove(&request);
        let theirs = open.circles.get_mut(&key.circle).and_then(|s| s.theirs.get_mut(&key.log));
        if let Some(theirs) = theirs
            && is_ahead(theirs, &ours)
        {
            if gave_all {
                // It has given all that it has; what it said before was not so.
                theirs.tail = ours.tail;
                open.pulls.remove(&key);
            } else {
                open.pulls.cooling.insert(key, turn.now.saturating_add(COOLING));
            }
        }
    }

    pub(super) fn release_log(&mut self, from: ConnectionId, key: &Key) {
        if self.asked_logs.get(&(key.circle, key.log)) == Some(&from) {
            self.asked_logs.remove(&(key.circle, key.log));
        }
    }

    /// The peer sends entries of an alert lane along with their announcement.
    pub(super) fn pushed<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        tag: BlindedTag,
        position: LogPosition,
        run: &[u8],
    ) -> Result<(), Reason> {
        if position.log.lane != Lane::Alert {
            return Err(Reason::Violation(Violation::OutOfTurn));
        }
        self.acknowledge(turn, from, run.len());
        self.frontier(turn, from, tag, &[position], false, false);
        let Some(circle) = self.circle_named(from, tag) else {
            return Ok(());
        };
        let key = Key::new(circle, position.log);
        let wanted = self.open(from).is_some_and(|open| open.pulls.has(&key));
        if wanted {
            self.take_run(turn, from, key, run)?;
        }
        Ok(())
    }

    /// Removes a log from what is asked of a peer, if it is no longer ahead.
    pub(super) fn no_longer_behind(open: &mut Open, circle: CircleId, ours: &LogPosition) {
        let theirs = open.circles.get(&circle).and_then(|session| session.theirs.get(&ours.log));
        if theirs.is_none_or(|theirs| !is_ahead(theirs, ours)) {
            open.pulls.remove(&Key::new(circle, ours.log));
        }
    }

    /// Nobody is asked for this log again: it is frozen.
    pub(super) fn stop_pulling(&mut self, circle: CircleId, log: LogId) {
        let key = Key::new(circle, log);
        self.asked_logs.remove(&(circle, log));
        for session in self.sessions.values_mut() {
            if let Some(open) = session.open_mut() {
                open.pulls.remove(&key);
                open.pulls.open.retain(|_, pull| pull.key != key);
            }
        }
    }
}
