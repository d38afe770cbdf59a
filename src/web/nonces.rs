//! Nonces of HTTP Digest: made without being kept, known again by a mark under a key of this
//! process, good for a while, and each count of one used once.

use std::{collections::BTreeMap, time::Duration};

use data_encoding::BASE64URL_NOPAD;

use crate::{crypto::Label, model::time::Timestamp};

/// How long a nonce is good.
pub const LIFETIME: Duration = Duration::from_secs(5 * 60);
/// Nonces whose counts are remembered. When there are more, the oldest are good no longer.
pub const MAX_NONCES: usize = 4_096;
/// Counts behind the highest that may still come: requests of one client overtake each other.
const WINDOW: u32 = 64;

const TIME_BYTES: usize = 8;
const RANDOM_BYTES: usize = 8;
const MARK_BYTES: usize = 16;

/// What a nonce is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Ours, good, and with this count not seen before.
    Good,
    /// Ours, but too old: the client takes a new one without asking a person.
    Stale,
    /// Not ours, or with a count that was used.
    Bad,
}

/// The counts of one nonce: the highest, and which of those behind it were used.
#[derive(Debug, Clone, Copy)]
struct Counts {
    highest: u32,
    used: u64,
}

/// The nonces of one process.
#[derive(Debug)]
pub struct Nonces {
    key: [u8; 32],
    counts: BTreeMap<[u8; TIME_BYTES + RANDOM_BYTES], Counts>,
    /// Nonces of before are good no longer: their counts were forgotten.
    floor: [u8; TIME_BYTES + RANDOM_BYTES],
}

impl Nonces {
    /// Nonces under a random key.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self { key, counts: BTreeMap::new(), floor: [0; TIME_BYTES + RANDOM_BYTES] }
    }

    /// A new nonce. `now` is a time that never jumps.
    #[must_use]
    pub fn give(&self, now: Timestamp, random: [u8; RANDOM_BYTES]) -> String {
        let body = [now.as_millis().to_be_bytes(), random].concat();
        BASE64URL_NOPAD.encode(&[body.as_slice(), &self.mark(&body)].concat())
    }

    /// Whether a nonce is good with this count, which is used then. Ask only for what was proved
    /// with the password: others must not use counts up.
    pub fn use_up(&mut self, nonce: &str, count: u32, now: Timestamp) -> Check {
        let Some((body, given)) = self.read(nonce) else { return Check::Bad };
        if now.saturating_since(given) > LIFETIME || body < self.floor {
            return Check::Stale;
        }
        let good = match self.counts.get_mut(&body) {
            None => {
                self.counts.insert(body, Counts { highest: count, used: 1 });
                count > 0
            }
            Some(counts) => counts.use_up(count),
        };
        self.forget(now);
        if good { Check::Good } else { Check::Bad }
    }

    /// Its body and when it was given, if it is ours.
    fn read(&self, nonce: &str) -> Option<([u8; TIME_BYTES + RANDOM_BYTES], Timestamp)> {
        let bytes = BASE64URL_NOPAD.decode(nonce.as_bytes()).ok()?;
        let (body, mark) = bytes.split_first_chunk::<{ TIME_BYTES + RANDOM_BYTES }>()?;
        // The mark is compared as hashes, in constant time.
        if blake3::hash(mark) != blake3::hash(&self.mark(body)) {
            return None;
        }
        let given =
            body.first_chunk().map(|time| Timestamp::from_millis(u64::from_be_bytes(*time)))?;
        Some((*body, given))
    }

    fn mark(&self, body: &[u8]) -> [u8; MARK_BYTES] {
        let hash = Label::HttpNonce.hash(&[&self.key, body]);
        hash.first_chunk().copied().unwrap_or([0; MARK_BYTES])
    }

    /// Forgets what is too old in any case; if too many are left, the oldest with a floor.
    fn forget(&mut self, now: Timestamp) {
        while let Some((first, _)) = self.counts.first_key_value() {
            let time =
                first.first_chunk().map(|time| u64::from_be_bytes(*time)).unwrap_or_default();
            let old = now.saturating_since(Timestamp::from_millis(time)) > LIFETIME;
            if !old && self.counts.len() <= MAX_NONCES {
                return;
            }
            if let Some((gone, _)) = self.counts.pop_first() {
                self.floor = after(gone);
            }
        }
    }
}

/// The next greater body.
fn after(body: [u8; TIME_BYTES + RANDOM_BYTES]) -> [u8; TIME_BYTES + RANDOM_BYTES] {
    u128::from_be_bytes(body).saturating_add(1).to_be_bytes()
}

impl Counts {
    fn use_up(&mut self, count: u32) -> bool {
        if count > self.highest {
            let shift = count.saturating_sub(self.highest);
            self.used = if shift < WINDOW { self.used << shift } else { 0 } | 1;
            self.highest = count;
            return true;
        }
        let behind = self.highest.saturating_sub(count);
        if behind >= WINDOW || count == 0 || self.used & (1 << behind) != 0 {
            return false;
        }
        self.used |= 1 << behind;
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_count_is_good_once_and_a_nonce_for_a_while() {
        let mut nonces = Nonces::new([1; 32]);
        let nonce = nonces.give(at(1_000), [2; 8]);
        assert_eq!(nonces.use_up(&nonce, 1, at(2_000)), Check::Good);
        assert_eq!(nonces.use_up(&nonce, 1, at(2_000)), Check::Bad, "replayed");
        assert_eq!(nonces.use_up(&nonce, 3, at(2_000)), Check::Good);
        assert_eq!(nonces.use_up(&nonce, 2, at(2_000)), Check::Good, "overtaken");
        assert_eq!(nonces.use_up(&nonce, 2, at(2_000)), Check::Bad);
        assert_eq!(nonces.use_up(&nonce, 200, at(2_000)), Check::Good);
        assert_eq!(nonces.use_up(&nonce, 100, at(2_000)), Check::Bad, "far behind");
        assert_eq!(nonces.use_up(&nonce, 0, at(2_000)), Check::Bad);
        assert_eq!(nonces.use_up(&nonce, 201, at(1_000 + 300_001)), Check::Stale);
    }

    #[test]
    fn nonces_of_others_are_bad() {
        let mut nonces = Nonces::new([1; 32]);
        let other = Nonces::new([2; 32]).give(at(1_000), [2; 8]);
        assert_eq!(nonces.use_up(&other, 1, at(1_000)), Check::Bad);
        let mut ours = nonces.give(at(1_000), [2; 8]).into_bytes();
        ours[3] = if ours[3] == b'A' { b'B' } else { b'A' };
        assert_eq!(nonces.use_up(std::str::from_utf8(&ours).unwrap(), 1, at(1_000)), Check::Bad);
        for strange in ["", "x", "ñ", "AAAA"] {
            assert_eq!(nonces.use_up(strange, 1, at(1_000)), Check::Bad);
        }
    }

    #[test]
    fn memory_is_bounded_and_what_is_forgotten_is_stale() {
        let mut nonces = Nonces::new([1; 32]);
        let first = nonces.give(at(0), [0; 8]);
        assert_eq!(nonces.use_up(&first, 1, at(1)), Check::Good);
        for number in 1..=MAX_NONCES as u64 {
            let nonce = nonces.give(at(number), [0; 8]);
            assert_eq!(nonces.use_up(&nonce, 1, at(number)), Check::Good);
        }
        assert_eq!(nonces.counts.len(), MAX_NONCES);
        assert_eq!(nonces.use_up(&first, 1, at(5_000)), Check::Stale, "never good twice");
    }

    proptest! {
        #[test]
        fn no_count_is_good_twice(counts in prop::collection::vec(0_u32..200, 0..300)) {
            let mut nonces = Nonces::new([1; 32]);
            let nonce = nonces.give(at(0), [0; 8]);
            let mut seen = std::collections::BTreeSet::new();
            for count in counts {
                if nonces.use_up(&nonce, count, at(0)) == Check::Good {
                    prop_assert!(count > 0 && seen.insert(count));
                }
            }
        }
    }
}
