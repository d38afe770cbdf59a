//! What the claims of one event say, field by field: which value counts, and what contradicts it.
//!
//! A value counts by how sure its claim is, then by how exact it is, then by how recent its claim
//! is. No claim is changed by that; what differs is shown.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    dates::{self, DateFit},
    place::is_same_municipality,
};
use crate::model::{
    id::IncidentId,
    registry::{Date, FieldPath, Kind, Precision, Record, Value, table},
    verification::Level,
};

/// Parts whose keys mean the same in every claim; keys of victims and acts do not.
const SHARED_PARTS: &[&str] = &[
    "date",
    "country",
    "place",
    "counting_unit",
    "group_size",
    "sectors",
    "context",
    "project",
    "company",
    "public_summary",
    "summary",
    "risk",
];

/// Codes that say less than any other.
const VAGUE: &[&str] = &["unknown", "undetermined", "other", "not_applicable", "none_recorded"];

/// One claim as it is compared with others.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The claim.
    pub incident: IncidentId,
    /// How sure it is.
    pub level: Level,
    /// What it says.
    pub record: &'a Record,
}

/// One field of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldOfEvent {
    /// The field.
    pub path: FieldPath,
    /// The value that counts.
    pub value: Value,
    /// The claim that it is from.
    pub from: IncidentId,
    /// What each claim says that says anything.
    pub said: BTreeMap<IncidentId, Value>,
    /// Whether claims contradict each other, and do not just say more and less.
    pub conflict: bool,
}

/// The fields of an event that its claims have in common, in order.
#[must_use]
pub fn side_by_side(claims: &[Told<'_>]) -> Vec<FieldOfEvent> {
    let paths: BTreeSet<&FieldPath> = claims
        .iter()
        .flat_map(|claim| claim.record.iter().map(|(path, _)| path))
        .filter(|path| path.segment(0).is_some_and(|part| SHARED_PARTS.contains(&part)))
        .collect();
    paths.into_iter().filter_map(|path| field(claims, path)).collect()
}

fn field(claims: &[Told<'_>], path: &FieldPath) -> Option<FieldOfEvent> {
    let saying: Vec<(&Told<'_>, &Value)> =
        claims.iter().filter_map(|claim| Some((claim, claim.record.get(path.as_str())?))).collect();
    let (ruling, value) = saying.iter().max_by_key(|(claim, value)| {
        (
            claim.level,
            exactness(claim.record, path, value),
            recorded(claim),
            Reverse(claim.incident),
        )
    })?;
    let admin1 = ruling.record.text(table::ADMIN1).unwrap_or_default();
    let conflict = saying.iter().any(|(_, other)| contradicts(admin1, path, value, other));
    Some(FieldOfEvent {
        path: path.clone(),
        value: (*value).clone(),
        from: ruling.incident,
        said: saying.iter().map(|(claim, value)| (claim.incident, (*value).clone())).collect(),
        conflict,
    })
}

/// How exact a value is: greater is more exact.
fn exactness(record: &Record, path: &FieldPath, value: &Value) -> i64 {
    let text = value.as_text().unwrap_or_default();
    match table::find(record.schema(), path).map(|spec| spec.kind) {
        Some(Kind::Date) => text.parse::<Date>().map_or(i64::MIN, |date| -days(&date)),
        Some(Kind::Code(_)) => i64::from(!VAGUE.contains(&text)),
        _other => 0,
    }
}

fn days(date: &Date) -> i64 {
    let length = match (date.earliest(), date.latest()) {
        (Some(first), Some(last)) => {
            first.until(last).map_or(i64::MAX / 4, |span| i64::from(span.get_days()))
        }
        _open => i64::MAX / 4,
    };
    let doubtful = matches!(date.precision(), Precision::Approximate | Precision::Uncertain);
    length.saturating_add(i64::from(doubtful))
}

/// The last day when the claim can have been recorded; facets say the month.
fn recorded(claim: &Told<'_>) -> Option<jiff::civil::Date> {
    claim.record.text(table::RECORDED_ON)?.parse::<Date>().ok()?.latest()
}

fn contradicts(admin1: &str, path: &FieldPath, one: &Value, other: &Value) -> bool {
    if one == other {
        return false;
    }
    let (Some(one), Some(other)) = (one.as_text(), other.as_text()) else { return true };
    match path.as_str() {
        table::DATE => {
            let [one, other] = [one, other].map(|text| text.parse::<Date>().ok());
            match dates::compare(one.as_ref(), other.as_ref()) {
                Some(DateFit::Days { apart }) => apart > 0,
                Some(DateFit::Within { .. } | DateFit::Wide { .. } | DateFit::Unknown) => false,
                Some(DateFit::Near { .. }) | None => true,
            }
        }
        "place/admin2" | "place/territory" => !is_same_municipality(admin1, one, other),
        // Texts of people differ without contradicting each other.
        "summary" | "public_summary" | "place/name" | "place/precision" | "group_size/basis" => {
            false
        }
        _exact => !VAGUE.contains(&one) && !VAGUE.contains(&other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: &[(&str, &str)]) -> Record {
        let mut record = Record::incident();
        for (path, value) in fields {
            record.set(path.parse().unwrap(), *value).unwrap();
        }
        record
    }

    fn event(claims: &[(Level, &[(&str, &str)])]) -> BTreeMap<String, (String, u8, bool)> {
        let records: Vec<Record> = claims.iter().map(|(_, fields)| record(fields)).collect();
        let told: Vec<Told<'_>> = (1_u8..)
            .zip(claims.iter().zip(&records))
            .map(|(id, ((level, _), record))| Told {
                incident: IncidentId::new([id; 16]),
                level: *level,
                record,
            })
            .collect();
        let fields = side_by_side(&told).into_iter();
        let mut turned = told.clone();
        turned.reverse();
        assert_eq!(side_by_side(&told), side_by_side(&turned));
        fields
            .map(|it| {
                let from = it.from.as_bytes()[0];
                (it.path.to_string(), (it.value.to_string(), from, it.conflict))
            })
            .collect()
    }

    #[test]
    fn the_surer_then_the_more_exact_then_the_newer_counts() {
        use Level::{Reported, Verified};
        let found = event(&[
            (
                Reported,
                &[("date", "2024-05-03"), ("country", "CO"), ("victims/1/sex_gender", "male")],
            ),
            (Verified, &[("date", "2024-05"), ("place/admin2", "Tumaco")]),
        ]);
        assert_eq!(found["date"], ("2024-05".to_owned(), 2, false), "the surer");
        assert_eq!(found["country"], ("CO".to_owned(), 1, false));
        assert!(
            !found.contains_key("victims/1/sex_gender"),
            "keys of victims are each claim's own"
        );
        let found = event(&[
            (Reported, &[("date", "2024-05-03"), ("recorded/on", "2024-06")]),
            (Reported, &[("date", "2024-05"), ("recorded/on", "2025-01")]),
        ]);
        assert_eq!(found["date"], ("2024-05-03".to_owned(), 1, false), "the more exact");
        let found = event(&[
            (Reported, &[("counting_unit", "family"), ("recorded/on", "2024-06")]),
            (Reported, &[("counting_unit", "individual"), ("recorded/on", "2025-01")]),
        ]);
        assert_eq!(found["counting_unit"], ("individual".to_owned(), 2, true), "the newer");
    }

    #[test]
    fn more_and_less_is_no_conflict() {
        use Level::Reported;
        let place = |name: &'static str| [("place/admin1", "CO-NAR"), ("place/admin2", name)];
        let conflict = |one: &'static str, other: &'static str| {
            event(&[(Reported, &place(one)), (Reported, &place(other))])["place/admin2"].2
        };
        assert!(!conflict("Tumaco", "San Andrés de Tumaco") && conflict("Tumaco", "Pasto"));
        let dates = |one: &'static str, other: &'static str| {
            event(&[(Reported, &[("date", one)]), (Reported, &[("date", other)])])["date"].2
        };
        assert!(!dates("2024-05-03", "2024") && dates("2024-05-03", "2024-05-04"));
    }
}
