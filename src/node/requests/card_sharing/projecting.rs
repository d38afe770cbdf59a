//! What of a card may be read in another circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::answer::Withheld,
    model::{
        board::Card,
        disclosure::Closed,
        id::{CircleId, OrgId},
        registry::{FieldPath, FieldSpec, Kind, Record, RecordKind, Value, table},
        vocabulary::{Terms, Vocabulary},
    },
    node::{
        Node,
        requests::citing::{Reference, linked_incidents, reference},
    },
    view::RECORD_ID,
};

/// Digits of an id that name it: as many as the program itself prints.
const MIN_ID_DIGITS: usize = 8;
/// With what the key of every organisation's `did:key` begins, in small letters.
const KEY_BEGINS: &str = "z6mk";
/// Letters of that key that name it: fewer than the program prints, and still nobody else's.
const MIN_KEY_LETTERS: usize = 10;

/// What goes and what stays.
pub(super) struct Projected {
    pub(super) record: Record,
    pub(super) withheld: Vec<Withheld>,
}

/// What a circle may read of a card.
struct Audience<'n> {
    node: &'n Node,
    circle: CircleId,
    members: BTreeSet<OrgId>,
    closed: Closed,
    /// Ids of what the circle does not have, and of who is not in it, in small letters.
    ids: BTreeSet<String>,
    terms: Terms,
}

impl Node {
    /// What of a card a circle may read, by the field table and by what it has already.
    pub(super) fn project_card(&self, card: &Card, circle: &CircleId) -> Projected {
        let audience = self.audience(card, circle);
        let mut verdicts: BTreeMap<&FieldPath, Result<Value, String>> = BTreeMap::new();
        for (path, value) in card.record.iter().filter(|(path, _)| !path.is_under("meta")) {
            verdicts.insert(path, audience.judge(&card.record, path, value));
        }
        // Of an entry whose organisation or target stays, nothing goes: the rest is about it.
        let mut gone: BTreeMap<String, String> = BTreeMap::new();
        for (path, verdict) in &verdicts {
            if let (Some(entry), Err(reason)) = (names_its_entry(&card.record, path), verdict) {
                gone.insert(entry, reason.clone());
            }
        }
        let mut record = Record::new(card.record.schema().clone());
        let mut withheld = Vec::new();
        for (path, verdict) in verdicts {
            let of_gone = entry_of(path).and_then(|entry| gone.get(&entry).cloned());
            match (verdict, of_gone) {
                // It has no more fields than the card.
                (Ok(value), None) => drop(record.set(path.clone(), value)),
                (Err(reason), _) | (Ok(_), Some(reason)) => {
                    withheld.push(Withheld { path: path.to_string(), reason });
                }
            }
        }
        Projected { record, withheld }
    }

    fn audience(&self, card: &Card, circle: &CircleId) -> Audience<'_> {
        let to = self.root_of(circle);
        let mut closed = self.closed_texts(circle, &card.record);
        self.close_people(&mut closed, circle, &card.record);
        let private = self.own.private;
        let strange = |it: &CircleId| *it != private && it != circle && *it != to;
        let elsewhere: Vec<CircleId> = self.replica.circle_ids().filter(strange).collect();
        let readers = self.orgs_of(&[*circle, to], true);
        // Who else is with us elsewhere, wherever the card is from, is nobody's business here.
        let mut ids: BTreeSet<String> = elsewhere.iter().map(ToString::to_string).collect();
        for org in self.orgs_of(&elsewhere, false).difference(&readers) {
            let did = org.to_string();
            ids.extend(did.rsplit(':').next().map(str::to_lowercase));
            ids.insert(data_encoding::HEXLOWER.encode(org.as_bytes()));
            closed.add_name(&did);
            if let Some(name) = self.org_name(org) {
                closed.add_name(&name);
            }
        }
        for name in elsewhere.iter().filter_map(|circle| self.circle_name(circle)) {
            closed.add_name(&name);
        }
        ids.insert(private.to_string());
        let known = |it: Reference| self.is_known_in(circle, &it);
        let incidents = self.view.all().filter(|id| !known(Reference::Incident(*id)));
        ids.extend(incidents.map(|id| id.to_string()));
        let cards = self.view.board().map(|held| held.id);
        ids.extend(cards.filter(|id| !known(Reference::Card(*id))).map(|id| id.to_string()));
        ids.extend(self.ids_beside(&[*circle, to]));
        let members = self.orgs_of(&[*circle], true);
        let terms = self.terms_of(circle);
        Audience { node: self, circle: *circle, members, closed, ids, terms }
    }

    /// Ids of alerts, comments and frozen texts, and digests of reports, that are not in some circles.
    fn ids_beside(&self, places: &[CircleId]) -> BTreeSet<String> {
        let is_here = |circle: &CircleId| places.contains(circle);
        let mut found: BTreeSet<String> = BTreeSet::new();
        let mut here: BTreeSet<String> = BTreeSet::new();
        let mut add = |circle: &CircleId, id: Option<&str>| {
            let of = if is_here(circle) { &mut here } else { &mut found };
            of.extend(id.map(str::to_lowercase).filter(|id| is_id(id)));
        };
        for (_, held) in self.view.alarms(RecordKind::Alert) {
            add(&held.circle, held.record().text(RECORD_ID));
        }
        for (_, held) in self.view.written(RecordKind::Comment) {
            add(&held.circle, held.record().text(RECORD_ID));
        }
        for (_, held) in self.view.written(RecordKind::Version) {
            add(&held.circle, held.record().text("hash"));
        }
        for held in self.view.board() {
            let record = held.record();
            for (_, value) in record.iter().filter(|(path, _)| is_report(path)) {
                add(&held.circle, value.as_text());
            }
        }
        found.difference(&here).cloned().collect()
    }

    /// Adds whom incidents name that the card does not link, also those of partners: what a narrower
    /// circle was told, or this organisation keeps, is quoted without a link too.
    fn close_people(&self, closed: &mut Closed, circle: &CircleId, card: &Record) {
        let (linked, least) = (linked_incidents(card), self.tier_of_cards(circle));
        for incident in self.view.all().filter(|incident| !linked.contains(incident)) {
            let (here, elsewhere): (Vec<_>, Vec<_>) =
                self.view.documents(&incident).partition(|held| held.circle() == *circle);
            let shown: Vec<Record> = here.iter().map(|held| held.record().unpack()).collect();
            for held in elsewhere {
                closed.add_people(&held.record().unpack(), &shown, least);
            }
        }
    }

    /// The organisations that are in any of some circles, or else that ever were.
    fn orgs_of(&self, circles: &[CircleId], now: bool) -> BTreeSet<OrgId> {
        let memberships = circles.iter().filter_map(|circle| self.replica.membership(circle));
        let orgs = memberships.flat_map(|membership| {
            membership.orgs().keys().filter(move |org| !now || membership.is_member(org))
        });
        orgs.copied().collect()
    }
}

impl Audience<'_> {
    /// The value as the circle may read it, or why it stays.
    fn judge(&self, record: &Record, path: &FieldPath, value: &Value) -> Result<Value, String> {
        let Some(spec) = table::find(record.schema(), path) else {
            return Err("an unknown field is sealed".to_owned());
        };
        if spec.tier < self.node.tier_of_cards(&self.circle) {
            return Err(format!("{} at most", spec.tier));
        }
        let value = match reference(record, path, value) {
            Some(target) => return self.target(&target),
            None => value,
        };
        if spec.kind == Kind::Org && !self.is_member(value) {
            return Err("not a member of the circle".to_owned());
        }
        if is_report(path) && !self.has_report(value) {
            return Err("a report that is not cited in the circle".to_owned());
        }
        if self.has_strange_code(spec, path, value) {
            return Err("a code that the circle's coalition has not adopted".to_owned());
        }
        if self.closed.is_told_by(record, path, value) || self.names_a_record(path, value) {
            return Err(
                "contains what stays: a closed field, a linked incident's, or of another circle"
                    .to_owned(),
            );
        }
        Ok(value.clone())
    }

    fn is_member(&self, value: &Value) -> bool {
        let org = value.as_text().and_then(|text| text.parse().ok());
        org.is_some_and(|org| self.members.contains(&org))
    }

    /// What a reference names there: of a card its copy, if it has another id.
    fn target(&self, target: &Reference) -> Result<Value, String> {
        if self.node.is_known_in(&self.circle, target) {
            return Ok(Value::Text(match target {
                Reference::Incident(incident) => incident.to_string(),
                Reference::Card(card) => card.to_string(),
            }));
        }
        let copy = match target {
            Reference::Card(card) => self.node.copy_note(card, &self.circle),
            Reference::Incident(_) => None,
        };
        copy.map(|note| Value::Text(note.card))
            .ok_or_else(|| "the circle does not have what it names; share that first".to_owned())
    }

    fn has_strange_code(&self, spec: &FieldSpec, path: &FieldPath, value: &Value) -> bool {
        spec.codes(path, value).any(|(list, code)| {
            Vocabulary::built_in().term(list, code).is_none()
                && self.terms.get(list, code).is_none()
        })
    }

    /// Whether a report is cited in the circle already: else who reads the copy learns of which
    /// circle's figures it speaks.
    fn has_report(&self, value: &Value) -> bool {
        let places = [self.circle, self.node.root_of(&self.circle)];
        let mut held = self.node.view.board().filter(|held| places.contains(&held.circle));
        held.any(|held| held.record().iter().any(|(path, other)| is_report(path) && other == value))
    }

    /// Whether a text or a key has the id of something that is none of this circle's, or of an
    /// organisation that is not in it, or the beginning of one, as people write it.
    fn names_a_record(&self, path: &FieldPath, value: &Value) -> bool {
        let text = value.as_text().unwrap_or_default();
        let words =
            text.split(|letter: char| !letter.is_ascii_alphanumeric()).chain(path.segments());
        let is_key = |word: &str| word.len() >= MIN_KEY_LETTERS && word.starts_with(KEY_BEGINS);
        let words = words.map(str::to_lowercase).filter(|word| is_id(word) || is_key(word));
        words.into_iter().any(|word| {
            let next = self.ids.range(word.clone()..).next();
            next.is_some_and(|id| id.starts_with(&word))
        })
    }
}

/// Whether a word is so many digits that it may be the beginning of an id.
fn is_id(word: &str) -> bool {
    word.len() >= MIN_ID_DIGITS && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a field has the digest or name of a report.
fn is_report(path: &FieldPath) -> bool {
    path.is_under("links") && path.segment(2) == Some("report") || path.as_str() == "snapshot"
}

/// The entry that a field belongs to: `links/a` of `links/a/note`.
fn entry_of(path: &FieldPath) -> Option<String> {
    path.segment(2)?;
    Some(format!("{}/{}", path.segment(0)?, path.segment(1)?))
}

/// The entry that is nothing without a field: the target of a link, an organisation.
fn names_its_entry(record: &Record, path: &FieldPath) -> Option<String> {
    let spec = table::find(record.schema(), path)?;
    let last = spec.pattern.rsplit('/').next()?;
    let names = last == "org" || path.is_under("links") && last != "note";
    if names { entry_of(path) } else { None }
}
