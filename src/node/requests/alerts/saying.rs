//! Saying something to an alert.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    check_span,
    effect::{Said, check_effect, has_code, to_confirm},
    now_second, put, read_level, set,
};
use crate::{
    api::{ApiError, alert::NewEntry},
    model::{
        alert::{AlertState, Case, Outcome, SignedEntry, Stance},
        registry::{Record, RecordKind, Schema},
    },
    node::{Node, alerts::HeldAlert, errors},
};

/// Characters of what is said to an alert.
pub(super) const MAX_TEXT: usize = 2_000;

impl Node {
    /// Writes an entry to all copies of an alert on which it has an effect.
    pub(super) fn say(
        &mut self,
        copies: &[HeldAlert],
        by: &str,
        order: &NewEntry,
    ) -> Result<(), ApiError> {
        let (mut written, mut refused) = (Vec::new(), None);
        for held in copies {
            match self.entry_to(held, by, order) {
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

    /// The codes of those of this organisation who take an alert.
    pub(super) fn taking_here(&self, held: &HeldAlert) -> Vec<String> {
        let rules = self.alert_rules(&held.circle);
        let case = Case::new(&held.signed, &held.entries, &rules);
        case.codes_taking(&self.org()).into_iter().map(str::to_owned).collect()
    }

    /// An entry, if it has an effect.
    fn entry_to(
        &mut self,
        held: &HeldAlert,
        by: &str,
        order: &NewEntry,
    ) -> Result<Record, ApiError> {
        let rules = self.alert_rules(&held.circle);
        let now = now_second();
        let mut record = Record::new(Schema::of(RecordKind::AlertEntry));
        let gives_up = {
            let case = Case::new(&held.signed, &held.entries, &rules);
            self.fill_entry(&mut record, held, &case.state(now), order)?;
            set(&mut record, "number", case.next_number(&self.org()))?;
            let closing = record.text("entry").map(str::to_owned);
            let ends = case.ends().into_iter().map(|hash| hash.to_string());
            for hash in ends.chain(closing) {
                set(&mut record, &format!("follows/{hash}"), true)?;
            }
            has_code(&case.codes_taking(&self.org()), by)
        };
        set(&mut record, "alert", held.signed.alert.id.clone())?;
        set(&mut record, "raiser", held.signed.author.to_string())?;
        set(&mut record, "sent", now.to_string())?;
        if gives_up {
            // As it was signed: whatever it looks like, the same person is meant.
            set(&mut record, "by", by)?;
        } else {
            put(&mut record, "by", by)?;
        }
        self.name_alarm(&mut record)?;
        let signed = SignedEntry::read(self.org(), Some(self.device()), &record, false)
            .ok_or_else(|| errors::internal("an unreadable entry"))?;
        let case = Case::new(&held.signed, held.entries.iter().chain([&signed]), &rules);
        let said = Said {
            signed: &signed,
            taking: case.codes_taking(&signed.author),
            gives_up,
            too_much: !case.is_heard(&signed.hash),
        };
        let state = case.state(now);
        check_effect(&state, &said)?;
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
            NewEntry::GiveUp { text } => {
                said(text);
                set(record, "for_all", true)?;
                fields.insert("kind", "acknowledgement".to_owned());
                fields.insert("stance", Stance::Cannot.code().to_owned());
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
                    check_span(*seconds)?;
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
                let closing = to_confirm(state, &held.entries, entry)?;
                fields.insert("kind", "confirm".to_owned());
                fields.insert("entry", closing.to_string());
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
        self.name_alarm(&mut record)?;
        Ok(record)
    }
}

fn read_outcome(code: &str) -> Result<Outcome, ApiError> {
    Outcome::from_code(code).ok_or_else(|| {
        errors::usage(format!("{code:?} is no outcome"))
            .hint("outcomes are safe, harm_occurred, false_alarm, transferred")
    })
}
