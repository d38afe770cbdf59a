//! How the header of a list is matched with the names in a mapping.
//!
//! Exactly as it stands; or, as Uwazi does it, by **safe names**: lower case, no accents, `_` for
//! everything between the words. Then columns of one text in several languages (`title__es`,
//! `title__pt`) also give one column without the language: the first that says something.

use crate::model::text::fold;

/// How names of columns are compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum HeaderRule {
    /// As they stand.
    #[default]
    Exact,
    /// By safe names, and the language that is taken first where there are several.
    Safe {
        /// Languages in the order in which they are wanted.
        languages: Vec<String>,
    },
}

/// Languages in the order in which they are wanted unless a mapping says otherwise.
pub(super) const LANGUAGES: [&str; 3] = ["es", "en", "pt"];

impl HeaderRule {
    /// A name of a column as this rule compares it.
    #[must_use]
    pub fn name(&self, name: &str) -> String {
        match self {
            Self::Exact => name.to_owned(),
            Self::Safe { .. } => safe_name(name),
        }
    }
}

/// The safe name, with the suffix of a language if there is one.
#[must_use]
pub fn safe_name(name: &str) -> String {
    match language(name) {
        Some((base, code)) => format!("{}__{code}", words(base)),
        None => words(name),
    }
}

fn words(name: &str) -> String {
    fold(name).replace(' ', "_")
}

/// The name without its language, and the language.
fn language(name: &str) -> Option<(&str, &str)> {
    let (base, code) = name.trim().rsplit_once("__")?;
    let is_code = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase());
    (is_code && !base.is_empty()).then_some((base, code))
}

/// Which cells of the file make which cells of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) names: Vec<String>,
    /// For each name the cells of the file, of which the first that says something is taken.
    cells: Vec<Vec<usize>>,
}

impl Columns {
    pub(super) fn new(header: &[String], rule: &HeaderRule) -> Self {
        let names: Vec<String> = header.iter().map(|name| rule.name(name)).collect();
        let mut cells: Vec<Vec<usize>> = (0..names.len()).map(|place| vec![place]).collect();
        let HeaderRule::Safe { languages } = rule else { return Self { names, cells } };
        let mut all = names.clone();
        for name in &names {
            let Some((base, _)) = language(name) else { continue };
            if all.iter().any(|known| known == base) {
                continue;
            }
            let wanted = |code: &String| names.iter().position(|n| *n == format!("{base}__{code}"));
            let mut found: Vec<usize> = languages.iter().filter_map(wanted).collect();
            let rest = names
                .iter()
                .enumerate()
                .filter(|(_, name)| language(name).is_some_and(|(other, _)| other == base));
            found.extend(rest.map(|(place, _)| place));
            all.push(base.to_owned());
            cells.push(found);
        }
        Self { names: all, cells }
    }

    /// The cells of a row in the order of the names.
    pub(super) fn of(&self, row: Vec<String>) -> Vec<String> {
        if self.cells.len() == row.len() {
            return row;
        }
        let said = |places: &Vec<usize>| {
            let cells = places.iter().filter_map(|place| row.get(*place));
            cells.clone().find(|cell| !cell.is_empty()).cloned().unwrap_or_default()
        };
        self.cells.iter().map(said).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn safe_names_forget_case_accents_and_spaces_and_keep_the_language() {
        for (name, safe) in [
            ("Fecha del Hecho", "fecha_del_hecho"),
            ("  Situação/estado ", "situacao_estado"),
            ("Title__es", "title__es"),
            ("Título__pt", "titulo__pt"),
            ("a__b__c", "a_b_c"),
            ("__es", "es"),
        ] {
            assert_eq!(safe_name(name), safe, "{name}");
        }
    }

    #[test]
    fn the_wanted_language_is_taken_and_else_any() {
        let rule = HeaderRule::Safe { languages: texts(&["es", "en"]) };
        let columns = Columns::new(&texts(&["id", "Title__en", "Title__es", "Title__pt"]), &rule);
        assert_eq!(columns.names, ["id", "title__en", "title__es", "title__pt", "title"]);
        let title = |cells: &[&str]| columns.of(texts(cells))[4].clone();
        assert_eq!(title(&["1", "in English", "en español", ""]), "en español");
        assert_eq!(title(&["1", "in English", "", ""]), "in English");
        assert_eq!(title(&["1", "", "", "em português"]), "em português");
    }

    #[test]
    fn exact_names_stay() {
        let header = texts(&["A b", "c__es"]);
        let columns = Columns::new(&header, &HeaderRule::Exact);
        assert_eq!(
            (columns.names.clone(), columns.of(texts(&["1", "2"]))),
            (header, texts(&["1", "2"]))
        );
    }
}
