use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use super::*;

fn context(secret: &EpochSecret) -> GrantContext {
    GrantContext {
        circle: CircleId::new([1; 32]),
        epoch: secret.id(),
        decision: StatementId::new([2; 32]),
        recipient: DeviceId::new([3; 32]),
    }
}

struct Granted {
    key: ReceivingKey,
    secret: EpochSecret,
    context: GrantContext,
    grant: SealedGrant,
}

fn granted() -> Granted {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let key = ReceivingKey::generate(&mut rng);
    let secret = EpochSecret::generate(&mut rng);
    let context = context(&secret);
    let grant = seal_grant(&key.public(), &context, &secret, &mut rng).unwrap();
    Granted { key, secret, context, grant }
}

#[test]
fn a_grant_has_the_sizes_that_the_specification_says() {
    let Granted { grant, .. } = granted();
    assert_eq!(grant.suite, SUITE_XWING);
    assert_eq!(grant.enc.len(), SealedGrant::ENC_BYTES);
    assert_eq!(grant.ciphertext.len(), SealedGrant::CIPHERTEXT_BYTES);
}

#[test]
fn a_grant_opens_only_in_its_context() {
    let Granted { key, secret, context, grant } = granted();
    assert_eq!(open_grant(&key, &context, &grant), Ok(secret));
    let others = [
        GrantContext { circle: CircleId::new([9; 32]), ..context },
        GrantContext { epoch: EpochId::new([9; 32]), ..context },
        GrantContext { decision: StatementId::new([9; 32]), ..context },
        GrantContext { recipient: DeviceId::new([9; 32]), ..context },
    ];
    for other in others {
        assert_eq!(open_grant(&key, &other, &grant), Err(GrantError::Unauthentic));
    }
}

#[test]
fn a_grant_opens_only_with_its_key() {
    let Granted { context, grant, .. } = granted();
    let other = ReceivingKey::from_bytes(&[9; 32]);
    assert_eq!(open_grant(&other, &context, &grant), Err(GrantError::Unauthentic));
}

#[test]
fn an_unknown_suite_is_named() {
    let Granted { key, context, mut grant, .. } = granted();
    grant.suite = 2;
    assert_eq!(open_grant(&key, &context, &grant), Err(GrantError::Suite { suite: 2 }));
}

#[test]
fn no_flipped_bit_of_a_ciphertext_opens() {
    let Granted { key, context, grant, .. } = granted();
    for bit in 0..grant.ciphertext.len() * 8 {
        let mut flipped = grant.clone();
        flipped.ciphertext[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(open_grant(&key, &context, &flipped), Err(GrantError::Unauthentic));
    }
}

#[test]
fn other_lengths_are_refused() {
    let Granted { key, context, grant, .. } = granted();
    for (enc, ciphertext) in [(0, 48), (1119, 48), (1121, 48), (1120, 0), (1120, 47), (1120, 49)] {
        let mut resized = grant.clone();
        resized.enc.resize(enc, 0);
        resized.ciphertext.resize(ciphertext, 0);
        assert_eq!(open_grant(&key, &context, &resized), Err(GrantError::Unauthentic));
    }
}

#[test]
fn another_secret_than_the_epochs_is_neither_granted_nor_taken() {
    let Granted { key, secret, context, .. } = granted();
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let other = EpochSecret::generate(&mut rng);
    let refused = seal_grant(&key.public(), &context, &other, &mut rng);
    assert_eq!(refused, Err(GrantError::OtherEpoch));
    // What a member who does not check could send.
    let (enc, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &key.public().parse().unwrap(),
        &context.info(SUITE_XWING),
        other.expose_secret(),
        &[],
        &mut rng,
    )
    .unwrap();
    let forged = SealedGrant { suite: SUITE_XWING, enc: enc.to_bytes().to_vec(), ciphertext };
    assert_eq!(open_grant(&key, &context, &forged), Err(GrantError::OtherEpoch));
    assert_ne!(secret, other);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_flipped_bit_of_an_encapsulated_key_opens(bit in 0..SealedGrant::ENC_BYTES * 8) {
        let Granted { key, context, mut grant, .. } = granted();
        grant.enc[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(open_grant(&key, &context, &grant), Err(GrantError::Unauthentic));
    }

    #[test]
    fn what_is_granted_opens(seed: u64) {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let key = ReceivingKey::generate(&mut rng);
        let secret = EpochSecret::generate(&mut rng);
        let context = context(&secret);
        let grant = seal_grant(&key.public(), &context, &secret, &mut rng).unwrap();
        prop_assert_eq!(open_grant(&key, &context, &grant), Ok(secret));
    }
}
