//! `ceiba import mapping`

use std::path::PathBuf;

use clap::Subcommand;

use crate::{
    api::{Answer, ApiError, ErrorKind, Request},
    cli::{failure::Failure, session::Session},
    exchange::{FileKind, List, list::Reading, suggest},
};

/// Keep mappings by name, and write a first one from a list's header
///
/// A mapping says which column of a list is which field. Those that are kept are sealed in this
/// node's home, and are not sent to anybody.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Example:
  ceiba import mapping suggest list.csv > list.toml

Then:
  ceiba import mapping save ours list.toml
  ceiba import list.csv --mapping ours"
)]
pub(crate) enum MappingCommand {
    /// Keep a mapping under a name
    #[command(after_help = "Example:\n  ceiba import mapping save ours list.toml")]
    Save {
        /// The name: letters, digits, - and _
        name: String,
        /// The mapping (TOML); - is standard input
        file: PathBuf,
    },
    /// List the mappings that are kept, and those that are built in
    #[command(after_help = "Example:\n  ceiba import mapping list")]
    List,
    /// Print a mapping
    #[command(after_help = "Example:\n  ceiba import mapping show uwazi > ours.toml")]
    Show {
        /// Its name
        name: String,
    },
    /// Forget a mapping
    #[command(after_help = "Example:\n  ceiba import mapping remove ours")]
    Remove {
        /// Its name
        name: String,
    },
    /// Write a first mapping from a list's header, to be edited by people
    #[command(after_help = "Example:\n  ceiba import mapping suggest list.xlsx > list.toml")]
    Suggest {
        /// The list; - is standard input
        file: PathBuf,
        /// csv, xlsx, uwazi, comapeo, kobo: if it is not found right
        #[arg(long, value_name = "KIND", hide_possible_values = true, value_parser = ["csv", "xlsx", "uwazi", "comapeo", "kobo"])]
        format: Option<String>,
        /// Which sheet of a workbook; the first if none is named
        #[arg(long, value_name = "NAME")]
        sheet: Option<String>,
    },
}

impl MappingCommand {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let request = match self {
            Self::Save { name, file } => {
                Request::MappingSave { name, text: session.input.text(&file)? }
            }
            Self::List => Request::MappingList,
            Self::Show { name } => Request::MappingShow { name },
            Self::Remove { name } => Request::MappingRemove { name },
            Self::Suggest { file, format, sheet } => {
                let source = session.input.list(&file)?;
                let told = format.as_deref().and_then(FileKind::named);
                let kind = told.map_or_else(|| FileKind::found_in(&source), Ok).map_err(wrong)?;
                let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
                let reading = Reading { sheet, ..suggest::reading(&source, kind).map_err(wrong)? };
                let list = List::open(source, kind, reading.clone()).map_err(wrong)?;
                let text = suggest::mapping(&name.unwrap_or_default(), &list, &reading);
                return session.ui.text(&text);
            }
        };
        let answer = session.ask(request)?;
        // A mapping is for a file: as it stands, unless a program asks.
        if let (Answer::Mapping(mapping), false) = (&answer, session.ui.is_json()) {
            return session.ui.text(&mapping.text);
        }
        session.show(&answer)
    }
}

fn wrong(error: crate::exchange::FileError) -> ApiError {
    ApiError::new(ErrorKind::Usage, error.to_string())
}
