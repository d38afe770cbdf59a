use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use super::*;

const CIRCLE: CircleId = CircleId::new([1; 32]);
const DECISION: StatementId = StatementId::new([2; 32]);

fn device(number: u8) -> DeviceId {
    DeviceId::new([number; 32])
}

fn key(number: u8) -> ReceivingKey {
    ReceivingKey::from_bytes(&[number; 32])
}

fn secret(number: u8) -> EpochSecret {
    EpochSecret::from_bytes(&[number; 32])
}

/// The secret 9, granted to devices 1 to 3, linked to the secrets 7 and 8.
fn set() -> GrantSet {
    let recipients = (1..=3).map(|number| (device(number), key(number).public())).collect();
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let earlier = [secret(7), secret(8)];
    GrantSet::seal(&CIRCLE, &DECISION, &secret(9), &recipients, &earlier, &mut rng).unwrap()
}

#[test]
fn every_recipient_opens_its_own_and_the_epochs_before() {
    let set = GrantSet::decode(&set().encode()).unwrap();
    for number in 1..=3 {
        let held = set.open(&CIRCLE, &device(number), &key(number)).unwrap().unwrap();
        assert_eq!(held, secret(9));
        let earlier: Vec<_> =
            set.back_chain.iter().map(|link| link.open(&CIRCLE, &held).unwrap()).collect();
        assert_eq!(earlier, [secret(7), secret(8)]);
    }
}

#[test]
fn nobody_else_opens_it() {
    let set = set();
    assert_eq!(set.open(&CIRCLE, &device(4), &key(4)), Ok(None));
    let refused = Err(GrantError::Unauthentic);
    assert_eq!(set.open(&CIRCLE, &device(1), &key(2)), refused);
    assert_eq!(set.open(&CircleId::new([5; 32]), &device(1), &key(1)), refused);
    let mut swapped = set.clone();
    let other = swapped.grants[&device(2)].clone();
    swapped.grants.insert(device(1), other);
    assert_eq!(swapped.open(&CIRCLE, &device(1), &key(1)), refused);
}

#[test]
fn a_set_moved_to_another_epoch_or_decision_does_not_open() {
    let set = set();
    let refused = Err(GrantError::Unauthentic);
    let moved = GrantSet { epoch: secret(8).id(), ..set.clone() };
    assert_eq!(moved.open(&CIRCLE, &device(1), &key(1)), refused);
    let moved = GrantSet { decision: StatementId::new([3; 32]), ..set };
    assert_eq!(moved.open(&CIRCLE, &device(1), &key(1)), refused);
}

#[test]
fn a_device_cannot_be_granted_twice() {
    let mut message = wire::GrantSet::decode(set().encode().as_slice()).unwrap();
    let first = message.grants[0].clone();
    message.grants.push(first);
    let refused = GrantSet::decode(&message.encode_to_vec());
    assert_eq!(refused, Err(GrantSetError::Repeated(device(1))));
}

#[test]
fn other_lengths_are_refused_and_unknown_suites_kept() {
    let message = wire::GrantSet::decode(set().encode().as_slice()).unwrap();
    let mut short = message.clone();
    short.grants[0].enc.pop();
    assert_eq!(GrantSet::decode(&short.encode_to_vec()), Err(GrantSetError::Length));
    let mut long = message.clone();
    long.back_chain[0].sealed.push(0);
    assert_eq!(GrantSet::decode(&long.encode_to_vec()), Err(GrantSetError::Length));
    let mut idless = message.clone();
    idless.epoch.pop();
    assert!(matches!(GrantSet::decode(&idless.encode_to_vec()), Err(GrantSetError::Id(_))));

    let mut newer = message;
    newer.grants[0].suite = 2;
    newer.grants[0].enc.truncate(32);
    let newer = GrantSet::decode(&newer.encode_to_vec()).unwrap();
    assert_eq!(newer.open(&CIRCLE, &device(1), &key(1)), Err(GrantError::Suite { suite: 2 }));
    assert_eq!(newer.open(&CIRCLE, &device(2), &key(2)), Ok(Some(secret(9))));
}

#[test]
fn too_many_are_refused_and_as_many_as_allowed_fit() {
    let links = vec![secret(7); MAX_BACK_LINKS + 1];
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let mut seal = |count| {
        let links = &links[..count];
        GrantSet::seal(&CIRCLE, &DECISION, &secret(9), &BTreeMap::new(), links, &mut rng)
    };
    assert!(matches!(seal(MAX_BACK_LINKS + 1), Err(GrantSetError::TooMany { .. })));
    let mut largest = seal(MAX_BACK_LINKS).unwrap().with_deposit_key(&secret(9));
    let grant = set().grants[&device(1)].clone();
    for number in 0..MAX_GRANTS_PER_SET {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_le_bytes());
        largest.grants.insert(DeviceId::new(id), grant.clone());
    }
    let encoded = largest.encode();
    assert!(encoded.len() <= MAX_SEALED_PAYLOAD_BYTES);
    assert_eq!(GrantSet::decode(&encoded), Ok(largest.clone()));
    largest.grants.insert(device(9), grant);
    let refused = GrantSet::decode(&largest.encode());
    assert!(matches!(refused, Err(GrantSetError::Message(BoundedError::Fields { .. }))));
    largest.back_chain.clear();
    assert!(matches!(GrantSet::decode(&largest.encode()), Err(GrantSetError::TooMany { .. })));
}

#[test]
fn a_key_for_deposits_travels_along_and_must_be_one() {
    let plain = set();
    assert!(GrantSet::decode(&plain.encode()).unwrap().deposit_key.is_none());
    let told = plain.clone().with_deposit_key(&secret(9));
    let read = GrantSet::decode(&told.encode()).unwrap();
    assert_eq!(read.deposit_key, Some(secret(9).deposit_key().public()));
    assert_eq!(read, told);
    let mut message = wire::GrantSet::decode(told.encode().as_slice()).unwrap();
    message.deposit_key.pop();
    assert_eq!(GrantSet::decode(&message.encode_to_vec()), Err(GrantSetError::Length));
    // A coefficient above the modulus of ML-KEM.
    message.deposit_key = vec![0xff; 1216];
    assert_eq!(GrantSet::decode(&message.encode_to_vec()), Err(GrantSetError::Length));
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        drop(GrantSet::decode(&bytes));
    }

    #[test]
    fn a_changed_set_is_refused_or_grants_only_the_true_secret(at: prop::sample::Index, bit in 0..8) {
        let mut bytes = set().encode();
        let at = at.index(bytes.len());
        bytes[at] ^= 1u8 << bit;
        let Ok(changed) = GrantSet::decode(&bytes) else { return Ok(()) };
        if let Ok(Some(held)) = changed.open(&CIRCLE, &device(1), &key(1)) {
            prop_assert_eq!(held, secret(9));
        }
    }
}
