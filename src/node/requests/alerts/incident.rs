//! From an alert to an incident: what is known of it goes into a dossier of this organisation.

use std::collections::{BTreeMap, BTreeSet};

use super::now_second;
use crate::{
    api::{Answer, ApiError, alert::NewEntry},
    node::{Node, alerts::HeldAlert, errors},
};

impl Node {
    /// Makes an incident of an alert and says so in the alert's circle: its id, which opens
    /// nothing.
    pub(super) fn record_alert(
        &mut self,
        alert: &str,
        by: Option<&str>,
        more: BTreeMap<String, String>,
    ) -> Result<Answer, ApiError> {
        let copies = self.find_alerts(alert)?;
        let held = copies.first().ok_or_else(|| errors::internal("no copy of an alert"))?;
        if held.signed.alert.drill {
            return Err(errors::refused("an exercise becomes no incident")
                .named("alert-drill-incident", &[]));
        }
        let (state, _) = self.judge_alert(held, now_second(), &BTreeSet::new());
        let sent = held.signed.alert.sent;
        let taken = state.response.map(|response| sent.saturating_add(response).to_date());
        let mut fields = incident_fields(held, taken.as_deref());
        fields.extend(more);
        let record = self.new_record(&fields)?;
        let made = self.new_incident(&[record])?;
        let incident = made.first().ok_or_else(|| errors::internal("nothing was written"))?;
        self.settle();
        let entry = NewEntry::Update {
            text: None,
            level: None,
            expires_in: None,
            place: None,
            incident: Some(incident.to_string()),
        };
        let by = self.code_of(by);
        self.say(&copies, &by, &entry)?;
        self.show_first(&copies)
    }
}

/// What an alert tells of an incident, and the help that was asked for; taken is the day on which
/// somebody first took it.
fn incident_fields(held: &HeldAlert, taken: Option<&str>) -> BTreeMap<String, String> {
    let text = |path: &str| held.record.text(path).map(str::to_owned);
    let day = held.signed.alert.sent.to_date();
    let community = text("who").is_some_and(|who| who == "collective");
    let unit = if community { "community" } else { "individual" };
    let basis = text("contact_basis").unwrap_or_else(|| "none_recorded".to_owned());
    let mut fields: BTreeMap<String, String> = [
        ("date", Some(day)),
        ("country", text("country")),
        ("place/admin1", text("admin1")),
        ("summary", text("what")),
        ("risk", text("level")),
        ("counting_unit", Some(unit.to_owned())),
        ("consent/basis", Some(basis)),
    ]
    .into_iter()
    .filter_map(|(path, value)| Some((path.to_owned(), value?)))
    .collect();
    // What was asked for; whether it came is for a person to say.
    let needs = held.record.set_codes("needs").into_iter().enumerate();
    for (place, need) in needs {
        let part = format!("interventions/alert{place}");
        fields.insert(format!("{part}/type"), need.to_owned());
        fields.insert(format!("{part}/status"), "requested".to_owned());
        fields.insert(format!("{part}/requested"), held.signed.alert.sent.to_date());
        if let Some(taken) = taken {
            fields.insert(format!("{part}/responded"), taken.to_owned());
        }
    }
    fields
}
