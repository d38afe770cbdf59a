//! Which pairs are worth a look: those that share something telling. Of a hundred thousand claims
//! nobody compares all pairs.
//!
//! Pairs share two parts of a name, or one part with a place and time, or an alias with a place, or,
//! without a name, municipality, time and violation. In what very many share, each claim is compared
//! with those next to it in time, of each organisation so many: what one organisation repeats takes
//! no place from what two others have.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use super::judge::Prepared;
use crate::{
    linkage::claim::Victim,
    model::id::{IncidentId, OrgId},
};

/// Claims of one organisation that each claim is compared with in what very many share.
const MAX_NEXT: usize = 60;
/// As many where very many organisations share it, and claims of all of them together elsewhere.
const LEAST_NEXT: usize = 20;
const MAX_NEXT_OF_ALL: usize = 240;
/// Months of the longest time that counts as one.
const MAX_MONTHS: i64 = 5;
/// Victims of a claim that find others.
const MAX_VICTIMS: usize = 60;

/// What is shared, the same wherever the program runs: a number that stands for it. That two things
/// have one number makes a comparison too many, no more.
type Shared = u64;

fn shared(of: impl Hash) -> Shared {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// The pairs worth a look, by their places in the list, in order.
pub(super) fn pairs(claims: &[Prepared<'_>], within_one: bool) -> BTreeSet<(usize, usize)> {
    let mut sharing: Vec<(Shared, i64, IncidentId, usize)> = Vec::new();
    for (place, claim) in claims.iter().enumerate() {
        let time = claim.window.as_ref().map_or(i64::MIN, |window| *window.months().start());
        let day = claim.window.as_ref().and_then(crate::linkage::dates::Window::day);
        let day = day.map_or(0, |day| i64::from(day.day()));
        let time = time.saturating_mul(32).saturating_add(day);
        sharing.extend(keys(claim).into_iter().map(|key| (key, time, claim.claim.id, place)));
    }
    sharing.sort_unstable();
    sharing.dedup();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for block in sharing.chunk_by(|one, other| one.0 == other.0).filter(|block| block.len() > 1) {
        let places: Vec<usize> = block.iter().map(|(.., place)| *place).collect();
        pairs.extend(pairs_of(claims, &places, within_one));
    }
    pairs.into_iter().collect()
}

/// The pairs among claims that share one thing, which are in the order of time.
fn pairs_of(claims: &[Prepared<'_>], block: &[usize], within_one: bool) -> Vec<(usize, usize)> {
    let origin = |place: &usize| claims.get(*place).map(|claim| claim.claim.origin);
    // Where in the block the claims of each organisation are.
    let mut origins: BTreeMap<OrgId, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, place) in block.iter().enumerate() {
        if let Some(origin) = origin(place) {
            origins.entry(origin).or_default().push((at, *place));
        }
    }
    let most = (MAX_NEXT_OF_ALL / origins.len().max(1)).clamp(LEAST_NEXT, MAX_NEXT);
    let mut pairs = Vec::new();
    for (at, one) in block.iter().enumerate() {
        let own = origin(one);
        for (_, theirs) in origins.iter().filter(|(org, _)| within_one || own != Some(**org)) {
            let next = theirs.partition_point(|(other, _)| *other <= at);
            let others = theirs.iter().skip(next).take(most);
            pairs.extend(others.map(|(_, other)| (*one.min(other), *one.max(other))));
        }
    }
    pairs
}

/// All that a claim can share.
fn keys(claim: &Prepared<'_>) -> BTreeSet<Shared> {
    let place = &claim.claim.place;
    let admin1 = place.admin1.as_deref().unwrap_or_default();
    let months = claim.window.as_ref().map(crate::linkage::dates::Window::months);
    let months: Vec<i64> = match months {
        Some(months) if months.end() - months.start() < MAX_MONTHS => months.collect(),
        _long_or_unknown => Vec::new(),
    };
    let mut keys = BTreeSet::new();
    for victim in claim.claim.victims.iter().take(MAX_VICTIMS) {
        for (parts, aliases) in identities(victim) {
            for (at, one) in parts.iter().enumerate() {
                keys.extend(
                    parts
                        .iter()
                        .skip(at + 1)
                        .map(|other| shared(("two parts", one.min(other), one.max(other)))),
                );
                keys.extend(months.iter().map(|month| shared(("a part", one, admin1, month))));
            }
            keys.extend(aliases.iter().map(|alias| shared(("alias", alias, admin1))));
            // An alias of the one may be all the name that the other has.
            keys.extend(
                parts
                    .iter()
                    .filter(|_| parts.len() == 1)
                    .map(|part| shared(("alias", part, admin1))),
            );
        }
    }
    if !claim.municipality.is_empty() {
        for (month, violation) in
            months.iter().flat_map(|month| claim.claim.violations.iter().map(move |it| (month, it)))
        {
            keys.insert(shared(("no name", admin1, &claim.municipality, month, violation)));
        }
    }
    keys
}

/// What a victim is known by: the parts and aliases of the name, and of its tokens in each epoch.
fn identities(victim: &Victim) -> Vec<(Vec<Shared>, Vec<Shared>)> {
    let name = victim.name.iter().map(|name| {
        let parts = name.parts().iter().map(|part| shared(part.sound())).collect();
        (parts, name.aliases().iter().map(|part| shared(part.sound())).collect())
    });
    let tokens = victim.tokens.iter().map(|tokens| {
        let parts = tokens.parts().iter().map(|part| shared((tokens.epoch(), part.sound)));
        let aliases = tokens.aliases().iter().map(|alias| shared((tokens.epoch(), alias)));
        (parts.collect(), aliases.collect())
    });
    name.chain(tokens).collect()
}
