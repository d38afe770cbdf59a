//! Logs: what devices write, as hash chains of signed entries.
//!
//! ```text
//!  seq 0            seq 1            seq 2
//! ┌────────┐       ┌────────┐       ┌────────┐
//! │ header │◀──────│previous│◀──────│previous│◀── signature over the hash of the last header
//! │ digests│       │ digests│       │ digests│    vouches for all before it
//! └──┬─────┘       └──┬─────┘       └──┬─────┘
//!  payloads         (erased)         payloads
//! ```
//!
//! Reading order: [`Header`] (what is chained), [`Run`] (what travels), [`verify_run`] (what
//! makes a [`VerifiedRun`], the only thing that may be kept), [`Writer`] (how our own entries
//! come to be), [`ForkProof`] (what two entries at one place prove), [`Receipt`] (what a device says
//! that it holds). The specifications are `proto/log.md` and `proto/receipt.md`.

pub mod fork;
pub mod header;
pub mod kind;
pub mod position;
pub mod receipt;
pub mod run;
pub(crate) mod scan;
pub mod verify;
pub mod writer;

pub use fork::{Branch, ForkError, ForkProof};
pub use header::{Header, HeaderError, PayloadRef, circle_tag};
pub use kind::Kind;
pub use position::{LogPosition, Tail};
pub use receipt::{Claim, Receipt, ReceiptError, ShortHash, SignedReceipt};
pub use run::{Entry, Run, RunFormatError};
pub use verify::{RunError, VerifiedEntry, VerifiedRun, verify_run};
pub use writer::{Draft, Place, WriteError, Writer};

#[cfg(test)]
mod tests;
