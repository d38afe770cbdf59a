//! The properties of the template: one for each column that means something there.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::{
    api::export::Row,
    exchange::out::column::{Cell, Column, columns},
    model::{
        registry::{Date, Kind, Tier, Value, place, table},
        text::fold,
        vocabulary::{Language, Term, Vocabulary},
    },
};

/// What stands between several values of one cell.
const BETWEEN: &str = "|";
/// What stands between a group of a thesaurus and a value of it.
const GROUP: &str = "::";

/// One property.
pub(super) struct Property {
    pub(super) label: String,
    source: Source,
}

enum Source {
    Incident,
    Origin,
    Level,
    Field(Box<Column>),
}

/// Families of violations: code, English, Spanish, Portuguese.
const FAMILIES: &[(&str, [&str; 3])] = &[
    ("attack", ["Attack", "Ataque", "Ataque"]),
    ("criminalization", ["Criminalization", "Criminalización", "Criminalização"]),
    ("impunity", ["Impunity", "Impunidad", "Impunidade"]),
    ("property", ["Property", "Propiedad", "Propriedade"]),
    ("restriction", ["Restriction", "Restricción", "Restrição"]),
    ("stigmatization", ["Stigmatization", "Estigmatización", "Estigmatização"]),
    ("territory", ["Territory", "Territorio", "Território"]),
    ("threat", ["Threat", "Amenaza", "Ameaça"]),
];

/// The properties of a tier. A label is the same in all tiers.
pub(super) fn properties(tier: Tier) -> Vec<Property> {
    let fixed = [
        ("ceiba incident", Source::Incident),
        ("Organisation of origin", Source::Origin),
        ("Verification", Source::Level),
    ];
    let mut all: Vec<Property> = fixed
        .into_iter()
        .map(|(label, source)| Property { label: label.to_owned(), source })
        .collect();
    let mut taken: BTreeSet<String> = all.iter().map(|property| fold(&property.label)).collect();
    // All tiers are gone through, so that a label does not hang on what a tier leaves out.
    for column in columns(Tier::Sealed) {
        if matches!(column.spec.kind, Kind::Key(_)) {
            continue;
        }
        let label = column.spec.label.to_owned();
        let label =
            if taken.insert(fold(&label)) { label } else { format!("{label} ({})", column.name()) };
        if column.spec.tier >= tier && column.name() != table::TITLE {
            all.push(Property { label, source: Source::Field(Box::new(column)) });
        }
    }
    all
}

/// The list whose codes a column has.
fn list_of(column: &Column) -> Option<&'static str> {
    if let Kind::Code(list) = column.spec.kind {
        return Some(list);
    }
    column.spec.pattern.rsplit('/').next()?.strip_prefix('{')?.strip_suffix('}')
}

impl Property {
    /// The type of the property in Uwazi.
    fn kind(&self) -> &'static str {
        let column = match &self.source {
            Source::Incident | Source::Origin => return "text",
            Source::Level => return "select",
            Source::Field(column) => column,
        };
        let many = column.is_list();
        let kind = column.spec.kind;
        if list_of(column).is_some() || kind == Kind::Flag {
            return if many { "multiselect" } else { "select" };
        }
        match kind {
            Kind::Country | Kind::Admin1 => "select",
            Kind::Coordinate => "geolocation",
            Kind::Date if many => "multidaterange",
            Kind::Date => "daterange",
            Kind::Count if !many => "numeric",
            Kind::Narrative => "markdown",
            Kind::Count
            | Kind::Line
            | Kind::Name
            | Kind::Identifier
            | Kind::Code(_)
            | Kind::Flag
            | Kind::Language
            | Kind::Admin2Code
            | Kind::Key(_)
            | Kind::Digest
            | Kind::Org
            | Kind::Note => "text",
        }
    }

    pub(super) fn cell(&self, row: &Row, language: Language) -> String {
        let column = match &self.source {
            Source::Incident => return row.incident.to_string(),
            Source::Origin => {
                return row.origin_name.clone().unwrap_or_else(|| row.origin.to_string());
            }
            Source::Level => return label("verification_level", &row.level, language),
            Source::Field(column) => column,
        };
        let values = match column.cell(&row.record) {
            Cell::Empty => return String::new(),
            Cell::Value(value) => vec![value],
            Cell::List(values) => values.into_iter().flatten().collect(),
        };
        match (list_of(column), column.spec.kind) {
            (Some(list), _) => {
                let codes = values.iter().flat_map(codes);
                each_once(codes.map(|code| label(list, &code, language)))
            }
            (None, Kind::Flag) => each_once(values.iter().map(|value| yes_or_no(value, language))),
            (None, Kind::Date) => each_once(values.iter().map(range)),
            (None, Kind::Country) => each_once(values.iter().map(|it| country(&it.to_string()))),
            (None, Kind::Admin1) => each_once(values.iter().map(|it| region(&it.to_string()))),
            (None, Kind::Coordinate) => values
                .first()
                .map(|it| it.to_string().replacen(',', BETWEEN, 1))
                .unwrap_or_default(),
            (None, Kind::Narrative) => joined(&values, "\n\n"),
            _text => joined(&values, "; "),
        }
    }

    /// The values of its thesaurus as far as they are known.
    fn thesaurus(&self, language: Language) -> Option<(String, Json)> {
        let name = match &self.source {
            Source::Incident | Source::Origin => return None,
            Source::Level => "verification_level",
            Source::Field(column) => list_of(column)?,
        };
        let terms = Vocabulary::built_in().list(name);
        if name != "violation_type" {
            let values: Vec<Json> =
                terms.iter().map(|term| json!({ "label": plain(term, language) })).collect();
            return Some((name.to_owned(), Json::Array(values)));
        }
        let groups = FAMILIES.iter().map(|(family, _)| {
            let members = terms.iter().filter(|term| term.family() == Some(family));
            let members: Vec<Json> =
                members.map(|term| json!({ "label": plain(term, language) })).collect();
            json!({ "label": family_label(family, language), "values": members })
        });
        Some((name.to_owned(), groups.collect()))
    }
}

/// The codes of a value; `perpetrator:involvement` counts by the latter.
fn codes(value: &Value) -> Vec<String> {
    let text = value.to_string();
    let codes = text.split(';').map(|code| code.rsplit(':').next().unwrap_or(code).to_owned());
    codes.collect()
}

fn each_once(values: impl Iterator<Item = String>) -> String {
    let mut seen = Vec::new();
    for value in values.filter(|value| !value.is_empty()) {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen.join(BETWEEN)
}

fn joined(values: &[Value], between: &str) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}

/// A label without the signs that separate values.
fn plain(term: &Term, language: Language) -> String {
    term.label(language).replace('|', "/").replace(GROUP, ":")
}

fn label(list: &str, code: &str, language: Language) -> String {
    let Some(term) = Vocabulary::built_in().term(list, code) else { return code.to_owned() };
    match term.family() {
        Some(family) => {
            format!("{}{GROUP}{}", family_label(family, language), plain(term, language))
        }
        None => plain(term, language),
    }
}

fn family_label(family: &str, language: Language) -> &str {
    let found = FAMILIES.iter().find(|(code, _)| *code == family);
    found.map_or(family, |(_, [english, spanish, portuguese])| match language {
        Language::English => english,
        Language::Spanish => spanish,
        Language::Portuguese => portuguese,
    })
}

fn yes_or_no(value: &Value, language: Language) -> String {
    let text = match (value.as_flag(), language) {
        (Some(true), Language::English) => "Yes",
        (Some(true), Language::Spanish) => "Sí",
        (Some(true), Language::Portuguese) => "Sim",
        (Some(false), Language::English | Language::Spanish) => "No",
        (Some(false), Language::Portuguese) => "Não",
        (None, _) => "",
    };
    text.to_owned()
}

/// The first and the last day; a side that is open is empty.
fn range(value: &Value) -> String {
    let date: Option<Date> = value.as_text().and_then(|text| text.parse().ok());
    let Some(date) = date else { return String::new() };
    let day = |day: Option<jiff::civil::Date>| day.map(|it| it.to_string()).unwrap_or_default();
    match (date.earliest(), date.latest()) {
        (None, None) => String::new(),
        (first, last) => format!("{}:{}", day(first), day(last)),
    }
}

fn country(code: &str) -> String {
    let known = place::COUNTRIES.iter().find(|(known, _)| *known == code);
    known.and_then(|(_, names)| names.first().copied()).unwrap_or(code).to_owned()
}

fn region(code: &str) -> String {
    let of = country(code.split('-').next().unwrap_or_default());
    let name = place::by_code(code).map_or(code, |known| known.name);
    format!("{of}{GROUP}{name}")
}

/// The template with its thesauri.
pub(super) fn template(properties: &[Property], tier: Tier, language: Language) -> Json {
    let mut thesauri = serde_json::Map::new();
    let defined: Vec<Json> = properties
        .iter()
        .map(|property| {
            let thesaurus = property.thesaurus(language);
            let mut definition = json!({ "label": property.label, "type": property.kind() });
            if let (Some((name, values)), Some(definition)) =
                (thesaurus, definition.as_object_mut())
            {
                definition.insert("thesaurus".to_owned(), json!(name));
                thesauri.insert(name, values);
            }
            definition
        })
        .collect();
    let thesauri: Vec<Json> = thesauri
        .into_iter()
        .map(|(name, values)| json!({ "name": name, "values": values }))
        .collect();
    json!({
        "how": "Make the thesauri, then a template with these properties in Uwazi (Settings, \
                Templates), then import the CSV or the ZIP into it. Uwazi makes the properties' \
                names from their labels and adds values that a thesaurus lacks.",
        "name": format!("Incident ({tier})"),
        "commonProperties": [
            { "label": "Title", "name": "title", "type": "text", "isCommonProperty": true },
            { "label": "Date added", "name": "creationDate", "type": "date", "isCommonProperty": true },
            { "label": "Date modified", "name": "editDate", "type": "date", "isCommonProperty": true },
        ],
        "properties": defined,
        "thesauri": thesauri,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_apart_and_the_same_in_all_tiers() {
        let sealed = properties(Tier::Sealed);
        let labels: BTreeSet<String> = sealed.iter().map(|it| fold(&it.label)).collect();
        assert_eq!(labels.len(), sealed.len());
        for tier in [Tier::Restricted, Tier::Coalition, Tier::Public] {
            assert!(properties(tier).iter().all(|it| labels.contains(&fold(&it.label))));
        }
    }

    #[test]
    fn every_family_has_its_label() {
        let terms = Vocabulary::built_in().list("violation_type");
        for family in terms.iter().filter_map(Term::family) {
            assert!(FAMILIES.iter().any(|(code, _)| *code == family), "{family}");
        }
    }
}
