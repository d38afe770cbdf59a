//! What two sides say to each other of receipts: lists, requests, answers.

use std::collections::{BTreeMap, BTreeSet};

use super::{prefix, rank, ranks, tells};
use crate::{
    model::{
        id::{CircleId, DeviceId},
        time::Timestamp,
    },
    sync::{
        ConnectionId, Reason, ReceiptMark, ReceiptOutcome, Replica, Violation,
        digest::BlindedTag,
        engine::{Engine, Turn},
        limits::{
            MAX_LISTED_RECEIPTS, MAX_WANTED_RECEIPTS, PULL_TIMEOUT, RECEIPTS_ANSWER_BYTES,
            RECEIPTS_FRAME_BYTES,
        },
        message::{DevicePrefix, ListedReceipt, Message, ReceiptRank},
        session::{AskedReceipts, CircleSession, Open},
    },
};

impl Engine {
    /// The peer lists receipts that it holds.
    pub(in crate::sync::engine) fn receipts_listed<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        tag: BlindedTag,
        listed: &[ListedReceipt],
        complete: bool,
    ) {
        let Some((circle, names)) = self.named(from, tag) else {
            return;
        };
        let may_be = turn.reads(&circle, &names.their_key).is_some();
        let session = self.open_mut(from).and_then(|open| open.circles.get_mut(&circle));
        let Some(session) = session.filter(|_| may_be) else {
            return;
        };
        let mut ours = ranks(turn, &circle);
        for ListedReceipt { device, rank } in listed {
            if let Some(device) = turn.replica.receipt_device(&circle, device) {
                session.receipts.note(device, *rank);
                if ours.get(&device).is_none_or(|held| held < rank) {
                    session.receipts.lacking.insert(device);
                }
                if ours.get(&device).is_some_and(|held| held <= rank) {
                    ours.remove(&device);
                }
            }
        }
        if complete && tells(session) {
            list(turn, from, names.ours(&circle), &ours, false);
        }
    }

    /// Asks for newer receipts, for each of one peer at a time.
    pub(in crate::sync::engine) fn ask_for_receipts<R: Replica>(&mut self, turn: &mut Turn<'_, R>) {
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
                let all = &mut self.receipts;
                let free = |device: &&DeviceId| {
                    !all.asked.contains_key(&(*circle, **device))
                        && all.next_at(circle, device).is_none_or(|at| at <= turn.now)
                };
                let wanted = session.receipts.lacking.iter().filter(free);
                let devices: BTreeSet<DeviceId> =
                    wanted.take(MAX_WANTED_RECEIPTS).copied().collect();
                if devices.is_empty() {
                    continue;
                }
                all.asked.extend(devices.iter().map(|device| ((*circle, *device), connection)));
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
    pub(in crate::sync::engine) fn receipts_wanted<R: Replica>(
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
    pub(in crate::sync::engine) fn receipts_given<R: Replica>(
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
        // What was asked for may have come otherwise meanwhile, or the answer too late: it is taken.
        let most = if request == 0 { 1 } else { MAX_WANTED_RECEIPTS };
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
        let circle_session = self.open_mut(from).and_then(|open| open.circles.get_mut(&circle));
        if let Some(session) = circle_session.filter(|_| !takes) {
            // It crossed with a change: the peer believes that we have it.
            session.receipts.again = true;
        }
        for receipt in receipts.iter().filter(|_| takes) {
            match turn.replica.accept_receipt(&circle, receipt) {
                ReceiptOutcome::Accepted(mark) => {
                    self.receipts.take(turn.now, circle, mark.device);
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
    pub(in crate::sync::engine) fn expire_receipts(
        &mut self,
        now: Timestamp,
        connection: ConnectionId,
    ) {
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
}

fn open_circle<'a>(open: Option<&'a Open>, circle: &CircleId) -> Option<&'a CircleSession> {
    open.and_then(|open| open.circles.get(circle))
}

/// Lists receipts, in as many frames as it takes; all of them only if they fit into one.
pub(super) fn list<R: Replica>(
    turn: &mut Turn<'_, R>,
    to: ConnectionId,
    circle: BlindedTag,
    ranks: &BTreeMap<DeviceId, ReceiptRank>,
    complete: bool,
) {
    let listed = ranks.iter().map(|(device, rank)| (prefix(device), *rank));
    let listed: Vec<ListedReceipt> =
        listed.map(|(device, rank)| ListedReceipt { device, rank }).collect();
    let complete = complete && listed.len() <= MAX_LISTED_RECEIPTS;
    if complete {
        turn.send(to, Message::ReceiptList { circle, listed, complete });
        return;
    }
    for page in listed.chunks(MAX_LISTED_RECEIPTS) {
        let listed = page.to_vec();
        turn.send(to, Message::ReceiptList { circle, listed, complete });
    }
}
