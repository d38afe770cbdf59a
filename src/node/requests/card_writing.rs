//! Where a card's fields go: into the circle what may be there, the rest into this organisation's
//! own part.

use super::citing::reference;
use crate::{
    api::ApiError,
    model::{
        id::{CardId, CircleId},
        registry::{FieldPath, Record, Schema, Value, table},
    },
    node::{
        Node,
        cards::{CardClaim, card_document},
    },
    view::HeldCard,
};

/// A field and its new value; none to take it out.
pub(in crate::node) type Change = (FieldPath, Option<Value>);

/// A card's changes, by where they go.
#[derive(Default)]
struct Split {
    shared: Vec<Change>,
    home: Vec<Change>,
}

impl Node {
    /// Writes fields of a card, those that may be in the circle there, the others into this
    /// organisation's own part. Durable when it returns.
    ///
    /// # Errors
    /// When this device may not write in the circle, a value is beyond its bounds, or an open text
    /// says what is to stay.
    pub(in crate::node) fn write_card(
        &mut self,
        circle: &CircleId,
        claim: &CardClaim,
        schema: &Schema,
        changes: Vec<Change>,
    ) -> Result<(), ApiError> {
        let before = self.card(&claim.card).map(|card| card.record);
        let mut after = before.clone().unwrap_or_else(|| Record::new(schema.clone()));
        for (path, value) in &changes {
            match value {
                // What is too long is refused when it is written.
                Some(value) => drop(after.set(path.clone(), value.clone())),
                None => drop(after.remove(path.as_str())),
            }
        }
        self.check_open_texts(circle, before.as_ref(), &after)?;
        let split = self.split(circle, &claim.card, &after, changes);
        let private = self.own.private;
        for (circle, changes) in [(private, split.home), (*circle, split.shared)] {
            self.write_part(&circle, claim, schema, &changes)?;
        }
        self.settle();
        Ok(())
    }

    /// Writes changes into a card's document in one circle.
    ///
    /// # Errors
    /// When this device may not write there, or a value is beyond its bounds.
    pub(super) fn write_part(
        &mut self,
        circle: &CircleId,
        claim: &CardClaim,
        schema: &Schema,
        changes: &[Change],
    ) -> Result<(), ApiError> {
        if changes.is_empty() {
            return Ok(());
        }
        let document = card_document(&claim.card, circle);
        self.edit_document(circle, document, schema, |edit| {
            for (path, value) in claim.fields() {
                edit.set(&path, &value)?;
            }
            changes.iter().try_for_each(|(path, value)| match value {
                Some(value) => edit.set(path, value),
                None => edit.remove(path),
            })
        })?;
        Ok(())
    }

    fn split(
        &self,
        circle: &CircleId,
        card: &CardId,
        after: &Record,
        changes: Vec<Change>,
    ) -> Split {
        let (least, private) = (self.tier_of_cards(circle), self.own.private);
        let schema = after.schema();
        let there = |circle: &CircleId| {
            let held = self.view.board_documents(card).find(|held| held.circle == *circle);
            held.map_or_else(|| Record::new(schema.clone()), HeldCard::record)
        };
        let (at_home, shared) = (there(&private), there(circle));
        let links = self.home_links(circle, after, Some(&shared));
        let mut all = changes;
        // What a link was kept at home for may be there now: the whole link goes along.
        for (path, value) in after.under("links") {
            let goes = path.segment(1).is_some_and(|key| !links.contains(key));
            let named = all.iter().any(|(changed, _)| changed == path);
            if goes && *circle != private && at_home.get(path.as_str()).is_some() && !named {
                all.push((path.clone(), Some(value.clone())));
            }
        }
        let mut split = Split::default();
        for (path, value) in all {
            let open = table::find(schema, &path).is_some_and(|spec| spec.tier >= least);
            let link =
                path.is_under("links") && path.segment(1).is_some_and(|key| links.contains(key));
            let refers = value.as_ref().and_then(|value| reference(after, &path, value));
            let is_there = value.is_some() && shared.get(path.as_str()) == value.as_ref();
            let strange = !is_there && refers.is_some_and(|it| !self.is_known_in(circle, &it));
            let stays = *circle != private && (!open || link || strange);
            let (part, other, in_other) = if stays {
                (&mut split.home, &mut split.shared, &shared)
            } else {
                (&mut split.shared, &mut split.home, &at_home)
            };
            if *circle != private && in_other.get(path.as_str()).is_some() {
                other.push((path.clone(), None));
            }
            part.push((path, value));
        }
        split
    }
}
