//! Bundles between whole nodes in one process, with nothing but files between them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    time::Duration,
};

use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::{Door, exporting, files, importing, waiting};
use crate::{
    api::{Answer, ApiError, Request, bundle::PartState},
    crypto::{Passphrase, WorkFactor, bundle::Envelope},
    node::{
        Handle, Node, clock,
        home::{InitOptions, init},
        ticket,
    },
    sync::bundle::{Item, Outcome, PartWriter},
};
use importing::Given;

/// A node without a network.
struct Home {
    door: Door,
    name: &'static str,
}

/// Nodes, and the runtime that they live in.
struct World {
    runtime: Arc<Runtime>,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Self { runtime: Arc::new(runtime), folder: tempfile::tempdir().unwrap() }
    }

    fn home(&self, name: &'static str) -> Home {
        let home = self.folder.path().join(name);
        let passphrase = Passphrase::new("correct horse");
        let (device, work) = ("laptop", WorkFactor::LOWEST);
        init(&InitOptions { home: &home, org: name, device, passphrase: &passphrase, work })
            .unwrap();
        let handle = self.runtime.block_on(Handle::start(&home, passphrase, None)).unwrap();
        Home { door: Door { handle, runtime: self.runtime.handle().clone() }, name }
    }

    fn path(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(&path).unwrap();
        path
    }

    /// A coalition of one, and who will be let in by a file.
    fn coalition(&self) -> (Home, Home, Vec<u8>) {
        let (inviter, field) = (self.home("Casa Prueba"), self.home("Equipo"));
        inviter.ask(Request::CoalitionCreate { name: "Alianza".to_owned() });
        let request = inviter.invites(&field);
        (inviter, field, request)
    }

    /// A coalition of two that have only ever exchanged files.
    fn members(&self) -> (Home, Home) {
        let (inviter, field, request) = self.coalition();
        inviter.admit(request);
        let files = inviter.export(&field, &self.path("first"), 0, &[]).unwrap();
        field.import(&files);
        (inviter, field)
    }
}

impl Home {
    fn ask(&self, request: Request) -> Answer {
        self.door.with(move |node| node.answer(request, &mut |_progress| {})).unwrap().unwrap()
    }

    fn org(&self) -> String {
        self.door.with(|node| node.org().to_string()).unwrap()
    }

    /// Hands a ticket to another; its request to join, as bytes.
    fn invites(&self, guest: &Self) -> Vec<u8> {
        let invite = Request::InviteCreate { coalition: None, expires_in: 3600, steward: false };
        let Answer::Invite(invite) = self.ask(invite) else { panic!() };
        let ticket = invite.ticket.unwrap();
        guest.door.with(move |node| node.join_request(&ticket)).unwrap().unwrap().2
    }

    fn admit(&self, request: Vec<u8>) {
        self.door.with(move |node| node.admit_from_bundle(&request)).unwrap().unwrap();
    }

    fn export(
        &self,
        to: &Self,
        out: &Path,
        max_bytes: u64,
        requests: &[String],
    ) -> Result<Vec<String>, ApiError> {
        self.export_to(&[to], out, max_bytes, requests)
    }

    fn export_to(
        &self,
        to: &[&Self],
        out: &Path,
        max_bytes: u64,
        requests: &[String],
    ) -> Result<Vec<String>, ApiError> {
        let wishes = exporting::Wishes {
            to: to.iter().map(|home| home.org()).collect(),
            circle: None,
            max_bytes,
            since_receipt: false,
            out: out.display().to_string(),
            join_requests: requests.to_vec(),
        };
        let done = exporting::export(&self.door, wishes, &|_progress| {})?;
        Ok(done.files.into_iter().map(|part| part.file).collect())
    }

    fn import(&self, files: &[String]) -> crate::api::bundle::BundleImported {
        importing::import(&self.door, files.to_vec(), &|_progress| {}).unwrap()
    }

    /// Records so much that several small parts are needed.
    fn record(&self, incidents: u64) {
        for number in 0..incidents {
            let fields = [
                ("country", "CO".to_owned()),
                ("date", "2024-05-03".to_owned()),
                ("acts/1/violation", "death_threat".to_owned()),
                ("counting_unit", "individual".to_owned()),
                ("summary", "Un relato inventado.".to_owned()),
                ("public_summary", incompressible(number)),
                ("consent/basis", "informed_explicit".to_owned()),
                ("consent/scopes/share_coalition_deid", "true".to_owned()),
            ];
            let fields: BTreeMap<_, _> =
                fields.into_iter().map(|(path, value)| (path.to_owned(), value)).collect();
            let Answer::Incident(shown) = self.ask(Request::IncidentAdd { fields }) else {
                panic!()
            };
            let share = Request::IncidentShare {
                incidents: vec![shown.row.id.to_string()],
                all_own: false,
                circle: "Alianza".to_owned(),
                tier: "coalition".to_owned(),
                dry_run: false,
                no_tokens: false,
            };
            let Answer::Shared(shared) = self.ask(share) else { panic!() };
            assert_eq!(shared.counts.get("published"), Some(&1), "{shared:?}");
        }
    }

    fn entries(&self) -> u64 {
        let count = |node: &mut Node| {
            let circles: Vec<_> = node.replica.circle_ids().collect();
            circles.iter().map(|it| node.replica.lengths(it).values().sum::<u64>()).sum()
        };
        self.door.with(count).unwrap()
    }

    /// Entries that another wrote for its partners, as far as they are here.
    fn shared_by(&self, maker: &Self) -> u64 {
        let device = maker.door.with(|node| node.device()).unwrap();
        let count = move |node: &mut Node| {
            let shared = node.replica.circle_ids().filter(|circle| *circle != node.own.private);
            let logs = shared.flat_map(|circle| node.replica.lengths(&circle));
            logs.filter(|(log, _)| log.device == device).map(|(_, length)| length).sum::<u64>()
        };
        let count = self.door.with(count).unwrap();
        assert!(count > 0);
        count
    }

    fn store(&self) -> waiting::Store {
        waiting::Store::of(&self.door.with(|node| node.home_root()).unwrap())
    }

    /// A file as an import sees it once it is checked.
    fn given(&self, path: &Path) -> Given {
        let keys = self.door.with(|node| node.bundle_keys()).unwrap();
        let (info, digest) = importing::check(path, &keys).unwrap();
        Given {
            path: path.to_owned(),
            stored: false,
            kept: false,
            digest: Some(digest),
            info: Ok(info),
            outcome: Outcome::default(),
            forged: false,
            standing: "member".to_owned(),
            org: None,
        }
    }
}

/// Text of 4 KB that does not become shorter when it is packed.
fn incompressible(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("{state:016x} ")
    };
    (0..240).map(|_| next()).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_that_changed_after_it_was_checked_is_neither_taken_nor_kept() {
    let world = World::new();
    let (inviter, field) = world.members();
    let earlier = inviter.export(&field, &world.path("earlier"), 0, &[]).unwrap();
    inviter.record(1);
    let later = inviter.export(&field, &world.path("later"), 0, &[]).unwrap();
    let keys = field.door.with(|node| node.bundle_keys()).unwrap();
    let path = Path::new(&earlier[0]);
    let mut file = field.given(path);
    // Just as good a bundle of the same maker: only it is another one.
    fs::copy(&later[0], path).unwrap();
    let before = field.entries();
    let mut course = importing::Course::default();
    let taken = importing::take(&field.door, &mut file, &keys, &|_| {}, &mut course);
    assert_eq!(taken.unwrap(), None);
    assert_eq!(file.info, Err(PartState::Damaged));
    assert_eq!(field.entries(), before);
    // What waits is copied into the home, where it is read once more.
    let mut waits = field.given(Path::new(&later[0]));
    waits.outcome.waiting = 1;
    fs::copy(&earlier[0], &later[0]).unwrap();
    let mut same = field.given(Path::new(&earlier[0]));
    (same.outcome.waiting, same.standing) = (1, "member".to_owned());
    fs::write(&later[0], b"something else").unwrap();
    let mut files = [waits, same];
    field.store().keep(&mut files, &keys).unwrap();
    assert_eq!(files.each_ref().map(|file| file.kept), [false, true]);
}

#[test]
fn what_is_kept_goes_only_when_all_of_it_was_taken() {
    let world = World::new();
    let (inviter, field) = world.members();
    let files = inviter.export(&field, &world.path("stick"), 0, &[]).unwrap();
    let keys = field.door.with(|node| node.bundle_keys()).unwrap();
    let mut file = field.given(Path::new(&files[0]));
    file.outcome.waiting = 1;
    let mut all = [file];
    let store = field.store();
    store.keep(&mut all, &keys).unwrap();
    assert!(all[0].kept);
    let [kept] = store.files().try_into().unwrap();
    let mode = |path: &Path| {
        #[cfg(unix)]
        return std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions());
        #[cfg(not(unix))]
        0
    };
    assert_eq!((mode(&kept) & 0o77, mode(kept.parent().unwrap()) & 0o77), (0, 0));
    // In a later import: its maker was suspended, the disk failed, it is damaged.
    let later = || Given { stored: true, kept: true, ..field.given(&kept) };
    let mut suspended = later();
    suspended.standing = "out".to_owned();
    suspended.outcome.refused.insert(field.door.with(first_circle).unwrap());
    let failed = Given { info: Err(PartState::Unreadable), ..later() };
    let damaged = Given { info: Err(PartState::Damaged), ..later() };
    let mut waits = later();
    waits.outcome.waiting = 1;
    for file in [suspended, failed, damaged, waits] {
        store.keep(&mut [file], &keys).unwrap();
        assert_eq!(store.files(), std::slice::from_ref(&kept));
    }
    store.keep(&mut [later()], &keys).unwrap();
    assert!(store.files().is_empty());
}

fn first_circle(node: &mut Node) -> crate::model::id::CircleId {
    node.replica.circle_ids().next().unwrap()
}

#[test]
fn one_organisation_does_not_take_all_the_room() {
    let world = World::new();
    let (inviter, field) = world.members();
    let files = inviter.export(&field, &world.path("stick"), 0, &[]).unwrap();
    let keys = field.door.with(|node| node.bundle_keys()).unwrap();
    let of = |org: u8, number: u8| {
        let mut file = field.given(Path::new(&files[0]));
        // Of several devices of the organisation, as far as anybody can tell.
        file.digest = Some([number; 32]);
        file.org = Some(crate::model::id::OrgId::new([org; 32]));
        file.outcome.waiting = 1;
        file
    };
    let mut all: Vec<Given> = (0..40).map(|number| of(1, number)).collect();
    all.push(of(2, 99));
    field.store().keep(&mut all, &keys).unwrap();
    let kept = |org: u8| {
        let org = Some(crate::model::id::OrgId::new([org; 32]));
        all.iter().filter(|file| file.kept && file.org == org).count()
    };
    assert_eq!((kept(1), kept(2)), (waiting::MAX_FILES_OF_ONE, 1));
}

#[test]
fn parts_that_do_not_come_are_told_over_all_imports() {
    let world = World::new();
    let (inviter, field) = world.members();
    inviter.record(40);
    let files = inviter.export(&field, &world.path("stick"), 64 * 1024, &[]).unwrap();
    let count = files.len();
    assert!(count >= 3, "{count}");
    let told = |files: &[String]| {
        let missing = field.import(files).missing;
        let told = missing.into_iter().map(|it| (it.maker.org_name, it.parts, it.after));
        told.collect::<Vec<_>>()
    };
    let maker = Some("Casa Prueba".to_owned());
    let first = told(&files[..1]);
    assert_eq!(first, [(maker.clone(), vec![], Some(1))], "the last has not come");
    let last = told(&files[count - 1..]);
    assert_eq!(last, [(maker, vec![(2, count as u64 - 1)], None)]);
    assert_eq!(told(&files[1..count - 1]), []);
    assert_eq!(told(&files[..1]), [], "again");
    assert_eq!(field.shared_by(&inviter), inviter.shared_by(&inviter));
}

#[test]
#[expect(clippy::wildcard_enum_match_arm, reason = "all others are alike here")]
fn what_makes_a_member_may_be_scattered_over_all_files() {
    let world = World::new();
    let (inviter, field, request) = world.coalition();
    inviter.admit(request);
    inviter.record(1);
    let whole = inviter.export(&field, &world.path("stick"), 0, &[]).unwrap();
    let keys = field.door.with(|node| node.bundle_keys()).unwrap();
    let signing = inviter.door.with(|node| node.bundle_keys()).unwrap();
    let (mut part, _) = files::open_part(Path::new(&whole[0]), &keys).unwrap();
    let (mut items, mut preface) = (Vec::new(), None);
    while let Some(item) = part.next_item().unwrap() {
        match item {
            Item::Preface(it) => preface = Some(it),
            Item::Statements { circle, statements } => {
                let one = |it| Item::Statements { circle, statements: vec![it] };
                items.extend(statements.into_iter().map(one));
            }
            Item::Seal { .. } => {}
            other => items.push(other),
        }
    }
    let (circles, mut others): (Vec<Item>, Vec<Item>) =
        items.into_iter().partition(|item| matches!(item, Item::Circle { .. }));
    // The records come first, and what they are of last.
    others.reverse();
    let to = [(keys.device(), keys.public().receiving)];
    let folder = world.path("scattered");
    let files: Vec<String> = others
        .into_iter()
        .enumerate()
        .map(|(place, item)| {
            let envelope = Envelope::seal(&to, &mut clock::entropy()).unwrap();
            let mut preface = preface.clone().unwrap();
            preface.part = u32::try_from(place).unwrap();
            let mut part = PartWriter::begin(Vec::new(), envelope, u64::MAX, preface).unwrap();
            circles.iter().for_each(|it| part.open_with(&it.clone().encode()).unwrap());
            part.add(&item.encode()).unwrap();
            let signature = part.colophon(false).sign(&signing.signing);
            let path = folder.join(format!("{place}.bin"));
            fs::write(&path, part.finish(false, signature).unwrap()).unwrap();
            path.display().to_string()
        })
        .collect();
    assert!(files.len() > 6, "{}", files.len());
    let taken = field.import(&files);
    assert_eq!(taken.joined, ["Alianza"], "{taken:?}");
    assert_eq!(field.shared_by(&inviter), inviter.shared_by(&inviter));
}

#[test]
fn only_a_good_request_to_join_is_carried_and_to_its_inviter_alone() {
    let world = World::new();
    let (inviter, courier) = world.members();
    let third = world.home("Mesa");
    let request = inviter.invites(&third);
    inviter.admit(request);
    let files = inviter.export_to(&[&courier, &third], &world.path("all"), 0, &[]).unwrap();
    for home in [&courier, &third] {
        home.import(&files);
    }

    let guest = world.home("Valle");
    let request = inviter.invites(&guest);
    let text = ticket::file_text(&request);
    let out = world.path("carried");
    let junk = ticket::file_text(&vec![7; 300 * 1024]);
    let many = vec![text.clone(); 17];
    for (what, to, requests) in
        [("junk", vec![&inviter], vec![junk]), ("many", vec![&inviter], many)]
    {
        let refused = courier.export_to(&to, &out, 0, &requests);
        assert!(refused.is_err(), "{what}");
        assert_eq!(names(&out), Vec::<String>::new(), "{what}");
    }
    // The courier knows of the invite by now, and so whose it is.
    let told = inviter.export(&courier, &world.path("told"), 0, &[]).unwrap();
    courier.import(&told);
    let refused = courier.export_to(&[&third], &out, 0, std::slice::from_ref(&text));
    assert!(refused.is_err() && names(&out).is_empty());
    let both = courier.export_to(&[&inviter, &third], &out, 0, &[text]);
    for file in both.iter().flatten() {
        let seen = importing::inspect(&third.door, file);
        assert!(seen.is_err() || seen.unwrap().join_requests == 0, "{file}");
    }
}

#[test]
fn files_have_their_names_only_when_all_are_whole() {
    let world = World::new();
    let (inviter, field) = world.members();
    inviter.record(40);
    let out = world.path("stick");
    let (tell, told) = mpsc::channel();
    let wishes = exporting::Wishes {
        to: vec![field.org()],
        circle: None,
        max_bytes: 64 * 1024,
        since_receipt: false,
        out: out.display().to_string(),
        join_requests: Vec::new(),
    };
    let seen = |_progress| tell.send(names(&out)).unwrap();
    let done = exporting::export(&inviter.door, wishes, &seen).unwrap();
    let seen: Vec<String> = told.try_iter().flatten().collect();
    assert!(!seen.is_empty() && seen.iter().all(|name| name.ends_with(".part")), "{seen:?}");
    let left = names(&out);
    assert_eq!(left.len(), done.files.len());
    assert!(left.iter().all(|name| name.ends_with(".bin")), "{left:?}");
}

#[test]
fn an_unknown_maker_is_not_told_by_the_organisation_that_it_claims() {
    let world = World::new();
    let (inviter, field) = world.members();
    let (keys, org) = field.door.with(|node| (node.bundle_keys(), node.org())).unwrap();
    let stranger = world.home("Nadie");
    let theirs = stranger.door.with(|node| node.bundle_keys()).unwrap();
    let claimed = inviter.door.with(|node| node.org()).unwrap();
    assert_ne!(claimed, org);
    let preface = crate::sync::bundle::Preface {
        device: theirs.device(),
        org: claimed,
        transport: theirs.public().transport,
        series: [1; 16],
        part: 0,
        made: clock::now(),
    };
    let to = [(keys.device(), keys.public().receiving)];
    let envelope = Envelope::seal(&to, &mut clock::entropy()).unwrap();
    let part = PartWriter::begin(Vec::new(), envelope, u64::MAX, preface).unwrap();
    let signature = part.colophon(true).sign(&theirs.signing);
    let path = world.path("stick").join("stranger.bin");
    fs::write(&path, part.finish(true, signature).unwrap()).unwrap();
    let seen = importing::inspect(&field.door, &path.display().to_string()).unwrap();
    assert_eq!((seen.maker.org, seen.maker.org_name), (None, None));
    assert_eq!(seen.maker.device, theirs.device());
}

/// Pipes are on no medium of other systems.
#[cfg(target_os = "linux")]
#[test]
fn a_pipe_on_a_medium_does_not_stop_the_node() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.bin");
    mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || tell.send(files::open_file(&path).map(drop)));
    let opened = told.recv_timeout(Duration::from_secs(20)).expect("it blocks");
    assert!(opened.is_err());
    assert!(files::open_file(folder.path()).is_err(), "nor a folder");
}

#[test]
fn what_waits_is_taken_again_without_a_file() {
    let world = World::new();
    let (inviter, field) = world.members();
    let nothing = importing::import(&field.door, Vec::new(), &|_progress| {});
    assert!(nothing.is_err(), "there is none");
    inviter.record(40);
    let files = inviter.export(&field, &world.path("stick"), 64 * 1024, &[]).unwrap();
    let last = field.import(&files[files.len() - 1..]);
    assert_eq!(last.kept, 1, "{last:?}");
    let again = field.import(&[]);
    assert_eq!((again.kept, again.entries), (1, 0));
    assert_eq!(field.name, "Equipo");
}
