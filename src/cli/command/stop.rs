//! `ceiba stop`

use clap::Args;

use crate::api::Request;

/// Stop the running node in an orderly way
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba stop")]
pub(crate) struct Stop {}

impl Stop {
    #[expect(clippy::unused_self, reason = "the same shape as every command")]
    pub(crate) const fn request(self) -> Request {
        Request::Shutdown
    }
}
