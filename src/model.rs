//! The pure domain: identifiers, time, limits, the registry of incidents and what may leave of it.
//!
//! Nothing in here performs I/O, reads a clock or draws a random number.

pub mod alert;
pub mod board;
pub mod disclosure;
pub mod id;
pub mod limits;
pub mod registry;
pub mod rich;
pub mod text;
pub mod time;
pub mod verification;
pub mod vocabulary;
