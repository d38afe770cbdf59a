//! Reviews and consent, asked for and answered.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    api::{answer::Shared, request::CircleName},
    model::id::{CircleId, IncidentId, OrgId},
};

/// A review to write, of one incident or of many.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewReview {
    /// Ids or prefixes; with `all_own`, none.
    pub incidents: Vec<String>,
    /// Review every incident that this organisation recorded.
    pub all_own: bool,
    /// Only where the imported list states this level or a surer one; without a level, to the level
    /// that it states.
    pub where_stated: bool,
    /// The level: `v1`, `v1_screened`, `disputed`, …
    pub level: Option<String>,
    /// Why.
    pub reason: String,
    /// The person's code in the organisation.
    pub reviewer_code: String,
    /// The person's name, for named partners at most.
    pub reviewer: Option<String>,
    /// Keys of the sources relied on; none for all that are flagged independent.
    pub sources: Vec<String>,
    /// For v3: why there are reasonable grounds.
    pub grounds: Option<String>,
    /// For v4: the body and its decision.
    pub citation: Option<String>,
    /// The dispute that it closes: id of the review that opened it, or a prefix.
    pub closes: Option<String>,
    /// Only into this circle.
    pub circle: Option<CircleName>,
}

/// What reviewing did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Reviewed {
    /// Counts by outcome: `written`, `refused`.
    pub counts: BTreeMap<String, u64>,
    /// Each incident.
    pub incidents: Vec<ReviewedIncident>,
}

/// What reviewing one incident did.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewedIncident {
    /// The incident.
    pub incident: IncidentId,
    /// `written` or `refused`.
    pub outcome: String,
    /// Its level now.
    pub level: String,
    /// The review's id.
    pub review: Option<String>,
    /// Circles in which partners can read the review.
    pub circles: Vec<CircleId>,
    /// Why it was refused.
    pub reason: Option<String>,
    /// What is missing.
    pub missing: Vec<MissingItem>,
}

/// One thing that is missing for a level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingItem {
    /// The level.
    pub level: String,
    /// `field`, `independent_sources`, `review`, `second_person`, …
    pub need: String,
    /// The field to fill in, if it is one.
    pub path: String,
    /// What to do.
    pub help: String,
}

/// How sure we are of an incident, and why.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// The incident.
    pub incident: IncidentId,
    /// Its title.
    pub title: String,
    /// The level.
    pub level: String,
    /// The level that the reviews reach, whatever is disputed or set aside.
    pub reached: String,
    /// Citations of mandated bodies.
    pub citations: Vec<String>,
    /// The level as each circle reads it.
    pub circles: Vec<CircleLevel>,
    /// Open disputes.
    pub disputes: Vec<Dispute>,
    /// All reviews that can be read, in the order of their numbers.
    pub reviews: Vec<ReviewRow>,
    /// What is missing for higher levels, the nearest first.
    pub missing: Vec<MissingItem>,
}

/// The level as a circle reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CircleLevel {
    /// The circle.
    pub circle: CircleId,
    /// Its name.
    pub circle_name: Option<String>,
    /// The level there.
    pub level: String,
}

/// An open dispute.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// The review that opened it: what a closing one names.
    pub review: String,
    /// Who opened it.
    pub org: OrgId,
    /// Its name.
    pub org_name: Option<String>,
    /// Since when.
    pub at: String,
    /// Why.
    pub reason: String,
}

/// A review in the history.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRow {
    /// Its id.
    pub id: String,
    /// Who signed it.
    pub org: OrgId,
    /// Its name.
    pub org_name: Option<String>,
    /// The person's code.
    pub reviewer_code: String,
    /// The person's name, where it can be read.
    pub reviewer: Option<String>,
    /// The level.
    pub level: String,
    /// Why.
    pub reason: String,
    /// The day.
    pub at: String,
    /// The dispute that it closes.
    pub closes: Option<String>,
    /// Sources relied on.
    pub sources: Vec<String>,
    /// Whether it still stands.
    pub stands: bool,
}

/// An entry to write into the ledger of consent.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewConsent {
    /// The incident: id or prefix.
    pub incident: String,
    /// Key of the victim whose consent it is; none for the community's.
    pub victim: Option<String>,
    /// Whose it is, if they have an entry already: id or prefix.
    pub person: Option<String>,
    /// Code of the basis; may be left out to name a person who has an entry.
    pub basis: Option<String>,
    /// Codes of scopes.
    pub scopes: Vec<String>,
    /// When it was given; today if left out.
    pub date: Option<String>,
    /// Until when.
    pub expires: Option<String>,
    /// Who recorded it.
    pub recorded_by: Option<String>,
    /// Written, spoken, by whom.
    pub form: Option<String>,
    /// In which language it was explained.
    pub language: Option<String>,
    /// Whether the risks were explained.
    pub explained_risks: bool,
    /// Whatever else matters.
    pub note: Option<String>,
}

/// What an entry of the ledger did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConsentChanged {
    /// Whose consent; none if it was a record's own.
    pub subject: Option<String>,
    /// The entry's id.
    pub entry: Option<String>,
    /// How it stands now: `in_force`, `expired`, `withdrawn`, `none`, `partial`.
    pub state: String,
    /// Incidents that name them.
    pub incidents: Vec<IncidentId>,
    /// What was taken back of what was shared before, by circle.
    pub taken_back: Vec<Shared>,
    /// Circles where it could not be taken back, with the reason.
    pub failed: Vec<String>,
}

/// A subject of the ledger, or a record with a consent of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentSubject {
    /// Id of the person or community; none for a record's own consent.
    pub subject: Option<String>,
    /// How it stands: `in_force`, `expired`, `withdrawn`, `none`, `partial`.
    pub state: String,
    /// Basis.
    pub basis: String,
    /// Scopes.
    pub scopes: Vec<String>,
    /// Last day, if there is one.
    pub expires: Option<String>,
    /// Entries, the newest last.
    pub entries: Vec<ConsentEntry>,
    /// Where it is named: incident and victim's key, or `community`.
    pub named: Vec<ConsentNaming>,
}

/// An entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentEntry {
    /// Its id.
    pub id: String,
    /// The day when it was written.
    pub at: String,
    /// Basis.
    pub basis: String,
    /// Scopes.
    pub scopes: Vec<String>,
    /// When it was given or withdrawn.
    pub date: String,
    /// Whether it counts: somebody who wrote in it again ended that.
    pub counts: bool,
}

/// Where somebody of the ledger is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentNaming {
    /// The incident.
    pub incident: IncidentId,
    /// The victim's key; none for the community.
    pub victim: Option<String>,
}

/// Debug without the texts: they are of records, and stay out of every log.
macro_rules! without_texts {
    ($($kind:ident),+) => {$(
        impl fmt::Debug for $kind {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.debug_struct(stringify!($kind)).finish_non_exhaustive()
            }
        }
    )+};
}

without_texts!(NewReview, ReviewedIncident, Verification, Dispute, ReviewRow, NewConsent);
