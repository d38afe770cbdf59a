//! How far what is held here has reached, from what partners' devices have signed.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::{
        ApiError,
        reach::{Doubt, Holder, HolderDevice, NotHeld, Reach, ReachState},
    },
    log::Receipt,
    membership::OrgState,
    model::{
        id::{CircleId, DeviceId, IncidentId, LogId, OrgId},
        time::Timestamp,
    },
    node::Node,
    replica::DocumentKey,
    sync::Replica as _,
};

/// Entries of one log that somebody should have.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Needed {
    /// Those at these places.
    At(BTreeSet<u64>),
    /// All before this place.
    Before(u64),
}

impl Needed {
    /// How many of them are missing to whom holds so many from the first on, and the first of them.
    fn missing(&self, held: u64) -> (u64, Option<u64>) {
        match self {
            Self::At(places) => {
                let missing = places.range(held..);
                (missing.clone().count() as u64, missing.min().copied())
            }
            Self::Before(end) => (end.saturating_sub(held), (held < *end).then_some(held)),
        }
    }
}

/// Contradictions that are told of one circle: a liar can make many.
const MAX_DOUBTS: usize = 16;

/// What somebody should have, by log.
type AllNeeded = BTreeMap<LogId, Needed>;

/// What a device lacks.
#[derive(Debug, Clone, Copy, Default)]
struct Lacks {
    entries: u64,
    since: Option<Timestamp>,
}

/// The devices of each organisation that may have entries of a circle.
type Readers = BTreeMap<OrgId, BTreeSet<DeviceId>>;

impl Node {
    /// How far the newest version of each document of an incident has reached.
    ///
    /// # Errors
    /// When the index fails.
    pub(super) fn reach_of_incident(&self, incident: &IncidentId) -> Result<Vec<Reach>, ApiError> {
        let documents = self.view.documents(incident);
        self.reach_of_documents(documents.map(|held| (held.circle(), held.document())))
    }

    /// How far the newest version of each of some documents has reached.
    ///
    /// # Errors
    /// When the index fails.
    pub(super) fn reach_of_documents(
        &self,
        documents: impl Iterator<Item = DocumentKey>,
    ) -> Result<Vec<Reach>, ApiError> {
        let mut reached = Vec::new();
        for (circle, document) in documents {
            let readers = self.readers_beside(&circle);
            if readers.is_empty() {
                continue;
            }
            let mut needed = AllNeeded::new();
            let places = self.replica.places(&(circle, document))?;
            // Where its changes are is not known: nothing can be told.
            let Some(places) = places.filter(|places| !places.is_empty()) else { continue };
            for place in places {
                let places = needed.entry(place.log).or_insert_with(|| Needed::At([].into()));
                if let Needed::At(places) = places {
                    places.insert(place.seq);
                }
            }
            let words = self.words_in(&circle, &readers);
            reached.push(self.reach(&circle, &readers, &words, &needed));
        }
        Ok(reached)
    }

    /// How far all that is held of a circle has reached; none if there is nobody else.
    pub(super) fn reach_of_circle(&self, circle: &CircleId) -> Option<Reach> {
        let readers = self.readers_beside(circle);
        if readers.is_empty() {
            return None;
        }
        let lengths = self.replica.lengths(circle).into_iter();
        let needed = lengths.map(|(log, length)| (log, Needed::Before(length))).collect();
        let words = self.words_in(circle, &readers);
        let mut reach = self.reach(circle, &readers, &words, &needed);
        reach.not_held = self.not_held(circle, &words);
        reach.doubts = self.doubts(circle, &words);
        Some(reach)
    }

    /// The organisations that are in, with their devices that may read, but for this device.
    fn readers_beside(&self, circle: &CircleId) -> Readers {
        let Some(membership) = self.replica.membership(circle) else { return Readers::new() };
        let active = membership.orgs().iter().filter(|(_org, state)| OrgState::is_active(state));
        let mut readers: Readers = active.map(|(org, _state)| (*org, BTreeSet::new())).collect();
        for (device, state) in membership.devices() {
            if *device != self.device() && self.replica.serves(circle, device) {
                readers.entry(state.org).or_default().insert(*device);
            }
        }
        if readers.get(&self.org()).is_some_and(BTreeSet::is_empty) {
            readers.remove(&self.org());
        }
        readers
    }

    /// What devices have said last.
    fn words_in(&self, circle: &CircleId, readers: &Readers) -> BTreeMap<DeviceId, Receipt> {
        let devices = readers.values().flatten();
        devices
            .filter_map(|device| Some((*device, self.replica.word_of(circle, device)?)))
            .collect()
    }

    fn reach(
        &self,
        circle: &CircleId,
        readers: &Readers,
        words: &BTreeMap<DeviceId, Receipt>,
        needed: &AllNeeded,
    ) -> Reach {
        let holder = |(org, devices): (&OrgId, &BTreeSet<DeviceId>)| {
            let device = |device: &DeviceId| self.holder_device(circle, device, words, needed);
            let devices: Vec<HolderDevice> = devices.iter().map(device).collect();
            // The one that has most speaks for its organisation.
            let best = devices.iter().max_by_key(|it| (it.state, std::cmp::Reverse(it.lacks)));
            let nothing = || self.missing_to(circle, needed, |_log| 0);
            let (state, lacks) = best.map_or_else(
                || (ReachState::Waiting, nothing()),
                |it| (it.state, Lacks { entries: it.lacks, since: it.since }),
            );
            Holder {
                org: *org,
                org_name: self.org_name(org),
                own: *org == self.org(),
                state,
                lacks: lacks.entries,
                since: lacks.since,
                devices,
            }
        };
        let holders: Vec<Holder> = readers.iter().map(holder).collect();
        let partners = holders.iter().filter(|holder| !holder.own);
        let has_all = |holder: &&Holder| holder.state == ReachState::Confirmed;
        Reach {
            circle: *circle,
            circle_name: self.circle_name(circle),
            partners: partners.clone().count(),
            confirmed: partners.filter(has_all).count(),
            holders,
            not_held: Vec::new(),
            doubts: Vec::new(),
        }
    }

    fn holder_device(
        &self,
        circle: &CircleId,
        device: &DeviceId,
        words: &BTreeMap<DeviceId, Receipt>,
        needed: &AllNeeded,
    ) -> HolderDevice {
        let word = words.get(device);
        let confirmed = |log: &LogId| match word {
            // What it wrote it signed as well.
            _any if log.device == *device => u64::MAX,
            Some(word) => self.replica.confirmed(circle, word, log),
            None => 0,
        };
        let lacks = self.missing_to(circle, needed, confirmed);
        // Nothing proves nothing: of what has no places nobody has confirmed anything.
        let is_signed = word.is_some() || needed.keys().all(|log| log.device == *device);
        let is_proven = !needed.is_empty() && is_signed;
        let state = state_of(lacks.entries, is_proven, || self.was_sent(circle, device, needed));
        let receipt = word.map(|word| word.counter);
        HolderDevice { device: *device, state, lacks: lacks.entries, since: lacks.since, receipt }
    }

    /// What is missing to whom holds so many entries of each log.
    fn missing_to(
        &self,
        circle: &CircleId,
        needed: &AllNeeded,
        held: impl Fn(&LogId) -> u64,
    ) -> Lacks {
        let mut lacks = Lacks::default();
        for (log, needed) in needed {
            let (entries, first) = needed.missing(held(log));
            lacks.entries = lacks.entries.saturating_add(entries);
            let since = first.and_then(|seq| self.replica.known_since(circle, log, seq));
            lacks.since = [lacks.since, since].into_iter().flatten().min();
        }
        lacks
    }

    /// Whether all of it went to a device in a session that is open, or the device says there that it
    /// has it.
    fn was_sent(&self, circle: &CircleId, device: &DeviceId, needed: &AllNeeded) -> bool {
        let state = self.replica.membership(circle).and_then(|it| it.device(device));
        let Some(transport) = state.map(|state| state.device.transport) else { return false };
        let said = |log: &LogId| self.engine.said_to_hold(&transport, circle, log);
        !needed.is_empty() && needed.iter().all(|(log, needed)| needed.missing(said(log)).0 == 0)
    }

    /// What is said to exist beyond what is held here: of each writer, as the device says that has
    /// most of it.
    fn not_held(&self, circle: &CircleId, words: &BTreeMap<DeviceId, Receipt>) -> Vec<NotHeld> {
        let lengths = self.replica.lengths(circle);
        let mut most: BTreeMap<DeviceId, (u64, DeviceId)> = BTreeMap::new();
        for (device, word) in words {
            let mut beyond: BTreeMap<DeviceId, u64> = BTreeMap::new();
            for claim in word.claims.iter().filter(|claim| !claim.forked) {
                let held = lengths.get(&claim.log).copied().unwrap_or_default();
                let sum = beyond.entry(claim.log.device).or_default();
                *sum = sum.saturating_add(claim.next_seq.saturating_sub(held));
            }
            for (writer, entries) in beyond.into_iter().filter(|(_writer, entries)| *entries > 0) {
                let known = most.entry(writer).or_insert((entries, *device));
                *known = (*known).max((entries, *device));
            }
        }
        let not_held = |(writer, (entries, said_by)): (DeviceId, (u64, DeviceId))| {
            // Writers whom nobody knows cost a liar nothing.
            let writer_org = Some(self.org_by_device(circle, &writer)?);
            let said_by = self.org_by_device(circle, &said_by)?;
            Some(NotHeld {
                writer,
                writer_org,
                writer_name: writer_org.and_then(|org| self.org_name(&org)),
                entries,
                said_by,
                said_by_name: self.org_name(&said_by),
            })
        };
        most.into_iter().filter_map(not_held).collect()
    }

    fn doubts(&self, circle: &CircleId, words: &BTreeMap<DeviceId, Receipt>) -> Vec<Doubt> {
        let doubts = words.values().flat_map(|word| self.replica.doubts(circle, word));
        let doubt = |doubt: crate::replica::Doubt| {
            let writer = doubt.place.log.device;
            let writer_org = self.org_by_device(circle, &writer);
            let said_by = self.org_by_device(circle, &doubt.device)?;
            Some(Doubt {
                writer,
                writer_org,
                writer_name: writer_org.and_then(|org| self.org_name(&org)),
                seq: doubt.place.seq,
                said_by,
                said_by_name: self.org_name(&said_by),
            })
        };
        doubts.filter_map(doubt).take(MAX_DOUBTS).collect()
    }
}

/// What is known of whether a device holds something of which it lacks so many entries.
fn state_of(lacks: u64, is_proven: bool, was_sent: impl FnOnce() -> bool) -> ReachState {
    if lacks == 0 && is_proven {
        ReachState::Confirmed
    } else if was_sent() {
        ReachState::Sent
    } else {
        ReachState::Waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::Request,
        crypto::{Passphrase, WorkFactor},
        model::id::{Incarnation, Lane},
        node::home::{InitOptions, init},
    };

    #[test]
    fn nobody_confirms_what_is_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let passphrase = Passphrase::new("correct horse");
        let (org, device, work) = ("Vereda", "laptop", WorkFactor::LOWEST);
        let options = InitOptions { home: &home, org, device, passphrase: &passphrase, work };
        init(&options).unwrap();
        let mut node = Node::open(&home, &passphrase).unwrap();
        let founded = Request::CoalitionCreate { name: "Amazonas".to_owned() };
        node.answer(founded, &mut |_progress| {}).unwrap();
        let circle = node.replica.circle_ids().last().unwrap();
        // A partner that has signed nothing, and nothing that it would have to hold.
        let (partner, theirs) = (OrgId::new([7; 32]), DeviceId::new([8; 32]));
        let readers: Readers = [(partner, [theirs].into())].into();
        let reach = |needed: &AllNeeded| node.reach(&circle, &readers, &BTreeMap::new(), needed);
        let nothing = reach(&AllNeeded::new());
        assert_eq!((nothing.partners, nothing.confirmed), (1, 0));
        assert_eq!(nothing.holders[0].state, ReachState::Waiting);
        let (incarnation, lane) = (Incarnation::new([9; 16]), Lane::Record);
        let log = LogId { device: node.device(), incarnation, lane };
        assert_eq!(reach(&[(log, Needed::Before(1))].into()).confirmed, 0);
        node.close().unwrap();
    }

    #[test]
    fn without_a_signature_nobody_has_confirmed_anything() {
        assert_eq!(state_of(0, true, || false), ReachState::Confirmed);
        assert_eq!(state_of(0, false, || false), ReachState::Waiting);
        assert_eq!(state_of(0, false, || true), ReachState::Sent);
        assert_eq!(state_of(1, true, || false), ReachState::Waiting);
    }

    #[test]
    fn what_is_missing_begins_where_somebody_ends() {
        let at = Needed::At([2, 5, 9].into());
        assert_eq!(at.missing(0), (3, Some(2)));
        assert_eq!(at.missing(3), (2, Some(5)));
        assert_eq!(at.missing(9), (1, Some(9)));
        assert_eq!(at.missing(10), (0, None));
        assert_eq!(Needed::Before(4).missing(1), (3, Some(1)));
        assert_eq!(Needed::Before(4).missing(7), (0, None));
    }
}
