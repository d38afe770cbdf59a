//! The pure domain: identifiers, time, limits, and (below) registry and disclosure.
//!
//! Nothing in here performs I/O, reads a clock or draws a random number.

pub mod id;
pub mod limits;
pub mod time;
