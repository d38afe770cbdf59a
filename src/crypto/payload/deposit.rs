//! Deposits: payloads of who may write and not read, sealed to the epoch's public key.
//!
//! ```text
//! enc 1120 │ HPKE( content │ 0x80 │ zeros up to a Padmé length ) │ tag 16
//! ```
//!
//! The key pair is derived from the epoch's secret, so whoever reads the epoch opens what was
//! deposited in it. Who deposits keeps nothing that opens it: the key that HPKE makes for one
//! payload is gone when this returns.

use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::XWing,
};
use rand::CryptoRng;
use zeroize::Zeroizing;

use super::{PayloadError, Position, check_epoch, check_size};
use crate::crypto::{Label, epoch::EpochSecret, padding, receiving::ReceivingPublicKey};

/// Bytes of the encapsulated key in front.
const ENC_BYTES: usize = 1120;
const TAG_BYTES: usize = 16;

/// Bytes of a deposited payload of this many bytes.
#[must_use]
pub const fn deposited_len(content: usize) -> usize {
    padding::padded_len(content).saturating_add(ENC_BYTES + TAG_BYTES)
}

/// Seals a payload for its place to the epoch's public key. Whether the key is of the epoch that
/// the place names is for whoever announced it to say; a wrong one makes what nobody opens.
///
/// # Errors
/// When it is too large, or the key is none.
pub fn seal(
    to: &ReceivingPublicKey,
    place: &Position,
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, PayloadError> {
    check_size(deposited_len(plaintext.len()))?;
    let key = to.parse().map_err(|_key| PayloadError::Unauthentic)?;
    let padded = padding::padded_len(plaintext.len());
    let mut content = Zeroizing::new(Vec::with_capacity(padded));
    content.extend_from_slice(plaintext);
    content.push(padding::MARK);
    content.resize(padded, 0);
    let (enc, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &key,
        &info(place),
        &content,
        &[],
        rng,
    )
    .map_err(|_encapsulation| PayloadError::Unauthentic)?;
    Ok([enc.to_bytes().as_slice(), &ciphertext].concat())
}

/// Opens a deposited payload at its place with the epoch's secret.
///
/// # Errors
/// When it is too large, does not belong to this place, was changed, or is not padded.
pub fn open(
    secret: &EpochSecret,
    place: &Position,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, PayloadError> {
    check_size(sealed.len())?;
    check_epoch(secret, place)?;
    let (enc, ciphertext) = sealed.split_at_checked(ENC_BYTES).ok_or(PayloadError::Unauthentic)?;
    let enc = <XWing as Kem>::EncappedKey::from_bytes(enc)
        .map_err(|_length| PayloadError::Unauthentic)?;
    let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeR::Base,
        &secret.deposit_key().expand(),
        &enc,
        &info(place),
        ciphertext,
        &[],
    );
    let mut content = Zeroizing::new(opened.map_err(|_tag| PayloadError::Unauthentic)?);
    let length = padding::content_len(&content).ok_or(PayloadError::Padding)?;
    content.truncate(length);
    Ok(content)
}

/// HPKE `info`: label, a zero byte, the position.
fn info(place: &Position) -> Vec<u8> {
    [Label::Deposit.text().as_bytes(), &[0], &place.to_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    use super::*;
    use crate::model::id::{CircleId, DeviceId, Incarnation, Lane, LogId, StatementId};

    fn place(epoch: &EpochSecret) -> Position {
        Position {
            circle: CircleId::new([1; 32]),
            log: LogId {
                device: DeviceId::new([2; 32]),
                incarnation: Incarnation::new([3; 16]),
                lane: Lane::Record,
            },
            seq: 4,
            index: 0,
            kind: 6,
            decision: StatementId::new([5; 32]),
            epoch: epoch.id(),
        }
    }

    #[test]
    fn whoever_has_the_epoch_opens_what_was_deposited_and_only_at_its_place() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let [epoch, other] = std::array::from_fn(|_| EpochSecret::generate(&mut rng));
        let at = place(&epoch);
        let sealed = seal(&epoch.deposit_key().public(), &at, b"what happened", &mut rng).unwrap();
        assert_eq!(sealed.len(), deposited_len(13));
        assert_eq!(open(&epoch, &at, &sealed).unwrap().as_slice(), b"what happened");
        assert_eq!(open(&other, &at, &sealed).unwrap_err(), PayloadError::OtherEpoch);
        let elsewhere = [
            Position { circle: CircleId::new([9; 32]), ..at },
            Position { seq: 5, ..at },
            Position { index: 1, ..at },
            Position { kind: 1, ..at },
            Position { decision: StatementId::new([9; 32]), ..at },
            Position { log: LogId { lane: Lane::Alert, ..at.log }, ..at },
            Position { log: LogId { device: DeviceId::new([9; 32]), ..at.log }, ..at },
            Position { log: LogId { incarnation: Incarnation::new([9; 16]), ..at.log }, ..at },
        ];
        for at in elsewhere {
            assert_eq!(open(&epoch, &at, &sealed).unwrap_err(), PayloadError::Unauthentic);
        }
    }

    #[test]
    fn no_flipped_bit_and_no_other_length_opens() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let epoch = EpochSecret::generate(&mut rng);
        let at = place(&epoch);
        let sealed = seal(&epoch.deposit_key().public(), &at, b"x", &mut rng).unwrap();
        for byte in (0..sealed.len()).step_by(29).chain([sealed.len() - 1]) {
            let mut flipped = sealed.clone();
            flipped[byte] ^= 1;
            assert_eq!(open(&epoch, &at, &flipped).unwrap_err(), PayloadError::Unauthentic);
        }
        for length in [0, 1, ENC_BYTES, ENC_BYTES + TAG_BYTES, sealed.len() - 1] {
            assert!(open(&epoch, &at, &sealed[..length]).is_err(), "{length}");
        }
        let huge = vec![0; crate::model::limits::MAX_SEALED_PAYLOAD_BYTES + 1];
        assert!(matches!(open(&epoch, &at, &huge), Err(PayloadError::TooLarge { .. })));
    }

    #[test]
    fn what_a_member_seals_unpadded_is_refused() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let epoch = EpochSecret::generate(&mut rng);
        let at = place(&epoch);
        let key = epoch.deposit_key().public().parse().unwrap();
        let (enc, ciphertext) = hpke::single_shot_seal_with_rng::<
            ChaCha20Poly1305,
            HkdfSha256,
            XWing,
        >(&OpModeS::Base, &key, &info(&at), b"short", &[], &mut rng)
        .unwrap();
        let sealed = [enc.to_bytes().as_slice(), &ciphertext].concat();
        assert_eq!(open(&epoch, &at, &sealed).unwrap_err(), PayloadError::Padding);
    }

    #[test]
    fn the_same_deposit_sealed_twice_differs_and_the_key_is_the_epochs_alone() {
        let mut rng = ChaCha20Rng::seed_from_u64(4);
        let [epoch, other] = std::array::from_fn(|_| EpochSecret::generate(&mut rng));
        let (key, at) = (epoch.deposit_key().public(), place(&epoch));
        assert_ne!(seal(&key, &at, b"x", &mut rng), seal(&key, &at, b"x", &mut rng));
        assert_ne!(key, other.deposit_key().public());
        assert_eq!(key, EpochSecret::from_bytes(epoch.expose_secret()).deposit_key().public());
    }
}
