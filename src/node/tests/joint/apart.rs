//! Two coalitions on one node: whatever is done, who is in one reads nothing of the other but what
//! was shared with it.

use std::collections::BTreeSet;

use proptest::{prelude::*, test_runner::TestRunner};

use super::{add, decide, edit, incident, link, open, position, share, show, to_incident};
use crate::{
    api::{Request, joint::NewLink},
    model::id::{CardId, CircleId},
    node::{cards::CardClaim, tests::partners::Partner},
    replica::watched,
};

const NAMES: [&str; 2] = ["Alianza", "Financiera"];

/// What somebody does, with numbers to choose by.
type Step = (u8, u8, u8, bool);

/// A card and the coalition that it is in.
#[derive(Clone)]
struct Tracked {
    card: CardId,
    side: usize,
    title: String,
    body: String,
}

struct World {
    hub: Partner,
    /// Two in the first coalition, one in the second.
    partners: Vec<(usize, Partner)>,
    coalitions: [CircleId; 2],
    child: CircleId,
    cards: Vec<Tracked>,
    incidents: Vec<(String, BTreeSet<usize>)>,
    /// Words that stand for texts, and the sides that may read them.
    words: Vec<(String, BTreeSet<usize>)>,
}

impl World {
    fn new() -> Self {
        let mut hub = Partner::new("Puente");
        let coalitions = NAMES.map(|name| hub.found(name));
        let mut partners = Vec::new();
        for (side, name) in [(0, "Alma Colectiva"), (0, "Brigada Norte"), (1, "Casa Sur")] {
            let mut partner = Partner::new(name);
            hub.admit(NAMES[side], &mut partner);
            partners.push((side, partner));
        }
        let create = Request::CircleCreate {
            name: "Cercanas".to_owned(),
            with: vec!["Alma Colectiva".to_owned()],
            coalition: Some(NAMES[0].to_owned()),
        };
        hub.ask(create).unwrap();
        let child = hub.node.find_circle("Cercanas").unwrap();
        for circle in coalitions.iter().chain([&child]) {
            watched::watch(*circle);
        }
        let (cards, incidents, words) = (Vec::new(), Vec::new(), Vec::new());
        Self { hub, partners, coalitions, child, cards, incidents, words }
    }

    /// A word that nobody has said before, for the sides.
    fn word(&mut self, sides: &[usize]) -> String {
        let number = self.words.len();
        let letter = |place: u32| {
            char::from(b'a' + u8::try_from(number / 20_usize.pow(place) % 20).unwrap())
        };
        let word = format!("zorro{}{}{}", letter(0), letter(1), letter(2));
        self.words.push((word.clone(), sides.iter().copied().collect()));
        word
    }

    fn allow(&mut self, text: &str, side: usize) {
        for (word, sides) in &mut self.words {
            if text.contains(word.as_str()) {
                sides.insert(side);
            }
        }
    }

    fn partner(&mut self, side: usize, which: u8) -> &mut Partner {
        let of_side: Vec<usize> =
            (0..self.partners.len()).filter(|place| self.partners[*place].0 == side).collect();
        match usize::from(which) % (of_side.len() + 1) {
            0 => &mut self.hub,
            place => &mut self.partners[of_side[place - 1]].1,
        }
    }

    fn meet(&mut self) {
        for _round in 0..2 {
            for (_, partner) in &mut self.partners {
                self.hub.meet(partner);
            }
        }
    }

    fn take(&mut self, (what, one, other, flag): Step) {
        let side = usize::from(one % 2);
        let chosen = (!self.cards.is_empty()).then(|| usize::from(other) % self.cards.len());
        match (what % 9, chosen) {
            (0 | 1, _) | (2.., None) => self.make(side, one, other, flag),
            (2, _) => {
                let name = self.word(&[]);
                let sides: Vec<usize> = if flag { vec![side] } else { Vec::new() };
                let names: Vec<&str> = sides.iter().map(|side| NAMES[*side]).collect();
                let id = incident(&mut self.hub, &name, &names);
                self.incidents.push((id, sides.into_iter().collect()));
            }
            (3, Some(card)) => self.link(card, one, flag),
            (4 | 5, Some(card)) => self.share(card, usize::from(flag)),
            (6, Some(card)) => {
                let Tracked { card: id, side, .. } = self.cards[card];
                let body = format!("Anew {}", self.word(&[side]));
                let set = [("body", body.as_str())];
                if self.partner(side, one).card(edit(&id, &set, &[])).is_ok() {
                    self.cards[card].body = body;
                }
            }
            (7, Some(card)) => {
                let Tracked { card: id, side, .. } = self.cards[card];
                let reason = self.word(&[side]);
                let _not_a_decision = decide(&mut self.hub, open(&id, "2099-01-31"));
                let partner = self.partner(side, one);
                let _not_asked = decide(partner, position(&id, "block", Some(&reason)));
            }
            _meet => self.meet(),
        }
    }

    /// Of every third the body names an organisation, a card or an incident of its side alone.
    fn make(&mut self, side: usize, one: u8, other: u8, sealed: bool) {
        let own = self.word(&[side]);
        let title = format!("On {own}");
        let text = self.word(&[side]);
        let mention = match other % 5 {
            0 => ["Alma Colectiva", "Casa Sur"][side].to_owned(),
            1 => self.partner(side, 1).node.org().to_string(),
            2 => self
                .cards
                .iter()
                .find(|it| it.side == side)
                .map(|it| it.card.to_string())
                .unwrap_or_default(),
            3 => NAMES[side].to_owned(),
            _none => String::new(),
        };
        // A text with a mention is for its side alone, so it is not kept as one to be shared.
        let body = format!("About {text} {mention}");
        let closed = self.word(&[]);
        let member = self.partner(side, 1).node.org().to_string();
        let mut set = vec![("title", title.as_str()), ("body", body.as_str())];
        let kind = ["campaign", "strategy_meeting", "decision"][usize::from(one / 2) % 3];
        match kind {
            "campaign" => set.extend([
                ("risk_notes", closed.as_str()),
                ("partners/a/org", &member),
                ("partners/a/status", "in"),
            ]),
            "strategy_meeting" => set.extend([
                ("place", closed.as_str()),
                ("participants/a/org", &member),
                ("participants/a/role", "lawyer"),
            ]),
            _decision => {}
        }
        if !sealed {
            set.truncate(2);
        }
        let made = self.partner(side, other).card(add(kind, Some(NAMES[side]), &set)).unwrap();
        let (card, body) = (made.row.card, if mention.is_empty() { body } else { String::new() });
        self.cards.push(Tracked { card, side, title, body });
    }

    /// The hub links a card with an incident or a card of either side.
    fn link(&mut self, card: usize, one: u8, flag: bool) {
        let id = self.cards[card].card;
        let target = usize::from(one) / 2;
        let new = if flag && !self.incidents.is_empty() {
            to_incident(&self.incidents[target % self.incidents.len()].0)
        } else {
            let other = self.cards[target % self.cards.len()].card.to_string();
            NewLink { card: Some(other), ..NewLink::default() }
        };
        let _not_here_yet = self.hub.card(link(&id, new));
    }

    fn share(&mut self, card: usize, to: usize) {
        let Tracked { card: id, side, .. } = self.cards[card].clone();
        // What the hub has of it now is what goes.
        let Ok(now) = self.hub.card(show(&id)) else { return };
        let body = now.fields.iter().find(|it| it.path == "body").and_then(|it| it.value.as_str());
        let body = body.unwrap_or_default().to_owned();
        let same_coalition = side == to;
        let circle = if same_coalition { "Cercanas" } else { NAMES[to] };
        if side == 1 && same_coalition {
            return;
        }
        let Ok(shared) = share(&mut self.hub, &id, circle, false) else { return };
        if same_coalition {
            // What is for named partners is read in a circle of some of them.
            let notes = now.fields.iter().find(|it| it.path == "risk_notes");
            if let Some(notes) = notes.and_then(|it| it.value.as_str()) {
                self.allow(notes, side);
            }
            return;
        }
        let title = now.row.title.clone();
        self.allow(&title, to);
        let mentions = ["Alma Colectiva", "Casa Sur", NAMES[0], NAMES[1], "did:key:"];
        let tells = mentions.iter().any(|it| body.contains(it))
            || body.split(' ').any(|word| word.len() == 32);
        if !tells {
            self.allow(&body, to);
        }
        let copy = shared.copy.unwrap();
        if self.cards.iter().all(|it| it.card != copy) {
            self.cards.push(Tracked { card: copy, side: to, title, body });
        }
    }

    /// What must not be read on a side.
    fn canaries(&self, side: usize) -> Vec<(String, Vec<u8>)> {
        let other = 1 - side;
        let mut canaries: Vec<(String, Vec<u8>)> = Vec::new();
        let mut add = |name: String, bytes: &[u8]| canaries.push((name, bytes.to_vec()));
        for (word, sides) in self.words.iter().filter(|(_, sides)| !sides.contains(&side)) {
            add(format!("{word} of {sides:?}"), word.as_bytes());
        }
        for (_, partner) in self.partners.iter().filter(|(its, _)| *its == other) {
            let org = partner.node.org();
            add("an organisation".to_owned(), org.as_bytes());
            add("an organisation's did".to_owned(), org.to_string().as_bytes());
            add("an organisation's name".to_owned(), partner.node.own.org_name.as_bytes());
        }
        let mut circles = vec![self.coalitions[other]];
        if other == 0 {
            circles.push(self.child);
        }
        for circle in circles {
            add("a circle".to_owned(), circle.as_bytes());
            add("a circle's id".to_owned(), circle.to_string().as_bytes());
        }
        add("a circle's name".to_owned(), NAMES[other].as_bytes());
        for tracked in self.cards.iter().filter(|it| it.side == other) {
            add("a card".to_owned(), tracked.card.as_bytes());
            add("a card's id".to_owned(), tracked.card.to_string().as_bytes());
            if let Some(claim) =
                self.hub.node.card(&tracked.card).and_then(|it| CardClaim::of(&it.record))
            {
                add("a nonce".to_owned(), claim.nonce.as_bytes());
            }
        }
        for (id, _) in self.incidents.iter().filter(|(_, sides)| !sides.contains(&side)) {
            add("an incident's id".to_owned(), id.as_bytes());
        }
        canaries
    }

    fn check(&self) {
        for side in [0, 1] {
            let mut read = watched::seen(&self.coalitions[side]);
            if side == 0 {
                read.extend(watched::seen(&self.child));
            }
            assert!(read.len() > 100, "something is read");
            for statement in self.hub.node.replica.statements(&self.coalitions[side]) {
                read.extend(statement.encode());
            }
            for (name, bytes) in self.canaries(side) {
                let found = read.windows(bytes.len()).any(|window| window == bytes.as_slice());
                assert!(!found, "{name} is read in {}", NAMES[side]);
            }
            for (_, partner) in self.partners.iter().filter(|(its, _)| *its == side) {
                let held: Vec<CircleId> = partner.node.replica.circle_ids().collect();
                assert!(!held.contains(&self.coalitions[1 - side]), "not even sealed");
                assert!(side == 0 || !held.contains(&self.child));
            }
        }
        // The positive control: what may be read is.
        for tracked in &self.cards {
            let read = watched::seen(&self.coalitions[tracked.side]);
            let title = tracked.title.as_bytes();
            assert!(
                read.windows(title.len()).any(|it| it == title),
                "{} is not read",
                tracked.title
            );
        }
    }
}

#[test]
fn who_is_in_one_coalition_reads_nothing_of_the_other_but_what_was_shared() {
    let steps =
        prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>(), any::<bool>()), 20..40);
    let config = ProptestConfig {
        cases: 8,
        max_shrink_iters: 20,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let result = TestRunner::new(config).run(&steps, |steps: Vec<Step>| {
        let mut world = World::new();
        // Each has something first, and everything is shared at the end: nothing hides behind luck.
        for side in [0, 1] {
            world.make(side, 0, 4, true);
        }
        steps.into_iter().for_each(|step| world.take(step));
        world.meet();
        for card in 0..world.cards.len() {
            let to = 1 - world.cards[card].side;
            world.share(card, to);
        }
        world.meet();
        world.check();
        Ok(())
    });
    result.unwrap();
}
