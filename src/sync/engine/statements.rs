//! Comparing and fetching statements.
//!
//! A small set is listed at once; of a large one 256 digests are sent first, and only the parts
//! that differ are listed. Whoever gets a complete list answers with what it lacks, so that one
//! side's list is enough.

use std::collections::BTreeSet;

use super::{Engine, Turn};
use crate::{
    model::{
        id::{CircleId, StatementId},
        limits::MAX_STATEMENT_BYTES,
    },
    sync::{
        Budgeted, ConnectionId, Event, Reason, Replica, Violation,
        digest::{BlindedTag, Digest, statement_bucket},
        limits::{
            MAX_ASKED_FOR_STATEMENTS, MAX_LACKING_STATEMENTS, MAX_LISTED_STATEMENTS,
            MAX_STRANGER_STATEMENTS, PULL_TIMEOUT, PULL_TURN, STATEMENTS_ANSWER_BYTES,
            STATEMENTS_FRAME_BYTES,
        },
        message::Message,
        session::{Asked, CirclePhase, CircleSession, Phase, Session},
    },
};

impl Engine {
    /// Lists what we hold, or its buckets.
    pub(super) fn send_statement_list<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        to: ConnectionId,
        circle: &CircleId,
    ) {
        let at_once = self.statements_at_once(to);
        let Some(open) = self.open_mut(to) else {
            return;
        };
        let names = open.names;
        let Some(session) = open.circles.get_mut(circle) else {
            return;
        };
        let ids = turn.replica.statement_ids(circle);
        let tag = names.ours(circle);
        if ids.len() <= at_once {
            session.list_sent = true;
            let list = Message::StatementList { circle: tag, ids, complete: true, last: true };
            turn.send(to, list);
        } else {
            session.buckets_sent = true;
            let digests = names.our_digester(circle).statement_buckets(&ids);
            turn.send(to, Message::StatementBuckets { circle: tag, digests });
        }
    }

    /// The peer sends digests of the parts of its statements.
    pub(super) fn statement_buckets<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        tag: BlindedTag,
        digests: &[Digest],
    ) {
        let Some((circle, session)) = self.named_session(from, tag) else {
            return;
        };
        if !session.offers || session.buckets_answered {
            return;
        }
        let silent = !session.list_sent && !session.buckets_sent;
        session.buckets_answered = true;
        if silent {
            self.send_statement_list(turn, from, &circle);
        }
        let Some(names) = self.open(from).map(|open| open.names) else {
            return;
        };
        let ids = turn.replica.statement_ids(&circle);
        let ours = names.their_digester(&circle).statement_buckets(&ids);
        let differs = |id: &StatementId| {
            let bucket = usize::from(statement_bucket(id));
            ours.get(bucket) != digests.get(bucket)
        };
        let ids = ids.into_iter().filter(differs).collect();
        send_ids(turn, from, names.ours(&circle), ids, true);
    }

    /// The peer lists statements.
    pub(super) fn statement_list<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        tag: BlindedTag,
        ids: &[StatementId],
        complete: bool,
        last: bool,
    ) {
        let stranger = self.sessions.get(&from).is_some_and(|session| turn.is_stranger(session));
        let most = if stranger { MAX_STRANGER_STATEMENTS } else { MAX_LACKING_STATEMENTS };
        let held = self.open(from).map_or(0, |open| {
            open.circles.values().map(|session| session.lacking.len()).sum::<usize>()
        });
        let Some((circle, session)) = self.named_session(from, tag) else {
            return;
        };
        let lacking = ids.iter().filter(|id| !turn.replica.has_statement(&circle, id));
        session.lacking.extend(lacking.take(most.saturating_sub(held)));
        if let CirclePhase::Statements { heard } = &mut session.phase {
            *heard |= last;
        }
        if complete && session.offers && !session.list_sent {
            session.list_sent = true;
            self.send_what_lacks(turn, from, &circle, ids);
        }
        self.advance(turn, from, &circle);
    }

    /// Answers a complete list with what is not in it.
    fn send_what_lacks<R: Replica>(
        &self,
        turn: &mut Turn<'_, R>,
        to: ConnectionId,
        circle: &CircleId,
        listed: &[StatementId],
    ) {
        if let Some(tag) = self.open(to).map(|open| open.names.ours(circle)) {
            let listed: BTreeSet<&StatementId> = listed.iter().collect();
            let mut ids = turn.replica.statement_ids(circle);
            ids.retain(|id| !listed.contains(id));
            send_ids(turn, to, tag, ids, true);
        }
    }

    /// Asks for what peers have listed and we do not hold, each from one peer at a time.
    pub(super) fn ask_for_statements<R: Replica>(&mut self, turn: &mut Turn<'_, R>) {
        let deadline = turn.now.saturating_add(PULL_TIMEOUT);
        let turn_ends = turn.now.saturating_add(PULL_TURN);
        for connection in self.open_connections() {
            let Some(Session { budgets, phase: Phase::Open(open), .. }) =
                self.sessions.get_mut(&connection)
            else {
                continue;
            };
            let names = open.names;
            let mut last_request = open.last_request;
            let asked = open.circles.values().filter(|session| session.asked.is_some()).count();
            let mut room = MAX_ASKED_FOR_STATEMENTS.saturating_sub(asked);
            let most = open.serving.flow.pace.wanted();
            for (circle, session) in &mut open.circles {
                if room == 0 || session.asked.is_some() || session.lacking.is_empty() {
                    continue;
                }
                let free =
                    |id: &&StatementId| !self.asked_statements.contains_key(&(*circle, **id));
                let ids: Vec<StatementId> =
                    session.lacking.iter().filter(free).take(most).copied().collect();
                if ids.is_empty() {
                    continue;
                }
                if budgets.answer(turn.now).is_err() {
                    // Meanwhile what it lists gathers, and then comes in one answer.
                    break;
                }
                room = room.saturating_sub(1);
                last_request = last_request.saturating_add(1);
                let request = last_request;
                self.asked_statements.extend(ids.iter().map(|id| ((*circle, *id), connection)));
                let (ids_asked, got) = (ids.clone(), Vec::new());
                let since = turn.now;
                session.asked =
                    Some(Asked { request, ids: ids_asked, since, deadline, turn_ends, got });
                let circle = names.ours(circle);
                turn.send(connection, Message::StatementWants { circle, request, ids });
            }
            open.last_request = last_request;
        }
    }

    /// The peer asks for statements.
    pub(super) fn statement_wants<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        tag: BlindedTag,
        request: u64,
        ids: &[StatementId],
    ) -> Result<(), Reason> {
        let circle = self.circle_named(from, tag);
        let Some(session) = self.sessions.get_mut(&from) else {
            return Ok(());
        };
        let given = circle.into_iter().flat_map(|circle| {
            let all = turn.replica.offers_statements(&circle, &session.transport);
            let some = if all { Vec::new() } else { turn.replica.credentials(&circle) };
            let ids = ids.iter().filter(move |id| all || some.contains(id));
            ids.map(move |id| (circle, id))
        });
        let given: Vec<_> = given.collect();
        let mut frames = StatementFrames::new(from, request);
        for (circle, id) in given {
            if frames.is_full() {
                break;
            }
            if let Some(statement) = turn.replica.statement(&circle, id) {
                frames.add(turn, statement);
            }
        }
        let sent = frames.finish(turn);
        // What a peer makes us send counts like what it sends, as nothing else slows it down.
        session.budgets.frame(turn.now, sent).map_err(Reason::OverBudget)
    }

    /// The peer gives statements that we asked for.
    pub(super) fn statements<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        request: u64,
        statements: Vec<Vec<u8>>,
        last: bool,
    ) -> Result<(), Reason> {
        let Some(session) = self.sessions.get_mut(&from) else {
            return Ok(());
        };
        // Two: a statement may carry another inside.
        let checks = statements.len().saturating_mul(2);
        session.budgets.signatures(turn.now, checks).map_err(Reason::OverBudget)?;
        session.budgets.frame(turn.now, 0).map_err(Reason::OverBudget)?;
        let (stranger, transport) = (turn.is_stranger(session), session.transport);
        let Some(open) = session.open_mut() else {
            return Ok(());
        };
        let unasked = Reason::Violation(Violation::Unasked);
        let open_requests = open.circles.iter_mut().filter_map(|(circle, session)| {
            Some((*circle, session.asked.as_mut().filter(|asked| asked.request == request)?))
        });
        let Some((circle, asked)) = { open_requests }.next() else {
            let asked_before = request <= open.last_request;
            return if asked_before { Ok(()) } else { Err(unasked) };
        };
        if stranger {
            open.stranger_statements = open.stranger_statements.saturating_add(statements.len());
            if open.stranger_statements > MAX_STRANGER_STATEMENTS {
                return Err(Reason::OverBudget(Budgeted::Signatures));
            }
        }
        let bytes: usize = asked.got.iter().chain(&statements).map(Vec::len).sum();
        if asked.got.len().saturating_add(statements.len()) > asked.ids.len()
            || bytes > STATEMENTS_ANSWER_BYTES.saturating_add(MAX_STATEMENT_BYTES)
        {
            return Err(unasked);
        }
        if !statements.is_empty() {
            asked.deadline = turn.now.saturating_add(PULL_TIMEOUT).min(asked.turn_ends);
        }
        asked.got.extend(statements);
        if !last {
            return Ok(());
        }
        let (statements, since) = (std::mem::take(&mut asked.got), asked.since);
        open.serving.flow.pace.answered(turn.now.saturating_since(since));
        let outcome = turn.replica.accept_statements(&circle, &transport, statements);
        if outcome.invalid > 0 {
            return Err(Reason::Violation(Violation::Statement));
        }
        self.statement_answer(turn, from, &circle);
        if !outcome.added.is_empty() {
            let count = outcome.added.len();
            turn.tell(Event::StatementsArrived { circle, connection: from, count });
            self.statements_changed(turn, circle, &outcome.added, Some(from));
        }
        self.advance(turn, from, &circle);
        Ok(())
    }

    /// Keeps account of an answer to our request for statements.
    fn statement_answer<R: Replica>(
        &mut self,
        turn: &Turn<'_, R>,
        from: ConnectionId,
        circle: &CircleId,
    ) {
        let Some(session) = self.open_mut(from).and_then(|open| open.circles.get_mut(circle))
        else {
            return;
        };
        let Some(asked) = session.asked.take() else {
            return;
        };
        let helped = asked.ids.iter().any(|id| turn.replica.has_statement(circle, id));
        session.lacking.retain(|id| !turn.replica.has_statement(circle, id));
        if !helped {
            // It listed what it does not give, or we do not take it: do not ask for ever.
            asked.ids.iter().for_each(|id| {
                session.lacking.remove(id);
            });
        }
        self.release_statements(from, circle, &asked.ids);
    }

    pub(super) fn release_statements(
        &mut self,
        from: ConnectionId,
        circle: &CircleId,
        ids: &[StatementId],
    ) {
        for id in ids {
            if self.asked_statements.get(&(*circle, *id)) == Some(&from) {
                self.asked_statements.remove(&(*circle, *id));
            }
        }
    }

    /// The circle that the peer means and how it stands between us.
    pub(super) fn named_session(
        &mut self,
        from: ConnectionId,
        tag: BlindedTag,
    ) -> Option<(CircleId, &mut CircleSession)> {
        let open = self.open_mut(from)?;
        let circle = *open.by_their_tag.get(&tag)?;
        open.circles.get_mut(&circle).map(|session| (circle, session))
    }
}

/// Sends a list that is not complete, in as many frames as it takes.
pub(super) fn send_ids<R: Replica>(
    turn: &mut Turn<'_, R>,
    to: ConnectionId,
    circle: BlindedTag,
    ids: Vec<StatementId>,
    last: bool,
) {
    if ids.is_empty() && last {
        turn.send(to, Message::StatementList { circle, ids, complete: false, last });
        return;
    }
    let pages = ids.chunks(MAX_LISTED_STATEMENTS);
    let end = pages.len().saturating_sub(1);
    for (page, ids) in pages.enumerate() {
        let (ids, last) = (ids.to_vec(), last && page == end);
        turn.send(to, Message::StatementList { circle, ids, complete: false, last });
    }
}

/// Fills frames with statements.
struct StatementFrames {
    to: ConnectionId,
    request: u64,
    statements: Vec<Vec<u8>>,
    bytes: usize,
    total: usize,
}

impl StatementFrames {
    const fn new(to: ConnectionId, request: u64) -> Self {
        Self { to, request, statements: Vec::new(), bytes: 0, total: 0 }
    }

    /// Whether this answer takes no more; the peer asks again for the rest.
    fn is_full(&self) -> bool {
        self.total >= STATEMENTS_ANSWER_BYTES
    }

    fn add<R: Replica>(&mut self, turn: &mut Turn<'_, R>, statement: Vec<u8>) {
        if self.bytes.saturating_add(statement.len()) > STATEMENTS_FRAME_BYTES && self.bytes > 0 {
            self.send(turn, false);
        }
        self.bytes = self.bytes.saturating_add(statement.len());
        self.total = self.total.saturating_add(statement.len());
        self.statements.push(statement);
    }

    fn send<R: Replica>(&mut self, turn: &mut Turn<'_, R>, last: bool) {
        let statements = std::mem::take(&mut self.statements);
        self.bytes = 0;
        let request = self.request;
        turn.send(self.to, Message::Statements { request, statements, last });
    }

    fn finish<R: Replica>(mut self, turn: &mut Turn<'_, R>) -> usize {
        self.send(turn, true);
        self.total
    }
}
