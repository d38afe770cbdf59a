//! `ceiba coalition`

use clap::Subcommand;

use crate::api::Request;

/// Found a coalition, list coalitions
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  ceiba coalition create \"Defensa Amazónica\"")]
pub(crate) enum Coalition {
    /// Found a coalition, with this organisation as its first steward
    #[command(after_help = "Example:\n  ceiba coalition create \"Defensa Amazónica\"")]
    Create {
        /// Name, which only its members can read
        name: String,
    },
    /// List the coalitions of this node
    #[command(after_help = "Example:\n  ceiba coalition list --json")]
    List,
}

impl Coalition {
    pub(crate) fn request(self) -> Request {
        match self {
            Self::Create { name } => Request::CoalitionCreate { name },
            Self::List => Request::CoalitionList,
        }
    }
}
