//! How single things are written.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    api::answer::{CircleKind, InviteState, Peer, ProposalState, Standing},
    cli::tongue::Tongue,
    model::{
        id::{CardId, CircleId, OrgId},
        registry::{FieldPath, Kind, RecordKind, table},
        time::Timestamp,
    },
};

/// Characters of a `did:key` that name an organisation without a name; a prefix that commands take.
const DID_PREFIX_CHARS: usize = 22;

/// The list of the tiers.
const TIERS: &str = "sensitivity_tier";

/// An organisation: its name, or the beginning of its `did:key`.
pub(super) fn org(id: &OrgId, name: Option<&String>) -> String {
    name.filter(|name| !name.trim().is_empty()).cloned().unwrap_or_else(|| org_id(id))
}

/// The beginning of an organisation's `did:key`.
pub(super) fn org_id(id: &OrgId) -> String {
    id.to_string().chars().take(DID_PREFIX_CHARS).collect()
}

/// How the ids of cards of one list are written: by their first eight digits, by more where others
/// begin alike, as somebody may have made them to.
#[derive(Debug)]
pub(super) struct CardIds(BTreeSet<String>);

impl CardIds {
    pub(super) fn of<'c>(cards: impl Iterator<Item = &'c CardId>) -> Self {
        Self(cards.map(ToString::to_string).collect())
    }

    pub(super) fn short(&self, card: &CardId) -> String {
        let whole = card.to_string();
        let before = self.0.range(..whole.clone()).next_back();
        let after = self.0.range(whole.clone()..).find(|it| **it != whole);
        let alike = |other: &String| {
            other.bytes().zip(whole.bytes()).take_while(|(one, other)| one == other).count()
        };
        let alike = before.into_iter().chain(after).map(alike).max().unwrap_or(0);
        // Four more than are alike, in groups of four: one more would hardly be seen.
        let digits = if alike < 8 { 8 } else { alike.next_multiple_of(4).saturating_add(4) };
        whole.get(..digits).map_or_else(|| whole.clone(), str::to_owned)
    }
}

/// Organisations, one after the other.
pub(super) fn names(names: &[String], tongue: Tongue) -> String {
    if names.is_empty() { tongue.word("nobody-yet").to_owned() } else { names.join(", ") }
}

/// A circle: its name, or the beginning of its id.
pub(super) fn circle(id: &CircleId, name: Option<&String>) -> String {
    name.filter(|name| !name.trim().is_empty()).cloned().unwrap_or_else(|| id.short())
}

pub(super) fn kind(kind: CircleKind, tongue: Tongue) -> &'static str {
    tongue.word(match kind {
        CircleKind::Private => "kind-private",
        CircleKind::Coalition => "kind-coalition",
        CircleKind::Circle => "kind-circle",
    })
}

pub(super) fn standing(standing: Standing, tongue: Tongue) -> &'static str {
    tongue.word(match standing {
        Standing::Member => "standing-member",
        Standing::Steward => "standing-steward",
        Standing::Suspended => "standing-suspended",
        Standing::Removed => "standing-removed",
    })
}

/// As what an invited organisation joins.
pub(super) fn role(steward: bool, tongue: Tongue) -> &'static str {
    standing(if steward { Standing::Steward } else { Standing::Member }, tongue)
}

pub(super) fn invite_state(state: InviteState, tongue: Tongue) -> &'static str {
    tongue.word(match state {
        InviteState::Proposed => "invite-proposed",
        InviteState::Open => "invite-open",
        InviteState::Redeemed => "invite-redeemed",
        InviteState::Revoked => "invite-revoked",
        InviteState::Expired => "invite-expired",
    })
}

pub(super) fn proposal_state(state: ProposalState, tongue: Tongue) -> &'static str {
    tongue.word(match state {
        ProposalState::Open => "proposal-open",
        ProposalState::Decided => "proposal-decided",
        ProposalState::Stale => "proposal-stale",
    })
}

/// What became of sharing an incident.
pub(super) fn share_outcome(code: &str, tongue: Tongue) -> &str {
    tongue.word(match code {
        "would-publish" => "outcome-would-publish",
        "would-update" => "outcome-would-update",
        "published" => "outcome-published",
        "updated" => "outcome-updated",
        "unchanged" => "outcome-unchanged",
        "refused" => "outcome-refused",
        "withdrawn" => "outcome-withdrawn",
        "would-withdraw" => "outcome-would-withdraw",
        "written" => "outcome-written",
        other => return other,
    })
}

/// A level, short: `v2`, `disputed`.
pub(super) fn level(code: &str) -> &str {
    match code.split_once('_') {
        Some((short, _)) if short.starts_with('v') => short,
        _word => code,
    }
}

/// What became of a facet once consent did not cover all of it.
pub(super) fn taken_back(code: &str, tongue: Tongue) -> &str {
    tongue.word(match code {
        "updated" => "taken-back-less",
        "withdrawn" => "taken-back-emptied",
        other => return share_outcome(other, tongue),
    })
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
pub(super) fn value(value: &Value, tongue: Tongue) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => tongue.word("yes").to_owned(),
        Value::Bool(false) => tongue.word("no").to_owned(),
        Value::Null => tongue.word("none").to_owned(),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// The value of a field: a code with its label, which is what a person reads, and what they type.
pub(super) fn field_value(path: &str, given: &Value, tongue: Tongue) -> String {
    let plain = value(given, tongue);
    let known = path.parse::<FieldPath>().ok().and_then(|path| {
        let spec = table::fields(RecordKind::Incident).iter().find(|spec| spec.matches(&path))?;
        // Tiers are said by the code that commands take, here as everywhere.
        if let Kind::Code(list) = spec.kind {
            Some(list).filter(|list| *list != TIERS)
        } else {
            None
        }
    });
    match known {
        Some(list) => coded(list, &plain, tongue),
        None => plain,
    }
}

/// Codes of a list as their labels.
pub(super) fn labels(list: &str, codes: &[String], tongue: Tongue) -> String {
    codes.iter().map(|code| tongue.label(list, code)).collect::<Vec<_>>().join(", ")
}

/// A code with its label.
pub(super) fn coded(list: &str, code: &str, tongue: Tongue) -> String {
    let label = tongue.label(list, code);
    if label == code { label } else { format!("{label} [{code}]") }
}

/// How a peer stands.
pub(super) fn peer_state(peer: &Peer, tongue: Tongue) -> String {
    match (peer.connected, peer.last_contact, &peer.last_error) {
        (true, _, _) => tongue.word("peer-connected").to_owned(),
        (false, _, Some(error)) => error.clone(),
        (false, Some(time), None) => tongue.say("peer-last-seen", &[("time", moment(time).into())]),
        (false, None, None) => tongue.word("peer-not-reached").to_owned(),
    }
}

/// Yes, or nothing.
pub(super) fn mark(set: bool, word: &str) -> String {
    if set { word.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_begin_alike_are_written_longer() {
        let id = |text: &str| -> CardId { format!("{text:0<32}").parse().unwrap() };
        let [real, ground, other] = ["9015bdf6a1b2", "9015bdf6ffff", "22db46a4"].map(id);
        let ids = CardIds::of([&real, &ground, &other, &real].into_iter());
        assert_eq!(ids.short(&real), "9015bdf6a1b2");
        assert_eq!(ids.short(&ground), "9015bdf6ffff");
        assert_eq!(ids.short(&other), "22db46a4");
        let ids = CardIds::of([&real].into_iter());
        assert_eq!(ids.short(&real), "9015bdf6");
    }
}
