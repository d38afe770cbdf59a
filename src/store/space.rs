//! How much of a disk is free.

use std::path::Path;

/// Bytes that this user can still write there; `None` if the system does not say.
#[cfg(unix)]
pub fn free(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

// Elsewhere a full disk is told by the write that fails; the journal stops before it is harmed.
#[cfg(not(unix))]
pub const fn free(_path: &Path) -> Option<u64> {
    None
}
