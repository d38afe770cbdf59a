//! The fields of alerts and of what is said to them: each written once, in the alert lane
//! (`proto/alert.md`).
//!
//! Who a person is and where exactly has no field: what everybody in the circle reads at once, on
//! whatever screen, must not name those whom it is to save.

use Kind::{Admin1, Code, Count, Country, Flag, Identifier, Line, Narrative};
use Tier::{Coalition, Public};

use super::{AT, ID, NUMBER, field};
use crate::model::registry::{
    field::{FieldSpec, Kind},
    tier::Tier,
};

/// More closed than the id, which goes out and is of all fields: none of them is to be guessed from it.
const NONCE: FieldSpec = field(
    "meta/nonce",
    Identifier,
    Coalition,
    "Nonce",
    "Makes the id one that nobody guesses, written by the program",
);

/// An emergency alert.
#[rustfmt::skip]
pub static ALERT: &[FieldSpec] = &[
    ID, NUMBER, AT, NONCE,
    field("level", Code("alert_level"), Public, "Level", "How urgent it is").required(),
    field("what", Line, Coalition, "What", "What is going on, at most 140 characters, without names").required(),
    field("country", Country, Public, "Country", "Two letters (ISO 3166-1)").required(),
    field("admin1", Admin1, Coalition, "Part of the country", "ISO 3166-2"),
    field("where", Line, Coalition, "Where", "Coarsely: a region or municipality, never a house"),
    field("who", Line, Coalition, "Who", "A pseudonym, or collective; never a name").required(),
    field("needs/{intervention_type}", Flag, Coalition, "Help asked for", "One flag each"),
    field("contact_basis", Code("consent_basis"), Coalition, "Basis of contact", "Why those concerned may be contacted"),
    field("incident", Identifier, Coalition, "Incident", "The incident that it is about"),
    field("source", Identifier, Coalition, "Source", "Of one that another system sent: what its sender and id hash to"),
    field("drill", Flag, Public, "Drill", "An exercise: never counted"),
    field("sent", Line, Public, "Sent", "When, to the second in UTC: 2026-11-23T16:58:06Z").required(),
    field("expires", Line, Public, "Expires", "When, likewise"),
    field("escalate/*", Count, Public, "Escalates after", "escalate/first, second, third: seconds without an answer"),
    field("groups/*/org", Identifier, Coalition, "Called", "groups/KEY/org: an organisation that is called"),
    field("groups/*/step", Count, Coalition, "From step", "groups/KEY/step: 0 at once, 1 or 2 when that step is reached"),
    field("by", Line, Coalition, "By", "A code for the person in their organisation, never a name").required(),
];

/// What somebody says to an alert.
#[rustfmt::skip]
pub static ALERT_ENTRY: &[FieldSpec] = &[
    ID, NUMBER, AT, NONCE,
    field("alert", Identifier, Public, "Alert", "The alert's id").required(),
    field("raiser", Identifier, Public, "Raised by", "The organisation that raised the alert").required(),
    field("kind", Line, Public, "Kind", "acknowledgement, update, stand_down, confirm, seen, review").required(),
    field("stance", Line, Coalition, "Stance", "Of an acknowledgement: taking, seen, cannot"),
    field("for_all", Flag, Coalition, "For all", "Of cannot: nobody of the organisation takes it any more"),
    field("text", Narrative, Coalition, "Text", "What is new, without names"),
    field("level", Code("alert_level"), Public, "Level", "Of an update: a more severe level"),
    field("where", Line, Coalition, "Where", "Of an update: coarsely"),
    field("outcome", Line, Coalition, "Outcome", "Of a closing: safe, harm_occurred, transferred, false_alarm"),
    field("check_in", Line, Coalition, "Check-in", "Of a stand-down: how those concerned were reached"),
    field("entry", Identifier, Public, "Entry", "Of a confirmation: the closing, by its hash"),
    field("incident", Identifier, Coalition, "Incident", "The incident that was made of it"),
    field("sent", Line, Public, "Sent", "When, to the second in UTC").required(),
    field("expires", Line, Public, "Expires", "Of an update: a later end"),
    field("follows/*", Flag, Public, "Follows", "follows/HASH: an entry that its author knew"),
    field("by", Line, Coalition, "By", "A code for the person in their organisation, never a name").required(),
];
