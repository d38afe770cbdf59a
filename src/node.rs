//! The node: one actor that joins replica, sync, view and network; the only place with a clock,
//! entropy and a disk.
//!
//! ```text
//!  cli / control socket ──Request──▶ Handle ──▶ ┌──────────── actor thread ────────────┐
//!                        ◀─Answer───            │ Node: replica · engine · view · names │
//!  libp2p task ──NetEvent──────────────────────▶│        clock · entropy · disk         │
//!              ◀──frames────────────────────────└───────────────────────────────────────┘
//! ```
//!
//! The actor does one thing at a time and blocks on the disk; the network has its own task.

pub mod actor;
mod addresses;
mod alerts;
mod anchor;
mod beside;
mod blobs;
mod bundles;
mod cards;
pub mod clock;
mod core;
pub mod device;
pub mod disk;
pub mod errors;
mod evidence;
mod evidence_store;
pub mod home;
pub mod local;
mod names;
pub mod notice;
mod notify;
mod orchestrate;
mod overlay;
mod own_devices;
mod proof;
mod pump;
mod reach;
mod requests;
pub mod run;
mod sessions;
mod showing;
mod stewardship;
#[cfg(test)]
mod tests;
pub mod ticket;

pub use self::core::{Node, Traffic};
pub use actor::Handle;
pub use requests::{
    facets::Facet,
    openrosa::{
        Drafts, ListedForm, MAX_FILES, NotTaken, Received, ReceivedFile, ServedForm, Taken,
    },
    phones::{Credential, REALM, Sender, is_password},
};
