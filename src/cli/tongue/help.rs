//! Help in the reader's language.
//!
//! The English texts are the commands' doc comments, and their translations stand in
//! `help-*.ftl` under a key made of the English text: `Make a ticket for one organisation` is
//! `help-make-a-ticket-for-one-organisation`, of a longer text the key has the first words and
//! their number. So commands share the texts that are alike, and who changes an English text is
//! told by a test that its translations are missing. Examples are commands and stay as they are.

use std::ffi::OsString;

use clap::{
    Arg, Command, CommandFactory as _,
    builder::{PossibleValue, PossibleValuesParser, StyledStr},
};

use super::{Tongue, usage};
use crate::{
    cli::{args::Cli, render::WIDTH},
    model::vocabulary::Language,
};

/// Columns before the long help of an argument.
const INDENT: usize = 10;
/// Words of a text that its key has.
const KEY_WORDS: usize = 8;
/// How an English example begins.
const EXAMPLE: &str = "Example:";
/// How several do.
const EXAMPLES: &str = "Examples:";

/// The command line with its help in this language. It is for showing: values are not read into
/// the types of the commands.
pub(crate) fn command(tongue: Tongue) -> Command {
    let command = Cli::command();
    if tongue.language() == Language::English { command } else { translate(command, tongue) }
}

/// What clap said in English about a command line, said again by the translated command line.
pub(crate) fn in_tongue(error: clap::Error, argv: &[OsString], tongue: Tongue) -> clap::Error {
    if tongue.language() == Language::English {
        return error;
    }
    command(tongue).try_get_matches_from(argv).err().unwrap_or(error)
}

/// clap's own words in this language, in lines that are not too wide.
pub(crate) fn phrases(text: &str, tongue: Tongue) -> String {
    let said = usage::phrases(text, tongue);
    let end = if said.ends_with('\n') { "\n" } else { "" };
    said.lines().map(fit).collect::<Vec<_>>().join("\n") + end
}

/// A line of help that is too wide, as several: what is said of an option stays in its column.
fn fit(line: &str) -> String {
    if line.chars().count() <= WIDTH {
        return line.to_owned();
    }
    let told = line.trim_start();
    let begin = line.len() - told.len();
    // Between an option and what is said of it are at least two spaces.
    let column = told.find("  ").map_or(begin, |gap| {
        let rest = told.get(gap..).unwrap_or_default();
        begin + gap + (rest.len() - rest.trim_start().len())
    });
    let (head, text) = line.split_at_checked(column).unwrap_or(("", line));
    let indent = head.chars().count();
    let text = wrap(text, WIDTH.saturating_sub(indent));
    format!("{head}{}", text.replace('\n', &format!("\n{}", " ".repeat(indent))))
}

/// The key of the translations of an English text.
pub(super) fn key(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let begin: Vec<&str> = words.iter().copied().take(KEY_WORDS).collect();
    let key = format!("help-{}", begin.join("-"));
    if words.len() > KEY_WORDS { format!("{key}-{}", words.len()) } else { key }
}

/// What a long text says beyond its first line.
pub(super) fn more(text: &StyledStr) -> Option<String> {
    text.to_string().split_once("\n\n").map(|(_, more)| more.to_owned())
}

/// Whether a line at the end of help is a sentence, and no example.
pub(super) fn is_heading(line: &str) -> bool {
    !line.is_empty() && !line.starts_with(' ') && line != EXAMPLE && line != EXAMPLES
}

fn translate(command: Command, tongue: Tongue) -> Command {
    let command = of_command(command, tongue);
    let command = command.mut_args(|argument| of_argument(argument, tongue));
    command.mut_subcommands(|inner| translate(inner, tongue))
}

fn of_command(mut command: Command, tongue: Tongue) -> Command {
    let find = |text: &str| tongue.find(&key(text), None).unwrap_or_else(|| text.to_owned());
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    if let Some(text) = command.get_long_about().and_then(more) {
        let text = wrap(&find(&text), WIDTH);
        command = command.long_about(format!("{}\n\n{text}", find(&about)));
    }
    if let Some(help) = command.get_after_help().map(ToString::to_string) {
        let line = |line: &str| match line {
            EXAMPLE => tongue.word("usage-example").to_owned(),
            EXAMPLES => tongue.word("usage-examples").to_owned(),
            line if is_heading(line) => find(line),
            line => line.to_owned(),
        };
        let lines: Vec<String> = help.lines().map(line).collect();
        command = command.after_help(lines.join("\n"));
    }
    if let Some(help) = command.get_after_long_help().map(ToString::to_string) {
        command = command.after_long_help(find(&help));
    }
    command.about(find(&about))
}

fn of_argument(mut argument: Arg, tongue: Tongue) -> Arg {
    let find = |text: &str| tongue.find(&key(text), None).unwrap_or_else(|| text.to_owned());
    let heading = argument.get_help_heading().map(key);
    if let Some(heading) = heading.and_then(|key| tongue.find_word(&key)) {
        argument = argument.help_heading(heading);
    }
    if argument.get_action().takes_values() {
        argument = placeholders(argument, tongue);
        let value =
            |value: PossibleValue| match value.get_help().map(|help| find(&help.to_string())) {
                Some(help) => value.help(help),
                None => value,
            };
        let values: Vec<PossibleValue> =
            argument.get_possible_values().into_iter().map(value).collect();
        if !values.is_empty() {
            argument = argument.value_parser(PossibleValuesParser::new(values));
        }
    }
    let Some(help) = argument.get_help().map(|help| find(&help.to_string())) else {
        return argument;
    };
    if let Some(text) = argument.get_long_help().and_then(more) {
        let text = wrap(&find(&text), WIDTH.saturating_sub(INDENT));
        argument = argument.long_help(format!("{help}\n\n{text}"));
    }
    argument.help(help)
}

/// The names that stand for values: `FILE` is `ARCHIVO` where a translation is known.
fn placeholders(argument: Arg, tongue: Tongue) -> Arg {
    let known: Option<Vec<&'static str>> =
        placeholder_keys(&argument).iter().map(|key| tongue.find_word(key)).collect();
    match known {
        Some(names) => argument.value_names(names),
        None => argument,
    }
}

/// The keys of the names that stand for an argument's values.
pub(super) fn placeholder_keys(argument: &Arg) -> Vec<String> {
    let id = argument.get_id().as_str().to_uppercase();
    let names = argument.get_value_names().map(|names| names.iter().map(ToString::to_string));
    let names: Vec<String> = names.map_or_else(|| vec![id], Iterator::collect);
    let key = |name: &String| {
        let key = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        format!("value-{key}")
    };
    names.iter().map(key).collect()
}

/// Paragraphs, with empty lines between them, in lines of at most so many columns.
fn wrap(text: &str, width: usize) -> String {
    let paragraphs = text.split("\n\n").map(|paragraph| {
        let mut lines: Vec<String> = Vec::new();
        for word in paragraph.split_whitespace() {
            match lines.last_mut() {
                Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _full => lines.push(word.to_owned()),
            }
        }
        lines.join("\n")
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}
