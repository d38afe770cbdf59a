//! The field tables: every field of every kind of record, once.
//!
//! Validation, disclosure, merging, `--help` and import mappings all read these and nothing else.
//! Tiers are the *most open* that a value may ever reach with the right consent.

mod alert;
mod beside;
mod incident;

use std::{collections::BTreeMap, sync::LazyLock};

pub(in crate::model) use self::beside::{AT, ID, NUMBER};
pub use self::{
    alert::{ALERT, ALERT_ENTRY},
    beside::{CONSENT, COVERAGE, GOVERNMENT, JUDGEMENT, REVIEW, TERM},
    incident::INCIDENT,
};
use crate::model::{
    board::{self, CardKind},
    registry::{
        FieldPath, RecordKind, Schema,
        field::{FieldSpec, Kind},
        tier::Tier,
    },
};

/// Path of the date.
pub const DATE: &str = "date";
/// Path of the country.
pub const COUNTRY: &str = "country";
/// Path of the first-level subdivision.
pub const ADMIN1: &str = "place/admin1";
/// Path of the title.
pub const TITLE: &str = "title";
/// Path of the day when it was recorded.
pub const RECORDED_ON: &str = "recorded/on";
/// Path of the code of the person who recorded it.
pub const RECORDED_BY: &str = "recorded/by";
/// Path of the version of the code lists.
pub const VOCABULARY: &str = "vocabulary";
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

/// Path of the community's id in the ledger of consent.
pub const CONSENT_COMMUNITY: &str = "consent/community";
/// Parts of an incident that the program writes itself: no person, no list and no mapping of a list
/// writes them, and no export has them.
pub const OF_PROGRAM: [&str; 7] =
    ["blobs", "disclosure", "import", "meta", "share", STATISTICS, TOKENS];

/// Whether a field's value is a key: it opens something, so it is shown to nobody, people of the
/// own organisation included.
#[must_use]
pub fn is_key(segments: &[&str]) -> bool {
    matches!(segments, ["disclosure", "key"] | ["blobs", _, _, "key"])
}

/// Part, in a facet, with one flag a victim: whether consent covers statistics.
pub const STATISTICS: &str = "statistics";
/// Key, below [`STATISTICS`], for the incident as a whole.
pub const STATISTICS_INCIDENT: &str = "incident";
/// Key, below [`STATISTICS`], for all whom the incident concerns, also those who are not in the facet.
pub const STATISTICS_EVERYBODY: &str = "everybody";
/// Part, in a facet, with the linkage tokens of each victim.
pub const TOKENS: &str = "tokens";

pub(in crate::model) const fn field(
    pattern: &'static str,
    kind: Kind,
    tier: Tier,
    label: &'static str,
    help: &'static str,
) -> FieldSpec {
    FieldSpec::new(pattern, kind, tier, label, help)
}

/// The fields of a schema; none for a schema that has no table.
#[must_use]
pub fn fields_of(schema: &Schema) -> &'static [FieldSpec] {
    schema.kind().map_or(&[], fields)
}

/// The fields of each kind of card: its own, and those of all cards.
static CARDS: LazyLock<BTreeMap<CardKind, Vec<FieldSpec>>> = LazyLock::new(|| {
    let of = |kind: CardKind| kind.spec().fields.iter().chain(board::COMMON_FIELDS).copied();
    CardKind::all().map(|kind| (kind, of(kind).collect())).collect()
});

/// The fields of a kind of record.
#[must_use]
pub fn fields(kind: RecordKind) -> &'static [FieldSpec] {
    match kind {
        RecordKind::Incident => INCIDENT,
        RecordKind::Review => REVIEW,
        RecordKind::Judgement => JUDGEMENT,
        RecordKind::Consent => CONSENT,
        RecordKind::Coverage => COVERAGE,
        RecordKind::Government => GOVERNMENT,
        RecordKind::Term => TERM,
        RecordKind::Alert => ALERT,
        RecordKind::AlertEntry => ALERT_ENTRY,
        RecordKind::Card(kind) => CARDS.get(&kind).map_or(&[], Vec::as_slice),
        RecordKind::Item => board::ITEM,
        RecordKind::Comment => board::COMMENT,
        RecordKind::Ballot => board::BALLOT,
        RecordKind::Position => board::POSITION,
        RecordKind::Closing => board::CLOSING,
        RecordKind::Version => board::VERSION,
        RecordKind::Endorsement => board::ENDORSEMENT,
        RecordKind::Release => board::RELEASE,
    }
}

/// The lines by kind and the first segment of their pattern, which is a word in all of them: every
/// field of every record is looked up.
static BY_PART: LazyLock<BTreeMap<(RecordKind, &str), Vec<&FieldSpec>>> = LazyLock::new(|| {
    let mut parts: BTreeMap<(RecordKind, &str), Vec<&FieldSpec>> = BTreeMap::new();
    for kind in RecordKind::all() {
        for spec in fields(kind) {
            let part = spec.pattern.split('/').next().unwrap_or_default();
            parts.entry((kind, part)).or_default().push(spec);
        }
    }
    parts
});

/// The line about a path, if the schema's table has one.
#[must_use]
pub fn find(schema: &Schema, path: &FieldPath) -> Option<&'static FieldSpec> {
    let part = path.segments().next().unwrap_or_default();
    BY_PART.get(&(schema.kind()?, part))?.iter().copied().find(|spec| spec.matches(path))
}

#[cfg(test)]
mod tests {
    use super::{
        Tier::Sealed,
        incident::{BASES, RISKS, TIERS},
        *,
    };

    #[test]
    fn no_path_is_of_two_lines_and_every_line_explains_itself() {
        for kind in RecordKind::all() {
            for (place, spec) in fields(kind).iter().enumerate() {
                assert!(!spec.label.is_empty() && !spec.help.is_empty(), "{}", spec.pattern);
                assert!(spec.pattern.starts_with(|c: char| c.is_ascii_lowercase()));
                for other in fields(kind).iter().skip(place + 1) {
                    assert_ne!(spec.pattern, other.pattern);
                }
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
