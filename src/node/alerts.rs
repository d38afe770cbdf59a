//! The alerts that this node can read, and watching them: every node computes every timer itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::answer::Standing,
    model::{
        alert::{
            AlertName, AlertState, Case, Delivery, EntryHash, Phase, Recipient, Rules, SignedAlert,
            SignedEntry, recipients,
        },
        id::{CircleId, DeviceId, DocumentId, OrgId},
        registry::{Record, RecordKind},
        time::Timestamp,
    },
    node::{
        Node, clock,
        notice::{Notice, Reason},
    },
};

/// An alert with what was said to it, in one circle.
#[derive(Debug)]
pub(in crate::node) struct HeldAlert {
    pub(in crate::node) circle: CircleId,
    pub(in crate::node) document: DocumentId,
    pub(in crate::node) record: Record,
    pub(in crate::node) signed: SignedAlert,
    pub(in crate::node) entries: Vec<SignedEntry>,
    /// What the entries say.
    pub(in crate::node) said: BTreeMap<EntryHash, Record>,
}

/// What is told of an alert only once: where it stood at the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Last {
    phase: Phase,
    step: u8,
    acknowledged: usize,
    updated: usize,
}

/// What the node knows of alerts between two looks.
#[derive(Debug)]
pub(in crate::node) struct Watch {
    /// Whether something came since the last look.
    pub(in crate::node) stale: bool,
    /// When, by the clock of people, something changes by itself.
    due: Option<Timestamp>,
    last: BTreeMap<(CircleId, DocumentId), Last>,
}

impl Default for Watch {
    /// What the home has of alerts is looked at first.
    fn default() -> Self {
        Self { stale: true, due: None, last: BTreeMap::new() }
    }
}

impl Node {
    /// All alerts that can be read here.
    pub(in crate::node) fn held_alerts(&self) -> Vec<HeldAlert> {
        let mut entries: BTreeMap<(CircleId, AlertName), Vec<(SignedEntry, Record)>> =
            BTreeMap::new();
        for (author, held) in self.view.alarms(RecordKind::AlertEntry) {
            let record = held.record();
            let device = self.only_writer(&(held.circle, held.document));
            let read = SignedEntry::read(author, device, &record, held.is_rewritten());
            let Some(signed) = read else { continue };
            let of = (held.circle, signed.entry.alert.clone());
            entries.entry(of).or_default().push((signed, record));
        }
        let alerts = self.view.alarms(RecordKind::Alert).filter_map(|(author, held)| {
            let record = held.record();
            let signed = SignedAlert::read(author, &record, held.is_rewritten())?;
            let said = entries.get(&(held.circle, signed.name())).cloned().unwrap_or_default();
            Some(HeldAlert {
                circle: held.circle,
                document: held.document,
                record,
                signed,
                entries: said.iter().map(|(signed, _record)| signed.clone()).collect(),
                said: said.into_iter().map(|(signed, record)| (signed.hash, record)).collect(),
            })
        });
        alerts.collect()
    }

    /// The device that alone wrote in a document, if one did.
    fn only_writer(&self, key: &(CircleId, DocumentId)) -> Option<DeviceId> {
        let places = self.replica.places(key).ok().flatten().unwrap_or_default();
        let mut devices = places.iter().map(|place| place.log.device);
        let first = devices.next()?;
        devices.all(|device| device == first).then_some(first)
    }

    /// Who is who in a circle, for its alerts.
    pub(in crate::node) fn alert_rules(&self, circle: &CircleId) -> Rules {
        let mut rules = Rules::default();
        let membership = self.replica.membership(circle);
        for org in membership.into_iter().flat_map(|membership| membership.orgs().keys()) {
            match self.standing_of(circle, org) {
                Standing::Removed | Standing::Suspended => {
                    rules.former.insert(*org);
                    continue;
                }
                Standing::Steward => drop(rules.stewards.insert(*org)),
                Standing::Member => {}
            }
            rules.members.insert(*org);
        }
        rules
    }

    /// What holds of an alert, and whom it calls. `holders` are organisations that are known to hold
    /// it.
    pub(in crate::node) fn judge_alert(
        &self,
        held: &HeldAlert,
        now: Timestamp,
        holders: &BTreeSet<OrgId>,
    ) -> (AlertState, Vec<Recipient>) {
        let rules = self.alert_rules(&held.circle);
        let case = Case::new(&held.signed, &held.entries, &rules);
        let state = case.state(now);
        let recipients = recipients(&case, state.step, holders);
        (state, recipients)
    }

    /// Organisations of which a device says that it holds an alert.
    pub(in crate::node) fn who_holds(&self, held: &HeldAlert) -> BTreeSet<OrgId> {
        let places = self.replica.places(&(held.circle, held.document)).ok().flatten();
        let places = places.unwrap_or_default();
        let Some(membership) = self.replica.membership(&held.circle) else {
            return BTreeSet::new();
        };
        let holds = membership.devices().filter_map(|(device, state)| {
            let own = *device == self.device();
            let word = self.replica.word_of(&held.circle, device);
            let confirmed = word.is_some_and(|word| {
                !places.is_empty()
                    && places.iter().all(|place| {
                        place.seq < self.replica.confirmed(&held.circle, &word, &place.log)
                    })
            });
            (own || confirmed).then_some(state.org)
        });
        holds.collect()
    }

    /// Looks at the alerts if something came or a time is over; gives, by the uptime, when to look
    /// again.
    pub(in crate::node) fn watch_alerts(&mut self) -> Option<Timestamp> {
        let now = clock::now();
        let is_due = self.alert_watch.due.is_some_and(|due| due <= now);
        if self.alert_watch.stale || is_due {
            self.alert_watch.stale = false;
            self.look_at_alerts(now);
        }
        let due = self.alert_watch.due?;
        Some(clock::uptime().saturating_add(due.saturating_since(now)))
    }

    fn look_at_alerts(&mut self, now: Timestamp) {
        let (mut last, mut due) = (BTreeMap::new(), None);
        for held in self.held_alerts() {
            let rules = self.alert_rules(&held.circle);
            let case = Case::new(&held.signed, &held.entries, &rules);
            let state = case.state(now);
            let next = case.next_change(now);
            due = due.into_iter().chain(next).min();
            let key = (held.circle, held.document);
            let seen = Last {
                phase: state.phase,
                step: state.step,
                acknowledged: held.said_of("acknowledgement"),
                updated: held.said_of("update"),
            };
            last.insert(key, seen);
            let before = self.alert_watch.last.get(&key).copied();
            let own = self.org();
            let author = held.signed.author == own;
            let spoke = author || held.entries.iter().any(|signed| signed.author == own);
            let Some(reason) = reason(before, seen, spoke) else { continue };
            let called = recipients(&case, state.step, &BTreeSet::new());
            let for_us = author || called.iter().any(|it| it.org == own && it.called);
            self.alert_notices.push(Notice {
                circle: held.circle,
                alert: held.signed.alert.id.clone(),
                reason,
                level: state.level,
                drill: state.drill,
                step: state.step,
                for_us,
            });
        }
        self.alert_watch.last = last;
        self.alert_watch.due = due;
    }

    /// What waits for somebody who takes it, or who says how it ended: one sentence, exercises in one
    /// of their own.
    pub(in crate::node) fn waiting_alerts(&self) -> Vec<String> {
        let now = clock::now();
        let mut waiting = [0_usize; 2];
        for held in self.held_alerts() {
            let rules = self.alert_rules(&held.circle);
            let state = Case::new(&held.signed, &held.entries, &rules).state(now);
            let waits = state.phase == Phase::Open || state.phase.is_loud();
            let [real, drills] = &mut waiting;
            *(if state.drill { drills } else { real }) += usize::from(waits);
        }
        let [real, drills] = waiting;
        let sentence = |(count, what): (usize, &str)| {
            let more =
                format!("{what} that wait for an answer: {count}; `ceiba alert list` shows them");
            (count > 0).then_some(more)
        };
        [(real, "alerts"), (drills, "drills")].into_iter().filter_map(sentence).collect()
    }

    /// How far an alert came here; none of one's own.
    pub(in crate::node) fn our_delivery(&self, recipients: &[Recipient]) -> Option<Delivery> {
        let ours = recipients.iter().find(|recipient| recipient.org == self.org());
        ours.map(|recipient| recipient.delivery)
    }
}

impl HeldAlert {
    fn said_of(&self, kind: &str) -> usize {
        self.entries.iter().filter(|signed| signed.entry.act.code() == kind).count()
    }
}

/// What is to be told of an alert that stood otherwise, or was not known, at the last look.
fn reason(before: Option<Last>, now: Last, spoke: bool) -> Option<Reason> {
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
        return by_phase((!spoke).then_some(Reason::New));
    };
    let changed = before.phase != now.phase;
    if changed && now.phase.is_closed() {
        Some(Reason::StoodDown)
    } else if changed && now.phase == Phase::Expired {
        Some(Reason::Expired)
    } else if now.phase == Phase::Escalated && (changed || before.step < now.step) {
        Some(Reason::Escalated)
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
        Last { phase, step, acknowledged, updated }
    }

    #[test]
    fn each_change_is_told_once_and_the_most_urgent_first() {
        let open = last(Phase::Open, 0, 0, 0);
        assert_eq!(reason(None, open, false), Some(Reason::New));
        assert_eq!(reason(None, open, true), None, "who raised it knows");
        assert_eq!(reason(Some(open), open, false), None);
        let first = last(Phase::Escalated, 1, 0, 0);
        assert_eq!(reason(None, first, true), Some(Reason::Escalated));
        assert_eq!(reason(Some(open), first, true), Some(Reason::Escalated));
        assert_eq!(reason(Some(first), first, true), None);
        let second = last(Phase::Escalated, 2, 1, 0);
        assert_eq!(reason(Some(first), second, true), Some(Reason::Escalated));
        let taken = last(Phase::Acknowledged, 1, 1, 0);
        assert_eq!(reason(Some(first), taken, true), Some(Reason::Acknowledged));
        let news = last(Phase::Acknowledged, 1, 2, 1);
        assert_eq!(reason(Some(taken), news, true), Some(Reason::Updated));
        let expired = last(Phase::Expired, 1, 2, 1);
        assert_eq!(reason(Some(news), expired, true), Some(Reason::Expired));
        let over = last(Phase::StoodDown, 1, 2, 1);
        assert_eq!(reason(Some(expired), over, true), Some(Reason::StoodDown));
        assert_eq!(reason(None, over, false), None, "what is over is no news");
    }
}
