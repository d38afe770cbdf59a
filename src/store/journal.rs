//! The journal: append-only segment files that are the truth.
//!
//! A **frame** is one appended body, sealed, with kind and checksum. A **batch** is what one
//! [`append`](Journal::append) takes: all of it survives a crash or nothing. A **commit** writes
//! and syncs all batches since the last one; a crash in it leaves a prefix of its batches.
//!
//! After an error of writing or syncing nobody knows what is durable, so the journal then refuses
//! everything but reading until it is opened again, which finds out.

mod damage;
mod erase;
mod frame;
mod open;
mod pending;
mod position;
mod recovery;
mod scan;
mod segment;
#[cfg(test)]
mod tests;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use self::{
    damage::{Damage, DamageReason},
    frame::MAX_BODY_BYTES,
    position::Position,
    recovery::{Cut, Recovery},
    scan::{Record, Scan},
    segment::SEGMENT_BYTES,
};
use self::{
    frame::{CLOSED, ERASED, Frame},
    pending::Chunk,
    segment::{HEADER_BYTES, Header},
};
use crate::store::{FileLayer, LayerFile, SealError, Sealer, files::read_up_to};

/// Bytes that may wait for a commit.
pub const MAX_PENDING_BYTES: usize = 64 * 1024 * 1024;

/// Why the journal cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Too much waits to be committed.
    #[error("{waiting} bytes wait to be committed; commit before appending more")]
    Backlog {
        /// Bytes that wait.
        waiting: usize,
    },
    /// The frame cannot be read.
    #[error("{0}")]
    Damaged(Damage),
    /// The frame was erased.
    #[error("what lay at {0} was erased")]
    Erased(Position),
    /// Writing or syncing failed before, so nobody knows what is on disk.
    #[error("an earlier write failed; open the journal again to find out what is on disk")]
    Failed,
    /// The system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The kind is one that the journal uses itself.
    #[error("kind {0} is the journal's own; use 1 to 254")]
    Kind(u8),
    /// The place is not in the committed part of the journal.
    #[error("nothing was committed at {0}")]
    NotCommitted(Position),
    /// The sealer refused.
    #[error("cannot seal")]
    Seal(#[from] SealError),
    /// A body or batch is larger than a frame or a segment.
    #[error("{bytes} bytes are more than the {max} that fit")]
    TooLarge {
        /// Bytes that were given.
        bytes: usize,
        /// Bytes that fit.
        max: usize,
    },
}

/// The journal of one home. See the [module](self).
pub struct Journal {
    dir: PathBuf,
    files: Arc<dyn FileLayer>,
    sealer: Arc<dyn Sealer>,
    segment_bytes: u32,
    active: Option<Active>,
    /// Where the last segment ends, of which everything before is durable.
    end: Position,
    /// In order; each belongs to the active segment or to one that does not exist yet.
    pending: Vec<Chunk>,
    /// Whether something was committed since opening.
    used: bool,
    failed: bool,
}

/// The segment that is written to.
struct Active {
    number: u32,
    file: Box<dyn LayerFile>,
}

impl Journal {
    /// Opens the journal in a folder that exists, cuts a torn tail, and says what it found.
    ///
    /// # Errors
    /// [`JournalError::Io`]. Damage is no error: it is reported.
    pub fn open(
        dir: &Path,
        files: Arc<dyn FileLayer>,
        sealer: Arc<dyn Sealer>,
    ) -> Result<(Self, Recovery), JournalError> {
        Self::open_sized(dir, files, sealer, SEGMENT_BYTES)
    }

    /// Appends a batch to what the next [`commit`](Self::commit) makes durable. Where each body
    /// will lie is known at once, but it can be read only after the commit.
    ///
    /// # Errors
    /// [`Kind`](JournalError::Kind), [`TooLarge`](JournalError::TooLarge),
    /// [`Backlog`](JournalError::Backlog), [`Failed`](JournalError::Failed),
    /// [`Seal`](JournalError::Seal); nothing was appended then.
    pub fn append(&mut self, batch: &[(u8, &[u8])]) -> Result<Vec<Position>, JournalError> {
        pending::check(batch)?;
        self.append_unchecked(batch)
    }

    /// Writes and syncs everything appended so far. Whoever waits for it may be told "saved" when
    /// this returns, and not before. Gives back the new [`end`](Self::end).
    ///
    /// # Errors
    /// [`JournalError::Io`], after which the journal wants to be opened again, and
    /// [`JournalError::Failed`] until then. What was appended may be there or not.
    pub fn commit(&mut self) -> Result<Position, JournalError> {
        self.check_working()?;
        for chunk in std::mem::take(&mut self.pending) {
            // Until it is known to have worked.
            self.failed = true;
            self.write(&chunk)?;
            self.failed = false;
            self.used = true;
        }
        Ok(self.end)
    }

    /// Where the next frame goes; everything before it is durable. A later scan that starts here
    /// gives exactly what was appended later.
    #[must_use]
    pub const fn end(&self) -> Position {
        self.end
    }

    /// Bytes that wait for a commit.
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        self.pending.iter().map(|chunk| chunk.bytes.len()).sum()
    }

    /// Reads one record.
    ///
    /// # Errors
    /// [`NotCommitted`](JournalError::NotCommitted), [`Damaged`](JournalError::Damaged),
    /// [`Erased`](JournalError::Erased), [`Io`](JournalError::Io).
    pub fn read(&self, position: Position) -> Result<Record, JournalError> {
        if position >= self.end || position.offset < HEADER_BYTES {
            return Err(JournalError::NotCommitted(position));
        }
        let bytes = self.frame_bytes(position)?;
        let damaged = |end: usize, reason| {
            let end = position.offset.saturating_add(u32::try_from(end).unwrap_or(u32::MAX));
            let range = position.offset..end;
            JournalError::Damaged(Damage { segment: position.segment, range, reason })
        };
        let frame = Frame::parse(position, &bytes).map_err(|reason| damaged(0, reason))?;
        match frame.kind {
            ERASED => Err(JournalError::Erased(position)),
            CLOSED => Err(JournalError::NotCommitted(position)),
            kind => match frame.open(&*self.sealer) {
                Ok(body) => Ok(Record { position, kind, body }),
                Err(SealError) => Err(damaged(bytes.len(), DamageReason::Sealed)),
            },
        }
    }

    /// Goes through all records from a place on, up to what is committed now. The scan is
    /// independent of the journal, and may run on another thread while more is appended.
    #[must_use]
    pub fn scan(&self, from: Position) -> Scan {
        let (files, sealer) = (Arc::clone(&self.files), Arc::clone(&self.sealer));
        Scan::new(self.dir.clone(), files, sealer, from..self.end)
    }

    /// Commits what waits and leaves a mark by which the next opening knows that all of it was
    /// durable. Without it (kill, power loss) nothing acknowledged is lost either. Gives where
    /// the journal ends.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn close(mut self) -> Result<Position, JournalError> {
        self.commit()?;
        if self.used {
            self.append_unchecked(&[(CLOSED, &[])])?;
            self.commit()?;
        }
        Ok(self.end)
    }
}

impl Journal {
    fn append_unchecked(&mut self, batch: &[(u8, &[u8])]) -> Result<Vec<Position>, JournalError> {
        self.check_working()?;
        let size = batch.iter().map(|(_, body)| body.len()).sum::<usize>();
        let waiting = self.pending_bytes();
        if waiting.saturating_add(size) > MAX_PENDING_BYTES {
            return Err(JournalError::Backlog { waiting });
        }
        if self.pending.is_empty() && self.active.is_some() {
            self.pending.push(Chunk::at(self.end));
        }
        if let Some(chunk) = self.pending.last_mut()
            && let Some(positions) = chunk.append(&*self.sealer, batch, self.segment_bytes)?
        {
            return Ok(positions);
        }
        let max = usize::try_from(self.segment_bytes).unwrap_or(usize::MAX);
        let last = self.pending.last().map_or(self.end.segment, |chunk| chunk.segment);
        let mut chunk = Chunk::new_segment(last.saturating_add(1));
        let positions = chunk
            .append(&*self.sealer, batch, self.segment_bytes)?
            .ok_or(JournalError::TooLarge { bytes: size, max })?;
        self.pending.push(chunk);
        Ok(positions)
    }

    const fn check_working(&self) -> Result<(), JournalError> {
        if self.failed { Err(JournalError::Failed) } else { Ok(()) }
    }

    /// Writes and syncs one chunk, in a new segment if need be.
    fn write(&mut self, chunk: &Chunk) -> Result<(), JournalError> {
        if chunk.bytes.is_empty() {
            return Ok(());
        }
        let path = segment::path(&self.dir, chunk.segment);
        let active = match self.active.take() {
            Some(active) if active.number == chunk.segment => active,
            _ => self.new_segment(chunk.segment)?,
        };
        let start = u64::from(chunk.start);
        active.file.write_at(start, &chunk.bytes).map_err(io_error("write", &path))?;
        active.file.sync_data().map_err(io_error("sync", &path))?;
        self.active = Some(active);
        self.end.offset = chunk.end().unwrap_or(u32::MAX);
        Ok(())
    }

    fn new_segment(&mut self, number: u32) -> Result<Active, JournalError> {
        let path = segment::path(&self.dir, number);
        let file = self.files.create(&path).map_err(io_error("create", &path))?;
        self.write_header(number, self.end.offset, &*file)?;
        self.end = Position { segment: number, offset: HEADER_BYTES };
        Ok(Active { number, file })
    }

    fn write_header(
        &self,
        number: u32,
        previous_end: u32,
        file: &dyn LayerFile,
    ) -> Result<(), JournalError> {
        let path = segment::path(&self.dir, number);
        let header = Header { number, previous_end }.to_bytes();
        file.write_at(0, &header).map_err(io_error("write", &path))?;
        file.sync_data().map_err(io_error("sync", &path))?;
        self.files.sync_dir(&self.dir).map_err(io_error("sync", &self.dir))
    }

    /// The bytes of the frame at a place, as far as its length can be believed.
    fn frame_bytes(&self, position: Position) -> Result<Vec<u8>, JournalError> {
        let path = segment::path(&self.dir, position.segment);
        let file = self.files.open(&path).map_err(io_error("open", &path))?;
        let offset = u64::from(position.offset);
        let head =
            read_up_to(&*file, offset, frame::HEAD_BYTES).map_err(io_error("read", &path))?;
        read_up_to(&*file, offset, frame::claimed_len(&head)).map_err(io_error("read", &path))
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("dir", &self.dir)
            .field("end", &self.end)
            .field("pending_bytes", &self.pending_bytes())
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

/// Makes an error of the system one of the journal.
fn io_error<'a>(
    action: &'static str,
    path: &'a Path,
) -> impl FnOnce(io::Error) -> JournalError + 'a {
    move |source| JournalError::Io { action, path: path.to_path_buf(), source }
}
