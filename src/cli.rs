//! The command line: one file a command group, whose arguments' doc comments are the help.
//!
//! ```text
//! argv -> args::Cli -> command::*  -> Request -> Backend -> Answer -> render (or JSON) -> Ui
//!                                                  │
//!                                                  ├ control socket, when a node runs
//!                                                  └ the home, opened for this command
//! ```
//!
//! No command decides anything: it reads files and options, asks, and shows.

mod args;
mod backend;
mod command;
mod failure;
mod input;
mod logging;
mod private;
mod render;
pub mod seams;
mod session;
#[cfg(test)]
mod tests;
mod tongue;
mod ui;

use std::{collections::BTreeMap, ffi::OsString, io, process::ExitCode};

use clap::{Parser as _, error::ErrorKind as ClapErrorKind};

use self::{
    args::{Cli, Lang},
    failure::{Failure, own_error},
    session::Session,
    tongue::help,
};
pub use self::{
    backend::{Nodes, Place, RealNodes},
    input::{Input, PassphraseSource},
    tongue::Tongue,
    ui::Ui,
};
use crate::api::{ApiError, ErrorKind};

/// Runs the process's command line to its exit code.
#[must_use]
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(say_where));
    let mut ui = Ui::of_process();
    let code = run(std::env::args_os(), &mut ui, Input::of_process(), &mut RealNodes);
    ExitCode::from(code)
}

/// Says where the program panicked, and not what about: the text of a panic can hold what a record
/// says. Panics of automerge over what a partner wrote are caught and come by here, too.
fn say_where(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(%place, "a part of the program failed");
}

/// Runs a command line whose first word is the program's name, and returns its exit code.
pub fn run(
    argv: impl IntoIterator<Item = OsString>,
    ui: &mut Ui,
    mut input: Input,
    nodes: &mut dyn Nodes,
) -> u8 {
    let argv: Vec<OsString> = argv.into_iter().collect();
    let ended = match Cli::try_parse_from(&argv) {
        Ok(cli) => {
            ui.configure(cli.global.json, cli.global.quiet);
            if let Some(lang) = cli.global.lang {
                ui.speak(Tongue::new(lang.into()));
            }
            input.speak(ui.tongue());
            logging::start(cli.global.verbose, cli.command.runs_long());
            let mut session = Session::new(cli.global, ui, input, nodes);
            cli.command.run(&mut session)
        }
        Err(error) => {
            // The options could not be read, so nothing else knows that JSON was asked for.
            ui.configure(argv.iter().skip(1).any(|word| word == "--json"), false);
            if let Some(lang) = lang_of(&argv) {
                ui.speak(Tongue::new(lang.into()));
            }
            explain(&help::in_tongue(error, &argv, ui.tongue()), ui)
        }
    };
    let flushed = ended.and_then(|()| ui.flush());
    exit_code(flushed, ui)
}

/// The language that a command line asks for that could not be read.
fn lang_of(argv: &[OsString]) -> Option<Lang> {
    let words: Vec<&str> = argv.iter().filter_map(|word| word.to_str()).collect();
    let behind = words.windows(2).find_map(|pair| match pair {
        ["--lang", code] => Some(*code),
        _other => None,
    });
    let code = words.iter().find_map(|word| word.strip_prefix("--lang=")).or(behind)?;
    clap::ValueEnum::from_str(code, false).ok()
}

/// Help and version are results; everything else that clap says is an error.
fn explain(error: &clap::Error, ui: &mut Ui) -> Result<(), Failure> {
    let text = help::phrases(&error.render().to_string(), ui.tongue());
    if !error.use_stderr() {
        return ui.text(&text);
    }
    let incomplete = ClapErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if error.kind() == incomplete && !ui.is_json() {
        ui.note(&text);
        return Err(Failure::Explained);
    }
    Err(usage_error(&text, ui.tongue()).into())
}

/// clap's text, as our own kind of error: the first line is the message, its tips are hints.
fn usage_error(text: &str, tongue: Tongue) -> ApiError {
    let (usage, tip) = (tongue.word("usage-usage"), tongue.word("usage-tip"));
    let mut parts = text.trim().split("\n\n");
    let message = parts.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let error = ApiError::new(ErrorKind::Usage, message);
    let mut error = error.coded("command-line", BTreeMap::new());
    for part in parts {
        for line in part.lines().map(str::trim).filter(|line| !line.is_empty()) {
            error = error.hint(match (line.strip_prefix(usage), line.strip_prefix(tip)) {
                (Some(how), _) => format!("{}{how}", usage.to_lowercase()),
                (None, Some(what)) => what.trim_start().to_owned(),
                (None, None) => line.to_owned(),
            });
        }
    }
    error
}

fn exit_code(ended: Result<(), Failure>, ui: &mut Ui) -> u8 {
    match ended {
        Ok(()) => 0,
        // Whoever read the output has seen enough (`| head`).
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(Failure::Explained) => ErrorKind::Usage.exit_code(),
        Err(Failure::Fruitless(kind)) => kind.exit_code(),
        Err(Failure::Disproved) => failure::EXIT_DISPROVED,
        Err(Failure::Output(error)) => {
            let given = [("reason", error.to_string())];
            let error = own_error(ErrorKind::Storage, "error-cannot-write-result", &given);
            ui.error(&error);
            error.kind.exit_code()
        }
        Err(Failure::Api(error)) => {
            ui.error(&error);
            error.kind.exit_code()
        }
    }
}
