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
        id::{DeviceId, DocumentId, IncidentId, OrgId},
        registry::{Record, RecordKind},
        rich::RichText,
        verification::Level,
    },
    node::{Node, clock},
    view::RECORD_ID,
};

/// Records of one kind by one device that count for one card: more are looked at by nobody. Those
/// with the smallest numbers: nobody pushes out what another wrote, nor a lost device what the others
/// of its organisation write.
const MAX_RECORDS: usize = 256;
/// Organisations that a version names as its keepers, and as many that it asks.
const MAX_NAMED: usize = 256;
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

/// A record with what it is sorted by.
struct Numbered {
    number: i64,
    id: String,
    document: DocumentId,
    record: Record,
}

impl Node {
    /// The records of a kind that stand beside a card in its circle, with who wrote each: of each
    /// device no more than count.
    pub(in crate::node::requests) fn records_of_card(
        &self,
        card: &Card,
        kind: RecordKind,
    ) -> Vec<(OrgId, Record)> {
        let mut by_org: BTreeMap<OrgId, Vec<Numbered>> = BTreeMap::new();
        for (author, held) in self.view.records_of_card(kind, &card.circle, &card.id) {
            let record = held.record();
            let number = record.get("number").and_then(|it| it.as_integer()).unwrap_or(0);
            // Numbers are from 1: what begins before that was made to be before all others.
            if number < 1 {
                continue;
            }
            let id = record.text(RECORD_ID).unwrap_or_default().to_owned();
            let document = held.document;
            by_org.entry(author).or_default().push(Numbered { number, id, document, record });
        }
        // Others may write into its document as well: that makes it nobody else's.
        let device_of = |org: &OrgId, document: &DocumentId| {
            let logs = self.replica.writers(&(card.circle, *document)).unwrap_or_default();
            let mut devices = logs.into_iter().map(|log| log.device);
            devices.find(|it| self.org_by_device(&card.circle, it).as_ref() == Some(org))
        };
        let count = |(org, records): (OrgId, Vec<Numbered>)| {
            let records = first_of_each(records, |document| device_of(&org, document));
            records.into_iter().map(move |record| (org, record))
        };
        by_org.into_iter().flat_map(count).collect()
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
    /// device is its own and of a role that speaks for it.
    fn may_endorse(&self, card: &Card, org: &OrgId, device: &DeviceId) -> bool {
        let Some(membership) = self.replica.membership(&card.circle) else { return false };
        let speaks = membership
            .device(device)
            .is_some_and(|it| it.org == *org && it.is_active() && it.role().speaks());
        speaks && membership.org(org).is_some_and(|it| it.is_active())
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

/// Of the records of one organisation those that count, of each of its devices.
fn first_of_each(
    records: Vec<Numbered>,
    device_of: impl Fn(&DocumentId) -> Option<DeviceId>,
) -> Vec<Record> {
    // Who wrote which is asked only where it matters.
    let many = records.len() > MAX_RECORDS;
    let mut by_device: BTreeMap<Option<DeviceId>, Vec<Numbered>> = BTreeMap::new();
    for record in records {
        let device = if many { device_of(&record.document) } else { None };
        by_device.entry(device).or_default().push(record);
    }
    let mut count = Vec::new();
    for mut records in by_device.into_values() {
        records.sort_by(|a, b| (a.number, &a.id).cmp(&(b.number, &b.id)));
        count.extend(records.into_iter().take(MAX_RECORDS).map(|it| it.record));
    }
    count
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
    let mut makes: BTreeMap<OrgId, BTreeSet<OrgId>> = BTreeMap::new();
    for (author, record) in records {
        makes.entry(*author).or_default().extend(named(record, "keepers"));
    }
    let (mut keepers, mut open) = (BTreeSet::new(), vec![card.origin]);
    while let Some(keeper) = open.pop() {
        if keepers.insert(keeper) {
            open.extend(makes.get(&keeper).into_iter().flatten());
        }
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
        let few = parts.keepers.len() <= MAX_NAMED && parts.asked.len() <= MAX_NAMED;
        let sound = few
            && HEXLOWER.encode(&statement_hash(&card.id, &parts)) == hash
            && parts.texts.values().all(|text| is_canonical(text));
        let (author, at, FrozenParts { texts, keepers, asked }) = (*author, at(record), parts);
        Some(FrozenText { author, link, follows, at, texts, keepers, asked, hash, sound })
    };
    kept.filter_map(read).collect()
}

/// Whether a text is as this program writes it: what is shown is all that it has.
fn is_canonical(text: &str) -> bool {
    RichText::from_markdown(text).markdown() == *text
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::registry::Schema;

    #[test]
    fn a_lost_device_pushes_out_nothing_of_another() {
        let numbered = |place: usize, device: u8, number: i64| Numbered {
            number,
            id: format!("{place:08x}"),
            document: DocumentId::new([device; 16]),
            record: {
                let mut record = Record::new(Schema::of(RecordKind::Endorsement));
                let id = RECORD_ID.parse().unwrap();
                record.set(id, format!("{place:08x}")).unwrap();
                record
            },
        };
        // One device writes as many as it likes before the other's, which is the last by number.
        let lost = (0..MAX_RECORDS + 44).map(|place| numbered(place, 1, 1));
        let records: Vec<Numbered> = lost.chain([numbered(9_999, 2, 300)]).collect();
        let device_of = |it: &DocumentId| Some(DeviceId::new([it.as_bytes()[0]; 32]));
        let count = first_of_each(records, device_of);
        assert_eq!(count.len(), MAX_RECORDS + 1);
        assert!(count.iter().any(|it| it.text(RECORD_ID) == Some("0000270f")));
        assert!(!count.iter().any(|it| it.text(RECORD_ID) == Some("0000012b")), "of one so many");
    }
}
