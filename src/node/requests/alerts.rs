//! Raising alerts, answering and closing them.

mod incident;
mod lesson;
mod listing;
mod raising;
mod referring;
mod saying;
mod showing;

use std::collections::BTreeSet;

use crate::{
    api::{Answer, ApiError, alert::AlertRequest},
    model::{
        alert::Level,
        id::OrgId,
        registry::{Record, Value, parse_field},
        text::fold,
        time::Timestamp,
    },
    node::{Node, alerts::HeldAlert, clock, errors, requests::incidents::known_path},
};

/// Least characters of an id's beginning.
const MIN_PREFIX: usize = 4;
/// How an organisation's id begins, which names none yet.
const DID_KEY: &str = "did:key:z6Mk";
/// Alerts of one id that are named in an error.
const MAX_COPIES: usize = 8;

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
    /// Anybody can raise another one under its id, so that id is then not enough: `ID@ORGANISATION`
    /// names one.
    fn find_alerts(&self, given: &str) -> Result<Vec<HeldAlert>, ApiError> {
        let (prefix, raiser) =
            given.split_once('@').map_or((given, None), |(prefix, raiser)| (prefix, Some(raiser)));
        let by_name = |org: &OrgId, raiser: &str| {
            let named = self.org_name(org).is_some_and(|name| fold(&name) == fold(raiser));
            named || (raiser.len() > DID_KEY.len() && org.to_string().starts_with(raiser))
        };
        let is_named = |id: &str| prefix.len() >= MIN_PREFIX && id.starts_with(prefix);
        let matches =
            |held: &HeldAlert| raiser.is_none_or(|raiser| by_name(&held.signed.author, raiser));
        let found = self.held_alerts_of(is_named).into_iter().filter(matches);
        let mut found: Vec<HeldAlert> = found.collect();
        let ids: BTreeSet<&str> = found.iter().map(|held| held.signed.alert.id.as_str()).collect();
        if ids.len() > 1 {
            return Err(errors::not_found(format!("{prefix:?} names several alerts"))
                .hint("give more of the id")
                .named("several-alerts", &[("name", prefix)]));
        }
        let raisers: BTreeSet<OrgId> = found.iter().map(|held| held.signed.author).collect();
        if raisers.len() > 1 {
            return Err(self.copied(prefix, &found));
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

    /// Several organisations raised alerts of one id: says which, and how to name each.
    fn copied(&self, prefix: &str, found: &[HeldAlert]) -> ApiError {
        let shown = |held: &HeldAlert| {
            let raiser = held.signed.author;
            let circle = self.circle_name(&held.circle).unwrap_or_else(|| held.circle.to_string());
            format!("{prefix}@{raiser} ({}, {circle})", self.org_label(&raiser))
        };
        let all: BTreeSet<String> = found.iter().map(shown).collect();
        let all = all.into_iter().take(MAX_COPIES).collect::<Vec<_>>().join("; ");
        errors::refused(format!("several organisations raised alerts of the id {prefix:?}: {all}"))
            .hint("name the one that you mean with who raised it: ID@ORGANISATION")
            .named("alert-copied", &[("name", prefix), ("alerts", &all)])
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
