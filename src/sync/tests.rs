//! Sync over a memory fake of the replica and a network in one thread.

mod bundles;
mod convergence;
mod fake;
mod hostile;
mod links;
mod membership;
mod network;
mod pulls;
mod radio;
mod scenarios;
mod traffic;
