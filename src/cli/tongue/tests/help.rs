//! Help in every language: each text is translated, nothing is left over, and all of it fits.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Command, CommandFactory as _};

use super::{PORTUGUESE, SPANISH, files};
use crate::{
    cli::{args::Cli, tongue::help},
    model::vocabulary::Language,
};

/// The texts of a command that are translated, each once for each place.
fn texts(command: &Command) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    found.extend(command.get_about().map(ToString::to_string));
    found.extend(command.get_long_about().and_then(help::more));
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    found.extend(after.lines().filter(|line| help::is_heading(line)).map(str::to_owned));
    found.extend(command.get_after_long_help().map(ToString::to_string));
    for argument in command.get_arguments() {
        found.extend(argument.get_help_heading().map(str::to_owned));
        found.extend(argument.get_help().map(ToString::to_string));
        found.extend(argument.get_long_help().and_then(help::more));
        let values = argument.get_possible_values();
        found.extend(values.iter().filter_map(|it| it.get_help().map(ToString::to_string)));
    }
    found
}

fn collect(command: &Command, found: &mut Vec<String>) {
    found.extend(texts(command));
    for inner in command.get_subcommands() {
        collect(inner, found);
    }
}

/// The English texts by their keys.
fn english() -> BTreeMap<String, String> {
    let (mut texts, mut keys) = (Vec::new(), BTreeMap::new());
    collect(&Cli::command(), &mut texts);
    for text in texts {
        let before = keys.insert(help::key(&text), text.clone());
        assert!(before.as_ref().is_none_or(|it| *it == text), "{before:?} and {text:?}: one key");
    }
    keys
}

#[test]
fn all_help_is_translated_and_no_translation_is_left_over() {
    let english = english();
    assert!(english.len() > 200, "{}", english.len());
    for (tongue, language) in [(SPANISH, Language::Spanish), (PORTUGUESE, Language::Portuguese)] {
        let missing: Vec<_> =
            english.iter().filter(|(key, _)| tongue.find(key, None).is_none()).collect();
        assert!(missing.is_empty(), "{language:?}: {} are missing: {missing:#?}", missing.len());
        let known: BTreeSet<String> =
            files::keys(language).into_iter().filter(|key| key.starts_with("help-")).collect();
        let unused: Vec<_> = known.iter().filter(|key| !english.contains_key(*key)).collect();
        assert!(unused.is_empty(), "{language:?}: {unused:#?}");
    }
}

/// The keys of the names that stand for values, where one is given.
fn placeholders(command: &Command, found: &mut BTreeSet<String>) {
    let with_value = command.get_arguments().filter(|it| it.get_action().takes_values());
    found.extend(with_value.flat_map(help::placeholder_keys));
    for inner in command.get_subcommands() {
        placeholders(inner, found);
    }
}

#[test]
fn what_stands_for_a_value_is_translated() {
    let mut keys = BTreeSet::new();
    placeholders(&Cli::command(), &mut keys);
    assert!(keys.len() > 80, "{}", keys.len());
    for (tongue, language) in [(SPANISH, Language::Spanish), (PORTUGUESE, Language::Portuguese)] {
        let missing: Vec<_> = keys.iter().filter(|key| tongue.find(key, None).is_none()).collect();
        assert!(missing.is_empty(), "{language:?}: {missing:#?}");
        let known = files::keys(language).into_iter().filter(|key| key.starts_with("value-"));
        let unused: Vec<_> = known.filter(|key| !keys.contains(key)).collect();
        assert!(unused.is_empty(), "{language:?}: {unused:#?}");
    }
}

#[test]
fn a_changed_text_has_another_key() {
    assert_eq!(
        help::key("Make a ticket, for one organisation"),
        "help-make-a-ticket-for-one-organisation"
    );
    let long = "One two three four five six seven eight nine";
    assert_eq!(help::key(long), "help-one-two-three-four-five-six-seven-eight-9");
    assert_ne!(help::key(long), help::key(&format!("{long} ten")));
}

#[test]
fn the_translated_command_line_is_well_formed() {
    help::command(SPANISH).debug_assert();
    help::command(PORTUGUESE).debug_assert();
}
