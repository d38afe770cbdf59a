//! What is to be told of an alert that stands otherwise than at the last look.

use crate::{
    model::alert::{Level, Phase},
    node::notice::{Notice, Reason},
};

/// What is told of an alert only once: where it stood at the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Last {
    pub(super) phase: Phase,
    pub(super) level: Level,
    pub(super) step: u8,
    pub(super) acknowledged: usize,
    pub(super) updated: usize,
}

/// The worst that people were told of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    level: Level,
    step: u8,
    expired: bool,
}

impl Told {
    /// Of what is told first.
    pub(super) fn of(notice: &Notice) -> Self {
        let expired = notice.reason == Reason::Expired;
        Self { level: notice.level, step: notice.step, expired }
    }

    /// With what is told now.
    pub(super) fn with(self, notice: &Notice) -> Self {
        let now = Self::of(notice);
        Self {
            level: self.level.min(now.level),
            step: self.step.max(now.step),
            expired: self.expired || now.expired,
        }
    }

    /// Whether something is worse than all that was told before, which few things are: all else can
    /// be made to happen again and again.
    pub(super) fn is_less_than(self, notice: &Notice) -> bool {
        self.with(notice) != self
    }
}

/// Whether what happened undoes what somebody had in hand.
pub(super) fn is_setback(before: Option<Last>, reason: Reason) -> bool {
    let was_over = before.is_some_and(|before| before.phase.is_closed());
    was_over || matches!(reason, Reason::Worse | Reason::Reopened)
}

/// What is to be told of an alert that stood otherwise, or was not known, at the last look. `knows`
/// is whether somebody here said something to it, `worse` whether it is more severe than they knew.
pub(super) fn reason(before: Option<Last>, now: Last, knows: bool, worse: bool) -> Option<Reason> {
    let by_phase = |otherwise| match now.phase {
        Phase::Expired => Some(Reason::Expired),
        Phase::Escalated => Some(Reason::Escalated),
        Phase::Draft
        | Phase::Open
        | Phase::Acknowledged
        | Phase::Responding
        | Phase::StoodDown
        | Phase::HarmOccurred
        | Phase::FalseAlarm => otherwise,
    };
    let Some(before) = before else {
        if now.phase.is_closed() {
            return None;
        }
        let new = if worse { Some(Reason::Worse) } else { (!knows).then_some(Reason::New) };
        return by_phase(new);
    };
    let changed = before.phase != now.phase;
    // Nobody has it in hand any more, or it is not over: who thought so has to hear it.
    let reopened = match before.phase {
        Phase::Acknowledged | Phase::Responding => now.phase == Phase::Open,
        Phase::StoodDown | Phase::HarmOccurred | Phase::FalseAlarm => !now.phase.is_closed(),
        Phase::Draft | Phase::Open | Phase::Escalated | Phase::Expired => false,
    };
    if changed && now.phase.is_closed() {
        Some(Reason::StoodDown)
    } else if changed && now.phase == Phase::Expired {
        Some(Reason::Expired)
    } else if now.phase == Phase::Escalated && (changed || before.step < now.step) {
        Some(Reason::Escalated)
    } else if reopened {
        Some(Reason::Reopened)
    } else if now.level < before.level && !now.phase.is_closed() {
        Some(Reason::Worse)
    } else if before.updated < now.updated {
        Some(Reason::Updated)
    } else if before.acknowledged < now.acknowledged {
        Some(Reason::Acknowledged)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(phase: Phase, step: u8, acknowledged: usize, updated: usize) -> Last {
        Last { phase, level: Level::Serious, step, acknowledged, updated }
    }

    fn told(before: Option<Last>, now: Last, knows: bool) -> Option<Reason> {
        reason(before, now, knows, false)
    }

    #[test]
    fn each_change_is_told_once_and_the_most_urgent_first() {
        let open = last(Phase::Open, 0, 0, 0);
        assert_eq!(told(None, open, false), Some(Reason::New));
        assert_eq!(told(None, open, true), None, "who raised it knows");
        assert_eq!(told(Some(open), open, false), None);
        let first = last(Phase::Escalated, 1, 0, 0);
        assert_eq!(told(None, first, true), Some(Reason::Escalated));
        assert_eq!(told(Some(open), first, true), Some(Reason::Escalated));
        assert_eq!(told(Some(first), first, true), None);
        let second = last(Phase::Escalated, 2, 1, 0);
        assert_eq!(told(Some(first), second, true), Some(Reason::Escalated));
        let taken = last(Phase::Acknowledged, 1, 1, 0);
        assert_eq!(told(Some(first), taken, true), Some(Reason::Acknowledged));
        let news = last(Phase::Acknowledged, 1, 2, 1);
        assert_eq!(told(Some(taken), news, true), Some(Reason::Updated));
        let expired = last(Phase::Expired, 1, 2, 1);
        assert_eq!(told(Some(news), expired, true), Some(Reason::Expired));
        let over = last(Phase::StoodDown, 1, 2, 1);
        assert_eq!(told(Some(expired), over, true), Some(Reason::StoodDown));
        assert_eq!(told(None, over, false), None, "what is over is no news");
    }

    #[test]
    fn what_gets_worse_is_told_also_to_who_has_it_in_hand() {
        let taken = Last { level: Level::Watch, ..last(Phase::Acknowledged, 0, 1, 0) };
        let worse = Last { level: Level::LifeImminent, updated: 1, ..taken };
        assert_eq!(told(Some(taken), worse, true), Some(Reason::Worse));
        assert_eq!(reason(None, worse, true, true), Some(Reason::Worse), "while the node was off");
        assert_eq!(told(None, worse, true), None);
        let over = Last { phase: Phase::StoodDown, ..worse };
        assert_eq!(told(Some(taken), over, true), Some(Reason::StoodDown));
    }

    #[test]
    fn what_is_open_again_rings_though_no_step_is_due() {
        let open = last(Phase::Open, 0, 1, 1);
        for before in [Phase::StoodDown, Phase::HarmOccurred, Phase::FalseAlarm] {
            let over = Last { updated: 0, ..last(before, 0, 1, 0) };
            assert_eq!(told(Some(over), open, true), Some(Reason::Reopened));
            // Who took it went home when it was closed, and still counts as taking it.
            let taken = Last { phase: Phase::Responding, ..open };
            assert_eq!(told(Some(over), taken, true), Some(Reason::Reopened));
            let escalated = Last { phase: Phase::Escalated, step: 1, ..open };
            assert_eq!(told(Some(over), escalated, true), Some(Reason::Escalated));
            assert!(
                is_setback(Some(over), Reason::Escalated)
                    && is_setback(Some(over), Reason::Expired)
            );
        }
        for before in [Phase::Acknowledged, Phase::Responding] {
            let taken = last(before, 0, 0, 0);
            assert_eq!(told(Some(taken), open, true), Some(Reason::Reopened));
        }
        let expired = last(Phase::Expired, 0, 0, 0);
        assert_eq!(
            told(Some(expired), open, true),
            Some(Reason::Updated),
            "it rang when it expired"
        );
    }
}
