//! Raising an alert.

use std::{collections::BTreeSet, time::Duration};

use super::{check_span, now_second, put, read_level, set};
use crate::{
    api::{Answer, ApiError, alert::NewAlert},
    doc::contested,
    model::{
        alert::{Alert, EARLIEST, MAX_GROUPS, MAX_SKEW, MAX_WHAT, SignedAlert, Timers, passed},
        disclosure::{Known, Reason, Release, project_review},
        id::{CircleId, IncidentId, OrgId},
        registry::{Record, RecordKind, Schema},
        time::Timestamp,
    },
    node::{Node, beside::beside_document, clock, errors},
};

/// Fields with an alert's own timers.
const TIMERS: [&str; 3] = ["escalate/first", "escalate/second", "escalate/third"];

/// Fields with words of people.
const OF_PEOPLE: [&str; 6] = ["what", "where", "who", "by", "text", "check_in"];

impl Node {
    pub(super) fn raise_alert(
        &mut self,
        order: &NewAlert,
        dry_run: bool,
    ) -> Result<Answer, ApiError> {
        let circle = match &order.circle {
            Some(name) => self.find_circle(name)?,
            None => self.find_coalition(None)?,
        };
        let mut record = self.alert_record(&circle, order)?;
        let id = self.name_alarm(&mut record)?;
        let alert = Alert::read(&record).ok_or_else(|| errors::internal("an unreadable alert"))?;
        self.check_codes(&circle, record.schema(), record.iter())?;
        self.check_alert_texts(&circle, &record, &BTreeSet::new())?;
        if dry_run {
            let signed = SignedAlert { author: self.org(), rewritten: false, alert };
            return Ok(Answer::Alert(Box::new(self.draft_detail(circle, record, signed))));
        }
        self.copy_beside(&circle, vec![record])?;
        self.settle();
        let document = beside_document(&circle, &self.org(), &id);
        self.show_alert(circle, document)
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
        if now < EARLIEST {
            return Err(errors::refused("this device's clock is behind")
                .hint("set it first: others would take the alert for an old one")
                .named("alert-clock-behind", &[]));
        }
        let passed = passed(&self.org(), self.alert_dates(circle));
        if !order.anyway && passed.is_some_and(|it| it.saturating_since(now) > MAX_SKEW) {
            return Err(errors::refused("this device's clock seems to be behind: alerts are dated later")
                .hint("set it first, or others may hold the alert for one that is over; --anyway raises it")
                .named("alert-clock-doubtful", &[]));
        }
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
        if let Some(source) = &order.source {
            put(&mut record, "source", source)?;
        }
        if let Some(incident) = &order.incident {
            set(&mut record, "incident", self.find_incident(incident)?.to_string())?;
        }
        if let Some(seconds) = order.expires_in {
            check_span(seconds)?;
            let expires = now.saturating_add(Duration::from_secs(seconds));
            set(&mut record, "expires", expires.to_string())?;
        }
        if let Some(after) = order.escalate_after {
            let chosen = Timers::chosen(level, after.map(Duration::from_secs));
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

    /// What is dated of the alerts in a circle, by whom.
    fn alert_dates(&self, circle: &CircleId) -> Vec<(OrgId, Timestamp)> {
        let held = self.held_alerts().into_iter().filter(|held| held.circle == *circle);
        let dates = held.flat_map(|held| {
            let entries = held.entries.into_iter().map(|it| (it.author, it.entry.sent));
            entries.chain([(held.signed.author, held.signed.alert.sent)])
        });
        dates.collect()
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

    /// Refuses texts with what must stay of the incidents that they are about: names, exact places.
    /// These are the one that the record names and those that were named before, by whomever.
    /// Whatever its consent says: that a life is at risk does not wait for it, and these stay.
    pub(super) fn check_alert_texts(
        &self,
        circle: &CircleId,
        record: &Record,
        named: &BTreeSet<IncidentId>,
    ) -> Result<(), ApiError> {
        let own = record.text("incident").and_then(|id| id.parse::<IncidentId>().ok());
        let mut all = own.iter().chain(named.iter().filter(|it| Some(**it) != own));
        all.try_for_each(|incident| self.check_texts_about(circle, record, incident))
    }

    fn check_texts_about(
        &self,
        circle: &CircleId,
        record: &Record,
        incident: &IncidentId,
    ) -> Result<(), ApiError> {
        let dossier = self.dossier(incident).map(|it| (contested(&it), it.record()));
        let terms = self.terms_of(circle);
        let release = Release::new(self.least_open(circle), clock::now()).with_terms(&terms);
        let whole = dossier.as_ref().map(|(lost, dossier)| (dossier, lost.as_slice()));
        let (elsewhere, shown) = self.read_beside(incident, circle);
        let known = Known { dossier: whole, elsewhere: &elsewhere, shown: &shown };
        let (_copy, withheld) = project_review(record, &known, &release);
        // What the program writes (moments, ids) says nothing of anybody, though digits be alike.
        let sealed = withheld.iter().find(|(path, reason)| {
            *reason == Reason::ContainsSealedValue && OF_PEOPLE.contains(&path.as_str())
        });
        sealed.map_or(Ok(()), |(path, reason)| {
            Err(errors::refused(format!("the alert's {path} {reason}"))
                .hint("write it so that everybody in the circle may read it: no names, no exact place")
                .named("alert-names", &[("field", path.as_str())]))
        })
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
