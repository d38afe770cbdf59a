//! The message book: by audience, who has endorsed, and whether the evidence still holds.

use std::collections::BTreeSet;

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{Consent, Inputs, card_cell, incidents_of},
        work::{date_cell, days},
    },
    model::{
        board::{Card, CardKind},
        id::{IncidentId, OrgId},
    },
};

/// What is the matter with a cited incident; nothing if it still holds. One that this node cannot
/// read is told: nobody here knows whether it holds.
pub(super) fn verdict(inputs: &Inputs, incident: &IncidentId) -> Option<&'static str> {
    match inputs.incidents.get(incident) {
        None if inputs.emptied.contains(incident) => Some("consent_withdrawn"),
        None => Some("not_readable"),
        Some(facts) if facts.consent == Consent::Withdrawn => Some("consent_withdrawn"),
        Some(facts) if facts.level.is_aside() => Some("no_longer_valid"),
        Some(_holds) => None,
    }
}

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let columns = [
        "audience",
        "theme",
        "card",
        "state",
        "languages",
        "endorsed",
        "awaited",
        "declined",
        "embargo",
        "evidence",
    ];
    let mut book = Sheet::new("messages", &columns);
    let mut evidence = Sheet::new("evidence", &["card", "incident", "level", "verdict"]);
    let mut messages = inputs.cards(CardKind::JointMessage);
    messages.retain(|card| inputs.state(card) != "dropped");
    messages.sort_by_key(|card| {
        (card.text("audience").is_none(), card.text("audience"), card.text("theme"))
    });
    for card in messages {
        book.row(row(inputs, card));
        for incident in incidents_of(card) {
            let facts = inputs.incidents.get(&incident);
            evidence.row([
                card_cell(card),
                Cell::Incident(incident),
                Cell::code("verification_level", facts.map(|facts| facts.level.code())),
                Cell::word(verdict(inputs, &incident).unwrap_or("holds")),
            ]);
        }
    }
    vec![book, evidence]
}

fn row(inputs: &Inputs, card: &Card) -> Vec<Cell> {
    let said = inputs.statements.get(&card.id).cloned().unwrap_or_default();
    let asked = inputs.asked(card);
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    // Of who was asked: another organisation's endorsement does not stand for a silent one.
    let endorsed = asked.intersection(&said.endorsed).count();
    let awaited: BTreeSet<OrgId> = asked
        .iter()
        .filter(|org| !said.endorsed.contains(org) && !said.declined.contains(org))
        .copied()
        .collect();
    let languages = card.record.keys("text");
    let embargo = card.date("embargo");
    let waits = embargo.and_then(|it| it.latest()).is_some_and(|it| days(inputs.today, it) > 0);
    let wrong: BTreeSet<&str> =
        incidents_of(card).iter().filter_map(|incident| verdict(inputs, incident)).collect();
    vec![
        Cell::code("audience_class", card.text("audience")),
        Cell::code("message_theme", card.text("theme")),
        card_cell(card),
        inputs.state_cell(card),
        Cell::texts(languages),
        Cell::share(number(endorsed), number(asked.len())),
        inputs.orgs(&awaited),
        inputs.orgs(&said.declined),
        if waits {
            Cell::list([date_cell(embargo), Cell::word("embargoed")])
        } else {
            date_cell(embargo)
        },
        match () {
            () if incidents_of(card).is_empty() => Cell::word("no_evidence"),
            () if wrong.is_empty() => Cell::word("holds"),
            () => Cell::list(wrong.into_iter().map(Cell::word)),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        board::{
            IncidentFacts, StatementSummary,
            kit::{board, card, card_id, incident, incident_id, org, rows},
        },
        model::verification::Level,
    };

    #[test]
    fn silence_is_no_endorsement_and_evidence_that_fell_is_flagged() {
        let mut inputs = board();
        let kind = CardKind::JointMessage;
        inputs.cards = vec![
            card(
                1,
                kind,
                "title=To the bank,audience=institution,theme=prevention,text/es=Hola,text/en=Hello,\
                 asked/a/org=org1,asked/b/org=org2,asked/c/org=org3,embargo=2026-12-10,\
                 links/a/incident=incident1,links/b/incident=incident2",
            ),
            card(2, kind, "title=To the state,audience=government,links/a/incident=incident1"),
            card(3, kind, "title=No case,audience=government,state=in_review"),
            card(
                4,
                kind,
                "title=Consent,audience=private_sector,links/a/incident=incident3,links/b/incident=incident4",
            ),
            card(5, kind, "title=Gone,state=dropped"),
        ];
        inputs.incidents.insert(incident_id(1), incident("CO", Level::Verified));
        inputs.incidents.insert(incident_id(2), incident("CO", Level::NotMet));
        let withdrawn =
            IncidentFacts { consent: Consent::Withdrawn, ..incident("CO", Level::Verified) };
        inputs.incidents.insert(incident_id(3), withdrawn);
        let summary = StatementSummary {
            state: "in_review",
            asked: [org(1), org(2), org(3)].into(),
            endorsed: [org(1), org(7)].into(),
            declined: [org(3)].into(),
            frozen: true,
        };
        inputs.statements.insert(card_id(1), summary.clone());
        assert_eq!(
            rows(&inputs, "messages", "messages"),
            [
                "government |  | No case | in_review |  |  |  |  |  | no_evidence",
                "government |  | To the state | draft |  |  |  |  |  | holds",
                "institution | prevention | To the bank | in_review | en; es | 1/3 | org2 | org3 | \
                 2026-12-10; embargoed | no_longer_valid",
                "private_sector |  | Consent | draft |  |  |  |  |  | consent_withdrawn; not_readable",
            ]
        );
        let evidence = rows(&inputs, "messages", "evidence");
        assert!(evidence[2].ends_with("not_met | no_longer_valid"), "{evidence:?}");
        // What follows from signatures rules, whatever the card itself says.
        inputs.statements.insert(card_id(1), StatementSummary { state: "released", ..summary });
        assert_eq!(inputs.state(&inputs.cards[0]), "released");
    }
}
