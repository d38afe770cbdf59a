//! Emergency alerts: what one says, who said what to it, and what follows at a moment.
//!
//! ```text
//! Record of kind alert ────────SignedAlert::read──▶ Alert { level, sent, timers, groups … }
//! Records of kind alert_entry ─SignedEntry::read──▶ Entry { act, follows, sent … }
//!                    both, Rules, now ──Case::state──▶ AlertState { phase, step, overdue … }
//!                                     ──next_change──▶ when that is another one by time alone
//! ```
//!
//! Pure, and a function of the *set* of entries and of `now`: order of arrival and copies change
//! nothing. No server watches an alert, so every node does, each with its own clock.
//!
//! **Answer.** One *taking* of a member stops the escalation, as long as the same person does not
//! say *cannot* later, nobody of the organisation does for all of it, and the organisation is in.
//! Whoever raised the alert cannot answer it: the same organisation may, by another person.
//!
//! **Escalation.** Steps are due at fixed times after `sent`. An update of who may (below) can make
//! the level more severe, never less: that begins a second set of timers, and the earlier of both
//! rules. Nothing but a *taking* or a closing stops them.
//!
//! **Names.** An alert is its author and its id; an entry is named by a [hash](EntryHash) of author
//! and record. So causes are what was signed, and nobody's numbers order another's entries.
//!
//! **Closing.** Only whoever raised the alert, who has taken it, or a coordinator (steward) closes.
//! A closing counts only if its author knew every update of such people: one that came meanwhile, or
//! comes later, opens the alert again. For `life_imminent` a second one of them has to confirm: of
//! another organisation where the circle has more than one, for codes of persons cost nothing to
//! invent, and one seized or coerced node must not silence an alert; else another person.
//!
//! What closed it stays closed when its author leaves the circle.
//!
//! **Expiry** is not closing: an expired alert stays loud until such people review it. Updates put it
//! off, within a bound that the alert alone sets: no *taking* silences it for longer.
//!
//! **Written in again.** An [id](id_of) is of all that its record says, so what an organisation's
//! other device writes into the same document is rubbish: what was said stands, and is marked.
//!
//! **Clocks.** Timers run from `sent`. Nobody can time an alert that is dated ahead, so one more than
//! [`MAX_SKEW`] ahead of the reader's clock, or of what two others dated their answers, is loud at
//! once (step 1) and says why; so is one that an update made more severe which is dated so. A clock
//! that is behind makes an alert early: by hours, so early that it has expired before anybody sees it,
//! which is said, and which no node raises that [knows better](passed).

mod case;
mod delivery;
mod entry;
mod judge;
mod level;
mod name;
mod past;
mod raised;
mod skew;
mod state;
mod totals;

pub use case::{Case, MAX_ENTRIES_OF_DEVICE, MAX_ENTRIES_OF_ORG, Rules};
pub use delivery::{Delivery, Recipient, recipients};
pub use entry::{Act, Entry, MAX_FOLLOWS, Outcome, SignedEntry, Stance};
pub use level::{Level, MAX_STRETCH, Timers};
pub use name::{AlertName, EntryHash, NoEntryHash, device_of, id_of};
pub use raised::{Alert, Group, MAX_GROUPS, MAX_WHAT, SignedAlert};
pub use skew::{EARLIEST, MAX_SKEW, Skew, passed};
pub use state::{AlertState, Branch, Closing, Phase, Waits};
pub use totals::Totals;

#[cfg(test)]
mod tests;
