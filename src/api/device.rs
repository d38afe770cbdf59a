//! Requests and answers about the devices of this organisation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::id::{CircleId, DeviceId, IncidentId, OrgId, StatementId};

/// Questions and orders about the devices of this organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum DeviceRequest {
    /// The devices. Answer: `Devices`.
    List,
    /// What the root key is to sign to certify a device. Answer: `DeviceDraft`.
    Certify {
        /// The new machine's request.
        request: String,
        /// Its role: `dropbox`, `field`, `node`, `admin`.
        role: String,
        /// What people call it; left out: as it calls itself.
        #[serde(default)]
        label: Option<String>,
    },
    /// What the root key is to sign to revoke a device. Answer: `DeviceDraft`.
    Revoke {
        /// Its label, its id, or a prefix of it.
        device: String,
        /// What of its logs counts.
        #[serde(default)]
        keep: Keep,
        /// Also while circles are not synced here, in which nothing of the device would count.
        #[serde(default)]
        anyway: bool,
    },
    /// From now on this device signs for the organisation. Answer: `Devices`.
    SignHere,
    /// Publishes what the root key has signed. Answer: `DeviceChanged`.
    Publish {
        /// The draft that was signed.
        draft: Box<DeviceDraft>,
        /// The signed manifest, as hexadecimal digits; none where only a certificate is made anew.
        #[serde(default)]
        manifest: Option<String>,
        /// The signature of the certificate, as hexadecimal digits; none to revoke.
        #[serde(default)]
        certificate: Option<String>,
    },
}

/// What of a revoked device's logs goes on to count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keep {
    /// Nothing but what `until` names; else all that this node holds.
    pub nothing: bool,
    /// So many entries of a log, by the name that the draft gives it.
    pub until: BTreeMap<String, u64>,
    /// Decisions up to which its approvals stand, at most one of a circle, by the beginning of the id
    /// (a circle's own is its beginning); `genesis` for all circles that have none. Where none is
    /// named: the newest.
    pub votes_until: Vec<String>,
}

/// What the root key is to sign, and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceDraft {
    /// The organisation.
    pub org: OrgId,
    /// The device.
    pub device: DeviceId,
    /// Its role.
    pub role: String,
    /// What people call it.
    pub label: String,
    /// What the new machine shows as well; none to revoke.
    pub fingerprint: Option<String>,
    /// The request that is certified; none to revoke.
    pub request: Option<String>,
    /// Logs of a device that is revoked, and what of them counts.
    pub logs: Vec<KeptLog>,
    /// Circles in which a device that is revoked approved decisions, and what becomes of those.
    #[serde(default)]
    pub votes: Vec<KeptVotes>,
    /// Circles that are told.
    pub circles: Vec<CircleId>,
    /// Body of the manifest, as hexadecimal digits; none for a device that has its place already,
    /// whose certificate is made once more.
    pub manifest: Option<String>,
    /// Body of the certificate, as hexadecimal digits; none to revoke.
    pub certificate: Option<String>,
    /// The manifest before it, as it travels, as hexadecimal digits.
    pub previous: String,
}

/// A log of a device that is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptLog {
    /// What the log is called in `keep`.
    pub log: String,
    /// The circle.
    pub circle: CircleId,
    /// The circle's name, when it can be read.
    pub circle_name: Option<String>,
    /// `control`, `alert` or `record`.
    pub lane: String,
    /// Entries that this node holds and that count now.
    pub held: u64,
    /// Entries that count afterwards.
    pub kept: u64,
    /// Entries held that came after the device was revoked in a circle that nobody named: they count
    /// only where people say so.
    #[serde(default)]
    pub late: u64,
    /// Whether there was no room to name it: of very many logs, those that came first are named.
    #[serde(default)]
    pub no_room: bool,
}

/// What becomes of a circle's decisions when a device that approved some is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptVotes {
    /// The circle.
    pub circle: CircleId,
    /// The circle's name, when it can be read.
    pub circle_name: Option<String>,
    /// Accepted decisions that it approved.
    pub approved: usize,
    /// Those of them for which its approval goes on to stand.
    pub standing: usize,
    /// Decisions that are accepted now and would not be any more.
    pub falls: Vec<StatementId>,
    /// Organisations that are in now and would be out, by name where it is known.
    pub out: Vec<String>,
}

/// A device of this organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    pub device: DeviceId,
    /// What people call it, if this node knows.
    pub label: Option<String>,
    /// `dropbox`, `field`, `node`, `admin`.
    pub role: String,
    /// Whether it is this one.
    pub own: bool,
    /// `active`, `suspended`, `revoked`, `contested`.
    pub state: String,
    /// Whether it is the one that signs for the organisation.
    pub signs: bool,
    /// Entries of it that are held here.
    pub entries: u64,
}

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceChanged {
    /// The device.
    pub device: DeviceId,
    /// Its role.
    pub role: String,
    /// What people call it.
    pub label: String,
    /// Whether it was revoked.
    pub revoked: bool,
    /// Circles that were told.
    pub circles: usize,
    /// Names of circles in which there was no room for it: partners there do not hear of it.
    pub untold: Vec<String>,
    /// Circles with a new key that a revoked device does not get.
    pub new_keys: usize,
    /// What the new machine takes: `ceiba device accept`.
    pub certificate: Option<String>,
    /// What the new machine must show when it takes it.
    pub fingerprint: Option<String>,
}

/// A record that this device sealed and cannot read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposited {
    /// The incident.
    pub incident: IncidentId,
}
