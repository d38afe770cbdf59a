//! `ceiba link`

use clap::{Args, Subcommand};

use crate::api::{Request, linkage::LinkRequest};

/// Link own incidents to others: part of a larger event, what came before, a retaliation
///
/// A link is a part of the own dossier and is shared with it. Whether two claims are of one event
/// is no link but a judgement: see `ceiba cluster`.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba link add 5c1e90ab --type part_of 7d02c4f1\n  ceiba link list"
)]
pub(crate) enum Link {
    Add(Add),
    List(List),
    Remove(Remove),
}

/// Link an own incident to another
///
/// Types: part_of, precedes, causes, consequence, retaliation, same_perpetrator, same_territory.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba link add 5c1e90ab --type precedes 7d02c4f1 --note \"the threat named the date\""
)]
pub(crate) struct Add {
    /// The own incident: its id, or a prefix of it
    incident: String,
    /// Type of the link
    #[arg(long = "type", value_name = "CODE")]
    link: String,
    /// The other incident
    to: String,
    /// Why; for named partners at most
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// List links, of all incidents or of one, to and from
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba link list 5c1e90ab")]
pub(crate) struct List {
    /// Its id, or a prefix of it
    incident: Option<String>,
}

/// Take a link of an own incident out
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba link remove 5c1e90ab kqzvte")]
pub(crate) struct Remove {
    /// The own incident: its id, or a prefix of it
    incident: String,
    /// The link's key, as `ceiba link list` shows it
    key: String,
}

impl Link {
    pub(crate) fn request(self) -> Request {
        Request::Link(match self {
            Self::Add(Add { incident, link, to, note }) => {
                LinkRequest::Add { incident, link, to, note }
            }
            Self::List(List { incident }) => LinkRequest::List { incident },
            Self::Remove(Remove { incident, key }) => LinkRequest::Remove { incident, key },
        })
    }
}
