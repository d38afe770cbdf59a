//! `ceiba decide`

use clap::{Args, Subcommand, ValueEnum};

use super::assignments::pairs;
use crate::{
    api::{Answer, ApiError, ErrorKind, Request, joint::DecisionRequest},
    cli::{
        failure::{Failure, own_error},
        render,
        session::Session,
    },
};

/// Decide together: put a question to organisations, take a position, see what follows
///
/// The result follows from the signed positions alone: every node that holds the same computes the
/// same, and nobody counts votes.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Example:
  ceiba decide open 5c1e90ab --closes 2027-02-15
  ceiba decide position 5c1e90ab --stance consent --by K7
  ceiba decide show 5c1e90ab"
)]
pub(crate) enum Decide {
    Open(Open),
    Position(Position),
    Close(Close),
    Show(Show),
    List(List),
}

impl Decide {
    pub(crate) fn run(mut self, session: &mut Session<'_>) -> Result<(), Failure> {
        if let Self::Position(Position { card, ballot: ballot @ None, .. })
        | Self::Close(Close { card, ballot: ballot @ None, .. }) = &mut self
        {
            *ballot = shown(session, card)?;
        }
        session.ask_and_show(self.request()?)
    }

    fn request(self) -> Result<Request, ApiError> {
        Ok(Request::Decide(match self {
            Self::Open(args) => DecisionRequest::Open {
                card: args.card,
                question: args.question,
                closes: args.closes,
                with: args.with,
                needed: args.needed,
                options: pairs(&args.option, "--option")?,
                by: args.by,
            },
            Self::Position(args) => DecisionRequest::Position {
                card: args.card,
                ballot: args.ballot,
                stance: args.stance.code().to_owned(),
                option: args.option,
                reason: args.reason,
                by: args.by,
            },
            Self::Close(args) => {
                DecisionRequest::Close { card: args.card, ballot: args.ballot, by: args.by }
            }
            Self::Show(args) => DecisionRequest::Show { card: args.card },
            Self::List(args) => DecisionRequest::List { all: args.all },
        }))
    }
}

/// Shows the newest ballot to whoever is at a terminal, and asks whether it is meant: its digest. What
/// is signed names it, so nobody answers a question that came in between. Where nobody can be asked,
/// the node takes an answer without a digest only if nothing else was ever put.
fn shown(session: &mut Session<'_>, card: &str) -> Result<Option<String>, Failure> {
    if session.ui.is_json() || !session.input.may_ask() {
        return Ok(None);
    }
    let show = Request::Decide(DecisionRequest::Show { card: card.to_owned() });
    let Answer::Decision(detail) = session.ask(show)? else {
        return Err(own_error(ErrorKind::Internal, "error-export-strange", &[]).into());
    };
    // The node says that nothing was put.
    let Some(newest) = detail.row.newest.clone() else { return Ok(None) };
    let tongue = session.ui.tongue();
    // Nobody signs what is not shown.
    let Some(ballot) = detail.to_answer().map(|it| render::ballot(it, tongue)) else {
        return Err(own_error(ErrorKind::Internal, "error-ballot-not-meant", &[]).into());
    };
    session.ui.ask(&format!("{ballot}\n{}", tongue.word("answer-this-ballot")));
    let typed = session.input.typed_line()?.map(|typed| typed.to_lowercase());
    if typed.is_some_and(|typed| ["y", "yes", "s", "si", "sí", "sim"].contains(&typed.as_str())) {
        return Ok(Some(newest));
    }
    Err(own_error(ErrorKind::Usage, "error-ballot-not-meant", &[]).into())
}

/// Put a decision's card to organisations
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba decide open 5c1e90ab --closes 2027-02-15 --needed 3\n  ceiba decide open 5c1e90ab --closes 2027-02-15 --with Casa --with Vereda --option a=\"In March\" --option b=\"In June\""
)]
pub(crate) struct Open {
    /// The card: its id, or a prefix of it
    card: String,
    /// Last day of the consent window
    #[arg(long, value_name = "DATE")]
    closes: String,
    /// What is asked; without it, the card's question or title
    #[arg(long, value_name = "TEXT")]
    question: Option<String>,
    /// An organisation that is asked; repeatable; without it, all members of the card's circle
    #[arg(long, value_name = "ORG")]
    with: Vec<String>,
    /// Consents that are needed; without it, more than half
    #[arg(long, value_name = "N")]
    needed: Option<u64>,
    /// One way to decide; repeatable
    #[arg(long, value_name = "KEY=TEXT")]
    option: Vec<String>,
    /// A code for the person, never a name
    #[arg(long, value_name = "CODE")]
    by: Option<String>,
}

/// How this organisation stands.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Stance {
    Consent,
    StandAside,
    Block,
}

impl Stance {
    const fn code(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::StandAside => "stand_aside",
            Self::Block => "block",
        }
    }
}

/// Say how this organisation stands
///
/// The newest position counts. A consent is taken back by a block alone, with its reason. At a
/// terminal the ballot is shown, and you are asked. A script names with --ballot which one it read,
/// unless only one was ever put.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba decide position 5c1e90ab --stance consent --by K7\n  ceiba decide position 5c1e90ab --stance block --reason \"The families were not asked\" --by K7\n  ceiba decide position 5c1e90ab --stance consent --ballot 3f9a61c20b7d4e8850aa91c07d24be16 --by K7"
)]
pub(crate) struct Position {
    /// The card: its id, or a prefix of it
    card: String,
    /// Digest of the ballot that you read, at least 32 digits; `ceiba decide show` prints it
    #[arg(long, value_name = "DIGEST")]
    ballot: Option<String>,
    /// How this organisation stands
    #[arg(long, value_name = "STANCE")]
    stance: Stance,
    /// Key of the option that a consent is for
    #[arg(long, value_name = "KEY")]
    option: Option<String>,
    /// Why; a block needs it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// A code for the person, never a name
    #[arg(long, value_name = "CODE")]
    by: Option<String>,
}

/// Say that the consent window is over; from the day after its last
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba decide close 5c1e90ab --by K7")]
pub(crate) struct Close {
    /// The card: its id, or a prefix of it
    card: String,
    /// Digest of the ballot that you read, at least 32 digits; `ceiba decide show` prints it
    #[arg(long, value_name = "DIGEST")]
    ballot: Option<String>,
    /// A code for the person, never a name
    #[arg(long, value_name = "CODE")]
    by: Option<String>,
}

/// Show a decision: who is asked, what each said, and what follows
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba decide show 5c1e90ab")]
pub(crate) struct Show {
    /// The card: its id, or a prefix of it
    card: String,
}

/// List the decisions that are open
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba decide list\n  ceiba decide list --all")]
pub(crate) struct List {
    /// Also those that are over
    #[arg(long)]
    all: bool,
}
