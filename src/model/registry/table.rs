//! The field table: every field of an incident, once.
//!
//! Validation, disclosure, merging, `--help` and import mappings all read this and nothing else.
//! Tiers are the *most open* that a value may ever reach with the right consent.

use std::{collections::BTreeMap, sync::LazyLock};

use Coarsening::{Date as CoarseDate, LocationPrecision, NeutralTitle};
use Kind::{
    Admin1, Admin2Code, Code, Coordinate, Count, Country, Date, Digest, Flag, Identifier, Key,
    Language, Line, Name, Narrative, Note,
};
use Tier::{Coalition, Public, Restricted, Sealed};

use crate::model::registry::{
    FieldPath, Schema,
    field::{Coarsening, FieldSpec, Kind, Safety},
    tier::Tier,
};

/// Path of the date.
pub const DATE: &str = "date";
/// Path of the country.
pub const COUNTRY: &str = "country";
/// Path of the first-level subdivision.
pub const ADMIN1: &str = "place/admin1";
/// Path of the title.
pub const TITLE: &str = "title";
/// Path of the level of verification.
pub const LEVEL: &str = "level";
/// Path of the language that the record is written in.
pub const LANGUAGE: &str = "lang";
/// Path of the tier that a person set as the record's limit.
pub const MAX_TIER: &str = "max_tier";
/// Path of the basis of consent.
pub const CONSENT_BASIS: &str = "consent/basis";
/// Part with one flag for each scope of consent.
pub const CONSENT_SCOPES: &str = "consent/scopes";
/// Path of the date of consent.
pub const CONSENT_DATE: &str = "consent/date";
/// Path of the date when consent ends.
pub const CONSENT_EXPIRES: &str = "consent/expires";
/// Path of the date when consent was withdrawn.
pub const CONSENT_WITHDRAWN: &str = "consent/withdrawn_at";
/// Path, in a dossier, of the secret of its record manifests.
pub const MANIFEST_KEY: &str = "disclosure/key";
/// Path, in a facet, of the record manifest's root.
pub const MANIFEST_ROOT: &str = "disclosure/manifest";
/// Path, in a facet, of the tier that it was made for.
pub const FACET_TIER: &str = "disclosure/tier";

/// Bases of consent, the most closed first.
const BASES: &[&str] = &[
    "withdrawn",
    "none_recorded",
    "vital_interest",
    "public_domain",
    "community",
    "guardian",
    "informed_explicit",
];
const TIERS: &[&str] = &["sealed", "restricted", "coalition", "public"];
const RISKS: &[&str] = &["life_imminent", "serious", "elevated", "watch"];

const fn field(
    pattern: &'static str,
    kind: Kind,
    tier: Tier,
    label: &'static str,
    help: &'static str,
) -> FieldSpec {
    FieldSpec::new(pattern, kind, tier, label, help)
}

/// The fields of an incident.
#[rustfmt::skip]
pub static INCIDENT: &[FieldSpec] = &[
    // the incident
    field("title", Line, Coalition, "Title", "Never a name. From coalition on a neutral one takes its place").coarsened(NeutralTitle),
    field("date", Date, Public, "Date", "EDTF: 2024, 2024-05, 2024-05-03, 2024-05~ (about), 2024-05-01/2024-05-07, XXXX (unknown)").coarsened(CoarseDate).required(),
    field("country", Country, Public, "Country", "Two letters (ISO 3166-1): CO, EC, PE, BR, …").required(),
    field("summary", Narrative, Restricted, "Summary", "What happened. For named partners; write public_summary for others").required(),
    field("public_summary", Narrative, Public, "Public summary", "What anyone may read, written by a person"),
    field("notes", Narrative, Sealed, "Notes", "Stays in the dossier"),
    field("counting_unit", Code("counting_unit"), Public, "Counting unit", "Who was harmed: a person, a family, a community, …").required(),
    field("level", Code("verification_level"), Public, "Verification", "How sure we are; v0_reported if nothing was checked"),
    field("lang", Language, Public, "Language", "Language of the record's texts"),
    field("risk", Code("alert_level"), Restricted, "Risk", "Risk that goes on").safety(Safety::Ranked(RISKS)),
    field("max_tier", Code("sensitivity_tier"), Restricted, "Limit", "The most open tier that this record may reach, whatever consent allows").safety(Safety::Ranked(TIERS)),
    field("sectors/{sector}", Flag, Public, "Sector", "Economic sector behind it; one flag each"),
    field("context/{context_tag}", Flag, Coalition, "Context", "Context of the act; one flag each"),
    field("project", Line, Restricted, "Project", "Project that was opposed"),
    field("company", Line, Restricted, "Company", "Company that is named; defamation risk"),
    field("group_size/min", Count, Coalition, "Group, at least", "For collective incidents; never added to victims"),
    field("group_size/max", Count, Coalition, "Group, at most", "For collective incidents; never added to victims"),
    field("group_size/basis", Line, Coalition, "Group, basis", "Where the number comes from"),
    // the place
    field("place/admin1", Admin1, Public, "Department, state, region", "ISO 3166-2 (CO-CAU) or its name, after country"),
    field("place/admin2", Line, Coalition, "Municipality, province, cantón", "Its name"),
    field("place/admin2_code", Admin2Code, Coalition, "Code of admin2", "DIVIPOLA, IBGE, UBIGEO or INEC: 2 to 8 digits"),
    field("place/territory", Line, Coalition, "Territory", "Resguardo, TI, quilombo, protected area; may identify a small community"),
    field("place/name", Line, Restricted, "Exact place", "Vereda, farm, road, street"),
    field("place/point", Coordinate, Restricted, "Point", "Latitude and longitude in degrees: -2.5,-76.1"),
    field("place/precision", Code("location_precision"), Public, "Precision of the place", "How exact the place is").coarsened(LocationPrecision),
    // what was done: one victim, one violation
    field("acts/*/violation", Code("violation_type"), Public, "Violation", "Type of violation; one act for each victim and type"),
    field("acts/*/victim", Key("victims"), Coalition, "Victim of the act", "Key of the victim, for example 1"),
    field("acts/*/attempted", Flag, Public, "Attempted", "Yes if it was not completed"),
    field("acts/*/outcome", Code("act_outcome"), Coalition, "Outcome", "What became of the victim"),
    field("acts/*/means", Code("act_means"), Coalition, "Means", "Weapon or channel"),
    field("acts/*/motivation", Code("motivation_link"), Coalition, "Motivation", "Link to the defence work; decides the SDG figure"),
    field("acts/*/due_diligence", Code("due_diligence"), Coalition, "Due diligence", "How the State acted"),
    field("acts/*/sdg_population", Code("sdg_population"), Public, "SDG population", "For indicator 16.10.1"),
    field("acts/*/gender", Code("answer"), Coalition, "Gender component", "Whether gender was part of it"),
    field("acts/*/gender_note", Narrative, Restricted, "Gender component, note", "How"),
    field("acts/*/by/*", Code("involvement"), Coalition, "Involvement", "acts/KEY/by/PERPETRATOR: what that perpetrator did"),
    // victims
    field("victims/*/pseudonym", Line, Coalition, "Pseudonym", "A name that tells nothing, for example V-014"),
    field("victims/*/name", Name, Sealed, "Name", "Stays in the dossier unless consent names partners").identity(),
    field("victims/*/alias", Name, Sealed, "Alias", "Apodo; stays in the dossier unless consent names partners").identity(),
    field("victims/*/id_number", Identifier, Sealed, "Document number", "Stays in the dossier"),
    field("victims/*/contact", Identifier, Sealed, "Contact", "Stays in the dossier"),
    field("victims/*/address", Line, Sealed, "Address", "Stays in the dossier"),
    field("victims/*/family", Name, Sealed, "Family", "Names of relatives; stays in the dossier"),
    field("victims/*/birth_date", Date, Sealed, "Date of birth", "Stays in the dossier"),
    field("victims/*/sogi", Line, Sealed, "Sexual orientation, gender identity", "Only if protection needs it; stays in the dossier"),
    field("victims/*/health", Line, Sealed, "Health", "Only if protection needs it; stays in the dossier"),
    field("victims/*/religion", Line, Sealed, "Religion", "Only if protection needs it; stays in the dossier"),
    field("victims/*/political", Line, Sealed, "Political affiliation", "Only if protection needs it; stays in the dossier"),
    field("victims/*/sex_gender", Code("sex_gender"), Coalition, "Sex or gender", "As the person says"),
    field("victims/*/age_band", Code("age_band"), Coalition, "Age", "Age group"),
    field("victims/*/is_minor", Flag, Coalition, "Minor", "Under 18").safety(Safety::True),
    field("victims/*/population_group", Code("population_group"), Coalition, "Population group", "As the person says"),
    field("victims/*/people", Line, Restricted, "People", "Name of the Indigenous people or community"),
    field("victims/*/roles/{defender_role}", Flag, Coalition, "Role", "What the person defends or does; one flag each"),
    field("victims/*/organisation", Line, Restricted, "Organisation", "The victim's organisation"),
    field("victims/*/position", Line, Restricted, "Position", "Office or task in it"),
    field("victims/*/protection", Code("protection_status"), Restricted, "Protection", "Measures of protection"),
    field("victims/*/prior_threats", Count, Coalition, "Prior threats", "How many threats came before"),
    // perpetrators
    field("perpetrators/*/type", Code("perpetrator_type"), Public, "Type of perpetrator", "Category of actor"),
    field("perpetrators/*/state_link", Code("state_link"), Public, "Link to the State", "Never forced: undetermined is an answer"),
    field("perpetrators/*/basis", Code("attribution_basis"), Coalition, "Basis of attribution", "Why we say so"),
    field("perpetrators/*/name", Name, Restricted, "Name of alleged perpetrator", "Alleged perpetrators have rights too"),
    field("perpetrators/*/unit", Line, Restricted, "Unit", "Unit or group"),
    // sources
    field("sources/*/type", Code("source_type"), Coalition, "Type of source", "Who told us"),
    field("sources/*/reliability", Code("source_reliability"), Coalition, "Reliability", "How reliable the source is"),
    field("sources/*/independent", Flag, Coalition, "Independent", "Yes if a person judged it independent of the others"),
    field("sources/*/derived_from", Key("sources"), Coalition, "Derived from", "Key of the source that it repeats"),
    field("sources/*/name", Name, Sealed, "Name of the source", "Stays in the dossier"),
    field("sources/*/contact", Identifier, Sealed, "Contact of the source", "Stays in the dossier"),
    field("sources/*/reference", Line, Restricted, "Reference", "Title, date, address of a publication"),
    // consent
    field(CONSENT_BASIS, Code("consent_basis"), Restricted, "Basis of consent", "none_recorded if there is none: then for named partners at most").required().safety(Safety::Ranked(BASES)),
    field("consent/scopes/{consent_scope}", Flag, Restricted, "Scope of consent", "What the person agreed to; one flag each").safety(Safety::False),
    field(CONSENT_DATE, Date, Sealed, "Date of consent", "When it was given").safety(Safety::Earliest),
    field(CONSENT_EXPIRES, Date, Sealed, "Consent ends", "Nothing new leaves after that day").safety(Safety::Earliest),
    field(CONSENT_WITHDRAWN, Date, Sealed, "Consent withdrawn", "Nothing new leaves from then on").safety(Safety::Earliest),
    field("consent/recorded_by", Name, Sealed, "Recorded by", "Stays in the dossier"),
    field("consent/form", Line, Sealed, "Form of consent", "Written, spoken, by whom"),
    field("consent/language", Line, Sealed, "Language of consent", "In which it was explained"),
    field("consent/explained_risks", Flag, Sealed, "Risks explained", "Whether they were").safety(Safety::False),
    // where an imported row came from
    field("import/source", Identifier, Sealed, "Import: list", "Name of the imported list"),
    field("import/row", Identifier, Sealed, "Import: row", "The row's own reference in that list"),
    field("import/values/*", Identifier, Sealed, "Import: marks", "Marks of the values as last imported, written by the program"),
    // written by the program
    field("meta/incident", Identifier, Public, "Incident", "The incident that a facet is of, written by the program"),
    field("meta/origin", Identifier, Public, "Origin", "The organisation that recorded it, written by the program"),
    field("meta/nonce", Identifier, Public, "Nonce", "What the incident's id was made with, written by the program"),
    field("share/*", Note, Sealed, "Shared", "What was last shared with a circle, written by the program"),
    field(MANIFEST_KEY, Digest, Sealed, "Manifest secret", "Secret of the record manifests, written by the program"),
    field(MANIFEST_ROOT, Digest, Public, "Record manifest", "What the facet withholds, committed to, written by the program"),
    field(FACET_TIER, Code("sensitivity_tier"), Public, "Facet's tier", "The tier that this facet was made for, written by the program"),
];

/// The fields of a schema; none for a schema that has no table.
#[must_use]
pub fn fields_of(schema: &Schema) -> &'static [FieldSpec] {
    if schema.name() == "incident" { INCIDENT } else { &[] }
}

/// The lines by the first segment of their pattern, which is a word in all of them: every field of
/// every record is looked up.
static BY_PART: LazyLock<BTreeMap<&str, Vec<&FieldSpec>>> = LazyLock::new(|| {
    let mut parts: BTreeMap<&str, Vec<&FieldSpec>> = BTreeMap::new();
    for spec in INCIDENT {
        parts.entry(spec.pattern.split('/').next().unwrap_or_default()).or_default().push(spec);
    }
    parts
});

/// The line about a path, if the schema's table has one.
#[must_use]
pub fn find(schema: &Schema, path: &FieldPath) -> Option<&'static FieldSpec> {
    if schema.name() != "incident" {
        return None;
    }
    let part = path.segments().next().unwrap_or_default();
    BY_PART.get(part)?.iter().copied().find(|spec| spec.matches(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_is_of_two_lines_and_every_line_explains_itself() {
        for (place, spec) in INCIDENT.iter().enumerate() {
            assert!(!spec.label.is_empty() && !spec.help.is_empty(), "{}", spec.pattern);
            assert!(spec.pattern.starts_with(|c: char| c.is_ascii_lowercase()));
            for other in INCIDENT.iter().skip(place + 1) {
                assert_ne!(spec.pattern, other.pattern);
            }
        }
    }

    #[test]
    fn ranked_codes_are_the_whole_list() {
        for (list, ranked) in
            [("consent_basis", BASES), ("sensitivity_tier", TIERS), ("alert_level", RISKS)]
        {
            let terms = crate::model::vocabulary::Vocabulary::built_in().list(list);
            assert_eq!(terms.len(), ranked.len(), "{list}");
            assert!(terms.iter().all(|term| ranked.contains(&term.code)), "{list}");
        }
    }

    #[test]
    fn identities_are_sealed() {
        for spec in INCIDENT.iter().filter(|spec| spec.identity) {
            assert_eq!(spec.tier, Sealed, "{}", spec.pattern);
        }
    }
}
