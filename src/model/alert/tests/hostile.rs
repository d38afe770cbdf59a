//! What members who do not keep to the rules gain: nothing.

use super::*;

#[test]
fn nobody_is_pushed_out_by_a_flood() {
    let alert = alert(Level::Serious);
    let mut flood: Vec<SignedEntry> = (0..MAX_ENTRIES_OF_ORG * 2)
        .map(|place| entry(place, OTHER, "o", 1, NEWS, BTreeSet::new()))
        .collect();
    flood.push(entry(9_000, RESPONDER, "r1", 2, TAKING, BTreeSet::new()));
    let state = Story(flood).state(&alert, 70);
    assert_eq!(state.phase, Phase::Acknowledged);
    assert_eq!(state.idle.len(), MAX_ENTRIES_OF_ORG);
}

#[test]
fn entries_that_name_each_other_make_no_circle() {
    let alert = alert(Level::Serious);
    let mut story = Story::new().then(RAISER, "m1", 1, NEWS).then(RAISER, "m1", 2, NEWS);
    let later = story.0[1].entry.id.clone();
    story.0[0].entry.follows = [later, ID.to_owned(), story.0[0].entry.id.clone()].into();
    assert_eq!(story.state(&alert, 3).branches.len(), 1);
}

#[test]
fn a_copied_id_speaks_for_nobody_else() {
    let alert = alert(Level::Serious);
    let mut story = Story::new().then(RESPONDER, "r1", 1, TAKING).then(
        OTHER,
        "o",
        2,
        Act::StandDown(Outcome::Safe),
    );
    // The id of the responder's answer, so that its author would be taken for the responder.
    story.0[1].entry.id = story.0[0].entry.id.clone();
    assert_eq!(story.state(&alert, 3).phase, Phase::Acknowledged);
}

#[test]
fn a_confirmation_before_the_closing_confirms_nothing() {
    let alert = alert(Level::LifeImminent);
    let closing = format!("{:032x}", 101);
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
