//! Bundles: what a session would carry, as files for those whom no network reaches.
//!
//! Sans-I/O: an [`Export`] asks a [`Replica`](crate::sync::Replica) for one [`Item`] after the other, a [`PartWriter`]
//! puts items into parts of a size, a [`PartReader`] takes them out and proves that the part is
//! whole, an [`Import`] gives them to a replica on the same ways as a session does. The
//! specification is `proto/bundle.md`.
//!
//! ```text
//! Replica ─▶ Export ─▶ Item ─▶ PartWriter ─▶ file ─▶ PartReader ─▶ Item ─▶ Import ─▶ Replica
//!            serves?            seals, pads           opens, proves          serves? verifies
//! ```

pub mod export;
pub mod import;
pub mod item;
pub mod reader;
pub mod writer;

pub use export::{Export, Recipient, Series, Share, plan};
pub use import::{Gathered, Import, News, Outcome, Stopped};
pub use item::{Item, Preface};
pub use reader::{PartError, PartInfo, PartReader};
pub use writer::PartWriter;
