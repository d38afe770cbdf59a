//! Orders of the handle.

use std::collections::BTreeSet;

use libp2p::PeerId;

use super::EventLoop;
use crate::net::{
    DisconnectReason, TransportKey, address::peer_of_key, gate::Gate, handle::Command,
};

impl EventLoop {
    /// Obeys one order. Where sending a reply fails, the asker has given up.
    pub(super) fn obey(&mut self, order: Command) {
        match order {
            Command::SetMembers(members) => self.set_members(&members),
            Command::SetBlocked(blocked) => self.set_blocked(&blocked),
            Command::AddPeer(key, addresses, reply) => {
                let _given_up = reply.send(self.add_peer(key, &addresses));
            }
            Command::RemovePeer(key) => self.remove_peer(&key),
            Command::DialNow(Some(key)) => {
                if let Some(peer) = peer_of_key(&key) {
                    self.dial_now(peer);
                }
            }
            Command::DialNow(None) => self.dial_known(|_, _| true),
            Command::Close(connection, reason) => {
                self.close_session(connection, DisconnectReason::ClosedHere(reason));
            }
            Command::Join(address, request, reply) => self.join(&address, request, reply),
            Command::Listeners(reply) => {
                let listeners = self.swarm.listeners().map(ToString::to_string).collect();
                let _given_up = reply.send(listeners);
            }
            Command::Peers(reply) => {
                let _given_up = reply.send(self.peer_statuses());
            }
            Command::Limit(bytes_per_second) => self.limiter.set(bytes_per_second),
            Command::Metered(on) => self.set_metered(on),
            // Handled by the loop itself.
            Command::Shutdown => {}
        }
    }

    fn set_members(&mut self, members: &BTreeSet<TransportKey>) {
        let before = self.swarm.behaviour_mut().gate.set_members(peers(members));
        let gate = &self.swarm.behaviour().gate;
        let left = before.iter().filter(|peer| !gate.is_member(peer)).copied().collect();
        self.on_members_left(&left);
        self.use_members();
        self.judge_sessions();
        self.dial_known(|gate, peer| gate.is_member(peer) && !before.contains(peer));
    }

    fn set_blocked(&mut self, blocked: &BTreeSet<TransportKey>) {
        let blocked = peers(blocked);
        let before = self.swarm.behaviour_mut().gate.set_blocked(blocked.clone());
        for peer in blocked {
            self.openings.remove(&peer);
            self.close_peer(&peer, DisconnectReason::Blocked);
            if self.swarm.disconnect_peer_id(peer).is_ok() {
                tracing::debug!(%peer, "cut off");
            }
        }
        self.dial_known(|gate, peer| before.contains(peer) && !gate.is_blocked(peer));
    }

    /// Dials the known peers that are chosen.
    fn dial_known(&mut self, choose: impl Fn(&Gate, &PeerId) -> bool) {
        let gate = &self.swarm.behaviour().gate;
        let chosen: Vec<PeerId> =
            self.peers.keys().filter(|peer| choose(gate, peer)).copied().collect();
        for peer in chosen {
            self.dial_now(peer);
        }
    }
}

/// Keys that are none name nobody who could connect.
fn peers(keys: &BTreeSet<TransportKey>) -> BTreeSet<PeerId> {
    keys.iter().filter_map(peer_of_key).collect()
}
