//! What is said to a card, and its checklist: records of their own, so that offline edits merge.

use std::collections::BTreeMap;

use crate::{
    api::{
        Answer, ApiError,
        statement::{CardComment, CardItem},
    },
    model::{
        board::{Card, CardKind},
        id::{CardId, CircleId, OrgId},
        registry::{Date, FieldPath, Record, RecordKind, Schema, Value, check},
    },
    node::{
        Node,
        cards::{CardClaim, card_document},
        errors,
        requests::{
            incidents::known_path,
            statements::{put, text_path},
        },
    },
    view::{HeldCard, RECORD_ID},
};

/// Letters of the words that a comment is about.
const MAX_WORDS: usize = 500;
/// Lines of a checklist by one organisation.
const MAX_ITEMS: usize = 500;

impl Node {
    fn any_card(&self, prefix: &str) -> Result<Card, ApiError> {
        let id = self.find_card(prefix)?;
        self.card(&id).ok_or_else(|| errors::not_found("the card cannot be read here"))
    }

    pub(super) fn comment_on_card(
        &mut self,
        prefix: &str,
        text: &str,
        reply_to: Option<&str>,
        on: Option<&str>,
        by: &str,
    ) -> Result<Answer, ApiError> {
        let card = self.any_card(prefix)?;
        let comments = self.records_of_card(&card, RecordKind::Comment);
        let numbers = comments.iter().filter_map(|(_, it)| it.get("number")?.as_integer());
        let count = i64::try_from(comments.len()).unwrap_or(i64::MAX);
        let next = numbers.max().unwrap_or(0).clamp(0, count).saturating_add(1);
        let mut record = self.beside_card(RecordKind::Comment, &card, next, by)?;
        put(&mut record, "text", text)?;
        if let Some(prefix) = reply_to {
            let ids = comments.iter().filter_map(|(_, it)| it.text(RECORD_ID));
            let mut found = ids.filter(|id| id.starts_with(prefix));
            let (Some(id), None) = (found.next(), found.next()) else {
                return Err(errors::not_found(format!("no one comment begins with {prefix:?}")));
            };
            put(&mut record, "reply_to", id)?;
        }
        let place = on.map(|words| self.find_words(&card, words)).transpose()?;
        if let Some((lang, _)) = &place {
            put(&mut record, "anchor", lang)?;
        }
        self.check_closed_texts(&card.circle, &card.record, &record)?;
        let id = self.write_beside(record, &[card.circle])?;
        if let Some((lang, range)) = place {
            let path = text_path(&lang)?;
            let document = card_document(&card.id, &card.circle);
            let schema = card.record.schema().clone();
            self.edit_document(&card.circle, document, &schema, |edit| {
                edit.anchor(&path, range, &id)
            })?;
            self.settle();
        }
        self.comments_of_card(&card.id.to_string())
    }

    /// In which text of a statement words stand, and where.
    fn find_words(&self, card: &Card, words: &str) -> Result<(String, (usize, usize)), ApiError> {
        let missing = || {
            errors::not_found("these words stand in no text of the card")
                .hint("give them as `ceiba statement show` prints them, without marks")
                .named("no-words", &[])
        };
        if card.kind != CardKind::JointMessage || words.chars().count() > MAX_WORDS {
            return Err(missing());
        }
        let (_, document) = self.document_of_card(card)?;
        let texts = Self::texts_of(card, &document);
        let mut found =
            texts.iter().filter_map(|(lang, text)| Some((lang.clone(), text.find(words)?)));
        found.next().ok_or_else(missing)
    }

    pub(super) fn comments_of_card(&self, prefix: &str) -> Result<Answer, ApiError> {
        let card = self.any_card(prefix)?;
        let document = self.document_of_card(&card).ok();
        let texts = document.map(|(_, document)| Self::texts_of(&card, &document));
        let mut comments = self.records_of_card(&card, RecordKind::Comment);
        let count = i64::try_from(comments.len()).unwrap_or(i64::MAX);
        comments.sort_by_cached_key(|(_, it)| {
            let number = it.get("number").and_then(Value::as_integer).unwrap_or(0);
            (number.clamp(0, count), it.text(RECORD_ID).map(str::to_owned))
        });
        let text = |record: &Record, path: &str| record.text(path).map(str::to_owned);
        let rows = comments.iter().filter_map(|(author, record)| {
            let id = text(record, RECORD_ID)?;
            let lang = text(record, "anchor");
            let on = lang.as_ref().and_then(|lang| texts.as_ref()?.get(lang)?.commented(&id));
            Some(CardComment {
                org: *author,
                org_name: self.org_name(author),
                at: text(record, "at").unwrap_or_default(),
                text: text(record, "text").unwrap_or_default(),
                reply_to: text(record, "reply_to"),
                by: text(record, "by"),
                lang,
                on,
                id,
            })
        });
        Ok(Answer::Comments(rows.collect()))
    }

    pub(super) fn add_item(
        &mut self,
        prefix: &str,
        text: &str,
        assignee: Option<&str>,
        due: Option<&str>,
    ) -> Result<Answer, ApiError> {
        let card = self.any_card(prefix)?;
        let schema = Schema::of(RecordKind::Item);
        let mut record = Record::new(schema.clone());
        put(&mut record, "card", &card.id.to_string())?;
        put(&mut record, "text", text)?;
        if let Some(name) = assignee {
            let org = self.find_org(&card.circle, name)?.to_string();
            put(&mut record, "assignee", &org)?;
        }
        if let Some(due) = due {
            let date: Date = due.parse().map_err(|_not_one| {
                errors::usage(format!("not a date: {due:?}; write 2027, 2027-03 or 2027-03-05"))
            })?;
            put(&mut record, "due", &date.to_string())?;
        }
        let claim = CardClaim::new(self.org(), RecordKind::Item, self.new_id());
        let mut whole = record.clone();
        for (path, value) in claim.fields() {
            whole.set(path, value).map_err(|error| errors::usage(error.to_string()))?;
        }
        if let Some(problem) = check(&whole).first() {
            return Err(errors::usage(problem.to_string()));
        }
        self.check_closed_texts(&card.circle, &card.record, &record)?;
        let changes = record.iter().map(|(path, value)| (path.clone(), Some(value.clone())));
        self.write_card(&card.circle, &claim, &schema, changes.collect())?;
        self.items_of_card(&card.id.to_string())
    }

    pub(super) fn item_done(&mut self, prefix: &str, done: bool) -> Result<Answer, ApiError> {
        let hex = prefix.len() >= 4 && prefix.bytes().all(|byte| byte.is_ascii_hexdigit());
        let prefix = prefix.to_lowercase();
        let items = self.view.board().filter(|held| held.kind == RecordKind::Item);
        let mut found: Vec<(CardId, CircleId, Record)> = items
            .filter(|held| hex && held.id.to_string().starts_with(&prefix))
            .map(|held| (held.id, held.circle, held.record()))
            .collect();
        found.dedup_by_key(|(id, ..)| *id);
        let [(_, circle, record)] = found.as_slice() else {
            return Err(errors::not_found(format!(
                "no one line of a checklist begins with {prefix:?}"
            ))
            .hint("`ceiba card item list CARD` shows them")
            .named("no-item", &[("name", &prefix)]));
        };
        let claim = CardClaim::of(record)
            .ok_or_else(|| errors::internal("an item without what it belongs to"))?;
        let change: (FieldPath, Option<Value>) = (known_path("done")?, Some(Value::Flag(done)));
        let card = record.text("card").unwrap_or_default().to_owned();
        let circle = *circle;
        self.write_card(&circle, &claim, &Schema::of(RecordKind::Item), vec![change])?;
        self.items_of_card(&card)
    }

    pub(super) fn items_of_card(&self, prefix: &str) -> Result<Answer, ApiError> {
        let card = self.any_card(prefix)?;
        let id = card.id.to_string();
        let items = self.view.board().filter(|held| held.kind == RecordKind::Item);
        // Lines of other cards are not even unpacked; one organisation's fill no screen for ever.
        let here = items
            .filter(|held| held.circle == card.circle && held.text("card").as_deref() == Some(&id));
        let mut by_origin: BTreeMap<OrgId, usize> = BTreeMap::new();
        let here = here.filter(|held| {
            let count = by_origin.entry(held.origin).or_default();
            *count = count.saturating_add(1);
            *count <= MAX_ITEMS
        });
        let row = |held: &HeldCard| {
            let record = held.record();
            let assignee: Option<OrgId> = record.text("assignee").and_then(|it| it.parse().ok());
            CardItem {
                item: held.id,
                card: card.id,
                text: record.text("text").unwrap_or_default().to_owned(),
                done: record.flag("done") == Some(true),
                assignee,
                assignee_name: assignee.and_then(|org| self.org_name(&org)),
                due: record.text("due").map(str::to_owned),
            }
        };
        Ok(Answer::Items(here.map(row).collect()))
    }
}
