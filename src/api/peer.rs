//! Answers about partners' devices, and how an exchange with them went.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{
    id::{DeviceId, OrgId},
    time::Timestamp,
};

/// A partner's device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Peer {
    /// libp2p peer id.
    pub peer_id: String,
    /// The device, once certified in a circle of ours.
    pub device: Option<DeviceId>,
    /// Its organisation.
    pub org: Option<OrgId>,
    /// The organisation's name.
    pub org_name: Option<String>,
    /// Known addresses.
    pub addresses: Vec<String>,
    /// Whether a session is open.
    pub connected: bool,
    /// Last contact.
    pub last_contact: Option<Timestamp>,
    /// Last error in reaching it.
    pub last_error: Option<String>,
}

/// How a sync went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Synced {
    /// Peers with whom nothing is missing.
    pub in_sync: Vec<String>,
    /// Peers that could not be reached or did not finish, with the reason.
    pub failed: BTreeMap<String, String>,
    /// Entries received.
    pub received: u64,
    /// Frames sent, of whatever kind.
    pub frames_sent: u64,
}
