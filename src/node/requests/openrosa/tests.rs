//! What becomes of what phones send, in one process.

use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::{
    api::{
        Request,
        openrosa::{Submissions, Which},
    },
    crypto::{Passphrase, WorkFactor},
    model::{id::BlobId, time::Timestamp},
    node::{
        Handle,
        home::{InitOptions, init},
    },
};

const PHOTO: &[u8] = b"\xff\xd8\xff\xe0 a photo";

/// A node with a phone `p-1`.
struct World {
    handle: Handle,
    runtime: Runtime,
    by: Sender,
    _folder: TempDir,
}

fn report(id: &str, more: &str, summary: &str) -> String {
    format!(
        "<data id='ceiba_report'><date>2024-05-03</date><violation>death_threat</violation>\
         <counting_unit>individual</counting_unit><summary>{summary}</summary>\
         <country>CO</country><consent>none_recorded</consent>\
         <meta><instanceID>{id}</instanceID>{more}</meta></data>"
    )
}

impl World {
    fn new() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let passphrase = Passphrase::new("correct horse");
        let (org, device, work) = ("Vereda", "laptop", WorkFactor::LOWEST);
        init(&InitOptions { home: &home, org, device, passphrase: &passphrase, work }).unwrap();
        let handle = runtime.block_on(Handle::start(&home, passphrase, None)).unwrap();
        let by = runtime.block_on(handle.with(|node| new_phone(node, "p-1"))).unwrap();
        Self { handle, runtime, by, _folder: folder }
    }

    fn with<T: Send + 'static>(&self, work: impl FnOnce(&mut Node) -> T + Send + 'static) -> T {
        self.runtime.block_on(self.handle.with(work)).unwrap()
    }

    /// What `p-1` sends, with a photo or without.
    fn send(&self, xml: &str, photo: bool) -> Result<Taken, NotTaken> {
        let by = self.by.clone();
        self.send_by(by, xml, photo)
    }

    fn send_by(&self, by: Sender, xml: &str, photo: bool) -> Result<Taken, NotTaken> {
        let (submission, xml) =
            (Submission::read(xml.as_bytes()).unwrap(), xml.as_bytes().to_vec());
        let instance = submission.instance.clone();
        let taken = self.with(move |node| {
            let files = if photo { vec![photo_in(node)] } else { Vec::new() };
            node.take_submission(Received { submission, xml, files, by })
        })?;
        self.runtime.block_on(self.handle.attach(instance))?;
        Ok(taken)
    }

    fn openrosa(&self, request: OpenRosaRequest) -> Submissions {
        let asked = Request::OpenRosa(request);
        let answer = self.with(|node| node.answer(asked, &mut |_progress| {})).unwrap();
        let Answer::Submissions(submissions) = answer else { panic!("of submissions") };
        submissions
    }

    fn remove(&self, instance: &str) {
        let which = which(instance);
        self.openrosa(OpenRosaRequest::SubmissionRemove { which, before: None });
    }

    /// What `p-1` has that is counted as held for being too many.
    fn held(&self) -> u64 {
        self.with(|node| budget::get(&node.inbox().unwrap(), "p-1").unwrap().held())
    }

    /// `p-1` sends so many that the next is too many, however slow this computer is.
    fn exhaust(&self) {
        self.with(|node| {
            let inbox = node.inbox().unwrap();
            let mut spent = budget::get(&inbox, "p-1").unwrap();
            let later = Timestamp::from_millis(clock::now().as_millis() + 3_600_000);
            while spent.take(1, later) == Some(Within::Yes) {}
            budget::put(&inbox, "p-1", &spent).unwrap();
        });
    }

    fn entry(&self, instance: &'static str) -> Option<Entry> {
        self.with(move |node| entry::get(&node.inbox().unwrap(), instance).unwrap())
    }

    /// The blobs on the shelf of those that dossiers name as originals.
    fn blobs(&self) -> Vec<(BlobId, bool)> {
        self.with(|node| {
            let incidents: Vec<_> = node.view.all().collect();
            let mut blobs = Vec::new();
            for incident in incidents {
                for held in node.view.documents(&incident) {
                    for item in held.record().keys("blobs") {
                        let slot = crate::node::blobs::Slot::Original;
                        let blob = slot.read(held.record(), item).unwrap().id;
                        let shelf = node.blobs.exchange.shelf();
                        blobs.push((blob, shelf.is_whole(&blob).unwrap()));
                    }
                }
            }
            blobs
        })
    }
}

fn which(instance: &str) -> Which {
    Which { instances: vec![instance.to_owned()], ..Which::default() }
}

fn new_phone(node: &mut Node, name: &str) -> Sender {
    let Answer::Phone(phone) = node.add_phone(name, None).unwrap() else { panic!("a phone") };
    node.phone_of(&phone.password).unwrap()
}

fn photo_in(node: &mut Node) -> ReceivedFile {
    let mut draft = node.drafts().unwrap().begin().unwrap();
    draft.write(PHOTO).unwrap();
    ReceivedFile {
        name: "1.jpg".to_owned(),
        sha256: HttpHash::Sha256.hex(PHOTO),
        size: PHOTO.len() as u64,
        mime: "image/jpeg".to_owned(),
        sealed: draft.finish().unwrap(),
    }
}

#[test]
fn a_photo_stays_until_its_blob_is_on_this_device() {
    let world = World::new();
    let xml = report("uuid:1", "", "x");
    assert_eq!(world.send(&xml, true).unwrap(), Taken::New);
    let [(blob, true)] = world.blobs()[..] else { panic!("one that is here") };
    // As on another device: the dossier has come, neither the submission nor the blob has.
    world.with(move |node| {
        node.blobs.exchange.shelf().remove(&blob).unwrap();
        let inbox = node.inbox().unwrap();
        inbox.remove("entry", b"uuid:1").unwrap();
        inbox.remove(XML, b"uuid:1").unwrap();
    });
    assert_eq!(world.blobs(), [(blob, false)]);
    assert_eq!(world.send(&xml, true).unwrap(), Taken::New);
    assert_eq!(world.blobs(), [(blob, true)], "the named one, made here of the same photo");
    assert!(world.entry("uuid:1").unwrap().files["1.jpg"].is_evidence);
    let place = attachments::place("uuid:1", "1.jpg");
    let left = world.with(move |node| node.inbox().unwrap().stream(PART, &place).unwrap());
    assert!(left.is_none());

    // While it cannot be made here, what came stays.
    world.with(move |node| {
        node.blobs.exchange.shelf().remove(&blob).unwrap();
        let inbox = node.inbox().unwrap();
        let mut entry = entry::get(&inbox, "uuid:1").unwrap().unwrap();
        attachments::keep(&inbox, &mut entry, photo_in(node)).unwrap();
        entry::put(&inbox, &entry).unwrap();
        node.end_attaching("uuid:1").unwrap();
        let place = attachments::place("uuid:1", "1.jpg");
        assert!(inbox.stream(PART, &place).unwrap().is_some());
    });
}

#[test]
fn what_was_removed_takes_nothing_with_it_that_another_sends_under_its_id() {
    let world = World::new();
    let thief = world.with(|node| new_phone(node, "p-2"));
    let forged = report("uuid:1", "", "forged");
    assert_eq!(world.send_by(thief.clone(), &forged, false).unwrap(), Taken::New);
    world.remove("uuid:1");
    assert_eq!(world.send_by(thief.clone(), &forged, false).unwrap(), Taken::Again);
    assert!(world.entry("uuid:1").is_none(), "sent again, it makes nothing");

    let honest = report("uuid:1", "", "x");
    assert_eq!(world.send(&honest, true).unwrap(), Taken::New);
    let kept = world.entry("uuid:1").unwrap();
    assert_eq!((kept.by.as_str(), kept.files.len()), ("p-1", 1));
    // The incident of the other is not written over: a person decides.
    assert_eq!(kept.state.held(), Some(Why::OtherOrigin));
    world.remove("uuid:1");
    for xml in [&forged, &honest] {
        assert_eq!(world.send_by(thief.clone(), xml, false).unwrap(), Taken::Again);
    }
}

#[test]
fn what_is_held_no_more_or_never_was_is_not_counted_for_ever() {
    let world = World::new();
    let thief = world.with(|node| new_phone(node, "p-2"));
    assert_eq!(world.send_by(thief, &report("uuid:0", "", "x"), false).unwrap(), Taken::New);
    let edit_of = |old: &str| format!("<deprecatedID>{old}</deprecatedID>");
    let sealed = "<data id='ceiba_report' encrypted='yes'><meta><instanceID>uuid:3</instanceID>\
                  </meta></data>";
    let sent = [
        ("uuid:1", report("uuid:1", "", "x")),
        ("uuid:2", report("uuid:2", &edit_of("uuid:1"), "y")),
        ("uuid:3", sealed.to_owned()),
        ("uuid:4", report("uuid:4", &edit_of("uuid:0"), "z")),
    ];
    for (instance, xml) in sent {
        world.exhaust();
        assert_eq!(world.send(&xml, false).unwrap(), Taken::New);
        let why = world.entry(instance).unwrap().state.held();
        assert_eq!(why == Some(Why::Budget), ["uuid:1", "uuid:2"].contains(&instance));
        assert_eq!(world.held(), 1, "{instance}");
    }
    world.remove("uuid:2");
    assert_eq!(world.held(), 0);
    world.exhaust();
    assert_eq!(world.send(&report("uuid:5", "", "v"), false).unwrap(), Taken::New);
    assert_eq!(world.held(), 1);
    let which = which("uuid:5");
    world.openrosa(OpenRosaRequest::SubmissionAccept { which, before: None });
    assert_eq!(world.held(), 0);
}

#[test]
fn what_came_is_held_and_removed_on_a_full_disk_too() {
    let world = World::new();
    for instance in ["uuid:1", "uuid:2"] {
        assert_eq!(world.send(&report(instance, "", "x"), true).unwrap(), Taken::New);
    }
    world.with(|node| {
        let full = node.inbox().unwrap().full();
        assert!(full.put(XML, b"x", b"x").is_err());
        node.inbox = Some(full);
        node.hold_since("p-1", "2000-01-01").unwrap();
    });
    assert_eq!(world.entry("uuid:1").unwrap().state.held(), Some(Why::Revoked));
    world.remove("uuid:1");
    assert!(world.entry("uuid:1").is_none() && world.entry("uuid:2").is_some());
    assert_eq!(world.send(&report("uuid:1", "", "x"), false).unwrap(), Taken::Again);
    // What comes finds no room, and leaves nothing.
    assert!(world.send(&report("uuid:3", "", "x"), false).is_err());
    assert!(world.entry("uuid:3").is_none());
    let spent = |node: &mut Node| budget::get(&node.inbox().unwrap(), "p-1").unwrap();
    let before = world.with(spent);
    assert!(world.send(&report("uuid:3", "", "x"), false).is_err());
    assert_eq!(world.with(spent), before, "nor is it counted");
}
