//! Requests and answers about the bytes of evidence.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{api::request::CircleName, model::id::IncidentId};

/// Questions and orders about the bytes of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum EvidenceRequest {
    /// Seals a file of this computer and records it as an item. Answer: `Evidence`.
    Add {
        /// The own incident: its id or a prefix of it.
        incident: String,
        /// The file: an absolute path that the node can read.
        file: PathBuf,
        /// Values by the item's fields.
        fields: BTreeMap<String, String>,
    },
    /// The items. Answer: `Evidence`.
    List {
        /// Only those of this incident: its id or a prefix of it.
        #[serde(default)]
        incident: Option<String>,
    },
    /// Opens an item's file; fetches it first if it is not here. Answer: `EvidenceSaved`.
    Get {
        /// `KEY`, or `INCIDENT/KEY`.
        item: String,
        /// Where to write it: an absolute path where there is nothing yet.
        out: PathBuf,
        /// The small picture instead.
        #[serde(default)]
        thumbnail: bool,
        /// Seconds to wait at most while nothing comes.
        timeout: u64,
    },
    /// Makes a copy of an own item that can be shared, as an item of its own. Answer: `Evidence`.
    Share {
        /// `KEY`, or `INCIDENT/KEY`.
        item: String,
        /// Take this file as the copy, made by a person: an absolute path.
        #[serde(default)]
        redacted: Option<PathBuf>,
        /// Copy the file as it is, with all that it says of itself.
        #[serde(default)]
        unscrubbed: bool,
        /// The most open tier that the copy may reach.
        release: String,
        /// Values by the copy's fields.
        #[serde(default)]
        fields: BTreeMap<String, String>,
    },
    /// Keeps an item's sealed file in an S3-compatible store, or fetches it from there. Answer:
    /// `Evidence`.
    Store {
        /// `KEY`, or `INCIDENT/KEY`.
        item: String,
        /// The store.
        place: StorePlace,
        /// Fetch it from there; otherwise keep it there.
        #[serde(default)]
        fetch: bool,
        /// Remove it from this home once it is there.
        #[serde(default)]
        free: bool,
    },
    /// What this node fetches by itself. Answer: `EvidencePolicies`.
    Policy {
        /// The circle; none asks about all.
        #[serde(default)]
        circle: Option<CircleName>,
        /// `nothing`, `thumbnails` or `all`; none leaves it.
        #[serde(default)]
        fetch: Option<String>,
        /// Bytes of the largest file that is fetched unasked.
        #[serde(default)]
        max_bytes: u64,
    },
}

/// An S3-compatible store. Its credentials are in a file, or in the node's environment
/// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`), never in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorePlace {
    /// The bucket.
    pub bucket: String,
    /// Before each name in it.
    pub prefix: String,
    /// Address of a store other than Amazon's.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
    /// File with two lines, the key's name and the key: an absolute path.
    #[serde(default)]
    pub credentials: Option<PathBuf>,
}

/// An item of evidence and where its file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceItem {
    /// The incident.
    pub incident: IncidentId,
    /// The item's key in it.
    pub key: String,
    /// Code of the type.
    pub kind: Option<String>,
    /// The file's own name, in the own dossier.
    pub file: Option<String>,
    /// MIME type.
    pub mime: Option<String>,
    /// Bytes of the file.
    pub bytes: Option<u64>,
    /// SHA-256 of the file.
    pub sha256: Option<String>,
    /// When it was made.
    pub captured_at: Option<String>,
    /// Code of the tier that it is released for.
    pub release: Option<String>,
    /// Key of the item that it is a copy of.
    pub copy_of: Option<String>,
    /// Whether the organisation of this node recorded it.
    pub own: bool,
    /// The organisation that recorded it: its name, or the beginning of its id.
    pub by: String,
    /// Where the file is: `none` (only described), `here`, `coming`, `elsewhere`.
    pub state: String,
    /// Bytes of ciphertext that have come, while it is coming.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub come: Option<u64>,
    /// Whether there is a small picture.
    #[serde(default)]
    pub thumbnail: bool,
}

/// A file that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceSaved {
    /// The incident.
    pub incident: IncidentId,
    /// The item's key in it.
    pub key: String,
    /// Where it is.
    pub out: PathBuf,
    /// Its bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// Whether that is what the record says; none if it says none.
    pub matches: Option<bool>,
}

/// What this node fetches by itself in a circle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidencePolicy {
    /// The circle's name, or the beginning of its id.
    pub circle: String,
    /// `nothing`, `thumbnails` or `all`.
    pub fetch: String,
    /// Bytes of the largest file that is fetched unasked.
    pub max_bytes: u64,
}
