//! What follows from signed records, for the views of the board: statements, decisions, drills.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;

use crate::{
    board::{DecisionStanding, DecisionSummary, Drill, Inputs},
    model::{
        board::{CardKind, decision::DecisionState},
        id::CircleId,
    },
    node::{Node, clock},
};

impl Node {
    /// What follows from signed records: where statements and decisions stand.
    pub(super) fn add_signed(&self, inputs: &mut Inputs, circle: Option<CircleId>) {
        inputs.drills = self.drills(circle);
        let states = self.card_states();
        for card in &inputs.cards {
            if card.kind == CardKind::JointMessage {
                inputs.statements.insert(card.id, self.statement_summary(card));
            }
            if let Some((ballot, outcome)) = states.newest(card) {
                let waits = outcome.waits_to_be_closed(ballot, inputs.today);
                let standing = match outcome.state {
                    DecisionState::Undecided if waits => DecisionStanding::ToBeClosed,
                    DecisionState::Undecided => DecisionStanding::Open,
                    DecisionState::Adopted => DecisionStanding::Adopted,
                    DecisionState::Blocked => DecisionStanding::Blocked,
                    DecisionState::Lapsed => DecisionStanding::Lapsed,
                };
                let said = outcome.rulings.iter();
                let last = said.clone().map(|(_, ruling)| ruling.newest.signed.at).max();
                let decided = if outcome.state == DecisionState::Undecided { None } else { last };
                let date = |day: civil::Date| day.to_string().parse().ok();
                let summary = DecisionSummary {
                    standing,
                    participants: ballot.participants.clone(),
                    positions: said.map(|(org, it)| (*org, it.stance.code().to_owned())).collect(),
                    needed: u64::try_from(ballot.needed).unwrap_or(u64::MAX),
                    closes: date(ballot.closes),
                    decided: decided.and_then(date),
                };
                inputs.decisions.insert(card.id, summary);
            }
        }
    }

    /// The drills that can be read here, each once however many circles have it.
    fn drills(&self, circle: Option<CircleId>) -> Vec<Drill> {
        let now = clock::now();
        let mut once: BTreeMap<String, Drill> = BTreeMap::new();
        for held in self.held_alerts() {
            let alert = &held.signed.alert;
            if !alert.drill || circle.is_some_and(|circle| circle != held.circle) {
                continue;
            }
            let country = held.record.text("country").map(str::to_uppercase);
            let (Some(country), Ok(day)) = (country, alert.sent.to_date().parse()) else {
                continue;
            };
            let taken = self.judge_alert(&held, now, &BTreeSet::new()).0.response.is_some();
            let known = once.entry(alert.id.clone()).or_insert(Drill { day, country, taken });
            known.taken |= taken;
        }
        once.into_values().collect()
    }
}
