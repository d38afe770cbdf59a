//! Partners' devices and how they are reached.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    api::{Answer, ApiError, answer},
    model::{
        id::{DeviceId, OrgId},
        time::Timestamp,
    },
    net::{self, TransportKey},
    node::{Node, clock, errors},
};

/// What is remembered of a peer under `peer/<transport key>`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::node) struct KnownPeer {
    pub(in crate::node) addresses: Vec<String>,
    pub(in crate::node) last_contact: Option<Timestamp>,
}

/// Addresses that are remembered of one peer.
pub(in crate::node) const MAX_ADDRESSES_PER_PEER: usize = 8;
/// Peers whose addresses are remembered.
const MAX_PEERS: usize = 512;
const PREFIX: &str = "peer/";

impl Node {
    pub(super) fn add_peer(&mut self, address: &str) -> Result<Answer, ApiError> {
        self.remember_address(address)?;
        Ok(Answer::Peers(self.peers()))
    }

    /// Remembers where a peer listens, and dials it unless that is left to a person.
    pub(in crate::node) fn remember_address(&mut self, address: &str) -> Result<(), ApiError> {
        let (_alone, key) =
            net::split_address(address).map_err(|error| errors::usage(errors::sentence(&error)))?;
        if key == self.transport() {
            return Err(errors::usage("this address is the node's own"));
        }
        let mut known = self.known_peers();
        if known.len() >= MAX_PEERS && !known.contains_key(&key) {
            return Err(errors::refused(format!("at most {MAX_PEERS} peers are remembered")));
        }
        let mut peer = known.remove(&key).unwrap_or_default();
        peer.addresses.retain(|it| it != address);
        peer.addresses.insert(0, address.to_owned());
        peer.addresses.truncate(MAX_ADDRESSES_PER_PEER);
        self.keep_peer(&key, &peer)?;
        if let Some(net) = self.net.as_ref().filter(|_| !self.by_hand) {
            net.add_peer_soon(key, peer.addresses);
        }
        Ok(())
    }

    fn keep_peer(&mut self, key: &TransportKey, peer: &KnownPeer) -> Result<(), ApiError> {
        let bytes =
            serde_json::to_vec(peer).map_err(|error| errors::internal(error.to_string()))?;
        let name = format!("{PREFIX}{}", data_encoding::HEXLOWER.encode(key));
        Ok(self.replica.set_local(&name, bytes)?)
    }

    /// The peers whose addresses are remembered.
    pub(in crate::node) fn known_peers(&self) -> BTreeMap<TransportKey, KnownPeer> {
        let read = |(name, bytes): (&str, &[u8])| {
            let hex = name.strip_prefix(PREFIX)?;
            let key = data_encoding::HEXLOWER.decode(hex.as_bytes()).ok()?;
            Some((key.try_into().ok()?, serde_json::from_slice(bytes).ok()?))
        };
        self.replica.locals(PREFIX).filter_map(read).collect()
    }

    /// Notes that a peer was reached.
    pub(in crate::node) fn note_contact(&mut self, key: &TransportKey) {
        let Some(mut peer) = self.known_peers().remove(key) else { return };
        peer.last_contact = Some(clock::now());
        if let Err(error) = self.keep_peer(key, &peer) {
            self.notices.insert(error.message);
        }
    }

    pub(in crate::node) fn peers(&self) -> Vec<answer::Peer> {
        let mut peers: BTreeMap<TransportKey, answer::Peer> = BTreeMap::new();
        let known = self.known_peers();
        for circle in self.replica.circle_ids() {
            let Some(membership) = self.replica.membership(&circle) else { continue };
            for (device, state) in membership.devices() {
                let key = state.device.transport;
                if key == self.transport() || !membership.may_confer(device) {
                    continue;
                }
                let peer = peers.entry(key).or_insert_with(|| bare_peer(&key));
                peer.device = Some(*device);
                peer.org = Some(state.org);
            }
        }
        for (key, it) in known {
            let peer = peers.entry(key).or_insert_with(|| bare_peer(&key));
            peer.addresses = it.addresses;
            peer.last_contact = it.last_contact;
        }
        for session in self.sessions.values() {
            let peer =
                peers.entry(session.transport).or_insert_with(|| bare_peer(&session.transport));
            peer.connected = true;
            peer.last_contact = Some(session.since);
        }
        let mut peers: Vec<answer::Peer> = peers.into_values().collect();
        for peer in &mut peers {
            if peer.org.is_none() {
                (peer.device, peer.org) = self.known_by(&peer.peer_id);
            }
            peer.org_name = peer.org.as_ref().and_then(|org| self.org_name(org));
            peer.last_error = self.dial_errors.get(&peer.peer_id).cloned();
        }
        peers
    }
}

impl Node {
    /// The device with this peer id and its organisation, also if it was removed or revoked.
    fn known_by(&self, peer_id: &str) -> (Option<DeviceId>, Option<OrgId>) {
        let memberships =
            self.replica.circle_ids().filter_map(|circle| self.replica.membership(&circle));
        let found = memberships
            .flat_map(|it| it.devices())
            .find(|(_, state)| net::peer_id(&state.device.transport).as_deref() == Some(peer_id));
        found.map_or((None, None), |(device, state)| (Some(*device), Some(state.org)))
    }
}

fn bare_peer(key: &TransportKey) -> answer::Peer {
    answer::Peer {
        peer_id: net::peer_id(key).unwrap_or_default(),
        device: None,
        org: None,
        org_name: None,
        addresses: Vec::new(),
        connected: false,
        last_contact: None,
        last_error: None,
    }
}
