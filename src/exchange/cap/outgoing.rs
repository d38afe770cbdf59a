//! What of an alert goes out. No field of it can hold a name, a text of a person or an exact point:
//! ids, codes of built-in lists, countries, their first subdivisions, and circles too wide to find
//! anybody in.

pub(super) mod info;
mod place;

pub use self::place::{Circle, LEAST_KILOMETRES, Place};
use super::{
    CapAlert, CapTime, Reference,
    codes::{Certainty, MessageType, Scope, Status},
    write,
};
use crate::model::{
    alert::{Level, Outcome, Stance},
    id::OrgId,
    time::Timestamp,
    verification,
    vocabulary::{Language, Term},
};

/// What another program is told of the shape of parameters and codes.
pub const PROTOCOL: &str = "ceiba-alert-1";
/// Letters and digits of an id at least: shorter ones could be a word.
const LEAST_ID: usize = 16;
/// And at most.
const MOST_ID: usize = 128;

/// An id that the program made: small hexadecimal digits, and hyphens between them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opaque(String);

impl Opaque {
    /// An id; none if it could be anything else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let formed = (LEAST_ID..=MOST_ID).contains(&text.len())
            && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-'));
        formed.then(|| Self(text.to_owned()))
    }

    /// As it stands in a message.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a message says of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// There is one.
    Alert,
    /// It has changed.
    Update(Vec<Reference>),
    /// It is closed.
    Cancel(Vec<Reference>, Outcome),
    /// Somebody answered.
    Ack(Vec<Reference>, Stance),
    /// A message was not taken.
    Error(Vec<Reference>),
}

/// Who may have a message. Private unless somebody says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// These organisations.
    Private(Vec<OrgId>),
    /// Those whom the sender's coalition allows it to.
    Restricted,
    /// Everybody.
    Public,
}

/// A language with the country whose use of it is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    /// The language.
    pub language: Language,
    /// Two capital letters.
    country: Option<[u8; 2]>,
}

impl Tag {
    /// Reads `es`, `es-CO`; none for other languages.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (language, country) = match text.split_once('-') {
            Some((language, country)) => (language, Some(country)),
            None => (text, None),
        };
        let country = match country.map(|country| <[u8; 2]>::try_from(country.as_bytes())) {
            None => None,
            Some(Ok(country)) if country.iter().all(u8::is_ascii_uppercase) => Some(country),
            Some(_other) => return None,
        };
        Some(Self { language: Language::from_code(language)?, country })
    }

    /// The three languages of a coalition, as they are spoken in a country.
    #[must_use]
    pub fn all_for(country: Option<&str>) -> Vec<Self> {
        let portuguese = if country == Some("BR") { "pt-BR".to_owned() } else { "pt".to_owned() };
        let spanish = match country {
            Some(country @ ("CO" | "EC" | "PE")) => format!("es-{country}"),
            _other => "es".to_owned(),
        };
        [spanish.as_str(), &portuguese, "en"].into_iter().filter_map(Self::read).collect()
    }
}

impl std::fmt::Display for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.language {
            Language::English => "en",
            Language::Spanish => "es",
            Language::Portuguese => "pt",
        })?;
        match self.country {
            Some([first, second]) => write!(f, "-{}{}", char::from(first), char::from(second)),
            None => Ok(()),
        }
    }
}

/// How far an incident is verified; decides how certain a message calls it.
#[must_use]
pub const fn certainty(verification: Option<verification::Level>) -> Certainty {
    use verification::Level as Verified;
    match verification {
        Some(Verified::Refuted) => Certainty::Unlikely,
        None | Some(Verified::NotMet | Verified::Disputed) => Certainty::Unknown,
        Some(Verified::Reported) => Certainty::Possible,
        Some(Verified::Screened) => Certainty::Likely,
        Some(Verified::Corroborated | Verified::Verified | Verified::Established) => {
            Certainty::Observed
        }
    }
}

/// A message to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The id of the alert, or of the entry that updates, answers or closes it.
    pub identifier: Opaque,
    /// Who sends it.
    pub sender: OrgId,
    /// When that was written.
    pub sent: Timestamp,
    /// An exercise.
    pub drill: bool,
    /// Written to be looked at first.
    pub draft: bool,
    /// What it says.
    pub message: Message,
    /// For whom.
    pub audience: Audience,
    /// The incident that it led to, or came of.
    pub incident: Option<Opaque>,
    /// How urgent.
    pub level: Level,
    /// How certain.
    pub certainty: Certainty,
    /// The type of violation.
    pub event: Option<&'static Term>,
    /// What help is asked for.
    pub needs: Vec<&'static Term>,
    /// Until when somebody should answer.
    pub answer_by: Option<Timestamp>,
    /// How far it has escalated.
    pub step: u8,
    /// When it expires.
    pub expires: Option<Timestamp>,
    /// Where.
    pub area: Place,
    /// In which languages; English, if none.
    pub languages: Vec<Tag>,
}

impl Outgoing {
    /// The message as XML.
    #[must_use]
    pub fn to_xml(&self) -> String {
        write::write(&self.message())
    }

    /// The message. An acknowledgement or a refusal has no info: it says nothing of the event.
    #[must_use]
    pub fn message(&self) -> CapAlert {
        let (message, references, note) = match &self.message {
            Message::Alert => (MessageType::Alert, Vec::new(), None),
            Message::Update(of) => (MessageType::Update, of.clone(), None),
            Message::Cancel(of, outcome) => (MessageType::Cancel, of.clone(), Some(outcome.code())),
            Message::Ack(of, stance) => (MessageType::Ack, of.clone(), Some(stance.code())),
            Message::Error(of) => (MessageType::Error, of.clone(), None),
        };
        // How it ended and who answered is for those who can act on it, not for everybody.
        let note = note.filter(|_| self.audience != Audience::Public);
        let status = match (self.draft, self.drill) {
            (true, _) => Status::Draft,
            (false, true) => Status::Exercise,
            (false, false) => Status::Actual,
        };
        let (scope, restriction, addresses) = match &self.audience {
            // Addressed to nobody it would be invalid, and addressed to its sender it stays there.
            Audience::Private(orgs) if orgs.is_empty() => {
                (Scope::Private, None, vec![self.sender.to_string()])
            }
            Audience::Private(orgs) => {
                (Scope::Private, None, orgs.iter().map(ToString::to_string).collect())
            }
            Audience::Restricted => {
                let rule = "members of the sender's coalition, and those whom it allows";
                (Scope::Restricted, Some(rule.to_owned()), Vec::new())
            }
            Audience::Public => (Scope::Public, None, Vec::new()),
        };
        let speaks = !matches!(self.message, Message::Ack(..) | Message::Error(_));
        CapAlert {
            identifier: self.identifier.0.clone(),
            sender: self.sender.to_string(),
            sent: CapTime::of(self.sent),
            status,
            message,
            source: None,
            scope,
            restriction,
            addresses,
            codes: vec![PROTOCOL.to_owned()],
            note: note.map(str::to_owned),
            references,
            incidents: self.incident.iter().map(|incident| incident.0.clone()).collect(),
            infos: if speaks { self.infos() } else { Vec::new() },
        }
    }
}
