//! Saying something to an alert.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{now_second, put, read_level, set};
use crate::{
    api::{ApiError, alert::NewEntry},
    model::{
        alert::{Act, AlertState, Case, Outcome, SignedEntry, Stance, Waits},
        registry::{Record, RecordKind, Schema},
    },
    node::{Node, alerts::HeldAlert, errors},
    view::RECORD_ID,
};

/// Characters of what is said to an alert.
const MAX_TEXT: usize = 2_000;

impl Node {
    /// Writes an entry to all copies of an alert on which it has an effect, under one id.
    pub(super) fn say(
        &mut self,
        copies: &[HeldAlert],
        by: &str,
        order: &NewEntry,
    ) -> Result<(), ApiError> {
        let (mut written, mut refused) = (Vec::new(), None);
        let id = self.new_id();
        for held in copies {
            match self.entry_to(held, by, order, &id) {
                Ok(record) => written.push((held.circle, record)),
                // What one circle must not read is not said in another either.
                Err(error) if error.code.as_deref() == Some("alert-names") => return Err(error),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        if let (true, Some(error)) = (written.is_empty(), refused) {
            return Err(error);
        }
        for (circle, record) in written {
            self.copy_beside(&circle, vec![record])?;
        }
        self.settle();
        Ok(())
    }

    /// An entry, if it has an effect.
    fn entry_to(
        &mut self,
        held: &HeldAlert,
        by: &str,
        order: &NewEntry,
        id: &str,
    ) -> Result<Record, ApiError> {
        let rules = self.alert_rules(&held.circle);
        let now = now_second();
        let mut record = Record::new(Schema::of(RecordKind::AlertEntry));
        {
            let case = Case::new(&held.signed, &held.entries, &rules);
            self.fill_entry(&mut record, held, &case.state(now), order)?;
            set(&mut record, "number", case.next_number(&self.org()))?;
            let closing = record.text("entry").map(str::to_owned);
            let ends = case.ends().into_iter().map(|hash| hash.to_string());
            for hash in ends.chain(closing) {
                set(&mut record, &format!("follows/{hash}"), true)?;
            }
        }
        set(&mut record, "alert", held.signed.alert.id.clone())?;
        set(&mut record, "raiser", held.signed.author.to_string())?;
        set(&mut record, "sent", now.to_string())?;
        put(&mut record, "by", by)?;
        self.complete(&mut record)?;
        set(&mut record, RECORD_ID, id.to_owned())?;
        let signed = SignedEntry::read(self.org(), Some(self.device()), &record, false)
            .ok_or_else(|| errors::internal("an unreadable entry"))?;
        let after: Vec<SignedEntry> =
            held.entries.iter().cloned().chain([signed.clone()]).collect();
        let case = Case::new(&held.signed, &after, &rules);
        let state = case.state(now);
        check_effect(&state, &signed, &case.codes_taking(&signed.author))?;
        let named = held.incidents(&self.org(), &rules, &state.taking);
        self.check_alert_texts(&held.circle, &record, &named)?;
        Ok(record)
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
                    let end = Duration::from_secs(*seconds);
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
    pub(super) fn tell_seen(&mut self, copies: &[HeldAlert]) {
        let own = self.org();
        for held in copies {
            let told = held.signed.author == own || held.entries.iter().any(|it| it.author == own);
            let over = self.judge_alert(held, now_second(), &BTreeSet::new()).0.phase.is_closed();
            if told || over || !self.replica.may_write(&held.circle) {
                continue;
            }
            let Ok(record) = self.seen_record(held) else { continue };
            if let Err(error) = self.copy_beside(&held.circle, vec![record]) {
                // Reading it must not fail because telling so does.
                self.notices.insert(error.message);
            }
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
        set(&mut record, "raiser", held.signed.author.to_string())?;
        set(&mut record, "sent", now_second().to_string())?;
        put(&mut record, "by", &self.code_of(None))?;
        self.complete(&mut record)?;
        Ok(record)
    }
}

/// Refuses an entry that would change nothing.
fn check_effect(
    after: &AlertState,
    signed: &SignedEntry,
    codes: &BTreeSet<&str>,
) -> Result<(), ApiError> {
    if after.idle.contains(&signed.hash) {
        return Err(errors::refused(
            "only who raised an alert, who has taken it, or a coordinator closes it or makes it more \
             severe or longer",
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
        Act::Acknowledge(Stance::Cannot) if !codes.is_empty() => {
            // Else whoever says so goes home, and the alert stays quiet.
            let codes = codes.iter().copied().collect::<Vec<_>>().join(", ");
            Err(errors::refused(format!("the organisation still takes it, by {codes}"))
                .hint("who takes it gives it up with the code of then: --by CODE")
                .named("alert-still-taken", &[("codes", &codes)]))
        }
        Act::Update { expires: Some(expires), .. } if after.expires < *expires => {
            Err(errors::refused("it would expire too late for its level")
                .hint("an update lasts as long as the level's own, all of them four times that")
                .named("alert-expiry", &[]))
        }
        Act::Confirm { closing } => {
            let waits =
                after.closings.iter().find(|it| it.hash == *closing).and_then(|it| it.waits);
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
    let named = waits.map(|closing| (&closing.id, closing.hash.to_string()));
    let named: Vec<String> = named
        .filter(|(id, hash)| {
            // By hash where two have one id.
            prefix.is_none_or(|prefix| id.starts_with(prefix) || hash.starts_with(prefix))
        })
        .map(|(_id, hash)| hash)
        .collect();
    match named.as_slice() {
        [hash] => Ok(hash.clone()),
        [] => Err(errors::not_found("no closing waits for a confirmation")
            .hint("`ceiba alert show ALERT` shows what waits")
            .named("alert-nothing-waits", &[])),
        _several => Err(errors::usage("several closings wait")
            .hint("`ceiba alert show ALERT` shows them; name one with --entry")
            .named("alert-several-closings", &[])),
    }
}

fn read_outcome(code: &str) -> Result<Outcome, ApiError> {
    Outcome::from_code(code).ok_or_else(|| {
        errors::usage(format!("{code:?} is no outcome"))
            .hint("outcomes are safe, harm_occurred, false_alarm, transferred")
    })
}
