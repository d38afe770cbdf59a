//! What must not get in, or out.

use super::*;
use crate::exchange::xml::XmlError;

/// A good message with one thing changed.
fn changed(from: &str, to: &str) -> Refused {
    let xml = STRANGE.replacen(from, to, 1);
    assert_ne!(xml, STRANGE, "{from} is not in it");
    read(xml.as_bytes()).unwrap_err()
}

#[test]
fn document_types_and_entities_are_refused() {
    let outside = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>";
    let bomb = "<!DOCTYPE x [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]>";
    for dtd in [outside, bomb, "<!DOCTYPE alert SYSTEM 'http://example.org/cap.dtd'>"] {
        let xml = STRANGE.replacen("<cap:alert", &format!("{dtd}<cap:alert"), 1);
        assert!(read(xml.as_bytes()) == Err(Refused::Xml(XmlError::Entities)), "{dtd}");
    }
    assert_eq!(changed("Cuenca alta", "&e;"), Refused::Xml(XmlError::Entities));
}

#[test]
fn size_depth_and_counts_are_bounded() {
    let too_large = Refused::Xml(XmlError::TooLarge);
    let text = "x".repeat(MAX_TEXT_BYTES + 1);
    assert_eq!(changed("Cuenca alta", &text), Refused::Value("areaDesc"));
    assert_eq!(changed("Cuenca alta", &"x".repeat(MAX_CAP_BYTES)), too_large);
    let deep = format!("<x:a>{}{}</x:a>", "<x:a>".repeat(40), "</x:a>".repeat(40));
    assert_eq!(changed("<cap:source></cap:source>", &deep), too_large);
    let code = "<cap:code>IPAWSv1.0</cap:code>";
    assert_eq!(changed(code, &code.repeat(MAX_REPEATS + 1)), Refused::Order("code"));
    let many = "<x:a/>".repeat(30_000);
    assert_eq!(changed("<cap:source></cap:source>", &many), too_large);
    let info = "<cap:info><cap:category>Met</cap:category><cap:event>e</cap:event><cap:urgency>Past\
        </cap:urgency><cap:severity>Minor</cap:severity><cap:certainty>Likely</cap:certainty>\
        </cap:info>";
    let infos = info.repeat(MAX_INFOS) + "<cap:info>";
    assert_eq!(changed("<cap:info>", &infos), Refused::Order("info"));
}

#[test]
fn order_enumerations_and_times_are_held_to_the_schema() {
    let swapped = "<cap:msgType>Alert</cap:msgType><cap:status>Actual</cap:status>";
    let right = "<cap:status>Actual</cap:status><cap:msgType>Alert</cap:msgType>";
    assert_eq!(changed(right, swapped), Refused::Order("status"));
    assert_eq!(
        changed("<cap:event>Creciente s&#250;bita</cap:event>", ""),
        Refused::Missing("event")
    );
    assert_eq!(changed("<cap:area>", "<cap:place/><cap:area>"), Refused::Unknown("info"));
    assert_eq!(changed("Cuenca alta", "<cap:b>x</cap:b>"), Refused::Unknown("areaDesc"));
    assert_eq!(changed(">Actual<", ">actual<"), Refused::Value("status"));
    assert_eq!(changed(">Severe<", ">Catastrophic<"), Refused::Value("severity"));
    assert_eq!(changed(">Met<", ">Weather<"), Refused::Value("category"));
    assert_eq!(changed(">es-CO<", ">español<"), Refused::Value("language"));
    assert_eq!(changed("T11:00:00-05:00", "T16:00:00Z"), Refused::Time("sent"));
    assert_eq!(changed("T23:00:00-05:00", "T23:00-05:00"), Refused::Time("expires"));
    assert_eq!(changed("T23:00:00-05:00", "T03:00:00-05:00"), Refused::Ended);
    assert_eq!(changed("urn:oasis:names:tc:emergency:cap:1.2", "urn:cap:1.1"), Refused::NotCap);
    assert_eq!(changed(">Public<", ">Private<"), Refused::Missing("addresses"));
    assert_eq!(changed(">Public<", ">Restricted<"), Refused::Missing("restriction"));
    assert_eq!(changed("alertas@example.org", "alertas example"), Refused::Value("sender"));
    assert_eq!(changed("urn:oid:2.49", "a,b"), Refused::Value("identifier"));
}

#[test]
fn references_lead_back_in_time_only() {
    let refers = |message: &str, references: &str| {
        let xml = STRANGE.replacen(">Alert<", &format!(">{message}<"), 1);
        let code = "<cap:code>IPAWSv1.0</cap:code>";
        let with = format!("{code}<cap:references>{references}</cap:references>");
        read(xml.replacen(code, &with, 1).as_bytes()).map(|alert| alert.references.len())
    };
    let one = "a@b,id-1,2026-11-23T10:59:59-05:00";
    assert_eq!(refers("Update", one), Ok(1));
    assert_eq!(refers("Update", &format!("{one}\n  {one}")), Ok(1));
    let own = "alertas@example.org,urn:oid:2.49.0.1.170.0.2026.1,2026-11-22T11:00:00-05:00";
    assert_eq!(refers("Update", own), Err(Refused::Circular));
    // The same moment, written in another zone.
    let same = "a@b,id-1,2026-11-23T16:00:00+00:00";
    assert_eq!(refers("Update", same), Err(Refused::Later));
    assert_eq!(refers("Ack", same), Ok(1));
    assert_eq!(refers("Ack", "a@b,id-1,2026-11-23T16:00:01+00:00"), Err(Refused::Later));
    for broken in ["a@b", "a@b,id-1", "a@b,id-1,x,y", ",id,2026-11-23T10:59:59-05:00", "a,b,soon"] {
        assert!(refers("Update", broken).is_err(), "{broken}");
    }
    let many: Vec<String> =
        (0..=MAX_REFERENCES).map(|n| format!("a@b,id-{n},2026-11-23T10:59:59-05:00")).collect();
    assert_eq!(refers("Update", &many.join(" ")), Err(Refused::Value("references")));
    for message in ["Update", "Cancel", "Ack", "Error"] {
        let changed = changed(">Alert<", &format!(">{message}<"));
        assert_eq!(changed, Refused::Missing("references"), "{message}");
    }
}

#[test]
fn texts_of_strangers_steer_no_terminal() {
    let mut alert = read(STRANGE.as_bytes()).unwrap();
    let bad = "\u{1b}[31mEvacúe\u{202e} ya\n\n\u{7} todo";
    alert.infos[0].headline = Some(bad.to_owned() + &"x".repeat(500));
    alert.infos[0].sender_name = Some(bad.to_owned());
    let Proposal::Alert(foreign) = Proposal::of(&alert, Language::Spanish) else {
        panic!("no alert");
    };
    assert!(foreign.what.starts_with("[31mEvacúe ya todo"), "{}", foreign.what);
    assert_eq!(foreign.what.chars().count(), 140);
    assert!(!foreign.sender_name.unwrap().chars().any(char::is_control));
}

#[test]
fn ids_are_hexadecimal_and_nothing_else() {
    for text in ["Juana Yatacue", "juana-yatacue-del-cauca", "cafe", "deadbeef", "ABCDEF0123456789"]
    {
        assert_eq!(Opaque::read(text), None, "{text}");
    }
    assert!(Opaque::read("0123456789abcdef").is_some());
    for text in ["es-Cauca", "es-co", "fr", "en-", "pt-B1"] {
        assert_eq!(Tag::read(text), None, "{text}");
    }
}
