//! What goes out: the rows of an export become files that other programs read.
//!
//! ```text
//! the node's rows ─▶ within ─▶ Writer::row … Writer::finish ─▶ any io::Write
//!  (projections)      │
//!                     └ refuses a row with a field above the tier
//! ```
//!
//! Each writer takes one row after the other and holds none of them (Parquet: a bounded group). What
//! a tier may see is decided by projection, in the node; here it is checked once more, and a writer has
//! columns for nothing else.

pub mod archive;
pub mod board;
pub mod column;
mod digesting;
mod geojson;
mod hxl;
mod mapping;
mod open_sdg;
mod parquet;
mod plain;
mod sidecar;
mod uwazi;
mod within;

use std::{collections::BTreeMap, io};

use crate::api::export::Row;

pub use self::{
    column::is_of_program,
    digesting::Digesting,
    geojson::GeoJson,
    hxl::Hxl,
    mapping::acts_mapping,
    open_sdg::{Observation, OpenSdg, Tally},
    parquet::Parquet,
    plain::{Acts, Incidents},
    sidecar::{About, FileDigest},
    uwazi::{Uwazi, UwaziZip, template as uwazi_template},
    within::within,
};

/// Why an export ends early.
#[derive(Debug, thiserror::Error)]
pub enum OutError {
    /// The file cannot be written.
    #[error("the file cannot be written: {0}")]
    Io(#[from] io::Error),
    /// A row has a field that the tier may not see: a defect, which must not become a leak.
    #[error("the field {0} is above the tier of this export: nothing was written")]
    AboveTier(String),
    /// A format cannot hold it.
    #[error("this cannot be written: {0}")]
    Format(String),
}

/// Takes the rows of an export one by one.
pub trait Writer {
    /// Writes one incident.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn row(&mut self, row: &Row) -> Result<(), OutError>;

    /// Incidents that it took and left out of the file, by reason.
    fn left_out(&self) -> BTreeMap<&'static str, u64> {
        BTreeMap::new()
    }

    /// Writes what comes at the end; `about` knows the counts.
    ///
    /// # Errors
    /// When the file cannot be written.
    fn finish(self: Box<Self>, about: &About) -> Result<(), OutError>;
}

#[cfg(test)]
mod tests;
