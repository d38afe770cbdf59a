//! Whom to turn to outside: cards of what exists of an alert system.
//!
//! Every member may write in a shared card, and at that step somebody calls the number with names. So
//! only cards of the alert's own coalition are shown, with who made them and who wrote last, and none
//! pushes the others out.

use std::collections::BTreeMap;

use crate::{
    api::alert::Referral,
    model::{
        alert::AlertState,
        board::{Card, CardKind},
        id::{CardId, CircleId, OrgId},
        registry::{Record, RecordKind, table},
        text::fold,
    },
    node::{Node, alerts::HeldAlert},
    view::HeldCard,
};

/// The step from which on the outside is called.
const OUTSIDE: u8 = 3;
/// Fields of a referral that a person needs, beside its languages and functions.
const REFERRAL_FIELDS: [&str; 6] =
    ["provider", "hours", "response_hours", "eligibility", "contact", "tested_on"];
/// Referrals that are shown.
const MAX_REFERRALS: usize = 50;
/// And of one organisation that wrote them.
const MAX_OF_WRITER: usize = 10;

/// A card as it may be relied on here.
struct Found {
    card: Card,
    owner: OrgId,
    writer: Option<OrgId>,
}

impl Node {
    /// Own cards first, then those that nobody but their owner wrote in; each for the alert's country
    /// before those for all.
    pub(super) fn referrals(&self, held: &HeldAlert, state: &AlertState) -> Vec<Referral> {
        if state.step < OUTSIDE || state.phase.is_closed() {
            return Vec::new();
        }
        let country = held.record.text("country").unwrap_or_default().to_uppercase();
        let is_one = |held: &&HeldCard| held.kind == RecordKind::Card(CardKind::AlertElement);
        let mut ids: Vec<CardId> = self.view.board().filter(is_one).map(|held| held.id).collect();
        ids.dedup();
        let mut found = Vec::new();
        for it in ids.iter().filter_map(|id| self.referral_card(id, &held.circle)) {
            let countries = it.card.countries();
            let for_all = countries.is_empty();
            if it.card.is_archived() || !(for_all || countries.contains(&country)) {
                continue;
            }
            let own = it.owner == self.org() && it.writer == Some(self.org());
            let trust = (!own, it.writer != Some(it.owner));
            let referral = self.referral(&it);
            found.push(((trust, for_all, fold(&referral.title)), it.writer, referral));
        }
        found.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        let mut counts: BTreeMap<Option<OrgId>, usize> = BTreeMap::new();
        found.retain(|(_, writer, _)| {
            let count = counts.entry(*writer).or_default();
            *count += 1;
            *count <= MAX_OF_WRITER
        });
        found.into_iter().take(MAX_REFERRALS).map(|(_, _, referral)| referral).collect()
    }

    /// A card as it stands in the alert's circle or the coalition that this is of, without fields that
    /// are more closed than where they stand: nobody was to write them there. Own closed fields come
    /// from the private part, as does a card that is kept at home.
    fn referral_card(&self, id: &CardId, circle: &CircleId) -> Option<Found> {
        let (private, root) = (self.own.private, self.root_of(circle));
        let documents: Vec<&HeldCard> = self.view.board_documents(id).collect();
        let of = |circle: CircleId| documents.iter().find(move |it| it.circle == circle);
        let home = of(private);
        let shared = of(*circle).or_else(|| of(root)).or(home)?;
        let least = self.tier_of_cards(&shared.circle);
        let whole = shared.record();
        let mut record = Record::new(whole.schema().clone());
        let open = whole.iter().filter(|(path, _)| {
            table::find(whole.schema(), path).is_none_or(|spec| spec.tier >= least)
        });
        let at_home = home.filter(|home| home.circle != shared.circle).map(|home| home.record());
        for (path, value) in open.chain(at_home.iter().flat_map(Record::iter)) {
            if !path.is_under("share") {
                let _fits = record.set(path.clone(), value.clone());
            }
        }
        let writer = self.last_writer(shared);
        let card = Card::new(*id, shared.circle, shared.origin, record)?;
        Some(Found { card, owner: shared.origin, writer })
    }

    /// Who wrote in a card last; none if that is not known.
    fn last_writer(&self, held: &HeldCard) -> Option<OrgId> {
        let mut authors = held.authors.iter();
        if let (Some(alone), None) = (authors.next(), authors.next()) {
            return Some(*alone);
        }
        let key = (held.circle, held.document);
        let document = self.replica.document(&key).ok()??;
        let last = document.history().pop()?;
        self.actors(&key).get(&last.actor).copied()
    }

    fn referral(&self, found: &Found) -> Referral {
        let Found { card, owner, writer } = found;
        let field = |path: &&str| Some(((*path).to_owned(), card.record.get(path)?.to_string()));
        let mut fields: BTreeMap<String, String> =
            REFERRAL_FIELDS.iter().filter_map(field).collect();
        for part in ["languages", "functions"] {
            let codes = card.set(part).join(" ");
            if !codes.is_empty() {
                fields.insert(part.to_owned(), codes);
            }
        }
        let countries = card.countries();
        if !countries.is_empty() {
            fields.insert("countries".to_owned(), countries.join(" "));
        }
        Referral {
            title: card.title().to_owned(),
            owner: self.org_label(owner),
            writer: writer.map(|writer| self.org_label(&writer)),
            fields,
        }
    }
}
