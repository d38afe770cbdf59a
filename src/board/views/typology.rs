//! Changes of the code lists: what each would change, and the incidents that it affects.

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        events::events,
        inputs::{DecisionStanding, Inputs, card_cell, cards_of},
    },
    model::{
        board::{Card, CardKind},
        vocabulary::Terms,
    },
};

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let columns = [
        "version",
        "list",
        "code",
        "change",
        "new_code",
        "state",
        "decision",
        "incidents",
        "claims",
        "vocabulary",
        "version_here",
        "crosswalk",
        "reason",
        "examples",
        "card",
    ];
    let mut sheet = Sheet::new("vocabulary_changes", &columns);
    let mut proposals = inputs.cards(CardKind::TypologyProposal);
    // Adopted ones by their version first, then those that are open, then what was rejected.
    let rank =
        |state: &str| ["adopted", "commented", "proposed"].iter().position(|it| *it == state);
    proposals.sort_by_key(|card| {
        let state = rank(inputs.state(card));
        (state.is_none(), state, card.text("adopted_version"), card.text("list"), card.text("code"))
    });
    for card in proposals {
        let (list, code) = (card.text("list").unwrap_or_default(), card.text("code"));
        // Built in, or adopted by the coalition's endorsements.
        let terms = inputs.terms.get(&card.circle).cloned().unwrap_or_default();
        let known = |code: Option<&str>| code.is_some_and(|code| terms.know(list, code));
        let pair = (list.to_owned(), code.unwrap_or_default().to_owned());
        let affected: Vec<_> =
            inputs.incidents.iter().filter(|(_, facts)| facts.codes.contains(&pair)).collect();
        let claims = affected.len();
        let affected_events = events(affected).len();
        // What the lists say, those of this program and the coalition's: a change is in them or not.
        let has_new = known(card.text("new_code").or(code));
        let in_it = match card.text("change") {
            Some("retire") => !known(code),
            _adds_or_renames => has_new,
        };
        let crosswalk = card.record.under("crosswalk");
        let crosswalk =
            crosswalk.filter_map(|(path, value)| Some(format!("{} {value}", path.segment(1)?)));
        sheet.row([
            Cell::text(card.text("adopted_version")),
            Cell::text(Some(list)),
            Cell::text(code),
            Cell::code("typology_change", card.text("change")),
            Cell::text(card.text("new_code")),
            inputs.state_cell(card),
            decision(inputs, card, in_it),
            Cell::counted_beside(affected_events, &[claims]),
            Cell::counted_beside(claims, &[affected_events]),
            Cell::word(if in_it { "in_vocabulary" } else { "not_in_vocabulary" }),
            in_version(&terms, list, card),
            Cell::texts(crosswalk),
            Cell::text(card.text("reason")),
            Cell::text(card.text("examples")),
            card_cell(card),
        ]);
    }
    vec![sheet]
}

/// What was decided together on it: where the decisions stand that it is linked with, either way.
/// Whether a proposal is adopted every member may write into it, so it is said where nothing signed
/// bears that out.
fn decision(inputs: &Inputs, card: &Card, in_it: bool) -> Cell {
    let linked = cards_of(card);
    let decisions = inputs.decisions.iter().filter(|(id, _)| {
        linked.contains(*id) || inputs.card(id).is_some_and(|it| cards_of(it).contains(&card.id))
    });
    let standings: Vec<DecisionStanding> = decisions.map(|(_, it)| it.standing).collect();
    let borne_out = in_it || standings.contains(&DecisionStanding::Adopted);
    if inputs.state(card) == "adopted" && !borne_out {
        return Cell::word("said_by_hand");
    }
    Cell::list(standings.iter().map(|it| Cell::code("card_state", Some(it.state()))))
}

/// The version of the coalition's lists, where they have the code beyond the built-in ones.
fn in_version(terms: &Terms, list: &str, card: &Card) -> Cell {
    let code = card.text("new_code").or_else(|| card.text("code"));
    match code.and_then(|code| terms.get(list, code)) {
        Some(_adopted) => Cell::Text(terms.version()),
        None => Cell::Empty,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        board::{
            IncidentFacts,
            kit::{board, card, incident, incident_id, rows},
        },
        model::verification::Level,
    };

    #[test]
    fn proposals_say_what_they_change_and_whom_they_affect() {
        let mut inputs = board();
        let kind = CardKind::TypologyProposal;
        inputs.cards = vec![
            card(
                1,
                kind,
                "title=Smear,list=violation_type,code=smear,change=add,state=commented,crosswalk/iccs=A0502",
            ),
            card(
                2,
                kind,
                "title=Split,list=violation_type,code=killing,new_code=x_massacre,change=split,reason=Too wide",
            ),
            card(
                3,
                kind,
                "title=Old,list=stance,code=neutral,change=retire,state=adopted,adopted_version=3",
            ),
            card(4, kind, "title=No,list=stance,code=hostile,change=add,state=rejected"),
        ];
        let uses = |code: &str| IncidentFacts {
            codes: [("violation_type".to_owned(), code.to_owned())].into(),
            ..incident("CO", Level::Reported)
        };
        inputs.incidents.insert(incident_id(1), uses("killing"));
        // Two partners tell of one killing.
        let same = IncidentFacts { event: Some(incident_id(1)), ..uses("killing") };
        inputs.incidents.insert(incident_id(2), same);
        inputs.incidents.insert(incident_id(3), uses("torture"));
        assert_eq!(
            rows(&inputs, "typology", "vocabulary_changes"),
            [
                "3 | stance | neutral | retire |  | adopted | said_by_hand | 0 | 0 | not_in_vocabulary |  |  |  |  | Old",
                " | violation_type | smear | add |  | commented |  | 0 | 0 | not_in_vocabulary |  | iccs A0502 |  |  | Smear",
                " | violation_type | killing | split | x_massacre | proposed |  | 1 | 2 | not_in_vocabulary |  |  | Too wide |  | Split",
                " | stance | hostile | add |  | rejected |  | 0 | 0 | not_in_vocabulary |  |  |  |  | No",
            ]
        );
    }
}
