//! What can be asked of an incident beside its words, its date and where it can be read.

use std::collections::BTreeSet;

use crate::{
    api::request::IncidentFilter,
    model::{
        id::OrgId,
        registry::{place, table},
        text::fold,
        verification::Level,
        vocabulary::Vocabulary,
    },
    view::{
        asking::ConsentAsked,
        packed::PathRef,
        query::{QueryError, needle},
    },
};

/// One condition; an incident of a list fulfils all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    /// A field has one of these codes.
    Field { path: &'static str, codes: BTreeSet<String> },
    /// Some entry of a repeated part has one of these codes in a field.
    Entry { part: &'static str, field: &'static str, codes: BTreeSet<String> },
    /// A code of a set is set.
    Set { set: &'static str, code: String },
    /// Beginnings of words that all stand in the fields of the place, folded.
    Place(Vec<String>),
    /// The level of verification is one of these.
    Level(BTreeSet<Level>),
    /// This organisation recorded it.
    Org(OrgId),
    /// It is our own, and consent stands so.
    Consent(ConsentAsked),
}

impl Condition {
    /// The conditions of a filter. The caller has resolved the name of the organisation.
    pub(super) fn of(filter: &IncidentFilter, org: Option<OrgId>) -> Result<Vec<Self>, QueryError> {
        let mut conditions: Vec<Self> = org.map(Self::Org).into_iter().collect();
        if let Some(country) = &filter.country {
            let code = place::country(country).ok_or_else(|| QueryError::country(country))?;
            conditions.push(Self::field(table::COUNTRY, code));
        }
        if let Some(code) = &filter.violation {
            conditions.push(violations(BTreeSet::from([known("violation_type", code)?])));
        }
        if let Some(family) = &filter.family {
            conditions.push(violations(of_family(family)?));
        }
        if let Some(text) = &filter.admin1 {
            conditions.push(Self::field(table::ADMIN1, admin1(filter.country.as_deref(), text)?));
        }
        if let Some(text) = &filter.place {
            conditions.push(Self::Place(fold(text).split(' ').map(needle).collect()));
        }
        if let Some(code) = &filter.counting_unit {
            conditions.push(Self::field("counting_unit", known("counting_unit", code)?));
        }
        if let Some(code) = &filter.sector {
            conditions.push(Self::Set { set: "sectors", code: known("sector", code)? });
        }
        if let Some(code) = &filter.perpetrator {
            conditions.push(Self::entry("perpetrators", "type", known("perpetrator_type", code)?));
        }
        if let Some(code) = &filter.state_link {
            conditions.push(Self::entry("perpetrators", "state_link", known("state_link", code)?));
        }
        if let Some(text) = &filter.level {
            conditions.push(Self::Level(levels(text)?));
        }
        Ok(conditions)
    }

    fn field(path: &'static str, code: String) -> Self {
        Self::Field { path, codes: BTreeSet::from([code]) }
    }

    fn entry(part: &'static str, field: &'static str, code: String) -> Self {
        Self::Entry { part, field, codes: BTreeSet::from([code]) }
    }

    /// The one code that must occur among an incident's words, if there is one: words are quickly
    /// looked through.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Field { codes, .. } | Self::Entry { codes, .. } if codes.len() == 1 => {
                codes.first().map(String::as_str)
            }
            Self::Set { code, .. } => Some(code),
            Self::Field { .. }
            | Self::Entry { .. }
            | Self::Place(_)
            | Self::Level(_)
            | Self::Org(_)
            | Self::Consent(_) => None,
        }
    }

    /// Whether the path is one of the field that is asked for.
    pub(super) fn is_about(part: &str, field: &str, path: &PathRef<'_>) -> bool {
        matches!(path.segments(), [first, _key, last] if *first == part && *last == field)
    }
}

fn violations(codes: BTreeSet<String>) -> Condition {
    Condition::Entry { part: "acts", field: "violation", codes }
}

fn known(list: &'static str, text: &str) -> Result<String, QueryError> {
    let code = text.trim().to_lowercase();
    match Vocabulary::built_in().term(list, &code) {
        Some(_term) => Ok(code),
        // A coalition's own code: which there are, the view need not know.
        None if code.starts_with("x_") => Ok(code),
        None => Err(QueryError::code(list, text)),
    }
}

fn of_family(text: &str) -> Result<BTreeSet<String>, QueryError> {
    let family = text.trim().to_lowercase();
    let terms = Vocabulary::built_in().list("violation_type").iter();
    let terms = terms.filter(|term| term.family() == Some(family.as_str()));
    let codes: BTreeSet<String> = terms.map(|term| term.code.to_owned()).collect();
    if codes.is_empty() { Err(QueryError::family(text)) } else { Ok(codes) }
}

fn admin1(country: Option<&str>, text: &str) -> Result<String, QueryError> {
    let text = text.trim();
    let country = country.and_then(place::country);
    let countries = country.as_deref().map_or_else(
        || place::COUNTRIES.iter().map(|(code, _)| *code).collect(),
        |country| vec![country],
    );
    let found = countries.iter().find_map(|country| place::admin1_code(country, text));
    let coded = || place::is_admin1_code(text).then(|| text.to_owned());
    found.map(str::to_owned).or_else(coded).ok_or_else(|| QueryError::admin1(text))
}

/// A level, or `v2+` for it and all that are surer.
fn levels(text: &str) -> Result<BTreeSet<Level>, QueryError> {
    let text = text.trim().to_lowercase();
    let (name, upwards) = text.strip_suffix('+').map_or((text.as_str(), false), |it| (it, true));
    let named = |level: &Level| {
        level.code() == name || (name.len() > 1 && level.code().split('_').next() == Some(name))
    };
    let level = Level::ALL.into_iter().find(named).ok_or_else(|| QueryError::level(&text))?;
    let wanted = |other: &Level| *other == level || (upwards && *other > level);
    Ok(Level::ALL.into_iter().filter(wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_named_short_and_upwards() {
        assert_eq!(levels("v2").unwrap(), BTreeSet::from([Level::Corroborated]));
        let upwards = BTreeSet::from([Level::Verified, Level::Established]);
        assert_eq!(levels("v3_verified+").unwrap(), upwards);
        assert_eq!(levels("not_met").unwrap(), BTreeSet::from([Level::NotMet]));
        assert!(levels("v9").is_err() && levels("").is_err());
    }

    #[test]
    fn names_of_places_and_families_become_codes() {
        assert_eq!(admin1(None, "cauca").unwrap(), "CO-CAU");
        assert_eq!(admin1(Some("BR"), "Pará").unwrap(), "BR-PA");
        assert!(admin1(Some("BR"), "Cauca").is_err());
        assert!(of_family("threat").unwrap().contains("death_threat"));
        assert!(of_family("nonsense").is_err());
    }
}
