//! Sealed payloads, signed runs, decisions.

use std::hint::black_box;

use ceiba::{
    crypto::{EpochSecret, Position, payload},
    log::{Draft, Kind, Run, Tail, Writer, circle_tag, verify_run},
    membership::{
        Author, Device, DeviceRole, Genesis, HistoryRule, Manifest, ManifestCore,
        RECEIVING_KEY_BYTES, StatementSet, VerifiedStatement, next_root_commitment, resolve,
    },
    model::id::{CircleId, DeviceId, EpochId, Incarnation, Lane, LogId, OrgId, StatementId},
};
use criterion::{Criterion, Throughput};
use ed25519_dalek::SigningKey;
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;

use super::registry;

/// Organisations of the circle that is resolved.
const MEMBERS: u8 = 50;

fn circle() -> CircleId {
    CircleId::new([1; 32])
}

fn log(key: &SigningKey) -> LogId {
    let device = DeviceId::new(key.verifying_key().to_bytes());
    LogId { device, incarnation: Incarnation::new([2; 16]), lane: Lane::Record }
}

/// A payload of a whole document's change, sealed for the first place.
fn sealed() -> (EpochSecret, Position, Vec<u8>, Vec<u8>) {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let secret = EpochSecret::generate(&mut rng);
    let position = Position {
        circle: circle(),
        log: log(&SigningKey::from_bytes(&[3; 32])),
        seq: 0,
        index: 0,
        kind: Kind::Changes.number(),
        decision: StatementId::new([0; 32]),
        epoch: secret.id(),
    };
    let plaintext = registry::document().1;
    let sealed = payload::seal(&secret, &position, &plaintext, &mut rng).unwrap();
    (secret, position, plaintext, sealed)
}

pub(crate) fn payloads(c: &mut Criterion) {
    let (secret, position, plaintext, sealed) = sealed();
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    c.bench_function("payload/seal", |b| {
        b.iter(|| payload::seal(&secret, &position, black_box(&plaintext), &mut rng));
    });
    c.bench_function("payload/open", |b| {
        b.iter(|| payload::open(&secret, &position, black_box(&sealed)));
    });
}

/// So many entries of one payload under one signature.
fn run(entries: usize) -> (LogId, Run) {
    let key = SigningKey::from_bytes(&[3; 32]);
    let log = log(&key);
    let mut writer = Writer::new(circle_tag(&circle()), log, Tail::default());
    let payload = sealed().3;
    let mut run = Run { entries: Vec::new(), signature: [0; 64] };
    for _entry in 0..entries {
        let draft = Draft {
            kind: Kind::Changes,
            decision: StatementId::new([0; 32]),
            epoch: EpochId::new([4; 32]),
            payloads: vec![payload.clone()],
        };
        let written = writer.append(writer.next_position(), draft, &key).unwrap().to_run();
        run.entries.extend(written.entries);
        run.signature = written.signature;
    }
    (log, run)
}

pub(crate) fn runs(c: &mut Criterion) {
    let mut group = c.benchmark_group("run/verify");
    for entries in [1, 100] {
        let (log, run) = run(entries);
        let verify = || {
            verify_run(&circle_tag(&circle()), &log, &Tail::default(), |_| None, black_box(&run))
        };
        assert!(verify().is_ok(), "it is whole");
        group.throughput(Throughput::Elements(entries as u64));
        group.bench_function(format!("{entries} entries"), |b| b.iter(verify));
    }
    group.finish();
}

/// An organisation with one device, and its manifest.
fn organisation(number: u8) -> (OrgId, SigningKey, VerifiedStatement) {
    let root = SigningKey::from_bytes(&[number; 32]);
    let signing = SigningKey::from_bytes(&[number.wrapping_add(80); 32]);
    let transport = SigningKey::from_bytes(&[number.wrapping_add(160); 32]);
    let org = OrgId::new(root.verifying_key().to_bytes());
    let receiving = [number; RECEIVING_KEY_BYTES];
    let device = Device::prove(&org, DeviceRole::Admin, &signing, &transport, &receiving);
    let core = ManifestCore {
        org,
        seq: 0,
        previous: None,
        root: root.verifying_key().to_bytes(),
        next_root: next_root_commitment(&[number; 32]),
        devices: vec![device],
        revocations: Vec::new(),
        recovery_threshold: 0,
    };
    let manifest = Manifest::new(core).sign(&root).unwrap();
    (org, signing, VerifiedStatement::Manifest(manifest.into()))
}

pub(crate) fn membership(c: &mut Criterion) {
    let all: Vec<_> = (1..=MEMBERS).map(organisation).collect();
    let (founder, signing, _manifest) = all.first().unwrap();
    let author = Author { org: *founder, key: signing };
    let genesis = author
        .found(Genesis {
            nonce: [9; 32],
            parent: None,
            org: *founder,
            device: author.device(),
            stewards: [*founder].into(),
            members: all.iter().skip(1).map(|(org, _, _)| *org).collect(),
            approvals: 0,
            break_glass: [].into(),
            history: HistoryRule::All,
            custodians: [].into(),
        })
        .unwrap();
    let mut set = StatementSet::new(Genesis::circle(&genesis.id()));
    set.insert(genesis);
    for (_, _, manifest) in &all {
        set.insert(manifest.clone());
    }
    assert_eq!(resolve(&set).devices().count(), all.len(), "all are in");
    c.bench_function("resolve/50 members", |b| b.iter(|| resolve(black_box(&set))));
}
