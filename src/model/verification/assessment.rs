//! What follows from the reviews, and what is missing.

use std::fmt;

use crate::model::{
    id::OrgId,
    verification::{Level, Review},
};

/// How sure we are of an incident, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// The level: what stands aside comes before what was reached.
    pub level: Level,
    /// The rung that the reviews reach, whatever is disputed.
    pub reached: Level,
    /// The disputes that nobody has closed.
    pub disputes: Vec<OpenDispute>,
    /// What is missing for the rungs above the one that is reached, the nearest first.
    pub missing: Vec<Missing>,
    /// The citations of mandated bodies in reviews that stand.
    pub citations: Vec<String>,
    /// All reviews that count as of the day, in the order of their numbers.
    pub history: Vec<Entry>,
}

impl Assessment {
    /// Whether a mandated body established it, and nothing speaks against it.
    #[must_use]
    pub fn mandated(&self) -> bool {
        self.level == Level::Established
    }

    /// What is missing for the next rung.
    pub fn next(&self) -> impl Iterator<Item = &Missing> {
        let next = self.missing.first().map(|missing| missing.level);
        self.missing.iter().filter(move |missing| Some(missing.level) == next)
    }
}

/// A dispute that nobody has closed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenDispute {
    /// Who opened it.
    pub by: OrgId,
    /// The review that opened it: what a closing one names.
    pub review: String,
    /// What the review says.
    pub level: Option<Level>,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: String,
}

/// A review in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose.
    pub author: OrgId,
    /// What it says.
    pub review: Review,
    /// Whether it still stands: nothing took it back, nobody closed it.
    pub stands: bool,
}

/// One thing that is missing for a level.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// The level that needs it.
    pub level: Level,
    /// What.
    pub need: Need,
}

/// What a level needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// A value of this field.
    Field(String),
    /// Sources that are independent of one another, of which there are too few.
    IndependentSources {
        /// How many there are.
        found: usize,
    },
    /// A review to this level that carries what it needs.
    Review,
    /// A review to this level by one more person.
    SecondPerson,
    /// A review to this level by one more organisation.
    SecondOrganisation,
    /// A review by the organisation that recorded it, or by one more other organisation.
    OriginOrAnother,
}

impl Need {
    /// Whether others have to review, and nothing else is missing.
    #[must_use]
    pub const fn is_of_others(&self) -> bool {
        matches!(self, Self::SecondPerson | Self::SecondOrganisation | Self::OriginOrAnother)
    }

    /// A word for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Field(_) => "field",
            Self::IndependentSources { .. } => "independent_sources",
            Self::Review => "review",
            Self::SecondPerson => "second_person",
            Self::SecondOrganisation => "second_organisation",
            Self::OriginOrAnother => "origin_or_another",
        }
    }

    /// The field that it is about: where to write what is missing.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Field(path) => path,
            Self::IndependentSources { .. } => "sources/KEY/independent",
            Self::Review
            | Self::SecondPerson
            | Self::SecondOrganisation
            | Self::OriginOrAnother => "",
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(path) => write!(f, "{path} is missing"),
            Self::IndependentSources { found } => write!(
                f,
                "two sources that a person flagged independent (sources/KEY/independent) and that \
                 do not derive from one another (sources/KEY/derived_from); {found} found"
            ),
            Self::Review => f.write_str("a review to this level"),
            Self::SecondPerson => f.write_str("a review to this level by a second person"),
            Self::SecondOrganisation => {
                f.write_str("a review to this level by a second organisation")
            }
            Self::OriginOrAnother => f.write_str(
                "a review to this level by the organisation that recorded it, or by one more other",
            ),
        }
    }
}
