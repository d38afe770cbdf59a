//! The rule by example, and its laws.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::model::registry::{Schema, Value};

fn org(n: u8) -> OrgId {
    OrgId::new([n; 32])
}

fn signed(number: i64, by: u8, day: i8) -> Signed {
    Signed { number, id: format!("{by:02x}{number:04}{day}"), by: org(by), at: date(2027, 1, day) }
}

/// Of organisations 1 to `asked`, until the tenth.
fn ballot(asked: u8, needed: usize, options: &[&str]) -> Ballot {
    Ballot {
        signed: Signed { id: "b".to_owned(), ..signed(1, 1, 1) },
        card: CardId::new([1; 16]),
        question: "Shall we?".to_owned(),
        options: options.iter().map(|key| ((*key).to_owned(), (*key).to_owned())).collect(),
        participants: (1..=asked).map(org).collect(),
        needed,
        opens: date(2027, 1, 1),
        closes: date(2027, 1, 10),
    }
}

fn says(number: i64, by: u8, day: i8, stance: Stance) -> Position {
    let reason = matches!(stance, Block).then(|| "It endangers people".to_owned());
    let signed = signed(number, by, day);
    Position { signed, ballot: "b".to_owned(), stance, option: None, reason }
}

fn closes(by: u8, day: i8) -> Closing {
    Closing { signed: signed(1, by, day), ballot: "b".to_owned() }
}

use DecisionState::{Adopted, Blocked, Lapsed, Undecided};
use Stance::{Block, Consent, StandAside};

fn outcome(ballot: &Ballot, positions: &[Position], closings: &[Closing]) -> DecisionOutcome {
    super::outcome(ballot, "b", positions, closings)
}

fn state(ballot: &Ballot, positions: &[Position], closings: &[Closing]) -> DecisionState {
    outcome(ballot, positions, closings).state
}

#[test]
fn a_decision_is_adopted_when_all_spoke_or_when_it_is_closed() {
    let three = ballot(3, 2, &[]);
    let two = [says(1, 1, 2, Consent), says(1, 2, 3, Consent)];
    assert_eq!(state(&three, &[], &[]), Undecided);
    assert_eq!(state(&three, &two, &[]), Undecided, "the third may still block");
    assert_eq!(state(&three, &two, &[closes(3, 9)]), Undecided, "nobody closes early");
    assert_eq!(state(&three, &two, &[closes(9, 11)]), Undecided, "nobody closes who is not asked");
    assert_eq!(
        state(&three, &two, &[closes(3, 10)]),
        Undecided,
        "on the last day others may speak"
    );
    assert_eq!(state(&three, &two, &[closes(3, 11)]), Adopted);
    let ahead = outcome(&three, &two, &[closes(3, 13), closes(2, 12)]);
    assert_eq!(ahead.decided_on, Some(date(2027, 1, 12)));
    assert_eq!(ahead.closed_by, [org(2)].into(), "who dated it, not who came first");
    assert!(ahead.is_closed_ahead(date(2027, 1, 11)) && !ahead.is_closed_ahead(date(2027, 1, 12)));
    let all = [&two[..], &[says(1, 3, 4, StandAside)]].concat();
    assert_eq!(state(&three, &all, &[]), Adopted);
    assert_eq!(state(&three, &two[..1], &[closes(1, 11)]), Lapsed);
    assert_eq!(state(&ballot(3, 3, &[]), &all, &[]), Undecided, "too few, and not closed");
    assert_eq!(state(&ballot(3, 3, &[]), &all, &[closes(1, 11)]), Lapsed);
}

#[test]
fn a_block_in_the_window_blocks_and_one_after_it_does_not() {
    let three = ballot(3, 2, &[]);
    let two = [says(1, 1, 2, Consent), says(1, 2, 3, Consent)];
    let with = |more: Position| [&two[..], &[more]].concat();
    assert_eq!(state(&three, &with(says(1, 3, 10, Block)), &[closes(1, 11)]), Blocked);
    assert_eq!(state(&three, &with(says(1, 3, 11, Block)), &[closes(1, 11)]), Adopted);
    assert_eq!(state(&three, &with(says(1, 9, 5, Block)), &[closes(1, 11)]), Adopted, "not asked");
    let late = outcome(&three, &with(says(1, 3, 11, Block)), &[]);
    assert!(late.late.contains(&org(3)) && !late.rulings.contains_key(&org(3)));
    // Taken back: the newest word counts.
    let back = [&with(says(1, 3, 5, Block))[..], &[says(2, 3, 6, StandAside)]].concat();
    assert_eq!(state(&three, &back, &[]), Adopted);
}

#[test]
fn a_consent_is_taken_back_by_a_block_alone() {
    let two = ballot(2, 2, &[]);
    let consents = [says(1, 1, 2, Consent), says(1, 2, 2, Consent)];
    let aside = [&consents[..], &[says(2, 2, 3, StandAside)]].concat();
    assert_eq!(state(&two, &aside, &[]), Adopted);
    let block = [&aside[..], &[says(3, 2, 4, Block)]].concat();
    assert_eq!(state(&two, &block, &[]), Blocked);
    // After a block it starts anew: what was said before is gone.
    let anew = [&block[..], &[says(4, 2, 5, StandAside)]].concat();
    assert_eq!(state(&two, &anew, &[]), Undecided);
}

#[test]
fn with_options_enough_have_to_consent_to_the_same() {
    let asked = ballot(3, 2, &["a", "b"]);
    let option = |number, by, key: &str| Position {
        option: Some(key.to_owned()),
        ..says(number, by, 2, Consent)
    };
    let split = [option(1, 1, "a"), option(1, 2, "b"), says(1, 3, 2, StandAside)];
    assert_eq!(state(&asked, &split, &[]), Undecided);
    assert_eq!(state(&asked, &split, &[closes(1, 11)]), Lapsed);
    let joined = [&split[..2], &[option(1, 3, "b")]].concat();
    let found = outcome(&asked, &joined, &[]);
    assert_eq!((found.state, found.option.as_deref()), (Adopted, Some("b")));
    for strange in [option(1, 3, "c"), says(1, 3, 2, Consent)] {
        let found = outcome(&asked, &[&split[..2], &[strange]].concat(), &[]);
        assert!(!found.rulings.contains_key(&org(3)), "a consent to nothing");
    }
}

#[test]
fn a_position_counts_for_the_ballot_that_it_names_and_for_no_other() {
    let one = ballot(2, 2, &[]);
    let all = [says(1, 1, 2, Consent), says(1, 2, 3, Consent)];
    assert_eq!(super::outcome(&one, "b", &all, &[]).state, Adopted);
    assert_eq!(super::outcome(&one, "another", &all, &[closes(1, 11)]).state, Undecided);
    let one = ballot(2, 2, &["a"]);
    let mut bytes = BTreeSet::from([one.canonical_bytes()]);
    let changes: [fn(&mut Ballot); 11] = [
        |it| it.signed.by = org(9),
        |it| it.signed.id.push('x'),
        |it| it.signed.number = 2,
        |it| it.card = CardId::new([9; 16]),
        |it| it.question.push('!'),
        |it| drop(it.options.insert("b".to_owned(), "a".to_owned())),
        |it| drop(it.options.insert("a".to_owned(), "b".to_owned())),
        |it| it.participants.extend([org(9)]),
        |it| it.needed = 1,
        |it| it.opens = date(2027, 1, 2),
        |it| it.closes = date(2027, 1, 11),
    ];
    for change in changes {
        let mut other = one.clone();
        change(&mut other);
        assert!(bytes.insert(other.canonical_bytes()), "{other:?}");
    }
}

#[test]
fn who_consents_to_two_options_blocks_until_it_says_which() {
    let asked = ballot(2, 2, &["a", "b"]);
    let option = |number, by, key: &str| Position {
        option: Some(key.to_owned()),
        ..says(number, by, 2, Consent)
    };
    let adopted = [option(5, 1, "a"), option(5, 2, "a")];
    assert_eq!(outcome(&asked, &adopted, &[]).option.as_deref(), Some("a"));
    // An earlier number does not silently move the consent, whenever it was written.
    for number in [1, 5, 9] {
        let with = [&adopted[..], &[option(number, 2, "b")]].concat();
        let found = outcome(&asked, &with, &[]);
        assert!(found.state == Blocked && found.rulings[&org(2)].contradicts, "{number}");
        let settled = [&with[..], &[says(10, 2, 3, Block), option(11, 2, "a")]].concat();
        assert_eq!(state(&asked, &settled, &[]), Adopted, "a block, and what it means");
    }
}

/// A ballot put to some, and what came of what each said.
fn put(asked: &[u8], consents: &[u8], blocks: &[u8]) -> (Ballot, DecisionOutcome) {
    let of = |by: &[u8], stance| by.iter().map(|by| says(1, *by, 2, stance)).collect::<Vec<_>>();
    let ballot = Ballot {
        participants: asked.iter().copied().map(org).collect(),
        ..ballot(2, least_needed(asked.len()), &[])
    };
    let positions = [of(consents, Consent), of(blocks, Block)].concat();
    let outcome = outcome(&ballot, &positions, &[closes(asked[0], 11)]);
    (ballot, outcome)
}

fn ruling(ballots: &[&(Ballot, DecisionOutcome)]) -> Option<usize> {
    let ballots: Vec<_> = ballots.iter().map(|it| (&it.0, &it.1)).collect();
    // Of the organisations 1 to 9 and no others.
    ruling_ballot(&ballots, |it| (1..=9).any(|n| *it == org(n)))
}

#[test]
fn what_was_blocked_is_replaced_by_who_blocked_and_all_the_others() {
    const FIVE: [u8; 5] = [1, 2, 3, 4, 5];
    let blocked = put(&FIVE, &[1, 2, 3, 4], &[5]);
    let (open, few) = (put(&FIVE, &[], &[]), put(&[1, 2], &[1, 2], &[]));
    let open = (open.0, DecisionOutcome { state: Undecided, ..open.1 });
    assert_eq!(ruling(&[]), None);
    assert_eq!(ruling(&[&open, &open]), Some(1), "nothing is decided: the newest");
    assert_eq!(ruling(&[&blocked, &open]), Some(0), "to ask anew undoes nothing");
    assert_eq!(ruling(&[&blocked, &few]), Some(0), "nor does to ask a friend");
    assert_eq!(ruling(&[&few, &blocked]), Some(1), "nor to number that before");
    let most = put(&[1, 2, 3], &[1, 2], &[]);
    assert_eq!(ruling(&[&most, &blocked]), Some(1), "nor to ask most of them so");
    let without = put(&FIVE, &[1, 2, 3, 4], &[]);
    assert_eq!(without.1.state, Adopted);
    assert_eq!(ruling(&[&blocked, &without]), Some(0), "nor when who blocked says nothing");
    assert_eq!(ruling(&[&without, &blocked]), Some(1), "nor when that is numbered before");
    let all = put(&FIVE, &FIVE, &[]);
    assert_eq!(ruling(&[&blocked, &open, &all]), Some(2));
    // What who blocked has lifted stays so, if they change it without it.
    assert_eq!(ruling(&[&blocked, &all, &without]), Some(2));
    // And so it does if somebody adopts very much else.
    let friends: Vec<_> = (0..300).map(|_| put(&[1, 2], &[1, 2], &[])).collect();
    let put: Vec<_> =
        [&blocked].into_iter().chain(&friends).chain([&all]).chain(&friends).collect();
    assert_eq!(ruling(&put), Some(301));
}

#[test]
fn what_all_adopted_is_not_rolled_back_by_what_a_few_adopt_often() {
    const FIVE: [u8; 5] = [1, 2, 3, 4, 5];
    let few: Vec<_> = (0..300).map(|_| put(&[1, 2], &[1, 2], &[])).collect();
    let (first, then) = (put(&FIVE, &FIVE, &[]), put(&FIVE, &FIVE, &[]));
    let block = put(&FIVE, &[], &[1]);
    // Numbered before, between and after.
    let before: Vec<_> = few.iter().chain([&first, &then]).collect();
    assert_eq!(ruling(&before), Some(301));
    let between: Vec<_> = [&first].into_iter().chain(&few).chain([&then, &block]).collect();
    assert_eq!(ruling(&between), Some(301));
    let after: Vec<_> = [&first, &then].into_iter().chain(&few).collect();
    assert_eq!(ruling(&after), Some(1));
}

#[test]
fn a_consent_of_the_greatest_number_keeps_nobody_from_blocking() {
    let two = ballot(2, 2, &[]);
    // As a device that was taken could number it; its id is the greatest too.
    let taken = Position {
        signed: Signed { id: "f".repeat(32), ..signed(MAX_NUMBER, 2, 3) },
        ..says(1, 2, 3, Consent)
    };
    let said = [says(1, 1, 2, Consent), taken, says(MAX_NUMBER, 2, 4, Block)];
    assert_eq!(state(&two, &said[..2], &[]), Adopted);
    assert_eq!(state(&two, &said, &[]), Blocked);
}

#[test]
fn a_ballot_that_is_numbered_far_ahead_does_not_count() {
    let numbered = |number| Ballot { signed: signed(number, 1, 1), ..ballot(2, 2, &[]) };
    assert!(numbered(64).follows(0) && !numbered(65).follows(0));
    assert!(numbered(65).follows(1) && !numbered(MAX_NUMBER).follows(1000));
}

#[test]
fn a_ballot_that_is_closed_ahead_is_open_to_who_has_not_spoken() {
    let three = ballot(3, 2, &[]);
    let two = [says(1, 1, 2, Consent), says(1, 2, 3, Consent)];
    let (within, past) = (date(2027, 1, 10), date(2027, 1, 11));
    let closed = [closes(1, 20)];
    for (said, expected) in [(&two[..0], Lapsed), (&two[..], Adopted)] {
        let found = outcome(&three, said, &closed);
        assert_eq!(found.state, expected);
        assert!(found.is_open(&three, within) && !found.is_open(&three, past));
    }
    let all = outcome(&three, &[&two[..], &[says(1, 3, 4, StandAside)]].concat(), &closed);
    assert!(!all.is_open(&three, within), "nobody is awaited");
    let open = outcome(&three, &two, &[]);
    assert!(open.is_open(&three, within) && open.is_open(&three, past), "waits to be closed");
    let blocked = outcome(&three, &[says(1, 3, 4, Block)], &closed);
    assert!(!blocked.is_open(&three, within));
}

#[test]
fn what_was_adopted_is_undone_by_nobody_who_spoke_on_it_alone() {
    const FIVE: [u8; 5] = [1, 2, 3, 4, 5];
    let adopted = put(&FIVE, &FIVE, &[]);
    // The origin puts anew, and blocks: to the same, to more, to invented ones beside them.
    let invented: Vec<u8> = (1..=5).chain(100..200).collect();
    let more = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    for (asked, blocks) in [(&FIVE[..], 1), (&invented, 1), (&more, 1)] {
        let block = put(asked, &[], &[blocks]);
        assert_eq!(block.1.state, Blocked);
        assert_eq!(ruling(&[&adopted, &block]), Some(0), "{asked:?}");
        assert_eq!(ruling(&[&adopted, &block, &block]), Some(0), "{asked:?}");
    }
    // Who was not asked, or was silent, is bound by nothing: numbers do not say what came first.
    let newcomer = put(&[1, 2, 3, 4, 5, 6], &[], &[6]);
    assert_eq!(ruling(&[&adopted, &newcomer]), Some(1));
    assert_eq!(ruling(&[&put(&FIVE, &[1, 2, 3, 4], &[]), &put(&FIVE, &[], &[5])]), Some(1));
    assert_eq!(ruling(&[&adopted, &put(&[1, 2, 3, 4], &[1, 2, 3, 4], &[])]), Some(0), "not all");
    assert_eq!(ruling(&[&adopted, &put(&FIVE, &[2, 3, 4], &[])]), Some(1), "they changed it");
    // Who has left need not be asked.
    let with_gone = put(&[1, 2, 3, 77], &[1, 2, 3], &[]);
    assert_eq!(ruling(&[&with_gone, &put(&[1, 2, 3], &[1, 2, 3], &[])]), Some(1));
}

#[test]
fn who_says_more_than_anybody_has_to_say_blocks() {
    let two = ballot(2, 2, &[]);
    let consents = |count: i64| -> Vec<Position> {
        let one = (1..=count).map(|number| says(number, 1, 2, Consent));
        one.chain([says(1, 2, 2, Consent)]).collect()
    };
    let most = i64::try_from(MAX_WORDS).unwrap();
    assert_eq!(state(&two, &consents(most), &[]), Adopted);
    let found = outcome(&two, &consents(most + 1), &[]);
    assert!(found.state == Blocked && found.rulings[&org(1)].contradicts);
}

#[test]
fn what_is_dated_before_the_window_does_not_count() {
    let two = Ballot { opens: date(2027, 1, 3), ..ballot(2, 2, &[]) };
    let found = outcome(&two, &[says(1, 1, 2, Block), says(1, 2, 3, Consent)], &[]);
    assert_eq!(found.state, Undecided);
    assert_eq!(found.rulings.keys().collect::<Vec<_>>(), [&org(2)]);
}

#[test]
fn records_are_read_and_what_one_could_decide_alone_is_none() {
    let card = CardId::new([3; 16]);
    let write = |kind: RecordKind, fields: &[(&str, Value)]| {
        let mut record = Record::new(Schema::of(kind));
        for (path, value) in fields {
            record.set(path.parse().unwrap(), value.clone()).unwrap();
        }
        record
    };
    let ballot = |participants: &[u8], needed: i64, closes: &str| {
        let mut record = write(
            RecordKind::Ballot,
            &[
                ("id", "00".into()),
                ("number", 1.into()),
                ("at", "2027-01-01".into()),
                ("card", card.to_string().into()),
                ("question", "Shall we?".into()),
                ("opens", "2027-01-01".into()),
                ("closes", closes.into()),
                ("needed", needed.into()),
            ],
        );
        for n in participants {
            let path = format!("participants/p{n}/org").parse().unwrap();
            record.set(path, org(*n).to_string()).unwrap();
        }
        Ballot::read(org(1), &record)
    };
    assert!(ballot(&[1, 2, 3], 2, "2027-01-10").is_some());
    assert!(ballot(&[1, 2, 3], 1, "2027-01-10").is_none(), "half is not enough");
    assert!(ballot(&[1, 2], 1, "2027-01-10").is_none());
    assert!(ballot(&[1], 1, "2027-01-10").is_none(), "alone");
    assert!(ballot(&[1, 2], 3, "2027-01-10").is_none());
    assert!(ballot(&[1, 2], -1, "2027-01-10").is_none());
    assert!(ballot(&[1, 2], 2, "2027-01").is_none(), "not a day");
    assert!(ballot(&[1, 2], 2, "2026-12-31").is_none(), "backwards");
    let position = |stance: &str, reason: &str, number: i64| {
        let fields = [
            ("id", "01".into()),
            ("number", number.into()),
            ("at", "2027-01-02".into()),
            ("ballot", "00".into()),
            ("stance", stance.into()),
            ("reason", reason.into()),
        ];
        Position::read(org(2), &write(RecordKind::Position, &fields))
    };
    assert!(position("consent", "", 1).is_some() && position("block", "Danger", 1).is_some());
    assert!(position("block", " ", 1).is_none(), "a block needs a reason");
    assert!(position("veto", "x", 1).is_none() && position("consent", "", -1).is_none());
    assert!(position("consent", "", i64::MAX).is_none());
}

#[derive(Debug, Clone)]
struct World {
    ballot: Ballot,
    positions: Vec<Position>,
    closings: Vec<Closing>,
}

fn world() -> impl Strategy<Value = World> {
    let position =
        (1_u8..8, 1_i8..15, 0_u8..10, 0_usize..3).prop_map(|(by, day, stance, option)| {
            let stance = [
                Consent, Consent, Consent, Consent, Consent, StandAside, StandAside, StandAside,
                StandAside, Block,
            ][usize::from(stance)];
            (by, day, stance, option)
        });
    let closings = prop::collection::vec((1_u8..8, 5_i8..15), 0..3);
    (2_u8..6, 0_usize..3, any::<bool>(), prop::collection::vec(position, 0..14), closings).prop_map(
        |(asked, more, options, positions, closings)| {
            let needed = (least_needed(usize::from(asked)) + more).min(usize::from(asked));
            let keys = ["a", "b"];
            let ballot = ballot(asked, needed, if options { &keys } else { &[] });
            let positions = positions.into_iter().zip(1..).map(|((by, day, stance, option), n)| {
                let option = keys.get(option).map(|key| (*key).to_owned());
                Position { option, ..says(n, by, day, stance) }
            });
            let positions = positions.collect();
            let closings = closings.into_iter().map(|(by, day)| closes(by, day)).collect();
            World { ballot, positions, closings }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_outcome_is_a_function_of_the_set(world in world(), seed in any::<u64>()) {
        let World { ballot, positions, closings } = world;
        let expected = outcome(&ballot, &positions, &closings);
        let mut shuffled = [positions.clone(), positions].concat();
        let length = shuffled.len();
        for at in 0..length {
            let other = usize::try_from(seed.rotate_left(u32::try_from(at).unwrap())).unwrap_or(0) % length;
            shuffled.swap(at, other);
        }
        let twice = [closings.clone(), closings].concat();
        prop_assert_eq!(outcome(&ballot, &shuffled, &twice), expected);
    }

    /// Each author's records come in its own order: its chain sees to that. Those of different
    /// authors come in any order, or not yet.
    #[test]
    fn more_never_undoes_what_was_adopted_but_by_a_block_in_the_window(
        world in world(), kept in prop::collection::vec(0_usize..15, 8), closing in 0_usize..3,
    ) {
        let World { ballot, positions, closings } = world;
        let part: Vec<Position> = (1..8_u8).flat_map(|by| {
            let of_org = positions.iter().filter(move |it| it.signed.by == org(by));
            of_org.take(kept[usize::from(by)]).cloned().collect::<Vec<_>>()
        }).collect();
        let before = outcome(&ballot, &part, closings.get(..closing).unwrap_or_default());
        let after = outcome(&ballot, &positions, &closings);
        let news = positions.iter().filter(|it| !part.contains(it));
        let blocked = news.into_iter().any(|it| it.stance == Block
            && ballot.participants.contains(&it.signed.by) && it.signed.at <= ballot.closes);
        let contradicted = after.rulings.values().any(|it| it.contradicts);
        prop_assert!(!contradicted || after.state == Blocked, "shown, and never silent");
        if before.state == Adopted && !blocked && !contradicted {
            prop_assert_eq!(after.state, Adopted);
            prop_assert_eq!(after.option, before.option);
        }
    }

    #[test]
    fn nobody_adopts_alone_and_nobody_counts_twice(world in world(), one in 1_u8..6) {
        let World { ballot, positions, closings } = world;
        let found = outcome(&ballot, &positions, &closings);
        prop_assert!(found.rulings.keys().all(|org| ballot.participants.contains(org)));
        if found.state == Adopted {
            let consents: BTreeSet<&OrgId> = found.who(Consent).collect();
            prop_assert!(consents.len() >= ballot.needed && 2 * consents.len() > ballot.participants.len());
        }
        let alone: Vec<Position> =
            positions.iter().filter(|it| it.signed.by == org(one)).cloned().collect();
        let closings: Vec<Closing> = closings.into_iter()
            .map(|it| Closing { signed: Signed { by: org(one), ..it.signed }, ..it }).collect();
        prop_assert_ne!(state(&ballot, &alone, &closings), Adopted);
    }
}
