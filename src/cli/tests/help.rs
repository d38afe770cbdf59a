//! Help, completions, man pages.

use clap::{Command, CommandFactory as _};

use super::run;
use crate::cli::{args::Cli, render::WIDTH};

fn for_every_command(command: &Command, path: &str, check: &mut impl FnMut(&Command, &str)) {
    check(command, path);
    for sub in command.get_subcommands() {
        if sub.get_name() != "help" {
            for_every_command(sub, &format!("{path} {}", sub.get_name()), check);
        }
    }
}

#[test]
fn the_command_line_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_explains_itself_with_an_example_that_parses() {
    let mut commands = 0;
    for_every_command(&Cli::command(), "ceiba", &mut |command, path| {
        commands += 1;
        assert!(command.get_about().is_some(), "{path} says nothing");
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let example =
            ["Example:\n  ", "Examples:\n  "].into_iter().find_map(|it| help.split_once(it));
        let example = example.unwrap_or_else(|| panic!("{path}: {help}")).1;
        let example = example.replace("\\\n", " ");
        let line = example.lines().next().unwrap_or_default();
        let words = words(line.split(" > ").next().unwrap().split(" < ").next().unwrap());
        if let Err(error) = <Cli as clap::Parser>::try_parse_from(words) {
            panic!("{path}: {line}\n{error}");
        }
        assert!(line.starts_with(path), "the example of {path} is {line}");
        for argument in command.get_arguments() {
            let hidden = ["help", "version"].contains(&argument.get_id().as_str());
            assert!(hidden || argument.get_help().is_some(), "{path} {}", argument.get_id());
        }
    });
    assert!(commands > 35, "{commands}");
}

/// Words of a command line with double quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(character),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn the_commands_of_the_plan_are_there() {
    let mut paths = Vec::new();
    for_every_command(&Cli::command(), "", &mut |_, path| paths.push(path.trim().to_owned()));
    let planned = "init|run|status|coalition create|coalition list|invite create|invite list|\
        invite revoke|join|proposal list|proposal show|proposal approve|member list|\
        member remove|member suspend|member reinstate|circle create|circle list|circle add|\
        circle remove|incident add|incident list|incident show|incident edit|incident share|incident import|\
        import|import mapping save|import mapping list|import mapping show|import mapping remove|import mapping suggest|\
        cluster candidates|cluster same|cluster not-same|cluster undo|cluster list|cluster show|\
        link add|link list|link remove|conflicts|conflicts settle|peer add|peer list|sync|demo|completions|man";
    for command in planned.split('|') {
        assert!(paths.iter().any(|path| path == command), "{command}");
    }
}

#[test]
fn help_is_a_result_that_fits() {
    let ended = run("--help");
    assert_eq!(ended.code, 0);
    assert!(ended.out.contains("Exit codes:") && ended.err.is_empty());
    let mut wide = Vec::new();
    for_every_command(&Cli::command(), "", &mut |_, path| {
        for (option, lang) in [
            ("-h", "en"),
            ("--help", "en"),
            ("-h", "es"),
            ("--help", "es"),
            ("-h", "pt"),
            ("--help", "pt"),
        ] {
            let line = format!("{path} {option} --lang {lang}");
            let help = run(line.trim()).out;
            assert!(lang == "en" || !says_english(&help), "{line}: {help}");
            let lines = help.lines().filter(|line| line.chars().count() > WIDTH);
            wide.extend(lines.map(|wide| format!("{line}: {wide}")));
        }
    });
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}

/// Whether clap's own English words are left over.
fn says_english(help: &str) -> bool {
    let words = ["Usage:", "Commands:", "Options:", "Print ", "[default", "[possible", "COMMAND"];
    words.iter().any(|word| help.contains(word))
}

#[test]
fn help_speaks_the_readers_language() {
    let ended = run("--lang es incident add --help");
    assert_eq!(ended.code, 0);
    for part in
        ["Registrar un incidente", "Uso: ceiba incident add [OPCIONES]", "Ejemplo:\n  ceiba"]
    {
        assert!(ended.out.contains(part), "{part}: {}", ended.out);
    }
    let ended = run("--lang=pt circle");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("Comandos:"), "{}", ended.err);
    let ended = run("propozal list --lang pt");
    assert!(ended.err.starts_with("erro: não se conhece o comando 'propozal'"), "{}", ended.err);
    assert!(ended.err.contains("dica: há um comando parecido: 'proposal'"), "{}", ended.err);
    let ended = run("sync --timeout 0s --lang es");
    assert!(ended.err.contains("debe durar más que nada"), "{}", ended.err);
}

#[test]
fn completions_and_man_pages_are_generated() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = run(&format!("completions {shell}"));
        assert!(ended.code == 0 && ended.out.contains("incident"), "{shell}");
    }
    assert!(run("man").out.contains(".TH ceiba"));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&format!("man --out {}", folder.path().display())).code, 0);
    let page = std::fs::read_to_string(folder.path().join("ceiba-incident-add.1")).unwrap();
    assert!(page.contains("death_threat"));
}
