//! What the README tells people to type is understood.

use clap::{CommandFactory as _, Parser as _};

use crate::cli::args::Cli;

const README: &str = include_str!("../../../README.md");

/// The words of a line in a shell, without what is sent elsewhere.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            '<' | '>' | '|' | ';' if !quoted => break,
            other => words.last_mut().unwrap().push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn every_line_of_the_tour_is_a_command() {
    let lines: Vec<&str> =
        README.lines().filter_map(|line| line.split_once("$ ceiba ")).map(|it| it.1).collect();
    assert!(lines.len() > 20, "the tour has {} commands", lines.len());
    for line in lines {
        let parsed = Cli::try_parse_from(["ceiba".to_owned()].into_iter().chain(words(line)));
        assert!(parsed.is_ok(), "ceiba {line}: {}", parsed.unwrap_err());
    }
}

#[test]
fn the_table_has_every_command() {
    let table: String = README.lines().filter(|line| line.starts_with("| `ceiba ")).collect();
    let known = |name: &str| table.split(['`', ' ']).any(|word| word == name);
    for command in Cli::command().get_subcommands().filter(|it| it.get_name() != "help") {
        assert!(known(command.get_name()), "{} is not in the table", command.get_name());
        for inner in command.get_subcommands().filter(|it| it.get_name() != "help") {
            let path = (command.get_name(), inner.get_name());
            // `ceiba conflicts` alone lists.
            assert!(known(inner.get_name()) || path == ("conflicts", "list"), "{path:?}");
        }
    }
}
