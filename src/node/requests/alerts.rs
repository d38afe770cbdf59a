//! Raising alerts, answering and closing them.

mod effect;
mod incident;
mod lesson;
mod listing;
mod raising;
mod referring;
mod saying;
mod showing;

use std::collections::BTreeSet;

pub(super) use self::effect::by_digits;
use crate::{
    api::{Answer, ApiError, alert::AlertRequest},
    model::{
        alert::{Level, id_of},
        registry::{Record, Value, parse_field},
        time::Timestamp,
    },
    node::{Node, alerts::HeldAlert, clock, errors, requests::incidents::known_path},
    view::RECORD_ID,
};

/// The field that makes an id one that nobody guesses.
const NONCE: &str = "meta/nonce";
/// Least characters of an id's beginning.
const MIN_PREFIX: usize = 4;

impl Node {
    pub(super) fn alert_request(&mut self, request: AlertRequest) -> Result<Answer, ApiError> {
        match request {
            AlertRequest::Raise { alert, dry_run } => self.raise_alert(&alert, dry_run),
            AlertRequest::Say { alert, by, entry } => {
                let held = self.find_alerts(&alert)?;
                let by = self.code_of(by.as_deref());
                self.say(&held, &by, &entry)?;
                self.show_first(&held)
            }
            AlertRequest::List { circle, all, drills } => {
                let circle = circle.map(|name| self.find_circle(&name)).transpose()?;
                Ok(Answer::Alerts(self.list_alerts(circle, all, drills)))
            }
            AlertRequest::Show { alert, silent } => {
                let held = self.find_alerts(&alert)?;
                if !silent {
                    self.tell_seen(&held);
                }
                self.show_first(&held)
            }
            AlertRequest::Lesson { alert, title, fields } => {
                self.learn_from_alert(&alert, title, fields)
            }
            AlertRequest::Incident { alert, by, fields } => {
                self.record_alert(&alert, by.as_deref(), fields)
            }
        }
    }

    /// Completes an alert or an entry, and gives it the id that is of all that it says; gives the id.
    fn name_alarm(&mut self, record: &mut Record) -> Result<String, ApiError> {
        // The id goes to other systems; without this, what it is of could be guessed from it.
        set(record, NONCE, self.new_id())?;
        self.complete(record)?;
        let id = id_of(&self.org(), &self.device(), record);
        set(record, RECORD_ID, id.clone())?;
        Ok(id)
    }

    /// The code of a person: as given, or one that stands for this device.
    fn code_of(&self, by: Option<&str>) -> String {
        let given = by.map(str::trim).filter(|by| !by.is_empty());
        given.map_or_else(|| format!("device-{}", self.device().short()), str::to_owned)
    }

    /// The loudest of some copies of an alert, as it is by now.
    fn show_first(&self, held: &[HeldAlert]) -> Result<Answer, ApiError> {
        let first = held.first().ok_or_else(|| errors::internal("no copy of an alert"))?;
        self.show_alert(first.circle, first.document)
    }

    /// The alert that a person means; of one in several circles, the loudest copy.
    pub(super) fn find_alert(&self, given: &str) -> Result<HeldAlert, ApiError> {
        let mut copies = self.find_alerts(given)?.into_iter();
        copies.next().ok_or_else(|| errors::internal("no copy of an alert"))
    }

    /// The alert that a person means, in all circles in which who raised it did so, the loudest first.
    /// An id is of who raised it and of all that it says, so nobody else's alert has it.
    fn find_alerts(&self, given: &str) -> Result<Vec<HeldAlert>, ApiError> {
        let is_named = |id: &str| given.len() >= MIN_PREFIX && id.starts_with(given);
        let mut found: Vec<HeldAlert> = self.held_alerts_of(is_named).into_iter().collect();
        let ids: BTreeSet<&str> = found.iter().map(|held| held.signed.alert.id.as_str()).collect();
        if ids.len() > 1 {
            return Err(errors::not_found(format!("{given:?} names several alerts"))
                .hint("give more of the id")
                .named("several-alerts", &[("name", given)]));
        }
        if found.is_empty() {
            return Err(errors::not_found(format!(
                "there is no alert {given:?} that this node can read"
            ))
            .hint("`ceiba alert list --all` shows ids; four characters of one are enough")
            .named("no-alert", &[("name", given)]));
        }
        let now = clock::now();
        found.sort_by_cached_key(|held| {
            let (state, _) = self.judge_alert(held, now, &BTreeSet::new());
            (state.phase.is_closed(), !state.phase.is_loud(), state.level, held.circle)
        });
        Ok(found)
    }
}

fn read_level(code: &str) -> Result<Level, ApiError> {
    Level::from_code(code).ok_or_else(|| {
        errors::usage(format!("{code:?} is no level of an alert"))
            .hint("levels are life_imminent, serious, elevated, watch")
    })
}

/// Refuses a time that is over at once.
fn check_span(seconds: u64) -> Result<(), ApiError> {
    let lasts = seconds > 0;
    lasts.then_some(()).ok_or_else(|| {
        errors::usage("an alert lasts a second at least").named("alert-no-time", &[])
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
