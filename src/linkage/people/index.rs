//! Which victims of two long lists are worth comparing: those that share a part of a name.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use crate::linkage::{claim::Victim, names::Part};

/// Pairs of victims that are all compared, without looking for what they share.
const FEW: usize = 100;

/// Whether two lists have so few victims that nothing is looked for.
pub(super) fn is_few(first: &[Victim], second: &[Victim]) -> bool {
    first.len().saturating_mul(second.len()) <= FEW
}

/// The pairs worth a comparison, by their places in the lists, in order. Of few, all; of many, those
/// that share how a part sounds, its consonants or a token: what agrees in no part but by a slip of
/// the pen in its consonants is found among few alone.
pub(super) fn worth(first: &[Victim], second: &[Victim]) -> Vec<(usize, usize)> {
    if is_few(first, second) {
        return (0..first.len())
            .flat_map(|one| (0..second.len()).map(move |two| (one, two)))
            .collect();
    }
    let mut having: Vec<(u64, usize)> = Vec::new();
    for (place, victim) in second.iter().enumerate() {
        having.extend(keys(victim).into_iter().map(|key| (key, place)));
    }
    having.sort_unstable();
    let mut pairs = Vec::new();
    for (place, victim) in first.iter().enumerate() {
        let mut others = BTreeSet::new();
        for key in keys(victim) {
            let from = having.partition_point(|(other, _)| *other < key);
            let same = having.iter().skip(from).take_while(|(other, _)| *other == key);
            others.extend(same.map(|(_, other)| *other));
            if others.len() == second.len() {
                break;
            }
        }
        pairs.extend(others.into_iter().map(|other| (place, other)));
    }
    pairs
}

/// What stands for something shared. That two things have one number is a comparison too many.
fn key(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

fn keys(victim: &Victim) -> BTreeSet<u64> {
    let mut keys = BTreeSet::new();
    let of_part = |part: &Part| {
        let consonants = Some(part.skeleton()).filter(|consonants| !consonants.is_empty());
        let consonants = consonants.map(|consonants| key(("consonants", consonants)));
        consonants.into_iter().chain([key(("sound", part.sound()))])
    };
    if let Some(name) = &victim.name {
        keys.extend(name.parts().iter().chain(name.aliases()).flat_map(of_part));
        keys.extend(name.joined().iter().map(|sound| key(("sound", sound.as_str()))));
    }
    for tokens in &victim.tokens {
        let of_epoch = |token| key((tokens.epoch(), token));
        let parts = tokens.parts().iter().flat_map(|part| part.all());
        keys.extend(parts.chain(tokens.aliases().iter().copied()).map(of_epoch));
    }
    keys
}
