//! The incident registry's record: a flat map of paths to values, and the one table that says what
//! each path is.
//!
//! ```text
//! FieldPath ─▶ Value      Record: what a document, a facet, a CSV row, an edit and JSON all are
//!     │
//!     └─▶ FieldSpec       the field table: kind, most open tier, coarsening, safety, help
//! ```
//!
//! Repeated parts have a key of their own (`victims/1/pseudonym`), so that two people who edit two
//! victims at the same time do not meet. Sets of codes are one flag per code
//! (`sectors/mining_illegal`), for the same reason. Paths that the table does not know are kept and
//! passed on, and count as sealed.

pub mod admin1;
pub mod date;
pub mod field;
pub mod kind;
pub mod path;
pub mod place;
pub mod record;
pub mod table;
pub mod tier;
mod title;
pub mod validate;

pub use date::{Date, Precision};
pub use field::{Coarsening, FieldSpec, Kind, Safety};
pub use kind::RecordKind;
pub use path::{FieldPath, PathError};
pub use record::{Record, RecordError, Schema, Value};
pub use tier::Tier;
pub use title::neutral_title;
pub use validate::{FieldError, Problem, check, parse_field};
