//! What of a card may go to another circle: said once more, in other words than the program's.

use std::collections::BTreeMap;

use super::world::{CHILD, MEMBERS, NAMES, PARTNERS, Target, Who, World, has, root, words_in};
use crate::api::board::CardDetail;

/// Fields that are for named partners, and those that stay at home.
const RESTRICTED: [&str; 2] = ["risk_notes", "remote_link"];
const SEALED: [&str; 2] = ["place", "participants/a/name"];

impl World {
    /// The texts of a card that a circle may read.
    pub(super) fn goes(&self, card: &CardDetail, to: usize) -> Vec<String> {
        let fields: BTreeMap<&str, &str> = card
            .fields
            .iter()
            .filter_map(|field| Some((field.path.as_str(), field.value.as_str()?)))
            .collect();
        let open = fields.iter().filter(|(path, text)| {
            let by_tier = !SEALED.contains(path) && (to == CHILD || !RESTRICTED.contains(path));
            by_tier && self.entry_goes(&fields, path, to) && !self.tells(text, to)
        });
        open.map(|(_, text)| (*text).to_owned()).collect()
    }

    /// Whether the organisation or the target that an entry is about may be known in a circle.
    fn entry_goes(&self, fields: &BTreeMap<&str, &str>, path: &str, to: usize) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        let [table, key, _] = parts.as_slice() else { return true };
        let of = |field: &str| fields.get(format!("{table}/{key}/{field}").as_str()).copied();
        if *table != "links" {
            let nodes: Vec<Who> = self.nodes().map(|(who, _)| who).collect();
            let is_there = |org: &str| {
                let member = |who: &&Who| self.org(**who).to_string() == org;
                nodes.iter().find(member).is_some_and(|who| Self::is_member(to, *who))
            };
            return of("org").is_none_or(is_there);
        }
        let id = |kind: &str| of(kind).map(ToOwned::to_owned);
        if let Some(incident) = id("incident") {
            return self.knows(to, &Target::Incident(incident));
        }
        if let Some(card) = id("card") {
            let copy = self.copies.contains_key(&(card.clone(), to));
            return copy || self.knows(to, &Target::Card(card));
        }
        let cited = |report: &str| self.words.get(report).is_some_and(|it| has(to, &it.places));
        of("report").is_none_or(cited)
    }

    /// Whether a text names somebody or something that a circle must not learn of.
    fn tells(&self, text: &str, to: usize) -> bool {
        let coalition = root(to);
        let strangers = (0..PARTNERS.len()).filter(|it| !MEMBERS[coalition].contains(it));
        let mut strangers = strangers.map(|it| (PARTNERS[it], self.org(Who::Partner(it))));
        let mut circles = (0..NAMES.len()).filter(|it| *it != to && *it != coalition);
        let names_card = |word: &str| {
            let mut meant = self.cards.iter().map(|it| it.id.to_string());
            meant.any(|id| id.starts_with(word) && !self.knows(to, &Target::Card(id)))
        };
        let names_incident = |word: &str| {
            let mut meant = self.incidents.iter().map(|it| it.id.clone());
            meant.any(|id| id.starts_with(word) && !self.knows(to, &Target::Incident(id)))
        };
        let is_id = |it: &&str| it.len() >= 8 && it.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_victim = |word: &&str| self.words.get(*word).is_some_and(|it| it.what == "victim");
        strangers.any(|(name, org)| text.contains(name) || text.contains(&org.to_string()))
            || circles.any(|it| text.contains(NAMES[it]))
            || text.split(' ').filter(is_id).any(|it| names_card(it) || names_incident(it))
            || words_in(text).iter().any(is_victim)
    }
}
