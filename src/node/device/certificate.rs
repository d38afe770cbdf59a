//! What makes a new machine a device of its organisation.

use std::fmt;

use data_encoding::HEXLOWER;
use prost::Message;
use rand::CryptoRng;

use super::{ROLES, role_by_number, text, text::DeviceTextError};
use crate::{
    crypto::{DeviceKeys, Label, ReceivingPublicKey, SealedTo, Signed, Statement},
    membership::DeviceRole,
    model::{
        id::{CircleId, DeviceId, IdError, OrgId, StatementId},
        limits::MAX_CIRCLES,
        text::is_hidden,
    },
    node::ticket::MAX_JOIN_FILE_BYTES,
    wire::{
        bounded::{self, BoundedError},
        device as wire,
    },
};

/// What every certificate begins with.
const PREFIX: &str = "ceibacert1";
const WHAT: &str = "certificate of a device";
const VERSION: u32 = 1;
/// Addresses in a certificate.
pub const MAX_ADDRESSES: usize = 8;
/// Bytes of one address at most.
const MAX_ADDRESS_BYTES: usize = 512;
/// Bytes of a name at most.
const MAX_NAME_BYTES: usize = 200;
/// Bytes of a body at most.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// Bytes of what is sealed at most, so that the text that is made of it is read again.
const MAX_CONTENT_BYTES: usize = MAX_JOIN_FILE_BYTES / 2;
/// Statements of all circles at most.
const MAX_STATEMENTS: usize = 40_000;

/// What the organisation's root key says to its new device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateBody {
    /// The organisation.
    pub org: OrgId,
    /// The root key that signs.
    pub root: [u8; 32],
    /// The device.
    pub device: DeviceId,
    /// Its role.
    pub role: DeviceRole,
    /// The manifest that certifies it.
    pub manifest: StatementId,
    /// The organisation's name.
    pub org_name: String,
    /// What people call the device.
    pub label: String,
    /// The organisation's private circle.
    pub private: CircleId,
    /// Other circles that the device takes part in.
    pub circles: Vec<CircleId>,
    /// Where devices of the organisation listen.
    pub addresses: Vec<String>,
}

impl CertificateBody {
    /// What the machine that certifies and the one that accepts show, to be compared by eye or
    /// voice: it covers the private circle and the newest manifest. Who holds a root key that was
    /// rotated away can make all of a certificate but this.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        text::fingerprint(Label::CertificateFingerprint, &self.encode())
    }
}

/// Why the bytes are no body.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// Above a limit, or no such message.
    #[error("not the body of a certificate")]
    Message(#[from] BoundedError),
    /// An id has another length.
    #[error("the body of a certificate has a malformed id")]
    Id(#[from] IdError),
    /// Something else is not as it must be.
    #[error("the body of a certificate has a wrong {0}")]
    Field(&'static str),
}

impl Statement for CertificateBody {
    const LABEL: Label = Label::DeviceCertificate;
    type Error = BodyError;

    fn decode(body: &[u8]) -> Result<Self, BodyError> {
        let fields = MAX_CIRCLES + MAX_ADDRESSES + 16;
        let message: wire::CertificateBody = bounded::decode(body, MAX_BODY_BYTES, fields)?;
        if message.version != VERSION {
            return Err(BodyError::Field("version"));
        }
        let name = |text: String| {
            let fits = text.len() <= MAX_NAME_BYTES && !text.chars().any(is_hidden);
            fits.then_some(text).ok_or(BodyError::Field("name"))
        };
        let addresses = message.addresses;
        if addresses.len() > MAX_ADDRESSES
            || addresses.iter().any(|it| it.len() > MAX_ADDRESS_BYTES)
        {
            return Err(BodyError::Field("address"));
        }
        let circles = message.circles.iter().map(|id| CircleId::try_from(id.as_slice()));
        Ok(Self {
            org: OrgId::try_from(message.org.as_slice())?,
            root: message.root.as_slice().try_into().map_err(|_| BodyError::Field("root key"))?,
            device: DeviceId::try_from(message.device.as_slice())?,
            role: role_by_number(message.role)
                .filter(|role| ROLES.contains(role))
                .ok_or(BodyError::Field("role"))?,
            manifest: StatementId::try_from(message.manifest.as_slice())?,
            org_name: name(message.org_name)?,
            label: name(message.label)?,
            private: CircleId::try_from(message.private_circle.as_slice())?,
            circles: circles.collect::<Result<_, _>>()?,
            addresses,
        })
    }

    fn encode(&self) -> Vec<u8> {
        wire::CertificateBody {
            version: VERSION,
            org: self.org.as_bytes().to_vec(),
            root: self.root.to_vec(),
            device: self.device.as_bytes().to_vec(),
            role: self.role.number(),
            manifest: self.manifest.as_bytes().to_vec(),
            org_name: self.org_name.clone(),
            label: self.label.clone(),
            private_circle: self.private.as_bytes().to_vec(),
            circles: self.circles.iter().map(|id| id.as_bytes().to_vec()).collect(),
            addresses: self.addresses.iter().take(MAX_ADDRESSES).cloned().collect(),
        }
        .encode_to_vec()
    }

    fn signer(&self) -> [u8; 32] {
        self.root
    }
}

/// Why a certificate is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// The text is none.
    #[error(transparent)]
    Text(#[from] DeviceTextError),
    /// It is for another device.
    #[error("the certificate is for another device ({})", .0.short())]
    OtherDevice(DeviceId),
    /// It is for the right device, and does not open: it was changed.
    #[error("the certificate does not open with this device's key")]
    Seal,
    /// What is inside is not signed as it says.
    #[error("the certificate is not signed by the organisation's root key")]
    Signature,
    /// The statements that it comes with are more than a machine takes.
    #[error("the certificate would be too long")]
    TooLong,
    /// It is of another organisation than this device asked.
    #[error("the certificate is of organisation {0}, which this device did not ask")]
    OtherOrg(OrgId),
}

/// A certificate that opened and whose signature was checked. Whether the root key that signed is
/// the organisation's is for whoever accepts it to see.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    /// What the root key says.
    pub body: CertificateBody,
    /// Statements of its circles, as they travel.
    pub statements: Vec<(CircleId, Vec<u8>)>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let device = self.body.device.short();
        f.debug_struct("Certificate").field("device", &device).finish_non_exhaustive()
    }
}

impl Certificate {
    /// Seals a signed body, with statements, to its device; gives the text that is handed over.
    ///
    /// # Errors
    /// When the device has no usable receiving key, or all together is more than a machine takes.
    pub fn seal(
        signed: &Signed<CertificateBody>,
        statements: &[(CircleId, Vec<u8>)],
        to: (&DeviceId, &ReceivingPublicKey),
        rng: &mut impl CryptoRng,
    ) -> Result<String, CertificateError> {
        let statements = statements.iter().map(|(circle, statement)| wire::CircleStatement {
            circle: circle.as_bytes().to_vec(),
            statement: statement.clone(),
        });
        let content = wire::CertificateContent {
            body: signed.body().to_vec(),
            signature: signed.signature().to_vec(),
            statements: statements.collect(),
        };
        let content = content.encode_to_vec();
        if content.len() > MAX_CONTENT_BYTES {
            return Err(CertificateError::TooLong);
        }
        let sealed = SealedTo::seal(Label::DeviceCertificateSeal, to, &content, rng)
            .map_err(|_key| CertificateError::Seal)?;
        let message = wire::Certificate {
            version: VERSION,
            device: to.0.as_bytes().to_vec(),
            enc: sealed.enc,
            sealed: sealed.sealed,
        };
        Ok(text::write(PREFIX, &message.encode_to_vec()))
    }

    /// Opens a certificate for this device, of this organisation.
    ///
    /// # Errors
    /// When it is none, for another device or organisation, does not open, or is not signed as it
    /// says.
    pub fn open(text: &str, org: &OrgId, keys: &DeviceKeys) -> Result<Self, CertificateError> {
        let bytes = text::read(text, (WHAT, PREFIX), MAX_JOIN_FILE_BYTES)?;
        let invalid = || DeviceTextError::Invalid(WHAT);
        let message: wire::Certificate =
            bounded::decode(&bytes, MAX_JOIN_FILE_BYTES, 16).map_err(|_message| invalid())?;
        if message.version != VERSION {
            return Err(DeviceTextError::Version(WHAT).into());
        }
        let device = DeviceId::try_from(message.device.as_slice()).map_err(|_id| invalid())?;
        if device != keys.device() {
            return Err(CertificateError::OtherDevice(device));
        }
        let sealed = SealedTo { enc: message.enc, sealed: message.sealed };
        let content = sealed
            .open(Label::DeviceCertificateSeal, (&device, &keys.receiving))
            .map_err(|_tag| CertificateError::Seal)?;
        Self::read(&content, org, &device)
    }

    /// Reads what was sealed.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn read(content: &[u8], org: &OrgId, device: &DeviceId) -> Result<Self, CertificateError> {
        let invalid = || DeviceTextError::Invalid(WHAT);
        let content: wire::CertificateContent =
            bounded::decode(content, MAX_JOIN_FILE_BYTES, MAX_STATEMENTS + 8)
                .map_err(|_message| invalid())?;
        let signature = content.signature.as_slice().try_into().map_err(|_length| invalid())?;
        let body = Signed::<CertificateBody>::from_parts(content.body, signature)
            .verify()
            .map_err(|_refused| CertificateError::Signature)?;
        let body = body.value().clone();
        if body.device != *device {
            return Err(CertificateError::OtherDevice(body.device));
        }
        if body.org != *org {
            return Err(CertificateError::OtherOrg(body.org));
        }
        let read = |it: wire::CircleStatement| {
            Some((CircleId::try_from(it.circle.as_slice()).ok()?, it.statement))
        };
        let statements = content.statements.into_iter().map(read).collect::<Option<_>>();
        Ok(Self { body, statements: statements.ok_or_else(invalid)? })
    }

    /// What both machines show, to be compared by eye or voice.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.body.fingerprint()
    }

    /// The statements of one circle.
    #[must_use]
    pub fn statements_of(&self, circle: &CircleId) -> Vec<Vec<u8>> {
        let of = self.statements.iter().filter(|(of, _statement)| of == circle);
        of.map(|(_circle, statement)| statement.clone()).collect()
    }
}

/// A signature in hexadecimal digits.
#[must_use]
pub fn signature_of(text: &str) -> Option<[u8; 64]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    use super::*;

    fn rng() -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(3)
    }

    fn root() -> SigningKey {
        SigningKey::from_bytes(&[1; 32])
    }

    fn org() -> OrgId {
        OrgId::new(root().verifying_key().to_bytes())
    }

    fn body(device: DeviceId) -> CertificateBody {
        CertificateBody {
            org: org(),
            root: root().verifying_key().to_bytes(),
            device,
            role: DeviceRole::Dropbox,
            manifest: StatementId::new([2; 32]),
            org_name: "Red Inventada".to_owned(),
            label: "a telephone".to_owned(),
            private: CircleId::new([3; 32]),
            circles: vec![CircleId::new([4; 32])],
            addresses: vec!["/ip4/127.0.0.1/tcp/1".to_owned()],
        }
    }

    fn text(signed: &Signed<CertificateBody>, to: &DeviceKeys) -> String {
        let statements = [(CircleId::new([3; 32]), vec![1, 2, 3])];
        let to = (&to.device(), &to.public().receiving);
        Certificate::seal(signed, &statements, to, &mut rng()).unwrap()
    }

    #[test]
    fn a_certificate_says_to_its_device_what_the_root_signed() {
        let [ours, other] = std::array::from_fn(|_| DeviceKeys::generate(&mut rng()));
        assert_eq!(ours.device(), other.device(), "the same seed");
        let other = DeviceKeys::generate(&mut ChaCha20Rng::seed_from_u64(9));
        let signed = Signed::sign(&root(), body(ours.device()));
        let text = text(signed.signed(), &ours);
        let opened = Certificate::open(&text.to_uppercase(), &org(), &ours).unwrap();
        assert_eq!(opened.body, body(ours.device()));
        assert_eq!(opened.statements_of(&CircleId::new([3; 32])), [vec![1, 2, 3]]);
        assert_eq!(
            Certificate::open(&text, &org(), &other),
            Err(CertificateError::OtherDevice(ours.device()))
        );
        let asked = OrgId::new([8; 32]);
        assert_eq!(Certificate::open(&text, &asked, &ours), Err(CertificateError::OtherOrg(org())));
    }

    #[test]
    fn what_others_sign_or_seal_to_another_device_is_refused() {
        let (ours, thief) = (DeviceKeys::generate(&mut rng()), SigningKey::from_bytes(&[6; 32]));
        let forged = Signed::sign(&thief, body(ours.device()));
        assert_eq!(
            Certificate::open(&text(forged.signed(), &ours), &org(), &ours),
            Err(CertificateError::Signature)
        );
        let elsewhere = Signed::sign(&root(), body(DeviceId::new([7; 32])));
        assert_eq!(
            Certificate::open(&text(elsewhere.signed(), &ours), &org(), &ours),
            Err(CertificateError::OtherDevice(DeviceId::new([7; 32]))),
            "a certificate of another device, sealed to this one"
        );
    }

    #[test]
    fn a_certificate_that_was_altered_on_the_way_does_not_open() {
        let ours = DeviceKeys::generate(&mut rng());
        let signed = Signed::sign(&root(), body(ours.device()));
        let bytes = text::read(&text(signed.signed(), &ours), (WHAT, PREFIX), 1 << 20).unwrap();
        for at in (40..bytes.len()).step_by(97) {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            let altered = text::write(PREFIX, &altered);
            assert!(Certificate::open(&altered, &org(), &ours).is_err(), "{at}");
        }
    }
}
