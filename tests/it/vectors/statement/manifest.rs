//! Manifests.

use ceiba::{
    crypto::Verified,
    membership::{
        CutOff, Device, DeviceRole, Manifest, ManifestCore, Revocation, StandingWork,
        VerifiedStatement, next_root_commitment,
    },
    model::{
        id::{EntryHash, Lane},
        limits::MAX_STATEMENT_BYTES,
    },
    wire::membership as wire,
};
use ed25519_dalek::SigningKey;
use prost::Message;
use serde_json::Value;

use super::{
    WEAK_KEY, World, body, common_twists, context, manifest_says, read, rightly, told, world,
};
use crate::{
    fuzzing::targets::kit::Org,
    vectors::{check, invalid, oversize, twist::shorten, valid},
};

#[test]
fn manifests() {
    let World { one, two, circle, .. } = world();
    let first = one.manifest_bytes();
    let of = |manifest: Verified<Manifest>| {
        let said = manifest_says(manifest.value());
        (VerifiedStatement::from(manifest).encode(), said)
    };
    let sign = |core: ManifestCore, root: &SigningKey| of(Manifest::new(core).sign(root).unwrap());
    let mut next = one.manifest.value().core().clone();
    (next.seq, next.previous) = (1, Some(one.manifest.id()));
    // Rotated: the committed root, a second device, the first one revoked with what of it counts.
    let root = Org::next_root(1);
    let mut rotated = next.clone();
    rotated.root = root.verifying_key().to_bytes();
    rotated.next_root = next_root_commitment(&[9; 32]);
    let keys = &two.keys;
    let receiving = keys.public().receiving;
    let device = Device::prove(
        &one.id(),
        DeviceRole::Node,
        &keys.signing,
        &keys.transport,
        receiving.as_bytes(),
    );
    rotated.devices = vec![device];
    let cut_off = CutOff { count: 3, last: EntryHash::new([7; 32]) };
    let work = StandingWork {
        decision: circle.beginning(),
        cut_offs: [(one.log(Lane::Record), cut_off)].into(),
    };
    rotated.revocations = vec![Revocation::new(one.device()).keeping(&circle.id, work)];
    let (rotated_bytes, rotated_says) = sign(rotated, &root);
    // Recovered: a root that nobody committed to, vouched for by the admin device.
    let new_root = SigningKey::from_bytes(&[77; 32]);
    let mut recovered = next.clone();
    recovered.root = new_root.verifying_key().to_bytes();
    recovered.recovery_threshold = 1;
    let manifest = Manifest::new(recovered).recovered_by(&one.keys.signing);
    let (recovered_bytes, recovered_says) = of(manifest.sign(&new_root).unwrap());

    let root_key = |key: &SigningKey| key.verifying_key().to_bytes();
    let valid_one = |name: &str, bytes: &[u8], signer: [u8; 32], says: Value| {
        valid(name, bytes, told("manifest", signer, &body(bytes), true, says))
    };
    let mut vectors = vec![
        valid_one("first", &first, root_key(&one.root), manifest_says(one.manifest.value())),
        valid_one("rotated-and-revoking", &rotated_bytes, root_key(&root), rotated_says),
        valid_one("recovered", &recovered_bytes, root_key(&new_root), recovered_says),
    ];
    vectors.extend(common_twists("manifest", &first, &one.root));
    // With one thing wrong in the core, rightly signed.
    let core = wire::Manifest::decode(body(&first).as_slice()).unwrap().core;
    let core = wire::ManifestCore::decode(core.as_slice()).unwrap();
    let wrong = |name: &str, error: &str, twist: &dyn Fn(&mut wire::ManifestCore)| {
        let mut core = core.clone();
        twist(&mut core);
        let manifest = wire::Manifest { core: core.encode_to_vec(), recovery: Vec::new() };
        invalid(name, rightly(1, &manifest.encode_to_vec(), &one.root), error)
    };
    vectors.extend([
        wrong("unknown-version", "Body Unknown: version", &|core| core.version = 2),
        wrong("unknown-role", "Body Unknown: role", &|core| core.devices[0].role = 99),
        wrong("short-organisation", "Body Id", &|core| shorten(&mut core.org)),
        wrong("duplicate-device", "Body Duplicate: devices", &|core| {
            core.devices.push(core.devices[0].clone());
        }),
        wrong("too-many-devices", "Body TooMany: devices", &|core| {
            core.devices = vec![wire::Device::default(); 33];
        }),
        wrong("first-with-previous", "Body Field: previous", &|core| core.previous = vec![1; 32]),
        wrong("first-by-another-root", "Body Field: root key", &|core| core.root = vec![1; 32]),
        wrong("replayed-device-of-another-organisation", "Body Proof: device proof", &|core| {
            let theirs = two.manifest.value().core().devices[0].write();
            core.devices[0] = theirs;
        }),
        wrong("stolen-transport-key", "Body Proof: device proof", &|core| {
            core.devices[0].transport = two.transport().to_vec();
        }),
        wrong("bit-flipped-transport-proof", "Body Proof: transport proof", &|core| {
            core.devices[0].transport_proof[0] ^= 1;
        }),
        wrong("weak-device-key", "Body Proof: device proof", &|core| {
            core.devices[0].device = WEAK_KEY.to_vec();
        }),
        wrong("wrong-signer", "Signature", &|core| {
            core.seq = 1;
            core.previous = vec![1; 32];
            core.root = two.root.verifying_key().to_bytes().to_vec();
        }),
        wrong("weak-root-key", "Key", &|core| {
            (core.seq, core.previous) = (1, vec![1; 32]);
            core.root = WEAK_KEY.to_vec();
        }),
        oversize("oversize", Vec::new(), 0x0a, MAX_STATEMENT_BYTES + 1, "Envelope TooLarge"),
    ]);
    // A recovery's signature moved to another core.
    let mut moved = wire::Manifest::decode(body(&recovered_bytes).as_slice()).unwrap();
    let mut core = wire::ManifestCore::decode(moved.core.as_slice()).unwrap();
    core.recovery_threshold = 0;
    moved.core = core.encode_to_vec();
    let moved = rightly(1, &moved.encode_to_vec(), &new_root);
    vectors.push(invalid("replayed-recovery", moved, "Body Proof: recovery signature"));
    check("manifest", &context(circle.id), &vectors, read);
}
