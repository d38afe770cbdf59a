//! Reading the journal from some place to its end, over damage too.

use std::{
    collections::{BTreeSet, VecDeque},
    fmt, io,
    ops::Range,
    path::PathBuf,
    sync::Arc,
};

use super::{
    Damage, DamageReason, Position,
    frame::{CLOSED, ERASED, Step, Walk},
    segment::{self, FIRST, HEADER_BYTES, Header, SEGMENT_BYTES},
};
use crate::store::{FileLayer, Sealer, files::read_up_to};

/// What was appended once.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Where it lies.
    pub position: Position,
    /// The kind that was given with it.
    pub kind: u8,
    /// The body that was given.
    pub body: Vec<u8>,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, kind, body } = self;
        write!(f, "Record({position}, kind {kind}, {} bytes)", body.len())
    }
}

/// Goes through the journal's records in the order in which they were appended, up to what was
/// committed when the scan began.
///
/// What cannot be read comes as [`Damage`], and the scan goes on behind it. Holds one segment in
/// memory (16 MiB).
pub struct Scan {
    pub(super) dir: PathBuf,
    pub(super) files: Arc<dyn FileLayer>,
    pub(super) sealer: Arc<dyn Sealer>,
    /// Where to begin.
    from: Position,
    /// Where to end.
    end: Position,
    /// The segment that is being read.
    current: Option<Loaded>,
    /// Number of the segment to read next; none at the end.
    next: Option<u32>,
    /// The segments whose files are there.
    there: BTreeSet<u32>,
    /// Length of the segment read last, if its file was there.
    previous_len: Option<u32>,
    damage: VecDeque<Damage>,
}

struct Loaded {
    bytes: Vec<u8>,
    walk: Walk,
}

impl Scan {
    pub(super) fn new(
        dir: PathBuf,
        files: Arc<dyn FileLayer>,
        sealer: Arc<dyn Sealer>,
        range: Range<Position>,
    ) -> Self {
        let first = range.start.segment.max(FIRST);
        let mut scan = Self {
            dir,
            files,
            sealer,
            next: Some(first),
            there: BTreeSet::new(),
            from: range.start,
            end: range.end,
            current: None,
            previous_len: None,
            damage: VecDeque::new(),
        };
        match scan.files.list(&scan.dir) {
            Ok(names) => scan.there = names.iter().filter_map(|n| segment::number_of(n)).collect(),
            Err(error) => scan.report(first, 0..0, DamageReason::Io(error.kind())),
        }
        scan
    }

    /// The next item of the segment at hand; none at its end.
    fn step(&mut self) -> Option<Result<Record, Damage>> {
        let Loaded { bytes, walk } = self.current.as_mut()?;
        loop {
            let segment = walk.segment();
            match walk.step(bytes)? {
                Step::Damage(range, reason) => return Some(Err(Damage { segment, range, reason })),
                Step::Frame(frame) if frame.kind == CLOSED || frame.kind == ERASED => {}
                Step::Frame(frame) => {
                    let body = frame.open(&*self.sealer).map_err(|_sealed| Damage {
                        segment,
                        range: frame.position.offset..frame.end,
                        reason: DamageReason::Sealed,
                    });
                    let (position, kind) = (frame.position, frame.kind);
                    return Some(body.map(|body| Record { position, kind, body }));
                }
            }
        }
    }

    /// Goes on to the next segment whose file is there; false at the end of the journal.
    fn advance(&mut self) -> bool {
        self.current = None;
        let Some(wanted) = self.next.filter(|number| *number <= self.end.segment) else {
            return false;
        };
        let found = self.there.range(wanted..=self.end.segment).next().copied();
        if found != Some(wanted) {
            self.report(wanted, 0..0, DamageReason::Missing);
            self.previous_len = None;
        }
        self.next = found.and_then(|number| number.checked_add(1));
        let Some(number) = found else { return true };
        match self.load(number) {
            Ok(bytes) => self.begin(number, bytes),
            Err(error) => {
                self.report(number, 0..0, DamageReason::Io(error.kind()));
                self.previous_len = None;
            }
        }
        true
    }

    fn load(&self, number: u32) -> io::Result<Vec<u8>> {
        let file = self.files.open(&segment::path(&self.dir, number))?;
        let max = if number == self.end.segment { self.end.offset } else { SEGMENT_BYTES };
        read_up_to(&*file, 0, usize::try_from(max).unwrap_or(usize::MAX))
    }

    /// Checks header and lengths, and starts the walk.
    fn begin(&mut self, number: u32, bytes: Vec<u8>) {
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        match Header::parse(number, &bytes) {
            None => {
                self.report(number, 0..HEADER_BYTES.min(len), DamageReason::Header);
                // Nobody can tell any more whether the segment before was cut.
                if let Some(previous) = self.previous_len {
                    let range = previous..u32::MAX;
                    self.report(number.saturating_sub(1), range, DamageReason::Truncated);
                }
            }
            Some(Header { previous_end, .. }) => {
                if let Some(previous) = self.previous_len.filter(|len| *len < previous_end) {
                    let range = previous..previous_end;
                    self.report(number.saturating_sub(1), range, DamageReason::Truncated);
                }
            }
        }
        if number == self.end.segment && len < self.end.offset {
            self.report(number, len..self.end.offset, DamageReason::Truncated);
        }
        let start = if number == self.from.segment { self.from.offset } else { 0 };
        self.previous_len = Some(len);
        self.current = Some(Loaded { bytes, walk: Walk::new(number, start.max(HEADER_BYTES)) });
    }

    fn report(&mut self, segment: u32, range: Range<u32>, reason: DamageReason) {
        self.damage.push_back(Damage { segment, range, reason });
    }
}

impl Iterator for Scan {
    type Item = Result<Record, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(damage) = self.damage.pop_front() {
                return Some(Err(damage));
            }
            if let Some(item) = self.step() {
                return Some(item);
            }
            if !self.advance() {
                return None;
            }
        }
    }
}

impl fmt::Debug for Scan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scan").field("from", &self.from).field("end", &self.end).finish()
    }
}
