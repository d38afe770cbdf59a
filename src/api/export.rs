//! What an export asks of a node, and gets: first what there is, then batch by batch.
//!
//! One answer with all of it would be as large as the registry. So whoever writes the file asks for
//! the ids first, and then for the rows of some of them at a time. Consent is judged when a batch
//! is given out, not when the ids were listed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    api::request::{CircleName, IncidentFilter},
    model::{
        id::{CircleId, IncidentId, OrgId},
        registry::{Record, Tier},
    },
};

/// Incidents in one batch at most.
pub const MAX_BATCH: usize = 500;

/// For whom an export is, and whether a person stands for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// The tier: nothing more closed goes into a row.
    pub tier: Tier,
    /// The tier's code once more, as a person typed it: restricted and sealed need it.
    pub confirmed: Option<String>,
    /// Only what can be read in this circle, as its facets have it.
    pub circle: Option<CircleName>,
    /// For tables alone: rows have year, country and types, of what consent for statistics covers.
    pub statistics: bool,
}

/// One question of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum ExportRequest {
    /// Which incidents there are. Answer: `Plan`.
    Plan {
        /// For whom.
        audience: Audience,
        /// Which incidents; its circle is the audience's.
        filter: Box<IncidentFilter>,
    },
    /// The rows of some incidents. Answer: `Rows`.
    Rows {
        /// For whom.
        audience: Audience,
        /// At most [`MAX_BATCH`].
        incidents: Vec<IncidentId>,
    },
    /// What this organisation wrote, of one part of the archive. Answer: `Records`.
    Records {
        /// The tier's code as a person typed it: `sealed`.
        confirmed: Option<String>,
        /// Which part.
        part: Part,
        /// Leave out so many first.
        offset: u64,
    },
}

/// The parts of the archive of one's own data: one file each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The dossiers in full.
    Incidents,
    /// What was shared of them, as it stands in the circles.
    Facets,
    /// Reviews.
    Reviews,
    /// Judgements of whether two claims are of one event.
    Judgements,
    /// The ledger of consent.
    Consents,
    /// Declarations of coverage.
    Coverage,
    /// What governments reported.
    Government,
    /// Codes that were proposed or endorsed.
    Terms,
    /// Cards of the board that this organisation made, as they stand in each circle.
    Cards,
    /// Lines of checklists that it made.
    Items,
    /// What it said to cards.
    Comments,
    /// Decisions that it put to organisations.
    Ballots,
    /// What it said to ballots.
    Positions,
    /// Ballots that it closed.
    Closings,
    /// Texts that it froze.
    Versions,
    /// Its word on versions.
    Endorsements,
    /// Versions that it released or retired.
    Releases,
    /// Alerts that it raised.
    Alerts,
    /// What it said to alerts.
    AlertEntries,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 19] = [
        Self::Incidents,
        Self::Facets,
        Self::Reviews,
        Self::Judgements,
        Self::Consents,
        Self::Coverage,
        Self::Government,
        Self::Terms,
        Self::Cards,
        Self::Items,
        Self::Comments,
        Self::Ballots,
        Self::Positions,
        Self::Closings,
        Self::Versions,
        Self::Endorsements,
        Self::Releases,
        Self::Alerts,
        Self::AlertEntries,
    ];

    /// The name of its file, without the ending.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Incidents => "incidents",
            Self::Facets => "facets",
            Self::Reviews => "reviews",
            Self::Judgements => "judgements",
            Self::Consents => "consents",
            Self::Coverage => "coverage",
            Self::Government => "government",
            Self::Terms => "terms",
            Self::Cards => "cards",
            Self::Items => "items",
            Self::Comments => "comments",
            Self::Ballots => "ballots",
            Self::Positions => "positions",
            Self::Closings => "closings",
            Self::Versions => "versions",
            Self::Endorsements => "endorsements",
            Self::Releases => "releases",
            Self::Alerts => "alerts",
            Self::AlertEntries => "alert_entries",
        }
    }
}

/// What a node answers to one question of an export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum ExportAnswer {
    /// What there is.
    Plan(Plan),
    /// Rows.
    Rows(Rows),
    /// Records of the archive.
    Records(Records),
}

/// What there is to export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The tier.
    pub tier: Tier,
    /// The day of the export, by the node's clock.
    pub as_of: String,
    /// The organisation that exports.
    pub org: OrgId,
    /// Its name.
    pub org_name: String,
    /// The circle, if one was named.
    pub circle: Option<CircleId>,
    /// Its name.
    pub circle_name: Option<String>,
    /// Version of the code lists.
    pub vocabulary: u32,
    /// English labels of the types of violation that a coalition has adopted, by code.
    #[serde(default)]
    pub adopted_violations: BTreeMap<String, String>,
    /// The incidents, by date and then id.
    pub incidents: Vec<IncidentId>,
}

/// One incident as an audience may read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The incident.
    pub incident: IncidentId,
    /// Who recorded it.
    pub origin: OrgId,
    /// Its name.
    pub origin_name: Option<String>,
    /// Code of the level of verification.
    pub level: String,
    /// What may be read.
    pub record: Record,
}

/// The rows of one batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// In the order in which they were asked for.
    pub rows: Vec<Row>,
    /// Why the others are not there, with the number of each reason.
    pub withheld: BTreeMap<String, u64>,
}

/// Some records of one part of the archive.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Records {
    /// One object a record.
    pub records: Vec<serde_json::Value>,
    /// How many there are in all.
    pub total: u64,
}
