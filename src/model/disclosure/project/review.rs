//! What of a review may be read in a circle.

use std::collections::BTreeSet;

use super::{Basis, Belonging, Reason, Release, Verdict, judge, look_for, withhold_contaminated};
use crate::model::{
    disclosure::{Consent, needle::Needles},
    registry::{FieldPath, Record, Value},
};

/// Projects a review to what may be read at a tier. `dossier` is the incident's own with its values
/// that lost, where it is here: what it withholds must not stand in a reason either.
#[must_use]
pub fn project_review(
    review: &Record,
    dossier: Option<(&Record, &[(FieldPath, Value)])>,
    release: &Release<'_>,
) -> (Record, Vec<(FieldPath, Reason)>) {
    let mut needles = Needles::default();
    if let Some((dossier, contested)) = dossier {
        let basis = basis(dossier, contested, release);
        let lost = contested.iter().map(|(path, value)| (path, value));
        for (path, value) in
            dossier.iter().chain(lost).filter(|(path, _)| !super::is_of_program(path))
        {
            look_for(&mut needles, dossier, path, value, &judge(dossier, &basis, path, value));
        }
    }
    let basis = basis(review, &[], release);
    let mut verdicts: Vec<(&FieldPath, Verdict)> = Vec::new();
    for (path, value) in review.iter() {
        let verdict = judge(review, &basis, path, value);
        look_for(&mut needles, review, path, value, &verdict);
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
            project_review(&review(reason), Some((&dossier, &[])), &release)
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
}
