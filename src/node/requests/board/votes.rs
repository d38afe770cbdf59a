//! Whose votes the votes on priorities are.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    board::{Inputs, own_rank},
    model::{
        board::{Card, CardKind},
        id::OrgId,
    },
    node::Node,
};

impl Node {
    /// The ranks that members of each priority's circle gave themselves.
    pub(super) fn add_votes(&self, inputs: &mut Inputs) {
        let ranked = inputs.cards.iter().filter(|card| card.kind == CardKind::Priority);
        let votes = ranked.filter_map(|card| Some((card.id, self.votes(card)?)));
        inputs.votes = votes.collect();
    }

    fn votes(&self, card: &Card) -> Option<BTreeMap<OrgId, i64>> {
        let membership = self.replica.membership(&card.circle)?;
        let named = card.entries("votes");
        let named = named.values().filter_map(|vote| vote.get("org")?.parse().ok());
        let named: BTreeSet<OrgId> = named.filter(|org| membership.is_member(org)).collect();
        if named.is_empty() {
            return None;
        }
        let held = self.view.board_documents(&card.id).find(|it| it.circle == card.circle)?;
        let (key, document) = self.document_of_card(card).ok()?;
        let actors = self.actors(&key);
        let rank = |org: OrgId| {
            // Of a document that one alone wrote, all is its own.
            let alone = held.authors.iter().eq([&org]);
            let own = if alone {
                held.record()
            } else {
                document.record_by(|actor| actors.get(actor) == Some(&org))
            };
            Some((org, own_rank(card, &own, &org)?))
        };
        Some(named.into_iter().filter_map(rank).collect())
    }
}
