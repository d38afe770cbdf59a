//! Suppression of small cells, so that nobody works them out from what is printed beside them.
//!
//! *Primary*: a sensitive number from 1 to 4 is printed `<5`, which stands for 0 to 4.
//! *Complementary*: for every hidden cell there is a **witness**: other whole numbers, as small or as
//! large as their marks say, in hidden cells only, with which all sums that are printed hold. Where
//! there is none yet, more cells are hidden until there is: small ones (`<5`), or some of 5 and more
//! (`*`). If no search finds one, the whole system is hidden (`*` everywhere, whatever the number).
//!
//! Of numbers of about one size the first cells are hidden first. Whoever makes a system therefore
//! adds its cells in an order that was drawn ([`Seed`](super::Seed)), or the choice would tell which
//! cell was the reason.

use std::collections::{BTreeMap, BTreeSet};

/// Numbers below this are small.
pub(super) const SMALL: u64 = 5;
/// Cells that one witness may take.
const MAX_WITNESS: usize = 64;
/// Steps that one search for a witness may take.
const MAX_STEPS: usize = 400;
/// How many more cells a search may hide, tried in this order.
const NEW_CELLS: [usize; 8] = [0, 1, 2, 3, 4, 8, 16, MAX_WITNESS];

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
        while let Some(number) = waiting.pop() {
            if safe.contains(&number) {
                continue;
            }
            let Some(witness) = self.witness(number) else { return self.all_withheld() };
            for cell in &witness {
                if let Some(cell) = self.cells.get_mut(*cell) {
                    cell.hidden = true;
                }
            }
            // All of it can be other than it is, and hiding more later takes nothing from that.
            safe.extend(witness);
        }
        self.cells.iter().map(Cell::mark).collect()
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

    /// Cells that can all be other numbers at once, this one among them: hidden ones, and as few
    /// others as are found, which are to be hidden for it.
    fn witness(&self, number: usize) -> Option<BTreeSet<usize>> {
        NEW_CELLS.into_iter().find_map(|room| {
            [-1, 1].into_iter().find_map(|change| {
                let mut search = Search::new(self, room);
                let found = search.change(number, change);
                found.then(|| search.changes.into_keys().collect())
            })
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

    /// About how much is lost with it: small ones are one size, larger ones a size for each bit.
    const fn size(&self) -> u32 {
        if self.is_small() { 0 } else { self.value.unsigned_abs().ilog2() }
    }

    /// Whether a reader who sees the cell's mark, once it is hidden, must think it possible.
    const fn could_be(&self, value: i64) -> bool {
        match self.kind {
            Kind::Fixed => false,
            Kind::Secret => 0 <= value,
            Kind::Sensitive | Kind::Plain if self.is_small() => {
                0 <= value && value < SMALL.cast_signed()
            }
            Kind::Sensitive | Kind::Plain => SMALL.cast_signed() <= value,
        }
    }
}

/// A search for other numbers, depth first.
struct Search<'a> {
    system: &'a System,
    changes: BTreeMap<usize, i64>,
    /// By how much each sum is off that does not hold.
    off: BTreeMap<usize, i64>,
    /// Cells that may still be hidden for it.
    room: usize,
    steps: usize,
}

impl<'a> Search<'a> {
    const fn new(system: &'a System, room: usize) -> Self {
        Self { system, changes: BTreeMap::new(), off: BTreeMap::new(), room, steps: 0 }
    }

    /// Changes a cell and whatever must change with it; nothing if that cannot be.
    fn change(&mut self, number: usize, change: i64) -> bool {
        self.steps += 1;
        let Some(cell) = self.system.get(number) else { return false };
        let possible = cell.could_be(cell.value + change);
        let enough = cell.hidden || self.room > 0;
        if !possible || !enough || self.steps > MAX_STEPS || self.changes.len() >= MAX_WITNESS {
            return false;
        }
        self.room -= usize::from(!cell.hidden);
        self.changes.insert(number, change);
        self.add(number, change);
        if self.repair() {
            return true;
        }
        self.add(number, -change);
        self.changes.remove(&number);
        self.room += usize::from(!cell.hidden);
        false
    }

    fn add(&mut self, number: usize, change: i64) {
        for sum in self.system.sums_of.get(number).into_iter().flatten() {
            let terms = self.system.sums.get(*sum).into_iter().flatten();
            let sign: i64 = terms.filter(|(cell, _)| *cell == number).map(|(_, sign)| sign).sum();
            let off = self.off.entry(*sum).or_default();
            *off += sign * change;
            if *off == 0 {
                self.off.remove(sum);
            }
        }
    }

    /// Makes a sum hold again that does not; true if all do.
    fn repair(&mut self) -> bool {
        let Some((sum, off)) = self.off.iter().next().map(|(sum, off)| (*sum, *off)) else {
            return true;
        };
        let terms = self.system.sums.get(sum).into_iter().flatten();
        let free = terms.filter(|(cell, _)| !self.changes.contains_key(cell));
        let mut free: Vec<(bool, u32, usize, i64)> = free
            .filter_map(|(number, sign)| {
                let cell = self.system.get(*number)?;
                Some((!cell.hidden, cell.size(), *number, -off * sign))
            })
            .filter(|(shown, ..)| !shown || self.room > 0)
            .collect();
        // What is hidden first, then about what is lost least.
        free.sort_unstable();
        free.into_iter().any(|(_, _, cell, change)| self.change(cell, change))
    }
}
