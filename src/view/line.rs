//! One line of the list.

use std::{borrow::Cow, collections::BTreeSet};

use crate::{
    api::answer::IncidentRow,
    model::{
        id::{CircleId, IncidentId, OrgId},
        registry::{neutral_title, table},
    },
    view::{
        Names,
        group::{Group, Reading},
    },
};

/// What a date is that nobody knows, in EDTF.
const UNKNOWN_DATE: &str = "XXXX";

/// The line of an incident as this reading of it shows it.
pub(super) fn line(
    id: IncidentId,
    group: &Group,
    reading: &Reading<'_>,
    names: &impl Names,
) -> IncidentRow {
    let own = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
    let origin = reading.origin().unwrap_or(OrgId::new([0; OrgId::LEN]));
    IncidentRow {
        id,
        title: title(reading),
        date: own(reading.text(table::DATE)).unwrap_or_else(|| UNKNOWN_DATE.to_owned()),
        country: own(reading.text(table::COUNTRY)).unwrap_or_default(),
        admin1: own(reading.text(table::ADMIN1)),
        violations: reading.violations(),
        victims: count(reading.victims()),
        level: reading.level().code().to_owned(),
        origin,
        origin_name: names.org(&origin),
        reading: reading.speaking().next().map_or("", |document| document.reading()).to_owned(),
        circles: circles(group),
        conflicts: reading.documents().map(|document| count(document.conflicts().len())).sum(),
    }
}

/// The title that somebody gave, else one made of codes.
pub(super) fn title(reading: &Reading<'_>) -> String {
    let given = reading.text(table::TITLE).filter(|title| !title.trim().is_empty());
    given.map(Cow::into_owned).unwrap_or_else(|| {
        let first = reading.speaking().next();
        first.map(|document| neutral_title(&document.record().unpack())).unwrap_or_default()
    })
}

fn circles(group: &Group) -> Vec<CircleId> {
    let facets = group.documents().iter().filter(|document| !document.is_dossier());
    let circles: BTreeSet<CircleId> = facets.map(|document| document.circle()).collect();
    circles.into_iter().collect()
}

pub(super) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
