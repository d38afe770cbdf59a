//! An alert with what was said to it, put in order.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    alert::{
        entry::{Act, MAX_FOLLOWS, MAX_NUMBER, SignedEntry, Stance},
        name::EntryHash,
        past::Pasts,
        raised::SignedAlert,
    },
    id::{DeviceId, OrgId},
    text::fold,
};

/// Entries of one device to one alert that are looked at, by number and id: an answer costs every
/// node work, and nobody answers one alert that often. By device, for one that was seized must not
/// push out what colleagues say. As many again of those that make it louder or end it: whoever said
/// much must still be able to say these.
pub const MAX_ENTRIES_OF_DEVICE: usize = 128;
/// The same of all devices of one organisation, dealt to them in turn: it may have 32.
pub const MAX_ENTRIES_OF_ORG: usize = 256;

/// Who is who in the circle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Organisations that are in, and not suspended.
    pub members: BTreeSet<OrgId>,
    /// Organisations that were in. What is held of theirs is of that time: it closes and updates as
    /// it did, but nobody relies on their *taking* any more.
    pub former: BTreeSet<OrgId>,
    /// The same of those that are suspended, and may be in again.
    pub suspended: BTreeSet<OrgId>,
    /// Those that are coordinators.
    pub stewards: BTreeSet<OrgId>,
}

impl Rules {
    /// Whether an organisation is or was in.
    fn is_known(&self, org: &OrgId) -> bool {
        [&self.members, &self.former, &self.suspended].iter().any(|orgs| orgs.contains(org))
    }

    /// Whether one organisation only is there to say anything. While the others are suspended it is
    /// not: who suspends them must not close by that what they would not confirm.
    pub(super) fn is_of_one(&self) -> bool {
        self.members.union(&self.suspended).count() <= 1
    }
}

/// An alert with the entries that are looked at, in the order of their places.
#[derive(Debug)]
pub struct Case<'a> {
    pub(super) alert: &'a SignedAlert,
    pub(super) entries: Vec<&'a SignedEntry>,
    pub(super) rules: &'a Rules,
    pasts: Pasts,
    /// Of each entry, whether its author may update with effect, close or confirm by then.
    entitled: Vec<bool>,
    pub(super) strangers: Vec<EntryHash>,
}

impl<'a> Case<'a> {
    /// Puts entries in order; those of other alerts are passed over.
    #[must_use]
    pub fn new(
        alert: &'a SignedAlert,
        entries: impl IntoIterator<Item = &'a SignedEntry>,
        rules: &'a Rules,
    ) -> Self {
        let name = alert.name();
        let of_alert = entries.into_iter().filter(|it| it.entry.alert == name);
        let mut sorted: Vec<&SignedEntry> = of_alert.collect();
        sorted.sort_by_key(|signed: &&'a SignedEntry| {
            let signed: &'a SignedEntry = signed;
            (signed.entry.place(), signed.author, signed.hash)
        });
        sorted.dedup_by_key(|signed| (signed.author, signed.hash));
        let mut strangers = Vec::new();
        let mut heard = heard(&sorted, rules).into_iter();
        sorted.retain(|signed| {
            let heard = heard.next().unwrap_or(false);
            if !heard {
                strangers.push(signed.hash);
            }
            heard
        });
        let (pasts, entitled) = (Pasts::of(&sorted), entitled(alert, &sorted, rules));
        Self { alert, entries: sorted, rules, pasts, entitled, strangers }
    }

    /// The updates and closings with effect that none of the others knew, closings first, then the
    /// latest first, then the updates of those who may not; and one less than an entry may follow,
    /// so that one that is confirmed has room: whoever names these in an entry knows all of them.
    #[must_use]
    pub fn ends(&self) -> Vec<EntryHash> {
        let update = |place: &usize| {
            self.entries.get(*place).is_some_and(|it| matches!(it.entry.act, Act::Update { .. }))
        };
        let relied_on =
            |place: &usize| self.entries.get(*place).is_some_and(|it| it.entry.act.is_relied_on());
        let places = (0..self.entries.len()).filter(relied_on);
        let (own, others): (Vec<usize>, Vec<usize>) =
            places.partition(|place| self.may_close(*place));
        // A closing knows what it follows: one that was said again goes on where it ended.
        let (updates, closings): (Vec<usize>, Vec<usize>) =
            self.unknown_to(&own, &own).into_iter().partition(update);
        // News of others are followed so that what is newer takes their place.
        let others: Vec<usize> = others.into_iter().filter(update).collect();
        let all: Vec<usize> = own.into_iter().chain(others.iter().copied()).collect();
        let others = self.unknown_to(&all, &others);
        let ends = closings.into_iter().chain(updates).chain(others);
        let ends = ends.filter_map(|place| self.entries.get(place)).map(|it| it.hash);
        ends.take(MAX_FOLLOWS.saturating_sub(1)).collect()
    }

    /// Of entries at some places those that none of others knew, the last first.
    pub(super) fn unknown_to(&self, others: &[usize], places: &[usize]) -> Vec<usize> {
        let known = self.pasts.known_to(others);
        places.iter().rev().filter(|place| !self.pasts.is_in(&known, **place)).copied().collect()
    }

    /// The number for the next entry of an organisation. What others number counts at most as much
    /// as there are entries.
    #[must_use]
    pub fn next_number(&self, author: &OrgId) -> i64 {
        let greatest = |own: bool| {
            let of = self.entries.iter().filter(move |it| (it.author == *author) == own);
            of.map(|it| it.entry.number).max().unwrap_or(0)
        };
        let plausible = i64::try_from(self.entries.len()).unwrap_or(i64::MAX);
        greatest(true).max(greatest(false).min(plausible)).saturating_add(1).min(MAX_NUMBER)
    }

    /// The codes of the persons of an organisation who take the alert.
    #[must_use]
    pub fn codes_taking(&self, org: &OrgId) -> BTreeSet<&'a str> {
        let own = self.taking().into_iter().filter(|signed| signed.author == *org);
        own.map(|signed| signed.entry.by.as_str()).collect()
    }

    /// Whether the author of the entry at one place knew the entry at another.
    pub(super) fn knew(&self, later: usize, earlier: usize) -> bool {
        self.pasts.knew(later, earlier)
    }

    /// Whether the author of the entry at a place may update with effect, close or confirm: it
    /// raised the alert, it is a coordinator, or it was taking it by then.
    pub(super) fn may_close(&self, place: usize) -> bool {
        self.entitled.get(place).copied().unwrap_or(false)
    }

    /// Whether an entry is looked at: its author is or was in, and has not said too much.
    #[must_use]
    pub fn is_heard(&self, hash: &EntryHash) -> bool {
        !self.strangers.contains(hash)
    }

    /// Who takes the alert by all that was said, and is in.
    pub(super) fn taking(&self) -> Vec<&'a SignedEntry> {
        let mut takers = Takers::default();
        for signed in &self.entries {
            takers.hear(self.alert, signed);
        }
        let members = |signed: &&SignedEntry| self.rules.members.contains(&signed.author);
        takers.0.into_values().flat_map(BTreeMap::into_values).filter(members).collect()
    }

    /// All *takings* that were ever said by another than who raised the alert.
    pub(super) fn ever_taken(&self) -> impl Iterator<Item = &'a SignedEntry> {
        let taken = |it: &&SignedEntry| it.entry.act == Act::Acknowledge(Stance::Taking);
        let by_another = |it: &&SignedEntry| !is_raiser(self.alert, it);
        self.entries.iter().copied().filter(taken).filter(by_another)
    }
}

/// The *taking* of each person that rules, by organisation and person.
#[derive(Default)]
struct Takers<'a>(BTreeMap<OrgId, BTreeMap<String, &'a SignedEntry>>);

impl<'a> Takers<'a> {
    /// Hears what comes next of an organisation.
    fn hear(&mut self, alert: &SignedAlert, signed: &'a SignedEntry) {
        let own = self.0.entry(signed.author).or_default();
        match &signed.entry.act {
            // Who says it again has taken it since the first time.
            Act::Acknowledge(Stance::Taking) if !is_raiser(alert, signed) => {
                own.entry(fold(&signed.entry.by)).or_insert(signed);
            }
            Act::Acknowledge(Stance::Cannot) => drop(own.remove(&fold(&signed.entry.by))),
            Act::GiveUp => own.clear(),
            Act::Acknowledge(Stance::Taking | Stance::Seen)
            | Act::Update { .. }
            | Act::StandDown(_)
            | Act::Confirm { .. }
            | Act::Seen
            | Act::Review(_) => {}
        }
    }

    fn is_taking(&self, org: &OrgId) -> bool {
        self.0.get(org).is_some_and(|own| !own.is_empty())
    }
}

/// Whether an entry is of the person who raised the alert.
fn is_raiser(alert: &SignedAlert, signed: &SignedEntry) -> bool {
    signed.author == alert.author && fold(&signed.entry.by) == fold(&alert.alert.by)
}

/// Of each entry, whether its author may update with effect, close or confirm. Only the order of one
/// organisation's own entries matters: nobody's numbers change what another may.
fn entitled(alert: &SignedAlert, entries: &[&SignedEntry], rules: &Rules) -> Vec<bool> {
    let mut takers = Takers::default();
    let mut entitled = Vec::with_capacity(entries.len());
    for signed in entries {
        let org = signed.author;
        let by_role = org == alert.author || rules.stewards.contains(&org);
        entitled.push(by_role || takers.is_taking(&org));
        takers.hear(alert, signed);
    }
    entitled
}

/// Whether each entry is looked at: of organisations that are or were in, and within bounds.
fn heard(entries: &[&SignedEntry], rules: &Rules) -> Vec<bool> {
    let mut counts = BTreeMap::<(OrgId, bool, Option<DeviceId>), usize>::new();
    let mut of_org = BTreeMap::<(OrgId, bool), Vec<(usize, usize)>>::new();
    for (place, signed) in entries.iter().enumerate() {
        let weighty = signed.entry.act.is_weighty();
        let rank = counts.entry((signed.author, weighty, signed.device)).or_default();
        if rules.is_known(&signed.author) && *rank < MAX_ENTRIES_OF_DEVICE {
            of_org.entry((signed.author, weighty)).or_default().push((*rank, place));
        }
        *rank += 1;
    }
    let mut heard = vec![false; entries.len()];
    for mut of_org in of_org.into_values() {
        // The first of each device, then the second: many devices leave room for one.
        of_org.sort_unstable();
        for (_rank, place) in of_org.into_iter().take(MAX_ENTRIES_OF_ORG) {
            if let Some(heard) = heard.get_mut(place) {
                *heard = true;
            }
        }
    }
    heard
}
