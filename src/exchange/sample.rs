//! Synthetic lists that the program carries: nobody in them lives, nothing in them happened.
//!
//! They have the structure of real lists (several sources, events with many victims, imprecise
//! dates, unnamed victims, gaps, mistakes) and come in on the same way as a user's file. The files
//! stand in `examples/sample/`; a seeded generator, which is a test, writes them.

use super::{
    error::FileError,
    key::KeyedHash,
    mapping::{Mapping, MappingError},
    read::{Import, read},
};

/// A list and its mapping.
#[derive(Debug, Clone, Copy)]
pub struct SampleList {
    /// Name of the list's file.
    pub file: &'static str,
    /// The list.
    pub csv: &'static str,
    /// Name of the mapping's file.
    pub mapping_file: &'static str,
    /// The mapping.
    pub mapping: &'static str,
}

/// 150 incidents in Colombia, Ecuador and Peru, in Spanish.
pub const SPANISH: SampleList = SampleList {
    file: "casos-sinteticos.csv",
    csv: include_str!("../../examples/sample/casos-sinteticos.csv"),
    mapping_file: "casos-sinteticos.toml",
    mapping: include_str!("../../examples/sample/casos-sinteticos.toml"),
};

/// 50 incidents in Brazil, in Portuguese, with other columns.
pub const PORTUGUESE: SampleList = SampleList {
    file: "casos-sinteticos-br.csv",
    csv: include_str!("../../examples/sample/casos-sinteticos-br.csv"),
    mapping_file: "casos-sinteticos-br.toml",
    mapping: include_str!("../../examples/sample/casos-sinteticos-br.toml"),
};

/// All lists: 200 incidents.
pub const LISTS: [SampleList; 2] = [SPANISH, PORTUGUESE];

/// Why a sample list does not read; a test keeps that from happening.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The mapping is wrong.
    #[error("the sample's mapping does not read")]
    Mapping(#[from] MappingError),
    /// The list is wrong.
    #[error("the sample does not read")]
    File(#[from] FileError),
}

impl SampleList {
    /// Reads the list by its mapping.
    ///
    /// # Errors
    /// When the program was built with broken samples.
    pub fn read(&self, keyed: KeyedHash<'_>) -> Result<Import, SampleError> {
        let mapping = Mapping::parse(self.mapping_file, self.mapping)?;
        Ok(read(self.csv.as_bytes(), &mapping, keyed)?)
    }
}

#[cfg(test)]
mod dice;
#[cfg(test)]
mod generator;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod words;
