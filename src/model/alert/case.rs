//! An alert with what was said to it, put in order.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    alert::{
        entry::{Act, MAX_FOLLOWS, MAX_NUMBER, SignedEntry, Stance},
        name::EntryHash,
        raised::SignedAlert,
    },
    id::{DeviceId, OrgId},
    text::fold,
};

/// Entries of one device to one alert that are looked at, by number and id: an answer costs every
/// node work, and nobody answers one alert that often. By device, for one that was seized must not
/// push out what colleagues say.
pub const MAX_ENTRIES_OF_DEVICE: usize = 128;

/// Who is who in the circle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Organisations that are in, and not suspended.
    pub members: BTreeSet<OrgId>,
    /// Organisations that were in. What is held of theirs is of that time: it closes and updates as
    /// it did, but nobody relies on their *taking* any more.
    pub former: BTreeSet<OrgId>,
    /// Those that are coordinators.
    pub stewards: BTreeSet<OrgId>,
}

/// An alert with the entries that are looked at, in the order of their places.
#[derive(Debug)]
pub struct Case<'a> {
    pub(super) alert: &'a SignedAlert,
    pub(super) entries: Vec<&'a SignedEntry>,
    pub(super) rules: &'a Rules,
    /// Of each entry, the places of the updates and closings that it follows.
    pasts: Vec<BTreeSet<usize>>,
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
        let mut counts = BTreeMap::<(OrgId, Option<DeviceId>), usize>::new();
        sorted.retain(|signed| {
            let count = counts.entry((signed.author, signed.device)).or_default();
            *count += 1;
            let known =
                rules.members.contains(&signed.author) || rules.former.contains(&signed.author);
            let heard = known && *count <= MAX_ENTRIES_OF_DEVICE;
            if !heard {
                strangers.push(signed.hash);
            }
            heard
        });
        let (pasts, entitled) = (pasts(&sorted), entitled(alert, &sorted, rules));
        Self { alert, entries: sorted, rules, pasts, entitled, strangers }
    }

    /// The updates and closings with effect that none of the others knew, closings first, then the
    /// latest first, and one less than an entry may follow, so that one that is confirmed has room:
    /// whoever names these in an entry knows all of them.
    #[must_use]
    pub fn ends(&self) -> Vec<EntryHash> {
        let relied_on = |place: &usize| {
            let entry = self.entries.get(*place);
            entry.is_some_and(|it| it.entry.act.is_relied_on()) && self.may_close(*place)
        };
        let places: Vec<usize> = (0..self.entries.len()).filter(relied_on).collect();
        let known: BTreeSet<usize> =
            places.iter().filter_map(|place| self.pasts.get(*place)).flatten().copied().collect();
        let ends = places.iter().rev().filter(|place| !known.contains(place));
        let ends = ends.filter_map(|place| self.entries.get(*place));
        let update = |it: &SignedEntry| matches!(it.entry.act, Act::Update { .. });
        // A closing knows what it follows: one that was said again goes on where it ended.
        let (updates, closings): (Vec<&SignedEntry>, Vec<&SignedEntry>) =
            ends.copied().partition(|it| update(it));
        let ends = closings.into_iter().chain(updates).map(|it| it.hash);
        ends.take(MAX_FOLLOWS.saturating_sub(1)).collect()
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
        self.pasts.get(later).is_some_and(|past| past.contains(&earlier))
    }

    /// Whether the author of the entry at a place may update with effect, close or confirm: it
    /// raised the alert, it is a coordinator, or it was taking it by then.
    pub(super) fn may_close(&self, place: usize) -> bool {
        self.entitled.get(place).copied().unwrap_or(false)
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
        let Act::Acknowledge(stance) = &signed.entry.act else { return };
        let own = self.0.entry(signed.author).or_default();
        match stance {
            // Who says it again has taken it since the first time.
            Stance::Taking if !is_raiser(alert, signed) => {
                own.entry(fold(&signed.entry.by)).or_insert(signed);
            }
            Stance::Cannot => drop(own.remove(&fold(&signed.entry.by))),
            Stance::Taking | Stance::Seen => {}
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

/// Of each entry, the updates and closings that it follows: what it names, and what that follows.
/// Names are hashes, so nobody names what comes later; what names each other all the same, or waits
/// for such, follows nothing.
fn pasts(entries: &[&SignedEntry]) -> Vec<BTreeSet<usize>> {
    let by_hash: BTreeMap<EntryHash, usize> =
        entries.iter().enumerate().map(|(place, signed)| (signed.hash, place)).collect();
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); entries.len()];
    let (mut open, mut ready) = (Vec::with_capacity(entries.len()), Vec::new());
    for (place, signed) in entries.iter().enumerate() {
        let mut count = 0_usize;
        for earlier in signed.entry.follows.iter().filter_map(|hash| by_hash.get(hash)) {
            if let Some(followers) = followers.get_mut(*earlier) {
                followers.push(place);
                count += 1;
            }
        }
        open.push(count);
        if count == 0 {
            ready.push(place);
        }
    }
    let mut pasts: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); entries.len()];
    while let Some(place) = ready.pop() {
        let mut known = pasts.get(place).cloned().unwrap_or_default();
        // Only of these is asked who knew them.
        if entries.get(place).is_some_and(|signed| signed.entry.act.is_relied_on()) {
            known.insert(place);
        }
        for later in followers.get(place).into_iter().flatten() {
            if let Some(past) = pasts.get_mut(*later) {
                past.extend(&known);
            }
            if let Some(count) = open.get_mut(*later) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    ready.push(*later);
                }
            }
        }
    }
    // What never became ready is of a circle.
    for (past, count) in pasts.iter_mut().zip(&open) {
        if *count > 0 {
            past.clear();
        }
    }
    pasts
}
