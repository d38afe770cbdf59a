//! Figures: what may be counted, and how. Pure; two partners who hold the same get the same bytes.
//!
//! ```text
//! claims of one circle ─▶ clusters ─▶ events ─▶ cases ─▶ rows ─▶ tables ─▶ CSV
//!                         (linkage)   value     code     counts  suppressed  and digest
//!                                     of each   of each
//!                                     field     victim
//! ```
//!
//! The report is on indicator 16.10.1 of the Sustainable Development Goals. What the coalition
//! counts is a *shadow* figure: the metadata's own word for verified is "reviewed by mandated
//! bodies". Nothing here reads a clock, a locale, or a name that only this organisation gave.

mod case;
mod category;
mod claim;
mod coverage;
mod digest;
mod eligibility;
mod event;
mod government;
mod legal;
mod period;
mod person;
mod report;
mod rows;
mod seed;
mod statistics;
mod suppress;
mod table;
#[cfg(test)]
mod tests;
mod totals;

pub use self::{
    case::{Case, Standing, cases},
    category::{Code, Family, Line},
    claim::{Claim, Reading},
    coverage::{Coverage, Declaration},
    digest::{Checked, Digest, DigestError, check},
    eligibility::{Act, Aside, DueDiligence, Link, Motivation, Outcome, Population, judge},
    event::{Cluster, Event, SamePerson, events},
    government::{Consistency, Government, GovernmentError, Reported, consistency, open_sdg},
    period::{Period, PeriodError, Placement, When},
    report::{Inputs, Issue, ReportError, report},
    rows::Tally,
    seed::Seed,
    statistics::{Counted, CrossTable, Dimension, Filter, Impunity, Step, Trend, Unit},
    statistics::{count, cross, impunity, trend},
    suppress::{Kind, Mark, System},
    table::Table,
    totals::TotalsError,
};
