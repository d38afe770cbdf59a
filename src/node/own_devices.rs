//! What devices of one organisation tell each other in the private circle: in which circles they
//! take part, so that one that joins a coalition brings the others along.
//!
//! A device writes into a document of its own; what it says is taken from its own entries only.

use std::collections::BTreeSet;

use crate::{
    crypto::Label,
    model::{
        id::{CircleId, DeviceId, DocumentId, LogId},
        limits::MAX_CIRCLES,
        registry::{FieldPath, Schema, Value},
    },
    node::{Node, home::device::circle_key},
    replica::DocumentKey,
    sync::Input,
};

/// Schema of the document with a device's circles.
const SCHEMA: &str = "circles/1";
/// The fields with the circles: so many in each.
const FIELD: &str = "circles";
/// Circles in one field, whose text must not become too long.
const CIRCLES_PER_FIELD: usize = 16;

fn document_of(circle: &CircleId, device: &DeviceId) -> DocumentId {
    let parts: [&[u8]; 3] = [circle.as_bytes(), b"circles of a device", device.as_bytes()];
    let hash = Label::WellKnownDocument.hash(&parts);
    DocumentId::new(hash.first_chunk().copied().unwrap_or_default())
}

fn field(number: usize) -> Option<FieldPath> {
    format!("{FIELD}/{number}").parse().ok()
}

impl Node {
    /// Whether this device signs for its organisation in a circle what follows by itself. Of
    /// several admin devices one does, the one with the lowest id: two that did not know of each
    /// other's signature would vote twice, and cost the organisation its vote.
    pub(super) fn acts_in(&self, circle: &CircleId) -> bool {
        let (own, device) = (self.org(), self.device());
        let Ok(membership) = self.known(circle) else { return false };
        let mut admins = membership
            .devices()
            .filter(|(id, it)| it.org == own && it.role().decides() && membership.is_active(id));
        admins.next().is_some_and(|(first, _)| *first == device)
    }

    /// Brings the organisation's manifests from the private circle into another: a device may have been
    /// certified or revoked on a machine that does not know this circle.
    pub(super) fn spread_manifests(&mut self, circle: &CircleId) {
        let own = self.org();
        let head = |circle: &CircleId| self.replica.membership(circle)?.org(&own)?.manifest;
        // From the private circle only: what somebody with an old root brought into another must
        // not be carried everywhere by our own hand.
        let private = self.own.private;
        if !self.told_circles().contains(circle) || head(circle) == head(&private) {
            return;
        }
        let mut others = self.manifests(&private, &[own].into());
        let Some(set) = self.replica.statement_set(circle) else { return };
        others.retain(|manifest| !set.contains(&manifest.id()));
        if !others.is_empty()
            && let Err(error) = self.keep(circle, &others)
        {
            self.notices.insert(error.message);
        }
    }

    /// Whether this organisation has another device in use that reads.
    pub(super) fn has_other_readers(&self) -> bool {
        let readers = self.replica.readers(&self.own.private);
        readers.iter().any(|device| *device != self.device())
    }

    /// Whether this device tells the others something in the private circle: there are others, it
    /// reads and writes, and it has a key or is the one that makes the first.
    pub(super) fn speaks_in_private(&self) -> bool {
        let (private, own) = (self.own.private, self.device());
        let Ok(membership) = self.known(&private) else { return false };
        let may = membership.may_write(&own) && membership.may_read(&own);
        let first = membership.genesis().is_some_and(|genesis| genesis.device == own);
        let key = first || self.replica.counts_of(&private).epochs > 0;
        may && key && self.has_other_readers()
    }

    /// Tells this organisation's other devices in which circles it is, if that has changed. Once a
    /// circle was named it stays: leaving is for the circle's own statements to say.
    pub(super) fn tell_circles(&mut self) {
        let private = self.own.private;
        if !self.speaks_in_private() {
            return;
        }
        let mut circles = self.circles_told_by(&self.device());
        let own = self.org();
        let held = self.replica.circle_ids().filter(|circle| {
            let membership = self.replica.membership(circle);
            *circle != private && membership.is_some_and(|it| it.is_member(&own))
        });
        let before = circles.len();
        circles.extend(held);
        if circles.len() == before {
            return;
        }
        let ids: Vec<String> = circles.iter().take(MAX_CIRCLES).map(ToString::to_string).collect();
        let Ok(schema) = SCHEMA.parse::<Schema>() else { return };
        let document = document_of(&private, &self.device());
        let written = self.edit_own(&private, document, &schema, |edit| {
            for (number, ids) in ids.chunks(CIRCLES_PER_FIELD).enumerate() {
                let Some(path) = field(number) else { continue };
                edit.set(&path, &Value::Text(ids.join(" ")))?;
            }
            Ok(())
        });
        if let Err(error) = written {
            self.notices.insert(error.message);
        }
    }

    /// The circles that a device of this organisation named.
    fn circles_told_by(&self, device: &DeviceId) -> BTreeSet<CircleId> {
        let key = (self.own.private, document_of(&self.own.private, device));
        let document = self.replica.document_by(&key, |it| it == device).ok().flatten();
        let Some(document) = document else { return BTreeSet::new() };
        let record = document.record();
        let fields = (0..MAX_CIRCLES.div_ceil(CIRCLES_PER_FIELD)).filter_map(field);
        let texts: Vec<&str> = fields.filter_map(|path| record.text(path.as_str())).collect();
        let ids = texts.iter().flat_map(|text| text.split(' ').take(CIRCLES_PER_FIELD));
        ids.filter_map(|id| id.parse().ok()).collect()
    }

    /// Takes part in the circles that another device of this organisation named. Their statements
    /// come by sync; until then nothing of them is known here.
    pub(super) fn learn_circles(&mut self, key: &DocumentKey, writers: &BTreeSet<LogId>) {
        if key.0 != self.own.private {
            return;
        }
        let mut authors = writers.iter().map(|log| log.device);
        let owner = authors.find(|it| document_of(&key.0, it) == key.1);
        let Some(device) = owner.filter(|it| *it != self.device()) else { return };
        // A circle may name us as a member without asking: whoever takes us into one tells it who
        // and where we are. So only who may speak for the organisation does.
        let decides = self.known(&key.0).ok().and_then(|it| it.device(&device));
        if !decides.is_some_and(|it| it.org == self.org() && it.role().decides()) {
            return;
        }
        for circle in self.circles_told_by(&device) {
            let full = self.replica.circle_ids().count() >= MAX_CIRCLES;
            if full || self.replica.circle_ids().any(|known| known == circle) {
                continue;
            }
            if let Err(error) = self.replica.set_local(&circle_key(&circle), b"1".to_vec()) {
                self.notices.insert(error.to_string());
                return;
            }
            self.replica.take_up(circle);
            self.input(Input::StatementsChanged { circle, added: Vec::new() });
        }
    }
}
