//! The views of the board: questions to the coalition's programme, and what answers them.
//!
//! ```text
//! cards ─┐
//! registry ─┤
//! figures ──┼─▶ Inputs ─▶ list, calendar, tasks, 26 views ─▶ sheets ─▶ text, CSV, Markdown, JSON
//! network ──┤
//! results ──┘
//! ```
//!
//! Pure: the day and everything that comes from elsewhere are arguments. What is known of an
//! incident here is what this node may read of it, never more.

mod calendar;
mod events;
mod inputs;
#[cfg(test)]
mod kit;
mod links;
mod list;
mod outward;
mod sheets;
mod tasks;
mod views;
mod votes;
mod work;

pub use self::{
    calendar::{Dated, Moment, calendar, calendar_sheet},
    inputs::{
        Consent, DecisionStanding, DecisionSummary, Drill, IncidentFacts, Inputs, Intervention,
        Item, NodeFacts, StatementSummary, incidents_of,
    },
    list::{Due, Filter, Order, column_of, columns, list},
    outward::{gives_away, project},
    sheets::{columns_sheet, list_sheet},
    tasks::tasks,
    views::{VIEWS, ViewSpec, view},
    votes::own_rank,
};
