//! The state that a card is in: what people set, or what follows from signed records.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use jiff::civil::Date as Day;

use crate::{
    board::StatementSummary,
    crypto::Label,
    model::{
        board::{
            Card, CardKind, Life,
            decision::{
                Ballot, Closing, DecisionOutcome, DecisionState, MAX_NUMBER, Position, Signed,
                outcome, ruling_ballot,
            },
        },
        id::{CardId, CircleId, OrgId},
        registry::{Record, RecordKind},
    },
    node::Node,
};

/// The field of a position or closing with its ballot's digest.
const BALLOT: &str = "ballot";

/// Adopted ballots of one card by which older ones are over: a bound on what is compared.
const MAX_ADOPTED: usize = 64;

/// A ballot and what came of it.
pub(in crate::node) struct Decided {
    pub(in crate::node) ballot: Ballot,
    /// What positions and closings name it by.
    pub(in crate::node) digest: String,
    pub(in crate::node) outcome: DecisionOutcome,
    /// Whether nothing that comes of it would change anything: a newer one that asked all of the
    /// same was adopted.
    is_over: bool,
}

impl Decided {
    /// Whether it can still be answered by this day, and that would change something.
    pub(in crate::node) fn is_open(&self, today: Day) -> bool {
        !self.is_over && self.outcome.is_open(&self.ballot, today)
    }
}

/// The ballots of a card in one circle that count.
#[derive(Default)]
struct OfCard {
    /// The newest last.
    ballots: Vec<Decided>,
    /// The place of the one that rules.
    rules: Option<usize>,
}

/// What follows from signed records, for all cards in each of their circles.
pub(in crate::node) struct CardStates {
    ballots: BTreeMap<(CircleId, CardId), OfCard>,
    /// Where statements stand.
    statements: BTreeMap<(CircleId, CardId), StatementSummary>,
}

impl fmt::Debug for CardStates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardStates").field("ballots", &self.ballots.len()).finish_non_exhaustive()
    }
}

impl CardStates {
    /// As if nothing were signed.
    pub(in crate::node) const fn none() -> Self {
        Self { ballots: BTreeMap::new(), statements: BTreeMap::new() }
    }

    /// The state of a card in its circle. Once it is put to a decision, what anybody writes into the
    /// card changes nothing of it.
    pub(in crate::node) fn of(&self, card: &Card) -> String {
        match card.kind.spec().life {
            Life::Decision => {
                let state = self.ruling(card).map(|decided| decided.outcome.state.code());
                state.unwrap_or_else(|| card.state()).to_owned()
            }
            Life::Message => {
                let state = self.statement(card).map(|found| found.state);
                state.unwrap_or_else(|| card.state()).to_owned()
            }
            Life::Common | Life::Pilot | Life::Opportunity | Life::Typology => {
                card.state().to_owned()
            }
        }
    }

    /// Where a statement stands in its circle.
    pub(in crate::node) fn statement(&self, card: &Card) -> Option<&StatementSummary> {
        self.statements.get(&(card.circle, card.id))
    }

    fn of_card(&self, card: &Card) -> Option<&OfCard> {
        self.ballots.get(&(card.circle, card.id))
    }

    /// The ballots of a card that count, the newest last.
    pub(in crate::node) fn ballots(&self, card: &Card) -> &[Decided] {
        self.of_card(card).map_or(&[], |found| found.ballots.as_slice())
    }

    /// How often a card was put to anybody, in whatever circle.
    pub(in crate::node) fn times_put(&self, card: &CardId) -> usize {
        let of_card = self.ballots.iter().filter(|((_, id), _)| id == card);
        of_card.map(|(_, found)| found.ballots.len()).sum()
    }

    /// The ballot that rules: the newest, unless something was decided that it does not replace.
    pub(in crate::node) fn ruling(&self, card: &Card) -> Option<&Decided> {
        self.ballots(card).get(self.ruling_place(card)?)
    }

    /// The place of the ballot that rules.
    pub(in crate::node) fn ruling_place(&self, card: &Card) -> Option<usize> {
        self.of_card(card)?.rules
    }

    /// The ballot on which positions are taken.
    pub(in crate::node) fn newest(&self, card: &Card) -> Option<&Decided> {
        self.ballots(card).last()
    }

    /// The ballots that can still be answered by this day, but for the one that rules; the newest
    /// last.
    pub(in crate::node) fn open_beside(
        &self,
        card: &Card,
        today: Day,
    ) -> impl Iterator<Item = &Decided> {
        let rules = self.ruling_place(card);
        let others =
            self.ballots(card).iter().enumerate().filter(move |(at, _)| Some(*at) != rules);
        others.map(|(_, decided)| decided).filter(move |decided| decided.is_open(today))
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

    /// The states of all cards: worked out once, until a card, a record beside one or who is in a
    /// circle changes. What partners write can make that long; it is not done anew for each list.
    pub(in crate::node) fn card_states(&self) -> Arc<CardStates> {
        Arc::clone(self.card_states.get_or_init(|| Arc::new(self.work_out_card_states())))
    }

    fn work_out_card_states(&self) -> CardStates {
        let mut ballots: BTreeMap<(CircleId, CardId), OfCard> = BTreeMap::new();
        let put = self.read_words(RecordKind::Ballot, Ballot::read, |_any| true);
        // Who made the card puts it: nobody opens a decision of others anew.
        let put = put.into_iter().filter(|(circle, ballot)| {
            self.card_origin(circle, &ballot.card) == Some(ballot.signed.by)
        });
        let put: Vec<(CircleId, String, Ballot)> =
            put.map(|(circle, it)| (circle, ballot_digest(&circle, &it), it)).collect();
        let named: BTreeSet<&str> = put.iter().map(|(_, digest, _)| digest.as_str()).collect();
        let of_ballot = |digest: &str| named.contains(digest);
        let positions = self.read_words(RecordKind::Position, Position::read, of_ballot);
        let positions = by_ballot(positions, |it| &it.ballot);
        let closings = self.read_words(RecordKind::Closing, Closing::read, of_ballot);
        let closings = by_ballot(closings, |it| &it.ballot);
        for (circle, digest, ballot) in put {
            let key = (circle, digest);
            let said = positions.get(&key).map_or(&[][..], Vec::as_slice);
            let closed = closings.get(&key).map_or(&[][..], Vec::as_slice);
            let outcome = outcome(&ballot, &key.1, said, closed);
            let of_card = ballots.entry((circle, ballot.card)).or_default();
            of_card.ballots.push(Decided { ballot, digest: key.1, outcome, is_over: false });
        }
        for ((circle, _), of_card) in &mut ballots {
            self.rule(circle, of_card);
        }
        let statements = self.view.board().filter(
            |held| matches!(held.kind, RecordKind::Card(kind) if kind == CardKind::JointMessage),
        );
        let statements = statements.filter_map(|held| self.card_in(&held.id, &held.circle));
        let statements =
            statements.map(|card| ((card.circle, card.id), self.statement_summary(&card)));
        CardStates { ballots, statements: statements.collect() }
    }

    /// Puts the ballots of a card in order, and says which rules.
    fn rule(&self, circle: &CircleId, of_card: &mut OfCard) {
        let ballots = &mut of_card.ballots;
        let order = |it: &Decided| (it.ballot.signed.number, it.ballot.signed.id.clone());
        ballots.sort_by_cached_key(|it| (order(it), it.digest.clone()));
        ballots.dedup_by(|one, other| one.digest == other.digest);
        let mut before = 0_usize;
        ballots.retain(|it| {
            let counts = it.ballot.follows(before);
            before = before.saturating_add(usize::from(counts));
            counts
        });
        let membership = self.replica.membership(circle);
        let is_member = |org: &OrgId| membership.is_some_and(|it| it.is_member(org));
        let all: Vec<(&Ballot, &DecisionOutcome)> =
            ballots.iter().map(|it| (&it.ballot, &it.outcome)).collect();
        of_card.rules = ruling_ballot(&all, is_member);
        // From the newest on: what was asked of those alone who had adopted something since is over.
        let mut adopted: Vec<BTreeSet<OrgId>> = Vec::new();
        for decided in ballots.iter_mut().rev() {
            let asked = decided.ballot.participants.iter().filter(|org| is_member(org));
            let asked: BTreeSet<OrgId> = asked.copied().collect();
            let over = adopted.iter().any(|newer| newer.is_superset(&asked));
            decided.is_over = over;
            let is_adopted = decided.outcome.state == DecisionState::Adopted;
            if is_adopted && !over && adopted.len() < MAX_ADOPTED {
                adopted.push(asked);
            }
        }
    }

    fn card_origin(&self, circle: &CircleId, card: &CardId) -> Option<OrgId> {
        self.view.board_documents(card).find(|held| held.circle == *circle).map(|held| held.origin)
    }

    /// The records of decisions of a kind, of ballots that are of interest. One that its author wrote
    /// in again is read as it was said first: what others went by is not taken back by spoiling it.
    fn read_words<T>(
        &self,
        kind: RecordKind,
        read: impl Fn(OrgId, &Record) -> Option<T>,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Vec<(CircleId, T)> {
        let mut words = Vec::new();
        for (author, held) in self.view.written(kind) {
            let records = match held.author() {
                // What is of no ballot is not even unpacked.
                Some(_once) if held.text(BALLOT).is_some_and(|it| !is_wanted(&it)) => continue,
                Some(_once) => vec![held.record()],
                None => self.first_words_by(&(held.circle, held.document), &author),
            };
            let read = records.iter().filter_map(|record| read(author, record));
            words.extend(read.map(|it| (held.circle, it)));
        }
        words
    }

    /// What was said to a ballot.
    pub(in crate::node) fn positions_on(&self, digest: &str) -> Vec<Position> {
        let words = self.read_words(RecordKind::Position, Position::read, |it| it == digest);
        let words = words.into_iter().map(|(_, position)| position);
        words.filter(|position| position.ballot == digest).collect()
    }

    /// The number of this organisation's next record of a matter, by those that there are: nobody
    /// else can make it great. At the greatest number a block still comes last.
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
        greatest(true).max(greatest(false).min(plausible)).saturating_add(1).min(MAX_NUMBER)
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
