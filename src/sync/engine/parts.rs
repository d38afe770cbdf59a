//! Runs in parts: for links that carry less between two breaks than a run has bytes.
//!
//! A run ends with a signature, and cannot be made smaller than from one signature to the next.
//! What is long for the link goes in parts; the receiver keeps what has come when the session
//! breaks off, says so when it asks again, and gives the run to the replica once it is whole.

use std::collections::BTreeMap;

use super::{Engine, Turn};
use crate::{
    crypto::Label,
    model::id::{CircleId, LogId},
    sync::{
        ConnectionId, Reason, Replica, Violation,
        limits::MAX_HELD_PART_BYTES,
        message::{HeldRun, Message, Part, RunDigest},
        session::{Key, Parted, Want},
    },
};

/// Parts of runs that have not all come, by peer and log. What another peer gives is not mixed in,
/// so that who gave what does not verify is known, and nobody takes away what others gave.
#[derive(Debug, Default)]
pub(super) struct HeldParts(BTreeMap<Place, Held>);

/// Transport key of the peer that gave the parts, and the log.
type Place = ([u8; 32], CircleId, LogId);

#[derive(Debug)]
struct Held {
    digest: RunDigest,
    bytes: Vec<u8>,
}

impl HeldParts {
    /// What is held of a peer's run of this log.
    pub(super) fn of(&self, key: &Key, from: &[u8; 32]) -> Option<HeldRun> {
        let held = self.0.get(&(*from, key.circle, key.log))?;
        let bytes = u64::try_from(held.bytes.len()).unwrap_or(u64::MAX);
        Some(HeldRun { digest: held.digest, bytes })
    }

    /// What a peer gave of this log is of no use.
    pub(super) fn forget(&mut self, key: &Key, from: &[u8; 32]) {
        self.0.remove(&(*from, key.circle, key.log));
    }

    /// The log has grown: what is held of it began before that.
    pub(super) fn outgrown(&mut self, key: &Key) {
        self.0.retain(|(_, circle, log), _| (*circle, *log) != (key.circle, key.log));
    }

    /// Lets go of what those gave that nobody vouches for any more.
    pub(super) fn keep(&mut self, is_known: impl Fn(&[u8; 32]) -> bool) {
        self.0.retain(|(from, ..), _| is_known(from));
    }

    /// Adds a part.
    ///
    /// # Errors
    /// When the parts are whole, and not what they were said to be.
    fn add(&mut self, key: &Key, from: [u8; 32], part: Part) -> Result<Added, Violation> {
        let place = (from, key.circle, key.log);
        let same = self.0.get(&place).is_some_and(|held| held.digest == part.digest);
        let begin = usize::try_from(part.offset).unwrap_or(usize::MAX);
        let length = self.0.get(&place).filter(|_| same).map_or(0, |held| held.bytes.len());
        // What it continues was let go of meanwhile, or has not come: what is held is still good.
        let Some(known) = length.checked_sub(begin) else { return Ok(Added::Lost) };
        let fresh = part.bytes.get(known..).filter(|fresh| !fresh.is_empty());
        let Some(fresh) = fresh else { return Ok(Added::Known) };
        let held = self.0.remove(&place).filter(|_| same);
        let mut held = held.unwrap_or(Held { digest: part.digest, bytes: Vec::new() });
        held.bytes.extend_from_slice(fresh);
        let length = u64::try_from(held.bytes.len()).unwrap_or(u64::MAX);
        if length == part.run_bytes {
            let whole = run_digest(&held.bytes) == part.digest;
            return if whole { Ok(Added::Whole(held.bytes)) } else { Err(Violation::Run) };
        }
        self.make_room(held.bytes.len());
        self.0.insert(place, held);
        Ok(Added::Held)
    }

    /// Lets go of what is longest of the peer that gave most, until there is room: nobody pushes out
    /// what others gave who gave less.
    fn make_room(&mut self, bytes: usize) {
        loop {
            let mut sums: BTreeMap<[u8; 32], usize> = BTreeMap::new();
            for ((from, ..), held) in &self.0 {
                let sum = sums.entry(*from).or_default();
                *sum = sum.saturating_add(held.bytes.len());
            }
            let sum = sums.values().fold(bytes, |sum, more| sum.saturating_add(*more));
            let most = sums.iter().max_by_key(|(_, sum)| **sum).map(|(from, _)| *from);
            let Some(most) = most.filter(|_| sum > MAX_HELD_PART_BYTES) else { return };
            let of_most = self.0.iter().filter(|((from, ..), _)| *from == most);
            let longest = of_most.max_by_key(|(_, held)| held.bytes.len());
            let Some(longest) = longest.map(|(place, _)| *place) else { return };
            self.0.remove(&longest);
        }
    }
}

/// What became of a part.
#[derive(Debug, PartialEq, Eq)]
enum Added {
    /// It is held, and more is to come.
    Held,
    /// All of it is held already: it came over another connection too.
    Known,
    /// It continues nothing that is held.
    Lost,
    /// All parts are there: the run.
    Whole(Vec<u8>),
}

fn run_digest(run: &[u8]) -> RunDigest {
    let hash = Label::SetDigest.hash(&[b"run in parts", run]);
    hash.first_chunk().copied().unwrap_or_default()
}

impl Engine {
    /// Sends the next part of a run, if it is to go in parts. False if it is to go whole.
    pub(super) fn serve_part<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        to: ConnectionId,
        request: u64,
        want: Want,
        ours: u64,
    ) -> bool {
        let Want { circle, log, next, part, .. } = want;
        let Some(open) = self.open_mut(to) else { return false };
        let piece = open.serving.flow.pace.run_bytes();
        if !open.parts || (part.is_none() && piece >= crate::sync::limits::RUN_BYTES) {
            return false;
        }
        let at_hand =
            open.serving.parted.take_if(|it| (it.circle, it.log, it.from) == (circle, log, next));
        // From here to the next signature: the same run whenever it is asked for.
        let parted = at_hand.or_else(|| {
            let run = turn.replica.read_run(&circle, &log, next, 1)?;
            let run = Some(run).filter(super::serve::is_sendable)?;
            let long = run.encoded_len() > piece.saturating_mul(2);
            (long || part.is_some()).then(|| {
                let entries = u64::try_from(run.entries.len()).unwrap_or(u64::MAX);
                let bytes: std::sync::Arc<[u8]> = run.encode().into();
                let digest = run_digest(&bytes);
                Parted { log, circle, from: next, entries, digest, bytes }
            })
        });
        let Some(parted) = parted else { return false };
        let held = part.filter(|(digest, _)| *digest == parted.digest).map_or(0, |(_, held)| held);
        let begin = usize::try_from(held).unwrap_or(usize::MAX);
        let Some(rest) = parted.bytes.get(begin..).filter(|rest| !rest.is_empty()) else {
            return false;
        };
        let bytes: Vec<u8> = rest.iter().take(piece).copied().collect();
        let (count, run_bytes) = (bytes.len(), parted.bytes.len());
        let after = parted.from.saturating_add(parted.entries);
        let whole = count == rest.len();
        let last = after >= ours;
        let end = held.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        open.serving.sent(turn.now, count);
        if whole {
            open.serving.advance(request, &log, after, None, count);
        } else {
            open.serving.advance(request, &log, next, Some((parted.digest, end)), count);
        }
        let run_bytes = u64::try_from(run_bytes).unwrap_or(u64::MAX);
        let digest = parted.digest;
        if whole && last {
            open.serving.finish(log.lane, request);
            let position = turn.replica.position(&circle, &log);
            self.note_position(turn, to, &circle, &position);
        } else if !whole {
            open.serving.parted = Some(parted);
        }
        turn.send(
            to,
            Message::Part(Part { request, digest, run_bytes, offset: held, bytes, last }),
        );
        true
    }

    /// The peer gives a part of a run that we asked for.
    pub(super) fn part<R: Replica>(
        &mut self,
        turn: &mut Turn<'_, R>,
        from: ConnectionId,
        part: Part,
    ) -> Result<(), Reason> {
        let (request, last, bytes) = (part.request, part.last, part.bytes.len());
        let Some(session) = self.sessions.get_mut(&from) else { return Ok(()) };
        let transport = session.transport;
        let Some(open) = session.open() else { return Ok(()) };
        let Some(pull) = open.pulls.open.get(&request).copied() else {
            let asked_before = request <= open.last_request;
            session.budgets.frame(turn.now, bytes).map_err(Reason::OverBudget)?;
            self.acknowledge(turn, from, bytes);
            let unasked = Reason::Violation(Violation::Unasked);
            return if asked_before { Ok(()) } else { Err(unasked) };
        };
        let exchanges =
            open.circles.get(&pull.key.circle).is_some_and(|circle| circle.exchanges_entries());
        // Whoever cuts a run into crumbs has us work for each; parts that keep to the pace are far
        // from this limit.
        session.budgets.frame(turn.now, 0).map_err(Reason::OverBudget)?;
        let held = self.held.of(&pull.key, &transport).filter(|it| it.digest == part.digest);
        if held.is_some_and(|held| part.offset < held.bytes) {
            // It was told how much of this is here.
            session.budgets.frame(turn.now, bytes).map_err(Reason::OverBudget)?;
        }
        if !exchanges || turn.entitled(&pull.key.circle, &transport).is_none() {
            self.held.forget(&pull.key, &transport);
            self.acknowledge(turn, from, bytes);
            return Ok(());
        }
        match self.held.add(&pull.key, transport, part).map_err(Reason::Violation)? {
            Added::Whole(run) => self.run_came(turn, from, request, (&run, bytes), last),
            Added::Lost => {
                self.acknowledge(turn, from, bytes);
                self.finish_pull(turn, from, request, pull.key, false);
                Ok(())
            }
            Added::Known => {
                self.acknowledge(turn, from, bytes);
                Ok(())
            }
            Added::Held => {
                self.acknowledge(turn, from, bytes);
                self.progressed(turn.now, from);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{DeviceId, Incarnation, Lane};

    fn key(number: u8) -> Key {
        let (device, incarnation) = (DeviceId::new([number; 32]), Incarnation::new([0; 16]));
        Key::new(CircleId::new([1; 32]), LogId { device, incarnation, lane: Lane::Record })
    }

    fn part(run: &[u8], range: std::ops::Range<usize>) -> Part {
        Part {
            request: 1,
            digest: run_digest(run),
            run_bytes: run.len() as u64,
            offset: range.start as u64,
            bytes: run[range].to_vec(),
            last: true,
        }
    }

    #[test]
    fn parts_of_one_peer_make_a_run_and_others_are_not_mixed_in() {
        let run = [7; 100];
        let (mut held, key, one, two) = (HeldParts::default(), key(1), [1; 32], [2; 32]);
        assert_eq!(held.add(&key, one, part(&run, 0..40)), Ok(Added::Held));
        assert_eq!(held.of(&key, &one).map(|held| held.bytes), Some(40));
        assert_eq!(held.of(&key, &two), None);
        // Another peer cannot go on with it, nor take it away; and a gap is a loss.
        assert_eq!(held.add(&key, two, part(&run, 40..100)), Ok(Added::Lost));
        assert_eq!(held.add(&key, two, part(&run, 0..10)), Ok(Added::Held));
        assert_eq!(held.of(&key, &one).map(|held| held.bytes), Some(40));
        assert_eq!(held.add(&key, one, part(&run, 50..100)), Ok(Added::Lost));
        assert_eq!(held.of(&key, &one).map(|held| held.bytes), Some(40));
        assert_eq!(held.add(&key, one, part(&run, 40..100)), Ok(Added::Whole(run.to_vec())));
        assert_eq!(held.of(&key, &one), None);
        // Who changes a byte is found out.
        let mut changed = part(&run, 0..100);
        changed.bytes[3] = 8;
        assert_eq!(held.add(&key, one, changed), Err(Violation::Run));
    }

    #[test]
    fn what_comes_twice_is_taken_once() {
        let run: Vec<u8> = (0..100).collect();
        let (mut held, key, one) = (HeldParts::default(), key(1), [1; 32]);
        let bytes = |held: &HeldParts| held.of(&key, &one).map(|held| held.bytes);
        assert_eq!(held.add(&key, one, part(&run, 0..40)), Ok(Added::Held));
        for again in [0..40, 0..10, 20..40] {
            assert_eq!(held.add(&key, one, part(&run, again)), Ok(Added::Known));
            assert_eq!(bytes(&held), Some(40));
        }
        assert_eq!(held.add(&key, one, part(&run, 30..60)), Ok(Added::Held));
        assert_eq!(bytes(&held), Some(60));
        // The rest of another run is no reason to let go of this one; its beginning is.
        let other = [9; 100];
        assert_eq!(held.add(&key, one, part(&other, 60..100)), Ok(Added::Lost));
        assert_eq!(bytes(&held), Some(60));
        assert_eq!(held.add(&key, one, part(&run, 0..100)), Ok(Added::Whole(run.clone())));
        assert_eq!(held.add(&key, one, part(&run, 0..40)), Ok(Added::Held));
        assert_eq!(held.add(&key, one, part(&other, 0..10)), Ok(Added::Held));
        assert_eq!(bytes(&held), Some(10));
    }

    #[test]
    fn what_is_held_is_bounded() {
        let run = vec![7; 1024 * 1024];
        let mut held = HeldParts::default();
        for number in 0..40 {
            held.add(&key(number), [1; 32], part(&run, 0..1_000_000)).unwrap();
        }
        let sum: usize = held.0.values().map(|it| it.bytes.len()).sum();
        assert!(sum <= MAX_HELD_PART_BYTES && held.0.len() > 10);
    }

    #[test]
    fn who_gives_much_pushes_out_only_what_it_gave_itself() {
        let (mut held, one, many) = (HeldParts::default(), [1; 32], [2; 32]);
        let run = vec![7; 1024 * 1024];
        held.add(&key(1), one, part(&run, 0..200_000)).unwrap();
        // Shorter ones, so that the honest one is the longest of all.
        for number in 2..250 {
            held.add(&key(number), many, part(&run, 0..100_000)).unwrap();
        }
        assert_eq!(held.of(&key(1), &one).map(|held| held.bytes), Some(200_000));
        held.keep(|from| *from == one);
        assert_eq!(held.0.len(), 1);
        held.outgrown(&key(1));
        assert_eq!(held.0.len(), 0);
    }
}
