//! Messages out and in, and attacks on both.

mod attacks;
mod schema;

use proptest::prelude::*;

use super::{
    codes::{Certainty, MessageType, ResponseType, Scope, Severity, Status, Urgency},
    outgoing::{Audience, Circle, Message, Opaque, Place, Tag},
    *,
};
use crate::model::{
    alert::{Level, Outcome, Stance},
    id::OrgId,
    time::Timestamp,
    vocabulary::{Language, Vocabulary},
};

const SENT: u64 = 1_795_449_600_000;

fn id(number: u8) -> Opaque {
    Opaque::read(&format!("{number:032x}")).unwrap()
}

fn org(number: u8) -> OrgId {
    OrgId::new([number; 32])
}

fn earlier(seconds: u64) -> Reference {
    Reference {
        sender: org(1).to_string(),
        identifier: id(1).as_str().to_owned(),
        sent: CapTime::of(Timestamp::from_millis(SENT - seconds * 1000)),
    }
}

/// An alert with all that one can have.
fn full() -> Outgoing {
    let circle = Circle::around(2.441, -76.606, 35).unwrap();
    Outgoing {
        identifier: id(2),
        sender: org(1),
        sent: Timestamp::from_millis(SENT),
        drill: false,
        draft: false,
        message: Message::Alert,
        audience: Audience::Private(vec![org(2), org(3)]),
        incident: Some(id(9)),
        level: Level::LifeImminent,
        certainty: Certainty::Likely,
        event: Vocabulary::built_in().list("violation_type").first(),
        needs: Vocabulary::built_in().list("intervention_type").iter().take(3).collect(),
        answer_by: Some(Timestamp::from_millis(SENT + 900_000)),
        step: 1,
        expires: Some(Timestamp::from_millis(SENT + 6 * 3_600_000)),
        area: Place::new(Some("CO"), Some("CO-CAU")).with_circle(circle),
        languages: Tag::all_for(Some("CO")),
    }
}

/// One message of each kind.
fn all() -> Vec<Outgoing> {
    let of = || vec![earlier(60)];
    let messages = [
        Message::Alert,
        Message::Update(of()),
        Message::Cancel(of(), Outcome::Safe),
        Message::Cancel(of(), Outcome::HarmOccurred),
        Message::Ack(of(), Stance::Taking),
        Message::Error(of()),
    ];
    let mut all: Vec<Outgoing> =
        messages.into_iter().map(|message| Outgoing { message, ..full() }).collect();
    all.push(Outgoing { drill: true, audience: Audience::Restricted, ..full() });
    all.push(Outgoing { draft: true, audience: Audience::Public, ..full() });
    all.extend(Level::ALL.map(|level| Outgoing {
        level,
        event: None,
        needs: Vec::new(),
        area: Place::default(),
        expires: None,
        answer_by: None,
        incident: None,
        languages: Vec::new(),
        audience: Audience::Private(Vec::new()),
        ..full()
    }));
    all
}

#[test]
fn what_is_written_reads_as_it_was() {
    for outgoing in all() {
        let xml = outgoing.to_xml();
        assert!(read(xml.as_bytes()) == Ok(outgoing.message()), "{xml}");
    }
}

#[test]
fn elements_stand_in_the_order_of_the_schema_and_times_have_no_z() {
    let xml = full().to_xml();
    let names = [
        "identifier>",
        "sender>",
        "sent>",
        "status>",
        "msgType>",
        "scope>",
        "addresses>",
        "code>",
        "incidents>",
        "info>",
        "language>",
        "category>",
        "event>",
        "responseType>",
        "urgency>",
        "severity>",
        "certainty>",
        "eventCode>",
        "expires>",
        "headline>",
        "description>",
        "instruction>",
        "parameter>",
        "area>",
        "areaDesc>",
        "circle>",
        "geocode>",
    ];
    let mut rest: &str = &xml;
    for name in names {
        let found = rest.split_once(&format!("<{name}"));
        (_, rest) = found.unwrap_or_else(|| panic!("{name} is not where it should be in {xml}"));
    }
    assert!(xml.contains("<sent>2026-11-23T16:00:00-00:00</sent>"), "{xml}");
    assert!(!xml.contains("Z<"), "{xml}");
    assert_eq!(xml.matches("<info>").count(), 3);
    for language in ["es-CO", "pt", "en"] {
        assert!(xml.contains(&format!("<language>{language}</language>")));
    }
}

#[test]
fn levels_are_said_as_agreed() {
    let said = [
        (Level::LifeImminent, Urgency::Immediate, Severity::Extreme),
        (Level::Serious, Urgency::Expected, Severity::Severe),
        (Level::Elevated, Urgency::Future, Severity::Moderate),
        (Level::Watch, Urgency::Unknown, Severity::Minor),
    ];
    for (level, urgency, severity) in said {
        let message = Outgoing { level, ..full() }.message();
        for info in &message.infos {
            assert_eq!((info.urgency, info.severity), (urgency, severity));
        }
        // And understood the same, with our parameter and without.
        let mut plain = message.clone();
        plain.infos.iter_mut().for_each(|info| info.parameters.clear());
        for message in [message, plain] {
            let Proposal::Alert(foreign) = Proposal::of(&message, Language::Spanish) else {
                panic!("no alert");
            };
            assert_eq!(foreign.level, level);
        }
    }
}

#[test]
fn a_stand_down_says_all_clear_only_when_it_is() {
    let said = |outcome| {
        let message = Message::Cancel(vec![earlier(60)], outcome);
        let info = Outgoing { message, ..full() }.message().infos.remove(0);
        assert_eq!(info.urgency, Urgency::Past);
        info.responses
    };
    assert_eq!(said(Outcome::Safe), [ResponseType::AllClear]);
    assert_eq!(said(Outcome::FalseAlarm), [ResponseType::AllClear]);
    assert_ne!(said(Outcome::HarmOccurred), [ResponseType::AllClear]);
    assert_ne!(said(Outcome::Transferred), [ResponseType::AllClear]);
}

#[test]
fn everybody_is_not_told_that_nobody_has_come() {
    let names = |audience| {
        let info = Outgoing { audience, ..full() }.message().infos.remove(0);
        let all = info.parameters.into_iter().map(|it| it.name);
        all.filter(|name| name.ends_with("escalation-step") || name.ends_with("answer-by")).count()
    };
    assert_eq!(names(Audience::Public), 0);
    assert_eq!([names(Audience::Restricted), names(Audience::Private(vec![org(2)]))], [2, 2]);
}

#[test]
fn everybody_hears_that_it_is_over_and_not_how_it_ended() {
    let of = || vec![earlier(60)];
    let public = |message| {
        let audience = Audience::Public;
        let out = Outgoing { message, audience, answer_by: None, ..full() };
        let xml = out.to_xml();
        assert_eq!(read(xml.as_bytes()), Ok(out.message()));
        xml
    };
    let ended = Outcome::ALL.map(|outcome| public(Message::Cancel(of(), outcome)));
    assert!(ended.iter().all(|xml| *xml == ended[0] && xml.contains("<msgType>Cancel</msgType>")));
    assert!(!ended[0].contains("note") && !ended[0].contains("responseType"), "{}", ended[0]);
    let answered = Stance::ALL.map(|stance| public(Message::Ack(of(), stance)));
    assert!(answered.iter().all(|xml| *xml == answered[0]));
    let proposed = Proposal::of(&read(ended[0].as_bytes()).unwrap(), Language::English);
    assert_eq!(proposed, Proposal::StandDown(of(), None));
    let restricted = Outgoing {
        message: Message::Cancel(of(), Outcome::Safe),
        audience: Audience::Restricted,
        ..full()
    };
    assert!(restricted.to_xml().contains("AllClear"));
}

#[test]
fn drills_drafts_and_audiences_are_what_they_are() {
    let of = |drill, draft| Outgoing { drill, draft, ..full() }.message().status;
    assert_eq!(of(false, false), Status::Actual);
    assert_eq!(of(true, false), Status::Exercise);
    assert_eq!([of(false, true), of(true, true)], [Status::Draft; 2]);
    let message = full().message();
    assert_eq!(message.scope, Scope::Private);
    assert_eq!(message.addresses, [org(2).to_string(), org(3).to_string()]);
    let message = Outgoing { audience: Audience::Restricted, ..full() }.message();
    assert!(message.restriction.is_some() && message.addresses.is_empty());
}

#[test]
fn an_acknowledgement_and_a_stand_down_come_back_as_proposals() {
    let proposal = |message| {
        let xml = Outgoing { message, ..full() }.to_xml();
        Proposal::of(&read(xml.as_bytes()).unwrap(), Language::English)
    };
    let of = || vec![earlier(60)];
    assert_eq!(
        proposal(Message::Ack(of(), Stance::Cannot)),
        Proposal::Acknowledgement(of(), Stance::Cannot)
    );
    for outcome in Outcome::ALL {
        let expected = Proposal::StandDown(of(), Some(outcome));
        assert_eq!(proposal(Message::Cancel(of(), outcome)), expected);
    }
    assert_eq!(proposal(Message::Error(of())), Proposal::Refused(of()));
    // Of a system that does not speak as we do.
    let mut message = Outgoing { message: Message::Ack(of(), Stance::Taking), ..full() }.message();
    message.note = Some("on our way".to_owned());
    let seen = Proposal::Acknowledgement(of(), Stance::Seen);
    assert_eq!(Proposal::of(&message, Language::English), seen);
    let draft = Outgoing { draft: true, ..full() }.message();
    assert_eq!(Proposal::of(&draft, Language::English), Proposal::Nothing);
}

/// As a service for weather writes: other namespaces, a signature, an offset, no geocode of ours.
const STRANGE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<cap:alert xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2" xmlns:x="urn:x">
 <cap:identifier>urn:oid:2.49.0.1.170.0.2026.1</cap:identifier>
 <cap:sender>alertas@example.org</cap:sender>
 <x:identifier>another</x:identifier>
 <cap:sent>2026-11-23T11:00:00-05:00</cap:sent>
 <cap:status>Actual</cap:status><cap:msgType>Alert</cap:msgType>
 <cap:source></cap:source>
 <cap:scope>Public</cap:scope>
 <cap:code>IPAWSv1.0</cap:code>
 <cap:info><cap:language>es-CO</cap:language>
  <cap:category>Met</cap:category><cap:category>Geo</cap:category>
  <cap:event>Creciente s&#250;bita</cap:event>
  <cap:urgency>Expected</cap:urgency><cap:severity>Severe</cap:severity>
  <cap:certainty>Likely</cap:certainty>
  <cap:expires>2026-11-23T23:00:00-05:00</cap:expires>
  <cap:headline>Creciente
   súbita</cap:headline>
  <cap:parameter><cap:valueName>Status</cap:valueName><cap:value /></cap:parameter>
  <cap:area><cap:areaDesc>Cuenca alta</cap:areaDesc>
   <cap:polygon>1,-76 2,-76 2,-75 1,-76</cap:polygon>
   <cap:geocode><cap:valueName>urn:profile:CAP-XX:ISO 3166-2</cap:valueName><cap:value>co-cau</cap:value></cap:geocode>
  </cap:area>
 </cap:info>
 <ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo/></ds:Signature>
</cap:alert>"#;

#[test]
fn an_alert_of_another_system_is_read() {
    let alert = read(STRANGE.as_bytes()).unwrap();
    assert_eq!(alert.source, None);
    let Proposal::Alert(foreign) = Proposal::of(&alert, Language::Portuguese) else {
        panic!("no alert");
    };
    assert_eq!(foreign.sender, "alertas@example.org");
    assert_eq!(foreign.what, "Creciente súbita");
    assert_eq!(foreign.level, Level::Serious);
    assert_eq!(foreign.country.as_deref(), Some("CO"));
    assert_eq!(foreign.admin1.as_deref(), Some("CO-CAU"));
    assert_eq!(foreign.sent, Timestamp::from_millis(SENT));
    assert!(!foreign.drill && !foreign.closed);
}

#[test]
fn who_claims_less_than_cap_says_is_not_believed() {
    let mut message = full().message();
    for info in &mut message.infos {
        for parameter in &mut info.parameters {
            if parameter.name.ends_with(":level") {
                "watch".clone_into(&mut parameter.value);
            }
        }
    }
    let Proposal::Alert(foreign) = Proposal::of(&message, Language::English) else {
        panic!("no alert");
    };
    assert_eq!(foreign.level, Level::LifeImminent);
}

#[test]
fn what_nobody_rated_is_not_calm_and_the_worst_language_counts() {
    let level = |message: &CapAlert| {
        let Proposal::Alert(foreign) = Proposal::of(message, Language::English) else {
            panic!("no alert");
        };
        foreign.level
    };
    let strange = read(STRANGE.as_bytes()).unwrap();
    for (urgency, expected) in [
        (Urgency::Immediate, Level::Serious),
        (Urgency::Expected, Level::Serious),
        (Urgency::Future, Level::Elevated),
        (Urgency::Unknown, Level::Elevated),
        (Urgency::Past, Level::Watch),
    ] {
        let mut message = strange.clone();
        (message.infos[0].urgency, message.infos[0].severity) = (urgency, Severity::Unknown);
        assert_eq!(level(&message), expected, "{urgency:?}");
        // Another language says more, wherever it stands.
        let mut worse = strange.infos[0].clone();
        (worse.urgency, worse.severity) = (Urgency::Immediate, Severity::Extreme);
        for place in 0..2 {
            let mut message = message.clone();
            message.infos.insert(place, worse.clone());
            assert_eq!(level(&message), Level::LifeImminent);
        }
    }
    let silent = CapAlert { infos: Vec::new(), ..strange };
    assert_eq!(level(&silent), Level::Elevated);
}

fn outgoing() -> impl Strategy<Value = Outgoing> {
    let message = prop::sample::select(all());
    let options = (any::<bool>(), any::<bool>(), 0_u8..4, 0_u64..u64::from(u32::MAX), 0_usize..4);
    (message, options).prop_map(|(one, (drill, draft, step, sent, languages))| {
        let sent = Timestamp::from_millis(SENT + sent * 1000);
        let expires = one.expires.map(|_| sent.saturating_add(std::time::Duration::from_secs(60)));
        let languages = Tag::all_for(Some("BR")).into_iter().take(languages).collect();
        Outgoing { drill, draft, step, sent, expires, languages, ..one }
    })
}

proptest! {
    #[test]
    fn whatever_is_written_reads_as_it_was(outgoing in outgoing()) {
        let read = read(outgoing.to_xml().as_bytes());
        prop_assert!(read == Ok(outgoing.message()));
    }

    #[test]
    fn texts_of_any_kind_survive_writing_and_reading(text in "[^\\p{C}]{1,60}", kind in 0..4) {
        let mut alert = full().message();
        alert.message = MessageType::Alert;
        alert.source = Some(text.clone()).filter(|text| !text.trim().is_empty());
        let trimmed = text.trim().to_owned();
        alert.source = alert.source.map(|_| trimmed.clone());
        if kind > 0 && !trimmed.is_empty() {
            alert.infos[0].headline = Some(trimmed.clone());
            alert.infos[0].contact = Some(trimmed);
        }
        let again = read(write::write(&alert).as_bytes());
        prop_assert!(again == Ok(alert));
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        drop(read(&bytes));
    }

    /// Pieces of a good message, in any order: read or refused, never more.
    #[test]
    fn any_order_of_pieces_is_survived(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6),
    ) {
        let xml = full().to_xml();
        let lines: Vec<&str> = xml.lines().collect();
        let mut mixed = lines.clone();
        for (from, to) in cuts {
            mixed.swap(from.index(lines.len()), to.index(lines.len()));
        }
        if let Ok(alert) = read(mixed.join("\n").as_bytes()) {
            prop_assert!(read(write::write(&alert).as_bytes()) == Ok(alert.clone()));
            let _proposal = Proposal::of(&alert, Language::Portuguese);
        }
    }
}
