//! The check of totals: a report whose numbers do not add up is refused, whatever the reason.

use std::collections::BTreeSet;

use crate::figures::{
    category::Line,
    eligibility::Link,
    person::{Age, Sex},
    rows::{Board, Cell, Group, Tally},
};

/// Numbers that do not add up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the totals of {country} do not add up, so there is no report: {what} of {line} are {parts}, \
     and not {total}"
)]
pub struct TotalsError {
    /// Which country.
    pub country: String,
    /// Of which row.
    pub line: String,
    /// What was added up.
    pub what: &'static str,
    /// The sum.
    pub parts: u64,
    /// What it should be.
    pub total: u64,
}

/// Checks one country's rows: categories, sex, age, perpetrators, populations, parts of the country.
///
/// # Errors
/// At the first sum that does not hold.
pub(super) fn check(country: &str, board: &Board) -> Result<(), TotalsError> {
    let beyond = Line::beyond();
    let lines = || Line::STRICT.into_iter().chain(beyond.iter().copied());
    let parts: BTreeSet<&str> = board.parts.keys().map(|(part, _)| part.as_str()).collect();
    for line in lines() {
        for group in Group::ALL {
            let tally = board.row(group, line);
            let sum = Sum { country, line: format!("{} ({})", line.category(), group.name()) };
            sum.of_row(&tally)?;
            let of_parts = |value: fn(&Tally) -> u64| {
                line.parts().into_iter().map(|it| value(&board.row(group, it))).sum()
            };
            if !line.parts().is_empty() {
                sum.hold("categories", of_parts(|tally| tally.total), tally.total)?;
                sum.hold("pending cases", of_parts(|tally| tally.pending), tally.pending)?;
            }
        }
        let all = board.row(Group::All, line);
        let sum = Sum { country, line: line.category().to_owned() };
        let groups: u64 = Group::ALL.iter().skip(1).map(|it| board.row(*it, line).total).sum();
        let associates = board.associates.get(&line).copied().unwrap_or(0);
        sum.hold("populations and associates", groups + associates, all.total)?;
        if Line::STRICT.contains(&line) {
            let over = |value: &dyn Fn(&Tally) -> u64| -> u64 {
                parts.iter().map(|part| value(&board.part(part, line))).sum()
            };
            sum.hold("parts of the country", over(&|tally| tally.total), all.total)?;
            for cell in all.cells.keys() {
                sum.hold("parts of the country", over(&|tally| tally.get(*cell)), all.get(*cell))?;
            }
            for part in &parts {
                let sum = Sum { country, line: format!("{} ({part})", line.category()) };
                sum.of_row(&board.part(part, line))?;
            }
        }
    }
    Ok(())
}

struct Sum<'a> {
    country: &'a str,
    line: String,
}

impl Sum<'_> {
    fn of_row(&self, tally: &Tally) -> Result<(), TotalsError> {
        let sum = |cells: &[Cell]| cells.iter().map(|cell| tally.get(*cell)).sum();
        self.hold("sexes", sum(&Sex::ALL.map(Cell::Sex)), tally.total)?;
        self.hold("ages", sum(&Age::ALL.map(Cell::Age)), tally.total)?;
        self.hold("perpetrators", sum(&Link::ALL.map(Cell::Link)), tally.total)?;
        let within = [
            ("cases of mandated bodies", tally.get(Cell::Mandated)),
            ("Indigenous and Afro-descendant", sum(&[Cell::Indigenous, Cell::Afro])),
            ("women defenders", tally.get(Cell::WomenDefenders)),
            ("environmental and land defenders", tally.get(Cell::EnvironmentLand)),
            ("distinct persons", u64::try_from(tally.persons.len()).unwrap_or(u64::MAX)),
            ("incidents", u64::try_from(tally.incidents.len()).unwrap_or(u64::MAX)),
            ("cases of one organisation", tally.single),
        ];
        for (what, part) in within {
            // No more than all of them.
            self.hold(what, part.min(tally.total), part)?;
        }
        Ok(())
    }

    fn hold(&self, what: &'static str, parts: u64, total: u64) -> Result<(), TotalsError> {
        if parts == total {
            return Ok(());
        }
        Err(TotalsError {
            country: self.country.to_owned(),
            line: self.line.clone(),
            what,
            parts,
            total,
        })
    }
}
