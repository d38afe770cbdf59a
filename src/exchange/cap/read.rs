//! XML to messages. Strict where the schema is: order, counts, codes, times; and where the schema
//! says nothing and a message could mislead: references.

mod parts;

use std::collections::BTreeSet;

use self::parts::{Parts, Slot, any, many, maybe, once};
use super::{
    CapAlert, CapTime, MAX_CAP_BYTES, MAX_INFOS, MAX_REFERENCES, NAMESPACE, Reference,
    alert::{Area, Info, Named, Resource, is_token},
    codes::{MessageType, Scope},
};
use crate::exchange::xml::{Element, XmlError};

/// Why a message is not taken. Names elements of the schema, never what stands in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No XML that is taken.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// Its root is no `alert`.
    #[error("it is no CAP 1.2 alert")]
    NotCap,
    /// An element is not there that must be.
    #[error("<{0}> is missing")]
    Missing(&'static str),
    /// An element comes after one that it must come before, or more often than it may.
    #[error("<{0}> is out of order, or too often")]
    Order(&'static str),
    /// An element that the schema does not have there.
    #[error("<{0}> has an element that CAP 1.2 does not have")]
    Unknown(&'static str),
    /// An element has no text, too much of it, or a value that it cannot have.
    #[error("<{0}> has a value that it cannot have")]
    Value(&'static str),
    /// A time is not of the form `2026-11-23T16:05:00-05:00`.
    #[error("<{0}> is no time like 2026-11-23T16:05:00-05:00")]
    Time(&'static str),
    /// It ends before it begins.
    #[error("it expires before it was sent")]
    Ended,
    /// It speaks of itself.
    #[error("it refers to itself")]
    Circular,
    /// It speaks of a message that was sent later.
    #[error("it refers to a message that was sent later")]
    Later,
}

const ALERT: &[Slot] = &[
    once("identifier"),
    once("sender"),
    once("sent"),
    once("status"),
    once("msgType"),
    maybe("source"),
    once("scope"),
    maybe("restriction"),
    maybe("addresses"),
    any("code"),
    maybe("note"),
    maybe("references"),
    maybe("incidents"),
    any("info"),
];

const INFO: &[Slot] = &[
    maybe("language"),
    many("category"),
    once("event"),
    any("responseType"),
    once("urgency"),
    once("severity"),
    once("certainty"),
    maybe("audience"),
    any("eventCode"),
    maybe("effective"),
    maybe("onset"),
    maybe("expires"),
    maybe("senderName"),
    maybe("headline"),
    maybe("description"),
    maybe("instruction"),
    maybe("web"),
    maybe("contact"),
    any("parameter"),
    any("resource"),
    any("area"),
];

const NAMED: &[Slot] = &[once("valueName"), once("value")];

const RESOURCE: &[Slot] = &[
    once("resourceDesc"),
    once("mimeType"),
    maybe("size"),
    maybe("uri"),
    maybe("derefUri"),
    maybe("digest"),
];

const AREA: &[Slot] = &[
    once("areaDesc"),
    any("polygon"),
    any("circle"),
    any("geocode"),
    maybe("altitude"),
    maybe("ceiling"),
];

/// Reads a message.
///
/// # Errors
/// [`Refused`].
pub fn read(bytes: &[u8]) -> Result<CapAlert, Refused> {
    if bytes.len() > MAX_CAP_BYTES {
        return Err(Refused::Xml(XmlError::TooLarge));
    }
    let root = match Element::read_in(bytes, NAMESPACE) {
        Ok(root) if root.name == "alert" => root,
        Ok(_) | Err(XmlError::Namespace) => return Err(Refused::NotCap),
        Err(other) => return Err(other.into()),
    };
    let parts = Parts::of(&root, "alert", ALERT)?;
    let infos: Vec<Info> = parts.all("info").map(read_info).collect::<Result<_, _>>()?;
    if infos.len() > MAX_INFOS {
        return Err(Refused::Order("info"));
    }
    let alert = CapAlert {
        identifier: parts.text("identifier")?,
        sender: parts.text("sender")?,
        sent: parts.time("sent")?,
        status: parts.code("status", super::codes::Status::read)?,
        message: parts.code("msgType", MessageType::read)?,
        source: parts.maybe("source")?,
        scope: parts.code("scope", Scope::read)?,
        restriction: parts.maybe("restriction")?,
        addresses: split(&parts, "addresses")?,
        codes: parts.texts("code")?,
        note: parts.maybe("note")?,
        references: references(&parts)?,
        incidents: split(&parts, "incidents")?,
        infos,
    };
    check(&alert)?;
    Ok(alert)
}

/// What the schema cannot say.
fn check(alert: &CapAlert) -> Result<(), Refused> {
    for (name, text) in [("identifier", &alert.identifier), ("sender", &alert.sender)] {
        if !is_token(text) {
            return Err(Refused::Value(name));
        }
    }
    match alert.scope {
        Scope::Restricted if alert.restriction.is_none() => {
            return Err(Refused::Missing("restriction"));
        }
        Scope::Private if alert.addresses.is_empty() => return Err(Refused::Missing("addresses")),
        Scope::Public | Scope::Restricted | Scope::Private => {}
    }
    let answers = match alert.message {
        MessageType::Alert => false,
        MessageType::Update | MessageType::Cancel | MessageType::Ack | MessageType::Error => true,
    };
    if answers && alert.references.is_empty() {
        return Err(Refused::Missing("references"));
    }
    if alert.infos.iter().filter_map(|info| info.expires).any(|end| end < alert.sent) {
        return Err(Refused::Ended);
    }
    // Sent earlier, always: so no two messages can refer to each other, however many are between
    // them. An acknowledgement may be written within the second; nothing follows from one to another.
    let own = alert.sent.moment();
    for reference in &alert.references {
        if reference.sender == alert.sender && reference.identifier == alert.identifier {
            return Err(Refused::Circular);
        }
        let then = reference.sent.moment();
        let may_be_same = matches!(alert.message, MessageType::Ack | MessageType::Error);
        if then > own || (then == own && !may_be_same) {
            return Err(Refused::Later);
        }
    }
    Ok(())
}

fn references(parts: &Parts<'_>) -> Result<Vec<Reference>, Refused> {
    const NAME: &str = "references";
    let Some(text) = parts.maybe(NAME)? else { return Ok(Vec::new()) };
    let mut known = BTreeSet::new();
    let mut references = Vec::new();
    for triple in text.split_whitespace() {
        let mut parts = triple.split(',');
        let (Some(sender), Some(identifier), Some(sent), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Refused::Value(NAME));
        };
        if references.len() >= MAX_REFERENCES || !is_token(sender) || !is_token(identifier) {
            return Err(Refused::Value(NAME));
        }
        let sent = CapTime::read(sent).ok_or(Refused::Time(NAME))?;
        let (sender, identifier) = (sender.to_owned(), identifier.to_owned());
        if known.insert((sender.clone(), identifier.clone())) {
            references.push(Reference { sender, identifier, sent });
        }
    }
    Ok(references)
}

/// Texts with spaces between them; one that has spaces itself stands in quotes.
fn split(parts: &Parts<'_>, name: &'static str) -> Result<Vec<String>, Refused> {
    let Some(text) = parts.maybe(name)? else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for (place, piece) in text.split('"').enumerate() {
        if place % 2 == 1 {
            all.push(piece.trim().to_owned());
        } else {
            all.extend(piece.split_whitespace().map(str::to_owned));
        }
    }
    let is_bad = all.len() > super::MAX_REPEATS || all.iter().any(String::is_empty);
    if is_bad { Err(Refused::Value(name)) } else { Ok(all) }
}

fn read_info(element: &Element) -> Result<Info, Refused> {
    let parts = Parts::of(element, "info", INFO)?;
    let language = parts.maybe("language")?;
    if language.as_deref().is_some_and(|tag| !is_language(tag)) {
        return Err(Refused::Value("language"));
    }
    Ok(Info {
        language,
        categories: parts.codes("category", super::codes::Category::read)?,
        event: parts.text("event")?,
        responses: parts.codes("responseType", super::codes::ResponseType::read)?,
        urgency: parts.code("urgency", super::codes::Urgency::read)?,
        severity: parts.code("severity", super::codes::Severity::read)?,
        certainty: parts.code("certainty", super::codes::Certainty::read)?,
        audience: parts.maybe("audience")?,
        event_codes: named(&parts, "eventCode")?,
        effective: parts.maybe_time("effective")?,
        onset: parts.maybe_time("onset")?,
        expires: parts.maybe_time("expires")?,
        sender_name: parts.maybe("senderName")?,
        headline: parts.maybe("headline")?,
        description: parts.maybe("description")?,
        instruction: parts.maybe("instruction")?,
        web: parts.maybe("web")?,
        contact: parts.maybe("contact")?,
        parameters: named(&parts, "parameter")?,
        resources: parts.all("resource").map(read_resource).collect::<Result<_, _>>()?,
        areas: parts.all("area").map(read_area).collect::<Result<_, _>>()?,
    })
}

/// `xs:language`: parts of one to eight letters or digits, the first of letters.
fn is_language(tag: &str) -> bool {
    tag.split('-').zip(0..).all(|(part, place)| {
        (1..=8).contains(&part.len())
            && part.bytes().all(|b| {
                if place == 0 { b.is_ascii_alphabetic() } else { b.is_ascii_alphanumeric() }
            })
    })
}

fn named(parts: &Parts<'_>, name: &'static str) -> Result<Vec<Named>, Refused> {
    let one = |element| {
        let parts = Parts::of(element, name, NAMED)?;
        Ok(Named { name: parts.text("valueName")?, value: parts.text("value")? })
    };
    parts.all(name).map(one).collect()
}

fn read_resource(element: &Element) -> Result<Resource, Refused> {
    let parts = Parts::of(element, "resource", RESOURCE)?;
    Ok(Resource { description: parts.text("resourceDesc")?, mime: parts.text("mimeType")? })
}

fn read_area(element: &Element) -> Result<Area, Refused> {
    let parts = Parts::of(element, "area", AREA)?;
    Ok(Area {
        description: parts.text("areaDesc")?,
        polygons: parts.texts("polygon")?,
        circles: parts.texts("circle")?,
        geocodes: named(&parts, "geocode")?,
    })
}
