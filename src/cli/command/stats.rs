//! `ceiba stats`

use clap::{Args, Subcommand};

use crate::api::{
    Request,
    figures::{FigureFilter, StatsRequest},
};

/// Numbers of the registry: acts, victims, incidents and claims, kept apart
///
/// Counted is what the coalition's circle reads, in clusters of claims of one event, as of a day,
/// of persons whose consent covers statistics. Small numbers of cross-tables are hidden (<5), and so
/// much beside them (*) that nobody works them out. Silence is not zero: where nobody declares
/// coverage, `..` stands and not 0.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba stats count --country CO --from 2024 --to 2024"
)]
pub(crate) enum Stats {
    Count(Count),
    Cross(Cross),
    Trend(Trend),
    Impunity(Impunity),
    #[command(subcommand)]
    Coverage(Coverage),
}

/// Of what numbers are.
#[derive(Debug, Args)]
struct Filter {
    /// Two letters: CO, EC, PE, BR, …; may be given again
    #[arg(long)]
    country: Vec<String>,
    /// First year
    #[arg(long, value_name = "YEAR")]
    from: Option<i16>,
    /// Last year
    #[arg(long, value_name = "YEAR")]
    to: Option<i16>,
    /// Code of a violation; may be given again
    #[arg(long, value_name = "CODE")]
    violation: Vec<String>,
    /// At least so sure: v0, v1, v2, v3, v4
    #[arg(long)]
    level: Option<String>,
    /// As of this day, not today
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// Circle whose readings are counted; the coalition when there is only one
    #[arg(long)]
    circle: Option<String>,
}

impl Filter {
    fn filter(self) -> FigureFilter {
        let years = match (self.from, self.to) {
            (None, None) => None,
            (Some(first), None) => Some((first, first)),
            (None, Some(last)) => Some((last, last)),
            (Some(first), Some(last)) => Some((first, last)),
        };
        FigureFilter {
            circle: self.circle,
            as_of: self.as_of,
            countries: self.country,
            years,
            violations: self.violation,
            level: self.level,
        }
    }
}

/// Count acts, victims, incidents and claims
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba stats count --violation killing --level v3")]
pub(crate) struct Count {
    #[command(flatten)]
    filter: Filter,
}

/// Count by two dimensions, with small numbers hidden
///
/// Dimensions: violation, family, sdg, country, admin1, year, quarter, month, sex, age,
/// population_group, sdg_population, role, sector, perpetrator_type, state_link, level, origin,
/// legal_stage, counting_unit, block.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba stats cross --rows violation --columns sex --country CO"
)]
pub(crate) struct Cross {
    /// Dimension of the rows
    #[arg(long, value_name = "DIMENSION")]
    rows: String,
    /// Dimension of the columns
    #[arg(long, value_name = "DIMENSION")]
    columns: String,
    /// What is counted: acts, victims, incidents, claims
    #[arg(long, default_value = "victims")]
    unit: String,
    #[command(flatten)]
    filter: Filter,
}

/// Numbers by month, quarter or year
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba stats trend --by quarter --violation death_threat")]
pub(crate) struct Trend {
    /// month, quarter or year
    #[arg(long, default_value = "year", value_name = "STEP")]
    by: String,
    #[command(flatten)]
    filter: Filter,
}

/// The share of verified incidents of some age without a conviction of who did it
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba stats impunity --years 3 --country CO")]
pub(crate) struct Impunity {
    /// Age in years from which incidents are looked at
    #[arg(long, default_value_t = 3, value_name = "YEARS")]
    years: i16,
    #[command(flatten)]
    filter: Filter,
}

/// Declare what this organisation covers, without which no case is not zero cases
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  ceiba stats coverage list")]
pub(crate) enum Coverage {
    Declare(Declare),
    Withdraw(Withdraw),
    List(List),
}

/// Declare that this organisation would know of cases of some types in a country and years
///
/// A declaration takes the place of an earlier one for the same country and years.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba stats coverage declare --country CO --from 2020 --to 2024 --violation killing --violation torture"
)]
pub(crate) struct Declare {
    /// Two letters: CO, EC, PE, BR, …
    #[arg(long)]
    country: String,
    /// First year
    #[arg(long, value_name = "YEAR")]
    from: i16,
    /// Last year
    #[arg(long, value_name = "YEAR")]
    to: i16,
    /// Code of a violation, a family, a letter of the indicator, or all; may be given again
    #[arg(long, required = true, value_name = "CODE")]
    violation: Vec<String>,
    /// Only this part of the country; may be given again
    #[arg(long, value_name = "NAME")]
    admin1: Vec<String>,
    /// Method, limits; for partners
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Circle where it is declared; the coalition when there is only one
    #[arg(long)]
    circle: Option<String>,
}

/// Take back what this organisation declared of a country and years
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba stats coverage withdraw --country CO --from 2020 --to 2024"
)]
pub(crate) struct Withdraw {
    /// Two letters: CO, EC, PE, BR, …
    #[arg(long)]
    country: String,
    /// First year
    #[arg(long, value_name = "YEAR")]
    from: i16,
    /// Last year
    #[arg(long, value_name = "YEAR")]
    to: i16,
    /// Circle where it was declared; the coalition when there is only one
    #[arg(long)]
    circle: Option<String>,
}

/// List what partners declare
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba stats coverage list")]
pub(crate) struct List {
    /// Circle; the coalition when there is only one
    #[arg(long)]
    circle: Option<String>,
}

impl Stats {
    pub(crate) fn request(self) -> Request {
        Request::Stats(Box::new(match self {
            Self::Count(Count { filter }) => StatsRequest::Count { filter: filter.filter() },
            Self::Cross(Cross { rows, columns, unit, filter }) => {
                StatsRequest::Cross { filter: filter.filter(), rows, columns, unit }
            }
            Self::Trend(Trend { by, filter }) => {
                StatsRequest::Trend { filter: filter.filter(), by }
            }
            Self::Impunity(Impunity { years, filter }) => {
                StatsRequest::Impunity { filter: filter.filter(), age: years }
            }
            Self::Coverage(coverage) => coverage.request(),
        }))
    }
}

impl Coverage {
    fn request(self) -> StatsRequest {
        match self {
            Self::Declare(it) => StatsRequest::CoverageDeclare {
                circle: it.circle,
                country: it.country,
                years: (it.from, it.to),
                violations: it.violation,
                admin1: it.admin1,
                note: it.note,
            },
            Self::Withdraw(it) => StatsRequest::CoverageWithdraw {
                circle: it.circle,
                country: it.country,
                years: (it.from, it.to),
            },
            Self::List(it) => StatsRequest::CoverageList { circle: it.circle },
        }
    }
}
