//! Who is in a circle, decided by signed statements alone.

mod error;
mod field;
mod set;
mod statement;

pub use error::StatementError;
pub use set::{Inserted, StatementSet};
pub use statement::*;
