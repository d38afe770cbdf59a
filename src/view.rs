//! Read models: the merged coalition view.
//!
//! ```text
//! DocumentRow ──View::upsert──▶ one group of documents per incident, the most telling first
//!      │  ▲                       │
//!    bytes in the index ─Filling─▶│
//!                                 │
//!                Query ───────────┼─▶ list: a page of lines, by date
//!                                 ├─▶ show: each field's richest value with its source
//!                                 └─▶ conflicts, counts
//! ```
//!
//! Pure: rows come in, answers go out. A view is a function of the set of its rows, in whatever
//! order they came, so that nodes that can read the same documents show the same.
//!
//! A view is large: a hundred thousand incidents are twice as many documents. So records are
//! [packed](PackedRecord), words for the search are held once an incident, and where documents are
//! from is held once for all that are from there.
//!
//! **The richest value** of a field is that of the dossier, else of the facet with the most closed
//! tier, ties by circle and document. A document [in doubt](Doubt) speaks only where no other
//! document of the incident is readable.

mod asking;
mod board;
mod codec;
mod condition;
mod conflicts;
mod consents;
mod document;
mod fill;
mod group;
mod imported;
mod line;
mod merged;
mod names;
mod packed;
mod provenance;
mod query;
mod readings;
mod row;
mod shelf;
mod show;
mod span;
mod text;
mod verdict;

pub use board::HeldCard;
pub use codec::{ROW_FORMAT, RowError};
pub use consents::Naming;
pub use document::{Doubt, HeldDocument};
pub use fill::Filling;
pub use merged::{Counts, View};
pub use names::Names;
pub use packed::{PackedRecord, PathRef, ValueRef};
pub use query::{Query, QueryError};
pub use row::{ConflictValue, DocumentRow, RowConflict};
pub use shelf::{BesideRecord, ID as RECORD_ID};
pub use verdict::{Case, CircleRules};

#[cfg(test)]
mod tests;
