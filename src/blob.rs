//! The bytes of evidence: sealed segments, where they lie, and how they travel.
//!
//! ```text
//! file ──cut, sealed──▶ segments ──digests──▶ manifest ──digest──▶ id        seal
//!                          │                     │
//!                          ▼                     ▼
//!                    Shelf: ID.blob         ID.manifest                      shelf
//!                          │                     │
//!   peer asks, by circle ──┴───── pieces ────────┘                           exchange
//!                          │
//!                          ▼
//!      verified segment by segment, resumed by bitmap, from several peers
//! ```
//!
//! A blob's secret, id and length stand in the record of the item of evidence ([`BlobRef`]) and go
//! where that goes. Whoever holds a blob can verify it without the secret, by its id alone. What
//! is promised and what is not: `proto/blob.md`.
//!
//! [`exchange`] is sans-I/O: time and what it asks of the node come in as arguments.

pub mod bitmap;
pub mod exchange;
pub mod frame;
pub mod manifest;
pub mod reference;
#[cfg(feature = "s3")]
pub mod remote;
pub mod seal;
pub mod shelf;

pub use bitmap::Bitmap;
pub use exchange::{Desk, Exchange, Outcome};
pub use manifest::{Manifest, ManifestError};
pub use reference::BlobRef;
pub use seal::{OpenError, SealedFile, seal};
pub use shelf::{Shelf, ShelfError};

/// Bytes of one sealed segment but the last: what is verified, and fetched again, as a whole.
pub const SEGMENT_BYTES: usize = 256 * 1024;
/// Bytes of content in each.
pub const CONTENT_BYTES: usize = SEGMENT_BYTES - crate::crypto::segment::TAG_BYTES;
