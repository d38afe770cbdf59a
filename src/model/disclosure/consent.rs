//! Which tiers consent opens.

use jiff::{Timestamp as Moment, ToSpan, civil, tz::TimeZone};

use crate::model::{
    registry::{Date, Record, Tier, table},
    time::Timestamp,
    vocabulary::{Terms, Vocabulary},
};

/// Hours for which a life-saving emergency stands in for consent.
const VITAL_INTEREST_HOURS: i64 = 72;

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
    /// A person set a limit.
    #[error("max_tier of this record is {0}")]
    Limit(Tier),
    /// A type of violation that is always restricted, or that this program does not know.
    #[error("a violation of this record is always restricted, or of a type unknown here")]
    AlwaysRestricted,
}

/// What a record says of consent.
#[derive(Debug, Clone, Copy)]
pub struct Consent<'r> {
    record: &'r Record,
    now: Timestamp,
    terms: Option<&'r Terms>,
}

impl<'r> Consent<'r> {
    /// Consent as the record has it, judged at a moment.
    #[must_use]
    pub const fn of(record: &'r Record, now: Timestamp) -> Self {
        Self { record, now, terms: None }
    }

    /// The same, where a coalition has adopted these codes.
    #[must_use]
    pub const fn with_terms(self, terms: &'r Terms) -> Self {
        Self { terms: Some(terms), ..self }
    }

    /// Whether the record may be released for a tier.
    ///
    /// # Errors
    /// When it may not; says which rule forbids it.
    pub fn allows(&self, tier: Tier) -> Result<(), Refusal> {
        if tier == Tier::Sealed {
            return Err(Refusal::Sealed);
        }
        self.is_in_force()?;
        self.basis_allows(tier)?;
        self.limit_allows(tier)?;
        if tier > Tier::Restricted && self.is_always_restricted() {
            return Err(Refusal::AlwaysRestricted);
        }
        Ok(())
    }

    /// Whether names of victims may go with a tier.
    ///
    /// # Errors
    /// When they may not; says which scope would open it.
    pub fn allows_names(&self, tier: Tier) -> Result<(), Refusal> {
        self.allows(tier)?;
        let (enough, needs): (&[&str], _) = match tier {
            Tier::Sealed => return Err(Refusal::Sealed),
            Tier::Restricted => {
                (&["share_partners_named", "share_coalition_id"], "share_partners_named")
            }
            Tier::Coalition => (&["share_coalition_id"], "share_coalition_id"),
            Tier::Public => (&["public_named"], "public_named"),
        };
        let by_consent = !matches!(self.basis(), Some("none_recorded" | "vital_interest"));
        if by_consent && self.has_any(enough) {
            Ok(())
        } else {
            Err(Refusal::Names { tier, needs })
        }
    }

    /// The most open tier that the record may be released for, if any.
    #[must_use]
    pub fn most_open(&self) -> Option<Tier> {
        Tier::ALL.into_iter().rev().find(|tier| self.allows(*tier).is_ok())
    }

    fn basis(&self) -> Option<&'r str> {
        self.record.text(table::CONSENT_BASIS)
    }

    fn is_in_force(&self) -> Result<(), Refusal> {
        // Whatever stands there: somebody meant that consent was withdrawn.
        if self.record.get(table::CONSENT_WITHDRAWN).is_some() {
            return Err(Refusal::Withdrawn);
        }
        if self.record.get(table::CONSENT_EXPIRES).is_none() {
            return Ok(());
        }
        let last = self.date(table::CONSENT_EXPIRES).and_then(|date| date.earliest());
        match (last, self.today()) {
            (Some(last), Some(today)) if today <= last => Ok(()),
            _over_or_unreadable => Err(Refusal::Expired),
        }
    }

    fn basis_allows(&self, tier: Tier) -> Result<(), Refusal> {
        match self.basis().ok_or(Refusal::NoBasis)? {
            "withdrawn" => Err(Refusal::Withdrawn),
            "none_recorded" if tier == Tier::Restricted => Ok(()),
            "none_recorded" => Err(Refusal::NoneRecorded),
            "vital_interest" if tier == Tier::Restricted && self.is_emergency() => Ok(()),
            "vital_interest" => Err(Refusal::VitalInterest),
            "informed_explicit" | "guardian" | "community" | "public_domain" => {
                self.scopes_allow(tier)
            }
            _unknown => Err(Refusal::NoBasis),
        }
    }

    /// With consent, a tier needs a scope that names it. Consent without any scope written down
    /// is as good as none.
    fn scopes_allow(&self, tier: Tier) -> Result<(), Refusal> {
        let (enough, needs): (&[&str], _) = match tier {
            Tier::Sealed => return Err(Refusal::Sealed),
            Tier::Restricted if self.record.under(table::CONSENT_SCOPES).next().is_none() => {
                return Ok(());
            }
            Tier::Restricted => {
                (&["share_partners_named", "share_coalition_id"], "share_partners_named")
            }
            Tier::Coalition => {
                (&["share_coalition_deid", "share_coalition_id"], "share_coalition_deid")
            }
            Tier::Public => (&["public_anonymous", "public_named"], "public_anonymous"),
        };
        if self.has_any(enough) { Ok(()) } else { Err(Refusal::Scope { tier, needs }) }
    }

    fn limit_allows(&self, tier: Tier) -> Result<(), Refusal> {
        let Some(limit) = self.record.get(table::MAX_TIER) else { return Ok(()) };
        let limit = limit.as_text().and_then(Tier::from_code).unwrap_or(Tier::Sealed);
        if tier <= limit { Ok(()) } else { Err(Refusal::Limit(limit)) }
    }

    fn has_any(&self, scopes: &[&str]) -> bool {
        let granted = self.record.set_codes(table::CONSENT_SCOPES);
        scopes.iter().any(|scope| granted.contains(scope))
    }

    fn is_always_restricted(&self) -> bool {
        let acts = self.record.under("acts");
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

    /// Whether the emergency's hours, counted from the first moment of its day, are not over.
    fn is_emergency(&self) -> bool {
        let begun = self.date(table::CONSENT_DATE).and_then(|date| date.earliest());
        let end = begun
            .and_then(|day| day.to_zoned(TimeZone::UTC).ok())
            .and_then(|first| first.timestamp().checked_add(VITAL_INTEREST_HOURS.hours()).ok());
        match (end, self.moment()) {
            (Some(end), Some(now)) => now < end,
            _unknown => false,
        }
    }

    fn date(&self, path: &str) -> Option<Date> {
        self.record.text(path)?.parse().ok()
    }

    fn moment(&self) -> Option<Moment> {
        i64::try_from(self.now.as_millis()).ok().and_then(|ms| Moment::from_millisecond(ms).ok())
    }

    fn today(&self) -> Option<civil::Date> {
        self.moment().map(|now| now.to_zoned(TimeZone::UTC).date())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::registry::Value;

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
        let consent = Consent::of(&record, NOW);
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
        let consent = Consent::of(&record, NOW);
        assert_eq!(consent.allows_names(Tier::Restricted), Ok(()));
        assert!(matches!(consent.allows_names(Tier::Coalition), Err(Refusal::Names { .. })));
        assert_eq!(consent.most_open(), Some(Tier::Coalition));
    }
}
