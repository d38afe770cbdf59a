//! The signed records of a statement, as the rules take them.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;

use crate::{
    api::statement::StatementFlag,
    board::StatementSummary,
    crypto::endorsed::{Endorsed, FrozenParts, statement_hash, statement_link},
    membership::Membership,
    model::{
        board::{
            Card, EndorsementStance, EndorsementStanding, EndorsementWord, FrozenText, ReleaseAct,
            ReleaseAction, StatementRecords, StatementRoles, StatementStanding, statement_standing,
        },
        disclosure::{Consent, ConsentState},
        id::{DeviceId, IncidentId, OrgId},
        registry::{Record, RecordKind},
        verification::Level,
    },
    node::{Node, clock},
    view::RECORD_ID,
};

/// Records of one kind by one organisation that count for one card: more are looked at by nobody.
/// Those with the smallest numbers: nobody pushes out what another wrote.
const MAX_RECORDS: usize = 256;
/// Earlier records that one names.
pub(super) const MAX_FOLLOWS: usize = 512;

/// Everything that was signed about one statement.
pub(super) struct StatementFacts {
    pub(super) roles: StatementRoles,
    pub(super) records: StatementRecords,
    /// The greatest number of a record.
    last: i64,
}

impl StatementFacts {
    pub(super) fn standing(&self) -> StatementStanding<'_> {
        statement_standing(&self.roles, &self.records)
    }

    /// The number of the next record, which is no more than there are records: how they follow each
    /// other is said by links.
    pub(super) const fn next_number(&self) -> i64 {
        self.last.saturating_add(1)
    }
}

impl Node {
    /// The records of a kind that stand beside a card in its circle, with who wrote each: of each
    /// organisation no more than count.
    pub(in crate::node::requests) fn records_of_card(
        &self,
        card: &Card,
        kind: RecordKind,
    ) -> Vec<(OrgId, Record)> {
        let mut by_org: BTreeMap<OrgId, Vec<(i64, String, Record)>> = BTreeMap::new();
        for (author, held) in self.view.records_of_card(kind, &card.circle, &card.id) {
            let record = held.record();
            let number = record.get("number").and_then(|it| it.as_integer()).unwrap_or(0);
            let id = record.text(RECORD_ID).unwrap_or_default().to_owned();
            by_org.entry(author).or_default().push((number, id, record));
        }
        let first = |(org, mut records): (OrgId, Vec<(i64, String, Record)>)| {
            records.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
            records.into_iter().take(MAX_RECORDS).map(move |(_, _, record)| (org, record))
        };
        by_org.into_iter().flat_map(first).collect()
    }

    pub(super) fn statement_facts(&self, card: &Card) -> StatementFacts {
        let [versions, words, acts] =
            [RecordKind::Version, RecordKind::Endorsement, RecordKind::Release]
                .map(|kind| self.records_of_card(card, kind));
        let count = versions.len().saturating_add(words.len()).saturating_add(acts.len());
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let all = versions.iter().chain(&words).chain(&acts);
        let numbers = all.filter_map(|(_, record)| record.get("number")?.as_integer());
        let last = numbers.map(|number| number.clamp(0, count)).max().unwrap_or(0);
        let words = words.iter().filter_map(|(author, record)| self.word(card, *author, record));
        let acts = acts.iter().filter_map(|(author, record)| {
            let hash = record.text("hash")?.to_owned();
            let action = ReleaseAction::from_code(record.text("action")?)?;
            let (link, follows) = link(author, record, &[&hash, action.code()])?;
            Some(ReleaseAct { author: *author, link, follows, at: at(record), hash, action })
        });
        let records = StatementRecords {
            words: words.collect(),
            acts: acts.collect(),
            versions: frozen(card, &versions),
        };
        StatementFacts { roles: self.statement_roles(card), records, last }
    }

    /// What the views of the board say of a statement.
    pub(in crate::node::requests) fn statement_summary(&self, card: &Card) -> StatementSummary {
        let facts = self.statement_facts(card);
        let standing = facts.standing();
        let with = |of: &[EndorsementStanding]| {
            let words = standing.words.iter().filter(|(_, (word, _))| of.contains(word));
            words.map(|(org, _)| *org).collect()
        };
        StatementSummary {
            state: standing.state(card.state()),
            endorsed: with(&[EndorsementStanding::Endorses]),
            declined: with(&[EndorsementStanding::Declines, EndorsementStanding::Withdrew]),
            frozen: standing.newest.is_some(),
            asked: standing.asked.clone(),
        }
    }

    /// Removed and suspended organisations are not waited for.
    fn statement_roles(&self, card: &Card) -> StatementRoles {
        let orgs = self.replica.membership(&card.circle).map(Membership::orgs);
        let members = orgs.into_iter().flatten().filter(|(_, state)| state.is_active());
        StatementRoles {
            origin: card.origin,
            members: members.map(|(org, _)| *org).collect(),
            asked: orgs_of(card, "asked"),
        }
    }

    /// Whether an endorsement by this device counts as the organisation's: both take part, and the
    /// device is its own.
    fn may_endorse(&self, card: &Card, org: &OrgId, device: &DeviceId) -> bool {
        let Some(membership) = self.replica.membership(&card.circle) else { return false };
        let own = membership.device(device).is_some_and(|it| it.org == *org && it.is_active());
        own && membership.org(org).is_some_and(|it| it.is_active())
    }

    fn word(&self, card: &Card, author: OrgId, record: &Record) -> Option<EndorsementWord> {
        let hash = record.text("hash")?;
        let stance = EndorsementStance::from_code(record.text("stance")?)?;
        let device = record.text("device").and_then(hex).map(DeviceId::new);
        let signature = record.text("signature").unwrap_or_default();
        let signed = || {
            let (device, digest, signature) = (device?, hex(hash)?, hex(signature)?);
            let (card_id, hash, org) = (&card.id, &digest, &author);
            let word = Endorsed { card: card_id, hash, org, stance: stance.code() };
            let own = self.may_endorse(card, &author, &device);
            Some(own && word.is_signed_by(&device, &signature))
        };
        let (link, follows) = link(&author, record, &[hash, stance.code()])?;
        Some(EndorsementWord {
            author,
            link,
            follows,
            at: at(record),
            hash: hash.to_owned(),
            stance,
            device,
            signature: signature.to_owned(),
            signed: signed().unwrap_or(false),
        })
    }

    /// Who changed a card's owner, stewards or who is asked, and keeps the statement not.
    pub(super) fn meddlers(&self, card: &Card, keepers: &BTreeSet<OrgId>) -> BTreeSet<OrgId> {
        let Ok((key, document)) = self.document_of_card(card) else { return BTreeSet::new() };
        let actors = self.actors(&key);
        let roles = ["owner", "stewards", "asked"];
        let changes = document.history().into_iter().filter(|entry| {
            entry.fields.iter().any(|path| roles.iter().any(|role| path.is_under(role)))
        });
        let orgs = changes.filter_map(|entry| actors.get(&entry.actor).copied());
        orgs.filter(|org| !keepers.contains(org)).collect()
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

/// The organisations of a part of a card or record.
pub(super) fn orgs_of(card: &Card, part: &str) -> BTreeSet<OrgId> {
    let entries = card.entries(part);
    entries.values().filter_map(|it| it.get("org")?.parse().ok()).collect()
}

/// The frozen texts of those who may be keepers: nobody else makes this node hash.
fn frozen(card: &Card, records: &[(OrgId, Record)]) -> Vec<FrozenText> {
    let named = |record: &Record, part: &str| -> BTreeSet<OrgId> {
        let named = record.under(part).filter_map(|(_, value)| value.as_text()?.parse().ok());
        named.collect()
    };
    let mut keepers = BTreeSet::from([card.origin]);
    loop {
        let theirs = records.iter().filter(|(author, _)| keepers.contains(author));
        let more: BTreeSet<OrgId> =
            theirs.flat_map(|(_, record)| named(record, "keepers")).collect();
        if more.is_subset(&keepers) {
            break;
        }
        keepers.extend(more);
    }
    let kept = records.iter().filter(|(author, _)| keepers.contains(author));
    let read = |(author, record): &(OrgId, Record)| {
        let texts = record.under("texts").filter_map(|(path, value)| {
            Some((path.segment(1)?.to_owned(), value.as_text()?.to_owned()))
        });
        let hash = record.text("hash")?.to_owned();
        let (keepers, asked) = (named(record, "keepers"), named(record, "asked"));
        let (link, follows) = link(author, record, &[&hash])?;
        let parts = FrozenParts { texts: texts.collect(), keepers, asked };
        let sound = HEXLOWER.encode(&statement_hash(&card.id, &parts)) == hash;
        let (author, at, FrozenParts { texts, keepers, asked }) = (*author, at(record), parts);
        Some(FrozenText { author, link, follows, at, texts, keepers, asked, hash, sound })
    };
    kept.filter_map(read).collect()
}

/// What others call a record, and what it follows.
fn link(author: &OrgId, record: &Record, says: &[&str]) -> Option<(String, BTreeSet<String>)> {
    let follows = record.keys("follows").into_iter().take(MAX_FOLLOWS).map(str::to_owned);
    let follows: BTreeSet<String> = follows.collect();
    let kind = record.schema().to_string();
    let id = record.text(RECORD_ID)?;
    let says: Vec<&str> = [kind.as_str(), id].into_iter().chain(says.iter().copied()).collect();
    Some((statement_link(author, &says, &follows), follows))
}

fn at(record: &Record) -> String {
    record.text("at").unwrap_or_default().to_owned()
}

/// Bytes written as hexadecimal digits.
pub(super) fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}
