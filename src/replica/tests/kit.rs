//! Organisations of one device, each with a replica.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::SigningKey;
use rand::{CryptoRng, RngExt};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use crate::{
    crypto::{DeviceKeys, Signed, Verified},
    doc::{Actor, Document},
    membership::{
        Author, Change, CutOffs, Device, DeviceRole, Genesis, HistoryRule, JoinRequest, Manifest,
        ManifestCore, Membership, OrgRole, VerifiedStatement, next_root_commitment,
    },
    model::{
        id::{CircleId, DocumentId, Incarnation, InviteId, Lane, LogId, OrgId, StatementId},
        registry::{FieldPath, Record, Schema, Value},
        time::Timestamp,
    },
    replica::{DocumentWrite, Identity, MemoryStorage, Replica, Storage, WriteError},
    sync::{Replica as _, RunOutcome},
};

pub(super) const DOCUMENT: DocumentId = DocumentId::new([5; 16]);

/// An organisation, its only device, and what that holds.
pub(super) struct Party {
    pub(super) replica: Replica<MemoryStorage>,
    pub(super) rng: ChaCha20Rng,
    keys: DeviceKeys,
    manifest: StatementId,
    manifest_bytes: Vec<u8>,
}

pub(super) fn restore(party: &Party, storage: MemoryStorage) -> Replica<MemoryStorage> {
    let identity = party.replica.identity();
    let (org, incarnation) = (identity.org, identity.incarnation);
    let identity = Identity { org, keys: party.keys.clone(), incarnation };
    let mut replica = Replica::restore(identity, storage).unwrap();
    replica.open_inbox();
    replica
}

impl Party {
    pub(super) fn new(number: u8) -> Self {
        let mut rng = ChaCha20Rng::from_seed([number; 32]);
        let root = SigningKey::from_bytes(&[number; 32]);
        let org = OrgId::new(root.verifying_key().to_bytes());
        let keys = DeviceKeys::generate(&mut rng);
        let public = keys.public();
        let device = Device::prove(
            &org,
            DeviceRole::Admin,
            &keys.signing,
            &keys.transport,
            public.receiving.as_bytes(),
        );
        let manifest = Manifest::new(ManifestCore {
            org,
            seq: 0,
            previous: None,
            root: root.verifying_key().to_bytes(),
            next_root: next_root_commitment(&[number; 32]),
            devices: vec![device],
            revocations: Vec::new(),
            recovery_threshold: 0,
        });
        let manifest = manifest.sign(&root).unwrap();
        let incarnation = Incarnation::new([number; 16]);
        let identity = Identity { org, keys: keys.clone(), incarnation };
        Self {
            replica: Replica::restore(identity, MemoryStorage::default()).unwrap(),
            rng,
            keys,
            manifest: manifest.id(),
            manifest_bytes: VerifiedStatement::from(manifest).encode(),
        }
    }

    /// A device of an organisation, with its newest manifest.
    pub(super) fn device(
        number: u8,
        org: OrgId,
        keys: DeviceKeys,
        manifest: &Verified<Manifest>,
    ) -> Self {
        let incarnation = Incarnation::new([number; 16]);
        let identity = Identity { org, keys: keys.clone(), incarnation };
        Self {
            replica: Replica::restore(identity, MemoryStorage::default()).unwrap(),
            rng: ChaCha20Rng::from_seed([number; 32]),
            keys,
            manifest: manifest.id(),
            manifest_bytes: VerifiedStatement::from(manifest.clone()).encode(),
        }
    }

    pub(super) fn org(&self) -> OrgId {
        self.replica.identity().org
    }

    pub(super) fn log(&self, lane: Lane) -> LogId {
        let incarnation = self.replica.identity().incarnation;
        LogId { device: self.replica.own_device(), incarnation, lane }
    }

    pub(super) fn author(&self) -> Author<'_> {
        Author { org: self.org(), key: &self.keys.signing }
    }

    /// Its manifest, as it travels.
    pub(super) fn manifest(&self) -> Vec<u8> {
        self.manifest_bytes.clone()
    }

    /// Asks to be let in by a ticket.
    pub(super) fn ask_to_join(
        &self,
        circle: &CircleId,
        ticket: &SigningKey,
    ) -> Verified<JoinRequest> {
        self.author().ask_to_join(*circle, ticket, self.manifest).unwrap()
    }

    pub(super) fn membership(&self, circle: &CircleId) -> &Membership {
        self.replica.membership(circle).unwrap()
    }

    pub(super) fn keep(&mut self, circle: &CircleId, statement: VerifiedStatement) -> StatementId {
        let id = statement.id();
        self.replica.keep_statements(circle, vec![statement.encode()]);
        self.replica.open_inbox();
        id
    }

    /// Founds a circle in which it alone votes.
    pub(super) fn found(&mut self, members: &[&Self], edit: impl FnOnce(&mut Genesis)) -> CircleId {
        let mut genesis = Genesis {
            nonce: [1; 32],
            parent: None,
            org: self.org(),
            device: self.replica.own_device(),
            stewards: [self.org()].into(),
            members: members.iter().map(|party| party.org()).collect(),
            approvals: 0,
            break_glass: [].into(),
            history: HistoryRule::All,
            custodians: [].into(),
        };
        edit(&mut genesis);
        let genesis: VerifiedStatement = Signed::sign(&self.keys.signing, genesis).into();
        let circle = genesis.circle().unwrap();
        self.replica.take_up(circle);
        let mut statements = vec![genesis.encode(), self.manifest_bytes.clone()];
        statements.extend(members.iter().map(|party| party.manifest_bytes.clone()));
        self.replica.keep_statements(&circle, statements);
        circle
    }

    /// Decides alone.
    pub(super) fn decide(&mut self, circle: &CircleId, change: Change) -> StatementId {
        let set = self.replica.statement_set(circle).unwrap();
        let proposal = self.author().propose(set, self.membership(circle), vec![change]).unwrap();
        let id = self.keep(circle, proposal.into());
        let approval = self.author().approve(self.membership(circle), &id).unwrap();
        self.keep(circle, approval);
        assert!(self.membership(circle).is_accepted(&id));
        id
    }

    pub(super) fn remove(&mut self, circle: &CircleId, org: OrgId) -> StatementId {
        let cut_offs = self.cut_offs(circle, &org);
        self.decide(circle, Change::RemoveOrg { org, cut_offs })
    }

    /// What of an organisation's logs counts here.
    pub(super) fn cut_offs(&self, circle: &CircleId, org: &OrgId) -> CutOffs {
        let of_org = |log: &LogId| {
            self.membership(circle).device(&log.device).is_some_and(|state| state.org == *org)
        };
        self.replica.counting_tails(circle).into_iter().filter(|(log, _)| of_org(log)).collect()
    }

    /// Invites and admits; the joiner gets all statements.
    pub(super) fn take_in(&mut self, circle: &CircleId, joiner: &mut Self) {
        let ticket = SigningKey::from_bytes(&self.rng.random());
        let invite = InviteId::new(ticket.verifying_key().to_bytes());
        let (inviter, role) = (self.org(), OrgRole::Member);
        let expires = Timestamp::from_millis(1);
        self.decide(circle, Change::Invite { invite, inviter, role, expires });
        let request = joiner.author().ask_to_join(*circle, &ticket, joiner.manifest).unwrap();
        self.replica.keep_statements(circle, vec![joiner.manifest_bytes.clone()]);
        let now = Timestamp::default();
        let admission = self.author().admit(self.membership(circle), request, now).unwrap();
        self.keep(circle, admission);
        joiner.replica.take_up(*circle);
        give_statements(self, joiner, circle);
    }

    /// Sets one field of a document, as a node does.
    pub(super) fn write(&mut self, circle: &CircleId, path: &str, text: &str) {
        self.try_write(circle, path, text).unwrap();
    }

    pub(super) fn try_write(
        &mut self,
        circle: &CircleId,
        path: &str,
        text: &str,
    ) -> Result<(), WriteError> {
        let held = self.replica.document(&(*circle, DOCUMENT)).unwrap();
        let mut edited = held.unwrap_or_else(|| Document::new(Schema::incident()));
        let identity = self.replica.identity();
        let actor = Actor::of(&identity.keys.device(), &identity.incarnation, &DOCUMENT);
        let (path, value) = (path.parse::<FieldPath>().unwrap(), Value::Text(text.to_owned()));
        let change = edited.edit(&actor, |edit| edit.set(&path, &value)).unwrap().unwrap();
        let changes = vec![change.bytes().to_vec()];
        let write = DocumentWrite { document: DOCUMENT, schema: Schema::incident(), changes };
        self.replica.write(circle, vec![write], &mut self.rng)?;
        self.replica.save_own(circle, DOCUMENT, &edited).unwrap();
        Ok(())
    }

    /// The document's fields.
    pub(super) fn fields(&self, circle: &CircleId) -> BTreeMap<String, Value> {
        fields(&self.replica, circle)
    }

    /// The names of the document's fields.
    pub(super) fn paths(&self, circle: &CircleId) -> BTreeSet<String> {
        self.fields(circle).into_keys().collect()
    }
}

pub(super) fn fields<S: Storage>(
    replica: &Replica<S>,
    circle: &CircleId,
) -> BTreeMap<String, Value> {
    let document = replica.document(&(*circle, DOCUMENT)).unwrap();
    let record = document.map_or_else(Record::incident, |document| document.record());
    record.iter().map(|(path, value)| (path.as_str().to_owned(), value.clone())).collect()
}

pub(super) fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// Two in one circle.
pub(super) fn pair() -> ([Party; 2], CircleId) {
    let [mut a, mut b] = [1, 2].map(Party::new);
    let circle = a.found(&[&b], |_genesis| {});
    give_statements(&a, &mut b, &circle);
    ([a, b], circle)
}

/// Two in one circle, of which the first wrote something: both have its key.
pub(super) fn keyed_pair() -> ([Party; 2], CircleId) {
    let ([mut a, mut b], circle) = pair();
    a.write(&circle, "first", "x");
    give_all(&a, &mut b, &circle);
    ([a, b], circle)
}

/// Carries all statements that one has to another.
pub(super) fn give_statements(from: &Party, to: &mut Party, circle: &CircleId) {
    to.replica.take_up(*circle);
    let statements = from.replica.statements(circle).map(VerifiedStatement::encode).collect();
    to.replica.keep_statements(circle, statements);
    to.replica.open_inbox();
}

/// Carries what one has of a log to another.
pub(super) fn give_log(from: &Party, to: &mut Party, circle: &CircleId, log: &LogId) {
    let next = to.replica.position(circle, log).tail.next_seq;
    if let Some(run) = from.replica.read_run(circle, log, next, usize::MAX) {
        let outcome = to.replica.accept_run(circle, log, run);
        assert!(matches!(outcome, RunOutcome::Accepted(_)), "{outcome:?}");
        to.replica.open_inbox();
    }
}

/// Carries everything of a circle, urgent lanes first.
pub(super) fn give_all(from: &Party, to: &mut Party, circle: &CircleId) {
    give_statements(from, to, circle);
    let mut logs = from.replica.frontier(circle);
    logs.sort_by_key(|position| (position.log.lane, position.log));
    for position in logs {
        give_log(from, to, circle, &position.log);
    }
}

/// What a device that does not keep to the rules writes: anything, sealed and signed.
pub(super) fn write_raw(
    party: &mut Party,
    circle: &CircleId,
    plaintext: Vec<u8>,
    rng: &mut impl CryptoRng,
) {
    write_raw_as(party, circle, crate::log::Kind::Changes, plaintext, rng);
}

/// The same in an entry of any kind.
pub(super) fn write_raw_as(
    party: &mut Party,
    circle: &CircleId,
    kind: crate::log::Kind,
    plaintext: Vec<u8>,
    rng: &mut impl CryptoRng,
) {
    let epoch = party.replica.current_epoch(circle, rng).unwrap();
    party.replica.append_sealed(circle, kind, epoch, &[plaintext], rng).unwrap();
}
