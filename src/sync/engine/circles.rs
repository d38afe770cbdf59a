//! Which circles are in common, and who is entitled to what as that changes.

use std::mem;

use super::{Engine, Turn, greet::circles_to_show, receipts, statements::send_ids};
use crate::{
    model::id::CircleId,
    sync::{
        ConnectionId, Event, Reason, Replica, Violation,
        digest::BlindedTag,
        limits::{MAX_INTRODUCTIONS, MAX_SHOWN_CIRCLES},
        message::{Message, Shown},
        session::{CirclePhase, CircleSession},
    },
};

/// Frames that showing one circle again costs: it makes us compare whole sets.
const SHOWING_COSTS: usize = 16;

impl Engine {
    /// The peer shows circles after its hello.
    pub(super) fn peer_shows<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        shown: &[Shown],
    ) -> Result<(), Reason> {
        if let Some(session) = self.sessions.get_mut(&from) {
            for _ in 0..shown.len().saturating_mul(SHOWING_COSTS) {
                session.budgets.frame(turn.now, 0).map_err(Reason::OverBudget)?;
            }
        }
        self.match_circles(turn, from, shown);
        Ok(())
    }

    /// Finds out which of the circles that the peer shows are ours.
    pub(super) fn match_circles<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        shown: &[Shown],
    ) {
        let Some(open) = self.open_mut(from) else {
            return;
        };
        let mut common = Vec::new();
        for circle in shown {
            match open.by_their_tag.get(&circle.tag) {
                Some(id) => common.push((*id, *circle)),
                None if open.unmatched.len() < MAX_SHOWN_CIRCLES => {
                    open.unmatched.insert(circle.tag, *circle);
                }
                None => {}
            }
        }
        for (circle, shown) in common {
            self.circle_shown(turn, from, circle, shown);
        }
    }

    /// The peer shows a circle of ours: begins a round of comparing it.
    fn circle_shown<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        circle: CircleId,
        shown: Shown,
    ) {
        self.stop_entries(from, &circle);
        self.asked_statements.retain(|(of, _), asked| *asked != from || *of != circle);
        let Some(open) = self.open_mut(from) else {
            return;
        };
        if !open.awaiting.remove(&circle) {
            self.send_shown(turn, from, &circle);
        }
        self.open_circle(turn, from, circle, shown);
    }

    fn open_circle<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        circle: CircleId,
        shown: Shown,
    ) {
        let Some(open) = self.open_mut(from) else {
            return;
        };
        let names = open.names;
        let theirs = names.their_digester(&circle);
        let same = theirs.statements(&turn.replica.statement_ids(&circle)) == shown.statements;
        let entitled = turn.entitled(&circle, &names.their_key).is_some();
        let in_step = entitled
            && theirs.frontier(&turn.frontier_for(&circle, &names.their_key)) == shown.frontier;
        let offers = turn.replica.offers_statements(&circle, &names.their_key);
        let mut session = CircleSession::new(same, in_step, offers);
        session.receipts = receipts::compare(turn, &names, &circle, &shown, entitled);
        let refuses = !offers && turn.knows(&names.their_key);
        if refuses {
            session.phase = CirclePhase::Withheld;
        }
        let former = open.circles.insert(circle, session);
        open.positions = open.positions.saturating_sub(former.map_or(0, |f| f.theirs.len()));
        if refuses {
            turn.send(from, Message::Refused { circle: names.ours(&circle), all: true });
        } else if offers && !same {
            self.send_statement_list(turn, from, &circle);
        } else if !offers {
            let credentials = turn.replica.credentials(&circle);
            if !credentials.is_empty() {
                send_ids(turn, from, names.ours(&circle), credentials, true);
            }
        }
        self.advance(turn, from, &circle);
    }

    /// Goes on to entries once statements are settled, if the peer is entitled.
    pub(super) fn advance<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        with: ConnectionId,
        circle: &CircleId,
    ) {
        let Some(open) = self.open_mut(with) else {
            return;
        };
        let names = open.names;
        let Some(session) = open.circles.get_mut(circle) else {
            return;
        };
        let waits = matches!(session.phase, CirclePhase::Statements { .. });
        if !waits || !session.is_settled() {
            return;
        }
        if turn.entitled(circle, &names.their_key).is_some() {
            session.phase = CirclePhase::Entries;
            self.begin_entries(turn, with, circle);
        } else if turn.knows(&names.their_key) {
            session.phase = CirclePhase::Withheld;
            let all = !session.offers;
            turn.send(with, Message::Refused { circle: names.ours(circle), all });
        }
        // A stranger stays where it is: what it brought may yet make it known.
    }

    /// Shows the peer one circle, outside of the hello.
    fn send_shown<R: Replica>(&self, turn: &mut Turn<'_, R>, to: ConnectionId, circle: &CircleId) {
        if let Some(names) = self.open(to).map(|open| open.names) {
            let shown = self.shown(turn, &names.our_nonce, &names.their_key, circle);
            turn.send(to, Message::Circles(vec![shown]));
        }
    }

    /// Begins a round of comparing a circle from our side.
    pub(super) fn show_again<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        to: ConnectionId,
        circle: &CircleId,
    ) {
        let Some(open) = self.open_mut(to) else {
            return;
        };
        if open.awaiting.insert(*circle) {
            self.send_shown(turn, to, circle);
        }
    }

    /// Looks at every circle of a session again, after statements came.
    pub(super) fn reconsider<R: Replica>(&mut self, turn: &mut Turn<'_, R>, with: ConnectionId) {
        let Some(session) = self.sessions.get(&with) else {
            return;
        };
        let (transport, dialed) = (session.transport, session.dialed);
        for circle in circles_to_show(turn, &transport, dialed) {
            self.adopt(turn, with, circle);
        }
        let Some(open) = self.open(with) else {
            return;
        };
        for circle in open.circles.keys().copied().collect::<Vec<_>>() {
            self.reconsider_circle(turn, with, circle);
        }
        self.introduce_all(turn, with);
    }

    /// Takes up a circle in a session that did not have it: from what the peer has shown, or by
    /// showing it.
    fn adopt<R: Replica>(&mut self, turn: &mut Turn<'_, R>, with: ConnectionId, circle: CircleId) {
        let Some(open) = self.open_mut(with) else {
            return;
        };
        if open.circles.contains_key(&circle) {
            return;
        }
        let tag = open.names.theirs(&circle);
        open.by_their_tag.insert(tag, circle);
        match open.unmatched.remove(&tag) {
            Some(shown) => self.circle_shown(turn, with, circle, shown),
            None => self.show_again(turn, with, &circle),
        }
    }

    fn reconsider_circle<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        with: ConnectionId,
        circle: CircleId,
    ) {
        let Some(open) = self.open_mut(with) else {
            return;
        };
        let names = open.names;
        let Some(session) = open.circles.get_mut(&circle) else {
            return;
        };
        let entitled = turn.entitled(&circle, &names.their_key).is_some();
        let offers = turn.replica.offers_statements(&circle, &names.their_key);
        let gained =
            (entitled && session.phase == CirclePhase::Withheld) || (offers && !session.offers);
        session.offers = session.offers && offers;
        if gained {
            self.show_again(turn, with, &circle);
        } else if session.exchanges_entries() && !entitled {
            self.withhold(turn, with, &circle);
        } else {
            self.advance(turn, with, &circle);
            self.look_for_entries(turn, with, &circle);
        }
    }

    /// The peer is no longer entitled: nothing of the circle's entries goes out or is asked.
    pub(super) fn withhold<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        with: ConnectionId,
        circle: &CircleId,
    ) {
        self.stop_entries(with, circle);
        let Some(open) = self.open_mut(with) else {
            return;
        };
        let tag = open.names.ours(circle);
        if let Some(session) = open.circles.get_mut(circle)
            && mem::replace(&mut session.phase, CirclePhase::Withheld) != CirclePhase::Withheld
        {
            let all = !session.offers;
            turn.send(with, Message::Refused { circle: tag, all });
        }
    }

    /// Drops all requests for entries of a circle, both ways.
    fn stop_entries(&mut self, with: ConnectionId, circle: &CircleId) {
        self.asked_logs.retain(|(of, _), asked| *asked != with || of != circle);
        self.receipts.release(with, Some(circle));
        if let Some(open) = self.open_mut(with) {
            open.pulls.forget(circle);
            open.serving.forget(circle);
            if let Some(session) = open.circles.get_mut(circle) {
                session.receipts.stop();
            }
        }
    }

    /// The peer says that we get no entries of a circle, or nothing at all.
    pub(super) fn refused<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        tag: BlindedTag,
        all: bool,
    ) {
        let Some(circle) = self.circle_named(from, tag) else {
            return;
        };
        self.stop_entries(from, &circle);
        let session = self.open_mut(from).and_then(|open| open.circles.get_mut(&circle));
        let Some(session) = session else {
            return;
        };
        session.refused_all |= all;
        if let CirclePhase::Statements { heard } = &mut session.phase {
            *heard |= all;
        }
        if !mem::replace(&mut session.refused_us, true) {
            turn.tell(Event::RefusedByPeer { circle, connection: from });
        }
        self.advance(turn, from, &circle);
    }

    /// Tells the peer of circles that it is in and did not show.
    pub(super) fn introduce_all<R: Replica>(&mut self, turn: &mut Turn<'_, R>, to: ConnectionId) {
        let Some(open) = self.open_mut(to) else {
            return;
        };
        for circle in turn.replica.circles() {
            // Who reads nothing there need not know that there is a circle.
            let entitled = turn
                .entitled(&circle, &open.names.their_key)
                .is_some_and(|device| turn.replica.reads(&circle, &device));
            if !entitled || open.circles.contains_key(&circle) || open.introduced.contains(&circle)
            {
                continue;
            }
            if let Some(genesis) = turn.replica.introduction(&circle) {
                open.introduced.insert(circle);
                turn.send(to, Message::Introduce { genesis });
            }
        }
    }

    /// The peer says that we are in a circle.
    pub(super) fn introduced<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        genesis: Vec<u8>,
    ) -> Result<(), Reason> {
        let Some(open) = self.open_mut(from) else {
            return Ok(());
        };
        let transport = open.names.their_key;
        open.introductions = open.introductions.saturating_add(1);
        if open.introductions > MAX_INTRODUCTIONS {
            return Err(Reason::Violation(Violation::OutOfTurn));
        }
        if !turn.knows(&transport) {
            return Ok(());
        }
        let known = turn.replica.circles();
        if let Some(circle) = turn.replica.accept_introduction(&transport, genesis) {
            if !known.contains(&circle) {
                turn.tell(Event::CircleIntroduced { circle, connection: from });
            }
            // Who introduces a circle to us is shown it, whatever we know of its members yet.
            self.adopt(turn, from, circle);
            for connection in self.open_connections() {
                self.reconsider(turn, connection);
            }
        }
        Ok(())
    }

    /// The circle that the peer means.
    pub(super) fn circle_named(&self, from: ConnectionId, tag: BlindedTag) -> Option<CircleId> {
        self.open(from)?.by_their_tag.get(&tag).copied()
    }
}
