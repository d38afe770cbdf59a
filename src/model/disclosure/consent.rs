//! Which tiers the consent of all whom a record concerns opens.
//!
//! **Parties.** A victim with an id in the ledger (`victims/KEY/person`) is judged by the ledger, and
//! one without by the record's own `consent/…`. A community (`consent/community`) is judged by the
//! ledger. The record's own consent is a party of its own where it is anybody's: a victim's without
//! an id, of a record without victims, or a community's without an id.
//!
//! **The whole.** A record may leave for a tier if one party allows it and none has withdrawn for
//! the whole: the record's own withdrawal, or the community's. A victim who does not allow the tier,
//! or who withdrew, is withheld with all that is theirs, and the rest may leave. The record's limits
//! hold whatever anybody allows.
//!
//! Who has an id but no entry has agreed to nothing: the entry may just not have come yet.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    disclosure::{
        ConsentState, Grant, Ledger,
        grant::VITAL_INTEREST_HOURS,
        ledger::{Party, all_texts},
        statistics,
    },
    registry::{FieldPath, Record, Tier, Value, table},
    time::Timestamp,
    vocabulary::{Terms, Vocabulary},
};

/// Why a record is not released for a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The sealed tier is the dossier itself.
    #[error("what is sealed stays in the dossier: choose restricted, coalition or public")]
    Sealed,
    /// There is no basis of consent, or one that this program does not know.
    #[error("consent/basis is missing or unknown: nothing leaves; set it (none_recorded if none)")]
    NoBasis,
    /// Consent was withdrawn.
    #[error("consent was withdrawn: nothing leaves any more")]
    Withdrawn,
    /// Consent has ended, or its end is not readable.
    #[error("consent has ended (consent/expires): nothing new leaves; ask again")]
    Expired,
    /// Without consent, named partners at most.
    #[error("no consent is recorded: restricted at most; record basis and scopes")]
    NoneRecorded,
    /// An emergency stands in for consent for a short time, and for named partners only.
    #[error(
        "vital_interest stands in for consent for {VITAL_INTEREST_HOURS} hours from consent/date, \
         for restricted at most; ask the person"
    )]
    VitalInterest,
    /// The scopes of consent do not cover the tier.
    #[error("consent does not cover {tier}: it needs consent/scopes/{needs}")]
    Scope {
        /// The tier.
        tier: Tier,
        /// A scope that would open it.
        needs: &'static str,
    },
    /// Names were asked for, and consent does not say so.
    #[error("consent does not cover names for {tier}: it needs consent/scopes/{needs}")]
    Names {
        /// The tier.
        tier: Tier,
        /// The scope that would open it.
        needs: &'static str,
    },
    /// Nobody whose acts could be counted has agreed to that.
    #[error("consent for statistics is missing")]
    Statistics,
    /// Who is in the ledger by id only.
    #[error("a person or community of this record has no entry in the ledger of consent")]
    NoEntry,
    /// A person set a limit.
    #[error("max_tier of this record is {0}")]
    Limit(Tier),
    /// A type of violation that is always restricted, or that this program does not know.
    #[error("a violation of this record is always restricted, or of a type unknown here")]
    AlwaysRestricted,
}

/// What all whom a record concerns have agreed to.
#[derive(Debug, Clone)]
pub struct Consent<'r> {
    record: &'r Record,
    /// Values of the record that lost against concurrent ones.
    contested: &'r [(FieldPath, Value)],
    now: Timestamp,
    own: Grant,
    /// Whether the record's own consent is anybody's.
    own_counts: bool,
    community: Option<Party>,
    /// Every victim, with what they agreed to themselves or the record's own consent.
    victims: BTreeMap<&'r str, Party>,
    terms: Option<&'r Terms>,
}

impl<'r> Consent<'r> {
    /// Consent as the record and the ledger have it, judged at a moment. `contested` are values
    /// that lost against concurrent ones: an id among them counts as much.
    #[must_use]
    pub fn of(
        record: &'r Record,
        contested: &'r [(FieldPath, Value)],
        ledger: &Ledger,
        now: Timestamp,
    ) -> Self {
        let own = Grant::of_record(record);
        let mut victims = BTreeMap::new();
        let mut own_counts = false;
        for key in record.keys("victims") {
            let persons = all_texts(record, contested, &format!("victims/{key}/person"));
            own_counts |= persons.is_empty();
            let party = if persons.is_empty() {
                Party::own(own.clone())
            } else {
                Party::of(ledger, &persons)
            };
            victims.insert(key, party);
        }
        let communities = all_texts(record, contested, table::CONSENT_COMMUNITY);
        let community = (!communities.is_empty()).then(|| Party::of(ledger, &communities));
        own_counts |= victims.is_empty() && community.is_none()
            || own.basis() == Some("community") && community.is_none();
        Self { record, contested, now, own, own_counts, community, victims, terms: None }
    }

    /// The same, where a coalition has adopted these codes.
    #[must_use]
    pub fn with_terms(self, terms: &'r Terms) -> Self {
        Self { terms: Some(terms), ..self }
    }

    /// Whether the record may be released for a tier, with what is left of it.
    ///
    /// # Errors
    /// When it may not; says which rule forbids it.
    pub fn allows(&self, tier: Tier) -> Result<(), Refusal> {
        if tier == Tier::Sealed {
            return Err(Refusal::Sealed);
        }
        self.whole_allows()?;
        self.somebody_allows(tier)?;
        self.limits_allow(tier)
    }

    /// Whether what holds whatever anybody allows leaves a tier open: the record's limit, and its
    /// violations.
    ///
    /// # Errors
    /// When it does not; says which rule forbids it.
    pub fn limits_allow(&self, tier: Tier) -> Result<(), Refusal> {
        self.limit_allows(tier)?;
        if tier > Tier::Restricted && self.is_always_restricted() {
            return Err(Refusal::AlwaysRestricted);
        }
        Ok(())
    }

    /// Whether the record may be in figures that anyone may read: somebody has agreed, nobody has
    /// withdrawn for the whole, and the limits leave the public tier open.
    ///
    /// # Errors
    /// When it may not; says which rule forbids it.
    pub fn allows_statistics(&self) -> Result<(), Refusal> {
        self.whole_allows()?;
        if !self.parties().any(|party| party.covers(statistics::SCOPE, self.now)) {
            return Err(Refusal::Statistics);
        }
        self.limits_allow(Tier::Public)
    }

    /// Whether names of some victim may go with a tier.
    ///
    /// # Errors
    /// When they may not; says which scope would open it.
    pub fn allows_names(&self, tier: Tier) -> Result<(), Refusal> {
        self.allows(tier)?;
        let mut refusal = self.own.allows_names(tier, self.now);
        for party in self.victims.values() {
            refusal = party.allows_names(tier, self.now);
            if refusal.is_ok() {
                break;
            }
        }
        refusal
    }

    /// Whether a victim's names may go with a tier.
    pub(super) fn allows_names_of(&self, victim: &str, tier: Tier) -> bool {
        self.victims.get(victim).is_some_and(|it| it.allows_names(tier, self.now).is_ok())
    }

    /// The victims who do not go with a tier.
    #[must_use]
    pub fn withheld(&self, tier: Tier) -> BTreeSet<&'r str> {
        let victims = self.victims.iter();
        victims
            .filter(|(_, party)| party.allows(tier, self.now).is_err())
            .map(|(key, _)| *key)
            .collect()
    }

    /// The most open tier that the record may be released for, if any.
    #[must_use]
    pub fn most_open(&self) -> Option<Tier> {
        Tier::ALL.into_iter().rev().find(|tier| self.allows(*tier).is_ok())
    }

    /// Whether a victim has agreed to a scope.
    #[must_use]
    pub fn covers(&self, victim: &str, scope: &str) -> bool {
        self.victims.get(victim).is_some_and(|party| party.covers(scope, self.now))
    }

    /// Whether all have agreed to a scope.
    #[must_use]
    pub fn everybody_covers(&self, scope: &str) -> bool {
        self.parties().all(|party| party.covers(scope, self.now))
    }

    /// How consent stands, for lists.
    #[must_use]
    pub fn state(&self) -> ConsentState {
        if self.is_withdrawn() {
            return ConsentState::Withdrawn;
        }
        let states: BTreeSet<ConsentState> =
            self.parties().map(|party| party.state(self.now)).collect();
        match (states.first(), states.last()) {
            (Some(first), Some(last)) if first == last => *first,
            (Some(_), Some(ConsentState::InForce)) => ConsentState::Partial,
            (Some(first), _) => *first,
            (None, _) => ConsentState::None,
        }
    }

    /// All whose consent counts, the record's own once.
    fn parties(&self) -> impl Iterator<Item = Party> {
        let own = self.own_counts.then(|| Party::own(self.own.clone()));
        own.into_iter().chain(self.community.clone()).chain(self.victims.values().cloned())
    }

    fn is_withdrawn(&self) -> bool {
        self.own.is_withdrawn() || self.community.as_ref().is_some_and(Party::is_withdrawn)
    }

    /// What closes the whole record.
    fn whole_allows(&self) -> Result<(), Refusal> {
        if self.is_withdrawn() {
            return Err(Refusal::Withdrawn);
        }
        // A basis that nobody here knows can mean anything, also that all is withdrawn.
        let known = |basis| Vocabulary::built_in().term("consent_basis", basis).is_some();
        if !self.own.basis().is_some_and(known) {
            return Err(Refusal::NoBasis);
        }
        match &self.community {
            Some(community) if community.is_unknown() => Err(Refusal::NoEntry),
            _known => Ok(()),
        }
    }

    fn somebody_allows(&self, tier: Tier) -> Result<(), Refusal> {
        let mut refusal = None;
        for party in self.parties() {
            match party.allows(tier, self.now) {
                Ok(()) => return Ok(()),
                Err(it) => {
                    refusal.get_or_insert(it);
                }
            }
        }
        Err(refusal.unwrap_or(Refusal::NoBasis))
    }

    fn limit_allows(&self, tier: Tier) -> Result<(), Refusal> {
        let Some(limit) = self.record.get(table::MAX_TIER) else { return Ok(()) };
        let limit = limit.as_text().and_then(Tier::from_code).unwrap_or(Tier::Sealed);
        if tier <= limit { Ok(()) } else { Err(Refusal::Limit(limit)) }
    }

    fn is_always_restricted(&self) -> bool {
        let lost = self.contested.iter().map(|(path, value)| (path, value));
        let acts = self.record.under("acts").chain(lost.filter(|(path, _)| path.is_under("acts")));
        let mut violations = acts.filter(|(path, _)| path.segment(2) == Some("violation"));
        violations.any(|(_, value)| {
            let Some(code) = value.as_text() else { return true };
            let adopted = || self.terms.and_then(|terms| terms.get("violation_type", code));
            match Vocabulary::built_in().term("violation_type", code) {
                Some(term) => term.always_restricted(),
                None => adopted().is_none_or(crate::model::vocabulary::Wording::always_restricted),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-10T00:00:00Z.
    const NOW: Timestamp = Timestamp::from_millis(1_794_268_800_000);

    fn record(fields: &[(&str, Value)]) -> Record {
        let mut record = Record::incident();
        for (path, value) in fields {
            record.set(path.parse().unwrap(), value.clone()).unwrap();
        }
        record
    }

    fn allowed(fields: &[(&str, Value)]) -> Vec<Tier> {
        let record = record(fields);
        let consent = Consent::of(&record, &[], &Ledger::new(), NOW);
        Tier::ALL.into_iter().filter(|tier| consent.allows(*tier).is_ok()).collect()
    }

    fn scope(name: &str) -> (String, Value) {
        (format!("consent/scopes/{name}"), Value::Flag(true))
    }

    fn with(basis: &str, scopes: &[&str]) -> Vec<Tier> {
        let scopes: Vec<_> = scopes.iter().map(|name| scope(name)).collect();
        let mut fields = vec![("consent/basis", Value::from(basis))];
        fields.extend(scopes.iter().map(|(path, value)| (path.as_str(), value.clone())));
        allowed(&fields)
    }

    #[test]
    fn tiers_open_with_their_scopes() {
        use Tier::{Coalition, Public, Restricted};
        assert_eq!(with("informed_explicit", &[]), [Restricted]);
        assert_eq!(with("informed_explicit", &["store"]), []);
        assert_eq!(with("informed_explicit", &["share_coalition_deid"]), [Coalition]);
        assert_eq!(with("guardian", &["share_coalition_id"]), [Restricted, Coalition]);
        assert_eq!(with("community", &["share_partners_named"]), [Restricted]);
        assert_eq!(with("public_domain", &["public_anonymous"]), [Public]);
        assert_eq!(with("none_recorded", &["public_named"]), [Restricted]);
        assert_eq!(with("withdrawn", &["public_named"]), []);
        assert_eq!(with("a_basis_of_tomorrow", &["public_named"]), []);
        assert_eq!(allowed(&[]), []);
    }

    #[test]
    fn emergencies_and_expiry_run_out() {
        let basis = ("consent/basis", Value::from("vital_interest"));
        let since = |day: &str| allowed(&[basis.clone(), ("consent/date", day.into())]);
        assert_eq!(since("2026-11-08"), [Tier::Restricted]);
        assert_eq!(since("2026-11-07"), []);
        assert_eq!(since("2026-11-10"), [Tier::Restricted]);
        assert_eq!(since("2026-11-11"), [], "a day to come");
        assert_eq!(since("XXXX"), []);
        assert_eq!(allowed(std::slice::from_ref(&basis)), []);
        let basis = ("consent/basis", Value::from("informed_explicit"));
        let until = |day: &str| allowed(&[basis.clone(), ("consent/expires", day.into())]);
        assert_eq!(until("2026-11-10"), [Tier::Restricted]);
        for over in ["2026-11-09", "2026-11", "XXXX", "mañana"] {
            assert_eq!(until(over), [], "{over}");
        }
    }

    #[test]
    fn limits_and_restricted_violations_close() {
        let open = [
            ("consent/basis", Value::from("informed_explicit")),
            ("consent/scopes/public_anonymous", true.into()),
            ("consent/scopes/share_coalition_id", true.into()),
        ];
        assert_eq!(allowed(&open), [Tier::Restricted, Tier::Coalition, Tier::Public]);
        let plus =
            |path, value: &str| allowed(&[open.as_slice(), &[(path, value.into())]].concat());
        assert_eq!(plus("max_tier", "coalition"), [Tier::Restricted, Tier::Coalition]);
        assert_eq!(plus("max_tier", "whatever"), []);
        assert_eq!(plus("acts/1/violation", "sexual_violence"), [Tier::Restricted]);
        assert_eq!(plus("acts/1/violation", "of_tomorrow"), [Tier::Restricted]);
        assert_eq!(plus("consent/withdrawn_at", "?"), []);
    }

    #[test]
    fn names_need_a_scope_of_their_own() {
        let record = record(&[
            ("consent/basis", Value::from("informed_explicit")),
            ("consent/scopes/share_partners_named", true.into()),
            ("consent/scopes/share_coalition_deid", true.into()),
        ]);
        let consent = Consent::of(&record, &[], &Ledger::new(), NOW);
        assert_eq!(consent.allows_names(Tier::Restricted), Ok(()));
        assert!(matches!(consent.allows_names(Tier::Coalition), Err(Refusal::Names { .. })));
        assert_eq!(consent.most_open(), Some(Tier::Coalition));
    }
}
