//! How far a long request has come.

use serde::{Deserialize, Serialize};

/// One report of progress, for people; never the place for a result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is being done, in a few words: `reading rows`, `waiting for a partner`.
    pub step: String,
    /// Units done in this step.
    #[serde(default)]
    pub done: u64,
    /// Units in this step, when they are known.
    #[serde(default)]
    pub total: Option<u64>,
}

impl Progress {
    /// A step whose length is not known.
    pub fn step(step: impl Into<String>) -> Self {
        Self { step: step.into(), done: 0, total: None }
    }

    /// So many units of a step.
    pub fn of(step: impl Into<String>, done: u64, total: u64) -> Self {
        Self { step: step.into(), done, total: Some(total) }
    }
}
