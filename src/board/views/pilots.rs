//! Pilot sites: what the registry, the network and drills say of them.

use std::collections::BTreeSet;

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        events::{Event, events},
        inputs::{Consent, IncidentFacts, Inputs, card_cell, orgs},
        work::{date_cell, day_cell, days, median, span},
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
        "claims",
        "days_to_verified",
        "verified_n",
        "drills_taken",
        "last_drill",
        "consent",
        "flag",
    ];
    let mut sheet = Sheet::new("pilots", &columns);
    let mut levels = Sheet::new("pilot_levels", &["card", "level", "incidents"]);
    let mut indicators =
        Sheet::new("indicators", &["card", "indicator", "value", "target", "seen_on"]);
    for card in inputs.cards(CardKind::PilotSite) {
        let area = Area::of(card);
        let here = inputs.incidents.iter();
        let here = here.filter(|(_, facts)| area.has(facts) && is_during(card, facts));
        let incidents = events(here);
        sheet.row(row(inputs, card, &area, &incidents));
        for level in Level::ALL {
            let count = incidents.iter().filter(|event| event.level() == level).count();
            if count > 0 {
                let code = Cell::code("verification_level", Some(level.code()));
                levels.row([card_cell(card), code, Cell::counted(count)]);
            }
        }
        for it in card.entries("indicators").values() {
            let number = |field: &str| Cell::count(it.get(field).and_then(|it| it.parse().ok()));
            let seen = it.get("seen_on").and_then(|day| day.parse().ok());
            indicators.row([
                card_cell(card),
                Cell::text(it.get("text").map(String::as_str)),
                number("value"),
                number("target"),
                date_cell(seen),
            ]);
        }
    }
    sheet.note("pilot_alive", &[("days", Cell::Count(ALIVE_DAYS))]);
    vec![sheet, levels, indicators]
}

/// Where a pilot is, as far as the registry can tell.
enum Area {
    /// Its countries as a whole.
    Countries(Vec<String>),
    /// Departments, states or regions of them: one name can be that of several.
    Parts(BTreeSet<&'static str>),
    /// A place that is none of these: which incidents are there is not known.
    Unknown,
}

impl Area {
    fn of(card: &Card) -> Self {
        let countries = card.countries();
        let Some(area) = card.text("area").filter(|area| !area.trim().is_empty()) else {
            return Self::Countries(countries);
        };
        let parts = countries.iter().filter_map(|country| place::admin1_code(country, area));
        let parts: BTreeSet<&str> = parts.collect();
        if parts.is_empty() { Self::Unknown } else { Self::Parts(parts) }
    }

    fn has(&self, facts: &IncidentFacts) -> bool {
        match self {
            Self::Countries(all) => facts.country.as_ref().is_some_and(|it| all.contains(it)),
            Self::Parts(parts) => facts.admin1.as_deref().is_some_and(|it| parts.contains(it)),
            Self::Unknown => false,
        }
    }
}

/// Whether an incident was recorded while a pilot ran. One that does not say when is of no time.
fn is_during(card: &Card, facts: &IncidentFacts) -> bool {
    let first = card.date("starts").and_then(|it| it.earliest());
    let last = card.date("ends").and_then(|it| it.latest());
    let after = first.is_none_or(|first| facts.recorded.is_some_and(|day| day >= first));
    after && last.is_none_or(|last| facts.recorded.is_some_and(|day| day <= last))
}

fn row(inputs: &Inputs, card: &Card, area: &Area, incidents: &[Event<'_>]) -> Vec<Cell> {
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
        .filter(|event| event.level() >= Level::Verified)
        .filter_map(|event| Some(days(event.recorded()?, event.verified()?)))
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
    let covered = incidents.iter().filter(|it| it.consent() == Consent::Given).count();
    let claims: usize = incidents.iter().map(|event| event.claims.len()).sum();
    let verified = incidents.iter().filter(|event| event.level() >= Level::Verified).count();
    // What is not known is no zero.
    let is_known = !matches!(area, Area::Unknown);
    let told = |cell: Cell| if is_known { cell } else { Cell::Empty };
    let verified_n = waits.len();
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
        told(Cell::counted_beside(incidents.len(), &[claims, verified_n])),
        told(Cell::counted_beside(claims, &[incidents.len()])),
        Cell::counted_from(Cell::count(median(waits)), verified_n),
        told(Cell::counted_beside(verified_n, &[incidents.len(), verified])),
        Cell::share(number(taken), number(drills.len())),
        day_cell(drills.iter().map(|drill| drill.day).max()),
        Cell::counted_share(number(covered), number(incidents.len())),
        if is_known { Cell::Empty } else { Cell::word("area_not_known") },
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
                "title=Cauca,countries/co=yes,area=Cauca,state=running,starts=2026-06,ends=2026-09,\
                 partners/a/org=org2,partners/b/org=org3,readiness/devices=yes,\
                 readiness/training=yes,indicators/a/text=Cases,indicators/a/target=20,\
                 indicators/a/value=12,indicators/a/seen_on=2026-10,indicators/b/text=Devices",
            ),
            card(2, kind, "title=Two,countries/co=yes,countries/pe=yes"),
            card(3, kind, "title=Upper,countries/co=yes,area=Alto Putumayo"),
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
            recorded: Some(day("2026-09-30")),
            ..of("CO", Some("CO-CAU"), Level::Reported)
        };
        for (number, facts) in [
            (1, verified("2026-06-01", "2026-06-11")),
            (2, verified("2026-06-01", "2026-07-01")),
            (3, without),
            (4, of("CO", Some("CO-ANT"), Level::Reported)),
            (5, of("PE", None, Level::Reported)),
            (6, of("BR", None, Level::Reported)),
            // Before it began, and after.
            (7, verified("2026-05-31", "2026-06-01")),
            (8, verified("2026-10-01", "2026-10-02")),
            // Another partner's claim of the first.
            (
                9,
                IncidentFacts {
                    event: Some(incident_id(1)),
                    ..verified("2026-06-02", "2026-06-12")
                },
            ),
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
            "Cauca | running | CO | Cauca | 2026-06-01 | 2026-09-30 | org2; org3 | 2/5 | \
             consent_form; data_agreement; alert_drill | 1/3 | 3 | 4 | 20 | 2 | 1/2 | 2026-06-20 | 2/3 | "
        );
        assert!(found[1].contains(" | 7 | 8 | 5 | 4 | 3/4 | 2026-06-20 | 6/7 | "), "{found:?}");
        assert!(found[2].contains(" |  |  |  |  | ") && found[2].ends_with("area_not_known"));
        let levels = rows(&inputs, "pilots", "pilot_levels");
        assert_eq!(levels[..2], ["Cauca | v0_reported | 1", "Cauca | v3_verified | 2"]);
        // What nobody has looked at is no zero.
        assert_eq!(
            rows(&inputs, "pilots", "indicators"),
            ["Cauca | Cases | 12 | 20 | 2026-10", "Cauca | Devices |  |  | "]
        );
    }

    #[test]
    fn files_do_not_tell_the_one_event_that_two_tell_of() {
        let told = |events: u8| -> String {
            let mut inputs = board();
            inputs.cards = vec![card(1, CardKind::PilotSite, "title=P,countries/co=yes")];
            for number in 1..=13 {
                let event = Some(incident_id(number.min(events)));
                let facts = IncidentFacts { event, ..incident("CO", Level::Reported) };
                inputs.incidents.insert(incident_id(number), facts);
            }
            let page = crate::board::view("pilots", &inputs).unwrap().for_file();
            page.sheets[0].plain()[0][10..12].join(" ")
        };
        assert_eq!(told(13), "13 13");
        assert_eq!(told(12), "* *");
        assert_eq!(told(6), "6 13");
    }
}
