//! Questions to the whole board, and what is given out of it for files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    api::request::{CircleName, OrgName},
    model::{
        id::{CardId, CircleId, OrgId},
        registry::{Record, Tier},
    },
};

/// Questions to the board. Answer of all but two: `BoardPage`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum BoardRequest {
    /// Cards as a list.
    List {
        /// Which.
        #[serde(default)]
        filter: BoardFilter,
    },
    /// Cards in the columns of their states.
    Columns {
        /// Which.
        #[serde(default)]
        filter: BoardFilter,
    },
    /// All that has a date.
    Calendar {
        /// First day; left out: today.
        #[serde(default)]
        from: Option<String>,
        /// Last day; left out: a year later.
        #[serde(default)]
        to: Option<String>,
        /// Only of this circle.
        #[serde(default)]
        circle: Option<CircleName>,
    },
    /// What waits for this organisation.
    Tasks,
    /// The names of the views. Answer: `BoardViews`.
    Views,
    /// A view.
    View {
        /// Its name.
        name: String,
        /// Only what this circle reads, of cards and of the registry.
        #[serde(default)]
        circle: Option<CircleName>,
        /// Only this one of its tables.
        #[serde(default)]
        sheet: Option<String>,
    },
    /// Cards for a file. Answer: `BoardCards`.
    Export {
        /// Also what stays with this organisation.
        #[serde(default)]
        own: bool,
        /// The tier's code as a person typed it: `sealed` for what stays here, `restricted` for a
        /// circle inside a coalition.
        #[serde(default)]
        confirmed: Option<String>,
        /// Only of this circle; left out: the only coalition.
        #[serde(default)]
        circle: Option<CircleName>,
        /// The cards behind this one; left out: from the first on.
        #[serde(default)]
        after: Option<CardId>,
        /// How many there were up to that card: refused if there are others by now.
        #[serde(default)]
        had: u64,
    },
    /// A page for a file that others may get: of one circle, and with few of the registry hidden.
    File {
        /// The page: a list, columns, a calendar, tasks or a view.
        page: Box<Self>,
        /// As the screen has it, also what stays with this organisation.
        #[serde(default)]
        own: bool,
        /// The tier's code as a person typed it, as for an export.
        #[serde(default)]
        confirmed: Option<String>,
    },
}

impl BoardRequest {
    /// The circle that it names.
    #[must_use]
    pub fn circle(&self) -> Option<&str> {
        match self {
            Self::List { filter } | Self::Columns { filter } => filter.circle.as_deref(),
            Self::Calendar { circle, .. }
            | Self::View { circle, .. }
            | Self::Export { circle, .. } => circle.as_deref(),
            Self::File { page, .. } => page.circle(),
            Self::Tasks | Self::Views => None,
        }
    }
}

/// Which cards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BoardFilter {
    /// Codes of kinds.
    pub kinds: Vec<String>,
    /// Codes of states.
    pub states: Vec<String>,
    /// Only of this circle.
    pub circle: Option<CircleName>,
    /// The organisation that answers for it.
    pub owner: Option<OrgName>,
    /// What was due before today.
    pub overdue: bool,
    /// What is due within so many days.
    pub within: Option<u16>,
    /// Two letters.
    pub country: Option<String>,
    /// A tag.
    pub tag: Option<String>,
    /// Words that all occur in its texts.
    pub text: Option<String>,
    /// Code of the priority.
    pub priority: Option<String>,
    /// What was put away, and nothing else.
    pub archived: bool,
    /// Without what is over.
    pub open: bool,
    /// `due`, `priority`, `title`, `kind`.
    pub order: Option<String>,
}

/// One view that there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardView {
    /// Its name.
    pub name: String,
    /// Codes of the kinds of cards that it is about.
    pub kinds: Vec<String>,
}

/// Some of the cards that are exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardCards {
    /// Nothing in it is more closed.
    pub tier: Tier,
    /// The day.
    pub as_of: String,
    /// Who exports.
    pub org: OrgId,
    /// Its name.
    pub org_name: String,
    /// The circle, if one was named.
    pub circle: Option<CircleId>,
    /// Its name.
    pub circle_name: Option<String>,
    /// Version of the code lists.
    pub vocabulary: u32,
    /// What organisations are called here, of those that the cards name.
    pub names: BTreeMap<OrgId, String>,
    /// The cards.
    pub cards: Vec<BoardCard>,
    /// How many there are in all.
    pub total: u64,
}

/// A card for a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardCard {
    /// Its id.
    pub card: CardId,
    /// Code of its kind.
    pub kind: String,
    /// The circle that it is in.
    pub circle: CircleId,
    /// Who made it.
    pub origin: OrgId,
    /// Who answers for it.
    pub owner: OrgId,
    /// Code of its state, what follows from signed records included.
    pub state: String,
    /// What may be in the file.
    pub record: Record,
    /// Whether there are fields that may not; not how many, which would tell of whom they are.
    pub withheld: bool,
    /// Its checklist.
    pub items: Vec<BoardItem>,
    /// What of it has a date.
    pub dates: Vec<BoardDate>,
}

/// A line of a checklist for a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardItem {
    /// Its id.
    pub item: CardId,
    /// What is to be done.
    pub text: String,
    /// Whether it is.
    pub done: bool,
    /// Who does it.
    pub assignee: Option<OrgId>,
    /// Until when.
    pub due: Option<String>,
}

/// Something with a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardDate {
    /// First day.
    pub first: String,
    /// Last day.
    pub last: String,
    /// Key of what it is: `due`, `event`, `meeting_day` and so on.
    pub moment: String,
    /// What it is of within the card; empty for the card itself.
    pub entry: String,
    /// What it says beyond the card's title.
    pub text: String,
}
