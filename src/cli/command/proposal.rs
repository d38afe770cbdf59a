//! `ceiba proposal`

use clap::Subcommand;

use crate::api::Request;

/// List, show and approve decisions that wait for stewards
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  ceiba proposal list")]
pub(crate) enum Proposal {
    /// List proposals that wait for approvals
    #[command(after_help = "Example:\n  ceiba proposal list --all")]
    List {
        /// Also those that are decided or stale
        #[arg(long)]
        all: bool,
    },
    /// Show what a proposal would change and who has approved it
    #[command(after_help = "Example:\n  ceiba proposal show 3f9a2c01")]
    Show {
        /// Id of the proposal, or a prefix of it
        #[arg(value_name = "PROPOSAL")]
        proposal: String,
    },
    /// Approve a proposal for this organisation
    ///
    /// An approval is signed and sent to the other stewards; it cannot be taken back. Read
    /// `ceiba proposal show` first.
    #[command(verbatim_doc_comment, after_help = "Example:\n  ceiba proposal approve 3f9a2c01")]
    Approve {
        /// Id of the proposal, or a prefix of it
        #[arg(value_name = "PROPOSAL")]
        proposal: String,
    },
}

impl Proposal {
    pub(crate) fn request(self) -> Request {
        match self {
            Self::List { all } => Request::ProposalList { all },
            Self::Show { proposal } => Request::ProposalShow { proposal },
            Self::Approve { proposal } => Request::ProposalApprove { proposal },
        }
    }
}
