use data_encoding::HEXLOWER;
use proptest::prelude::*;

use super::*;

/// Says who signs, then anything.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Note {
    signer: [u8; 32],
    text: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("shorter than a key")]
struct Short;

macro_rules! statement {
    ($type:ty, $label:expr) => {
        impl Statement for $type {
            const LABEL: Label = $label;
            type Error = Short;

            fn decode(body: &[u8]) -> Result<Self, Short> {
                let (signer, text) = body.split_first_chunk().ok_or(Short)?;
                Ok(Self { signer: *signer, text: text.to_vec() })
            }

            fn encode(&self) -> Vec<u8> {
                [self.signer.as_slice(), &self.text].concat()
            }

            fn signer(&self) -> [u8; 32] {
                self.signer
            }
        }
    };
}

statement!(Note, Label::Proposal);

/// The same layout for another purpose.
#[derive(Debug)]
struct OtherNote {
    signer: [u8; 32],
    text: Vec<u8>,
}

statement!(OtherNote, Label::Approval);

/// The order of the group, little-endian (RFC 8032, section 5.1).
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

fn key() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

fn note(text: &[u8]) -> Note {
    Note { signer: key().verifying_key().to_bytes(), text: text.to_vec() }
}

fn signed() -> Signed<Note> {
    Signed::sign(&key(), note(b"said")).signed().clone()
}

#[test]
fn ed25519_agrees_with_rfc_8032_test_1() {
    let bytes = |text: &str| HEXLOWER.decode(text.as_bytes()).unwrap();
    let secret = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    let key = SigningKey::from_bytes(secret.as_slice().try_into().unwrap());
    assert_eq!(
        HEXLOWER.encode(key.verifying_key().as_bytes()),
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    );
    assert_eq!(
        HEXLOWER.encode(&key.sign(b"").to_bytes()),
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e3970\
         1cf9b46bd25bf5f0595bbe24655141438e7a100b"
    );
}

#[test]
fn a_statement_under_another_label_is_refused() {
    let signed = signed();
    let other = Signed::<OtherNote>::from_parts(Arc::clone(signed.body()), *signed.signature());
    assert!(matches!(other.verify(), Err(SignatureError::Signature)));
}

#[test]
fn no_flipped_bit_of_a_body_verifies() {
    let signed = signed();
    for bit in 0..signed.body().len() * 8 {
        let mut body = signed.body().to_vec();
        body[bit / 8] ^= 1 << (bit % 8);
        let flipped = Signed::<Note>::from_parts(body, *signed.signature());
        assert!(flipped.verify().is_err(), "bit {bit}");
    }
}

#[test]
fn no_flipped_bit_of_a_signature_verifies() {
    let signed = signed();
    for bit in 0..512 {
        let mut signature = *signed.signature();
        signature[bit / 8] ^= 1 << (bit % 8);
        let flipped = Signed::<Note>::from_parts(Arc::clone(signed.body()), signature);
        assert!(matches!(flipped.verify(), Err(SignatureError::Signature)), "bit {bit}");
    }
}

#[test]
fn a_signature_with_its_scalar_above_the_order_is_refused() {
    let signed = signed();
    let mut signature = *signed.signature();
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = u8::try_from(sum & 0xff).unwrap();
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    let malleated = Signed::<Note>::from_parts(Arc::clone(signed.body()), signature);
    assert!(matches!(malleated.verify(), Err(SignatureError::Signature)));
}

#[test]
fn a_weak_key_is_refused_although_it_would_verify_anything() {
    // The neutral element: with it, R = neutral and S = 0 satisfy the equation for any message.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    let body = Note { signer: neutral, text: b"anything".to_vec() }.encode();
    let lenient = VerifyingKey::from_bytes(&neutral).unwrap();
    let message = Label::Proposal.signing_bytes(&body);
    let verified =
        ed25519_dalek::Verifier::verify(&lenient, &message, &Signature::from_bytes(&signature));
    assert!(verified.is_ok(), "the attack is real");
    let forged = Signed::<Note>::from_parts(body, signature);
    assert!(matches!(forged.verify(), Err(SignatureError::Key)));
    assert!(usable_key(&neutral).is_none());
}

#[test]
fn bytes_that_are_no_point_are_no_key() {
    // y = 2 has no x on the curve.
    let mut none = [0; 32];
    none[0] = 2;
    assert!(usable_key(&none).is_none());
}

#[test]
fn another_signer_than_the_body_names_is_refused() {
    let impostor = SigningKey::from_bytes(&[6; 32]);
    let signed = Signed::sign(&impostor, note(b"said")).signed().clone();
    assert!(matches!(signed.verify(), Err(SignatureError::Signature)));
}

#[test]
fn an_unreadable_body_is_refused_before_anything_else() {
    let unreadable = Signed::<Note>::from_parts(vec![0; 31], [0; 64]);
    assert!(matches!(unreadable.verify(), Err(SignatureError::Body(Short))));
}

#[test]
fn the_id_is_of_the_body_and_not_of_the_signature() {
    let signed = signed();
    let resigned = Signed::<Note>::from_parts(Arc::clone(signed.body()), [0; 64]);
    assert_eq!(signed.id(), resigned.id());
    assert_ne!(signed.id(), Signed::sign(&key(), note(b"else")).id());
}

proptest! {
    #[test]
    fn what_is_signed_verifies(text in prop::collection::vec(any::<u8>(), 0..200)) {
        let signed = Signed::sign(&key(), note(&text)).signed().clone();
        let verified = signed.verify().unwrap();
        prop_assert_eq!(verified.value(), &note(&text));
    }
}
