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
mod render;
pub mod seams;
mod session;
#[cfg(test)]
mod tests;
mod ui;

use std::{ffi::OsString, io, process::ExitCode};

use clap::{Parser as _, error::ErrorKind as ClapErrorKind};

use self::{args::Cli, failure::Failure, session::Session};
pub use self::{
    backend::{Nodes, Place, RealNodes},
    input::{Input, PassphraseSource},
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
    input: Input,
    nodes: &mut dyn Nodes,
) -> u8 {
    let argv: Vec<OsString> = argv.into_iter().collect();
    let ended = match Cli::try_parse_from(&argv) {
        Ok(cli) => {
            ui.configure(cli.global.json, cli.global.quiet);
            logging::start(cli.global.verbose, cli.command.runs_long());
            let mut session = Session::new(cli.global, ui, input, nodes);
            cli.command.run(&mut session)
        }
        Err(error) => {
            // The options could not be read, so nothing else knows that JSON was asked for.
            ui.configure(argv.iter().skip(1).any(|word| word == "--json"), false);
            explain(&error, ui)
        }
    };
    let flushed = ended.and_then(|()| ui.flush());
    exit_code(flushed, ui)
}

/// Help and version are results; everything else that clap says is an error.
fn explain(error: &clap::Error, ui: &mut Ui) -> Result<(), Failure> {
    let text = error.render().to_string();
    if !error.use_stderr() {
        return ui.text(&text);
    }
    let incomplete = ClapErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if error.kind() == incomplete && !ui.is_json() {
        ui.note(&text);
        return Err(Failure::Explained);
    }
    Err(usage_error(&text).into())
}

/// clap's text, as our own kind of error: the first line is the message, its tips are hints.
fn usage_error(text: &str) -> ApiError {
    let mut parts = text.trim().split("\n\n");
    let message = parts.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let mut error = ApiError::new(ErrorKind::Usage, message);
    for part in parts {
        for line in part.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let hint = line.trim_start_matches("tip: ").trim_start_matches("Usage: ");
            error = error.hint(if line.starts_with("Usage: ") {
                format!("usage: {hint}")
            } else {
                hint.to_owned()
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
            let message = format!("cannot write the result: {error}");
            let error = ApiError::new(ErrorKind::Storage, message);
            ui.error(&error);
            error.kind.exit_code()
        }
        Err(Failure::Api(error)) => {
            ui.error(&error);
            error.kind.exit_code()
        }
    }
}
