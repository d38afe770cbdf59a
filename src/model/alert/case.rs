//! An alert with what was said to it, put in order.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    alert::{
        entry::{Act, MAX_FOLLOWS, SignedEntry, Stance},
        raised::SignedAlert,
    },
    id::OrgId,
    text::fold,
};

/// Entries of one organisation to one alert that are looked at, by number and id: an answer costs
/// every node work, and nobody answers one alert that often.
pub const MAX_ENTRIES_OF_ORG: usize = 256;

/// Who is who in the circle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Organisations that are in, and not suspended.
    pub members: BTreeSet<OrgId>,
    /// Those of them that are coordinators.
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
    pub(super) strangers: Vec<String>,
}

impl<'a> Case<'a> {
    /// Puts entries in order; those of other alerts are passed over.
    #[must_use]
    pub fn new(
        alert: &'a SignedAlert,
        entries: impl IntoIterator<Item = &'a SignedEntry>,
        rules: &'a Rules,
    ) -> Self {
        let of_alert = entries.into_iter().filter(|it| it.entry.alert == alert.alert.id);
        let mut sorted: Vec<&SignedEntry> = of_alert.collect();
        let key = |signed: &SignedEntry| (signed.entry.number, signed.entry.id.clone());
        sorted.sort_by_cached_key(|signed| (key(signed), signed.author));
        sorted.dedup_by(|one, other| one.author == other.author && one.entry.id == other.entry.id);
        let (mut strangers, mut counts) = (Vec::new(), BTreeMap::<OrgId, usize>::new());
        sorted.retain(|signed| {
            let count = counts.entry(signed.author).or_default();
            *count += 1;
            let heard = rules.members.contains(&signed.author) && *count <= MAX_ENTRIES_OF_ORG;
            if !heard {
                strangers.push(signed.entry.id.clone());
            }
            heard
        });
        let pasts = pasts(&sorted);
        Self { alert, entries: sorted, rules, pasts, strangers }
    }

    /// Ids of the updates and closings with effect that none of the others knew, the latest first:
    /// whoever names these in an entry knows all of them.
    #[must_use]
    pub fn ends(&self) -> Vec<&'a str> {
        let relied_on = |place: &usize| {
            let entry = self.entries.get(*place);
            entry.is_some_and(|it| it.entry.act.is_relied_on()) && self.may_close(*place)
        };
        let places: Vec<usize> = (0..self.entries.len()).filter(relied_on).collect();
        let is_end = |place: &&usize| !places.iter().any(|later| self.knew(*later, **place));
        let ends = places.iter().rev().filter(is_end).take(MAX_FOLLOWS);
        ends.filter_map(|place| self.entries.get(*place)).map(|it| it.entry.id.as_str()).collect()
    }

    /// The number for the next entry of an organisation. What others number counts at most as much
    /// as there are entries, so that nobody blocks others with a great one.
    #[must_use]
    pub fn next_number(&self, author: &OrgId) -> i64 {
        let greatest = |own: bool| {
            let of = self.entries.iter().filter(move |it| (it.author == *author) == own);
            of.map(|it| it.entry.number).max().unwrap_or(0)
        };
        let plausible = i64::try_from(self.entries.len()).unwrap_or(i64::MAX);
        greatest(true).max(greatest(false).min(plausible)).saturating_add(1)
    }

    /// Whether the author of the entry at one place knew the entry at another.
    pub(super) fn knew(&self, later: usize, earlier: usize) -> bool {
        self.pasts.get(later).is_some_and(|past| past.contains(&earlier))
    }

    /// Whether the author of the entry at a place may update with effect, close or confirm: it
    /// raised the alert, it is a coordinator, or it was taking it by then.
    pub(super) fn may_close(&self, place: usize) -> bool {
        let Some(signed) = self.entries.get(place) else { return false };
        let org = signed.author;
        let earlier = self.entries.iter().take(place);
        org == self.alert.author
            || self.rules.stewards.contains(&org)
            || self.takers(earlier).values().any(|it| it.author == org)
    }

    /// Who takes the alert by all that was said.
    pub(super) fn taking(&self) -> Vec<&'a SignedEntry> {
        self.takers(self.entries.iter()).into_values().collect()
    }

    /// The *taking* of each person that rules, by some entries in order.
    fn takers<'b>(
        &self,
        entries: impl Iterator<Item = &'b &'a SignedEntry>,
    ) -> BTreeMap<(OrgId, String), &'a SignedEntry>
    where
        'a: 'b,
    {
        let mut takers: BTreeMap<(OrgId, String), &SignedEntry> = BTreeMap::new();
        for signed in entries {
            let Act::Acknowledge(stance) = &signed.entry.act else { continue };
            let person = (signed.author, fold(&signed.entry.by));
            match stance {
                // Who says it again has taken it since the first time.
                Stance::Taking if !self.is_raiser(signed) => {
                    takers.entry(person).or_insert(signed);
                }
                Stance::Cannot => drop(takers.remove(&person)),
                Stance::Taking | Stance::Seen => {}
            }
        }
        takers
    }

    /// All *takings* that were ever said by another than who raised the alert.
    pub(super) fn ever_taken(&self) -> impl Iterator<Item = &'a SignedEntry> {
        let taken = |it: &&SignedEntry| it.entry.act == Act::Acknowledge(Stance::Taking);
        self.entries.iter().copied().filter(taken).filter(|signed| !self.is_raiser(signed))
    }

    /// Whether an entry is of the person who raised the alert.
    fn is_raiser(&self, signed: &SignedEntry) -> bool {
        signed.author == self.alert.author && fold(&signed.entry.by) == fold(&self.alert.alert.by)
    }
}

/// Of each entry, the updates and closings that it follows: what it names, and what that follows.
/// An entry follows only what has an earlier place, so nobody makes a circle.
fn pasts(entries: &[&SignedEntry]) -> Vec<BTreeSet<usize>> {
    let mut by_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut pasts: Vec<BTreeSet<usize>> = Vec::with_capacity(entries.len());
    for (place, signed) in entries.iter().enumerate() {
        let named = signed.entry.follows.iter().filter_map(|id| by_id.get(id.as_str())).flatten();
        let mut past = BTreeSet::new();
        for earlier in named.copied() {
            // Only of these is asked who knew them.
            if entries.get(earlier).is_some_and(|signed| signed.entry.act.is_relied_on()) {
                past.insert(earlier);
            }
            past.extend(pasts.get(earlier).into_iter().flatten());
        }
        pasts.push(past);
        by_id.entry(&signed.entry.id).or_default().push(place);
    }
    pasts
}
