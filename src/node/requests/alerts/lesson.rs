//! From an alert to a card of what was learnt.

use std::collections::BTreeMap;

use crate::{
    api::{Answer, ApiError, board::CardRequest},
    model::{
        alert::{AlertState, Case},
        board::CardKind,
    },
    node::{Node, alerts::HeldAlert, clock},
};

impl Node {
    /// Makes a card in the alert's circle. What the program says of the alert is how it went, and
    /// nothing of what it was about.
    pub(super) fn learn_from_alert(
        &mut self,
        alert: &str,
        title: String,
        mut fields: BTreeMap<String, String>,
    ) -> Result<Answer, ApiError> {
        let held = self.find_alert(alert)?;
        let rules = self.alert_rules(&held.circle);
        let state = Case::new(&held.signed, &held.entries, &rules).state(clock::now());
        fields.entry("title".to_owned()).or_insert(title);
        fields.entry("context".to_owned()).or_insert_with(|| context(&held, &state));
        if let Some(country) = held.record.text("country") {
            let path = format!("countries/{}", country.to_lowercase());
            fields.entry(path).or_insert_with(|| "yes".to_owned());
        }
        let kind = CardKind::Lesson.to_string();
        let circle = Some(held.circle.to_string());
        self.card_request(CardRequest::Add {
            kind,
            circle,
            fields,
            dry_run: false,
            unless_duplicate: false,
        })
    }
}

/// How it went, in codes and numbers that are read in any language.
fn context(held: &HeldAlert, state: &AlertState) -> String {
    let alert = &held.signed.alert;
    let drill = if alert.drill { ", drill" } else { "" };
    let response = state.response.map_or_else(
        || "not taken".to_owned(),
        |response| format!("taken after {} min", response.as_secs() / 60),
    );
    format!(
        "alert {} of {}{drill}: {}, {}, step {}, {response}",
        alert.id,
        alert.sent.to_date(),
        state.level.code(),
        state.phase.code(),
        state.step,
    )
}
