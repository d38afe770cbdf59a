//! Links of cards: what they show to whom, where they may stand, and texts that say too much.
//!
//! A card never contains anything of what it links but the id. A reader sees of an incident what its
//! own view has of it; a circle that does not have the incident does not get the link either.

use std::collections::BTreeSet;

use crate::{
    api::{
        Answer, ApiError,
        board::CardRequest,
        joint::{CardLink, NewLink},
    },
    doc::contested,
    model::{
        board::Card,
        disclosure::{Closed, Known, Release, Tier},
        id::{CardId, CircleId, IncidentId},
        registry::{FieldPath, Kind, Record, Value, table},
    },
    node::{
        Node, clock, errors,
        requests::{card_state::CardStates, incidents::NodeNames},
    },
};

/// Letters of a link's beginning that name it.
const MIN_PREFIX: usize = 4;

/// What a field of a card refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::node) enum Reference {
    Incident(IncidentId),
    Card(CardId),
}

/// What a card's field refers to, if it is one that refers.
pub(in crate::node) fn reference(
    record: &Record,
    path: &FieldPath,
    value: &Value,
) -> Option<Reference> {
    let spec = table::find(record.schema(), path).filter(|spec| spec.kind == Kind::Identifier)?;
    let id = value.as_text()?;
    match spec.pattern.rsplit('/').next()? {
        "incident" => id.parse().ok().map(Reference::Incident),
        "card" | "need" => id.parse().ok().map(Reference::Card),
        _other => None,
    }
}

impl Node {
    /// The coalition that a circle belongs to: itself, if it is one.
    pub(in crate::node) fn root_of(&self, circle: &CircleId) -> CircleId {
        self.replica.membership(circle).and_then(|it| it.parent()).unwrap_or(*circle)
    }

    /// Whether a circle has what a field refers to: itself, or the coalition that it is in. What only
    /// some of its members have, in a narrower circle, the others do not.
    pub(in crate::node) fn is_known_in(&self, circle: &CircleId, target: &Reference) -> bool {
        let root = self.root_of(circle);
        let has = |it: &CircleId| it == circle || *it == root;
        match target {
            Reference::Incident(incident) => {
                self.view.documents(incident).any(|it| !it.is_in_doubt() && has(&it.circle()))
            }
            Reference::Card(card) => self.view.board_documents(card).any(|it| has(&it.circle)),
        }
    }

    /// The keys of a card's links that stay at home: the card's circle does not have what they name,
    /// as far as this organisation can tell. What somebody wrote into the circle is there already.
    pub(in crate::node) fn home_links(
        &self,
        circle: &CircleId,
        record: &Record,
        shared: Option<&Record>,
    ) -> BTreeSet<String> {
        if *circle == self.own.private {
            return BTreeSet::new();
        }
        let links = record.under("links").filter(|(path, value)| {
            let is_there = shared.is_some_and(|it| it.get(path.as_str()) == Some(*value));
            reference(record, path, value)
                .is_some_and(|it| !is_there && !self.is_known_in(circle, &it))
        });
        links.filter_map(|(path, _)| path.segment(1).map(str::to_owned)).collect()
    }

    /// What must not stand in the open texts of a card in a circle: what this organisation keeps of
    /// it for itself, and what a linked dossier withholds.
    pub(in crate::node) fn closed_texts(&self, circle: &CircleId, record: &Record) -> Closed {
        let mut closed = Closed::default();
        let least = self.tier_of_cards(circle);
        for (path, value) in record.iter() {
            if table::find(record.schema(), path).is_some_and(|spec| spec.tier < least) {
                closed.add_field(record, path, value);
            }
        }
        for incident in linked_incidents(record) {
            let terms = self.terms_of(circle);
            let tier = if least == Tier::Sealed { Tier::Restricted } else { least };
            let release = Release::new(tier, clock::now()).with_terms(&terms);
            let (elsewhere, shown) = self.read_beside(&incident, circle);
            let Some(dossier) = self.dossier(&incident) else {
                // A partner's: what it told a narrower circle stays there.
                let known = Known { dossier: None, elsewhere: &elsewhere, shown: &shown };
                closed.add_incident(&known, &release);
                continue;
            };
            let (lost, dossier) = (contested(&dossier), dossier.record());
            let ledger = self.view.ledger_of(&self.own.private, &dossier, &lost);
            let known =
                Known { dossier: Some((&dossier, &lost)), elsewhere: &elsewhere, shown: &shown };
            closed.add_incident(&known, &release.by(&ledger));
        }
        closed
    }

    /// The open fields of a record that say what must not be said in a circle.
    fn telling(&self, circle: &CircleId, card: &Record, record: &Record) -> BTreeSet<FieldPath> {
        let closed = self.closed_texts(circle, card);
        let least = self.tier_of_cards(circle);
        let open = record.iter().filter(|(path, value)| {
            table::find(record.schema(), path).is_some_and(|spec| spec.tier >= least)
                && !path.is_under("meta")
                && reference(record, path, value).is_none()
        });
        let told = open.filter(|(path, value)| closed.is_told_by(record, path, value));
        told.map(|(path, _)| path.clone()).collect()
    }

    /// Refuses a change of a card's texts, links or closed fields by which an open text says what
    /// must not be read in its circle. What said so before, and is left as it is, stays.
    ///
    /// # Errors
    /// With the field that tells.
    pub(in crate::node) fn check_open_texts(
        &self,
        circle: &CircleId,
        before: Option<&Record>,
        after: &Record,
    ) -> Result<(), ApiError> {
        if *circle == self.own.private {
            return Ok(());
        }
        let told = self.telling(circle, after, after);
        if told.is_empty() {
            return Ok(());
        }
        let earlier = before.map(|it| self.telling(circle, it, it)).unwrap_or_default();
        let new = told.iter().find(|path| {
            let same = before.and_then(|it| it.get(path.as_str())) == after.get(path.as_str());
            !(same && earlier.contains(*path))
        });
        new.map_or(Ok(()), |path| Err(tells(path)))
    }

    /// Refuses a record beside a card that says what must not be read in the card's circle.
    ///
    /// # Errors
    /// With the field that tells.
    pub(in crate::node) fn check_closed_texts(
        &self,
        circle: &CircleId,
        card: &Record,
        record: &Record,
    ) -> Result<(), ApiError> {
        if *circle == self.own.private {
            return Ok(());
        }
        let told = self.telling(circle, card, record);
        told.first().map_or(Ok(()), |path| Err(tells(path)))
    }

    /// What is good to know of a card's texts and links.
    pub(super) fn card_warnings(&self, card: &Card) -> Vec<String> {
        if card.circle == self.own.private {
            return Vec::new();
        }
        let told = self.telling(&card.circle, &card.record, &card.record);
        let told = told.iter().map(|path| {
            format!("{path} contains what this organisation keeps for itself, or what a linked incident withholds")
        });
        told.collect()
    }

    /// The links of a card as this reader may follow them.
    pub(super) fn card_links(&self, card: &Card, states: &CardStates) -> Vec<CardLink> {
        let home = self.home_links(&card.circle, &card.record, self.in_circle(card).as_ref());
        let mut links = Vec::new();
        for (key, fields) in card.entries("links") {
            let note = fields.get("note").cloned();
            for (kind, target) in fields {
                if kind != "note" {
                    let (key, at_home) = (key.to_owned(), home.contains(key));
                    let link = CardLink {
                        key,
                        kind: kind.to_owned(),
                        target,
                        note: note.clone(),
                        readable: true,
                        title: None,
                        state: None,
                        countries: Vec::new(),
                        at_home,
                    };
                    links.push(self.resolved(link, states));
                }
            }
        }
        links
    }

    /// The links of a card that this organisation keeps for itself.
    pub(super) fn kept_links(&self, card: &Card) -> BTreeSet<String> {
        let private = self.own.private;
        let mut documents = self.view.board_documents(&card.id);
        let home = documents.find(|held| held.circle == private && card.circle != private);
        home.map(|held| held.record().keys("links").into_iter().map(str::to_owned).collect())
            .unwrap_or_default()
    }

    /// What of a card is in its circle.
    fn in_circle(&self, card: &Card) -> Option<Record> {
        let mut documents = self.view.board_documents(&card.id);
        documents.find(|held| held.circle == card.circle).map(|held| held.record())
    }

    fn resolved(&self, mut link: CardLink, states: &CardStates) -> CardLink {
        match link.kind.as_str() {
            "incident" => {
                let incident = link.target.parse().ok();
                let row = incident.and_then(|id| self.view.show(&id, &NodeNames(self)));
                link.readable = row.is_some();
                if let Some(shown) = row {
                    link.title = Some(shown.row.title);
                    link.state = Some(shown.row.level);
                    link.countries = vec![shown.row.country];
                }
            }
            "card" => {
                let card = link.target.parse().ok().and_then(|id| self.card(&id));
                link.readable = card.is_some();
                if let Some(card) = card {
                    link.title = Some(card.title().to_owned());
                    link.state = Some(states.of(&card));
                    link.countries = card.countries();
                }
            }
            _a_text => {}
        }
        link
    }

    pub(super) fn link_card(&mut self, card: String, link: NewLink) -> Result<Answer, ApiError> {
        let key = self.new_key();
        let targets = [
            ("incident", link.incident),
            ("card", link.card),
            ("report", link.report),
            ("url", link.url),
        ];
        let given = targets.into_iter().filter_map(|(kind, target)| Some((kind, target?)));
        let given: Vec<(&str, String)> = given.collect();
        if given.len() != 1 {
            return Err(errors::usage("a link is with one thing")
                .hint("give --incident, --card, --report or --url")
                .named("one-link", &[]));
        }
        let note = link.note.map(|note| ("note", note));
        let set = given.into_iter().chain(note);
        let set = set.map(|(field, text)| (format!("links/{key}/{field}"), text)).collect();
        self.card_request(CardRequest::Edit { card, set, unset: Vec::new() })
    }

    pub(super) fn unlink_card(&mut self, card: String, link: &str) -> Result<Answer, ApiError> {
        let id = self.find_card(&card)?;
        let held = self.card(&id).ok_or_else(|| errors::internal("a card that is not there"))?;
        let entries = held.entries("links");
        let of_target = |target: &String| link.len() >= MIN_PREFIX && target.starts_with(link);
        let keys: Vec<&str> = entries
            .iter()
            .filter(|(key, fields)| {
                **key == link
                    || fields.iter().any(|(kind, text)| *kind != "note" && of_target(text))
            })
            .map(|(key, _)| *key)
            .collect();
        let [key] = keys.as_slice() else {
            return Err(errors::not_found(format!(
                "{link:?} names no link of the card, or several"
            ))
            .hint("`ceiba card show` lists the links with their keys")
            .named("no-link", &[("link", link)]));
        };
        let part = format!("links/{key}");
        let unset = held.record.under(&part).map(|(path, _)| path.to_string()).collect();
        self.card_request(CardRequest::Edit { card, set: std::collections::BTreeMap::new(), unset })
    }
}

/// The incidents that a card links.
pub(in crate::node) fn linked_incidents(record: &Record) -> BTreeSet<IncidentId> {
    let references = record.iter().filter_map(|(path, value)| reference(record, path, value));
    references
        .filter_map(|it| match it {
            Reference::Incident(incident) => Some(incident),
            Reference::Card(_) => None,
        })
        .collect()
}

fn tells(path: &FieldPath) -> ApiError {
    errors::refused(format!(
        "{path} contains what this organisation keeps for itself, or what a linked incident withholds"
    ))
    .hint("write it so that all who read the card may read it")
    .named("card-text-tells", &[("path", path.as_str())])
}
