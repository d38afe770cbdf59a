//! The signed records of a statement, as the rules take them.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;

use crate::{
    api::statement::StatementFlag,
    crypto::endorsed::{Endorsed, statement_hash},
    membership::Membership,
    model::{
        board::{
            Card, EndorsementStance, EndorsementWord, FrozenText, Order, ReleaseAct, ReleaseAction,
            StatementRoles, StatementStanding, statement_standing,
        },
        disclosure::{Consent, ConsentState},
        id::{DeviceId, IncidentId, OrgId},
        registry::{Record, RecordKind},
        verification::Level,
    },
    node::{Node, clock},
    view::RECORD_ID,
};

/// Everything that was signed about one statement.
pub(in crate::node::requests) struct StatementFacts {
    pub(in crate::node::requests) roles: StatementRoles,
    pub(super) versions: Vec<FrozenText>,
    pub(super) words: Vec<EndorsementWord>,
    pub(super) acts: Vec<ReleaseAct>,
    /// The words' records, for an export.
    pub(super) signed: Vec<(EndorsementWord, Record)>,
}

impl StatementFacts {
    pub(in crate::node::requests) fn standing(&self) -> StatementStanding<'_> {
        statement_standing(&self.roles, &self.versions, &self.words, &self.acts)
    }

    /// The last word of an organisation.
    pub(super) fn last_word(&self, org: &OrgId) -> Option<&EndorsementWord> {
        self.words.iter().filter(|word| word.author == *org).max_by_key(|word| &word.order)
    }

    /// The number of the next record.
    pub(super) fn next_number(&self) -> i64 {
        let versions = self.versions.iter().map(|it| it.order.0);
        let words = self.words.iter().map(|it| it.order.0);
        let acts = self.acts.iter().map(|it| it.order.0);
        versions.chain(words).chain(acts).max().unwrap_or(0).saturating_add(1)
    }
}

impl Node {
    /// The records of a kind that stand beside a card in its circle, with who wrote each.
    pub(in crate::node::requests) fn records_of_card(
        &self,
        card: &Card,
        kind: RecordKind,
    ) -> Vec<(OrgId, Record)> {
        let id = card.id.to_string();
        let records = self.view.records(kind).filter(|(_, held)| held.circle == card.circle);
        let records = records.map(|(author, held)| (author, held.record()));
        records.filter(|(_, record)| record.text("card") == Some(id.as_str())).collect()
    }

    pub(in crate::node::requests) fn statement_facts(&self, card: &Card) -> StatementFacts {
        let [versions, words, acts] =
            [RecordKind::Version, RecordKind::Endorsement, RecordKind::Release]
                .map(|kind| self.records_of_card(card, kind));
        // What somebody numbers counts at most as much as there are records: nobody blocks others.
        let count = versions.len().saturating_add(words.len()).saturating_add(acts.len());
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let versions = versions.iter().filter_map(|(author, record)| {
            let texts = record.under("texts").filter_map(|(path, value)| {
                Some((path.segment(1)?.to_owned(), value.as_text()?.to_owned()))
            });
            let texts = texts.collect();
            let hash = record.text("hash")?.to_owned();
            let sound = HEXLOWER.encode(&statement_hash(&card.id, &texts)) == hash;
            let (order, at) = (order(record, count)?, at(record));
            Some(FrozenText { author: *author, order, at, texts, hash, sound })
        });
        let signed: Vec<(EndorsementWord, Record)> = words
            .into_iter()
            .filter_map(|(author, record)| Some((self.word(card, author, &record, count)?, record)))
            .collect();
        let acts = acts.iter().filter_map(|(author, record)| {
            Some(ReleaseAct {
                author: *author,
                order: order(record, count)?,
                at: at(record),
                version: record.text("version")?.to_owned(),
                hash: record.text("hash")?.to_owned(),
                action: ReleaseAction::from_code(record.text("action")?)?,
            })
        });
        StatementFacts {
            roles: self.statement_roles(card),
            versions: versions.collect(),
            words: signed.iter().map(|(word, _)| word.clone()).collect(),
            acts: acts.collect(),
            signed,
        }
    }

    /// The owner and the stewards keep a statement; where nobody is named, all members are asked.
    /// The state that a statement is in.
    pub(in crate::node::requests) fn statement_state(&self, card: &Card) -> &'static str {
        self.statement_facts(card).standing().state(card.state())
    }

    fn statement_roles(&self, card: &Card) -> StatementRoles {
        let orgs = |part: &str| -> BTreeSet<OrgId> {
            let entries = card.entries(part);
            entries.values().filter_map(|it| it.get("org")?.parse().ok()).collect()
        };
        let mut keepers = orgs("stewards");
        keepers.insert(card.owner());
        let mut asked = orgs("asked");
        if asked.is_empty() {
            let members = self.replica.membership(&card.circle).map(Membership::orgs);
            asked = members.into_iter().flat_map(|orgs| orgs.keys().copied()).collect();
        }
        StatementRoles { keepers, asked }
    }

    fn word(
        &self,
        card: &Card,
        author: OrgId,
        record: &Record,
        count: i64,
    ) -> Option<EndorsementWord> {
        let (version, hash) = (record.text("version")?, record.text("hash")?);
        let stance = EndorsementStance::from_code(record.text("stance")?)?;
        let signed = || {
            let device = DeviceId::new(hex(record.text("device")?)?);
            let (digest, signature) = (hex(hash)?, hex(record.text("signature")?)?);
            let own = self.org_by_device(&card.circle, &device) == Some(author);
            let (card, hash, org) = (&card.id, &digest, &author);
            let word = Endorsed { card, version, hash, org, stance: stance.code() };
            Some(own && word.is_signed_by(&device, &signature))
        };
        Some(EndorsementWord {
            author,
            order: order(record, count)?,
            at: at(record),
            version: version.to_owned(),
            hash: hash.to_owned(),
            stance,
            signed: signed().unwrap_or(false),
        })
    }

    /// Cited incidents that do not hold any more, as far as this organisation can read them.
    pub(super) fn statement_flags(&self, card: &Card) -> Vec<StatementFlag> {
        let links = card.entries("links");
        let cited: BTreeSet<&String> = links.values().filter_map(|it| it.get("incident")).collect();
        let flag = |text: &&String| {
            let reason = match text.parse::<IncidentId>() {
                Ok(incident) => self.why_not_cited(card, &incident)?,
                Err(_malformed) => "gone",
            };
            Some(StatementFlag { incident: (*text).clone(), reason: reason.to_owned() })
        };
        cited.iter().filter_map(flag).collect()
    }

    fn why_not_cited(&self, card: &Card, incident: &IncidentId) -> Option<&'static str> {
        let documents: Vec<Record> =
            self.view.documents(incident).map(|held| held.record().unpack()).collect();
        // Who withdraws a facet empties it: nothing is left but what the program writes.
        let says = |record: &Record| {
            record.iter().any(|(path, _)| !path.is_under("meta") && !path.is_under("disclosure"))
        };
        if !documents.iter().any(says) {
            return Some("gone");
        }
        let ledger = self.view.ledger(&self.own.private);
        let withdrawn = |record: &Record| {
            let consent = Consent::of(record, &[], &ledger, clock::now());
            consent.state() == ConsentState::Withdrawn
        };
        if documents.iter().any(withdrawn) {
            return Some("withdrawn");
        }
        match self.view.level(incident, Some(card.circle)) {
            Level::NotMet => Some("not_met"),
            Level::Refuted => Some("refuted"),
            Level::Reported
            | Level::Disputed
            | Level::Screened
            | Level::Corroborated
            | Level::Verified
            | Level::Established => None,
        }
    }
}

fn order(record: &Record, count: i64) -> Option<Order> {
    let number = record.get("number")?.as_integer()?.clamp(0, count);
    Some((number, record.text(RECORD_ID)?.to_owned()))
}

fn at(record: &Record) -> String {
    record.text("at").unwrap_or_default().to_owned()
}

/// Bytes written as hexadecimal digits.
pub(super) fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}
