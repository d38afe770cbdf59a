//! Changes of the code lists: what each would change, and the incidents that it affects.

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        events::events,
        inputs::{Inputs, card_cell},
    },
    model::{board::CardKind, vocabulary::Vocabulary},
};

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let columns = [
        "version",
        "list",
        "code",
        "change",
        "new_code",
        "state",
        "incidents",
        "claims",
        "vocabulary",
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
        let known = |code: Option<&str>| {
            code.is_some_and(|code| Vocabulary::built_in().term(list, code).is_some())
        };
        let pair = (list.to_owned(), code.unwrap_or_default().to_owned());
        let affected: Vec<_> =
            inputs.incidents.iter().filter(|(_, facts)| facts.codes.contains(&pair)).collect();
        let claims = affected.len();
        // What the lists of this program say: a change is in them or not.
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
            Cell::counted(events(affected).len()),
            Cell::counted(claims),
            Cell::word(if in_it { "in_vocabulary" } else { "not_in_vocabulary" }),
            Cell::texts(crosswalk),
            Cell::text(card.text("reason")),
            Cell::text(card.text("examples")),
            card_cell(card),
        ]);
    }
    vec![sheet]
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
                "3 | stance | neutral | retire |  | adopted | 0 | 0 | not_in_vocabulary |  |  |  | Old",
                " | violation_type | smear | add |  | commented | 0 | 0 | not_in_vocabulary | iccs A0502 |  |  | Smear",
                " | violation_type | killing | split | x_massacre | proposed | 1 | 2 | not_in_vocabulary |  | Too wide |  | Split",
                " | stance | hostile | add |  | rejected | 0 | 0 | not_in_vocabulary |  |  |  | No",
            ]
        );
    }
}
