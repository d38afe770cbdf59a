//! The command line as clap reads it.

use std::path::PathBuf;

use clap::{Args, Parser, ValueEnum};

use super::{command::Command, failure::EXIT_CODES, input::PassphraseSource};
use crate::model::vocabulary::Language;

/// One shared incident registry for partner organisations, without one shared server
///
/// Each organisation runs its own node. Records are signed, encrypted end to end, and shown only
/// to those with whom they are shared. Commands work whether the node runs (they reach it through
/// the socket in its home) or not (they open the home themselves).
#[derive(Debug, Parser)]
#[command(verbatim_doc_comment,
    name = "ceiba",
    version,
    after_help = "Example:\n  ceiba demo\n\n`ceiba --help` tells more; `ceiba COMMAND --help` tells about a command.",
    after_long_help = EXIT_CODES
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Folder of the node (or CEIBA_HOME; else in your folder for data)
    ///
    /// On Linux: ~/.local/share/ceiba.
    #[arg(long, global = true, env = "CEIBA_HOME", value_name = "DIR", hide_env = true)]
    pub(crate) home: Option<PathBuf>,
    /// Print the answer as JSON, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Language of what is said: en, es, pt; else the one of the system
    #[arg(long, global = true, value_name = "LANG", hide_possible_values = true)]
    pub(crate) lang: Option<Lang>,
    /// Print nothing but the result: no progress, no remarks
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Log more to standard error; twice or three times for still more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Read the passphrase from a file with one line
    ///
    /// Without this and --passphrase-fd it comes from the systemd credential `ceiba-passphrase`,
    /// or is asked for. It is never read from the command line or the environment.
    #[arg(
        verbatim_doc_comment,
        long,
        global = true,
        value_name = "FILE",
        conflicts_with = "passphrase_fd"
    )]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Read the passphrase from an open file descriptor
    #[arg(long, global = true, value_name = "N")]
    pub(crate) passphrase_fd: Option<u32>,
}

/// A language that the command line speaks, by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    En,
    Es,
    Pt,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::English,
            Lang::Es => Self::Spanish,
            Lang::Pt => Self::Portuguese,
        }
    }
}

impl Global {
    pub(crate) fn passphrase_source(&self) -> PassphraseSource {
        let (file, descriptor) = (self.passphrase_file.clone(), self.passphrase_fd);
        PassphraseSource { file, descriptor }
    }
}
