//! `ceiba report`

mod folder;

use std::{collections::BTreeMap, path::PathBuf};

use clap::{Args, Subcommand};

use super::assignments;
use crate::{
    api::{
        Answer, ErrorKind, Request,
        figures::{Bytes, ReportRequest},
    },
    cli::{
        failure::{Failure, own_error},
        input::MAX_REPORT_BYTES,
        session::Session,
    },
};

/// Reports of the coalition, and what governments report
///
/// The report on SDG indicator 16.10.1 is a SHADOW figure: verified by partners' reviews, which is
/// not what the metadata means by verified. Every number in it can be followed to its cases, and any
/// partner who holds the same makes the same bytes.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba report sdg-16-10-1 --year 2024 --out informe-2024"
)]
pub(crate) enum Report {
    #[command(name = "sdg-16-10-1")]
    Sdg(Sdg),
    Check(Check),
    #[command(subcommand)]
    Government(Government),
}

/// Write the shadow report on SDG indicator 16.10.1: nine tables, cases, digest
///
/// The tables in the folder may leave the coalition: what is small is hidden in them. Its folder
/// `members` stays: the cases behind every number, everything that went in, and how many verified
/// cases are not counted because consent for statistics is missing.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Example:
  ceiba report sdg-16-10-1 --year 2024 --out informe-2024
  ceiba report sdg-16-10-1 --year 2024 --country CO --as-of 2025-06-30 \\
    --previous informe-2024 --out informe-2024-b"
)]
pub(crate) struct Sdg {
    /// Calendar year
    #[arg(long)]
    year: i16,
    /// Last day of the twelve months, if they are not the calendar year
    #[arg(long, value_name = "DATE")]
    end: Option<String>,
    /// Two letters: CO, EC, PE, BR, …; may be given again
    #[arg(long)]
    country: Vec<String>,
    /// As of this day, not today
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// Circle whose readings are counted; the coalition when there is only one
    #[arg(long)]
    circle: Option<String>,
    /// Folder of an earlier issue whose numbers are revised
    #[arg(long, value_name = "DIR")]
    previous: Option<PathBuf>,
    /// Do not hide small numbers of killings: only by a decision of the coalition
    #[arg(long)]
    exempt_killings: bool,
    /// Folder to write
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Write over an earlier issue in the folder
    #[arg(long)]
    force: bool,
}

/// Check the files of an issue against its digest
///
/// Also without the members' files, and without a node; `sha256sum -c digest.txt` does the same for
/// the files.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = "Example:\n  ceiba report check informe-2024")]
pub(crate) struct Check {
    /// Folder of the issue
    folder: PathBuf,
}

/// What governments reported to the indicator
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  ceiba report government list")]
pub(crate) enum Government {
    Add(Add),
    List(List),
    Import(Import),
}

/// Record what a government reported, or that it did not
///
/// Statuses: not_reported, zero_reported, partial, reported, narrative_only, not_applicable,
/// unknown. Zero is not silence. Instruments: vnr, sdg_database, nhri, upr, other.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Example:
  ceiba report government add --country CO --year 2024 --status not_reported
  ceiba report government add --country CO --year 2023 --status reported --value a=12 \\
    --value total=20 --population hrd --set url=https://example.org/vnr"
)]
pub(crate) struct Add {
    /// Two letters: CO, EC, PE, BR, …
    #[arg(long)]
    country: String,
    /// Year that the report is about
    #[arg(long)]
    year: i16,
    /// Status
    #[arg(long, value_name = "CODE")]
    status: String,
    /// Where it was reported
    #[arg(long, default_value = "vnr", value_name = "CODE")]
    instrument: String,
    /// A number for a category, or total: a=12; may be given again
    #[arg(long, value_name = "LETTER=NUMBER")]
    value: Vec<String>,
    /// Group that the numbers are of: hrd, journalist, trade_unionist; may be given again
    #[arg(long, value_name = "CODE")]
    population: Vec<String>,
    /// Another field: fiscal_year=yes, counts_incidents=yes, method=…, url=…, read_on=…, read_by=…
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Circle where it is recorded; the coalition when there is only one
    #[arg(long)]
    circle: Option<String>,
}

/// List what governments reported
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba report government list --json")]
pub(crate) struct List {
    /// Circle; the coalition when there is only one
    #[arg(long)]
    circle: Option<String>,
}

/// Record what a CSV of an indicator says, as national platforms publish it (Open SDG)
///
/// A file that says that there is no data yet is a government that did not report.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba report government import indicator_16-10-1.csv --country CO --year 2024"
)]
pub(crate) struct Import {
    /// The file; - is standard input
    file: PathBuf,
    /// Two letters: CO, EC, PE, BR, …
    #[arg(long)]
    country: String,
    /// Year that a file without any data is about
    #[arg(long)]
    year: i16,
    /// Where it was reported
    #[arg(long, default_value = "sdg_database", value_name = "CODE")]
    instrument: String,
    /// Group that the numbers are of; may be given again
    #[arg(long, value_name = "CODE")]
    population: Vec<String>,
    /// Another field of every record; may be given again
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// Circle where it is recorded; the coalition when there is only one
    #[arg(long)]
    circle: Option<String>,
}

impl Report {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::Sdg(args) => args.run(session),
            Self::Check(args) => folder::check(&args.folder, session),
            Self::Government(args) => {
                let request = args.request(session)?;
                session.ask_and_show(Request::Report(Box::new(request)))
            }
        }
    }
}

impl Sdg {
    fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        folder::may_write(&self.out, self.force)?;
        let previous = self.previous.as_deref().map(|it| folder::cases(it, session)).transpose()?;
        let request = ReportRequest::Sdg {
            year: self.year,
            end: self.end,
            countries: self.country,
            as_of: self.as_of,
            circle: self.circle,
            exempt_killings: self.exempt_killings,
            previous,
        };
        let answer = session.ask(Request::Report(Box::new(request)))?;
        let Answer::Issue(issue) = answer else {
            return Err(own_error(ErrorKind::Internal, "error-unexpected-answer", &[]).into());
        };
        folder::write(&self.out, &issue.files)?;
        let given = [("file", self.out.display().to_string().into())];
        session.ui.note(&session.ui.tongue().say("error-wrote", &given));
        session.show(&Answer::Issue(issue))
    }
}

impl Government {
    fn request(self, session: &mut Session<'_>) -> Result<ReportRequest, Failure> {
        Ok(match self {
            Self::Add(it) => {
                let values = assignments::pairs(&it.value, "--value")?;
                let values = values
                    .into_iter()
                    .map(|(key, value)| (format!("values/{}", key.to_lowercase()), value));
                let more = [("year", it.year.to_string()), ("status", it.status)];
                let more = more.map(|(path, value)| (path.to_owned(), value));
                let mut fields = about(it.country, it.instrument, it.population, &it.set)?;
                fields.extend(values.chain(more));
                ReportRequest::GovernmentAdd { circle: it.circle, fields }
            }
            Self::List(it) => ReportRequest::GovernmentList { circle: it.circle },
            Self::Import(it) => ReportRequest::GovernmentImport {
                circle: it.circle,
                content: Bytes(session.input.bytes(&it.file, MAX_REPORT_BYTES)?),
                year: it.year,
                fields: about(it.country, it.instrument, it.population, &it.set)?,
            },
        })
    }
}

/// What every record of a government says of itself.
fn about(
    country: String,
    instrument: String,
    populations: Vec<String>,
    set: &[String],
) -> Result<BTreeMap<String, String>, Failure> {
    let mut fields = assignments::pairs(set, "--set")?;
    fields.insert("country".to_owned(), country);
    fields.insert("instrument".to_owned(), instrument);
    let flag = |code: String| (format!("populations/{code}"), "yes".to_owned());
    fields.extend(populations.into_iter().map(flag));
    Ok(fields)
}
