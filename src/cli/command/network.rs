//! `ceiba network`

use clap::{Args, ValueEnum};

use super::rate;
use crate::api::Request;

/// Show how the link is used, and change it while the node runs
///
/// What is changed holds until the node stops; `ceiba run` takes the same options.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Examples:\n  ceiba network --metered on --bandwidth-limit 20kbit/s\n  ceiba network --bandwidth-limit none"
)]
pub(crate) struct Network {
    /// How much all sessions carry together: 20kbit/s, 2Mbit/s, or none
    #[arg(long, value_name = "RATE", value_parser = rate::limit)]
    bandwidth_limit: Option<u64>,
    /// Whether the link is paid for by what it carries
    #[arg(long, value_name = "WHETHER")]
    metered: Option<Switch>,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

impl Network {
    pub(crate) fn request(self) -> Request {
        let metered = self.metered.map(|switch| switch == Switch::On);
        Request::Network { bandwidth_limit: self.bandwidth_limit, metered }
    }
}
