//! Sharing a card with another circle, also of another coalition: a copy with what may be read there.
//!
//! In the same coalition the copy has the card's id, unless it is of a kind that organisations sign.
//! Else it gets an id of its own, with this organisation as its origin: who reads only one of the two
//! cannot tell that there is another.
//! Which copy is of which card is noted in this organisation's own part of the card. Comments,
//! checklists, ballots and versions are of their circle, and never go along.

mod projecting;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{card_writing::Change, sharing::shared_path};
use crate::{
    api::{
        Answer, ApiError,
        joint::{CardShared, CardSharing},
    },
    crypto::Label,
    model::{
        board::{CARD_TITLE, Card},
        id::{CardId, CircleId},
        registry::{FieldPath, Record, RecordKind, Value},
    },
    node::{
        Node,
        cards::CardClaim,
        errors,
        requests::{cards::is_signed_together, sharing::json},
    },
    view::HeldCard,
};
use projecting::Projected;

/// What this organisation notes of a card's copy in a circle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::node) struct CopyNote {
    /// The copy's id.
    pub(in crate::node) card: String,
    /// What its id is made with; none where the copy has the card's own id.
    nonce: Option<String>,
    /// What was shared: a digest of each field's value.
    fields: BTreeMap<String, String>,
}

impl Node {
    pub(super) fn share_card(&mut self, sharing: &CardSharing) -> Result<Answer, ApiError> {
        let id = self.find_card(&sharing.card)?;
        let card = self.card(&id).ok_or_else(|| errors::internal("a card that is not there"))?;
        let circle = self.find_circle(&sharing.circle)?;
        if circle == self.own.private || circle == card.circle {
            return Err(errors::usage("the card is there already")
                .hint("name another circle, or another coalition of this node")
                .named("card-is-there", &[]));
        }
        // What organisations sign has one place: else one would read a text, and another sign it.
        let signed = is_signed_together(card.kind);
        if signed && self.root_of(&circle) == card.circle {
            return Err(errors::refused("its members read and sign this in the coalition already")
                .hint("a comment or a link brings them to it; or make another card in the circle")
                .named("signed-in-coalition", &[]));
        }
        let partner = (card.origin != self.org()).then(|| self.org_label(&card.origin));
        if let Some(org) = partner.as_ref().filter(|_| !sharing.of_partner) {
            return Err(errors::refused(format!("{org} made the card, and is not asked"))
                .hint("agree with them first; --of-partner shares it all the same")
                .named("card-of-partner", &[("org", org)]));
        }
        let note = self.copy_note(&id, &circle);
        let keeps_id = card.origin == self.org()
            && !signed
            && card.circle != self.own.private
            && self.root_of(&card.circle) == self.root_of(&circle);
        let kind = RecordKind::Card(card.kind);
        let claim = match (&note, keeps_id) {
            (_, true) => CardClaim::of(&card.record),
            (Some(note), false) => {
                note.nonce.clone().map(|nonce| CardClaim::new(self.org(), kind, nonce))
            }
            (None, false) => Some(CardClaim::new(self.org(), kind, self.new_id())),
        };
        let claim = claim.ok_or_else(|| errors::internal("a card without what it belongs to"))?;
        let Projected { record, withheld } = self.project_card(&card, &circle);
        if record.text(CARD_TITLE).is_none() {
            let reason = withheld.iter().find(|it| it.path == CARD_TITLE);
            let reason = reason.map(|it| it.reason.clone()).unwrap_or_default();
            return Err(errors::refused(format!("a card does not go without its title: {reason}"))
                .hint("give the card a title that both circles may read, or make one card in each")
                .named("title-stays", &[("reason", &reason)]));
        }
        let last = note.as_ref().map(|note| &note.fields);
        let changes = self.copy_changes(&claim.card, &circle, last, &record);
        let new = note.is_none();
        let verb = if new { "publish" } else { "update" };
        let outcome = match (changes.is_empty(), sharing.dry_run, new) {
            (true, ..) => "unchanged".to_owned(),
            (false, true, _) => format!("would-{verb}"),
            (false, false, true) => "published".to_owned(),
            (false, false, false) => "updated".to_owned(),
        };
        if !sharing.dry_run && !changes.is_empty() {
            let note = CopyNote {
                card: claim.card.to_string(),
                nonce: (!keeps_id).then(|| claim.nonce.clone()),
                fields: last.cloned().unwrap_or_default(),
            };
            if new {
                // Noted before it is made: a copy that nobody knows of would be made a second time.
                self.note_copy(&card, &circle, &note)?;
            }
            self.write_part(&circle, &claim, card.record.schema(), &changes)?;
            let fields = record.iter().map(|(path, value)| (path.to_string(), digest(value)));
            self.note_copy(&card, &circle, &CopyNote { fields: fields.collect(), ..note })?;
            self.settle();
        }
        let there = !new || !sharing.dry_run;
        Ok(Answer::CardShared(Box::new(CardShared {
            card: id,
            copy: there.then_some(claim.card),
            circle,
            circle_name: self.circle_name(&circle),
            outcome,
            fields: record.iter().map(|(path, value)| (path.to_string(), json(value))).collect(),
            withheld,
            made_by: partner,
        })))
    }

    /// What this organisation notes of a card's copy in a circle.
    pub(in crate::node) fn copy_note(&self, card: &CardId, circle: &CircleId) -> Option<CopyNote> {
        let private = self.own.private;
        let home = self.view.board_documents(card).find(|held| held.circle == private)?;
        let path = shared_path(circle).ok()?;
        serde_json::from_str(home.record().text(path.as_str())?).ok()
    }

    /// The circles in which a card is a copy that this organisation has made of it, under its own id.
    pub(in crate::node) fn is_copy(&self, card: &CardId, circle: &CircleId) -> bool {
        self.copy_note(card, circle).is_some_and(|note| note.card == card.to_string())
    }

    fn note_copy(
        &mut self,
        card: &Card,
        circle: &CircleId,
        note: &CopyNote,
    ) -> Result<(), ApiError> {
        let claim = CardClaim::of(&card.record)
            .ok_or_else(|| errors::internal("a card without what it belongs to"))?;
        let text =
            serde_json::to_string(note).map_err(|error| errors::internal(error.to_string()))?;
        let private = self.own.private;
        let change = (shared_path(circle)?, Some(Value::Text(text)));
        self.write_part(&private, &claim, card.record.schema(), &[change])?;
        self.settle();
        Ok(())
    }

    /// What is to be written into a copy: what changed since it was shared last, so that what
    /// partners wrote there stays where the card says nothing new.
    fn copy_changes(
        &self,
        copy: &CardId,
        circle: &CircleId,
        last: Option<&BTreeMap<String, String>>,
        record: &Record,
    ) -> Vec<Change> {
        let held = self.view.board_documents(copy).find(|held| held.circle == *circle);
        let held = held.map(HeldCard::record);
        let shared = |path: &FieldPath| last.and_then(|last| last.get(path.as_str()));
        let mut changes: Vec<Change> = record
            .iter()
            .filter(|(path, value)| held.is_none() || shared(path) != Some(&digest(value)))
            .map(|(path, value)| (path.clone(), Some(value.clone())))
            .collect();
        for path in last.into_iter().flat_map(BTreeMap::keys) {
            let gone = record.get(path).is_none()
                && held.as_ref().is_some_and(|held| held.get(path).is_some());
            if let Some(path) = path.parse().ok().filter(|_| gone) {
                changes.push((path, None));
            }
        }
        changes
    }
}

/// Tells whether a value changed; half of a digest is enough for that.
fn digest(value: &Value) -> String {
    let hash = Label::CardShare.hash(&[value.canonical_bytes().as_slice()]);
    data_encoding::HEXLOWER.encode(hash.first_chunk::<8>().map_or(&[], |it| it.as_slice()))
}
