//! Documents: records that several people write at once. The only home of automerge.
//!
//! ```text
//! bytes from others ──preflight──▶ CheckedChange ──Document::apply──▶ applied │ waiting │ quarantined
//!                                                       │
//! own edits ──Document::edit──▶ bytes to seal           ├─▶ record(), conflicts(), rich_text(), history()
//!                                                       └─▶ save(): a cache, never the truth
//! ```
//!
//! automerge must never see unchecked bytes: [`preflight()`] reads them first with a decoder of our
//! own and lets through only the small language of operations that [`Document::edit`] writes. The
//! schema, the order of checks, the limits and what remains are in `proto/document.md`.

pub mod actor;
mod apply;
mod beginning;
mod cache;
mod causality;
pub mod change;
pub mod conflict;
pub mod deposited;
pub mod disclose;
pub mod document;
pub mod edit;
pub mod history;
pub mod manifest;
mod plain;
pub mod preflight;
mod read;
mod reading;
mod references;
pub mod rich;

pub use actor::Actor;
pub use apply::{Applied, MAX_WAITING, MAX_WAITING_BYTES, QuarantineReason, Quarantined};
pub use cache::CacheError;
pub use change::{ChangeId, CheckedChange};
pub use conflict::{Conflict, Contender};
pub use deposited::{deposit_nonce, dossier_document, incident_id};
pub use disclose::{Disclosure, DisclosureError, contested, disclose};
pub use document::Document;
pub use edit::{Edit, EditError};
pub use history::HistoryEntry;
pub use manifest::{ManifestKey, Opening, RecordManifest};
pub use preflight::{PreflightError, preflight};
pub use reading::Reading;
pub use rich::TextHistoryEntry;

#[cfg(test)]
mod tests;
