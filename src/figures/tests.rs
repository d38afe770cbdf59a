//! Tests of the whole layer.

mod digests;
mod kit;
mod sums;
mod suppression;
mod worked;
