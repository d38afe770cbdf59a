//! Raising alerts, answering and closing them.

mod incident;
mod showing;

use std::collections::BTreeMap;

use crate::{
    api::{
        Answer, ApiError,
        alert::{AlertRequest, NewAlert, NewEntry},
    },
    doc::contested,
    model::{
        alert::{
            Act, Alert, AlertState, Case, Entry, Level, MAX_GROUPS, MAX_WHAT, Outcome, SignedAlert,
            SignedEntry, Stance, Timers, Waits,
        },
        disclosure::{Known, Reason, Release, project_review},
        id::{CircleId, IncidentId},
        registry::{Record, RecordKind, Schema, Value, parse_field},
        time::Timestamp,
    },
    node::{Node, alerts::HeldAlert, clock, errors, requests::incidents::known_path},
};

/// Least characters of an id's beginning.
const MIN_PREFIX: usize = 4;
/// Characters of what is said to an alert.
const MAX_TEXT: usize = 2_000;
/// Fields with an alert's own timers.
const TIMERS: [&str; 3] = ["escalate/first", "escalate/second", "escalate/third"];

impl Node {
    pub(super) fn alert_request(&mut self, request: AlertRequest) -> Result<Answer, ApiError> {
        match request {
            AlertRequest::Raise { alert, dry_run } => self.raise_alert(&alert, dry_run),
            AlertRequest::Say { alert, by, entry } => {
                let held = self.find_alert(&alert)?;
                let by = self.code_of(by.as_deref());
                self.say(&held, &by, &entry)?;
                self.show_alert(&held.signed.alert.id)
            }
            AlertRequest::List { circle, all, drills } => {
                let circle = circle.map(|name| self.find_circle(&name)).transpose()?;
                Ok(Answer::Alerts(self.list_alerts(circle, all, drills)))
            }
            AlertRequest::Show { alert, silent } => {
                let held = self.find_alert(&alert)?;
                if !silent {
                    self.tell_seen(&held);
                }
                self.show_alert(&held.signed.alert.id)
            }
            AlertRequest::Incident { alert, by, fields } => {
                self.record_alert(&alert, by.as_deref(), fields)
            }
        }
    }

    /// The code of a person: as given, or one that stands for this device.
    fn code_of(&self, by: Option<&str>) -> String {
        let given = by.map(str::trim).filter(|by| !by.is_empty());
        given.map_or_else(|| format!("device-{}", self.device().short()), str::to_owned)
    }

    fn raise_alert(&mut self, order: &NewAlert, dry_run: bool) -> Result<Answer, ApiError> {
        let circle = match &order.circle {
            Some(name) => self.find_circle(name)?,
            None => self.find_coalition(None)?,
        };
        let mut record = self.alert_record(&circle, order)?;
        let id = self.complete(&mut record)?;
        let alert = Alert::read(&record).ok_or_else(|| errors::internal("an unreadable alert"))?;
        self.check_codes(&circle, record.schema(), record.iter())?;
        self.check_alert_texts(&circle, &record)?;
        if dry_run {
            let signed = SignedAlert { author: self.org(), alert };
            return Ok(Answer::Alert(Box::new(self.draft_detail(circle, record, signed))));
        }
        self.copy_beside(&circle, vec![record])?;
        self.settle();
        self.show_alert(&id)
    }

    fn alert_record(&self, circle: &CircleId, order: &NewAlert) -> Result<Record, ApiError> {
        let level = read_level(&order.level)?;
        let what = one_line(&order.what);
        if what.is_empty() || what.chars().count() > MAX_WHAT {
            return Err(errors::usage(format!("what is going on has 1 to {MAX_WHAT} characters"))
                .hint("it is read aloud: say more with `ceiba alert update`")
                .named("alert-too-long", &[("most", &MAX_WHAT.to_string())]));
        }
        let now = now_second();
        let mut record = Record::new(Schema::of(RecordKind::Alert));
        set(&mut record, "number", 1_i64)?;
        for (path, text) in [
            ("level", level.code()),
            ("what", &what),
            ("country", &order.country),
            ("who", &order.who),
            ("by", &self.code_of(order.by.as_deref())),
            ("sent", &now.to_string()),
        ] {
            put(&mut record, path, text)?;
        }
        for (path, text) in [
            ("admin1", &order.admin1),
            ("where", &order.place),
            ("contact_basis", &order.contact_basis),
        ] {
            if let Some(text) = text {
                put(&mut record, path, text)?;
            }
        }
        for need in &order.needs {
            put(&mut record, &format!("needs/{need}"), "yes")?;
        }
        if order.drill {
            set(&mut record, "drill", true)?;
        }
        if let Some(incident) = &order.incident {
            set(&mut record, "incident", self.find_incident(incident)?.to_string())?;
        }
        if let Some(seconds) = order.expires_in {
            let expires = now.saturating_add(std::time::Duration::from_secs(seconds));
            set(&mut record, "expires", expires.to_string())?;
        }
        if let Some(after) = order.escalate_after {
            let chosen = Timers::chosen(level, after.map(std::time::Duration::from_secs));
            if chosen.is_none() {
                return Err(errors::usage("these times of escalation are out of bounds")
                    .hint("three that do not fall, from 1s to four times the level's own")
                    .named("alert-timers", &[]));
            }
            for (path, seconds) in TIMERS.into_iter().zip(after) {
                set(&mut record, path, i64::try_from(seconds).unwrap_or(i64::MAX))?;
            }
        }
        self.set_groups(circle, &mut record, order)?;
        let read = {
            // Only what is read as it was asked for is sent.
            let mut tried = record.clone();
            set(&mut tried, "id", "00000000000000000000000000000000")?;
            Alert::read(&tried)
        };
        let asked = record.text("expires").and_then(Timestamp::from_second);
        if asked.is_some() && read.map(|alert| alert.expires) != asked {
            return Err(errors::usage("it would expire too late for its level")
                .hint("at most four times the level's own: 24h, 4d, 28d, 120d")
                .named("alert-expiry", &[]));
        }
        Ok(record)
    }

    fn set_groups(
        &self,
        circle: &CircleId,
        record: &mut Record,
        order: &NewAlert,
    ) -> Result<(), ApiError> {
        let steps =
            order.call.iter().map(|org| (org, 0)).chain(order.then.iter().map(|org| (org, 1)));
        if steps.clone().count() > MAX_GROUPS {
            return Err(errors::usage("an alert names fewer groups than that"));
        }
        for (place, (name, step)) in steps.enumerate() {
            let org = self.find_org(circle, name)?;
            set(record, &format!("groups/g{place}/org"), org.to_string())?;
            set(record, &format!("groups/g{place}/step"), i64::from(step))?;
        }
        Ok(())
    }

    /// Refuses texts with what must stay of the incident that they are about: names, exact places.
    /// Whatever its consent says: that a life is at risk does not wait for it, and these stay.
    fn check_alert_texts(&self, circle: &CircleId, record: &Record) -> Result<(), ApiError> {
        let Some(incident) = record.text("incident").and_then(|id| id.parse::<IncidentId>().ok())
        else {
            return Ok(());
        };
        let dossier = self.dossier(&incident).map(|it| (contested(&it), it.record()));
        let terms = self.terms_of(circle);
        let release = Release::new(self.least_open(circle), clock::now()).with_terms(&terms);
        let whole = dossier.as_ref().map(|(lost, dossier)| (dossier, lost.as_slice()));
        let (elsewhere, shown) = self.read_beside(&incident, circle);
        let known = Known { dossier: whole, elsewhere: &elsewhere, shown: &shown };
        let (_copy, withheld) = project_review(record, &known, &release);
        let sealed = withheld.iter().find(|(_, reason)| *reason == Reason::ContainsSealedValue);
        sealed.map_or(Ok(()), |(path, reason)| {
            Err(errors::refused(format!("the alert's {path} {reason}"))
                .hint("write it so that everybody in the circle may read it: no names, no exact place")
                .named("alert-names", &[("field", path.as_str())]))
        })
    }

    /// Writes an entry, if it has an effect.
    pub(super) fn say(
        &mut self,
        held: &HeldAlert,
        by: &str,
        order: &NewEntry,
    ) -> Result<(), ApiError> {
        let rules = self.alert_rules(&held.circle);
        let now = now_second();
        let mut record = Record::new(Schema::of(RecordKind::AlertEntry));
        {
            let case = Case::new(&held.signed, &held.entries, &rules);
            self.fill_entry(&mut record, held, &case.state(now), order)?;
            set(&mut record, "number", case.next_number(&self.org()))?;
            let closing = record.text("entry").map(str::to_owned);
            for id in case.ends().into_iter().chain(closing.as_deref()) {
                set(&mut record, &format!("follows/{id}"), true)?;
            }
        }
        set(&mut record, "alert", held.signed.alert.id.clone())?;
        set(&mut record, "sent", now.to_string())?;
        put(&mut record, "by", by)?;
        self.complete(&mut record)?;
        let entry = Entry::read(&record).ok_or_else(|| errors::internal("an unreadable entry"))?;
        let signed = SignedEntry { author: self.org(), entry };
        let after: Vec<SignedEntry> =
            held.entries.iter().cloned().chain([signed.clone()]).collect();
        check_effect(&Case::new(&held.signed, &after, &rules).state(now), &signed)?;
        let mut checked = record.clone();
        if let (None, Some(incident)) = (record.text("incident"), held.record.text("incident")) {
            set(&mut checked, "incident", incident.to_owned())?;
        }
        self.check_alert_texts(&held.circle, &checked)?;
        self.copy_beside(&held.circle, vec![record])?;
        self.settle();
        Ok(())
    }

    fn fill_entry(
        &self,
        record: &mut Record,
        held: &HeldAlert,
        state: &AlertState,
        order: &NewEntry,
    ) -> Result<(), ApiError> {
        let mut fields: BTreeMap<&str, String> = BTreeMap::new();
        let mut said = |text: &Option<String>| {
            if let Some(text) = text {
                fields.insert("text", text.clone());
            }
        };
        match order {
            NewEntry::Acknowledgement { stance, text } => {
                said(text);
                let stance = Stance::from_code(stance)
                    .ok_or_else(|| errors::usage("an answer is taking, seen or cannot"))?;
                fields.insert("kind", "acknowledgement".to_owned());
                fields.insert("stance", stance.code().to_owned());
            }
            NewEntry::Update { text, level, expires_in, place, incident } => {
                said(text);
                fields.insert("kind", "update".to_owned());
                if let Some(level) = level {
                    let level = read_level(level)?;
                    if state.level <= level {
                        return Err(errors::usage(format!("it is {} already", state.level.code()))
                            .hint("an update makes an alert more severe, never less; stand it down when it is over")
                            .named("alert-not-severer", &[]));
                    }
                    fields.insert("level", level.code().to_owned());
                }
                if let Some(seconds) = expires_in {
                    let end = std::time::Duration::from_secs(*seconds);
                    fields.insert("expires", now_second().saturating_add(end).to_string());
                }
                if let Some(place) = place {
                    fields.insert("where", place.clone());
                }
                if let Some(incident) = incident {
                    fields.insert("incident", self.find_incident(incident)?.to_string());
                }
                if fields.len() < 2 {
                    return Err(errors::usage("an update that says nothing"));
                }
            }
            NewEntry::StandDown { outcome, check_in, text } => {
                said(text);
                if check_in.trim().is_empty() {
                    return Err(errors::usage(
                        "a stand-down without how those concerned were reached",
                    )
                    .hint("say how with --check-in: \"call with the code word\""));
                }
                fields.insert("kind", "stand_down".to_owned());
                fields.insert("outcome", read_outcome(outcome)?.code().to_owned());
                fields.insert("check_in", check_in.clone());
            }
            NewEntry::Confirm { entry } => {
                let closing = waiting(state, entry.as_deref())?;
                fields.insert("kind", "confirm".to_owned());
                fields.insert("entry", closing);
            }
            NewEntry::Review { outcome, text } => {
                said(text);
                if now_second() < state.expires {
                    return Err(errors::refused("the alert has not expired")
                        .hint("close it with `ceiba alert stand-down`")
                        .named("alert-not-expired", &[]));
                }
                fields.insert("kind", "review".to_owned());
                fields.insert("outcome", read_outcome(outcome)?.code().to_owned());
            }
        }
        if held.circle != self.own.private && !self.replica.may_write(&held.circle) {
            return Err(errors::refused("this device may not write in the alert's circle"));
        }
        for (path, text) in fields {
            if text.chars().count() > MAX_TEXT {
                return Err(errors::usage(format!("{path} has at most {MAX_TEXT} characters")));
            }
            put(record, path, &text)?;
        }
        Ok(())
    }

    /// Tells the others that an alert was shown to a person here, once.
    fn tell_seen(&mut self, held: &HeldAlert) {
        let own = self.org();
        let told = held.signed.author == own || held.entries.iter().any(|it| it.author == own);
        if told || !self.replica.may_write(&held.circle) {
            return;
        }
        let Ok(record) = self.seen_record(held) else { return };
        if let Err(error) = self.copy_beside(&held.circle, vec![record]) {
            // Reading it must not fail because telling so does.
            self.notices.insert(error.message);
        }
        self.settle();
    }

    fn seen_record(&mut self, held: &HeldAlert) -> Result<Record, ApiError> {
        let rules = self.alert_rules(&held.circle);
        let number = Case::new(&held.signed, &held.entries, &rules).next_number(&self.org());
        let mut record = Record::new(Schema::of(RecordKind::AlertEntry));
        set(&mut record, "kind", "seen")?;
        set(&mut record, "number", number)?;
        set(&mut record, "alert", held.signed.alert.id.clone())?;
        set(&mut record, "sent", now_second().to_string())?;
        put(&mut record, "by", &self.code_of(None))?;
        self.complete(&mut record)?;
        Ok(record)
    }

    /// The alert that a person means.
    pub(super) fn find_alert(&self, prefix: &str) -> Result<HeldAlert, ApiError> {
        let matches = |held: &HeldAlert| {
            prefix.len() >= MIN_PREFIX && held.signed.alert.id.starts_with(prefix)
        };
        let found: Vec<HeldAlert> = self.held_alerts().into_iter().filter(matches).collect();
        let ids: std::collections::BTreeSet<&str> =
            found.iter().map(|held| held.signed.alert.id.as_str()).collect();
        if ids.len() > 1 {
            return Err(errors::not_found(format!("{prefix:?} names several alerts"))
                .hint("give more of the id")
                .named("several-alerts", &[("name", prefix)]));
        }
        // Of copies of one id the one that more was said to: an answer is to all of them.
        let most = found.into_iter().max_by_key(|held| held.entries.len());
        most.ok_or_else(|| {
            errors::not_found(format!("there is no alert {prefix:?} that this node can read"))
                .hint("`ceiba alert list --all` shows ids; four characters of one are enough")
                .named("no-alert", &[("name", prefix)])
        })
    }
}

/// Refuses an entry that would change nothing.
fn check_effect(after: &AlertState, signed: &SignedEntry) -> Result<(), ApiError> {
    let id = &signed.entry.id;
    if after.idle.contains(id) {
        return Err(errors::refused(
            "only who raised an alert, who has taken it, or a coordinator closes it",
        )
        .hint("take it first: `ceiba alert ack ALERT taking`")
        .named("alert-not-yours", &[]));
    }
    match &signed.entry.act {
        Act::Acknowledge(Stance::Taking) if !after.taking.contains(&signed.author) => {
            Err(errors::refused("who raised an alert does not answer it")
                .hint(
                    "another person of the organisation does, with a code of their own: --by CODE",
                )
                .named("alert-own", &[]))
        }
        Act::Confirm { closing } => {
            let waits = after.closings.iter().find(|it| it.id == *closing).and_then(|it| it.waits);
            if waits == Some(Waits::Confirmation) {
                return Err(errors::refused("another organisation has to confirm it")
                    .hint("in a circle of one organisation, another person: --by CODE")
                    .named("alert-second-person", &[]));
            }
            Ok(())
        }
        Act::Acknowledge(_)
        | Act::Update { .. }
        | Act::StandDown(_)
        | Act::Seen
        | Act::Review(_) => Ok(()),
    }
}

/// The closing that is to be confirmed.
fn waiting(state: &AlertState, prefix: Option<&str>) -> Result<String, ApiError> {
    let waits = state.closings.iter().filter(|it| it.waits == Some(Waits::Confirmation));
    let named: Vec<&String> = waits
        .map(|closing| &closing.id)
        .filter(|id| prefix.is_none_or(|prefix| id.starts_with(prefix)))
        .collect();
    match named.as_slice() {
        [id] => Ok((*id).clone()),
        [] => Err(errors::not_found("no closing waits for a confirmation")
            .hint("`ceiba alert show ALERT` shows what waits")
            .named("alert-nothing-waits", &[])),
        _several => Err(errors::usage("several closings wait").hint("name one with --entry")),
    }
}

fn read_level(code: &str) -> Result<Level, ApiError> {
    Level::from_code(code).ok_or_else(|| {
        errors::usage(format!("{code:?} is no level of an alert"))
            .hint("levels are life_imminent, serious, elevated, watch")
    })
}

fn read_outcome(code: &str) -> Result<Outcome, ApiError> {
    Outcome::from_code(code).ok_or_else(|| {
        errors::usage(format!("{code:?} is no outcome"))
            .hint("outcomes are safe, harm_occurred, false_alarm, transferred")
    })
}

/// Now, to the second: what is signed says no more.
fn now_second() -> Timestamp {
    Timestamp::from_millis(clock::now().as_millis() / 1000 * 1000)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn set(record: &mut Record, path: &str, value: impl Into<Value>) -> Result<(), ApiError> {
    let full = |error: crate::model::registry::RecordError| errors::usage(error.to_string());
    record.set(known_path(path)?, value).map_err(full)
}

/// Sets a field as a person writes it.
fn put(record: &mut Record, path: &str, text: &str) -> Result<(), ApiError> {
    let known = path.parse().map_err(|_malformed| {
        errors::usage(format!("{:?} is no code", path.rsplit('/').next().unwrap_or_default()))
    })?;
    let value = parse_field(record, &known, text).map_err(|it| errors::usage(it.to_string()))?;
    record.set(known, value).map_err(|error| errors::usage(error.to_string()))
}
