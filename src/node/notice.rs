//! What happens to alerts, for whoever makes people notice: bell, desktop, webhook, mail.
//!
//! The node puts a [`Notice`] into a queue; one consumer takes them by
//! [`Handle::next_notices`](crate::node::Handle::next_notices). A notice says nothing of what an
//! alert is about, so that passing it on gives nothing away beyond "an alert waits". It lives in
//! memory only: what waits for an answer when a node starts is told again then, as `New`,
//! `Escalated` or `Expired`.

use std::{cmp::Reverse, collections::VecDeque, sync::Arc};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::model::{alert::Level, id::CircleId};

/// Notices that wait at most; the least urgent are dropped, for people who did not look at a
/// thousand notices look at the list.
const MAX_WAITING: usize = 1024;

/// What happened to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It came, and waits for an answer.
    New,
    /// Somebody who may made it more severe.
    Worse,
    /// It was over, or somebody had it in hand, and now nobody has, or it is not.
    Reopened,
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

impl Notice {
    /// Whether people are to be told of it: it waits for this organisation, and is new, worse, open
    /// again or over its time. Exercises are told as all others: that is what they are for.
    #[must_use]
    pub const fn rings(&self) -> bool {
        let loud = match self.reason {
            Reason::New
            | Reason::Worse
            | Reason::Reopened
            | Reason::Escalated
            | Reason::Expired => true,
            Reason::Updated | Reason::Acknowledged | Reason::StoodDown => false,
        };
        self.for_us && loud
    }

    /// What goes first where not all have room: what is real, then what is severe.
    const fn urgency(&self) -> (bool, Level) {
        (self.drill, self.level)
    }
}

/// The notices that nobody has taken yet.
#[derive(Debug, Default)]
pub(super) struct Notices {
    queue: VecDeque<Notice>,
    woken: Arc<Notify>,
}

impl Notices {
    /// Takes in a notice that rings. Others do not wait: they would take the room of those that do.
    pub(super) fn push(&mut self, notice: Notice) {
        if !notice.rings() {
            return;
        }
        if self.queue.len() >= MAX_WAITING {
            let queue = self.queue.iter().enumerate();
            let least = queue.max_by_key(|(place, it)| (it.urgency(), Reverse(*place)));
            let Some((place, urgency)) = least.map(|(place, it)| (place, it.urgency())) else {
                return;
            };
            // A flood of exercises takes no room from what is real.
            if urgency < notice.urgency() {
                return;
            }
            self.queue.remove(place);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(reason: Reason, level: Level, drill: bool, for_us: bool) -> Notice {
        let (circle, alert) = (CircleId::new([7; 32]), format!("{level:?}"));
        Notice { circle, alert, reason, level, drill, step: 0, for_us }
    }

    #[test]
    fn nothing_pushes_out_what_is_real_and_severe() {
        let mut notices = Notices::default();
        let real = notice(Reason::New, Level::LifeImminent, false, true);
        notices.push(real.clone());
        for _drill in 0..MAX_WAITING * 2 {
            notices.push(notice(Reason::New, Level::LifeImminent, true, true));
            notices.push(notice(Reason::New, Level::LifeImminent, false, false));
            notices.push(notice(Reason::Updated, Level::LifeImminent, false, true));
            notices.push(notice(Reason::New, Level::Watch, false, true));
        }
        let last = notice(Reason::Escalated, Level::LifeImminent, false, true);
        notices.push(last.clone());
        let taken = notices.take();
        assert_eq!(taken.len(), MAX_WAITING);
        assert_eq!((taken.first(), taken.last()), (Some(&real), Some(&last)));
        assert!(taken.iter().all(Notice::rings));
    }
}
