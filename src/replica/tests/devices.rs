//! Devices of one organisation, each in its role.

use ed25519_dalek::SigningKey;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use super::kit::{DOCUMENT, Party, give_all, give_log, give_statements, names};
use crate::{
    crypto::{DeviceKeys, EpochSecret, GrantSet, Position, Verified, payload},
    doc::{Actor, Document, dossier_document, incident_id},
    log::{Draft, Kind},
    membership::{
        CutOffs, Device, DeviceRole, Manifest, ManifestCore, Quarantine, Revocation, Standing,
        StandingWork, VerifiedStatement, next_root_commitment,
    },
    model::{
        id::{CircleId, DocumentId, Incarnation, Lane, OrgId},
        registry::{FieldPath, Schema, Value},
    },
    replica::{DocumentWrite, WriteError, keyring::Current},
    sync::{Replica as _, RunOutcome},
};

/// An organisation with a device for each of these roles, the first of which founded the circle.
pub(super) struct Team {
    root: SigningKey,
    manifest: Verified<Manifest>,
    pub(super) circle: CircleId,
}

impl Team {
    pub(super) fn new<const N: usize>(roles: [DeviceRole; N]) -> (Self, [Party; N]) {
        let root = SigningKey::from_bytes(&[77; 32]);
        let org = OrgId::new(root.verifying_key().to_bytes());
        let keys: [DeviceKeys; N] = std::array::from_fn(|place| {
            DeviceKeys::generate(&mut ChaCha20Rng::seed_from_u64(place as u64 + 50))
        });
        let devices = keys.iter().zip(roles).map(|(keys, role)| {
            let receiving = keys.public().receiving;
            Device::prove(&org, role, &keys.signing, &keys.transport, receiving.as_bytes())
        });
        let manifest = Manifest::new(ManifestCore {
            org,
            seq: 0,
            previous: None,
            root: root.verifying_key().to_bytes(),
            next_root: next_root_commitment(&[78; 32]),
            devices: devices.collect(),
            revocations: Vec::new(),
            recovery_threshold: 0,
        });
        let manifest = manifest.sign(&root).unwrap();
        let mut number = 0;
        let mut parties = keys.map(|keys| {
            number += 1;
            Party::device(number, org, keys, &manifest)
        });
        let circle = parties[0].found(&[], |_genesis| {});
        for place in 1..N {
            let [first, rest @ ..] = &mut parties[..] else { panic!() };
            give_statements(first, &mut rest[place - 1], &circle);
        }
        (Self { root, manifest, circle }, parties)
    }

    /// The manifest that revokes a device, of which so much counts.
    fn revoking(&self, lost: &Party, cut_offs: CutOffs) -> Vec<u8> {
        let mut core = self.manifest.value().core().clone();
        let device = lost.replica.own_device();
        core.devices.retain(|it| it.device != device);
        (core.seq, core.previous) = (1, Some(self.manifest.id()));
        let decision = lost.membership(&self.circle).tip();
        let work = StandingWork { decision, cut_offs };
        core.revocations = vec![Revocation::new(device).keeping(&self.circle, work)];
        VerifiedStatement::from(Manifest::new(core).sign(&self.root).unwrap()).encode()
    }

    pub(super) fn deposit(
        &self,
        dropbox: &mut Party,
        number: u8,
    ) -> Result<DocumentId, WriteError> {
        self.deposit_as(dropbox, number, &Schema::incident())
    }

    /// The document that the dropbox deposits next.
    pub(super) fn next_document(&self, dropbox: &Party) -> DocumentId {
        let nonce = dropbox.replica.next_deposit_nonce(&self.circle).unwrap();
        dossier_document(&incident_id(&dropbox.org(), &nonce))
    }

    pub(super) fn deposit_as(
        &self,
        dropbox: &mut Party,
        number: u8,
        schema: &Schema,
    ) -> Result<DocumentId, WriteError> {
        let document = self.next_document(dropbox);
        let path: FieldPath = "narrative/summary".parse().unwrap();
        let text = format!("deposit {number}");
        self.deposit_into(dropbox, document, schema, &[(path, text)])?;
        Ok(document)
    }

    /// As a dropbox does that does not keep to the rules: into any document.
    pub(super) fn deposit_into(
        &self,
        dropbox: &mut Party,
        document: DocumentId,
        schema: &Schema,
        fields: &[(FieldPath, String)],
    ) -> Result<(), WriteError> {
        let identity = dropbox.replica.identity();
        let actor = Actor::of(&identity.keys.device(), &identity.incarnation, &document);
        let mut edited = Document::new(schema.clone());
        let change = edited.edit(&actor, |edit| {
            fields.iter().try_for_each(|(path, text)| edit.set(path, &Value::Text(text.clone())))
        });
        let changes = vec![change.unwrap().unwrap().bytes().to_vec()];
        let write = DocumentWrite { document, schema: schema.clone(), changes };
        dropbox.replica.deposit_anything(&self.circle, write, &mut dropbox.rng)
    }

    pub(super) fn reads(&self, party: &Party, document: DocumentId) -> bool {
        party.replica.document(&(self.circle, document)).unwrap().is_some()
    }

    /// Tells depositors the key, as [`Party`]s with a node do by themselves.
    pub(super) fn tend(&self, reader: &mut Party) {
        reader.replica.tend(&self.circle, &mut reader.rng).unwrap();
    }
}

#[test]
fn a_dropbox_deposits_what_every_reader_opens_and_itself_cannot() {
    let roles = [DeviceRole::Admin, DeviceRole::Dropbox, DeviceRole::Field];
    let (team, [mut office, mut dropbox, mut boat]) = Team::new(roles);
    let circle = team.circle;
    assert!(matches!(team.deposit(&mut dropbox, 1), Err(WriteError::NoDepositKey)));
    team.tend(&mut office);
    give_log(&office, &mut dropbox, &circle, &office.log(Lane::Control));
    let document = team.deposit(&mut dropbox, 1).unwrap();
    assert!(matches!(dropbox.try_write(&circle, "first", "x"), Err(WriteError::DepositsOnly)));
    for reader in [&mut office, &mut boat] {
        give_all(&dropbox, reader, &circle);
    }
    assert!(team.reads(&office, document));
    give_all(&office, &mut boat, &circle);
    assert!(team.reads(&boat, document));
    assert!(!team.reads(&dropbox, document));
    assert_eq!(dropbox.replica.counts_of(&circle).epochs, 0, "no secret is there");
    assert_eq!(dropbox.replica.counts_of(&circle).waiting_for_key, 0);
    // Who reads edits what was deposited, in the same document.
    let restored = super::kit::restore(&dropbox, dropbox.replica.storage().clone());
    assert_eq!(restored.held_epochs(&circle).count(), 0);
}

#[test]
fn a_key_from_before_the_dropbox_was_certified_is_told_once() {
    let (team, [mut office, mut dropbox]) = Team::new([DeviceRole::Admin, DeviceRole::Dropbox]);
    let circle = team.circle;
    // As it was written by a version that knew no deposits.
    let secret = EpochSecret::generate(&mut office.rng);
    let to = [(office.replica.own_device(), office.replica.identity().keys.public().receiving)];
    let tip = office.membership(&circle).tip();
    let set = GrantSet::seal(&circle, &tip, &secret, &to.into(), [], &mut office.rng).unwrap();
    office.replica.append_learned(&circle, vec![set]).unwrap();
    assert_eq!(office.replica.find_epoch(&circle).unwrap(), Current::Use(secret.id()));
    assert!(office.replica.lacks_deposit_key(&circle));
    team.tend(&mut office);
    assert!(!office.replica.lacks_deposit_key(&circle));
    let told = office.replica.position(&circle, &office.log(Lane::Control)).tail.next_seq;
    team.tend(&mut office);
    assert_eq!(office.replica.position(&circle, &office.log(Lane::Control)).tail.next_seq, told);
    give_all(&office, &mut dropbox, &circle);
    let document = team.deposit(&mut dropbox, 1).unwrap();
    give_all(&dropbox, &mut office, &circle);
    assert!(team.reads(&office, document));
    assert_eq!(office.replica.find_epoch(&circle).unwrap(), Current::Use(secret.id()));
}

#[test]
fn nothing_of_others_records_goes_to_a_dropbox() {
    let (team, [mut office, mut dropbox]) = Team::new([DeviceRole::Admin, DeviceRole::Dropbox]);
    let circle = team.circle;
    office.write(&circle, "first", "x");
    team.tend(&mut office);
    let (to, record) = (dropbox.replica.own_device(), office.log(Lane::Record));
    assert!(office.replica.serves(&circle, &to) && !office.replica.reads(&circle, &to));
    assert!(!office.replica.may_have(&circle, &to, &record));
    assert!(office.replica.may_have(&circle, &to, &office.log(Lane::Control)));
    let shown = office.replica.frontier_for(&circle, &to);
    assert_eq!(shown.iter().map(|it| it.log).collect::<Vec<_>>(), [office.log(Lane::Control)]);
    assert_eq!(office.replica.frontier(&circle).len(), 2);
    // Nor does it take what a careless partner sends.
    let run = office.replica.read_run(&circle, &record, 0, usize::MAX).unwrap();
    assert!(!dropbox.replica.follows(&circle, &record));
    assert_eq!(dropbox.replica.accept_run(&circle, &record, run), RunOutcome::NotFollowed);
    // Its own logs it may have back.
    assert!(office.replica.may_have(&circle, &to, &dropbox.log(Lane::Record)));
}

#[test]
fn a_dropbox_that_grants_is_not_heard_and_makes_nobody_take_a_new_key() {
    let (team, [mut office, mut dropbox]) = Team::new([DeviceRole::Admin, DeviceRole::Dropbox]);
    let circle = team.circle;
    team.tend(&mut office);
    let current = office.replica.find_epoch(&circle).unwrap();
    let Current::Use(honest) = current else { panic!() };
    give_all(&office, &mut dropbox, &circle);
    // One epoch of its own, and one that says to be the circle's, each with a key for deposits.
    let own = EpochSecret::generate(&mut dropbox.rng);
    let to = [(office.replica.own_device(), office.replica.identity().keys.public().receiving)];
    let tip = office.membership(&circle).tip();
    let set = GrantSet::seal(&circle, &tip, &own, &to.into(), [], &mut dropbox.rng).unwrap();
    let set = set.with_deposit_key(&own);
    let stolen = GrantSet { epoch: honest, ..set.clone() };
    dropbox.replica.append_learned(&circle, vec![set, stolen]).unwrap();
    give_all(&dropbox, &mut office, &circle);
    let log = dropbox.log(Lane::Control);
    let held = office.replica.position(&circle, &log).tail;
    assert_eq!(held.next_seq, 2, "they are held, and passed on");
    let standing = office.membership(&circle).standing(&log, 1, &held.hash);
    assert_eq!(standing, Standing::Quarantined(Quarantine::Role));
    assert_eq!(office.replica.find_epoch(&circle).unwrap(), current);
    assert_eq!(office.replica.counts_of(&circle).epochs, 1, "its secret is not taken up");
    office.write(&circle, "first", "x");
    assert_eq!(office.replica.find_epoch(&circle).unwrap(), current);
}

#[test]
fn what_is_granted_to_a_dropbox_is_not_opened_and_not_written_under() {
    let (team, [mut office, mut dropbox]) = Team::new([DeviceRole::Admin, DeviceRole::Dropbox]);
    let circle = team.circle;
    let secret = EpochSecret::generate(&mut office.rng);
    let keys = [&office, &dropbox].map(|party| {
        (party.replica.own_device(), party.replica.identity().keys.public().receiving)
    });
    let tip = office.membership(&circle).tip();
    let set = GrantSet::seal(&circle, &tip, &secret, &keys.into(), [], &mut office.rng).unwrap();
    let set = set.with_deposit_key(&secret);
    office.replica.append_learned(&circle, vec![set]).unwrap();
    give_all(&office, &mut dropbox, &circle);
    assert_eq!(dropbox.replica.held_epochs(&circle).count(), 0);
    assert_eq!(office.replica.find_epoch(&circle).unwrap(), Current::Mint);
    assert!(matches!(team.deposit(&mut dropbox, 1), Err(WriteError::NoDepositKey)));
    team.tend(&mut office);
    give_all(&office, &mut dropbox, &circle);
    team.deposit(&mut dropbox, 1).unwrap();
}

#[test]
fn a_revoked_field_device_reads_nothing_newer_and_what_it_writes_is_kept_aside() {
    let roles = [DeviceRole::Admin, DeviceRole::Field, DeviceRole::Node];
    let (team, [mut office, mut stolen, mut node]) = Team::new(roles);
    let circle = team.circle;
    office.write(&circle, "before", "x");
    give_all(&office, &mut stolen, &circle);
    stolen.write(&circle, "counts", "x");
    give_all(&stolen, &mut office, &circle);
    let kept = office.replica.counting_tails(&circle).into_iter();
    let kept = kept.filter(|(log, _)| log.device == stolen.replica.own_device()).collect();
    let manifest = team.revoking(&stolen, kept);
    office.replica.keep_statements(&circle, vec![manifest]);
    assert!(office.replica.renew_key(&circle, &mut office.rng).unwrap());
    assert!(!office.replica.renew_key(&circle, &mut office.rng).unwrap(), "once is enough");
    office.write(&circle, "after", "x");
    // Whoever has it writes on, and a partner that has not heard passes it on.
    stolen.write(&circle, "late", "x");
    give_all(&stolen, &mut node, &circle);
    give_all(&node, &mut office, &circle);
    assert_eq!(office.paths(&circle), names(["before", "counts", "after"]));
    assert_eq!(office.replica.counts_of(&circle).quarantined, 1);
    let log = stolen.log(Lane::Record);
    let tail = office.replica.position(&circle, &log).tail;
    let standing = office.membership(&circle).standing(&log, tail.next_seq - 1, &tail.hash);
    assert_eq!(standing, Standing::Quarantined(Quarantine::Revoked));
    // Even with every byte that there is, and before it has heard of anything.
    for log in [office.log(Lane::Control), office.log(Lane::Record)] {
        give_log(&office, &mut stolen, &circle, &log);
    }
    assert_eq!(stolen.paths(&circle), names(["before", "counts", "late"]));
    give_all(&office, &mut stolen, &circle);
    assert!(!stolen.paths(&circle).contains("after"));
    assert!(stolen.try_write(&circle, "later", "x").is_err());
    give_all(&office, &mut node, &circle);
    assert_eq!(node.paths(&circle), office.paths(&circle));
}

#[test]
fn a_dropbox_seals_to_no_key_that_a_revoked_device_holds() {
    let roles = [DeviceRole::Admin, DeviceRole::Dropbox, DeviceRole::Field];
    let (team, [mut office, mut dropbox, stolen]) = Team::new(roles);
    let circle = team.circle;
    team.tend(&mut office);
    give_all(&office, &mut dropbox, &circle);
    team.deposit(&mut dropbox, 1).unwrap();
    let manifest = team.revoking(&stolen, CutOffs::new());
    office.replica.keep_statements(&circle, vec![manifest.clone()]);
    dropbox.replica.keep_statements(&circle, vec![manifest]);
    assert!(matches!(team.deposit(&mut dropbox, 2), Err(WriteError::NoDepositKey)));
    // The office does not wait until it has something to write.
    team.tend(&mut office);
    give_all(&office, &mut dropbox, &circle);
    let document = team.deposit(&mut dropbox, 2).unwrap();
    give_all(&dropbox, &mut office, &circle);
    assert!(team.reads(&office, document));
}

#[test]
fn a_deposit_begins_a_document_and_builds_on_nothing() {
    let (team, [mut office, mut dropbox]) = Team::new([DeviceRole::Admin, DeviceRole::Dropbox]);
    let circle = team.circle;
    team.tend(&mut office);
    office.write(&circle, "first", "x");
    give_log(&office, &mut dropbox, &circle, &office.log(Lane::Control));
    // It was told what stands there, and builds on it.
    let (path, value) = ("second".parse::<FieldPath>().unwrap(), Value::Text("x".to_owned()));
    let build = |dropbox: &mut Party, document: DocumentId, mut on: Document| {
        let identity = dropbox.replica.identity();
        let actor = Actor::of(&identity.keys.device(), &identity.incarnation, &document);
        let change = on.edit(&actor, |edit| edit.set(&path, &value)).unwrap().unwrap();
        let changes = vec![change.bytes().to_vec()];
        DocumentWrite { document, schema: Schema::incident(), changes }
    };
    let held = office.replica.document(&(circle, DOCUMENT)).unwrap().unwrap();
    let write = build(&mut dropbox, DOCUMENT, held);
    let refused = dropbox.replica.deposit(&circle, write.clone(), &mut dropbox.rng);
    assert!(matches!(refused, Err(WriteError::DepositsOnly)), "it is not its own document");
    dropbox.replica.deposit_anything(&circle, write, &mut dropbox.rng).unwrap();
    // Or on what somebody else may have begun in its own document.
    let document = team.next_document(&dropbox);
    let mut begun = Document::new(Schema::incident());
    let other = Actor::of(&office.replica.own_device(), &Incarnation::new([1; 16]), &document);
    begun.edit(&other, |edit| edit.set(&"first".parse().unwrap(), &value)).unwrap();
    let write = build(&mut dropbox, document, begun);
    dropbox.replica.deposit(&circle, write, &mut dropbox.rng).unwrap();
    give_all(&dropbox, &mut office, &circle);
    assert_eq!(office.paths(&circle), names(["first"]));
    assert!(!team.reads(&office, document));
    let refused = office.replica.take_reports();
    assert!(refused.iter().any(|it| it.contains("not its own")), "{refused:?}");
    assert!(refused.iter().any(|it| it.contains("builds on other changes")), "{refused:?}");
}

/// What a partner knows of a dossier is its id; what the seizer would like is that its value is
/// shown. One change may have very many operations, and of two values that do not know each other
/// the one with the greater count of operations is shown.
#[test]
fn a_deposit_says_nothing_of_an_incident_that_is_there() {
    let (team, [mut office, mut dropbox]) = Team::new([DeviceRole::Admin, DeviceRole::Dropbox]);
    let circle = team.circle;
    team.tend(&mut office);
    office.write(&circle, "narrative/summary", "what was seen");
    give_log(&office, &mut dropbox, &circle, &office.log(Lane::Control));
    let mut fields: Vec<(FieldPath, String)> =
        (0..500).map(|it| (format!("other/{it}").parse().unwrap(), "x".to_owned())).collect();
    fields.push(("narrative/summary".parse().unwrap(), "nothing was seen".to_owned()));
    team.deposit_into(&mut dropbox, DOCUMENT, &Schema::incident(), &fields).unwrap();
    // Nor of one that it deposited itself, or will deposit later.
    let first = team.deposit(&mut dropbox, 1).unwrap();
    team.deposit_into(&mut dropbox, first, &Schema::incident(), &fields[499..]).unwrap();
    give_all(&dropbox, &mut office, &circle);
    let shown = office.fields(&circle)["narrative/summary"].clone();
    assert_eq!(shown, Value::Text("what was seen".to_owned()));
    assert_eq!(office.paths(&circle), names(["narrative/summary"]));
    let deposited = office.replica.document(&(circle, first)).unwrap().unwrap().record();
    assert_eq!(deposited.text("narrative/summary"), Some("deposit 1"));
    let refused = office.replica.take_reports();
    assert_eq!(refused.iter().filter(|it| it.contains("not its own")).count(), 2, "{refused:?}");
}

/// A dropbox that got a secret from somebody would else write as those do that read.
#[test]
fn what_a_dropbox_writes_as_one_that_reads_is_refused() {
    let roles = [DeviceRole::Admin, DeviceRole::Dropbox, DeviceRole::Field];
    let (team, [mut office, dropbox, mut helper]) = Team::new(roles);
    let circle = team.circle;
    team.tend(&mut office);
    give_all(&office, &mut helper, &circle);
    let Current::Use(epoch) = office.replica.find_epoch(&circle).unwrap() else { panic!() };
    let secret = office.replica.circles[&circle].keys.secret(&epoch).unwrap().clone();
    // Sealed under the secret, for the dropbox's place, and signed with its key.
    let keys = dropbox.replica.identity().keys.clone();
    let log = dropbox.log(Lane::Record);
    let actor = Actor::of(&log.device, &log.incarnation, &DOCUMENT);
    let (path, value) = ("first".parse::<FieldPath>().unwrap(), Value::Text("x".to_owned()));
    let mut edited = Document::new(Schema::incident());
    let change = edited.edit(&actor, |edit| edit.set(&path, &value)).unwrap().unwrap();
    let changes = vec![change.bytes().to_vec()];
    let plaintext =
        crate::replica::documents::packing::pack(&log, &DOCUMENT, "incident/1", changes);
    let (mut writer, decision) = dropbox.replica.writer(&circle, Kind::Changes).unwrap();
    let place = writer.next_position();
    let (kind, seq) = (Kind::Changes, place.seq());
    let number = kind.number();
    let position = Position { circle, log, seq, index: 0, kind: number, decision, epoch };
    let sealed = payload::seal(&secret, &position, &plaintext, &mut office.rng).unwrap();
    let draft = Draft { kind, decision, epoch, payloads: vec![sealed] };
    let run = writer.append(place, draft, &keys.signing).unwrap();
    let outcome = office.replica.accept_run(&circle, &log, run.to_run());
    assert!(matches!(outcome, RunOutcome::Accepted(_)), "{outcome:?}");
    office.replica.open_inbox();
    assert!(office.paths(&circle).is_empty());
    assert!(office.replica.take_reports().iter().any(|it| it.contains("may only deposit")));
}
