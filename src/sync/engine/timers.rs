//! What is due at the end of every call: requests, answers, time-outs, and when to wake.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{Engine, Turn, metered::announce_every};
use crate::{
    model::{
        id::{CircleId, Lane, StatementId},
        time::Timestamp,
    },
    sync::{
        ConnectionId, Event, Output, Reason, Replica,
        limits::{COOLING, GRACE, MAX_STALLS, PULL_TURN},
        session::{Key, Open, Phase},
    },
};

/// How often catching up is told of, for each circle and lane.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

impl Engine {
    /// Does what is due.
    pub(super) fn settle<R: Replica>(&mut self, turn: &mut Turn<'_, R>) {
        for connection in self.sessions.keys().copied().collect::<Vec<_>>() {
            if let Err(reason) = self.expire(turn, connection) {
                self.close(turn, connection, reason);
            }
        }
        for connection in self.open_connections() {
            self.announce_grown(turn, connection);
            self.expire_receipts(turn.now, connection);
        }
        self.ask_for_statements(turn);
        self.ask_for_entries(turn);
        self.serve_all(turn);
        self.tell_caught_up(turn);
        self.make_due_receipts(turn);
        self.list_new_receipts(turn);
        self.ask_for_receipts(turn);
        let wake = self.next_wake(turn.now);
        if let Some(at) = wake.filter(|_| wake != self.wake) {
            turn.push(Output::Wake { at });
        }
        self.wake = wake;
    }

    /// Takes back what a peer did not give in time.
    fn expire<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        connection: ConnectionId,
    ) -> Result<(), Reason> {
        let elsewhere = self.held_elsewhere(turn.now, connection);
        let Some(session) = self.sessions.get_mut(&connection) else {
            return Ok(());
        };
        let open = match &mut session.phase {
            Phase::Greeting(greeting) if greeting.deadline <= turn.now => {
                return Err(Reason::NoHello);
            }
            Phase::Greeting(_) => return Ok(()),
            Phase::Open(open) => open,
        };
        check_alone(turn, open)?;
        open.pulls.cooling.retain(|_, until| *until > turn.now);
        let late_logs = expire_pulls(turn.now, open, &elsewhere);
        let late_statements = expire_asked(turn.now, open);
        if open.pulls.stalls >= MAX_STALLS {
            return Err(Reason::NoProgress);
        }
        for key in late_logs {
            self.release_log(connection, &key);
        }
        for (circle, ids) in late_statements {
            self.release_statements(connection, &circle, &ids);
            self.advance(turn, connection, &circle);
        }
        Ok(())
    }

    /// Logs whose turn at a peer is over and that another peer could give.
    fn held_elsewhere(&self, now: Timestamp, connection: ConnectionId) -> BTreeSet<Key> {
        let Some(open) = self.open(connection) else { return BTreeSet::new() };
        let over = open.pulls.open.values().filter(|pull| !pull.expired && pull.turn_ends <= now);
        let others: Vec<&Open> = self
            .sessions
            .iter()
            .filter(|(other, _)| **other != connection)
            .filter_map(|(_, session)| session.open())
            .collect();
        let held = |key: &Key| others.iter().any(|open| open.pulls.has(key));
        over.map(|pull| pull.key).filter(held).collect()
    }

    fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        let sessions = self.sessions.values();
        sessions
            .filter_map(|session| match &session.phase {
                Phase::Greeting(greeting) => Some(greeting.deadline),
                Phase::Open(open) => {
                    let answer =
                        waits_to_ask(open).then(|| session.budgets.next_answer(now)).flatten();
                    next_deadline(open, self.metered).into_iter().chain(answer).min()
                }
            })
            .chain(self.next_receipts(now))
            .chain(self.spared.next_end(now))
            .min()
    }

    /// Tells of circles in which we hold all that a peer has.
    fn tell_caught_up<R: Replica>(&mut self, turn: &mut Turn<'_, R>) {
        let mut caught_up_with = Vec::new();
        for (connection, session) in &mut self.sessions {
            let Phase::Open(open) = &mut session.phase else {
                continue;
            };
            for (circle, session) in &mut open.circles {
                let caught_up = session.exchanges_entries()
                    && session.frontier_heard
                    && !session.told_caught_up
                    && !open.pulls.is_behind_in(circle);
                if !caught_up {
                    continue;
                }
                if let Some(device) = turn.entitled(circle, &open.names.their_key) {
                    session.told_caught_up = true;
                    let (circle, connection) = (*circle, *connection);
                    turn.tell(Event::CaughtUp { circle, device, connection });
                    caught_up_with.push((connection, circle));
                }
            }
        }
        for (connection, circle) in caught_up_with {
            self.make_receipt_on_contact(turn, connection, &circle);
        }
    }

    /// Tells how far catching up has come, not too often.
    pub(super) fn tell_progress<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        circle: CircleId,
        lane: Lane,
    ) {
        let missing = self.missing(turn, circle, lane);
        let told = self.told_progress.get(&(circle, lane));
        let soon = told.is_some_and(|told| turn.now.saturating_since(*told) < PROGRESS_EVERY);
        if soon && missing > 0 {
            return;
        }
        self.told_progress.insert((circle, lane), turn.now);
        let on_lane = turn.replica.frontier(&circle).into_iter().filter(|p| p.log.lane == lane);
        let have = on_lane.fold(0_u64, |sum, p| sum.saturating_add(p.tail.next_seq));
        let want = have.saturating_add(missing);
        turn.tell(Event::Progress { circle, lane, have, want });
    }

    /// Entries of a lane that some peer holds and we do not.
    fn missing<R: Replica>(&self, turn: &Turn<'_, R>, circle: CircleId, lane: Lane) -> u64 {
        let mut most = BTreeMap::new();
        for open in self.sessions.values().filter_map(|session| session.open()) {
            let Some(session) = open.circles.get(&circle) else {
                continue;
            };
            for key in open.pulls.behind_on(circle, lane) {
                let theirs = session.theirs.get(&key.log).map_or(0, |p| p.tail.next_seq);
                let most = most.entry(key.log).or_insert(0);
                *most = theirs.max(*most);
            }
        }
        most.iter().fold(0_u64, |sum, (log, theirs)| {
            let ours = turn.replica.position(&circle, log).tail.next_seq;
            sum.saturating_add(theirs.saturating_sub(ours))
        })
    }
}

/// Gives a session without any circle in common its grace time, and no more.
fn check_alone<R: Replica>(turn: &Turn<'_, R>, open: &mut Open) -> Result<(), Reason> {
    if open.has_common_circle() {
        open.alone_since = None;
        return Ok(());
    }
    let since = *open.alone_since.get_or_insert(turn.now);
    if since.saturating_add(GRACE) > turn.now {
        return Ok(());
    }
    let known = turn.knows(&open.names.their_key);
    Err(if known { Reason::NothingInCommon } else { Reason::Stranger })
}

/// Marks requests for entries that are overdue; gives the logs that others may be asked for. A turn
/// that is over begins again where nobody else could give the log.
fn expire_pulls(now: Timestamp, open: &mut Open, elsewhere: &BTreeSet<Key>) -> Vec<Key> {
    let pulls = &mut open.pulls;
    let mut released = Vec::new();
    for pull in pulls.open.values_mut().filter(|pull| !pull.expired) {
        let stalled = pull.deadline <= now;
        let over = pull.turn_ends <= now;
        if over && !elsewhere.contains(&pull.key) {
            pull.turn_ends = now.saturating_add(PULL_TURN);
        }
        if stalled || (over && elsewhere.contains(&pull.key)) {
            pull.expired = true;
            pulls.stalls = pulls.stalls.saturating_add(u32::from(stalled));
            pulls.cooling.insert(pull.key, now.saturating_add(COOLING));
            released.push(pull.key);
        }
    }
    released
}

/// Takes back requests for statements that are overdue; gives the ids that others may be asked
/// for.
fn expire_asked(now: Timestamp, open: &mut Open) -> Vec<(CircleId, Vec<StatementId>)> {
    let mut released = Vec::new();
    for (circle, session) in &mut open.circles {
        if let Some(asked) = session.asked.take_if(|asked| asked.deadline <= now) {
            for id in &asked.ids {
                session.lacking.remove(id);
            }
            open.pulls.stalls = open.pulls.stalls.saturating_add(1);
            released.push((*circle, asked.ids));
        }
    }
    released
}

/// Whether statements are lacking that nobody is asked for yet.
fn waits_to_ask(open: &Open) -> bool {
    open.circles.values().any(|it| it.asked.is_none() && !it.lacking.is_empty())
}

/// When a session has something to do next, if nothing comes in.
fn next_deadline(open: &Open, metered: bool) -> Option<Timestamp> {
    let active = open.pulls.open.values().filter(|pull| !pull.expired);
    let pulls = active.map(|pull| pull.deadline.min(pull.turn_ends));
    let asked = open.circles.values().filter_map(|session| session.asked.as_ref());
    let asked = asked.map(|asked| asked.deadline);
    let alone = open.alone_since.map(|since| since.saturating_add(GRACE));
    let cooling = open.pulls.cooling.values().copied();
    let grown = open.grown.iter().filter_map(|place| {
        let every = announce_every(metered || open.metered, place.1.lane);
        Some(open.announced.get(place)?.saturating_add(every))
    });
    pulls.chain(asked).chain(alone).chain(cooling).chain(grown).min()
}
