//! The node itself: its making, its status, its partners; and the demo.

use std::path::Path;

use super::{
    circles, devices, incidents, reach,
    table::{Column, Table, facts, paragraph, section},
    words,
};
use crate::{
    api::{
        answer::{Peer, Status, Synced},
        network::{Network, Reach},
    },
    cli::{
        seams::{DemoReport, Initialised, RunEvent},
        tongue::Tongue,
    },
};

/// Recovery words in one line.
const WORDS_PER_LINE: usize = 6;

/// What `init` made, with the recovery words.
pub(crate) fn initialised(made: &Initialised, home: &Path, tongue: Tongue) -> String {
    let mut text = facts(&[
        (tongue.word("organisation"), made.org.to_string()),
        (tongue.word("device"), made.device.to_string()),
        (tongue.word("peer-id"), made.peer_id.clone()),
        (tongue.word("home"), home.display().to_string()),
    ]);
    text.push('\n');
    text.push_str(&paragraph("", tongue.word("recovery-words")));
    text.push('\n');
    for (number, word) in (1..).zip(made.words.split_whitespace()) {
        text.push_str(&format!("  {number:>2} {word:<9}"));
        if number % WORDS_PER_LINE == 0 {
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text.push_str(&format!("\n\n{}\n", tongue.word("next-coalition")));
    text
}

/// What a running node says.
pub(crate) fn run_event(event: &RunEvent, tongue: Tongue) -> String {
    let said = match event {
        RunEvent::Opened { org_name, peer_id } => {
            let given = [("org", org_name.as_str().into()), ("peer", peer_id.as_str().into())];
            tongue.say("run-opened", &given)
        }
        RunEvent::Listening { address } => {
            tongue.say("run-listening", &[("address", address.as_str().into())])
        }
        RunEvent::OpenRosa { address } => {
            tongue.say("run-openrosa", &[("address", address.as_str().into())])
        }
        RunEvent::Ready => tongue.word("run-ready").to_owned(),
        RunEvent::AlertWaits => tongue.word("run-alert-waits").to_owned(),
        RunEvent::Notice { message } => message.clone(),
        RunEvent::Stopped => tongue.word("run-stopped").to_owned(),
    };
    said + "\n"
}

/// How the link is used.
pub(super) fn network(found: &Network, tongue: Tongue) -> String {
    facts(&[(tongue.word("link"), link(found, tongue))])
}

fn link(found: &Network, tongue: Tongue) -> String {
    let limit = found.bandwidth_limit.map(|bits| {
        tongue.say("link-limit", &[("rate", format!("{} kbit/s", bits / 1000).as_str().into())])
    });
    let said = |on: bool, key: &'static str| on.then(|| tongue.word(key).to_owned());
    let reach = match found.reach {
        Reach::Unknown => None,
        Reach::Open => Some("link-open"),
        Reach::Closed => Some("link-closed"),
    };
    let parts: Vec<String> = [
        limit,
        said(found.metered, "link-metered"),
        said(found.nearby, "link-nearby"),
        said(found.relay, "link-relay"),
        said(found.hide_address, "link-hidden"),
        reach.map(|key| tongue.word(key).to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { tongue.word("link-free").to_owned() } else { parts.join(", ") }
}

pub(super) fn status(status: &Status, tongue: Tongue) -> String {
    let node = tongue.word(if status.running { "node-runs" } else { "node-does-not-run" });
    let mut text = facts(&[
        (tongue.word("organisation"), status.org_name.clone()),
        (tongue.word("id"), status.org.to_string()),
        (tongue.word("device"), format!("{} ({})", status.device_label, status.device.short())),
        (tongue.word("device-role"), devices::role(&status.role, tongue)),
        (tongue.word("peer-id"), status.peer_id.clone()),
        (tongue.word("node"), node.to_owned()),
        (tongue.word("link"), link(&status.network, tongue)),
        (tongue.word("incidents"), incident_count(status, tongue)),
    ]);
    text.push_str(&section(tongue.word("listens-on"), &status.listening));
    text.push_str(&format!("\n{}\n", tongue.word("circles")));
    text.push_str(&circles::circles(&status.circles, tongue));
    if !status.peers.is_empty() {
        text.push_str(&format!("\n{}\n", tongue.word("partners-devices")));
        text.push_str(&peers(&status.peers, tongue));
    }
    text.push_str(&reach::of_circles(&status.reach, tongue));
    text.push_str(&section(tongue.word("missing-or-waiting"), &status.waiting));
    text.push_str(&section(tongue.word("store"), &status.store));
    text
}

fn incident_count(status: &Status, tongue: Tongue) -> String {
    match status.conflicts {
        0 => status.incidents.to_string(),
        conflicts => {
            let given = [("incidents", status.incidents.into()), ("fields", conflicts.into())];
            tongue.say("incidents-with-conflicts", &given)
        }
    }
}

pub(super) fn peers(list: &[Peer], tongue: Tongue) -> String {
    if list.is_empty() {
        return paragraph("", tongue.word("no-peers"));
    }
    let mut table = Table::new(&[
        Column::Text(tongue.word("organisation")),
        Column::Whole(tongue.word("peer-id")),
        Column::Text(tongue.word("state")),
        Column::Text(tongue.word("addresses")),
    ]);
    for peer in list {
        let org = peer.org.as_ref().map(|org| words::org(org, peer.org_name.as_ref()));
        table.row([
            org.unwrap_or_else(|| tongue.word("not-certified").to_owned()),
            peer_id(&peer.peer_id),
            words::peer_state(peer, tongue),
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

pub(super) fn synced(synced: &Synced, tongue: Tongue) -> String {
    let given = [("received", synced.received.into()), ("frames", synced.frames_sent.into())];
    let mut text = tongue.say("synced", &given) + "\n";
    if synced.in_sync.is_empty() && synced.failed.is_empty() {
        text.push_str(&format!("{}\n", tongue.word("no-partner-to-sync")));
    }
    text.push_str(&section(tongue.word("in-sync"), &synced.in_sync));
    let failed: Vec<String> =
        synced.failed.iter().map(|(peer, reason)| format!("{peer}: {reason}")).collect();
    text.push_str(&section(tongue.word("not-in-sync"), &failed));
    text
}

/// What the demo did, and whether it holds.
pub(crate) fn demo(report: &DemoReport, tongue: Tongue) -> String {
    let mut text = String::new();
    for part in &report.story {
        text.push_str(&paragraph("", part));
        text.push('\n');
    }
    for partner in &report.partners {
        let given = [
            ("name", partner.name.as_str().into()),
            ("shown", partner.view.rows.len().into()),
            ("total", partner.view.total.into()),
        ];
        text.push_str(&format!("{}\n\n", tongue.say("as-partner-sees", &given)));
        text.push_str(&incidents::rows(&partner.view.rows, tongue));
        text.push_str(&section(tongue.word("may-not-see"), &partner.may_not_see));
        text.push('\n');
    }
    text.push_str(&format!("{}\n", tongue.word("checked")));
    for claim in &report.claims {
        let mark = tongue.word(if claim.held { "claim-holds" } else { "claim-does-not-hold" });
        text.push_str(&paragraph(&format!("  {mark:3}  "), &claim.claim));
    }
    let held = report.claims.iter().filter(|claim| claim.held).count();
    let seconds = report.duration_ms.div_ceil(1000);
    let given =
        [("held", held.into()), ("total", report.claims.len().into()), ("seconds", seconds.into())];
    text.push_str(&format!("\n{}\n", tongue.say("claims-hold", &given)));
    text
}
