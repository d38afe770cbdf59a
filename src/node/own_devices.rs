//! What devices of one organisation tell each other in the private circle: in which circles they
//! take part, so that one that joins a coalition brings the others along; what people call them; and
//! which of them signs for the organisation.
//!
//! A device writes into a document of its own; what it says is taken from its own entries only.

use std::{cmp::Reverse, collections::BTreeSet};

use crate::{
    api::ApiError,
    crypto::Label,
    doc::Document,
    membership::VerifiedStatement,
    model::{
        id::{CircleId, DeviceId, DocumentId, LogId},
        limits::{MAX_CIRCLES, MAX_DEVICES_PER_ORG},
        registry::{FieldPath, Schema, Value},
        text::is_hidden,
    },
    node::{Node, errors, home::device::circle_key, requests::devices::label_key},
    replica::DocumentKey,
    sync::Input,
};

/// Schema of the document with a device's circles.
const SCHEMA: &str = "circles/1";
/// The fields with the circles: so many in each.
const FIELD: &str = "circles";
/// Circles in one field, whose text must not become too long.
const CIRCLES_PER_FIELD: usize = 16;
/// The fields with what people call devices: id and label each.
const LABELS: &str = "labels";
/// The field that says which time it was that people had the device sign for the organisation.
const SIGNS: &str = "signs";
/// Key of the same, of this device.
const TURN_KEY: &str = "device/signs";
/// Circles of which nothing has come yet that are taken up by the word of other devices.
const MAX_NOT_COME: usize = MAX_CIRCLES / 4;

fn document_of(circle: &CircleId, device: &DeviceId) -> DocumentId {
    let parts: [&[u8]; 3] = [circle.as_bytes(), b"circles of a device", device.as_bytes()];
    let hash = Label::WellKnownDocument.hash(&parts);
    DocumentId::new(hash.first_chunk().copied().unwrap_or_default())
}

fn field(name: &str, number: usize) -> Option<FieldPath> {
    format!("{name}/{number}").parse().ok()
}

impl Node {
    /// Whether this device signs for its organisation in a circle. Of several admin devices one does:
    /// two that did not know of each other's signature would vote twice, and cost the organisation
    /// its vote.
    pub(super) fn acts_in(&self, circle: &CircleId) -> bool {
        self.signer_in(circle) == Some(self.device())
    }

    /// The admin device that signs in a circle: the one that was named last to do so, else the one
    /// with the lowest id.
    pub(super) fn signer_in(&self, circle: &CircleId) -> Option<DeviceId> {
        let own = self.org();
        let membership = self.known(circle).ok()?;
        let admins = membership
            .devices()
            .filter(|(id, it)| it.org == own && it.role().decides() && membership.is_active(id));
        let admins: Vec<DeviceId> = admins.map(|(id, _state)| *id).collect();
        match admins.as_slice() {
            [] => None,
            [one] => Some(*one),
            several => several.iter().copied().max_by_key(|id| (self.turn_of(id), Reverse(*id))),
        }
    }

    /// Which time it was that people had a device sign from then on; 0 if they never did.
    fn turn_of(&self, device: &DeviceId) -> u64 {
        let told = self.told_by(device);
        let told = told.and_then(|it| it.record().text(SIGNS)?.parse().ok()).unwrap_or(0);
        // Of its own it may not have told yet.
        let own = self.replica.local(TURN_KEY).filter(|_turn| *device == self.device());
        let own = own.and_then(|it| std::str::from_utf8(it).ok()?.parse().ok());
        told.max(own.unwrap_or(0))
    }

    /// From now on this device signs for the organisation, and the others do not: for when the one
    /// that does is lost or lies in a drawer.
    pub(super) fn sign_here(&mut self) -> Result<(), ApiError> {
        // What others say that do not sign, or not any more, counts for nothing.
        let admins = self.own_devices().filter(|(_id, it)| it.role().decides() && !it.revoked);
        let newest = admins.map(|(device, _state)| self.turn_of(device)).max().unwrap_or(0);
        if self.turn_of(&self.device()) < newest || !self.acts_in(&self.own.private) {
            let turn = newest.saturating_add(1).to_string();
            self.replica.set_local(TURN_KEY, turn.into_bytes())?;
        }
        self.chores.extend(self.told_circles());
        self.settle();
        Ok(())
    }

    /// Refuses to sign here what another device of the organisation may be signing otherwise.
    pub(super) fn check_signs_here(&self, circle: &CircleId) -> Result<(), ApiError> {
        match self.signer_in(circle) {
            Some(signer) if signer != self.device() => {
                let label = self.device_label(&signer).unwrap_or_else(|| signer.short());
                Err(errors::refused(format!(
                    "{label} signs for the organisation; two devices that sign at once cost it its vote"
                ))
                .hint(format!("do it on {label}"))
                .hint("if it is out of reach: `ceiba device sign-here`, and sign nothing there any more")
                .named("signs-elsewhere", &[("label", &label)]))
            }
            _ => Ok(()),
        }
    }

    /// Whether this organisation is in a circle because it founded it, asked to be let in, or is in
    /// the coalition that it belongs to. Anybody can name it as a member of what they found, and
    /// would be told by our own chores who and where we are.
    pub(super) fn is_by_own_act(&self, circle: &CircleId) -> bool {
        let (own, mut circle) = (self.org(), *circle);
        // As deep as circles are inside each other; a ring of them has no beginning of its own.
        for _level in 0..MAX_CIRCLES {
            let Ok(membership) = self.known(&circle) else { return false };
            let founded = membership.genesis().is_some_and(|it| it.org == own);
            let asked = |statement: &VerifiedStatement| {
                statement.as_admission().is_some_and(|it| it.request().org == own)
            };
            match membership.parent() {
                _ if founded || self.replica.statements(&circle).any(asked) => return true,
                Some(parent) => circle = parent,
                None => return false,
            }
        }
        false
    }

    /// The manifests of this organisation that the private circle accepts, the newest first. What
    /// somebody with an old root brought in beside them must not be carried on by our own hand.
    pub(super) fn own_manifests(&self) -> Vec<VerifiedStatement> {
        let mut chain = Vec::new();
        let mut next = self.head().ok().map(|head| head.id);
        while let Some(id) = next {
            let Some(statement) = self.replica.statement(&self.own.private, &id) else { break };
            next = statement.as_manifest().and_then(|it| it.core().previous);
            chain.push(statement.clone());
        }
        chain
    }

    /// Brings the organisation's manifests from the private circle into another, or from there into all
    /// others when it is that which changed: a device may have been certified or revoked on a machine
    /// that does not know them.
    pub(super) fn spread_manifests(&mut self, circle: &CircleId) {
        if *circle == self.own.private {
            let others = self.replica.circle_ids().filter(|other| other != circle);
            let others: Vec<CircleId> = others.collect();
            others.iter().for_each(|other| self.spread_into(other));
        } else {
            self.spread_into(circle);
        }
    }

    fn spread_into(&mut self, circle: &CircleId) {
        let own = self.org();
        let head = |circle: &CircleId| self.replica.membership(circle)?.org(&own)?.manifest;
        let private = self.own.private;
        if head(circle) != head(&private) && self.told_circles().contains(circle) {
            let mut others = self.own_manifests();
            if let Some(set) = self.replica.statement_set(circle) {
                others.retain(|manifest| !set.contains(&manifest.id()));
            }
            if !others.is_empty()
                && let Err(error) = self.keep(circle, &others)
            {
                self.notices.insert(error.message);
            }
        }
        if let Err(error) = self.note_revoked(circle) {
            self.notices.insert(format!("it was not put down what was held: {error}"));
        }
        if let Some(device) = self.revoked_unnamed(circle) {
            let label = self.device_label(&device).unwrap_or_else(|| device.short());
            let name = self.circle_name(circle).unwrap_or_else(|| circle.short());
            self.notices.insert(format!(
                "{label} was revoked on a machine that did not know {name}: nothing that it wrote there counts any more; `ceiba device revoke {}` here lets what is held count again",
                device.short()
            ));
        }
    }

    /// A revoked device of this organisation of which entries are held in a circle that no
    /// revocation names: none of them counts.
    pub(super) fn revoked_unnamed(&self, circle: &CircleId) -> Option<DeviceId> {
        let own = self.org();
        let membership = self.known(circle).ok()?;
        let mut own_devices = membership.devices().filter(|(_id, it)| it.org == own);
        let held = |device: &DeviceId| self.replica.entries_of(circle, device) > 0;
        let found = own_devices
            .find(|(device, _state)| held(device) && self.is_revoked_unnamed(circle, device));
        found.map(|(device, _state)| *device)
    }

    /// Whether a device is revoked in a circle that no revocation of it names.
    pub(super) fn is_revoked_unnamed(&self, circle: &CircleId, device: &DeviceId) -> bool {
        let state = self.replica.membership(circle).and_then(|it| it.device(device));
        let names = || {
            self.replica.statements(circle).filter_map(VerifiedStatement::as_manifest).any(|it| {
                let mut revocations = it.core().revocations.iter();
                revocations.any(|it| it.device == *device && it.in_circle(circle).is_some())
            })
        };
        state.is_some_and(|it| it.revoked) && !names()
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

    /// Tells this organisation's other devices in which circles it is, what people call devices here,
    /// and whether this one signs, if that has changed. Once a circle was named it stays: leaving is
    /// for the circle's own statements to say.
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
        circles.extend(held.filter(|circle| self.is_by_own_act(circle)));
        self.tell(&circles);
    }

    pub(super) fn tell(&mut self, circles: &BTreeSet<CircleId>) {
        let private = self.own.private;
        let ids: Vec<String> = circles.iter().take(MAX_CIRCLES).map(ToString::to_string).collect();
        let mut told: Vec<(FieldPath, Value)> = Vec::new();
        for (number, ids) in ids.chunks(CIRCLES_PER_FIELD).enumerate() {
            told.extend(field(FIELD, number).map(|path| (path, Value::Text(ids.join(" ")))));
        }
        let labels = self.own_devices().filter_map(|(device, _state)| {
            let kept = self.replica.local(&label_key(device));
            let kept = kept.and_then(|kept| String::from_utf8(kept.to_vec()).ok());
            let own = (*device == self.device()).then(|| self.own.device_label.clone());
            Some(format!("{device} {}", own.or(kept)?))
        });
        for (number, label) in labels.take(MAX_DEVICES_PER_ORG).enumerate() {
            told.extend(field(LABELS, number).map(|path| (path, Value::Text(label))));
        }
        let turn = self.turn_of(&self.device());
        if turn > 0 {
            let path = SIGNS.parse::<FieldPath>().ok();
            told.extend(path.map(|path| (path, Value::Text(turn.to_string()))));
        }
        let before = self.told_by(&self.device()).map(|document| document.record());
        told.retain(|(path, value)| {
            before.as_ref().is_none_or(|it| it.get(path.as_str()) != Some(value))
        });
        let Ok(schema) = SCHEMA.parse::<Schema>() else { return };
        if told.is_empty() {
            return;
        }
        let document = document_of(&private, &self.device());
        let written = self.edit_own(&private, document, &schema, |edit| {
            told.iter().try_for_each(|(path, value)| edit.set(path, value))
        });
        if let Err(error) = written {
            self.notices.insert(error.message);
        }
    }

    /// What a device of this organisation told the others, in its own words.
    fn told_by(&self, device: &DeviceId) -> Option<Document> {
        let key = (self.own.private, document_of(&self.own.private, device));
        self.replica.document_by(&key, |it| it == device).ok().flatten()
    }

    /// The circles that a device of this organisation named.
    fn circles_told_by(&self, device: &DeviceId) -> BTreeSet<CircleId> {
        let Some(document) = self.told_by(device) else { return BTreeSet::new() };
        let record = document.record();
        let fields = (0..MAX_CIRCLES.div_ceil(CIRCLES_PER_FIELD)).filter_map(|it| field(FIELD, it));
        let texts: Vec<&str> = fields.filter_map(|path| record.text(path.as_str())).collect();
        let ids = texts.iter().flat_map(|text| text.split(' ').take(CIRCLES_PER_FIELD));
        ids.filter_map(|id| id.parse().ok()).collect()
    }

    /// What a device is called by itself, else by an admin device: those certify the others.
    pub(super) fn label_told(&self, device: &DeviceId) -> Option<String> {
        let admins = self.own_devices().filter(|(_id, it)| it.role().decides() && !it.revoked);
        let others = admins.map(|(id, _state)| *id).filter(|id| id != device);
        let told = std::iter::once(*device).chain(others).find_map(|by| {
            let record = self.told_by(&by)?.record();
            let fields = (0..MAX_DEVICES_PER_ORG).filter_map(|it| field(LABELS, it));
            fields.into_iter().find_map(|path| {
                let (id, label) = record.text(path.as_str())?.split_once(' ')?;
                (id == device.to_string()).then(|| label.to_owned())
            })
        });
        let told =
            told.map(|it| it.chars().filter(|c| !is_hidden(*c)).take(100).collect::<String>());
        told.filter(|label| !label.trim().is_empty())
    }

    /// Circles that were taken up by another device's word, of which nothing has come yet.
    pub(super) fn not_come_yet(&self) -> Vec<CircleId> {
        let unknown = |circle: &CircleId| {
            self.replica.membership(circle).is_none_or(|it| it.genesis().is_none())
        };
        self.replica.circle_ids().filter(unknown).collect()
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
            // Invented ones must not keep the organisation from joining others for good.
            let full = self.replica.circle_ids().count() >= MAX_CIRCLES
                || self.not_come_yet().len() >= MAX_NOT_COME;
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
