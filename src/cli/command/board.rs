//! `ceiba board`

mod export;
mod standing;

use clap::{Args, Subcommand};

use self::standing::Standing;
use crate::{
    api::{
        Answer, ApiError, ErrorKind, Request,
        board_views::{BoardFilter, BoardRequest, Page},
    },
    cli::{
        failure::{Failure, own_error},
        render,
        session::Session,
    },
    exchange::out::board::{WordTable, sheets_csv, sheets_markdown},
};

/// The board: cards by state, calendar, tasks, and the views of the programme
///
/// Views join cards with the registry, its figures and the network, as far as this node may read
/// them. With --circle they have only what that circle reads, so that they may be shown there. CSV
/// and Markdown are for others: they have what all members of one coalition read, with several
/// coalitions of the one that --circle names. A circle inside one has to be named and confirmed. With
/// --own they have what the screen has, and a person has to stand for that; what waits for this
/// organisation (tasks) is written with --own alone.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Example:
  ceiba board show --kind opportunity
  ceiba board view messages
  ceiba board tasks"
)]
pub(crate) enum Board {
    List(List),
    Show(Show),
    Calendar(Calendar),
    Tasks(Tasks),
    Views(Views),
    View(View),
    Export(export::Export),
}

/// As what a page is written. On the screen it has all that this node reads; in a file it has what
/// others may get, unless a person stands for more.
#[derive(Debug, Args)]
struct Written {
    /// Write CSV for spreadsheets
    #[arg(long, conflicts_with = "markdown")]
    csv: bool,
    /// Write Markdown
    #[arg(long)]
    markdown: bool,
    /// Write what stays with this organisation too
    #[arg(long)]
    own: bool,
    /// The word sealed (for --own) or restricted (for a circle inside a coalition), without being asked
    #[arg(long, value_name = "TIER")]
    confirm: Option<String>,
}

/// Which cards.
#[derive(Debug, Args)]
struct Which {
    /// Code of a kind; may be given again
    #[arg(long, value_name = "KIND")]
    kind: Vec<String>,
    /// Code of a state; may be given again
    #[arg(long, value_name = "STATE")]
    state: Vec<String>,
    /// Only of this circle
    #[arg(long)]
    circle: Option<String>,
    /// The organisation that answers for it
    #[arg(long, value_name = "ORG")]
    owner: Option<String>,
    /// What was due before today
    #[arg(long)]
    overdue: bool,
    /// What is due within so many days, or was before
    #[arg(long, value_name = "DAYS", conflicts_with = "overdue")]
    within: Option<u16>,
    /// About this country
    #[arg(long)]
    country: Option<String>,
    /// With this tag
    #[arg(long, value_name = "WORD")]
    tag: Option<String>,
    /// With these words in its texts
    #[arg(long, value_name = "WORDS")]
    text: Option<String>,
    /// high, medium or low
    #[arg(long, value_name = "CODE")]
    priority: Option<String>,
    /// What was put away, and nothing else
    #[arg(long)]
    archived: bool,
    /// Without what is over
    #[arg(long)]
    open: bool,
    /// due, priority, title or kind
    #[arg(long, value_name = "ORDER")]
    order: Option<String>,
}

impl Which {
    fn filter(self) -> BoardFilter {
        BoardFilter {
            kinds: self.kind,
            states: self.state,
            circle: self.circle,
            owner: self.owner,
            overdue: self.overdue,
            within: self.within,
            country: self.country,
            tag: self.tag,
            text: self.text,
            priority: self.priority,
            archived: self.archived,
            open: self.open,
            order: self.order,
        }
    }
}

/// List cards by kind, state, owner, due date, country, tag
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba board list --country CO --within 30 --open")]
pub(crate) struct List {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    written: Written,
}

/// Show cards in the columns of their states
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba board show --kind joint_message")]
pub(crate) struct Show {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    written: Written,
}

/// Show all that has a date: what is due, events, meetings, trainings, embargoes, consent windows
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba board calendar --from 2027-01-01 --to 2027-03-31")]
pub(crate) struct Calendar {
    /// First day; today if left out
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Last day; a year later if left out
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// Only of this circle
    #[arg(long)]
    circle: Option<String>,
    #[command(flatten)]
    written: Written,
}

/// Show what waits for this organisation
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba board tasks")]
pub(crate) struct Tasks {
    #[command(flatten)]
    written: Written,
}

/// List the views
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba board views")]
pub(crate) struct Views {}

/// Show a view: `ceiba board views` lists them
///
/// CSV and Markdown are for others: they have what one coalition reads, or the circle of --circle.
/// Numbers of the registry from 1 to 4 are <5 there, those beside them that would tell them are *,
/// and no incident is named. With --own they have what the screen has, and a person has to stand for
/// that.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba board view opportunities\n  ceiba board view ifi --circle \"Alianza del Río\" --sheet agreed --csv > agreed.csv"
)]
pub(crate) struct View {
    /// Its name
    name: String,
    /// Only what this circle reads, of cards and of the registry
    #[arg(long)]
    circle: Option<String>,
    /// Only this one of its tables
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    #[command(flatten)]
    written: Written,
}

impl Board {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let (request, written) = match self {
            Self::Export(args) => return args.run(session),
            Self::Views(_) => return session.ask_and_show(Request::Board(BoardRequest::Views)),
            Self::List(it) => (BoardRequest::List { filter: it.which.filter() }, it.written),
            Self::Show(it) => (BoardRequest::Columns { filter: it.which.filter() }, it.written),
            Self::Calendar(it) => {
                let Calendar { from, to, circle, written } = it;
                (BoardRequest::Calendar { from, to, circle }, written)
            }
            Self::Tasks(it) => (BoardRequest::Tasks, it.written),
            Self::View(it) => {
                let View { name, circle, sheet, written } = it;
                (BoardRequest::View { name, circle, sheet }, written)
            }
        };
        if !written.csv && !written.markdown {
            return session.ask_and_show(Request::Board(request));
        }
        let page = written.page(&request, session)?;
        if written.csv {
            return csv(&page, session);
        }
        let (heading, tables) = in_words(&page, session);
        session.ui.text(&sheets_markdown(&heading, &tables))
    }
}

impl Written {
    /// The page as others may get it, or with a person who stands for it.
    fn page(&self, request: &BoardRequest, session: &mut Session<'_>) -> Result<Page, ApiError> {
        let standing = Standing { own: self.own, circle: request.circle().is_some() };
        standing.ask(session, self.confirm.as_deref(), |session, confirmed| {
            let page = Box::new(request.clone());
            let asked = BoardRequest::File { page, own: self.own, confirmed };
            let Answer::BoardPage(page) = session.ask(Request::Board(asked))? else {
                return Err(own_error(ErrorKind::Internal, "error-unexpected-answer", &[]));
            };
            Ok(*page)
        })
    }
}

fn in_words(page: &Page, session: &Session<'_>) -> (String, Vec<WordTable>) {
    let tongue = session.ui.tongue();
    let heading = format!("{} ({})", render::board_text("view", &page.view, tongue), page.as_of);
    (heading, page.sheets.iter().map(|sheet| render::spoken(sheet, tongue)).collect())
}

fn csv(page: &Page, session: &mut Session<'_>) -> Result<(), Failure> {
    let (_, tables) = in_words(page, session);
    let bytes = sheets_csv(&tables).map_err(|error| {
        let given = [("reason", error.to_string()), ("file", page.view.clone())];
        own_error(ErrorKind::Internal, "error-cannot-write", &given)
    })?;
    session.ui.text(&String::from_utf8_lossy(&bytes))
}
