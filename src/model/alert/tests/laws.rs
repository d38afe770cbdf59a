//! What holds of every alert, whatever was said to it in whatever order.

use proptest::prelude::*;

use super::*;

const DAYS: u64 = 40 * 24 * 60;

fn act() -> impl Strategy<Value = Act> {
    let outcome = || prop::sample::select(Outcome::ALL.to_vec());
    prop_oneof![
        4 => prop::sample::select(Stance::ALL.to_vec()).prop_map(Act::Acknowledge),
        2 => (prop::option::of(level()), prop::option::of(0..DAYS)).prop_map(|(level, expires)| {
            Act::Update { level, expires: expires.map(at) }
        }),
        3 => outcome().prop_map(Act::StandDown),
        1 => outcome().prop_map(Act::Review),
        3 => (100_u32..108).prop_map(|id| Act::Confirm { closing: format!("{id:032x}") }),
        1 => Just(Act::Seen),
    ]
}

fn level() -> impl Strategy<Value = Level> {
    prop::sample::select(Level::ALL.to_vec())
}

/// Entries of members and strangers, each of which knew some of the others.
fn entries() -> impl Strategy<Value = Vec<SignedEntry>> {
    let one = (
        prop::sample::select(vec![RAISER, RESPONDER, STEWARD, OTHER, STRANGER]),
        prop::sample::select(vec!["m1", "m2"]),
        0..DAYS,
        act(),
        prop::collection::btree_set(100_u32..108, 0..4),
        0..6_i64,
    );
    prop::collection::vec(one, 0..8).prop_map(|drawn| {
        let entries = drawn.into_iter().enumerate();
        let made = entries.map(|(place, (author, by, minutes, act, follows, number))| {
            let follows = follows.into_iter().map(|id| format!("{id:032x}")).collect();
            let mut signed = entry(place, author, by, minutes, act, follows);
            signed.entry.number = number;
            signed
        });
        made.collect()
    })
}

fn case() -> impl Strategy<Value = (SignedAlert, Vec<SignedEntry>)> {
    (level(), any::<bool>(), entries()).prop_map(|(level, drill, entries)| {
        let mut alert = alert(level);
        alert.alert.drill = drill;
        (alert, entries)
    })
}

proptest! {
    #[test]
    fn any_order_and_copies_give_one_state(
        (alert, entries) in case(),
        order in any::<prop::sample::Index>(),
        now in 0..DAYS,
    ) {
        let rules = rules();
        let expected = Case::new(&alert, &entries, &rules).state(at(now));
        let mut other = entries.clone();
        other.extend(entries.iter().rev().cloned());
        let turn = order.index(other.len().max(1)).min(other.len());
        other.rotate_left(turn);
        prop_assert_eq!(Case::new(&alert, &other, &rules).state(at(now)), expected);
    }

    #[test]
    fn no_alert_that_somebody_takes_escalates((alert, entries) in case(), now in 0..DAYS) {
        let state = Case::new(&alert, &entries, &rules()).state(at(now));
        prop_assert!(state.taking.is_empty() || state.phase != Phase::Escalated);
        prop_assert!(state.taking.is_empty() || state.next_step.is_none());
    }

    #[test]
    fn no_alert_that_nobody_takes_stays_quiet((alert, entries) in case(), now in 0..DAYS) {
        let now = at(now);
        let state = Case::new(&alert, &entries, &rules()).state(now);
        let closed = state.phase.is_closed();
        prop_assert_eq!(closed, state.closings.iter().any(|closing| closing.waits.is_none()));
        let due = alert.alert.timers.map(|timers| sent().saturating_add(timers.steps()[0]));
        if due.is_some_and(|due| due <= now) && state.taking.is_empty() && !closed {
            prop_assert!(state.phase.is_loud() && state.step >= 1, "{:?}", state);
            prop_assert!(state.overdue.is_some());
        }
        if state.expires <= now && !closed {
            prop_assert!(state.phase == Phase::Expired);
        }
    }

    #[test]
    fn the_next_change_is_told_and_steps_only_rise((alert, entries) in case(), now in 0..DAYS) {
        let rules = rules();
        let case = Case::new(&alert, &entries, &rules);
        let of = |moment: Timestamp| { let it = case.state(moment); (it.phase, it.step) };
        let now = at(now);
        let current = of(now);
        let next = case.next_change(now);
        let until = next.map_or_else(|| at(3 * DAYS), |next| Timestamp::from_millis(next.as_millis() - 1));
        prop_assert_eq!(of(until), current);
        let span = until.as_millis() - now.as_millis();
        for part in 1..8 {
            let between = Timestamp::from_millis(now.as_millis() + span / 8 * part);
            prop_assert_eq!(of(between), current);
        }
        if let Some(next) = next {
            prop_assert!(now < next && of(next) != current);
            prop_assert!(of(next).1 >= current.1);
        }
    }

    #[test]
    fn only_those_who_may_close((alert, entries) in case(), now in 0..DAYS) {
        let state = Case::new(&alert, &entries, &rules()).state(at(now));
        let took = |org: OrgId| entries.iter().any(|it| it.author == org && it.entry.act == TAKING);
        for closing in &state.closings {
            let by = closing.author;
            prop_assert!(by == org(RAISER) || by == org(STEWARD) || took(by));
            prop_assert!(by != org(STRANGER));
        }
        let holding = |it: &&Closing| it.waits.is_none();
        if state.phase.is_closed() && state.level == Level::LifeImminent {
            for closing in state.closings.iter().filter(holding) {
                let confirmed = entries.iter().any(|it| {
                    it.author != closing.author
                        && it.entry.act == Act::Confirm { closing: closing.id.clone() }
                });
                prop_assert!(confirmed);
            }
        }
    }

    #[test]
    fn no_drill_changes_a_total(cases in prop::collection::vec(case(), 0..6), now in 0..DAYS) {
        let rules = rules();
        let states: Vec<AlertState> = cases
            .iter()
            .map(|(alert, entries)| Case::new(alert, entries, &rules).state(at(now)))
            .collect();
        let real: Vec<&AlertState> = states.iter().filter(|state| !state.drill).collect();
        prop_assert_eq!(Totals::of(&states), Totals::of(real.iter().copied()));
        prop_assert_eq!(Totals::of(&states).alerts, real.len() as u64);
    }
}
