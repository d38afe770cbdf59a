//! What a message of another system proposes to a person here. It is no signature of a partner, and
//! does nothing by itself.

use data_encoding::HEXLOWER;

use super::{
    CapAlert, Reference,
    alert::{Area, Info},
    codes::{MessageType, Scope, Severity, Status, Urgency},
    outgoing::info::{ISO_3166_2, PARAMETER},
};
use crate::model::{
    alert::{Level, Outcome, Stance},
    registry::place,
    text::is_hidden,
    time::Timestamp,
    vocabulary::{Language, Vocabulary},
};

/// What the hash of sender and identifier is made for.
const HASHED_AS: &str = "ceiba cap message 1";
/// The list of what help can be asked for.
const NEEDS: &str = "intervention_type";
/// Characters of what is going on, as an alert here has them at most.
const WHAT: usize = 140;
/// Characters of other texts that are shown.
const SHOWN: usize = 2000;

/// What a message proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposal {
    /// An alert: raised here by a person, in this organisation's own name, or not.
    Alert(Foreign),
    /// What was said before has changed.
    Update(Foreign, Vec<Reference>),
    /// Somebody says that these came. Who that is nobody has proven: shown, never counted as taken.
    Acknowledgement(Vec<Reference>, Stance),
    /// Somebody says that these are over: a person here decides whether to close them.
    StandDown(Vec<Reference>, Option<Outcome>),
    /// Somebody did not take these.
    Refused(Vec<Reference>),
    /// For machines, or a draft: nothing to do.
    Nothing,
}

/// An alert of another system, in the words of this one.
#[derive(Clone, PartialEq, Eq)]
pub struct Foreign {
    /// Who sent it, as it says.
    pub sender: String,
    /// The sender's name for people, as it says.
    pub sender_name: Option<String>,
    /// Its id.
    pub identifier: String,
    /// What sender and id hash to: the same message again has the same.
    pub source: String,
    /// When it was sent, as it says.
    pub sent: Timestamp,
    /// An exercise or a test.
    pub drill: bool,
    /// Not for everybody.
    pub closed: bool,
    /// How urgent.
    pub level: Level,
    /// What is going on, in few words.
    pub what: String,
    /// The same at length.
    pub description: Option<String>,
    /// The country, as ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Its subdivision, as ISO 3166-2.
    pub admin1: Option<String>,
    /// Where, in words.
    pub area: Option<String>,
    /// What help is asked for, by codes of this program's list.
    pub needs: Vec<&'static str>,
    /// When it expires.
    pub expires: Option<Timestamp>,
}

impl std::fmt::Debug for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Foreign").field("level", &self.level).finish_non_exhaustive()
    }
}

impl Proposal {
    /// What a message proposes to somebody who reads this language best.
    #[must_use]
    pub fn of(alert: &CapAlert, language: Language) -> Self {
        let drill = match alert.status {
            Status::Actual => false,
            Status::Exercise | Status::Test => true,
            Status::System | Status::Draft => return Self::Nothing,
        };
        let of = alert.references.clone();
        match alert.message {
            MessageType::Alert => Self::Alert(foreign(alert, drill, language)),
            MessageType::Update => Self::Update(foreign(alert, drill, language), of),
            MessageType::Ack => {
                // What they do about it is in the note, if they speak as we do.
                let stance = alert.note.as_deref().and_then(Stance::from_code);
                Self::Acknowledgement(of, stance.unwrap_or(Stance::Seen))
            }
            MessageType::Cancel => {
                let outcome = alert.infos.iter().find_map(|info| parameter(info, "outcome"));
                let outcome = outcome.or(alert.note.as_deref()).and_then(Outcome::from_code);
                Self::StandDown(of, outcome)
            }
            MessageType::Error => Self::Refused(of),
        }
    }
}

fn foreign(alert: &CapAlert, drill: bool, language: Language) -> Foreign {
    let info = best(&alert.infos, language);
    let area = info.and_then(|info| info.areas.first());
    let (country, admin1) = area.map_or((None, None), codes);
    let what = info.and_then(|info| info.headline.as_ref().or(Some(&info.event)));
    Foreign {
        sender: plain(&alert.sender, SHOWN),
        sender_name: info.and_then(|info| info.sender_name.as_ref()).map(|it| plain(it, WHAT)),
        identifier: plain(&alert.identifier, SHOWN),
        source: source(&alert.sender, &alert.identifier),
        sent: alert.sent.moment(),
        drill,
        closed: alert.scope != Scope::Public,
        // The worst of all languages: who reads one must not see less than who reads another.
        level: alert.infos.iter().map(level).min().unwrap_or(Level::Elevated),
        what: what.map_or_else(String::new, |what| plain(what, WHAT)),
        description: info.and_then(|info| info.description.as_ref()).map(|it| plain(it, SHOWN)),
        country,
        admin1,
        area: area.map(|area| plain(&area.description, WHAT)),
        needs: info.map_or_else(Vec::new, needs),
        expires: info.and_then(|info| info.expires).map(super::CapTime::moment),
    }
}

/// What names a message among all, in the digits of a record's id.
fn source(sender: &str, identifier: &str) -> String {
    let mut hasher = blake3::Hasher::new_derive_key(HASHED_AS);
    for part in [sender, identifier] {
        hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let hash = hasher.finalize();
    HEXLOWER.encode(hash.as_bytes().first_chunk::<16>().map_or(&[][..], |it| it))
}

/// What is said in the reader's language, or else first.
fn best(infos: &[Info], language: Language) -> Option<&Info> {
    let code = match language {
        Language::English => "en",
        Language::Spanish => "es",
        Language::Portuguese => "pt",
    };
    let is_ours = |info: &&Info| {
        let tag = info.language.as_deref().unwrap_or("en-US").to_ascii_lowercase();
        tag.split('-').next() == Some(code)
    };
    infos.iter().find(is_ours).or_else(|| infos.first())
}

/// By our own parameter if it fits what CAP says; else by that: who reads only CAP must not see less
/// than who reads ours.
fn level(info: &Info) -> Level {
    let by_cap = match (info.urgency, info.severity) {
        (Urgency::Immediate, Severity::Extreme) => Level::LifeImminent,
        (Urgency::Past, _) | (_, Severity::Minor) => Level::Watch,
        // What nobody rated is not calm: a watch never escalates.
        (Urgency::Immediate | Urgency::Expected, Severity::Unknown)
        | (_, Severity::Extreme | Severity::Severe) => Level::Serious,
        (_, Severity::Moderate | Severity::Unknown) => Level::Elevated,
    };
    // The most severe comes first.
    parameter(info, "level").and_then(Level::from_code).map_or(by_cap, |own| own.min(by_cap))
}

fn parameter<'a>(info: &'a Info, name: &str) -> Option<&'a str> {
    let is = |own: &str| own.strip_prefix(PARAMETER) == Some(name);
    info.parameters.iter().find(|it| is(&it.name)).map(|it| it.value.as_str())
}

fn needs(info: &Info) -> Vec<&'static str> {
    let asked = info.parameters.iter().filter(|it| it.name.strip_prefix(PARAMETER) == Some("need"));
    let known = Vocabulary::built_in().list(NEEDS);
    let mut all: Vec<&str> = asked
        .filter_map(|it| known.iter().find(|term| term.code == it.value).map(|term| term.code))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Country and subdivision, of the geocodes that are known.
fn codes(area: &Area) -> (Option<String>, Option<String>) {
    let of_iso = |name: &str| {
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_uppercase();
        // Profiles put their own name before it.
        let known = [ISO_3166_2.replace('-', ""), "ISO31661".to_owned(), "ISO3166".to_owned()];
        known.iter().any(|known| name.ends_with(known))
    };
    let values = || {
        area.geocodes.iter().filter(|it| of_iso(&it.name)).map(|it| it.value.to_ascii_uppercase())
    };
    let admin1 = values().find(|value| place::is_admin1_code(value));
    let of_admin1 = admin1.as_deref().and_then(|code| code.split_once('-')).map(|(code, _)| code);
    let country = of_admin1.map(str::to_owned);
    (country.or_else(|| values().find(|value| place::is_country_code(value))), admin1)
}

/// A text of strangers for people: on one line, nothing that steers a terminal or hides, cut.
fn plain(text: &str, most: usize) -> String {
    let shown = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    let shown: String = shown.filter(|c| !is_hidden(*c)).collect();
    let words: Vec<&str> = shown.split(' ').filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(most).collect()
}
