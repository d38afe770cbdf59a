//! Who changed what in a card.

use crate::{
    api::{Answer, ApiError, board::CardChange},
    node::{Node, errors},
    view::HeldCard,
};

impl Node {
    /// The changes of a card's documents that can be read here, those of one document one after the
    /// other, each after those that it builds on.
    pub(super) fn card_history(&self, prefix: &str) -> Result<Answer, ApiError> {
        let id = self.find_card(prefix)?;
        let documents: Vec<&HeldCard> = self.view.board_documents(&id).collect();
        let mut changes = Vec::new();
        for held in documents {
            let key = (held.circle, held.document);
            let document = self.replica.document(&key)?;
            let document = document.ok_or_else(|| errors::internal("a card without document"))?;
            let actors = self.actors(&key);
            for (number, entry) in (1..).zip(document.history()) {
                let org = actors.get(&entry.actor).copied();
                let fields = entry.fields.iter().filter(|path| !path.is_under("meta"));
                changes.push(CardChange {
                    circle: held.circle,
                    circle_name: self.circle_name(&held.circle),
                    number,
                    org,
                    org_name: org.and_then(|org| self.org_name(&org)),
                    concurrent: entry.deps.len() > 1,
                    fields: fields.map(ToString::to_string).collect(),
                });
            }
        }
        Ok(Answer::CardHistory(changes))
    }
}
