//! Streams: sealed chunk by chunk, each for its place, so that none can be left out, moved or cut
//! off without notice.
//!
//! ```text
//! id 16 │ length 4 │ sealed chunk 0 │ length 4 │ sealed chunk 1 │ …   lengths little-endian
//! ```
//!
//! A chunk is sealed for the stream's id, its number, and whether it is the last.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{Inbox, STREAM_ID_BYTES};
use crate::store::{LayerFile, Sealer, sealer::MAX_OVERHEAD};

/// Plain bytes of each chunk but the last.
const CHUNK_BYTES: usize = 64 * 1024;
const LENGTH_BYTES: usize = 4;

fn place(id: &[u8; STREAM_ID_BYTES], number: u64, last: bool) -> Vec<u8> {
    [b"ceiba inbox/1".as_slice(), id, &number.to_le_bytes(), &[u8::from(last)]].concat()
}

/// A stream that is coming. Dropped, it is removed.
pub struct Draft {
    inbox: Inbox,
    path: PathBuf,
    file: Box<dyn LayerFile>,
    id: [u8; STREAM_ID_BYTES],
    buffer: Vec<u8>,
    number: u64,
    offset: u64,
    kept: bool,
}

impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draft").field("offset", &self.offset).finish_non_exhaustive()
    }
}

/// A stream that is whole and durable, and has no name yet. Dropped, it is removed.
#[derive(Debug)]
pub struct Finished(Draft);

impl Draft {
    pub(super) fn begin(
        inbox: Inbox,
        path: PathBuf,
        id: [u8; STREAM_ID_BYTES],
    ) -> io::Result<Self> {
        let file = inbox.files.create(&path)?;
        let buffer = Vec::with_capacity(CHUNK_BYTES);
        let mut draft = Self { inbox, path, file, id, buffer, number: 0, offset: 0, kept: false };
        draft.append(&id)?;
        Ok(draft)
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// When the disk fails, or all room is taken ([`io::ErrorKind::StorageFull`]).
    pub fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            // A full chunk waits for the next byte: only then is it known not to be the last.
            if self.buffer.len() == CHUNK_BYTES {
                self.flush(false)?;
            }
            let room = CHUNK_BYTES.saturating_sub(self.buffer.len()).min(bytes.len());
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.buffer.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Ends the stream, and makes it durable.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn finish(mut self) -> io::Result<Finished> {
        self.flush(true)?;
        self.file.sync_data()?;
        Ok(Finished(self))
    }

    fn flush(&mut self, last: bool) -> io::Result<()> {
        let place = place(&self.id, self.number, last);
        let sealed = self.inbox.sealer.seal(&place, &self.buffer).map_err(io::Error::other)?;
        let length = u32::try_from(sealed.len()).map_err(io::Error::other)?;
        self.append(&[&length.to_le_bytes(), sealed.as_slice()].concat())?;
        self.buffer.clear();
        self.number = self.number.saturating_add(1);
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inbox.take_room(bytes.len() as u64)?;
        self.offset = self.offset.saturating_add(bytes.len() as u64);
        self.file.write_at(self.offset.saturating_sub(bytes.len() as u64), bytes)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            self.inbox.give_room(self.offset);
            // What stays is removed at the next opening.
            drop(self.inbox.files.remove(&self.path));
        }
    }
}

impl Finished {
    pub(super) fn rename(mut self, path: &Path) -> io::Result<()> {
        self.0.inbox.files.rename(&self.0.path, path)?;
        self.0.kept = true;
        Ok(())
    }
}

/// A stream that is read from its beginning.
pub struct Stream {
    file: Box<dyn LayerFile>,
    sealer: Arc<dyn Sealer>,
    id: [u8; STREAM_ID_BYTES],
    number: u64,
    offset: u64,
    ended: bool,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("offset", &self.offset).finish_non_exhaustive()
    }
}

impl Stream {
    pub(super) fn open(file: Box<dyn LayerFile>, sealer: Arc<dyn Sealer>) -> io::Result<Self> {
        let mut id = [0; STREAM_ID_BYTES];
        fill(&*file, 0, &mut id)?;
        Ok(Self { file, sealer, id, number: 0, offset: STREAM_ID_BYTES as u64, ended: false })
    }

    /// Passes over so many chunks without opening them.
    ///
    /// # Errors
    /// As [`Self::next_chunk`].
    pub fn skip(&mut self, chunks: u64) -> io::Result<()> {
        for _chunk in 0..chunks {
            if self.offset >= self.file.len()? {
                self.ended = true;
                break;
            }
            let mut length = [0; LENGTH_BYTES];
            fill(&*self.file, self.offset, &mut length)?;
            let length = u64::from(u32::from_le_bytes(length));
            self.offset = self.offset.saturating_add(LENGTH_BYTES as u64).saturating_add(length);
            self.number = self.number.saturating_add(1);
        }
        Ok(())
    }

    /// Whether the last chunk was read.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        self.ended
    }

    /// The next bytes; none at the end.
    ///
    /// # Errors
    /// When the disk fails, or the file is not what was sealed ([`io::ErrorKind::InvalidData`],
    /// [`io::ErrorKind::UnexpectedEof`]).
    pub fn next_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.ended {
            return Ok(None);
        }
        let mut length = [0; LENGTH_BYTES];
        fill(&*self.file, self.offset, &mut length)?;
        let length = u32::from_le_bytes(length) as usize;
        if length > CHUNK_BYTES + MAX_OVERHEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let start = self.offset.saturating_add(LENGTH_BYTES as u64);
        let mut sealed = vec![0; length];
        fill(&*self.file, start, &mut sealed)?;
        let end = start.saturating_add(length as u64);
        self.ended = end >= self.file.len()?;
        let place = place(&self.id, self.number, self.ended);
        let opened = self.sealer.open(&place, &sealed);
        let opened = opened.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        (self.number, self.offset) = (self.number.saturating_add(1), end);
        Ok(Some(opened))
    }
}

fn fill(file: &dyn LayerFile, mut offset: u64, mut buffer: &mut [u8]) -> io::Result<()> {
    while !buffer.is_empty() {
        let count = file.read_at(offset, buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        offset = offset.saturating_add(count as u64);
        buffer = buffer.get_mut(count..).unwrap_or_default();
    }
    Ok(())
}
