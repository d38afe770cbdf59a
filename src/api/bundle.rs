//! Requests and answers about bundles: files for partners that no network reaches.

use serde::{Deserialize, Serialize};

use crate::{
    api::request::{CircleName, OrgName},
    model::{
        id::{DeviceId, OrgId},
        time::Timestamp,
    },
};

/// Questions and orders about bundles. Files are named by absolute paths: the node reads and writes
/// them, whatever folder it was started in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum BundleRequest {
    /// Writes what partners may have into files. Answer: `BundleExported`.
    Export {
        /// Organisations, or prefixes of devices' ids.
        to: Vec<OrgName>,
        /// Of this circle only; left out: of all.
        #[serde(default)]
        circle: Option<CircleName>,
        /// Bytes of one file at most; 0 is no limit.
        #[serde(default)]
        max_bytes: u64,
        /// Leave out what the recipients have signed that they hold.
        #[serde(default)]
        since_receipt: bool,
        /// Folder to write into.
        out: String,
        /// Texts of files of joining to carry to the inviter.
        #[serde(default)]
        join_requests: Vec<String>,
    },
    /// Takes what files carry. Answer: `BundleImported`.
    Import {
        /// The files, in any order; without any, those that wait here.
        files: Vec<String>,
    },
    /// Says what this device can read of a file, and changes nothing. Answer: `BundleInspected`.
    Inspect {
        /// The file.
        file: String,
    },
}

/// One file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenPart {
    /// Its path.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// The parts with the same series belong together.
    pub series: String,
    /// Number of the part, from 1.
    pub part: u32,
    /// Organisations that can open it.
    pub to: Vec<String>,
    /// Devices that can open it.
    pub devices: u64,
    /// The circles that it is of.
    pub circles: Vec<String>,
}

/// What was exported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleExported {
    /// The files.
    pub files: Vec<WrittenPart>,
    /// Bytes of all of them.
    pub bytes: u64,
    /// Entries in them.
    pub entries: u64,
    /// Statements in them.
    pub statements: u64,
    /// Files that are larger than asked, since one run of entries is.
    pub oversized: u64,
    /// Entries that are held here and could not be read, so that they are in no file.
    pub unread: u64,
    /// Circles of which not all is in the files, since a recipient's rights ended while they were
    /// written.
    pub ended: Vec<String>,
    /// Recipients that may have nothing of what was asked for.
    pub nothing_for: Vec<String>,
}

/// Who made a bundle, by its own words, and what is known of it here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maker {
    /// The device that signed it.
    pub device: DeviceId,
    /// Its organisation, if a circle here certifies that. What the file says of it is not told: it
    /// could name any.
    pub org: Option<OrgId>,
    /// The organisation's name, if it is known here.
    pub org_name: Option<String>,
    /// How the device stands here: `member`, `out` or `unknown`.
    pub standing: String,
    /// When it was made, by the maker's clock.
    pub made: Timestamp,
    /// The parts with the same series belong together.
    pub series: String,
    /// Number of the part, from 1.
    pub part: u32,
    /// Whether it is the last part.
    pub last: bool,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartState {
    /// Something of it is new here.
    Imported,
    /// All of it was here.
    NothingNew,
    /// Some of it waits for an earlier part, and is kept until that comes.
    Waits,
    /// Nothing or not all of it was taken: its maker may not give it.
    Refused,
    /// It is not for this device, or damaged.
    NotForThisDevice,
    /// It is for this device, and damaged or cut off. Nothing of it was taken.
    Damaged,
    /// Its content is not readable or not signed by who it names, or its maker forged it.
    Forged,
    /// Another version of the program made it, which this one does not read.
    OtherVersion,
    /// The file cannot be read.
    Unreadable,
}

/// One file that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPart {
    /// Its path.
    pub file: String,
    /// What became of it.
    pub state: PartState,
    /// Who made it, if that is known.
    pub maker: Option<Maker>,
    /// Entries that were new.
    pub entries: u64,
    /// Statements that were new.
    pub statements: u64,
    /// Receipts that were new.
    pub receipts: u64,
    /// Runs that wait.
    pub waiting: u64,
    /// Whether it is kept here until what it waits for comes; else it must be imported again.
    pub kept: bool,
    /// Circles of which its maker may give nothing, or statements alone.
    pub refused: Vec<String>,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleImported {
    /// The files in the order in which they were taken.
    pub files: Vec<ReadPart>,
    /// Entries that were new.
    pub entries: u64,
    /// Statements that were new.
    pub statements: u64,
    /// Receipts that were new.
    pub receipts: u64,
    /// Circles that this node takes part in since.
    pub joined: Vec<String>,
    /// Organisations whose request to join was granted.
    pub admitted: Vec<String>,
    /// Why requests to join were not granted.
    pub not_admitted: Vec<String>,
    /// Files that wait here for an earlier part.
    pub kept: u64,
    /// Parts that have not come, of the exports that the files are of.
    pub missing: Vec<MissingParts>,
}

/// What has not come of one export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingParts {
    /// Who made it.
    pub maker: Maker,
    /// The first and the last of each row of parts that have not come, from 1.
    pub parts: Vec<(u64, u64)>,
    /// The greatest number that came, if the part that says that it is the last did not.
    pub after: Option<u64>,
}

impl BundleImported {
    /// Whether nothing came of it, and of one file at least because it was not taken.
    #[must_use]
    pub fn fruitless(&self) -> bool {
        let taken = [PartState::Imported, PartState::NothingNew, PartState::Waits];
        !self.files.iter().any(|file| taken.contains(&file.state))
            && self.admitted.is_empty()
            && !self.files.is_empty()
    }
}

/// What a bundle has of one circle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectedCircle {
    /// Its name, or the beginning of its id.
    pub circle: String,
    /// Statements.
    pub statements: u64,
    /// Entries.
    pub entries: u64,
    /// Logs that the entries are of.
    pub logs: u64,
    /// Receipts.
    pub receipts: u64,
}

/// What this device can read of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleInspected {
    /// The file.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Who made it.
    pub maker: Maker,
    /// What it has of each circle.
    pub circles: Vec<InspectedCircle>,
    /// Requests to join in it.
    pub join_requests: u64,
}
