//! Payloads: sealed for their place, padded.

use ceiba::{
    crypto::{EpochSecret, Position, payload},
    model::{
        id::{CircleId, EpochId, Incarnation, Lane, LogId, StatementId},
        limits::MAX_SEALED_PAYLOAD_BYTES,
    },
    wire::payload as wire,
};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use prost::Message;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{
    Reading, check, hex, invalid, oversize,
    twist::{flipped, trailing, truncated},
    unhex, valid, variant,
};
use crate::fuzzing::targets::kit::{Org, found};

pub(super) fn position(reading: &Reading<'_>) -> Position {
    let number = |name: &str| u32::try_from(reading.number(name)).unwrap();
    Position {
        circle: CircleId::new(reading.array("circle")),
        log: LogId {
            device: reading.bytes("device").as_slice().try_into().unwrap(),
            incarnation: Incarnation::new(reading.array("incarnation")),
            lane: Lane::from_number(number("lane")).unwrap(),
        },
        seq: reading.number("seq"),
        index: number("index"),
        kind: number("kind"),
        decision: StatementId::new(reading.array("decision")),
        epoch: EpochId::new(reading.array("epoch")),
    }
}

fn read(reading: &Reading<'_>, bytes: &[u8]) -> Value {
    let secret = EpochSecret::from_bytes(&reading.array("secret"));
    match payload::open(&secret, &position(reading), bytes) {
        Ok(content) => json!({ "plaintext": hex(&*content) }),
        Err(error) => json!({ "error": variant(&error) }),
    }
}

/// The place's bytes and the sealed payload, written once more from the specification.
fn sealed(context: &Value, nonce: [u8; 24], padded: &[u8]) -> Vec<u8> {
    let place = place(context);
    let mut key = [0; 32];
    let info = [b"ceiba v1 payload key".as_slice(), &[0], &place].concat();
    Hkdf::<Sha256>::new(None, &unhex(&context["secret"])).expand(&info, &mut key).unwrap();
    let cipher = XChaCha20Poly1305::new(&key.into());
    let body = cipher.encrypt(&XNonce::from(nonce), Payload { msg: padded, aad: &place }).unwrap();
    [nonce.as_slice(), &body].concat()
}

/// The place's bytes.
pub(super) fn place(context: &Value) -> Vec<u8> {
    let hexed = |name: &str| unhex(&context[name]);
    let number = |name: &str| u32::try_from(context[name].as_u64().unwrap()).unwrap();
    [
        hexed("circle").as_slice(),
        &hexed("device"),
        &hexed("incarnation"),
        &number("lane").to_le_bytes(),
        &context["seq"].as_u64().unwrap().to_le_bytes(),
        &number("index").to_le_bytes(),
        &number("kind").to_le_bytes(),
        &hexed("decision"),
        &hexed("epoch"),
    ]
    .concat()
}

/// Content with its mark and zeros up to a length.
pub(super) fn padded(content: &[u8], mark: u8, length: usize) -> Vec<u8> {
    let mut padded = [content, &[mark]].concat();
    padded.resize(length, 0);
    padded
}

#[test]
fn payloads() {
    let org = Org::new(1);
    let circle = found(&[&org], &[]);
    let secret = EpochSecret::from_bytes(&[9; 32]);
    let context = json!({
        "secret": hex([9; 32]), "circle": hex(circle.id), "device": hex(org.device()),
        "incarnation": hex(org.incarnation), "lane": 2, "seq": 7, "index": 1, "kind": 1,
        "decision": hex(circle.beginning()), "epoch": hex(secret.id()),
    });
    let changes = wire::Changes {
        document: vec![5; 16],
        schema: "incident/1".to_owned(),
        changes: vec![vec![1, 2, 3]],
        ..wire::Changes::default()
    };
    let small = changes.encode_to_vec();
    let large = wire::Changes { changes: vec![vec![7; 1000]], ..changes }.encode_to_vec();
    let nonce = [3; 24];
    let good = sealed(&context, nonce, &padded(&small, 0x80, 256));
    let told = |content: &[u8]| json!({ "plaintext": hex(content) });
    let moved = |name: &str, field: &str, value: Value| {
        let name = format!("replayed-at-another-{name}");
        invalid(&name, good.clone(), "Unauthentic").with(json!({ field: value }))
    };
    let other_secret = EpochSecret::from_bytes(&[8; 32]);
    let vectors = vec![
        valid("changes", good.clone(), told(&small)),
        // 1,033 bytes and the mark: the next length that Padmé allows.
        valid(
            "larger-class",
            sealed(&context, nonce, &padded(&large, 0x80, padme(large.len() + 1))),
            told(&large),
        ),
        valid("empty", sealed(&context, nonce, &padded(&[], 0x80, 256)), told(&[])),
        moved("circle", "circle", json!(hex([1; 32]))),
        moved("device", "device", json!(hex(Org::new(2).device()))),
        moved("incarnation", "incarnation", json!(hex([9; 16]))),
        moved("lane", "lane", json!(1)),
        moved("sequence-number", "seq", json!(8)),
        moved("index", "index", json!(0)),
        moved("kind", "kind", json!(4)),
        moved("decision", "decision", json!(hex([1; 32]))),
        invalid("wrong-secret", good.clone(), "OtherEpoch").with(json!({ "secret": hex([8; 32]) })),
        invalid("replayed-in-another-epoch", good.clone(), "Unauthentic")
            .with(json!({ "secret": hex([8; 32]), "epoch": hex(other_secret.id()) })),
        invalid("bit-flipped-nonce", flipped(&good, 0), "Unauthentic"),
        invalid("bit-flipped-body", flipped(&good, 24), "Unauthentic"),
        invalid("bit-flipped-tag", flipped(&good, good.len() - 1), "Unauthentic"),
        invalid("truncated", truncated(&good), "Unauthentic"),
        invalid("trailing-byte", trailing(&good), "Unauthentic"),
        invalid("no-bytes", Vec::new(), "Unauthentic"),
        invalid(
            "not-padded",
            sealed(&context, nonce, &padded(&small, 0x80, small.len() + 1)),
            "Padding",
        ),
        invalid("padded-too-far", sealed(&context, nonce, &padded(&small, 0x80, 272)), "Padding"),
        invalid("wrong-mark", sealed(&context, nonce, &padded(&small, 0x81, 256)), "Padding"),
        invalid("no-mark", sealed(&context, nonce, &[0; 256]), "Padding"),
        oversize("oversize", good.clone(), 0, MAX_SEALED_PAYLOAD_BYTES, "TooLarge"),
    ];
    check("payload", &context, &vectors, read);
}

/// The padded length, written once more from the paper.
fn padme(length: usize) -> usize {
    let exponent = length.ilog2();
    let zeros = exponent - (exponent.ilog2() + 1);
    length.div_ceil(1 << zeros) << zeros
}
