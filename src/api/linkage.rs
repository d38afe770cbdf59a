//! Requests and answers about claims of one event, and links between incidents.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    api::{answer::IncidentRow, request::CircleName},
    model::id::{CircleId, IncidentId, OrgId},
};

/// Questions and orders about claims of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ClusterRequest {
    /// Pairs of claims that may be of one event. Answer: `Candidates`.
    Candidates {
        /// Only those with this incident: its id or a prefix of it.
        #[serde(default)]
        incident: Option<String>,
        /// Also pairs of claims that one organisation recorded.
        #[serde(default)]
        within_one: bool,
        /// At most so many; 0 is no limit.
        #[serde(default)]
        limit: usize,
    },
    /// Judges a pair. Answer: `Judged`.
    Judge {
        /// One claim: its id or a prefix of it.
        one: String,
        /// The other.
        other: String,
        /// `same_as`, `not_same` or `undone`.
        verdict: String,
        /// Why.
        #[serde(default)]
        reason: Option<String>,
        /// A code for the person who judges.
        #[serde(default)]
        by: Option<String>,
        /// Keys of the one's victims, and who they are among the other's.
        #[serde(default)]
        victims: BTreeMap<String, String>,
        /// In which circle; left out: the coalitions where both can be read, else where both can.
        #[serde(default)]
        circle: Option<CircleName>,
    },
    /// The clusters. Answer: `Clusters`.
    List {
        /// Only what organisations hold against each other.
        #[serde(default)]
        contested: bool,
    },
    /// The claims of one event side by side. Answer: `Cluster`.
    Show {
        /// One of its claims: its id or a prefix of it.
        incident: String,
    },
}

/// Questions and orders about links of own incidents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum LinkRequest {
    /// Links an own incident to another. Answer: `Links`.
    Add {
        /// The own incident: its id or a prefix of it.
        incident: String,
        /// Code of the list `incident_link`.
        link: String,
        /// The other incident: its id or a prefix of it.
        to: String,
        /// Why.
        #[serde(default)]
        note: Option<String>,
    },
    /// The links of an incident, or of all. Answer: `Links`.
    List {
        /// Its id or a prefix of it.
        #[serde(default)]
        incident: Option<String>,
    },
    /// Takes a link of an own incident out. Answer: `Links`.
    Remove {
        /// The own incident: its id or a prefix of it.
        incident: String,
        /// The link's key, as `list` shows it.
        key: String,
    },
}

/// Something that speaks for a candidate, or that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonRow {
    /// What: `name`, `no-name`, `dates`, `place`, `acts`, `territory`, `sex`, `age`, `role`,
    /// `sector`, `unit`, `group-size`, `as-many-victims`, `part-of`.
    pub code: String,
    /// More about it, by name: for a name `level`, `parts`, `by`; for dates `fit`, `apart`; …
    pub given: BTreeMap<String, String>,
}

/// Two claims that may be of one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CandidateRow {
    /// The claim with the smaller id.
    pub first: IncidentRow,
    /// The claim with the greater id.
    pub second: IncidentRow,
    /// `strong`, `likely`, `possible`.
    pub strength: String,
    /// Why.
    pub reasons: Vec<ReasonRow>,
    /// Keys of the first's victims, and who they may be among the second's.
    pub victims: BTreeMap<String, String>,
}

/// Pairs of claims that may be of one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidates {
    /// How many there are.
    pub total: u64,
    /// The strongest of them.
    pub rows: Vec<CandidateRow>,
    /// Remarks: tokens that cannot be compared, and why.
    pub notes: Vec<String>,
}

/// What one organisation holds of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgementRow {
    /// The claim with the smaller id.
    pub first: IncidentId,
    /// The claim with the greater id.
    pub second: IncidentId,
    /// `same_as`, `not_same` or `undone`.
    pub verdict: String,
    /// Who holds it.
    pub author: OrgId,
    /// Its name.
    pub author_name: Option<String>,
    /// The day.
    pub at: Option<String>,
    /// Keys of the first's victims, and who they are among the second's.
    pub victims: BTreeMap<String, String>,
}

/// A judgement that was made, and what follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The judgement.
    pub judgement: JudgementRow,
    /// The circles that it was written in.
    pub circles: Vec<CircleId>,
    /// Their names.
    pub circle_names: Vec<Option<String>>,
    /// The event that the first claim is of now.
    pub event: IncidentId,
    /// The claims of that event.
    pub claims: Vec<IncidentId>,
    /// What it contradicts.
    pub contested: Vec<ContestedRow>,
    /// Remarks.
    pub notes: Vec<String>,
}

/// A *same event* that joins nothing because somebody holds against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContestedRow {
    /// The claim with the smaller id.
    pub first: IncidentId,
    /// The claim with the greater id.
    pub second: IncidentId,
    /// Who holds them to be of one event.
    pub same: Vec<String>,
    /// Pairs that it would join, and who holds them to be of two.
    pub against: Vec<AgainstRow>,
}

/// A pair that somebody holds to be of two events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgainstRow {
    /// The claim with the smaller id.
    pub first: IncidentId,
    /// The claim with the greater id.
    pub second: IncidentId,
    /// Who holds it.
    pub orgs: Vec<String>,
}

/// Clusters and what is contested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clusters {
    /// Each cluster's claims, by the cluster's id.
    pub clusters: BTreeMap<IncidentId, Vec<IncidentRow>>,
    /// What joins nothing because somebody holds against it.
    pub contested: Vec<ContestedRow>,
}

/// One field of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventField {
    /// The value that counts: of the surest claim, then the most exact, then the most recent.
    pub value: serde_json::Value,
    /// The claim that it is from.
    pub from: IncidentId,
    /// What each claim says.
    pub said: BTreeMap<IncidentId, serde_json::Value>,
    /// Whether claims contradict each other.
    pub conflict: bool,
}

/// The claims of one event side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// The event: the smallest id of its claims.
    pub id: IncidentId,
    /// Its claims.
    pub claims: Vec<IncidentRow>,
    /// Its fields.
    pub fields: BTreeMap<String, EventField>,
    /// Its persons: of each, the key among the victims of each claim that knows of them.
    pub persons: Vec<BTreeMap<IncidentId, String>>,
    /// What is held of its pairs, the latest of each organisation.
    pub judgements: Vec<JudgementRow>,
    /// What joins nothing because somebody holds against it.
    pub contested: Vec<ContestedRow>,
}

/// A link between incidents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    /// The incident that says so.
    pub incident: IncidentId,
    /// Its title.
    pub title: String,
    /// The link's key.
    pub key: String,
    /// Code of the list `incident_link`.
    pub link: String,
    /// The other incident.
    pub to: String,
    /// Its title, if it is readable here.
    pub to_title: Option<String>,
    /// Why.
    pub note: Option<String>,
    /// Whether it can be changed here.
    pub own: bool,
}
