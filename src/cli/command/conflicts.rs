//! `ceiba conflicts`

use clap::{Args, Subcommand};

use crate::api::Request;

/// List values that partners wrote at the same time, and settle them
///
/// Nothing is lost when two partners write the same field while they do not see each other: both
/// values stay until a person settles them. Until then the most protective value rules for consent,
/// limits and risk; for other fields one value, the same on every node.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    args_conflicts_with_subcommands = true,
    after_help = "Example:\n  ceiba conflicts\n  ceiba conflicts settle 5c1e90ab date 2"
)]
pub(crate) struct Conflicts {
    #[command(subcommand)]
    action: Option<Action>,
}

/// What to do with conflicts.
#[derive(Debug, Subcommand)]
enum Action {
    /// List them
    #[command(after_help = "Example:\n  ceiba conflicts list --json")]
    List,
    /// Settle one
    #[command(after_help = "Example:\n  ceiba conflicts settle 5c1e90ab date 2")]
    Settle {
        /// Id of the incident, or a prefix of it
        incident: String,
        /// The field
        field: String,
        /// Number of the value in the list, or another value
        choice: String,
        /// Circle whose document is meant, if several have this conflict
        #[arg(long, value_name = "CIRCLE")]
        circle: Option<String>,
    },
}

impl Conflicts {
    pub(crate) fn request(self) -> Request {
        match self.action {
            None | Some(Action::List) => Request::Conflicts,
            Some(Action::Settle { incident, field, choice, circle }) => {
                Request::Settle { incident, path: field, choice, circle }
            }
        }
    }
}
