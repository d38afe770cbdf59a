//! Sessions that a program opens and ends by itself, for nodes that
//! [dial by hand](crate::node::actor::NetOptions::by_hand).

use std::time::Duration;

use crate::{
    api::{ApiError, ErrorKind},
    net::{self, TransportKey},
    node::{Handle, Node, errors},
};

/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(2);

impl Handle {
    /// Dials the partner at these addresses (all with one `/p2p/…`) and waits for the session. It
    /// is not dialled again when the session ends.
    ///
    /// # Errors
    /// When an address is not usable, or there is no session after this time.
    pub async fn open_session(
        &self,
        addresses: Vec<String>,
        timeout: Duration,
    ) -> Result<(), ApiError> {
        let unusable = |error| errors::usage(errors::sentence(&error));
        let first = addresses.first().ok_or_else(|| errors::usage("there is no address"))?;
        let (_alone, key) = net::split_address(first).map_err(unusable)?;
        let network = self.net()?.clone();
        network.add_peer(key, addresses).await.map_err(unusable)?;
        let (mut waited, mut opened) = (Duration::ZERO, false);
        while !opened && waited < timeout {
            tokio::time::sleep(LOOK).await;
            waited += LOOK;
            opened = self.with(move |node| node.has_session_with(&key)).await?;
        }
        let removed = network.remove_peer(key).await;
        removed.map_err(|error| errors::internal(error.to_string()))?;
        if opened {
            return Ok(());
        }
        Err(ApiError::new(ErrorKind::Network, "the partner was not reached")
            .hint("look whether its node runs and listens at that address"))
    }

    /// Ends all sessions, and waits until they have ended here. Partners notice at once, and may
    /// dial again.
    ///
    /// # Errors
    /// When the node has stopped.
    pub async fn end_sessions(&self) -> Result<(), ApiError> {
        while self.with(Node::end_sessions).await? > 0 {
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }
}

impl Node {
    /// Whether there is a session with the device of this transport key.
    #[must_use]
    pub fn has_session_with(&self, key: &TransportKey) -> bool {
        self.sessions.values().any(|session| session.transport == *key)
    }

    /// Tells the network to end all sessions; how many there still are.
    pub(super) fn end_sessions(&mut self) -> usize {
        if let Some(network) = &self.net {
            for connection in self.sessions.keys() {
                network.close_soon(net::ConnectionId(connection.0), "ended by hand");
            }
        }
        self.sessions.len()
    }
}
