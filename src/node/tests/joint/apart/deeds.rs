//! What people do with cards and incidents, and what its circle may read then.

use super::world::{CHILD, Case, Linked, NAMES, PARTNERS, PRIVATE, Target, Tracked, Who, World};
use crate::{
    api::{Answer, Request, joint::NewLink},
    model::id::CardId,
    node::tests::{
        fields,
        joint::{add, edit, link, share, show},
    },
};

/// Kinds of cards, each with something of its own: what named partners read, what stays at home,
/// what is asked, a text.
const KINDS: [&str; 4] = ["campaign", "strategy_meeting", "decision", "joint_message"];

impl World {
    /// A card that names, with some luck, somebody or something of its circle.
    pub(super) fn make(&mut self, place: usize, one: u8, other: u8, closed: bool) {
        let who = Self::who(place, other);
        let title = format!("On {}", self.word("title", who));
        let body = format!("About {} {}", self.word("body", who), self.mention(place, other));
        let text = self.word("text", who);
        let role = self.word("role", who);
        let (restricted, sealed) = (self.word("restricted", who), self.word("sealed", who));
        let member = self.org(Self::who(place, one)).to_string();
        let kind = KINDS[usize::from(one) % 4];
        let mut set = vec![
            ("title", title.as_str()),
            ("body", body.as_str()),
            ("due", "2027-02"),
            ("countries/co", "yes"),
        ];
        match kind {
            "campaign" => {
                set.extend([("partners/a/org", member.as_str()), ("partners/a/status", "in")]);
                set.extend(closed.then_some(("risk_notes", restricted.as_str())));
            }
            "strategy_meeting" => {
                set.extend([
                    ("participants/a/org", member.as_str()),
                    ("participants/a/role", role.as_str()),
                    ("remote_link", restricted.as_str()),
                ]);
                set.extend(closed.then_some(("participants/a/name", sealed.as_str())));
                set.extend((!closed).then_some(("place", sealed.as_str())));
            }
            "joint_message" => set.push(("text/es", text.as_str())),
            _decision => {}
        }
        let circle = NAMES.get(place).copied().unwrap_or("private");
        let made = self.partner(who).card(add(kind, Some(circle), &set)).unwrap();
        assert_eq!(self.place_of(&made.row.circle), place);
        self.cards.push(Tracked { id: made.row.card, place, kind, title: title.clone() });
        let open = set.iter().map(|(_, it)| *it).filter(|it| *it != sealed);
        for text in open.filter(|it| place == CHILD || *it != restricted) {
            self.allow(text, place);
        }
    }

    /// Somebody or something of a circle; in what nobody else reads, anything.
    fn mention(&self, place: usize, number: u8) -> String {
        let (what, number) = (number % 7, usize::from(number / 7));
        let partner = match Self::who(place, 1) {
            Who::Hub => Who::Partner(number % PARTNERS.len()),
            member => member,
        };
        let named = |who| match who {
            Who::Hub => String::new(),
            Who::Partner(partner) => PARTNERS[partner].to_owned(),
        };
        let of_place = |it: &&Tracked| it.place == place || place == PRIVATE;
        let cards: Vec<CardId> = self.cards.iter().filter(of_place).map(|it| it.id).collect();
        let card = cards.get(number % cards.len().max(1));
        let is_known = |it: &&Case| it.places.contains(&place) || place == PRIVATE;
        let incidents: Vec<&Case> = self.incidents.iter().filter(is_known).collect();
        let incident = incidents.get(number % incidents.len().max(1));
        let text = match what {
            0 => Some(named(partner)),
            1 => Some(self.org(partner).to_string()),
            2 => card.map(ToString::to_string),
            3 => card.map(CardId::short),
            4 => Some(NAMES.get(place).copied().unwrap_or(NAMES[number % 4]).to_owned()),
            5 => incident.map(|it| it.id.clone()),
            _name => incident.filter(|_| place == PRIVATE).map(|it| it.name.clone()),
        };
        text.unwrap_or_default()
    }

    /// An incident of the hub, which no circle has yet.
    pub(super) fn record(&mut self) {
        let name = format!("{} Quenguan", self.word("victim", Who::Hub));
        let words = ["summary", "place", "public"].map(|what| self.word(what, Who::Hub));
        let set = [
            ("country", "CO"),
            ("date", "2024-05-03"),
            ("acts/1/violation", "death_threat"),
            ("victims/1/name", name.as_str()),
            ("summary", words[0].as_str()),
            ("place/name", words[1].as_str()),
            ("public_summary", words[2].as_str()),
            ("counting_unit", "individual"),
            ("consent/basis", "informed_explicit"),
            ("consent/scopes/share_coalition_deid", "true"),
            ("consent/scopes/share_partners_named", "true"),
        ];
        let made = self.hub.ask(Request::IncidentAdd { fields: fields(&set) }).unwrap();
        let Answer::Incident(shown) = made else { panic!("{made:?}") };
        let id = shown.row.id.to_string();
        self.incidents.push(Case { id, name, words, places: [].into() });
    }

    /// The hub shares an incident; all of it but names only with the circle
    /// inside a coalition.
    pub(super) fn publish(&mut self, incident: usize, place: usize, whole: bool) {
        let Some(circle) = NAMES.get(place) else { return };
        let tier = if whole && place == CHILD { "restricted" } else { "coalition" };
        let Case { id, words, places, .. } = &mut self.incidents[incident];
        places.insert(place);
        let (id, mut open) = (id.clone(), words[2].clone());
        if tier == "restricted" {
            open = format!("{open} {} {}", words[0], words[1]);
        }
        let share = Request::IncidentShare {
            incidents: vec![id],
            all_own: false,
            circle: (*circle).to_owned(),
            tier: tier.to_owned(),
            dry_run: false,
            no_tokens: false,
        };
        self.hub.ask(share).unwrap();
        self.allow(&open, place);
    }

    /// Links a card with an incident, another card, a report or an address, and says why.
    pub(super) fn link(&mut self, card: usize, one: u8, other: u8) {
        let Tracked { id, place, .. } = self.cards[card].clone();
        let who = Self::who(place, other);
        let Some((_, place)) = self.held(who, &id) else { return };
        let number = usize::from(one / 4);
        let note = self.word("note", who);
        let mut new = NewLink { note: Some(note.clone()), ..NewLink::default() };
        let (mut target, mut text) = (None, String::new());
        match one % 4 {
            0 if !self.incidents.is_empty() => {
                let incident = self.incidents[number % self.incidents.len()].id.clone();
                new.incident = Some(incident.clone());
                target = Some(Target::Incident(incident));
            }
            2 => {
                // The hub's reports are cited in several circles.
                let cited = self.words.iter().filter(|(_, it)| it.what == "report");
                let cited: Vec<String> = cited.map(|(text, _)| text.clone()).collect();
                let again = cited.get(number % (cited.len() + 1)).filter(|_| who == Who::Hub);
                text = again.cloned().unwrap_or_else(|| self.word("report", who));
                new.report = Some(text.clone());
            }
            3 => {
                text = format!("https://example.org/{}", self.word("address", who));
                new.url = Some(text.clone());
            }
            _card => {
                let other = self.cards[number % self.cards.len()].id.to_string();
                new.card = Some(other.clone());
                target = Some(Target::Card(other));
            }
        }
        // Nobody has everything before they meet.
        if self.partner(who).card(link(&id, new)).is_err() {
            return;
        }
        match target {
            Some(target) => self.links.push(Linked { who, card: id, place, target, note }),
            None => self.allow(&format!("{text} {note}"), place),
        }
        self.refresh(who, &id, place);
    }

    /// The links that somebody kept at home go along with what they write in the card, once the
    /// circle has what they name.
    fn refresh(&mut self, who: Who, card: &CardId, place: usize) {
        let of_card = |it: &&Linked| it.who == who && it.card == *card && it.place == place;
        let links = self.links.iter().filter(of_card);
        let known = links.filter(|it| self.knows(place, &it.target));
        for note in known.map(|it| it.note.clone()).collect::<Vec<_>>() {
            self.allow(&note, place);
        }
    }

    /// Adds to the body, or sets what is not for everybody.
    pub(super) fn change(&mut self, card: usize, one: u8, other: u8) {
        let Tracked { id, place, kind, .. } = self.cards[card].clone();
        let who = Self::who(place, other);
        let Some((shown, place)) = self.held(who, &id) else { return };
        let closed = match kind {
            "campaign" => Some(("risk_notes", "restricted")),
            "strategy_meeting" if one % 4 == 1 => Some(("remote_link", "restricted")),
            "strategy_meeting" => Some(("place", "sealed")),
            _other => None,
        };
        let (path, what) = closed.filter(|_| one % 2 == 1).unwrap_or(("body", "body"));
        let word = self.word(what, who);
        // What was there stays, so that the word is written in one piece.
        let before = shown.fields.iter().find(|it| it.path == path);
        let before = before.and_then(|it| it.value.as_str()).unwrap_or_default();
        let text = format!("{before} {word}");
        self.partner(who).card(edit(&id, &[(path, &text)], &[])).unwrap();
        if what == "body" || what == "restricted" && place == CHILD {
            self.allow(&word, place);
        }
        self.refresh(who, &id, place);
    }

    /// The hub shares a card with a circle.
    pub(super) fn share(&mut self, card: usize, to: usize) {
        let Tracked { id, kind, title, .. } = self.cards[card].clone();
        // What the hub has of it now is what goes.
        let Ok(now) = self.hub.card(show(&id)) else { return };
        let Ok(shared) = share(&mut self.hub, &id, NAMES[to], false) else { return };
        for text in self.goes(&now, to) {
            self.allow(&text, to);
        }
        let copy = shared.copy.unwrap();
        self.copies.insert((id.to_string(), to), copy.to_string());
        if self.cards.iter().all(|it| (it.id, it.place) != (copy, to)) {
            self.cards.push(Tracked { id: copy, place: to, kind, title });
        }
    }
}
