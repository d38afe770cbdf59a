//! The orderly end.

use futures::StreamExt as _;
use libp2p::PeerId;
use tokio::time::timeout;

use super::{EventLoop, Report};

impl EventLoop {
    /// Closes all streams, then all connections, within the limit. Peers learn at once that this
    /// node has gone, and need not wait for a time-out.
    pub(super) async fn shut_down(mut self) {
        // Their askers are told by the loss of the reply.
        self.joins.clear();
        self.openings.clear();
        self.close_all();
        let limit = self.config.time_limits.shutdown;
        if timeout(limit, self.finish_sessions()).await.is_err() {
            tracing::debug!(left = self.tasks.len(), "not all streams closed in time");
        }
        self.tasks.abort_all();
        let peers: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
        for peer in peers {
            // An error says that it has gone meanwhile.
            let _gone = self.swarm.disconnect_peer_id(peer);
        }
        let closed = async {
            while self.swarm.network_info().connection_counters().num_established() > 0 {
                self.swarm.next().await;
            }
        };
        if timeout(limit / 4, closed).await.is_err() {
            tracing::debug!("not all connections closed in time");
        }
    }

    /// Lets the sessions' tasks end; the swarm must move for their last bytes to go out. What
    /// peers open meanwhile is dropped.
    async fn finish_sessions(&mut self) {
        while !self.sessions.is_empty() {
            tokio::select! {
                report = self.reports.recv() => {
                    if let Some(Report::Ended { connection, .. }) = report {
                        self.sessions.retain(|_, session| session.connection() != connection);
                    }
                }
                ended = self.tasks.join_next() => if ended.is_none() { return },
                _ = self.swarm.next() => {}
            }
        }
    }
}
