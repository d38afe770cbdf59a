//! The rules by example; laws in a file of their own.

use std::{collections::BTreeSet, time::Duration};

use super::*;
use crate::model::{
    id::{DeviceId, OrgId},
    registry::{Record, RecordKind, Schema, Value},
    time::Timestamp,
};

mod hostile;
mod laws;
mod reading;

const RAISER: u8 = 1;
const RESPONDER: u8 = 2;
const STEWARD: u8 = 3;
const OTHER: u8 = 4;
const STRANGER: u8 = 9;
const ID: &str = "00000000000000000000000000000001";

fn org(n: u8) -> OrgId {
    OrgId::new([n; 32])
}

/// Minutes after it was sent.
fn at(minutes: u64) -> Timestamp {
    sent().saturating_add(Duration::from_secs(minutes * 60))
}

fn sent() -> Timestamp {
    Timestamp::from_second("2026-11-23T12:00:00Z").unwrap()
}

fn rules() -> Rules {
    let members = [RAISER, RESPONDER, STEWARD, OTHER].map(org).into();
    Rules { members, stewards: [org(STEWARD)].into(), ..Rules::default() }
}

fn alert(level: Level) -> SignedAlert {
    let alert = Alert {
        id: ID.to_owned(),
        level,
        sent: sent(),
        expires: sent().saturating_add(level.expiry()),
        timers: level.timers(),
        drill: false,
        by: "m1".to_owned(),
        groups: BTreeSet::new(),
    };
    SignedAlert { author: org(RAISER), rewritten: false, alert }
}

/// An entry whose author knew all of the entries before it.
struct Story(Vec<SignedEntry>);

impl Story {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn then(mut self, author: u8, by: &str, minutes: u64, act: Act) -> Self {
        let known = self.0.iter().map(|signed| signed.hash).collect();
        self.0.push(entry(self.0.len(), author, by, minutes, act, known));
        self
    }

    /// One that knew nothing of the entries before it.
    fn beside(mut self, author: u8, by: &str, minutes: u64, act: Act) -> Self {
        self.0.push(entry(self.0.len(), author, by, minutes, act, BTreeSet::new()));
        self
    }

    fn state(&self, alert: &SignedAlert, minutes: u64) -> AlertState {
        Case::new(alert, &self.0, &rules()).state(at(minutes))
    }
}

fn entry(
    place: usize,
    author: u8,
    by: &str,
    minutes: u64,
    act: Act,
    follows: BTreeSet<EntryHash>,
) -> SignedEntry {
    let entry = Entry {
        id: format!("{:032x}", place + 100),
        alert: AlertName { author: org(RAISER), id: ID.to_owned() },
        number: i64::try_from(place).unwrap() + 1,
        sent: at(minutes),
        by: by.to_owned(),
        follows,
        act,
    };
    signed(author, entry)
}

fn signed(author: u8, entry: Entry) -> SignedEntry {
    let (author, device) = (org(author), Some(DeviceId::new([author; 32])));
    let hash = hash(&author, &entry);
    SignedEntry { author, device, hash, rewritten: false, entry }
}

/// A hash of all that an entry says, as that of its record is.
fn hash(author: &OrgId, entry: &Entry) -> EntryHash {
    let text = format!("{author} {entry:?}");
    let whole = blake3::hash(text.as_bytes());
    EntryHash::new(*whole.as_bytes().first_chunk().unwrap())
}

const TAKING: Act = Act::Acknowledge(Stance::Taking);
const CANNOT: Act = Act::Acknowledge(Stance::Cannot);
const NEWS: Act = Act::Update { level: None, expires: None };

#[test]
fn the_defaults_are_those_of_the_specification() {
    let minutes = |level: Level| {
        let steps = level.timers().map(|timers| timers.steps().map(|it| it.as_secs() / 60));
        (steps, level.expiry().as_secs() / 3600)
    };
    assert_eq!(minutes(Level::LifeImminent), (Some([15, 45, 120]), 6));
    assert_eq!(minutes(Level::Serious), (Some([60, 240, 720]), 24));
    assert_eq!(minutes(Level::Elevated), (Some([720, 1440, 2880]), 7 * 24));
    assert_eq!(minutes(Level::Watch), (None, 30 * 24));
}

#[test]
fn steps_follow_from_the_signed_time() {
    let (alert, story) = (alert(Level::LifeImminent), Story::new());
    for (minutes, phase, step, overdue) in [
        (0, Phase::Open, 0, None),
        (14, Phase::Open, 0, None),
        (15, Phase::Escalated, 1, Some(0)),
        (45, Phase::Escalated, 2, Some(30)),
        (120, Phase::Escalated, 3, Some(105)),
        (360, Phase::Expired, 3, Some(345)),
    ] {
        let state = story.state(&alert, minutes);
        assert_eq!((state.phase, state.step), (phase, step), "{minutes}");
        assert_eq!(state.overdue.map(|it| it.as_secs() / 60), overdue, "{minutes}");
    }
    assert_eq!(story.state(&alert, 20).next_step, Some(at(45)));
}

#[test]
fn nothing_escalates_at_the_level_to_be_watched() {
    let (alert, story) = (alert(Level::Watch), Story::new());
    assert_eq!(story.state(&alert, 60 * 24 * 29).phase, Phase::Open);
    assert_eq!(story.state(&alert, 60 * 24 * 30).phase, Phase::Expired);
}

#[test]
fn only_taking_stops_the_escalation_and_only_as_long_as_it_holds() {
    let alert = alert(Level::LifeImminent);
    let seen = Story::new().then(RESPONDER, "r1", 2, Act::Acknowledge(Stance::Seen));
    assert_eq!(seen.state(&alert, 16).phase, Phase::Escalated);
    let taken = seen.then(RESPONDER, "r1", 20, TAKING);
    let state = taken.state(&alert, 100);
    assert_eq!((state.phase, state.step), (Phase::Acknowledged, 1), "step 1 was due before");
    assert_eq!(state.response, Some(Duration::from_secs(20 * 60)));
    assert_eq!((state.overdue, state.next_step), (None, None));
    let working = Story(taken.0.clone()).then(RESPONDER, "r1", 30, NEWS);
    assert_eq!(working.state(&alert, 100).phase, Phase::Responding);
    let given_up = taken.then(RESPONDER, "r2", 30, CANNOT);
    assert_eq!(given_up.state(&alert, 100).phase, Phase::Acknowledged, "another person");
    let given_up = given_up.then(RESPONDER, "R1", 31, CANNOT);
    let state = given_up.state(&alert, 100);
    assert_eq!((state.phase, state.step), (Phase::Escalated, 2));
    assert_eq!(state.response, Some(Duration::from_secs(20 * 60)));
}

#[test]
fn who_raised_it_does_not_answer_it_but_the_organisation_may() {
    let alert = alert(Level::Serious);
    let own = Story::new().then(RAISER, "M1", 1, TAKING);
    assert_eq!(own.state(&alert, 61).phase, Phase::Escalated);
    assert_eq!(own.state(&alert, 61).response, None);
    let colleague = own.then(RAISER, "m2", 1, TAKING);
    assert_eq!(colleague.state(&alert, 61).phase, Phase::Acknowledged);
}

#[test]
fn who_is_out_answers_nothing() {
    let alert = alert(Level::Serious);
    let story = Story::new().then(STRANGER, "x", 1, TAKING);
    let state = story.state(&alert, 61);
    assert_eq!(state.phase, Phase::Escalated);
    assert_eq!(state.idle.len(), 1);
}

#[test]
fn only_who_may_closes() {
    let alert = alert(Level::Serious);
    let safe = Act::StandDown(Outcome::Safe);
    for (author, phase) in [
        (RAISER, Phase::StoodDown),
        (STEWARD, Phase::StoodDown),
        (RESPONDER, Phase::Open),
        (STRANGER, Phase::Open),
    ] {
        let state = Story::new().then(author, "p", 5, safe.clone()).state(&alert, 10);
        assert_eq!(state.phase, phase, "{author}");
        assert_eq!(state.idle.len(), usize::from(phase == Phase::Open), "{author}");
    }
    let story = Story::new().then(RESPONDER, "r1", 2, TAKING);
    let closed = Story(story.0.clone()).then(RESPONDER, "r1", 5, safe.clone());
    assert_eq!(closed.state(&alert, 10).phase, Phase::StoodDown);
    let given_up = story.then(RESPONDER, "r1", 3, CANNOT).then(RESPONDER, "r1", 5, safe);
    assert_eq!(given_up.state(&alert, 10).phase, Phase::Open);
}

#[test]
fn two_organisations_close_where_life_is_at_risk() {
    let alert = alert(Level::LifeImminent);
    let story = Story::new().then(RESPONDER, "r1", 2, TAKING).then(
        RAISER,
        "m1",
        5,
        Act::StandDown(Outcome::Safe),
    );
    let closing = story.0.last().unwrap().hash;
    let confirm = Act::Confirm { closing };
    let waits = story.state(&alert, 10);
    assert_eq!(waits.phase, Phase::Acknowledged);
    assert_eq!(waits.closings[0].waits, Some(Waits::Confirmation));
    for (author, phase) in [
        (RAISER, Phase::Acknowledged),
        (OTHER, Phase::Acknowledged),
        (RESPONDER, Phase::StoodDown),
        (STEWARD, Phase::StoodDown),
    ] {
        let story = Story(story.0.clone()).then(author, "p2", 6, confirm.clone());
        assert_eq!(story.state(&alert, 10).phase, phase, "{author}");
    }
    // Where there is one organisation only, another person.
    let own = BTreeSet::from([org(RAISER)]);
    let alone = Rules { members: own.clone(), stewards: own, ..Rules::default() };
    for (by, phase) in [("M1", Phase::Open), ("m2", Phase::StoodDown)] {
        let story = Story::new().then(RAISER, "m1", 5, Act::StandDown(Outcome::Safe));
        let closing = story.0[0].hash;
        let story = story.then(RAISER, by, 6, Act::Confirm { closing });
        let case = Case::new(&alert, &story.0, &alone);
        assert_eq!(case.state(at(10)).phase, phase, "{by}");
    }
}

#[test]
fn what_a_closing_did_not_know_opens_it_again() {
    let alert = alert(Level::Serious);
    let closed = Story::new().then(STEWARD, "s", 5, Act::StandDown(Outcome::Safe));
    let beside = Story(closed.0.clone()).beside(RAISER, "m1", 6, NEWS);
    let state = beside.state(&alert, 10);
    assert_eq!((state.phase, state.outcome), (Phase::Open, None));
    assert_eq!(state.closings[0].waits, Some(Waits::Update));
    let later = Story(closed.0.clone()).then(RAISER, "m1", 6, NEWS);
    assert_eq!(later.state(&alert, 70).phase, Phase::Escalated);
    // What others say changes nothing of it.
    let strange = closed.then(OTHER, "o", 6, NEWS);
    assert_eq!(strange.state(&alert, 10).phase, Phase::StoodDown);
    let again = later.then(STEWARD, "s", 8, Act::StandDown(Outcome::HarmOccurred));
    assert_eq!(again.state(&alert, 10).phase, Phase::HarmOccurred);
}

#[test]
fn what_is_worst_of_two_outcomes_rules() {
    let alert = alert(Level::Serious);
    let story = Story::new().then(STEWARD, "s", 5, Act::StandDown(Outcome::FalseAlarm)).beside(
        RAISER,
        "m1",
        6,
        Act::StandDown(Outcome::HarmOccurred),
    );
    assert_eq!(story.state(&alert, 10).phase, Phase::HarmOccurred);
}

#[test]
fn expired_is_loud_until_a_person_reviews_it() {
    let alert = alert(Level::Serious);
    let taken = Story::new().then(RESPONDER, "r1", 2, TAKING);
    let day = 24 * 60;
    assert_eq!(taken.state(&alert, day - 1).phase, Phase::Acknowledged);
    assert_eq!(taken.state(&alert, day).phase, Phase::Expired);
    let early = Story(taken.0.clone()).then(RAISER, "m1", day - 1, Act::Review(Outcome::Safe));
    assert_eq!(early.state(&alert, day).phase, Phase::Expired, "nothing had expired");
    assert_eq!(early.state(&alert, day).idle, [early.0[1].hash].into());
    let reviewed = taken.then(RAISER, "m1", day + 1, Act::Review(Outcome::Safe));
    assert_eq!(reviewed.state(&alert, day + 2).phase, Phase::StoodDown);
    // Dated ahead it closes nothing yet.
    for (now, phase) in
        [(10, Phase::Acknowledged), (day, Phase::Expired), (day + 1, Phase::StoodDown)]
    {
        assert_eq!(reviewed.state(&alert, now).phase, phase, "{now}");
    }
    assert_eq!(Case::new(&alert, &reviewed.0, &rules()).next_change(at(day)), Some(at(day + 1)));
}

#[test]
fn an_update_makes_more_severe_never_less_and_lasts_longer_never_shorter() {
    let alert = alert(Level::Serious);
    let update = |level, minutes| Act::Update { level: Some(level), expires: Some(at(minutes)) };
    let worse = Story::new().then(RAISER, "m1", 10, update(Level::LifeImminent, 25 * 60));
    let state = worse.state(&alert, 25);
    assert_eq!((state.level, state.phase, state.step), (Level::LifeImminent, Phase::Escalated, 1));
    assert_eq!(state.expires, at(24 * 60), "no longer than the level's from there on");
    let longer = Story::new().then(RAISER, "m1", 120, update(Level::Elevated, 25 * 60));
    let state = longer.state(&alert, 121);
    assert_eq!((state.level, state.expires), (Level::Serious, at(25 * 60)));
    let strange = Story::new().then(OTHER, "o", 10, update(Level::LifeImminent, 25 * 60));
    assert_eq!(strange.state(&alert, 25).level, Level::Serious);
}

#[test]
fn updates_that_did_not_know_of_each_other_are_branches() {
    let alert = alert(Level::Serious);
    let story = Story::new()
        .then(RAISER, "m1", 1, NEWS)
        .then(RESPONDER, "r1", 2, NEWS)
        .beside(STEWARD, "s", 3, NEWS);
    let ids: Vec<String> =
        story.state(&alert, 5).branches.into_iter().map(|branch| branch.id).collect();
    // Who took nothing tells news, and displaces nobody's.
    let expected = [2, 0, 1].map(|place: usize| story.0[place].entry.id.clone());
    assert_eq!(ids, expected);
    let may = story.state(&alert, 5).branches.into_iter().map(|branch| branch.may);
    assert_eq!(may.collect::<Vec<_>>(), [true, true, false]);
    let joined = story.then(STEWARD, "s", 4, NEWS);
    assert_eq!(joined.state(&alert, 5).branches.len(), 1);
}

#[test]
fn a_date_ahead_is_loud_at_once_and_named() {
    let mut alert = alert(Level::LifeImminent);
    let story = Story::new();
    alert.alert.sent = at(4);
    let state = story.state(&alert, 0);
    assert_eq!((state.phase, state.undatable), (Phase::Open, false), "within the bound");
    (alert.alert.sent, alert.alert.expires) = (at(600), at(960));
    let state = story.state(&alert, 0);
    assert_eq!((state.phase, state.step, state.undatable), (Phase::Escalated, 1, true));
    assert_eq!(state.skews[0].org, org(RAISER));
    assert_eq!(state.skews[0].ahead, Duration::from_secs(600 * 60));
    // Answers of two organisations that are dated before prove it for good; of one, it is told.
    let answered = Story::new().then(OTHER, "o", 3, Act::Seen);
    let state = answered.state(&alert, 601);
    assert_eq!((state.phase, state.undatable), (Phase::Open, false));
    assert_eq!(state.skews[0].against, Some(org(OTHER)));
    let answered = answered.then(RESPONDER, "r1", 3, Act::Seen);
    let state = answered.state(&alert, 601);
    assert_eq!((state.phase, state.step, state.undatable), (Phase::Escalated, 1, true));
    assert_eq!(state.skews[0].against, Some(org(RESPONDER)));
    // Who takes it stops that too.
    let taken = answered.then(OTHER, "o", 4, TAKING);
    assert_eq!(taken.state(&alert, 5).phase, Phase::Acknowledged);
}

#[test]
fn who_is_called_at_which_step() {
    let mut alert = alert(Level::Serious);
    alert.alert.groups = [
        Group { org: org(RESPONDER), step: 0 },
        Group { org: org(RESPONDER), step: 2 },
        Group { org: org(STEWARD), step: 1 },
        Group { org: org(STRANGER), step: 0 },
    ]
    .into();
    let story = Story::new().then(RESPONDER, "r1", 1, Act::Seen);
    let rules = rules();
    let case = Case::new(&alert, &story.0, &rules);
    let held = [org(STEWARD)].into();
    let called = |step| -> Vec<(OrgId, bool, Delivery)> {
        let all = recipients(&case, step, &held).into_iter();
        all.map(|it| (it.org, it.called, it.delivery)).collect()
    };
    let [responder, steward, other] = [RESPONDER, STEWARD, OTHER].map(org);
    let expected = |steward_called, other_called| {
        vec![
            (responder, true, Delivery::Seen),
            (steward, steward_called, Delivery::Delivered),
            (other, other_called, Delivery::Queued),
        ]
    };
    assert_eq!(called(0), expected(false, false));
    assert_eq!(called(1), expected(true, false));
    assert_eq!(called(2), expected(true, true), "the coordinators of all partners");
}

#[test]
fn somebody_is_called_at_once_whatever_an_alert_names() {
    for groups in [
        vec![],
        vec![Group { org: org(RESPONDER), step: 1 }],
        vec![Group { org: org(RAISER), step: 0 }],
        vec![Group { org: org(STRANGER), step: 0 }, Group { org: org(OTHER), step: 3 }],
    ] {
        let mut alert = alert(Level::Watch);
        alert.alert.groups = groups.into_iter().collect();
        let rules = rules();
        let called = recipients(&Case::new(&alert, [], &rules), 0, &BTreeSet::new());
        assert_eq!(called.len(), 3);
        assert!(called.iter().all(|it| it.called && it.step == 0), "{called:?}");
    }
}

#[test]
fn an_alert_that_expired_unseen_says_so() {
    let (alert, day) = (alert(Level::Serious), 24 * 60);
    let unseen = |story: &Story, now| story.state(&alert, now).unseen_in_time;
    let story = Story::new().then(RAISER, "m1", 1, NEWS);
    assert!(!unseen(&story, day - 1) && unseen(&story, day));
    let late = Story(story.0.clone()).then(RESPONDER, "r1", day, TAKING);
    assert!(unseen(&late, day), "taking it does not help");
    assert!(!unseen(&story.then(RESPONDER, "r1", day - 1, Act::Seen), day));
}

#[test]
fn what_one_organisation_dates_ahead_is_no_reason_to_doubt_a_clock() {
    let [own, one, other] = [RAISER, RESPONDER, OTHER].map(org);
    assert_eq!(passed(&own, []), None);
    assert_eq!(passed(&own, [(one, at(90)), (one, at(91))]), None);
    assert_eq!(passed(&own, [(one, at(90)), (other, at(20)), (one, at(30))]), Some(at(20)));
    assert_eq!(passed(&own, [(one, at(90)), (other, at(20)), (own, at(30))]), Some(at(30)));
}

#[test]
fn drills_are_in_no_total() {
    let real = Story::new().then(RESPONDER, "r1", 4, TAKING).state(&alert(Level::Serious), 5);
    let mut drill = alert(Level::LifeImminent);
    drill.alert.drill = true;
    let drill = Story::new().then(RESPONDER, "r1", 1, TAKING).state(&drill, 5);
    let totals = Totals::of([&real, &drill]);
    assert_eq!(totals, Totals::of([&real]));
    assert_eq!((totals.alerts, totals.answered), (1, 1));
    assert_eq!(totals.median_response, Some(Duration::from_secs(240)));
    assert_eq!(Totals::of_drills([&real, &drill]).median_response, Some(Duration::from_secs(60)));
}
