//! Tests of the whole layer.

mod digests;
mod kit;
mod open_sdg;
mod sums;
mod suppression;
mod worked;
