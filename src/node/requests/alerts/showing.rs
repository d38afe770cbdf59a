//! Alerts for people.

use std::collections::BTreeMap;

use super::saying::MAX_TEXT;
use crate::{
    api::{
        Answer, ApiError,
        alert::{AlertDetail, AlertEntry, AlertPlace, AlertRecipient, AlertRow, ClockSkew},
    },
    model::{
        alert::{
            Act, AlertState, Delivery, MAX_WHAT, Phase, Recipient, SignedAlert, SignedEntry, Waits,
        },
        id::{CircleId, DocumentId, IncidentId, OrgId},
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
        let short = |path: &str| held.record.text(path).map(|text| cut(text, MAX_WHAT));
        let missing = (!state.phase.is_closed()).then(|| missing(&state)).flatten();
        let taking_here = self.taking_here(held);
        AlertDetail {
            row: self.alert_row(held, &state, &recipients),
            by: cut(&held.signed.alert.by, MAX_WHAT),
            admin1: short("admin1"),
            place: short("where"),
            places: self.later_places(held, &state),
            who: short("who").unwrap_or_default(),
            needs: held.record.set_codes("needs").into_iter().map(str::to_owned).collect(),
            contact_basis: short("contact_basis"),
            incident: self.incident_of(held),
            outcome: state.outcome.map(|outcome| outcome.code().to_owned()),
            closed: state.phase.is_closed(),
            missing: missing.map(|waits| waits.code().to_owned()),
            taking_here: taking_here.iter().map(|code| cut(code, MAX_WHAT)).collect(),
            recipients: recipients.iter().map(|it| self.recipient(it)).collect(),
            entries: self.alert_entries(held, &state),
            clocks: self.clocks(&state),
            undatable: state.undatable,
            unseen_in_time: state.unseen_in_time,
            referrals: self.referrals(held, &state),
        }
    }

    /// Where it is by the last update of each organisation that says so, beside what the alert
    /// says: whoever raised it first, then who takes it. Numbers order one organisation's own
    /// updates, and nobody's word takes the place of another's.
    fn later_places(&self, held: &HeldAlert, state: &AlertState) -> Vec<AlertPlace> {
        let mut last: BTreeMap<OrgId, (&SignedEntry, &str)> = BTreeMap::new();
        for signed in in_order(held) {
            let record = held.said.get(&signed.hash);
            let counts = matches!(signed.entry.act, Act::Update { .. });
            let place = record.filter(|_| counts).and_then(|record| record.text("where"));
            if let Some(place) = place {
                last.insert(signed.author, (signed, place));
            }
        }
        let mut last: Vec<(&SignedEntry, &str)> = last.into_values().collect();
        last.sort_by_key(|(signed, _place)| {
            let org = signed.author;
            (org != held.signed.author, !state.taking.contains(&org), org)
        });
        let place = |(signed, place): (&SignedEntry, &str)| AlertPlace {
            org: signed.author,
            org_name: self.org_name(&signed.author),
            by: cut(&signed.entry.by, MAX_WHAT),
            place: cut(place, MAX_WHAT),
        };
        last.into_iter().map(place).collect()
    }

    /// The incident that this organisation made of an alert, else the one that it is about, else the
    /// one that who raised it made.
    fn incident_of(&self, held: &HeldAlert) -> Option<IncidentId> {
        let made = |org: OrgId| {
            let entries = in_order(held).into_iter().rev().filter(move |it| it.author == org);
            entries.filter_map(|it| held.said.get(&it.hash)?.text("incident")?.parse().ok()).next()
        };
        let about = || held.record.text("incident").and_then(|id| id.parse().ok());
        made(self.org()).or_else(about).or_else(|| made(held.signed.author))
    }

    /// What the latest update says, and who says so.
    fn news(&self, held: &HeldAlert, state: &AlertState) -> Option<(String, String)> {
        let branches = state.branches.iter();
        let (branch, record) =
            branches.filter_map(|it| Some((it, held.said.get(&it.hash)?))).next()?;
        let text = record.text("text").or_else(|| record.text("where"))?;
        Some((cut(text, MAX_NEWS), self.org_label(&branch.author)))
    }

    pub(super) fn alert_row(
        &self,
        held: &HeldAlert,
        state: &AlertState,
        recipients: &[Recipient],
    ) -> AlertRow {
        let own = held.signed.author == self.org();
        let called = recipients.iter().any(|it| it.org == self.org() && it.called);
        // Who does not keep to the rules may have written a book.
        let text = |path: &str| cut(held.record.text(path).unwrap_or_default(), MAX_WHAT);
        let (news, news_of) = self.news(held, state).unzip();
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
            what: text("what"),
            country: text("country"),
            sent: held.signed.alert.sent.to_string(),
            expires: state.expires.to_string(),
            response: state.response.map(|it| it.as_secs()),
            taking: state.taking.iter().map(|org| self.org_label(org)).collect(),
            updates: held.said_of("update"),
            news,
            news_of,
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
        in_order(held).into_iter().map(|signed| self.alert_entry(held, state, signed)).collect()
    }

    fn alert_entry(
        &self,
        held: &HeldAlert,
        state: &AlertState,
        signed: &SignedEntry,
    ) -> AlertEntry {
        let id = &signed.entry.id;
        let record = held.said.get(&signed.hash);
        let whole = |path: &str, most| record.and_then(|it| it.text(path)).map(|it| cut(it, most));
        let text = |path: &str| whole(path, MAX_WHAT);
        let closing = state.closings.iter().find(|it| it.hash == signed.hash);
        let idle = state.idle.contains(&signed.hash).then(|| "idle".to_owned());
        let waits = closing.and_then(|it| it.waits).map(Waits::code).map(str::to_owned);
        let branch = |it: &crate::model::alert::Branch| it.hash == signed.hash;
        let confirms = if let Act::Confirm { closing } = &signed.entry.act {
            Some(closing.to_string())
        } else {
            None
        };
        let rewritten = signed.rewritten.then(|| "rewritten".to_owned());
        AlertEntry {
            id: id.clone(),
            hash: signed.hash.to_string(),
            org: signed.author,
            org_name: self.org_name(&signed.author),
            by: cut(&signed.entry.by, MAX_WHAT),
            kind: signed.entry.act.code().to_owned(),
            stance: signed.entry.act.stance().map(|stance| stance.code().to_owned()),
            for_all: signed.entry.act == Act::GiveUp,
            text: whole("text", MAX_TEXT),
            level: text("level"),
            place: text("where"),
            outcome: text("outcome"),
            check_in: whole("check_in", MAX_TEXT),
            confirms,
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

/// What was said to an alert, each organisation's in its order.
fn in_order(held: &HeldAlert) -> Vec<&SignedEntry> {
    let mut entries: Vec<&SignedEntry> = held.entries.iter().collect();
    entries.sort_by(|it, other| {
        (it.entry.place(), it.author).cmp(&(other.entry.place(), other.author))
    });
    entries
}

/// What the closing that is nearest to closing an alert waits for.
fn missing(state: &AlertState) -> Option<Waits> {
    state.closings.iter().filter_map(|closing| closing.waits).min()
}

/// As much of a text as is shown: others' programs may write more than ours.
fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn unconfirmed(state: &AlertState) -> u64 {
    let waits = state.closings.iter().filter(|it| it.waits == Some(Waits::Confirmation));
    u64::try_from(waits.count()).unwrap_or(u64::MAX)
}
