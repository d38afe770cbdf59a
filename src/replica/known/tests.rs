use proptest::prelude::*;

use super::*;

fn minute(minutes: u64) -> Timestamp {
    Timestamp::from_millis(minutes * 60_000)
}

fn log() -> LogId {
    LogId {
        device: DeviceId::new([1; 32]),
        incarnation: Incarnation::new([2; 16]),
        lane: Lane::Record,
    }
}

#[test]
fn an_entry_is_known_since_it_came() {
    let mut known = KnownSince::default();
    known.note(minute(5), 3);
    known.note(minute(5), 4);
    known.note(minute(9), 6);
    known.note(minute(8), 7);
    let since: Vec<_> = (0..8).map(|seq| known.since(seq).unwrap()).collect();
    let minutes = [5, 5, 5, 5, 9, 9, 8, 8];
    assert_eq!(since, minutes.map(minute));
}

#[test]
fn of_what_came_before_anything_was_noted_nothing_is_said() {
    let mut known = KnownSince { noted: 10, marks: Vec::new() };
    known.note(minute(1), 10);
    assert_eq!(known.since(9), None);
    known.note(minute(2), 11);
    assert_eq!((known.since(9), known.since(10)), (None, Some(minute(2))));
}

#[test]
fn marks_are_few_and_the_newest_exact() {
    let mut known = KnownSince::default();
    for n in 1..5_000 {
        known.note(minute(n), n);
        assert!(known.marks.len() <= MAX_MARKS);
    }
    for n in 4_900..4_999 {
        assert_eq!(known.since(n), Some(minute(n + 1)));
    }
    assert_eq!(known.since(0), Some(minute(1)));
}

proptest! {
    #[test]
    fn what_is_kept_reads_back(steps in prop::collection::vec((0_u64..500, 1_u64..9), 0..40)) {
        let mut known = KnownSince::default();
        let mut length = 0;
        for (at, more) in steps {
            length += more;
            known.note(minute(at), length);
        }
        let circle = CircleId::new([7; 32]);
        let bytes = known.encode(&circle, &log());
        prop_assert_eq!(KnownSince::decode(&bytes), Some((circle, log(), known)));
    }

    #[test]
    fn other_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        drop(KnownSince::decode(&bytes));
    }
}
