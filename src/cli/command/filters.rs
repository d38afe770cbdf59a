//! Which incidents are meant: the options of every command that takes several.

use clap::Args;

use crate::api::request::IncidentFilter;

/// Options that choose incidents.
#[derive(Debug, Default, Args)]
pub(crate) struct Filters {
    /// Words that must all occur, whatever their accents and case
    #[arg(long, value_name = "WORDS")]
    text: Option<String>,
    /// Two letters: CO, EC, PE, BR, …
    #[arg(long)]
    country: Option<String>,
    /// Code of a violation: killing, death_threat, …
    #[arg(long, value_name = "CODE")]
    violation: Option<String>,
    /// Family of violations: attack, threat, criminalization, …
    #[arg(long, value_name = "FAMILY")]
    family: Option<String>,
    /// Department, state or region: Cauca, CO-CAU
    #[arg(long, value_name = "NAME")]
    admin1: Option<String>,
    /// Words of the place: municipality, territory, farm
    #[arg(long, value_name = "WORDS")]
    place: Option<String>,
    /// Code of an economic sector: mining_illegal, …
    #[arg(long, value_name = "CODE")]
    sector: Option<String>,
    /// Code of a type of perpetrator
    #[arg(long, value_name = "CODE")]
    perpetrator: Option<String>,
    /// Perpetrator's link to the State: state_agent, non_state, …
    #[arg(long, value_name = "CODE")]
    state_link: Option<String>,
    /// Who was harmed: individual, family, community, …
    #[arg(long, value_name = "CODE")]
    counting_unit: Option<String>,
    /// Verification: v2, v2+ (and above), disputed, not_met
    #[arg(long, value_name = "LEVEL")]
    level: Option<String>,
    /// Own, by consent: in_force, partial, none, expired, withdrawn
    #[arg(long, value_name = "STATE")]
    consent: Option<String>,
    /// Earliest date: 2024, 2024-05, 2024-05-03
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Latest date
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// Only what can be read in this circle
    #[arg(long)]
    circle: Option<String>,
    /// Only what this organisation recorded
    #[arg(long)]
    org: Option<String>,
}

/// Options that page and order a list.
#[derive(Debug, Args)]
pub(crate) struct Paging {
    /// Order: date, -date, recorded, level, place
    #[arg(long, value_name = "ORDER", allow_hyphen_values = true)]
    sort: Option<String>,
    /// At most so many; 0 for all
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    /// Leave out so many first
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: usize,
}

impl Filters {
    /// All incidents that are meant, in the order of their dates.
    pub(crate) fn filter(self) -> IncidentFilter {
        let Self {
            text,
            country,
            violation,
            family,
            admin1,
            place,
            sector,
            perpetrator,
            state_link,
            counting_unit,
            level,
            consent,
            from,
            to,
            circle,
            org,
        } = self;
        IncidentFilter {
            text,
            country,
            violation,
            family,
            admin1,
            place,
            sector,
            perpetrator,
            state_link,
            counting_unit,
            level,
            consent,
            from,
            to,
            circle,
            org,
            ..IncidentFilter::default()
        }
    }

    /// A page of them.
    pub(crate) fn page(self, paging: Paging) -> IncidentFilter {
        let Paging { sort, limit, offset } = paging;
        IncidentFilter { sort, limit, offset, ..self.filter() }
    }

    /// The same, also with these words.
    pub(crate) fn words(self, words: &[String]) -> Self {
        let words = self.text.iter().chain(words).cloned().collect::<Vec<_>>().join(" ");
        Self { text: (!words.is_empty()).then_some(words), ..self }
    }
}
