//! What one consent says: of a record, or of an entry of the ledger.

use std::{collections::BTreeSet, fmt};

use jiff::{Timestamp as Moment, ToSpan, civil, tz::TimeZone};

use crate::model::{
    disclosure::Refusal,
    registry::{Date, Record, Tier, Value, table},
    time::Timestamp,
};

/// Hours for which a life-saving emergency stands in for consent.
pub(super) const VITAL_INTEREST_HOURS: i64 = 72;

/// How a consent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConsentState {
    /// Taken back: nothing leaves any more.
    Withdrawn,
    /// It has ended, or an emergency's hours are over.
    Expired,
    /// There is none.
    None,
    /// Of some of those concerned it is in force, of others not.
    Partial,
    /// In force.
    InForce,
}

impl ConsentState {
    /// All states, the most closed first.
    pub const ALL: [Self; 5] =
        [Self::Withdrawn, Self::Expired, Self::None, Self::Partial, Self::InForce];

    /// The word for it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::None => "none",
            Self::Partial => "partial",
            Self::InForce => "in_force",
        }
    }

    /// The state with this word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// One consent. What cannot be read closes.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    basis: Option<String>,
    /// The scopes that were agreed to; none if scopes were not written down at all.
    scopes: Option<BTreeSet<String>>,
    date: Option<String>,
    expires: Option<Value>,
    withdrawn: bool,
}

/// Without what it says.
impl fmt::Debug for Grant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Grant").finish_non_exhaustive()
    }
}

impl Grant {
    /// A record's own consent.
    #[must_use]
    pub fn of_record(record: &Record) -> Self {
        Self {
            // Whatever stands there: somebody meant that consent was withdrawn.
            withdrawn: record.get(table::CONSENT_WITHDRAWN).is_some(),
            ..Self::at(record, "consent/")
        }
    }

    /// An entry of the ledger.
    #[must_use]
    pub fn of_entry(entry: &Record) -> Self {
        Self::at(entry, "")
    }

    /// What nobody can read.
    pub(super) const fn unreadable() -> Self {
        Self { basis: None, scopes: None, date: None, expires: None, withdrawn: false }
    }

    fn at(record: &Record, part: &str) -> Self {
        let text = |field: &str| record.text(&format!("{part}{field}")).map(ToOwned::to_owned);
        let scopes = format!("{part}scopes");
        let codes = record.set_codes(&scopes).into_iter().map(ToOwned::to_owned).collect();
        Self {
            basis: text("basis"),
            scopes: record.under(&scopes).next().map(|_flag| codes),
            date: text("date"),
            expires: record.get(&format!("{part}expires")).cloned(),
            withdrawn: false,
        }
    }

    /// The code of the basis, if there is one.
    #[must_use]
    pub fn basis(&self) -> Option<&str> {
        self.basis.as_deref()
    }

    /// The scopes that were agreed to.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().flatten().map(String::as_str)
    }

    /// The last day, if it ends and the day can be read.
    #[must_use]
    pub fn last_day(&self) -> Option<civil::Date> {
        self.expires.as_ref()?.as_text()?.parse::<Date>().ok()?.earliest()
    }

    /// Whether it was taken back.
    #[must_use]
    pub fn is_withdrawn(&self) -> bool {
        self.withdrawn || self.basis() == Some("withdrawn")
    }

    /// Whether it opens a tier.
    ///
    /// # Errors
    /// When it does not; says which rule forbids it.
    pub fn allows(&self, tier: Tier, now: Timestamp) -> Result<(), Refusal> {
        self.is_in_force(now)?;
        match self.basis().ok_or(Refusal::NoBasis)? {
            "withdrawn" => Err(Refusal::Withdrawn),
            "none_recorded" if tier == Tier::Restricted => Ok(()),
            "none_recorded" => Err(Refusal::NoneRecorded),
            "vital_interest" if tier == Tier::Restricted && self.is_emergency(now) => Ok(()),
            "vital_interest" => Err(Refusal::VitalInterest),
            "informed_explicit" | "guardian" | "community" | "public_domain" => {
                self.scopes_allow(tier)
            }
            _unknown => Err(Refusal::NoBasis),
        }
    }

    /// Whether names may go with a tier.
    ///
    /// # Errors
    /// When they may not; says which scope would open it.
    pub fn allows_names(&self, tier: Tier, now: Timestamp) -> Result<(), Refusal> {
        self.allows(tier, now)?;
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

    /// Whether somebody agreed to a scope, and it is in force: neither an emergency nor the lack of
    /// consent is agreement.
    #[must_use]
    pub fn covers(&self, scope: &str, now: Timestamp) -> bool {
        self.state(now) == ConsentState::InForce
            && self.basis() != Some("vital_interest")
            && self.has_any(&[scope])
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> ConsentState {
        match (self.is_in_force(now), self.basis()) {
            (Err(Refusal::Withdrawn), _) | (_, Some("withdrawn")) => ConsentState::Withdrawn,
            (Err(_over), _) => ConsentState::Expired,
            (Ok(()), Some("informed_explicit" | "guardian" | "community" | "public_domain")) => {
                ConsentState::InForce
            }
            (Ok(()), Some("vital_interest")) if self.is_emergency(now) => ConsentState::InForce,
            (Ok(()), Some("vital_interest")) => ConsentState::Expired,
            (Ok(()), _none_or_unknown) => ConsentState::None,
        }
    }

    fn is_in_force(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.withdrawn {
            return Err(Refusal::Withdrawn);
        }
        if self.expires.is_none() {
            return Ok(());
        }
        match (self.last_day(), today(now)) {
            (Some(last), Some(today)) if today <= last => Ok(()),
            _over_or_unreadable => Err(Refusal::Expired),
        }
    }

    /// With consent, a tier needs a scope that names it. Consent without any scope written down
    /// is as good as none.
    fn scopes_allow(&self, tier: Tier) -> Result<(), Refusal> {
        let (enough, needs): (&[&str], _) = match tier {
            Tier::Sealed => return Err(Refusal::Sealed),
            Tier::Restricted if self.scopes.is_none() => return Ok(()),
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

    fn has_any(&self, scopes: &[&str]) -> bool {
        let granted = self.scopes.as_ref();
        granted.is_some_and(|granted| scopes.iter().any(|scope| granted.contains(*scope)))
    }

    /// Whether the emergency's hours, counted from the first moment of its day, are not over.
    fn is_emergency(&self, now: Timestamp) -> bool {
        let begun = self.date.as_ref().and_then(|date| date.parse::<Date>().ok());
        let begun = begun
            .and_then(|date| date.earliest())
            .and_then(|day| day.to_zoned(TimeZone::UTC).ok())
            .map(|first| first.timestamp());
        let end = begun.and_then(|begun| begun.checked_add(VITAL_INTEREST_HOURS.hours()).ok());
        match (begun, end, moment(now)) {
            // A day that is still to come would keep the door open for as long as one likes.
            (Some(begun), Some(end), Some(now)) => begun <= now && now < end,
            _unknown => false,
        }
    }
}

fn moment(now: Timestamp) -> Option<Moment> {
    i64::try_from(now.as_millis()).ok().and_then(|ms| Moment::from_millisecond(ms).ok())
}

fn today(now: Timestamp) -> Option<civil::Date> {
    moment(now).map(|now| now.to_zoned(TimeZone::UTC).date())
}
