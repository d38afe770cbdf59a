//! The envelope of a bundle: who can open it, and nobody else can tell for whom it is.
//!
//! ```text
//! stanza × 1, 2, 4, … 256 │ sealed segments
//! ```
//!
//! A stanza is the file key, sealed to one device like a grant (HPKE, X-Wing); it names nobody. The
//! stanzas are filled up to a power of two with such as nobody can open, and sorted, so that neither
//! how many recipients there are shows exactly, nor which stanza is whose. How many stanzas there
//! are stands in each of them, sealed: outside there is no magic, version or length.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey};
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::XWing,
};
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    crypto::{
        Label, kdf,
        receiving::{ReceivingKey, ReceivingPublicKey},
        segment::{self, SegmentCipher},
        signed,
    },
    model::id::DeviceId,
};

/// Bytes of content in one segment.
pub const SEGMENT_BYTES: usize = 64 * 1024;
/// Stanzas of one bundle; each costs who tries to open it one decapsulation.
pub const MAX_STANZAS: usize = 256;
/// Bytes of one stanza: encapsulated key, file key, number of stanzas, tag.
pub const STANZA_BYTES: usize = ENC_BYTES + CONTENT_BYTES + 16;
/// Bytes at the beginning of a file in which all its stanzas are.
pub const MAX_HEADER_BYTES: usize = MAX_STANZAS * STANZA_BYTES;

const ENC_BYTES: usize = 1120;
const CONTENT_BYTES: usize = 32 + 1;
/// HPKE base mode with X-Wing, HKDF-SHA-256, ChaCha20-Poly1305, as grants have it.
const SUITE: u32 = 1;

/// Why there is no envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Nobody, or more than [`MAX_STANZAS`].
    #[error("a bundle is for 1 to {MAX_STANZAS} devices, not {devices}")]
    Recipients {
        /// How many it would be for.
        devices: usize,
    },
    /// A recipient's receiving key is none.
    #[error("a recipient has no usable receiving key")]
    Key,
}

/// The stanzas of a bundle, and what seals or opens what follows them.
pub struct Envelope {
    header: Vec<u8>,
    digest: [u8; 32],
    cipher: SegmentCipher,
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Envelope({} bytes)", self.header.len())
    }
}

impl Envelope {
    /// A new envelope for these devices, under a key that is drawn for it.
    ///
    /// # Errors
    /// When there are none or too many, or one has no usable key.
    pub fn seal(
        recipients: &[(DeviceId, ReceivingPublicKey)],
        rng: &mut impl CryptoRng,
    ) -> Result<Self, EnvelopeError> {
        let devices = recipients.len();
        if devices == 0 || devices > MAX_STANZAS {
            return Err(EnvelopeError::Recipients { devices });
        }
        let count = devices.next_power_of_two();
        let mut file_key = Zeroizing::new([0; 32]);
        rng.fill_bytes(file_key.as_mut_slice());
        let power = u8::try_from(count.ilog2()).unwrap_or(u8::MAX);
        let content = Zeroizing::new([file_key.as_slice(), &[power]].concat());
        let mut stanzas = Vec::with_capacity(count);
        for (device, key) in recipients {
            stanzas.push(stanza(device, key, &content, rng)?);
        }
        while stanzas.len() < count {
            // Sealed just as the others, to a key that is forgotten: random bytes could be told
            // from a point of the curve.
            let nobody = ReceivingKey::generate(rng).public();
            stanzas.push(stanza(&DeviceId::new([0; 32]), &nobody, &content, rng)?);
        }
        // They begin with what is random.
        stanzas.sort_unstable();
        Ok(Self::of(stanzas.concat(), &file_key))
    }

    /// Finds this device's stanza at the beginning of a file, of which the first
    /// [`MAX_HEADER_BYTES`] are given, or all of a shorter one. `None` when it is not for this
    /// device, or was damaged: the one cannot be told from the other.
    #[must_use]
    pub fn open(key: &ReceivingKey, device: &DeviceId, file: &[u8]) -> Option<Self> {
        let (secret, info) = (key.expand(), info(device));
        for (place, stanza) in file.chunks_exact(STANZA_BYTES).take(MAX_STANZAS).enumerate() {
            let Some(content) = open_stanza(&secret, &info, stanza) else { continue };
            let (file_key, rest) = content.split_first_chunk::<32>()?;
            let power = rest.first().filter(|power| **power <= 8)?;
            let count = 1_usize << power;
            let header = file.get(..count.checked_mul(STANZA_BYTES)?)?;
            return (place < count).then(|| Self::of(header.to_vec(), file_key));
        }
        None
    }

    fn of(header: Vec<u8>, file_key: &[u8; 32]) -> Self {
        let digest = Label::BundleHeader.hash(&[&header]);
        let key = kdf::derive(file_key, Label::BundleContent, &[&digest]);
        Self { header, digest, cipher: SegmentCipher::new(&key) }
    }

    /// The stanzas, with which the file begins.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// Digest of the stanzas: associated data of each segment.
    #[must_use]
    pub const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Seals or opens the segments.
    #[must_use]
    pub fn into_cipher(self) -> SegmentCipher {
        self.cipher
    }

    /// Bytes of content, as [`max_content`] pads it, that a
    /// file of so many bytes with these stanzas has room for.
    #[must_use]
    pub fn room(&self, file_bytes: u64) -> u64 {
        let sealed = file_bytes.saturating_sub(self.header.len() as u64);
        let tags = sealed.div_ceil((SEGMENT_BYTES + segment::TAG_BYTES) as u64);
        let content = sealed.saturating_sub(tags.saturating_mul(segment::TAG_BYTES as u64));
        max_content(content)
    }
}

/// HPKE `info`: `label │ 0 │ suite 4 │ recipient 32`.
fn info(device: &DeviceId) -> Vec<u8> {
    let label = Label::BundleStanza.text().as_bytes();
    [label, &[0], &SUITE.to_le_bytes(), device.as_ref()].concat()
}

fn stanza(
    device: &DeviceId,
    key: &ReceivingPublicKey,
    content: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, EnvelopeError> {
    let key = key.parse().map_err(|_key| EnvelopeError::Key)?;
    let (enc, sealed) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &key,
        &info(device),
        content,
        &[],
        rng,
    )
    .map_err(|_encapsulation| EnvelopeError::Key)?;
    Ok([enc.to_bytes().as_slice(), &sealed].concat())
}

fn open_stanza(
    secret: &<XWing as Kem>::PrivateKey,
    info: &[u8],
    stanza: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (enc, sealed) = stanza.split_at_checked(ENC_BYTES)?;
    let enc = <XWing as Kem>::EncappedKey::from_bytes(enc).ok()?;
    let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeR::Base,
        secret,
        &enc,
        info,
        sealed,
        &[],
    );
    opened.ok().map(Zeroizing::new)
}

/// Bytes to which content of this many is padded (Padmé).
#[must_use]
pub fn padded_len(content: u64) -> u64 {
    usize::try_from(content).map_or(u64::MAX, |it| super::padding::padded_len(it) as u64)
}

/// The most content of which the padded length is at most this.
#[must_use]
pub fn max_content(padded: u64) -> u64 {
    super::padding::max_content(usize::try_from(padded).unwrap_or(usize::MAX)) as u64
}

/// Digest of a bundle's items, of which there may be many.
#[derive(Debug, Clone)]
pub struct ItemsHasher(blake3::Hasher);

impl Default for ItemsHasher {
    fn default() -> Self {
        Self(blake3::Hasher::new_derive_key(Label::BundleItems.text()))
    }
}

impl ItemsHasher {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all that was taken.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}

/// What the device that makes a bundle signs: these stanzas with these items. So no recipient can
/// seal the items to others in the maker's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colophon {
    /// Digest of the stanzas.
    pub header: [u8; 32],
    /// Digest of the items.
    pub items: [u8; 32],
    /// Whether it is the last part.
    pub last: bool,
}

impl Colophon {
    fn to_bytes(self) -> Vec<u8> {
        Label::Bundle
            .signing_bytes(&[self.header.as_slice(), &self.items, &[u8::from(self.last)]].concat())
    }

    /// Signs.
    #[must_use]
    pub fn sign(self, key: &SigningKey) -> [u8; 64] {
        key.sign(&self.to_bytes()).to_bytes()
    }

    /// Whether this device signed.
    #[must_use]
    pub fn is_signed_by(self, device: &DeviceId, signature: &[u8; 64]) -> bool {
        signed::is_signed_by(device, &self.to_bytes(), signature)
    }
}

#[cfg(test)]
mod tests;
