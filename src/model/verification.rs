//! Verification: how sure we are of an incident, as signed reviews say.

mod level;

pub use level::Level;
