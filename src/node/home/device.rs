//! Homes of further devices: made with keys and a request, completed with a certificate.

use std::path::Path;

use rand::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{Own, SELF, Segment, check_name, fingerprint, keep_own, new_incarnation};
use crate::{
    api::{ApiError, ErrorKind},
    crypto::{DeviceKeys, Keystore, Passphrase, StoreKey, WorkFactor},
    membership::{DeviceRole, VerifiedStatement},
    model::id::{CircleId, DeviceId, OrgId},
    node::{
        Node, clock,
        device::{Certificate, CertificateError, DeviceRequest, DeviceTextError},
        disk::DiskStorage,
        errors,
    },
    replica::{Identity, Replica, certified_in},
    store::Home,
};

/// Key of what a home keeps that waits for its certificate.
const WAITING: &str = "device/request";
/// Begins the keys under which a home keeps circles of which it may hold nothing yet.
pub(crate) const CIRCLE_PREFIX: &str = "circle/";

/// What a home keeps that waits for its certificate.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    label: String,
    /// The request's text, to be shown again.
    request: String,
}

/// How to make the home of a further device.
#[derive(Debug)]
pub struct RequestOptions<'a> {
    /// The folder: must not exist, be empty, or hold a home that waits for its certificate.
    pub home: &'a Path,
    /// The organisation.
    pub org: &'a OrgId,
    /// The device's label.
    pub label: &'a str,
    /// Seals the keystore.
    pub passphrase: &'a Passphrase,
    /// What the passphrase costs to try.
    pub work: WorkFactor,
}

/// A home that waits for its certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested {
    /// The organisation that is asked.
    pub org: OrgId,
    /// The device.
    pub device: DeviceId,
    /// What it calls itself.
    pub label: String,
    /// The request, to be taken to the organisation.
    pub request: String,
    /// What both machines show.
    pub fingerprint: String,
}

/// What a machine is about to become, to be compared with what the machine shows that certified it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entering {
    /// The organisation's name.
    pub org_name: String,
    /// What people call the device.
    pub label: String,
    /// Its role.
    pub role: DeviceRole,
    /// The organisation's private circle.
    pub private: CircleId,
    /// What both machines show.
    pub fingerprint: String,
}

/// A device of its organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The organisation.
    pub org: OrgId,
    /// Its name.
    pub org_name: String,
    /// The device.
    pub device: DeviceId,
    /// What people call it.
    pub label: String,
    /// Its role.
    pub role: DeviceRole,
    /// Circles that it takes part in, the private one included.
    pub circles: usize,
    /// Addresses of the organisation's devices that came with it.
    pub addresses: usize,
}

/// Makes the home of a further device, and its request; shows the request again where there is
/// one.
///
/// # Errors
/// When the folder holds something else, the passphrase of a home that waits is wrong, or the
/// disk fails.
pub fn request(options: &RequestOptions<'_>) -> Result<Requested, ApiError> {
    check_name("the device's label", options.label)?;
    if crate::store::HomePaths::new(options.home).exists() {
        return request_again(options);
    }
    let mut rng = clock::entropy();
    let keys = DeviceKeys::generate(&mut rng);
    let store_key = StoreKey::generate(&mut rng);
    let home = Home::create(options.home)?;
    let org = *options.org;
    let keystore =
        Keystore { organisation: org, device: keys.clone(), store_key: store_key.clone() };
    home.write_keystore(&keystore.seal(options.passphrase, options.work)?)?;
    let request = DeviceRequest::make(&org, options.label, &keys);
    let waiting = Waiting { label: options.label.to_owned(), request: request.to_text() };
    let bytes =
        serde_json::to_vec(&waiting).map_err(|error| errors::internal(error.to_string()))?;
    let mut replica = replica(home, keystore, &mut rng)?;
    replica.set_local(WAITING, bytes)?;
    replica.into_storage().close()?;
    requested(&keys, &waiting)
}

/// The request that a home waits for an answer to.
fn request_again(options: &RequestOptions<'_>) -> Result<Requested, ApiError> {
    let home = Home::open(options.home)?;
    let keystore = keystore(&home, options.passphrase)?;
    let keys = keystore.device.clone();
    let replica = replica(home, keystore, &mut clock::entropy())?;
    let waiting = waiting(&replica);
    let is_device = replica.local(SELF).is_some();
    replica.into_storage().close()?;
    match waiting.filter(|_| !is_device) {
        Some(waiting) => {
            let made = requested(&keys, &waiting)?;
            if made.org == *options.org {
                return Ok(made);
            }
            Err(errors::refused(format!("this home waits for organisation {}", made.org))
                .hint("name another folder with --home DIR for another organisation"))
        }
        None => Err(errors::refused("this folder is the home of a device already")
            .hint("name another folder with --home DIR")),
    }
}

fn requested(keys: &DeviceKeys, waiting: &Waiting) -> Result<Requested, ApiError> {
    let request = DeviceRequest::parse(&waiting.request)?;
    Ok(Requested {
        org: request.org,
        device: keys.device(),
        label: waiting.label.clone(),
        request: waiting.request.clone(),
        fingerprint: request.fingerprint(),
    })
}

/// Makes a home that waits a device of its organisation, if people confirm what it is to enter: all
/// of a certificate can be made by who holds a root key that was rotated away, and leaves the
/// rotation out.
///
/// # Errors
/// When the home does not wait, the certificate is not for it or not its organisation's, it is not
/// confirmed, or the disk fails. Nothing is kept then.
pub fn accept(
    path: &Path,
    passphrase: &Passphrase,
    text: &str,
    confirm: &mut dyn FnMut(&Entering) -> Result<(), ApiError>,
) -> Result<Accepted, ApiError> {
    let home = Home::open(path)?;
    let keystore = keystore(&home, passphrase)?;
    let (org, keys) = (keystore.organisation, keystore.device.clone());
    let mut rng = clock::entropy();
    let mut replica = replica(home, keystore, &mut rng)?;
    let opened = open(&replica, &org, (&keys, text)).and_then(|certificate| {
        let body = &certificate.body;
        confirm(&Entering {
            org_name: body.org_name.clone(),
            label: body.label.clone(),
            role: body.role,
            private: body.private,
            fingerprint: body.fingerprint(),
        })?;
        Ok(certificate)
    });
    let taken = opened.and_then(|certificate| take(&mut replica, path, certificate));
    replica.into_storage().close()?;
    let certificate = taken?;
    let body = certificate.body;
    // What it says of addresses is remembered as people's input is, by the node that it is now.
    let mut node = Node::open(path, passphrase)?;
    let mut addresses = 0;
    for address in &body.addresses {
        match node.remember_address(address) {
            Ok(()) => addresses += 1,
            Err(_unusable) => tracing::warn!("an address in the certificate is not usable"),
        }
    }
    node.close()?;
    Ok(Accepted {
        org,
        org_name: body.org_name,
        device: body.device,
        label: body.label,
        role: body.role,
        circles: body.circles.len().saturating_add(1),
        addresses,
    })
}

/// A certificate for a home that waits, if it is what it says.
fn open(
    replica: &Replica<DiskStorage>,
    org: &OrgId,
    (keys, text): (&DeviceKeys, &str),
) -> Result<Certificate, ApiError> {
    if replica.local(SELF).is_some() || waiting(replica).is_none() {
        return Err(errors::refused("this home is a device already; a certificate is taken once")
            .hint("`ceiba status` shows whose device it is"));
    }
    let certificate = Certificate::open(text, org, keys)?;
    check(&certificate)?;
    Ok(certificate)
}

fn take(
    replica: &mut Replica<DiskStorage>,
    path: &Path,
    certificate: Certificate,
) -> Result<Certificate, ApiError> {
    let body = &certificate.body;
    let own = Own {
        org_name: body.org_name.clone(),
        device_label: body.label.clone(),
        private: body.private,
        incarnation: replica.identity().incarnation,
        fingerprint: fingerprint(path),
        damage: String::new(),
        segment: Segment::newest(path),
        role: Some(body.role.number()),
    };
    for circle in std::iter::once(&body.private).chain(&body.circles) {
        replica.take_up(*circle);
        replica.set_local(&circle_key(circle), b"1".to_vec())?;
        replica.keep_statements(circle, certificate.statements_of(circle));
    }
    replica.check_journal()?;
    let private = replica.statements(&body.private).map(VerifiedStatement::encode);
    let private: Vec<Vec<u8>> = private.collect();
    replica.storage_mut().anchor_mut().set_statements(private);
    // Last: a home that was interrupted before goes on waiting.
    keep_own(replica, &own)?;
    replica.set_local(WAITING, Vec::new())?;
    Ok(certificate)
}

/// Whether the root key that signed is the organisation's, and the private circle is what it is said
/// to be, by the statements that came along.
fn check(certificate: &Certificate) -> Result<(), ApiError> {
    let body = &certificate.body;
    let wrong = |why: &str| {
        errors::refused(format!("the certificate is refused: {why}"))
            .hint("have it made anew with `ceiba device certify`; tell your colleagues if this one came by other hands")
    };
    let statements = certificate.statements_of(&body.private);
    let found = certified_in(&body.private, &statements, (&body.org, &body.device))
        .ok_or_else(|| wrong("its statements do not make this machine a device"))?;
    if found.role != body.role || found.manifest != body.manifest || found.root != body.root {
        return Err(wrong("its statements say something else than it"));
    }
    if !found.alone {
        // Else somebody could have dossiers written where others read them.
        return Err(wrong("its private circle is not the organisation's own"));
    }
    Ok(())
}

/// Key of a circle that is taken part in, of which nothing may have come yet.
pub(crate) fn circle_key(circle: &CircleId) -> String {
    format!("{CIRCLE_PREFIX}{circle}")
}

/// What a person is told who opens a home that waits.
pub(super) fn not_yet(replica: &Replica<DiskStorage>) -> Option<ApiError> {
    waiting(replica)?;
    let error = ApiError::new(ErrorKind::Refused, "this home waits for its certificate");
    Some(error.hint("take its request to a machine of the organisation: `ceiba device request` shows it again").hint("then `ceiba device accept @CERTIFICATE`"))
}

fn waiting(replica: &Replica<DiskStorage>) -> Option<Waiting> {
    serde_json::from_slice(replica.local(WAITING)?).ok()
}

fn keystore(home: &Home, passphrase: &Passphrase) -> Result<Keystore, ApiError> {
    let sealed = home.read_keystore()?;
    let sealed = sealed.ok_or_else(|| {
        ApiError::new(ErrorKind::Locked, "the home has no keystore: it was wiped")
    })?;
    Ok(Keystore::open(&sealed, passphrase)?)
}

fn replica(
    home: Home,
    keystore: Keystore,
    rng: &mut impl CryptoRng,
) -> Result<Replica<DiskStorage>, ApiError> {
    let storage = DiskStorage::open(home, &keystore.store_key)?;
    let incarnation = new_incarnation(rng);
    let identity = Identity { org: keystore.organisation, keys: keystore.device, incarnation };
    Ok(Replica::restore(identity, storage)?)
}

impl From<DeviceTextError> for ApiError {
    fn from(error: DeviceTextError) -> Self {
        let told = errors::usage(error.to_string());
        told.hint(match error {
            DeviceTextError::Version(_) => "update ceiba on both machines",
            DeviceTextError::Kind(_) => {
                "give the text that `ceiba device request` or `ceiba device certify` shows, or the file that it wrote, as @FILE"
            }
            DeviceTextError::Part { .. } => {
                "read all the QR codes, and put their texts into one file, in whatever order"
            }
            DeviceTextError::Checksum(_) | DeviceTextError::Invalid(_) => {
                "copy it again completely, from the first character to the last"
            }
        })
    }
}

impl From<CertificateError> for ApiError {
    fn from(error: CertificateError) -> Self {
        match error {
            CertificateError::Text(error) => error.into(),
            CertificateError::OtherDevice(_)
            | CertificateError::Seal
            | CertificateError::Signature
            | CertificateError::TooLong
            | CertificateError::OtherOrg(_) => errors::refused(error.to_string())
                .hint("have a certificate made for the request of this home: `ceiba device request` shows it again"),
        }
    }
}
