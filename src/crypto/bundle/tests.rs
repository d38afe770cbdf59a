//! Envelopes open for their recipients, and show nothing.

use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use super::*;
use crate::crypto::DeviceKeys;

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn device(seed: u64) -> DeviceKeys {
    DeviceKeys::generate(&mut rng(seed))
}

fn envelope(seeds: std::ops::Range<u64>) -> Envelope {
    let to: Vec<_> =
        seeds.map(device).map(|keys| (keys.device(), keys.receiving.public())).collect();
    Envelope::seal(&to, &mut rng(99)).unwrap()
}

/// Whether the cipher of the one opens what that of the other seals.
fn same(one: Envelope, other: Envelope) -> bool {
    let mut segment = b"content".to_vec();
    one.into_cipher().seal(0, true, &[], &mut segment).unwrap();
    other.into_cipher().open(0, true, &[], &mut segment).is_ok()
}

fn open(keys: &DeviceKeys, file: &[u8]) -> Option<Envelope> {
    Envelope::open(&keys.receiving, &keys.device(), file)
}

#[test]
fn each_recipient_opens_it_and_nobody_else() {
    for (count, stanzas) in [(1, 1), (2, 2), (3, 4), (5, 8)] {
        let sealed = envelope(0..count);
        assert_eq!(sealed.header().len(), stanzas * STANZA_BYTES, "{count} recipients");
        let file = [sealed.header(), b"and what follows"].concat();
        for seed in 0..count {
            let opened = open(&device(seed), &file).unwrap();
            assert_eq!(opened.header(), sealed.header());
            assert_eq!(opened.digest(), sealed.digest());
            assert!(same(envelope(0..count), opened), "the same key, drawn from the same seed");
        }
        assert!(open(&device(77), &file).is_none());
    }
}

#[test]
fn a_stanza_is_for_its_device_and_not_for_another_with_its_key() {
    let sealed = envelope(0..1);
    let keys = device(0);
    assert!(Envelope::open(&keys.receiving, &device(1).device(), sealed.header()).is_none());
}

#[test]
fn every_flipped_byte_of_the_own_stanza_closes_it() {
    let sealed = envelope(0..1);
    for at in 0..STANZA_BYTES {
        let mut flipped = sealed.header().to_vec();
        flipped[at] ^= 1;
        assert!(open(&device(0), &flipped).is_none(), "byte {at}");
    }
}

#[test]
fn a_touched_stanza_of_another_changes_the_key() {
    let sealed = envelope(0..2);
    let mut opened = 0;
    for place in 0..2 {
        let mut flipped = sealed.header().to_vec();
        flipped[place * STANZA_BYTES] ^= 1;
        if let Some(envelope) = open(&device(0), &flipped) {
            opened += 1;
            assert_ne!(envelope.digest(), sealed.digest());
            assert!(!same(self::envelope(0..2), envelope));
        }
    }
    assert_eq!(opened, 1, "the own stanza is one of the two");
}

#[test]
fn what_is_cut_off_or_garbage_does_not_open() {
    let sealed = envelope(0..3);
    for length in [0, 1, STANZA_BYTES - 1, 4 * STANZA_BYTES - 1] {
        assert!(open(&device(0), &sealed.header()[..length]).is_none(), "{length}");
    }
    assert!(open(&device(0), &vec![0; 10_000]).is_none());
    assert!(open(&device(0), b"PK\x03\x04").is_none());
}

#[test]
fn nobody_or_too_many_get_none() {
    let refused = |devices| Err(EnvelopeError::Recipients { devices });
    assert_eq!(Envelope::seal(&[], &mut rng(1)).map(drop), refused(0));
    let keys = device(0);
    let many = vec![(keys.device(), keys.receiving.public()); MAX_STANZAS + 1];
    assert_eq!(Envelope::seal(&many, &mut rng(1)).map(drop), refused(MAX_STANZAS + 1));
}

#[test]
fn a_file_is_never_larger_than_its_room() {
    let sealed = envelope(0..3);
    for file in [6_000_u64, 70_000, 1 << 20, 10_000_000, 10 << 30] {
        let content = sealed.room(file);
        let bytes =
            sealed.header().len() as u64 + segment::sealed_len(padded_len(content), SEGMENT_BYTES);
        assert!(bytes <= file && content > 0, "{content} in {file} take {bytes}");
    }
    assert_eq!(sealed.room(100), 0);
}

#[test]
fn a_colophon_is_signed_for_exactly_this() {
    let keys = device(1);
    let colophon = Colophon { header: [1; 32], items: [2; 32], last: false };
    let signature = colophon.sign(&keys.signing);
    assert!(colophon.is_signed_by(&keys.device(), &signature));
    assert!(!colophon.is_signed_by(&device(2).device(), &signature));
    for other in [
        Colophon { header: [3; 32], ..colophon },
        Colophon { items: [3; 32], ..colophon },
        Colophon { last: true, ..colophon },
    ] {
        assert!(!other.is_signed_by(&keys.device(), &signature));
    }
}
