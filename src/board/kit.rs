//! Worked boards for tests.

use std::collections::BTreeSet;

use jiff::civil;

use super::{Consent, IncidentFacts, Inputs, view};
use crate::{
    api::board_views::Sheet,
    model::{
        board::{Card, CardKind},
        id::{CardId, CircleId, IncidentId, OrgId},
        registry::{Record, RecordKind, Schema, Value},
        verification::Level,
    },
};

/// The day of all worked boards.
pub(super) fn today() -> civil::Date {
    day("2026-11-23")
}

pub(super) fn day(text: &str) -> civil::Date {
    text.parse().unwrap()
}

/// An organisation by a number; 1 is ours.
pub(super) fn org(number: u8) -> OrgId {
    OrgId::new([number; 32])
}

pub(super) fn card_id(number: u8) -> CardId {
    CardId::new([number; 16])
}

pub(super) fn incident_id(number: u8) -> IncidentId {
    IncidentId::new([number; 16])
}

/// A board with organisations that are called `org1` to `org9`.
pub(super) fn board() -> Inputs {
    let mut inputs = Inputs::new(org(1), today());
    inputs.names = (1..10).map(|number| (org(number), format!("org{number}"))).collect();
    inputs.members.insert(CircleId::new([9; 32]), (1..10).map(org).collect());
    inputs
}

/// A card of a kind, made by the first organisation. Fields are written `path=value`: a word
/// `org3` is that organisation, `card3` and `incident3` ids, digits a number, `yes` a flag.
pub(super) fn card(number: u8, kind: CardKind, fields: &str) -> Card {
    let mut record = Record::new(Schema::of(RecordKind::Card(kind)));
    for field in fields.split(',').map(str::trim).filter(|field| !field.is_empty()) {
        let (path, value) = field.split_once('=').unwrap();
        record.set(path.parse().unwrap(), read(path, value)).unwrap();
    }
    Card::new(card_id(number), CircleId::new([9; 32]), org(1), record).unwrap()
}

fn read(path: &str, text: &str) -> Value {
    let number = |prefix: &str| text.strip_prefix(prefix).and_then(|rest| rest.parse::<u8>().ok());
    if let Some(number) = number("org") {
        return org(number).to_string().into();
    } else if let Some(number) = number("card") {
        return card_id(number).to_string().into();
    } else if let Some(number) = number("incident") {
        return incident_id(number).to_string().into();
    }
    let date = ["date", "on", "starts", "ends", "due"].iter().any(|end| path.ends_with(end));
    match (text, text.parse::<i64>()) {
        ("yes", _) if !["collected", "long_term", "gender"].contains(&path) => Value::Flag(true),
        (_, Ok(count)) if !date => Value::Integer(count),
        _text => text.into(),
    }
}

/// An incident of a country at a level.
pub(super) fn incident(country: &str, level: Level) -> IncidentFacts {
    IncidentFacts {
        event: None,
        country: Some(country.to_owned()),
        admin1: None,
        level,
        consent: Consent::Given,
        codes: BTreeSet::new(),
        project: None,
        recorded: None,
        verified: None,
        interventions: Vec::new(),
    }
}

/// The rows of one sheet of a view, each as one line with ` | ` between cells.
pub(super) fn rows(inputs: &Inputs, name: &str, of: &str) -> Vec<String> {
    sheet(inputs, name, of).plain().iter().map(|row| row.join(" | ")).collect()
}

/// One sheet of a view.
pub(super) fn sheet(inputs: &Inputs, name: &str, of: &str) -> Sheet {
    let page = view(name, inputs).unwrap();
    let found = page.sheets.into_iter().find(|sheet| sheet.name == of);
    let sheet = found.unwrap_or_else(|| panic!("{name} has no sheet {of}"));
    assert!(sheet.rows.iter().all(|row| row.len() == sheet.columns.len()), "{name} {of}");
    sheet
}
