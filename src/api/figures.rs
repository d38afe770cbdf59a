//! Requests and answers about figures: statistics, reports, and what they stand on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    api::request::CircleName,
    model::id::{CircleId, OrgId},
};

/// Of which circle, as of which day, and which events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FigureFilter {
    /// Left out: the coalition, if there is one only.
    pub circle: Option<CircleName>,
    /// A day; left out: today.
    pub as_of: Option<String>,
    /// Codes or names; all if there is none.
    pub countries: Vec<String>,
    /// First and last year.
    pub years: Option<(i16, i16)>,
    /// Codes of types of violation; all if there is none.
    pub violations: Vec<String>,
    /// At least so sure: `v3`, `v3_verified`.
    pub level: Option<String>,
}

/// Questions about numbers, and declarations of coverage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum StatsRequest {
    /// Acts, victims, incidents and claims. Answer: `Counted`.
    Count {
        /// Of what.
        #[serde(default)]
        filter: FigureFilter,
    },
    /// One dimension by another, suppressed. Answer: `CrossTable`.
    Cross {
        /// Of what.
        #[serde(default)]
        filter: FigureFilter,
        /// Dimension of the rows.
        rows: String,
        /// Dimension of the columns.
        columns: String,
        /// `acts`, `victims`, `incidents`, `claims`.
        unit: String,
    },
    /// Numbers over time. Answer: `Trend`.
    Trend {
        /// Of what.
        #[serde(default)]
        filter: FigureFilter,
        /// `month`, `quarter`, `year`.
        by: String,
    },
    /// The indicator of impunity. Answer: `Impunity`.
    Impunity {
        /// Of what.
        #[serde(default)]
        filter: FigureFilter,
        /// Age in years from which cases are looked at.
        age: i16,
    },
    /// Declares what this organisation covers. Answer: `Coverages`.
    CoverageDeclare {
        /// Where it is declared; left out: the coalition, if there is one only.
        #[serde(default)]
        circle: Option<CircleName>,
        /// Code or name.
        country: String,
        /// First and last year.
        years: (i16, i16),
        /// Codes of types, families, letters of the indicator, or `all`.
        violations: Vec<String>,
        /// Parts of the country; the whole if there is none.
        #[serde(default)]
        admin1: Vec<String>,
        /// Method, limits.
        #[serde(default)]
        note: Option<String>,
    },
    /// Takes back what was declared of a country and years. Answer: `Coverages`.
    CoverageWithdraw {
        /// Where it was declared.
        #[serde(default)]
        circle: Option<CircleName>,
        /// Code or name.
        country: String,
        /// First and last year.
        years: (i16, i16),
    },
    /// What partners declare. Answer: `Coverages`.
    CoverageList {
        /// Where.
        #[serde(default)]
        circle: Option<CircleName>,
    },
}

/// Reports, and what governments report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ReportRequest {
    /// The shadow report on SDG indicator 16.10.1. Answer: `Issue`.
    Sdg {
        /// The calendar year.
        year: i16,
        /// Another last day of the twelve months.
        #[serde(default)]
        end: Option<String>,
        /// Codes or names; all if there is none.
        #[serde(default)]
        countries: Vec<String>,
        /// A day; left out: today.
        #[serde(default)]
        as_of: Option<String>,
        /// Left out: the coalition, if there is one only.
        #[serde(default)]
        circle: Option<CircleName>,
        /// Whether killings are exempt from suppression, by a decision of the coalition.
        #[serde(default)]
        exempt_killings: bool,
        /// The cases of an earlier issue that is revised.
        #[serde(default)]
        previous: Option<String>,
    },
    /// Records what a government reported. Answer: `Governments`.
    GovernmentAdd {
        /// Where it is recorded; left out: the coalition, if there is one only.
        #[serde(default)]
        circle: Option<CircleName>,
        /// Values by field path.
        fields: BTreeMap<String, String>,
    },
    /// What governments reported. Answer: `Governments`.
    GovernmentList {
        /// Where.
        #[serde(default)]
        circle: Option<CircleName>,
    },
    /// Records what the CSV of an indicator in the form of Open SDG says. Answer: `Governments`.
    GovernmentImport {
        /// Where it is recorded.
        #[serde(default)]
        circle: Option<CircleName>,
        /// The file's content.
        content: Bytes,
        /// The year of a file without any data.
        year: i16,
        /// Fields of every record: country, instrument, url, …
        fields: BTreeMap<String, String>,
    },
}

/// What a number stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The circle whose readings were counted.
    pub circle: CircleId,
    /// Its name.
    pub circle_name: Option<String>,
    /// The day.
    pub as_of: String,
    /// At least so sure.
    pub level: String,
    /// The tier that the numbers are for.
    pub tier: String,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// What it stands on.
    pub basis: Basis,
    /// First and last day.
    pub period: String,
    /// Content by name.
    pub files: BTreeMap<String, String>,
    /// The digest of what went in.
    pub digest: String,
    /// Victims of the strict figure by country; none where no case is not zero cases.
    pub totals: BTreeMap<String, Option<u64>>,
    /// Claims, and the clusters that they form.
    pub claims: usize,
    /// Clusters.
    pub clusters: usize,
}

/// Numbers of each unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// What they stand on.
    pub basis: Basis,
    /// Violations of victims.
    pub acts: usize,
    /// Victims of incidents.
    pub victims: usize,
    /// Events.
    pub incidents: usize,
    /// Tellings of events.
    pub claims: usize,
    /// Victims of whom nothing is counted, for members only.
    pub without_consent: usize,
}

/// One dimension by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrossTable {
    /// What it stands on.
    pub basis: Basis,
    /// What is counted.
    pub unit: String,
    /// Dimensions of rows and columns.
    pub dimensions: (String, String),
    /// Values of the rows.
    pub rows: Vec<String>,
    /// Values of the columns.
    pub columns: Vec<String>,
    /// A line of cells for each row.
    pub cells: Vec<Vec<String>>,
    /// Sums of rows; empty if a thing can be in several columns.
    pub row_totals: Vec<String>,
    /// Sums of columns; empty if a thing can be in several rows.
    pub column_totals: Vec<String>,
    /// How many things.
    pub total: String,
    /// How many cells are hidden.
    pub hidden: usize,
}

/// Numbers over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trend {
    /// What they stand on.
    pub basis: Basis,
    /// Name of each step; acts, victims, incidents, claims.
    pub steps: Vec<(String, [String; 4])>,
    /// What cannot be given to a step.
    pub undated: [usize; 4],
}

/// How far cases came before the law.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impunity {
    /// What it stands on.
    pub basis: Basis,
    /// Age in years from which cases are looked at.
    pub age: i16,
    /// Incidents of that age.
    pub incidents: usize,
    /// Of them, without a conviction of who did it.
    pub below: usize,
    /// With a conviction of who ordered it.
    pub instigator: usize,
    /// A conviction or a final acquittal.
    pub resolved: usize,
    /// Investigation to appeal.
    pub ongoing: usize,
    /// Nothing.
    pub none: usize,
    /// Share without a conviction.
    pub share: String,
}

/// A declaration of coverage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageRow {
    /// Who declares it.
    pub org: OrgId,
    /// Their name.
    pub org_name: Option<String>,
    /// The country.
    pub country: String,
    /// First and last year.
    pub years: (i64, i64),
    /// Types.
    pub violations: Vec<String>,
    /// Parts of the country.
    pub admin1: Vec<String>,
    /// Method, limits.
    pub note: Option<String>,
    /// The day.
    pub at: String,
}

/// What a government reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GovernmentRow {
    /// Who read it.
    pub org: OrgId,
    /// Their name.
    pub org_name: Option<String>,
    /// The record's fields.
    pub fields: BTreeMap<String, serde_json::Value>,
}

/// Bytes that travel as base64 text in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&data_encoding::BASE64.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        data_encoding::BASE64.decode(text.as_bytes()).map(Self).map_err(serde::de::Error::custom)
    }
}
