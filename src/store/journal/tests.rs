mod crash;
mod damage;

use super::*;
use crate::store::{
    files::faulty::FaultyFiles,
    sealer::testing::{PlainSealer, sealer},
};

/// Small, so that tests go over many segments.
const SEGMENT: u32 = 8192;

fn dir() -> PathBuf {
    PathBuf::from("journal")
}

fn open(files: &FaultyFiles) -> Result<(Journal, Recovery), JournalError> {
    Journal::open_sized(&dir(), Arc::new(files.clone()), sealer(1), SEGMENT)
}

fn open_clean(files: &FaultyFiles) -> Journal {
    let (journal, recovery) = open(files).unwrap();
    assert_eq!(recovery, Recovery::default());
    journal
}

/// A body that tells itself from all others.
fn body(index: usize, len: usize) -> Vec<u8> {
    index.to_le_bytes().into_iter().cycle().take(len).collect()
}

/// Commits records one by one; where they lie.
fn fill(journal: &mut Journal, count: usize, len: usize) -> Vec<Position> {
    (0..count)
        .map(|index| {
            let positions = journal.append(&[(7, &body(index, len))]).unwrap();
            journal.commit().unwrap();
            positions[0]
        })
        .collect()
}

fn all(journal: &Journal) -> Vec<Record> {
    journal.scan(Position::START).map(Result::unwrap).collect()
}

#[test]
fn what_is_committed_is_read() {
    let files = FaultyFiles::new();
    let mut journal = open_clean(&files);
    assert_eq!(journal.end(), Position::START);
    let positions = journal.append(&[(1, b"one"), (2, b""), (254, &body(3, 2000))]).unwrap();
    assert!(matches!(journal.read(positions[0]), Err(JournalError::NotCommitted(_))));
    assert_eq!(all(&journal), []);
    let end = journal.commit().unwrap();
    assert_eq!(end, journal.end());
    let record = journal.read(positions[2]).unwrap();
    assert_eq!((record.kind, record.body), (254, body(3, 2000)));
    assert_eq!(all(&journal).len(), 3);
    assert_eq!(journal.scan(positions[1]).count(), 2);
    assert_eq!(journal.scan(end).count(), 0);
}

#[test]
fn a_scan_from_an_end_gives_what_came_later() {
    let files = FaultyFiles::new();
    let mut journal = open_clean(&files);
    for index in 0..40 {
        let end = journal.end();
        journal.append(&[(1, &body(index, 1000))]).unwrap();
        journal.commit().unwrap();
        let later = journal.scan(end).map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!(later.len(), 1);
        assert_eq!(later[0].body, body(index, 1000));
    }
    assert!(journal.end().segment > 4);
}

#[test]
fn closing_and_opening_changes_nothing() {
    let files = FaultyFiles::new();
    let mut journal = open_clean(&files);
    fill(&mut journal, 30, 700);
    let before = all(&journal);
    journal.close().unwrap();
    let journal = open_clean(&files);
    let end = journal.end();
    assert_eq!(all(&journal), before);
    journal.close().unwrap();
    assert_eq!(open_clean(&files).end(), end, "an unused opening leaves no mark");
}

#[test]
fn what_does_not_fit_is_refused() {
    let files = FaultyFiles::new();
    let mut journal = open_clean(&files);
    for kind in [0, 255] {
        assert!(matches!(journal.append(&[(kind, b"")]), Err(JournalError::Kind(_))));
    }
    let large = vec![0; MAX_BODY_BYTES + 1];
    assert!(matches!(journal.append(&[(1, &large)]), Err(JournalError::TooLarge { .. })));
    let large = vec![0; usize::try_from(SEGMENT).unwrap()];
    assert!(matches!(journal.append(&[(1, &large)]), Err(JournalError::TooLarge { .. })));
    assert_eq!(journal.pending_bytes(), 0);
    assert_eq!(journal.commit().unwrap(), Position::START);
}

#[test]
fn too_much_waiting_is_refused() {
    let files = FaultyFiles::new();
    let layer = Arc::new(files);
    let (mut journal, _) = Journal::open(&dir(), layer, Arc::new(PlainSealer)).unwrap();
    let large = vec![0; MAX_BODY_BYTES];
    let refusal = (0..100).find_map(|_| journal.append(&[(1, &large)]).err()).unwrap();
    assert!(matches!(refusal, JournalError::Backlog { .. }));
    assert!(journal.pending_bytes() <= MAX_PENDING_BYTES);
    journal.commit().unwrap();
    assert!(journal.append(&[(1, &large)]).is_ok());
    assert_eq!(journal.scan(Position::START).map(Result::unwrap).count(), 31);
}

#[test]
fn after_a_failed_commit_the_journal_wants_to_be_opened_again() {
    let files = FaultyFiles::new();
    let mut journal = open_clean(&files);
    fill(&mut journal, 3, 100);
    journal.append(&[(1, b"lost")]).unwrap();
    files.fail_after(2);
    assert!(matches!(journal.commit(), Err(JournalError::Io { action: "sync", .. })));
    assert!(matches!(journal.commit(), Err(JournalError::Failed)));
    assert!(matches!(journal.append(&[(1, b"no")]), Err(JournalError::Failed)));
    assert_eq!(all(&journal).len(), 3, "reading goes on");
}

#[test]
fn another_key_opens_nothing_and_breaks_nothing() {
    let files = FaultyFiles::new();
    fill(&mut open_clean(&files), 5, 100);
    let (journal, recovery) =
        Journal::open_sized(&dir(), Arc::new(files.clone()), sealer(2), SEGMENT).unwrap();
    assert_eq!(recovery, Recovery::default());
    for item in journal.scan(Position::START) {
        assert_eq!(item.unwrap_err().reason, DamageReason::Sealed);
    }
    assert_eq!(all(&open_clean(&files)).len(), 5);
}

#[test]
fn nothing_readable_lies_on_disk() {
    let files = FaultyFiles::new();
    let mut journal = open_clean(&files);
    journal.append(&[(1, b"the name of a person who is at risk")]).unwrap();
    journal.commit().unwrap();
    files.edit(&segment::path(&dir(), 1), |bytes| {
        assert!(!bytes.windows(6).any(|window| window == b"person"));
    });
}

#[test]
fn erased_bodies_go_and_all_others_keep_their_places() {
    let files = FaultyFiles::new();
    let mut journal = open_clean(&files);
    let positions = fill(&mut journal, 30, 700);
    let gone = [positions[3], positions[4], positions[29]].into();
    assert_eq!(journal.erase(&gone).unwrap(), 3);
    assert_eq!(journal.erase(&gone).unwrap(), 0, "once");
    for (index, position) in positions.iter().enumerate() {
        match journal.read(*position) {
            Ok(record) => assert_eq!(record.body, body(index, 700)),
            Err(error) => assert!(matches!(error, JournalError::Erased(at) if gone.contains(&at))),
        }
    }
    fill(&mut journal, 2, 700);
    journal.close().unwrap();
    assert_eq!(all(&open_clean(&files)).len(), 29);
}

#[test]
fn names_of_other_files_are_passed_over() {
    assert_eq!(segment::number_of("00000012.seg"), Some(12));
    assert_eq!(segment::number_of("123456789.seg"), Some(123_456_789));
    for name in
        ["12.seg", "00000000.seg", "00000001.seg.new", "+0000001.seg", "x", "99999999999.seg"]
    {
        assert_eq!(segment::number_of(name), None, "{name}");
    }
}

#[test]
fn it_works_on_the_real_disk() {
    let home = tempfile::tempdir().unwrap();
    let files: Arc<dyn FileLayer> = Arc::new(crate::store::OsFiles);
    let open = || {
        Journal::open_sized(Path::new(home.path()), Arc::clone(&files), sealer(1), SEGMENT).unwrap()
    };
    let (mut journal, _) = open();
    let positions = fill(&mut journal, 30, 700);
    journal.erase(&[positions[1]].into()).unwrap();
    journal.close().unwrap();
    // What a crash in a commit leaves.
    let last = segment::path(home.path(), open().0.end().segment);
    let torn = std::fs::read(&last).unwrap();
    std::fs::write(&last, [torn.as_slice(), &[0xce, 0x1b, 0, 1, 9]].concat()).unwrap();
    let (journal, recovery) = open();
    assert_eq!(recovery.cut.unwrap().range.count(), 5);
    assert_eq!(all(&journal).len(), 29);
}
