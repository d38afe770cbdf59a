//! The state that a card is in: what people set, or what follows from signed records.

use std::collections::BTreeMap;

use crate::{
    model::{
        board::{
            Card, CardKind, Life,
            decision::{
                Ballot, Closing, DecisionOutcome, DecisionState, Position, Signed, outcome,
            },
        },
        id::{CardId, CircleId, OrgId},
        registry::{Record, RecordKind},
    },
    node::Node,
};

/// A ballot and what came of it.
pub(in crate::node) type Decided = (Ballot, DecisionOutcome);

/// What follows from signed records, for all cards: worked out once for a list.
pub(in crate::node) struct CardStates {
    /// Ballots that count, by circle and card, the newest last.
    ballots: BTreeMap<(CircleId, CardId), Vec<Decided>>,
    /// Where statements stand.
    statements: BTreeMap<(CircleId, CardId), &'static str>,
}

impl CardStates {
    /// As if nothing were signed.
    pub(in crate::node) const fn none() -> Self {
        Self { ballots: BTreeMap::new(), statements: BTreeMap::new() }
    }

    /// The state of a card.
    pub(in crate::node) fn of(&self, card: &Card) -> String {
        match card.kind.spec().life {
            Life::Decision if card.state() == "dropped" => card.state().to_owned(),
            Life::Decision => {
                let state = self.newest(card).map(|(_, outcome)| outcome.state.code());
                state.unwrap_or_else(|| card.state()).to_owned()
            }
            Life::Message => {
                let state = self.statements.get(&(card.circle, card.id)).copied();
                state.unwrap_or_else(|| card.state()).to_owned()
            }
            Life::Common | Life::Pilot | Life::Opportunity | Life::Typology => {
                card.state().to_owned()
            }
        }
    }

    /// The ballots of a card that count, the newest last.
    pub(in crate::node) fn ballots(&self, card: &Card) -> &[Decided] {
        self.ballots.get(&(card.circle, card.id)).map_or(&[], Vec::as_slice)
    }

    /// The ballot that rules.
    pub(in crate::node) fn newest(&self, card: &Card) -> Option<&Decided> {
        self.ballots(card).last()
    }
}

impl Node {
    /// The state that a card is in: the one function that lists, views and exports ask.
    pub(in crate::node) fn card_state(&self, card: &Card) -> String {
        self.card_states().of(card)
    }

    /// The states of all cards, for who asks for many.
    pub(in crate::node) fn card_states(&self) -> CardStates {
        let mut ballots: BTreeMap<(CircleId, CardId), Vec<Decided>> = BTreeMap::new();
        let mut positions =
            by_ballot(self.read_signed(RecordKind::Position, Position::read), |it| &it.ballot);
        let mut closings =
            by_ballot(self.read_signed(RecordKind::Closing, Closing::read), |it| &it.ballot);
        for (circle, ballot) in self.read_signed(RecordKind::Ballot, Ballot::read) {
            // Who made the card puts it: nobody opens a decision of others anew.
            if self.card_origin(&circle, &ballot.card) != Some(ballot.signed.by) {
                continue;
            }
            let key = (circle, ballot.signed.id.clone());
            let said = positions.remove(&key).unwrap_or_default();
            let found = outcome(&ballot, &said, &closings.remove(&key).unwrap_or_default());
            ballots.entry((circle, ballot.card)).or_default().push((ballot, found));
        }
        for of_card in ballots.values_mut() {
            of_card.sort_by(|(one, _), (other, _)| one.signed.order().cmp(&other.signed.order()));
        }
        let messages = self.cards().into_iter().filter(|card| card.kind == CardKind::JointMessage);
        let statements = messages.map(|card| ((card.circle, card.id), self.statement_state(&card)));
        CardStates { ballots, statements: statements.collect() }
    }

    fn card_origin(&self, circle: &CircleId, card: &CardId) -> Option<OrgId> {
        self.view.board_documents(card).find(|held| held.circle == *circle).map(|held| held.origin)
    }

    /// The records of a kind that read as what they should be, with the circles that they are in.
    pub(in crate::node) fn read_signed<T>(
        &self,
        kind: RecordKind,
        read: impl Fn(OrgId, &Record) -> Option<T>,
    ) -> Vec<(CircleId, T)> {
        let records = self.view.records(kind);
        records
            .filter_map(|(author, held)| Some((held.circle, read(author, &held.record())?)))
            .collect()
    }

    /// The number of this organisation's next record of a matter, by those that there are: nobody
    /// else can make it great.
    pub(in crate::node) fn number_after<'s>(
        &self,
        others: impl Iterator<Item = &'s Signed> + Clone,
    ) -> i64 {
        let own = self.org();
        let greatest = |ours: bool| {
            let of = others.clone().filter(move |it| (it.by == own) == ours);
            of.map(|it| it.number).max().unwrap_or(0)
        };
        let plausible = i64::try_from(others.clone().count()).unwrap_or(i64::MAX);
        greatest(true).max(greatest(false).min(plausible)).saturating_add(1)
    }
}

fn by_ballot<T>(
    all: Vec<(CircleId, T)>,
    ballot: impl Fn(&T) -> &String,
) -> BTreeMap<(CircleId, String), Vec<T>> {
    let mut by: BTreeMap<(CircleId, String), Vec<T>> = BTreeMap::new();
    for (circle, it) in all {
        let key = (circle, ballot(&it).clone());
        by.entry(key).or_default().push(it);
    }
    by
}

/// Whether a decision is over, whatever the card's own field says.
pub(in crate::node) const fn is_decided(state: DecisionState) -> bool {
    !matches!(state, DecisionState::Undecided)
}
