//! Taking a written name apart.

use super::MAX_PARTS;
use crate::model::text::fold;

/// Bytes of a name that are read.
const MAX_BYTES: usize = 400;

/// Words between the parts of a name.
const PARTICLES: &[&str] = &[
    "d", "da", "das", "de", "del", "della", "di", "do", "dos", "e", "el", "i", "la", "las", "lo",
    "los", "y",
];

/// Words beside a name that are none.
const TITLES: &[&str] = &[
    "don", "dona", "sr", "sra", "senor", "senora", "senhor", "senhora", "dr", "dra", "doctor",
    "doctora", "ing", "jr", "junior", "vda", "viuda", "viuva", "hno", "hna",
];

/// Words that stand in the place of a name.
const NOBODY: &[&str] = &[
    "anonimo",
    "anonima",
    "campesino",
    "campesina",
    "comunero",
    "comunera",
    "crianca",
    "datos",
    "desconhecido",
    "desconhecida",
    "desconocido",
    "desconocida",
    "dado",
    "dados",
    "edad",
    "esposa",
    "esposo",
    "familia",
    "familiar",
    "hijo",
    "hija",
    "filho",
    "filha",
    "hombre",
    "homem",
    "identificado",
    "identificada",
    "identificar",
    "indigena",
    "informacao",
    "informacion",
    "informado",
    "joven",
    "jovem",
    "lider",
    "lideresa",
    "lideranca",
    "menor",
    "mujer",
    "mulher",
    "na",
    "nao",
    "nn",
    "nd",
    "nino",
    "nina",
    "ninguno",
    "no",
    "nombre",
    "nome",
    "persona",
    "personas",
    "pessoa",
    "por",
    "reservado",
    "reservada",
    "s",
    "sem",
    "sin",
    "trabalhador",
    "trabajador",
    "unknown",
    "victima",
    "vitima",
    "xx",
    "xxx",
];

/// Beginnings of what names nobody, whatever follows.
const UNNAMED: &[&str] =
    &["nn", "n n", "sin ", "sem ", "no ", "nao ", "por ", "desconoci", "desconheci", "anonim"];

/// Words before an alias.
const ALIAS: &[&str] = &[
    " alias ",
    " apodo ",
    " apodado ",
    " apodada ",
    " vulgo ",
    " apelido ",
    " conocido como ",
    " conocida como ",
    " conhecido como ",
    " conhecida como ",
];

/// The parts of a name and the words of its aliases, folded. None of the name's if it names nobody.
pub(super) fn parse(name: &str, alias: &str) -> (Vec<String>, Vec<String>) {
    let (name, mut aliases) = split_aliases(&cut(name));
    aliases.extend(words(&cut(alias)));
    let folded = fold_name(&name);
    let unnamed = UNNAMED.iter().any(|start| {
        folded == start.trim_end()
            || folded
                .strip_prefix(start)
                .is_some_and(|rest| start.ends_with(' ') || !rest.starts_with(char::is_alphabetic))
            || (start.len() > 4 && folded.starts_with(start))
    });
    let mut parts = if unnamed { Vec::new() } else { words(&name) };
    if parts.iter().all(|part| part.chars().count() == 1) {
        parts.clear();
    }
    parts.truncate(MAX_PARTS);
    aliases.retain(|word| word.chars().count() > 2 && !parts.contains(word));
    aliases.dedup();
    aliases.truncate(MAX_PARTS);
    (parts, aliases)
}

fn cut(text: &str) -> String {
    let mut bytes = 0_usize;
    text.chars()
        .take_while(|letter| {
            bytes = bytes.saturating_add(letter.len_utf8());
            bytes <= MAX_BYTES
        })
        .collect()
}

/// Folded, with what Portuguese writes for a sharp s as that.
fn fold_name(text: &str) -> String {
    fold(&text.replace(['ç', 'Ç'], "s"))
}

/// The words that are parts of a name.
fn words(text: &str) -> Vec<String> {
    let folded = fold_name(text);
    folded
        .split(' ')
        .filter(|word| !word.is_empty() && word.chars().all(char::is_alphabetic))
        .filter(|word| [PARTICLES, TITLES, NOBODY].iter().all(|list| !list.contains(word)))
        .map(|word| without_particle(word).to_owned())
        .collect()
}

/// `delahoz` without the particles that are written as one with it.
fn without_particle(word: &str) -> &str {
    let rest = ["delas", "delos", "dela"].iter().find_map(|joined| word.strip_prefix(joined));
    rest.filter(|rest| rest.chars().count() > 2).unwrap_or(word)
}

/// What is in quotes or parentheses, or behind a word such as *alias*, apart from the rest.
fn split_aliases(name: &str) -> (String, Vec<String>) {
    let (mut outside, mut inside) = (String::new(), String::new());
    let mut until: Option<char> = None;
    for letter in name.chars() {
        match (until, letter) {
            (Some(end), letter) if letter == end => {
                until = None;
                inside.push(' ');
                outside.push(' ');
            }
            (Some(_), letter) => inside.push(letter),
            (None, '(') => until = Some(')'),
            (None, '[') => until = Some(']'),
            (None, '"') => until = Some('"'),
            (None, '“') => until = Some('”'),
            (None, '«') => until = Some('»'),
            (None, '‘') => until = Some('’'),
            (None, letter) => outside.push(letter),
        }
    }
    let padded = format!(" {} ", fold_name(&outside));
    let marked =
        ALIAS.iter().filter_map(|mark| padded.split_once(mark)).min_by_key(|it| it.0.len());
    let (outside, behind) = match marked {
        Some((before, behind)) => (before.to_owned(), behind.to_owned()),
        None => (outside, String::new()),
    };
    let mut aliases = words(&inside.replace("alias", " "));
    aliases.extend(words(&behind));
    (outside, aliases)
}
