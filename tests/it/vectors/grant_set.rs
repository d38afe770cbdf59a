//! Grant sets: an epoch's secret for devices.

use std::collections::BTreeMap;

use ceiba::{
    crypto::{EpochSecret, GrantContext, GrantSet, ReceivingKey, seal_grant},
    model::{
        id::{CircleId, DeviceId},
        limits::MAX_SEALED_PAYLOAD_BYTES,
    },
    wire::payload as wire,
};
use prost::Message;
use serde_json::{Value, json};

use super::{
    Reading, Vector, check, hex, invalid, labelled_hash, oversize,
    twist::{longer_key, reordered, shorten, trailing, truncated, unknown_field},
    valid, variant,
};
use crate::fuzzing::targets::kit::{Org, dice, found};

fn read(reading: &Reading<'_>, bytes: &[u8]) -> Value {
    let set = match GrantSet::decode(bytes) {
        Ok(set) => set,
        Err(ceiba::crypto::grant_set::GrantSetError::Message(error)) => {
            return json!({ "error": format!("Message {}", variant(&error)) });
        }
        Err(error) => return json!({ "error": variant(&error) }),
    };
    let circle = CircleId::new(reading.array("circle"));
    let key = ReceivingKey::from_bytes(&reading.array("receiving_secret"));
    let secret = match set.open(&circle, &DeviceId::new(reading.array("recipient")), &key) {
        Ok(Some(secret)) => secret,
        Ok(None) => return json!({ "error": "no grant to this device" }),
        Err(error) => return json!({ "error": format!("Open {}", variant(&error)) }),
    };
    let mut earlier = Vec::new();
    for link in &set.back_chain {
        match link.open(&circle, &secret) {
            Ok(secret) => earlier.push(hex(secret.expose_secret())),
            Err(error) => return json!({ "error": format!("Link {}", variant(&error)) }),
        }
    }
    json!({
        "canonical": set.encode() == bytes, "epoch": hex(set.epoch),
        "decision": hex(set.decision), "recipients": set.grants.len(),
        "secret": hex(secret.expose_secret()), "earlier": earlier,
    })
}

#[test]
fn grant_sets() {
    let orgs = [Org::new(1), Org::new(2), Org::new(3)];
    let circle = found(&[&orgs[0]], &[&orgs[1]]);
    let (secret, earlier) = (EpochSecret::from_bytes(&[9; 32]), EpochSecret::from_bytes(&[8; 32]));
    let to: BTreeMap<_, _> =
        orgs[..2].iter().map(|org| (org.device(), org.keys.public().receiving)).collect();
    let decision = circle.beginning();
    let set =
        GrantSet::seal(&circle.id, &decision, &secret, &to, [&earlier], &mut dice(1)).unwrap();
    let bytes = set.encode();
    let told = |canonical: bool| {
        json!({
            "canonical": canonical,
            "epoch": hex(labelled_hash("ceiba v1 epoch id", &[&[9; 32]])),
            "decision": hex(decision), "recipients": 2, "secret": hex([9; 32]),
            "earlier": [hex([8; 32])],
        })
    };
    let context = json!({
        "circle": hex(circle.id), "recipient": hex(orgs[1].device()),
        "receiving_secret": hex(orgs[1].keys.receiving.expose_secret()),
        "receiving_public": hex(orgs[1].keys.public().receiving.as_bytes()),
    });
    let edited = |edit: &dyn Fn(&mut wire::GrantSet)| {
        let mut message = wire::GrantSet::decode(bytes.as_slice()).unwrap();
        edit(&mut message);
        message.encode_to_vec()
    };
    let own = orgs[1].device();
    let of_own = move |message: &mut wire::GrantSet| -> usize {
        message.grants.iter().position(|grant| grant.recipient == own.as_bytes()).unwrap()
    };
    let grant = |name: &str, error: &str, edit: &dyn Fn(&mut wire::Grant)| {
        let bytes = edited(&|message| {
            let place = of_own(message);
            edit(&mut message.grants[place]);
        });
        invalid(name, bytes, error)
    };
    // A set that names one epoch and grants the secret of another, as only a member can make it.
    let other = EpochSecret::from_bytes(&[7; 32]);
    let mut lie = set.clone();
    lie.grants.insert(own, forged_grant(&circle.id, &orgs[1], &set, &other));
    let third = json!({
        "recipient": hex(orgs[2].device()),
        "receiving_secret": hex(orgs[2].keys.receiving.expose_secret()),
    });
    let vectors: Vec<Vector> = vec![
        valid("two-devices-and-a-link", bytes.clone(), told(true)),
        valid("reordered", reordered(&bytes), told(false)),
        valid("longer-key", longer_key(&bytes), told(false)),
        valid("unknown-field", unknown_field(&bytes), told(false)),
        invalid("wrong-recipient-key", bytes.clone(), "Open Unauthentic")
            .with(json!({ "receiving_secret": hex(orgs[0].keys.receiving.expose_secret()) })),
        invalid("wrong-recipient-not-named", bytes.clone(), "no grant to this device").with(third),
        invalid("replayed-in-another-circle", bytes.clone(), "Open Unauthentic")
            .with(json!({ "circle": hex([1; 32]) })),
        invalid(
            "replayed-after-another-decision",
            edited(&|it| it.decision = vec![1; 32]),
            "Open Unauthentic",
        ),
        invalid(
            "replayed-for-another-epoch",
            edited(&|it| it.epoch = vec![1; 32]),
            "Open Unauthentic",
        ),
        invalid(
            "swapped-grants",
            edited(&|it| {
                let (first, second) =
                    (it.grants[0].recipient.clone(), it.grants[1].recipient.clone());
                it.grants[0].recipient = second;
                it.grants[1].recipient = first;
            }),
            "Open Unauthentic",
        ),
        invalid("secret-of-another-epoch", lie.encode(), "Open OtherEpoch"),
        grant("bit-flipped-encapsulation", "Open Unauthentic", &|it| it.enc[5] ^= 1),
        grant("bit-flipped-secret", "Open Unauthentic", &|it| it.ciphertext[5] ^= 1),
        grant("unknown-suite", "Open Suite", &|it| it.suite = 2),
        grant("short-encapsulation", "Length", &|it| shorten(&mut it.enc)),
        grant("short-secret", "Length", &|it| shorten(&mut it.ciphertext)),
        grant("short-recipient", "Id", &|it| shorten(&mut it.recipient)),
        invalid(
            "bit-flipped-link",
            edited(&|it| it.back_chain[0].sealed[30] ^= 1),
            "Link Unauthentic",
        ),
        invalid(
            "link-to-another-epoch",
            edited(&|it| it.back_chain[0].previous[0] ^= 1),
            "Link Unauthentic",
        ),
        invalid("short-link", edited(&|it| shorten(&mut it.back_chain[0].sealed)), "Length"),
        invalid("granted-twice", edited(&|it| it.grants[0] = it.grants[1].clone()), "Repeated"),
        invalid(
            "too-many-links",
            edited(&|it| it.back_chain = vec![wire::BackLink::default(); 65]),
            "TooMany",
        ),
        invalid("too-many-fields", [0x22, 0].repeat(600), "Message Fields"),
        invalid("truncated", truncated(&bytes), "Message Malformed"),
        invalid("trailing-byte", trailing(&bytes), "Message Malformed"),
        oversize("oversize", bytes.clone(), 0, MAX_SEALED_PAYLOAD_BYTES, "Message Bytes"),
    ];
    check("grant-set", &context, &vectors, read);
}

/// A grant whose context names the set's epoch and that holds another's secret: HPKE by hand.
fn forged_grant(
    circle: &CircleId,
    to: &Org,
    set: &GrantSet,
    secret: &EpochSecret,
) -> ceiba::crypto::SealedGrant {
    use hpke::{
        Deserializable, Kem, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
        kem::XWing,
    };
    // The honest way refuses it.
    let context = GrantContext {
        circle: *circle,
        epoch: set.epoch,
        decision: set.decision,
        recipient: to.device(),
    };
    let public = to.keys.public().receiving;
    assert!(seal_grant(&public, &context, secret, &mut dice(2)).is_err());
    let info = [
        b"ceiba v1 grant".as_slice(),
        &[0],
        &1_u32.to_le_bytes(),
        circle.as_bytes(),
        set.epoch.as_bytes(),
        set.decision.as_bytes(),
        to.device().as_bytes(),
    ]
    .concat();
    let key = <XWing as Kem>::PublicKey::from_bytes(public.as_bytes()).unwrap();
    let (enc, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &key,
        &info,
        secret.expose_secret(),
        &[],
        &mut dice(2),
    )
    .unwrap();
    ceiba::crypto::SealedGrant { suite: 1, enc: enc.to_bytes().to_vec(), ciphertext }
}
