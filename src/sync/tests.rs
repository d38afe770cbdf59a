//! Sync over a memory fake of the replica and a network in one thread.

mod bundles;
mod convergence;
mod fake;
mod hostile;
mod membership;
mod network;
mod pulls;
mod scenarios;
mod traffic;
