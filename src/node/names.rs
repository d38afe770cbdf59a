//! Names for people: of circles and organisations, which travel sealed as documents of the circle.
//!
//! A circle's name may be written by any of its members. An organisation's name is read from what
//! its own devices wrote in the document, whatever others write there.

use std::collections::BTreeMap;

use crate::{
    api::{ApiError, answer},
    crypto::Label,
    doc::{Actor, Document, Edit, EditError},
    membership::{Membership, OrgStatus},
    model::{
        id::{CircleId, DeviceId, DocumentId, OrgId},
        registry::{FieldPath, Schema, Value},
        text::fold,
    },
    node::{Node, errors},
    replica::{DocumentKey, DocumentWrite},
};

/// Schema of the document with a circle's name.
const CIRCLE_SCHEMA: &str = "circle/1";
/// Schema of the document with an organisation's name.
const ORG_SCHEMA: &str = "org/1";
/// The field with the name.
const NAME: &str = "name";
/// Least characters of a prefix that names something.
const MIN_PREFIX: usize = 4;

/// The document that a circle has exactly one of for each thing.
fn well_known(parts: &[&[u8]]) -> DocumentId {
    let hash = Label::WellKnownDocument.hash(parts);
    DocumentId::new(hash.first_chunk().copied().unwrap_or_default())
}

fn circle_document(circle: &CircleId) -> DocumentId {
    well_known(&[circle.as_bytes(), b"circle"])
}

pub(super) fn org_document(circle: &CircleId, org: &OrgId) -> DocumentId {
    well_known(&[circle.as_bytes(), b"org", org.as_bytes()])
}

impl Node {
    /// A circle's name, when its key is here; the private circle has none.
    pub(super) fn circle_name(&self, circle: &CircleId) -> Option<String> {
        if *circle == self.own.private {
            return Some("private".to_owned());
        }
        self.replica.document(&(*circle, circle_document(circle))).ok()?.as_ref().and_then(name_of)
    }

    /// An organisation's name, as it presents itself in any circle of ours.
    pub(super) fn org_name(&self, org: &OrgId) -> Option<String> {
        if *org == self.org() {
            return Some(self.own.org_name.clone());
        }
        self.replica
            .circle_ids()
            .find_map(|circle| self.presented(&circle, org).as_ref().and_then(name_of))
    }

    /// An organisation's name, as it presents itself in one circle: what it is called elsewhere is
    /// nobody's business there.
    pub(super) fn org_name_in(&self, circle: &CircleId, org: &OrgId) -> Option<String> {
        if *org == self.org() {
            return Some(self.own.org_name.clone());
        }
        self.presented(circle, org).as_ref().and_then(name_of)
    }

    /// What an organisation's own devices wrote of it in a circle.
    fn presented(&self, circle: &CircleId, org: &OrgId) -> Option<Document> {
        let membership = self.replica.membership(circle)?;
        let its_own =
            |device: &DeviceId| membership.device(device).is_some_and(|it| it.org == *org);
        self.replica.document_by(&(*circle, org_document(circle, org)), its_own).ok()?
    }

    /// An organisation for people: its name, or the beginning of its id.
    pub(super) fn org_label(&self, org: &OrgId) -> String {
        self.org_name(org).unwrap_or_else(|| format!("did:key:…{}", org.short()))
    }

    /// Writes a circle's name into it.
    pub(super) fn write_circle_name(
        &mut self,
        circle: &CircleId,
        name: &str,
    ) -> Result<(), ApiError> {
        let (schema, path, value) = named(CIRCLE_SCHEMA, name)?;
        let document = circle_document(circle);
        self.edit_document(circle, document, &schema, |edit| edit.set(&path, &value))?;
        Ok(())
    }

    /// Presents this organisation in a circle, unless that has been done or no key has come yet.
    pub(super) fn present_in(&mut self, circle: &CircleId) {
        let org = self.org();
        let holds_key = self.replica.counts_of(circle).epochs > 0;
        let own = self.device();
        let membership = self.replica.membership(circle);
        let may = membership.is_some_and(|it| it.may_write(&own) && it.may_read(&own));
        if !holds_key || !may || *circle == self.own.private || !self.is_by_own_act(circle) {
            return;
        }
        let name = self.own.org_name.clone();
        let says = |document: Option<Document>| {
            document.is_some_and(|it| it.record().text(NAME) == Some(&name))
        };
        // Where another device of ours says otherwise, it is left at that once this one has spoken.
        if says(self.presented(circle, &org)) {
            return;
        }
        let document = org_document(circle, &org);
        let written = named(ORG_SCHEMA, &name).and_then(|(schema, path, value)| {
            self.edit_own(circle, document, &schema, |edit| edit.set(&path, &value))
        });
        if let Err(error) = written {
            self.notices.insert(error.message);
        }
    }

    /// Edits what this device alone wrote in a document: the change builds on no other's, so that
    /// others read it whatever else is written there. Whether anything changed.
    pub(super) fn edit_own(
        &mut self,
        circle: &CircleId,
        document: DocumentId,
        schema: &Schema,
        write: impl Fn(&mut Edit<'_>) -> Result<(), EditError>,
    ) -> Result<bool, ApiError> {
        let key = (*circle, document);
        let device = self.device();
        let own = self.replica.document_by(&key, |it| *it == device)?;
        let mut own = own.unwrap_or_else(|| Document::new(schema.clone()));
        let actor = Actor::of(&device, &self.replica.identity().incarnation, &document);
        // A number that this device has used already must never be used again.
        if own.waiting().any(|change| change.actor() == actor) {
            return Ok(false);
        }
        let Some(change) = own.edit(&actor, write)? else { return Ok(false) };
        let held = self.replica.document(&key)?;
        let mut edited = held.unwrap_or_else(|| Document::new(schema.clone()));
        let changes = vec![change.bytes().to_vec()];
        edited.apply(&[change]);
        let write = DocumentWrite { document, schema: schema.clone(), changes };
        self.replica.write(circle, vec![write], &mut self.rng)?;
        self.replica.save_own(circle, document, &edited)?;
        Ok(true)
    }

    /// Edits a document in a circle: one change, sealed, signed, durable. Whether anything changed.
    pub(super) fn edit_document(
        &mut self,
        circle: &CircleId,
        document: DocumentId,
        schema: &Schema,
        write: impl Fn(&mut Edit<'_>) -> Result<(), EditError>,
    ) -> Result<bool, ApiError> {
        let held = self.replica.document(&(*circle, document))?;
        // Whatever others said before in its place that it is.
        let held = held.unwrap_or_else(|| Document::new(schema.clone()));
        let mut edited = held.proven(schema.clone());
        let identity = self.replica.identity();
        let actor = Actor::of(&identity.keys.device(), &identity.incarnation, &document);
        let Some(change) = edited.edit(&actor, write)? else { return Ok(false) };
        let changes = vec![change.bytes().to_vec()];
        let write = DocumentWrite { document, schema: schema.clone(), changes };
        self.replica.write(circle, vec![write], &mut self.rng)?;
        self.replica.save_own(circle, document, &edited)?;
        Ok(true)
    }

    /// The organisation of a device in a circle.
    pub(super) fn org_by_device(&self, circle: &CircleId, device: &DeviceId) -> Option<OrgId> {
        self.replica.membership(circle)?.device(device).map(|state| state.org)
    }

    /// The organisation of a device in a circle, for people.
    pub(super) fn org_of_device(&self, circle: &CircleId, device: &DeviceId) -> String {
        self.org_by_device(circle, device)
            .map_or_else(|| format!("device {}", device.short()), |org| self.org_label(&org))
    }

    /// Which organisation each automerge actor of a document is.
    pub(super) fn actors(&self, key: &DocumentKey) -> BTreeMap<Actor, OrgId> {
        let logs = self.replica.writers(key).unwrap_or_default();
        logs.into_iter()
            .filter_map(|log| {
                let org = self.org_by_device(&key.0, &log.device)?;
                Some((Actor::of(&log.device, &log.incarnation, &key.1), org))
            })
            .collect()
    }

    /// The circle that a person means.
    pub(super) fn find_circle(&self, text: &str) -> Result<CircleId, ApiError> {
        let mut found: Vec<CircleId> = Vec::new();
        for circle in self.replica.circle_ids() {
            let named = self.circle_name(&circle).is_some_and(|name| same_name(&name, text));
            let prefixed = text.len() >= MIN_PREFIX && circle.to_string().starts_with(text);
            if named || prefixed {
                found.push(circle);
            }
        }
        match found.as_slice() {
            [circle] => Ok(*circle),
            [] => Err(errors::not_found(format!("there is no circle {text:?} on this node"))
                .hint("`ceiba circle list` and `ceiba coalition list` show the circles")
                .named("no-circle", &[("name", text)])),
            _ => Err(errors::not_found(format!("{text:?} names several circles"))
                .hint("use the beginning of the id that `ceiba circle list` shows")
                .named("several-circles", &[("name", text)])),
        }
    }

    /// The coalition that a person means: the only one if none is named.
    pub(super) fn find_coalition(&self, text: Option<&str>) -> Result<CircleId, ApiError> {
        let coalitions: Vec<CircleId> = self
            .replica
            .circle_ids()
            .filter(|circle| self.kind_of(circle) == answer::CircleKind::Coalition)
            .collect();
        match (text, coalitions.as_slice()) {
            (Some(text), _) => {
                let circle = self.find_circle(text)?;
                if coalitions.contains(&circle) {
                    return Ok(circle);
                }
                Err(errors::usage(format!("{text:?} is no coalition"))
                    .named("no-such-coalition", &[("name", text)]))
            }
            (None, [coalition]) => Ok(*coalition),
            (None, []) => Err(errors::not_found("this node is in no coalition yet")
                .hint("found one with `ceiba coalition create NAME`, or join one with `ceiba join TICKET`")
                .named("no-coalition", &[])),
            (None, _) => Err(errors::usage("this node is in several coalitions")
                .hint("name the one that is meant: `ceiba coalition list` shows them, and --help where to put the name")
                .named("several-coalitions", &[])),
        }
    }

    /// The organisation that a person means, among those of a circle.
    pub(super) fn find_org(&self, circle: &CircleId, text: &str) -> Result<OrgId, ApiError> {
        let orgs = self.replica.membership(circle).map(Membership::orgs);
        // An id means one organisation, also where another calls itself by it.
        let exact = orgs.and_then(|orgs| orgs.keys().find(|org| org.to_string() == text));
        if let Some(org) = exact {
            return Ok(*org);
        }
        let found: Vec<OrgId> = orgs
            .into_iter()
            .flat_map(BTreeMap::keys)
            .filter(|org| {
                let named = self.org_name(org).is_some_and(|name| same_name(&name, text));
                let id = org.to_string();
                let short = text.len() >= MIN_PREFIX && org.short().starts_with(text);
                let prefixed = text.len() > "did:key:z6Mk".len() && id.starts_with(text);
                named || short || prefixed
            })
            .copied()
            .collect();
        match found.as_slice() {
            [org] => Ok(*org),
            [] => {
                Err(errors::not_found(format!("there is no organisation {text:?} in the circle"))
                    .hint("`ceiba member list` shows names and ids")
                    .named("no-organisation", &[("name", text)]))
            }
            _ => Err(errors::not_found(format!("{text:?} names several organisations"))
                .hint("use the id that `ceiba member list` shows")
                .named("several-organisations", &[("name", text)])),
        }
    }

    /// What sort of circle one is.
    pub(super) fn kind_of(&self, circle: &CircleId) -> answer::CircleKind {
        if *circle == self.own.private {
            return answer::CircleKind::Private;
        }
        match self.replica.membership(circle).and_then(Membership::parent) {
            Some(_parent) => answer::CircleKind::Circle,
            None => answer::CircleKind::Coalition,
        }
    }

    /// How an organisation stands in a circle.
    pub(super) fn standing_of(&self, circle: &CircleId, org: &OrgId) -> answer::Standing {
        let membership = self.replica.membership(circle);
        let state = membership.and_then(|membership| membership.org(org));
        // A child's member that the coalition removed counts as suspended until the child decides.
        let parent = membership.and_then(Membership::parent);
        let stranger = parent
            .and_then(|parent| self.replica.membership(&parent))
            .is_some_and(|parent| !parent.is_member(org));
        match state.map(crate::membership::OrgState::status) {
            None | Some(OrgStatus::Removed) => answer::Standing::Removed,
            Some(OrgStatus::Suspended) => answer::Standing::Suspended,
            Some(_) if stranger => answer::Standing::Suspended,
            Some(OrgStatus::Steward) => answer::Standing::Steward,
            Some(OrgStatus::Dormant | OrgStatus::Member) => answer::Standing::Member,
        }
    }
}

/// The name that a document gives.
fn name_of(document: &Document) -> Option<String> {
    let name = document.record().text(NAME)?.to_owned();
    // A partner wrote it, and it is shown in terminals.
    Some(name.chars().filter(|c| !c.is_control()).take(100).collect())
}

/// What is written for a name.
fn named(schema: &str, name: &str) -> Result<(Schema, FieldPath, Value), ApiError> {
    let schema =
        schema.parse().map_err(|_malformed| errors::internal("a schema without a name"))?;
    let path = NAME.parse().map_err(|_malformed| errors::internal("a field without a name"))?;
    Ok((schema, path, Value::Text(name.to_owned())))
}

/// Whether two names are the same for a person: accents aside, case aside.
fn same_name(one: &str, other: &str) -> bool {
    fold(one) == fold(other)
}
