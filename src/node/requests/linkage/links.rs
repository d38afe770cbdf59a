//! Links from own incidents to others: a part of a larger event, what it came before, a retaliation.

use std::collections::BTreeMap;

use rand::Rng;

use crate::{
    api::{
        Answer, ApiError,
        linkage::{LinkRequest, LinkRow},
    },
    linkage::Verdict,
    model::{id::IncidentId, vocabulary::Vocabulary},
    node::{Node, errors, requests::incidents::NodeNames},
};

/// The part of a record with links.
const LINKS: &str = "links";
/// Links that are judgements of two claims, not of an incident's own record.
const JUDGED: &[&str] = &["same_as", "not_same", "possible_same"];

impl Node {
    pub(in crate::node::requests) fn link(
        &mut self,
        request: LinkRequest,
    ) -> Result<Answer, ApiError> {
        match request {
            LinkRequest::Add { incident, link, to, note } => {
                let incident = self.find_incident(&incident)?;
                let to = self.find_incident(&to)?;
                self.add_link(&incident, &link, &to, note)?;
                Ok(Answer::Links(self.links_of(&incident)))
            }
            LinkRequest::List { incident: Some(incident) } => {
                let incident = self.find_incident(&incident)?;
                let to = incident.to_string();
                let all = self.all_links().into_iter();
                let links = all.filter(|row| row.incident == incident || row.to == to);
                Ok(Answer::Links(links.collect()))
            }
            LinkRequest::List { incident: None } => Ok(Answer::Links(self.all_links())),
            LinkRequest::Remove { incident, key } => {
                let incident = self.find_incident(&incident)?;
                let links = self.links_of(&incident);
                if !links.iter().any(|row| row.key == key && row.own) {
                    return Err(errors::not_found(format!(
                        "incident {} has no link {key:?} of its own dossier",
                        incident.short()
                    ))
                    .hint("`ceiba link list` shows the keys"));
                }
                let unset: Vec<String> = ["type", "incident", "note"]
                    .iter()
                    .map(|field| format!("{LINKS}/{key}/{field}"))
                    .collect();
                self.edit_incident(&incident.to_string(), None, &BTreeMap::new(), &unset)?;
                Ok(Answer::Links(self.links_of(&incident)))
            }
        }
    }

    fn add_link(
        &mut self,
        incident: &IncidentId,
        link: &str,
        to: &IncidentId,
        note: Option<String>,
    ) -> Result<(), ApiError> {
        if JUDGED.contains(&link) || Verdict::from_code(link).is_some() {
            return Err(errors::usage(format!("{link} is a judgement of two claims, not a link"))
                .hint("`ceiba cluster same` or `ceiba cluster not-same`"));
        }
        if Vocabulary::built_in().term("incident_link", link).is_none() {
            let codes = Vocabulary::built_in().list("incident_link").iter();
            let codes: Vec<&str> =
                codes.map(|term| term.code).filter(|code| !JUDGED.contains(code)).collect();
            return Err(errors::usage(format!("there is no type of link {link:?}"))
                .hint(format!("types are {}", codes.join(", "))));
        }
        if incident == to {
            return Err(errors::usage("an incident is not linked to itself"));
        }
        if !self.view.documents(incident).any(|document| document.tier().is_none()) {
            return Err(errors::refused("another organisation recorded that incident")
                .hint("a link is a part of the own dossier: begin it at the own incident"));
        }
        // Two devices may add links at the same time without knowing of each other.
        let mut bytes = [0; 6];
        self.rng.fill_bytes(&mut bytes);
        let key: String = bytes.iter().map(|byte| char::from(b'a' + byte % 26)).collect();
        let mut set = BTreeMap::from([
            (format!("{LINKS}/{key}/type"), link.to_owned()),
            (format!("{LINKS}/{key}/incident"), to.to_string()),
        ]);
        set.extend(note.map(|note| (format!("{LINKS}/{key}/note"), note)));
        self.edit_incident(&incident.to_string(), None, &set, &[]).map(drop)
    }

    fn all_links(&self) -> Vec<LinkRow> {
        let incidents: Vec<IncidentId> = self.view.all().collect();
        incidents.iter().flat_map(|incident| self.links_of(incident)).collect()
    }

    fn links_of(&self, incident: &IncidentId) -> Vec<LinkRow> {
        let mut rows: BTreeMap<String, LinkRow> = BTreeMap::new();
        for (_, document) in self.view.speaking(incident) {
            if document.record().keys(LINKS).is_empty() {
                continue;
            }
            let record = document.record().unpack();
            for key in record.keys(LINKS) {
                let text = |field: &str| record.text(&format!("{LINKS}/{key}/{field}"));
                let (Some(link), Some(to)) = (text("type"), text("incident")) else { continue };
                let names = NodeNames(self);
                let title = |id: &IncidentId| Some(self.view.line(id, &names)?.title);
                rows.entry(key.to_owned()).or_insert_with(|| LinkRow {
                    incident: *incident,
                    title: title(incident).unwrap_or_default(),
                    key: key.to_owned(),
                    link: link.to_owned(),
                    to: to.to_owned(),
                    to_title: to.parse().ok().and_then(|id| title(&id)),
                    note: text("note").map(str::to_owned),
                    own: document.tier().is_none(),
                });
            }
        }
        rows.into_values().collect()
    }
}
