//! Alerts for people.

use std::collections::BTreeMap;

use crate::{
    api::{
        Answer, ApiError,
        alert::{AlertDetail, AlertEntry, AlertRecipient, AlertRow, ClockSkew},
    },
    model::{
        alert::{
            Act, AlertState, Delivery, MAX_WHAT, Phase, Recipient, SignedAlert, SignedEntry, Waits,
        },
        id::{CircleId, DocumentId},
        registry::{Record, RecordKind},
        time::Timestamp,
    },
    node::{Node, alerts::HeldAlert, clock, errors},
    view::RECORD_ID,
};

/// Characters of the last update in a list.
const MAX_NEWS: usize = 140;

impl Node {
    /// An alert as it is now, by the document that it was found in.
    pub(super) fn show_alert(
        &self,
        circle: CircleId,
        document: DocumentId,
    ) -> Result<Answer, ApiError> {
        let row = self.view.alarm(RecordKind::Alert, &(circle, document));
        let id = row.and_then(|(_author, row)| row.text(RECORD_ID));
        let is = |held: &HeldAlert| held.circle == circle && held.document == document;
        let held = id.and_then(|id| self.held_alerts_of(|it| it == id).into_iter().find(is));
        let held = held.ok_or_else(|| errors::internal("an alert that is not there"))?;
        Ok(Answer::Alert(Box::new(self.alert_detail(&held, clock::now()))))
    }

    /// An alert as it would be if it were sent.
    pub(super) fn draft_detail(
        &self,
        circle: CircleId,
        record: Record,
        signed: SignedAlert,
    ) -> AlertDetail {
        let document = DocumentId::new([0; 16]);
        let held = HeldAlert {
            circle,
            document,
            record,
            signed,
            entries: Vec::new(),
            said: BTreeMap::new(),
        };
        let mut detail = self.alert_detail(&held, held.signed.alert.sent);
        detail.row.state = Phase::Draft.code().to_owned();
        detail
    }

    fn alert_detail(&self, held: &HeldAlert, now: Timestamp) -> AlertDetail {
        let (state, recipients) = self.judge_alert(held, now, &self.who_holds(held));
        let text = |path: &str| held.record.text(path).map(str::to_owned);
        let made = held.said.values().filter_map(|record| record.text("incident"));
        let incident = made.chain(held.record.text("incident")).find_map(|id| id.parse().ok());
        AlertDetail {
            row: self.alert_row(held, &state, &recipients),
            by: held.signed.alert.by.clone(),
            admin1: text("admin1"),
            place: self.latest_place(held, &state).or_else(|| text("where")),
            who: text("who").unwrap_or_default(),
            needs: held.record.set_codes("needs").into_iter().map(str::to_owned).collect(),
            contact_basis: text("contact_basis"),
            incident,
            outcome: state.outcome.map(|outcome| outcome.code().to_owned()),
            recipients: recipients.iter().map(|it| self.recipient(it)).collect(),
            entries: self.alert_entries(held, &state),
            clocks: self.clocks(&state),
            undatable: state.undatable,
            referrals: self.referrals(held, &state),
        }
    }

    /// Where it is by the latest update that says so.
    fn latest_place(&self, held: &HeldAlert, state: &AlertState) -> Option<String> {
        state.branches.iter().find_map(|branch| {
            let record = held.said.get(&branch.hash)?;
            record.text("where").map(str::to_owned)
        })
    }

    /// What the latest update says.
    fn news(&self, held: &HeldAlert, state: &AlertState) -> Option<String> {
        let record = state.branches.iter().find_map(|branch| held.said.get(&branch.hash))?;
        let text = record.text("text").or_else(|| record.text("where"))?;
        Some(text.chars().take(MAX_NEWS).collect())
    }

    pub(super) fn alert_row(
        &self,
        held: &HeldAlert,
        state: &AlertState,
        recipients: &[Recipient],
    ) -> AlertRow {
        let own = held.signed.author == self.org();
        let called = recipients.iter().any(|it| it.org == self.org() && it.called);
        let text = |path: &str| held.record.text(path).unwrap_or_default().to_owned();
        AlertRow {
            id: held.signed.alert.id.clone(),
            circle: held.circle,
            circle_name: self.circle_name(&held.circle),
            org: held.signed.author,
            org_name: self.org_name(&held.signed.author),
            level: state.level.code().to_owned(),
            state: state.phase.code().to_owned(),
            drill: state.drill,
            rewritten: state.rewritten,
            step: state.step,
            loud: state.phase.is_loud(),
            overdue: state.overdue.map(|it| it.as_secs()),
            next_step: state.next_step.map(|at| at.to_string()),
            // Who does not keep to the rules may have written a book.
            what: text("what").chars().take(MAX_WHAT).collect(),
            country: text("country"),
            sent: held.signed.alert.sent.to_string(),
            expires: state.expires.to_string(),
            response: state.response.map(|it| it.as_secs()),
            taking: state.taking.iter().map(|org| self.org_label(org)).collect(),
            updates: held.said_of("update"),
            news: self.news(held, state),
            unconfirmed: unconfirmed(state),
            for_us: own || called,
            ours: self.our_delivery(recipients).map(|it| it.code().to_owned()),
        }
    }

    fn recipient(&self, recipient: &Recipient) -> AlertRecipient {
        let stance = match recipient.delivery {
            Delivery::Acknowledged(stance) => Some(stance.code().to_owned()),
            Delivery::Queued | Delivery::Delivered | Delivery::Seen => None,
        };
        AlertRecipient {
            org: recipient.org,
            org_name: self.org_name(&recipient.org),
            step: recipient.step,
            called: recipient.called,
            delivery: recipient.delivery.code().to_owned(),
            stance,
        }
    }

    fn alert_entries(&self, held: &HeldAlert, state: &AlertState) -> Vec<AlertEntry> {
        let mut entries: Vec<&SignedEntry> = held.entries.iter().collect();
        entries.sort_by_key(|it| (it.entry.number, it.entry.id.clone(), it.author));
        entries.into_iter().map(|signed| self.alert_entry(held, state, signed)).collect()
    }

    fn alert_entry(
        &self,
        held: &HeldAlert,
        state: &AlertState,
        signed: &SignedEntry,
    ) -> AlertEntry {
        let id = &signed.entry.id;
        let record = held.said.get(&signed.hash);
        let text = |path: &str| record.and_then(|it| it.text(path)).map(str::to_owned);
        let closing = state.closings.iter().find(|it| it.hash == signed.hash);
        let idle = state.idle.contains(&signed.hash).then(|| "idle".to_owned());
        let waits = closing.and_then(|it| it.waits).map(Waits::code).map(str::to_owned);
        let branch = |it: &crate::model::alert::Branch| it.hash == signed.hash;
        let confirms = if let Act::Confirm { closing } = &signed.entry.act {
            held.entries.iter().find(|it| it.hash == *closing)
        } else {
            None
        };
        let rewritten = signed.rewritten.then(|| "rewritten".to_owned());
        AlertEntry {
            id: id.clone(),
            org: signed.author,
            org_name: self.org_name(&signed.author),
            by: signed.entry.by.clone(),
            kind: signed.entry.act.code().to_owned(),
            stance: text("stance").filter(|_| matches!(signed.entry.act, Act::Acknowledge(_))),
            text: text("text"),
            level: text("level"),
            place: text("where"),
            outcome: text("outcome"),
            check_in: text("check_in"),
            confirms: confirms.map(|closing| closing.entry.id.clone()),
            incident: text("incident").and_then(|id| id.parse().ok()),
            sent: signed.entry.sent.to_string(),
            waits: waits.or(idle).or(rewritten),
            latest: state.branches.iter().any(branch),
        }
    }

    fn clocks(&self, state: &AlertState) -> Vec<ClockSkew> {
        let skews = state.skews.iter().map(|skew| ClockSkew {
            org: skew.org,
            org_name: self.org_name(&skew.org),
            against: skew.against,
            against_name: skew.against.and_then(|org| self.org_name(&org)),
            ahead: skew.ahead.as_secs(),
        });
        skews.collect()
    }
}

fn unconfirmed(state: &AlertState) -> u64 {
    let waits = state.closings.iter().filter(|it| it.waits == Some(Waits::Confirmation));
    u64::try_from(waits.count()).unwrap_or(u64::MAX)
}
