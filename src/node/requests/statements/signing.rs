//! Freezing, endorsing and releasing statements.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;

use crate::{
    api::{
        Answer, ApiError,
        statement::{STATEMENT_FORMAT, SignedWord, StatementFile},
    },
    crypto::endorsed::{Endorsed, FrozenParts, statement_hash},
    membership::{VerifiedStatement, proving_chain},
    model::{
        board::{Card, EndorsementStance, EndorsementWord, FrozenText, ReleaseAction},
        id::OrgId,
        registry::{Record, RecordKind, Schema, Value},
    },
    node::{
        Node, errors,
        requests::{
            incidents::known_path,
            statements::{
                MIN_DIGITS, begins,
                facts::{MAX_FOLLOWS, StatementFacts, hex, orgs_of},
                texts_hash,
            },
        },
    },
};

impl Node {
    pub(super) fn freeze_statement(
        &mut self,
        prefix: &str,
        base: Option<&str>,
        keepers: &[String],
        asked: &[String],
        by: &str,
    ) -> Result<Answer, ApiError> {
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
        let base = base.filter(|it| it.len() >= MIN_DIGITS).ok_or_else(base_needed)?;
        if !begins(&texts_hash(&card, &texts), base) {
            return Err(errors::refused("the texts are others than those you read")
                .hint("`ceiba statement show` prints them; freeze again if you agree")
                .named("other-texts", &[]));
        }
        let standing = facts.standing();
        let (mut kept, mut awaited) = self.roles_to_freeze(&card, &facts);
        if !keepers.is_empty() {
            // Who made the card alone leaves others out.
            if self.org() == card.origin {
                kept = BTreeSet::from([self.org()]);
            }
            kept.extend(self.orgs_named(&card, keepers)?);
        }
        if !asked.is_empty() {
            awaited = self.orgs_named(&card, asked)?;
        }
        let frozen = FrozenParts { texts, keepers: kept, asked: awaited };
        let hash = HEXLOWER.encode(&statement_hash(&card.id, &frozen));
        let kept_so = standing.keepers == frozen.keepers;
        if kept_so && standing.newest.is_some_and(|newest| newest.hash == hash) {
            return self.show_statement(&card);
        }
        let mut record = self.beside_card(RecordKind::Version, &card, facts.next_number(), by)?;
        put(&mut record, "hash", &hash)?;
        for (lang, text) in &frozen.texts {
            put(&mut record, &format!("texts/{lang}"), text)?;
        }
        for (part, orgs) in [("keepers", &frozen.keepers), ("asked", &frozen.asked)] {
            for (place, org) in orgs.iter().enumerate() {
                put(&mut record, &format!("{part}/o{place}/org"), &org.to_string())?;
            }
        }
        let newest_first = standing.counted.iter().rev().map(|it| (&it.link, &it.follows));
        // What was done stays done, whoever does not keep the statement from now on.
        let done = standing.acts.iter().map(|act| (&act.link, &act.follows));
        follow(&mut record, &[newest_first.collect(), done.collect()])?;
        // Another may have written what this organisation knows that it must stay.
        self.check_closed_texts(&card.circle, &card.record, &record)?;
        self.write_beside(record, &[card.circle])?;
        self.show_statement(&card)
    }

    /// Who keeps the next version and who is asked, if nobody says: as in the newest; at first as
    /// the card says, unless somebody wrote that who keeps nothing.
    fn roles_to_freeze(
        &self,
        card: &Card,
        facts: &StatementFacts,
    ) -> (BTreeSet<OrgId>, BTreeSet<OrgId>) {
        let standing = facts.standing();
        if let Some(newest) = standing.newest {
            return (standing.keepers.clone(), newest.asked.clone());
        }
        let mut keepers = BTreeSet::from([self.org()]);
        if !self.meddlers(card, &standing.keepers).is_empty() {
            return (keepers, BTreeSet::new());
        }
        keepers.insert(card.owner());
        keepers.extend(orgs_of(card, "stewards"));
        (keepers, orgs_of(card, "asked"))
    }

    fn orgs_named(&self, card: &Card, names: &[String]) -> Result<BTreeSet<OrgId>, ApiError> {
        names.iter().map(|name| self.find_org(&card.circle, name)).collect()
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
        match hash {
            Some(hash) => names_a_text(hash)?,
            None if stance == EndorsementStance::Withdrawn => {}
            None => return Err(hash_needed()),
        }
        if hash.is_some_and(|hash| !begins(&newest.hash, hash)) {
            return Err(errors::refused("the newest frozen text is another than the one you read")
                .hint("`ceiba statement show` prints it; endorse again if you agree")
                .named("other-version", &[]));
        }
        let digest: [u8; 32] =
            hex(&newest.hash).ok_or_else(|| errors::internal("a hash that is none"))?;
        let org = self.org();
        let keys = &self.replica.identity().keys;
        let word = Endorsed { card: &card.id, hash: &digest, org: &org, stance: stance.code() };
        let signature = HEXLOWER.encode(&word.sign(&keys.signing));
        let device = HEXLOWER.encode(keys.device().as_bytes());
        let mut record =
            self.beside_card(RecordKind::Endorsement, &card, facts.next_number(), by)?;
        put(&mut record, "hash", &newest.hash)?;
        put(&mut record, "stance", stance.code())?;
        put(&mut record, "device", &device)?;
        put(&mut record, "signature", &signature)?;
        let own = facts.records.words.iter().filter(|word| word.author == org);
        follow(&mut record, &[own.map(|word| (&word.link, &word.follows)).collect()])?;
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
        standing.newest.ok_or_else(nothing_frozen)?;
        let version: &FrozenText = match (hash, action) {
            (None, ReleaseAction::Release) => return Err(hash_needed()),
            (None, ReleaseAction::Retire) => {
                standing.released.map(|(version, _)| version).ok_or_else(nothing_frozen)?
            }
            (Some(hash), _) => {
                names_a_text(hash)?;
                let named = standing.counted.iter().rev().find(|it| begins(&it.hash, hash));
                named.copied().ok_or_else(|| {
                    errors::not_found("no frozen text of the statement has this hash")
                        .hint("`ceiba statement show` prints the newest with its hash")
                        .named("no-such-version", &[])
                })?
            }
        };
        let mut record = self.beside_card(RecordKind::Release, &card, facts.next_number(), by)?;
        put(&mut record, "hash", &version.hash)?;
        put(&mut record, "action", action.code())?;
        // Those that do not count take no room from those that do.
        for acts in [&standing.acts, &facts.records.acts.iter().collect()] {
            follow(&mut record, &[acts.iter().map(|it| (&it.link, &it.follows)).collect()])?;
        }
        if action == ReleaseAction::Release {
            self.check_closed_texts(&card.circle, &card.record, &shown(version)?)?;
        }
        self.write_beside(record, &[card.circle])?;
        self.show_statement(&card)
    }

    pub(super) fn export_statement(&self, prefix: &str) -> Result<Answer, ApiError> {
        let card = self.find_statement(prefix)?;
        let facts = self.statement_facts(&card);
        let standing = facts.standing();
        let version = standing.released.map(|(version, _)| version).or(standing.newest);
        let version = version.ok_or_else(nothing_frozen)?;
        let ruling = standing.words.values().filter_map(|(_, word)| *word);
        let of_it = ruling.filter(|word| word.signed && word.hash == version.hash);
        let words = of_it.filter_map(|word| self.signed_word(&card, word));
        Ok(Answer::StatementFile(Box::new(StatementFile {
            format: STATEMENT_FORMAT.to_owned(),
            card: card.id,
            title: card.title().to_owned(),
            state: standing.state(card.state()).to_owned(),
            version: self.version_row(version),
            words: words.collect(),
        })))
    }

    /// A word with what proves whose it is.
    fn signed_word(&self, card: &Card, word: &EndorsementWord) -> Option<SignedWord> {
        let membership = self.replica.membership(&card.circle)?;
        let head = membership.org(&word.author)?.manifest?;
        let known = self.replica.statements(&card.circle);
        let chain = proving_chain(&word.author, &head, known)?;
        let encoded = chain.into_iter().map(VerifiedStatement::encode);
        Some(SignedWord {
            org: word.author,
            org_name: self.org_name(&word.author),
            stance: word.stance.code().to_owned(),
            device: word.device?,
            signature: word.signature.clone(),
            at: word.at.clone(),
            manifests: encoded.map(|it| HEXLOWER.encode(&it)).collect(),
        })
    }

    /// What was signed, if this organisation keeps the statement.
    fn kept_by_us(&self, card: &Card) -> Result<StatementFacts, ApiError> {
        let facts = self.statement_facts(card);
        if facts.standing().keepers.contains(&self.org()) {
            return Ok(facts);
        }
        Err(errors::refused("only who keeps the statement freezes and releases its text")
            .hint("at first that is who made the card; `ceiba statement show` shows who it is now")
            .named("not-keeper", &[]))
    }

    /// A record beside a card, with what all of them have but id and day.
    pub(in crate::node) fn beside_card(
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
        .hint("who made the card runs `ceiba statement freeze`")
        .named("nothing-frozen", &[])
}

fn hash_needed() -> ApiError {
    errors::usage(format!("say which text you read: at least {MIN_DIGITS} digits of its hash"))
        .hint("`ceiba statement show` prints the frozen text with its hash; --hash names it")
        .named("hash-needed", &[("digits", &MIN_DIGITS.to_string())])
}

fn base_needed() -> ApiError {
    errors::usage(format!("say which texts you read: at least {MIN_DIGITS} digits of their hash"))
        .hint("`ceiba statement show` prints the texts with their hash; --base names it")
        .named("base-needed", &[("digits", &MIN_DIGITS.to_string())])
}

/// Refuses so few digits of a hash that somebody could have made two texts that both have them.
pub(super) fn names_a_text(hash: &str) -> Result<(), ApiError> {
    if hash.len() < MIN_DIGITS { Err(hash_needed()) } else { Ok(()) }
}

/// A record by its link, and what it follows.
type Earlier<'r> = (&'r String, &'r BTreeSet<String>);

/// Names the records that this one comes after: if there are more than can be named, before all
/// those of each group that no other of it follows. What it names already stays.
fn follow(record: &mut Record, groups: &[Vec<Earlier<'_>>]) -> Result<(), ApiError> {
    let mut named: BTreeSet<String> =
        record.keys("follows").into_iter().map(str::to_owned).collect();
    let (mut first, mut then) = (Vec::new(), Vec::new());
    for group in groups {
        let followed: BTreeSet<&String> = group.iter().flat_map(|(_, follows)| *follows).collect();
        let links = group.iter().map(|(link, _)| *link);
        let (others, last): (Vec<&String>, Vec<&String>) =
            links.partition(|link| followed.contains(link));
        first.extend(last);
        then.extend(others);
    }
    for link in first.into_iter().chain(then) {
        if named.len() < MAX_FOLLOWS && named.insert(link.clone()) {
            record
                .set(known_path(&format!("follows/{link}"))?, Value::Flag(true))
                .map_err(|error| errors::usage(error.to_string()))?;
        }
    }
    Ok(())
}

/// The texts of a version as a record, to look for what must stay.
fn shown(version: &FrozenText) -> Result<Record, ApiError> {
    let mut record = Record::new(Schema::of(RecordKind::Version));
    for (lang, text) in &version.texts {
        put(&mut record, &format!("texts/{lang}"), text)?;
    }
    Ok(record)
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
