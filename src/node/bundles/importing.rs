//! Reads bundles.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use super::{Door, PORTION_BYTES, files, series::Series, waiting};
use crate::{
    api::{
        ApiError, ErrorKind, Progress,
        bundle::{
            BundleImported, BundleInspected, InspectedCircle, MissingParts, PartState, ReadPart,
        },
    },
    crypto::DeviceKeys,
    model::{
        id::{CircleId, LogId, OrgId},
        limits::MAX_LOGS_PER_CIRCLE,
    },
    node::{errors, requests::bundles::Taken},
    sync::bundle::{
        Gathered, Import, Item, Outcome, PartError, PartInfo, Stopped, import::MAX_STRANGE_CIRCLES,
    },
};
use files::FileError;

/// Files of one import.
const MAX_FILES: usize = 4096;
/// How often files that wait are taken again in one import. Those of one maker come in order, so
/// that two do; a hostile one could make each import read all files as often as there are files.
const MAX_ROUNDS: usize = 8;

/// What an import has come to so far.
#[derive(Default)]
pub(super) struct Course {
    /// Statements of circles that are not known.
    gathered: Gathered,
    answer: BundleImported,
    /// Circles that this node takes part in since.
    joined: BTreeSet<CircleId>,
}

/// A file that is to be imported.
pub(super) struct Given {
    pub(super) path: PathBuf,
    /// Whether it was kept here since an earlier import.
    pub(super) stored: bool,
    /// Whether it is kept here now.
    pub(super) kept: bool,
    /// Digest of its envelope, if that opened.
    pub(super) digest: Option<[u8; 32]>,
    pub(super) info: Result<PartInfo, PartState>,
    /// What came of it, over all rounds.
    pub(super) outcome: Outcome,
    /// Whether it was stopped in the middle.
    pub(super) forged: bool,
    /// How its maker stands here.
    pub(super) standing: String,
    /// Of which organisation that is, if it is known.
    pub(super) org: Option<OrgId>,
}

impl Given {
    /// Whether it should be taken again.
    fn waits(&self) -> bool {
        // Its maker may become known by another part.
        let unknown = self.standing == "unknown" && !self.outcome.refused.is_empty();
        !self.forged && (self.outcome.waits() || unknown)
    }

    /// Whether it is kept here until what it waits for comes. Only of members: whoever is unknown
    /// could fill the disk.
    pub(super) fn is_to_be_kept(&self) -> bool {
        self.info.is_ok() && self.standing == "member" && self.outcome.waiting > 0
    }

    /// Whether all of it was taken, so that it need not be kept any more.
    pub(super) fn is_done(&self) -> bool {
        let nothing_refused = self.outcome.refused.is_empty() && self.outcome.unknown.is_empty();
        // What stopped in the midst of it has more that nobody looked at.
        self.info.is_ok() && !self.forged && self.outcome.waiting == 0 && nothing_refused
    }

    /// What it says of itself, if it is whole.
    pub(super) fn info(&self) -> Option<&PartInfo> {
        self.info.as_ref().ok()
    }

    /// Whether it need not be brought again.
    fn has_come(&self) -> bool {
        !self.forged && (self.kept || !self.waits())
    }

    /// Bundles are taken in the order in which they were made; of each, the first parts of all its
    /// series first, for alerts are in them.
    fn order(&self) -> (bool, u64, u32, [u8; 16]) {
        match &self.info {
            Ok(PartInfo { preface, .. }) => {
                (false, preface.made.as_millis(), preface.part, preface.series)
            }
            Err(_state) => (true, 0, 0, [0; 16]),
        }
    }

    fn state(&self) -> PartState {
        match self.info {
            Err(state) => state,
            Ok(_) if self.forged => PartState::Forged,
            Ok(_) if self.waits() => PartState::Waits,
            Ok(_) if self.outcome.brought_news() => PartState::Imported,
            Ok(_) if !self.outcome.refused.is_empty() => PartState::Refused,
            Ok(_) => PartState::NothingNew,
        }
    }
}

/// Takes what files carry, in whatever order they are given.
pub(super) fn import(
    door: &Door,
    names: Vec<String>,
    progress: &impl Fn(Progress),
) -> Result<BundleImported, ApiError> {
    let (keys, home) = door.with(|node| (node.bundle_keys(), node.home_root()))?;
    let store = waiting::Store::of(&home);
    let nothing = names.is_empty() && store.files().is_empty();
    if nothing || names.len() > MAX_FILES {
        return Err(errors::usage(format!("an import takes 1 to {MAX_FILES} files")));
    }
    let given = names.into_iter().map(|name| (PathBuf::from(name), false));
    let all: Vec<_> = given.chain(store.files().into_iter().map(|path| (path, true))).collect();
    let mut files = Vec::with_capacity(all.len());
    let mut failures = Vec::new();
    let total = all.len() as u64;
    for (path, stored) in all {
        progress(Progress::of("checking", files.len() as u64, total));
        let checked = check(&path, &keys);
        if let (Err(error), false) = (&checked, stored) {
            failures.push(failure(&path.display().to_string(), error));
        }
        let (info, digest) = match checked {
            Ok((info, digest)) => (Ok(info), Some(digest)),
            Err(error) => (Err(state_of(&error)), None),
        };
        let (outcome, standing) = (Outcome::default(), String::new());
        let (kept, forged, org) = (stored, false, None);
        files.push(Given { path, stored, kept, digest, info, outcome, forged, standing, org });
    }
    if let (Some(failure), false) =
        (failures.pop(), files.iter().any(|it| it.info.is_ok() && !it.stored))
    {
        let others = failures.into_iter().map(|other| other.message);
        return Err(others.fold(failure, ApiError::hint));
    }
    files.sort_by_key(Given::order);
    let mut course = Course::default();
    rounds(door, &mut files, &keys, progress, &mut course)?;
    let Course { mut answer, joined, .. } = course;
    // Their names come with their keys.
    answer.joined =
        door.with(move |node| joined.iter().map(|circle| node.circle_label(circle)).collect())?;
    // Those of what is kept were answered when it came.
    for file in files.iter_mut().filter(|file| !file.stored) {
        for request in std::mem::take(&mut file.outcome.join_requests) {
            match door.with(move |node| node.admit_from_bundle(&request))? {
                Ok(org) => answer.admitted.push(org),
                Err(error) => answer.not_admitted.push(error.message),
            }
        }
    }
    store.keep(&mut files, &keys)?;
    answer.kept = store.files().len() as u64;
    answer.missing = missing(door, &files)?;
    for file in files {
        answer.files.extend(report(door, file)?);
    }
    Ok(answer)
}

/// Takes the files again and again, as long as one brings what another may wait for.
fn rounds(
    door: &Door,
    files: &mut [Given],
    keys: &DeviceKeys,
    progress: &impl Fn(Progress),
    course: &mut Course,
) -> Result<(), ApiError> {
    let whole = files.iter().enumerate().filter(|(_, file)| file.info.is_ok());
    let mut round: BTreeSet<usize> = whole.map(|(at, _)| at).collect();
    for _round in 0..MAX_ROUNDS {
        let (mut news, mut again) = (false, BTreeSet::new());
        for at in round {
            let Some(file) = files.get_mut(at) else { continue };
            let Some(outcome) = take(door, file, keys, progress, course)? else {
                continue;
            };
            news |= outcome.brought_news();
            let answer = &mut course.answer;
            answer.entries = answer.entries.saturating_add(outcome.entries);
            answer.statements = answer.statements.saturating_add(outcome.statements);
            answer.receipts = answer.receipts.saturating_add(outcome.receipts);
            merge(&mut file.outcome, outcome);
            if file.waits() {
                again.insert(at);
            }
        }
        let preface = files.iter().find_map(|file| Some(file.info()?.preface.clone()));
        let Some(preface) = preface else { return Ok(()) };
        // What makes us a member may stand in several parts.
        let import = Import::after(preface, std::mem::take(&mut course.gathered));
        let Taken { import, joined, .. } =
            door.with(move |node| node.take_from_bundle(import, Vec::new(), true))?;
        let (outcome, rest) = import.into_parts();
        course.gathered = rest;
        news |= outcome.brought_news();
        let statements = &mut course.answer.statements;
        *statements = statements.saturating_add(outcome.statements);
        course.joined.extend(joined);
        round = if news { again } else { BTreeSet::new() };
    }
    Ok(())
}

/// What has not come of the exports that the given files are of, and remembers what has.
fn missing(door: &Door, files: &[Given]) -> Result<Vec<MissingParts>, ApiError> {
    let mut all: BTreeMap<Vec<u8>, (Series, PartInfo, bool)> = BTreeMap::new();
    for file in files.iter().filter(|file| file.has_come()) {
        let Some(info) = file.info() else { continue };
        let series = Series::of(info);
        let is_member = file.standing == "member";
        let known = all.entry(series.key()).or_insert_with(|| (series, info.clone(), false));
        known.0.note(info);
        known.2 |= is_member;
    }
    let given: BTreeSet<Vec<u8>> = files
        .iter()
        .filter(|file| !file.stored)
        .filter_map(|file| Some(Series::of(file.info()?).key()))
        .collect();
    all.retain(|key, _| given.contains(key));
    door.with(move |node| {
        let tell = |(mut series, info, is_member): (Series, PartInfo, bool)| {
            if is_member {
                series = node.remember_parts(series);
            }
            let missing = series.missing()?;
            let maker = node.maker(&info);
            Some(MissingParts { maker, parts: missing.parts, after: missing.after })
        };
        all.into_values().filter_map(tell).collect()
    })
}

/// Adds what a later round brought: counts add up, what waits is what still waits.
fn merge(before: &mut Outcome, later: Outcome) {
    let requests = std::mem::take(&mut before.join_requests);
    let taken_up = std::mem::take(&mut before.taken_up);
    *before = Outcome {
        statements: before.statements.saturating_add(later.statements),
        entries: before.entries.saturating_add(later.entries),
        receipts: before.receipts.saturating_add(later.receipts),
        forks: before.forks.saturating_add(later.forks),
        taken_up: taken_up.into_iter().chain(later.taken_up.iter().copied()).collect(),
        join_requests: if requests.is_empty() { later.join_requests.clone() } else { requests },
        ..later
    };
}

/// Takes one file's items, and notes how its maker stands then. None if it cannot be read any more, or changed since it was checked.
pub(super) fn take(
    door: &Door,
    file: &mut Given,
    keys: &DeviceKeys,
    progress: &impl Fn(Progress),
    course: &mut Course,
) -> Result<Option<Outcome>, ApiError> {
    let Ok(info) = &file.info else { return Ok(None) };
    let maker = info.preface.clone();
    let mut part = match files::open_again(&file.path, keys, info) {
        Ok(part) => part,
        Err(error) => {
            file.info = Err(state_of(&error));
            return Ok(None);
        }
    };
    let mut import = Import::after(maker.clone(), std::mem::take(&mut course.gathered));
    loop {
        let Ok((items, ended)) = part.next_items(PORTION_BYTES) else {
            // What came before was proven by itself.
            file.info = Err(PartState::Damaged);
            let (outcome, rest) = import.into_parts();
            course.gathered = rest;
            return Ok(Some(outcome));
        };
        let Taken { import: rest, stopped, joined } =
            door.with(move |node| node.take_from_bundle(import, items, false))?;
        import = rest;
        course.joined.extend(joined);
        let entries = course.answer.entries.saturating_add(import.outcome().entries);
        progress(Progress { step: "taking entries".to_owned(), done: entries, total: None });
        match stopped {
            Some(Stopped::NotStored) => {
                return Err(ApiError::new(ErrorKind::Storage, "the bundle could not be stored")
                    .hint("check that the disk is not full; then import it again")
                    .named("bundle-not-stored", &[]));
            }
            Some(Stopped::Forged) => file.forged = true,
            None => {}
        }
        if ended || file.forged {
            (file.standing, file.org) =
                door.with(move |node| (node.standing_of_maker(&maker), node.org_of_maker(&maker)))?;
            let (outcome, rest) = import.into_parts();
            course.gathered = rest;
            return Ok(Some(outcome));
        }
    }
}

/// Reads a file to its end, and proves that it is whole and rightly signed.
pub(super) fn check(
    path: &std::path::Path,
    keys: &DeviceKeys,
) -> Result<(PartInfo, [u8; 32]), FileError> {
    let (part, digest) = files::open_part(path, keys)?;
    Ok((part.check()?, digest))
}

const fn state_of(error: &FileError) -> PartState {
    match error {
        FileError::Io(_) | FileError::Part(PartError::Io(_)) => PartState::Unreadable,
        FileError::NotForThisDevice => PartState::NotForThisDevice,
        FileError::Part(PartError::Damaged) => PartState::Damaged,
        FileError::Part(PartError::Version(_)) => PartState::OtherVersion,
        FileError::Part(PartError::Malformed | PartError::Unsigned) => PartState::Forged,
    }
}

/// What a person is told when no file could be taken.
fn failure(file: &str, error: &FileError) -> ApiError {
    let reason = errors::sentence(error);
    let given = [("file", file), ("reason", reason.as_str())];
    let refused = |kind: ErrorKind| ApiError::new(kind, format!("{file} was not taken: {reason}"));
    match error {
        FileError::Io(_) | FileError::Part(PartError::Io(_)) => refused(ErrorKind::Storage)
            .hint("check the path and the medium")
            .named("bundle-unreadable", &given),
        FileError::NotForThisDevice => refused(ErrorKind::Refused)
            .hint(
                "the one cannot be told from the other: ask its maker whom it is for, and copy it \
                 again; with several homes, try the other with --home",
            )
            .named("bundle-not-for-this-device", &given),
        FileError::Part(PartError::Damaged) => refused(ErrorKind::Refused)
            .hint("copy it again completely; nothing of it was taken")
            .named("bundle-damaged", &given),
        FileError::Part(PartError::Malformed | PartError::Unsigned) => refused(ErrorKind::Refused)
            .hint("ask its maker for another, or update ceiba")
            .named("bundle-forged", &given),
        FileError::Part(PartError::Version(_)) => refused(ErrorKind::Refused)
            .hint("update ceiba here or where it was made; nothing of it was taken")
            .named("bundle-other-version", &given),
    }
}

/// What is told of a file; nothing of one that was kept here and brought nothing.
fn report(door: &Door, file: Given) -> Result<Option<ReadPart>, ApiError> {
    let state = file.state();
    // What is kept and could be taken now or still waits is nothing new.
    let quiet = matches!(file.state(), PartState::Waits | PartState::NothingNew);
    if file.stored && quiet {
        return Ok(None);
    }
    let Given { path, info, outcome, kept, .. } = file;
    let Outcome { entries, statements, receipts, waiting, refused, .. } = outcome;
    let name = path.display().to_string();
    let (maker, refused) = match info {
        Ok(info) => door.with(move |node| {
            let named = refused.iter().map(|circle| node.circle_label(circle)).collect();
            (Some(node.maker(&info)), named)
        })?,
        Err(_state) => (None, Vec::new()),
    };
    Ok(Some(ReadPart {
        file: name,
        state,
        maker,
        entries,
        statements,
        receipts,
        waiting,
        kept,
        refused,
    }))
}

/// Says what this device can read of a file.
pub(super) fn inspect(door: &Door, name: &str) -> Result<BundleInspected, ApiError> {
    let keys = door.with(|node| node.bundle_keys())?;
    let path = PathBuf::from(name);
    let failed = |error: &FileError| failure(name, error);
    let (info, _digest) = check(&path, &keys).map_err(|error| failed(&error))?;
    let bytes = std::fs::metadata(&path).map_err(|error| failed(&error.into()))?.len();
    let (mut part, _digest) = files::open_part(&path, &keys).map_err(|error| failed(&error))?;
    let mut circles: BTreeMap<CircleId, (InspectedCircle, BTreeSet<LogId>)> = BTreeMap::new();
    let mut join_requests = 0_u64;
    while let Some(item) = part.next_item().map_err(|error| failed(&error.into()))? {
        if let Item::JoinRequest(_) = item {
            join_requests = join_requests.saturating_add(1);
        }
        let Some(circle) = item.circle() else { continue };
        if circles.len() >= MAX_STRANGE_CIRCLES && !circles.contains_key(&circle) {
            continue;
        }
        let (of, logs) = circles.entry(circle).or_default();
        of.statements = of.statements.saturating_add(item.statements());
        of.entries = of.entries.saturating_add(item.entries());
        of.receipts = of.receipts.saturating_add(item.receipts());
        if logs.len() < MAX_LOGS_PER_CIRCLE {
            logs.extend(item.log());
        }
    }
    let (maker, circles) = door.with(move |node| {
        let named = circles.into_iter().map(|(id, (of, logs))| InspectedCircle {
            circle: node.circle_label(&id),
            logs: logs.len() as u64,
            ..of
        });
        (node.maker(&info), named.collect())
    })?;
    Ok(BundleInspected { file: name.to_owned(), bytes, maker, circles, join_requests })
}
