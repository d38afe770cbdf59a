//! The bare pipeline: what the work costs at least with the same parts and nothing around them.
//!
//! One stream on loopback, a BLAKE3 chain, one Ed25519 signature a run of 500, XChaCha20-Poly1305
//! for each record, one append with fdatasync a run, automerge for each record, on both cores. No
//! membership, no keys but one, no index, no view, no protocol.

#[path = "bare/parts.rs"]
mod parts;
#[path = "bare/small.rs"]
mod small;

use std::{
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

use automerge::{Automerge, Change};
use ceiba::{
    model::{
        id::{CircleId, DocumentId, IncidentId, OrgId},
        registry::{Record, Tier},
    },
    view::DocumentRow,
};

use self::parts::{Journal, Keys, Run, document, open, receive, seal, send};
use super::{
    driver::now,
    fields::{Failure, facet},
    lines::Lines,
};

/// Records of one run, under one signature and one fdatasync.
const RUN: usize = 500;
/// Threads that do what can be done for each record alone.
const WORKERS: usize = 2;

/// The bare pipeline for some records.
pub(crate) struct Bare {
    folder: PathBuf,
    keys: Keys,
    records: Vec<Record>,
    /// The change that makes each record's document.
    changes: Vec<Vec<u8>>,
}

impl Bare {
    /// Reads the first records of a file, and gives the pipeline a folder for its files.
    pub(crate) fn new(folder: &Path, lines: &Lines, count: usize) -> Result<Self, Failure> {
        let mut records = Vec::with_capacity(count);
        for line in lines.read(0..count)? {
            let facet = facet(&line)?;
            let mut record = facet.record;
            // What the program writes beside a facet's fields.
            for (path, text) in [
                ("disclosure/tier", Tier::Coalition.to_string()),
                ("meta/incident", facet.nonce.clone()),
                ("meta/origin", OrgId::new([7; 32]).to_string()),
                ("meta/nonce", facet.nonce),
            ] {
                record.set(path.parse()?, text)?;
            }
            records.push(record);
        }
        std::fs::create_dir_all(folder)?;
        let folder = folder.to_path_buf();
        Ok(Self { folder, keys: Keys::new(), records, changes: Vec::new() })
    }

    /// The write half: makes the documents, seals, chains, signs, appends. Seconds.
    pub(crate) fn bulk_import(&mut self) -> Result<f64, Failure> {
        let begun = now();
        let (keys, runs) = (&self.keys, self.records.chunks(RUN).collect::<Vec<_>>());
        let mut journal = Journal::create(&self.folder.join("import"))?;
        let mut changes = Vec::with_capacity(self.records.len());
        thread::scope(|scope| {
            let mut made: Vec<Receiver<Result<Made, Failure>>> = Vec::new();
            for first in 0..WORKERS {
                let (give, take) = sync_channel(2);
                let runs = runs.iter().skip(first).step_by(WORKERS);
                scope.spawn(move || {
                    for run in runs {
                        if give.send(make(keys, run)).is_err() {
                            return;
                        }
                    }
                });
                made.push(take);
            }
            let mut previous = [0; 32];
            for take in made.iter().cycle().take(runs.len()) {
                let made = take.recv()??;
                let run = Run::sign(keys, previous, made.sealed);
                previous = run.hash();
                journal.append(&run.encode())?;
                changes.extend(made.changes);
            }
            Ok::<_, Failure>(())
        })?;
        let seconds = begun.elapsed().as_secs_f64();
        self.changes = changes;
        Ok(seconds)
    }

    /// Bytes of one sealed record.
    pub(crate) fn frame_bytes(&self) -> usize {
        self.changes.first().map_or(0, |change| seal(&self.keys, change).len())
    }

    /// The pipeline from sealed runs on one side, as a log has them, to documents on the other.
    /// Seconds.
    pub(crate) fn first_sync(&self) -> Result<f64, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let mut previous = [0; 32];
        let mut runs = Vec::with_capacity(self.changes.len().div_ceil(RUN));
        for changes in self.changes.chunks(RUN) {
            let sealed = changes.iter().map(|change| seal(&self.keys, change)).collect();
            let run = Run::sign(&self.keys, previous, sealed);
            previous = run.hash();
            runs.push(run.encode());
        }
        let begun = now();
        thread::scope(|scope| {
            let sender = scope.spawn(move || {
                let stream = TcpStream::connect(address)?;
                runs.iter().try_for_each(|run| send(&stream, run))
            });
            let (stream, _from) = listener.accept()?;
            let applied = self.receive_all(&stream)?;
            sender.join().map_err(|_panic| "the sender failed")??;
            if applied == self.changes.len() { Ok(()) } else { Err("records are missing") }
                .map_err(Failure::from)
        })?;
        Ok(begun.elapsed().as_secs_f64())
    }

    /// Verifies and appends each run, and makes its documents on both cores; how many.
    fn receive_all(&self, stream: &TcpStream) -> Result<usize, Failure> {
        let mut journal = Journal::create(&self.folder.join("received"))?;
        let count = self.changes.len().div_ceil(RUN);
        thread::scope(|scope| {
            let mut workers = Vec::new();
            let mut queues = Vec::new();
            for _worker in 0..WORKERS {
                let (give, take) = sync_channel::<Run>(2);
                queues.push(give);
                workers.push(scope.spawn(move || {
                    let mut applied = 0;
                    for sealed in take.iter().flat_map(|run| run.sealed) {
                        load(&open(&self.keys, &sealed)?)?;
                        applied += 1;
                    }
                    Ok::<usize, Failure>(applied)
                }));
            }
            let mut previous = [0; 32];
            for queue in queues.iter().cycle().take(count) {
                let bytes = receive(stream)?;
                let run = Run::decode(&bytes)?;
                run.verify(&self.keys, previous)?;
                previous = run.hash();
                journal.append(&bytes)?;
                queue.send(run)?;
            }
            drop(queues);
            let mut applied = 0;
            for worker in workers {
                applied += worker.join().map_err(|_panic| "a worker failed")??;
            }
            Ok(applied)
        })
    }

    /// Opens and reads sealed rows into a list, on both cores. Seconds.
    pub(crate) fn unlock(&self) -> Result<f64, Failure> {
        let sealed: Vec<Vec<u8>> = self
            .records
            .iter()
            .map(|record| Ok(seal(&self.keys, &row(record).to_bytes())))
            .collect::<Result<_, Failure>>()?;
        let path = self.folder.join("rows");
        Journal::create(&path)?.append(&parts::join(&sealed))?;
        drop(sealed);
        let begun = now();
        let bytes = std::fs::read(&path)?;
        let sealed = parts::split(&bytes)?;
        let share = sealed.len().div_ceil(WORKERS).max(1);
        let read = thread::scope(|scope| {
            let shares = sealed.chunks(share).map(|share| {
                scope.spawn(move || {
                    let read =
                        |sealed: &&[u8]| Ok(DocumentRow::from_bytes(&open(&self.keys, sealed)?)?);
                    share.iter().map(read).collect::<Result<Vec<DocumentRow>, Failure>>()
                })
            });
            let mut rows = Vec::with_capacity(sealed.len());
            for share in shares.collect::<Vec<_>>() {
                rows.extend(share.join().map_err(|_panic| "a worker failed")??);
            }
            Ok::<_, Failure>(rows)
        })?;
        let seconds = begun.elapsed().as_secs_f64();
        if read.len() == self.records.len() { Ok(seconds) } else { Err("rows are missing".into()) }
    }
}

/// Documents of a run, sealed, and their changes.
#[derive(Default)]
struct Made {
    sealed: Vec<Vec<u8>>,
    changes: Vec<Vec<u8>>,
}

fn make(keys: &Keys, records: &[Record]) -> Result<Made, Failure> {
    let mut made = Made::default();
    for record in records {
        let change = document(record)?.1;
        made.sealed.push(seal(keys, &change));
        made.changes.push(change);
    }
    Ok(made)
}

/// The document that a change makes.
fn load(change: &[u8]) -> Result<Automerge, Failure> {
    let mut document = Automerge::new();
    document.apply_changes([Change::from_bytes(change.to_vec())?])?;
    Ok(document)
}

fn row(record: &Record) -> DocumentRow {
    let org = OrgId::new([7; 32]);
    DocumentRow {
        circle: CircleId::new([1; 32]),
        document: DocumentId::new([2; 16]),
        incident: IncidentId::new([3; 16]),
        origin: org,
        tier: Some(Tier::Coalition),
        record: record.clone().into(),
        conflicts: Vec::new(),
        changes: 1,
        authors: [org].into(),
    }
}
