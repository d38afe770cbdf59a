//! `ceiba alert watch`

use std::{collections::BTreeMap, time::Duration};

use clap::Args;

use super::super::duration;
use crate::{
    api::{
        Answer, ErrorKind, Request,
        alert::{AlertList, AlertRequest, AlertRow},
    },
    cli::{
        failure::{Failure, own_error},
        render,
        session::Session,
    },
    model::id::{CircleId, OrgId},
};

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// An alert: anybody can copy an id.
type Name = (CircleId, OrgId, String);

/// What a person is told again when it changes.
type Seen = (String, String, u8, Vec<String>, u64, u64);

/// Show alerts as they come and change, with the terminal's bell
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba alert watch")]
pub(crate) struct Watch {
    /// Only of this circle
    #[arg(long, value_name = "CIRCLE")]
    circle: Option<String>,
    /// Stop after this time: 30s, 2h
    #[arg(long = "for", value_name = "DURATION", value_parser = duration::seconds)]
    time: Option<u64>,
    /// Ring no bell
    #[arg(long)]
    quiet_bell: bool,
}

impl Watch {
    pub(super) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let circle = self.circle;
        let request = Request::Alert(AlertRequest::List { circle, all: true, drills: false });
        // One connection: a home that is opened for this command is opened once.
        let mut node = session.connect(&request)?;
        let mut seen: Option<BTreeMap<Name, Seen>> = None;
        let mut left = self.time;
        loop {
            let answer = node.call(request.clone(), &mut |_progress| {})?;
            let Answer::Alerts(list) = answer else {
                return Err(own_error(ErrorKind::Internal, "error-export-strange", &[]).into());
            };
            let now = keys(&list);
            let changed = list.alerts.iter().filter(|row| {
                let key = (row.circle, row.org, row.id.clone());
                match &seen {
                    Some(seen) => seen.get(&key) != now.get(&key),
                    // What is over when the watch begins is no news.
                    None => !is_over(row),
                }
            });
            let mut rings = false;
            for row in changed {
                rings |= row.for_us && !is_over(row);
                if session.ui.is_json() {
                    session.ui.json(row)?;
                } else {
                    let line = render::alert_line_with_news(row, &list.now, session.ui.tongue());
                    session.ui.alarm(&line, row.loud)?;
                }
            }
            if rings && !self.quiet_bell {
                session.ui.ring()?;
            }
            session.ui.flush()?;
            seen = Some(now);
            match &mut left {
                Some(0) => return Ok(()),
                Some(left) => *left = left.saturating_sub(PAUSE.as_secs()),
                None => {}
            }
            std::thread::sleep(PAUSE);
        }
    }
}

fn keys(list: &AlertList) -> BTreeMap<Name, Seen> {
    let key = |row: &AlertRow| {
        let said = (row.updates, row.unconfirmed);
        let (state, level) = (row.state.clone(), row.level.clone());
        let seen = (state, level, row.step, row.taking.clone(), said.0, said.1);
        ((row.circle, row.org, row.id.clone()), seen)
    };
    list.alerts.iter().map(key).collect()
}

fn is_over(row: &AlertRow) -> bool {
    ["stood_down", "harm_occurred", "false_alarm"].contains(&row.state.as_str())
}
