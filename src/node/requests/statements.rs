//! Joint statements: reading and writing their texts, and what the signed records come to.

mod facts;
mod signing;

pub(super) use signing::put;

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;

use crate::{
    api::{
        Answer, ApiError,
        statement::{
            StatementChange, StatementDetail, StatementOrg, StatementRequest, StatementStretch,
            StatementVersion, StatementWord,
        },
    },
    crypto::endorsed::{FrozenParts, statement_hash},
    doc::Document,
    model::{
        board::{Card, CardKind, FrozenText, ReleaseAction},
        id::OrgId,
        registry::{FieldPath, Schema},
        rich::RichText,
    },
    node::{
        Node,
        cards::{CardClaim, card_document},
        errors,
        requests::incidents::known_path,
    },
    replica::DocumentKey,
};

/// The part of a statement's card that has its texts, by language.
const TEXT: &str = "text";
/// Languages of one statement.
const MAX_LANGUAGES: usize = 12;
/// Stretches of all languages that are told: two who write letter by letter make one of each letter.
const MAX_STRETCHES: usize = 4_096;
/// Digits of a hash that a person gives at least: who writes the texts can make two that have the
/// same first digits, if they are few.
const MIN_DIGITS: usize = 32;

impl Node {
    pub(in crate::node) fn statement_request(
        &mut self,
        request: StatementRequest,
    ) -> Result<Answer, ApiError> {
        match request {
            StatementRequest::Show { card } => self.show_statement(&self.find_statement(&card)?),
            StatementRequest::Edit { card, texts, base, base_hash } => {
                self.edit_statement(&card, &texts, &base, base_hash.as_deref())
            }
            StatementRequest::History { card, lang } => {
                self.statement_history(&card, lang.as_deref())
            }
            StatementRequest::Blame { card, lang } => self.statement_blame(&card, lang.as_deref()),
            StatementRequest::Freeze { card, base, keepers, asked, by } => {
                self.freeze_statement(&card, base.as_deref(), &keepers, &asked, &by)
            }
            StatementRequest::Endorse { card, stance, hash, by } => {
                self.endorse_statement(&card, &stance, hash.as_deref(), &by)
            }
            StatementRequest::Release { card, retire, hash, by } => {
                let action = if retire { ReleaseAction::Retire } else { ReleaseAction::Release };
                self.release_statement(&card, action, hash.as_deref(), &by)
            }
            StatementRequest::Export { card } => self.export_statement(&card),
            StatementRequest::Comment { card, text, reply_to, on, by } => {
                self.comment_on_card(&card, &text, reply_to.as_deref(), on.as_deref(), &by)
            }
            StatementRequest::Comments { card } => self.comments_of_card(&card),
            StatementRequest::ItemAdd { card, text, assignee, due } => {
                self.add_item(&card, &text, assignee.as_deref(), due.as_deref())
            }
            StatementRequest::ItemDone { item, done } => self.item_done(&item, done),
            StatementRequest::Items { card } => self.items_of_card(&card),
        }
    }

    /// The statement that a person means.
    fn find_statement(&self, prefix: &str) -> Result<Card, ApiError> {
        let id = self.find_card(prefix)?;
        let card = self.card(&id).filter(|card| card.kind == CardKind::JointMessage);
        card.ok_or_else(|| {
            errors::usage("this card is no joint statement")
                .hint("`ceiba card list --kind joint_message` lists them")
                .named("no-statement", &[])
        })
    }

    fn show_statement(&self, card: &Card) -> Result<Answer, ApiError> {
        self.statement_detail(card).map(|detail| Answer::Statement(Box::new(detail)))
    }

    /// The document of a card in its circle.
    pub(super) fn document_of_card(
        &self,
        card: &Card,
    ) -> Result<(DocumentKey, Document), ApiError> {
        let key = (card.circle, card_document(&card.id, &card.circle));
        let document = self.replica.document(&key)?;
        Ok((key, document.ok_or_else(|| errors::internal("a card without document"))?))
    }

    /// The present texts of a statement, by language.
    pub(super) fn texts_of(card: &Card, document: &Document) -> BTreeMap<String, RichText> {
        let languages = card.record.keys(TEXT);
        let read = |lang: &str| {
            let text = document.rich_text(&text_path(lang).ok()?)?;
            (!text.is_empty()).then(|| (lang.to_owned(), text))
        };
        languages.into_iter().filter_map(read).collect()
    }

    fn statement_detail(&self, card: &Card) -> Result<StatementDetail, ApiError> {
        let (_, document) = self.document_of_card(card)?;
        let texts = Self::texts_of(card, &document);
        let markdown: BTreeMap<String, String> =
            texts.iter().map(|(lang, text)| (lang.clone(), text.markdown())).collect();
        let facts = self.statement_facts(card);
        let standing = facts.standing();
        let words = standing.words.iter().map(|(org, (what, word))| StatementWord {
            org: *org,
            org_name: self.org_name(org),
            standing: what.code().to_owned(),
            asked: standing.asked.contains(org),
            at: word.map(|word| word.at.clone()),
        });
        let hashes =
            markdown.iter().map(|(lang, text)| (lang.clone(), text_hash(card, lang, text)));
        Ok(StatementDetail {
            card: card.id,
            title: card.title().to_owned(),
            state: standing.state(card.state()).to_owned(),
            changed_since: standing.newest.is_some_and(|newest| newest.texts != markdown),
            text_hashes: hashes.collect(),
            texts_hash: texts_hash(card, &markdown),
            taken_out: BTreeMap::new(),
            texts,
            markdown,
            newest: standing.newest.map(|it| self.version_row(it)),
            released: standing.released.map(|(it, _)| self.version_row(it)),
            released_by: standing.released.map(|(_, act)| self.org_label(&act.author)),
            keepers: self.named(&standing.keepers),
            meddlers: self.named(&self.meddlers(card, &standing.keepers)),
            words: words.collect(),
            endorsed: standing.endorsed,
            asked: standing.asked.len(),
            flags: self.statement_flags(card),
            embargo: card.text("embargo").map(str::to_owned),
        })
    }

    fn version_row(&self, version: &FrozenText) -> StatementVersion {
        StatementVersion {
            version: version.link.clone(),
            hash: version.hash.clone(),
            author: version.author,
            author_name: self.org_name(&version.author),
            at: version.at.clone(),
            keepers: self.named(&version.keepers),
            asked: self.named(&version.asked),
            texts: version.texts.clone(),
        }
    }

    fn named(&self, orgs: &BTreeSet<OrgId>) -> Vec<StatementOrg> {
        let named = |org: &OrgId| StatementOrg { org: *org, org_name: self.org_name(org) };
        orgs.iter().map(named).collect()
    }

    fn edit_statement(
        &mut self,
        prefix: &str,
        texts: &BTreeMap<String, String>,
        base: &BTreeMap<String, String>,
        base_hash: Option<&str>,
    ) -> Result<Answer, ApiError> {
        let card = self.find_statement(prefix)?;
        let (_, document) = self.document_of_card(&card)?;
        let present = Self::texts_of(&card, &document);
        let mut edits: Vec<(FieldPath, RichText)> = Vec::new();
        let mut taken_out = BTreeMap::new();
        if let Some(hash) = base_hash {
            signing::names_a_text(hash)?;
        }
        for (lang, markdown) in texts {
            let before = present.get(lang).map(RichText::markdown).unwrap_or_default();
            if base_hash.is_some_and(|it| !begins(&text_hash(&card, lang, &before), it)) {
                return Err(errors::refused("the text is another than the one you wrote from")
                    .hint("`ceiba statement show` shows it with its hash; nothing was changed")
                    .named("other-base", &[]));
            }
            let written = RichText::from_markdown(markdown);
            let now = present.get(lang).map(RichText::without_comments).unwrap_or_default();
            let from = base.get(lang).map(|it| RichText::from_markdown(it));
            // Others may have written while the editor was open.
            let text = from.map_or_else(|| written.clone(), |from| now.merged(&from, &written));
            let gone = lines_gone(&before, &text.markdown());
            if !gone.is_empty() {
                taken_out.insert(lang.clone(), gone);
            }
            edits.push((text_path(lang)?, text));
        }
        let languages = present.keys().chain(texts.keys());
        if languages.collect::<BTreeSet<_>>().len() > MAX_LANGUAGES {
            let message = format!("a statement has at most {MAX_LANGUAGES} languages");
            return Err(errors::usage(message));
        }
        // The letters as people read them, and the addresses of links.
        for read in [|text: &RichText| text.text().to_owned(), RichText::markdown] {
            let mut after = card.record.clone();
            for (path, text) in &edits {
                after
                    .set(path.clone(), read(text))
                    .map_err(|error| errors::usage(error.to_string()))?;
            }
            self.check_open_texts(&card.circle, Some(&card.record), &after)?;
        }
        let claim = CardClaim::of(&card.record)
            .ok_or_else(|| errors::internal("a card without what it belongs to"))?;
        let schema: Schema = card.record.schema().clone();
        let place = card_document(&card.id, &card.circle);
        self.edit_document(&card.circle, place, &schema, |edit| {
            for (path, value) in claim.fields() {
                edit.set(&path, &value)?;
            }
            edits.iter().try_for_each(|(path, text)| edit.set_rich(path, text))
        })?;
        self.settle();
        let card = self.find_statement(&card.id.to_string())?;
        let detail = self.statement_detail(&card)?;
        Ok(Answer::Statement(Box::new(StatementDetail { taken_out, ..detail })))
    }

    /// The languages that a person means.
    fn languages(card: &Card, only: Option<&str>) -> Result<Vec<String>, ApiError> {
        let all = card.record.keys(TEXT);
        let meant = all.into_iter().filter(|lang| only.is_none_or(|only| only == *lang));
        let meant: Vec<String> = meant.map(str::to_owned).collect();
        if meant.is_empty() {
            return Err(errors::not_found("the statement has no such text").named("no-text", &[]));
        }
        Ok(meant)
    }

    fn statement_history(&self, prefix: &str, only: Option<&str>) -> Result<Answer, ApiError> {
        let card = self.find_statement(prefix)?;
        let (key, document) = self.document_of_card(&card)?;
        let actors = self.actors(&key);
        let mut changes = Vec::new();
        for lang in Self::languages(&card, only)? {
            for (number, entry) in (1..).zip(document.text_history(&text_path(&lang)?)) {
                let org: Option<OrgId> = actors.get(&entry.actor).copied();
                changes.push(StatementChange {
                    lang: lang.clone(),
                    number,
                    org,
                    org_name: org.and_then(|org| self.org_name(&org)),
                    inserted: entry.what.inserted,
                    deleted: entry.what.deleted,
                    marked: entry.what.marked,
                    cut: entry.what.cut,
                });
            }
        }
        Ok(Answer::StatementHistory(changes))
    }

    fn statement_blame(&self, prefix: &str, only: Option<&str>) -> Result<Answer, ApiError> {
        let card = self.find_statement(prefix)?;
        let (key, document) = self.document_of_card(&card)?;
        let actors = self.actors(&key);
        let mut stretches: Vec<StatementStretch> = Vec::new();
        for lang in Self::languages(&card, only)? {
            for stretch in document.text_authors(&text_path(&lang)?).unwrap_or_default() {
                let org: Option<OrgId> = actors.get(&stretch.by).copied();
                let next = StatementStretch {
                    lang: lang.clone(),
                    org,
                    org_name: org.and_then(|org| self.org_name(&org)),
                    text: stretch.text,
                    cut: false,
                };
                if !tell(&mut stretches, next) {
                    break;
                }
            }
        }
        Ok(Answer::StatementBlame(stretches))
    }
}

/// The hash of one present text, by which a person says what was written from.
fn text_hash(card: &Card, lang: &str, markdown: &str) -> String {
    texts_hash(card, &BTreeMap::from([(lang.to_owned(), markdown.to_owned())]))
}

/// The hash of several present texts.
fn texts_hash(card: &Card, texts: &BTreeMap<String, String>) -> String {
    let parts = FrozenParts { texts: texts.clone(), ..FrozenParts::default() };
    HEXLOWER.encode(&statement_hash(&card.id, &parts))
}

/// Whether a hash begins as a person wrote it: 32 digits at least.
fn begins(hash: &str, written: &str) -> bool {
    written.len() >= MIN_DIGITS && hash.starts_with(&written.to_lowercase())
}

/// Adds a stretch to those that are told, as far as there is room; whether there was.
fn tell(told: &mut Vec<StatementStretch>, next: StatementStretch) -> bool {
    let full = told.len() >= MAX_STRETCHES;
    match told.last_mut() {
        Some(last) if last.cut => return false,
        // Another device of the same organisation.
        Some(last) if last.lang == next.lang && last.org == next.org => {
            last.text.push_str(&next.text);
        }
        Some(last) if full => {
            last.cut = true;
            return false;
        }
        _other => told.push(next),
    }
    true
}

/// The lines of a text that another has not.
fn lines_gone(before: &str, after: &str) -> String {
    let stay: BTreeSet<&str> = after.lines().collect();
    let gone: Vec<&str> = before.lines().filter(|line| !stay.contains(line)).collect();
    gone.join("\n")
}

/// The path of a statement's text in a language.
pub(super) fn text_path(lang: &str) -> Result<FieldPath, ApiError> {
    let is_code = (2..=8).contains(&lang.len()) && lang.bytes().all(|it| it.is_ascii_lowercase());
    if !is_code {
        return Err(errors::usage(format!("not a language: {lang:?}; write es, pt, en, …")));
    }
    known_path(&format!("{TEXT}/{lang}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_told_up_to_a_bound() {
        let stretch = |number: usize| StatementStretch {
            lang: "es".to_owned(),
            org: Some(OrgId::new([u8::try_from(number % 2).unwrap(); 32])),
            org_name: None,
            text: "a".to_owned(),
            cut: false,
        };
        let mut told = Vec::new();
        let all = (0..MAX_STRETCHES + 5).filter(|it| tell(&mut told, stretch(*it))).count();
        assert_eq!((all, told.len()), (MAX_STRETCHES, MAX_STRETCHES));
        assert!(told.last().unwrap().cut && !told[0].cut);
        let mut one = vec![stretch(0)];
        assert!(tell(&mut one, stretch(2)) && one.len() == 1 && one[0].text == "aa");
    }
}
