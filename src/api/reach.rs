//! How far what is held here has reached, by what partners have signed.

use serde::{Deserialize, Serialize};

use crate::model::{
    id::{CircleId, DeviceId, OrgId},
    time::Timestamp,
};

/// How far something has reached in one circle: a record's newest version, or all that is held here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reach {
    /// The circle.
    pub circle: CircleId,
    /// The circle's name.
    pub circle_name: Option<String>,
    /// Other organisations that may have it.
    pub partners: usize,
    /// How many of them have confirmed, with the signature of one of their devices, that they hold
    /// all of it.
    pub confirmed: usize,
    /// Each organisation that may have it, this one only if it has other devices.
    pub holders: Vec<Holder>,
    /// Entries that somebody says exist and that are not held here; only of a whole circle.
    #[serde(default)]
    pub not_held: Vec<NotHeld>,
    /// Signed words that contradict what is held here; only of a whole circle.
    #[serde(default)]
    pub doubts: Vec<Doubt>,
}

/// What is known of whether somebody holds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReachState {
    /// Nothing says that it has all of it.
    Waiting,
    /// It was sent in a session that is open, and not confirmed yet.
    Sent,
    /// One of its devices has signed that it holds all of it.
    Confirmed,
}

/// An organisation that may have something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Holder {
    /// The organisation.
    pub org: OrgId,
    /// Its name.
    pub org_name: Option<String>,
    /// Whether it is ours: its other devices.
    pub own: bool,
    /// That of the device that has most.
    pub state: ReachState,
    /// Entries that it lacks, as far as it has confirmed.
    pub lacks: u64,
    /// Since when this node knows of the first of them, by this node's clock; none if it has all, or
    /// that was not noted.
    pub since: Option<Timestamp>,
    /// Its devices that may read.
    pub devices: Vec<HolderDevice>,
}

/// A device that may have something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HolderDevice {
    /// The device.
    pub device: DeviceId,
    /// What is known of it.
    pub state: ReachState,
    /// Entries that it lacks, as far as it has confirmed.
    pub lacks: u64,
    /// Since when this node knows of the first of them.
    pub since: Option<Timestamp>,
    /// Number of its newest receipt; none if no receipt of it came.
    pub receipt: Option<u64>,
}

/// Entries that somebody says exist and that are not held here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NotHeld {
    /// Who wrote them, as far as the word is true.
    pub writer: DeviceId,
    /// The writer's organisation.
    pub writer_org: Option<OrgId>,
    /// Its name.
    pub writer_name: Option<String>,
    /// How many, over all its logs, as one device says.
    pub entries: u64,
    /// Who says so.
    pub said_by: OrgId,
    /// Its name.
    pub said_by_name: Option<String>,
}

/// A signed word that contradicts what is held here: the writer has forked its log, or who says so
/// does not say the truth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Doubt {
    /// Whose log.
    pub writer: DeviceId,
    /// The writer's organisation.
    pub writer_org: Option<OrgId>,
    /// Its name.
    pub writer_name: Option<String>,
    /// The entry.
    pub seq: u64,
    /// Who names another one.
    pub said_by: OrgId,
    /// Its name.
    pub said_by_name: Option<String>,
}
