use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::model::limits::{MAX_ENTRIES_PER_RUN, MAX_PAYLOADS_PER_ENTRY, MAX_RUN_BYTES};

fn payloads() -> impl Strategy<Value = Vec<Vec<Vec<u8>>>> {
    let payload = prop::collection::vec(any::<u8>(), 1..40);
    prop::collection::vec(prop::collection::vec(payload, 0..4), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// ∀ log, ∀ split into runs (with overlaps): the end is the same.
    #[test]
    fn any_split_ends_the_same(entries in payloads(), cuts in prop::collection::vec((0..8usize, 1..8usize), 0..6)) {
        let written = Written::new(entries);
        let all = written.entries.len();
        let mut held = 0;
        for (back, len) in cuts.into_iter().chain(vec![(0, 8); 8]) {
            let from = held.min(all - 1).saturating_sub(back);
            let to = (from + len).min(all);
            let run = Run::decode(&written.run(from, to).encode()).unwrap();
            let verified = written.verify(held, &run).unwrap();
            prop_assert_eq!(verified.fresh().len(), to.saturating_sub(held));
            held = held.max(to);
            prop_assert_eq!(verified.tail(), written.tail(held));
        }
        prop_assert_eq!(held, all);
    }

    /// ∀ bit of headers, payloads and signature: flipping it is found.
    #[test]
    fn any_flipped_bit_is_found(entries in payloads(), place in any::<prop::sample::Index>()) {
        let written = Written::new(entries);
        let run = written.run(0, written.entries.len());
        let bits = bits(&run);
        let flipped = flip(&run, place.index(bits));
        prop_assert!(written.verify(0, &flipped).is_err());
    }

    /// ∀ bytes: reading them as a run or a header fails or gives what writes the same.
    #[test]
    fn hostile_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _run = Run::decode(&bytes);
        let _header = Header::decode(&bytes);
        let _proof = ForkProof::decode(&bytes);
    }

    /// ∀ reordering, dropping or inserting of entries: it is found.
    #[test]
    fn another_order_is_found(entries in payloads(), seed in any::<prop::sample::Index>(), how in 0..3u8) {
        let written = Written::new(entries);
        let all = written.entries.len();
        prop_assume!(all > 2);
        let mut run = written.run(0, all);
        let at = seed.index(all - 1);
        match how {
            0 => run.entries.swap(at, at + 1),
            1 => drop(run.entries.remove(at)),
            _ => run.entries.insert(at, run.entries[at + 1].clone()),
        }
        prop_assert!(written.verify(0, &run).is_err());
    }
}

fn bits(run: &Run) -> usize {
    let payloads = |entry: &Entry| entry.payloads.iter().flatten().map(|p| p.len()).sum::<usize>();
    8 * (64 + run.entries.iter().map(|e| e.header.len() + payloads(e)).sum::<usize>())
}

/// The run with one of its bits the other way.
fn flip(run: &Run, bit: usize) -> Run {
    let mut run = run.clone();
    let mut at = bit;
    let mut try_flip = |bytes: &mut [u8]| {
        if at < 8 * bytes.len() {
            bytes[at / 8] ^= 1 << (at % 8);
            return true;
        }
        at -= 8 * bytes.len();
        false
    };
    if try_flip(&mut run.signature) {
        return run;
    }
    for entry in &mut run.entries {
        let mut header = entry.header.to_vec();
        let flipped = try_flip(&mut header);
        entry.header = header.into();
        if flipped {
            return run;
        }
        for payload in entry.payloads.iter_mut().flatten() {
            let mut bytes = payload.to_vec();
            let flipped = try_flip(&mut bytes);
            *payload = Arc::from(bytes);
            if flipped {
                return run;
            }
        }
    }
    panic!("no such bit");
}

fn some() -> Written {
    Written::new((0..6).map(|n| vec![vec![n; 20], vec![n; 3]]).collect())
}

#[test]
fn an_erased_payload_leaves_the_chain_whole() {
    let written = some();
    let mut run = written.run(0, 6);
    run.entries[2].payloads[1] = None;
    let run = Run::decode(&run.encode()).unwrap();
    let verified = written.verify(0, &run).unwrap();
    assert_eq!(verified.tail(), written.tail(6));
    assert_eq!(verified.entries()[2].payloads()[1], None);
    // Leaving it out altogether is something else.
    let mut short = run;
    short.entries[2].payloads.pop();
    assert_eq!(written.verify(0, &short), Err(RunError::PayloadCount { seq: 2 }));
}

#[test]
fn duplicates_change_nothing() {
    let written = some();
    let verified = written.verify(6, &written.run(0, 6)).unwrap();
    assert_eq!((verified.fresh().len(), verified.tail()), (0, written.tail(6)));
    // A run that ends below what is held, where the last signature is an older one.
    let verified = written.verify(6, &written.run(1, 3)).unwrap();
    assert_eq!((verified.fresh().len(), verified.tail()), (0, written.tail(6)));
}

#[test]
fn a_gap_is_told() {
    let written = some();
    let gap = written.verify(2, &written.run(4, 6));
    assert_eq!(gap, Err(RunError::Gap { held: 2, found: 4 }));
    assert_eq!(gap.unwrap_err().to_string(), "entries 2 to 3 are missing before the run");
}

#[test]
fn a_run_of_another_log_or_circle_is_refused() {
    let written = some();
    let run = written.run(0, 3);
    let other = log_of(&key(2), Lane::Record);
    let verdict = verify_run(&written.circle, &other, &Tail::EMPTY, |_| None, &run);
    assert_eq!(verdict, Err(RunError::OtherLog { seq: 0 }));
    let other = circle_tag(&CircleId::new([6; 32]));
    let verdict = verify_run(&other, &written.log, &Tail::EMPTY, |_| None, &run);
    assert_eq!(verdict, Err(RunError::OtherLog { seq: 0 }));
}

#[test]
fn more_than_allowed_is_refused_before_memory_is_taken() {
    // Empty entries cost two bytes each on the wire.
    let many = [10, 0].repeat(MAX_ENTRIES_PER_RUN + 1);
    assert_eq!(Run::decode(&many), Err(RunFormatError::TooLarge));
    // Erased payloads likewise.
    let payloads = [18, 0].repeat(2 * MAX_PAYLOADS_PER_ENTRY);
    let length = [
        128 | u8::try_from(payloads.len() % 128).unwrap(),
        u8::try_from(payloads.len() / 128).unwrap(),
    ];
    let entry = [&[10], length.as_slice(), &payloads].concat();
    assert_eq!(Run::decode(&entry), Err(RunFormatError::TooLarge));
    assert_eq!(Run::decode(&vec![0; MAX_RUN_BYTES + 1]), Err(RunFormatError::TooLarge));
    assert_eq!(Run::decode(&[]), Err(RunFormatError::Empty));
}

#[test]
fn the_largest_entry_fits_into_a_run_and_nothing_larger_is_written() {
    let key = key(1);
    let (circle, log) = (circle_tag(&CircleId::new([5; 32])), log_of(&key, Lane::Record));
    let mut writer = Writer::new(circle, log, Tail::EMPTY);
    let mut append = |size: usize| {
        let place = writer.next_position();
        writer.append(place, draft(vec![vec![7; size]]), &key)
    };
    assert_eq!(append(MAX_RUN_BYTES), Err(WriteError::Payloads));
    let largest = (0..1024).find_map(|less| append(MAX_RUN_BYTES - less).ok()).unwrap();
    let bytes = largest.to_run().encode();
    assert!(bytes.len() <= MAX_RUN_BYTES && bytes.len() > MAX_RUN_BYTES - 8, "{}", bytes.len());
    let run = Run::decode(&bytes).unwrap();
    assert_eq!(run.encoded_len(), bytes.len());
    verify_run(&circle, &log, &Tail::EMPTY, |_| None, &run).unwrap();
}

#[test]
fn the_writer_refuses_what_it_must() {
    let key = key(1);
    let (circle, log) = (circle_tag(&CircleId::new([5; 32])), log_of(&key, Lane::Record));
    let mut writer = Writer::new(circle, log, Tail::EMPTY);
    let (first, again) = (writer.next_position(), writer.next_position());
    let other = writer.append(writer.next_position(), draft(vec![vec![1]]), &super::key(2));
    assert_eq!(other, Err(WriteError::OtherKey));
    let empty = writer.append(writer.next_position(), draft(vec![vec![]]), &key);
    assert_eq!(empty, Err(WriteError::Payloads));
    let grant = Draft { kind: Kind::Grant, ..draft(vec![vec![1]]) };
    assert_eq!(writer.append(writer.next_position(), grant, &key), Err(WriteError::Lane));
    // Nothing has moved; then a place can be written only once.
    writer.append(first, draft(vec![vec![1]]), &key).unwrap();
    let twice = writer.append(again, draft(vec![vec![2]]), &key);
    assert_eq!(twice, Err(WriteError::Place { seq: 0 }));
}

#[test]
fn a_kind_stands_on_its_lane_only() {
    let written = some();
    let mut header = written.entries[0].entries()[0].header().clone();
    header.kind = Kind::Alert;
    assert_eq!(Header::decode(&header.encode()), Err(HeaderError::Lane { kind: 4, lane: 2 }));
    header.kind = Kind::Unknown(77);
    assert_eq!(Header::decode(&header.encode()), Ok(header));
}
