//! What a device keeps: an append-only journal that is the truth, and an index that can be lost.
//!
//! ```text
//! Home ─┬─ lock, format, keystore.age, control.sock     small files, replaced atomically
//!       ├─ Journal   append ─▶ commit (write, fdatasync) ─▶ acknowledged
//!       │               │ scan(checkpoint) after a crash, scan(START) after damage
//!       └─ Index     ◀──┘ sled: positions, tails, caches; flush_durable = flush + fsync
//! ```
//!
//! The store knows bytes, not meaning. Everything in the journal and every value of the index is
//! sealed with the device's store key through [`Sealer`]. What the files look like, what is
//! promised and what is not: `proto/store.md`.
//!
//! The order that makes a crash harmless: **journal first, index second**. Whatever the index
//! holds was committed to the journal before, and is put there again by replaying from
//! [`Index::checkpoint`]; so what is put into the index must come out the same when it is put
//! there twice.

pub mod files;
pub mod home;
pub mod inbox;
pub mod index;
pub mod journal;
pub mod sealer;
pub mod space;

pub use files::{FileLayer, LayerFile, OsFiles};
pub use home::{Home, HomeError, HomePaths};
pub use inbox::Inbox;
pub use index::{
    Index, IndexBatch, IndexError, IndexOptions, Key, MAX_VALUE_BYTES, Rebuild, RebuildReason, Tree,
};
pub use journal::{Damage, DamageReason, Journal, JournalError, Position, Record, Recovery, Scan};
pub use sealer::{SealError, Sealer};
