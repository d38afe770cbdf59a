//! `ceiba stop`

use clap::Args;

use crate::{
    api::Request,
    cli::{failure::Failure, seams, session::Session},
};

/// Stop the running node in an orderly way, and wait until it has
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba stop")]
pub(crate) struct Stop {}

impl Stop {
    #[expect(clippy::unused_self, reason = "the same shape as every command")]
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let answer = session.ask(Request::Shutdown)?;
        // It answers before it has closed its files: whoever comes next must find the home free.
        seams::wait_until_free(&session.home()?)?;
        session.show(&answer)
    }
}
