//! The node itself: its making, its status, its partners; and the demo.

use std::path::Path;

use super::{
    circles, incidents,
    table::{Column, Table, facts, paragraph, section},
    words,
};
use crate::{
    api::answer::{Peer, Status, Synced},
    cli::seams::{DemoReport, Initialised, RunEvent},
};

/// Recovery words in one line.
const WORDS_PER_LINE: usize = 6;

/// What `init` made, with the recovery words.
pub(crate) fn initialised(made: &Initialised, home: &Path) -> String {
    let mut text = facts(&[
        ("Organisation", made.org.to_string()),
        ("Device", made.device.to_string()),
        ("Peer id", made.peer_id.clone()),
        ("Home", home.display().to_string()),
    ]);
    text.push_str(
        "\nRecovery words: they are the organisation, and are shown only now. Write them",
    );
    text.push_str(" on paper with\ntheir numbers, keep the paper away from this device, and clear");
    text.push_str(" the screen.\n\n");
    for (number, word) in (1..).zip(made.words.split_whitespace()) {
        text.push_str(&format!("  {number:>2} {word:<9}"));
        if number % WORDS_PER_LINE == 0 {
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text.push_str("\n\nNext: `ceiba coalition create NAME`, or `ceiba join -` with a ticket.\n");
    text
}

/// What a running node says.
pub(crate) fn run_event(event: &RunEvent) -> String {
    match event {
        RunEvent::Opened { org_name, peer_id } => format!("{org_name}, peer id {peer_id}\n"),
        RunEvent::Listening { address } => format!("listens on {address}\n"),
        RunEvent::Ready => "ready; stop it with Ctrl-C or `ceiba stop`\n".to_owned(),
        RunEvent::Notice { message } => format!("{message}\n"),
        RunEvent::Stopped => "stopped\n".to_owned(),
    }
}

pub(super) fn status(status: &Status) -> String {
    let node = if status.running { "runs" } else { "does not run; start it with `ceiba run`" };
    let mut text = facts(&[
        ("Organisation", status.org_name.clone()),
        ("Id", status.org.to_string()),
        ("Device", format!("{} ({})", status.device_label, status.device.short())),
        ("Peer id", status.peer_id.clone()),
        ("Node", node.to_owned()),
        ("Incidents", incident_count(status)),
    ]);
    text.push_str(&section("Listens on", &status.listening));
    text.push_str("\nCircles\n");
    text.push_str(&circles::circles(&status.circles));
    if !status.peers.is_empty() {
        text.push_str("\nPartners' devices\n");
        text.push_str(&peers(&status.peers));
    }
    text.push_str(&section("Missing or waiting", &status.waiting));
    text.push_str(&section("Store", &status.store));
    text
}

fn incident_count(status: &Status) -> String {
    match status.conflicts {
        0 => status.incidents.to_string(),
        conflicts => {
            let fields = words::count(conflicts, "field");
            format!("{}, {fields} with conflicts: `ceiba conflicts`", status.incidents)
        }
    }
}

pub(super) fn peers(list: &[Peer]) -> String {
    if list.is_empty() {
        return "No partners' devices are known yet. Add one with `ceiba peer add ADDR`.\n"
            .to_owned();
    }
    let mut table = Table::new(&[
        Column::Text("Organisation"),
        Column::Whole("Peer id"),
        Column::Text("State"),
        Column::Text("Addresses"),
    ]);
    for peer in list {
        let org = peer.org.as_ref().map(|org| words::org(org, peer.org_name.as_ref()));
        table.row([
            org.unwrap_or_else(|| "(not certified yet)".to_owned()),
            peer_id(&peer.peer_id),
            words::peer_state(peer),
            addresses(peer),
        ]);
    }
    table.render()
}

/// The last characters differ; the first are alike in all.
fn peer_id(id: &str) -> String {
    let length = id.chars().count();
    if length <= 16 {
        id.to_owned()
    } else {
        format!("…{}", id.chars().skip(length - 12).collect::<String>())
    }
}

/// Addresses without the peer id, which has its own column.
fn addresses(peer: &Peer) -> String {
    let plain =
        |address: &String| address.split("/p2p/").next().map(str::to_owned).unwrap_or_default();
    peer.addresses.iter().map(plain).collect::<Vec<_>>().join(" ")
}

pub(super) fn synced(synced: &Synced) -> String {
    let received = words::count(synced.received, "entry").replace("entrys", "entries");
    let mut text = format!("Received {received}; sent {} frames\n", synced.frames_sent);
    if synced.in_sync.is_empty() && synced.failed.is_empty() {
        text.push_str("There is no partner to sync with yet.\n");
    }
    text.push_str(&section("Nothing is missing with", &synced.in_sync));
    let failed: Vec<String> =
        synced.failed.iter().map(|(peer, reason)| format!("{peer}: {reason}")).collect();
    text.push_str(&section("Not in sync", &failed));
    text
}

/// What the demo did, and whether it holds.
pub(crate) fn demo(report: &DemoReport) -> String {
    let mut text = String::new();
    for part in &report.story {
        text.push_str(&paragraph("", part));
        text.push('\n');
    }
    for partner in &report.partners {
        let (shown, total) = (partner.view.rows.len(), partner.view.total);
        text.push_str(&format!("As {} sees it: the last {shown} of {total}\n\n", partner.name));
        text.push_str(&incidents::rows(&partner.view.rows));
        text.push_str(&section("May not see", &partner.may_not_see));
        text.push('\n');
    }
    text.push_str("Checked\n");
    for claim in &report.claims {
        let mark = if claim.held { "  yes  " } else { "  NO   " };
        text.push_str(&paragraph(mark, &claim.claim));
    }
    let held = report.claims.iter().filter(|claim| claim.held).count();
    let seconds = report.duration_ms.div_ceil(1000);
    text.push_str(&format!("\n{held} of {} claims hold; {seconds} s\n", report.claims.len()));
    text
}
