//! Which cards name which: found once for a view, however many cards there are.

use std::collections::{BTreeMap, BTreeSet};

use super::inputs::{Inputs, Item, cards_of};
use crate::model::{board::Card, id::CardId};

/// The cards of a board by their ids, with what names what.
pub(super) struct Links<'a> {
    cards: BTreeMap<CardId, &'a Card>,
    /// The cards that a card names.
    names: BTreeMap<CardId, BTreeSet<CardId>>,
    /// The cards that name a card.
    named_by: BTreeMap<CardId, BTreeSet<CardId>>,
    /// The lines of a card's checklist that are not done.
    open_items: BTreeMap<CardId, Vec<&'a Item>>,
}

impl<'a> Links<'a> {
    pub(super) fn of(inputs: &'a Inputs) -> Self {
        let cards: BTreeMap<CardId, &Card> =
            inputs.cards.iter().map(|card| (card.id, card)).collect();
        let mut names: BTreeMap<CardId, BTreeSet<CardId>> = BTreeMap::new();
        let mut named_by: BTreeMap<CardId, BTreeSet<CardId>> = BTreeMap::new();
        for card in &inputs.cards {
            for other in cards_of(card).into_iter().filter(|it| cards.contains_key(it)) {
                names.entry(card.id).or_default().insert(other);
                named_by.entry(other).or_default().insert(card.id);
            }
        }
        let mut open_items: BTreeMap<CardId, Vec<&Item>> = BTreeMap::new();
        for item in inputs.items.iter().filter(|item| !item.done) {
            open_items.entry(item.card).or_default().push(item);
        }
        Self { cards, names, named_by, open_items }
    }

    /// The card with an id, if it is there.
    pub(super) fn card(&self, id: &CardId) -> Option<&'a Card> {
        self.cards.get(id).copied()
    }

    /// The cards that name a card, in the order of their ids.
    pub(super) fn naming(&self, card: &CardId) -> impl Iterator<Item = &'a Card> {
        self.named_by.get(card).into_iter().flatten().filter_map(|id| self.card(id))
    }

    /// The cards that name a card or that it names, in the order of their ids.
    pub(super) fn with(&self, card: &CardId) -> Vec<&'a Card> {
        let sides = [&self.names, &self.named_by].map(|side| side.get(card));
        let ids: BTreeSet<&CardId> = sides.into_iter().flatten().flatten().collect();
        ids.into_iter().filter_map(|id| self.card(id)).collect()
    }

    /// The lines of a card's checklist that are not done.
    pub(super) fn open_items(&self, card: &CardId) -> impl Iterator<Item = &'a Item> {
        self.open_items.get(card).into_iter().flatten().copied()
    }
}
