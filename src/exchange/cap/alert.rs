//! A message as CAP 1.2 has it, with all that may stand in it.

use super::{
    codes::{Category, Certainty, MessageType, ResponseType, Scope, Severity, Status, Urgency},
    time::CapTime,
};

/// Implements `Debug` without a value: messages of others hold names and places.
macro_rules! quiet {
    ($($name:ident),+) => {
        $(impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        })+
    };
}
quiet!(CapAlert, Info, Area, Named, Resource, Reference);

/// One message.
#[derive(Clone, PartialEq, Eq)]
pub struct CapAlert {
    /// Its id, unique for its sender.
    pub identifier: String,
    /// Who sent it: an address or a key, as the sender says.
    pub sender: String,
    /// When.
    pub sent: CapTime,
    /// How to handle it.
    pub status: Status,
    /// What it is.
    pub message: MessageType,
    /// Where the sender has it from.
    pub source: Option<String>,
    /// Who may have it.
    pub scope: Scope,
    /// The rule by which it is restricted.
    pub restriction: Option<String>,
    /// Whom it is addressed to.
    pub addresses: Vec<String>,
    /// Codes for how to handle it.
    pub codes: Vec<String>,
    /// What its purpose is.
    pub note: Option<String>,
    /// The messages that it speaks of.
    pub references: Vec<Reference>,
    /// Names of incidents.
    pub incidents: Vec<String>,
    /// What it says, once for each language.
    pub infos: Vec<Info>,
}

/// A message that another speaks of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Its sender.
    pub sender: String,
    /// Its id.
    pub identifier: String,
    /// When it was sent.
    pub sent: CapTime,
}

/// What a message says in one language.
#[derive(Clone, PartialEq, Eq)]
pub struct Info {
    /// The language's tag, as `es-CO`.
    pub language: Option<String>,
    /// What it is about; one at least.
    pub categories: Vec<Category>,
    /// What happens.
    pub event: String,
    /// What is to be done.
    pub responses: Vec<ResponseType>,
    /// When something must be done.
    pub urgency: Urgency,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub certainty: Certainty,
    /// For whom it is.
    pub audience: Option<String>,
    /// Codes of what happens.
    pub event_codes: Vec<Named>,
    /// From when on it holds.
    pub effective: Option<CapTime>,
    /// When it begins.
    pub onset: Option<CapTime>,
    /// Until when it holds.
    pub expires: Option<CapTime>,
    /// The sender's name for people.
    pub sender_name: Option<String>,
    /// In one line.
    pub headline: Option<String>,
    /// At length.
    pub description: Option<String>,
    /// What to do.
    pub instruction: Option<String>,
    /// A page about it.
    pub web: Option<String>,
    /// Whom to ask.
    pub contact: Option<String>,
    /// Values of the sender's own.
    pub parameters: Vec<Named>,
    /// Files.
    pub resources: Vec<Resource>,
    /// Where.
    pub areas: Vec<Area>,
}

/// A value with the name of what it is a value of.
#[derive(Clone, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// A file that a message speaks of. Never fetched.
#[derive(Clone, PartialEq, Eq)]
pub struct Resource {
    /// What it is.
    pub description: String,
    /// Its MIME type.
    pub mime: String,
}

/// A place.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Area {
    /// In words.
    pub description: String,
    /// Closed rings of `latitude,longitude`.
    pub polygons: Vec<String>,
    /// `latitude,longitude radius`, in kilometres.
    pub circles: Vec<String>,
    /// Codes of places.
    pub geocodes: Vec<Named>,
}

/// Whether a text can stand for a sender or a message: what references are put together of.
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= super::MAX_TOKEN_BYTES
        && !text.chars().any(|c| {
            c.is_whitespace() || crate::model::text::is_hidden(c) || matches!(c, ',' | '<' | '&')
        })
}
