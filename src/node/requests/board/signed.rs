//! What follows from signed records, for the views of the board: statements, decisions, drills.

use std::collections::BTreeSet;

use crate::{
    board::{DecisionStanding, DecisionSummary, Drill, Inputs, StatementSummary},
    model::{
        board::{
            CardKind, EndorsementStanding,
            decision::{DecisionState, Stance},
        },
        id::{CircleId, OrgId},
    },
    node::{Node, clock, requests::card_state::CardStates},
};

impl Node {
    /// Adds what statements, decisions and drills of the inputs' cards and circle come to.
    pub(super) fn add_signed(&self, inputs: &mut Inputs, circle: Option<CircleId>) {
        let states = self.card_states();
        for card in &inputs.cards {
            if card.kind == CardKind::JointMessage {
                inputs.statements.insert(card.id, self.statement_summary(card));
            }
            if let Some(decision) = decision(&states, card, inputs.today) {
                inputs.decisions.insert(card.id, decision);
            }
        }
        inputs.drills = self.drills(circle);
    }

    fn statement_summary(&self, card: &crate::model::board::Card) -> StatementSummary {
        let facts = self.statement_facts(card);
        let standing = facts.standing();
        let who = |wanted: EndorsementStanding| -> BTreeSet<OrgId> {
            standing.words.iter().filter(|(_, it)| **it == wanted).map(|(org, _)| *org).collect()
        };
        let state = standing.state(card.state());
        StatementSummary {
            asked: facts.roles.asked.clone(),
            endorsed: who(EndorsementStanding::Endorses),
            declined: who(EndorsementStanding::Declines),
            frozen: standing.newest.is_some(),
            released: state == "released",
            retired: state == "retired",
        }
    }

    /// The exercises of a circle, or of all.
    fn drills(&self, circle: Option<CircleId>) -> Vec<Drill> {
        let (now, own) = (clock::now(), BTreeSet::from([self.org()]));
        let held = self.held_alerts().into_iter().filter(|held| held.signed.alert.drill);
        let meant = held.filter(|held| circle.is_none_or(|circle| held.circle == circle));
        let drill = |held: crate::node::alerts::HeldAlert| {
            let (state, _recipients) = self.judge_alert(&held, now, &own);
            Some(Drill {
                day: held.signed.alert.sent.to_date().parse().ok()?,
                country: held.record.text("country")?.to_uppercase(),
                taken: state.response.is_some(),
            })
        };
        meant.filter_map(drill).collect()
    }
}

fn decision(
    states: &CardStates,
    card: &crate::model::board::Card,
    today: jiff::civil::Date,
) -> Option<DecisionSummary> {
    let (ballot, outcome) = states.newest(card)?;
    let standing = match outcome.state {
        DecisionState::Undecided if outcome.waits_to_be_closed(ballot, today) => {
            DecisionStanding::ToBeClosed
        }
        DecisionState::Undecided => DecisionStanding::Open,
        DecisionState::Adopted => DecisionStanding::Adopted,
        DecisionState::Blocked => DecisionStanding::Blocked,
        DecisionState::Lapsed => DecisionStanding::Lapsed,
    };
    let stances = [Stance::Consent, Stance::StandAside, Stance::Block];
    let positions = stances
        .into_iter()
        .flat_map(|stance| outcome.who(stance).map(move |org| (*org, stance.code().to_owned())));
    Some(DecisionSummary {
        standing,
        participants: ballot.participants.clone(),
        positions: positions.collect(),
        needed: u64::try_from(ballot.needed).unwrap_or(u64::MAX),
        closes: ballot.closes.to_string().parse().ok(),
        decided: None,
    })
}
