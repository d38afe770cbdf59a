//! Showing who else may be doing the same work, when a card is made or changed.

use std::collections::BTreeMap;

use crate::{
    api::{Answer, ApiError, board::CardDetail, joint::DuplicateCard},
    model::{
        board::{Card, guard},
        id::{CardId, CircleId},
        registry::{Record, table},
    },
    node::{Node, cards::CardClaim, errors, requests::card_state::CardStates},
};

/// What to do about cards that may be of the same work.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Guard {
    pub(super) dry_run: bool,
    pub(super) unless_duplicate: bool,
}

impl Node {
    /// The cards that may be of the same work, of all that can be read here: what others keep for
    /// themselves is not here.
    pub(super) fn duplicates(&self, card: &Card) -> Vec<DuplicateCard> {
        if !card.kind.spec().guarded {
            return Vec::new();
        }
        let others = self.cards();
        // A copy of this card in another coalition is no work of others.
        let own: Vec<String> = self.copies(&card.id);
        let found = guard::duplicates(card, &others).into_iter();
        let found = found.filter(|(it, _)| {
            !own.contains(&it.id.to_string()) && !self.copies(&it.id).contains(&card.id.to_string())
        });
        let rows = found.map(|(it, reasons)| DuplicateCard {
            card: it.id,
            title: it.title().to_owned(),
            owner: it.owner(),
            owner_name: self.org_name(&it.owner()),
            circle: it.circle,
            circle_name: self.circle_name(&it.circle),
            reasons: reasons
                .iter()
                .map(|reason| (reason.code().to_owned(), reason.text().to_owned()))
                .collect(),
        });
        rows.collect()
    }

    /// The ids of the copies that this organisation has made of a card.
    fn copies(&self, card: &CardId) -> Vec<String> {
        let circles = self.replica.circle_ids();
        circles.filter_map(|circle| self.copy_note(card, &circle)).map(|note| note.card).collect()
    }

    /// A card that is not saved.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn unsaved(
        &self,
        circle: &CircleId,
        claim: &CardClaim,
        record: &Record,
    ) -> Result<Card, ApiError> {
        Card::new(claim.card, *circle, claim.origin, record.clone())
            .ok_or_else(|| errors::internal("a card that is none"))
    }

    /// What a card that is not saved would be.
    pub(super) fn unsaved_answer(
        &self,
        card: &Card,
        duplicates: Vec<DuplicateCard>,
    ) -> Result<Answer, ApiError> {
        self.check_open_texts(&card.circle, None, &card.record)?;
        Ok(Answer::Card(Box::new(CardDetail {
            row: self.card_row_in(card, card.state().to_owned()),
            origin: card.origin,
            origin_name: self.org_name(&card.origin),
            authors: Vec::new(),
            changes: 0,
            fields: self.card_fields(card, Some(&self.open_part(card))),
            conflicts: Vec::new(),
            reach: Vec::new(),
            links: self.card_links(card, &CardStates::none()),
            duplicates,
            notes: vec!["nothing was saved".to_owned()],
        })))
    }

    /// What of a card would go into its circle.
    fn open_part(&self, card: &Card) -> Record {
        let least = self.tier_of_cards(&card.circle);
        let mut open = Record::new(card.record.schema().clone());
        for (path, value) in card.record.iter() {
            if table::find(card.record.schema(), path).is_some_and(|spec| spec.tier >= least) {
                // It has no more fields than the card.
                let _fits = open.set(path.clone(), value.clone());
            }
        }
        open
    }

    /// A card that was just saved, with what others may be doing already.
    pub(super) fn saved_answer(&self, id: &CardId) -> Result<Answer, ApiError> {
        self.saved_detail(id).map(|detail| Answer::Card(Box::new(detail)))
    }

    /// The same, for who has more to say.
    pub(super) fn saved_detail(&self, id: &CardId) -> Result<CardDetail, ApiError> {
        let mut detail = self.card_detail(id)?;
        if let Some(card) = self.card(id) {
            detail.duplicates = self.duplicates(&card);
        }
        Ok(detail)
    }
}

/// What a card is refused with that was to be saved only without duplicates.
pub(super) fn refused_as_duplicate(duplicates: &[DuplicateCard]) -> ApiError {
    let named: BTreeMap<String, &str> =
        duplicates.iter().map(|it| (it.card.short(), it.title.as_str())).collect();
    let named: Vec<String> = named.iter().map(|(id, title)| format!("{id} {title}")).collect();
    let cards = named.join("; ");
    errors::refused(format!("others may be doing this already: {cards}"))
        .hint("`ceiba card show ID` shows one; without --unless-duplicate it is saved all the same")
        .named("duplicate-card", &[("cards", &cards)])
}
