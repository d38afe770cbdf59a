//! `ceiba vocabulary`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use crate::{
    api::{
        Answer, ErrorKind, Request,
        vocabulary::{Term, Terms, VocabularyRequest},
    },
    cli::{
        failure::{Failure, own_error},
        input::write_new_file,
        render,
        session::Session,
    },
    model::vocabulary::Terms as Adopted,
};

/// Show the code lists, and add codes of the coalition's own
///
/// Records keep codes; the lists say what each is called in English, Spanish and Portuguese, and
/// which code of the SDG indicator and of the ICCS it has. A coalition adds codes that begin with
/// x_: one is adopted when as many stewards as a decision needs endorse it with the same words.
/// Until then nobody can write it, and what has it does not leave the dossier.
#[derive(Debug, Subcommand)]
#[command(verbatim_doc_comment, after_help = "Example:\n  ceiba vocabulary show violation_type")]
pub(crate) enum Vocabulary {
    /// List the code lists
    #[command(after_help = "Example:\n  ceiba vocabulary lists")]
    Lists(From),
    /// Show the codes of a list with what they are called
    #[command(after_help = "Example:\n  ceiba vocabulary show violation_type --lang es")]
    Show {
        /// Name of the list
        list: String,
        #[command(flatten)]
        from: From,
    },
    Propose(Propose),
    /// Endorse a code that another organisation proposed, with the same words
    #[command(after_help = "Example:\n  ceiba vocabulary endorse violation_type x_river_poisoning")]
    Endorse {
        /// Name of the list
        list: String,
        /// The code
        code: String,
        /// Whose words, if there are several
        #[arg(long, value_name = "ORG")]
        of: Option<String>,
        /// Coalition; left out: the only one
        #[arg(long, value_name = "COALITION")]
        circle: Option<String>,
    },
    /// Take this organisation's proposal or endorsement of a code back
    #[command(
        after_help = "Example:\n  ceiba vocabulary withdraw violation_type x_river_poisoning"
    )]
    Withdraw {
        /// Name of the list
        list: String,
        /// The code
        code: String,
        /// Coalition; left out: the only one
        #[arg(long, value_name = "COALITION")]
        circle: Option<String>,
    },
    /// List the codes that were proposed, and who stands behind them
    #[command(after_help = "Example:\n  ceiba vocabulary proposals")]
    Proposals {
        /// Coalition; left out: the only one
        #[arg(long, value_name = "COALITION")]
        circle: Option<String>,
    },
    /// Show what the coalition has added, and which incidents that touches
    #[command(after_help = "Example:\n  ceiba vocabulary diff")]
    Diff {
        /// Coalition; left out: the only one
        #[arg(long, value_name = "COALITION")]
        circle: Option<String>,
    },
    Export(Export),
}

/// Which lists.
#[derive(Debug, Args)]
pub(crate) struct From {
    /// Only what is built into the program; needs no node
    #[arg(long, conflicts_with = "circle")]
    built_in: bool,
    /// Coalition; left out: all of this node
    #[arg(long, value_name = "COALITION")]
    circle: Option<String>,
}

/// Propose a code, or endorse it by saying the same words
///
/// The other stewards endorse it with `ceiba vocabulary endorse`. Choose words that name nobody:
/// a code is read by all partners, and stands in public figures.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Example:
  ceiba vocabulary propose violation_type x_river_poisoning --note family=attack \\
    --en \"Poisoning of a river\" --es \"Envenenamiento de un río\" --pt \"Envenenamento de um rio\""
)]
pub(crate) struct Propose {
    /// Name of the list
    list: String,
    /// The code: x_ and small letters, digits and _
    code: String,
    /// Label in English
    #[arg(long, value_name = "LABEL")]
    en: String,
    /// Label in Spanish
    #[arg(long, value_name = "LABEL")]
    es: String,
    /// Label in Portuguese
    #[arg(long, value_name = "LABEL")]
    pt: String,
    /// Category of SDG indicator 16.10.1: A to F
    #[arg(long, value_name = "CATEGORY", default_value = "-", hide_default_value = true)]
    sdg: String,
    /// Code of the ICCS: two to six digits
    #[arg(long, value_name = "DIGITS", default_value = "-", hide_default_value = true)]
    iccs: String,
    /// Notes, separated by semicolons: family=threat; always restricted
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
    /// Coalition; left out: the only one
    #[arg(long, value_name = "COALITION")]
    circle: Option<String>,
}

impl Propose {
    fn request(self) -> Request {
        let Self { list, code, en, es, pt, sdg, iccs, note, circle } = self;
        let term = Box::new(Term { list, code, sdg, iccs, en, es, pt, note });
        ask(circle, VocabularyRequest::Propose { term })
    }
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Cells between tabs
    Tsv,
    /// Cells between commas, for spreadsheets
    Csv,
}

/// Write all lists as a table: list, code, sdg, iccs, en, es, pt, note
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba vocabulary export --format csv --out vocabulary.csv")]
pub(crate) struct Export {
    /// Form of the table
    #[arg(long, value_enum, default_value = "tsv")]
    format: Form,
    /// New file to write it to; left out: standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    from: From,
}

fn ask(coalition: Option<String>, request: VocabularyRequest) -> Request {
    Request::Vocabulary { coalition, request }
}

impl From {
    /// The lists: of the node, or built in.
    fn read(self, session: &mut Session<'_>) -> Result<Terms, Failure> {
        if self.built_in {
            return Ok(Terms::with(&Adopted::none()));
        }
        let answer = session.ask(ask(self.circle, VocabularyRequest::Terms))?;
        let Answer::Terms(terms) = answer else {
            return Err(own_error(ErrorKind::Internal, "error-export-strange", &[]).into());
        };
        Ok(terms)
    }
}

impl Vocabulary {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let request = match self {
            Self::Lists(from) => {
                let terms = from.read(session)?;
                return session.show(&Answer::Terms(terms));
            }
            Self::Show { list, from } => return show(session, &list, from),
            Self::Export(export) => return export.run(session),
            Self::Propose(propose) => propose.request(),
            Self::Endorse { list, code, of, circle } => {
                ask(circle, VocabularyRequest::Endorse { list, code, of })
            }
            Self::Withdraw { list, code, circle } => {
                ask(circle, VocabularyRequest::Withdraw { list, code })
            }
            Self::Proposals { circle } => ask(circle, VocabularyRequest::Proposals),
            Self::Diff { circle } => ask(circle, VocabularyRequest::Diff),
        };
        session.ask_and_show(request)
    }
}

fn show(session: &mut Session<'_>, list: &str, from: From) -> Result<(), Failure> {
    let mut terms = from.read(session)?;
    terms.terms.retain(|term| term.list == list);
    if terms.terms.is_empty() {
        let given = [("list", list.to_owned())];
        return Err(own_error(ErrorKind::NotFound, "error-no-such-list", &given).into());
    }
    if session.ui.is_json() {
        return session.ui.json(&json!(terms));
    }
    session.ui.text(&render::terms_of_list(&terms, session.ui.tongue()))
}

impl Export {
    fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let (format, out) = (self.format, self.out);
        let terms = self.from.read(session)?;
        let mut table = String::new();
        let titles = ["list", "code", "sdg", "iccs", "en", "es", "pt", "note"];
        push_row(&mut table, titles, format);
        for term in &terms.terms {
            let Term { list, code, sdg, iccs, en, es, pt, note } = term;
            push_row(&mut table, [list, code, sdg, iccs, en, es, pt, note], format);
        }
        let Some(file) = out else { return session.ui.raw(table.as_bytes()) };
        write_new_file(&file, table.as_bytes())?;
        let given = [("file", file.display().to_string().into())];
        session.ui.note(&session.ui.tongue().say("error-wrote", &given));
        Ok(())
    }
}

/// Adds a row; what would end a cell or steer a terminal is a space.
fn push_row<T: AsRef<str>>(table: &mut String, cells: [T; 8], format: Form) {
    let cells = cells.iter().map(|cell| {
        let steers = crate::cli::ui::is_steering;
        let plain: String =
            cell.as_ref().chars().map(|c| if steers(c) { ' ' } else { c }).collect();
        match format {
            Form::Tsv => plain,
            Form::Csv => quoted(plain),
        }
    });
    let between = if format == Form::Tsv { "\t" } else { "," };
    table.push_str(&cells.collect::<Vec<_>>().join(between));
    table.push('\n');
}

/// A cell of a spreadsheet. What begins like a formula begins with an apostrophe, which is shown as
/// text; a `-` alone is none.
fn quoted(cell: String) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@']) && cell != "-";
    let cell = if formula { format!("'{cell}") } else { cell };
    if cell.contains(['"', ',']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_a_partner_is_neither_a_formula_nor_two_cells() {
        let mut csv = String::new();
        let cells = ["sector", "x_a", "-", "-", "=1+1", "a, \"b\"", "c\td\n", "-x"];
        push_row(&mut csv, cells, Form::Csv);
        assert_eq!(csv, "sector,x_a,-,-,'=1+1,\"a, \"\"b\"\"\",c d ,'-x\n");
        let mut tsv = String::new();
        push_row(&mut tsv, cells, Form::Tsv);
        assert_eq!(tsv.matches('\t').count(), 7);
        assert_eq!(tsv.lines().count(), 1);
    }
}
