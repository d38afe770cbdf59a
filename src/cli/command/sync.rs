//! `ceiba sync`

use clap::Args;

use super::duration;
use crate::api::Request;

/// Dial partners and exchange until nothing is missing
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba sync \"Red Sur\" --timeout 2m")]
pub(crate) struct Sync {
    /// Only this one: organisation, device, or a prefix of a peer id
    peer: Option<String>,
    /// How long to try at most: 90s, 5m, 1h
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration::seconds)]
    timeout: u64,
}

impl Sync {
    pub(crate) fn request(self) -> Request {
        Request::Sync { peer: self.peer, timeout: self.timeout }
    }
}
