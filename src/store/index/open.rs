//! Opening the index, or beginning it anew.

use std::{fs, path::Path, sync::Arc, time::Duration};

use super::{
    Index, IndexError, aside,
    clean::{self, Found},
    engine::Engine,
    io_error,
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
    /// Whether to begin anew after every shutdown that was not orderly, and not to trust what
    /// sled makes of its files then. It recovers well from power failures, but where a file is
    /// *damaged* too it can silently show older values (`proto/store.md`, T5).
    pub rebuild_after_crash: bool,
}

impl Default for IndexOptions {
    fn default() -> Self {
        Self {
            cache_bytes: 64 * 1024 * 1024,
            timeout: Duration::from_secs(60),
            rebuild_after_crash: false,
        }
    }
}

/// Whether the caller has to fill the index from the journal's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rebuild {
    /// No: only what lies behind [`Index::checkpoint`].
    NotNeeded,
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
    /// The index has more than the journal. **Tell people**: unless the index was copied from
    /// elsewhere, the journal lost something that had been acknowledged.
    #[error("it reaches to {checkpoint}, the journal only to {journal_end}")]
    AheadOfJournal {
        /// Up to where the index had everything.
        checkpoint: Position,
        /// Where the journal ends.
        journal_end: Position,
    },
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
    /// It was not closed in order, and the options say not to trust it then.
    #[error("it was not closed in order")]
    Unclosed,
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
            match open_existing(dir, &sealer, journal_end, options)? {
                Ok((engine, rebuild)) => {
                    return Ok((Self::of(engine, sealer, options), rebuild));
                }
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

    fn of(engine: Engine, sealer: Arc<dyn Sealer>, options: IndexOptions) -> Self {
        Self { engine: Some(Arc::new(engine)), sealer, timeout: options.timeout }
    }
}

type Judged = Result<(Engine, Rebuild), RebuildReason>;

/// Opens what is there; within, why it is to be set aside.
fn open_existing(
    dir: &Path,
    sealer: &Arc<dyn Sealer>,
    journal_end: Position,
    options: IndexOptions,
) -> Result<Judged, IndexError> {
    let trusted = match clean::inspect(dir, &**sealer)? {
        Found::AsLeft => true,
        Found::Unclosed if options.rebuild_after_crash => return Ok(Err(RebuildReason::Unclosed)),
        Found::Unclosed => false,
        Found::Changed => return Ok(Err(RebuildReason::Changed)),
        Found::Condemned => return Ok(Err(RebuildReason::Condemned)),
    };
    let (work_dir, work_sealer) = (dir.to_path_buf(), Arc::clone(sealer));
    let opened = watchdog::run(options.timeout, move || {
        open_checked(&work_dir, &*work_sealer, options.cache_bytes, trusted)
    });
    let (engine, checkpoint) = match opened {
        Ok(Ok(Ok(opened))) => opened,
        Ok(Ok(Err(reason))) => return Ok(Err(reason)),
        Ok(Err(IndexError::Damaged(what))) => return Ok(Err(RebuildReason::Damaged(what))),
        Ok(Err(error)) => return Err(error),
        Err(stuck) => return Ok(Err(stuck.into())),
    };
    Ok(match checkpoint {
        None => Ok((engine, Rebuild::Needed(RebuildReason::Unfinished))),
        Some(checkpoint) if checkpoint > journal_end => {
            // Closed before its folder is moved.
            let _stuck = watchdog::run(options.timeout, move || drop(engine));
            Err(RebuildReason::AheadOfJournal { checkpoint, journal_end })
        }
        Some(_) => Ok((engine, Rebuild::NotNeeded)),
    })
}

type Checked = Result<(Engine, Option<Position>), RebuildReason>;

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
    if !trusted {
        engine.look_through(sealer)?;
    }
    let checkpoint = engine.checkpoint(sealer)?;
    Ok(Ok((engine, checkpoint)))
}

/// An empty index, durable.
fn create(
    dir: &Path,
    sealer: &Arc<dyn Sealer>,
    options: IndexOptions,
) -> Result<Engine, IndexError> {
    let (work_dir, work_sealer) = (dir.to_path_buf(), Arc::clone(sealer));
    let created = watchdog::run(options.timeout, move || {
        let engine = Engine::open(&work_dir, options.cache_bytes)?;
        engine.write_self_check(&*work_sealer)?;
        engine.flush_durable()?;
        Ok(engine)
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
