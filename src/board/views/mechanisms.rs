//! Existing mechanisms against their aims, with what the registry knows of requests to them.

use std::collections::BTreeMap;

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{IncidentFacts, Inputs, Intervention, card_cell, incidents_of},
        work::{days, median, tenths},
    },
    model::{
        board::{Card, CardKind},
        id::IncidentId,
    },
};

/// Days within which an answer is in time: who is threatened cannot wait longer than a month. A
/// measure of this view, not of any law.
const IN_TIME_DAYS: i64 = 30;

/// The interventions of the registry that are requests to a mechanism, and where it is. The registry
/// does not tell partners who was asked; the type of the request and the country do.
const REQUESTS: &[(&str, &str, Option<&str>)] = &[
    ("unp", "state_protection_request", Some("CO")),
    ("sat_ciprat", "collective_protection", Some("CO")),
    ("ppddh", "state_protection_request", Some("BR")),
    ("mecanismo_intersectorial", "state_protection_request", Some("PE")),
    ("defensoria_ec", "state_protection_request", Some("EC")),
    ("iachr", "precautionary_iachr", None),
    ("escazu", "escazu_submission", None),
];
/// Requests to a mechanism that the list does not have, of the incidents that its card names.
const REQUESTS_TO_OTHERS: [&str; 2] = ["state_protection_request", "collective_protection"];

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let mut aims = Sheet::new("aims", &["mechanism", "card", "aim", "rating", "evidence"]);
    let columns = [
        "mechanism",
        "card",
        "rating",
        "requests",
        "granted",
        "in_time",
        "effective",
        "unanswered",
        "days_told",
        "days_found",
        "flag",
    ];
    let mut backing = Sheet::new("backing", &columns);
    let columns =
        ["mechanism", "card", "coverage", "collective", "gender", "ethnic", "trust", "voices"];
    let mut about = Sheet::new("mechanisms", &columns);
    let mut cards = inputs.cards(CardKind::MechanismAssessment);
    cards.retain(|card| inputs.state(card) != "dropped");
    cards.sort_by_key(|card| card.text("mechanism"));
    for card in cards {
        let name = || match card.text("mechanism") {
            Some("other") | None => Cell::text(card.text("institution")),
            code => Cell::code("mechanism", code),
        };
        let ratings: Vec<i64> = aims_of(card, &name(), &mut aims);
        backing.row(backing_of(inputs, card, name(), &ratings));
        about.row([
            name(),
            card_cell(card),
            Cell::text(card.text("coverage")),
            Cell::code("answer", card.text("collective")),
            Cell::code("answer", card.text("gender")),
            Cell::code("answer", card.text("ethnic")),
            Cell::count(card.count("trust")),
            Cell::text(card.text("voices")),
        ]);
    }
    backing.note("mechanism_in_time", &[("days", Cell::Count(IN_TIME_DAYS))]);
    vec![aims, backing, about]
}

fn aims_of(card: &Card, name: &Cell, sheet: &mut Sheet) -> Vec<i64> {
    let mut ratings = Vec::new();
    for aim in card.entries("aims").values() {
        let rating = aim.get("rating").and_then(|rating| rating.parse::<i64>().ok());
        let rating = rating.filter(|rating| (0..=4).contains(rating));
        ratings.extend(rating);
        sheet.row([
            name.clone(),
            card_cell(card),
            Cell::text(aim.get("text").map(String::as_str)),
            Cell::count(rating),
            Cell::text(aim.get("evidence").map(String::as_str)),
        ]);
    }
    ratings
}

/// The requests to a mechanism that this node may read: of several claims of one event those of the
/// claim that tells of most, because partners record one request each.
fn requests<'a>(inputs: &'a Inputs, card: &Card) -> Vec<&'a Intervention> {
    let linked = incidents_of(card);
    let mechanism = card.text("mechanism").unwrap_or("other");
    let listed = REQUESTS.iter().find(|(it, _, _)| *it == mechanism);
    let is_to_it = |id: &IncidentId, country: Option<&str>, it: &Intervention| match listed {
        Some((_, kind, of)) => it.kind == *kind && of.is_none_or(|of| country == Some(of)),
        None => linked.contains(id) && REQUESTS_TO_OTHERS.contains(&it.kind.as_str()),
    };
    let all = inputs.incidents.iter().filter(|(_, facts)| !facts.level.is_aside());
    let mut by_event: BTreeMap<IncidentId, Vec<&Intervention>> = BTreeMap::new();
    for (id, facts) in all {
        let IncidentFacts { event, country, interventions, .. } = facts;
        let to_it = interventions.iter().filter(|it| is_to_it(id, country.as_deref(), it));
        let to_it: Vec<&Intervention> = to_it.collect();
        let most = by_event.entry(event.unwrap_or(*id)).or_default();
        if to_it.len() > most.len() {
            *most = to_it;
        }
    }
    by_event.into_values().flatten().collect()
}

/// How long an answer took at most, and at least: dates are months where they come from partners.
fn waited(it: &Intervention) -> Option<(i64, i64)> {
    let (requested, responded) = (it.requested?, it.responded?);
    let most = days(requested.earliest()?, responded.latest()?);
    let least = days(requested.latest()?, responded.earliest()?).max(0);
    (most >= 0).then_some((least, most))
}

fn backing_of(inputs: &Inputs, card: &Card, name: Cell, ratings: &[i64]) -> Vec<Cell> {
    let requests = requests(inputs, card);
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let status = |it: &Intervention, of: &[&str]| {
        it.status.as_deref().is_some_and(|status| of.contains(&status))
    };
    let granted: Vec<&&Intervention> = requests
        .iter()
        .filter(|it| status(it, &["accepted", "in_progress", "token", "completed"]))
        .collect();
    let waits: Vec<(i64, i64)> = granted.iter().filter_map(|it| waited(it)).collect();
    // In time is what surely was; what could have been either way is of no share.
    let in_time = waits.iter().filter(|(_, most)| *most <= IN_TIME_DAYS).count();
    let late = waits.iter().filter(|(least, _)| *least > IN_TIME_DAYS).count();
    let impacts = granted.iter().filter_map(|it| it.impact.as_deref());
    let impacts: Vec<&str> = impacts.filter(|impact| *impact != "unknown").collect();
    let effective = impacts.iter().filter(|it| it.ends_with("positive")).count();
    let silent = requests
        .iter()
        .filter(|it| status(it, &["no_response", "requested"]) && it.responded.is_none())
        .count();
    let sum: i64 = ratings.iter().sum();
    let mean = tenths(sum, i64::try_from(ratings.len()).unwrap_or(0));
    let found = median(waits.iter().map(|(_, most)| *most).collect());
    vec![
        name,
        card_cell(card),
        Cell::text(mean.as_deref()),
        Cell::counted_beside(requests.len(), &[silent]),
        Cell::counted_share(number(granted.len()), number(requests.len())),
        Cell::counted_share(number(in_time), number(in_time + late)),
        Cell::counted_share(number(effective), number(impacts.len())),
        Cell::counted_beside(silent, &[requests.len()]),
        Cell::count(card.count("response_days")),
        Cell::counted_from(Cell::count(found), waits.len()),
        if requests.is_empty() { Cell::word("not_backed") } else { Cell::Empty },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        board::kit::{board, card, incident, incident_id, rows},
        model::verification::Level,
    };

    fn request(kind: &str, status: &str, dates: (&str, &str), impact: &str) -> Intervention {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Intervention {
            kind: kind.to_owned(),
            status: some(status),
            requested: dates.0.parse().ok(),
            responded: dates.1.parse().ok(),
            impact: some(impact),
        }
    }

    #[test]
    fn ratings_are_backed_by_what_came_of_requests() {
        let mut inputs = board();
        let kind = CardKind::MechanismAssessment;
        inputs.cards = vec![
            card(
                1,
                kind,
                "title=a,mechanism=unp,response_days=30,aims/a/text=Protect,aims/a/rating=1,\
                 aims/b/text=In time,aims/b/rating=2,aims/b/evidence=cases,trust=1,gender=no",
            ),
            card(2, kind, "title=b,mechanism=escazu"),
            card(3, kind, "title=c,mechanism=other,institution=Mesa,links/a/incident=incident3"),
        ];
        let of = |country: &str, level, interventions| IncidentFacts {
            interventions,
            ..incident(country, level)
        };
        let state = "state_protection_request";
        let ours = vec![
            request(state, "completed", ("2026-01-01", "2026-01-20"), "strong_positive"),
            request(state, "accepted", ("2026-01-01", "2026-04-01"), "none"),
            request(state, "token", ("2026-02", "2026-03"), "unknown"),
            request(state, "no_response", ("2026-01-01", ""), ""),
            request("legal_aid", "completed", ("2026-01-01", "2026-01-02"), "strong_positive"),
        ];
        inputs.incidents.insert(incident_id(1), of("CO", Level::Reported, ours.clone()));
        inputs.incidents.insert(incident_id(2), of("CO", Level::Refuted, ours.clone()));
        // Another partner tells of one of the same requests.
        let same = IncidentFacts {
            event: Some(incident_id(1)),
            ..of("CO", Level::Reported, ours[..1].to_vec())
        };
        inputs.incidents.insert(incident_id(4), same);
        inputs.incidents.insert(incident_id(3), of("PE", Level::Verified, ours[..1].to_vec()));
        assert_eq!(
            rows(&inputs, "mechanisms", "backing"),
            [
                "escazu | b |  | 0 |  |  |  | 0 |  |  | not_backed",
                // Mesa: one request of the incident that its card names.
                "Mesa | c |  | 1 | 1/1 | 1/1 | 1/1 | 0 |  | 19 | ",
                // Granted three of four; of them one surely in time and one surely late.
                "unp | a | 1.5 | 4 | 3/4 | 1/2 | 1/2 | 1 | 30 | 58 | ",
            ]
        );
        assert_eq!(
            rows(&inputs, "mechanisms", "aims"),
            ["unp | a | Protect | 1 | ", "unp | a | In time | 2 | cases"]
        );
    }
}
