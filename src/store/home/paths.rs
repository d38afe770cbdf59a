//! Where the things of a home are.

use std::path::{Path, PathBuf};

pub(super) const FORMAT: &str = "format";
pub(super) const LOCK: &str = "lock";
pub(super) const KEYSTORE: &str = "keystore.age";
const ANCHOR: &str = "anchor";
const JOURNAL: &str = "journal";
const INDEX: &str = "index";
const BUNDLES: &str = "bundles";
const BLOBS: &str = "blobs";
const OPENROSA: &str = "openrosa";
const CONTROL_SOCKET: &str = "control.sock";

/// Where the things of a home are. Needs no lock: a command finds the running node's door by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomePaths {
    root: PathBuf,
}

impl HomePaths {
    /// The paths under a folder.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    /// The home's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether a home is there, as far as can be seen without opening it.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.format().exists()
    }

    /// The file that says which format the home has.
    #[must_use]
    pub fn format(&self) -> PathBuf {
        self.root.join(FORMAT)
    }

    /// The file whose lock the one using process holds.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.root.join(LOCK)
    }

    /// The keys, sealed under the passphrase.
    #[must_use]
    pub fn keystore(&self) -> PathBuf {
        self.root.join(KEYSTORE)
    }

    /// What is known of the journal's content beside it, sealed with the store key.
    #[must_use]
    pub fn anchor(&self) -> PathBuf {
        self.root.join(ANCHOR)
    }

    /// The journal's folder.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.root.join(JOURNAL)
    }

    /// The index's folder. Damaged ones are set aside beside it.
    #[must_use]
    pub fn index(&self) -> PathBuf {
        self.root.join(INDEX)
    }

    /// The folder of parts of bundles that wait for an earlier part.
    #[must_use]
    pub fn bundles(&self) -> PathBuf {
        self.root.join(BUNDLES)
    }

    /// The folder of evidence files, sealed.
    #[must_use]
    pub fn blobs(&self) -> PathBuf {
        self.root.join(BLOBS)
    }

    /// What came in through the OpenRosa endpoint, sealed.
    #[must_use]
    pub fn openrosa(&self) -> PathBuf {
        self.root.join(OPENROSA)
    }

    /// The running node's local door.
    #[must_use]
    pub fn control_socket(&self) -> PathBuf {
        self.root.join(CONTROL_SOCKET)
    }
}

/// Whether an interrupted making of a home can leave a file of this name.
pub(super) fn is_of_creation(name: &str) -> bool {
    [LOCK, JOURNAL, "format.new"].contains(&name)
}
