//! The signed things that membership follows from, one file each.

mod admission;
mod any;
mod approval;
mod change;
mod cut_off;
mod device;
mod genesis;
mod join;
mod manifest;
mod proposal;
mod revocation;
mod suspension;

pub use admission::Admission;
pub use any::{AnyStatement, RefusedStatement, StatementKind, VerifiedStatement};
pub use approval::{Approval, RootApproval};
pub use change::{Change, OrgRole};
pub use cut_off::{CutOff, CutOffs};
pub use device::{Device, DeviceRole, RECEIVING_KEY_BYTES};
pub use genesis::{Genesis, HistoryRule};
pub use join::JoinRequest;
pub use manifest::{CoSignature, Manifest, ManifestCore, next_root_commitment};
pub use proposal::{Accusation, Proposal};
pub use revocation::{Revocation, StandingWork};
pub use suspension::{Suspension, SuspensionTarget};
