//! How single things are written.

use serde_json::Value;

use crate::{
    api::answer::{CircleKind, InviteState, Peer, ProposalState, Standing},
    model::{
        id::{CircleId, OrgId},
        time::Timestamp,
    },
};

/// Characters of a `did:key` that name an organisation without a name; a prefix that commands take.
const DID_PREFIX_CHARS: usize = 22;

/// An organisation: its name, or the beginning of its `did:key`.
pub(super) fn org(id: &OrgId, name: Option<&String>) -> String {
    name.filter(|name| !name.trim().is_empty()).cloned().unwrap_or_else(|| org_id(id))
}

/// The beginning of an organisation's `did:key`.
pub(super) fn org_id(id: &OrgId) -> String {
    id.to_string().chars().take(DID_PREFIX_CHARS).collect()
}

/// Organisations, one after the other.
pub(super) fn names(names: &[String]) -> String {
    if names.is_empty() { "nobody yet".to_owned() } else { names.join(", ") }
}

/// A circle: its name, or the beginning of its id.
pub(super) fn circle(id: &CircleId, name: Option<&String>) -> String {
    name.filter(|name| !name.trim().is_empty()).cloned().unwrap_or_else(|| id.short())
}

pub(super) const fn kind(kind: CircleKind) -> &'static str {
    match kind {
        CircleKind::Private => "private",
        CircleKind::Coalition => "coalition",
        CircleKind::Circle => "circle",
    }
}

pub(super) const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Member => "member",
        Standing::Steward => "steward",
        Standing::Suspended => "suspended",
        Standing::Removed => "removed",
    }
}

pub(super) const fn invite_state(state: InviteState) -> &'static str {
    match state {
        InviteState::Proposed => "waits for approval",
        InviteState::Open => "open",
        InviteState::Redeemed => "redeemed",
        InviteState::Revoked => "revoked",
        InviteState::Expired => "expired",
    }
}

pub(super) const fn proposal_state(state: ProposalState) -> &'static str {
    match state {
        ProposalState::Open => "open",
        ProposalState::Decided => "decided",
        ProposalState::Stale => "overtaken; propose again",
    }
}

/// What became of sharing an incident.
pub(super) fn share_outcome(code: &str) -> &str {
    match code {
        "would-publish" => "to be published",
        "would-update" => "to be updated",
        other => other,
    }
}

/// A level, short: `v2`, `disputed`.
pub(super) fn level(code: &str) -> &str {
    match code.split_once('_') {
        Some((short, _)) if short.starts_with('v') => short,
        _word => code,
    }
}

/// What became of a facet once consent did not cover all of it.
pub(super) fn taken_back(code: &str) -> &str {
    match code {
        "updated" => "with less",
        "withdrawn" => "emptied",
        other => other,
    }
}

/// `2026-11-20 08:30 UTC`.
pub(super) fn moment(time: Timestamp) -> String {
    let text = time.to_string();
    match (text.split_once('T'), text.strip_suffix('Z')) {
        (Some((day, clock)), Some(_)) => {
            format!("{day} {} UTC", clock.chars().take(5).collect::<String>())
        }
        _ => text,
    }
}

/// A field's value as a person wrote it.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null => "(none)".to_owned(),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// A number with its noun: `1 row`, `2 rows`.
pub(super) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// How a peer stands.
pub(super) fn peer_state(peer: &Peer) -> String {
    match (peer.connected, peer.last_contact, &peer.last_error) {
        (true, _, _) => "connected".to_owned(),
        (false, _, Some(error)) => error.clone(),
        (false, Some(time), None) => format!("last seen {}", moment(time)),
        (false, None, None) => "not reached yet".to_owned(),
    }
}

/// Yes, or nothing.
pub(super) fn mark(set: bool, word: &str) -> String {
    if set { word.to_owned() } else { String::new() }
}
