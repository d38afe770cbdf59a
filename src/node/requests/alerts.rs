//! Raising alerts, answering and closing them.

mod incident;
mod lesson;
mod raising;
mod saying;
mod showing;

use std::collections::BTreeSet;

use crate::{
    api::{Answer, ApiError, alert::AlertRequest},
    model::{
        alert::Level,
        registry::{Record, Value, parse_field},
        time::Timestamp,
    },
    node::{Node, alerts::HeldAlert, clock, errors, requests::incidents::known_path},
};

/// Least characters of an id's beginning.
const MIN_PREFIX: usize = 4;
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
            AlertRequest::Lesson { alert, title, fields } => {
                self.learn_from_alert(&alert, title, fields)
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

    /// The alert that a person means.
    pub(super) fn find_alert(&self, prefix: &str) -> Result<HeldAlert, ApiError> {
        let matches = |held: &HeldAlert| {
            prefix.len() >= MIN_PREFIX && held.signed.alert.id.starts_with(prefix)
        };
        let found: Vec<HeldAlert> = self.held_alerts().into_iter().filter(matches).collect();
        let ids: BTreeSet<&str> = found.iter().map(|held| held.signed.alert.id.as_str()).collect();
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

fn read_level(code: &str) -> Result<Level, ApiError> {
    Level::from_code(code).ok_or_else(|| {
        errors::usage(format!("{code:?} is no level of an alert"))
            .hint("levels are life_imminent, serious, elevated, watch")
    })
}

/// Now, to the second: what is signed says no more.
fn now_second() -> Timestamp {
    Timestamp::from_millis(clock::now().as_millis() / 1000 * 1000)
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
