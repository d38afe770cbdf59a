//! Lists of others come in: a file and a mapping become incidents, each row accounted for. What
//! goes out to other programs is in [`out`].
//!
//! ```text
//! CSV, XLSX, Uwazi, CoMapeo, Kobo ─▶ List ─▶ Batcher ─▶ portions of rows ─┐
//!                                                                         │ (to the node)
//! mapping.toml ─▶ Mapping ────────────────────────────────────────▶ take ─┴▶ Import
//!                                                                              │
//!                                             the registry's own ───────▶ plan ┴▶ create │ update …
//! ```
//!
//! Nothing here writes: the node carries a [`Plan`] out. What reads files needs no key and holds no
//! list whole, so that it can be done in another process than the node's.

pub mod archive;
pub mod batch;
pub mod cap;
pub mod csv;
pub mod dates;
pub mod encoding;
pub mod error;
pub mod evidence;
pub mod header;
pub mod key;
pub mod list;
pub mod mapping;
pub mod openrosa;
pub mod out;
pub mod outcome;
pub mod plan;
pub mod presets;
pub mod read;
pub mod row;
pub mod sample;
pub mod source;
pub mod spreadsheet;
pub mod statement;
pub mod suggest;
pub mod xlsx;
pub mod xml;

mod comapeo;
mod convert;
mod hxl;
mod json;
mod kobo;
mod marks;
mod part;
mod text;

pub use batch::{Batcher, Survey};
pub use csv::MAX_COLUMNS;
pub use error::FileError;
pub use key::{KeyedHash, SourceRef};
pub use list::List;
pub use mapping::{Mapping, MappingError};
pub use outcome::{Reason, RowOutcome, Summary, Warning};
pub use plan::{Existing, Plan, Planned, plan};
pub use read::{Import, ImportedIncident, match_columns, read, take};
pub use row::{BadRow, Row, RowSpan};
pub use source::{FileKind, Source};

#[cfg(test)]
mod manual;
#[cfg(test)]
mod real_list;
