//! Pages for files: what the registry counts is hidden there where it is of few people.
//!
//! A number from 1 to 4 is `<5`. So that it does not follow from the numbers beside it, all others
//! that the page tells of the same card, or in the same row, are `*` then: coarser than in the
//! report, whose system of sums is known, and for the same reason. A number beside another of which
//! it is a part tells of what lies between them, too. Incidents are not named.

use std::collections::BTreeSet;

use super::{Cell, Page, Sheet};
use crate::model::id::CardId;

/// Numbers below this are of few.
const FEW: u64 = 5;

/// What numbers stand together.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    Card(CardId),
    Row(String, usize),
}

fn family(sheet: &Sheet, place: usize, row: &[Cell]) -> Family {
    let shown =
        row.iter().find_map(|cell| if let Cell::Card { id, .. } = cell { Some(*id) } else { None });
    let counted = || {
        row.iter().find_map(|cell| if let Cell::Registry { of, .. } = cell { *of } else { None })
    };
    let card = shown.or_else(counted);
    card.map_or_else(|| Family::Row(sheet.name.clone(), place), Family::Card)
}

impl Page {
    /// The page for a file that others may get: few are hidden, and no incident is named.
    #[must_use]
    pub fn for_file(mut self) -> Self {
        let mut telling: BTreeSet<Family> = BTreeSet::new();
        for sheet in &self.sheets {
            for (place, row) in sheet.rows.iter().enumerate() {
                if row.iter().any(|cell| cell.least().is_some_and(|it| (1..FEW).contains(&it))) {
                    telling.insert(family(sheet, place, row));
                }
            }
        }
        for sheet in &mut self.sheets {
            let (mut hid, mut left_out) = (false, false);
            let rows = std::mem::take(&mut sheet.rows);
            for (place, mut row) in rows.into_iter().enumerate() {
                if row.iter().any(|cell| matches!(cell, Cell::Incident(_))) {
                    left_out = true;
                    continue;
                }
                let hide = telling.contains(&family(sheet, place, &row));
                for cell in &mut row {
                    if cell.names_incidents() {
                        left_out = true;
                        *cell = Cell::Empty;
                    } else if cell.least().is_some() {
                        let hidden = if hide { cell.hidden() } else { None };
                        hid |= hidden.is_some();
                        *cell = hidden.unwrap_or_else(|| cell.told());
                    }
                }
                sheet.rows.push(row);
            }
            for (said, key) in [(hid, "few_hidden"), (left_out, "incidents_left_out")] {
                if said {
                    sheet.note(key, &[]);
                }
            }
        }
        self
    }
}

impl Cell {
    /// Of how few a number of the registry tells; none of what is no such number.
    const fn least(&self) -> Option<u64> {
        if let Self::Registry { least, .. } = self { Some(*least) } else { None }
    }

    fn names_incidents(&self) -> bool {
        matches!(self, Self::List(cells) if cells.iter().any(|it| matches!(it, Self::Incident(_))))
    }

    /// How a number of the registry stands in a file that may not tell it; none if it is zero.
    fn hidden(&self) -> Option<Self> {
        let Self::Registry { cell, least, .. } = self else { return None };
        match (&**cell, *least) {
            (_, 0) => None,
            (Self::Count(count), least) if least < FEW && u64::try_from(*count) == Ok(least) => {
                Some(Self::Text(format!("<{FEW}")))
            }
            _larger_or_no_count => Some(Self::Text("*".to_owned())),
        }
    }

    fn told(&self) -> Self {
        if let Self::Registry { cell, .. } = self { (**cell).clone() } else { self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::IncidentId;

    #[test]
    fn few_are_hidden_with_all_that_would_tell_them() {
        let card = |number: u8| Cell::Card { id: CardId::new([number; 16]), title: "c".to_owned() };
        let mut sums = Sheet::new("sums", &["card", "all", "share", "median", "seen"]);
        let row = |number, all: usize, part, median| {
            let of = u64::try_from(all).unwrap();
            [
                card(number),
                Cell::counted(all),
                Cell::counted_share(part, of),
                Cell::counted_from(Cell::Count(median), all),
                Cell::Incident(IncidentId::new([7; 16])),
            ]
        };
        let whole = |number, all, part, median| row(number, all, part, median).into_iter().take(4);
        sums.row(
            whole(1, 12, 6, 3).chain([Cell::list([Cell::Incident(IncidentId::new([7; 16]))])]),
        );
        sums.row(whole(2, 12, 12, 3).chain([Cell::Count(2)]));
        sums.row(whole(3, 12, 11, 3).chain([Cell::Empty]));
        sums.row(row(4, 12, 6, 3));
        let mut parts = Sheet::new("parts", &["card", "of"]);
        parts.row([card(2), Cell::counted(10)]);
        parts.row([card(2), Cell::counted(2)]);
        parts.row([Cell::Empty, Cell::counted(0)]);
        let sheets = vec![sums, parts];
        let page = Page { view: "v".to_owned(), as_of: "2026-11-23".to_owned(), sheets };
        let told = page.clone().for_file();
        assert_eq!(
            told.sheets[0].plain(),
            [
                ["c", "12", "6/12", "3", ""],
                ["c", "*", "*", "*", "2"],
                // One of twelve follows from eleven.
                ["c", "*", "*", "*", ""],
            ]
        );
        assert_eq!(told.sheets[1].plain(), [["c", "*"], ["c", "<5"], ["", "0"]]);
        let notes: Vec<&str> = told.sheets[0].notes.iter().map(|it| it.key.as_str()).collect();
        assert_eq!(notes, ["few_hidden", "incidents_left_out"]);
        assert_eq!(page.sheets[0].plain()[0][3], "3", "the screen has it");
    }

    #[test]
    fn what_lies_between_two_numbers_is_told_by_them() {
        let card = |number: u8| Cell::Card { id: CardId::new([number; 16]), title: "c".to_owned() };
        let mut sums = Sheet::new("sums", &["card", "all", "part"]);
        let mut without = Sheet::new("without", &["all"]);
        for (number, all, part) in [(1, 12, 11), (2, 12, 7), (3, 12, 12), (4, 12, 0), (5, 2, 2)] {
            sums.row([
                card(number),
                Cell::counted_beside(all, &[part]),
                Cell::counted_beside(part, &[all]),
            ]);
            // A row that does not show its card is of it all the same.
            without.row([Cell::counted(20).of_card(CardId::new([number; 16]))]);
        }
        let sheets = vec![sums, without];
        let page = Page { view: "v".to_owned(), as_of: "2026-11-23".to_owned(), sheets };
        let told = page.for_file();
        assert_eq!(
            told.sheets[0].plain(),
            [
                ["c", "*", "*"],
                ["c", "12", "7"],
                ["c", "12", "12"],
                ["c", "12", "0"],
                ["c", "<5", "<5"]
            ]
        );
        assert_eq!(told.sheets[1].plain(), [["*"], ["20"], ["20"], ["20"], ["*"]]);
        let json = serde_json::to_string(&told.sheets[1]).unwrap();
        assert!(!json.contains(&CardId::new([2; 16]).to_string()), "{json}");
    }
}
