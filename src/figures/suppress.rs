//! Suppression of small cells, so that nobody works them out from what is printed beside them.
//!
//! *Primary*: a sensitive number from 1 to 4 is printed `<5`, which stands for 0 to 4.
//! *Complementary*: as long as for some hidden number no other number would go with everything that
//! is printed, one more cell is hidden: a small one (`<5`), or one of 5 and more (`*`). For every
//! hidden cell there is a **witness**: other whole numbers, as small or as large as their marks say,
//! in hidden cells only, with which all sums hold. What finds no witness hides the whole system (`*`
//! everywhere, whatever the number).

use std::collections::{BTreeMap, BTreeSet};

/// Numbers below this are small.
pub(super) const SMALL: u64 = 5;
/// Cells that one witness may take.
const MAX_WITNESS: usize = 48;
/// Steps that the search for one witness may take before another cell is hidden.
const MAX_STEPS: usize = 4_000;

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Hidden if it is from 1 to 4.
    Sensitive,
    /// Hidden only to protect others.
    Plain,
    /// Printed, whatever comes.
    Fixed,
    /// Never printed.
    Secret,
}

/// How a cell is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The number.
    Shown,
    /// `<5`
    Small,
    /// `*`
    Withheld,
}

impl Mark {
    /// The cell's text.
    #[must_use]
    pub fn print(self, value: u64) -> String {
        match self {
            Self::Shown => value.to_string(),
            Self::Small => format!("<{SMALL}"),
            Self::Withheld => "*".to_owned(),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    value: i64,
    kind: Kind,
    hidden: bool,
}

/// Numbers and the sums that hold among them.
#[derive(Debug, Clone, Default)]
pub struct System {
    cells: Vec<Cell>,
    /// What is added up and from what, as (cell, 1 or -1); the rest of the sum is printed.
    sums: Vec<Vec<(usize, i64)>>,
    /// The sums that a cell is in.
    sums_of: Vec<Vec<usize>>,
}

impl System {
    /// Adds a cell; gives its number.
    pub fn cell(&mut self, value: u64, kind: Kind) -> usize {
        let small = (1..SMALL).contains(&value);
        let hidden = kind == Kind::Secret || kind == Kind::Sensitive && small;
        self.cells.push(Cell { value: i64::try_from(value).unwrap_or(i64::MAX), kind, hidden });
        self.sums_of.push(Vec::new());
        self.cells.len() - 1
    }

    /// Says that some cells add up to another one, or to a number that is printed or known.
    pub fn sum(&mut self, total: Option<usize>, parts: &[usize]) {
        let terms: Vec<(usize, i64)> =
            parts.iter().map(|part| (*part, 1)).chain(total.map(|total| (total, -1))).collect();
        for (cell, _) in &terms {
            if let Some(sums) = self.sums_of.get_mut(*cell) {
                sums.push(self.sums.len());
            }
        }
        self.sums.push(terms);
    }

    /// How each cell is to be printed.
    #[must_use]
    pub fn solve(mut self) -> Vec<Mark> {
        let mut safe: BTreeSet<usize> = BTreeSet::new();
        let mut waiting: Vec<usize> = self.numbers(|cell| cell.hidden && cell.kind != Kind::Secret);
        waiting.reverse();
        while let Some(number) = waiting.last().copied() {
            if safe.contains(&number) {
                waiting.pop();
            } else if let Some(witness) = self.witness(number) {
                // Hiding more later takes nothing from a witness.
                safe.extend(witness);
            } else if let Some(more) = self.complement(number) {
                if let Some(cell) = self.cells.get_mut(more) {
                    cell.hidden = true;
                }
                waiting.push(more);
            } else {
                return self.all_withheld();
            }
        }
        self.cells.iter().map(|cell| cell.mark()).collect()
    }

    fn numbers(&self, wanted: impl Fn(&Cell) -> bool) -> Vec<usize> {
        let all = self.cells.iter().enumerate();
        all.filter(|(_, cell)| wanted(cell)).map(|(number, _)| number).collect()
    }

    fn get(&self, number: usize) -> Option<&Cell> {
        self.cells.get(number)
    }

    fn all_withheld(&self) -> Vec<Mark> {
        let mark = |cell: &Cell| match cell.kind {
            Kind::Fixed => Mark::Shown,
            Kind::Sensitive | Kind::Plain | Kind::Secret => Mark::Withheld,
        };
        self.cells.iter().map(mark).collect()
    }

    /// The cell to hide next for the sake of another: the cheapest in its sums, else in the sums of
    /// what is hidden around it.
    fn complement(&self, number: usize) -> Option<usize> {
        let mut seen = BTreeSet::from([number]);
        let mut edge = vec![number];
        while !edge.is_empty() {
            let around: BTreeSet<usize> = edge
                .iter()
                .flat_map(|cell| self.sums_of.get(*cell).into_iter().flatten())
                .flat_map(|sum| self.sums.get(*sum).into_iter().flatten())
                .map(|(cell, _)| *cell)
                .collect();
            let shown = around.iter().filter_map(|number| {
                let cell = self.get(*number)?;
                let may = !cell.hidden && matches!(cell.kind, Kind::Sensitive | Kind::Plain);
                may.then_some((cell.value, *number))
            });
            if let Some((_, cheapest)) = shown.min() {
                return Some(cheapest);
            }
            edge = around
                .into_iter()
                .filter(|number| self.get(*number).is_some_and(|cell| cell.hidden))
                .filter(|number| seen.insert(*number))
                .collect();
        }
        None
    }

    /// Cells that can all be other numbers at once, this one among them.
    fn witness(&self, number: usize) -> Option<BTreeSet<usize>> {
        [-1, 1].into_iter().find_map(|change| {
            let mut search = Search { system: self, changes: BTreeMap::new(), steps: 0 };
            let found = search.change(number, change);
            found.then(|| search.changes.into_keys().collect())
        })
    }
}

impl Cell {
    const fn mark(&self) -> Mark {
        if !self.hidden {
            Mark::Shown
        } else if self.is_small() && !matches!(self.kind, Kind::Secret) {
            Mark::Small
        } else {
            Mark::Withheld
        }
    }

    const fn is_small(&self) -> bool {
        self.value < SMALL.cast_signed()
    }

    /// Whether a reader who sees the mark must think it possible.
    const fn can_be(&self, value: i64) -> bool {
        match self.mark() {
            Mark::Shown => false,
            Mark::Small => 0 <= value && value < SMALL.cast_signed(),
            Mark::Withheld if matches!(self.kind, Kind::Secret) => 0 <= value,
            Mark::Withheld => SMALL.cast_signed() <= value,
        }
    }
}

/// A search for other numbers, depth first.
struct Search<'a> {
    system: &'a System,
    changes: BTreeMap<usize, i64>,
    steps: usize,
}

impl Search<'_> {
    /// Changes a cell and whatever must change with it; nothing if that cannot be.
    fn change(&mut self, number: usize, change: i64) -> bool {
        self.steps += 1;
        let possible = self.system.get(number).is_some_and(|cell| cell.can_be(cell.value + change));
        if !possible || self.steps > MAX_STEPS || self.changes.len() >= MAX_WITNESS {
            return false;
        }
        self.changes.insert(number, change);
        if self.repair() {
            return true;
        }
        self.changes.remove(&number);
        false
    }

    /// Makes the first sum hold again that does not; true if all do.
    fn repair(&mut self) -> bool {
        let Some((sum, off)) = self.broken() else { return true };
        let terms = self.system.sums.get(sum).into_iter().flatten();
        let free: Vec<(usize, i64)> =
            terms.filter(|(cell, _)| !self.changes.contains_key(cell)).copied().collect();
        free.into_iter().any(|(cell, sign)| self.change(cell, -off * sign))
    }

    fn broken(&self) -> Option<(usize, i64)> {
        let sums = self.changes.keys().flat_map(|cell| self.system.sums_of.get(*cell));
        sums.flatten().find_map(|sum| {
            let terms = self.system.sums.get(*sum)?.iter();
            let off: i64 =
                terms.map(|(cell, sign)| sign * self.changes.get(cell).copied().unwrap_or(0)).sum();
            (off != 0).then_some((*sum, off))
        })
    }
}
