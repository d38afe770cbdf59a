//! `ceiba card`

use clap::{Args, Subcommand};

use super::{
    assignments::{Assignments, Fields, put},
    card_talk::{Comment, Comments, Item},
};
use crate::{
    api::{
        ApiError, Request,
        board::{CardFilter, CardRequest},
        joint::{CardSharing, NewLink},
    },
    cli::{failure::Failure, input::Input, session::Session},
};

/// Cards of the coalition's working programme: opportunities, messages, decisions and 24 more kinds
///
/// A card is in one circle, and every member of the circle may change it. What must not go so far
/// (places, contacts) stays with this organisation: `ceiba card kinds` says which fields.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Example:
  ceiba card kinds opportunity
  ceiba card add opportunity --title \"Hearing on protection\" --set starts=2027-03-05 --set institution=IACHR
  ceiba card list --kind opportunity --country CO"
)]
pub(crate) enum Card {
    Kinds(Kinds),
    Add(Box<Add>),
    List(List),
    Show(Show),
    History(History),
    Edit(Box<Edit>),
    Comment(Comment),
    Comments(Comments),
    #[command(subcommand)]
    Item(Item),
    Link(Link),
    Unlink(Unlink),
    Share(Share),
}

impl Card {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let request = self.request(&mut session.input)?;
        session.ask_and_show(request)
    }

    fn request(self, input: &mut Input) -> Result<Request, ApiError> {
        Ok(Request::Card(match self {
            Self::Kinds(args) => CardRequest::Kinds { kind: args.kind },
            Self::Add(args) => args.request(input)?,
            Self::List(args) => CardRequest::List { filter: args.filter() },
            Self::Show(args) => CardRequest::Show { card: args.card },
            Self::History(args) => CardRequest::History { card: args.card },
            Self::Edit(args) => args.request(input)?,
            Self::Comment(args) => return Ok(args.request()),
            Self::Comments(args) => return Ok(args.request()),
            Self::Item(args) => return Ok(args.request()),
            Self::Link(args) => args.request(),
            Self::Unlink(args) => CardRequest::Unlink { card: args.card, link: args.link },
            Self::Share(args) => args.request(),
        }))
    }
}

/// List the kinds of cards; with a kind, its fields and states
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba card kinds\n  ceiba card kinds joint_message")]
pub(crate) struct Kinds {
    /// Code of one kind
    kind: Option<String>,
}

/// What most cards say.
#[derive(Debug, Default, Args)]
struct Common {
    /// Whatever there is to say; long texts by --set-file body=FILE
    #[arg(long, value_name = "TEXT")]
    body: Option<String>,
    /// Where it stands: `ceiba card kinds KIND` lists the states
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// The organisation that answers for it
    #[arg(long, value_name = "ORG")]
    owner: Option<String>,
    /// Until when
    #[arg(long, value_name = "DATE")]
    due: Option<String>,
    /// high, medium or low
    #[arg(long, value_name = "CODE")]
    priority: Option<String>,
    /// A country, two letters; repeatable
    #[arg(long = "country", value_name = "COUNTRY")]
    countries: Vec<String>,
    /// A word to find it by; repeatable
    #[arg(long = "tag", value_name = "WORD")]
    tags: Vec<String>,
    #[command(flatten)]
    fields: Assignments,
}

impl Common {
    fn read(&self, input: &mut Input) -> Result<Fields, ApiError> {
        let mut fields = self.fields.read(input)?;
        let single = [
            ("body", &self.body),
            ("state", &self.state),
            ("owner", &self.owner),
            ("due", &self.due),
            ("priority", &self.priority),
        ];
        for (path, value) in single {
            if let Some(value) = value {
                put(&mut fields, path, value.clone())?;
            }
        }
        for country in &self.countries {
            put(&mut fields, &format!("countries/{}", country.to_lowercase()), "yes".to_owned())?;
        }
        for tag in &self.tags {
            put(&mut fields, &format!("tags/{}", tag.to_lowercase()), "yes".to_owned())?;
        }
        Ok(fields)
    }
}

/// Make a card
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba card add campaign --title \"Rivers without fear\" --country CO --country PE --set theme=prevention\n  ceiba card add action --title \"Ask for the hearing\" --due 2027-01-15 --set assignee=Casa"
)]
pub(crate) struct Add {
    /// Code of its kind
    kind: String,
    /// What it is about, without names of defenders
    #[arg(long, value_name = "TEXT")]
    title: String,
    /// The circle that it is in; without it, the only coalition
    #[arg(long, value_name = "CIRCLE")]
    circle: Option<String>,
    #[command(flatten)]
    common: Common,
    /// Only show it, and which cards may be of the same work
    #[arg(long)]
    dry_run: bool,
    /// Save it only if no other card may be of the same work
    #[arg(long)]
    unless_duplicate: bool,
}

impl Add {
    fn request(self, input: &mut Input) -> Result<CardRequest, ApiError> {
        let mut fields = self.common.read(input)?;
        put(&mut fields, "title", self.title)?;
        Ok(CardRequest::Add {
            kind: self.kind,
            circle: self.circle,
            fields,
            dry_run: self.dry_run,
            unless_duplicate: self.unless_duplicate,
        })
    }
}

/// List cards
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba card list\n  ceiba card list --kind campaign --country PE"
)]
pub(crate) struct List {
    /// Code of the kind
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Code of the state
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// Only of this circle
    #[arg(long, value_name = "CIRCLE")]
    circle: Option<String>,
    /// The organisation that answers for it
    #[arg(long, value_name = "ORG")]
    owner: Option<String>,
    /// Two letters
    #[arg(long, value_name = "COUNTRY")]
    country: Option<String>,
    /// A tag
    #[arg(long, value_name = "WORD")]
    tag: Option<String>,
    /// Words that all occur in its texts
    #[arg(long, value_name = "WORDS")]
    text: Option<String>,
    /// Also what is archived
    #[arg(long)]
    archived: bool,
}

impl List {
    fn filter(self) -> CardFilter {
        CardFilter {
            kind: self.kind,
            state: self.state,
            circle: self.circle,
            owner: self.owner,
            country: self.country,
            tag: self.tag,
            text: self.text,
            archived: self.archived,
        }
    }
}

/// Show one card
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba card show 5c1e90ab")]
pub(crate) struct Show {
    /// Its id, or a prefix of it
    card: String,
}

/// Show who changed what in a card
///
/// Changes have no time, which nobody could trust; each stands after those that it builds on. ⑂:
/// it brought together what was written at the same time.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba card history 5c1e90ab")]
pub(crate) struct History {
    /// Its id, or a prefix of it
    card: String,
}

/// Change fields of a card
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba card edit 5c1e90ab --state agreed --due 2027-02\n  ceiba card edit 5c1e90ab --unset due"
)]
pub(crate) struct Edit {
    /// Its id, or a prefix of it
    card: String,
    /// Its title
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    #[command(flatten)]
    common: Common,
    /// Clear a field; repeatable
    #[arg(long, value_name = "PATH")]
    unset: Vec<String>,
}

impl Edit {
    fn request(self, input: &mut Input) -> Result<CardRequest, ApiError> {
        let mut set = self.common.read(input)?;
        if let Some(title) = self.title {
            put(&mut set, "title", title)?;
        }
        Ok(CardRequest::Edit { card: self.card, set, unset: self.unset })
    }
}

/// Link a card with an incident, a card, a report or an address
///
/// A reader sees of an incident what the reader can read of it anyway, and nothing more. A link to what
/// the card's circle does not have stays at home.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba card link 5c1e90ab --incident 7d02c4f1 --note \"why it matters\"\n  ceiba card link 5c1e90ab --url https://example.org/report"
)]
pub(crate) struct Link {
    /// Its id, or a prefix of it
    card: String,
    /// Id of an incident, or a prefix of it
    #[arg(long, value_name = "INCIDENT")]
    incident: Option<String>,
    /// Id of another card, or a prefix of it
    #[arg(long = "card", value_name = "CARD")]
    other: Option<String>,
    /// Digest or name of a report
    #[arg(long, value_name = "REPORT")]
    report: Option<String>,
    /// An address
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Why it is linked
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

impl Link {
    fn request(self) -> CardRequest {
        let Self { card, incident, other, report, url, note } = self;
        let link = NewLink { incident, card: other, report, url, note };
        CardRequest::Link { card, link }
    }
}

/// Take a link out of a card
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba card unlink 5c1e90ab 7d02c4f1")]
pub(crate) struct Unlink {
    /// Its id, or a prefix of it
    card: String,
    /// The link's key, or the beginning of what it names
    link: String,
}

/// Share a card with another circle, also of another coalition
///
/// What may not be read there stays, and is told with its reason. In another coalition the card gets
/// an id of its own. Comments, checklists, decisions and versions do not go along.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba card share 5c1e90ab --with Andes --dry-run\n  ceiba card share 5c1e90ab --with Andes"
)]
pub(crate) struct Share {
    /// Its id, or a prefix of it
    card: String,
    /// The circle or coalition that is to read it
    #[arg(long = "with", value_name = "CIRCLE")]
    circle: String,
    /// Only show what would leave, and what stays
    #[arg(long)]
    dry_run: bool,
    /// Also a card that another organisation made
    #[arg(long)]
    of_partner: bool,
}

impl Share {
    fn request(self) -> CardRequest {
        let Self { card, circle, dry_run, of_partner } = self;
        CardRequest::Share(CardSharing { card, circle, dry_run, of_partner })
    }
}
