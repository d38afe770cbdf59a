//! Section 4 of the programme: who does what, and decisions.

use Kind::{Code, Count, Country, Date, Flag, Line, Narrative, Org};
use Tier::{Coalition, Restricted};

use crate::model::registry::{
    field::{FieldSpec, Kind},
    table::field,
    tier::Tier,
};

/// A priority of the coalition.
#[rustfmt::skip]
pub(super) static PRIORITY: &[FieldSpec] = &[
    field("theme", Line, Coalition, "Theme", "What it is about"),
    field("lead", Org, Coalition, "Lead", "The organisation that leads"),
    field("votes/*/org", Org, Coalition, "Vote", "votes/KEY/org: an organisation that ranks it"),
    field("votes/*/rank", Count, Coalition, "Rank", "1 for its first"),
    field("partners/*/org", Org, Coalition, "Partner", "partners/KEY/org: an organisation that works on it"),
    field("partners/*/activity", Line, Coalition, "Activity", "What it does"),
];

/// What a partner offers or needs.
#[rustfmt::skip]
pub(super) static PARTNER_OFFER: &[FieldSpec] = &[
    field("offer", Code("offer_type"), Coalition, "Offer or need", "Which"),
    field("resource", Code("resource_type"), Coalition, "Resource", "Of what kind"),
    field("theme", Line, Coalition, "Theme", "For what"),
    field("partner", Org, Coalition, "Partner", "Who offers or needs"),
    field("institution", Line, Coalition, "Institution", "With regard to whom"),
];

/// A financed project, followed together.
#[rustfmt::skip]
pub(super) static IFI_ITEM: &[FieldSpec] = &[
    field("institution", Code("ifi_institution"), Coalition, "Institution", "Who finances"),
    field("project", Line, Coalition, "Project", "Name or number of the project"),
    field("country", Country, Coalition, "Country", "Two letters"),
    field("complaint_body", Line, Coalition, "Complaint body", "Where complaints go"),
    field("reprisal_channel", Line, Coalition, "Reprisal channel", "Where reprisals are told"),
    field("status", Line, Coalition, "Status", "Where the complaint stands"),
    field("next_step", Line, Coalition, "Next step", "What comes next"),
    field("shared_with", Line, Coalition, "Shared with", "Which lists know of it"),
];

/// A joint campaign.
#[rustfmt::skip]
pub(super) static CAMPAIGN: &[FieldSpec] = &[
    field("aim", Narrative, Coalition, "Aim", "What it should bring about"),
    field("theme", Line, Coalition, "Theme", "What it is about"),
    field("institution", Line, Coalition, "Institution", "At whom it is aimed"),
    field("partners/*/org", Org, Coalition, "Partner", "partners/KEY/org: an organisation"),
    field("partners/*/status", Code("partner_status"), Coalition, "Partner status", "In, considering, out"),
    field("messages/*", Flag, Coalition, "Message", "messages/KEY of links: a joint message"),
    field("assets", Line, Coalition, "Assets", "Material"),
    field("risk_checked", Date, Coalition, "Risk checked", "When the risk for defenders who are named was checked"),
    field("risk_notes", Narrative, Restricted, "Risk notes", "What was found; not for a whole coalition"),
    field("metrics", Line, Coalition, "Metrics", "By what it is measured"),
    field("global", Flag, Coalition, "Global", "Whether it is a global campaign"),
];

/// Something to be decided together.
#[rustfmt::skip]
pub(super) static DECISION: &[FieldSpec] = &[
    field("question", Narrative, Coalition, "Question", "What is to be decided"),
    field("options/*", Line, Coalition, "Option", "options/KEY: one way to decide"),
];

/// Something to be done.
#[rustfmt::skip]
pub(super) static ACTION: &[FieldSpec] = &[
    field("assignee", Org, Coalition, "Assignee", "The organisation that does it"),
];
