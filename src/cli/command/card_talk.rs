//! `ceiba card comment`, `comments` and `item`

use clap::{Args, Subcommand};

use crate::api::{Request, statement::StatementRequest};

fn order(request: StatementRequest) -> Request {
    Request::Statement(Box::new(request))
}

/// Say something to a card
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba card comment 5c1e90ab \"Who asks for the hearing?\" --by M2\n  ceiba card comment 5c1e90ab \"Too strong\" --on \"we demand\" --by M2"
)]
pub(crate) struct Comment {
    /// Its id, or a prefix of it
    card: String,
    /// What is said
    text: String,
    /// The comment that it answers: its id, or a prefix of it
    #[arg(long, value_name = "COMMENT")]
    reply_to: Option<String>,
    /// Words of a joint statement that it is about
    #[arg(long, value_name = "WORDS")]
    on: Option<String>,
    /// Code of the person in the organisation, never a name
    #[arg(long, value_name = "CODE")]
    by: String,
}

impl Comment {
    pub(super) fn request(self) -> Request {
        let Self { card, text, reply_to, on, by } = self;
        order(StatementRequest::Comment { card, text, reply_to, on, by })
    }
}

/// Show what was said to a card
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba card comments 5c1e90ab")]
pub(crate) struct Comments {
    /// Its id, or a prefix of it
    card: String,
}

impl Comments {
    pub(super) fn request(self) -> Request {
        order(StatementRequest::Comments { card: self.card })
    }
}

/// The lines of a card's checklist
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Example:\n  ceiba card item add 5c1e90ab \"Book the interpreter\" --due 2027-02\n  ceiba card item done 77e0c1aa"
)]
pub(crate) enum Item {
    Add(ItemAdd),
    Done(ItemDone),
    Undone(ItemUndone),
    List(ItemList),
}

impl Item {
    pub(super) fn request(self) -> Request {
        order(match self {
            Self::Add(ItemAdd { card, text, assignee, due }) => {
                StatementRequest::ItemAdd { card, text, assignee, due }
            }
            Self::Done(args) => StatementRequest::ItemDone { item: args.item, done: true },
            Self::Undone(args) => StatementRequest::ItemDone { item: args.item, done: false },
            Self::List(args) => StatementRequest::Items { card: args.card },
        })
    }
}

/// Add a line to a card's checklist
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba card item add 5c1e90ab \"Book the interpreter\" --assignee Casa --due 2027-02"
)]
pub(crate) struct ItemAdd {
    /// Its id, or a prefix of it
    card: String,
    /// What is to be done
    text: String,
    /// The organisation that does it
    #[arg(long, value_name = "ORG")]
    assignee: Option<String>,
    /// Until when
    #[arg(long, value_name = "DATE")]
    due: Option<String>,
}

/// Say that a line of a checklist is done
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba card item done 77e0c1aa")]
pub(crate) struct ItemDone {
    /// The line's id, or a prefix of it
    item: String,
}

/// Say that a line of a checklist is not done
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba card item undone 77e0c1aa")]
pub(crate) struct ItemUndone {
    /// The line's id, or a prefix of it
    item: String,
}

/// Show a card's checklist
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba card item list 5c1e90ab")]
pub(crate) struct ItemList {
    /// Its id, or a prefix of it
    card: String,
}
