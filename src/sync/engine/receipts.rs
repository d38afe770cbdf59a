//! Receipts: comparing which are held, asking for newer ones, passing them on, making our own.
//!
//! A receipt tells of entries and never of receipts, so that one makes no other. The specification
//! is `proto/receipt.md`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Engine, Turn};
use crate::{
    model::{
        id::{CircleId, DeviceId},
        time::Timestamp,
    },
    sync::{
        ConnectionId, Reason, ReceiptMark, ReceiptOutcome, Replica, Violation,
        digest::BlindedTag,
        limits::{
            MAX_LISTED_RECEIPTS, MAX_WANTED_RECEIPTS, PULL_TIMEOUT, RECEIPT_AT_LATEST,
            RECEIPT_PAUSE, RECEIPT_PAUSE_ON_CONTACT, RECEIPT_QUIET, RECEIPTS_ANSWER_BYTES,
            RECEIPTS_FRAME_BYTES,
        },
        message::{DevicePrefix, ListedReceipt, Message, ReceiptRank, Shown},
        session::{AskedReceipts, CircleSession, Names, ReceiptExchange},
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
    /// Who is being asked for the receipt of a device.
    asked: BTreeMap<(CircleId, DeviceId), ConnectionId>,
}

impl Receipts {
    /// Entries of a circle have come, or been written.
    pub(super) fn owe(&mut self, now: Timestamp, circle: CircleId) {
        self.owed.entry(circle).or_insert(Owed { first: now, last: now }).last = now;
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
        if !std::mem::replace(&mut session.receipts.same, true) {
            list(turn, with, tag, &ranks(turn, circle));
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
                ours.retain(|device, held| {
                    let theirs = receipts.theirs.get(device);
                    news.contains(device) && theirs.is_none_or(|theirs| theirs < held)
                });
                list(turn, connection, names.ours(circle), &ours);
            }
        }
    }

    /// The peer lists receipts that it holds.
    pub(super) fn receipts_listed<R: Replica>(
        &mut self,
        turn: &Turn<'_, R>,
        from: ConnectionId,
        tag: BlindedTag,
        listed: &[ListedReceipt],
    ) {
        let Some((circle, names)) = self.named(from, tag) else {
            return;
        };
        let may_be = turn.reads(&circle, &names.their_key).is_some();
        let session = self.open_mut(from).and_then(|open| open.circles.get_mut(&circle));
        let Some(session) = session.filter(|_| may_be) else {
            return;
        };
        let ours = ranks(turn, &circle);
        for ListedReceipt { device, rank } in listed {
            if let Some(device) = turn.replica.receipt_device(&circle, device) {
                session.receipts.note(device, *rank);
                if ours.get(&device).is_none_or(|held| held < rank) {
                    session.receipts.lacking.insert(device);
                }
            }
        }
    }

    /// Asks for newer receipts, for each of one peer at a time.
    pub(super) fn ask_for_receipts<R: Replica>(&mut self, turn: &mut Turn<'_, R>) {
        for connection in self.open_connections() {
            let Some(open) = self.sessions.get_mut(&connection).and_then(|it| it.open_mut()) else {
                continue;
            };
            let names = open.names;
            for (circle, session) in &mut open.circles {
                let waits =
                    !session.receipts.lacking.is_empty() && session.receipts.asked.is_none();
                if !waits || !tells(session) || turn.reads(circle, &names.their_key).is_none() {
                    continue;
                }
                let asked = &mut self.receipts.asked;
                let free = |device: &&DeviceId| !asked.contains_key(&(*circle, **device));
                let wanted = session.receipts.lacking.iter().filter(free);
                let devices: BTreeSet<DeviceId> =
                    wanted.take(MAX_WANTED_RECEIPTS).copied().collect();
                if devices.is_empty() {
                    continue;
                }
                asked.extend(devices.iter().map(|device| ((*circle, *device), connection)));
                open.last_request = open.last_request.saturating_add(1);
                let request = open.last_request;
                let prefixes = devices.iter().map(prefix).collect();
                let deadline = turn.now.saturating_add(PULL_TIMEOUT);
                session.receipts.asked =
                    Some(AskedReceipts { request, devices, deadline, helped: false });
                let circle = names.ours(circle);
                turn.send(connection, Message::ReceiptWants { circle, request, devices: prefixes });
            }
        }
    }

    /// The peer asks for receipts.
    pub(super) fn receipts_wanted<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        tag: BlindedTag,
        request: u64,
        devices: &[DevicePrefix],
    ) -> Result<(), Reason> {
        let mut sent = 0_usize;
        let mut frame: (Vec<Vec<u8>>, usize) = (Vec::new(), 0);
        let Some((circle, names)) = self.named(from, tag) else {
            return Ok(());
        };
        let may = turn.reads(&circle, &names.their_key).is_some();
        let ours = if may { ranks(turn, &circle) } else { BTreeMap::new() };
        let tag = names.ours(&circle);
        let session = self.open_mut(from).and_then(|open| open.circles.get_mut(&circle));
        let Some(session) = session else {
            return Ok(());
        };
        // It may have crossed with a change: what it lists then is asked for again.
        let exchanges = may && session.exchanges_entries();
        session.receipts.same &= exchanges;
        for device in devices.iter().filter(|_| exchanges) {
            let known = turn.replica.receipt_device(&circle, device);
            let held = known.and_then(|device| Some((device, *ours.get(&device)?)));
            let Some((device, held)) = held else { continue };
            let Some(receipt) = turn.replica.receipt(&circle, &device) else { continue };
            session.receipts.note(device, held);
            session.receipts.news.remove(&device);
            let (receipts, bytes) = &mut frame;
            if bytes.saturating_add(receipt.len()) > RECEIPTS_FRAME_BYTES && *bytes > 0 {
                let receipts = std::mem::take(receipts);
                *bytes = 0;
                turn.send(from, Message::Receipts { circle: tag, request, receipts, last: false });
            }
            let (receipts, bytes) = &mut frame;
            *bytes = bytes.saturating_add(receipt.len());
            sent = sent.saturating_add(receipt.len());
            receipts.push(receipt);
            if sent >= RECEIPTS_ANSWER_BYTES {
                break;
            }
        }
        let (receipts, _bytes) = frame;
        turn.send(from, Message::Receipts { circle: tag, request, receipts, last: true });
        let Some(session) = self.sessions.get_mut(&from) else {
            return Ok(());
        };
        // What a peer makes us send counts like what it sends.
        session.budgets.frame(turn.now, sent).map_err(Reason::OverBudget)
    }

    /// The peer gives receipts.
    pub(super) fn receipts_given<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        tag: BlindedTag,
        request: u64,
        receipts: &[Vec<u8>],
        last: bool,
    ) -> Result<(), Reason> {
        let Some((circle, names)) = self.named(from, tag) else {
            return Ok(());
        };
        let Some(session) = self.sessions.get_mut(&from) else {
            return Ok(());
        };
        let open = session.open();
        let asked_before = open.is_some_and(|open| request <= open.last_request);
        let asked = open.and_then(|open| open.circles.get(&circle)?.receipts.asked.as_ref());
        let is_answer = asked.is_some_and(|asked| asked.request == request);
        // One that came too late, or crossed with a change, is taken like one that nobody asked for.
        let most = match asked.filter(|_| is_answer) {
            Some(asked) => asked.devices.len(),
            None if request == 0 => 1,
            None => MAX_WANTED_RECEIPTS,
        };
        let unasked = Reason::Violation(Violation::Unasked);
        if !asked_before || receipts.len() > most {
            return Err(unasked);
        }
        let bytes = if is_answer { 0 } else { receipts.iter().map(Vec::len).sum() };
        session.budgets.frame(turn.now, bytes).map_err(Reason::OverBudget)?;
        session.budgets.signatures(turn.now, receipts.len()).map_err(Reason::OverBudget)?;
        let exchanges =
            open_circle(session.open(), &circle).is_some_and(CircleSession::exchanges_entries);
        let takes = exchanges && turn.reads(&circle, &names.their_key).is_some();
        for receipt in receipts.iter().filter(|_| takes) {
            match turn.replica.accept_receipt(&circle, receipt) {
                ReceiptOutcome::Accepted(mark) => {
                    self.note_given(from, &circle, &mark);
                    self.receipt_changed(&circle, mark.device, rank(&mark), Some(from));
                }
                ReceiptOutcome::Known | ReceiptOutcome::NotKept => {}
                ReceiptOutcome::Invalid => return Err(Reason::Violation(Violation::Receipt)),
            }
        }
        if is_answer {
            self.receipts_answered(turn, from, &circle, last);
        }
        Ok(())
    }

    fn note_given(&mut self, from: ConnectionId, circle: &CircleId, mark: &ReceiptMark) {
        let open = self.open_mut(from);
        if let Some(session) = open.and_then(|open| open.circles.get_mut(circle)) {
            session.receipts.note(mark.device, rank(mark));
            session.receipts.lacking.remove(&mark.device);
            if let Some(asked) = &mut session.receipts.asked {
                asked.helped |= asked.devices.remove(&mark.device);
            }
        }
    }

    /// Keeps account of an answer to our request for receipts.
    fn receipts_answered<R: Replica>(
        &mut self,
        turn: &Turn<'_, R>,
        from: ConnectionId,
        circle: &CircleId,
        last: bool,
    ) {
        let open = self.open_mut(from);
        let Some(session) = open.and_then(|open| open.circles.get_mut(circle)) else {
            return;
        };
        let receipts = &mut session.receipts;
        if let Some(asked) = receipts.asked.as_mut().filter(|_| !last) {
            asked.deadline = turn.now.saturating_add(PULL_TIMEOUT);
            return;
        }
        if let Some(asked) = receipts.asked.take().filter(|asked| !asked.helped) {
            // It listed what it does not give, or we do not take it: do not ask for ever.
            receipts.lacking.retain(|device| !asked.devices.contains(device));
        }
        self.receipts.release(from, Some(circle));
    }

    /// Takes back what a peer did not give in time; it is not asked again for it.
    pub(super) fn expire_receipts(&mut self, now: Timestamp, connection: ConnectionId) {
        let Some(open) = self.open_mut(connection) else {
            return;
        };
        let mut late = Vec::new();
        for (circle, session) in &mut open.circles {
            let receipts = &mut session.receipts;
            if let Some(asked) = receipts.asked.take_if(|asked| asked.deadline <= now) {
                receipts.lacking.retain(|device| !asked.devices.contains(device));
                late.push(*circle);
            }
        }
        for circle in late {
            self.receipts.release(connection, Some(&circle));
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
        owed.chain(sessions).min()
    }

    fn named(&self, from: ConnectionId, tag: BlindedTag) -> Option<(CircleId, Names)> {
        let open = self.open(from)?;
        Some((*open.by_their_tag.get(&tag)?, open.names))
    }
}

fn open_circle<'a>(
    open: Option<&'a crate::sync::session::Open>,
    circle: &CircleId,
) -> Option<&'a CircleSession> {
    open.and_then(|open| open.circles.get(circle))
}

/// Lists receipts, in as many frames as it takes.
fn list<R: Replica>(
    turn: &mut Turn<'_, R>,
    to: ConnectionId,
    circle: BlindedTag,
    ranks: &BTreeMap<DeviceId, ReceiptRank>,
) {
    let listed = ranks.iter().map(|(device, rank)| (prefix(device), *rank));
    let listed: Vec<ListedReceipt> =
        listed.map(|(device, rank)| ListedReceipt { device, rank }).collect();
    for page in listed.chunks(MAX_LISTED_RECEIPTS) {
        turn.send(to, Message::ReceiptList { circle, listed: page.to_vec() });
    }
}
