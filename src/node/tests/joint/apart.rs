//! Three coalitions, a circle inside one of them and a private circle on one node: whatever is done,
//! who is in one reads nothing of the others but what was shared with it.

mod check;
mod deeds;
mod rules;
mod talk;
mod world;

use std::cell::RefCell;

use proptest::{prelude::*, test_runner::TestRunner};

use self::{
    check::Tally,
    world::{NAMES, PRIVATE, World},
};

/// What somebody does, with numbers to choose by.
type Step = (u8, u8, u8, bool);

/// What is read in some circle and kept from another.
const SHARED: [&str; 15] = [
    "address",
    "body",
    "comment",
    "item",
    "note",
    "person",
    "public",
    "question",
    "reason",
    "report",
    "restricted",
    "role",
    "summary",
    "text",
    "title",
];

impl World {
    fn take(&mut self, (what, one, other, flag): Step) {
        let place = usize::from(one) % (PRIVATE + 1);
        if what % 14 < 2 || self.cards.is_empty() {
            return self.make(place, one / 5, other, flag);
        }
        let card = usize::from(other) % self.cards.len();
        let with = other.rotate_left(3);
        match what % 14 {
            2 => {
                self.record();
                if flag {
                    self.publish(self.incidents.len() - 1, place, other % 2 == 0);
                }
            }
            3 if !self.incidents.is_empty() => {
                self.publish(usize::from(other) % self.incidents.len(), place, flag);
            }
            3..=5 => self.link(card, one, with),
            6 | 7 => self.share(card, usize::from(one) % NAMES.len()),
            8 => self.change(card, one, with),
            9 => self.comment(card, with, flag),
            10 => self.item(card, one, with, flag),
            11 => self.state_something(card, one, with),
            12 => self.vote(card, with, flag),
            _meet => self.meet(),
        }
    }
}

#[test]
fn who_is_in_one_coalition_reads_nothing_of_another_but_what_was_shared() {
    let steps =
        prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>(), any::<bool>()), 20..40);
    let config = ProptestConfig {
        cases: 8,
        max_shrink_iters: 4,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let tally = RefCell::new(Tally::default());
    let result = TestRunner::new(config).run(&steps, |steps: Vec<Step>| {
        let mut world = World::new();
        // Each circle has something first, and all is shared in the end: nothing hides behind luck.
        for place in 0..=PRIVATE {
            world.make(place, u8::try_from(place).unwrap(), 6, true);
        }
        world.meet();
        steps.into_iter().for_each(|step| world.take(step));
        world.meet();
        for card in 0..world.cards.len() {
            let near = usize::from(world.cards[card].place == card % NAMES.len());
            world.share(card, (card + near) % NAMES.len());
        }
        world.meet();
        let wrongs = world.wrongs(&mut tally.borrow_mut());
        let told: Vec<String> = wrongs.into_iter().collect();
        prop_assert!(told.is_empty(), "{}", told.join("\n"));
        Ok(())
    });
    result.unwrap();
    // The positive control: there was something of each kind to be read, and to be kept.
    let Tally { read, kept } = tally.into_inner();
    for what in SHARED {
        assert!(read.contains(what) && kept.contains(what), "{what}: {read:?}, {kept:?}");
    }
}
