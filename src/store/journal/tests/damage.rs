//! Damage: found, contained, reported; never a panic.

use std::{ops::Range, sync::OnceLock};

use proptest::prelude::*;

use super::*;

/// A journal of several segments, closed in order, and what is in it.
fn closed() -> (FaultyFiles, Vec<Record>, Position) {
    let files = FaultyFiles::new();
    let mut journal = open_clean(&files);
    fill(&mut journal, 40, 600);
    let records = all(&journal);
    let end = journal.end();
    journal.close().unwrap();
    (files, records, end)
}

/// Opens and scans a damaged journal, and holds what comes against what was there.
fn check(files: &FaultyFiles, records: &[Record]) -> (Recovery, Vec<Damage>) {
    let (mut journal, recovery) = open(files).unwrap();
    let (found, damage): (Vec<_>, Vec<_>) = journal.scan(Position::START).partition(Result::is_ok);
    let found = found.into_iter().map(Result::unwrap).collect::<Vec<_>>();
    let damage = damage.into_iter().map(Result::unwrap_err).collect::<Vec<_>>();
    for record in &found {
        assert!(records.contains(record), "nothing false is shown");
        assert_eq!(&journal.read(record.position).unwrap(), record);
    }
    for lost in records.iter().filter(|record| !found.contains(record)) {
        let at = lost.position;
        let reported = damage.iter().any(|damage| covers(damage, at));
        assert!(reported || at >= journal.end(), "{at} is reported");
        assert!(journal.read(at).is_err());
    }
    // It can be written to, and what is written is there the next time.
    let position = journal.append(&[(9, b"afterwards")]).unwrap()[0];
    journal.commit().unwrap();
    drop(journal);
    let (journal, recovery_again) = open(files).unwrap();
    assert_eq!(recovery_again.cut, None);
    assert_eq!(journal.read(position).unwrap().body, b"afterwards");
    (recovery, damage)
}

fn covers(damage: &Damage, at: Position) -> bool {
    if damage.reason == DamageReason::Missing {
        return damage.segment <= at.segment;
    }
    damage.segment == at.segment && damage.range.contains(&at.offset)
}

#[derive(Debug, Clone)]
enum Harm {
    Flip(usize),
    Zero(Range<usize>),
    Fill(Range<usize>, u8),
    Truncate(usize),
    Grow(Vec<u8>),
}

impl Harm {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let len = bytes.len();
        let within = |range: &Range<usize>| range.start.min(len)..range.end.min(len);
        match self {
            Self::Flip(bit) => bytes[bit / 8 % len] ^= 1 << (bit % 8),
            Self::Zero(range) => bytes[within(range)].fill(0),
            Self::Fill(range, byte) => bytes[within(range)].fill(*byte),
            Self::Truncate(to) => bytes.truncate(*to % len),
            Self::Grow(more) => bytes.extend(more),
        }
    }
}

fn range() -> impl Strategy<Value = Range<usize>> {
    (0..8192_usize, 1..4096_usize).prop_map(|(start, len)| start..start + len)
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        (0..65536_usize).prop_map(Harm::Flip),
        range().prop_map(Harm::Zero),
        (range(), any::<u8>()).prop_map(|(range, byte)| Harm::Fill(range, byte)),
        (0..8192_usize).prop_map(Harm::Truncate),
        prop::collection::vec(any::<u8>(), 1..3000).prop_map(Harm::Grow),
    ]
}

/// The last segment looks as if it had just been begun, and the one before lost all it had.
#[test]
fn an_emptied_segment_before_one_that_is_begun_again_is_told() {
    let (files, records, _) = closed();
    let names = files.list(&dir()).unwrap();
    let last = names.iter().filter_map(|name| segment::number_of(name)).max().unwrap();
    for number in [last, last - 1] {
        files.open(&segment::path(&dir(), number)).unwrap().set_len(0).unwrap();
    }
    let (_recovery, damage) = check(&files, &records);
    assert!(damage.iter().any(|damage| damage.segment == last - 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn harm_is_contained(harms in prop::collection::vec((1..=4_u32, harm()), 1..4)) {
        static CLOSED: OnceLock<(FaultyFiles, Vec<Record>, Position)> = OnceLock::new();
        let (files, records, _) = CLOSED.get_or_init(closed);
        let files = files.restart(0);
        for (number, harm) in &harms {
            files.edit(&segment::path(&dir(), *number), |bytes| {
                if !bytes.is_empty() {
                    harm.apply(bytes);
                }
            });
        }
        check(&files, records);
    }

    #[test]
    fn garbage_is_no_journal(garbage in prop::collection::vec(any::<u8>(), 0..5000)) {
        let files = FaultyFiles::new();
        files.create(&segment::path(&dir(), 1)).unwrap().write_at(0, &garbage).unwrap();
        check(&files, &[]);
    }
}

/// A segment's length stands in the next one's header; when that does not read, nobody knows it.
#[test]
fn a_cut_before_a_damaged_header_is_told() {
    let (files, records, _) = closed();
    files.edit(&segment::path(&dir(), 4), |bytes| bytes[0] = 0);
    files.edit(&segment::path(&dir(), 3), |bytes| bytes.truncate(0));
    check(&files, &records);
}

#[test]
fn one_flipped_bit_costs_one_record() {
    let (files, records, end) = closed();
    let hit = &records[5];
    let path = segment::path(&dir(), hit.position.segment);
    let offset = usize::try_from(hit.position.offset).unwrap();
    for byte in [0, 2, 3, 4, 7, 9, 15, 40] {
        files.edit(&path, |bytes| bytes[offset + byte] ^= 4);
        let (journal, recovery) = open(&files).unwrap();
        assert_eq!((recovery, journal.end() > end), (Recovery::default(), true));
        let (good, bad): (Vec<_>, Vec<_>) = journal.scan(Position::START).partition(Result::is_ok);
        assert_eq!((good.len(), bad.len()), (records.len() - 1, 1));
        assert_eq!(bad[0].as_ref().unwrap_err().position(), hit.position);
        files.edit(&path, |bytes| bytes[offset + byte] ^= 4);
    }
}

#[test]
fn damage_in_the_last_segment_is_told_from_a_torn_tail() {
    let (files, records, end) = closed();
    let in_last = |record: &&Record| record.position.segment == end.segment;
    let hit = records.iter().rfind(in_last).unwrap();
    let at = usize::try_from(hit.position.offset).unwrap();
    files.edit(&segment::path(&dir(), end.segment), |bytes| bytes[at + 30] ^= 1);
    let (recovery, damage) = check(&files, &records);
    assert_eq!(recovery.cut, None, "the mark of the orderly shutdown vouches for all before it");
    assert_eq!(damage.len(), 1);
    assert_eq!(recovery.damage, damage);
}

#[test]
fn a_cut_off_end_of_an_older_segment_is_noticed() {
    let (files, records, _) = closed();
    let last_of_first = records.iter().rfind(|record| record.position.segment == 1).unwrap();
    // Exactly at a frame: nothing in the file itself shows it.
    let to = usize::try_from(last_of_first.position.offset).unwrap();
    files.edit(&segment::path(&dir(), 1), |bytes| bytes.truncate(to));
    let (_, damage) = check(&files, &records);
    assert_eq!(damage.len(), 1);
    assert_eq!(damage[0].reason, DamageReason::Truncated);
}

#[test]
fn missing_segments_are_noticed() {
    let (files, records, end) = closed();
    files.remove(&segment::path(&dir(), 2)).unwrap();
    let (_, damage) = check(&files, &records);
    assert_eq!((damage.len(), damage[0].reason), (1, DamageReason::Missing));
    // The last one: the journal alone cannot know; the index's checkpoint does.
    files.remove(&segment::path(&dir(), end.segment)).unwrap();
    let (journal, _) = open(&files).unwrap();
    assert!(journal.end() < end);
}

#[test]
fn a_file_of_absurd_number_takes_no_time() {
    let (files, records, _) = closed();
    files.create(&segment::path(&dir(), u32::MAX - 1)).unwrap();
    check(&files, &records);
}

#[test]
fn a_segment_made_of_markers_takes_no_time() {
    let files = FaultyFiles::new();
    let mut bytes = Header { number: 1, previous_end: 0 }.to_bytes();
    // Each claims the longest body.
    let frame = [0xce, 0x1b, 0, 1, 0, 0, 0x20, 0, 0, 0, 0, 0];
    bytes.extend(frame.iter().cycle().take(12 * 1024 * 1024));
    files.create(&segment::path(&dir(), 1)).unwrap().write_at(0, &bytes).unwrap();
    let (journal, recovery) = open(&files).unwrap();
    assert!(recovery.cut.is_some());
    assert_eq!(all(&journal).len(), 0);
}

#[test]
fn frames_moved_elsewhere_are_no_frames() {
    let (files, records, _) = closed();
    let first = segment::path(&dir(), 1);
    let mut copy = Vec::new();
    files.edit(&first, |bytes| copy = bytes.clone());
    // The same bytes under another number.
    files.edit(&segment::path(&dir(), 2), |bytes| {
        bytes.truncate(32);
        bytes.extend(&copy[32..]);
    });
    let (_, damage) = check(&files, &records);
    assert!(damage.iter().any(|damage| damage.segment == 2));
}
