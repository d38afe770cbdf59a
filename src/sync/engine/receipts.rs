//! Receipts: comparing which are held, asking for newer ones, passing them on, making our own.
//!
//! A receipt tells of entries and never of receipts, so that one makes no other. The specification
//! is `proto/receipt.md`.

mod exchange;

use std::collections::{BTreeMap, BTreeSet};

use exchange::list;

use super::{Engine, Turn};
use crate::{
    model::{
        id::{CircleId, DeviceId},
        time::Timestamp,
    },
    sync::{
        ConnectionId, ReceiptMark, Replica,
        digest::BlindedTag,
        limits::{RECEIPT_AT_LATEST, RECEIPT_PAUSE, RECEIPT_PAUSE_ON_CONTACT, RECEIPT_QUIET},
        message::{DevicePrefix, Message, ReceiptRank, Shown},
        session::{CircleSession, Names, ReceiptExchange},
    },
};

/// Since when entries have come that no receipt of ours tells of.
#[derive(Debug, Clone, Copy)]
struct Owed {
    first: Timestamp,
    last: Timestamp,
}

/// What is to be done of receipts over all sessions.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    /// Circles of which a receipt is to be made.
    owed: BTreeMap<CircleId, Owed>,
    /// When we made the last one of a circle.
    made: BTreeMap<CircleId, Timestamp>,
    /// When we made one of a circle because we had taken all that a peer has.
    met: BTreeMap<CircleId, Timestamp>,
    /// When we took one of a device last, for those of which we did so just now.
    taken: BTreeMap<(CircleId, DeviceId), Timestamp>,
    /// Who is being asked for the receipt of a device.
    asked: BTreeMap<(CircleId, DeviceId), ConnectionId>,
}

impl Receipts {
    /// Entries of a circle have come, or been written.
    pub(super) fn owe(&mut self, now: Timestamp, circle: CircleId) {
        self.owed.entry(circle).or_insert(Owed { first: now, last: now }).last = now;
    }

    /// A receipt of a device was taken.
    fn take(&mut self, now: Timestamp, circle: CircleId, device: DeviceId) {
        self.taken.insert((circle, device), now);
    }

    /// When the next receipt of a device is asked for: devices that keep to the rules make no more,
    /// and others cannot make everybody pass theirs on all the time.
    fn next_at(&self, circle: &CircleId, device: &DeviceId) -> Option<Timestamp> {
        let taken = self.taken.get(&(*circle, *device))?;
        Some(taken.saturating_add(RECEIPT_PAUSE_ON_CONTACT))
    }

    /// Nobody is being asked on a connection any more.
    pub(super) fn release(&mut self, connection: ConnectionId, circle: Option<&CircleId>) {
        let is_it = |of: &CircleId| circle.is_none_or(|circle| circle == of);
        self.asked.retain(|(of, _), asked| *asked != connection || !is_it(of));
    }

    /// When a receipt of a circle is to be made.
    fn due_at(&self, circle: &CircleId) -> Option<Timestamp> {
        let owed = self.owed.get(circle)?;
        let quiet = owed.last.saturating_add(RECEIPT_QUIET);
        let latest = owed.first.saturating_add(RECEIPT_AT_LATEST);
        let pause = self.made.get(circle).map(|made| made.saturating_add(RECEIPT_PAUSE));
        Some(pause.map_or(quiet, |pause| quiet.max(pause)).min(latest))
    }
}

fn prefix(device: &DeviceId) -> DevicePrefix {
    let mut first = [0; 8];
    first.iter_mut().zip(device.as_bytes()).for_each(|(to, from)| *to = *from);
    first
}

fn rank(mark: &ReceiptMark) -> ReceiptRank {
    let [first, second, third, fourth, ..] = *mark.id.as_bytes();
    ReceiptRank { counter: mark.counter, id: [first, second, third, fourth] }
}

fn ranks<R: Replica>(turn: &Turn<'_, R>, circle: &CircleId) -> BTreeMap<DeviceId, ReceiptRank> {
    let marks = turn.replica.receipt_marks(circle);
    marks.iter().map(|mark| (mark.device, rank(mark))).collect()
}

/// How a circle that the peer shows stands with receipts.
pub(super) fn compare<R: Replica>(
    turn: &Turn<'_, R>,
    names: &Names,
    circle: &CircleId,
    shown: &Shown,
    entitled: bool,
) -> ReceiptExchange {
    let ours = || turn.replica.receipt_marks(circle);
    let same = |theirs| names.their_digester(circle).receipts(&ours()) == theirs;
    ReceiptExchange {
        speaks: shown.receipts.is_some(),
        same: entitled && shown.receipts.is_some_and(same),
        ..ReceiptExchange::silent()
    }
}

/// Whether a peer is to be told of receipts of a circle now.
fn tells(session: &CircleSession) -> bool {
    session.exchanges_entries() && session.receipts.speaks && !session.refused_us
}

impl Engine {
    /// The peer gets entries of a circle from here on: what is owed is made, what differs compared.
    pub(super) fn begin_receipts<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        with: ConnectionId,
        circle: &CircleId,
    ) {
        if turn.replica.owes_receipt(circle) {
            self.receipts.owed.entry(*circle).or_insert(Owed { first: turn.now, last: turn.now });
        }
        let Some(open) = self.open_mut(with) else {
            return;
        };
        let tag = open.names.ours(circle);
        let Some(session) = open.circles.get_mut(circle).filter(|session| tells(session)) else {
            return;
        };
        let again = std::mem::take(&mut session.receipts.again);
        if !std::mem::replace(&mut session.receipts.same, true) || again {
            list(turn, with, tag, &ranks(turn, circle), again);
        }
    }

    /// Makes what is owed of circles that are about to be shown to a peer, unless we just did.
    pub(super) fn make_receipts_for<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        transport: &[u8; 32],
        circles: &BTreeSet<CircleId>,
    ) {
        for circle in circles {
            let made = self.receipts.made.get(circle);
            let soon = made.map(|made| made.saturating_add(RECEIPT_PAUSE_ON_CONTACT));
            if soon.is_none_or(|at| at <= turn.now)
                && turn.reads(circle, transport).is_some()
                && turn.replica.owes_receipt(circle)
            {
                self.make_receipt(turn, circle);
            }
        }
    }

    /// Makes the receipts that are due, if anybody is there to be told.
    pub(super) fn make_due_receipts<R: Replica>(&mut self, turn: &mut Turn<'_, R>) {
        let circles: Vec<CircleId> = self.receipts.owed.keys().copied().collect();
        for circle in circles {
            let due = self.receipts.due_at(&circle).is_some_and(|at| at <= turn.now);
            if due && self.has_hearers(&circle) {
                self.make_receipt(turn, &circle);
            }
        }
    }

    /// Makes what is owed of a circle in which we have just taken all that a peer has, the first time
    /// in a session: it may end any moment, and the peer wants to know that its entries arrived.
    pub(super) fn make_receipt_on_contact<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        with: ConnectionId,
        circle: &CircleId,
    ) {
        let open = self.open_mut(with);
        let session = open.and_then(|open| open.circles.get_mut(circle));
        let first = session.is_some_and(|it| !std::mem::replace(&mut it.receipts.met, true));
        let met = self.receipts.met.get(circle);
        let soon = met.map(|met| met.saturating_add(RECEIPT_PAUSE_ON_CONTACT));
        if first && self.receipts.owed.contains_key(circle) && soon.is_none_or(|at| at <= turn.now)
        {
            self.receipts.met.insert(*circle, turn.now);
            self.make_receipt(turn, circle);
        }
    }

    /// Makes a receipt now, if one is owed.
    pub(super) fn make_receipt<R: Replica>(&mut self, turn: &mut Turn<'_, R>, circle: &CircleId) {
        self.receipts.owed.remove(circle);
        if let Some(mark) = turn.replica.issue_receipt(circle) {
            self.receipts.made.insert(*circle, turn.now);
            self.give_own(turn, circle, &mark);
        }
    }

    /// Gives our new receipt to all who may have it: nobody else can have it yet.
    fn give_own<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        circle: &CircleId,
        mark: &ReceiptMark,
    ) {
        let Some(receipt) = turn.replica.receipt(circle, &mark.device) else {
            return;
        };
        for connection in self.open_connections() {
            let Some(open) = self.open_mut(connection) else {
                continue;
            };
            let names = open.names;
            let Some(session) = open.circles.get_mut(circle) else {
                continue;
            };
            if !tells(session) {
                session.receipts.same = false;
            } else if turn.reads(circle, &names.their_key).is_some() {
                session.receipts.note(mark.device, rank(mark));
                let (circle, receipts) = (names.ours(circle), vec![receipt.clone()]);
                let message = Message::Receipts { circle, request: 0, receipts, last: true };
                turn.send(connection, message);
            }
        }
    }

    fn has_hearers(&self, circle: &CircleId) -> bool {
        let open = self.sessions.values().filter_map(|session| session.open());
        open.filter_map(|open| open.circles.get(circle)).any(tells)
    }

    /// Receipts came otherwise than through us.
    pub(super) fn receipts_changed<R: Replica>(&mut self, turn: &Turn<'_, R>, circle: &CircleId) {
        for (device, held) in ranks(turn, circle) {
            self.receipt_changed(circle, device, held, None);
        }
        if !turn.replica.owes_receipt(circle) {
            self.receipts.owed.remove(circle);
        }
    }

    /// We hold a newer receipt of a device than before.
    pub(super) fn receipt_changed(
        &mut self,
        circle: &CircleId,
        device: DeviceId,
        held: ReceiptRank,
        source: Option<ConnectionId>,
    ) {
        for connection in self.open_connections() {
            let open = self.open_mut(connection);
            let Some(session) = open.and_then(|open| open.circles.get_mut(circle)) else {
                continue;
            };
            let exchanges = tells(session);
            let receipts = &mut session.receipts;
            let theirs = receipts.theirs.get(&device);
            let is_news = theirs.is_none_or(|theirs| *theirs < held);
            if theirs.is_none_or(|theirs| *theirs <= held) {
                receipts.lacking.remove(&device);
            }
            if !exchanges {
                receipts.same = false;
            } else if is_news && source != Some(connection) {
                receipts.news.insert(device);
            }
        }
    }

    /// Tells peers of receipts that others gave us, many at once.
    pub(super) fn list_new_receipts<R: Replica>(&mut self, turn: &mut Turn<'_, R>) {
        for connection in self.open_connections() {
            let Some(open) = self.open_mut(connection) else {
                continue;
            };
            let names = open.names;
            for (circle, session) in &mut open.circles {
                let due = session.receipts.tell_at(turn.now).is_some_and(|at| at <= turn.now);
                if !due || !tells(session) {
                    continue;
                }
                let receipts = &mut session.receipts;
                let news = std::mem::take(&mut receipts.news);
                if turn.reads(circle, &names.their_key).is_none() {
                    receipts.same = false;
                    continue;
                }
                receipts.told = Some(turn.now);
                let mut ours = ranks(turn, circle);
                let all = std::mem::take(&mut receipts.again);
                ours.retain(|device, held| {
                    let theirs = receipts.theirs.get(device);
                    all || (news.contains(device) && theirs.is_none_or(|theirs| theirs < held))
                });
                list(turn, connection, names.ours(circle), &ours, all);
            }
        }
    }

    /// When something of receipts is to be done next.
    pub(super) fn next_receipts(&self, now: Timestamp) -> Option<Timestamp> {
        let owed = self.receipts.owed.keys().filter(|circle| self.has_hearers(circle));
        let owed = owed.filter_map(|circle| self.receipts.due_at(circle));
        let open = self.sessions.values().filter_map(|session| session.open());
        let circles = open.flat_map(|open| open.circles.values()).filter(|it| tells(it));
        let sessions = circles.flat_map(|session| {
            let asked = session.receipts.asked.as_ref().map(|asked| asked.deadline);
            asked.into_iter().chain(session.receipts.tell_at(now))
        });
        let lacking = self.sessions.values().filter_map(|session| session.open());
        let lacking = lacking.flat_map(|open| &open.circles).filter(|(_, it)| tells(it));
        let again = lacking.flat_map(|(circle, session)| {
            let waits = session.receipts.asked.is_none();
            let devices = session.receipts.lacking.iter().filter(move |_| waits);
            devices.filter_map(|device| self.receipts.next_at(circle, device))
        });
        owed.chain(sessions).chain(again.filter(|at| *at > now)).min()
    }

    fn named(&self, from: ConnectionId, tag: BlindedTag) -> Option<(CircleId, Names)> {
        let open = self.open(from)?;
        Some((*open.by_their_tag.get(&tag)?, open.names))
    }
}
