//! The columns of a change's operations: run-length encoded, summed before anything is expanded.

use super::{MAX_KEY_BYTES, MAX_OPS_PER_CHANGE, PreflightError, reader::Reader};

/// Column specification: id and type, as automerge writes them. The bit that says "deflated"
/// (8) is in none of these, so a deflated column is an unknown one.
/// <https://automerge.org/automerge-binary-format-spec/#_operation_columns>
mod spec {
    pub(super) const OBJECT_ACTOR: u32 = 0x01;
    pub(super) const OBJECT_COUNTER: u32 = 0x02;
    pub(super) const KEY_ACTOR: u32 = 0x11;
    pub(super) const KEY_COUNTER: u32 = 0x13;
    pub(super) const KEY_STRING: u32 = 0x15;
    pub(super) const INSERT: u32 = 0x34;
    pub(super) const ACTION: u32 = 0x42;
    pub(super) const VALUE_META: u32 = 0x56;
    pub(super) const VALUE: u32 = 0x57;
    pub(super) const PRED_GROUP: u32 = 0x70;
    pub(super) const PRED_ACTOR: u32 = 0x71;
    pub(super) const PRED_COUNTER: u32 = 0x73;
    pub(super) const EXPAND: u32 = 0x94;
    pub(super) const MARK_NAME: u32 = 0xa5;
    pub(super) const ALL: [u32; 14] = [
        OBJECT_ACTOR,
        OBJECT_COUNTER,
        KEY_ACTOR,
        KEY_COUNTER,
        KEY_STRING,
        INSERT,
        ACTION,
        VALUE_META,
        VALUE,
        PRED_GROUP,
        PRED_ACTOR,
        PRED_COUNTER,
        EXPAND,
        MARK_NAME,
    ];
}

/// The columns, each as its runs.
#[derive(Debug)]
pub(super) struct Columns<'a> {
    pub(super) ops: u64,
    pub(super) object_actor: Cursor<u64>,
    pub(super) object_counter: Cursor<u64>,
    pub(super) key_actor: Cursor<u64>,
    pub(super) key_counter: Cursor<i64>,
    pub(super) key_string: Cursor<&'a str>,
    pub(super) insert: Cursor<bool>,
    pub(super) action: Cursor<u64>,
    pub(super) value_meta: Cursor<u64>,
    pub(super) value: Reader<'a>,
    pub(super) pred_group: Cursor<u64>,
    pub(super) pred_actor: Cursor<u64>,
    pub(super) pred_counter: Cursor<i64>,
    pub(super) expand: Cursor<bool>,
    pub(super) mark_name: Cursor<&'a str>,
    /// Whether all columns are as automerge itself would write them. Of others it makes documents
    /// that do not load again, since it hashes what it would have written.
    pub(super) canonical: bool,
}

impl<'a> Columns<'a> {
    /// Reads the columns' table and then the columns, which must fill the rest of the change.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, PreflightError> {
        let found = split(reader)?;
        let bytes = |wanted: u32| {
            found.iter().find(|(spec, _)| *spec == wanted).map_or(&[][..], |(_, bytes)| *bytes)
        };
        let unsigned = |wanted| Cursor::read(bytes(wanted), Reader::unsigned);
        let signed = |wanted| Cursor::read(bytes(wanted), Reader::signed);
        let mut columns = Self {
            canonical: true,
            ops: unsigned(spec::ACTION)?.total,
            object_actor: unsigned(spec::OBJECT_ACTOR)?,
            object_counter: unsigned(spec::OBJECT_COUNTER)?,
            key_actor: unsigned(spec::KEY_ACTOR)?,
            key_counter: signed(spec::KEY_COUNTER)?,
            key_string: Cursor::read(bytes(spec::KEY_STRING), read_key)?,
            insert: Cursor::read_flags(bytes(spec::INSERT))?,
            action: unsigned(spec::ACTION)?,
            value_meta: unsigned(spec::VALUE_META)?,
            value: Reader::new(bytes(spec::VALUE)),
            pred_group: unsigned(spec::PRED_GROUP)?,
            pred_actor: unsigned(spec::PRED_ACTOR)?,
            pred_counter: signed(spec::PRED_COUNTER)?,
            expand: Cursor::read_flags(bytes(spec::EXPAND))?,
            mark_name: Cursor::read(bytes(spec::MARK_NAME), read_key)?,
        };
        columns.check_lengths()?;
        columns.canonical = columns.are_canonical();
        Ok(columns)
    }

    fn are_canonical(&self) -> bool {
        self.object_actor.canonical
            && self.object_counter.canonical
            && self.key_actor.canonical
            && self.key_counter.canonical
            && self.key_string.canonical
            && self.action.canonical
            && self.value_meta.canonical
            && self.pred_group.canonical
            && self.pred_actor.canonical
            && self.pred_counter.canonical
            && self.mark_name.canonical
            // A column of nothing but "no" is not written.
            && (self.expand.total == 0 || self.expand.has_a_yes())
    }

    /// Each column has one value for each operation, or (nothing but nulls) is not there; the
    /// columns of predecessors have one for each predecessor.
    fn check_lengths(&self) -> Result<(), PreflightError> {
        let full = [self.insert.total, self.value_meta.total, self.pred_group.total];
        let sparse = [
            self.object_actor.total,
            self.object_counter.total,
            self.key_actor.total,
            self.key_counter.total,
            self.key_string.total,
            self.expand.total,
            self.mark_name.total,
        ];
        let preds = self.pred_group.sum().ok_or(PreflightError::TooMany("predecessors"))?;
        if preds > MAX_OPS_PER_CHANGE {
            return Err(PreflightError::TooMany("predecessors"));
        }
        let even = self.ops > 0
            && full.iter().all(|total| *total == self.ops)
            && sparse.iter().all(|total| *total == self.ops || *total == 0)
            && self.pred_actor.total == preds
            && self.pred_counter.total == preds;
        if even { Ok(()) } else { Err(PreflightError::UnevenColumns) }
    }
}

/// Splits the rest of the change into its columns: known, not empty, in ascending order.
fn split<'a>(reader: &mut Reader<'a>) -> Result<Vec<(u32, &'a [u8])>, PreflightError> {
    let count = reader.unsigned()?;
    if usize::try_from(count).map_or(true, |count| count > spec::ALL.len()) {
        return Err(PreflightError::TooMany("columns"));
    }
    let mut table: Vec<(u32, u64)> = Vec::new();
    for _ in 0..count {
        let (found, length) = (reader.unsigned()?, reader.unsigned()?);
        let known = spec::ALL.into_iter().find(|spec| u64::from(*spec) == found);
        let known = known.ok_or(PreflightError::Column(found))?;
        if length == 0 || table.last().is_some_and(|(last, _)| *last >= known) {
            return Err(PreflightError::Column(found));
        }
        table.push((known, length));
    }
    let columns: Result<_, _> = table
        .into_iter()
        .map(|(spec, length)| reader.take(length).map(|bytes| (spec, bytes)))
        .collect();
    if reader.is_done() { columns } else { Err(PreflightError::Trailing) }
}

fn read_key<'a>(reader: &mut Reader<'a>) -> Result<&'a str, PreflightError> {
    let length = reader.unsigned()?;
    if length > MAX_KEY_BYTES {
        return Err(PreflightError::TooMany("bytes of a key"));
    }
    str::from_utf8(reader.take(length)?).map_err(|_not_utf8| PreflightError::Text)
}

#[derive(Debug)]
struct Run<V> {
    count: u64,
    value: Option<V>,
}

/// A column's values in order, without their expansion.
#[derive(Debug)]
pub(super) struct Cursor<V> {
    runs: std::vec::IntoIter<Run<V>>,
    current: Option<V>,
    left: u64,
    /// How many values there are.
    total: u64,
    /// Whether the runs are the ones that automerge writes for these values.
    canonical: bool,
}

impl<V: Copy + PartialEq> Cursor<V> {
    fn new(runs: Vec<Run<V>>, total: u64, canonical: bool) -> Self {
        Self { runs: runs.into_iter(), current: None, left: 0, total, canonical }
    }

    /// Reads a run-length encoded column: a positive count and one value, a negative count and as
    /// many values, or zero and a count of nulls.
    fn read<'a>(
        bytes: &'a [u8],
        value: impl Fn(&mut Reader<'a>) -> Result<V, PreflightError>,
    ) -> Result<Self, PreflightError> {
        let mut reader = Reader::new(bytes);
        let (mut runs, mut total) = (Vec::<Run<V>>::new(), 0);
        let (mut canonical, mut after_literals) = (true, false);
        while !reader.is_done() {
            let head = reader.signed()?;
            let count = if head == 0 { reader.unsigned()? } else { head.unsigned_abs() };
            if count == 0 {
                return Err(PreflightError::UnevenColumns);
            }
            total = add(total, count)?;
            // One value is written as a literal, and literals that follow each other as one run.
            canonical &= head != 1 && !(head < 0 && after_literals);
            after_literals = head < 0;
            match head {
                0 => runs.push(Run { count, value: None }),
                1.. => runs.push(Run { count, value: Some(value(&mut reader)?) }),
                ..0 => {
                    for _ in 0..count {
                        runs.push(Run { count: 1, value: Some(value(&mut reader)?) });
                    }
                }
            }
        }
        canonical &= runs
            .windows(2)
            .all(|pair| pair.first().map(|run| run.value) != pair.last().map(|run| run.value));
        canonical &= runs.is_empty() || runs.iter().any(|run| run.value.is_some());
        Ok(Self::new(runs, total, canonical))
    }

    /// The next value; none after the last, so that an absent column is all nulls.
    pub(super) fn next(&mut self) -> Option<V> {
        while self.left == 0 {
            let run = self.runs.next()?;
            (self.current, self.left) = (run.value, run.count);
        }
        self.left -= 1;
        self.current
    }
}

impl Cursor<bool> {
    /// Reads a column of flags: counts of no and yes in turn, beginning with no.
    fn read_flags(bytes: &[u8]) -> Result<Self, PreflightError> {
        let mut reader = Reader::new(bytes);
        let (mut runs, mut total, mut value) = (Vec::new(), 0, false);
        while !reader.is_done() {
            let count = reader.unsigned()?;
            if count == 0 && !runs.is_empty() {
                return Err(PreflightError::UnevenColumns);
            }
            total = add(total, count)?;
            runs.push(Run { count, value: Some(value) });
            value = !value;
        }
        Ok(Self::new(runs, total, true))
    }

    /// Whether any value is yes.
    fn has_a_yes(&self) -> bool {
        self.runs.as_slice().iter().any(|run| run.count > 0 && run.value == Some(true))
    }
}

impl Cursor<u64> {
    /// The sum of all values, from the runs.
    fn sum(&self) -> Option<u64> {
        self.runs.as_slice().iter().try_fold(0_u64, |sum, run| {
            sum.checked_add(run.count.checked_mul(run.value.unwrap_or(0))?)
        })
    }
}

/// Adds a run to a column's length. A run of nothing would make a decoder loop for free.
fn add(total: u64, count: u64) -> Result<u64, PreflightError> {
    match total.checked_add(count) {
        Some(sum) if sum <= MAX_OPS_PER_CHANGE => Ok(sum),
        _beyond => Err(PreflightError::TooMany("operations")),
    }
}
