use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use super::*;
use crate::model::id::{DeviceId, Incarnation, Lane};

fn secret() -> EpochSecret {
    EpochSecret::from_bytes(&[7; 32])
}

fn position() -> Position {
    Position {
        circle: CircleId::new([1; 32]),
        log: LogId {
            device: DeviceId::new([2; 32]),
            incarnation: Incarnation::new([3; 16]),
            lane: Lane::Record,
        },
        seq: 4,
        index: 5,
        kind: 1,
        decision: StatementId::new([6; 32]),
        epoch: secret().id(),
    }
}

/// Reads a position's bytes back; none if its lane is none.
fn parse(bytes: &[u8]) -> Option<Position> {
    fn take<'a>(rest: &mut &'a [u8], count: usize) -> &'a [u8] {
        rest.split_off(..count).unwrap()
    }
    fn number(rest: &mut &[u8]) -> u32 {
        u32::from_le_bytes(take(rest, 4).try_into().unwrap())
    }
    let mut rest = bytes;
    let position = Position {
        circle: CircleId::try_from(take(&mut rest, 32)).unwrap(),
        log: LogId {
            device: DeviceId::try_from(take(&mut rest, 32)).unwrap(),
            incarnation: Incarnation::try_from(take(&mut rest, 16)).unwrap(),
            lane: Lane::from_number(number(&mut rest))?,
        },
        seq: u64::from_le_bytes(take(&mut rest, 8).try_into().unwrap()),
        index: number(&mut rest),
        kind: number(&mut rest),
        decision: StatementId::try_from(take(&mut rest, 32)).unwrap(),
        epoch: EpochId::try_from(take(&mut rest, 32)).unwrap(),
    };
    assert!(rest.is_empty());
    Some(position)
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

#[test]
fn position_bytes_read_back() {
    let bytes = position().to_bytes();
    assert_eq!(bytes.len(), Position::BYTES);
    assert_eq!(parse(&bytes), Some(position()));
}

#[test]
fn no_flipped_bit_of_a_sealed_payload_opens() {
    let sealed = seal(&secret(), &position(), b"a record", &mut rng()).unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let opened = open(&secret(), &position(), &flipped);
        assert_eq!(opened, Err(PayloadError::Unauthentic), "bit {bit}");
    }
}

#[test]
fn no_flipped_bit_of_a_position_opens() {
    let sealed = seal(&secret(), &position(), b"a record", &mut rng()).unwrap();
    let bytes = position().to_bytes();
    let mut tried = 0;
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let Some(elsewhere) = parse(&flipped) else { continue };
        assert!(open(&secret(), &elsewhere, &sealed).is_err(), "bit {bit}");
        tried += 1;
    }
    assert!(tried >= (Position::BYTES - 4) * 8);
}

#[test]
fn another_epochs_secret_neither_seals_nor_opens() {
    let sealed = seal(&secret(), &position(), b"a record", &mut rng()).unwrap();
    let other = EpochSecret::from_bytes(&[8; 32]);
    assert_eq!(open(&other, &position(), &sealed), Err(PayloadError::OtherEpoch));
    assert_eq!(seal(&other, &position(), b"", &mut rng()), Err(PayloadError::OtherEpoch));
}

#[test]
fn what_is_too_large_is_refused_on_both_sides() {
    let huge = vec![0; MAX_SEALED_PAYLOAD_BYTES + 1];
    let refused = Err(PayloadError::TooLarge { bytes: huge.len() });
    assert_eq!(open(&secret(), &position(), &huge), refused);
    assert!(matches!(
        seal(&secret(), &position(), &huge, &mut rng()),
        Err(PayloadError::TooLarge { .. })
    ));
}

#[test]
fn a_change_of_the_largest_size_can_be_sealed() {
    let content = vec![1; crate::model::limits::MAX_CHANGE_BYTES + 1024];
    assert!(seal(&secret(), &position(), &content, &mut rng()).is_ok());
}

#[test]
fn unpadded_content_of_a_member_is_refused() {
    let place = position().to_bytes();
    let key = kdf::derive(secret().expose_secret(), Label::PayloadKey, &[&place]);
    for content in [&b""[..], b"no mark", &[0; 256], &[padding::MARK; 300]] {
        let sealed = aead::seal(&key, &place, content, 0, &mut rng());
        assert_eq!(open(&secret(), &position(), &sealed), Err(PayloadError::Padding));
    }
}

#[test]
fn the_same_payload_sealed_twice_differs() {
    let mut rng = rng();
    let [a, b] = std::array::from_fn(|_| seal(&secret(), &position(), b"x", &mut rng).unwrap());
    assert_ne!(a, b);
}

#[test]
fn short_payloads_are_alike_in_length() {
    let lengths = [0, 1, 100, 255]
        .map(|length| seal(&secret(), &position(), &vec![0; length], &mut rng()).unwrap().len());
    assert_eq!(lengths, [sealed_len(0); 4]);
}

proptest! {
    #[test]
    fn what_is_sealed_opens(
        content in prop::collection::vec(any::<u8>(), 0..3000), seq: u64, index: u32, seed: u64,
    ) {
        let place = Position { seq, index, ..position() };
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let sealed = seal(&secret(), &place, &content, &mut rng).unwrap();
        prop_assert_eq!(sealed.len(), sealed_len(content.len()));
        prop_assert_eq!(&*open(&secret(), &place, &sealed).unwrap(), &content);
    }

    #[test]
    fn arbitrary_bytes_do_not_open(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert_eq!(
            open(&secret(), &position(), &bytes), Err(PayloadError::Unauthentic)
        );
    }
}
