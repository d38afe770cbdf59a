//! For tests: every change that anybody opened in chosen circles.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use super::Opened;
use crate::model::id::CircleId;

static WATCHED: Mutex<BTreeMap<CircleId, Vec<u8>>> = Mutex::new(BTreeMap::new());

/// Keeps what is opened of a circle from now on.
pub(crate) fn watch(circle: CircleId) {
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner).entry(circle).or_default();
}

/// The bytes of all changes that were opened of a circle.
pub(crate) fn seen(circle: &CircleId) -> Vec<u8> {
    let watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    watched.get(circle).cloned().unwrap_or_default()
}

pub(super) fn note(circle: &CircleId, opened: &Opened) {
    let mut watched = WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(seen) = watched.get_mut(circle) {
        seen.extend_from_slice(opened.document.as_bytes());
        opened.changes.iter().for_each(|change| seen.extend_from_slice(change.bytes()));
    }
}
