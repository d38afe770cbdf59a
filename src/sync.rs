//! Sync: how replicas come to hold the same, over connections that somebody else carries.
//!
//! Sans-I/O: [`Engine::handle`] takes what happened ([`Input`]) and says what is to be done
//! ([`Output`]). Time and randomness come in as arguments; state lives in the caller's
//! [`Replica`]; no clock, no socket, no global. The specification is `proto/sync.md`.

mod budget;
pub mod bundle;
mod digest;
pub mod engine;
pub mod io;
pub mod limits;
mod message;
mod pace;
pub mod reason;
pub mod replica;
mod session;

pub(crate) use budget::Bucket;
pub use engine::{
    Engine,
    status::{CircleStatus, Load, Stage},
};
pub use io::{ConnectionId, Event, Input, Output};
pub use reason::{Budgeted, Reason, Violation};
pub use replica::{
    ProofOutcome, ReceiptMark, ReceiptOutcome, ReceiptsOutcome, Replica, RunOutcome,
    StatementOutcome,
};

#[cfg(test)]
mod tests;
