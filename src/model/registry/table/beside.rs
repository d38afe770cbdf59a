//! The fields of the records that stand beside incidents: each is written once, by one organisation,
//! in a document of its own, and never changed. What holds follows from all of them.

use Kind::{Code, Count, Country, Date, Flag, Identifier, Line, Name, Narrative};
use Tier::{Coalition, Public, Restricted, Sealed};

use super::field;
use crate::model::registry::{
    field::{FieldSpec, Kind},
    tier::Tier,
};

/// In every record that is written once: its number, which orders it.
pub(in crate::model) const NUMBER: FieldSpec = field(
    "number",
    Count,
    Public,
    "Number",
    "One more than the greatest number that its author knew of the same matter, written by the program",
)
.required();
/// In every record that is written once: its own id, the same in the copies of all circles.
pub(in crate::model) const ID: FieldSpec =
    field("id", Identifier, Public, "Id", "The record's own id, written by the program").required();
/// In every record that is written once: its day.
pub(in crate::model) const AT: FieldSpec =
    field("at", Date, Public, "Date", "The day when it was written; order follows from the number")
        .required();

/// A review: a step in the verification of an incident.
#[rustfmt::skip]
pub static REVIEW: &[FieldSpec] = &[
    ID, NUMBER, AT,
    field("incident", Identifier, Public, "Incident", "The incident that is reviewed").required(),
    field("level", Code("verification_level"), Public, "Level", "The level that the review moves to").required(),
    field("reason", Narrative, Coalition, "Reason", "Why").required(),
    field("reviewer", Name, Restricted, "Reviewer", "The person's name"),
    field("reviewer_code", Line, Coalition, "Reviewer's code", "A code for the person in their organisation, never a name").required(),
    field("sources/*", Flag, Coalition, "Source relied on", "sources/KEY: a source of the incident that the review relies on"),
    field("reasonable_grounds", Narrative, Coalition, "Reasonable grounds", "For v3: why there are reasonable grounds to believe it"),
    field("citation", Line, Public, "Citation", "For v4: the body and its decision or report"),
    field("closes", Identifier, Coalition, "Closes", "Id of the review that opened a dispute, which this one closes"),
];

/// A judgement: whether two claims are of the same event.
#[rustfmt::skip]
pub static JUDGEMENT: &[FieldSpec] = &[
    ID, NUMBER, AT,
    field("first", Identifier, Coalition, "First incident", "The one with the smaller id").required(),
    field("second", Identifier, Coalition, "Second incident", "The one with the greater id").required(),
    field("verdict", Code("judgement"), Coalition, "Verdict", "same_as, not_same, or undone").required(),
    field("reason", Narrative, Coalition, "Reason", "Why"),
    field("by", Line, Coalition, "By", "A code for the person in their organisation, never a name"),
    field("victims/*", Line, Coalition, "Same victim", "victims/KEY_OF_FIRST: the key of the same person among the second's victims"),
];

/// An entry of the ledger of consent. Stays in the private circle.
#[rustfmt::skip]
pub static CONSENT: &[FieldSpec] = &[
    ID, NUMBER, AT,
    field("subject", Identifier, Sealed, "Subject", "Id of the person or community, as in victims/KEY/person or consent/community").required(),
    field("basis", Code("consent_basis"), Sealed, "Basis of consent", "withdrawn ends every release").required(),
    field("scopes/{consent_scope}", Flag, Sealed, "Scope of consent", "What they agreed to; one flag each"),
    field("date", Date, Sealed, "Date of consent", "When it was given or withdrawn").required(),
    field("expires", Date, Sealed, "Consent ends", "Nothing new leaves after that day"),
    field("recorded_by", Name, Sealed, "Recorded by", "Who recorded it"),
    field("form", Line, Sealed, "Form of consent", "Written, spoken, by whom"),
    field("language", Line, Sealed, "Language of consent", "In which it was explained"),
    field("explained_risks", Flag, Sealed, "Risks explained", "Whether they were"),
    field("note", Narrative, Sealed, "Note", "Whatever else matters"),
    field("follows", Identifier, Sealed, "Follows", "Id of the entry that ruled before: a withdrawal holds until a later entry names it, written by the program"),
];

/// A declaration of what an organisation covers, without which no case is not zero cases.
#[rustfmt::skip]
pub static COVERAGE: &[FieldSpec] = &[
    ID, NUMBER, AT,
    field("country", Country, Public, "Country", "Two letters (ISO 3166-1)").required(),
    field("first_year", Count, Public, "First year", "From which year on").required(),
    field("last_year", Count, Public, "Last year", "Up to which year").required(),
    field("violations/{violation_type}", Flag, Public, "Type of violation", "Covered: one flag each"),
    field("admin1/*", Flag, Public, "Part of the country", "admin1/co_cau: covered, in small letters with _; none for the whole country"),
    field("withdrawn", Flag, Public, "Withdrawn", "Yes to take back what was declared for the same country and years"),
    field("note", Line, Coalition, "Note", "Method, limits"),
];

/// What a government reported to indicator 16.10.1.
#[rustfmt::skip]
pub static GOVERNMENT: &[FieldSpec] = &[
    ID, NUMBER, AT,
    field("country", Country, Public, "Country", "Two letters (ISO 3166-1)").required(),
    field("year", Count, Public, "Year", "Which the report is about").required(),
    field("instrument", Code("report_instrument"), Public, "Instrument", "Where it was reported").required(),
    field("status", Code("gov_report_status"), Public, "Status", "Zero is not silence").required(),
    field("values/*", Count, Public, "Value", "values/a: as reported for a category, in small letters; values/total"),
    field("populations/{sdg_population}", Flag, Public, "Population", "Groups that the numbers are of; one flag each"),
    field("counts_incidents", Flag, Public, "Counts incidents", "Yes if it counts incidents and not victims"),
    field("fiscal_year", Flag, Public, "Fiscal year", "Yes if its year is not the calendar's"),
    field("disaggregations", Line, Public, "Disaggregations", "By what it is broken down"),
    field("method", Line, Public, "Method", "What it says of its method"),
    field("url", Line, Public, "Source", "Address of the report"),
    field("read_on", Date, Public, "Read on", "When it was read"),
    field("read_by", Line, Coalition, "Read by", "A code for the person, never a name"),
];

/// A typology change: a code that an organisation proposes, or that it endorses by the same words.
#[rustfmt::skip]
pub static TERM: &[FieldSpec] = &[
    ID, NUMBER, AT,
    field("list", Line, Public, "List", "The list that gets the code").required(),
    field("code", Line, Public, "Code", "x_ and letters, for example x_river_poisoning").required(),
    field("sdg", Line, Public, "SDG category", "A to F, or -"),
    field("iccs", Line, Public, "ICCS", "Code of the ICCS, or -"),
    field("en", Line, Public, "English", "Label in English").required(),
    field("es", Line, Public, "Spanish", "Label in Spanish").required(),
    field("pt", Line, Public, "Portuguese", "Label in Portuguese").required(),
    field("note", Line, Public, "Note", "For example family=threat"),
    field("withdrawn", Flag, Public, "Withdrawn", "Yes to take the endorsement back"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_of_consent_stays() {
        assert!(CONSENT.iter().skip(3).all(|spec| spec.tier == Sealed));
    }

    #[test]
    fn all_are_numbered() {
        for table in [REVIEW, JUDGEMENT, CONSENT, COVERAGE, GOVERNMENT, TERM] {
            assert!(table.iter().any(|spec| spec.pattern == "number" && spec.required));
        }
    }
}
