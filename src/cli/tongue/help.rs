//! Help in the reader's language.
//!
//! The English texts are the commands' doc comments. The message `help-incident-add` of another
//! language translates `ceiba incident add`: its value the first line, `about-long` what follows,
//! `about-after` what stands at the end (without it, only the heading of the example is
//! translated), and an attribute each argument by its id: `set_file`, `set_file-long` for what
//! `--help` tells beyond, `tier-sealed` for a value. Arguments that commands share are in
//! `help-any`. What is not translated stays English; tests hold that nothing does.

use std::ffi::OsString;

use clap::{Arg, Command, CommandFactory as _, builder::PossibleValuesParser};

use super::{Tongue, usage};
use crate::{cli::args::Cli, cli::render::WIDTH, model::vocabulary::Language};

/// Columns before the long help of an argument.
const INDENT: usize = 10;
/// Message of the arguments that commands share.
pub(super) const SHARED: &str = "help-any";
/// How an English example begins.
const EXAMPLE: &str = "Example:\n";

/// The command line with its help in this language. It is for showing: values are not read into
/// the types of the commands.
pub(crate) fn command(tongue: Tongue) -> Command {
    let command = Cli::command();
    if tongue.language() == Language::English { command } else { translate(command, "", tongue) }
}

/// What clap said in English about a command line, said again by the translated command line.
pub(crate) fn in_tongue(error: clap::Error, argv: &[OsString], tongue: Tongue) -> clap::Error {
    if tongue.language() == Language::English {
        return error;
    }
    command(tongue).try_get_matches_from(argv).err().unwrap_or(error)
}

/// clap's own words in this language.
pub(crate) fn phrases(text: &str, tongue: Tongue) -> String {
    usage::phrases(text, tongue)
}

/// The message of a command by the names that lead to it.
pub(super) fn key(path: &str) -> String {
    format!("help{path}")
}

fn translate(command: Command, path: &str, tongue: Tongue) -> Command {
    let path = if path.is_empty() { "-ceiba".to_owned() } else { path.to_owned() };
    let key = key(&path);
    let below = if path == "-ceiba" { String::new() } else { path };
    let command = texts(command, &key, tongue);
    let command = command.mut_args(|argument| translate_argument(argument, &key, tongue));
    let names: Vec<String> =
        command.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| {
        let path = format!("{below}-{name}");
        command.mut_subcommand(name, |inner| translate(inner, &path, tongue))
    })
}

fn texts(mut command: Command, key: &str, tongue: Tongue) -> Command {
    if let Some(about) = tongue.find(key, None) {
        if command.get_long_about().is_some() {
            let more = tongue.find(key, Some("about-long"));
            let more = more.map(|more| format!("\n\n{}", wrap(&more, WIDTH)));
            command = command.long_about(format!("{about}{}", more.unwrap_or_default()));
        }
        command = command.about(about);
    }
    if let Some(help) = command.get_after_help().map(ToString::to_string) {
        let example = tongue.word("usage-example");
        let after = tongue
            .find(key, Some("about-after"))
            .or_else(|| help.strip_prefix(EXAMPLE).map(|rest| format!("{example}\n{rest}")));
        command = command.after_help(after.unwrap_or(help));
    }
    match tongue.find(key, Some("about-after-long")) {
        Some(after) => command.after_long_help(after),
        None => command,
    }
}

fn translate_argument(argument: Arg, key: &str, tongue: Tongue) -> Arg {
    let id = argument.get_id().to_string();
    let find = |attribute: &str| {
        let own = tongue.find(key, Some(attribute));
        own.or_else(|| tongue.find(SHARED, Some(attribute)))
    };
    let mut argument = argument;
    let heading = argument.get_help_heading().map(heading_key);
    if let Some(heading) = heading.and_then(|key| tongue.find_word(&key)) {
        argument = argument.help_heading(heading);
    }
    if argument.get_action().takes_values() {
        let values = values(&argument, &find);
        if !values.is_empty() {
            argument = argument.value_parser(PossibleValuesParser::new(values));
        }
    }
    let Some(help) = find(&id) else { return argument };
    if argument.get_long_help().is_some() {
        let more = find(&format!("{id}-long")).unwrap_or_default();
        let more = wrap(&more, WIDTH.saturating_sub(INDENT));
        argument = argument.long_help(format!("{help}\n\n{more}"));
    }
    argument.help(help)
}

/// The key of a heading of options: `The record` is `help-heading-the-record`.
pub(super) fn heading_key(heading: &str) -> String {
    format!("help-heading-{}", heading.to_lowercase().replace(' ', "-"))
}

/// The values that an argument can have, with their help.
fn values(
    argument: &Arg,
    find: &impl Fn(&str) -> Option<String>,
) -> Vec<clap::builder::PossibleValue> {
    let translate = |value: clap::builder::PossibleValue| match find(&format!(
        "{}-{}",
        argument.get_id(),
        value.get_name()
    )) {
        Some(help) => value.help(help),
        None => value,
    };
    argument.get_possible_values().into_iter().map(translate).collect()
}

/// Paragraphs, with empty lines between them, in lines of at most so many columns. Lines that
/// begin with a space stay as they are.
fn wrap(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = vec![String::new()];
    for line in text.lines() {
        if line.trim().is_empty() || line.starts_with(' ') {
            lines.extend([line.to_owned(), String::new()]);
            continue;
        }
        for word in line.split_whitespace() {
            let Some(last) = lines.last_mut() else { break };
            if last.is_empty() {
                last.push_str(word);
            } else if last.chars().count() + 1 + word.chars().count() <= width {
                last.push(' ');
                last.push_str(word);
            } else {
                lines.push(word.to_owned());
            }
        }
    }
    let text = lines.join("\n");
    text.trim_end().to_owned()
}
