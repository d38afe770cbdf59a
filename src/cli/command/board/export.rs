//! `ceiba board export`

mod folder;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use clap::{Args, ValueEnum};
use serde_json::{Value as Json, json};

use self::folder::{may_write, write_folder};
use super::standing::Standing;
use crate::{
    api::{
        Answer, ApiError, ErrorKind, Progress, Request,
        board_views::{BoardCard, BoardCards, BoardRequest},
        export::Plan,
    },
    cli::{
        command::export::{Exported, OfBoard},
        failure::{Failure, file_error, own_error},
        render::{self, board_text},
        session::Session,
        tongue::Tongue,
    },
    exchange::out::{
        About,
        archive::{Lines, README, digest_of},
        board::{CalendarEntry, WordCard, WordTable, calendar, cards_markdown, sheets_csv},
    },
    model::{
        id::OrgId,
        registry::{FieldPath, Kind, Record, Value, table},
    },
};

/// What the archive of the board says of itself.
const README_TEXT: &str = include_str!("export/README.txt");

/// Write the cards into files: Markdown, CSV, a calendar, or the plain archive
///
/// Files have the cards of one coalition, as all of its members read them; with several coalitions
/// --circle says of which. Those of a circle inside one, with --circle, are restricted: a person has
/// to stand for that. What stays with this organisation (its private cards, places, contacts, names)
/// goes in with --own alone, and a person has to stand for that too.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Example:
  ceiba board export --format ics --out calendar
  ceiba board export --format markdown --circle \"Alianza del Río\" --out board"
)]
pub(crate) struct Export {
    /// As what
    #[arg(long, value_enum)]
    format: Format,
    /// Folder to write; it must not exist
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only of this circle; the only coalition if left out
    #[arg(long)]
    circle: Option<String>,
    /// All, also what stays with this organisation
    #[arg(long)]
    own: bool,
    /// The word sealed (for --own) or restricted (for a circle inside a coalition), without being asked
    #[arg(long, value_name = "TIER")]
    confirm: Option<String>,
    /// Take the place of an earlier export
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A file for each kind, to read
    Markdown,
    /// A file for each kind, for spreadsheets
    Csv,
    /// iCalendar: all that has a date, for calendars
    Ics,
    /// JSON Lines with digests, to keep and to check
    Archive,
}

impl Format {
    const fn name(self) -> &'static str {
        match self {
            Self::Markdown => "board-markdown",
            Self::Csv => "board-csv",
            Self::Ics => "board-ics",
            Self::Archive => "board-archive",
        }
    }
}

/// All that was asked for, of several answers.
struct Board {
    head: BoardCards,
    cards: Vec<BoardCard>,
}

impl Export {
    pub(super) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let exported = self.carry(session)?;
        if session.ui.is_json() {
            return session.ui.json(&exported);
        }
        session.ui.text(&render::exported(&exported, session.ui.tongue()))
    }

    fn carry(self, session: &mut Session<'_>) -> Result<Exported, ApiError> {
        may_write(&self.out, self.force)?;
        let board = self.confirmed(session)?;
        let tongue = session.ui.tongue();
        let mut about = About::new(self.format.name(), &plan(&board.head));
        let cannot = |reason: String| {
            let given = [("file", self.out.display().to_string()), ("reason", reason)];
            own_error(ErrorKind::Internal, "error-cannot-write", &given)
        };
        let files = match self.format {
            Format::Markdown => markdown(&board, tongue),
            Format::Csv => csv(&board, tongue).map_err(|error| cannot(error.to_string()))?,
            Format::Ics => ics(&board, tongue),
            Format::Archive => archive(&board, &mut about).map_err(|it| cannot(it.to_string()))?,
        };
        let new = files.iter().filter(|(name, _)| !about.files.iter().any(|it| it.name == **name));
        let digests: Vec<_> = new.map(|(name, bytes)| digest_of(name, bytes)).collect();
        about.files.extend(digests);
        let withheld = board.cards.iter().filter(|card| card.withheld).count();
        about.withheld = u64::try_from(withheld).unwrap_or(u64::MAX);
        write_folder(&self.out, &files, &about)
            .map_err(|error| file_error("error-cannot-write", &self.out, &error))?;
        let entries = (self.format == Format::Ics).then(|| entries(&board, tongue).len());
        Ok(Exported {
            board: Some(OfBoard { cards: board.cards.len(), entries }),
            about,
            path: Some(self.out.display().to_string()),
            beside: Vec::new(),
            reasons: BTreeMap::new(),
        })
    }

    /// The cards, with a person who stands for them where the node says that one has to.
    fn confirmed(&self, session: &mut Session<'_>) -> Result<Board, ApiError> {
        let standing = Standing { own: self.own, circle: self.circle.is_some() };
        standing.ask(session, self.confirm.as_deref(), |session, word| self.ask(session, word))
    }

    fn ask(&self, session: &mut Session<'_>, confirmed: Option<String>) -> Result<Board, ApiError> {
        let request = |after, had| {
            Request::Board(BoardRequest::Export {
                own: self.own,
                confirmed: confirmed.clone(),
                circle: self.circle.clone(),
                after,
                had,
            })
        };
        let mut backend = session.connect(&request(None, 0))?;
        let mut display = session.ui.progress();
        let mut board: Option<Board> = None;
        loop {
            let after = board.as_ref().and_then(|board| Some(board.cards.last()?.card));
            let had = board.as_ref().map_or(0, |board| board.cards.len());
            let asked = request(after, u64::try_from(had).unwrap_or(u64::MAX));
            let answer = backend.call(asked, &mut |progress| display.show(&progress))?;
            let Answer::BoardCards(mut page) = answer else {
                return Err(own_error(ErrorKind::Internal, "error-unexpected-answer", &[]));
            };
            let (cards, total) = (std::mem::take(&mut page.cards), page.total);
            let is_last = cards.is_empty();
            match &mut board {
                None => board = Some(Board { head: *page, cards }),
                Some(board) => {
                    board.head.names.extend(std::mem::take(&mut page.names));
                    board.cards.extend(cards);
                }
            }
            let have = board.as_ref().map_or(0, |board| board.cards.len());
            let have = u64::try_from(have).unwrap_or(u64::MAX);
            display.show(&Progress::of("cards", have, total));
            if is_last || have >= total {
                break;
            }
        }
        display.clear();
        board.ok_or_else(|| own_error(ErrorKind::Internal, "error-unexpected-answer", &[]))
    }
}

/// What the writers of exports want to know of who exports.
fn plan(head: &BoardCards) -> Plan {
    Plan {
        tier: head.tier,
        as_of: head.as_of.clone(),
        org: head.org,
        org_name: head.org_name.clone(),
        circle: head.circle,
        circle_name: head.circle_name.clone(),
        vocabulary: head.vocabulary,
        adopted_violations: BTreeMap::new(),
        incidents: Vec::new(),
    }
}

type Files = BTreeMap<String, Vec<u8>>;

/// The cards by kind.
fn by_kind(board: &Board) -> BTreeMap<&str, Vec<&BoardCard>> {
    let mut kinds: BTreeMap<&str, Vec<&BoardCard>> = BTreeMap::new();
    for card in &board.cards {
        kinds.entry(&card.kind).or_default().push(card);
    }
    kinds
}

fn org(board: &Board, org: &OrgId) -> String {
    board.head.names.get(org).cloned().unwrap_or_else(|| org.to_string())
}

fn title(card: &BoardCard, tongue: Tongue) -> String {
    let title = card.record.text("title").map(ToOwned::to_owned);
    title.unwrap_or_else(|| tongue.word("board-title-withheld").to_owned())
}

/// A value in words: codes and organisations by their names.
fn value(
    board: &Board,
    record: &Record,
    path: &FieldPath,
    value: &Value,
    tongue: Tongue,
) -> String {
    let kind = table::find(record.schema(), path).map(|spec| spec.kind);
    match (kind, value) {
        (Some(Kind::Code(list)), Value::Text(code)) => tongue.label(list, code),
        (Some(Kind::Org), Value::Text(id)) => {
            id.parse().map_or_else(|_| id.clone(), |id| org(board, &id))
        }
        (_, Value::Flag(flag)) => board_text("word", if *flag { "yes" } else { "no" }, tongue),
        (_, other) => other.to_string(),
    }
}

fn markdown(board: &Board, tongue: Tongue) -> Files {
    let mut files = Files::new();
    for (kind, cards) in by_kind(board) {
        let cards = cards.into_iter().map(|card| {
            let column = |key: &str| board_text("column", key, tongue);
            let mut facts = vec![
                (column("state"), tongue.label("card_state", &card.state)),
                (column("owner"), org(board, &card.owner)),
            ];
            let fields = card
                .record
                .iter()
                .filter(|(path, _)| !["title", "state", "owner"].contains(&path.as_str()));
            facts.extend(fields.map(|(path, it)| {
                (path.to_string(), value(board, &card.record, path, it, tongue))
            }));
            facts.push((column("id"), card.card.to_string()));
            if card.withheld {
                facts.push((column("withheld"), board_text("word", "yes", tongue)));
            }
            let items = card.items.iter().map(|item| (item.done, item.text.clone())).collect();
            WordCard { title: title(card, tongue), facts, items }
        });
        let cards: Vec<WordCard> = cards.collect();
        let text = cards_markdown(&tongue.label("card_kind", kind), &cards);
        files.insert(format!("{kind}.md"), text.into_bytes());
    }
    files
}

/// A row a card, a column a field that one of them has: paths, which are the same in every language.
fn csv(board: &Board, tongue: Tongue) -> Result<Files, crate::exchange::out::OutError> {
    let mut files = Files::new();
    for (kind, cards) in by_kind(board) {
        let paths = cards.iter().flat_map(|card| card.record.iter().map(|(path, _)| path));
        let paths: BTreeSet<&FieldPath> = paths.filter(|path| path.as_str() != "state").collect();
        let fixed = ["card", "circle", "origin", "state"].map(ToOwned::to_owned);
        let columns = fixed.into_iter().chain(paths.iter().map(ToString::to_string)).collect();
        let row = |card: &&BoardCard| {
            let cell = |path: &&FieldPath| {
                let found = card.record.get(path.as_str());
                found.map_or_else(String::new, |it| value(board, &card.record, path, it, tongue))
            };
            let origin = org(board, &card.origin);
            let head = [card.card.to_string(), card.circle.to_string(), origin, card.state.clone()];
            head.into_iter().chain(paths.iter().map(cell)).collect()
        };
        let rows = cards.iter().map(row).collect();
        let table = WordTable { columns, rows, ..WordTable::default() };
        files.insert(format!("{kind}.csv"), sheets_csv(&[table])?);
    }
    Ok(files)
}

fn entries(board: &Board, tongue: Tongue) -> Vec<CalendarEntry> {
    let mut entries = Vec::new();
    for card in &board.cards {
        for date in &card.dates {
            let (Ok(first), Ok(last)) = (date.first.parse(), date.last.parse()) else { continue };
            let entry =
                if date.entry.is_empty() { String::new() } else { format!("-{}", date.entry) };
            let kind = tongue.label("card_kind", &card.kind);
            let mut summary =
                format!("{} ({})", title(card, tongue), board_text("word", &date.moment, tongue));
            if !date.text.is_empty() {
                summary = format!("{}: {summary}", date.text);
            }
            entries.push(CalendarEntry {
                id: format!("{}-{}{entry}", card.card, date.moment),
                first,
                last,
                summary,
                description: card.record.text("body").unwrap_or_default().to_owned(),
                categories: vec![kind],
            });
        }
    }
    entries
}

fn ics(board: &Board, tongue: Tongue) -> Files {
    let entries = entries(board, tongue);
    let name = board.head.circle_name.clone().unwrap_or_else(|| board.head.org_name.clone());
    let as_of = board.head.as_of.parse().unwrap_or(jiff::civil::Date::ZERO);
    Files::from([("board.ics".to_owned(), calendar(&name, as_of, &entries).into_bytes())])
}

/// A file a kind of record, a record a line.
fn archive(board: &Board, about: &mut About) -> Result<Files, crate::exchange::out::OutError> {
    let mut files = Files::new();
    let fields = |record: &Record| -> BTreeMap<String, Json> {
        let json = |value: &Value| serde_json::to_value(value).unwrap_or_default();
        record.iter().map(|(path, value)| (path.to_string(), json(value))).collect()
    };
    let mut items = Vec::new();
    for (kind, cards) in by_kind(board) {
        let mut lines = Lines::new(&format!("card_{kind}"), Vec::new());
        for card in cards {
            lines.record(&json!({
                "card": card.card,
                "circle": card.circle,
                "origin": card.origin,
                "state": card.state,
                "schema": card.record.schema(),
                "fields": fields(&card.record),
                "withheld": card.withheld,
            }))?;
            items.extend(card.items.iter().map(|item| (card.card, item)));
        }
        let (bytes, digest) = lines.finish()?;
        files.insert(digest.name.clone(), bytes);
        about.files.push(digest);
    }
    let mut lines = Lines::new("items", Vec::new());
    for (card, item) in items {
        lines.record(&json!({"card": card, "item": item}))?;
    }
    let (bytes, digest) = lines.finish()?;
    files.insert(digest.name.clone(), bytes);
    about.files.push(digest);
    files.insert(README.to_owned(), README_TEXT.as_bytes().to_vec());
    Ok(files)
}

#[cfg(test)]
mod tests;
