//! Lists of others come in: a CSV file and a mapping become incidents, each row accounted for.
//!
//! ```text
//! mapping.toml ─▶ Mapping ─┐
//! list.csv ─────▶ Sheet ───┴─▶ read ─▶ Import { incidents, rows, summary }
//!                                        │
//!                 the registry's own ────┴─▶ plan ─▶ create │ update │ unchanged │ …
//! ```
//!
//! Nothing here writes: the node carries a [`plan`] out.

pub mod csv;
pub mod dates;
pub mod encoding;
pub mod key;
pub mod outcome;

mod text;
