//! What people write beside cards: comments, checklists, statements and decisions.

use super::world::{Tracked, Who, World, words_in};
use crate::{
    api::{Answer, Request, joint::DecisionRequest, statement::StatementRequest},
    model::id::CardId,
    node::tests::joint::{decide, open, position},
};

impl World {
    fn state(&mut self, who: Who, request: StatementRequest) -> Option<Answer> {
        self.partner(who).ask(Request::Statement(Box::new(request))).ok()
    }

    /// Says something to a card, sometimes to what another said or to words of a text.
    pub(super) fn comment(&mut self, card: usize, other: u8, flag: bool) {
        let Tracked { id, place, .. } = self.cards[card].clone();
        let who = Self::who(place, other);
        let Some((shown, place)) = self.held(who, &id) else { return };
        let text = format!("{} here", self.word("comment", who));
        let by = self.word("person", who);
        let said = self.state(who, StatementRequest::Comments { card: id.to_string() });
        let Some(Answer::Comments(said)) = said else { panic!("{said:?}") };
        let reply_to = said.last().filter(|_| flag).map(|it| it.id.clone());
        let written = shown.fields.iter().find(|it| it.path == "text/es");
        let on = written.and_then(|it| it.value.as_str()).filter(|_| flag);
        let on = on.and_then(|text| words_in(text).first().map(|word| (*word).to_owned()));
        let (card, allowed) = (id.to_string(), format!("{text} {by}"));
        let said = StatementRequest::Comment { card, text, reply_to, on, by };
        self.state(who, said).unwrap();
        self.allow(&allowed, place);
    }

    /// A line of a checklist, sometimes somebody's.
    pub(super) fn item(&mut self, card: usize, one: u8, other: u8, flag: bool) {
        let Tracked { id, place, .. } = self.cards[card].clone();
        let who = Self::who(place, other);
        let Some((_, place)) = self.held(who, &id) else { return };
        let text = format!("{} first", self.word("item", who));
        let assignee = self.org(Self::who(place, one)).to_string();
        let (card, assignee) = (id.to_string(), flag.then_some(assignee));
        let due = Some("2027-03".to_owned());
        let add = StatementRequest::ItemAdd { card, text: text.clone(), assignee, due };
        self.state(who, add).unwrap();
        self.allow(&text, place);
    }

    /// Writes in a statement, or freezes, endorses or releases it.
    pub(super) fn state_something(&mut self, card: usize, one: u8, other: u8) {
        let Some((id, place)) = self.next_of("joint_message", card) else { return };
        let who = Self::who(place, other);
        let Some((_, place)) = self.held(who, &id) else { return };
        let card = id.to_string();
        let shown = self.state(who, StatementRequest::Show { card: card.clone() });
        let Some(Answer::Statement(shown)) = shown else { panic!("{shown:?}") };
        let mut by = self.word("person", who);
        let mut said = by.clone();
        let request = match one % 6 {
            0 => {
                // What is frozen already is not written once more, and nor is who did it.
                (said, by) = (String::new(), "K7".to_owned());
                let base = Some(shown.texts_hash);
                StatementRequest::Freeze { card, base, keepers: Vec::new(), asked: Vec::new(), by }
            }
            1 => {
                let hash = shown.newest.map(|it| it.hash);
                StatementRequest::Endorse { card, stance: "endorse".to_owned(), hash, by }
            }
            2 => {
                let hash = shown.newest.map(|it| it.hash);
                StatementRequest::Release { card, retire: false, hash, by }
            }
            _edit => {
                let (text, address) = (self.word("text", who), self.word("address", who));
                said = format!("{text} {address}");
                let lang = if one.is_multiple_of(2) { "es" } else { "pt" };
                let before = shown.markdown.get(lang).cloned().unwrap_or_default();
                let text = format!("{before}\n\n**{text}** [there](https://example.org/{address})");
                let texts = [(lang.to_owned(), text)].into();
                let (base, base_hash) = ([].into(), None);
                StatementRequest::Edit { card, texts, base, base_hash }
            }
        };
        // Who keeps it not may not freeze it, and of what is not frozen nobody can say anything.
        if self.state(who, request).is_some() {
            self.allow(&said, place);
        }
    }

    /// Puts a decision to the members, and takes a position with a reason.
    pub(super) fn vote(&mut self, card: usize, other: u8, flag: bool) {
        let Some((id, place)) = self.next_of("decision", card) else { return };
        let who = Self::who(place, other);
        let Some((_, place)) = self.held(who, &id) else { return };
        let (asked, reason) = (self.word("question", who), self.word("reason", who));
        let mut ballot = open(&id, "2099-01-31");
        if let DecisionRequest::Open { question, .. } = &mut ballot {
            *question = Some(format!("Whether {asked}"));
        }
        // Only who made the card puts it, and only who was asked takes a position.
        if flag && decide(self.partner(who), ballot).is_ok() {
            self.allow(&asked, place);
        }
        if decide(self.partner(who), position(&id, "block", Some(&reason))).is_ok() {
            self.allow(&reason, place);
        }
    }

    /// The next card of a kind.
    fn next_of(&self, kind: &str, from: usize) -> Option<(CardId, usize)> {
        let after = self.cards.iter().cycle().skip(from).take(self.cards.len());
        after.filter(|it| it.kind == kind).map(|it| (it.id, it.place)).next()
    }
}
