//! Observations of CoMapeo as rows: one column for each tag, and `point`, `attachments`.
//!
//! Each column has the name that CoMapeo gives it: `$id`, `$createdAt`, `notes`, `threat` …
//! What a tag means is the mapping's matter; `presets/comapeo.toml` is the built-in one.

use std::collections::BTreeMap;

use super::{json::Flat, outcome::Reason};

/// The document as CoMapeo keeps it stands beside what is made of it.
pub(super) fn skips(path: &str) -> bool {
    path == "$comapeo" || path == "bbox"
}

/// The columns of a feature, if it is an observation.
pub(super) fn row(flat: Flat) -> Result<BTreeMap<String, String>, Reason> {
    let mut entries = flat.entries;
    let shape = entries.remove("geometry/type");
    let is_track = shape.as_deref() == Some("LineString")
        || entries.keys().any(|path| path.starts_with("properties/$observations"));
    if is_track {
        return Err(Reason::NoObservation { what: "a track" });
    }
    if shape.is_some_and(|shape| shape != "Point") {
        return Err(Reason::NoObservation { what: "no point" });
    }
    if let Some(excess) = flat.excess {
        return Err(excess);
    }
    let place = ["geometry/coordinates[2]", "geometry/coordinates[1]"];
    let point = place.map(|path| entries.remove(path));
    let mut columns = BTreeMap::new();
    if let [Some(latitude), Some(longitude)] = point {
        columns.insert("point".to_owned(), format!("{latitude},{longitude}"));
    }
    let mut attachments = Vec::new();
    for (path, value) in entries {
        let Some(name) = path.strip_prefix("properties/") else { continue };
        if name.starts_with("attachment_") {
            attachments.push(value);
        } else {
            columns.insert(name.to_owned(), value);
        }
    }
    if !attachments.is_empty() {
        columns.insert("attachments".to_owned(), attachments.join("|"));
    }
    Ok(columns)
}
