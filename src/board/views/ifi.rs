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
        let linked_events = read(inputs, &linked).len();
        let named_events = read(inputs, &by_name).len();
        let withdrawn = known.iter().any(|event| event.consent() == Consent::Withdrawn)
            || all.iter().any(|id| inputs.emptied.contains(id));
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
            Cell::counted_beside(linked_events, &[known.len()]),
            Cell::counted_beside(named_events, &[known.len()]),
            Cell::counted_beside(claims, &[known.len(), linked_events + named_events]),
            Cell::counted_beside(verified, &[known.len(), linked_events]),
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
            let told = |count: usize, other: usize| match inputs.circle {
                Some(_named) => Cell::counted_beside(count, &[other]).of_card(card.id),
                None => Cell::Empty,
            };
            agreed.row(head().into_iter().chain([
                Cell::text(card.text("status")),
                told(known.len(), verified),
                told(verified, known.len()),
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

    /// A card with so many incidents, of which the first are verified, and more that name its
    /// project.
    fn dam(linked: u8, verified: u8, by_name: u8) -> Inputs {
        let mut inputs = board();
        inputs.circle = Some(CircleId::new([9; 32]));
        let links = (1..=linked).map(|it| format!(",links/l{it}/incident=incident{it}"));
        let fields = format!(
            "title=a,institution=idb,project=Represa Azul,country=CO,shared_with=IFI list{}",
            links.collect::<String>()
        );
        inputs.cards = vec![card(1, CardKind::IfiItem, &fields)];
        for number in 1..=linked + by_name {
            let level = if number <= verified { Level::Verified } else { Level::Reported };
            let project = (number > linked).then(|| "Represa Azul".to_owned());
            let facts = IncidentFacts { project, ..incident("CO", level) };
            inputs.incidents.insert(incident_id(number), facts);
        }
        inputs
    }

    #[test]
    fn files_do_not_tell_the_one_of_twelve_that_is_not_verified_nor_what_another_table_hides() {
        let told = |inputs: &Inputs| -> (Vec<String>, Vec<String>) {
            let page = crate::board::view("ifi", inputs).unwrap().for_file();
            let row = |at: usize| page.sheets[at].plain()[0].clone();
            (row(0)[10..15].to_vec(), row(2)[4..].to_vec())
        };
        let (docket, agreed) = told(&dam(12, 6, 0));
        assert_eq!((docket.join(" "), agreed.join(" ")), ("12 0 12 6 0".into(), "12 6".into()));
        let (docket, agreed) = told(&dam(12, 11, 0));
        assert_eq!((docket.join(" "), agreed.join(" ")), ("* 0 * * 0".into(), "* *".into()));
        // By their names there are two: the docket hides that, and the sum does not tell it.
        let (docket, agreed) = told(&dam(12, 6, 2));
        assert_eq!((docket.join(" "), agreed.join(" ")), ("* <5 * * 0".into(), "* *".into()));
        // One event is told twice.
        let mut inputs = dam(13, 6, 0);
        if let Some(facts) = inputs.incidents.get_mut(&incident_id(13)) {
            facts.event = Some(incident_id(12));
        }
        assert_eq!(told(&inputs).0.join(" "), "* 0 * * 0");
    }
}
