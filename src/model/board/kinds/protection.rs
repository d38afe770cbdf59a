//! Section 3 of the programme: needs, resources, mechanisms, pilots.

use Kind::{Code, Count, Date, Flag, Identifier, Line, Narrative, Org};
use Tier::Coalition;

use crate::model::registry::{
    field::{FieldSpec, Kind},
    table::field,
    tier::Tier,
};

/// Who needs which information.
#[rustfmt::skip]
pub(super) static INFORMATION_NEED: &[FieldSpec] = &[
    field("who", Line, Coalition, "Who", "Group that needs it, never a name"),
    field("topic", Line, Coalition, "Topic", "What about"),
    field("language", Line, Coalition, "Language", "In which language"),
    field("channel", Code("information_channel"), Coalition, "Channel", "By what"),
    field("urgency", Code("card_priority"), Coalition, "Urgency", "How urgent"),
    field("site", Line, Coalition, "Site", "Where, coarse"),
    field("people", Count, Coalition, "People", "How many"),
];

/// Whether information reaches those who need it.
#[rustfmt::skip]
pub(super) static REACH_CHECK: &[FieldSpec] = &[
    field("need", Identifier, Coalition, "Need", "Id of the card of the information need"),
    field("date", Date, Coalition, "Date", "When it was checked"),
    field("method", Code("reach_method"), Coalition, "Method", "How"),
    field("channel", Code("information_channel"), Coalition, "Channel", "By what it was sent"),
    field("site", Line, Coalition, "Site", "Where, coarse"),
    field("sample", Count, Coalition, "Sample", "People asked: n"),
    field("received", Count, Coalition, "Received", "Of these, who received it"),
    field("partly", Count, Coalition, "Partly received", "Of these, who received part of it"),
    field("understood", Count, Coalition, "Understood", "Of these, who understood it"),
    field("acted", Count, Coalition, "Acted on", "Of these, who acted on it"),
    field("barriers/{reach_barrier}", Flag, Coalition, "Barrier", "Met: one flag each"),
];

/// Whether resources are enough.
#[rustfmt::skip]
pub(super) static RESOURCE_ASSESSMENT: &[FieldSpec] = &[
    field("resource", Code("resource_type"), Coalition, "Resource", "Which"),
    field("holder", Org, Coalition, "Holder", "The organisation that has it"),
    field("unit", Line, Coalition, "Unit", "In what it is counted, for example USD"),
    field("needed", Count, Coalition, "Needed", "How much is needed"),
    field("available", Count, Coalition, "Available", "How much there is"),
    field("rating", Code("adequacy"), Coalition, "Rating", "Whether it is enough"),
];

/// An existing mechanism against its aims.
#[rustfmt::skip]
pub(super) static MECHANISM_ASSESSMENT: &[FieldSpec] = &[
    field("mechanism", Code("mechanism"), Coalition, "Mechanism", "Which"),
    field("institution", Line, Coalition, "Institution", "Which, where it is another"),
    field("aims/*/text", Line, Coalition, "Aim", "aims/KEY/text: an aim that it states"),
    field("aims/*/rating", Count, Coalition, "Rating", "0 to 4"),
    field("aims/*/evidence", Line, Coalition, "Evidence", "By what"),
    field("response_days", Count, Coalition, "Response days", "How long it takes"),
    field("coverage", Line, Coalition, "Coverage", "Whom it reaches"),
    field("collective", Code("answer"), Coalition, "Collective", "Whether it protects collectives"),
    field("gender", Code("answer"), Coalition, "Gender approach", "Whether it has one"),
    field("ethnic", Code("answer"), Coalition, "Ethnic approach", "Whether it has one"),
    field("trust", Count, Coalition, "Trust", "0 to 4: how far defenders trust it"),
    field("voices", Narrative, Coalition, "Voices", "What defenders say, without names"),
];

/// A site where the registry is tried.
#[rustfmt::skip]
pub(super) static PILOT_SITE: &[FieldSpec] = &[
    field("area", Line, Coalition, "Area", "Where, coarse"),
    field("partners/*/org", Org, Coalition, "Partner", "partners/KEY/org: an organisation"),
    field("partners/*/role", Line, Coalition, "Partner role", "Role in the pilot"),
    field("readiness/{pilot_check}", Flag, Coalition, "Readiness", "Yes for what is ready"),
    field("indicators/*/text", Line, Coalition, "Indicator", "indicators/KEY/text: what is watched"),
    field("indicators/*/target", Count, Coalition, "Target", "What it should reach"),
    field("indicators/*/value", Count, Coalition, "Value", "What it has reached"),
    field("indicators/*/seen_on", Date, Coalition, "Seen on", "When that was seen"),
    field("risks", Narrative, Coalition, "Risks", "What can go wrong"),
];
