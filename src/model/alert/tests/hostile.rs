//! What members who do not keep to the rules gain: nothing.

use super::*;

const SAFE: Act = Act::StandDown(Outcome::Safe);

#[test]
fn nobody_is_pushed_out_by_a_flood() {
    let alert = alert(Level::Serious);
    let flood = |author: u8, device: u8| {
        (0..MAX_ENTRIES_OF_DEVICE * 2).map(move |place| {
            let mut made = entry(place, author, "o", 1, NEWS, BTreeSet::new());
            made.device = Some(DeviceId::new([device; 32]));
            made
        })
    };
    let mut entries: Vec<SignedEntry> = flood(OTHER, OTHER).chain(flood(RESPONDER, 77)).collect();
    // A colleague whose other device was seized.
    entries.push(entry(9_000, RESPONDER, "r1", 2, TAKING, BTreeSet::new()));
    let state = Story(entries).state(&alert, 70);
    assert_eq!(state.phase, Phase::Acknowledged);
    assert_eq!(state.idle.len(), 2 * MAX_ENTRIES_OF_DEVICE);
}

#[test]
fn entries_that_name_each_other_make_no_circle() {
    let alert = alert(Level::Serious);
    let mut story = Story::new().then(RAISER, "m1", 1, NEWS).then(RAISER, "m1", 2, NEWS);
    let (own, later) = (story.0[0].hash, story.0[1].hash);
    // Nobody can: a hash is of what it follows. The rules hold all the same.
    story.0[0].entry.follows = [own, later, EntryHash::new([7; 20])].into();
    assert_eq!(story.state(&alert, 3).branches.len(), 2);
}

#[test]
fn a_copied_id_speaks_for_nobody_else() {
    let alert = alert(Level::Serious);
    let mut story = Story::new().then(RESPONDER, "r1", 1, TAKING).then(OTHER, "o", 2, SAFE);
    // The id of the responder's answer, so that its author would be taken for the responder.
    story.0[1].entry.id = story.0[0].entry.id.clone();
    assert_eq!(story.state(&alert, 3).phase, Phase::Acknowledged);
}

#[test]
fn nobody_answers_anothers_alert_of_the_same_id() {
    let alert = alert(Level::Serious);
    let mut story = Story::new().then(RESPONDER, "r1", 1, TAKING);
    story.0[0].entry.alert.author = org(OTHER);
    assert_eq!(story.state(&alert, 61).phase, Phase::Escalated);
}

#[test]
fn no_confirmation_is_transplanted() {
    let alert = alert(Level::LifeImminent);
    let story = Story::new().then(OTHER, "o", 1, TAKING).then(RESPONDER, "r1", 1, TAKING).then(
        RAISER,
        "m1",
        2,
        Act::StandDown(Outcome::Transferred),
    );
    let closing = story.0[2].hash;
    let mut hostile = story.then(RAISER, "m1", 3, NEWS);
    let news = hostile.0[3].hash;
    // The id of the closing, another outcome, and it knows of the update that the other did not.
    let mut copy = entry(50, OTHER, "o", 4, Act::StandDown(Outcome::FalseAlarm), [news].into());
    copy.entry.id = hostile.0[2].entry.id.clone();
    hostile.0.push(signed(OTHER, copy.entry));
    let confirm = entry(60, RESPONDER, "r1", 5, Act::Confirm { closing }, [closing].into());
    hostile.0.push(confirm);
    let state = hostile.state(&alert, 10);
    assert_eq!(state.phase, Phase::Acknowledged, "{:?}", state.closings);
}

#[test]
fn a_great_number_makes_no_alert_unclosable() {
    let alert = alert(Level::Serious);
    let mut story = Story::new().then(OTHER, "o", 1, TAKING).then(OTHER, "o", 2, NEWS);
    story.0[1].entry.number = 10_000_000_000;
    story.0[1] = signed(OTHER, story.0[1].entry.clone());
    let rules = rules();
    let case = Case::new(&alert, &story.0, &rules);
    let mut closing = entry(3, RAISER, "m1", 3, SAFE, case.ends().into_iter().collect());
    closing.entry.number = case.next_number(&org(RAISER));
    assert_eq!(closing.entry.number, 3);
    story.0.push(signed(RAISER, closing.entry));
    assert_eq!(story.state(&alert, 5).phase, Phase::StoodDown);
}

#[test]
fn a_false_taking_does_not_silence_for_ever() {
    let alert = alert(Level::Serious);
    let later = Timestamp::from_second("2099-01-01T00:00:00Z").unwrap();
    let mut story = Story::new().then(OTHER, "o", 1, TAKING);
    for (place, sent) in [(5, later), (6, at(60 * 95))] {
        for expires in [later, sent.saturating_add(Duration::from_secs(3_600))] {
            let act = Act::Update { level: None, expires: Some(expires) };
            let mut made = entry(place, OTHER, "o", 0, act, BTreeSet::new());
            made.entry.sent = sent;
            story.0.push(signed(OTHER, made.entry));
        }
    }
    let state = story.state(&alert, 60 * 95);
    assert_eq!((state.phase, state.expires), (Phase::Responding, at(60 * 96)));
    assert_eq!(story.state(&alert, 60 * 96).phase, Phase::Expired, "four days");
}

#[test]
fn no_step_rises_under_a_taking_dated_ahead() {
    let alert = alert(Level::LifeImminent);
    let story = Story::new().then(RESPONDER, "r1", 20, TAKING);
    let steps: Vec<u8> = [10, 16, 21, 50, 130].map(|now| story.state(&alert, now).step).into();
    assert_eq!(steps, [1; 5], "what was due by the taker's own clock, at no time more");
}

#[test]
fn many_updates_beside_each_other_are_closed_in_steps() {
    let alert = alert(Level::Serious);
    let mut entries = vec![entry(0, OTHER, "o", 1, TAKING, BTreeSet::new())];
    entries.extend((1..=100).map(|place| entry(place, OTHER, "o", 2, NEWS, BTreeSet::new())));
    let rules = rules();
    let mut closed = Vec::new();
    for place in 200..202 {
        let ends = Case::new(&alert, &entries, &rules).ends();
        assert!(ends.len() < MAX_FOLLOWS);
        entries.push(entry(place, RAISER, "m1", 3, SAFE, ends.into_iter().collect()));
        closed.push(Case::new(&alert, &entries, &rules).state(at(5)).phase.is_closed());
    }
    assert_eq!(closed, [false, true]);
}

#[test]
fn what_closed_stays_closed_when_who_did_leaves() {
    let alert = alert(Level::LifeImminent);
    let story = Story::new().then(RESPONDER, "r1", 1, TAKING).then(RESPONDER, "r1", 2, SAFE);
    let closing = story.0[1].hash;
    let story = story.then(RAISER, "m1", 3, Act::Confirm { closing });
    let mut gone = rules();
    gone.members.remove(&org(RESPONDER));
    assert!(!Case::new(&alert, &story.0, &gone).state(at(5)).phase.is_closed(), "never in");
    gone.former.insert(org(RESPONDER));
    assert_eq!(Case::new(&alert, &story.0, &gone).state(at(5)).phase, Phase::StoodDown);
    // What it took it takes no more.
    let state = Case::new(&alert, &story.0[..1], &gone).state(at(16));
    assert_eq!((state.phase, state.taking.len()), (Phase::Escalated, 0));
}

#[test]
fn an_update_that_is_not_ones_to_make_is_told() {
    let alert = alert(Level::Serious);
    let worse = Act::Update { level: Some(Level::LifeImminent), expires: None };
    let story = Story::new().then(OTHER, "o", 1, worse.clone()).then(OTHER, "o", 2, NEWS);
    assert_eq!(story.state(&alert, 3).idle, [story.0[0].hash].into(), "news are for all to tell");
    let taken = Story::new().then(OTHER, "o", 1, TAKING).then(OTHER, "o", 2, worse);
    let state = taken.state(&alert, 3);
    assert_eq!((state.level, state.idle.len()), (Level::LifeImminent, 0));
}

#[test]
fn who_still_takes_it_is_named() {
    let alert = alert(Level::Serious);
    let story = Story::new()
        .then(RESPONDER, "r1", 1, TAKING)
        .then(RESPONDER, "r2", 1, TAKING)
        .then(RESPONDER, "R2", 2, CANNOT)
        .then(RESPONDER, "device-1", 2, CANNOT);
    let rules = rules();
    let case = Case::new(&alert, &story.0, &rules);
    assert_eq!(case.codes_taking(&org(RESPONDER)), ["r1"].into());
    assert_eq!(case.codes_taking(&org(OTHER)), BTreeSet::new());
}

#[test]
fn an_alert_of_a_clock_that_was_set_back_is_loud() {
    let mut alert = alert(Level::Serious);
    alert.alert.sent = Timestamp::from_second("2000-01-01T00:00:00Z").unwrap();
    alert.alert.expires = alert.alert.sent.saturating_add(Level::Serious.expiry());
    let state = Story::new().state(&alert, 1);
    assert_eq!((state.phase, state.undatable), (Phase::Expired, true));
}

#[test]
fn a_confirmation_of_something_else_confirms_nothing() {
    let alert = alert(Level::LifeImminent);
    let closing = EntryHash::new([7; 20]);
    let story = Story::new().then(STEWARD, "s", 1, Act::Confirm { closing }).then(
        RAISER,
        "m1",
        2,
        Act::StandDown(Outcome::FalseAlarm),
    );
    assert_eq!(story.state(&alert, 3).phase, Phase::Open);
    assert_eq!(story.state(&alert, 16).phase, Phase::Escalated);
}

#[test]
fn a_backdated_answer_does_not_take_back_what_was_due() {
    let alert = alert(Level::LifeImminent);
    let mut story = Story::new().then(RESPONDER, "r1", 100, TAKING);
    assert_eq!(story.state(&alert, 110).step, 2);
    // It can say that it answered earlier; what it cannot is to have done so before the alert.
    story.0[0].entry.sent = Timestamp::from_millis(0);
    let state = story.state(&alert, 110);
    assert_eq!((state.phase, state.response), (Phase::Acknowledged, Some(Duration::ZERO)));
    assert_eq!(state.skews[0].against, Some(org(RESPONDER)));
}

#[test]
fn who_said_much_can_still_give_up_raise_and_close() {
    let alert = alert(Level::Serious);
    let mut story = Story::new().then(RESPONDER, "r1", 1, TAKING);
    story.0.extend((1..400).map(|place| entry(place, RESPONDER, "r1", 2, Act::Seen, [].into())));
    assert!(story.state(&alert, 5).idle.len() > 200);
    let worse = Act::Update { level: Some(Level::LifeImminent), expires: None };
    for (act, phase) in
        [(CANNOT, Phase::Open), (SAFE, Phase::StoodDown), (worse, Phase::Responding)]
    {
        let mut story = Story(story.0.clone());
        story.0.push(entry(500, RESPONDER, "r1", 3, act, [].into()));
        assert_eq!(story.state(&alert, 5).phase, phase);
    }
}

#[test]
fn an_organisation_of_many_devices_costs_little_and_pushes_out_none_of_them() {
    const DEVICES: u8 = 32;
    let alert = alert(Level::Serious);
    let mut entries: Vec<SignedEntry> = Vec::new();
    let mut made = |device: u8, act: Act| {
        let known = entries.iter().rev().take(MAX_FOLLOWS).map(|it| it.hash).collect();
        let mut made = entry(entries.len(), RESPONDER, "r1", 1, act, known);
        made.device = Some(DeviceId::new([device; 32]));
        entries.push(made);
    };
    for _round in 0..MAX_ENTRIES_OF_DEVICE {
        (1..DEVICES).for_each(|device| made(device, NEWS));
    }
    made(0, TAKING);
    let state = Story(entries.clone()).state(&alert, 70);
    assert_eq!((state.taking.len(), state.phase), (1, Phase::Acknowledged), "the honest one");
    assert_eq!(state.idle.len(), entries.len() - MAX_ENTRIES_OF_ORG);
}

#[test]
fn who_may_not_decides_neither_place_nor_news() {
    let alert = alert(Level::Serious);
    let mut story = Story::new().then(RAISER, "m1", 1, NEWS).then(OTHER, "o", 2, NEWS);
    story.0[1].entry.number = 10_000_000_000;
    story.0[1] = signed(OTHER, story.0[1].entry.clone());
    let first = |story: &Story| story.state(&alert, 3).branches.remove(0);
    assert_eq!((first(&story).author, first(&story).may), (org(RAISER), true));
    // Whatever comes next takes its place.
    let rules = rules();
    let ends = Case::new(&alert, &story.0, &rules).ends();
    assert_eq!(ends, [story.0[0].hash, story.0[1].hash]);
    let mut next = entry(2, RAISER, "m1", 3, NEWS, ends.into_iter().collect());
    next.entry.number = Case::new(&alert, &story.0, &rules).next_number(&org(RAISER));
    story.0.push(signed(RAISER, next.entry));
    let state = story.state(&alert, 4);
    assert_eq!((state.branches.len(), state.branches[0].author), (1, org(RAISER)));
    // A taker's great number goes before nobody's later word: both stand.
    let mut taken = Story::new().then(OTHER, "o", 1, TAKING).beside(OTHER, "o", 2, NEWS);
    taken.0[1].entry.number = 10_000_000_000;
    taken.0[1] = signed(OTHER, taken.0[1].entry.clone());
    taken.0.push(entry(2, RAISER, "m1", 3, NEWS, BTreeSet::new()));
    assert_eq!(first(&taken).author, org(RAISER));
}

#[test]
fn an_update_dated_ahead_does_not_keep_quiet_what_it_makes_urgent() {
    let worse = Act::Update { level: Some(Level::LifeImminent), expires: None };
    for level in [Level::Watch, Level::Elevated] {
        let alert = alert(level);
        let ahead = Story::new().then(STEWARD, "s", 24 * 60, worse.clone());
        let state = ahead.state(&alert, 10);
        assert_eq!((state.phase, state.step, state.undatable), (Phase::Escalated, 1, true));
        // Who may, or two others, say by what follows it when it was there; one other does not.
        let one = Story(ahead.0.clone()).then(OTHER, "o", 9, Act::Seen);
        let state = one.state(&alert, 11);
        assert_eq!((state.phase, state.step, state.undatable), (Phase::Escalated, 1, true));
        let by_one_who_may = Story(ahead.0.clone()).then(RAISER, "m1", 10, Act::Seen);
        for followed in [one.then(RESPONDER, "r1", 10, Act::Seen), by_one_who_may] {
            let state = followed.state(&alert, 11);
            assert_eq!((state.phase, state.next_step), (Phase::Open, Some(at(25))));
            assert_eq!(followed.state(&alert, 25).phase, Phase::Escalated);
        }
        let taken = ahead.then(OTHER, "o", 11, TAKING);
        assert_eq!(taken.state(&alert, 12).phase, Phase::Acknowledged);
    }
    // Nor does one dated before the alert make it overdue since then.
    let mut story = Story::new().then(STEWARD, "s", 0, worse);
    story.0[0].entry.sent = Timestamp::from_millis(0);
    let alert = alert(Level::Watch);
    assert_eq!(story.state(&alert, 14).phase, Phase::Open);
    assert_eq!(story.state(&alert, 15).overdue, Some(Duration::ZERO));
}

#[test]
fn who_suspends_all_others_confirms_nothing_alone() {
    let alert = alert(Level::LifeImminent);
    let story = Story::new().then(RAISER, "m1", 5, SAFE);
    let closing = story.0[0].hash;
    let story = story.then(RAISER, "m2", 6, Act::Confirm { closing });
    let own = Rules { members: [org(RAISER)].into(), ..Rules::default() };
    assert_eq!(Case::new(&alert, &story.0, &own).state(at(7)).phase, Phase::StoodDown);
    let suspended = Rules { suspended: [org(OTHER)].into(), ..own };
    assert_eq!(Case::new(&alert, &story.0, &suspended).state(at(7)).phase, Phase::Open);
}

#[test]
fn a_seized_device_takes_nothing_that_its_organisation_cannot_give_up() {
    const MOST: i64 = 10_000_000_000;
    let alert = alert(Level::LifeImminent);
    let rules = rules();
    let seized = |by: &str| {
        let mut made = entry(0, RESPONDER, by, 1, TAKING, BTreeSet::new()).entry;
        // The greatest number and the greatest id: nothing of its organisation comes after it.
        (made.number, made.id) = (MOST, "f".repeat(32));
        let mut made = signed(RESPONDER, made);
        made.device = Some(DeviceId::new([77; 32]));
        made
    };
    let answer = |entries: &[SignedEntry], act: Act| {
        let mut made = entry(0, RESPONDER, "r1", 2, act, BTreeSet::new()).entry;
        made.number = Case::new(&alert, entries, &rules).next_number(&org(RESPONDER));
        signed(RESPONDER, made)
    };
    let one = vec![seized("R1")];
    assert_eq!(Case::new(&alert, &one, &rules).state(at(20)).phase, Phase::Acknowledged);
    for act in [CANNOT, Act::GiveUp] {
        let made = answer(&one, act);
        assert_eq!(made.entry.number, MOST);
        let entries = [&one[..], &[made]].concat();
        assert_eq!(Case::new(&alert, &entries, &rules).state(at(20)).phase, Phase::Escalated);
    }
    // By as many codes as are heard: one word ends them all.
    let many: Vec<SignedEntry> =
        (0..MAX_ENTRIES_OF_DEVICE).map(|code| seized(&format!("x{code}"))).collect();
    let codes = Case::new(&alert, &many, &rules).codes_taking(&org(RESPONDER)).len();
    assert_eq!(codes, MAX_ENTRIES_OF_DEVICE);
    let entries = [&many[..], &[answer(&many, Act::GiveUp)]].concat();
    let state = Case::new(&alert, &entries, &rules).state(at(20));
    assert_eq!((state.phase, state.taking.len()), (Phase::Escalated, 0));
    // Of its own organisation alone, and whoever takes it later takes it.
    let other = Story(entries).then(OTHER, "o", 3, TAKING).then(OTHER, "o", 4, Act::GiveUp);
    assert_eq!(other.state(&alert, 20).phase, Phase::Escalated);
    assert_eq!(other.then(OTHER, "o", 5, TAKING).state(&alert, 20).taking, [org(OTHER)]);
}

#[test]
fn nobody_alone_makes_steps_due_that_were_not() {
    const DAYS: u64 = 20 * 24 * 60;
    let alert = alert(Level::Watch);
    let worse = Act::Update { level: Some(Level::LifeImminent), expires: None };
    let raised = Story::new().then(RAISER, "m1", DAYS, worse);
    let dated_back = raised.then(OTHER, "o", 0, Act::Seen).then(OTHER, "o2", 0, NEWS);
    let state = dated_back.state(&alert, DAYS + 1);
    assert_eq!((state.phase, state.step, state.overdue), (Phase::Open, 0, None));
    assert_eq!(state.next_step, Some(at(DAYS + 15)));
    let taken = dated_back.then(RESPONDER, "r1", DAYS + 2, TAKING);
    assert_eq!(taken.state(&alert, DAYS + 3).step, 0, "and none under a taking");
}
