//! Which versions of a statement count, which is the newest, and who keeps it.
//!
//! All versions are gone through once, each after those that it follows. What the organisation that
//! made the card froze goes first, with what it knew of then: it alone unmakes keepers, and whom it
//! unmakes says nothing any more in what it wrote meanwhile. So nobody who was a keeper once takes a
//! statement over, whatever it follows and whatever its link.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use super::FrozenText;
use crate::model::id::OrgId;

#[cfg(test)]
thread_local! {
    /// Steps that were taken, to be compared with what was given.
    pub(super) static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

fn step() {
    #[cfg(test)]
    STEPS.set(STEPS.get() + 1);
}

/// The versions that count.
pub(super) struct Counted<'r> {
    /// In the order in which they count: the newest last.
    pub(super) versions: Vec<&'r FrozenText>,
    /// Who may freeze and release now.
    pub(super) keepers: BTreeSet<OrgId>,
}

/// Versions, each after those that it follows, and the places of those.
struct Ordered<'r> {
    versions: Vec<(&'r FrozenText, Vec<usize>)>,
}

/// Works out which versions count.
///
/// The organisation that made the card freezes the first, which follows nothing; each later one is
/// by a keeper, and follows one that counts. Who made the card says who keeps it. Another keeper adds
/// keepers, and may leave itself out.
pub(super) fn counted<'r>(origin: &OrgId, versions: &'r [FrozenText]) -> Counted<'r> {
    let ordered = Ordered::of(versions);
    let mut keepers = Rc::new(BTreeSet::from([*origin]));
    let mut counted: Vec<&FrozenText> = Vec::new();
    // By its place: how many counted before it, and who kept the statement after it.
    let mut after: BTreeMap<usize, (usize, Rc<BTreeSet<OrgId>>)> = BTreeMap::new();
    for place in ordered.origin_first(origin) {
        let Some((version, before)) = ordered.versions.get(place) else { continue };
        let mut last: Option<&(usize, Rc<BTreeSet<OrgId>>)> = None;
        let mut passed_over = false;
        for earlier in before {
            step();
            match after.get(earlier) {
                Some(it) => last = last.max(Some(it)),
                None => passed_over = true,
            }
        }
        let is_origin = version.author == *origin;
        let first = is_origin && version.follows.is_empty();
        if !keepers.contains(&version.author) || !(first || last.is_some()) {
            continue;
        }
        if is_origin {
            keepers = Rc::new(version.keepers.clone());
        } else if let Some((_, known)) = last
            && version.keepers != *keepers
        {
            let now = Rc::make_mut(&mut keepers);
            // Whom its author knew as a keeper it does not add: somebody may have unmade them
            // meanwhile. Nor does it add anybody if it builds on what does not count.
            if !passed_over {
                now.extend(version.keepers.difference(known));
            }
            if !version.keepers.contains(&version.author) {
                now.remove(&version.author);
            }
        }
        after.insert(place, (counted.len(), Rc::clone(&keepers)));
        counted.push(version);
    }
    Counted { versions: counted, keepers: Rc::unwrap_or_clone(keepers) }
}

impl<'r> Ordered<'r> {
    /// Only links of versions that exist are followed. Of several that could come next, those that
    /// follow nothing do, then that with the smallest link.
    fn of(all: &'r [FrozenText]) -> Self {
        let by_link: BTreeMap<&str, &FrozenText> =
            all.iter().filter(|it| it.sound).map(|it| (it.link.as_str(), it)).collect();
        let mut waits: BTreeMap<&str, usize> = BTreeMap::new();
        let mut followed: BTreeMap<&str, Vec<&FrozenText>> = BTreeMap::new();
        let mut ready: BTreeSet<(bool, &str)> = BTreeSet::new();
        for (link, version) in &by_link {
            let mut count = 0_usize;
            for before in &version.follows {
                step();
                if let Some((before, _)) = by_link.get_key_value(before.as_str()) {
                    followed.entry(before).or_default().push(version);
                    count = count.saturating_add(1);
                }
            }
            if count == 0 {
                ready.insert((!version.follows.is_empty(), link));
            }
            waits.insert(link, count);
        }
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut versions: Vec<(&FrozenText, Vec<usize>)> = Vec::new();
        while let Some((_, link)) = ready.pop_first() {
            let Some(version) = by_link.get(link) else { continue };
            let before = version.follows.iter().filter_map(|it| places.get(it.as_str()).copied());
            let before: Vec<usize> = before.collect();
            places.insert(link, versions.len());
            versions.push((version, before));
            for next in followed.get(link).into_iter().flatten() {
                step();
                let Some(count) = waits.get_mut(next.link.as_str()) else { continue };
                *count = count.saturating_sub(1);
                if *count == 0 {
                    ready.insert((true, &next.link));
                }
            }
        }
        Self { versions }
    }

    /// The places in the order in which they count: each version of who made the card after what it
    /// builds on, and then the others.
    fn origin_first(&self, origin: &OrgId) -> Vec<usize> {
        let mut order: Vec<usize> = Vec::with_capacity(self.versions.len());
        let mut placed: BTreeSet<usize> = BTreeSet::new();
        for (place, (version, _)) in self.versions.iter().enumerate() {
            if version.author != *origin {
                continue;
            }
            let (mut new, mut open) = (BTreeSet::new(), vec![place]);
            while let Some(place) = open.pop() {
                if placed.insert(place) {
                    step();
                    new.insert(place);
                    let before = self.versions.get(place).map(|(_, before)| before);
                    let before = before.into_iter().flatten();
                    open.extend(before.filter(|it| !placed.contains(it)));
                }
            }
            order.extend(new);
        }
        order.extend((0..self.versions.len()).filter(|it| !placed.contains(it)));
        order
    }
}
