//! Decisions as they are shown.

use jiff::civil::Date as Day;

use super::today;
use crate::{
    api::{
        Answer, ApiError,
        joint::{BallotRow, DecisionDetail, DecisionRow, ParticipantRow},
    },
    model::{
        board::{Card, CardKind, decision::Stance},
        id::CardId,
    },
    node::{
        Node, errors,
        requests::card_state::{CardStates, Decided},
    },
};

/// Ballots of one sort that are shown of a card: its origin can put as many as it likes.
const MAX_SHOWN: usize = 32;

impl Node {
    /// The register of decisions.
    ///
    /// # Errors
    /// When this device's clock shows no day.
    pub(super) fn decisions(&self, all: bool) -> Result<Vec<DecisionRow>, ApiError> {
        let today = today()?;
        let states = self.card_states();
        let cards = self.cards().into_iter().filter(|it| it.kind == CardKind::Decision);
        // Anybody may drop or put away a card that was put to nobody; what was put stands here
        // until it is decided, whatever the card says.
        let cards = cards.filter(|card| {
            let ballots = states.ballots(card);
            let over = if ballots.is_empty() {
                card.state() == "dropped" || card.is_archived()
            } else {
                !ballots.iter().any(|it| it.is_open(today))
            };
            all || !over
        });
        Ok(cards.map(|card| self.decision_row(&card, &states, today)).collect())
    }

    /// A decision with all that was ever put.
    ///
    /// # Errors
    /// When the card cannot be read here, or this device's clock shows no day.
    pub(super) fn show_decision(&self, id: &CardId) -> Result<Answer, ApiError> {
        let card =
            self.card(id).ok_or_else(|| errors::not_found("the card cannot be read here"))?;
        let today = today()?;
        let states = self.card_states();
        let rules = states.ruling_place(&card).unwrap_or_default();
        let (older, newer) = states.ballots(&card).split_at(rules);
        // Those that can still be decided stand in the row, and in full.
        let rows = |ballots: &[Decided]| {
            let closed = ballots.iter().rev().filter(|it| !it.is_open(today)).take(MAX_SHOWN);
            closed.map(|it| self.ballot_row(it, today)).collect()
        };
        Ok(Answer::Decision(Box::new(DecisionDetail {
            row: self.decision_row(&card, &states, today),
            older: rows(older),
            newer: rows(newer.get(1..).unwrap_or_default()),
        })))
    }

    fn decision_row(&self, card: &Card, states: &CardStates, today: Day) -> DecisionRow {
        // The newest first: on that one positions are taken.
        let open: Vec<&Decided> = states.open_beside(card, today).collect();
        let open = open.into_iter().rev().take(MAX_SHOWN);
        let open = open.map(|it| self.ballot_row(it, today));
        DecisionRow {
            card: card.id,
            title: card.title().to_owned(),
            circle: card.circle,
            circle_name: self.circle_name(&card.circle),
            state: states.of(card),
            ballot: states.ruling(card).map(|decided| self.ballot_row(decided, today)),
            newest: states.newest(card).map(|newest| newest.digest.clone()),
            open: open.collect(),
            says_otherwise: states.says_otherwise(card),
        }
    }

    fn ballot_row(&self, decided: &Decided, today: Day) -> BallotRow {
        let Decided { ballot, outcome, digest, .. } = decided;
        let participants = ballot.participants.iter().map(|org| {
            let ruling = outcome.rulings.get(org);
            let newest = ruling.map(|ruling| &ruling.newest);
            ParticipantRow {
                org: *org,
                org_name: self.org_name(org),
                stance: ruling.map(|ruling| ruling.stance.code().to_owned()),
                option: ruling.and_then(|ruling| ruling.option.clone()),
                reason: newest.and_then(|newest| newest.reason.clone()),
                at: newest.map(|newest| newest.signed.at.to_string()),
                late: outcome.late.contains(org),
                contradicts: ruling.is_some_and(|ruling| ruling.contradicts),
                own: *org == self.org(),
            }
        });
        let name = |org| self.org_name(org).unwrap_or_else(|| org.to_string());
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        BallotRow {
            digest: digest.clone(),
            org: ballot.signed.by,
            org_name: self.org_name(&ballot.signed.by),
            question: ballot.question.clone(),
            options: ballot.options.clone(),
            state: outcome.state.code().to_owned(),
            option: outcome.option.clone(),
            opens: ballot.opens.to_string(),
            closes: ballot.closes.to_string(),
            closed: outcome.closed,
            waits_to_be_closed: outcome.waits_to_be_closed(ballot, today),
            closed_ahead: outcome.is_closed_ahead(today),
            closed_by: outcome.closed_by.iter().map(name).collect(),
            decided_on: outcome.decided_on.map(|day| day.to_string()),
            needed: count(ballot.needed),
            consents: count(outcome.who(Stance::Consent).count()),
            participants: participants.collect(),
        }
    }
}
