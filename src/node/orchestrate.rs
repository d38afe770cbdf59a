//! Requests that wait for partners: joining, and syncing until nothing is missing.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    api::{Answer, ApiError, ErrorKind, Progress, answer},
    model::id::CircleId,
    node::{Handle, Node, core::Session, errors},
    sync::{CircleStatus, ConnectionId, Stage},
};

/// How long joining waits for the coalition's first key after the inviter has answered.
const FIRST_KEY: Duration = Duration::from_secs(10);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(50);

impl Handle {
    /// Joins with a ticket: asks the inviter, takes its answer, and waits a while for the key.
    pub(super) async fn join(
        &self,
        ticket: String,
        progress: impl Fn(Progress),
    ) -> Result<Answer, ApiError> {
        let net = self.net()?.clone();
        let (circle, addresses, request) =
            self.with(move |node| node.join_request(&ticket)).await??;
        if addresses.is_empty() {
            return Err(ApiError::new(
                ErrorKind::Network,
                "the ticket names no address of the inviter",
            )
            .hint("ask for a ticket made while the inviter's node runs")
            .hint("or join by files: `ceiba join TICKET --request-out FILE`"));
        }
        let mut failures = Vec::new();
        for address in addresses {
            progress(Progress::step(format!("asking the inviter at {address}")));
            match net.join(&address, request.clone()).await {
                Ok(answer) => {
                    let circle =
                        self.with(move |node| node.take_answer(&answer, Some(circle))).await??;
                    if self.with(|node| node.by_hand).await? {
                        // Who dials by hand asks for this session by joining.
                        self.open_session(vec![address], FIRST_KEY).await?;
                    }
                    return self.wait_for_key(circle, progress).await;
                }
                Err(error) => failures.push(format!("{address}: {}", errors::sentence(&error))),
            }
        }
        let error = ApiError::new(ErrorKind::Network, "the inviter could not be reached");
        let error = failures.into_iter().fold(error, ApiError::hint);
        Err(error.hint("join by files instead: `ceiba join TICKET --request-out FILE`"))
    }

    async fn wait_for_key(
        &self,
        circle: CircleId,
        progress: impl Fn(Progress),
    ) -> Result<Answer, ApiError> {
        progress(Progress::step("waiting for the coalition's key"));
        let mut waited = Duration::ZERO;
        loop {
            let joined = self.with(move |node| node.joined(&circle)).await?;
            if joined.name.is_some() || waited >= FIRST_KEY {
                return Ok(Answer::Joined(joined));
            }
            tokio::time::sleep(LOOK).await;
            waited += LOOK;
        }
    }

    /// Dials peers and waits until both sides hold the same, as far as this side can tell.
    pub(super) async fn sync(
        &self,
        peer: Option<String>,
        timeout: u64,
        progress: impl Fn(Progress),
    ) -> Result<Answer, ApiError> {
        let net = self.net()?.clone();
        let wanted = self.with(move |node| node.peers_to_sync(peer.as_deref())).await??;
        net.dial_now(None).await.map_err(|error| errors::internal(error.to_string()))?;
        let before = self.with(|node| node.traffic()).await?;
        let (mut waited, limit) = (Duration::ZERO, Duration::from_secs(timeout));
        let mut quiet = Duration::ZERO;
        let mut frames = 0;
        loop {
            let keys = wanted.clone();
            let state = self.with(move |node| node.sync_state(&keys)).await?;
            let now = self.with(|node| node.traffic()).await?;
            let received = now.entries_received.saturating_sub(before.entries_received);
            progress(Progress::step(format!("{received} entries received")));
            // In sync, and nothing has moved for a moment: what we wrote has been pulled.
            quiet = if state.failed.is_empty() && now.frames_sent + now.frames_received == frames {
                quiet + LOOK
            } else {
                Duration::ZERO
            };
            frames = now.frames_sent + now.frames_received;
            if quiet >= LOOK * 6 || waited >= limit {
                let frames_sent = now.frames_sent.saturating_sub(before.frames_sent);
                return Ok(Answer::Synced(answer::Synced {
                    in_sync: state.in_sync,
                    failed: state.failed,
                    received,
                    frames_sent,
                }));
            }
            tokio::time::sleep(LOOK).await;
            waited += LOOK;
        }
    }
}

/// How far peers are in sync.
#[derive(Debug, Clone, Default)]
pub(super) struct SyncState {
    in_sync: Vec<String>,
    failed: BTreeMap<String, String>,
}

/// Whether we hold all that the peer has said it holds of a circle.
fn in_sync(circle: &CircleStatus, session: &Session) -> bool {
    let compared = match circle.stage {
        Stage::Statements => false,
        Stage::Entries => session.caught_up.contains(&circle.circle) || circle.refused_by_peer,
        Stage::Withheld => true,
    };
    compared && circle.missing_statements == 0 && circle.logs_behind == 0
}

impl Node {
    /// Whether there is a partner in session, and all is here of which those in session have said
    /// that they hold it.
    #[must_use]
    pub fn is_in_sync(&self) -> bool {
        let with = |(connection, session): (&ConnectionId, &Session)| {
            let common = self.engine.circles_with(*connection);
            !common.is_empty() && common.iter().all(|circle| in_sync(circle, session))
        };
        !self.sessions.is_empty() && self.sessions.iter().all(with)
    }

    /// The peers that a sync is to reach: the one that is named, or all that can be dialled.
    fn peers_to_sync(&self, peer: Option<&str>) -> Result<Vec<String>, ApiError> {
        let peers = self.peers();
        let named = |it: &answer::Peer, text: &str| {
            let org = it.org_name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(text));
            org || it.peer_id.starts_with(text)
                || it.device.is_some_and(|device| device.to_string().starts_with(text))
        };
        let found: Vec<String> = peers
            .iter()
            .filter(|it| peer.is_none_or(|text| named(it, text)))
            .filter(|it| peer.is_some() || it.connected || !it.addresses.is_empty())
            .map(|it| it.peer_id.clone())
            .collect();
        if found.is_empty() {
            return Err(match peer {
                Some(text) => errors::not_found(format!("there is no peer {text:?}"))
                    .hint("`ceiba peer list` shows them"),
                None => errors::not_found("no peer's address is known")
                    .hint("add one with `ceiba peer add ADDR`; `ceiba status` on the partner's node shows its addresses"),
            });
        }
        Ok(found)
    }

    fn sync_state(&self, wanted: &[String]) -> SyncState {
        let mut state = SyncState::default();
        for peer in self.peers().into_iter().filter(|it| wanted.contains(&it.peer_id)) {
            let label = peer.org_name.clone().unwrap_or_else(|| peer.peer_id.clone());
            let session = self.sessions.iter().find(|(_, session)| {
                crate::net::peer_id(&session.transport).as_deref() == Some(peer.peer_id.as_str())
            });
            let Some((connection, session)) = session else {
                let why = peer.last_error.unwrap_or_else(|| "not reached".to_owned());
                state.failed.insert(label, why);
                continue;
            };
            let common = self.engine.circles_with(*connection);
            let missing = common.iter().filter(|it| !in_sync(it, session)).count();
            if common.is_empty() {
                state.failed.insert(label, "no circle in common yet".to_owned());
            } else if missing > 0 {
                state.failed.insert(label, format!("{missing} circles are not in sync yet"));
            } else {
                state.in_sync.push(label);
            }
        }
        state
    }
}
