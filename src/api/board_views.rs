//! Sheets: the typed tables that every view of the board is made of.
//!
//! Text, CSV, Markdown and JSON are written from the same sheets, so that they say the same. A sheet
//! has keys and codes, never words of a language: whoever shows it has the words.

mod leaving;
mod request;

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

pub use self::request::{
    BoardCard, BoardCards, BoardDate, BoardFilter, BoardItem, BoardRequest, BoardView,
};
use crate::model::id::{CardId, IncidentId, OrgId};

/// What stands in one place of a sheet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Nothing is known, which is not zero.
    Empty,
    /// Text that somebody wrote.
    Text(String),
    /// A number.
    Count(i64),
    /// Some of how many: a rate never stands without what it is of.
    Share {
        /// How many.
        part: u64,
        /// Of how many; never zero.
        of: u64,
    },
    /// A code of a list of the vocabulary.
    Code {
        /// The list.
        list: String,
        /// The code.
        code: String,
    },
    /// A word of the program, by its key.
    Word(String),
    /// An organisation, by its name where this node knows one.
    Org {
        /// Which.
        id: OrgId,
        /// What it is called here.
        name: Option<String>,
    },
    /// A card.
    Card {
        /// Which.
        id: CardId,
        /// Its title.
        title: String,
    },
    /// An incident.
    Incident(IncidentId),
    /// A number that was counted in the registry: files that may go to others hide it where it tells
    /// of few.
    Registry {
        /// The number, the share, or what follows from so many.
        cell: Box<Self>,
        /// The smallest number above zero that it tells of; zero if there is none.
        least: u64,
        /// The card that it is counted for, where its row does not show one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<CardId>,
    },
    /// Several.
    List(Vec<Self>),
}

impl Cell {
    /// A text; nothing if there is none.
    #[must_use]
    pub fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.to_owned()))
    }

    /// A number; nothing if it is not known.
    #[must_use]
    pub fn count(count: Option<i64>) -> Self {
        count.map_or(Self::Empty, Self::Count)
    }

    /// How many there are.
    #[must_use]
    pub fn number(count: usize) -> Self {
        Self::Count(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// A part of a whole; nothing of nothing.
    #[must_use]
    pub const fn share(part: u64, of: u64) -> Self {
        if of == 0 { Self::Empty } else { Self::Share { part, of } }
    }

    /// How many there are in the registry.
    #[must_use]
    pub fn counted(count: usize) -> Self {
        Self::counted_from(Self::number(count), count)
    }

    /// What follows from so many of the registry: a median, a date.
    #[must_use]
    pub fn counted_from(cell: Self, count: usize) -> Self {
        if matches!(cell, Self::Empty) {
            return cell;
        }
        let least = u64::try_from(count).unwrap_or(u64::MAX);
        Self::Registry { cell: Box::new(cell), least, of: None }
    }

    /// How many there are in the registry, beside other numbers of the same: where one is a part of
    /// another, what lies between them is told too.
    #[must_use]
    pub fn counted_beside(count: usize, others: &[usize]) -> Self {
        // Between nothing and another number there is that number, which tells of itself.
        let between = others.iter().map(|other| other.abs_diff(count)).filter(|_| count > 0);
        let told = between.chain([count]).filter(|it| *it > 0).min();
        Self::counted_from(Self::number(count), told.unwrap_or(0))
    }

    /// The same number, counted for a card that its row does not show.
    #[must_use]
    pub fn of_card(mut self, card: CardId) -> Self {
        if let Self::Registry { of, .. } = &mut self {
            *of = Some(card);
        }
        self
    }

    /// A part of a whole of the registry; nothing of nothing.
    #[must_use]
    pub fn counted_share(part: u64, of: u64) -> Self {
        let told = [part, of, of.saturating_sub(part)];
        let least = told.into_iter().filter(|it| *it > 0).min().unwrap_or(0);
        let share = Self::share(part, of);
        if matches!(share, Self::Empty) {
            return share;
        }
        Self::Registry { cell: Box::new(share), least, of: None }
    }

    /// A code of a list; nothing if there is none.
    #[must_use]
    pub fn code(list: &str, code: Option<&str>) -> Self {
        let code = code.map(ToOwned::to_owned);
        code.map_or(Self::Empty, |code| Self::Code { list: list.to_owned(), code })
    }

    /// A word of the program.
    #[must_use]
    pub fn word(key: &str) -> Self {
        Self::Word(key.to_owned())
    }

    /// Several texts.
    #[must_use]
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::list(texts.into_iter().map(|text| Self::Text(text.into())))
    }

    /// Several codes of one list.
    #[must_use]
    pub fn codes<'c>(list: &str, codes: impl IntoIterator<Item = &'c str>) -> Self {
        Self::list(codes.into_iter().map(|code| Self::code(list, Some(code))))
    }

    /// Several cells; nothing if there is none.
    #[must_use]
    pub fn list(cells: impl IntoIterator<Item = Self>) -> Self {
        let cells: Vec<Self> = cells.into_iter().collect();
        if cells.is_empty() { Self::Empty } else { Self::List(cells) }
    }

    /// The cell with codes and keys as they are, for programs: a share as `2/3`.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Share { part, of } => format!("{part}/{of}"),
            Self::Code { code, .. } => code.clone(),
            Self::Word(key) => key.clone(),
            Self::Org { id, name } => name.clone().unwrap_or_else(|| id.to_string()),
            Self::Card { title, .. } => title.clone(),
            Self::Incident(id) => id.to_string(),
            Self::Registry { cell, .. } => cell.plain(),
            Self::List(cells) => cells.iter().map(Self::plain).collect::<Vec<_>>().join("; "),
        }
    }
}

/// Prints of what kind it is: cells have what people must not find in a log.
impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Count(_) | Self::Share { .. } | Self::Registry { .. } => f.write_str("Number"),
            Self::Code { list, .. } => write!(f, "Code of {list}"),
            Self::Word(key) => write!(f, "Word({key})"),
            Self::Org { id, .. } => write!(f, "{id:?}"),
            Self::Card { id, .. } => write!(f, "{id:?}"),
            Self::Incident(id) => write!(f, "{id:?}"),
            Self::List(cells) => f.debug_list().entries(cells).finish(),
        }
    }
}

/// A column of a sheet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its key: the same in every language.
    pub key: String,
    /// What it is called, where it is no word of the program: a country, a product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Cell>,
}

impl fmt::Debug for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)
    }
}

/// What must be said beside a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Key of the sentence.
    pub key: String,
    /// What stands in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub given: BTreeMap<String, Cell>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Its key.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// A cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// The sums, where sums are sound.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<Cell>,
    /// What must be said beside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

impl Sheet {
    /// A table without rows.
    #[must_use]
    pub fn new(name: &str, columns: &[&str]) -> Self {
        let column = |key: &&str| Column { key: (*key).to_owned(), label: None };
        let columns = columns.iter().map(column).collect();
        let name = name.to_owned();
        Self { name, columns, rows: Vec::new(), totals: Vec::new(), notes: Vec::new() }
    }

    /// Adds a column that has a name of its own.
    pub fn column(&mut self, key: &str, label: Cell) {
        self.columns.push(Column { key: key.to_owned(), label: Some(label) });
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Adds a sentence.
    pub fn note(&mut self, key: &str, given: &[(&str, Cell)]) {
        let given = given.iter().map(|(name, cell)| ((*name).to_owned(), cell.clone()));
        self.notes.push(Note { key: key.to_owned(), given: given.collect() });
    }

    /// The rows as texts without a language.
    #[must_use]
    pub fn plain(&self) -> Vec<Vec<String>> {
        self.rows.iter().map(|row| row.iter().map(Cell::plain).collect()).collect()
    }
}

/// One view of the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Name of the view.
    pub view: String,
    /// The day that it is of.
    pub as_of: String,
    /// Its tables.
    pub sheets: Vec<Sheet>,
}
