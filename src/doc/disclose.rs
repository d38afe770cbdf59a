//! A facet with its record manifest: what is published in another circle.

use crate::{
    doc::{ManifestKey, RecordManifest},
    model::{
        disclosure::{Projection, Reason, Refusal, Release, project},
        registry::{FieldPath, Record, RecordError, table},
    },
};

/// A facet that is ready to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// What may leave, with the manifest's root.
    pub facet: Record,
    /// The fields that stay, or go less exact.
    pub withheld: Vec<(FieldPath, Reason)>,
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

/// Projects a dossier and commits to what stays. The key is the dossier's own; see
/// [`table::MANIFEST_KEY`].
///
/// # Errors
/// When consent or a limit forbids the release.
pub fn disclose(
    dossier: &Record,
    release: &Release,
    key: &ManifestKey,
) -> Result<Disclosure, DisclosureError> {
    let Projection { mut facet, withheld } = project(dossier, release)?;
    let values = withheld.iter().filter_map(|(path, _)| Some((path, dossier.get(path.as_str())?)));
    let manifest = RecordManifest::commit(key, values);
    if let Ok(path) = table::MANIFEST_ROOT.parse() {
        facet.set(path, manifest.root_value()).map_err(DisclosureError::Full)?;
    }
    Ok(Disclosure { facet, withheld, manifest })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::model::{registry::Tier, time::Timestamp};

    #[test]
    fn the_manifest_in_the_facet_proves_a_withheld_value_later() {
        let key = ManifestKey::generate(&mut ChaCha20Rng::seed_from_u64(7));
        let mut dossier = Record::incident();
        for (field, text) in [
            ("consent/basis", "none_recorded"),
            ("victims/1/name", "Nombre Inventado"),
            ("summary", "Resumen."),
        ] {
            dossier.set(field.parse().unwrap(), text).unwrap();
        }
        let secret = (table::MANIFEST_KEY.parse::<FieldPath>().unwrap(), key.to_value());
        dossier.set(secret.0, secret.1).unwrap();
        let release = Release::new(Tier::Restricted, Timestamp::from_millis(0));
        let disclosure = disclose(&dossier, &release, &key).unwrap();
        let name: FieldPath = "victims/1/name".parse().unwrap();
        let opening = key.open(&name, dossier.get("victims/1/name").unwrap());
        assert!(disclosure.manifest.proves(&opening));
        let root = disclosure.manifest.root_value();
        assert_eq!(disclosure.facet.get(table::MANIFEST_ROOT), Some(&root));
        assert_eq!(disclosure.facet.get(table::MANIFEST_KEY), None);
        let release = Release::new(Tier::Public, Timestamp::from_millis(0));
        assert!(matches!(
            disclose(&dossier, &release, &key),
            Err(DisclosureError::Refused(Refusal::NoneRecorded))
        ));
    }
}
