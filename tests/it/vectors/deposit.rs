//! Deposits: payloads sealed to an epoch's public key.

use ceiba::{
    crypto::{EpochSecret, payload::deposit},
    model::limits::MAX_SEALED_PAYLOAD_BYTES,
};
use hkdf::Hkdf;
use hpke::{
    Deserializable, Kem, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256, kem::XWing,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{
    Reading, check, hex, invalid, oversize,
    payload::{padded, place, position},
    twist::{flipped, trailing, truncated},
    unhex, valid, variant,
};
use crate::fuzzing::targets::kit::{Org, found};

fn read(reading: &Reading<'_>, bytes: &[u8]) -> Value {
    let secret = EpochSecret::from_bytes(&reading.array("secret"));
    match deposit::open(&secret, &position(reading), bytes) {
        Ok(content) => json!({ "plaintext": hex(&*content) }),
        Err(error) => json!({ "error": variant(&error) }),
    }
}

/// A deposit, written once more from the specification.
fn sealed(context: &Value, padded: &[u8]) -> Vec<u8> {
    let mut seed = [0; 32];
    let info = [b"ceiba v1 deposit key".as_slice(), &[0]].concat();
    Hkdf::<Sha256>::new(None, &unhex(&context["secret"])).expand(&info, &mut seed).unwrap();
    let key = <XWing as Kem>::PrivateKey::from_bytes(&seed).unwrap();
    let info = [b"ceiba v1 deposit".as_slice(), &[0], &place(context)].concat();
    let (enc, body) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &XWing::sk_to_pk(&key),
        &info,
        padded,
        &[],
        &mut ChaCha20Rng::from_seed([4; 32]),
    )
    .unwrap();
    [enc.to_bytes().as_slice(), &body].concat()
}

#[test]
fn deposits() {
    let org = Org::new(1);
    let circle = found(&[&org], &[]);
    let secret = EpochSecret::from_bytes(&[9; 32]);
    let context = json!({
        "secret": hex([9; 32]), "circle": hex(circle.id), "device": hex(org.device()),
        "incarnation": hex(org.incarnation), "lane": 2, "seq": 7, "index": 0, "kind": 6,
        "decision": hex(circle.beginning()), "epoch": hex(secret.id()),
    });
    let content = b"what a person wrote".as_slice();
    let good = sealed(&context, &padded(content, 0x80, 256));
    let told = json!({ "plaintext": hex(content) });
    let moved = |name: &str, field: &str, value: Value| {
        let name = format!("replayed-at-another-{name}");
        invalid(&name, good.clone(), "Unauthentic").with(json!({ field: value }))
    };
    let vectors = vec![
        valid("deposit", good.clone(), told),
        moved("circle", "circle", json!(hex([1; 32]))),
        moved("sequence-number", "seq", json!(8)),
        moved("kind", "kind", json!(1)),
        invalid("wrong-secret", good.clone(), "OtherEpoch").with(json!({ "secret": hex([8; 32]) })),
        invalid("bit-flipped-enc", flipped(&good, 0), "Unauthentic"),
        invalid("bit-flipped-body", flipped(&good, 1120), "Unauthentic"),
        invalid("truncated", truncated(&good), "Unauthentic"),
        invalid("trailing-byte", trailing(&good), "Unauthentic"),
        invalid("shorter-than-enc", good[..1000].to_vec(), "Unauthentic"),
        invalid("not-padded", sealed(&context, &padded(content, 0x80, 30)), "Padding"),
        oversize("oversize", good.clone(), 0, MAX_SEALED_PAYLOAD_BYTES, "TooLarge"),
    ];
    check("deposit", &context, &vectors, read);
}
