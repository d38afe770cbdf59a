//! `ceiba import`: reads a file, and gives its rows to the node portion by portion.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};

use super::import_mapping::MappingCommand;
use crate::{
    api::{
        Answer, ApiError, Backend, ErrorKind, Progress, Request,
        answer::{Imported, RowNote},
        import::{ImportRows, ListRow},
    },
    cli::{
        failure::{Failure, own_error},
        render,
        session::Session,
        ui::Ui,
    },
    exchange::{
        Batcher, FileKind, List, Mapping, Row, Source, Survey, batch, mapping, match_columns,
        presets,
    },
};

/// Import lists of others: CSV, XLSX, Uwazi, CoMapeo, KoboToolbox
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Example:
  ceiba import list.csv --mapping list.toml --dry-run

More:
  ceiba import cases.xlsx --mapping ours --sheet 2024
  ceiba import archive.zip --mapping uwazi
  ceiba import CoMapeo_territory.geojson --set country=EC
  ceiba import mapping suggest list.csv > list.toml"
)]
pub(crate) struct Import {
    #[command(subcommand)]
    command: Option<ImportCommand>,
    #[command(flatten)]
    list: ImportList,
}

#[derive(Debug, Subcommand)]
enum ImportCommand {
    #[command(subcommand)]
    Mapping(MappingCommand),
}

impl Import {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self.command {
            Some(ImportCommand::Mapping(command)) => command.run(session),
            None => self.list.run(session),
        }
    }
}

/// Every row is either imported or reported with its line and the reason. A second import of the
/// same file changes nothing; after the list has changed it takes over what changed, except where
/// somebody has edited the field here since. An import that was interrupted is run again.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba incident import list.csv --mapping mapping.toml --dry-run"
)]
pub(crate) struct ImportList {
    /// The list; - is standard input
    #[arg(required = true)]
    file: Option<PathBuf>,
    /// Which column is which field: a file, or a name
    ///
    /// A name is that of a mapping that is kept (`ceiba import mapping`); `uwazi` and
    /// `comapeo` are built in. How one is written: examples/mappings/README.md.
    #[arg(verbatim_doc_comment, long, value_name = "NAME|FILE.toml")]
    mapping: Option<String>,
    /// csv, xlsx, uwazi, comapeo, kobo: if it is not found right
    #[arg(long, value_name = "KIND", hide_possible_values = true, value_parser = ["csv", "xlsx", "uwazi", "comapeo", "kobo"])]
    format: Option<String>,
    /// Which sheet of a workbook; the first if none is named
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// A value for every row; repeatable
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    constants: Vec<(String, String)>,
    /// Only report what would be new, and what would change
    #[arg(long)]
    dry_run: bool,
    /// With --dry-run: so many changes are shown; 0: all
    #[arg(long, value_name = "N", default_value_t = 60, requires = "dry_run")]
    lines: usize,
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (path, value) = text.split_once('=').ok_or("write PATH=VALUE")?;
    Ok((path.trim().to_owned(), value.to_owned()))
}

impl ImportList {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let path = self.file.clone().unwrap_or_default();
        if path == Path::new("-") && self.mapping.as_deref() == Some("-") {
            let key = "error-two-from-standard-input";
            return Err(own_error(ErrorKind::Usage, key, &[]).into());
        }
        let source = session.input.list(&path)?;
        let written = match &self.mapping {
            Some(name) if is_file(name) => Some(session.input.text(Path::new(name))?),
            _kept => None,
        };
        // A node does not wait long for a request: it is asked when there is something to ask.
        let mut backend = None;
        let text = match (written, &self.mapping) {
            (Some(text), _) => text,
            (None, None) => built_in(self.format.as_deref(), &source)?,
            (None, Some(name)) => {
                let request = Request::MappingShow { name: name.clone() };
                let node = backend.insert(session.connect(&request)?);
                let answer = node.call(request, &mut |_step| {})?;
                let Answer::Mapping(mapping) = answer else { return Err(unexpected().into()) };
                mapping.text
            }
        };
        let file = self.mapping.clone().unwrap_or_else(|| "the mapping".to_owned());
        let constants: BTreeMap<String, String> = self.constants.iter().cloned().collect();
        let text = mapping::with_constants(&file, &text, &constants).map_err(wrong)?;
        let mapping = Mapping::parse(&file, &text).map_err(wrong)?;
        let kind = kind(self.format.as_deref(), &mapping, &source)?;
        let mut reading = mapping.reading().clone();
        if self.sheet.is_some() {
            reading.sheet = self.sheet.clone();
        }
        let list = List::open(source, kind, reading).map_err(wrong)?;
        let unmapped_columns = match_columns(&list, &mapping).map_err(wrong)?;
        let total = Imported {
            dry_run: self.dry_run,
            place: kind.place().to_owned(),
            unmapped_columns,
            ..Imported::default()
        };
        session.ui.progress().show(&Progress::step("reading"));
        let survey = Survey::of(&list, &mapping).map_err(wrong)?;
        let mut backend = match backend {
            Some(backend) => backend,
            None => session.connect(&Request::MappingList)?,
        };
        let ui = &mut *session.ui;
        let shown = if self.dry_run { Changes::of(ui, self.lines) } else { Changes::None };
        let order = Order { mapping: &mapping, text: &text, dry_run: self.dry_run };
        order.carry_out(&list, survey, total, shown, ui, backend.as_mut())
    }
}

/// Names of files have an ending or a folder; names of mappings have neither.
fn is_file(name: &str) -> bool {
    name == "-" || name.contains(['.', '/', '\\']) || Path::new(name).is_file()
}

/// The built-in mapping for this kind of file.
fn built_in(told: Option<&str>, source: &Source) -> Result<String, ApiError> {
    let found = match told.and_then(FileKind::named) {
        Some(kind) => kind,
        None => FileKind::found_in(source).map_err(wrong)?,
    };
    let mut names = FileKind::ALL.iter().filter(|(_, kind)| *kind == found);
    let preset = names.next().and_then(|(name, _)| presets::named(name));
    preset
        .map(|preset| preset.text.to_owned())
        .ok_or_else(|| own_error(ErrorKind::Usage, "error-no-mapping", &[]))
}

/// The kind of the file: as told, else by the mapping, else by what is in it.
fn kind(told: Option<&str>, mapping: &Mapping, source: &Source) -> Result<FileKind, ApiError> {
    match told.and_then(FileKind::named).or_else(|| mapping.kind()) {
        Some(kind) => Ok(kind),
        None => FileKind::found_in(source).map_err(wrong),
    }
}

/// How an answer begins whose changes are written as they come.
const JSON_BEGIN: &[u8] = b"{\"changes\":[";

/// What is told of changes as they come.
enum Changes {
    None,
    /// For people: so many fields are still to be shown.
    Text {
        lines: Vec<String>,
        left: Option<usize>,
        more: u64,
    },
    /// For programs: whether the list was begun.
    Json {
        begun: bool,
    },
}

impl Changes {
    fn of(ui: &Ui, lines: usize) -> Self {
        if ui.is_json() {
            return Self::Json { begun: false };
        }
        Self::Text { lines: Vec::new(), left: (lines > 0).then_some(lines), more: 0 }
    }

    fn take(&mut self, portion: &mut Imported, ui: &mut Ui) -> Result<(), Failure> {
        let place = portion.place.clone();
        for change in std::mem::take(&mut portion.changes) {
            match self {
                Self::None => {}
                Self::Json { begun } => {
                    ui.raw(if std::mem::replace(begun, true) { b"," } else { JSON_BEGIN })?;
                    ui.json_part(&change)?;
                }
                Self::Text { lines, left, more } => {
                    for line in render::change(&change, &place, ui.tongue()) {
                        match left {
                            Some(0) => *more += 1,
                            Some(left) => {
                                *left -= 1;
                                lines.push(line);
                            }
                            None => lines.push(line),
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// One import: all portions are taken by the same mapping.
struct Order<'a> {
    mapping: &'a Mapping,
    text: &'a str,
    dry_run: bool,
}

impl Order<'_> {
    fn carry_out(
        &self,
        list: &List,
        survey: Survey,
        mut total: Imported,
        mut changes: Changes,
        ui: &mut Ui,
        backend: &mut dyn Backend,
    ) -> Result<(), Failure> {
        let mut display = ui.progress();
        let rows = survey.rows;
        let mut batcher = Batcher::new(list.header(), self.mapping, survey);
        let mut failed = None;
        let mut send = |portion: Vec<Row>, batcher: &mut Batcher<'_>, total: &mut Imported| {
            let place = total.place.clone();
            let mut done = self.send(list, &portion, backend)?;
            done.place = place;
            let refused: BTreeSet<u64> = done.rejected.iter().map(|note| note.line).collect();
            batcher.settle(&portion, &refused);
            done.warnings.extend(
                batch::warnings(&portion)
                    .map(|(line, warning)| RowNote { line, reason: warning.to_string() }),
            );
            changes.take(&mut done, ui)?;
            total.add(done);
            note_refused(batcher, total);
            display.show(&Progress::of("importing", total.rows, rows));
            Ok::<(), Failure>(())
        };
        let read = list.each(&mut |row| {
            let Some(portion) = batcher.push(row) else { return ControlFlow::Continue(()) };
            match send(portion, &mut batcher, &mut total) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        read.map_err(wrong)?;
        if let Some(portion) = batcher.finish() {
            send(portion, &mut batcher, &mut total)?;
        }
        note_refused(&mut batcher, &mut total);
        drop(display);
        total.sort();
        show(&total, changes, ui)
    }

    fn send(
        &self,
        list: &List,
        portion: &[Row],
        backend: &mut dyn Backend,
    ) -> Result<Imported, ApiError> {
        let rows = ImportRows {
            mapping: self.text.to_owned(),
            header: list.header().to_vec(),
            rows: portion.iter().map(ListRow::from).collect(),
            dry_run: self.dry_run,
            changes: self.dry_run,
        };
        let answer = backend.call(Request::ImportRows(rows), &mut |_step| {})?;
        if let Answer::Imported(imported) = answer { Ok(imported) } else { Err(unexpected()) }
    }
}

/// Counts what was refused before it came to the node.
fn note_refused(batcher: &mut Batcher<'_>, total: &mut Imported) {
    for (line, reason) in batcher.take_refused() {
        total.rows += 1;
        total.rejected.push(RowNote { line, reason: reason.to_string() });
    }
}

fn show(total: &Imported, changes: Changes, ui: &mut Ui) -> Result<(), Failure> {
    match changes {
        Changes::None if ui.is_json() => ui.json(total),
        Changes::None => ui.text(&render::answer(&Answer::Imported(total.clone()), ui.tongue())),
        Changes::Json { begun } => {
            ui.raw(if begun { b"" } else { JSON_BEGIN })?;
            ui.json_rest(total, "changes")
        }
        Changes::Text { lines, more, .. } => {
            ui.text(&render::answer(&Answer::Imported(total.clone()), ui.tongue()))?;
            ui.text(&render::changes(&lines, more, ui.tongue()))
        }
    }
}

fn wrong(error: impl std::error::Error) -> ApiError {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        message = format!("{message}: {inner}");
        cause = inner.source();
    }
    ApiError::new(ErrorKind::Usage, message)
}

fn unexpected() -> ApiError {
    own_error(ErrorKind::Internal, "error-unexpected-answer", &[])
}
