//! `ceiba member`

use clap::Subcommand;

use crate::api::Request;

/// List, remove, suspend and reinstate the organisations of a coalition
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  ceiba member list")]
pub(crate) enum Member {
    /// List the organisations of a coalition or circle
    #[command(after_help = "Example:\n  ceiba member list --circle \"Case group\"")]
    List {
        /// Name or id; left out: the only coalition
        #[arg(long, value_name = "CIRCLE")]
        circle: Option<String>,
    },
    /// Propose to remove an organisation from a coalition
    ///
    /// What it wrote so far stays; what is written afterwards is closed to it. Nothing can take
    /// back what it has read already. --dry-run says both in full.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  ceiba member remove \"Red Sur\" --dry-run"
    )]
    Remove {
        /// Name, did:key, or a prefix of it
        org: String,
        /// Coalition; left out: the only one
        #[arg(long, value_name = "CIRCLE")]
        circle: Option<String>,
        /// Only say what it would and would not achieve
        #[arg(long)]
        dry_run: bool,
    },
    /// Suspend an organisation at once, until the stewards decide
    ///
    /// One steward suffices. It takes away no votes; a decision lifts it (`ceiba member
    /// reinstate`) or makes it a removal (`ceiba member remove`).
    #[command(verbatim_doc_comment, after_help = "Example:\n  ceiba member suspend \"Red Sur\"")]
    Suspend {
        /// Name, did:key, or a prefix of it
        org: String,
        /// Coalition; left out: the only one
        #[arg(long, value_name = "CIRCLE")]
        circle: Option<String>,
    },
    /// Propose to lift the suspension of an organisation
    #[command(after_help = "Example:\n  ceiba member reinstate \"Red Sur\"")]
    Reinstate {
        /// Name, did:key, or a prefix of it
        org: String,
        /// Coalition; left out: the only one
        #[arg(long, value_name = "CIRCLE")]
        circle: Option<String>,
    },
}

impl Member {
    pub(crate) fn request(self) -> Request {
        match self {
            Self::List { circle } => Request::MemberList { circle },
            Self::Remove { org, circle, dry_run } => Request::MemberRemove { org, circle, dry_run },
            Self::Suspend { org, circle } => Request::MemberSuspend { org, circle },
            Self::Reinstate { org, circle } => Request::MemberReinstate { org, circle },
        }
    }
}
