//! What decides between cells that would protect another one equally well.
//!
//! If the choice followed from what is printed, whoever knows the rule could tell the cell that had
//! to be hidden from the one that was hidden for it (a minimality attack: Wong, Fu, Wang, Pei,
//! "Minimality Attack in Privacy Preserving Data Publishing", VLDB 2007). So it is drawn with what
//! only those can know who hold the cases: the ids of incidents, which are random. They all draw the
//! same.

use sha2::{Digest as _, Sha256};

/// Keeps a seed apart from every other hash of the same bytes, first of all the digest of an issue,
/// which is printed.
const LABEL: &[u8] = b"ceiba/figures/suppression/seed/1\0";

/// What the draw is made with. Only holders of the cases can know it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed")
    }
}

impl Seed {
    /// From bytes that hold something nobody else can guess, in one order on all nodes.
    #[must_use]
    pub fn of<'b>(parts: impl IntoIterator<Item = &'b [u8]>) -> Self {
        let mut hash = Sha256::new_with_prefix(LABEL);
        for part in parts {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// Another seed, for a part of what is drawn.
    #[must_use]
    pub fn part(&self, name: &str) -> Self {
        Self::of([self.0.as_slice(), name.as_bytes()])
    }

    /// Puts things into an order that was drawn. Where rows and columns are drawn, not single cells,
    /// the cells that are hidden for others stand below each other, and few are enough.
    pub fn shuffle<T>(&self, things: &mut [T]) {
        let mut place = 0_u64;
        things.sort_by_cached_key(|_| {
            place += 1;
            Self::of([self.0.as_slice(), place.to_be_bytes().as_slice()]).0
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_their_bounds_change_the_draw() {
        let seed = Seed::of([b"ab".as_slice(), b"c"]);
        assert_ne!(seed, Seed::of([b"a".as_slice(), b"bc"]));
        assert_ne!(seed, seed.part("totals"));
        assert_ne!(seed.0.as_slice(), Sha256::digest(b"abc").as_slice());
        assert_eq!(format!("{seed:?}"), "Seed");
    }

    #[test]
    fn every_order_is_drawn_by_some_seed() {
        let orders: std::collections::BTreeSet<[u8; 3]> = (0..64_u8)
            .map(|seed| {
                let mut order = [1, 2, 3];
                Seed::of([[seed].as_slice()]).shuffle(&mut order);
                order
            })
            .collect();
        assert_eq!(orders.len(), 6);
    }
}
