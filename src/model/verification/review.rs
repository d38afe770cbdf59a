//! A review as a type: a step that carries what it needs.

use std::{collections::BTreeSet, fmt};

use jiff::civil;

use crate::model::{
    id::OrgId,
    registry::{Date, Record, RecordKind, table, validate::check_value},
    text::fold,
    verification::Level,
};

/// A step in the verification of an incident. What closes comes first: of copies that differ, the
/// least counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// It was found false.
    Refute,
    /// The criteria are not met, or no longer.
    NotMet,
    /// A level that this program does not know: counts as a dispute.
    Unknown,
    /// Opens a dispute.
    Dispute,
    /// Closes a dispute.
    Close {
        /// Id of the review that opened it. Earlier disputes of the same organisation close, too.
        dispute: String,
        /// What was found.
        finding: Finding,
    },
    /// Back to reported: takes back what the person said before.
    Report,
    /// Complete and plausible.
    Screen,
    /// Two or more independent sources.
    Corroborate {
        /// Keys of the sources relied on.
        sources: BTreeSet<String>,
    },
    /// Reasonable grounds to believe it.
    Verify {
        /// Which.
        reasonable_grounds: String,
        /// Keys of the sources relied on, if any are named.
        sources: BTreeSet<String>,
    },
    /// Established by a mandated body.
    Establish {
        /// The body and its decision or report.
        citation: String,
        /// Keys of the sources relied on, if any are named.
        sources: BTreeSet<String>,
    },
}

/// What was found of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// It was right: the incident is false.
    Refuted,
    /// It was right: the criteria are not met.
    NotMet,
    /// The incident stands, at this level at most as far as the closing person goes.
    Stands(Level),
}

impl Step {
    /// The level that the review names.
    #[must_use]
    pub const fn level(&self) -> Option<Level> {
        Some(match self {
            Self::Refute | Self::Close { finding: Finding::Refuted, .. } => Level::Refuted,
            Self::NotMet | Self::Close { finding: Finding::NotMet, .. } => Level::NotMet,
            Self::Unknown => return None,
            Self::Dispute => Level::Disputed,
            Self::Close { finding: Finding::Stands(level), .. } => *level,
            Self::Report => Level::Reported,
            Self::Screen => Level::Screened,
            Self::Corroborate { .. } => Level::Corroborated,
            Self::Verify { .. } => Level::Verified,
            Self::Establish { .. } => Level::Established,
        })
    }

    /// Whether it asks for a higher level.
    #[must_use]
    pub const fn raises(&self) -> bool {
        matches!(
            self,
            Self::Screen | Self::Corroborate { .. } | Self::Verify { .. } | Self::Establish { .. }
        )
    }

    /// Keys of the sources that it relies on.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        let sources = match self {
            Self::Corroborate { sources }
            | Self::Verify { sources, .. }
            | Self::Establish { sources, .. } => Some(sources),
            Self::Refute
            | Self::NotMet
            | Self::Unknown
            | Self::Dispute
            | Self::Close { .. }
            | Self::Report
            | Self::Screen => None,
        };
        sources.into_iter().flatten().map(String::as_str)
    }

    /// Whether it opens what was closed: then an unreadable day keeps it out, else in.
    const fn opens(&self) -> bool {
        self.raises() || matches!(self, Self::Close { .. })
    }
}

/// A review.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Review {
    /// What it says.
    pub step: Step,
    /// Its id, the same in all circles.
    pub id: String,
    /// Its place among those of its author.
    pub number: i64,
    /// The code of the person.
    pub reviewer: String,
    /// Why.
    pub reason: String,
    /// The day when it was decided, as it is written.
    pub at: String,
    /// From which day on it counts; none if from no day on.
    from: Option<civil::Date>,
}

/// Without its texts.
impl fmt::Debug for Review {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Review")
            .field("id", &self.id)
            .field("number", &self.number)
            .field("level", &self.step.level())
            .finish_non_exhaustive()
    }
}

impl Review {
    /// Whether it counts as of a day.
    #[must_use]
    pub fn counts_on(&self, day: civil::Date) -> bool {
        self.from.is_some_and(|from| from <= day)
    }

    /// The person's code as persons are told apart by: without case, accents and punctuation.
    #[must_use]
    pub fn person(&self) -> String {
        fold(&self.reviewer)
    }
}

/// A review and the organisation whose device signed it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignedReview {
    /// The organisation.
    pub author: OrgId,
    /// What it says.
    pub review: Review,
}

/// Why a record has no effect as a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is no review at all.
    #[error("not a review")]
    Kind,
    /// Without an id nothing can refer to it.
    #[error("a review without an id")]
    Id,
    /// It asks for a level and lacks what the step needs.
    #[error("a review to {level} lacks {field}")]
    Lacks {
        /// The level.
        level: Level,
        /// What it lacks.
        field: &'static str,
    },
}

impl SignedReview {
    /// Reads a record of kind review. What would raise the level must be complete; what lowers it is
    /// taken as far as it can be read, and an unknown level as a dispute.
    ///
    /// # Errors
    /// When the record has no effect; says why.
    pub fn read(author: OrgId, record: &Record) -> Result<Self, Unreadable> {
        if record.schema().kind() != Some(RecordKind::Review) {
            return Err(Unreadable::Kind);
        }
        let text = |path: &str| valid_text(record, path);
        let step = step(record)?;
        let day = text("at").and_then(|text| text.parse::<Date>().ok());
        let from = if step.opens() {
            day.and_then(|day| day.latest())
        } else {
            day.and_then(|day| day.earliest()).or(Some(civil::Date::MIN))
        };
        let mut review = Review {
            id: text("id").ok_or(Unreadable::Id)?.to_owned(),
            number: record.get("number").and_then(|it| it.as_integer()).unwrap_or_default(),
            reviewer: text("reviewer_code").unwrap_or_default().to_owned(),
            reason: text("reason").unwrap_or_default().to_owned(),
            at: text("at").unwrap_or_default().to_owned(),
            from,
            step,
        };
        if review.step.opens() {
            let level = review.step.level().unwrap_or(Level::Reported);
            let lacks = |field| Err(Unreadable::Lacks { level, field });
            if review.person().is_empty() {
                return lacks("reviewer_code");
            }
            if review.reason.is_empty() {
                return lacks("reason");
            }
        }
        review.number = review.number.clamp(0, MAX_NUMBER);
        Ok(Self { author, review })
    }

    /// Its place among those of its author.
    pub(super) fn place(&self) -> (i64, &str) {
        (self.review.number, &self.review.id)
    }
}

/// Numbers beyond are of one rank: nobody has so many reviews of one incident.
const MAX_NUMBER: i64 = 10_000_000;

fn step(record: &Record) -> Result<Step, Unreadable> {
    let code = record.text("level").unwrap_or_default();
    let Some(level) = Level::from_code(code) else { return Ok(Step::Unknown) };
    let closes = record.get("closes").is_some();
    let finding = match level {
        Level::Disputed => return Ok(Step::Dispute),
        Level::Refuted if !closes => return Ok(Step::Refute),
        Level::NotMet if !closes => return Ok(Step::NotMet),
        Level::Refuted => Finding::Refuted,
        Level::NotMet => Finding::NotMet,
        Level::Reported
        | Level::Screened
        | Level::Corroborated
        | Level::Verified
        | Level::Established => Finding::Stands(level),
    };
    if closes {
        let dispute = needed(record, level, "closes")?;
        return Ok(Step::Close { dispute, finding });
    }
    let sources = || record.set_codes("sources").into_iter().map(ToOwned::to_owned).collect();
    Ok(match level {
        Level::Refuted => Step::Refute,
        Level::NotMet => Step::NotMet,
        Level::Disputed => Step::Dispute,
        Level::Reported => Step::Report,
        Level::Screened => Step::Screen,
        Level::Corroborated => Step::Corroborate { sources: two(sources(), level)? },
        Level::Verified => Step::Verify {
            reasonable_grounds: needed(record, level, "reasonable_grounds")?,
            sources: sources(),
        },
        Level::Established => {
            Step::Establish { citation: needed(record, level, "citation")?, sources: sources() }
        }
    })
}

fn two(sources: BTreeSet<String>, level: Level) -> Result<BTreeSet<String>, Unreadable> {
    if sources.len() < 2 { Err(Unreadable::Lacks { level, field: "sources" }) } else { Ok(sources) }
}

fn needed(record: &Record, level: Level, field: &'static str) -> Result<String, Unreadable> {
    let text = valid_text(record, field);
    text.map(ToOwned::to_owned).ok_or(Unreadable::Lacks { level, field })
}

/// The text at a path, if it is one that the field may hold.
fn valid_text<'r>(record: &'r Record, path: &str) -> Option<&'r str> {
    let value = record.get(path)?;
    let spec = table::find(record.schema(), &path.parse().ok()?)?;
    check_value(spec, value).ok()?;
    value.as_text()
}
