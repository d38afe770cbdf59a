//! Where devices listen: told to the coalition's members, sealed, so that partners who never
//! exchanged a ticket find each other.
//!
//! A device writes its addresses into a document of its own in each coalition. What another
//! device wrote there is passed over.

use std::collections::BTreeSet;

use crate::{
    crypto::Label,
    model::{
        id::{CircleId, DeviceId, DocumentId, LogId},
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
/// Key of what the node wished to listen on last, and what ports it got.
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
        let own = self.device();
        let may = self.known(circle).is_ok_and(|it| it.may_write(&own) && it.may_read(&own));
        let holds_key = self.replica.counts_of(circle).epochs > 0 || *circle == self.own.private;
        // In the private circle, for the organisation's own devices.
        let silent = *circle == self.own.private && !self.speaks_in_private();
        // Nor in a circle in which somebody only says that we are.
        let silent = silent || !self.is_by_own_act(circle);
        if !root || silent || !may || !holds_key || !self.running || self.listening.is_empty() {
            return;
        }
        let usable: Vec<&str> = self
            .listening
            .iter()
            .map(String::as_str)
            .filter(|it| !it.contains("/ip4/0.0.0.0/") && !it.contains("/ip6/::/"))
            .filter(|it| !self.network.hide_address || it.contains("/p2p-circuit"))
            .take(MAX_ADDRESSES_PER_PEER)
            .collect();
        let told = Value::Text(usable.join(" "));
        let document = device_document(circle, &self.device());
        let (Ok(schema), Ok(path)) =
            (DEVICE_SCHEMA.parse::<Schema>(), ADDRESSES.parse::<FieldPath>())
        else {
            return;
        };
        let device = self.device();
        let held = self.replica.document_by(&(*circle, document), |it| *it == device);
        if held.ok().flatten().is_some_and(|held| held.record().get(ADDRESSES) == Some(&told)) {
            return;
        }
        let written = self.edit_own(circle, document, &schema, |edit| edit.set(&path, &told));
        if let Err(error) = written {
            self.notices.insert(error.message);
        }
    }

    /// Takes up where a partner's device says that it listens.
    pub(super) fn learn_addresses(&mut self, key: &DocumentKey, writers: &BTreeSet<LogId>) {
        let mut authors = writers.iter().map(|log| log.device);
        let owner = authors.find(|it| device_document(&key.0, it) == key.1);
        let Some(device) = owner.filter(|it| *it != self.device()) else { return };
        let Ok(Some(document)) = self.replica.document_by(key, |it| *it == device) else { return };
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

    /// The ports that the same wishes got last time, so that partners find the node again.
    pub(super) fn last_listen(&self, wished: &[String]) -> Option<Vec<String>> {
        let stored = self.replica.local(LAST_LISTEN)?;
        let (wishes, got): (Vec<String>, Vec<String>) = serde_json::from_slice(stored).ok()?;
        (wishes == wished && got != wished).then_some(got)
    }

    /// Remembers the ports that the system chose, for the next start.
    pub(super) fn keep_listen(&mut self, wished: &[String]) {
        let listening = self.listening();
        let got: Vec<String> = wished.iter().map(|wish| with_port(wish, &listening)).collect();
        let kept = serde_json::to_vec(&(wished, got))
            .map(|bytes| self.replica.set_local(LAST_LISTEN, bytes));
        if !matches!(kept, Ok(Ok(()))) {
            self.notices.insert("the node's ports could not be remembered".to_owned());
        }
    }
}

/// A wish for any port, with the port that it got: `/ip4/0.0.0.0/tcp/0` and
/// `/ip4/192.0.2.1/tcp/4001/p2p/…` make `/ip4/0.0.0.0/tcp/4001`.
fn with_port(wish: &str, listening: &[String]) -> String {
    let parts = |address: &str| address.split('/').map(str::to_owned).collect::<Vec<_>>();
    let wished = parts(wish);
    let [_, family, ip, transport, port, ..] = wished.as_slice() else { return wish.to_owned() };
    let any = ["0.0.0.0", "::"].contains(&ip.as_str());
    let got = listening.iter().map(|address| parts(address)).find_map(|got| match got.as_slice() {
        [_, its_family, its_ip, its_transport, its_port, ..]
            if its_family == family && its_transport == transport && (any || its_ip == ip) =>
        {
            Some(its_port.clone())
        }
        _other => None,
    });
    let Some(got) = got.filter(|_| port == "0") else { return wish.to_owned() };
    let mut wished = wished;
    if let Some(port) = wished.get_mut(4) {
        *port = got;
    }
    wished.join("/")
}

#[cfg(test)]
mod tests {
    use super::with_port;

    #[test]
    fn a_wish_for_any_port_takes_the_port_that_it_got() {
        let listening = [
            "/ip4/127.0.0.1/udp/4002/quic-v1/p2p/X".to_owned(),
            "/ip4/192.0.2.1/tcp/4001/p2p/X".to_owned(),
        ];
        for (wish, expected) in [
            ("/ip4/0.0.0.0/tcp/0", "/ip4/0.0.0.0/tcp/4001"),
            ("/ip4/0.0.0.0/udp/0/quic-v1", "/ip4/0.0.0.0/udp/4002/quic-v1"),
            ("/ip4/192.0.2.1/tcp/9", "/ip4/192.0.2.1/tcp/9"),
            ("/ip4/192.0.2.7/tcp/0", "/ip4/192.0.2.7/tcp/0"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(with_port(wish, &listening), expected);
        }
    }
}
