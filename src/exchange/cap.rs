//! CAP 1.2 (Common Alerting Protocol, OASIS): alerts to and from systems that are no ceiba.
//!
//! ```text
//! alert, entries ─▶ Outgoing (codes and ids, no text of people) ─▶ CapAlert ─▶ write ─▶ XML
//! XML ─▶ xml (bounded, no DTD) ─▶ read (order, codes, times, references) ─▶ CapAlert ─▶ Proposal
//! ```
//!
//! What goes out cannot hold a name, a text that somebody wrote, or an exact point: [`Outgoing`] has
//! no field for them. What comes in is a proposal to a person, and no signature of a partner,
//! whatever it says of its sender. `proto/cap.md` has the mapping, limits and threats.

pub mod alert;
pub mod codes;
pub mod incoming;
pub mod outgoing;
mod read;
pub mod time;
mod words;
mod write;

#[cfg(test)]
mod tests;

pub use self::{
    alert::{CapAlert, Reference},
    incoming::Proposal,
    outgoing::Outgoing,
    read::{Refused, read},
    time::CapTime,
};

/// The namespace of CAP 1.2.
pub const NAMESPACE: &str = "urn:oasis:names:tc:emergency:cap:1.2";
/// Bytes of one message. Those of weather services, with polygons, have a tenth of it.
pub const MAX_CAP_BYTES: usize = 256 * 1024;
/// Bytes of one text in a message.
pub const MAX_TEXT_BYTES: usize = 16 * 1024;
/// Bytes of a sender or an identifier: references are made of them.
pub const MAX_TOKEN_BYTES: usize = 256;
/// Messages that one message speaks of.
pub const MAX_REFERENCES: usize = 64;
/// Languages of one message.
pub const MAX_INFOS: usize = 16;
/// Elements of one name beside each other: parameters, areas, polygons, codes.
pub const MAX_REPEATS: usize = 256;
