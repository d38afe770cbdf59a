//! What of a review may be read in a circle.

use std::{collections::BTreeSet, fmt};

use super::{
    Basis, Belonging, Reason, Release, Verdict, judge, look_for, look_for_codes,
    withhold_contaminated,
};
use crate::model::{
    disclosure::{Consent, needle::Needles},
    registry::{FieldPath, Record, Value},
};

/// What is known here of an incident, which a text about it must not give away.
#[derive(Clone, Copy, Default)]
pub struct Known<'r> {
    /// The dossier with its values that lost, where it is here.
    pub dossier: Option<(&'r Record, &'r [(FieldPath, Value)])>,
    /// What is readable in other circles than the one that the text goes to.
    pub elsewhere: &'r [Record],
    /// What is readable where the text goes: no secret there.
    pub shown: &'r [Record],
}

/// Without what is known.
impl fmt::Debug for Known<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Known").finish_non_exhaustive()
    }
}

impl Known<'_> {
    pub(in crate::model::disclosure) fn needles(&self, release: &Release<'_>) -> Needles {
        let mut needles = Needles::default();
        if let Some((dossier, contested)) = self.dossier {
            let basis = basis(dossier, contested, release);
            let lost = contested.iter().map(|(path, value)| (path, value));
            for (path, value) in
                dossier.iter().chain(lost).filter(|(path, _)| !super::is_of_program(path))
            {
                look_for(&mut needles, dossier, path, value, &judge(dossier, &basis, path, value));
                look_for_codes(&mut needles, dossier, release, path, value);
            }
        }
        for facet in self.elsewhere {
            // Whom a facet shows has agreed to that: here, only how far each field may go counts.
            let basis = Basis { withheld: BTreeSet::new(), ..basis(facet, &[], release) };
            let shown = |path: &FieldPath, value: &Value| {
                self.shown.iter().any(|shown| shown.get(path.as_str()) == Some(value))
            };
            let fields = facet.iter().filter(|(path, _)| !super::is_of_program(path));
            for (path, value) in fields.filter(|(path, value)| !shown(path, value)) {
                look_for(&mut needles, facet, path, value, &judge(facet, &basis, path, value));
                look_for_codes(&mut needles, facet, release, path, value);
            }
        }
        needles
    }

    /// Whether a field's value gives away what may not be read where it goes.
    #[must_use]
    pub fn is_told_by(
        &self,
        record: &Record,
        release: &Release<'_>,
        path: &FieldPath,
        value: &Value,
    ) -> bool {
        super::tells(record, path, value, &self.needles(release))
    }
}

/// Projects a review to what may be read at a tier: what is known of the incident and withheld there
/// must not stand in a reason either.
#[must_use]
pub fn project_review(
    review: &Record,
    known: &Known<'_>,
    release: &Release<'_>,
) -> (Record, Vec<(FieldPath, Reason)>) {
    let mut needles = known.needles(release);
    let basis = basis(review, &[], release);
    let mut verdicts: Vec<(&FieldPath, Verdict)> = Vec::new();
    for (path, value) in review.iter() {
        let verdict = judge(review, &basis, path, value);
        look_for(&mut needles, review, path, value, &verdict);
        look_for_codes(&mut needles, review, release, path, value);
        verdicts.push((path, verdict));
    }
    let mut projected = Record::new(review.schema().clone());
    let mut withheld = Vec::new();
    for (path, mut verdict) in verdicts {
        withhold_contaminated(review, path, &mut verdict, &needles);
        match verdict {
            // It has no more fields than the review.
            Verdict::Share(value) | Verdict::Coarsen(value) => {
                let _full = projected.set(path.clone(), value);
            }
            Verdict::Retitle => {}
            Verdict::Withhold(reason) => withheld.push((path.clone(), reason)),
        }
    }
    (projected, withheld)
}

fn basis<'r>(
    record: &'r Record,
    contested: &'r [(FieldPath, Value)],
    release: &'r Release<'r>,
) -> Basis<'r> {
    let consent =
        Consent::of(record, contested, release.ledger, release.now).with_terms(release.terms);
    let withheld: BTreeSet<&str> = consent.withheld(release.tier);
    Basis { release, consent, belonging: Belonging::of(record, contested), withheld }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        registry::{RecordKind, Schema, Tier},
        time::Timestamp,
    };

    fn record(kind: RecordKind, fields: &[(&str, &str)]) -> Record {
        let mut record = Record::new(Schema::of(kind));
        for (path, text) in fields {
            record.set(path.parse().unwrap(), *text).unwrap();
        }
        record
    }

    #[test]
    fn a_reviewers_name_and_what_the_dossier_withholds_stay() {
        let dossier = record(
            RecordKind::Incident,
            &[("victims/1/name", "Zoraida Inventada"), ("consent/basis", "none_recorded")],
        );
        let review = |reason: &str| {
            record(
                RecordKind::Review,
                &[
                    ("id", "aa"),
                    ("level", "v1_screened"),
                    ("reason", reason),
                    ("reviewer", "Persona Revisora"),
                    ("reviewer_code", "R-1"),
                ],
            )
        };
        let at = |tier, reason: &str| {
            let release = Release::new(tier, Timestamp::from_millis(0));
            let known = Known { dossier: Some((&dossier, &[])), ..Known::default() };
            project_review(&review(reason), &known, &release)
        };
        let (copy, withheld) = at(Tier::Coalition, "Completa");
        assert_eq!(copy.text("reason"), Some("Completa"));
        assert_eq!(copy.get("reviewer"), None);
        assert_eq!(withheld.len(), 1);
        assert_eq!(at(Tier::Restricted, "Completa").0.text("reviewer"), Some("Persona Revisora"));
        assert_eq!(at(Tier::Public, "Completa").0.get("reason"), None);
        for reason in ["Hablé con ZORAIDA", "Según Persona Revisora"] {
            let (copy, withheld) = at(Tier::Coalition, reason);
            assert_eq!(copy.get("reason"), None, "{reason}");
            assert!(withheld.iter().any(|(_, why)| *why == Reason::ContainsSealedValue));
        }
    }

    #[test]
    fn what_is_read_in_another_circle_stays_there() {
        let named = record(
            RecordKind::Incident,
            &[
                ("victims/1/name", "Zoraida Inventada"),
                ("victims/1/pseudonym", "Quetzal"),
                ("acts/1/violation", "x_kuyay_method"),
            ],
        );
        let shown = record(RecordKind::Incident, &[("victims/1/name", "Zoraida Inventada")]);
        let release = Release::new(Tier::Coalition, Timestamp::from_millis(0));
        let elsewhere = std::slice::from_ref(&named);
        let tells = |shown: &[Record], reason: &str| {
            let known = Known { elsewhere, shown, ..Known::default() };
            let review = record(
                RecordKind::Review,
                &[("id", "aa"), ("level", "disputed"), ("reason", reason)],
            );
            let told = project_review(&review, &known, &release).0.get("reason").is_none();
            let (path, value) = ("reason".parse().unwrap(), Value::from(reason));
            assert_eq!(known.is_told_by(&review, &release, &path, &value), told);
            told
        };
        assert!(tells(&[], "Hablé con ZORAIDA"));
        assert!(tells(&[], "Por kuyay method"), "a code that nobody has adopted");
        assert!(!tells(&[], "Hablé con Quetzal"));
        assert!(!tells(std::slice::from_ref(&shown), "Hablé con ZORAIDA"), "known there");
    }
}
