//! No hidden number can be worked out.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{
    kit::{World, ask, rows},
    sums::{board_of, worlds},
};
use crate::figures::{
    Kind, Mark, Seed, System,
    category::Line,
    person::Sex,
    rows::{Cell, Group, Row, hide_strict},
};

fn seed() -> Seed {
    Seed::of([b"some".as_slice()])
}

/// A table with its sums, in every combination that the marks allow: brute force, so as not to rely
/// on how the marks were found.
struct Brute {
    rows: usize,
    columns: usize,
    values: Vec<u64>,
    marks: Vec<Mark>,
}

impl Brute {
    fn of(rows: usize, columns: usize, inner: &[u64]) -> Self {
        let mut values = vec![0; (rows + 1) * (columns + 1)];
        for row in 0..rows {
            for column in 0..columns {
                let value = inner[row * columns + column];
                for at in [(row, column), (row, columns), (rows, column), (rows, columns)] {
                    values[at.0 * (columns + 1) + at.1] += value;
                }
            }
        }
        let mut system = System::default();
        let cells: Vec<usize> = values.iter().map(|it| system.cell(*it, Kind::Sensitive)).collect();
        let at = |row: usize, column: usize| cells[row * (columns + 1) + column];
        for row in 0..=rows {
            let parts: Vec<usize> = (0..columns).map(|column| at(row, column)).collect();
            system.sum(Some(at(row, columns)), &parts);
        }
        for column in 0..=columns {
            let parts: Vec<usize> = (0..rows).map(|row| at(row, column)).collect();
            system.sum(Some(at(rows, column)), &parts);
        }
        Self { rows, columns, values, marks: system.solve() }
    }

    /// What each cell can be, seen from outside. Of `*` only what is near the number is tried, which
    /// makes it look easier to work out than it is.
    fn feasible(&self) -> Vec<Vec<u64>> {
        let range = |place: usize| match self.marks[place] {
            Mark::Shown => self.values[place]..=self.values[place],
            Mark::Small => 0..=4,
            Mark::Withheld => self.values[place].saturating_sub(2)..=self.values[place] + 2,
        };
        let mut seen = vec![Vec::new(); self.values.len()];
        let mut table = vec![0; self.values.len()];
        self.fill(0, &mut table, &range, &mut seen);
        seen
    }

    fn fill(
        &self,
        inner: usize,
        table: &mut Vec<u64>,
        range: &dyn Fn(usize) -> std::ops::RangeInclusive<u64>,
        seen: &mut Vec<Vec<u64>>,
    ) {
        let (rows, columns, width) = (self.rows, self.columns, self.columns + 1);
        if inner == rows * columns {
            let cell = |row: usize, column: usize| table[row * width + column];
            let mut whole = table.clone();
            for row in 0..rows {
                whole[row * width + columns] = (0..columns).map(|it| cell(row, it)).sum();
            }
            for column in 0..columns {
                whole[rows * width + column] = (0..rows).map(|it| cell(it, column)).sum();
            }
            whole[rows * width + columns] = (0..rows).map(|row| whole[row * width + columns]).sum();
            if (0..whole.len()).all(|place| range(place).contains(&whole[place])) {
                for (found, value) in seen.iter_mut().zip(&whole) {
                    if !found.contains(value) {
                        found.push(*value);
                    }
                }
            }
            return;
        }
        let place = inner / columns * width + inner % columns;
        for value in range(place) {
            table[place] = value;
            self.fill(inner + 1, table, range, seen);
        }
        table[place] = 0;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn every_hidden_cell_of_a_small_table_keeps_two_values(
        inner in prop::collection::vec(prop_oneof![3 => 0..5_u64, 1 => 5..9_u64], 6)
    ) {
        let brute = Brute::of(2, 3, &inner);
        let feasible = brute.feasible();
        for (place, mark) in brute.marks.iter().enumerate() {
            let value = brute.values[place];
            prop_assert!(*mark != Mark::Shown || !(1..5).contains(&value), "a small number is shown");
            // A table without anything in it hides nothing.
            if *mark != Mark::Shown {
                prop_assert!(feasible[place].len() >= 2, "{place} of {:?} {:?}", brute.values, brute.marks);
            }
        }
        // A hidden cell is never alone beside a printed sum.
        for row in 0..=brute.rows {
            let hidden = (0..=brute.columns)
                .filter(|it| brute.marks[row * (brute.columns + 1) + it] != Mark::Shown);
            prop_assert_ne!(hidden.count(), 1);
        }
    }

    /// Tables 1 and 2 as they are made: hidden numbers never stand alone in a sum that is printed.
    #[test]
    fn nothing_hidden_stands_alone_in_a_report(text in worlds()) {
        let board = board_of(&World::of(&text).clusters);
        let parts: Vec<String> =
            ["CO-CAU", "CO-NAR", "CO-PUT", "CO-VAU", "not_known"].map(str::to_owned).to_vec();
        let hidden = hide_strict(&board, &parts, false, &seed());
        for line in Line::STRICT {
            let all = board.row(Group::All, line);
            for sex in Sex::ALL {
                let cell = Some(Cell::Sex(sex));
                let mark = hidden.mark(Row::Group(Group::All), line, cell);
                let value = all.get(Cell::Sex(sex));
                prop_assert!(mark != Mark::Shown || sex == Sex::NotKnown || !(1..5).contains(&value));
            }
            let shown = |row: &Row, cell| hidden.mark(row.clone(), line, cell) == Mark::Shown;
            let row = Row::Group(Group::All);
            let alone = Sex::ALL.into_iter().filter(|it| !shown(&row, Some(Cell::Sex(*it))));
            prop_assert_ne!(alone.count(), 1);
            let parts = || parts.iter().map(|part| Row::Part(part.clone()));
            prop_assert_ne!(parts().filter(|row| !shown(row, None)).count(), 1);
            for part in parts() {
                let silent = Line::STRICT.into_iter().any(|line| {
                    hidden.mark(part.clone(), line, None) != Mark::Shown
                });
                let tells = Sex::ALL.into_iter().any(|it| shown(&part, Some(Cell::Sex(it))));
                prop_assert!(!silent || !tells, "a part with a hidden total has a breakdown");
            }
        }
    }
}

#[test]
fn one_case_of_a_country_is_in_no_part_and_of_no_sex() {
    let issue = World::of("admin1=CO-CAU v=1:female:30_44:indigenous act=1:torture:state:own:hrd")
        .report(2024);
    assert_eq!(ask(&issue, "1|all,C|victims_total"), "1");
    for column in ["female", "age_30_44", "indigenous", "women_hrd"] {
        assert_eq!(ask(&issue, &format!("1|all,C|{column}")), "<5", "{column}");
    }
    let hidden = rows(&issue, "table-2.csv").into_iter().filter(|row| row["victims_total"] == "<5");
    let parts: Vec<String> = hidden
        .filter(|row| row["category"] == "C")
        .map(|mut row| row.remove("admin1").unwrap())
        .collect();
    assert!(parts.len() >= 2 && parts.contains(&"CO-CAU".to_owned()), "{parts:?}");
}

/// Two associates cannot be three: if all 6 were printed, the defenders would be 4 at least.
#[test]
fn associates_hide_no_more_than_they_are() {
    let mut text = String::new();
    for key in 5..7 {
        text.push_str(&format!(
            " v={key}:female:30_44:indigenous act={key}:torture:state:assoc:associate"
        ));
    }
    for key in 1..5 {
        text.push_str(&format!(" v={key}:female:30_44:indigenous act={key}:torture:state:own:hrd"));
    }
    let issue = World::of(&text).report(2024);
    assert_eq!(ask(&issue, "1|hrd,C|indigenous"), "<5");
    assert_eq!(ask(&issue, "1|all,C|indigenous"), "*");
}

#[test]
fn killings_are_exempt_only_if_the_coalition_says_so() {
    let world = World::of("admin1=CO-CAU v=1:female:30_44 act=1:killing:state:own:hrd");
    let hidden = world.report(2024);
    assert_eq!(ask(&hidden, "1|all,A1|female"), "<5");
    assert_eq!(ask(&hidden, "2|CO-CAU,A1|victims_total"), "<5");
    let exempt = world.report_with(|it| it.exempt_killings = true).unwrap();
    assert_eq!(ask(&exempt, "1|all,A1|female"), "1");
}

/// Of a sum that is printed, a small number and three zeros: who knows the rule learns from the marks
/// that one of two is the small one, and not which.
#[test]
fn the_cell_hidden_for_another_is_drawn_and_drawn_alike_everywhere() {
    let hidden = |small: usize, seed: u8| {
        let mut system = System::default();
        let mut order = [0, 1, 2, 3];
        Seed::of([[seed].as_slice()]).shuffle(&mut order);
        let value = |cell| if cell == small { 3 } else { 0 };
        let cells = order.map(|cell| (cell, system.cell(value(cell), Kind::Sensitive)));
        let cells = BTreeMap::from(cells);
        system.sum(None, &cells.values().copied().collect::<Vec<usize>>());
        let marks = system.solve();
        let hidden: Vec<usize> =
            cells.into_iter().filter(|it| marks[it.1] == Mark::Small).map(|it| it.0).collect();
        assert!(hidden.contains(&small), "{hidden:?}");
        <[usize; 2]>::try_from(hidden).unwrap()
    };
    for small in 0..4 {
        let pairs: BTreeSet<[usize; 2]> = (0..64).map(|seed| hidden(small, seed)).collect();
        assert_eq!(pairs.len(), 3, "each of the others, for some seed: {pairs:?}");
        assert!((0..64).all(|seed| hidden(small, seed) == hidden(small, seed)));
    }
}

#[test]
fn large_tables_are_solved() {
    let mut values = BTreeMap::new();
    let mut system = System::default();
    let mut state = 7_u64;
    for row in 0..34 {
        for column in 0..20 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let value = (state >> 33) % 12;
            values.insert((row, column), system.cell(value, Kind::Sensitive));
        }
    }
    for row in 0..34 {
        let parts: Vec<usize> = (0..20).map(|column| values[&(row, column)]).collect();
        system.sum(None, &parts);
    }
    for column in 0..20 {
        let parts: Vec<usize> = (0..34).map(|row| values[&(row, column)]).collect();
        system.sum(None, &parts);
    }
    let marks = system.solve();
    let shown = marks.iter().filter(|mark| **mark == Mark::Shown).count();
    assert!(shown > 100, "most of what is 5 and more stays: {shown}");
}
