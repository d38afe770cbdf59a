//! What clap itself says: headings of help, and what is wrong with a command line.
//!
//! clap has its texts in English in its code. They are few and fixed, so they are replaced in what
//! it has written; what stands between them is options and what was typed.

use super::Tongue;
use crate::model::vocabulary::Language;

/// clap's phrases, and those of our value parsers, with their keys; longer ones first where one is
/// a part of another.
pub(super) const PHRASES: &[(&str, &str)] = &[
    ("Print this message or the help of the given subcommand(s)", "usage-help-command"),
    ("(see more with '--help')", "usage-see-more"),
    ("(see a summary with '-h')", "usage-see-summary"),
    ("Print help", "usage-print-help"),
    ("Print version", "usage-print-version"),
    ("Possible values:", "usage-possible-values-are"),
    ("[possible values: ", "usage-possible-values"),
    ("[subcommands: ", "usage-subcommands"),
    ("[default: ", "usage-default"),
    ("[OPTIONS]", "usage-options-place"),
    ("<COMMAND>", "usage-command-place"),
    ("[COMMAND]", "usage-command-optional"),
    ("Usage:", "usage-usage"),
    ("Commands:\n", "usage-commands"),
    ("Arguments:\n", "usage-arguments"),
    ("Options:\n", "usage-options"),
    ("  tip: ", "usage-tip-of-clap"),
    ("a similar subcommand exists:", "usage-similar-subcommand"),
    ("some similar subcommands exist:", "usage-similar-subcommands"),
    ("a similar argument exists:", "usage-similar-argument"),
    ("some similar arguments exist:", "usage-similar-arguments"),
    ("a similar value exists:", "usage-similar-value"),
    ("some similar values exist:", "usage-similar-values"),
    ("unexpected argument '", "usage-unexpected-argument"),
    ("unexpected value '", "usage-unexpected-value"),
    ("unrecognized subcommand '", "usage-unknown-subcommand"),
    ("' found; no more were expected", "usage-no-more-expected"),
    ("' found", "usage-found"),
    ("the following required arguments were not provided:", "usage-missing-arguments"),
    ("requires a subcommand but one was not provided", "usage-missing-subcommand"),
    ("cannot be used multiple times", "usage-not-twice"),
    ("cannot be used with", "usage-not-together"),
    ("one or more of the other specified arguments", "usage-other-arguments"),
    ("the argument '", "usage-the-argument"),
    ("the subcommand '", "usage-the-subcommand"),
    ("invalid value '", "usage-invalid-value"),
    ("a value is required for '", "usage-value-required"),
    ("' but none was supplied", "usage-none-supplied"),
    ("' for '", "usage-for"),
    ("to pass '", "usage-to-pass"),
    ("' as a value, use '", "usage-as-value-use"),
    ("For more information, try '", "usage-more-information"),
    ("write a number and s, m, h, d or w:", "usage-duration-form"),
    ("write PATH=VALUE", "usage-assignment"),
    ("must be longer than nothing", "usage-duration-zero"),
    ("must be at most ten years", "usage-duration-long"),
];

/// A text of clap in this language.
pub(super) fn phrases(text: &str, tongue: Tongue) -> String {
    if tongue.language() == Language::English {
        return text.to_owned();
    }
    PHRASES.iter().fold(text.to_owned(), |text, (english, key)| {
        let Some(said) = tongue.find(key, None) else { return text };
        // Spaces at the end are no part of a Fluent text.
        let rest = english.trim_end_matches([' ', '\n', '\'']);
        let end = english.strip_prefix(rest).unwrap_or_default();
        text.replace(english, &format!("{said}{end}"))
    })
}
