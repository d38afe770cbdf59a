//! What happens to alerts, for whoever makes people notice: bell, desktop, webhook, mail.
//!
//! The node puts a [`Notice`] into a queue; one consumer takes them by
//! [`Handle::next_notices`](crate::node::Handle::next_notices). A notice says nothing of what an
//! alert is about, so that passing it on gives nothing away beyond "an alert waits". It lives in
//! memory only: what waits for an answer when a node starts is told again then, as `New`,
//! `Escalated` or `Expired`.

use std::{collections::VecDeque, sync::Arc};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::model::{alert::Level, id::CircleId};

/// Notices that wait at most; the oldest are dropped, for people who did not look at a thousand
/// notices look at the list.
const MAX_WAITING: usize = 1024;

/// What happened to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It came, and waits for an answer.
    New,
    /// Nobody took it in time.
    Escalated,
    /// Somebody said what is new.
    Updated,
    /// Somebody answered.
    Acknowledged,
    /// It is over.
    StoodDown,
    /// Its time is over, and nobody has said how it ended.
    Expired,
}

/// Something that people should notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The circle that the alert is in.
    pub circle: CircleId,
    /// The alert's id.
    pub alert: String,
    /// What happened.
    pub reason: Reason,
    /// How urgent it is by now.
    pub level: Level,
    /// Whether it is an exercise.
    pub drill: bool,
    /// The step that is reached: 0 to 3.
    pub step: u8,
    /// Whether this organisation is called by now.
    pub for_us: bool,
}

/// The notices that nobody has taken yet.
#[derive(Debug, Default)]
pub(super) struct Notices {
    queue: VecDeque<Notice>,
    woken: Arc<Notify>,
}

impl Notices {
    pub(super) fn push(&mut self, notice: Notice) {
        if self.queue.len() >= MAX_WAITING {
            self.queue.pop_front();
        }
        self.queue.push_back(notice);
        self.woken.notify_one();
    }

    pub(super) fn take(&mut self) -> Vec<Notice> {
        self.queue.drain(..).collect()
    }

    /// Tells when there is something to take.
    pub(super) fn waker(&self) -> Arc<Notify> {
        Arc::clone(&self.woken)
    }
}
