//! What the root key is to sign, made by the node and signed where the recovery words are typed.
//!
//! The words never reach a node that runs: whoever types them signs in a process of its own, which
//! ends with the command.

use data_encoding::HEXLOWER;

use super::{certificate::CertificateBody, request::DeviceRequest};
use crate::{
    crypto::{RecoveryWords, Signed, Statement, Verified},
    membership::{DeviceRole, Manifest, ManifestCore, VerifiedStatement},
    model::id::DeviceId,
};

/// Generations of root keys that are looked through: an organisation rotates its root rarely.
const MAX_GENERATIONS: u32 = 64;

/// Why a draft is not signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// It is not what a node makes.
    #[error("what is to be signed does not read")]
    Unreadable,
    /// It would change something else than what is wanted.
    #[error("what is to be signed changes something else than was asked for")]
    Otherwise,
    /// The words are another organisation's.
    #[error("these are not the recovery words of this organisation")]
    OtherWords,
}

/// A manifest to be signed and, for a device, its certificate: bodies in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Body of the manifest; none where only a certificate is made once more.
    pub manifest: Option<String>,
    /// Body of the certificate.
    pub certificate: Option<String>,
    /// The manifest before it, as it travels.
    pub previous: String,
}

/// What a person wants signed, known otherwise than from the node that drafted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// One more device: who asked, and its role.
    Certify(Box<DeviceRequest>, DeviceRole),
    /// One device less.
    Revoke(DeviceId),
}

impl Purpose {
    /// Whether it needs no new manifest: the device has its place already, in this role.
    fn is_done(&self, before: &ManifestCore) -> bool {
        match self {
            Self::Certify(request, role) => {
                request.certified(*role).is_some_and(|wanted| before.devices.contains(wanted))
            }
            Self::Revoke(_) => false,
        }
    }

    /// Whether a manifest changes just that of the one before it.
    fn is_all(&self, before: &ManifestCore, after: &ManifestCore) -> bool {
        let mut devices = before.devices.clone();
        let revoked: Vec<DeviceId> = after.revocations.iter().map(|it| it.device).collect();
        let right = match self {
            Self::Certify(request, role) => {
                devices.extend(request.certified(*role).cloned());
                request.certified(*role).is_some() && revoked.is_empty()
            }
            Self::Revoke(device) => {
                devices.retain(|it| it.device != *device);
                revoked == [*device]
            }
        };
        right
            && after.devices == devices
            && after.org == before.org
            && after.root == before.root
            && after.next_root == before.next_root
            && after.recovery_threshold == before.recovery_threshold
            && Some(after.seq) == before.seq.checked_add(1)
    }
}

/// A draft with its signatures, in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedDraft {
    /// The manifest as it travels, if it is a new one.
    pub manifest: Option<String>,
    /// Signature of the certificate's body.
    pub certificate: Option<String>,
    /// What the new machine must show when it takes the certificate.
    pub fingerprint: Option<String>,
}

impl Draft {
    /// Signs with the root key that comes from the recovery words, if the draft does what is wanted
    /// and nothing else: the node that made it may be somebody else's by now.
    ///
    /// # Errors
    /// When the draft does not read or does something else, or the words are not those of its root
    /// key.
    pub fn sign(
        &self,
        purpose: &Purpose,
        words: &RecoveryWords,
    ) -> Result<SignedDraft, DraftError> {
        let read =
            |text: &str| HEXLOWER.decode(text.as_bytes()).map_err(|_digits| DraftError::Unreadable);
        let before = VerifiedStatement::decode(&read(&self.previous)?);
        let before = before.map_err(|_refused| DraftError::Unreadable)?;
        let core = before.as_manifest().ok_or(DraftError::Unreadable)?.core();
        // A successor never has another root here, so these words are for both.
        let root = (0..MAX_GENERATIONS)
            .map(|generation| words.root_key(generation))
            .find(|key| key.verifying_key().to_bytes() == core.root)
            .ok_or(DraftError::OtherWords)?;
        let manifest = match &self.manifest {
            None if purpose.is_done(core) => None,
            None => return Err(DraftError::Otherwise),
            Some(text) => {
                let wanted = Manifest::decode(&read(text)?);
                let wanted = wanted.map_err(|_body| DraftError::Unreadable)?;
                let follows = wanted.core().previous == Some(before.id());
                if !follows || !wanted.recovery().is_empty() || !purpose.is_all(core, wanted.core())
                {
                    return Err(DraftError::Otherwise);
                }
                Some(wanted.sign(&root).map_err(|_rule| DraftError::Unreadable)?)
            }
        };
        let newest = manifest.as_ref().map_or_else(|| before.id(), Verified::id);
        let certificate = match &self.certificate {
            None => None,
            Some(text) => {
                let body = CertificateBody::decode(&read(text)?);
                let body = body.map_err(|_body| DraftError::Unreadable)?;
                let Purpose::Certify(request, role) = purpose else {
                    return Err(DraftError::Otherwise);
                };
                // The root key signs nothing that is not about this manifest and this device.
                if (body.root, body.manifest) != (core.root, newest)
                    || (body.org, body.role) != (core.org, *role)
                    || Some(body.device) != request.device()
                {
                    return Err(DraftError::Otherwise);
                }
                Some(body)
            }
        };
        let fingerprint = certificate.as_ref().map(CertificateBody::fingerprint);
        let sign = |body| HEXLOWER.encode(Signed::sign(&root, body).signed().signature());
        let travels = |manifest: Verified<Manifest>| {
            HEXLOWER.encode(&VerifiedStatement::Manifest(manifest.into()).encode())
        };
        Ok(SignedDraft {
            manifest: manifest.map(travels),
            certificate: certificate.map(sign),
            fingerprint,
        })
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    use super::*;
    use crate::{
        crypto::DeviceKeys,
        membership::{Device, Revocation, next_root_commitment},
        model::id::{CircleId, OrgId},
    };

    fn words() -> RecoveryWords {
        RecoveryWords::from_entropy(&[1; 32])
    }

    fn org() -> OrgId {
        OrgId::new(words().root_key(0).verifying_key().to_bytes())
    }

    fn keys(seed: u64) -> DeviceKeys {
        DeviceKeys::generate(&mut ChaCha20Rng::seed_from_u64(seed))
    }

    fn request(seed: u64) -> DeviceRequest {
        DeviceRequest::make(&org(), "a telephone", &keys(seed))
    }

    fn certified(seed: u64, role: DeviceRole) -> Device {
        request(seed).certified(role).unwrap().clone()
    }

    /// The draft that follows a first manifest with one device, edited.
    fn draft(edit: impl FnOnce(&mut ManifestCore)) -> Draft {
        let root = words().root_key(0);
        let core = ManifestCore {
            org: org(),
            seq: 0,
            previous: None,
            root: root.verifying_key().to_bytes(),
            next_root: next_root_commitment(&[2; 32]),
            devices: vec![certified(1, DeviceRole::Admin)],
            revocations: Vec::new(),
            recovery_threshold: 0,
        };
        let before = Manifest::new(core.clone()).sign(&root).unwrap();
        let mut core = ManifestCore { seq: 1, previous: Some(before.id()), ..core };
        edit(&mut core);
        let previous = VerifiedStatement::Manifest(before.into()).encode();
        Draft {
            manifest: Some(HEXLOWER.encode(&Manifest::new(core).encode())),
            certificate: None,
            previous: HEXLOWER.encode(&previous),
        }
    }

    #[test]
    fn the_root_signs_the_device_that_was_asked_for_and_nothing_else() {
        let purpose = Purpose::Certify(Box::new(request(2)), DeviceRole::Field);
        let wanted = |core: &mut ManifestCore| core.devices.push(certified(2, DeviceRole::Field));
        assert!(draft(wanted).sign(&purpose, &words()).is_ok());
        let other_words = RecoveryWords::from_entropy(&[9; 32]);
        assert_eq!(draft(wanted).sign(&purpose, &other_words), Err(DraftError::OtherWords));
        let refused = |edit: fn(&mut ManifestCore)| {
            let both = draft(|core| {
                wanted(core);
                edit(core);
            });
            assert_eq!(both.sign(&purpose, &words()), Err(DraftError::Otherwise));
        };
        refused(|core| core.devices.push(certified(3, DeviceRole::Admin)));
        refused(|core| core.devices[1] = certified(2, DeviceRole::Admin));
        refused(|core| core.devices[1] = certified(3, DeviceRole::Field));
        refused(|core| drop(core.devices.remove(0)));
        refused(|core| core.next_root = next_root_commitment(&[3; 32]));
        refused(|core| core.recovery_threshold = 1);
        refused(|core| core.seq = 2);
        refused(|core| core.revocations = vec![Revocation::new(keys(4).device())]);
        let nothing = draft(|_core| {});
        assert_eq!(nothing.sign(&purpose, &words()), Err(DraftError::Otherwise));
    }

    #[test]
    fn a_certificate_is_signed_once_more_for_who_has_its_place_and_for_nobody_else() {
        let draft = |to: u64, role, root: [u8; 32]| {
            let before = draft(|_core| {}).previous;
            let bytes = HEXLOWER.decode(before.as_bytes()).unwrap();
            let body = CertificateBody {
                org: org(),
                root,
                device: keys(to).device(),
                role,
                manifest: VerifiedStatement::decode(&bytes).unwrap().id(),
                org_name: "Red Inventada".to_owned(),
                label: "a laptop".to_owned(),
                private: CircleId::new([3; 32]),
                circles: Vec::new(),
                addresses: Vec::new(),
            };
            let certificate = Some(HEXLOWER.encode(&body.encode()));
            (Draft { manifest: None, certificate, previous: before }, body.fingerprint())
        };
        let own = words().root_key(0).verifying_key().to_bytes();
        let purpose = |seed, role| Purpose::Certify(Box::new(request(seed)), role);
        let (right, fingerprint) = draft(1, DeviceRole::Admin, own);
        let signed = right.sign(&purpose(1, DeviceRole::Admin), &words()).unwrap();
        assert!(signed.manifest.is_none() && signed.certificate.is_some());
        assert_eq!(signed.fingerprint, Some(fingerprint));
        let refused = Err(DraftError::Otherwise);
        // Who has no place, in another role, of another root, or for another device.
        assert_eq!(right.sign(&purpose(2, DeviceRole::Admin), &words()), refused);
        assert_eq!(right.sign(&purpose(1, DeviceRole::Field), &words()), refused);
        for (wrong, _) in [
            draft(2, DeviceRole::Admin, own),
            draft(1, DeviceRole::Field, own),
            draft(1, DeviceRole::Admin, [9; 32]),
        ] {
            assert_eq!(wrong.sign(&purpose(1, DeviceRole::Admin), &words()), refused);
        }
        let revoked = Purpose::Revoke(keys(1).device());
        assert_eq!(right.sign(&revoked, &words()), refused);
    }

    #[test]
    fn the_root_revokes_the_device_that_was_named_and_no_other() {
        let lost = keys(1).device();
        let wanted = |core: &mut ManifestCore| {
            core.devices.clear();
            core.revocations = vec![Revocation::new(lost)];
        };
        assert!(draft(wanted).sign(&Purpose::Revoke(lost), &words()).is_ok());
        let other = Purpose::Revoke(keys(5).device());
        assert_eq!(draft(wanted).sign(&other, &words()), Err(DraftError::Otherwise));
        let both = draft(|core| {
            wanted(core);
            core.revocations.push(Revocation::new(keys(5).device()));
        });
        assert_eq!(both.sign(&Purpose::Revoke(lost), &words()), Err(DraftError::Otherwise));
    }
}
