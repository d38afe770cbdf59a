//! Numbers that do not add up are refused.

use proptest::prelude::*;

use super::kit::World;
use crate::figures::{
    Cluster, Line, Period, case, event,
    rows::{self, Board, Cell, Group},
    totals,
};

const SEXES: [&str; 4] = ["female", "male", "non_binary", "-"];
const AGES: [&str; 4] = ["18_29", "30_44", "60_plus", "-"];
const ACTS: [&str; 8] = [
    "killing:non:own:hrd",
    "attempted_killing:state:own:journalist",
    "torture:state:own:trade_unionist",
    "arbitrary_detention:state:assoc:associate",
    "death_threat:state:own:hrd",
    "death_threat:und:own:hrd",
    "labelling:state:own:hrd",
    "killing:state:unknown:hrd",
];
const PLACES: [&str; 3] = ["CO-CAU", "CO-NAR", "CO-PUT"];

/// Some incidents of one victim or two.
pub(super) fn worlds() -> impl Strategy<Value = String> {
    let act = (0..4_usize, 0..4_usize, 0..ACTS.len(), 0..2_usize);
    let incident = (0..3_usize, prop::collection::vec(act, 1..3), 0..8_usize);
    prop::collection::vec(incident, 1..40).prop_map(|incidents| {
        let mut text = String::new();
        for (number, (place, victims, level)) in incidents.into_iter().enumerate() {
            let level = if level == 0 { "v2" } else { "v3" };
            text.push_str(&format!(";; id={} level={level} admin1={}", number + 1, PLACES[place]));
            for (key, (sex, age, act, group)) in victims.into_iter().enumerate() {
                let (sex, age, group) = (SEXES[sex], AGES[age], ["-", "indigenous"][group]);
                text.push_str(&format!(" v={key}:{sex}:{age}:{group} act={key}:{}", ACTS[act]));
            }
        }
        text
    })
}

pub(super) fn board_of(clusters: &[Cluster]) -> Board {
    let events = event::events(clusters);
    let cases = case::cases(&events);
    let persons = rows::persons(&cases);
    rows::board(&cases, &persons, "CO", &Period::year(2024).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_is_counted_adds_up(text in worlds()) {
        let board = board_of(&World::of(&text).clusters);
        prop_assert_eq!(totals::check("CO", &board), Ok(()));
    }

    /// Any one number of any printed row that is one more or less is found.
    #[test]
    fn a_single_wrong_number_is_refused(
        text in worlds(), which in any::<prop::sample::Index>(), more in any::<bool>()
    ) {
        let mut board = board_of(&World::of(&text).clusters);
        let mut places: Vec<(bool, usize, Option<Cell>)> = Vec::new();
        for (of_parts, tallies) in [
            (false, board.rows.values().collect::<Vec<_>>()),
            (true, board.parts.values().collect()),
        ] {
            for (row, tally) in tallies.iter().enumerate() {
                places.push((of_parts, row, None));
                let checked = |cell: &Cell| matches!(cell, Cell::Sex(_) | Cell::Age(_) | Cell::Link(_));
                places.extend(
                    tally.cells.keys().filter(|cell| checked(cell)).map(|cell| (of_parts, row, Some(*cell))),
                );
            }
        }
        prop_assume!(!places.is_empty());
        let (of_parts, row, cell) = *which.get(&places);
        let tally = if of_parts {
            board.parts.values_mut().nth(row).unwrap()
        } else {
            board.rows.values_mut().nth(row).unwrap()
        };
        let value = match cell {
            None => &mut tally.total,
            Some(cell) => tally.cells.get_mut(&cell).unwrap(),
        };
        *value = if more || *value == 0 { *value + 1 } else { *value - 1 };
        prop_assert!(totals::check("CO", &board).is_err());
    }
}

#[test]
fn the_error_says_which_sum_of_what() {
    let mut board = board_of(&World::of("act=1:killing:state:own:hrd").clusters);
    let line = Line::A;
    board.rows.get_mut(&(Group::All, line)).unwrap().total = 2;
    let error = totals::check("CO", &board).unwrap_err();
    assert_eq!((error.parts, error.total, error.country.as_str()), (1, 2, "CO"));
    assert!(error.to_string().contains("there is no report"), "{error}");
}
