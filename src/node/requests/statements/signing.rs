//! Freezing, endorsing and releasing statements.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;

use crate::{
    api::{
        Answer, ApiError,
        statement::{STATEMENT_FORMAT, SignedWord, StatementFile},
    },
    crypto::endorsed::{Endorsed, statement_hash},
    model::{
        board::{Card, EndorsementStance, FrozenText, ReleaseAction},
        id::DeviceId,
        registry::{Record, RecordKind, Schema, Value},
    },
    node::{
        Node, errors,
        requests::{
            incidents::known_path,
            statements::facts::{StatementFacts, hex},
        },
    },
};

impl Node {
    pub(super) fn freeze_statement(&mut self, prefix: &str, by: &str) -> Result<Answer, ApiError> {
        let card = self.find_statement(prefix)?;
        let facts = self.kept_by_us(&card)?;
        let (_, document) = self.document_of_card(&card)?;
        let texts: BTreeMap<String, String> = Self::texts_of(&card, &document)
            .into_iter()
            .map(|(lang, text)| (lang, text.markdown()))
            .collect();
        if texts.is_empty() {
            return Err(errors::usage("the statement has no text yet").named("no-text", &[]));
        }
        if facts.standing().newest.is_some_and(|newest| newest.texts == texts) {
            return self.show_statement(&card);
        }
        let hash = HEXLOWER.encode(&statement_hash(&card.id, &texts));
        let mut record = self.beside_card(RecordKind::Version, &card, facts.next_number(), by)?;
        put(&mut record, "hash", &hash)?;
        for (lang, text) in &texts {
            put(&mut record, &format!("texts/{lang}"), text)?;
        }
        self.write_beside(record, &[card.circle])?;
        self.show_statement(&card)
    }

    pub(super) fn endorse_statement(
        &mut self,
        prefix: &str,
        stance: &str,
        hash: Option<&str>,
        by: &str,
    ) -> Result<Answer, ApiError> {
        let card = self.find_statement(prefix)?;
        let stance = EndorsementStance::from_code(stance)
            .ok_or_else(|| errors::usage("write endorse, decline or withdrawn"))?;
        let facts = self.statement_facts(&card);
        let newest = facts.standing().newest.cloned().ok_or_else(nothing_frozen)?;
        if hash.is_some_and(|hash| !newest.hash.starts_with(&hash.to_lowercase())) {
            return Err(errors::refused("the newest frozen text is another than the one you read")
                .hint("`ceiba statement show` shows it; endorse again if you agree")
                .named("other-version", &[]));
        }
        let digest: [u8; 32] =
            hex(&newest.hash).ok_or_else(|| errors::internal("a hash that is none"))?;
        let org = self.org();
        let keys = &self.replica.identity().keys;
        let word = Endorsed {
            card: &card.id,
            version: &newest.order.1,
            hash: &digest,
            org: &org,
            stance: stance.code(),
        };
        let signature = HEXLOWER.encode(&word.sign(&keys.signing));
        let device = HEXLOWER.encode(keys.device().as_bytes());
        let mut record =
            self.beside_card(RecordKind::Endorsement, &card, facts.next_number(), by)?;
        put(&mut record, "version", &newest.order.1)?;
        put(&mut record, "hash", &newest.hash)?;
        put(&mut record, "stance", stance.code())?;
        put(&mut record, "device", &device)?;
        put(&mut record, "signature", &signature)?;
        self.write_beside(record, &[card.circle])?;
        self.show_statement(&card)
    }

    pub(super) fn release_statement(
        &mut self,
        prefix: &str,
        action: ReleaseAction,
        hash: Option<&str>,
        by: &str,
    ) -> Result<Answer, ApiError> {
        let card = self.find_statement(prefix)?;
        let facts = self.kept_by_us(&card)?;
        let standing = facts.standing();
        let usual = match action {
            ReleaseAction::Release => standing.newest,
            ReleaseAction::Retire => standing.released.map(|(version, _)| version),
        };
        let named = |hash: &str| {
            let is_it = |it: &&FrozenText| it.sound && it.hash.starts_with(&hash.to_lowercase());
            facts.versions.iter().find(is_it)
        };
        let version = hash.map_or(usual, named).cloned().ok_or_else(nothing_frozen)?;
        let mut record = self.beside_card(RecordKind::Release, &card, facts.next_number(), by)?;
        put(&mut record, "version", &version.order.1)?;
        put(&mut record, "hash", &version.hash)?;
        put(&mut record, "action", action.code())?;
        self.write_beside(record, &[card.circle])?;
        self.show_statement(&card)
    }

    pub(super) fn export_statement(&self, prefix: &str) -> Result<Answer, ApiError> {
        let card = self.find_statement(prefix)?;
        let facts = self.statement_facts(&card);
        let standing = facts.standing();
        let version = standing.released.map(|(version, _)| version).or(standing.newest);
        let version = version.ok_or_else(nothing_frozen)?;
        let words = standing.words.keys().filter_map(|org| {
            let last = facts.last_word(org)?;
            let (word, record) = facts.signed.iter().find(|(word, _)| word.order == last.order)?;
            let of_it = word.signed && word.version == version.order.1 && word.hash == version.hash;
            let device = DeviceId::new(hex(record.text("device")?)?);
            of_it.then(|| SignedWord {
                org: *org,
                org_name: self.org_name(org),
                stance: word.stance.code().to_owned(),
                device,
                signature: record.text("signature").unwrap_or_default().to_owned(),
                at: word.at.clone(),
            })
        });
        Ok(Answer::StatementFile(Box::new(StatementFile {
            format: STATEMENT_FORMAT.to_owned(),
            card: card.id,
            title: card.title().to_owned(),
            state: standing.state(card.state()).to_owned(),
            version: self.version_row(version),
            words: words.collect(),
        })))
    }

    /// What was signed, if this organisation keeps the statement.
    fn kept_by_us(&self, card: &Card) -> Result<StatementFacts, ApiError> {
        let facts = self.statement_facts(card);
        if facts.roles.keepers.contains(&self.org()) {
            return Ok(facts);
        }
        Err(errors::refused(
            "only the owner or a steward of the card freezes and releases its text",
        )
        .hint("`ceiba card show` shows who they are")
        .named("not-keeper", &[]))
    }

    /// A record beside a card, with what all of them have but id and day.
    pub(in crate::node::requests) fn beside_card(
        &self,
        kind: RecordKind,
        card: &Card,
        number: i64,
        by: &str,
    ) -> Result<Record, ApiError> {
        let mut record = Record::new(Schema::of(kind));
        put(&mut record, "card", &card.id.to_string())?;
        put(&mut record, "by", by)?;
        record
            .set(known_path("number")?, Value::Integer(number))
            .map_err(|error| errors::usage(error.to_string()))?;
        Ok(record)
    }
}

fn nothing_frozen() -> ApiError {
    errors::not_found("no text of the statement is frozen yet")
        .hint("the owner or a steward runs `ceiba statement freeze`")
        .named("nothing-frozen", &[])
}

pub(in crate::node::requests) fn put(
    record: &mut Record,
    path: &str,
    text: &str,
) -> Result<(), ApiError> {
    record
        .set(known_path(path)?, Value::Text(text.to_owned()))
        .map_err(|error| errors::usage(error.to_string()))
}
