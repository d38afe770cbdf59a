//! What may leave the dossier, and to whom.
//!
//! ```text
//! Record, Ledger ──Consent::allows(tier)──▶ Refusal, or:
//!                ──project──▶ facet      what may be shared, made less exact as the table says
//!                             withheld   the rest: field and reason
//! ```
//!
//! Pure, and driven by the field table alone. Fails closed: what is unknown, invalid, or contains
//! the text of something that may not leave, stays. `doc::disclose` adds the record manifest,
//! which commits to what stays.

mod closed;
pub mod consent;
mod grant;
pub mod ledger;
mod needle;
pub mod project;
pub mod statistics;

pub use closed::Closed;
pub use consent::{Consent, Refusal};
pub use grant::{ConsentState, Grant};
pub use ledger::Ledger;
pub use project::{Known, Projection, Reason, Release, admits, project, project_review};

pub use crate::model::registry::Tier;
