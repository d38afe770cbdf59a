//! One device's state of all its circles: statements, logs, keys, documents.
//!
//! Sans-I/O like [`sync`](crate::log): the disk is the trait [`Storage`], time and randomness come
//! in as arguments. The node puts a journal and sled behind it, the simulator a vector.

pub mod keyring;
pub mod storage;

pub use storage::{JournalPosition, MemoryStorage, RecordKind, Storage, StorageError, Tree};
