//! Pilot sites: what the registry, the network and drills say of them.

use std::collections::BTreeSet;

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{Consent, IncidentFacts, Inputs, card_cell, orgs},
        work::{day_cell, days, median, span},
    },
    model::{
        board::{Card, CardKind},
        id::OrgId,
        registry::place,
        verification::Level,
        vocabulary::Vocabulary,
    },
};

/// Days within which a node that was heard of is alive.
const ALIVE_DAYS: i64 = 7;

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let columns = [
        "card",
        "state",
        "countries",
        "area",
        "from",
        "to",
        "partners",
        "ready",
        "not_ready",
        "nodes_alive",
        "incidents",
        "days_to_verified",
        "verified_n",
        "drills_taken",
        "last_drill",
        "consent",
    ];
    let mut sheet = Sheet::new("pilots", &columns);
    let mut levels = Sheet::new("pilot_levels", &["card", "level", "incidents"]);
    let mut indicators = Sheet::new("indicators", &["card", "indicator", "target"]);
    for card in inputs.cards(CardKind::PilotSite) {
        let incidents: Vec<&IncidentFacts> =
            inputs.incidents.values().filter(|facts| is_in(card, facts)).collect();
        sheet.row(row(inputs, card, &incidents));
        for level in Level::ALL {
            let count = incidents.iter().filter(|facts| facts.level == level).count();
            if count > 0 {
                let code = Cell::code("verification_level", Some(level.code()));
                levels.row([card_cell(card), code, Cell::number(count)]);
            }
        }
        for it in card.entries("indicators").values() {
            let target = it.get("target").and_then(|target| target.parse().ok());
            let text = Cell::text(it.get("text").map(String::as_str));
            indicators.row([card_cell(card), text, Cell::count(target)]);
        }
    }
    sheet.note("pilot_alive", &[("days", Cell::Count(ALIVE_DAYS))]);
    vec![sheet, levels, indicators]
}

/// Whether an incident is in the countries of a pilot, and in its area where that is a department,
/// state or region of its one country.
fn is_in(card: &Card, facts: &IncidentFacts) -> bool {
    let countries = card.countries();
    let Some(country) = facts.country.as_ref().filter(|it| countries.contains(it)) else {
        return false;
    };
    let area = match countries.as_slice() {
        [_one] => card.text("area").and_then(|area| place::admin1_code(country, area)),
        _several => None,
    };
    area.is_none_or(|area| facts.admin1.as_deref() == Some(area))
}

fn row(inputs: &Inputs, card: &Card, incidents: &[&IncidentFacts]) -> Vec<Cell> {
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let partners: BTreeSet<OrgId> = orgs(card, "partners").into_iter().collect();
    let nodes: Vec<_> = inputs.nodes.iter().filter(|node| partners.contains(&node.org)).collect();
    let alive = nodes
        .iter()
        .filter(|node| node.last_contact.is_some_and(|day| days(day, inputs.today) <= ALIVE_DAYS));
    let checks = Vocabulary::built_in().list("pilot_check");
    let is_ready = |code: &str| card.record.flag(&format!("readiness/{code}")) == Some(true);
    let missing = checks.iter().map(|term| term.code).filter(|code| !is_ready(code));
    let missing: Vec<&str> = missing.collect();
    let waits: Vec<i64> = incidents
        .iter()
        .filter(|facts| facts.level >= Level::Verified)
        .filter_map(|facts| Some(days(facts.recorded?, facts.verified?)))
        .filter(|days| *days >= 0)
        .collect();
    let (first, last) = span(card).unzip();
    // A pilot's drills are those of its countries while it runs.
    let countries = card.countries();
    let during =
        |day| first.is_none_or(|first| day >= first) && last.is_none_or(|last| day <= last);
    let drills: Vec<_> = inputs
        .drills
        .iter()
        .filter(|drill| countries.contains(&drill.country) && during(drill.day))
        .collect();
    let taken = drills.iter().filter(|drill| drill.taken).count();
    let covered = incidents.iter().filter(|facts| facts.consent == Consent::Given).count();
    let verified_n = Cell::number(waits.len());
    vec![
        card_cell(card),
        inputs.state_cell(card),
        Cell::texts(countries),
        Cell::text(card.text("area")),
        day_cell(first),
        day_cell(last),
        inputs.orgs(&partners),
        Cell::share(number(checks.len() - missing.len()), number(checks.len())),
        Cell::codes("pilot_check", missing),
        Cell::share(number(alive.count()), number(nodes.len())),
        Cell::number(incidents.len()),
        Cell::count(median(waits)),
        verified_n,
        Cell::share(number(taken), number(drills.len())),
        day_cell(drills.iter().map(|drill| drill.day).max()),
        Cell::share(number(covered), number(incidents.len())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::{
        Drill, NodeFacts,
        kit::{board, card, day, incident, incident_id, org, rows},
    };

    #[test]
    fn the_dashboard_is_reckoned_from_registry_network_and_drills() {
        let mut inputs = board();
        let kind = CardKind::PilotSite;
        inputs.cards = vec![
            card(
                1,
                kind,
                "title=Cauca,countries/co=yes,area=Cauca,state=running,starts=2026-06,\
                 partners/a/org=org2,partners/b/org=org3,readiness/devices=yes,\
                 readiness/training=yes,indicators/a/text=Cases,indicators/a/target=20",
            ),
            card(2, kind, "title=Two,countries/co=yes,countries/pe=yes,area=Cauca"),
        ];
        let of = |country: &str, admin1: Option<&str>, level| IncidentFacts {
            admin1: admin1.map(str::to_owned),
            ..incident(country, level)
        };
        let verified = |recorded: &str, verified: &str| IncidentFacts {
            recorded: Some(day(recorded)),
            verified: Some(day(verified)),
            ..of("CO", Some("CO-CAU"), Level::Verified)
        };
        let without = IncidentFacts {
            consent: Consent::Unknown,
            ..of("CO", Some("CO-CAU"), Level::Reported)
        };
        for (number, facts) in [
            (1, verified("2026-01-01", "2026-01-11")),
            (2, verified("2026-01-01", "2026-01-31")),
            (3, without),
            (4, of("CO", Some("CO-ANT"), Level::Reported)),
            (5, of("PE", None, Level::Reported)),
            (6, of("BR", None, Level::Reported)),
        ] {
            inputs.incidents.insert(incident_id(number), facts);
        }
        let node = |number, last: Option<&str>| NodeFacts {
            org: org(number),
            last_contact: last.map(day),
        };
        inputs.nodes = vec![
            node(2, Some("2026-11-20")),
            node(2, Some("2026-11-15")),
            node(3, None),
            node(4, Some("2026-11-23")),
        ];
        let drill = |on: &str, country: &str, taken| Drill {
            day: day(on),
            country: country.to_owned(),
            taken,
        };
        inputs.drills = vec![
            drill("2026-06-10", "CO", true),
            drill("2026-06-20", "CO", false),
            drill("2026-05-01", "CO", true),
            drill("2026-06-15", "PE", true),
        ];
        let found = rows(&inputs, "pilots", "pilots");
        assert_eq!(
            found[0],
            "Cauca | running | CO | Cauca | 2026-06-01 | 2026-06-30 | org2; org3 | 2/5 | \
             consent_form; data_agreement; alert_drill | 1/3 | 3 | 20 | 2 | 1/2 | 2026-06-20 | 2/3"
        );
        assert!(found[1].contains(" | 5 | 20 | 2 | 3/4 | 2026-06-20 | 4/5"), "{found:?}");
        let levels = rows(&inputs, "pilots", "pilot_levels");
        assert_eq!(levels[..2], ["Cauca | v0_reported | 1", "Cauca | v3_verified | 2"]);
        assert_eq!(rows(&inputs, "pilots", "indicators"), ["Cauca | Cases | 20"]);
    }
}
