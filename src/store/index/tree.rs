//! The index's trees and keys.

/// A tree of the index. Which bytes mean what is the caller's affair; the names keep the kinds of
/// cache apart. A new variant is free; changing what one holds wants a new [`super::FORMAT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tree {
    /// Circles and what was resolved of them.
    Circles,
    /// Saved documents.
    Documents,
    /// Where each entry lies in the journal.
    Entries,
    /// Key epochs.
    Epochs,
    /// What came in and went out, to do it once only.
    Imports,
    /// Since when entries are known.
    Known,
    /// What devices say that they hold.
    Receipts,
    /// Rows of the views.
    Rows,
    /// Where each signed statement lies in the journal.
    Statements,
    /// The last entry of each log.
    Tails,
    /// Entries that wait for a key or for a gap to close.
    Waiting,
}

impl Tree {
    /// Every tree.
    pub const ALL: [Self; 11] = [
        Self::Circles,
        Self::Documents,
        Self::Entries,
        Self::Epochs,
        Self::Imports,
        Self::Known,
        Self::Receipts,
        Self::Rows,
        Self::Statements,
        Self::Tails,
        Self::Waiting,
    ];

    /// Its name on disk.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Circles => "circles",
            Self::Documents => "documents",
            Self::Entries => "entries",
            Self::Epochs => "epochs",
            Self::Imports => "imports",
            Self::Known => "known",
            Self::Receipts => "receipts",
            Self::Rows => "rows",
            Self::Statements => "statements",
            Self::Tails => "tails",
            Self::Waiting => "waiting",
        }
    }
}

/// A key of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'a> {
    /// Lies on disk as it is: for keys that tell nothing (random or already hashed), and for those
    /// that must keep their order.
    Plain(&'a [u8]),
    /// Lies on disk as its keyed hash. A scan does not give it back: put into the value what you
    /// need of it.
    Keyed(&'a [u8]),
}
