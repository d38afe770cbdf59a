//! What is read in a circle, on a partner's node and in what is made of a circle for others.

use std::collections::BTreeSet;

use super::world::{CHILD, MEMBERS, NAMES, PARTNERS, Target, Who, World, root, words_in};
use crate::{
    api::{
        Answer, Request,
        board::{CardFilter, CardRequest},
        board_views::{BoardFilter, BoardRequest},
        joint::DecisionRequest,
        statement::StatementRequest,
    },
    board::VIEWS,
    model::id::{CardId, CircleId},
    node::{cards::CardClaim, tests::partners::Partner},
    replica::watched,
};

/// What stands in texts that are merged: of a word that takes another's place only the letters are
/// written in which the two differ.
const MERGED: [&str; 3] = ["body", "restricted", "text"];

/// Kinds of words that were read where they may be, and that were kept from somewhere.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) read: BTreeSet<&'static str>,
    pub(super) kept: BTreeSet<&'static str>,
}

impl World {
    /// Whatever is read by whom it is not for, or not by whom it is for; and notes what was read.
    pub(super) fn wrongs(&mut self, tally: &mut Tally) -> BTreeSet<String> {
        let mut wrongs = BTreeSet::new();
        for place in 0..NAMES.len() {
            wrongs.extend(self.in_circle(place, tally));
            wrongs.extend(self.in_views(place));
        }
        for partner in 0..PARTNERS.len() {
            wrongs.extend(self.on_node(partner));
        }
        wrongs
    }

    /// Of all that was ever written into a circle, by anybody.
    fn in_circle(&self, place: usize, tally: &mut Tally) -> Vec<String> {
        let mut read = watched::seen(&self.circles[place]);
        for statement in self.hub.node.replica.statements(&self.circles[place]) {
            read.extend(statement.encode());
        }
        let (read, reader) = (letters(&read), NAMES[place]);
        let mut wrongs = self.words_not_for(&read, reader, &[place], None);
        wrongs.extend(strangers_in(&read, reader, &self.strange(place)));
        // What may be read is: else nothing was tried.
        let found = words_in(&read);
        for (word, it) in &self.words {
            if !it.places.contains(&place) {
                tally.kept.extend((!it.places.is_empty()).then_some(it.what));
            } else if found.contains(word.as_str()) {
                tally.read.insert(it.what);
            } else if !MERGED.contains(&it.what) {
                wrongs.push(format!("{} {word} is not in {reader}", it.what));
            }
        }
        wrongs
    }

    /// Of what this node gives out of a circle if that is named.
    fn in_views(&mut self, place: usize) -> Vec<String> {
        let mut wrongs = Vec::new();
        let strange = self.strange_texts(place);
        for request in of_circle(place) {
            let asked = format!("{request:?}");
            let answer = said(&self.hub.ask(request).unwrap());
            wrongs.extend(self.words_not_for(&answer, &asked, &[place], None));
            wrongs.extend(strangers_in(&answer, &asked, &strange));
            let all = ["List {", "Export {"].iter().any(|it| asked.contains(it));
            for card in self.cards.iter().filter(|it| all && it.place == place) {
                if !answer.contains(&card.title) {
                    wrongs.push(format!("{:?} is not in {asked}", card.title));
                }
            }
        }
        wrongs
    }

    /// Of all that a partner can ask its own node.
    fn on_node(&mut self, partner: usize) -> Vec<String> {
        let places: Vec<usize> =
            (0..NAMES.len()).filter(|place| MEMBERS[*place].contains(&partner)).collect();
        let held: Vec<CircleId> = self.partners[partner].node.replica.circle_ids().collect();
        for (place, circle) in self.circles.iter().enumerate() {
            assert_eq!(held.contains(circle), places.contains(&place), "not even sealed");
        }
        let cards: Vec<CardId> = self.cards.iter().map(|it| it.id).collect();
        let read = everything(&mut self.partners[partner], &cards);
        let reader = PARTNERS[partner];
        let own = Some(Who::Partner(partner));
        let mut wrongs = self.words_not_for(&read, reader, &places, own);
        // Who is in the circle inside the coalition knows of it.
        let inner = if places.contains(&CHILD) { CHILD } else { places[0] };
        wrongs.extend(strangers_in(&read, reader, &self.strange_texts(inner)));
        for card in self.cards.iter().filter(|it| places.contains(&it.place)) {
            if !read.contains(&card.title) {
                wrongs.push(format!("{reader} does not read {:?}", card.title));
            }
        }
        wrongs
    }

    /// The words in a text that are for none of the circles, nor said by the reader.
    fn words_not_for(
        &self,
        read: &str,
        reader: &str,
        places: &[usize],
        own: Option<Who>,
    ) -> Vec<String> {
        let mut wrongs = Vec::new();
        for found in words_in(read) {
            // Of two texts that were merged, a word may be left that nobody said.
            let Some(word) = self.words.get(found) else { continue };
            let may = places.iter().any(|place| word.places.contains(place));
            if !may && own != Some(word.home) {
                let only: Vec<&str> = word.places.iter().map(|it| NAMES[*it]).collect();
                wrongs.push(format!("{} {found}, for {only:?} alone, is in {reader}", word.what));
            }
        }
        wrongs
    }

    /// Who and what must not be known in a circle, as people read it.
    fn strange_texts(&self, place: usize) -> Vec<(String, String)> {
        let coalition = root(place);
        let mut strange = Vec::new();
        let mut add = |what: &str, text: String| strange.push((format!("{what} {text}"), text));
        for partner in (0..PARTNERS.len()).filter(|it| !MEMBERS[coalition].contains(it)) {
            add("an organisation", PARTNERS[partner].to_owned());
            add("an organisation", self.org(Who::Partner(partner)).to_string());
        }
        for other in (0..NAMES.len()).filter(|it| *it != place && *it != coalition) {
            add("a circle", NAMES[other].to_owned());
            add("a circle", self.circles[other].to_string());
        }
        for card in self.cards.iter().map(|it| it.id) {
            if !self.knows(place, &Target::Card(card.to_string())) {
                add("a card", card.to_string());
                add("a card", card.short());
            }
        }
        for incident in self.incidents.iter().map(|it| it.id.clone()) {
            if !self.knows(place, &Target::Incident(incident.clone())) {
                add("an incident", incident);
            }
        }
        strange
    }

    /// The same, and as programs write it.
    fn strange(&self, place: usize) -> Vec<(String, String)> {
        let mut strange = self.strange_texts(place);
        let mut add = |what: &str, bytes: &[u8]| strange.push((what.to_owned(), letters(bytes)));
        let coalition = root(place);
        for partner in (0..PARTNERS.len()).filter(|it| !MEMBERS[coalition].contains(it)) {
            add("an organisation's key", self.org(Who::Partner(partner)).as_bytes());
        }
        for other in (0..NAMES.len()).filter(|it| *it != place && *it != coalition) {
            add("a circle's key", self.circles[other].as_bytes());
        }
        for card in self.cards.iter().map(|it| it.id) {
            if !self.knows(place, &Target::Card(card.to_string())) {
                add("a card's bytes", card.as_bytes());
                let held = self.hub.node.card(&card);
                if let Some(claim) = held.and_then(|it| CardClaim::of(&it.record)) {
                    add("a card's nonce", claim.nonce.as_bytes());
                }
            }
        }
        strange
    }
}

fn strangers_in(read: &str, reader: &str, strange: &[(String, String)]) -> Vec<String> {
    let found = strange.iter().filter(|(_, text)| read.contains(text.as_str()));
    found.map(|(what, _)| format!("{what} is in {reader}")).collect()
}

/// Every list, view and file of a circle.
fn of_circle(place: usize) -> Vec<Request> {
    let circle = Some(NAMES[place].to_owned());
    let filter = BoardFilter { circle: circle.clone(), ..BoardFilter::default() };
    let (from, to) = (Some("2000-01-01".to_owned()), Some("2100-01-01".to_owned()));
    let tier = if place == CHILD { "restricted" } else { "coalition" };
    let mut asked = vec![
        BoardRequest::List { filter: filter.clone() },
        BoardRequest::Columns { filter },
        BoardRequest::Calendar { from, to, circle: circle.clone() },
        BoardRequest::Export {
            own: false,
            confirmed: Some(tier.to_owned()),
            circle: circle.clone(),
            after: None,
            had: 0,
        },
    ];
    asked.extend(VIEWS.iter().map(|view| BoardRequest::View {
        name: view.name.to_owned(),
        circle: circle.clone(),
        sheet: None,
    }));
    let filter = CardFilter { circle, archived: true, ..CardFilter::default() };
    let cards = Request::Card(CardRequest::List { filter });
    asked.into_iter().map(Request::Board).chain([cards]).collect()
}

/// Bytes as letters, so that they are searched fast: what is ASCII stays.
fn letters(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn said(answer: &Answer) -> String {
    serde_json::to_string(answer).unwrap()
}

/// All that a node says of cards and incidents.
fn everything(partner: &mut Partner, cards: &[CardId]) -> String {
    let mut asked = vec![
        Request::Card(CardRequest::List {
            filter: CardFilter { archived: true, ..CardFilter::default() },
        }),
        Request::Board(BoardRequest::List { filter: BoardFilter::default() }),
        Request::Board(BoardRequest::Export {
            own: true,
            confirmed: Some("sealed".to_owned()),
            circle: None,
            after: None,
            had: 0,
        }),
        Request::Decide(DecisionRequest::List { all: true }),
        Request::IncidentList { filter: Box::default() },
    ];
    for id in cards {
        let card = || id.to_string();
        asked.push(Request::Card(CardRequest::Show { card: card() }));
        asked.push(Request::Card(CardRequest::History { card: card() }));
        asked.push(Request::Decide(DecisionRequest::Show { card: card() }));
        let of_statement = [
            StatementRequest::Comments { card: card() },
            StatementRequest::Items { card: card() },
            StatementRequest::Show { card: card() },
            StatementRequest::History { card: card(), lang: None },
            StatementRequest::Export { card: card() },
        ];
        asked.extend(of_statement.map(|it| Request::Statement(Box::new(it))));
    }
    // Of what it has not got it says so, and not what it was asked for.
    let answers = asked.into_iter().filter_map(|request| partner.ask(request).ok());
    answers.map(|answer| said(&answer)).collect()
}
