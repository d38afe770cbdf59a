//! Which numbers of a country's rows are hidden.
//!
//! Tables 1 and 3 print all totals: a country's number of a type is not about anybody's sex, age or
//! ethnicity. Table 2 hides small totals, too. A part of the country that has a hidden total prints
//! no breakdown at all; so whatever other totals go with what is printed, people can be moved
//! between such parts, with all that they are, and no printed breakdown changes. That is why totals
//! and each breakdown can be solved apart, the breakdowns as if the reader knew every total.

use std::collections::{BTreeMap, BTreeSet};

use super::{Board, Cell, Group, Tally};
use crate::figures::{
    category::Line,
    person::{Age, Sex},
    seed::Seed,
    suppress::{Kind, Mark, System},
};

/// A row: of a population, or of a part of the country.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::figures) enum Row {
    Group(Group),
    Part(String),
}

/// A number of a row: its total, or a cell.
type Address = (Row, Line, Option<Cell>);

/// How the numbers are printed; what is not in it is shown.
#[derive(Debug, Clone, Default)]
pub(in crate::figures) struct Hidden(BTreeMap<Address, Mark>);

impl Hidden {
    pub(in crate::figures) fn mark(&self, row: Row, line: Line, cell: Option<Cell>) -> Mark {
        // The women of a row of all are those of the row of defenders.
        let address = match cell {
            Some(Cell::WomenDefenders)
                if matches!(row, Row::Group(Group::All | Group::Defender)) =>
            {
                (Row::Group(Group::Defender), line, Some(Cell::Sex(Sex::Female)))
            }
            _other => (row, line, cell),
        };
        self.0.get(&address).copied().unwrap_or(Mark::Shown)
    }
}

/// The cells of one breakdown; `rest` if they do not add up to the total by themselves.
struct Breakdown {
    cells: Vec<Cell>,
    rest: bool,
    seed: Seed,
}

fn breakdowns(seed: &Seed) -> [Breakdown; 3] {
    let breakdown = |name: &str, mut cells: Vec<Cell>, rest: bool| {
        let seed = seed.part(name);
        seed.part("cells").shuffle(&mut cells);
        Breakdown { cells, rest, seed }
    };
    [
        breakdown("sex", Sex::ALL.map(Cell::Sex).to_vec(), false),
        breakdown("age", Age::ALL.map(Cell::Age).to_vec(), false),
        breakdown("ethnicity", vec![Cell::Indigenous, Cell::Afro], true),
    ]
}

/// Tables 1 and 2. `parts` are all parts that Table 2 prints.
pub(in crate::figures) fn hide_strict(
    board: &Board,
    parts: &[String],
    exempt: bool,
    seed: &Seed,
) -> Hidden {
    let mut hidden = Hidden::default();
    hide_totals(board, parts, exempt, &seed.part("totals"), &mut hidden);
    let silent: BTreeSet<String> = hidden.0.keys().filter_map(|(row, ..)| part_of(row)).collect();
    for breakdown in breakdowns(seed) {
        for part in &silent {
            for line in Line::STRICT {
                for cell in &breakdown.cells {
                    let address = (Row::Part(part.clone()), line, Some(*cell));
                    hidden.0.insert(address, Mark::Withheld);
                }
            }
        }
        let rows = Group::ALL.into_iter().map(Row::Group);
        let rows: Vec<Row> = rows.chain(parts.iter().cloned().map(Row::Part)).collect();
        hide_breakdown(board, &breakdown, &rows, &Line::STRICT, &silent, exempt, &mut hidden);
    }
    hidden
}

/// Table 3.
pub(in crate::figures) fn hide_beyond(board: &Board, seed: &Seed) -> Hidden {
    let mut hidden = Hidden::default();
    let rows = Group::ALL.map(Row::Group);
    for breakdown in breakdowns(seed) {
        let none = BTreeSet::new();
        hide_breakdown(board, &breakdown, &rows, &Line::beyond(), &none, false, &mut hidden);
    }
    hidden
}

fn part_of(row: &Row) -> Option<String> {
    match row {
        Row::Part(part) => Some(part.clone()),
        Row::Group(_) => None,
    }
}

/// Where killings are exempt, so is the sum of all: what is not exempt in it is hidden by itself.
fn kind(line: Line, exempt: bool) -> Kind {
    if exempt && (line.is_killing() || line == Line::Total) { Kind::Plain } else { Kind::Sensitive }
}

/// The totals of Table 2, of which Table 1 prints the sum of each line.
fn hide_totals(board: &Board, parts: &[String], exempt: bool, seed: &Seed, hidden: &mut Hidden) {
    let mut system = System::default();
    let mut numbers: BTreeMap<(&str, Line), usize> = BTreeMap::new();
    let mut drawn: Vec<&String> = parts.iter().collect();
    seed.shuffle(&mut drawn);
    for part in drawn {
        for line in Line::STRICT {
            // Of what did not happen in the country nothing needs to be hidden.
            if board.row(Group::All, line).total > 0 {
                let value = board.part(part, line).total;
                numbers.insert((part, line), system.cell(value, kind(line, exempt)));
            }
        }
    }
    for line in Line::STRICT {
        let of_line: Vec<usize> =
            parts.iter().filter_map(|part| numbers.get(&(part.as_str(), line)).copied()).collect();
        system.sum(None, &of_line);
    }
    for part in parts {
        for line in Line::STRICT.into_iter().filter(|line| !line.parts().is_empty()) {
            let Some(total) = numbers.get(&(part.as_str(), line)) else { continue };
            let terms: Vec<usize> = line
                .parts()
                .into_iter()
                .filter_map(|line| numbers.get(&(part.as_str(), line)).copied())
                .collect();
            system.sum(Some(*total), &terms);
        }
    }
    let marks = system.solve();
    for ((part, line), number) in numbers {
        if let Some(mark) = marks.get(number).filter(|mark| **mark != Mark::Shown) {
            hidden.0.insert((Row::Part(part.to_owned()), line, None), *mark);
        }
    }
}

/// One breakdown over all rows that add up: lines to sums, populations to all, parts to the
/// country.
fn hide_breakdown(
    board: &Board,
    breakdown: &Breakdown,
    rows: &[Row],
    lines: &[Line],
    silent: &BTreeSet<String>,
    exempt: bool,
    hidden: &mut Hidden,
) {
    let mut system = System::default();
    let mut numbers: BTreeMap<Address, usize> = BTreeMap::new();
    let mut associates: BTreeMap<(Line, Option<Cell>), usize> = BTreeMap::new();
    let mut drawn: Vec<&Row> = rows.iter().collect();
    breakdown.seed.part("rows").shuffle(&mut drawn);
    for line in lines.iter().copied() {
        for row in drawn.iter().copied() {
            let tally = of_row(board, row, line);
            if tally.total == 0 {
                continue;
            }
            let secret = part_of(row).is_some_and(|part| silent.contains(&part));
            let mut block: Vec<usize> = Vec::new();
            for cell in &breakdown.cells {
                let known = !matches!(cell, Cell::Sex(Sex::NotKnown) | Cell::Age(Age::NotKnown));
                let kind = if secret {
                    Kind::Secret
                } else if known {
                    kind(line, exempt)
                } else {
                    Kind::Plain
                };
                let number = system.cell(tally.get(*cell), kind);
                numbers.insert((row.clone(), line, Some(*cell)), number);
                block.push(number);
            }
            if breakdown.rest {
                let named: u64 = breakdown.cells.iter().map(|cell| tally.get(*cell)).sum();
                let number = system.cell(tally.total.saturating_sub(named), Kind::Secret);
                numbers.insert((row.clone(), line, None), number);
                block.push(number);
            }
            system.sum(None, &block);
        }
        hide_associates(board, breakdown, line, &mut system, &mut associates);
    }
    let rest = breakdown.rest.then_some(None);
    let cells: Vec<Option<Cell>> =
        breakdown.cells.iter().map(|cell| Some(*cell)).chain(rest).collect();
    for cell in cells {
        let at = |row: &Row, line: Line| numbers.get(&(row.clone(), line, cell)).copied();
        for row in rows {
            for line in lines.iter().filter(|line| !line.parts().is_empty()) {
                let Some(total) = at(row, *line) else { continue };
                let terms: Vec<usize> =
                    line.parts().into_iter().filter_map(|line| at(row, line)).collect();
                system.sum(Some(total), &terms);
            }
        }
        for line in lines {
            let Some(all) = at(&Row::Group(Group::All), *line) else { continue };
            let of = |rows: &[Row]| rows.iter().filter_map(|row| at(row, *line)).collect();
            let groups: Vec<Row> = Group::ALL.iter().skip(1).copied().map(Row::Group).collect();
            let mut terms: Vec<usize> = of(&groups);
            terms.extend(associates.get(&(*line, cell)));
            system.sum(Some(all), &terms);
            let parts: Vec<Row> =
                rows.iter().filter(|row| part_of(row).is_some()).cloned().collect();
            if !parts.is_empty() {
                let terms: Vec<usize> = of(&parts);
                system.sum(Some(all), &terms);
            }
        }
    }
    let marks = system.solve();
    for ((row, line, cell), number) in numbers {
        let secret = part_of(&row).is_some_and(|part| silent.contains(&part));
        if let (Some(mark), Some(_)) = (marks.get(number), cell)
            && *mark != Mark::Shown
            && !secret
        {
            hidden.0.insert((row, line, cell), *mark);
        }
    }
}

/// Associates have no row: what is of all and of no population. Nobody reads of them more than how
/// many they are.
fn hide_associates(
    board: &Board,
    breakdown: &Breakdown,
    line: Line,
    system: &mut System,
    associates: &mut BTreeMap<(Line, Option<Cell>), usize>,
) {
    let total = board.associates.get(&line).copied().unwrap_or(0);
    if total == 0 {
        return;
    }
    let mut block = Vec::new();
    let mut rest = total;
    for cell in &breakdown.cells {
        let groups = Group::ALL.iter().skip(1);
        let named: u64 = groups.map(|group| board.row(*group, line).get(*cell)).sum();
        let value = board.row(Group::All, line).get(*cell).saturating_sub(named);
        let number = system.cell(value, Kind::Secret);
        associates.insert((line, Some(*cell)), number);
        block.push(number);
        rest = rest.saturating_sub(value);
    }
    if breakdown.rest {
        let number = system.cell(rest, Kind::Secret);
        associates.insert((line, None), number);
        block.push(number);
    }
    // However they are told apart, they are as many as they are.
    system.sum(None, &block);
}

fn of_row(board: &Board, row: &Row, line: Line) -> Tally {
    match row {
        Row::Group(group) => board.row(*group, line),
        Row::Part(part) => board.part(part, line),
    }
}
