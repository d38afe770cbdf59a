//! `ceiba completions`

use clap::Args;
use clap_complete::Shell;

use crate::cli::{failure::Failure, session::Session, tongue::help};

/// Print the completions of a shell
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba completions bash > ~/.local/share/bash-completion/completions/ceiba"
)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        // clap_complete stops the program when a write fails, so it writes to memory.
        let mut script = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut help::command(session.ui.tongue()),
            "ceiba",
            &mut script,
        );
        session.ui.raw(&script)
    }
}
