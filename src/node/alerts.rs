//! The alerts that this node can read, and watching them: every node computes every timer itself.

mod flood;
mod kept;
mod telling;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::{answer::Standing, notify::Sink},
    model::{
        alert::{
            self, AlertName, AlertState, Case, Delivery, EntryHash, Phase, Recipient, Rules,
            SignedAlert, SignedEntry, recipients,
        },
        id::{CircleId, DeviceId, DocumentId, IncidentId, OrgId},
        registry::{Record, RecordKind},
        time::Timestamp,
    },
    node::{Node, clock},
    view::BesideRecord,
};

pub(in crate::node) use self::{flood::MAX_RUNG_OF_ORG, kept::Kept, watch::Watch};

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

impl Node {
    /// All alerts that can be read here, read anew: for lists there are [`Self::kept_alerts`].
    pub(in crate::node) fn held_alerts(&self) -> Vec<HeldAlert> {
        self.held_alerts_of(|_id| true)
    }

    /// Those of some ids.
    pub(in crate::node) fn held_alerts_of(&self, wanted: impl Fn(&str) -> bool) -> Vec<HeldAlert> {
        let is_of = |held: &BesideRecord, path: &str| held.text(path).is_some_and(|id| wanted(&id));
        let mut entries: BTreeMap<(CircleId, AlertName), Vec<(SignedEntry, Record)>> =
            BTreeMap::new();
        for (author, held) in self.view.alarms(RecordKind::AlertEntry) {
            if !is_of(held, "alert") {
                continue;
            }
            let record = held.record();
            let device = self.device_of(&(held.circle, held.document), &author, &record);
            let read = SignedEntry::read(author, device, &record, held.is_rewritten());
            let Some(signed) = read else { continue };
            let of = (held.circle, signed.entry.alert.clone());
            entries.entry(of).or_default().push((signed, record));
        }
        let alerts = self.view.alarms(RecordKind::Alert).filter(|(_, held)| is_of(held, "id"));
        let alerts = alerts.filter_map(|(author, held)| {
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

    /// The device with which an author wrote an entry, whoever else wrote in its document.
    fn device_of(
        &self,
        key: &(CircleId, DocumentId),
        author: &OrgId,
        record: &Record,
    ) -> Option<DeviceId> {
        let places = self.replica.places(key).ok().flatten().unwrap_or_default();
        let devices: BTreeSet<DeviceId> = places.iter().map(|place| place.log.device).collect();
        alert::device_of(author, &devices, record)
    }

    /// Who is who in a circle, for its alerts.
    pub(in crate::node) fn alert_rules(&self, circle: &CircleId) -> Rules {
        let mut rules = Rules::default();
        let membership = self.replica.membership(circle);
        for org in membership.into_iter().flat_map(|membership| membership.orgs().keys()) {
            let standing = self.standing_of(circle, org);
            if matches!(standing, Standing::Steward) {
                rules.stewards.insert(*org);
            }
            let of = match standing {
                Standing::Removed => &mut rules.former,
                Standing::Suspended => &mut rules.suspended,
                Standing::Steward | Standing::Member => &mut rules.members,
            };
            of.insert(*org);
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
        #[cfg(test)]
        self.alert_watch.count_judged(1);
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

    /// What waits for somebody who takes it, or who says how it ended: one sentence, exercises in one
    /// of their own.
    pub(in crate::node) fn waiting_alerts(&self) -> Vec<String> {
        let mut waiting = [0_usize; 2];
        for kept in self.kept_alerts(clock::now()) {
            let state = &kept.judged.state;
            let waits = state.phase == Phase::Open || state.phase.is_loud();
            let [real, drills] = &mut waiting;
            *(if state.drill { drills } else { real }) += usize::from(waits);
        }
        let [real, drills] = waiting;
        // Nobody looks into a log at night; whoever asks what waits is told that nobody was called.
        let failed = self.notify_log.last().into_iter().filter_map(|attempt| {
            let error = attempt.error.filter(|_| attempt.sink != Sink::Desktop)?;
            Some(format!("nobody is told of alerts: {}; `ceiba notify show`", error.message))
        });
        // Also that nobody will be: a node that runs as a service has no terminal to ring.
        let unset = (real + drills > 0 && self.notify_settings().is_empty()).then(|| {
            "an alert waits, and nothing is set to tell people of it: `ceiba notify mail`, \
             `ceiba notify webhook` or `ceiba notify desktop on`"
                .to_owned()
        });
        let sentence = |(count, what): (usize, &str)| {
            let more =
                format!("{what} that wait for an answer: {count}; `ceiba alert list` shows them");
            (count > 0).then_some(more)
        };
        let waiting = [(real, "alerts"), (drills, "drills")].into_iter().filter_map(sentence);
        waiting.chain(failed).chain(unset).collect()
    }

    /// How far an alert came here; none of one's own.
    pub(in crate::node) fn our_delivery(&self, recipients: &[Recipient]) -> Option<Delivery> {
        let ours = recipients.iter().find(|recipient| recipient.org == self.org());
        ours.map(|recipient| recipient.delivery)
    }
}

impl HeldAlert {
    /// How many entries of a kind there are.
    pub(in crate::node) fn said_of(&self, kind: &str) -> u64 {
        let said = self.entries.iter().filter(|signed| signed.entry.act.code() == kind);
        u64::try_from(said.count()).unwrap_or(u64::MAX)
    }

    /// The incidents that are named by the alert, by those who may close it by now, and by one
    /// organisation, which is our own: what others name must not keep us from speaking.
    pub(in crate::node) fn incidents(
        &self,
        own: &OrgId,
        rules: &Rules,
        taking: &[OrgId],
    ) -> BTreeSet<IncidentId> {
        let may = |org: &OrgId| {
            org == own
                || *org == self.signed.author
                || rules.stewards.contains(org)
                || taking.contains(org)
        };
        let said = self.entries.iter().filter(|signed| may(&signed.author));
        let said = said.filter_map(|signed| self.said.get(&signed.hash));
        let records = said.chain([&self.record]);
        records.filter_map(|record| record.text("incident")?.parse().ok()).collect()
    }
}
