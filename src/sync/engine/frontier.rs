//! Comparing how far logs are held.

use super::{Engine, Turn};
use crate::{
    log::LogPosition,
    model::id::CircleId,
    sync::{
        ConnectionId, Replica,
        digest::{BlindedTag, Digest, log_bucket},
        limits::{MAX_LISTED_POSITIONS, MAX_POSITIONS_PER_PEER},
        message::Message,
        session::{CirclePhase, Key},
    },
};

impl Engine {
    /// Statements are settled and the peer is entitled: compares frontiers, answers what waits.
    pub(super) fn begin_entries<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        with: ConnectionId,
        circle: &CircleId,
    ) {
        let session = self.open_mut(with).and_then(|open| open.circles.get_mut(circle));
        let Some(session) = session else {
            return;
        };
        let buckets = session.frontier_buckets.take();
        let theirs: Vec<LogPosition> = session.theirs.values().copied().collect();
        if !session.in_step {
            self.send_frontier(turn, with, circle);
        }
        if let Some(digests) = buckets {
            self.answer_frontier_buckets(turn, with, circle, &digests);
        }
        for position in &theirs {
            self.offer_fork_proof(turn, with, circle, position);
        }
        self.look_at(turn, with, circle, &theirs);
        self.begin_receipts(turn, with, circle);
    }

    /// Sends how far we hold logs, or the buckets of it.
    fn send_frontier<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        to: ConnectionId,
        circle: &CircleId,
    ) {
        let at_once = self.frontier_at_once(to);
        let Some(open) = self.open_mut(to) else {
            return;
        };
        let names = open.names;
        let Some(session) = open.circles.get_mut(circle) else {
            return;
        };
        let positions = turn.frontier_for(circle, &names.their_key);
        let tag = names.ours(circle);
        if positions.len() <= at_once {
            session.frontier_sent = true;
            let (complete, last) = (true, true);
            turn.send(to, Message::Frontier { circle: tag, positions, complete, last });
        } else {
            session.frontier_buckets_sent = true;
            let digests = names.our_digester(circle).frontier_buckets(&positions);
            turn.send(to, Message::FrontierBuckets { circle: tag, digests });
        }
    }

    /// The peer sends digests of the parts of its frontier.
    pub(super) fn frontier_buckets<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        tag: BlindedTag,
        digests: Vec<Digest>,
    ) {
        let Some((circle, session)) = self.named_session(from, tag) else {
            return;
        };
        match session.phase {
            CirclePhase::Statements { .. } => {
                session.in_step = false;
                session.frontier_buckets = Some(digests);
            }
            CirclePhase::Entries => {
                let silent = !session.frontier_sent && !session.frontier_buckets_sent;
                if silent {
                    self.send_frontier(turn, from, &circle);
                }
                self.answer_frontier_buckets(turn, from, &circle, &digests);
            }
            CirclePhase::Withheld => {}
        }
    }

    /// Lists our positions in the parts that differ.
    fn answer_frontier_buckets<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        to: ConnectionId,
        circle: &CircleId,
        digests: &[Digest],
    ) {
        let Some(open) = self.open_mut(to) else {
            return;
        };
        let names = open.names;
        let Some(session) = open.circles.get_mut(circle) else {
            return;
        };
        if session.frontier_answered || turn.entitled(circle, &names.their_key).is_none() {
            return;
        }
        session.frontier_answered = true;
        let mut positions = turn.frontier_for(circle, &names.their_key);
        let ours = names.their_digester(circle).frontier_buckets(&positions);
        positions.retain(|position| {
            let bucket = usize::from(log_bucket(&position.log));
            ours.get(bucket) != digests.get(bucket)
        });
        send_positions(turn, to, names.ours(circle), positions, true);
    }

    /// The peer says how far it holds logs.
    pub(super) fn frontier<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        tag: BlindedTag,
        positions: &[LogPosition],
        complete: bool,
        last: bool,
    ) {
        let Some(names) = self.open(from).map(|open| open.names) else {
            return;
        };
        let Some((circle, session)) = self.named_session(from, tag) else {
            return;
        };
        let entries = session.exchanges_entries();
        // While statements are under way the peer may know better than we that it is entitled.
        let may_be = matches!(session.phase, CirclePhase::Statements { .. });
        if !may_be && turn.entitled(&circle, &names.their_key).is_none() {
            return;
        }
        session.frontier_heard |= last;
        if complete && !entries {
            session.in_step = false;
        }
        let answers = complete && entries && !session.frontier_sent;
        session.frontier_sent |= answers;
        for position in positions {
            self.note_position(turn, from, &circle, position);
            if entries {
                self.offer_fork_proof(turn, from, &circle, position);
            }
        }
        if answers {
            self.send_what_is_ahead(turn, from, &circle, positions);
        }
        self.look_at(turn, from, &circle, positions);
    }

    /// Remembers how far the peer holds a log.
    pub(super) fn note_position<R: Replica>(
        &mut self,
        turn: &Turn<'_, R>,
        from: ConnectionId,
        circle: &CircleId,
        position: &LogPosition,
    ) {
        let Some(open) = self.open_mut(from) else {
            return;
        };
        let Some(session) = open.circles.get_mut(circle) else {
            return;
        };
        let known = session.theirs.get(&position.log);
        let newer = known
            .is_none_or(|known| position.tail.next_seq >= known.tail.next_seq || position.forked);
        let known_peer = turn.knows(&open.names.their_key);
        let most = if known_peer { MAX_POSITIONS_PER_PEER } else { MAX_LISTED_POSITIONS };
        if !newer || (known.is_none() && open.positions >= most) {
            return;
        }
        if session.theirs.insert(position.log, *position).is_none() {
            open.positions = open.positions.saturating_add(1);
        }
    }

    /// Answers a complete frontier with where we are ahead of it.
    fn send_what_is_ahead<R: Replica>(
        &self,
        turn: &mut Turn<'_, R>,
        to: ConnectionId,
        circle: &CircleId,
        theirs: &[LogPosition],
    ) {
        let Some(names) = self.open(to).map(|open| open.names) else {
            return;
        };
        let tag = names.ours(circle);
        let theirs: std::collections::BTreeMap<_, _> =
            theirs.iter().map(|position| (position.log, position.tail)).collect();
        let mut positions = turn.frontier_for(circle, &names.their_key);
        positions.retain(|ours| {
            theirs.get(&ours.log).is_none_or(|tail| {
                ours.tail.next_seq >= tail.next_seq && ours.tail.hash != tail.hash
            })
        });
        send_positions(turn, to, tag, positions, true);
    }

    /// Compares all that the peer has said of a circle with what we hold.
    pub(super) fn look_for_entries<R: Replica>(
        &mut self,
        turn: &Turn<'_, R>,
        from: ConnectionId,
        circle: &CircleId,
    ) {
        let session = self.open(from).and_then(|open| open.circles.get(circle));
        let Some(session) = session.filter(|session| session.exchanges_entries()) else {
            return;
        };
        let positions: Vec<LogPosition> = session.theirs.values().copied().collect();
        self.look_at(turn, from, circle, &positions);
    }

    /// Compares positions of the peer with ours.
    pub(super) fn look_at<R: Replica>(
        &mut self,
        turn: &Turn<'_, R>,
        from: ConnectionId,
        circle: &CircleId,
        positions: &[LogPosition],
    ) {
        let Some(open) = self.open_mut(from) else {
            return;
        };
        let Some(session) = open.circles.get_mut(circle) else {
            return;
        };
        if !session.exchanges_entries() || session.refused_us {
            return;
        }
        for theirs in positions {
            let key = Key::new(*circle, theirs.log);
            let wanted = is_ahead(theirs, &turn.replica.position(circle, &theirs.log))
                && turn.replica.follows(circle, &theirs.log);
            if !wanted {
                open.pulls.remove(&key);
            } else if open.pulls.add(key) {
                session.told_caught_up = false;
            }
        }
    }
}

/// Whether a peer has something of a log that we have not: more entries, or others.
pub(super) fn is_ahead(theirs: &LogPosition, ours: &LogPosition) -> bool {
    let (theirs, ours) = (theirs.tail, ours.tail);
    theirs.next_seq > ours.next_seq
        || (theirs.next_seq == ours.next_seq && theirs.next_seq > 0 && theirs.hash != ours.hash)
}

/// Sends positions that are not a complete frontier, in as many frames as it takes.
pub(super) fn send_positions<R: Replica>(
    turn: &mut Turn<'_, R>,
    to: ConnectionId,
    circle: BlindedTag,
    positions: Vec<LogPosition>,
    last: bool,
) {
    let complete = false;
    if positions.is_empty() && last {
        turn.send(to, Message::Frontier { circle, positions, complete, last });
        return;
    }
    let pages = positions.chunks(MAX_LISTED_POSITIONS);
    let end = pages.len().saturating_sub(1);
    for (page, positions) in pages.enumerate() {
        let (positions, last) = (positions.to_vec(), last && page == end);
        turn.send(to, Message::Frontier { circle, positions, complete, last });
    }
}
