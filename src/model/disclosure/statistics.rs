//! What figures for anyone may have of a record: quarter, country, types of acts, and nothing else.
//!
//! Consent for statistics stands in for consent for the public tier; what no consent opens, a limit
//! or a violation that is always restricted, closes figures as well. Each value is judged as in a
//! projection, and the keys of acts are made anew: what a member wrote freely is in no row.

use std::collections::BTreeSet;

use crate::model::{
    disclosure::{Consent, Refusal, Release, ledger::all_texts, project::shared_value},
    registry::{FieldPath, Record, Tier, Value, table},
};

/// Scope of consent that counting needs.
pub(super) const SCOPE: &str = "statistics";
/// Keys below [`table::STATISTICS`] that are no victim's.
const OF_THE_WHOLE: [&str; 2] = [table::STATISTICS_INCIDENT, table::STATISTICS_EVERYBODY];

/// What figures may have of a dossier. `contested` are values that lost against concurrent ones.
/// The release's tier is not asked: figures are public.
///
/// # Errors
/// When the incident is in no figure.
pub fn of_dossier(
    record: &Record,
    contested: &[(FieldPath, Value)],
    release: &Release<'_>,
) -> Result<Record, Refusal> {
    let release = Release { tier: Tier::Public, names: false, ..*release };
    let consent =
        Consent::of(record, contested, release.ledger, release.now).with_terms(release.terms);
    consent.allows_statistics()?;
    row(record, &release, |act| {
        let victims = all_texts(record, contested, &format!("acts/{act}/victim"));
        if victims.is_empty() {
            return consent.everybody_covers(SCOPE);
        }
        victims.iter().all(|victim| consent.covers(victim, SCOPE))
    })
}

/// What figures may have of a partner's incident, by what the facets say of consent: of the first
/// that says that it covers figures, if none of them shows a reason against.
///
/// # Errors
/// When the incident is in no figure.
pub fn of_facets(facets: &[Record], release: &Release<'_>) -> Result<Record, Refusal> {
    let release = Release { tier: Tier::Public, names: false, ..*release };
    for facet in facets {
        Consent::of(facet, &[], release.ledger, release.now)
            .with_terms(release.terms)
            .limits_allow(Tier::Public)?;
    }
    let mut covered = facets.iter().filter(|facet| is_covered(facet, table::STATISTICS_INCIDENT));
    let facet = covered.next().ok_or(Refusal::Statistics)?;
    row(facet, &release, |act| match facet.get(&format!("acts/{act}/victim")) {
        // Of whom it is may have been left out of the facet.
        None => is_covered(facet, table::STATISTICS_EVERYBODY),
        Some(victim) => victim
            .as_text()
            .is_some_and(|victim| !OF_THE_WHOLE.contains(&victim) && is_covered(facet, victim)),
    })
}

/// Writes into a facet whose consent covers figures, of those whom the facet names by key.
pub(super) fn put_flags(facet: &mut Record, consent: &Consent<'_>) {
    if consent.allows_statistics().is_err() {
        return;
    }
    let acts = facet.under("acts").filter(|(path, _)| path.segment(2) == Some("victim"));
    let acted_on = acts.filter_map(|(_, victim)| victim.as_text());
    let named: BTreeSet<&str> = facet.keys("victims").into_iter().chain(acted_on).collect();
    let covered: Vec<String> = named
        .into_iter()
        // A victim with such a key would speak for others.
        .filter(|victim| !OF_THE_WHOLE.contains(victim) && consent.covers(victim, SCOPE))
        .chain([table::STATISTICS_INCIDENT])
        .chain(consent.everybody_covers(SCOPE).then_some(table::STATISTICS_EVERYBODY))
        .map(|key| format!("{}/{key}", table::STATISTICS))
        .collect();
    for path in covered {
        put(facet, &path, true.into());
    }
}

fn is_covered(facet: &Record, key: &str) -> bool {
    facet.flag(&format!("{}/{key}", table::STATISTICS)) == Some(true)
}

fn row(
    record: &Record,
    release: &Release<'_>,
    covers: impl Fn(&str) -> bool,
) -> Result<Record, Refusal> {
    let shared = |path: &str| {
        let path: FieldPath = path.parse().ok()?;
        shared_value(record, release, &path, record.get(path.as_str())?)
    };
    let acts = record.keys("acts").into_iter().filter(|act| covers(act));
    let violations = acts.filter_map(|act| shared(&format!("acts/{act}/violation")));
    let types: BTreeSet<String> =
        violations.filter_map(|it| it.as_text().map(str::to_owned)).collect();
    if types.is_empty() {
        return Err(Refusal::Statistics);
    }
    let mut row = Record::new(record.schema().clone());
    for (number, violation) in (1_u32..).zip(types) {
        put(&mut row, &format!("acts/{number}/violation"), violation.into());
    }
    for path in [table::COUNTRY, table::DATE] {
        if let Some(value) = shared(path) {
            put(&mut row, path, value);
        }
    }
    Ok(row)
}

/// Sets a field; what does not fit is left out, which is the closed side.
fn put(record: &mut Record, path: &str, value: Value) {
    if let Ok(path) = path.parse() {
        let _full = record.set(path, value);
    }
}

#[cfg(test)]
mod tests;
