//! How a node uses its link.

use serde::{Deserialize, Serialize};

/// How a node uses its link, and whether partners reach it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Bits a second that all sessions carry together; none if there is no limit.
    pub bandwidth_limit: Option<u64>,
    /// Whether the link is paid for by what it carries.
    pub metered: bool,
    /// Whether members on the same local network are found.
    pub nearby: bool,
    /// Whether members reach each other through this node.
    pub relay: bool,
    /// Whether partners are told no address of this node but those at relays.
    #[serde(default)]
    pub hide_address: bool,
    /// Whether partners can call this node.
    pub reach: Reach,
}

/// Whether partners can call a node, as those told that tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Nobody has tried.
    #[default]
    Unknown,
    /// They can.
    Open,
    /// They cannot; a partner's relay is used, if there is one.
    Closed,
}
