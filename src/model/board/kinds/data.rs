//! Section 2 of the programme: data, and what it is used for.

use Kind::{Code, Count, Country, Date, Flag, Identifier, Line, Name, Narrative, Org};
use Tier::{Coalition, Restricted, Sealed};

use crate::model::registry::{
    field::{FieldSpec, Kind},
    table::field,
    tier::Tier,
};

/// A group with a mandate.
#[rustfmt::skip]
pub(super) static WORKING_GROUP: &[FieldSpec] = &[
    field("members/*/org", Org, Coalition, "Member", "members/KEY/org: an organisation"),
    field("members/*/role", Line, Coalition, "Member role", "Role, never a name"),
    field("mandate", Narrative, Coalition, "Mandate", "What it is for"),
    field("rhythm", Line, Coalition, "Rhythm", "How often it meets"),
    field("next_meeting", Date, Coalition, "Next meeting", "When it meets next"),
    field("agreement", Line, Coalition, "Data-sharing agreement", "Name, date or address of the agreement"),
];

/// A change of the code lists.
#[rustfmt::skip]
pub(super) static TYPOLOGY_PROPOSAL: &[FieldSpec] = &[
    field("list", Line, Coalition, "List", "The list that changes"),
    field("code", Line, Coalition, "Code", "The code that changes"),
    field("change", Code("typology_change"), Coalition, "Change", "What happens to it"),
    field("new_code", Line, Coalition, "New code", "What it becomes"),
    field("reason", Narrative, Coalition, "Reason", "Why"),
    field("examples", Narrative, Coalition, "Examples", "What it would be said of, without names"),
    field("crosswalk/*", Line, Coalition, "Crosswalk", "crosswalk/iccs, crosswalk/sdg, crosswalk/national: codes elsewhere"),
    field("adopted_version", Line, Coalition, "Adopted in version", "Version of the vocabulary that has it"),
];

/// Who has collected data, and releases it.
#[rustfmt::skip]
pub(super) static DATA_SOURCE_REVIEW: &[FieldSpec] = &[
    field("holder", Line, Coalition, "Holder", "Who holds the data"),
    field("holder_type", Code("holder_type"), Coalition, "Holder type", "What the holder is"),
    field("institution", Line, Coalition, "Institution", "The institution that it is part of"),
    field("country", Country, Coalition, "Country", "Two letters"),
    field("types/{violation_type}", Flag, Coalition, "Type of violation", "Covered: one flag each"),
    field("first_year", Count, Coalition, "First year", "From which year on"),
    field("last_year", Count, Coalition, "Last year", "Up to which year"),
    field("area", Line, Coalition, "Area", "Part of the country"),
    field("collected", Code("answer"), Coalition, "Collected", "Whether they collect it"),
    field("released", Code("release_status"), Coalition, "Released", "Whether they release it"),
    field("format", Line, Coalition, "Format", "Of what is released"),
    field("licence", Line, Coalition, "Licence", "Of what is released"),
    field("disaggregation", Line, Coalition, "Disaggregation", "By what it is broken down"),
    field("method_public", Code("answer"), Coalition, "Method public", "Whether the method is published"),
    field("last_release", Date, Coalition, "Last release", "When"),
    field("url", Line, Coalition, "Address", "Where it is"),
    field("reviewed_by", Org, Coalition, "Reviewed by", "The organisation that looked"),
    field("reviewed_on", Date, Coalition, "Reviewed on", "When; older than a year is shown as ageing"),
];

/// A platform for reporting, judged.
#[rustfmt::skip]
pub(super) static PLATFORM_REVIEW: &[FieldSpec] = &[
    field("product", Line, Coalition, "Product", "Its name"),
    field("use_case", Line, Coalition, "Use case", "For what"),
    field("threat_model", Narrative, Coalition, "Threat model", "Against whom"),
    field("audit", Line, Coalition, "Audit", "Who audited it and when"),
    field("data_location", Line, Coalition, "Data location", "Where its data are"),
    field("languages/*", Flag, Coalition, "Language", "languages/es: yes for each language"),
    field("cost", Line, Coalition, "Cost", "What it costs"),
    field("exchange", Line, Coalition, "Exchange", "Import from and export to us"),
    field("scores/{platform_criterion}", Count, Coalition, "Score", "0 to 4 for each criterion"),
    field("verdicts/*", Code("platform_verdict"), Coalition, "Verdict", "verdicts/co: by country, in small letters"),
];

/// How to collect for the most impact.
#[rustfmt::skip]
pub(super) static DATA_STRATEGY: &[FieldSpec] = &[
    field("questions/*/text", Line, Coalition, "Question", "questions/KEY/text: what is to be answered"),
    field("questions/*/source", Line, Coalition, "Source", "By what source"),
    field("questions/*/method", Line, Coalition, "Method", "How"),
    field("questions/*/frequency", Line, Coalition, "Frequency", "How often"),
    field("questions/*/owner", Org, Coalition, "Question owner", "Who answers it"),
    field("questions/*/answered_on", Date, Coalition, "Answered on", "When it was answered last"),
    field("incentives/*/type", Code("data_incentive"), Coalition, "Incentive", "incentives/KEY/type: what contributors get"),
    field("incentives/*/org", Org, Coalition, "Given to", "Who got it"),
    field("incentives/*/date", Date, Coalition, "Given on", "When"),
    field("barriers/{data_barrier}", Flag, Coalition, "Barrier", "Met: one flag each"),
];

/// A story of impact.
#[rustfmt::skip]
pub(super) static STORY: &[FieldSpec] = &[
    field("impact/{story_impact}", Flag, Coalition, "Impact", "Yes for each area"),
    field("languages/*", Flag, Coalition, "Language", "languages/es: yes for each language"),
    field("use/*", Flag, Coalition, "Agreed use", "use/advocacy, use/press, use/donors: what they agreed to"),
    field("consent_on", Date, Coalition, "Consent on", "When the person agreed to the story"),
    field("consent_expires", Date, Coalition, "Consent ends", "Not used after that day"),
    field("consent_withdrawn", Flag, Coalition, "Consent withdrawn", "Yes: the story is used no more"),
    field("person", Name, Sealed, "Person", "Whose story it is; stays at home"),
];

/// A group with long-term capacity.
#[rustfmt::skip]
pub(super) static NATIONAL_GROUP: &[FieldSpec] = &[
    field("country", Country, Coalition, "Country", "Two letters"),
    field("name", Name, Restricted, "Name", "Its name; not for a whole coalition where the group is at risk"),
    field("public_name", Line, Coalition, "Public name", "Its name, where that is safe"),
    field("institution", Line, Coalition, "Institution", "Network that it belongs to"),
    field("focus", Line, Coalition, "Focus", "What it works on"),
    field("staff", Count, Coalition, "Staff", "People who work on data"),
    field("years", Count, Coalition, "Years", "Years of collecting"),
    field("tool", Line, Coalition, "Tool", "With what"),
    field("method", Line, Coalition, "Method", "How"),
    field("long_term", Code("answer"), Coalition, "Long term", "Whether it can go on for years"),
    field("contact", Identifier, Sealed, "Contact", "Stays at home"),
    field("outreach/*/date", Date, Coalition, "Outreach", "outreach/KEY/date: when they were spoken to"),
    field("outreach/*/by", Org, Coalition, "Outreach by", "By whom"),
    field("outreach/*/result", Line, Coalition, "Outreach result", "What came of it, without names"),
    field("support_asked", Line, Coalition, "Support asked", "What they asked for"),
    field("support_given", Line, Coalition, "Support given", "What they got"),
];

/// Data used for impact.
#[rustfmt::skip]
pub(super) static DATA_USE: &[FieldSpec] = &[
    field("audience", Code("audience_class"), Coalition, "Audience", "On whom"),
    field("institution", Line, Coalition, "Institution", "Which"),
    field("product", Code("data_product"), Coalition, "Product", "In what form"),
    field("snapshot", Line, Coalition, "Data cited", "Digest of the report or export that was cited, so that it can be found again"),
    field("used_on", Date, Coalition, "Used on", "When"),
    field("result", Code("use_result"), Coalition, "Result", "What came of it"),
    field("influence", Narrative, Coalition, "Evidence of influence", "By what it is seen"),
];

/// A lesson learned.
#[rustfmt::skip]
pub(super) static LESSON: &[FieldSpec] = &[
    field("context", Narrative, Coalition, "Context", "Where it comes from"),
    field("verdict", Code("lesson_verdict"), Coalition, "Verdict", "Whether it worked"),
    field("worked", Narrative, Coalition, "What worked", "What worked"),
    field("failed", Narrative, Coalition, "What failed", "What did not"),
    field("advice", Narrative, Coalition, "Advice", "What to do"),
    field("applies_to", Line, Coalition, "Applies to", "Whom or what it is for"),
];

/// A part of an alert system that already exists.
#[rustfmt::skip]
pub(super) static ALERT_ELEMENT: &[FieldSpec] = &[
    field("provider", Line, Coalition, "Provider", "Who offers it"),
    field("functions/{alert_function}", Flag, Coalition, "Function", "Yes for each function"),
    field("languages/*", Flag, Coalition, "Language", "languages/es: yes for each language"),
    field("hours", Line, Coalition, "Hours", "When it answers, for example 24/7"),
    field("response_hours", Count, Coalition, "Response time", "Hours until it answers"),
    field("eligibility", Line, Coalition, "Eligibility", "Whom it helps"),
    field("contact", Identifier, Restricted, "Contact", "Telephone or address; not for a whole coalition"),
    field("tested_on", Date, Coalition, "Tested on", "When it was tried last"),
    field("gap", Line, Coalition, "Gap", "What is lacking"),
];

/// What a government reported to SDG 16.10.1.
#[rustfmt::skip]
pub(super) static GOV_REPORT: &[FieldSpec] = &[
    field("country", Country, Coalition, "Country", "Two letters"),
    field("year", Count, Coalition, "Year", "Which the report is about"),
    field("instrument", Code("report_instrument"), Coalition, "Instrument", "Where it was reported"),
    field("status", Code("gov_report_status"), Coalition, "Status", "Zero is not silence"),
    field("categories/*", Flag, Coalition, "Category", "categories/a: covered, in small letters"),
    field("groups/{sdg_population}", Flag, Coalition, "Group", "Covered: one flag each"),
    field("values/*", Count, Coalition, "Value", "values/a: as reported, in small letters; values/total"),
    field("fiscal_year", Flag, Coalition, "Fiscal year", "Whether its year is not the calendar's"),
    field("counts_incidents", Flag, Coalition, "Counts incidents", "Whether it counts incidents, not victims"),
    field("disaggregations", Line, Coalition, "Disaggregations", "By what it is broken down"),
    field("method", Line, Coalition, "Method", "What it says of its method"),
    field("url", Line, Coalition, "Source", "Address of the report"),
    field("read_by", Org, Coalition, "Read by", "The organisation that read it"),
    field("read_on", Date, Coalition, "Read on", "When"),
];
