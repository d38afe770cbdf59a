//! A mapping file as it is written.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) mapping: u32,
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) format: Format,
    pub(super) row: Row,
    #[serde(default)]
    pub(super) constants: BTreeMap<String, toml::Value>,
    #[serde(default)]
    pub(super) field: Vec<Field>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Format {
    pub(super) delimiter: Option<String>,
    pub(super) encoding: Option<String>,
    pub(super) fallback_encoding: Option<String>,
    #[serde(default)]
    pub(super) empty: Vec<String>,
    pub(super) kind: Option<String>,
    pub(super) sheet: Option<String>,
    pub(super) header: Option<String>,
    #[serde(default)]
    pub(super) languages: Vec<String>,
    pub(super) columns: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) key: Vec<String>,
    #[serde(default)]
    pub(super) else_key: Vec<String>,
    #[serde(default)]
    pub(super) event: Vec<String>,
    #[serde(default)]
    pub(super) needs_one_of: Vec<String>,
    #[serde(default)]
    pub(super) ignore: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Field {
    pub(super) to: String,
    pub(super) from: toml::Value,
    pub(super) join: Option<String>,
    pub(super) split: Option<String>,
    pub(super) take: Option<String>,
    #[serde(default)]
    pub(super) first: bool,
    #[serde(default)]
    pub(super) range: bool,
    #[serde(default)]
    pub(super) labels: bool,
    pub(super) otherwise: Option<toml::Value>,
    #[serde(default)]
    pub(super) empty: Vec<String>,
    #[serde(default)]
    pub(super) dates: Vec<String>,
    pub(super) no_such_day: Option<String>,
    #[serde(default)]
    pub(super) lookup: BTreeMap<String, toml::Value>,
    pub(super) default: Option<toml::Value>,
    pub(super) when_empty: Option<String>,
    pub(super) when_unreadable: Option<String>,
    #[serde(default)]
    pub(super) with: BTreeMap<String, toml::Value>,
}
