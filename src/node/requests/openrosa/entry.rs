//! What is kept of each instance, sealed.

use std::{collections::BTreeMap, io};

use serde::{Deserialize, Serialize};

use crate::{exchange::openrosa::Known, model::id::IncidentId, store::Inbox};

const ENTRY: &str = "entry";

/// An instance.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Its id.
    pub(super) instance: String,
    /// Of which form; empty as long as only an edit of it has come.
    pub(super) form: String,
    pub(super) known: Known,
    /// The day when it came.
    pub(super) on: String,
    /// The phone that sent it first.
    pub(super) by: String,
    /// Its files by name.
    pub(super) files: BTreeMap<String, File>,
    pub(super) state: State,
}

/// What is known of a file.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct File {
    pub(super) sha256: String,
    pub(super) size: u64,
    pub(super) mime: String,
}

/// What became of an instance.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub(super) enum State {
    /// It is what an incident says.
    Incident {
        /// Which one, for people; whether it is there, the view knows.
        incident: Option<IncidentId>,
    },
    /// An edit took its place.
    Superseded,
    /// It is sealed for a key that is not ours.
    Encrypted,
    /// It makes no incident.
    Unread {
        /// Why.
        reason: String,
    },
}

impl Default for State {
    fn default() -> Self {
        Self::Incident { incident: None }
    }
}

pub(super) fn get(inbox: &Inbox, instance: &str) -> io::Result<Option<Entry>> {
    let bytes = inbox.get(ENTRY, instance.as_bytes())?;
    bytes.map(|bytes| serde_json::from_slice(&bytes).map_err(io::Error::other)).transpose()
}

pub(super) fn put(inbox: &Inbox, entry: &Entry) -> io::Result<()> {
    let bytes = serde_json::to_vec(entry).map_err(io::Error::other)?;
    inbox.put(ENTRY, entry.instance.as_bytes(), &bytes)
}

/// All instances that came, the newest first.
pub(super) fn all(inbox: &Inbox) -> io::Result<Vec<Entry>> {
    let entries = inbox.all(ENTRY)?;
    let entries = entries.iter().filter_map(|bytes| serde_json::from_slice(bytes).ok());
    let mut entries: Vec<Entry> =
        entries.filter(|entry: &Entry| entry.known.xml.is_some()).collect();
    entries.sort_by(|a, b| b.on.cmp(&a.on).then_with(|| a.instance.cmp(&b.instance)));
    Ok(entries)
}
