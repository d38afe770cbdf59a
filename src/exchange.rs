//! Lists of others come in: a CSV file and a mapping become incidents, each row accounted for. What
//! goes out to other programs is in [`out`].
//!
//! ```text
//! mapping.toml ─▶ Mapping ─┐
//! list.csv ─────▶ Sheet ───┴─▶ read ─▶ Import { incidents, rows, summary }
//!                                        │
//!                 the registry's own ────┴─▶ plan ─▶ create │ update │ unchanged │ …
//! ```
//!
//! Nothing here writes: the node carries a [`Plan`] out.

pub mod csv;
pub mod dates;
pub mod encoding;
pub mod key;
pub mod mapping;
pub mod out;
pub mod outcome;
pub mod plan;
pub mod read;
pub mod sample;
pub mod spreadsheet;

mod convert;
mod marks;
mod text;

pub use key::{KeyedHash, SourceRef};
pub use mapping::{Mapping, MappingError};
pub use outcome::{Reason, RowOutcome, Summary, Warning};
pub use plan::{Existing, Plan, Planned, plan};
pub use read::{Import, ImportedIncident, read};

#[cfg(test)]
mod manual;
#[cfg(test)]
mod real_list;
