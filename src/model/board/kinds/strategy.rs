//! Section 1 of the programme: strategy, messages, protocols.

use Kind::{Code, Count, Country, Date, Flag, Identifier, Key, Line, Name, Narrative, Org};
use Tier::{Coalition, Restricted, Sealed};

use crate::model::registry::{
    field::{FieldSpec, Kind},
    table::field,
    tier::Tier,
};

/// A strategy meeting of several days.
#[rustfmt::skip]
pub(super) static STRATEGY_MEETING: &[FieldSpec] = &[
    field("days/*/date", Date, Coalition, "Day", "days/KEY/date: one day of the meeting"),
    field("days/*/title", Line, Coalition, "Day title", "What that day is about"),
    field("place", Line, Sealed, "Place", "Where they meet; stays at home"),
    field("remote_link", Line, Restricted, "Remote link", "For who takes part from afar; not for a whole coalition"),
    field("agenda/*/day", Key("days"), Coalition, "Agenda day", "agenda/KEY/day: the key of a day"),
    field("agenda/*/order", Count, Coalition, "Agenda order", "Place within the day"),
    field("agenda/*/title", Line, Coalition, "Agenda item", "What is on the agenda"),
    field("agenda/*/owner", Org, Coalition, "Agenda item owner", "The organisation that leads it"),
    field("participants/*/org", Org, Coalition, "Participant", "An organisation that takes part"),
    field("participants/*/role", Line, Coalition, "Participant role", "Role, never a name"),
    field("participants/*/name", Name, Sealed, "Participant name", "Who comes; stays at home"),
    field("safe_travel", Narrative, Sealed, "Safe travel", "Notes on travelling safely; stay at home"),
    field("outcomes/*/text", Line, Coalition, "Outcome", "outcomes/KEY/text: what came of it"),
    field("outcomes/*/card", Identifier, Coalition, "Outcome card", "The card that carries it on"),
];

/// A moment in which something can be influenced.
#[rustfmt::skip]
pub(super) static OPPORTUNITY: &[FieldSpec] = &[
    field("event_type", Code("opportunity_type"), Coalition, "Type", "Kind of event"),
    field("institution", Line, Coalition, "Institution", "Whose event it is"),
    field("ask", Narrative, Coalition, "Ask", "What is asked of them"),
    field("lead", Org, Coalition, "Lead", "The organisation that leads"),
    field("readiness", Code("readiness"), Coalition, "Readiness", "How ready the coalition is"),
];

/// Somebody whose stance is to change.
#[rustfmt::skip]
pub(super) static TARGET: &[FieldSpec] = &[
    field("name", Line, Coalition, "Name", "Name of the institution or company, never of a defender"),
    field("target_type", Code("target_type"), Coalition, "Type", "What it is"),
    field("institution", Line, Coalition, "Institution", "The body that it belongs to"),
    field("influence", Code("influence_level"), Coalition, "Influence", "How much it can do"),
    field("stance", Code("stance"), Coalition, "Stance", "Where it stands now"),
    field("stances/*/date", Date, Coalition, "Stance since", "stances/KEY/date: when it was seen to stand so"),
    field("stances/*/stance", Code("stance"), Coalition, "Earlier stance", "Where it stood then"),
    field("change_wanted", Narrative, Coalition, "Change wanted", "What it should do"),
    field("indicator", Line, Coalition, "Indicator", "By what the change is seen"),
];

/// A message that partners say together.
#[rustfmt::skip]
pub(super) static JOINT_MESSAGE: &[FieldSpec] = &[
    field("audience", Code("audience_class"), Coalition, "Audience", "For whom"),
    field("theme", Code("message_theme"), Coalition, "Theme", "Prevention of harm, or protection"),
    field("institution", Line, Coalition, "Institution", "The addressee"),
    field("text/*", Narrative, Coalition, "Text", "text/es: the message in that language, written together"),
    field("asked/*/org", Org, Coalition, "Asked to endorse", "asked/KEY/org: an organisation whose endorsement is awaited"),
    field("embargo", Date, Coalition, "Embargo", "Not before that day"),
];

/// A protocol of protection, or a training.
#[rustfmt::skip]
pub(super) static PROTOCOL: &[FieldSpec] = &[
    field("topics/{protocol_topic}", Flag, Coalition, "Topic", "Yes for each topic"),
    field("level", Code("protocol_level"), Coalition, "Level", "For whom it is"),
    field("languages/*", Flag, Coalition, "Language", "languages/es: yes for each language"),
    field("file", Line, Coalition, "File", "Name and SHA-256 of the file, or its address"),
    field("threat", Count, Coalition, "Threat", "0 to 5"),
    field("vulnerability", Count, Coalition, "Vulnerability", "0 to 5"),
    field("capacity", Count, Coalition, "Capacity", "1 to 5: risk is threat x vulnerability / capacity"),
    field("trainings/*/date", Date, Coalition, "Training", "trainings/KEY/date: when it was held"),
    field("trainings/*/country", Country, Coalition, "Training country", "Where"),
    field("trainings/*/people", Count, Coalition, "People trained", "How many"),
    field("trainings/*/follow_up", Date, Coalition, "Follow-up", "When it was or is followed up"),
];
