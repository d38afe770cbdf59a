//! How it stands with each peer, for people.

use super::Engine;
use crate::{
    model::id::{CircleId, LogId},
    sync::{
        ConnectionId,
        session::{CirclePhase, CircleSession},
    },
};

/// How far the exchange of a circle with one peer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Statements are being compared and fetched.
    Statements,
    /// Entries are being exchanged, or all is in step.
    Entries,
    /// The peer gets no entries from us: by what we know it is not entitled.
    Withheld,
}

/// How it stands with one circle at one peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CircleStatus {
    /// The circle.
    pub circle: CircleId,
    /// How far the exchange is.
    pub stage: Stage,
    /// Whether the peer says that we get no entries from it.
    pub refused_by_peer: bool,
    /// Statements that the peer has listed and we do not hold yet.
    pub missing_statements: usize,
    /// Logs of which the peer holds more than we do.
    pub logs_behind: usize,
}

/// What is kept in memory for a peer, in counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Positions of logs that it has told.
    pub positions: usize,
    /// Statements that it has listed and that are not held.
    pub lacking: usize,
    /// Requests of its that are not answered.
    pub wants: usize,
    /// Circles that it has shown and that are not ours.
    pub unmatched: usize,
}

impl Engine {
    /// How many connections there are, those without hello included.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// What is kept in memory for a peer.
    #[must_use]
    pub fn load_of(&self, connection: ConnectionId) -> Load {
        let Some(open) = self.open(connection) else { return Load::default() };
        Load {
            positions: open.positions,
            lacking: open.circles.values().map(|session| session.lacking.len()).sum(),
            wants: open.serving.len(),
            unmatched: open.unmatched.len(),
        }
    }

    /// How many entries of a log a peer has said in an open session that it holds, or were sent to
    /// it there.
    #[must_use]
    pub fn said_to_hold(&self, transport: &[u8; 32], circle: &CircleId, log: &LogId) -> u64 {
        let sessions = self.sessions.values().filter(|it| it.transport == *transport);
        let circles = sessions.filter_map(|session| session.open()?.circles.get(circle));
        let said = circles.filter_map(|circle| circle.theirs.get(log));
        said.map(|position| position.tail.next_seq).max().unwrap_or_default()
    }

    /// How it stands with each circle in common with a peer; none before both have said hello.
    #[must_use]
    pub fn circles_with(&self, connection: ConnectionId) -> Vec<CircleStatus> {
        let Some(open) = self.open(connection) else {
            return Vec::new();
        };
        let status = |(circle, session): (&CircleId, &CircleSession)| {
            let stage = match session.phase {
                CirclePhase::Statements { .. } => Stage::Statements,
                CirclePhase::Entries => Stage::Entries,
                CirclePhase::Withheld => Stage::Withheld,
            };
            CircleStatus {
                circle: *circle,
                stage,
                refused_by_peer: session.refused_us,
                missing_statements: session.lacking.len(),
                logs_behind: open.pulls.count_behind_in(circle),
            }
        };
        open.circles.iter().map(status).collect()
    }
}
