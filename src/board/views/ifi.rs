//! The docket of financed projects, with the incidents of each.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        events::{Event, events},
        inputs::{Consent, Inputs, card_cell, incidents_of},
        work::{date_cell, days, folded},
    },
    model::{
        board::{Card, CardKind},
        id::IncidentId,
        verification::Level,
    },
};

/// The incidents of a project: those that its card names, and those of its country that name the
/// project, where this node may read that.
fn incidents(by_project: &ByProject, card: &Card) -> (BTreeSet<IncidentId>, BTreeSet<IncidentId>) {
    let linked = incidents_of(card);
    let countries = card.countries();
    let named = folded(card.text("project")).and_then(|project| by_project.get(&project));
    let by_name = named
        .into_iter()
        .flatten()
        .filter(|(country, id)| countries.iter().any(|it| it == country) && !linked.contains(id));
    let by_name = by_name.map(|(_, id)| *id).collect();
    (linked, by_name)
}

/// The incidents of each project that names itself, with their countries.
type ByProject = BTreeMap<String, Vec<(String, IncidentId)>>;

fn by_project(inputs: &Inputs) -> ByProject {
    let mut found = ByProject::new();
    for (id, facts) in &inputs.incidents {
        if let (Some(project), Some(country)) = (folded(facts.project.as_deref()), &facts.country) {
            found.entry(project).or_default().push((country.clone(), *id));
        }
    }
    found
}

/// The events of those that can be read.
fn read<'a>(inputs: &'a Inputs, ids: &'a BTreeSet<IncidentId>) -> Vec<Event<'a>> {
    events(ids.iter().filter_map(|id| Some((id, inputs.incidents.get(id)?))))
}

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let columns = [
        "institution",
        "project",
        "country",
        "card",
        "status",
        "complaint_body",
        "reprisal_channel",
        "next_step",
        "due",
        "shared_with",
        "incidents",
        "by_name",
        "claims",
        "verified",
        "not_readable",
        "flag",
    ];
    let mut docket = Sheet::new("docket", &columns);
    let columns = ["project", "incident", "level", "how"];
    let mut of_project = Sheet::new("project_incidents", &columns);
    // What other lists may know: the items that are shared, and of them the agreed fields. What they
    // count is what one circle reads: without one, they count nothing.
    let columns = ["institution", "project", "country", "status", "incidents", "verified"];
    let mut agreed = Sheet::new("agreed", &columns);
    let mut cards = inputs.cards(CardKind::IfiItem);
    cards.retain(|card| inputs.state(card) != "dropped");
    cards.sort_by_key(|card| (card.text("institution"), folded(card.text("project"))));
    let by_project = by_project(inputs);
    for card in cards {
        let (linked, by_name) = incidents(&by_project, card);
        let all: BTreeSet<IncidentId> = linked.union(&by_name).copied().collect();
        let known = read(inputs, &all);
        let claims = known.iter().map(|event| event.claims.len()).sum::<usize>();
        let verified = known.iter().filter(|event| event.level() >= Level::Verified).count();
        let withdrawn = known.iter().any(|event| event.consent() == Consent::Withdrawn);
        let due = card.date("due");
        let late = due.and_then(|it| it.latest()).is_some_and(|it| days(inputs.today, it) < 0);
        let flag = match () {
            () if withdrawn => Cell::word("consent_withdrawn"),
            () if late && !inputs.is_over(card) => Cell::word("overdue"),
            () if card.text("next_step").is_none() && !inputs.is_over(card) => {
                Cell::word("no_next_step")
            }
            () => Cell::Empty,
        };
        let head = || {
            [
                Cell::code("ifi_institution", card.text("institution")),
                Cell::text(card.text("project")),
                Cell::text(card.text("country")),
            ]
        };
        docket.row(head().into_iter().chain([
            card_cell(card),
            Cell::text(card.text("status")),
            Cell::text(card.text("complaint_body")),
            Cell::text(card.text("reprisal_channel")),
            Cell::text(card.text("next_step")),
            date_cell(due),
            Cell::text(card.text("shared_with")),
            Cell::counted(read(inputs, &linked).len()),
            Cell::counted(read(inputs, &by_name).len()),
            Cell::counted(claims),
            Cell::counted(verified),
            Cell::counted(all.len().saturating_sub(claims)),
            flag,
        ]));
        for id in &all {
            let level = inputs.incidents.get(id).map(|facts| facts.level.code());
            of_project.row([
                Cell::text(card.text("project")),
                Cell::Incident(*id),
                level.map_or_else(
                    || Cell::word("not_readable"),
                    |level| Cell::code("verification_level", Some(level)),
                ),
                Cell::word(if linked.contains(id) { "linked" } else { "by_name" }),
            ]);
        }
        if card.text("shared_with").is_some() {
            let told = |count: usize| match inputs.circle {
                Some(_named) => Cell::counted(count),
                None => Cell::Empty,
            };
            agreed.row(head().into_iter().chain([
                Cell::text(card.text("status")),
                told(known.len()),
                told(verified),
            ]));
        }
    }
    if inputs.circle.is_none() {
        agreed.note("agreed_of_circle", &[]);
    }
    vec![docket, of_project, agreed]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        board::{
            IncidentFacts,
            kit::{board, card, incident, incident_id, rows, sheet},
        },
        model::id::CircleId,
    };

    #[test]
    fn projects_are_joined_with_incidents_that_are_linked_or_name_them() {
        let mut inputs = board();
        let kind = CardKind::IfiItem;
        inputs.cards = vec![
            card(
                1,
                kind,
                "title=a,institution=idb,project=Represa Azul,country=CO,next_step=Write,shared_with=IFI list,links/x/incident=incident1,links/y/incident=incident9",
            ),
            card(
                2,
                kind,
                "title=b,institution=aiib,project=Vía Norte,country=PE,links/x/incident=incident4",
            ),
            card(3, kind, "title=c,institution=caf,project=Sur,country=EC"),
        ];
        let of = |country: &str, level, project: Option<&str>| IncidentFacts {
            project: project.map(str::to_owned),
            ..incident(country, level)
        };
        inputs.incidents.insert(incident_id(1), of("CO", Level::Verified, Some("represa azul")));
        inputs.incidents.insert(incident_id(2), of("CO", Level::Reported, Some("REPRESA ÁZUL")));
        // Another partner's claim of the first event.
        let same = IncidentFacts {
            event: Some(incident_id(1)),
            ..of("CO", Level::Reported, Some("Represa Azul"))
        };
        inputs.incidents.insert(incident_id(5), same);
        inputs.incidents.insert(incident_id(3), of("PE", Level::Verified, Some("Represa Azul")));
        let withdrawn =
            IncidentFacts { consent: Consent::Withdrawn, ..of("PE", Level::Verified, None) };
        inputs.incidents.insert(incident_id(4), withdrawn);
        let docket: Vec<String> = sheet(&inputs, "ifi", "docket")
            .plain()
            .iter()
            .map(|row| format!("{}: {}", row[1], row[10..].join(" ")))
            .collect();
        assert_eq!(
            docket,
            [
                "Vía Norte: 1 0 1 1 0 consent_withdrawn",
                "Sur: 0 0 0 0 0 no_next_step",
                "Represa Azul: 1 2 3 1 1 ",
            ]
        );
        assert_eq!(rows(&inputs, "ifi", "agreed"), ["idb | Represa Azul | CO |  |  | "]);
        inputs.circle = Some(CircleId::new([9; 32]));
        assert_eq!(rows(&inputs, "ifi", "agreed"), ["idb | Represa Azul | CO |  | 2 | 1"]);
        let joined = rows(&inputs, "ifi", "project_incidents");
        assert!(joined.iter().any(|row| row.ends_with("v0_reported | by_name")), "{joined:?}");
    }
}
