//! Messages to XML, element by element in the schema's order.

use super::{
    CapAlert, NAMESPACE, Reference,
    alert::{Area, Info, Named, Resource},
};
use crate::exchange::xml::escaped;

/// A message as XML.
pub(super) fn write(alert: &CapAlert) -> String {
    let mut out = Writer(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<alert xmlns=\"{NAMESPACE}\">\n"
    ));
    out.one("identifier", &alert.identifier);
    out.one("sender", &alert.sender);
    out.one("sent", &alert.sent.to_string());
    out.one("status", alert.status.code());
    out.one("msgType", alert.message.code());
    out.maybe("source", alert.source.as_ref());
    out.one("scope", alert.scope.code());
    out.maybe("restriction", alert.restriction.as_ref());
    out.list("addresses", alert.addresses.iter().map(|address| quoted(address)));
    alert.codes.iter().for_each(|code| out.one("code", code));
    out.maybe("note", alert.note.as_ref());
    out.list("references", alert.references.iter().map(triple));
    out.list("incidents", alert.incidents.iter().map(|incident| quoted(incident)));
    for info in &alert.infos {
        out.inside("info", |out| write_info(out, info));
    }
    out.0.push_str("</alert>\n");
    out.0
}

fn write_info(out: &mut Writer, info: &Info) {
    out.maybe("language", info.language.as_ref());
    info.categories.iter().for_each(|one| out.one("category", one.code()));
    out.one("event", &info.event);
    info.responses.iter().for_each(|one| out.one("responseType", one.code()));
    out.one("urgency", info.urgency.code());
    out.one("severity", info.severity.code());
    out.one("certainty", info.certainty.code());
    out.maybe("audience", info.audience.as_ref());
    out.named("eventCode", &info.event_codes);
    for (name, time) in
        [("effective", info.effective), ("onset", info.onset), ("expires", info.expires)]
    {
        out.maybe(name, time.map(|time| time.to_string()).as_ref());
    }
    out.maybe("senderName", info.sender_name.as_ref());
    out.maybe("headline", info.headline.as_ref());
    out.maybe("description", info.description.as_ref());
    out.maybe("instruction", info.instruction.as_ref());
    out.maybe("web", info.web.as_ref());
    out.maybe("contact", info.contact.as_ref());
    out.named("parameter", &info.parameters);
    for Resource { description, mime } in &info.resources {
        out.inside("resource", |out| {
            out.one("resourceDesc", description);
            out.one("mimeType", mime);
        });
    }
    for Area { description, polygons, circles, geocodes } in &info.areas {
        out.inside("area", |out| {
            out.one("areaDesc", description);
            polygons.iter().for_each(|polygon| out.one("polygon", polygon));
            circles.iter().for_each(|circle| out.one("circle", circle));
            out.named("geocode", geocodes);
        });
    }
}

/// `sender,identifier,sent`.
pub(super) fn triple(reference: &Reference) -> String {
    let Reference { sender, identifier, sent } = reference;
    format!("{sender},{identifier},{sent}")
}

/// What has a space in it stands in quotes.
fn quoted(text: &str) -> String {
    if text.contains(char::is_whitespace) { format!("\"{text}\"") } else { text.to_owned() }
}

struct Writer(String);

impl Writer {
    fn one(&mut self, name: &str, text: &str) {
        self.0.push_str(&format!("<{name}>{}</{name}>\n", escaped(text)));
    }

    fn maybe(&mut self, name: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.one(name, text);
        }
    }

    fn list(&mut self, name: &str, items: impl Iterator<Item = String>) {
        let items: Vec<String> = items.collect();
        if !items.is_empty() {
            self.one(name, &items.join(" "));
        }
    }

    fn inside(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.0.push_str(&format!("<{name}>\n"));
        write(self);
        self.0.push_str(&format!("</{name}>\n"));
    }

    fn named(&mut self, name: &str, values: &[Named]) {
        for Named { name: of, value } in values {
            self.inside(name, |out| {
                out.one("valueName", of);
                out.one("value", value);
            });
        }
    }
}
