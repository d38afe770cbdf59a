//! Watching alerts: what was read of each is kept, and only what changed, or whose time is over, is
//! judged again.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        alert::{
            Act, AlertName, AlertState, Case, EntryHash, Level, Phase, Rules, SignedAlert,
            SignedEntry, recipients,
        },
        id::{CircleId, DocumentId, OrgId},
        registry::RecordKind,
        time::Timestamp,
    },
    node::{
        Node, clock,
        notice::{Notice, Reason},
    },
};

/// Open alerts of one organisation that people are told of one by one. More are a flood: they stand
/// in lists.
pub(in crate::node) const MAX_OPEN_OF_ORG: usize = 32;

/// What is told of an alert only once: where it stood at the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Last {
    phase: Phase,
    level: Level,
    step: u8,
    acknowledged: usize,
    updated: usize,
}

/// An alert with what was said to it, as it was read.
#[derive(Debug, Default)]
struct Thread {
    alert: Option<SignedAlert>,
    entries: BTreeMap<DocumentId, SignedEntry>,
    last: Option<Last>,
    /// When, by the clock of people, something changes by itself.
    due: Option<Timestamp>,
    /// Whether it waits for this organisation.
    waits: bool,
    /// Whether people were told of it.
    told: bool,
}

/// An alert within all circles.
type Name = (CircleId, AlertName);

/// A document that was read.
#[derive(Debug)]
struct Seen {
    author: OrgId,
    rewritten: bool,
    /// The alert that it is, or is about; none if it is unreadable.
    name: Option<AlertName>,
}

/// What the node knows of alerts between two looks.
#[derive(Debug)]
pub(in crate::node) struct Watch {
    /// Whether something came since the last look.
    pub(in crate::node) stale: bool,
    due: Option<Timestamp>,
    threads: BTreeMap<Name, Thread>,
    seen: BTreeMap<(CircleId, DocumentId), Seen>,
    rules: BTreeMap<CircleId, Rules>,
    /// Alerts that were judged, since the node runs.
    #[cfg(test)]
    pub(in crate::node) judged: usize,
}

impl Default for Watch {
    /// What the home has of alerts is looked at first.
    fn default() -> Self {
        Self {
            stale: true,
            due: None,
            threads: BTreeMap::new(),
            seen: BTreeMap::new(),
            rules: BTreeMap::new(),
            #[cfg(test)]
            judged: 0,
        }
    }
}

impl Node {
    /// Looks at the alerts if something came or a time is over; gives, by the uptime, when to look
    /// again.
    pub(in crate::node) fn watch_alerts(&mut self) -> Option<Timestamp> {
        let now = clock::now();
        let is_due = self.alert_watch.due.is_some_and(|due| due <= now);
        if self.alert_watch.stale || is_due {
            let mut watch = std::mem::take(&mut self.alert_watch);
            self.look_at_alerts(&mut watch, now);
            watch.stale = false;
            self.alert_watch = watch;
        }
        let due = self.alert_watch.due?;
        Some(clock::uptime().saturating_add(due.saturating_since(now)))
    }

    fn look_at_alerts(&mut self, watch: &mut Watch, now: Timestamp) {
        let mut touched = if watch.stale { self.read_alerts(watch) } else { BTreeSet::new() };
        let due = |thread: &Thread| thread.due.is_some_and(|due| due <= now);
        touched
            .extend(watch.threads.iter().filter(|(_, it)| due(it)).map(|(name, _)| name.clone()));
        for name in touched {
            let Some(mut thread) = watch.threads.remove(&name) else { continue };
            if thread.alert.is_none() && thread.entries.is_empty() {
                continue;
            }
            let notice = self.judge_thread(&name, &mut thread, &watch.rules, now);
            #[cfg(test)]
            {
                watch.judged += 1;
            }
            if let Some(notice) = notice
                && (thread.told
                    || told_of(&watch.threads, &name.1.author, &notice) < MAX_OPEN_OF_ORG)
            {
                thread.told |= notice.rings();
                self.alert_notices.push(notice);
            }
            watch.threads.insert(name, thread);
        }
        watch.due = watch.threads.values().filter_map(|thread| thread.due).min();
        self.notify_log.set_waits(watch.threads.values().any(|thread| thread.waits));
    }

    /// Reads what came and forgets what is gone; gives the alerts that this changes, and those of
    /// circles in which somebody's word counts otherwise by now.
    fn read_alerts(&self, watch: &mut Watch) -> BTreeSet<Name> {
        let mut touched = BTreeSet::new();
        let mut held = BTreeSet::new();
        for kind in [RecordKind::Alert, RecordKind::AlertEntry] {
            for (author, document) in self.view.alarms(kind) {
                let key = (document.circle, document.document);
                held.insert(key);
                let rewritten = document.is_rewritten();
                // What was written once says the same for ever.
                let same = |seen: &Seen| !rewritten && !seen.rewritten && seen.author == author;
                if watch.seen.get(&key).is_some_and(same) {
                    continue;
                }
                touched.extend(watch.forget(&key));
                let record = document.record();
                let name = if kind == RecordKind::Alert {
                    let read = SignedAlert::read(author, &record, rewritten);
                    read.map(|alert| {
                        let name = alert.name();
                        let thread = watch.threads.entry((key.0, name.clone())).or_default();
                        thread.alert = Some(alert);
                        name
                    })
                } else {
                    let device = self.device_of(&key, &author, &record);
                    let read = SignedEntry::read(author, device, &record, rewritten);
                    read.map(|entry| {
                        let name = entry.entry.alert.clone();
                        let thread = watch.threads.entry((key.0, name.clone())).or_default();
                        thread.entries.insert(key.1, entry);
                        name
                    })
                };
                touched.extend(name.clone().map(|name| (key.0, name)));
                watch.seen.insert(key, Seen { author, rewritten, name });
            }
        }
        let gone: Vec<_> = watch.seen.keys().filter(|key| !held.contains(*key)).copied().collect();
        touched.extend(gone.iter().filter_map(|key| watch.forget(key)));
        let circles: BTreeSet<CircleId> = watch.threads.keys().map(|(circle, _)| *circle).collect();
        for circle in circles {
            let rules = self.alert_rules(&circle);
            if watch.rules.get(&circle) != Some(&rules) {
                let all = watch.threads.keys().filter(|(of, _)| *of == circle);
                touched.extend(all.cloned());
                watch.rules.insert(circle, rules);
            }
        }
        touched
    }

    /// Judges an alert, and says what is to be told of it.
    fn judge_thread(
        &self,
        (circle, name): &Name,
        thread: &mut Thread,
        rules: &BTreeMap<CircleId, Rules>,
        now: Timestamp,
    ) -> Option<Notice> {
        (thread.due, thread.waits) = (None, false);
        let (alert, rules) = (thread.alert.as_ref()?, rules.get(circle)?);
        let case = Case::new(alert, thread.entries.values(), rules);
        let state = case.state(now);
        thread.due = case.next_change(now);
        let said = |kind: &str| {
            thread.entries.values().filter(|signed| signed.entry.act.code() == kind).count()
        };
        let seen = Last {
            phase: state.phase,
            level: state.level,
            step: state.step,
            acknowledged: said("acknowledgement"),
            updated: said("update"),
        };
        let own = self.org();
        let is_author = alert.author == own;
        let spoke = is_author || thread.entries.values().any(|signed| signed.author == own);
        let worse = spoke && is_news_that_it_is_worse(&own, alert, &thread.entries, &state);
        let called = recipients(&case, state.step, &BTreeSet::new());
        let called = is_author || called.iter().any(|it| it.org == own && it.called);
        thread.waits = called && (state.phase == Phase::Open || state.phase.is_loud());
        let before = thread.last.replace(seen);
        let reason = reason(before, seen, spoke, worse)?;
        Some(Notice {
            circle: *circle,
            alert: name.id.clone(),
            reason,
            level: state.level,
            drill: state.drill,
            step: state.step,
            // Who answered has it in hand, and hears what makes it worse whoever is called.
            for_us: called || (spoke && reason == Reason::Worse),
        })
    }
}

impl Watch {
    /// Takes a document out; gives the alert that it was, or was about.
    fn forget(&mut self, key: &(CircleId, DocumentId)) -> Option<Name> {
        let name = (key.0, self.seen.remove(key)?.name?);
        let thread = self.threads.get_mut(&name)?;
        if thread.entries.remove(&key.1).is_none() {
            thread.alert = None;
        }
        Some(name)
    }
}

/// Open alerts of an organisation, as severe as one or more, that people were told of.
fn told_of(threads: &BTreeMap<Name, Thread>, author: &OrgId, notice: &Notice) -> usize {
    let counts = |(name, thread): &(&Name, &Thread)| {
        let drill = thread.alert.as_ref().is_some_and(|alert| alert.alert.drill);
        let open =
            thread.last.is_some_and(|last| !last.phase.is_closed() && last.level <= notice.level);
        name.1.author == *author && thread.told && open && drill == notice.drill
    };
    threads.iter().filter(counts).count()
}

/// Whether somebody made it more severe, and nothing that this organisation said follows that.
fn is_news_that_it_is_worse(
    own: &OrgId,
    alert: &SignedAlert,
    entries: &BTreeMap<DocumentId, SignedEntry>,
    state: &AlertState,
) -> bool {
    let raised = |signed: &&SignedEntry| {
        let raises =
            matches!(&signed.entry.act, Act::Update { level, .. } if *level == Some(state.level));
        raises && signed.author != *own && !state.idle.contains(&signed.hash)
    };
    let known = |hash: &EntryHash| {
        let own = entries.values().filter(|signed| signed.author == *own);
        own.into_iter().any(|signed| signed.entry.follows.contains(hash))
    };
    state.level < alert.alert.level
        && entries.values().filter(raised).any(|signed| !known(&signed.hash))
}

/// What is to be told of an alert that stood otherwise, or was not known, at the last look. `worse`
/// is whether it is more severe than this organisation knew when it last spoke.
fn reason(before: Option<Last>, now: Last, spoke: bool, worse: bool) -> Option<Reason> {
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
        let new = if worse { Some(Reason::Worse) } else { (!spoke).then_some(Reason::New) };
        return by_phase(new);
    };
    let changed = before.phase != now.phase;
    if changed && now.phase.is_closed() {
        Some(Reason::StoodDown)
    } else if changed && now.phase == Phase::Expired {
        Some(Reason::Expired)
    } else if now.phase == Phase::Escalated && (changed || before.step < now.step) {
        Some(Reason::Escalated)
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

    fn told(before: Option<Last>, now: Last, spoke: bool) -> Option<Reason> {
        reason(before, now, spoke, false)
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
}
