//! The organisations and their circles, and which word may be read where.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::{Request, board::CardDetail},
    model::id::{CardId, CircleId, OrgId},
    node::{
        Node,
        tests::{cards::show, partners::Partner},
    },
    replica::watched,
};

/// The circles: three coalitions, and a circle inside the first.
pub(super) const NAMES: [&str; 4] = ["Alianza", "Financiera", "Tercera", "Cercanas"];
/// The circle inside the first coalition.
pub(super) const CHILD: usize = 3;
/// No circle but the private one of who writes.
pub(super) const PRIVATE: usize = 4;
/// Organisations that are each in one coalition.
pub(super) const PARTNERS: [&str; 4] = ["Alma Colectiva", "Brigada Norte", "Casa Sur", "Dora Luz"];
/// Which of them are in which circle.
pub(super) const MEMBERS: [&[usize]; 4] = [&[0, 1], &[2], &[3], &[0]];
/// What each word begins with.
pub(super) const PREFIX: &str = "zorro";
/// Letters of a word after that.
const LETTERS: usize = 4;

/// Who does something: the organisation that is in all circles, or a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    Hub,
    Partner(usize),
}

/// A card in a circle: one that is in two circles is there twice.
#[derive(Clone)]
pub(super) struct Tracked {
    pub(super) id: CardId,
    pub(super) place: usize,
    pub(super) kind: &'static str,
    pub(super) title: String,
}

/// An incident of the hub, and the circles that it was shared with.
pub(super) struct Case {
    pub(super) id: String,
    pub(super) name: String,
    /// Its summary and its exact place, and what everybody may read of it.
    pub(super) words: [String; 3],
    pub(super) places: BTreeSet<usize>,
}

/// A link that somebody put on a card, which its circle reads as soon as it has the target.
pub(super) struct Linked {
    pub(super) who: Who,
    pub(super) card: CardId,
    pub(super) place: usize,
    pub(super) target: Target,
    pub(super) note: String,
}

/// What a link is with.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Target {
    Incident(String),
    Card(String),
}

/// A word that is said once, who said it, and the circles that may read it.
pub(super) struct Word {
    /// What it stands for.
    pub(super) what: &'static str,
    pub(super) home: Who,
    pub(super) places: BTreeSet<usize>,
}

pub(super) struct World {
    pub(super) hub: Partner,
    pub(super) partners: Vec<Partner>,
    pub(super) circles: [CircleId; 4],
    pub(super) cards: Vec<Tracked>,
    pub(super) incidents: Vec<Case>,
    pub(super) links: Vec<Linked>,
    /// Where the hub has put which card: the copy's id by the card's and the circle.
    pub(super) copies: BTreeMap<(String, usize), String>,
    pub(super) words: BTreeMap<String, Word>,
}

/// The coalition of a circle.
pub(super) const fn root(place: usize) -> usize {
    if place == CHILD { 0 } else { place }
}

/// Whether who is in a circle has what is in some circles.
pub(super) fn has(place: usize, places: &BTreeSet<usize>) -> bool {
    places.contains(&place) || places.contains(&root(place))
}

impl World {
    pub(super) fn new() -> Self {
        let mut hub = Partner::new("Puente");
        for name in &NAMES[..CHILD] {
            hub.found(name);
        }
        let mut partners: Vec<Partner> = PARTNERS.iter().map(|name| Partner::new(name)).collect();
        for (name, members) in NAMES[..CHILD].iter().zip(MEMBERS) {
            for member in members {
                hub.admit(name, &mut partners[*member]);
            }
        }
        let create = Request::CircleCreate {
            name: NAMES[CHILD].to_owned(),
            with: vec![PARTNERS[0].to_owned()],
            coalition: Some(NAMES[0].to_owned()),
        };
        hub.ask(create).unwrap();
        let circles = NAMES.map(|name| hub.node.find_circle(name).unwrap());
        circles.iter().for_each(|circle| watched::watch(*circle));
        // As a session would tell.
        partners[0].node.replica.take_up(circles[CHILD]);
        let mut world = Self {
            hub,
            partners,
            circles,
            cards: Vec::new(),
            incidents: Vec::new(),
            links: Vec::new(),
            copies: BTreeMap::new(),
            words: BTreeMap::new(),
        };
        world.meet();
        world
    }

    /// A word that nobody has said before, which no circle may read yet.
    pub(super) fn word(&mut self, what: &'static str, home: Who) -> String {
        let mut rest = self.words.len();
        let mut word = PREFIX.to_owned();
        for _letter in 0..LETTERS {
            word.push(char::from(b'a' + u8::try_from(rest % 20).unwrap()));
            rest /= 20;
        }
        self.words.insert(word.clone(), Word { what, home, places: BTreeSet::new() });
        word
    }

    /// Notes that a circle may read all words of a text; in its own, an organisation may anyway.
    pub(super) fn allow(&mut self, text: &str, place: usize) {
        for word in words_in(text).into_iter().filter(|_| place != PRIVATE) {
            if let Some(word) = self.words.get_mut(word) {
                word.places.insert(place);
            }
        }
    }

    pub(super) const fn partner(&mut self, who: Who) -> &mut Partner {
        match who {
            Who::Hub => &mut self.hub,
            Who::Partner(place) => &mut self.partners.as_mut_slice()[place],
        }
    }

    pub(super) fn org(&self, who: Who) -> OrgId {
        match who {
            Who::Hub => self.hub.node.org(),
            Who::Partner(place) => self.partners[place].node.org(),
        }
    }

    /// Somebody of a circle, or the hub, which is in all.
    pub(super) fn who(place: usize, number: u8) -> Who {
        let members = MEMBERS.get(place).copied().unwrap_or_default();
        match usize::from(number) % (members.len() + 1) {
            0 => Who::Hub,
            which => Who::Partner(members[which - 1]),
        }
    }

    /// Organisations that are with the hub in a circle.
    pub(super) fn is_member(place: usize, who: Who) -> bool {
        match who {
            Who::Hub => true,
            Who::Partner(partner) => {
                MEMBERS.get(place).is_some_and(|members| members.contains(&partner))
            }
        }
    }

    /// Where a circle is among the names; an organisation's private one is none of them.
    pub(super) fn place_of(&self, circle: &CircleId) -> usize {
        self.circles.iter().position(|it| it == circle).unwrap_or(PRIVATE)
    }

    /// A card as somebody has it, and the circle that they write in; none if they have not got it.
    pub(super) fn held(&mut self, who: Who, card: &CardId) -> Option<(CardDetail, usize)> {
        let shown = self.partner(who).card(show(card)).ok()?;
        let place = self.place_of(&shown.row.circle);
        let is_there = |it: &Tracked| it.id == *card && it.place == place;
        assert!(self.cards.iter().any(is_there), "a card is where it was put");
        Some((shown, place))
    }

    /// Whether a circle has a card or an incident.
    pub(super) fn knows(&self, place: usize, target: &Target) -> bool {
        match target {
            Target::Incident(id) => {
                self.incidents.iter().any(|it| it.id == *id && has(place, &it.places))
            }
            Target::Card(id) => self.cards.iter().any(|it| {
                it.id.to_string() == *id && (it.place == place || it.place == root(place))
            }),
        }
    }

    pub(super) fn meet(&mut self) {
        for _round in 0..2 {
            for partner in &mut self.partners {
                self.hub.meet(partner);
            }
        }
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = (Who, &Node)> {
        let partners = self.partners.iter().enumerate();
        let partners = partners.map(|(place, partner)| (Who::Partner(place), &partner.node));
        std::iter::once((Who::Hub, &self.hub.node)).chain(partners)
    }
}

/// The words in a text.
pub(super) fn words_in(text: &str) -> BTreeSet<&str> {
    let found = text.match_indices(PREFIX);
    found.filter_map(|(at, _)| text.get(at..at + PREFIX.len() + LETTERS)).collect()
}
