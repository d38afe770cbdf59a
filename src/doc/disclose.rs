//! A facet with its record manifest: what is published in another circle.

use std::collections::BTreeSet;

use crate::{
    doc::{Document, ManifestKey, RecordManifest},
    model::{
        disclosure::{Projection, Reason, Refusal, Release, project},
        registry::{FieldPath, Record, RecordError, Value, table},
    },
};

/// A facet that is ready to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// What may leave, with the manifest's root.
    pub facet: Record,
    /// The fields that stay, or go less exact.
    pub withheld: Vec<(FieldPath, Reason)>,
    /// The victims who stay, with all that is theirs.
    pub victims: BTreeSet<String>,
    /// Commits to the values of the withheld fields.
    pub manifest: RecordManifest,
}

/// Why there is no facet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DisclosureError {
    /// Consent or a limit forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The record is so full that the facet has no room for its manifest.
    #[error("the record has too many fields to be shared")]
    Full(#[source] RecordError),
}

/// Projects a dossier as it is now and commits to what stays. The key is the dossier's own; see
/// [`table::MANIFEST_KEY`].
///
/// # Errors
/// When consent or a limit forbids the release.
pub fn disclose(
    dossier: &Document,
    release: &Release<'_>,
    key: &ManifestKey,
) -> Result<Disclosure, DisclosureError> {
    let contested = contested(dossier);
    let dossier = dossier.record();
    let Projection { mut facet, withheld, victims } = project(&dossier, &contested, release)?;
    let values = withheld.iter().filter_map(|(path, _)| Some((path, dossier.get(path.as_str())?)));
    let manifest = RecordManifest::commit(key, values);
    if let Ok(path) = table::MANIFEST_ROOT.parse() {
        facet.set(path, manifest.root_value()).map_err(DisclosureError::Full)?;
    }
    Ok(Disclosure { facet, withheld, victims, manifest })
}

/// The values of a dossier that lost against concurrent ones: what must not leave either.
#[must_use]
pub fn contested(dossier: &Document) -> Vec<(FieldPath, Value)> {
    let conflicts = dossier.conflicts().into_iter();
    conflicts
        .flat_map(|it| it.values.into_iter().map(move |lost| (it.path.clone(), lost.value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::{
        doc::tests::{document, path, set},
        model::{registry::Tier, time::Timestamp},
    };

    fn release(tier: Tier) -> Release<'static> {
        Release::new(tier, Timestamp::from_millis(0))
    }

    #[test]
    fn the_manifest_in_the_facet_proves_a_withheld_value_later() {
        let key = ManifestKey::generate(&mut ChaCha20Rng::seed_from_u64(7));
        let mut dossier = document();
        for (field, text) in [
            ("consent/basis", "none_recorded"),
            ("victims/1/name", "Nombre Inventado"),
            ("summary", "Resumen."),
        ] {
            set(&mut dossier, 1, field, text);
        }
        set(&mut dossier, 1, table::MANIFEST_KEY, key.to_value());
        let disclosure = disclose(&dossier, &release(Tier::Restricted), &key).unwrap();
        let opening = key.open(&path("victims/1/name"), &"Nombre Inventado".into());
        assert!(disclosure.manifest.proves(&opening));
        let root = disclosure.manifest.root_value();
        assert_eq!(disclosure.facet.get(table::MANIFEST_ROOT), Some(&root));
        assert_eq!(disclosure.facet.get(table::MANIFEST_KEY), None);
        assert_eq!(
            disclose(&dossier, &release(Tier::Public), &key),
            Err(DisclosureError::Refused(Refusal::NoneRecorded))
        );
    }

    #[test]
    fn a_name_that_lost_a_conflict_does_not_leave_in_a_text_either() {
        let key = ManifestKey::generate(&mut ChaCha20Rng::seed_from_u64(7));
        let mut a = document();
        let first = set(&mut a, 1, "consent/basis", "none_recorded");
        let mut b = document();
        b.apply(&[first]);
        let names = ["Zoraida", "Yolanda"];
        let one = set(&mut a, 1, "victims/1/name", names[0]);
        let two = set(&mut b, 2, "victims/1/name", names[1]);
        a.apply(&[two]);
        b.apply(&[one]);
        for name in names {
            set(&mut a, 1, "summary", format!("Amenazaron a {name}."));
            let disclosure = disclose(&a, &release(Tier::Restricted), &key).unwrap();
            let reason = disclosure.withheld.iter().find(|(path, _)| path.as_str() == "summary");
            assert_eq!(reason.map(|(_, reason)| *reason), Some(Reason::ContainsSealedValue));
        }
    }
}
