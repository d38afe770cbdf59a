//! The task that owns the swarm.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{
    MAX_WAITING_EVENTS, NetConfig, NetEvent, StartError, TransportKey, handle::Command,
    outbox::Outboxes,
};

/// Starts listening and spawns the task.
pub(super) fn spawn(
    mut config: NetConfig,
    mut orders: mpsc::Receiver<Command>,
    outboxes: Arc<Outboxes>,
) -> Result<(TransportKey, mpsc::Receiver<NetEvent>), StartError> {
    let keys = libp2p::identity::Keypair::ed25519_from_bytes(&mut *config.transport_secret)
        .map_err(|_malformed| StartError::Key)?;
    let key = super::address::key_of_peer(&keys.public().to_peer_id()).ok_or(StartError::Key)?;
    let (events, receiver) = mpsc::channel(MAX_WAITING_EVENTS);
    tokio::spawn(async move {
        while orders.recv().await.is_some() {}
        drop((events, outboxes));
    });
    Ok((key, receiver))
}
