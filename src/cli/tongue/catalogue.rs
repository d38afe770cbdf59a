//! The Fluent files, read once for each language.

use std::{borrow::Cow, sync::OnceLock};

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

use crate::model::vocabulary::Language;

/// A file: its name and what it holds.
pub(super) type File = (&'static str, &'static str);

macro_rules! files {
    ($language:literal: $($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../locale/", $language, "/", $name, ".ftl")))),*]
    };
}

/// The themes that every language has.
macro_rules! themes {
    ($language:literal, $($name:literal),* $(,)?) => {
        files!(
            $language: "common", "errors", "usage", "answers", "vocabulary", "verification",
            "linkage", "export", "import", "figures", "devices", "bundle",
            "evidence", "openrosa", "board", "alert", "statement", "joint", "board-views",
            "notify", "cap", $($name),*
        )
    };
}

/// The same with help and errors of nodes, whose English texts are in the code.
macro_rules! themes_with_help {
    ($language:literal) => {
        themes!(
            $language,
            "node",
            "help-shared",
            "help-node",
            "help-circles",
            "help-incidents",
            "help-vocabulary",
            "help-verification",
            "help-linkage",
            "help-evidence",
            "help-export",
            "help-import",
            "help-figures",
            "help-devices",
            "help-bundle",
            "help-openrosa",
            "help-board",
            "help-alert",
            "help-statement",
            "help-joint",
            "help-notify",
            "help-cap"
        )
    };
}

const ENGLISH: &[File] = themes!("en",);
const SPANISH: &[File] = themes_with_help!("es");
const PORTUGUESE: &[File] = themes_with_help!("pt");

/// The files of a language.
pub(super) const fn files(language: Language) -> &'static [File] {
    match language {
        Language::English => ENGLISH,
        Language::Spanish => SPANISH,
        Language::Portuguese => PORTUGUESE,
    }
}

type Bundle = FluentBundle<FluentResource>;

fn bundle(language: Language) -> &'static Bundle {
    static BUNDLES: [OnceLock<Bundle>; 3] = [const { OnceLock::new() }; 3];
    let [english, spanish, portuguese] = &BUNDLES;
    let (cell, code) = match language {
        Language::English => (english, "en"),
        Language::Spanish => (spanish, "es"),
        Language::Portuguese => (portuguese, "pt"),
    };
    cell.get_or_init(|| read(code, files(language)))
}

/// What of a file is malformed or twice is left out; tests hold that nothing is.
fn read(code: &str, files: &[File]) -> Bundle {
    let locale: LanguageIdentifier = code.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![locale]);
    // The marks would tell a terminal how to order names in scripts that run the other way; most
    // terminals show them as signs, and `Ui` takes them out.
    bundle.set_use_isolating(false);
    for (_, text) in files {
        let resource = FluentResource::try_new((*text).to_owned());
        let resource = resource.unwrap_or_else(|(rest, _errors)| rest);
        drop(bundle.add_resource(resource));
    }
    bundle
}

/// A message, or its attribute, with its arguments.
pub(super) fn text(
    language: Language,
    key: &str,
    attribute: Option<&str>,
    arguments: Option<&FluentArgs<'_>>,
) -> Option<Cow<'static, str>> {
    let bundle = bundle(language);
    let message = bundle.get_message(key)?;
    let pattern = match attribute {
        None => message.value()?,
        Some(name) => message.get_attribute(name)?.value(),
    };
    Some(bundle.format_pattern(pattern, arguments, &mut Vec::new()))
}
