//! `ceiba board`

mod export;

use clap::{Args, Subcommand};

use crate::{
    api::{
        Answer, ErrorKind, Request,
        board_views::{BoardFilter, BoardRequest, Page},
    },
    cli::{
        command::export::confirmed,
        failure::{Failure, own_error},
        render,
        session::Session,
    },
    exchange::out::board::{WordTable, sheets_csv, sheets_markdown},
    model::registry::Tier,
};

/// The board: cards by state, calendar, tasks, and the views of the programme
///
/// Views join cards with the registry, its figures and the network, as far as this node may read
/// them. With --circle they have only what that circle reads, so that they may be shown there.
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

/// As what a page is written.
#[derive(Debug, Args)]
struct Written {
    /// Write CSV for spreadsheets
    #[arg(long, conflicts_with = "markdown")]
    csv: bool,
    /// Write Markdown
    #[arg(long)]
    markdown: bool,
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
/// CSV and Markdown are for others: numbers of the registry from 1 to 4 are <5 there, those beside
/// them that would tell them are *, and no incident is named. With --own they have what the screen
/// has, and a person has to stand for that.
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
    /// Write what stays with this organisation too
    #[arg(long)]
    own: bool,
    /// The word sealed, for --own without being asked
    #[arg(long, value_name = "TIER", requires = "own")]
    confirm: Option<String>,
}

impl Board {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let mut own = false;
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
                let View { name, circle, sheet, written, own: all, confirm } = it;
                if all && (written.csv || written.markdown) {
                    confirmed(session, Tier::Sealed, confirm.as_deref())?;
                    own = true;
                }
                (BoardRequest::View { name, circle, sheet }, written)
            }
        };
        let answer = session.ask(Request::Board(request))?;
        let Answer::BoardPage(page) = &answer else {
            return Err(own_error(ErrorKind::Internal, "error-unexpected-answer", &[]).into());
        };
        let leaving = |page: &Page| if own { page.clone() } else { page.clone().for_file() };
        if written.csv {
            return csv(&leaving(page), session);
        } else if written.markdown {
            let (heading, tables) = in_words(&leaving(page), session);
            return session.ui.text(&sheets_markdown(&heading, &tables));
        }
        session.show(&answer)
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
