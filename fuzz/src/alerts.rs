//! Alerts of other systems: CAP 1.2.

use ceiba::{
    exchange::cap::{self, CapTime, MAX_INFOS, MAX_REFERENCES, Proposal},
    model::vocabulary::Language,
};

/// A message, and as text a time. What is read stays within its bounds, and leads back in time.
pub fn cap(data: &[u8]) {
    if let Some(time) = std::str::from_utf8(data).ok().and_then(CapTime::read) {
        let again = CapTime::read(&time.to_string()).expect("it was written as a time");
        assert_eq!(again, time);
    }
    let Ok(alert) = cap::read(data) else { return };
    assert!(alert.infos.len() <= MAX_INFOS && alert.references.len() <= MAX_REFERENCES);
    for reference in &alert.references {
        assert!(reference.sent.moment() <= alert.sent.moment());
        let own = (&alert.sender, &alert.identifier);
        assert!((&reference.sender, &reference.identifier) != own, "it refers to itself");
    }
    for language in [Language::English, Language::Spanish, Language::Portuguese] {
        if let Proposal::Alert(foreign) | Proposal::Update(foreign, _) =
            Proposal::of(&alert, language)
        {
            let texts = [Some(&foreign.what), foreign.area.as_ref(), foreign.description.as_ref()];
            assert!(!texts.into_iter().flatten().any(|text| text.contains(char::is_control)));
            assert!(foreign.what.chars().count() <= 140);
        }
    }
}

/// One of each kind, and one that must be refused.
pub fn cap_seeds() -> Vec<Vec<u8>> {
    let head = "<?xml version='1.0' encoding='UTF-8'?><alert \
        xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>id-2</identifier><sender>a@b\
        </sender><sent>2026-11-23T11:00:00-05:00</sent><status>Actual</status>";
    let references = "<references>a@b,id-1,2026-11-23T10:00:00-05:00 c,d,2026-11-23T15:00:00-00:00\
        </references>";
    let info = "<info><language>es-CO</language><category>Security</category><event>x</event>\
        <responseType>Assess</responseType><urgency>Immediate</urgency><severity>Extreme</severity>\
        <certainty>Likely</certainty><eventCode><valueName>n</valueName><value>v</value></eventCode>\
        <expires>2026-11-23T17:00:00-05:00</expires><headline>&#233;&lt;</headline><parameter>\
        <valueName>urn:ceiba:alert:level</valueName><value>serious</value></parameter><resource>\
        <resourceDesc>d</resourceDesc><mimeType>text/plain</mimeType></resource><area><areaDesc>a\
        </areaDesc><circle>1.0,-76.0 20</circle><geocode><valueName>ISO3166-2</valueName><value>\
        CO-CAU</value></geocode></area></info>";
    let whole = |kind: &str, rest: &str| {
        format!("{head}<msgType>{kind}</msgType>{rest}</alert>").into_bytes()
    };
    vec![
        whole("Alert", &format!("<scope>Public</scope>{info}{info}")),
        whole(
            "Update",
            &format!("<scope>Restricted</scope><restriction>r</restriction>{references}{info}"),
        ),
        whole(
            "Cancel",
            &format!("<scope>Private</scope><addresses>\"a b\" c</addresses>{references}"),
        ),
        whole("Ack", &format!("<scope>Public</scope><note>taking</note>{references}")),
        b"<!DOCTYPE alert [<!ENTITY e SYSTEM 'file:///x'>]><alert>&e;</alert>".to_vec(),
        b"2026-11-23T11:00:00-05:00".to_vec(),
    ]
}
