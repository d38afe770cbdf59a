//! The devices of this organisation.

use super::{
    table::{Column, Table, facts, paragraph},
    words,
};
use crate::{
    api::device::{Deposited, Device, DeviceChanged, DeviceDraft, KeptVotes},
    cli::{
        seams::{Accepted, Entering, Requested},
        tongue::Tongue,
    },
    model::id::StatementId,
};

pub(super) fn devices(list: &[Device], tongue: Tongue) -> String {
    let mut table = Table::new(&[
        Column::Whole(tongue.word("id")),
        Column::Text(tongue.word("device-label")),
        Column::Text(tongue.word("device-role")),
        Column::Whole(tongue.word("state")),
        Column::Number(tongue.word("entries")),
        Column::Text(tongue.word("remarks")),
    ]);
    for device in list {
        table.row([
            device.device.short(),
            device.label.clone().unwrap_or_default(),
            role(&device.role, tongue),
            state(&device.state, tongue),
            device.entries.to_string(),
            remarks(device, tongue),
        ]);
    }
    table.render()
}

fn remarks(device: &Device, tongue: Tongue) -> String {
    let own = device.own.then(|| tongue.word("device-own"));
    let signs = device.signs.then(|| tongue.word("device-signs"));
    own.into_iter().chain(signs).collect::<Vec<_>>().join(", ")
}

/// A role; its code, which commands take, is the same in all languages.
pub(super) fn role(code: &str, tongue: Tongue) -> String {
    let told = match code {
        "dropbox" => tongue.word("device-role-dropbox"),
        "field" => tongue.word("device-role-field"),
        "node" => tongue.word("device-role-node"),
        "admin" => tongue.word("device-role-admin"),
        _later => return code.to_owned(),
    };
    format!("{code} ({told})")
}

fn state(code: &str, tongue: Tongue) -> String {
    let told = match code {
        "active" => tongue.word("device-state-active"),
        "suspended" => tongue.word("device-state-suspended"),
        "revoked" => tongue.word("device-state-revoked"),
        "contested" => tongue.word("device-state-contested"),
        later => later,
    };
    told.to_owned()
}

fn lane(code: &str, tongue: Tongue) -> String {
    let told = match code {
        "control" => tongue.word("device-lane-control"),
        "alert" => tongue.word("device-lane-alert"),
        "record" => tongue.word("device-lane-record"),
        later => later,
    };
    told.to_owned()
}

/// What is to be confirmed.
pub(crate) fn draft(draft: &DeviceDraft, tongue: Tongue) -> String {
    let mut told = vec![
        (tongue.word("device"), draft.device.to_string()),
        (tongue.word("device-label"), draft.label.clone()),
        (tongue.word("device-role"), role(&draft.role, tongue)),
    ];
    if draft.manifest.is_none() {
        told.push((tongue.word("remarks"), tongue.word("device-again").to_owned()));
    }
    if let Some(fingerprint) = &draft.fingerprint {
        told.push((tongue.word("device-fingerprint"), fingerprint.clone()));
    }
    let mut text = facts(&told);
    if draft.fingerprint.is_some() {
        text.push('\n');
        text.push_str(&paragraph("", tongue.word("device-compare")));
        return text;
    }
    text.push('\n');
    text.push_str(&paragraph("", tongue.word("device-kept")));
    let mut table = Table::new(&[
        Column::Whole(tongue.word("device-log")),
        Column::Text(tongue.word("circle")),
        Column::Whole(tongue.word("device-lane")),
        Column::Number(tongue.word("device-held")),
        Column::Text(tongue.word("device-counts")),
    ]);
    for log in &draft.logs {
        table.row([
            log.log.clone(),
            words::circle(&log.circle, log.circle_name.as_ref()),
            lane(&log.lane, tongue),
            log.held.to_string(),
            if log.no_room {
                tongue.word("device-no-room").to_owned()
            } else {
                log.kept.to_string()
            },
        ]);
    }
    text.push_str(&table.render());
    let late = draft.logs.iter().filter(|it| it.late > 0);
    let late: Vec<String> = late.map(|it| format!("{} ({})", it.log, it.late)).collect();
    if !late.is_empty() {
        let given = [("logs", late.join(", ").into())];
        text.push_str(&paragraph("", &tongue.say("device-late", &given)));
    }
    text.push('\n');
    if !draft.votes.is_empty() {
        text.push_str(&votes(&draft.votes, tongue));
        text.push('\n');
    }
    text.push_str(&paragraph("", tongue.word("device-revoke-limits")));
    text
}

/// What becomes of the decisions that a device approved.
fn votes(kept: &[KeptVotes], tongue: Tongue) -> String {
    let mut text = paragraph("", tongue.word("device-votes"));
    let mut table = Table::new(&[
        Column::Text(tongue.word("circle")),
        Column::Number(tongue.word("device-approved")),
        Column::Number(tongue.word("device-standing")),
    ]);
    for votes in kept {
        table.row([
            words::circle(&votes.circle, votes.circle_name.as_ref()),
            votes.approved.to_string(),
            votes.standing.to_string(),
        ]);
    }
    text.push_str(&table.render());
    if kept.iter().any(|it| it.standing > 0) {
        text.push_str(&paragraph("", tongue.word("device-votes-stand")));
    }
    for votes in kept {
        let circle = words::circle(&votes.circle, votes.circle_name.as_ref());
        let told = |key, names: &[String]| {
            let given = [("circle", circle.as_str().into()), ("names", names.join(", ").into())];
            paragraph("", &tongue.say(key, &given))
        };
        if !votes.falls.is_empty() {
            let falls: Vec<String> = votes.falls.iter().map(StatementId::short).collect();
            text.push_str(&told("device-votes-fall", &falls));
        }
        if !votes.out.is_empty() {
            text.push_str(&told("device-votes-out", &votes.out));
        }
    }
    text
}

pub(super) fn changed(changed: &DeviceChanged, tongue: Tongue) -> String {
    let given = [
        ("label", changed.label.as_str().into()),
        ("circles", changed.circles.into()),
        ("keys", changed.new_keys.into()),
    ];
    let key = if changed.revoked { "device-revoked" } else { "device-certified" };
    let mut text = paragraph("", &tongue.say(key, &given));
    if !changed.untold.is_empty() {
        let given = [("circles", changed.untold.join(", ").into())];
        text.push_str(&paragraph("", &tongue.say("device-untold", &given)));
    }
    if let Some(fingerprint) = &changed.fingerprint {
        text.push('\n');
        text.push_str(&facts(&[(tongue.word("device-fingerprint"), fingerprint.clone())]));
        text.push_str(&paragraph("", tongue.word("device-compare-there")));
    }
    text
}

pub(super) fn deposited(deposited: &Deposited, tongue: Tongue) -> String {
    let given = [("incident", deposited.incident.to_string().into())];
    paragraph("", &tongue.say("device-deposited", &given))
}

/// A home that waits for its certificate.
pub(crate) fn requested(made: &Requested, tongue: Tongue) -> String {
    let mut text = facts(&[
        (tongue.word("organisation"), made.org.to_string()),
        (tongue.word("device"), made.device.to_string()),
        (tongue.word("device-label"), made.label.clone()),
        (tongue.word("device-fingerprint"), made.fingerprint.clone()),
    ]);
    text.push('\n');
    text.push_str(&paragraph("", tongue.word("device-requested")));
    text
}

/// What a machine is about to enter.
pub(crate) fn entering(entering: &Entering, tongue: Tongue) -> String {
    let mut text = facts(&[
        (tongue.word("organisation"), entering.org_name.clone()),
        (tongue.word("device-label"), entering.label.clone()),
        (tongue.word("device-role"), role(&entering.role, tongue)),
        (tongue.word("device-private"), entering.private.short()),
        (tongue.word("device-fingerprint"), entering.fingerprint.clone()),
    ]);
    text.push('\n');
    text.push_str(&paragraph("", tongue.word("device-compare-entering")));
    text
}

/// A home that is a device now.
pub(crate) fn accepted(made: &Accepted, tongue: Tongue) -> String {
    let mut text = facts(&[
        (tongue.word("organisation"), made.org_name.clone()),
        (tongue.word("device"), made.device.to_string()),
        (tongue.word("device-label"), made.label.clone()),
        (tongue.word("device-role"), role(&made.role, tongue)),
    ]);
    text.push('\n');
    let next = match made.role.as_str() {
        "dropbox" => "device-accepted-dropbox",
        _reads => "device-accepted",
    };
    text.push_str(&paragraph("", tongue.word(next)));
    if made.addresses == 0 {
        text.push_str(&paragraph("", tongue.word("device-no-address")));
    }
    text
}
