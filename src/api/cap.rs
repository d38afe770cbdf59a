//! Alerts to and from systems that are no ceiba, as messages of CAP 1.2.

use serde::{Deserialize, Serialize};

use crate::api::{alert::AlertDetail, request::CircleName};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CapRequest {
    /// Writes an alert, or what was said to it. Answer: `CapMessage`.
    Export(CapExport),
    /// Reads a message. Answer: `CapRead`.
    Import(CapImport),
}

/// What is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CapExport {
    /// The alert's id or a prefix of it.
    pub alert: String,
    /// An entry of it, by the first digits of its hash; left out: the closing, or the newest update,
    /// or the alert.
    pub entry: Option<String>,
    /// Whether an entry is written though it does not count.
    pub anyway: bool,
    /// Tags of languages: `es-CO`, `pt-BR`, `en`; none: all three.
    pub languages: Vec<String>,
    /// Who may have it.
    pub scope: CapScope,
    /// Whether it is a draft.
    pub draft: bool,
    /// Code of the type of violation.
    pub event: Option<String>,
    /// A circle in which it is; only if those concerned agreed that it is told.
    pub around: Option<Around>,
}

/// Who may have a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CapScope {
    /// Those whom the alert calls.
    #[default]
    Private,
    /// Members of the coalition, and those whom it allows.
    Restricted,
    /// Everybody.
    Public,
}

/// A circle; rounded before it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Around {
    /// `latitude,longitude`.
    pub point: String,
    /// Its radius.
    pub kilometres: u16,
}

/// A message that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapMessage {
    /// Its id: of the alert or the entry.
    pub identifier: String,
    /// `Alert`, `Update`, `Cancel` or `Ack`.
    pub kind: String,
    /// The message.
    pub xml: String,
}

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapImport {
    /// The message.
    pub xml: String,
    /// The language that is read best: `en`, `es`, `pt`.
    pub language: String,
    /// Whether nothing is raised.
    pub dry_run: bool,
    /// Whether it is raised though it is over, is not for everybody, or was raised before.
    #[serde(default)]
    pub anyway: bool,
    /// The circle in which an alert is raised; left out: the only coalition.
    #[serde(default)]
    pub circle: Option<CircleName>,
    /// The country, if the message names none.
    #[serde(default)]
    pub country: Option<String>,
    /// The code of the person; left out: this device's.
    #[serde(default)]
    pub by: Option<String>,
}

/// What a message of another system says. Nobody has proven that it is of whom it says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapRead {
    /// `alert`, `update`, `acknowledgement`, `stand-down`, `refused` or `nothing`.
    pub proposes: String,
    /// Who sent it, as it says.
    pub sender: String,
    /// The sender's name, as it says.
    pub sender_name: Option<String>,
    /// Its id.
    pub identifier: String,
    /// When, as it says, in UTC.
    pub sent: String,
    /// Whether it is an exercise.
    pub drill: bool,
    /// Code of the level.
    pub level: Option<String>,
    /// What is going on.
    pub what: Option<String>,
    /// The same at length.
    pub description: Option<String>,
    /// Two letters.
    pub country: Option<String>,
    /// ISO 3166-2.
    pub admin1: Option<String>,
    /// Where, in words.
    pub area: Option<String>,
    /// When it expires.
    pub expires: Option<String>,
    /// What an acknowledgement says.
    pub stance: Option<String>,
    /// What a closing says.
    pub outcome: Option<String>,
    /// The messages that it speaks of.
    pub references: Vec<CapReference>,
    /// The alert that was raised of it.
    pub raised: Option<Box<AlertDetail>>,
}

/// A message that another speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapReference {
    /// Its sender.
    pub sender: String,
    /// Its id.
    pub identifier: String,
    /// The alert here that it is, or whose entry it is.
    pub alert: Option<String>,
}
