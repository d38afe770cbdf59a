//! What is refused of what somebody wants to say to an alert, because it would change nothing or
//! could mean something else.

use std::collections::BTreeSet;

use crate::{
    api::{ApiError, alert::ENTRY_DIGITS},
    model::{
        alert::{Act, AlertState, EntryHash, SignedEntry, Stance, Waits},
        text::fold,
    },
    node::errors,
};

/// An entry that is about to be written.
pub(super) struct Said<'a> {
    pub(super) signed: &'a SignedEntry,
    /// The codes of its organisation that take the alert once it is written.
    pub(super) taking: BTreeSet<&'a str>,
    /// Of a *cannot*: whether its person took the alert.
    pub(super) gives_up: bool,
    /// Whether nobody looks at it: its device or organisation has said too much to the alert.
    pub(super) too_much: bool,
}

/// Whether a person is among those with these codes.
pub(super) fn has_code(codes: &BTreeSet<&str>, by: &str) -> bool {
    codes.iter().any(|code| fold(code) == fold(by))
}

/// Refuses an entry that would change nothing.
pub(super) fn check_effect(after: &AlertState, said: &Said<'_>) -> Result<(), ApiError> {
    let signed = said.signed;
    if after.idle.contains(&signed.hash) {
        return Err(idle(said));
    }
    match &signed.entry.act {
        Act::Acknowledge(Stance::Taking) if !after.taking.contains(&signed.author) => {
            Err(errors::refused("who raised an alert does not answer it")
                .hint(
                    "another person of the organisation does, with a code of their own: --by CODE",
                )
                .named("alert-own", &[]))
        }
        // Else whoever says so goes home, and the alert stays quiet. Who gives up what they took
        // does, whoever else goes on: that others still take it is shown.
        Act::Acknowledge(Stance::Cannot)
            if has_code(&said.taking, &signed.entry.by)
                || !(said.gives_up || said.taking.is_empty()) =>
        {
            let codes = said.taking.iter().copied().collect::<Vec<_>>().join(", ");
            Err(errors::refused(format!("the organisation still takes it, by {codes}"))
                .hint("who takes it gives it up with the code of then, --by CODE; for all of you: --all-of-us")
                .named("alert-still-taken", &[("codes", &codes)]))
        }
        Act::Update { expires: Some(expires), .. } if after.expires < *expires => {
            Err(errors::refused("it would expire too late for its level")
                .hint("an update lasts as long as the level's own, all of them four times that")
                .named("alert-expiry", &[]))
        }
        Act::Confirm { closing } => {
            let waits =
                after.closings.iter().find(|it| it.hash == *closing).and_then(|it| it.waits);
            if waits == Some(Waits::Confirmation) {
                return Err(errors::refused("another organisation has to confirm it")
                    .hint("in a circle of one organisation, another person: --by CODE")
                    .named("alert-second-person", &[]));
            }
            Ok(())
        }
        Act::Acknowledge(_)
        | Act::GiveUp
        | Act::Update { .. }
        | Act::StandDown(_)
        | Act::Seen
        | Act::Review(_) => Ok(()),
    }
}

/// Why an entry has no effect.
fn idle(said: &Said<'_>) -> ApiError {
    if said.too_much {
        return errors::refused(
            "this device or organisation has said so much to the alert that nobody looks at more",
        )
        .hint("say it on another device of the organisation, or have a partner say it")
        .named("alert-many-words", &[]);
    }
    errors::refused(
        "only who raised an alert, who has taken it, or a coordinator closes it or makes it more \
         severe or longer",
    )
    .hint("take it first: `ceiba alert ack ALERT taking`")
    .named("alert-not-yours", &[])
}

/// The entry that digits name; none if they name none, several, or are few.
pub(in crate::node::requests) fn by_digits<'a>(
    entries: impl Iterator<Item = &'a SignedEntry>,
    digits: &str,
) -> Result<&'a SignedEntry, ApiError> {
    let digits = digits.trim().to_lowercase();
    if digits.len() < ENTRY_DIGITS {
        let least = ENTRY_DIGITS.to_string();
        return Err(errors::usage(format!("an entry is named by {least} digits"))
            .hint("`ceiba alert show ALERT` begins each line with them")
            .named("alert-few-digits", &[("least", &least)]));
    }
    let mut found = entries.filter(|it| it.hash.to_string().starts_with(&digits));
    match (found.next(), found.next()) {
        (Some(entry), None) => Ok(entry),
        _none_or_several => {
            Err(errors::not_found(format!("nothing that was said to it has the digits {digits:?}"))
                .hint("`ceiba alert show ALERT` shows what was said, each with its digits")
                .named("alert-no-entry", &[("digits", &digits)]))
        }
    }
}

/// The closing that is to be confirmed. It is looked for among all that was said, not among what
/// waits: else somebody's update could make another closing the one that is meant.
pub(super) fn to_confirm(
    state: &AlertState,
    entries: &[SignedEntry],
    digits: &str,
) -> Result<EntryHash, ApiError> {
    let hash = by_digits(entries.iter(), digits)?.hash;
    let closing = state.closings.iter().find(|it| it.hash == hash);
    match closing.and_then(|it| it.waits) {
        Some(Waits::Confirmation) => Ok(hash),
        Some(Waits::Update) => Err(errors::refused(
            "whoever wrote this closing did not know what was said since",
        )
        .hint("read `ceiba alert show ALERT`; if it is over all the same, it is stood down again")
        .named("alert-closing-stale", &[])),
        None => Err(errors::not_found("it is no closing that waits for a confirmation")
            .hint("`ceiba alert show ALERT` shows what waits")
            .named("alert-nothing-waits", &[])),
    }
}
