//! A first mapping from the header of a list, for people to edit.
//!
//! Columns are known by their labels in three languages, or by HXL tags. It is a guess, and says so:
//! what nobody recognised is listed, and what a record needs and no column has stands as a constant
//! that is to be looked at.

mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io::Read,
};

use self::words::{FIELDS, Field, KEYS, Shape};
use super::{
    csv::Format,
    encoding::Encoding,
    error::FileError,
    header::HeaderRule,
    hxl,
    list::{List, Reading},
    source::{FileKind, Source},
    text,
};
use crate::model::text::fold;

/// Bytes of a file by which its delimiter and encoding are guessed.
const HEAD_BYTES: u64 = 64 * 1024;

/// How a file is probably written: the delimiter that is most often in its header, and whether it
/// is UTF-8.
///
/// # Errors
/// When the file cannot be read.
pub fn reading(source: &Source, kind: FileKind) -> Result<Reading, FileError> {
    let safe = HeaderRule::Safe { languages: super::header::LANGUAGES.map(str::to_owned).to_vec() };
    let header = if kind == FileKind::Uwazi { safe } else { HeaderRule::Exact };
    let mut format = Format::default();
    if kind == FileKind::Csv {
        let mut head = Vec::new();
        source.open()?.take(HEAD_BYTES).read_to_end(&mut head)?;
        let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let count = |delimiter: u8| first.iter().filter(|byte| **byte == delimiter).count();
        let best = [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(|it| count(*it));
        format.delimiter = best.unwrap_or(b',');
        // A character may be cut at the end of what was read.
        let whole =
            str::from_utf8(&head).map_or_else(|error| error.error_len().is_none(), |_| true);
        format.fallback = (!whole).then_some(Encoding::Windows1252);
    }
    Ok(Reading { format, sheet: None, header })
}

/// A mapping for a list, in TOML.
#[must_use]
pub fn mapping(name: &str, list: &List, reading: &Reading) -> String {
    let found = recognised(list);
    let used: BTreeSet<&str> = found.values().flatten().map(String::as_str).collect();
    let key = key(list.header());
    let plain = fold(name).replace(' ', "-");
    let name = if plain.is_empty() { "list" } else { plain.as_str() };
    let mut toml = format!(
        "# A first mapping, guessed from the header: read it, correct it, and look at a dry run.\n\
         # How a mapping is written: examples/mappings/README.md.\n\n\
         mapping = 1\nname = {}\ndescription = \"\"\n",
        quoted(&text::cut(name, 60))
    );
    toml.push_str(&format_part(list, reading));
    let ignored: Vec<&String> = list
        .header()
        .iter()
        .filter(|column| !column.is_empty() && !used.contains(column.as_str()) && **column != key)
        .collect();
    let _infallible = write!(
        toml,
        "\n[row]\n# By these columns a row is known again: a number that never changes is best.\n\
         key = [{}]\n# No rule reads these yet: write rules for those that matter.\nignore = [{}]\n",
        quoted(&key),
        ignored.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ")
    );
    toml.push_str(&constants(&found));
    for field in FIELDS {
        if let Some(columns) = found.get(field.to) {
            toml.push_str(&rule(field, columns));
        }
    }
    toml
}

/// The columns of each field, by its path.
fn recognised(list: &List) -> BTreeMap<&'static str, Vec<String>> {
    let mut found: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for (place, column) in list.header().iter().enumerate() {
        let tag = list.tags().get(place).and_then(|tag| hxl::words(tag));
        let by_tag = tag.and_then(|tag| {
            FIELDS.iter().find(|field| field.tags.iter().any(|known| is_tag(&tag, known)))
        });
        let label = label(column);
        let exact = || FIELDS.iter().find(|field| field.words.contains(&label.as_str()));
        let within = || FIELDS.iter().find(|field| field.words.iter().any(|w| has_word(&label, w)));
        let Some(field) = by_tag.or_else(exact).or_else(within) else { continue };
        found.entry(field.to).or_default().push(column.clone());
    }
    found
}

/// What a column is called, without its group and its language.
fn label(column: &str) -> String {
    let name = column.rsplit('/').next().unwrap_or(column);
    let name = name.split("__").next().unwrap_or(name);
    fold(name)
}

/// Whether some words stand in a label, as whole words.
fn has_word(label: &str, word: &str) -> bool {
    word.len() > 3 && format!(" {label} ").contains(&format!(" {word} "))
}

/// Whether a tag is the known one, with whatever further attributes.
fn is_tag(tag: &str, known: &str) -> bool {
    let has: BTreeSet<&str> = tag.split(' ').collect();
    tag.split(' ').next() == known.split(' ').next() && known.split(' ').all(|w| has.contains(w))
}

fn key(header: &[String]) -> String {
    let known = |column: &&String| KEYS.contains(&fold(column).as_str());
    header.iter().find(known).or_else(|| header.first()).cloned().unwrap_or_default()
}

fn format_part(list: &List, reading: &Reading) -> String {
    let mut lines = Vec::new();
    match reading.format.delimiter {
        b'\t' => lines.push("delimiter = \"tab\"".to_owned()),
        b',' => {}
        other => lines.push(format!("delimiter = {}", quoted(&char::from(other).to_string()))),
    }
    if reading.format.fallback.is_some() {
        lines.push("fallback_encoding = \"latin-1\"".to_owned());
    }
    if reading.header != HeaderRule::Exact {
        lines.push("header = \"safe_name\"".to_owned());
    }
    let kinds = FileKind::ALL.iter().find(|(_, kind)| *kind == list.kind());
    if let Some((kind, _)) = kinds.filter(|(_, kind)| !matches!(kind, FileKind::Csv)) {
        lines.push(format!("kind = {}", quoted(kind)));
    }
    if let Some(sheet) = &reading.sheet {
        lines.push(format!("sheet = {}", quoted(sheet)));
    }
    lines.push("empty = [\"NA\", \"N/A\", \"SD\", \"S/D\"]".to_owned());
    format!("\n[format]\n{}\n", lines.join("\n"))
}

/// What a record needs: what no column seems to say is written for all rows.
fn constants(found: &BTreeMap<&'static str, Vec<String>>) -> String {
    let mut toml = "\n[constants]\n# True of every row: look at each.\n".to_owned();
    for (path, value) in [
        ("country", "CO"),
        ("summary", "-"),
        ("counting_unit", "individual"),
        ("consent/basis", "none_recorded"),
        ("acts/1/violation", "unknown"),
    ] {
        if !found.contains_key(path) {
            let _infallible = writeln!(toml, "{} = {}", quoted(path), quoted(value));
        }
    }
    toml.push_str("\"acts/1/victim\" = \"1\"\n");
    if !found.contains_key("date") {
        toml.push_str("date = \"XXXX\" # unknown\n");
    }
    toml
}

fn rule(field: &Field, columns: &[String]) -> String {
    let from: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    let from = match from.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    let mut toml = format!("\n[[field]]\nto = {}\nfrom = {from}\n", quoted(field.to));
    // Several texts are one; of several other values the first is taken.
    if columns.len() > 1 && !matches!(field.shape, Shape::Text | Shape::Set) {
        toml.push_str("first = true\n");
    }
    toml.push_str(match field.shape {
        Shape::Text => "default = \"-\"\n",
        Shape::Line => "",
        Shape::Name => "empty = [\"NN\", \"N.N.\"]\n",
        Shape::Date => {
            "dates = [\"iso\", \"day/month/year\", \"month/year\", \"words\", \"timestamp\"]\n\
             when_empty = \"warn\"\ndefault = \"XXXX\"\nwhen_unreadable = \"reject\"\n"
        }
        Shape::Point => "take = \"point\"\n",
        Shape::Set => "split = \"|\"\n[field.lookup]\n# \"the list's word\" = \"a code\"\n",
        Shape::Violation => {
            "default = \"unknown\"\notherwise = \"unknown\"\n[field.lookup]\n\
             # \"the list's word\" = \"a code\"\n\"amenaza\" = \"threat_harm\"\n\
             \"asesinato\" = \"killing\"\n\"assassinato\" = \"killing\"\n"
        }
        Shape::Sex => {
            "default = \"unknown\"\notherwise = \"unknown\"\n[field.lookup]\n\"F\" = \"female\"\n\
             \"femenino\" = \"female\"\n\"feminino\" = \"female\"\n\"mujer\" = \"female\"\n\
             \"mulher\" = \"female\"\n\"M\" = \"male\"\n\"masculino\" = \"male\"\n\
             \"hombre\" = \"male\"\n\"homem\" = \"male\"\n"
        }
    });
    toml
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests;
