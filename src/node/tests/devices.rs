//! Several devices of one organisation, each a node without a network; what sync would bring is
//! carried by hand.

mod revoking;
mod ringing;
mod signing;
mod speaking;

use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tempfile::TempDir;

use super::{ask, make, passphrase};
use crate::{
    api::{
        Answer, ApiError, Request,
        device::{DeviceChanged, DeviceDraft, DeviceRequest as Action, Keep},
    },
    crypto::{DeviceKeys, RecoveryWords, Signed, Statement, WorkFactor},
    membership::{Change, DeviceRole, Manifest, OrgRole, Revocation, VerifiedStatement},
    model::{
        id::{CircleId, DeviceId, InviteId, OrgId},
        time::Timestamp,
    },
    node::{
        Node,
        device::{CertificateBody, DeviceRequest, Draft, draft::Purpose, role_by_name},
        home::{self, RequestOptions},
    },
    sync::{Replica as _, RunOutcome},
};

/// A device of an organisation.
struct Machine {
    _folder: TempDir,
    node: Node,
}

/// An organisation: its first device, and its recovery words.
struct Office {
    machine: Machine,
    words: String,
}

impl Office {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("home");
        let words = make(&path);
        let node = Node::open(&path, &passphrase()).unwrap();
        Self { machine: Machine { _folder: folder, node }, words }
    }

    fn node(&mut self) -> &mut Node {
        &mut self.machine.node
    }

    /// Certifies, and accepts with what came back.
    fn device(&mut self, label: &str, role: &str) -> Machine {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("home");
        let request = request(&path, &self.node().org(), label);
        let changed = certify(&mut self.machine.node, &self.words, &request, role).unwrap();
        let mut shown = String::new();
        let certificate = changed.certificate.unwrap();
        home::accept_device(&path, &passphrase(), &certificate, &mut |entering| {
            shown.clone_from(&entering.fingerprint);
            Ok(())
        })
        .unwrap();
        assert_eq!(Some(shown), changed.fingerprint, "both machines show the same");
        let node = Node::open(&path, &passphrase()).unwrap();
        Machine { _folder: folder, node }
    }
}

/// A new machine's request.
fn request(path: &std::path::Path, org: &OrgId, label: &str) -> String {
    let (home, work, passphrase) = (path, WorkFactor::LOWEST, &passphrase());
    home::request_device(&RequestOptions { home, org, label, passphrase, work }).unwrap().request
}

fn draft(node: &mut Node, action: Action) -> Result<DeviceDraft, ApiError> {
    let answer = ask(node, Request::Device(action))?;
    let Answer::DeviceDraft(draft) = answer else { panic!("{answer:?}") };
    Ok(*draft)
}

fn drafted(node: &mut Node, request: &str, role: &str) -> Result<DeviceDraft, ApiError> {
    let (request, role, label) = (request.to_owned(), role.to_owned(), None);
    draft(node, Action::Certify { request, role, label })
}

/// Signs and publishes a draft, as the command line does.
fn publish(
    node: &mut Node,
    words: &str,
    draft: DeviceDraft,
    purpose: &Purpose,
) -> Result<DeviceChanged, ApiError> {
    let (manifest, certificate) = (draft.manifest.clone(), draft.certificate.clone());
    let unsigned = Draft { manifest, certificate, previous: draft.previous.clone() };
    let signed = unsigned.sign(purpose, &RecoveryWords::parse(words).unwrap()).unwrap();
    let (manifest, certificate) = (signed.manifest, signed.certificate);
    let publish = Action::Publish { draft: Box::new(draft), manifest, certificate };
    let answer = ask(node, Request::Device(publish))?;
    let Answer::DeviceChanged(changed) = answer else { panic!("{answer:?}") };
    Ok(changed)
}

fn certify(
    node: &mut Node,
    words: &str,
    request: &str,
    role: &str,
) -> Result<DeviceChanged, ApiError> {
    let draft = drafted(node, request, role)?;
    let purpose = Box::new(DeviceRequest::parse(request).unwrap());
    let purpose = Purpose::Certify(purpose, role_by_name(role).unwrap());
    publish(node, words, draft, &purpose)
}

fn revoke(
    node: &mut Node,
    words: &str,
    device: &DeviceId,
    keep: Keep,
) -> Result<DeviceChanged, ApiError> {
    let draft = draft(node, Action::Revoke { device: device.to_string(), keep, anyway: false })?;
    publish(node, words, draft, &Purpose::Revoke(*device))
}

/// Carries statements, and entries where they are followed, of the circles that both know.
pub(super) fn carry(from: &Node, to: &mut Node) {
    let known: Vec<CircleId> = from.replica.circle_ids().collect();
    let circles: Vec<CircleId> =
        to.replica.circle_ids().filter(|circle| known.contains(circle)).collect();
    for circle in circles {
        let statements: Vec<Vec<u8>> =
            from.replica.statements(&circle).map(VerifiedStatement::encode).collect();
        to.replica.keep_statements(&circle, statements);
        to.settle();
        let mut logs = from.replica.frontier(&circle);
        logs.sort_by_key(|position| (position.log.lane, position.log));
        for log in logs.into_iter().map(|position| position.log) {
            let next = to.replica.position(&circle, &log).tail.next_seq;
            if let Some(run) = from.replica.read_run(&circle, &log, next, usize::MAX) {
                let outcome = to.replica.accept_run(&circle, &log, run);
                let taken = matches!(outcome, RunOutcome::Accepted(_) | RunOutcome::NotFollowed);
                assert!(taken, "{outcome:?}");
            }
        }
        to.settle();
    }
}

/// Until both hold the same: what one learns makes it do chores.
pub(super) fn meet(one: &mut Node, other: &mut Node) {
    for _round in 0..4 {
        carry(one, other);
        carry(other, one);
        for node in [&mut *one, &mut *other] {
            let circles: Vec<CircleId> = node.replica.circle_ids().collect();
            for circle in circles {
                node.replica.tend(&circle, &mut node.rng).unwrap();
            }
            node.settle();
        }
    }
}

pub(super) fn coalition(node: &mut Node, name: &str) -> CircleId {
    ask(node, Request::CoalitionCreate { name: name.to_owned() }).unwrap();
    node.find_circle(name).unwrap()
}

/// An invite to the only coalition: a decision.
fn invite(node: &mut Node) -> Result<Answer, ApiError> {
    ask(node, Request::InviteCreate { coalition: None, expires_in: 1000, steward: false })
}

fn has(node: &Node, circle: &CircleId, device: &DeviceId) -> bool {
    node.known(circle).is_ok_and(|it| it.device(device).is_some_and(|it| !it.revoked))
}

#[test]
fn what_one_device_joins_the_others_join_and_who_is_certified_is_known_everywhere() {
    let mut office = Office::new();
    let mut second = office.device("second", "admin");
    let circle = coalition(office.node(), "Amazonas");
    assert!(!second.node.replica.circle_ids().any(|it| it == circle));
    meet(&mut office.machine.node, &mut second.node);
    assert!(second.node.replica.circle_ids().any(|it| it == circle), "it was told");
    assert_eq!(second.node.circle_name(&circle).as_deref(), Some("Amazonas"), "and reads there");
    // Certified by who does not know of another's coalition: that one carries it there.
    let other = coalition(&mut second.node, "Pantanal");
    let boat = office.device("boat", "field").node.device();
    assert!(has(office.node(), &circle, &boat) && !has(&second.node, &other, &boat));
    carry(office.node(), &mut second.node);
    assert!(has(&second.node, &other, &boat));
    assert!(has(&second.node, &circle, &boat));
}

#[test]
fn a_circle_that_only_names_the_organisation_is_told_nothing() {
    let (mut office, mut stranger) = (Office::new(), Office::new());
    let mut second = office.device("second", "admin");
    let mut field_device = office.device("boat", "field");
    meet(&mut office.machine.node, &mut second.node);
    meet(&mut office.machine.node, &mut field_device.node);
    // Founded by a stranger, who seats us in it without asking.
    let trap = coalition(stranger.node(), "Amazonas");
    let ours = office
        .machine
        .node
        .manifests(&office.machine.node.own.private, &[office.machine.node.org()].into());
    stranger.node().keep(&trap, &ours).unwrap();
    let org = office.machine.node.org();
    let change = Change::AddOrg { org, role: OrgRole::Member };
    stranger.node().propose(&trap, vec![change]).unwrap();
    assert!(stranger.node().known(&trap).unwrap().is_member(&org), "it may say so");
    // A field device that was taken names it: nobody listens.
    field_device.node.replica.take_up(trap);
    carry(stranger.node(), &mut field_device.node);
    field_device.node.tell(&[trap].into());
    meet(&mut office.machine.node, &mut field_device.node);
    assert!(!office.node().replica.circle_ids().any(|it| it == trap));
    // An admin device names it: it is taken up, and told nothing.
    second.node.replica.take_up(trap);
    carry(stranger.node(), &mut second.node);
    second.node.tell(&[trap].into());
    meet(&mut office.machine.node, &mut second.node);
    assert!(office.node().replica.circle_ids().any(|it| it == trap), "admins are believed");
    office.node().replica.take_up(trap);
    stranger.node().replica.tend(&trap, &mut ChaCha20Rng::seed_from_u64(1)).unwrap();
    carry(stranger.node(), office.node());
    office.node().running = true;
    office.node().listening.insert("/ip4/192.0.2.1/tcp/4001".to_owned());
    office.node().chores.insert(trap);
    office.node().do_chores();
    assert!(office.node().replica.counts_of(&trap).epochs > 0, "it could write there");
    let (device, told) = (office.node().device(), office.node().told_circles());
    assert!(!told.contains(&trap));
    assert_eq!(office.node().replica.entries_of(&trap, &device), 0, "neither who nor where we are");
    // The positive control: in a circle of its own it says both.
    let own = coalition(office.node(), "Pantanal");
    assert!(office.node().replica.entries_of(&own, &device) > 0);
}

#[test]
fn invented_circles_leave_room_for_real_ones() {
    let mut office = Office::new();
    let mut second = office.device("second", "admin");
    meet(&mut office.machine.node, &mut second.node);
    second.node.tell(&(0..100).map(|number| CircleId::new([number; 32])).collect());
    carry(&second.node, office.node());
    let taken = office.node().replica.circle_ids().count();
    assert!(taken > 10 && taken <= 1 + crate::model::limits::MAX_CIRCLES / 4, "{taken}");
    let device = second.node.device();
    let refused = revoke(&mut office.machine.node, &office.words, &device, Keep::default());
    assert_eq!(
        refused.unwrap_err().code.as_deref(),
        Some("circles-not-synced"),
        "something may be lost"
    );
}

#[test]
fn a_certificate_that_was_lost_is_made_once_more() {
    let mut office = Office::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    let text = request(&path, &office.node().org(), "boat");
    let lost = certify(&mut office.machine.node, &office.words, &text, "field").unwrap();
    // Others are certified meanwhile: it is of the newest manifest then.
    office.device("second laptop", "node");
    let head = office.node().head().unwrap().id;
    let draft = drafted(office.node(), &text, "field").unwrap();
    assert!(draft.manifest.is_none() && draft.certificate.is_some());
    let other_role = drafted(office.node(), &text, "admin").unwrap_err();
    assert!(other_role.message.contains("another role"), "{other_role:?}");
    let again = certify(&mut office.machine.node, &office.words, &text, "field").unwrap();
    assert_eq!(office.node().head().unwrap().id, head, "no new manifest");
    assert_ne!(again.certificate, lost.certificate);
    let accept = |text: &str| home::accept_device(&path, &passphrase(), text, &mut |_shown| Ok(()));
    accept(&again.certificate.unwrap()).unwrap();
    assert_eq!(Node::open(&path, &passphrase()).unwrap().role(), DeviceRole::Field);
}

#[test]
fn what_people_do_not_confirm_leaves_a_home_waiting() {
    let mut office = Office::new();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    let text = request(&path, &office.node().org(), "boat");
    let changed = certify(&mut office.machine.node, &office.words, &text, "field").unwrap();
    let certificate = changed.certificate.unwrap();
    let refused = home::accept_device(&path, &passphrase(), &certificate, &mut |_entering| {
        Err(crate::node::errors::refused("they differ"))
    });
    assert_eq!(refused.unwrap_err().message, "they differ");
    assert!(Node::open(&path, &passphrase()).is_err(), "it still waits");
    home::accept_device(&path, &passphrase(), &certificate, &mut |_entering| Ok(())).unwrap();
    Node::open(&path, &passphrase()).unwrap();
}

#[test]
fn a_certificate_enters_the_organisations_own_circle_and_no_other() {
    let mut office = Office::new();
    let org = office.node().org();
    let wrong = |office: &mut Office, edit: fn(&mut CertificateBody, &Node)| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("home");
        let text = request(&path, &org, &format!("boat {}", folder.path().display()));
        let request = DeviceRequest::parse(&text).unwrap();
        let mut draft = drafted(office.node(), &text, "field").unwrap();
        let bytes = HEXLOWER.decode(draft.certificate.unwrap().as_bytes()).unwrap();
        let mut body = CertificateBody::decode(&bytes).unwrap();
        edit(&mut body, &office.machine.node);
        let bytes = body.encode();
        draft.certificate = Some(HEXLOWER.encode(&bytes));
        let purpose = Purpose::Certify(Box::new(request), DeviceRole::Field);
        let changed = publish(&mut office.machine.node, &office.words, draft, &purpose).unwrap();
        let certificate = changed.certificate.unwrap();
        home::accept_device(&path, &passphrase(), &certificate, &mut |_entering| Ok(()))
    };
    let circle = coalition(office.node(), "Amazonas");
    invite(office.node()).unwrap();
    // Rightly signed, and naming a coalition, or a circle that nobody knows, as the private one.
    for (edit, told) in [
        (
            (|body, node| body.private = node.find_circle("Amazonas").unwrap())
                as fn(&mut CertificateBody, &Node),
            "not the organisation's own",
        ),
        (|body, _node| body.private = CircleId::new([9; 32]), "do not make this machine a device"),
    ] {
        let refused = wrong(&mut office, edit).unwrap_err();
        assert!(refused.message.contains(told), "{refused:?}");
    }
    assert!(office.node().replica.circle_ids().any(|it| it == circle));
    wrong(&mut office, |_body, _node| ()).unwrap();
}

#[test]
fn what_was_signed_must_be_what_was_drafted() {
    let mut office = Office::new();
    let folder = tempfile::tempdir().unwrap();
    let text = request(&folder.path().join("one"), &office.node().org(), "one");
    let other = request(&folder.path().join("two"), &office.node().org(), "two");
    let sign = |draft: &DeviceDraft, text: &str, words: &str| {
        let purpose = Box::new(DeviceRequest::parse(text).unwrap());
        let (manifest, certificate) = (draft.manifest.clone(), draft.certificate.clone());
        Draft { manifest, certificate, previous: draft.previous.clone() }
            .sign(
                &Purpose::Certify(purpose, DeviceRole::Field),
                &RecoveryWords::parse(words).unwrap(),
            )
            .unwrap()
    };
    let draft = drafted(office.node(), &text, "field").unwrap();
    let signed = sign(&draft, &text, &office.words);
    let second = drafted(office.node(), &other, "field").unwrap();
    let mixed = sign(&second, &other, &office.words);
    let mut refused = |manifest: &Option<String>, certificate: &Option<String>| {
        let (manifest, certificate) = (manifest.clone(), certificate.clone());
        let draft = Box::new(draft.clone());
        let publish = Action::Publish { draft, manifest, certificate };
        ask(&mut office.machine.node, Request::Device(publish)).unwrap_err();
    };
    refused(&mixed.manifest, &mixed.certificate);
    refused(&signed.manifest, &mixed.certificate);
    refused(&mixed.manifest, &signed.certificate);
    refused(&None, &signed.certificate);
    refused(&signed.manifest, &None);
    assert_eq!(office.node().own_devices().count(), 1, "nothing was published");
}

#[test]
fn a_key_of_somebody_else_signs_no_certificate_and_no_other_revocation() {
    let mut office = Office::new();
    let org = office.node().org();
    for number in 1..3 {
        certify(&mut office.machine.node, &office.words, &paper_device(number, &org), "field")
            .unwrap();
    }
    let root = RecoveryWords::parse(&office.words).unwrap().root_key(0);
    let devices: Vec<DeviceId> = office.node().own_devices().map(|(device, _)| *device).collect();
    let own = office.node().device();
    let mut papers = devices.into_iter().filter(|device| *device != own);
    let (one, other) = (papers.next().unwrap(), papers.next().unwrap());
    let publish = |office: &mut Office, draft: &DeviceDraft, manifest, certificate| {
        let draft = Box::new(draft.clone());
        ask(office.node(), Request::Device(Action::Publish { draft, manifest, certificate }))
    };
    // One was to be revoked, and two are.
    let (device, keep) = (one.to_string(), Keep::default());
    let revoking = draft(office.node(), Action::Revoke { device, keep, anyway: false }).unwrap();
    let body = HEXLOWER.decode(revoking.manifest.as_ref().unwrap().as_bytes()).unwrap();
    let mut core = Manifest::decode(&body).unwrap().core().clone();
    core.devices.retain(|it| it.device != other);
    core.revocations.push(Revocation::new(other));
    let both = VerifiedStatement::from(Manifest::new(core).sign(&root).unwrap()).encode();
    publish(&mut office, &revoking, Some(HEXLOWER.encode(&both)), None).unwrap_err();
    assert!(office.node().own_devices().all(|(_device, state)| !state.revoked));
    // The manifest is right, and the certificate names and is signed by another root.
    let text = paper_device(9, &org);
    let mut certifying = drafted(office.node(), &text, "field").unwrap();
    let purpose = Box::new(DeviceRequest::parse(&text).unwrap());
    let unsigned = Draft {
        manifest: certifying.manifest.clone(),
        certificate: certifying.certificate.clone(),
        previous: certifying.previous.clone(),
    };
    let words = RecoveryWords::parse(&office.words).unwrap();
    let signed = unsigned.sign(&Purpose::Certify(purpose, DeviceRole::Field), &words).unwrap();
    let thief = SigningKey::from_bytes(&[8; 32]);
    let body = HEXLOWER.decode(certifying.certificate.as_ref().unwrap().as_bytes()).unwrap();
    let mut body = CertificateBody::decode(&body).unwrap();
    body.root = thief.verifying_key().to_bytes();
    certifying.certificate = Some(HEXLOWER.encode(&body.encode()));
    let forged = HEXLOWER.encode(Signed::sign(&thief, body).signed().signature());
    publish(&mut office, &certifying, signed.manifest, Some(forged)).unwrap_err();
    assert_eq!(office.node().own_devices().count(), 3);
}

/// Whoever it is for would read what is recorded from the first day.
#[test]
fn a_private_circle_with_an_open_invite_is_not_entered() {
    let mut office = Office::new();
    let (private, org) = (office.node().own.private, office.node().org());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    let text = request(&path, &org, "boat");
    let invite = InviteId::new(SigningKey::from_bytes(&[3; 32]).verifying_key().to_bytes());
    let expires = Timestamp::from_millis(u64::MAX / 2);
    let change = Change::Invite { invite, inviter: org, role: OrgRole::Member, expires };
    office.node().propose(&private, vec![change]).unwrap();
    let changed = certify(&mut office.machine.node, &office.words, &text, "field").unwrap();
    let certificate = changed.certificate.unwrap();
    let refused = home::accept_device(&path, &passphrase(), &certificate, &mut |_entering| Ok(()));
    assert!(refused.unwrap_err().message.contains("not the organisation's own"));
}

/// Keys of a machine that is never started.
fn paper_device(seed: u64, org: &OrgId) -> String {
    let keys = DeviceKeys::generate(&mut ChaCha20Rng::seed_from_u64(seed));
    DeviceRequest::make(org, &format!("paper {seed}"), &keys).to_text()
}

#[test]
fn two_devices_have_two_names_and_the_others_learn_them() {
    let mut office = Office::new();
    let mut second = office.device("second", "admin");
    let org = office.node().org();
    let again = DeviceRequest::make(
        &org,
        "second",
        &DeviceKeys::generate(&mut ChaCha20Rng::seed_from_u64(9)),
    );
    let refused = drafted(office.node(), &again.to_text(), "field").unwrap_err();
    assert!(refused.message.contains("called"), "{refused:?}");
    let boat = office.device("boat", "field").node.device();
    meet(&mut office.machine.node, &mut second.node);
    assert_eq!(second.node.device_label(&boat).as_deref(), Some("boat"), "certified elsewhere");
    let first = office.node().device();
    assert_eq!(second.node.device_label(&first).as_deref(), Some("laptop"));
    assert_eq!(second.node.find_device("boat").unwrap().0, boat, "it can be revoked by its name");
}
