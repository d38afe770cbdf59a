//! `ceiba status`

use clap::Args;

use crate::api::Request;

/// Show who this node is, its circles and partners, and what is waiting and why
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba status --json")]
pub(crate) struct Status {}

impl Status {
    #[expect(clippy::unused_self, reason = "the same shape as every command")]
    pub(crate) const fn request(self) -> Request {
        Request::Status
    }
}
