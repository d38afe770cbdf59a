//! What follows from signed records, for the views of the board.

use jiff::civil;

use crate::{
    board::{DecisionStanding, DecisionSummary, Inputs},
    model::board::{CardKind, decision::DecisionState},
    node::{Node, requests::card_state::Decided},
};

impl Node {
    /// Where statements and decisions stand.
    pub(super) fn add_results(&self, inputs: &mut Inputs) {
        let states = self.card_states();
        for card in &inputs.cards {
            if let Some(found) = states.statement(card) {
                inputs.statements.insert(card.id, found.clone());
            }
            if let Some(ruling) = states.ruling(card) {
                let differs = states.says_otherwise(card);
                let summary = summary(ruling, differs, inputs.today);
                inputs.decisions.insert(card.id, summary);
            }
            let open: Vec<DecisionSummary> = states
                .open_beside(card, inputs.today)
                .map(|it| summary(it, false, inputs.today))
                .collect();
            if !open.is_empty() {
                inputs.open_ballots.insert(card.id, open);
            }
            if card.kind == CardKind::TypologyProposal {
                let terms = &mut inputs.terms;
                terms.entry(card.circle).or_insert_with(|| self.terms_of(&card.circle));
            }
        }
    }
}

fn summary(decided: &Decided, differs: bool, today: civil::Date) -> DecisionSummary {
    let Decided { ballot, outcome, .. } = decided;
    let waits = outcome.waits_to_be_closed(ballot, today);
    let standing = match outcome.state {
        DecisionState::Undecided if waits => DecisionStanding::ToBeClosed,
        DecisionState::Undecided => DecisionStanding::Open,
        DecisionState::Adopted => DecisionStanding::Adopted,
        DecisionState::Blocked => DecisionStanding::Blocked,
        DecisionState::Lapsed => DecisionStanding::Lapsed,
    };
    let said = outcome.rulings.iter();
    let date = |day: civil::Date| day.to_string().parse().ok();
    let option = outcome.option.as_ref();
    DecisionSummary {
        question: ballot.question.clone(),
        differs,
        // Its text, where the ballot has one.
        option: option.map(|it| ballot.options.get(it).unwrap_or(it).clone()),
        standing,
        answerable: today <= ballot.closes && outcome.is_open(ballot, today),
        participants: ballot.participants.clone(),
        positions: said.map(|(org, it)| (*org, it.stance.code().to_owned())).collect(),
        needed: u64::try_from(ballot.needed).unwrap_or(u64::MAX),
        closes: date(ballot.closes),
        decided: outcome.decided_on.and_then(date),
    }
}
