//! Organisations, circles and replicas that follow from numbers, for targets and vectors.

use std::collections::BTreeMap;

use ceiba::{
    crypto::{DeviceKeys, EpochSecret, GrantSet, Position, Signed, Verified, payload},
    doc::{Actor, Document},
    log::{Draft, Kind, Tail, VerifiedRun, Writer, circle_tag},
    membership::{
        Author, Device, DeviceRole, Genesis, HistoryRule, Manifest, ManifestCore,
        VerifiedStatement, next_root_commitment,
    },
    model::{
        id::{
            CircleId, DeviceId, DocumentId, EpochId, Incarnation, Lane, LogId, OrgId, StatementId,
        },
        registry::{Schema, Value},
    },
    replica::{DocumentWrite, Identity, MemoryStorage, Replica},
};
use ed25519_dalek::SigningKey;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

/// The document that parties write.
pub const DOCUMENT: DocumentId = DocumentId::new([5; 16]);
/// No statement, no epoch.
pub const NONE: [u8; 32] = [0; 32];

/// Random numbers that follow from a number.
pub fn dice(number: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([number; 32])
}

/// An organisation with one admin device.
#[derive(Clone)]
pub struct Org {
    /// Its first root key.
    pub root: SigningKey,
    /// Its device's keys.
    pub keys: DeviceKeys,
    /// Its first manifest.
    pub manifest: Verified<Manifest>,
    /// The life of its device's home.
    pub incarnation: Incarnation,
}

impl Org {
    /// The organisation with this number.
    pub fn new(number: u8) -> Self {
        let root = SigningKey::from_bytes(&[number; 32]);
        let id = OrgId::new(root.verifying_key().to_bytes());
        let keys = DeviceKeys::generate(&mut dice(number));
        let receiving = keys.public().receiving;
        let device = Device::prove(
            &id,
            DeviceRole::Admin,
            &keys.signing,
            &keys.transport,
            receiving.as_bytes(),
        );
        let manifest = Manifest::new(ManifestCore {
            org: id,
            seq: 0,
            previous: None,
            root: root.verifying_key().to_bytes(),
            next_root: next_root_commitment(&Self::next_root(number).verifying_key().to_bytes()),
            devices: vec![device],
            revocations: Vec::new(),
            recovery_threshold: 0,
        });
        let manifest = manifest.sign(&root).expect("a manifest that keeps the rules");
        Self { root, keys, manifest, incarnation: Incarnation::new([number; 16]) }
    }

    /// The root key that the first manifest commits to.
    pub fn next_root(number: u8) -> SigningKey {
        SigningKey::from_bytes(&[number ^ 0x80; 32])
    }

    /// The organisation.
    pub fn id(&self) -> OrgId {
        self.manifest.value().core().org
    }

    /// Its device.
    pub fn device(&self) -> DeviceId {
        self.keys.device()
    }

    /// Its device's transport key.
    pub fn transport(&self) -> [u8; 32] {
        self.keys.public().transport
    }

    /// The device as one that signs.
    pub fn author(&self) -> Author<'_> {
        Author { org: self.id(), key: &self.keys.signing }
    }

    /// A log of its device.
    pub fn log(&self, lane: Lane) -> LogId {
        LogId { device: self.device(), incarnation: self.incarnation, lane }
    }

    /// What a replica is told of it.
    pub fn identity(&self) -> Identity {
        Identity { org: self.id(), keys: self.keys.clone(), incarnation: self.incarnation }
    }

    /// Its manifest as it travels.
    pub fn manifest_bytes(&self) -> Vec<u8> {
        VerifiedStatement::from(self.manifest.clone()).encode()
    }

    /// A genesis with this organisation as the founder.
    pub fn genesis(&self, stewards: &[&Self], members: &[&Self]) -> Genesis {
        Genesis {
            nonce: [1; 32],
            parent: None,
            org: self.id(),
            device: self.device(),
            stewards: stewards.iter().map(|org| org.id()).chain([self.id()]).collect(),
            members: members.iter().map(|org| org.id()).collect(),
            approvals: 0,
            break_glass: stewards.iter().map(|org| org.id()).collect(),
            history: HistoryRule::All,
            custodians: [].into(),
        }
    }
}

/// A circle: its id and the statements that everybody has at the beginning.
#[derive(Clone)]
pub struct Circle {
    /// Its id.
    pub id: CircleId,
    /// Genesis and manifests.
    pub statements: Vec<VerifiedStatement>,
}

/// Founds a circle. The first organisation does it.
pub fn found(stewards: &[&Org], members: &[&Org]) -> Circle {
    let genesis = stewards[0].genesis(stewards, members);
    let genesis: VerifiedStatement = Signed::sign(&stewards[0].keys.signing, genesis).into();
    let id = genesis.circle().expect("a genesis is about a circle");
    let manifests = stewards.iter().chain(members).map(|org| org.manifest.clone().into());
    Circle { id, statements: std::iter::once(genesis).chain(manifests).collect() }
}

impl Circle {
    /// The statements as they travel.
    pub fn bytes(&self) -> Vec<Vec<u8>> {
        self.statements.iter().map(VerifiedStatement::encode).collect()
    }

    /// The decision of the beginning.
    pub fn beginning(&self) -> StatementId {
        StatementId::new(*self.id.as_bytes())
    }

    /// What an organisation's device holds of it at the beginning.
    pub fn replica(&self, org: &Org) -> Replica<MemoryStorage> {
        let replica = Replica::restore(org.identity(), MemoryStorage::default());
        let mut replica = replica.expect("a disk in memory does not fail");
        replica.take_up(self.id);
        replica.keep_statements(&self.id, self.bytes());
        replica.open_inbox();
        replica
    }
}

/// A disk as a start finds it.
pub fn restored(org: &Org, storage: MemoryStorage) -> Replica<MemoryStorage> {
    let replica = Replica::restore(org.identity(), storage);
    let mut replica = replica.expect("a disk in memory does not fail");
    replica.open_inbox();
    replica
}

/// Sets a field of [`DOCUMENT`], as a node does.
pub fn write(
    replica: &mut Replica<MemoryStorage>,
    circle: &CircleId,
    path: &str,
    text: &str,
    rng: &mut ChaCha20Rng,
) {
    let held = replica.document(&(*circle, DOCUMENT)).expect("memory");
    let mut edited = held.unwrap_or_else(|| Document::new(Schema::incident()));
    let identity = replica.identity();
    let actor = Actor::of(&identity.keys.device(), &identity.incarnation, &DOCUMENT);
    let (path, value) = (path.parse().expect("a path"), Value::Text(text.to_owned()));
    let change = edited.edit(&actor, |edit| edit.set(&path, &value));
    let change = change.expect("an edit").expect("a change");
    let changes = vec![change.bytes().to_vec()];
    let write = DocumentWrite { document: DOCUMENT, schema: Schema::incident(), changes };
    replica.write(circle, vec![write], rng).expect("a member writes");
    replica.save_own(circle, DOCUMENT, &edited).expect("memory");
}

/// Writes entries of one device by hand, with whatever they say.
pub struct Pen<'a> {
    /// Who writes.
    pub org: &'a Org,
    /// Where.
    pub circle: &'a Circle,
    /// The secret that it seals under.
    pub secret: EpochSecret,
    control: Writer,
    record: Writer,
    rng: ChaCha20Rng,
}

impl<'a> Pen<'a> {
    /// A pen for the beginning of a device's logs.
    pub fn new(org: &'a Org, circle: &'a Circle) -> Self {
        let tag = circle_tag(&circle.id);
        let writer = |lane| Writer::new(tag, org.log(lane), Tail::EMPTY);
        Self {
            org,
            circle,
            secret: EpochSecret::from_bytes(&[9; 32]),
            control: writer(Lane::Control),
            record: writer(Lane::Record),
            rng: dice(90),
        }
    }

    /// An entry that grants the pen's secret to organisations.
    pub fn grant(&mut self, to: &[&Org]) -> VerifiedRun {
        let recipients: BTreeMap<_, _> =
            to.iter().map(|org| (org.device(), org.keys.public().receiving)).collect();
        let decision = self.circle.beginning();
        let set = GrantSet::seal(
            &self.circle.id,
            &decision,
            &self.secret,
            &recipients,
            None,
            &mut self.rng,
        );
        let payloads = vec![set.expect("few recipients").encode()];
        let draft = Draft { kind: Kind::Grant, decision, epoch: EpochId::new(NONE), payloads };
        let place = self.control.next_position();
        self.control.append(place, draft, &self.org.keys.signing).expect("a small entry")
    }

    /// An entry of changes, whose payload's plaintext is this.
    pub fn changes(&mut self, plaintext: &[u8]) -> Option<VerifiedRun> {
        let place = self.record.next_position();
        let (decision, epoch) = (self.circle.beginning(), self.secret.id());
        let position = Position {
            circle: self.circle.id,
            log: *place.log(),
            seq: place.seq(),
            index: 0,
            kind: Kind::Changes.number(),
            decision,
            epoch,
        };
        let sealed = payload::seal(&self.secret, &position, plaintext, &mut self.rng).ok()?;
        let draft = Draft { kind: Kind::Changes, decision, epoch, payloads: vec![sealed] };
        self.record.append(place, draft, &self.org.keys.signing).ok()
    }
}
