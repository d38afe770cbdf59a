//! What holds of every alert, whatever was said to it in whatever order.

use proptest::prelude::*;

use super::*;

/// Minutes in which an alert of every level is over and long gone.
const DAYS: u64 = 130 * 24 * 60;
/// Where moments of entries begin: before the alert, as those of clocks that are behind.
const BEFORE: u64 = 24 * 60;

/// Minutes after [`BEFORE`].
fn moment(minutes: u64) -> Timestamp {
    Timestamp::from_millis(at(minutes).as_millis() - BEFORE * 60_000)
}

/// What an entry does, and the place of the one that it confirms.
fn act() -> impl Strategy<Value = (Act, prop::sample::Index)> {
    let outcome = || prop::sample::select(Outcome::ALL.to_vec());
    let closing = EntryHash::new([0; 20]);
    let act = prop_oneof![
        4 => prop::sample::select(Stance::ALL.to_vec()).prop_map(Act::Acknowledge),
        1 => Just(Act::GiveUp),
        2 => (prop::option::of(level()), prop::option::of(0..DAYS)).prop_map(|(level, expires)| {
            Act::Update { level, expires: expires.map(moment) }
        }),
        3 => outcome().prop_map(Act::StandDown),
        1 => outcome().prop_map(Act::Review),
        3 => Just(Act::Confirm { closing }),
        1 => Just(Act::Seen),
    ];
    (act, any::<prop::sample::Index>())
}

fn level() -> impl Strategy<Value = Level> {
    prop::sample::select(Level::ALL.to_vec())
}

/// Entries of members and strangers, each of which knew some of those before it and none of the
/// others, since they are named by hash. Ids and numbers are whatever their authors like.
fn entries() -> impl Strategy<Value = Vec<SignedEntry>> {
    let one = (
        prop::sample::select(vec![RAISER, RESPONDER, STEWARD, OTHER, FORMER, STRANGER]),
        prop::sample::select(vec!["m1", "m2"]),
        prop_oneof![0..DAYS, 0..(2 * BEFORE)],
        act(),
        prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        prop_oneof![4 => 1..6_i64, 1 => Just(10_000_000_000), 1 => -3..1_i64],
        0..4_usize,
    );
    prop::collection::vec(one, 0..9).prop_map(|drawn| {
        let mut made: Vec<SignedEntry> = Vec::new();
        for (author, by, minutes, (act, confirmed), follows, number, id) in drawn {
            let known =
                |place: prop::sample::Index| (!made.is_empty()).then(|| place.get(&made).hash);
            let follows = follows.into_iter().filter_map(known).collect();
            let act = if let Act::Confirm { closing } = act {
                Act::Confirm { closing: known(confirmed).unwrap_or(closing) }
            } else {
                act
            };
            let mut entry = entry(id, author, by, 0, act, follows).entry;
            (entry.sent, entry.number) = (moment(minutes), number);
            made.push(signed(author, entry));
        }
        made
    })
}

fn case() -> impl Strategy<Value = (SignedAlert, Vec<SignedEntry>)> {
    (level(), any::<bool>(), entries()).prop_map(|(level, drill, entries)| {
        let mut alert = alert(level);
        alert.alert.drill = drill;
        (alert, entries)
    })
}

const FORMER: u8 = 5;

fn rules() -> Rules {
    Rules { former: [org(FORMER)].into(), ..super::rules() }
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
    fn who_gives_up_takes_nothing_more(
        (alert, mut entries) in case(),
        by in prop::sample::select(vec!["M1", "m2"]),
        all in any::<bool>(),
    ) {
        let rules = rules();
        for author in [RAISER, RESPONDER, STEWARD, OTHER] {
            let act = if all { Act::GiveUp } else { CANNOT };
            // Whatever comes first by its id.
            let mut made = entry(0, author, by, 0, act, BTreeSet::new()).entry;
            made.number = Case::new(&alert, &entries, &rules).next_number(&org(author));
            entries.push(signed(author, made));
            let case = Case::new(&alert, &entries, &rules);
            let left = case.codes_taking(&org(author));
            prop_assert!(left.iter().all(|code| !all && !code.eq_ignore_ascii_case(by)), "{:?}", left);
        }
    }

    #[test]
    fn under_a_taking_no_step_rises((alert, entries) in case(), now in 0..DAYS, later in 0..DAYS) {
        let rules = rules();
        let case = Case::new(&alert, &entries, &rules);
        let before = case.state(moment(now));
        if !before.taking.is_empty() {
            let after = case.state(moment(now + later));
            prop_assert_eq!((before.step, &before.taking), (after.step, &after.taking));
        }
    }

    #[test]
    fn at_its_bound_what_is_not_closed_is_loud((alert, entries) in case(), later in 0..DAYS) {
        let bound = alert.alert.sent.saturating_add(alert.alert.level.expiry() * MAX_STRETCH);
        let now = bound.saturating_add(Duration::from_secs(later * 60));
        let state = Case::new(&alert, &entries, &rules()).state(now);
        prop_assert!(state.phase.is_closed() || state.phase.is_loud(), "{:?}", state);
    }

    #[test]
    fn a_steward_closes_whatever_others_wrote((alert, mut entries) in case(), now in 0..DAYS) {
        let rules = rules();
        let mut ends = Case::new(&alert, &entries, &rules).ends();
        ends.truncate(MAX_FOLLOWS);
        let number = Case::new(&alert, &entries, &rules).next_number(&org(STEWARD));
        let act = Act::StandDown(Outcome::HarmOccurred);
        let mut entry = entry(99, STEWARD, "s", 0, act, ends.into_iter().collect()).entry;
        entry.number = number;
        let closing = signed(STEWARD, entry);
        entries.push(closing.clone());
        let case = Case::new(&alert, &entries, &rules);
        let state = case.state(moment(now));
        let own = state.closings.iter().find(|it| it.hash == closing.hash).unwrap();
        prop_assert!(own.waits != Some(Waits::Update));
        prop_assert_eq!(own.waits.is_some(), state.level == Level::LifeImminent);
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
        // Nor one that somebody who may made more severe, however that is dated.
        for signed in &entries {
            let Act::Update { level: Some(level), .. } = signed.entry.act else { continue };
            let by_role = [RAISER, STEWARD].map(org).contains(&signed.author);
            let counts = level < alert.alert.level && !state.idle.contains(&signed.hash);
            let since = signed.entry.sent.max(alert.alert.sent);
            let ahead = since.saturating_since(now) > MAX_SKEW;
            let first = level.timers().map(|timers| since.saturating_add(timers.steps()[0]));
            let due = first.is_some_and(|first| ahead || first <= now);
            if by_role && counts && due && state.taking.is_empty() && !closed {
                let dated = alert.alert.sent.max(signed.entry.sent);
                let known = entries.iter().any(|it| it.entry.sent < dated && ahead
                    && !it.entry.follows.is_empty());
                prop_assert!(known || (state.phase.is_loud() && state.step >= 1), "{:?}", state);
            }
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
            // Once what was dated ahead can be timed, it is.
            let timed = case.state(now).undatable && !case.state(next).undatable;
            prop_assert!(timed || of(next).1 >= current.1);
        }
    }

    #[test]
    fn only_those_who_may_close((alert, entries) in case(), now in 0..DAYS) {
        let state = Case::new(&alert, &entries, &rules()).state(at(now));
        let took = |org: OrgId| entries.iter().any(|it| it.author == org && it.entry.act == TAKING);
        let may = |by: OrgId| by == org(RAISER) || by == org(STEWARD) || took(by);
        for closing in &state.closings {
            prop_assert!(may(closing.author) && closing.author != org(STRANGER));
        }
        let holding = |it: &&Closing| it.waits.is_none();
        if state.phase.is_closed() && state.level == Level::LifeImminent {
            for closing in state.closings.iter().filter(holding) {
                let agreed = Act::Confirm { closing: closing.hash };
                let confirmed = entries.iter().any(|it| {
                    it.author != closing.author && may(it.author) && it.entry.act == agreed
                });
                prop_assert!(confirmed);
            }
        }
    }

    #[test]
    fn somebody_is_called_at_once(
        (mut alert, entries) in case(),
        groups in prop::collection::vec((0..10_u8, 0..4_u8), 0..5),
        members in prop::collection::btree_set(0..10_u8, 0..5),
    ) {
        alert.alert.groups = groups.into_iter().map(|(of, step)| Group { org: org(of), step }).collect();
        let rules = Rules { members: members.into_iter().map(org).collect(), ..rules() };
        let case = Case::new(&alert, &entries, &rules);
        let called = recipients(&case, 0, &BTreeSet::new());
        prop_assert_eq!(called.iter().any(|it| it.called), !called.is_empty());
    }

    #[test]
    fn what_others_tell_displaces_nothing_of_those_who_may(
        (alert, mut entries) in case(),
        number in 1..10_000_000_000_i64,
        follows in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        now in 0..DAYS,
    ) {
        const TELLER: u8 = 6;
        let mut rules = rules();
        rules.members.insert(org(TELLER));
        let of_those_who_may = |entries: &[SignedEntry]| {
            let mut branches = Case::new(&alert, entries, &rules).state(at(now)).branches;
            let all = branches.len();
            branches.retain(|branch| branch.may);
            let hashes: BTreeSet<EntryHash> = branches.iter().map(|it| it.hash).collect();
            (hashes, branches.len() == all)
        };
        let before = of_those_who_may(&entries).0;
        let known = |place: prop::sample::Index| (!entries.is_empty()).then(|| place.get(&entries).hash);
        let follows = follows.into_iter().filter_map(known).collect();
        let mut told = entry(70, TELLER, "t", 0, NEWS, follows).entry;
        told.number = number;
        let told = signed(TELLER, told);
        entries.push(told.clone());
        prop_assert_eq!(&of_those_who_may(&entries).0, &before);
        let branches = Case::new(&alert, &entries, &rules).state(at(now)).branches;
        prop_assert!(before.is_empty() || branches[0].may);
        // Whoever writes next follows it.
        let ends = Case::new(&alert, &entries, &rules).ends().into_iter().collect();
        let next = entry(71, RAISER, "m1", 0, NEWS, ends);
        entries.push(next);
        let branches = Case::new(&alert, &entries, &rules).state(at(now)).branches;
        prop_assert!(branches.iter().all(|it| it.hash != told.hash));
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
