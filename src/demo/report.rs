//! What comes out of the demo, for people and, as JSON, for programs.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Serialize;

use crate::{api::answer::Incidents, demo::Claim};

/// How to run the demo.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DemoOptions {
    /// Keep the partners' homes in this folder.
    pub keep: Option<PathBuf>,
}

/// What the demo did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DemoReport {
    /// What happened, a paragraph each.
    pub story: Vec<String>,
    /// The coalition as each partner sees it.
    pub partners: Vec<DemoPartner>,
    /// Numbers that were counted on the way.
    pub facts: BTreeMap<&'static str, u64>,
    /// What was checked.
    pub claims: Vec<Claim>,
    /// Milliseconds from start to end.
    pub duration_ms: u64,
}

/// One partner's view at the end of the demo.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DemoPartner {
    /// The partner.
    pub name: String,
    /// What it sees, the last rows.
    pub view: Incidents,
    /// What it may not see, one sentence each.
    pub may_not_see: Vec<String>,
}
