//! Whom to turn to outside: cards of what exists of an alert system.
//!
//! Every member may write in a shared card, and at that step somebody calls the number with names. So
//! only cards of the alert's own coalition are shown, with who made them and what of them others wrote,
//! and none pushes the others out.

use std::collections::BTreeMap;

use crate::{
    api::alert::Referral,
    model::{
        alert::AlertState,
        board::{Card, CardKind},
        id::{CardId, CircleId, OrgId},
        registry::{FieldPath, Record, RecordKind, table},
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
/// Its title, its sets, and the one country that it may have in their place.
const TITLE: &str = "title";
const LANGUAGES: &str = "languages";
const FUNCTIONS: &str = "functions";
const COUNTRIES: &str = "countries";
const COUNTRY: &str = "country";
/// Referrals that are shown.
const MAX_REFERRALS: usize = 50;
/// And of one organisation: as many that it alone wrote, and as many in which others did.
const MAX_OF_OWNER: usize = 10;

/// A card as it may be relied on here.
struct Found {
    card: Card,
    owner: OrgId,
    /// Fields of a referral whose value is not the owner's, with whose it is, if that is known.
    others: BTreeMap<String, Option<OrgId>>,
}

impl Node {
    /// Own cards first, then those of which all that is shown is their owner's; each for the alert's
    /// country before those for all.
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
            let altered = !it.others.is_empty();
            let trust = (altered, it.owner != self.org());
            let referral = self.referral(&it);
            found.push(((trust, for_all, fold(&referral.title)), (it.owner, altered), referral));
        }
        found.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        let mut counts: BTreeMap<(OrgId, bool), usize> = BTreeMap::new();
        found.retain(|(_, whose, _)| {
            let count = counts.entry(*whose).or_default();
            *count += 1;
            *count <= MAX_OF_OWNER
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
        let at_home = at_home.unwrap_or_else(|| Record::new(whole.schema().clone()));
        for (path, value) in open.chain(at_home.iter()) {
            if !path.is_under("share") {
                let _fits = record.set(path.clone(), value.clone());
            }
        }
        let others = self.words_of_others(shared, &record, &at_home);
        let card = Card::new(*id, shared.circle, shared.origin, record)?;
        Some(Found { card, owner: shared.origin, others })
    }

    /// The fields of a referral whose value somebody else than the card's owner wrote, with who did:
    /// the latest change of a card says nothing of the number in it. What stands at home is our own.
    fn words_of_others(
        &self,
        held: &HeldCard,
        record: &Record,
        at_home: &Record,
    ) -> BTreeMap<String, Option<OrgId>> {
        if held.authors.iter().eq([&held.origin]) {
            return BTreeMap::new();
        }
        let key = (held.circle, held.document);
        let document = self.replica.document(&key).ok().flatten();
        let document = document.map(|document| document.proven(record.schema().clone()));
        let actors = self.actors(&key);
        // A document that was written once has one author, and nothing more is read of it.
        let alone = held.authors.first().filter(|_org| held.authors.len() == 1);
        let said_by = |org: &OrgId| {
            document.as_ref().map(|document| document.record_by(|it| actors.get(it) == Some(org)))
        };
        let owners = said_by(&held.origin);
        let said: Vec<(OrgId, Record)> =
            held.authors.iter().filter_map(|org| Some((*org, said_by(org)?))).collect();
        let mut others = BTreeMap::new();
        for (path, value) in record.iter() {
            let says = |of: &Record| of.get(path.as_str()) == Some(value);
            let Some(field) = shown_field(path) else { continue };
            if says(at_home) || owners.as_ref().is_some_and(says) {
                continue;
            }
            let writer = said.iter().find(|(_org, of)| says(of)).map(|(org, _of)| *org);
            others.insert(field.to_owned(), writer.or_else(|| alone.copied()));
        }
        others
    }

    fn referral(&self, found: &Found) -> Referral {
        let Found { card, owner, others } = found;
        let field = |path: &&str| Some(((*path).to_owned(), card.record.get(path)?.to_string()));
        let mut fields: BTreeMap<String, String> =
            REFERRAL_FIELDS.iter().filter_map(field).collect();
        for part in [LANGUAGES, FUNCTIONS] {
            let codes = card.set(part).join(" ");
            if !codes.is_empty() {
                fields.insert(part.to_owned(), codes);
            }
        }
        let countries = card.countries();
        if !countries.is_empty() {
            fields.insert(COUNTRIES.to_owned(), countries.join(" "));
        }
        Referral {
            title: card.title().to_owned(),
            owner: self.org_label(owner),
            others: others
                .iter()
                .map(|(field, writer)| (field.clone(), writer.map(|org| self.org_label(&org))))
                .collect(),
            fields,
        }
    }
}

/// The field of a referral that a value of a card goes into.
fn shown_field(path: &FieldPath) -> Option<&'static str> {
    let plain = [TITLE].into_iter().chain(REFERRAL_FIELDS).find(|field| path.as_str() == *field);
    let part = || [LANGUAGES, FUNCTIONS, COUNTRIES].into_iter().find(|part| path.is_under(part));
    let country = || (path.as_str() == COUNTRY).then_some(COUNTRIES);
    plain.or_else(part).or_else(country)
}
