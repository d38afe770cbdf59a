//! Files that somebody touched, and makers that lie.

use super::{
    kit::{Refused, envelope, envelope_of, export, finish, import, open, preface, recipient},
    two_members, write,
};
use crate::{
    crypto::{
        bundle::{SEGMENT_BYTES, STANZA_BYTES},
        segment::TAG_BYTES,
    },
    log::{Entry, Run},
    model::{
        id::{CircleId, Lane},
        limits::MAX_STATEMENT_BYTES,
    },
    sync::{
        Replica,
        bundle::{
            Import, Item, PartError, PartReader, PartWriter, Preface, Stopped,
            import::MAX_STRANGE_CIRCLES,
            item::{ItemError, MAX_ITEM_BYTES, MAX_JOIN_REQUEST_BYTES, MAX_RECEIPTS},
        },
        limits::MAX_STRANGER_STATEMENTS,
        tests::fake::{Fake, device_id, device_key, filler, genesis, statement, transport},
    },
};

/// A part that a maker makes by hand.
fn part(maker: u8, preface: Preface, items: &[Vec<u8>]) -> Vec<u8> {
    let to = [recipient(1)].into_iter().collect();
    let envelope = envelope(&to, 5);
    let mut part = PartWriter::begin(Vec::new(), envelope, u64::MAX, preface).unwrap();
    items.iter().for_each(|item| part.add_unchecked(item).unwrap());
    finish(part, true, &device_key(maker))
}

fn made_by(maker: u8, items: Vec<Item>) -> Vec<u8> {
    part(maker, preface(maker), &items.into_iter().map(Item::encode).collect::<Vec<_>>())
}

#[test]
fn nothing_is_taken_of_a_part_with_a_flipped_bit() {
    let (mut one, mut two, [circle, _]) = two_members();
    write(&mut one, circle, Lane::Record, 3);
    let part = export(&one, &[recipient(1)], u64::MAX, false).remove(0);
    let before = two.contents();
    // Every byte of the small part; the bit changes from byte to byte.
    for at in 0..part.len() {
        let mut flipped = part.clone();
        flipped[at] ^= 1 << (at % 8);
        assert!(import(&mut two, &flipped).is_err(), "byte {at}");
    }
    assert_eq!(two.contents(), before);
    assert!(import(&mut two, &part).is_ok());
}

#[test]
fn nothing_is_taken_of_a_part_that_was_cut_off() {
    let (mut one, mut two, [circle, _]) = two_members();
    write(&mut one, circle, Lane::Record, 300);
    let part = export(&one, &[recipient(1)], u64::MAX, false).remove(0);
    let segments = (0..).map(|n| STANZA_BYTES + n * (SEGMENT_BYTES + TAG_BYTES));
    let ends: Vec<usize> = segments.take_while(|end| *end < part.len()).collect();
    assert!(ends.len() > 3, "{ends:?}");
    let before = two.contents();
    for end in ends {
        for cut in [end.saturating_sub(1), end, end + 1] {
            assert!(import(&mut two, &part[..cut]).is_err(), "cut off at {cut}");
        }
    }
    assert_eq!(two.contents(), before);
}

#[test]
fn segments_that_were_moved_doubled_or_left_out_are_noticed() {
    let (mut one, mut two, [circle, _]) = two_members();
    write(&mut one, circle, Lane::Record, 300);
    let part = export(&one, &[recipient(1)], u64::MAX, false).remove(0);
    let (head, sealed) = part.split_at(STANZA_BYTES);
    let segments: Vec<&[u8]> = sealed.chunks(SEGMENT_BYTES + TAG_BYTES).collect();
    let [first, second, rest @ ..] = segments.as_slice() else { panic!("two segments") };
    let before = two.contents();
    for order in [vec![*second, *first], vec![*first, *first, *second], vec![*second], vec![*first]]
    {
        let moved = [&[head], order.as_slice(), rest].concat().concat();
        if moved != part {
            assert!(import(&mut two, &moved).is_err());
        }
    }
    assert_eq!(two.contents(), before);
}

#[test]
fn a_part_for_somebody_else_does_not_open() {
    let mut net = crate::sync::tests::network::Network::new(3);
    let circle = net.circle(1, &[0, 1, 2]);
    net.write(0, circle, Lane::Record, b"for the third");
    let part = export(&net.nodes[0].replica, &[recipient(2)], u64::MAX, false).remove(0);
    assert!(matches!(open(&net.nodes[1].replica, &part), Err(Refused::Envelope)));
    assert!(open(&net.nodes[2].replica, &part).is_ok());
}

#[test]
fn only_the_maker_can_sign_in_its_name() {
    let (_one, mut two, _) = two_members();
    let forged = part(9, preface(1), &[]);
    assert!(matches!(import(&mut two, &forged), Err(Refused::Part(PartError::Unsigned))));
}

#[test]
#[expect(clippy::wildcard_enum_match_arm, reason = "all others are alike here")]
fn a_recipient_cannot_seal_what_it_got_to_others_in_the_makers_name() {
    let (mut one, two, [circle, _]) = two_members();
    write(&mut one, circle, Lane::Record, 2);
    let part = export(&one, &[recipient(1)], u64::MAX, false).remove(0);
    let mut reader = open(&two, &part).unwrap();
    let (mut items, mut seal) = (Vec::new(), None);
    while let Some(item) = reader.next_item().unwrap() {
        match item {
            Item::Preface(_) => {}
            Item::Seal { signature, .. } => seal = Some(signature),
            other => items.push(other.encode()),
        }
    }
    let to = [recipient(0)].into_iter().collect();
    let mut again = PartWriter::begin(Vec::new(), envelope(&to, 6), u64::MAX, preface(1)).unwrap();
    items.iter().for_each(|item| again.open_with(item).unwrap());
    let again = again.finish(true, seal.unwrap()).unwrap();
    assert!(matches!(import(&mut one, &again), Err(Refused::Part(PartError::Unsigned))));
}

#[test]
fn content_that_is_none_is_refused_and_takes_no_memory() {
    let (_one, mut two, _) = two_members();
    let malformed: [&[u8]; 7] = [
        // No such length.
        &[0],
        &[0xff, 0xff, 0xff, 0x7f],
        &[0xff, 0xff, 0xff, 0xff, 0xff],
        // Longer than there is.
        &[100, 1],
        // Not protobuf.
        &[2, 0xff, 0xff],
        // Two messages in one item.
        &[4, 0x3a, 0, 0x3a, 0],
        // A preface in the middle.
        &[2, 0x0a, 0],
    ];
    let before = two.contents();
    for bytes in malformed {
        let part = part(1, preface(1), &[bytes.to_vec()]);
        assert!(
            matches!(import(&mut two, &part), Err(Refused::Part(PartError::Malformed))),
            "{bytes:?}"
        );
    }
    assert_eq!(two.contents(), before);
}

#[test]
fn what_a_reader_would_refuse_is_not_written() {
    let circle = CircleId::new([3; 32]);
    let statements = |statement: Vec<u8>| Item::Statements { circle, statements: vec![statement] };
    let receipts = |receipt: Vec<u8>| Item::Receipts { circle, receipts: vec![receipt] };
    let refused = [
        Item::JoinRequest(vec![0; MAX_ITEM_BYTES]),
        Item::JoinRequest(vec![0; MAX_JOIN_REQUEST_BYTES + 1]),
        statements(vec![0; MAX_STATEMENT_BYTES + 1]),
        statements(Vec::new()),
        receipts(vec![0; MAX_STATEMENT_BYTES + 1]),
        Item::Receipts { circle, receipts: vec![vec![1]; MAX_RECEIPTS + 1] },
    ];
    let to = [recipient(1)].into_iter().collect();
    let begun = PartWriter::begin(Vec::new(), envelope(&to, 5), u64::MAX, preface(1));
    let mut part = begun.unwrap();
    for item in refused {
        assert!(part.add(&item.clone().encode()).is_err(), "{} bytes", item.weight());
    }
    part.add(&Item::JoinRequest(vec![0; MAX_JOIN_REQUEST_BYTES]).encode()).unwrap();
    part.add(&statements(vec![1; MAX_STATEMENT_BYTES]).encode()).unwrap();
}

#[test]
fn another_version_is_no_forgery() {
    let encoded = Item::Preface(preface(1)).encode();
    let prefix = encoded.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
    let mut item = encoded[prefix..].to_vec();
    let version = item.windows(2).position(|pair| pair == [0x08, 1]).unwrap();
    item[version + 1] = 2;
    assert_eq!(Item::decode(&item), Err(ItemError::Version(2)));
    assert!(matches!(PartError::from(ItemError::Version(2)), PartError::Version(2)));
}

#[test]
fn many_empty_statements_are_refused_before_memory_is_taken() {
    let (one, mut two, [circle, _]) = two_members();
    let statements = vec![Vec::new(); 100_000];
    let part = made_by(one.number, vec![Item::Statements { circle, statements }]);
    assert!(matches!(import(&mut two, &part), Err(Refused::Part(PartError::Malformed))));
}

#[test]
fn a_maker_that_was_removed_gives_nothing() {
    let (mut one, mut two, circles) = two_members();
    for circle in circles {
        two.add(circle, statement(b'R', one.number));
        write(&mut one, circle, Lane::Record, 2);
    }
    let before = two.contents();
    let part = export(&one, &[recipient(1)], u64::MAX, false).remove(0);
    let outcome = import(&mut two, &part).unwrap();
    assert!(!outcome.brought_news());
    assert_eq!(outcome.refused, circles.into_iter().collect());
    assert_eq!(two.contents(), before);
}

#[test]
fn a_maker_that_nobody_knows_brings_few_statements_and_no_entries() {
    let (mut one, mut two, [circle, _]) = two_members();
    write(&mut one, circle, Lane::Record, 1);
    let run = one.read_run(&circle, &one.log(Lane::Record), 0, usize::MAX).unwrap().encode();
    let few: Vec<Vec<u8>> = (0..10).map(filler).collect();
    let many: Vec<Vec<u8>> = (100..).map(filler).take(MAX_STRANGER_STATEMENTS).collect();
    let part = made_by(
        77,
        vec![
            Item::Statements { circle, statements: few },
            Item::Statements { circle, statements: many },
            Item::Run { circle, run },
        ],
    );
    let outcome = import(&mut two, &part).unwrap();
    // As many as of a stranger in a session, and not one more.
    assert_eq!((outcome.statements, outcome.entries), (MAX_STRANGER_STATEMENTS as u64, 0));
    assert!(outcome.refused.contains(&circle));
}

#[test]
fn what_is_held_costs_a_stranger_nothing() {
    let (_one, mut two, [circle, _]) = two_members();
    let held: Vec<Vec<u8>> = (0..200).map(filler).collect();
    for statement in &held {
        two.add(circle, statement.clone());
    }
    let news = (500..540).map(filler).collect();
    let part = made_by(
        77,
        vec![
            Item::Statements { circle, statements: held },
            Item::Statements { circle, statements: news },
        ],
    );
    let outcome = import(&mut two, &part).unwrap();
    assert_eq!(outcome.statements, 40);
    assert!(outcome.refused.is_empty(), "{outcome:?}");
}

#[test]
fn who_makes_itself_known_brings_all_even_in_one_item() {
    let (_one, mut two, [circle, _]) = two_members();
    let own = statement(b'M', 77);
    let statements = std::iter::once(own).chain((0..300).map(filler)).collect();
    let part = made_by(77, vec![Item::Statements { circle, statements }]);
    assert_eq!(import(&mut two, &part).unwrap().statements, 301);
}

#[test]
fn statements_of_a_circle_that_is_not_known_are_not_verified_again_and_again() {
    let (one, mut two, _) = two_members();
    let circle = CircleId::new([3; 32]);
    let mut items = vec![Item::Circle { circle, genesis: Vec::new() }];
    for number in 0..1_000 {
        items.push(Item::Statements { circle, statements: vec![filler(number)] });
        items.push(Item::JoinRequest(vec![1]));
    }
    let part = made_by(one.number, items);
    let outcome = import(&mut two, &part).unwrap();
    assert_eq!(outcome.unknown, [circle].into());
    assert!((1_000..4_000).contains(&two.joining_checks), "{}", two.joining_checks);
}

#[test]
fn a_maker_of_forged_receipts_is_stopped_at_the_first() {
    let (one, mut two, [circle, _]) = two_members();
    let receipts = vec![b"a".to_vec(), b"X".to_vec(), b"b".to_vec()];
    let part = made_by(one.number, vec![Item::Receipts { circle, receipts }]);
    let taken = import(&mut two, &part);
    assert!(matches!(taken, Err(Refused::Stopped(Stopped::Forged))), "{taken:?}");
    assert_eq!(two.receipts, [b"a".to_vec()]);
}

#[test]
fn the_node_is_not_kept_for_long_by_what_takes_long_to_check() {
    let (one, two, [circle, other]) = two_members();
    let receipts = |n: u32| Item::Receipts { circle, receipts: vec![vec![1; 5]; 500 + n as usize] };
    let part = made_by(one.number, (0..10).map(receipts).collect());
    let (items, ended) = open(&two, &part).unwrap().next_items(1024 * 1024).unwrap();
    let checks: u64 = items.iter().map(Item::receipts).sum();
    assert!(!ended && checks < 1_000, "{checks}");
    // Who is in is worked out once for many statements, and not often in one go.
    let statements = |n: u32, circle| Item::Statements { circle, statements: vec![filler(n)] };
    let part = made_by(one.number, (0..100).map(|n| statements(n, circle)).collect());
    let (items, _) = open(&two, &part).unwrap().next_items(1024 * 1024).unwrap();
    assert_eq!((items.len(), items[0].statements()), (1, 100));
    let by_turns = (0..100).map(|n| statements(n, [circle, other][n as usize % 2]));
    let part = made_by(one.number, by_turns.collect());
    let (items, ended) = open(&two, &part).unwrap().next_items(1024 * 1024).unwrap();
    assert!(!ended && items.len() < 20, "{}", items.len());
}

#[test]
fn a_stranger_cannot_pass_for_a_member_by_its_transport_key() {
    let (one, mut two, [circle, _]) = two_members();
    let preface = Preface { transport: transport(one.number), ..preface(77) };
    let item = Item::Run { circle, run: vec![1] }.encode();
    let part = part(77, preface, &[item]);
    let outcome = import(&mut two, &part).unwrap();
    assert!(outcome.refused.contains(&circle));
}

#[test]
fn a_circle_that_nobody_introduces_is_not_taken_up() {
    let (one, mut two, _) = two_members();
    let circle = CircleId::new([3; 32]);
    let items = |genesis: Vec<u8>| {
        vec![
            Item::Circle { circle, genesis },
            Item::Statements { circle, statements: vec![filler(1)] },
            Item::Run { circle, run: vec![1] },
        ]
    };
    let before = two.contents();
    let outcome = import(&mut two, &made_by(one.number, items(Vec::new()))).unwrap();
    assert_eq!(outcome.unknown, [circle].into_iter().collect());
    assert!(outcome.waits() && !outcome.brought_news());
    // Of a stranger not even with a genesis.
    import(&mut two, &made_by(77, items(genesis(9)))).unwrap();
    assert_eq!(two.contents(), before);
}

/// The run of a fake with something changed.
fn changed(one: &Fake, circle: CircleId, change: impl Fn(&mut Run)) -> Vec<u8> {
    let mut run = one.read_run(&circle, &one.log(Lane::Record), 0, usize::MAX).unwrap();
    change(&mut run);
    run.encode()
}

#[test]
fn a_maker_that_forges_is_stopped_and_what_came_before_stays() {
    let (mut one, mut two, [circle, other]) = two_members();
    write(&mut one, circle, Lane::Record, 2);
    write(&mut one, other, Lane::Record, 1);
    let good = changed(&one, other, |_| {});
    let forgeries = [
        Item::Run { circle, run: changed(&one, circle, |run| run.signature[0] ^= 1) },
        Item::Run { circle, run: b"no run".to_vec() },
        Item::Run { circle, run: changed(&one, other, |_| {}) },
        Item::Statements { circle, statements: vec![b"X".to_vec()] },
        Item::Fork { circle, log: one.log(Lane::Record), proof: b"no proof".to_vec() },
    ];
    for forgery in forgeries {
        let items = vec![Item::Run { circle: other, run: good.clone() }, forgery];
        let mut to = two.clone();
        let taken = import(&mut to, &made_by(one.number, items));
        assert!(matches!(taken, Err(Refused::Stopped(Stopped::Forged))), "{taken:?}");
        assert_eq!(to.frontier(&other).len(), 1);
        assert!(to.frontier(&circle).is_empty());
    }
    two.full = true;
    let items = vec![Item::Run { circle: other, run: good }];
    let taken = import(&mut two, &made_by(one.number, items));
    assert!(matches!(taken, Err(Refused::Stopped(Stopped::NotStored))));
}

#[test]
fn millions_of_items_of_a_later_version_take_no_memory() {
    let (one, two, _) = two_members();
    // Three bytes each on the disk; field 14 is nobody's.
    let content = [2, 0x72, 0].repeat(100_000);
    let part = part(one.number, preface(one.number), &vec![content; 10]);
    let mut reader = open(&two, &part).unwrap();
    let (items, ended) = reader.next_items(1024 * 1024).unwrap();
    assert!(items.is_empty() && ended);
}

#[test]
fn items_weigh_more_than_nothing() {
    let (one, two, _) = two_members();
    let circle = |n: u32| CircleId::new(crate::crypto::Label::Index.hash(&[&n.to_le_bytes()]));
    let items = (0..50_000).map(|n| Item::Circle { circle: circle(n), genesis: Vec::new() });
    let part = made_by(one.number, items.collect());
    let (items, ended) = open(&two, &part).unwrap().next_items(1024 * 1024).unwrap();
    assert!(items.len() < 20_000 && !ended, "{}", items.len());
    let mut two = two;
    let outcome = import(&mut two, &part).unwrap();
    assert!(outcome.unknown.len() <= MAX_STRANGE_CIRCLES);
}

#[test]
fn a_medium_that_answers_otherwise_when_it_is_read_again_is_noticed() {
    let (mut one, two, [circle, _]) = two_members();
    write(&mut one, circle, Lane::Record, 3);
    let honest =
        made_by(one.number, vec![Item::Statements { circle, statements: vec![filler(1)] }]);
    // Under the same stanzas, as another recipient could seal it.
    let other = made_by(one.number, vec![Item::Statements { circle, statements: vec![filler(2)] }]);
    let info = open(&two, &honest).unwrap().check().unwrap();
    let again = |file: &[u8]| {
        let envelope = envelope_of(&two, file);
        let sealed = file[envelope.header().len()..].to_vec();
        let mut part = PartReader::again(std::io::Cursor::new(sealed), envelope, &info)?;
        part.next_items(usize::MAX)
    };
    assert!(again(&honest).is_ok());
    assert!(matches!(again(&other), Err(PartError::Damaged)));
}

#[test]
fn entries_past_a_gap_wait_and_are_not_lost() {
    let (mut one, mut two, [circle, _]) = two_members();
    write(&mut one, circle, Lane::Record, 6);
    let log = one.log(Lane::Record);
    let run = |from, bytes| Item::Run {
        circle,
        run: one.read_run(&circle, &log, from, bytes).unwrap().encode(),
    };
    let (early, late) = (run(0, 1), run(1, usize::MAX));
    let late = made_by(one.number, vec![late]);
    let outcome = import(&mut two, &late).unwrap();
    assert_eq!((outcome.waiting, outcome.entries), (1, 0));
    assert_eq!(import(&mut two, &made_by(one.number, vec![early])).unwrap().entries, 1);
    assert_eq!(import(&mut two, &late).unwrap().entries, 5);
}

#[test]
fn a_later_version_may_add_items() {
    let (one, mut two, [circle, _]) = two_members();
    let unknown = vec![4, 0xa2, 0x06, 1, 7];
    let known = Item::Statements { circle, statements: vec![filler(3)] }.encode();
    let part = part(one.number, preface(one.number), &[unknown, known]);
    assert_eq!(import(&mut two, &part).unwrap().statements, 1);
}

#[test]
fn an_empty_run_is_no_run() {
    let (one, mut two, [circle, _]) = two_members();
    let run = Run { entries: Vec::<Entry>::new(), signature: [0; 64] }.encode();
    let part = made_by(one.number, vec![Item::Run { circle, run }]);
    assert!(matches!(import(&mut two, &part), Err(Refused::Stopped(Stopped::Forged))));
    let mut import = Import::new(preface(1));
    assert_eq!(import.preface().device, device_id(1));
    import.take(&mut two, Item::Unknown).unwrap();
    assert!(!import.outcome().brought_news());
}
