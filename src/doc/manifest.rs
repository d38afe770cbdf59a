//! The record manifest: a commitment to what a facet withholds.
//!
//! For each withheld field a salted hash; the hash over all of them, the root, stands in the facet
//! and is signed with it. Who is later given a field with its salt can prove that it is the
//! original. Hashes carry no path, so a recipient learns only how many fields are withheld.

use std::{collections::BTreeSet, fmt};

use data_encoding::HEXLOWER;
use rand::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    crypto::Label,
    model::registry::{FieldPath, Value},
};

/// The secret from which a record's salts are made. Stays in the dossier, as a sealed field.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ManifestKey([u8; 32]);

impl ManifestKey {
    /// Draws a new secret.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// The value of the field [`MANIFEST_KEY`](crate::model::registry::table::MANIFEST_KEY).
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::Text(HEXLOWER.encode(&self.0))
    }

    /// Reads that field's value.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        let bytes = HEXLOWER.decode(value.as_text()?.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The salt of a field with this value; another value has another salt.
    fn salt(&self, path: &FieldPath, value: &Value) -> [u8; 32] {
        let (path, value) = (path.as_str().as_bytes(), value.canonical_bytes());
        Label::RecordManifest.hash(&[b"salt", &self.0, path, &value])
    }

    /// Opens the commitment to a field: give it to whom the field is disclosed.
    #[must_use]
    pub fn open(&self, path: &FieldPath, value: &Value) -> Opening {
        Opening { path: path.clone(), value: value.clone(), salt: self.salt(path, value) }
    }
}

impl fmt::Debug for ManifestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ManifestKey(..)")
    }
}

/// A withheld field, opened for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The field.
    pub path: FieldPath,
    /// Its value.
    pub value: Value,
    /// Its salt.
    pub salt: [u8; 32],
}

impl Opening {
    fn commitment(&self) -> [u8; 32] {
        let (path, value) = (self.path.as_str().as_bytes(), self.value.canonical_bytes());
        Label::RecordManifest.hash(&[b"field", &self.salt, path, &value])
    }
}

/// Commitments to the withheld fields, in the order of their hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordManifest {
    commitments: BTreeSet<[u8; 32]>,
}

impl RecordManifest {
    /// Reads a manifest from its commitments.
    pub fn from_commitments(commitments: impl IntoIterator<Item = [u8; 32]>) -> Self {
        Self { commitments: commitments.into_iter().collect() }
    }

    /// Commits to fields.
    pub fn commit<'v>(
        key: &ManifestKey,
        fields: impl IntoIterator<Item = (&'v FieldPath, &'v Value)>,
    ) -> Self {
        let commitments =
            fields.into_iter().map(|(path, value)| key.open(path, value).commitment());
        Self { commitments: commitments.collect() }
    }

    /// The commitments.
    pub fn commitments(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.commitments.iter()
    }

    /// The hash over all commitments: what stands in the facet.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        let parts: Vec<&[u8]> = std::iter::once(b"root".as_slice())
            .chain(self.commitments.iter().map(<[u8; 32]>::as_slice))
            .collect();
        Label::RecordManifest.hash(&parts)
    }

    /// The root as the value of the field
    /// [`MANIFEST_ROOT`](crate::model::registry::table::MANIFEST_ROOT).
    #[must_use]
    pub fn root_value(&self) -> Value {
        Value::Text(HEXLOWER.encode(&self.root()))
    }

    /// Whether the opened field is one that was withheld. The manifest itself must be the one
    /// whose root the facet carries.
    #[must_use]
    pub fn proves(&self, opening: &Opening) -> bool {
        self.commitments.contains(&opening.commitment())
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    #[test]
    fn only_the_original_opens() {
        let key = ManifestKey::generate(&mut ChaCha20Rng::seed_from_u64(1));
        let path: FieldPath = "victims/1/name".parse().unwrap();
        let empty = RecordManifest::default().root();
        let manifest = RecordManifest::commit(&key, [(&path, &"Nombre Inventado".into())]);
        assert_ne!(manifest.root(), empty);
        let read = RecordManifest::from_commitments(manifest.commitments().copied());
        assert_eq!(read.root(), manifest.root());
        let opening = key.open(&path, &"Nombre Inventado".into());
        assert!(read.proves(&opening));
        assert!(!read.proves(&Opening { value: "Otro".into(), ..opening.clone() }));
        assert!(!read.proves(&Opening { path: "title".parse().unwrap(), ..opening.clone() }));
        let other = ManifestKey::generate(&mut ChaCha20Rng::seed_from_u64(2));
        assert!(!read.proves(&other.open(&path, &"Nombre Inventado".into())));
    }

    #[test]
    fn the_secret_reads_back_and_is_not_printed() {
        let key = ManifestKey::generate(&mut ChaCha20Rng::seed_from_u64(1));
        assert_eq!(ManifestKey::from_value(&key.to_value()), Some(key.clone()));
        assert_eq!(format!("{key:?}"), "ManifestKey(..)");
        assert_eq!(ManifestKey::from_value(&"abc".into()), None);
    }
}
