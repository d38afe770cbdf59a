//! Where devices listen: told to the coalition's members, sealed, so that partners who never
//! exchanged a ticket find each other.
//!
//! A device writes its addresses into a document of its own in each coalition. What another
//! device wrote there is passed over.

use crate::{
    crypto::Label,
    model::{
        id::{CircleId, DeviceId, DocumentId},
        registry::{FieldPath, Schema, Value},
    },
    net,
    node::{Node, requests::peers::MAX_ADDRESSES_PER_PEER},
    replica::DocumentKey,
};

/// Schema of the document with a device's addresses.
const DEVICE_SCHEMA: &str = "device/1";
/// The field with the addresses, separated by spaces.
const ADDRESSES: &str = "addresses";
/// Key of the addresses that the node listened on last, when it chose the ports itself.
const LAST_LISTEN: &str = "listen/last";

fn device_document(circle: &CircleId, device: &DeviceId) -> DocumentId {
    let parts: [&[u8]; 3] = [circle.as_bytes(), b"device", device.as_bytes()];
    let hash = Label::WellKnownDocument.hash(&parts);
    DocumentId::new(hash.first_chunk().copied().unwrap_or_default())
}

impl Node {
    /// Tells a coalition's members where this device listens, if that has changed.
    pub(super) fn tell_addresses(&mut self, circle: &CircleId) {
        let root = self.known(circle).is_ok_and(|it| it.parent().is_none());
        let may = self.known(circle).is_ok_and(|it| it.may_write(&self.device()));
        let holds_key = self.replica.counts_of(circle).epochs > 0;
        let private = *circle == self.own.private;
        if !root || private || !may || !holds_key || !self.running || self.listening.is_empty() {
            return;
        }
        let usable: Vec<&str> = self
            .listening
            .iter()
            .map(String::as_str)
            .filter(|it| !it.contains("/ip4/0.0.0.0/") && !it.contains("/ip6/::/"))
            .take(MAX_ADDRESSES_PER_PEER)
            .collect();
        let told = Value::Text(usable.join(" "));
        let document = device_document(circle, &self.device());
        let (Ok(schema), Ok(path)) =
            (DEVICE_SCHEMA.parse::<Schema>(), ADDRESSES.parse::<FieldPath>())
        else {
            return;
        };
        let held = self.replica.document(&(*circle, document)).ok().flatten();
        if held.is_some_and(|held| held.record().get(ADDRESSES) == Some(&told)) {
            return;
        }
        let written = self.edit_document(circle, document, &schema, |edit| edit.set(&path, &told));
        if let Err(error) = written {
            self.notices.insert(error.message);
        }
    }

    /// Takes up where a partner's device says that it listens.
    pub(super) fn learn_addresses(&mut self, key: &DocumentKey) {
        let Ok(Some(document)) = self.replica.document(key) else { return };
        if document.schema().name() != "device" {
            return;
        }
        let Ok(authors) = self.replica.authors(key) else { return };
        let [device] = authors.iter().copied().collect::<Vec<_>>()[..] else { return };
        if device == self.device() || device_document(&key.0, &device) != key.1 {
            return;
        }
        let transport = self.known(&key.0).ok().and_then(|it| it.device(&device));
        let Some(transport) = transport.map(|state| state.device.transport) else { return };
        let record = document.record();
        let told = record.text(ADDRESSES).unwrap_or_default();
        for address in told.split(' ').take(MAX_ADDRESSES_PER_PEER) {
            let its_own = net::split_address(address).is_ok_and(|(_, key)| key == transport);
            if its_own && self.remember_address(address).is_err() {
                tracing::debug!("a partner's address is not usable");
            }
        }
    }

    /// Where to listen if nobody says: where it was last, so that partners find the node again.
    pub(super) fn last_listen(&self) -> Vec<String> {
        let stored = self.replica.local(LAST_LISTEN);
        stored.and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default()
    }

    /// Remembers the ports that the system chose, for the next start.
    pub(super) fn keep_listen(&mut self, listen: &[String]) {
        let kept =
            serde_json::to_vec(listen).map(|bytes| self.replica.set_local(LAST_LISTEN, bytes));
        if !matches!(kept, Ok(Ok(()))) {
            self.notices.insert("the node's ports could not be remembered".to_owned());
        }
    }
}
