//! `ceiba demo`

use std::path::PathBuf;

use clap::Args;

use crate::cli::{failure::Failure, render, seams::DemoOptions, session::Session};

/// Show it all: three partners on this computer found a coalition and share
///
/// Real keys, stores and network connections on loopback, in temporary folders, with synthetic
/// incidents. Everything that is claimed is checked; the exit code is 0 only if all of it holds.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = "Example:\n  ceiba demo --json")]
pub(crate) struct Demo {
    /// Keep the partners' homes in this folder, to look at them afterwards
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

impl Demo {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let mut display = session.ui.progress();
        let report = session.nodes.demo(DemoOptions { keep: self.keep }, &mut |progress| {
            display.show(&progress);
        })?;
        drop(display);
        let shown = if session.ui.is_json() {
            session.ui.json(&report)
        } else {
            session.ui.text(&render::demo(&report, session.ui.tongue()))
        };
        // Also when nobody read it.
        if report.claims.is_empty() || report.claims.iter().any(|claim| !claim.held) {
            return Err(Failure::Disproved);
        }
        shown
    }
}
