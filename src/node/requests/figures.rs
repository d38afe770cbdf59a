//! Figures of one circle: statistics and reports, and the records that they stand on.

mod ground;
mod reporting;

use jiff::civil;

use self::ground::Ground;
use crate::{
    api::{
        Answer, ApiError,
        figures::{Counted, CrossTable, Impunity, StatsRequest, Trend},
    },
    figures::{self, Dimension, Step, Unit},
    node::{Node, errors},
};

impl Node {
    pub(super) fn stats(&mut self, request: StatsRequest) -> Result<Answer, ApiError> {
        match request {
            StatsRequest::Count { filter } => {
                let ground = self.ground(&filter)?;
                let found = figures::count(&ground.events, &ground.filter);
                Ok(Answer::Counted(Counted {
                    basis: ground.basis,
                    acts: found.acts,
                    victims: found.victims,
                    incidents: found.incidents,
                    claims: found.claims,
                    without_consent: found.without_consent,
                }))
            }
            StatsRequest::Cross { filter, rows, columns, unit } => {
                let dimensions = (dimension(&rows)?, dimension(&columns)?);
                let unit = Unit::from_name(&unit).ok_or_else(|| {
                    errors::usage(format!("there is no unit {unit:?}"))
                        .hint("units are acts, victims, incidents, claims")
                })?;
                let ground = self.ground(&filter)?;
                Ok(Answer::CrossTable(Box::new(cross(ground, unit, dimensions))))
            }
            StatsRequest::Trend { filter, by } => {
                let step = Step::from_name(&by).ok_or_else(|| {
                    errors::usage(format!("there is no step {by:?}"))
                        .hint("steps are month, quarter, year")
                })?;
                let ground = self.ground(&filter)?;
                let coverage = self.coverage(&ground.circle, ground.as_of);
                let found = figures::trend(&ground.events, &ground.filter, step, &coverage);
                let (steps, undated) = (found.steps, found.undated);
                Ok(Answer::Trend(Trend { basis: ground.basis, steps, undated }))
            }
            StatsRequest::Impunity { filter, age } => {
                let mut ground = self.ground(&filter)?;
                let found = figures::impunity(&ground.events, &ground.filter, age, ground.as_of);
                let least = crate::model::verification::Level::Verified;
                ground.basis.level = ground.filter.level.max(least).to_string();
                Ok(Answer::Impunity(Impunity {
                    basis: ground.basis,
                    age,
                    incidents: found.incidents,
                    below: found.below,
                    instigator: found.instigator,
                    resolved: found.resolved,
                    ongoing: found.ongoing,
                    none: found.none,
                    share: found.share,
                }))
            }
            StatsRequest::CoverageDeclare { circle, country, years, violations, admin1, note } => {
                self.declare_coverage(
                    circle.as_deref(),
                    &country,
                    years,
                    &violations,
                    &admin1,
                    note,
                )
            }
            StatsRequest::CoverageWithdraw { circle, country, years } => {
                self.withdraw_coverage(circle.as_deref(), &country, years)
            }
            StatsRequest::CoverageList { circle } => {
                let circle = self.figures_circle(circle.as_deref())?;
                Ok(Answer::Coverages(self.coverage_rows(&circle)))
            }
        }
    }
}

fn dimension(name: &str) -> Result<Dimension, ApiError> {
    Dimension::from_name(name).ok_or_else(|| {
        let all: Vec<&str> = Dimension::ALL.iter().map(|it| it.name()).collect();
        errors::usage(format!("there is no dimension {name:?}"))
            .hint(format!("dimensions are {}", all.join(", ")))
    })
}

fn cross(ground: Ground, unit: Unit, dimensions: (Dimension, Dimension)) -> CrossTable {
    let Ground { events, filter, as_of, basis, .. } = ground;
    let found = figures::cross(&events, &filter, unit, dimensions, as_of);
    CrossTable {
        basis,
        unit: unit.name().to_owned(),
        dimensions: (dimensions.0.name().to_owned(), dimensions.1.name().to_owned()),
        rows: found.rows,
        columns: found.columns,
        cells: found.cells,
        row_totals: found.row_totals,
        column_totals: found.column_totals,
        total: found.total,
        hidden: found.hidden,
    }
}

/// A day that a person gives.
pub(super) fn day(text: &str) -> Result<civil::Date, ApiError> {
    text.parse().map_err(|_none| {
        errors::usage(format!("not a day: {:?}", text.chars().take(40).collect::<String>()))
            .hint("write it as 2026-11-23")
    })
}
