//! Opening a journal, whatever a crash left.

use std::{io, path::Path, sync::Arc};

use super::{
    Active, Damage, DamageReason, Journal, JournalError, Position, SEGMENT_BYTES, io_error,
    recovery::{self, Cut, Recovery},
    segment::{self, FIRST, HEADER_BYTES, Header},
};
use crate::store::{FileLayer, LayerFile, Sealer, files::read_up_to};

impl Journal {
    /// As [`open`](Self::open), with segments of another size.
    pub(super) fn open_sized(
        dir: &Path,
        files: Arc<dyn FileLayer>,
        sealer: Arc<dyn Sealer>,
        segment_bytes: u32,
    ) -> Result<(Self, Recovery), JournalError> {
        let mut journal = Self {
            dir: dir.to_path_buf(),
            files,
            sealer,
            segment_bytes: segment_bytes.clamp(HEADER_BYTES, SEGMENT_BYTES),
            active: None,
            end: Position { segment: FIRST.saturating_sub(1), offset: 0 },
            pending: Vec::new(),
            used: false,
            failed: false,
        };
        journal.remove_leftovers()?;
        let recovery = match journal.last_segment()? {
            Some(number) => journal.recover(number)?,
            None => Recovery::default(),
        };
        Ok((journal, recovery))
    }

    /// Temporary files of an erasure that a crash interrupted.
    fn remove_leftovers(&self) -> Result<(), JournalError> {
        for name in self.list()?.iter().filter(|name| name.ends_with(".new")) {
            let path = self.dir.join(name);
            self.files.remove(&path).map_err(io_error("remove", &path))?;
        }
        Ok(())
    }

    fn last_segment(&self) -> Result<Option<u32>, JournalError> {
        Ok(self.list()?.iter().filter_map(|name| segment::number_of(name)).max())
    }

    fn list(&self) -> Result<Vec<String>, JournalError> {
        self.files.list(&self.dir).map_err(io_error("list", &self.dir))
    }

    /// Finds the end of the last segment and cuts what is behind it.
    fn recover(&mut self, number: u32) -> Result<Recovery, JournalError> {
        let path = segment::path(&self.dir, number);
        let file = self.files.open(&path).map_err(io_error("open", &path))?;
        let len = file.len().map_err(io_error("read", &path))?;
        let max = usize::try_from(SEGMENT_BYTES).unwrap_or(usize::MAX);
        let bytes = read_up_to(&*file, 0, max).map_err(io_error("read", &path))?;
        let has_header = Header::parse(number, &bytes).is_some();
        if !has_header && len <= u64::from(HEADER_BYTES) {
            return self.begin_again(number, file);
        }
        let kept = recovery::keep(number, &bytes);
        let mut recovery = Recovery { cut: None, damage: kept.damage };
        if !has_header {
            let (range, reason) = (0..HEADER_BYTES, DamageReason::Header);
            recovery.damage.insert(0, Damage { segment: number, range, reason });
        }
        if len > u64::from(kept.end) {
            let (range, whole_frames) = (u64::from(kept.end)..len, kept.whole_frames_cut);
            recovery.cut = Some(Cut { segment: number, range, whole_frames });
            file.set_len(u64::from(kept.end)).map_err(io_error("cut", &path))?;
        }
        // What a killed process wrote may still be in the system's memory only.
        file.sync_data().map_err(io_error("sync", &path))?;
        self.files.sync_dir(&self.dir).map_err(io_error("sync", &self.dir))?;
        self.end = Position { segment: number, offset: kept.end };
        self.active = has_header.then_some(Active { number, file });
        Ok(recovery)
    }

    /// A crash left a segment without frames, perhaps without a whole header.
    fn begin_again(
        &mut self,
        number: u32,
        file: Box<dyn LayerFile>,
    ) -> Result<Recovery, JournalError> {
        let path = segment::path(&self.dir, number);
        let previous = segment::path(&self.dir, number.saturating_sub(1));
        let header = usize::try_from(HEADER_BYTES).unwrap_or(usize::MAX);
        let look = |file: Box<dyn LayerFile>| Ok((file.len()?, read_up_to(&*file, 0, header)?));
        let previous_len = match self.files.open(&previous).and_then(look) {
            Ok((len, head)) if Header::parse(number.saturating_sub(1), &head).is_some() => {
                u32::try_from(len).unwrap_or(u32::MAX)
            }
            // It had one when this segment was begun: nobody can tell how much it lost.
            Ok(_headless) => u32::MAX,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(source) => return Err(io_error("read", &previous)(source)),
        };
        file.set_len(0).map_err(io_error("cut", &path))?;
        self.write_header(number, previous_len, &*file)?;
        self.end = Position { segment: number, offset: HEADER_BYTES };
        self.active = Some(Active { number, file });
        Ok(Recovery::default())
    }
}
