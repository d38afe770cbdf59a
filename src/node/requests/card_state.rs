//! The state that a card is in: what people set, or what follows from signed records.

use std::collections::BTreeMap;

use crate::{
    crypto::Label,
    model::{
        board::{
            Card, CardKind, Life,
            decision::{
                Ballot, Closing, DecisionOutcome, DecisionState, Position, Signed, outcome,
                ruling_ballot,
            },
        },
        id::{CardId, CircleId, OrgId},
        registry::{Record, RecordKind},
    },
    node::Node,
};

/// A ballot and what came of it.
pub(in crate::node) struct Decided {
    pub(in crate::node) ballot: Ballot,
    /// What positions and closings name it by.
    pub(in crate::node) digest: String,
    pub(in crate::node) outcome: DecisionOutcome,
}

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

    /// The state of a card. Once it is put to a decision, what anybody writes into the card changes
    /// nothing of it.
    pub(in crate::node) fn of(&self, card: &Card) -> String {
        match card.kind.spec().life {
            Life::Decision => {
                let state = self.ruling(card).map(|decided| decided.outcome.state.code());
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

    /// The ballot that rules: the newest, unless something was decided that it does not replace.
    pub(in crate::node) fn ruling(&self, card: &Card) -> Option<&Decided> {
        self.ballots(card).get(self.ruling_place(card)?)
    }

    /// The place of the ballot that rules.
    pub(in crate::node) fn ruling_place(&self, card: &Card) -> Option<usize> {
        let all = self.ballots(card).iter().map(|it| (&it.ballot, &it.outcome));
        ruling_ballot(&all.collect::<Vec<_>>())
    }

    /// The ballot on which positions are taken.
    pub(in crate::node) fn newest(&self, card: &Card) -> Option<&Decided> {
        self.ballots(card).last()
    }

    /// Whether the card says something else than what its organisations were asked.
    pub(in crate::node) fn says_otherwise(&self, card: &Card) -> bool {
        let Some(Decided { ballot, .. }) = self.ruling(card) else { return false };
        let question = card.text("question").unwrap_or_else(|| card.title());
        let options: BTreeMap<String, String> = card
            .record
            .under("options")
            .filter_map(|(path, text)| {
                Some((path.segment(1)?.to_owned(), text.as_text()?.to_owned()))
            })
            .collect();
        ballot.question != question || !options.is_empty() && options != ballot.options
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
        let positions =
            by_ballot(self.read_words(RecordKind::Position, Position::read), |it| &it.ballot);
        let closings =
            by_ballot(self.read_words(RecordKind::Closing, Closing::read), |it| &it.ballot);
        for (circle, ballot) in self.read_words(RecordKind::Ballot, Ballot::read) {
            // Who made the card puts it: nobody opens a decision of others anew.
            if self.card_origin(&circle, &ballot.card) != Some(ballot.signed.by) {
                continue;
            }
            let digest = ballot_digest(&circle, &ballot);
            let key = (circle, digest);
            let said = positions.get(&key).map_or(&[][..], Vec::as_slice);
            let closed = closings.get(&key).map_or(&[][..], Vec::as_slice);
            let outcome = outcome(&ballot, &key.1, said, closed);
            let of_card = ballots.entry((circle, ballot.card)).or_default();
            of_card.push(Decided { ballot, digest: key.1, outcome });
        }
        for of_card in ballots.values_mut() {
            let order = |it: &Decided| (it.ballot.signed.number, it.ballot.signed.id.clone());
            of_card.sort_by_cached_key(|it| (order(it), it.digest.clone()));
            of_card.dedup_by(|one, other| one.digest == other.digest);
        }
        let messages = self.cards().into_iter().filter(|card| card.kind == CardKind::JointMessage);
        let statements = messages.map(|card| ((card.circle, card.id), self.statement_state(&card)));
        CardStates { ballots, statements: statements.collect() }
    }

    fn card_origin(&self, circle: &CircleId, card: &CardId) -> Option<OrgId> {
        self.view.board_documents(card).find(|held| held.circle == *circle).map(|held| held.origin)
    }

    /// The records of decisions of a kind. One that its author wrote in again is read as it was said
    /// first: what others went by is not taken back by spoiling it.
    pub(in crate::node) fn read_words<T>(
        &self,
        kind: RecordKind,
        read: impl Fn(OrgId, &Record) -> Option<T>,
    ) -> Vec<(CircleId, T)> {
        let mut words = Vec::new();
        for (author, held) in self.view.written(kind) {
            let records = match held.author() {
                Some(_once) => vec![held.record()],
                None => self.first_words_by(&(held.circle, held.document), &author),
            };
            let read = records.iter().filter_map(|record| read(author, record));
            words.extend(read.map(|it| (held.circle, it)));
        }
        words
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

/// What positions and closings name a ballot by: all of it, whose it is, and where it is put.
pub(in crate::node) fn ballot_digest(circle: &CircleId, ballot: &Ballot) -> String {
    let bytes = ballot.canonical_bytes();
    let hash = Label::Ballot.hash(&[circle.as_bytes().as_slice(), bytes.as_slice()]);
    data_encoding::HEXLOWER.encode(&hash)
}

/// Whether a decision is over, whatever the card's own field says.
pub(in crate::node) const fn is_decided(state: DecisionState) -> bool {
    !matches!(state, DecisionState::Undecided)
}
