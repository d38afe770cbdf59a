//! One more device of an organisation: what two machines hand each other.
//!
//! ```text
//! new machine                                   a machine of the organisation
//!   makes its keys
//!   request ── keys, proofs for each role ──▶     people compare the fingerprint
//!                                                 root key signs manifest and certificate
//!             ◀── certificate, sealed to it ──    manifest goes to all circles
//!   is a device; syncs
//! ```
//!
//! Pure: nothing here reads a clock, a disk or the network.

pub mod certificate;
pub mod draft;
pub mod request;
mod text;

pub use certificate::{Certificate, CertificateBody, CertificateError};
pub use draft::{Draft, DraftError};
pub use request::DeviceRequest;
pub use text::{DeviceTextError, is_fingerprint, parts};

use crate::membership::DeviceRole;

/// The roles that a request offers, and that are given.
pub const ROLES: [DeviceRole; 4] =
    [DeviceRole::Dropbox, DeviceRole::Field, DeviceRole::Node, DeviceRole::Admin];

/// A role's name in commands.
#[must_use]
pub const fn role_name(role: DeviceRole) -> &'static str {
    match role {
        DeviceRole::Dropbox => "dropbox",
        DeviceRole::Field => "field",
        DeviceRole::Node => "node",
        DeviceRole::Admin => "admin",
        DeviceRole::Custodian => "custodian",
    }
}

/// The role with this name, if it is one that is given.
#[must_use]
pub fn role_by_name(name: &str) -> Option<DeviceRole> {
    ROLES.into_iter().find(|role| role_name(*role) == name)
}

/// The role with this number.
#[must_use]
pub fn role_by_number(number: u32) -> Option<DeviceRole> {
    DeviceRole::ALL.into_iter().find(|role| role.number() == number)
}
