//! `ceiba alert export`, `ceiba alert import`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::{
    api::{
        Answer, Request,
        cap::{Around, CapExport, CapImport, CapRequest, CapScope},
    },
    cli::{failure::Failure, input, session::Session},
    model::vocabulary::Language,
};

/// Kilometres of a circle, if none are given.
const AROUND: u16 = 30;

/// Write an alert for a system that is no ceiba
///
/// Level, country and what help is asked for; never names, places within a country's parts, nor a
/// text that somebody wrote. Addressed to those whom the alert calls, unless you say otherwise.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba alert export 5c1e90ab --format cap --language es-CO --out alert.xml"
)]
pub(crate) struct Export {
    /// The alert: id, or a prefix of it
    alert: String,
    /// The format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Cap)]
    format: Format,
    /// A language, with its country: es-CO, pt-BR, en; repeatable; left out: all three
    #[arg(long, value_name = "TAG")]
    language: Vec<String>,
    /// What was said to it in place of the alert: its 32 digits in `alert show`
    ///
    /// Left out: how it ended, if it is over; else the newest update, if there is one.
    #[arg(long, value_name = "HASH", verbatim_doc_comment)]
    entry: Option<String>,
    /// Also an entry that does not count, or not any more
    #[arg(long, requires = "entry")]
    anyway: bool,
    /// Who may have it
    #[arg(long, value_name = "WHO", value_enum, default_value_t = Scope::Private)]
    scope: Scope,
    /// Mark it as a draft
    #[arg(long)]
    draft: bool,
    /// The type of violation, by its code
    #[arg(long, value_name = "CODE")]
    event: Option<String>,
    /// Also a circle around here, as latitude,longitude: rounded, and 20 km wide at least
    #[arg(long, value_name = "POINT", requires = "with_consent", allow_hyphen_values = true)]
    around: Option<String>,
    /// The circle's radius in kilometres
    #[arg(long, value_name = "NUMBER", requires = "around", default_value_t = AROUND)]
    kilometres: u16,
    /// Those concerned agreed that the circle is told
    #[arg(long)]
    with_consent: bool,
    /// Where to write it; left out: standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A format of alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Common Alerting Protocol 1.2
    Cap,
}

/// Who may have a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scope {
    /// Those whom the alert calls
    Private,
    /// Members of the coalition, and those whom it allows
    Restricted,
    /// Everybody
    Public,
}

impl Export {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let Format::Cap = self.format;
        let kilometres = self.kilometres;
        let request = CapExport {
            alert: self.alert,
            entry: self.entry,
            anyway: self.anyway,
            languages: self.language,
            scope: match self.scope {
                Scope::Private => CapScope::Private,
                Scope::Restricted => CapScope::Restricted,
                Scope::Public => CapScope::Public,
            },
            draft: self.draft,
            event: self.event,
            around: self.around.map(|point| Around { point, kilometres }),
        };
        let answer = session.ask(Request::Cap(CapRequest::Export(request)))?;
        if let (Answer::CapMessage(message), Some(out)) = (&answer, &self.out) {
            input::write_new_file(out, message.xml.as_bytes())?;
            if !session.ui.is_json() {
                return Ok(());
            }
        }
        session.show(&answer)
    }
}

/// Read an alert of another system (CAP 1.2), and raise it in your own name
///
/// Nobody has proven who sent it: its sender stands in the alert. What answers or closes an alert is
/// only shown: do yourself what you believe of it.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba alert import warning.xml --dry-run"
)]
pub(crate) struct Import {
    /// The file; - is standard input
    file: PathBuf,
    /// Only show what it says
    #[arg(long)]
    dry_run: bool,
    /// Raise it though it is over, was raised before, or is not for everybody
    #[arg(long)]
    anyway: bool,
    /// The circle whose members read it; left out: the only coalition
    #[arg(long, value_name = "CIRCLE")]
    circle: Option<String>,
    /// The country, if the message names none
    #[arg(long, value_name = "COUNTRY")]
    country: Option<String>,
    /// Your code in the organisation, never a name; left out: this device
    #[arg(long, value_name = "CODE")]
    by: Option<String>,
}

impl Import {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let xml = session.input.text(&self.file)?;
        let language = match session.ui.tongue().language() {
            Language::English => "en",
            Language::Spanish => "es",
            Language::Portuguese => "pt",
        };
        session.ask_and_show(Request::Cap(CapRequest::Import(CapImport {
            xml,
            language: language.to_owned(),
            dry_run: self.dry_run,
            anyway: self.anyway,
            circle: self.circle,
            country: self.country,
            by: self.by,
        })))
    }
}
