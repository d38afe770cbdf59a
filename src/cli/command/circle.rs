//! `ceiba circle`

use clap::Subcommand;

use crate::api::Request;

/// Make circles inside a coalition, list them, add and remove organisations
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  ceiba circle create \"Case group\" --with \"Red Sur\"")]
pub(crate) enum Circle {
    /// Make a circle with some organisations of a coalition
    #[command(
        after_help = "Example:\n  ceiba circle create \"Case group\" --with \"Red Sur\" --with \"Casa Norte\""
    )]
    Create {
        /// Name, which only its members can read
        name: String,
        /// Organisation to take in; repeatable
        #[arg(long, value_name = "ORG", required = true)]
        with: Vec<String>,
        /// Coalition; left out: the only one
        #[arg(long, value_name = "COALITION")]
        coalition: Option<String>,
    },
    /// List all circles of this node
    #[command(after_help = "Example:\n  ceiba circle list")]
    List,
    /// Propose to add an organisation of the coalition to a circle
    #[command(after_help = "Example:\n  ceiba circle add \"Case group\" \"Casa Norte\"")]
    Add {
        /// Name or id of the circle
        circle: String,
        /// Name, did:key, or a prefix of it
        org: String,
    },
    /// Propose to remove an organisation from a circle
    #[command(after_help = "Example:\n  ceiba circle remove \"Case group\" \"Red Sur\" --dry-run")]
    Remove {
        /// Name or id of the circle
        circle: String,
        /// Name, did:key, or a prefix of it
        org: String,
        /// Only say what it would and would not achieve
        #[arg(long)]
        dry_run: bool,
    },
}

impl Circle {
    pub(crate) fn request(self) -> Request {
        match self {
            Self::Create { name, with, coalition } => {
                Request::CircleCreate { name, with, coalition }
            }
            Self::List => Request::CircleList,
            Self::Add { circle, org } => Request::CircleAdd { circle, org },
            Self::Remove { circle, org, dry_run } => Request::CircleRemove { circle, org, dry_run },
        }
    }
}
