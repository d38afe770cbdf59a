//! What is said.

use crate::{api::notify::Content, model::alert::Level, node::notice::Notice};

/// What several alerts that wait have in common: the worst of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::node) struct Summary {
    level: Level,
    /// All of them are exercises.
    drill: bool,
    step: u8,
}

impl Summary {
    /// An alert at a step.
    pub(in crate::node) const fn new(level: Level, drill: bool, step: u8) -> Self {
        Self { level, drill, step }
    }

    pub(super) const fn of(notice: &Notice) -> Self {
        Self::new(notice.level, notice.drill, notice.step)
    }

    /// Both. What is real rules over an exercise, however severe that is.
    pub(in crate::node) fn with(self, other: Self) -> Self {
        match (self.drill, other.drill) {
            (false, true) => self,
            (true, false) => other,
            // The most severe comes first.
            _alike => Self {
                level: self.level.min(other.level),
                drill: self.drill,
                step: self.step.max(other.step),
            },
        }
    }
}

/// For people, in three languages at once: which one they read is nobody's business. No letter but
/// those of ASCII, so that every mail server takes it.
pub(super) const WAITS: &str = "An alert waits. Una alerta espera. Um alerta espera.";
/// The same for a test.
pub(super) const TEST: &str = "A test of ceiba. Una prueba de ceiba. Um teste de ceiba.";

/// The text for people; none is a test.
pub(super) fn text(content: Content, summary: Option<Summary>) -> String {
    match (content, summary) {
        (_, None) => TEST.to_owned(),
        (Content::Nothing, Some(_)) => WAITS.to_owned(),
        (Content::Summary, Some(Summary { level, drill, step })) => {
            let drill = if drill { " DRILL" } else { "" };
            format!("{WAITS} [{}{drill} +{step}]", level.code())
        }
    }
}

/// The same for programs.
pub(super) fn json(content: Content, summary: Option<Summary>) -> String {
    match (content, summary) {
        (_, None) => r#"{"event":"test"}"#.to_owned(),
        (Content::Nothing, Some(_)) => r#"{"event":"alert-waits"}"#.to_owned(),
        (Content::Summary, Some(Summary { level, drill, step })) => serde_json::json!({
            "event": "alert-waits", "level": level.code(), "drill": drill, "step": step,
        })
        .to_string(),
    }
}
