//! What others who speak on the same stream borrow: names of circles, and whether anything is
//! under way.

use super::Engine;
use crate::{
    model::id::CircleId,
    sync::{ConnectionId, digest::BlindedTag, session::CircleSession},
};

impl Engine {
    /// The circle that a peer names so, if entries of it are exchanged with the peer. Whether the
    /// peer is entitled is to be asked of the replica, at that moment.
    #[must_use]
    pub fn circle_by_their_name(
        &self,
        connection: ConnectionId,
        name: &[u8; 16],
    ) -> Option<CircleId> {
        let open = self.open(connection)?;
        let circle = open.by_their_tag.get(&BlindedTag(*name))?;
        open.circles.get(circle).filter(|it| it.exchanges_entries()).map(|_| *circle)
    }

    /// What we call a circle to a peer, if entries of it are exchanged with the peer.
    #[must_use]
    pub fn our_name_for(&self, connection: ConnectionId, circle: &CircleId) -> Option<[u8; 16]> {
        let open = self.open(connection)?;
        let exchanges = open.circles.get(circle).is_some_and(CircleSession::exchanges_entries);
        exchanges.then(|| open.names.ours(circle).0)
    }

    /// Whether both sides have presented themselves on a connection.
    #[must_use]
    pub fn is_open(&self, connection: ConnectionId) -> bool {
        self.open(connection).is_some()
    }

    /// Whether no entries are asked for or owed on a connection.
    #[must_use]
    pub fn is_idle(&self, connection: ConnectionId) -> bool {
        self.open(connection)
            .is_some_and(|open| open.serving.len() == 0 && open.pulls.active() == 0)
    }
}
