//! Opening the index, or beginning it anew.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{
    Index, IndexError, aside,
    clean::{self, Found},
    engine::Engine,
    io_error,
    stamp::{self, Ledger, Sum},
    watchdog::{self, Stuck},
};
use crate::store::{Position, Sealer};

/// How the index is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexOptions {
    /// Memory that sled may use as its cache, in bytes.
    pub cache_bytes: u64,
    /// How long opening, looking through and closing may each take before they count as stuck.
    pub timeout: Duration,
}

impl Default for IndexOptions {
    fn default() -> Self {
        Self { cache_bytes: 64 * 1024 * 1024, timeout: Duration::from_secs(60) }
    }
}

/// Whether the caller has to fill the index from the journal's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rebuild {
    /// No: only what lies behind [`Index::checkpoint`].
    NotNeeded,
    /// No, but the index has more than the journal. **Tell people**: unless the index was copied
    /// from elsewhere, the journal lost something that had been acknowledged. It is kept, because
    /// it may be all that is left of that; its checkpoint is now the journal's end.
    Ahead {
        /// Up to where the index had everything.
        checkpoint: Position,
        /// Where the journal ends.
        journal_end: Position,
    },
    /// Yes: there is no checkpoint.
    Needed(RebuildReason),
}

/// Why the index is to be filled from the journal's start. Except for the first two, the old
/// folder was set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RebuildReason {
    /// There was no index.
    #[error("there was no index")]
    New,
    /// An earlier filling did not come to its end.
    #[error("it was never filled to the end")]
    Unfinished,
    /// Its files changed after an orderly shutdown.
    #[error("its files changed after they were closed")]
    Changed,
    /// It was found damaged while it was in use.
    #[error("it was found damaged in use")]
    Condemned,
    /// It does not open, or something in it does not read.
    #[error("{0}")]
    Damaged(&'static str),
    /// sled panicked.
    #[error("sled panicked")]
    Panicked,
    /// It holds another format, or nothing by which it could be known.
    #[error("it is of another format")]
    SelfCheck,
    /// What it shows is not what it held at its last checkpoint.
    #[error("it shows older values than it was left with")]
    Stale,
    /// Opening it did not end in time. A thread that cannot be stopped may be busy with it until
    /// this process ends.
    #[error("opening it did not end in time")]
    TimedOut,
}

impl Index {
    /// Opens the index in a folder, which need not exist. Whatever is wrong with it, an empty one
    /// takes its place, and the answer says why.
    ///
    /// # Errors
    /// [`IndexError::Io`] for a full disk and the like; [`IndexError::Open`] if not even an empty
    /// index opens.
    pub fn open(
        dir: &Path,
        sealer: Arc<dyn Sealer>,
        journal_end: Position,
        options: IndexOptions,
    ) -> Result<(Self, Rebuild), IndexError> {
        let reason = if dir.exists() {
            match open_existing(dir, &sealer, options)? {
                Ok(opened) => return Self::found(opened, sealer, journal_end, options),
                Err(reason) => {
                    aside::set_aside(dir)?;
                    reason
                }
            }
        } else {
            RebuildReason::New
        };
        create_dir(dir)?;
        let engine = create(dir, &sealer, options)?;
        Ok((Self::of(engine, sealer, options), Rebuild::Needed(reason)))
    }

    fn found(
        opened: Opened,
        sealer: Arc<dyn Sealer>,
        journal_end: Position,
        options: IndexOptions,
    ) -> Result<(Self, Rebuild), IndexError> {
        let checkpoint = opened.checkpoint;
        let index = Self::of(opened, sealer, options);
        let rebuild = match checkpoint {
            None => Rebuild::Needed(RebuildReason::Unfinished),
            Some(checkpoint) if checkpoint > journal_end => {
                // What comes into the journal next is not known to the index.
                index.set_checkpoint(journal_end)?;
                Rebuild::Ahead { checkpoint, journal_end }
            }
            Some(_) => Rebuild::NotNeeded,
        };
        Ok((index, rebuild))
    }

    fn of(opened: Opened, sealer: Arc<dyn Sealer>, options: IndexOptions) -> Self {
        let ledger = Mutex::new(opened.ledger);
        Self { engine: Some(Arc::new(opened.engine)), ledger, sealer, timeout: options.timeout }
    }
}

/// An index that was found good.
struct Opened {
    engine: Engine,
    ledger: Ledger,
    checkpoint: Option<Position>,
}

/// Opens what is there; within, why it is to be set aside.
fn open_existing(
    dir: &Path,
    sealer: &Arc<dyn Sealer>,
    options: IndexOptions,
) -> Result<Checked, IndexError> {
    let trusted = match clean::inspect(dir, &**sealer)? {
        Found::AsLeft => true,
        Found::Unclosed => false,
        Found::Changed => return Ok(Err(RebuildReason::Changed)),
        Found::Condemned => return Ok(Err(RebuildReason::Condemned)),
    };
    let (work_dir, work_sealer) = (dir.to_path_buf(), Arc::clone(sealer));
    let opened = watchdog::run(options.timeout, move || {
        open_checked(&work_dir, &*work_sealer, options.cache_bytes, trusted)
    });
    match opened {
        Ok(Err(IndexError::Damaged(what))) => Ok(Err(RebuildReason::Damaged(what))),
        Ok(checked) => checked,
        Err(stuck) => Ok(Err(stuck.into())),
    }
}

type Checked = Result<Opened, RebuildReason>;

/// The part that may never end.
fn open_checked(
    dir: &Path,
    sealer: &dyn Sealer,
    cache_bytes: u64,
    trusted: bool,
) -> Result<Checked, IndexError> {
    let engine = Engine::open(dir, cache_bytes)?;
    if !engine.passes_self_check(sealer)? {
        return Ok(Err(RebuildReason::SelfCheck));
    }
    let last = engine.checkpoint(sealer)?;
    let (generation, sum) = last.map_or_else(Default::default, |it| (it.generation, it.sum));
    let now = if trusted {
        engine.left_sum(sealer)?
    } else {
        let (now, then) = stamp::sums(&engine, sealer, generation)?;
        if then != sum {
            return Ok(Err(RebuildReason::Stale));
        }
        Some(now)
    };
    let ledger = Ledger::after(generation, now);
    Ok(Ok(Opened { engine, ledger, checkpoint: last.map(|it| it.position) }))
}

/// An empty index, durable.
fn create(
    dir: &Path,
    sealer: &Arc<dyn Sealer>,
    options: IndexOptions,
) -> Result<Opened, IndexError> {
    let (work_dir, work_sealer) = (dir.to_path_buf(), Arc::clone(sealer));
    let created = watchdog::run(options.timeout, move || {
        let engine = Engine::open(&work_dir, options.cache_bytes)?;
        engine.write_self_check(&*work_sealer)?;
        engine.flush_durable()?;
        Ok(Opened { engine, ledger: Ledger::after(0, Some(Sum::default())), checkpoint: None })
    });
    let path = dir.to_path_buf();
    match created {
        Ok(Err(IndexError::Damaged(what))) => {
            Err(IndexError::Open { path, reason: RebuildReason::Damaged(what) })
        }
        Ok(created) => created,
        Err(stuck) => Err(IndexError::Open { path, reason: stuck.into() }),
    }
}

fn create_dir(dir: &Path) -> Result<(), IndexError> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(io_error("create", dir))
}

impl From<Stuck> for RebuildReason {
    fn from(stuck: Stuck) -> Self {
        match stuck {
            Stuck::Panicked => Self::Panicked,
            Stuck::TimedOut => Self::TimedOut,
        }
    }
}
