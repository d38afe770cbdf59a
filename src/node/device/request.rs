//! What a new machine asks its organisation for.

use std::fmt;

use prost::Message;

use super::{ROLES, role_by_number, text, text::DeviceTextError};
use crate::{
    crypto::{DeviceKeys, Label},
    membership::{Device, DeviceRole},
    model::{
        id::{DeviceId, OrgId},
        text::is_hidden,
    },
    wire::{bounded, device as wire, membership},
};

/// What every request begins with.
const PREFIX: &str = "ceibadev1";
const WHAT: &str = "request of a device";
const VERSION: u32 = 1;
/// Characters of a request at most: keys and proofs take 3 KiB.
pub const MAX_REQUEST_CHARS: usize = 8 * 1024;
/// Bytes of a label at most.
pub const MAX_LABEL_BYTES: usize = 200;

/// A new machine's keys, with proofs that it has them and wants to be this organisation's.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceRequest {
    /// The organisation.
    pub org: OrgId,
    /// What people call the machine.
    pub label: String,
    /// The device as it would be certified, for each role that it offers.
    devices: Vec<Device>,
    bytes: Vec<u8>,
}

impl fmt::Debug for DeviceRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceRequest({})", self.fingerprint())
    }
}

impl DeviceRequest {
    /// The request of a machine with these keys, for all roles that are given.
    #[must_use]
    pub fn make(org: &OrgId, label: &str, keys: &DeviceKeys) -> Self {
        let public = keys.public();
        let receiving = public.receiving.as_bytes();
        let devices: Vec<Device> = ROLES
            .into_iter()
            .map(|role| Device::prove(org, role, &keys.signing, &keys.transport, receiving))
            .collect();
        let proofs = devices.iter().map(Device::write).map(|device| wire::RoleProof {
            role: device.role,
            device_proof: device.device_proof,
            transport_proof: device.transport_proof,
        });
        let message = wire::Request {
            version: VERSION,
            org: org.as_bytes().to_vec(),
            label: label.to_owned(),
            device: public.device.as_bytes().to_vec(),
            receiving: receiving.to_vec(),
            transport: public.transport.to_vec(),
            proofs: proofs.collect(),
        };
        Self { org: *org, label: label.to_owned(), devices, bytes: message.encode_to_vec() }
    }

    /// The text that is handed over.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::write(PREFIX, &self.bytes)
    }

    /// Reads a request, and checks the proofs in it.
    ///
    /// # Errors
    /// When it is none, was not copied completely, or a proof does not match.
    pub fn parse(text: &str) -> Result<Self, DeviceTextError> {
        let bytes = text::read(text, (WHAT, PREFIX), MAX_REQUEST_CHARS)?;
        let message: wire::Request = bounded::decode(&bytes, MAX_REQUEST_CHARS, 16)
            .map_err(|_message| DeviceTextError::Invalid(WHAT))?;
        if message.version != VERSION {
            return Err(DeviceTextError::Version(WHAT));
        }
        Self::read(message, bytes).ok_or(DeviceTextError::Invalid(WHAT))
    }

    fn read(message: wire::Request, bytes: Vec<u8>) -> Option<Self> {
        let org = OrgId::try_from(message.org.as_slice()).ok()?;
        let label = message.label;
        if label.len() > MAX_LABEL_BYTES || label.chars().any(is_hidden) {
            return None;
        }
        let mut devices: Vec<Device> = Vec::new();
        for proof in message.proofs {
            let role = role_by_number(proof.role).filter(|role| ROLES.contains(role))?;
            if devices.iter().any(|known| known.role == role) {
                return None;
            }
            let device = membership::Device {
                device: message.device.clone(),
                receiving: message.receiving.clone(),
                transport: message.transport.clone(),
                role: role.number(),
                device_proof: proof.device_proof,
                transport_proof: proof.transport_proof,
            };
            devices.push(Device::read(&org, &device).ok()?);
        }
        (!devices.is_empty()).then_some(Self { org, label, devices, bytes })
    }

    /// The device that asks.
    #[must_use]
    pub fn device(&self) -> Option<DeviceId> {
        self.devices.first().map(|device| device.device)
    }

    /// The device as it is certified for a role; none if it does not offer that.
    #[must_use]
    pub fn certified(&self, role: DeviceRole) -> Option<&Device> {
        self.devices.iter().find(|device| device.role == role)
    }

    /// What both machines show, to be compared by eye or voice: `k7qd-2m5x-…`. It covers every
    /// byte of the request.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        text::fingerprint(Label::DeviceFingerprint, &self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

    use super::*;

    fn request() -> DeviceRequest {
        let keys = DeviceKeys::generate(&mut ChaCha20Rng::seed_from_u64(1));
        DeviceRequest::make(&OrgId::new([7; 32]), "a telephone", &keys)
    }

    fn tampered(change: impl FnOnce(&mut wire::Request)) -> Result<DeviceRequest, DeviceTextError> {
        let mut message = wire::Request::decode(request().bytes.as_slice()).unwrap();
        change(&mut message);
        DeviceRequest::parse(&text::write(PREFIX, &message.encode_to_vec()))
    }

    #[test]
    fn a_request_survives_a_letter_and_shouting() {
        let text = request().to_text();
        assert!(text.len() < MAX_REQUEST_CHARS / 2, "{}", text.len());
        let lines: Vec<&str> =
            text.as_bytes().chunks(60).map(|it| std::str::from_utf8(it).unwrap()).collect();
        let read = DeviceRequest::parse(&lines.join("\r\n  ").to_uppercase()).unwrap();
        assert_eq!(read, request());
        assert_eq!(read.fingerprint(), request().fingerprint());
        assert_eq!(read.fingerprint().len(), 24, "five groups of four letters: 100 bits");
        for role in ROLES {
            assert_eq!(read.certified(role).unwrap().role, role);
        }
        assert!(read.certified(DeviceRole::Custodian).is_none());
    }

    /// With a right checksum each, so that only what the request says can tell.
    #[test]
    fn a_request_that_was_altered_on_the_way_is_refused() {
        let invalid = Err(DeviceTextError::Invalid(WHAT));
        assert_eq!(tampered(|it| it.org = vec![8; 32]), invalid, "for another organisation");
        assert_eq!(tampered(|it| it.receiving[0] ^= 1), invalid, "another key to seal to");
        assert_eq!(tampered(|it| it.transport = vec![9; 32]), invalid);
        assert_eq!(tampered(|it| it.proofs[0].role = 4), invalid, "a role twice");
        assert_eq!(tampered(|it| it.proofs[1].role = 5), invalid, "a custodian");
        assert_eq!(tampered(|it| it.proofs[3].device_proof[5] ^= 1), invalid);
        assert_eq!(tampered(|it| it.proofs.clear()), invalid);
        assert_eq!(tampered(|it| it.label = "a\u{7}b".to_owned()), invalid);
        assert_eq!(tampered(|it| it.label = "a\u{202e}b".to_owned()), invalid, "reads backwards");
        assert_eq!(tampered(|it| it.label = "a\u{2066}b".to_owned()), invalid);
        assert_eq!(tampered(|it| it.label = "x".repeat(300)), invalid);
        assert_eq!(tampered(|it| it.version = 2), Err(DeviceTextError::Version(WHAT)));
    }

    #[test]
    fn people_see_when_another_request_was_put_in_the_place_of_one() {
        let relabelled = tampered(|it| it.label = "the same telephone".to_owned()).unwrap();
        assert_ne!(relabelled.fingerprint(), request().fingerprint());
    }

    #[test]
    fn one_wrong_character_is_noticed() {
        let text = request().to_text();
        for at in [12, 400, text.len() - 1] {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'a' { b'b' } else { b'a' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert_eq!(DeviceRequest::parse(&wrong), Err(DeviceTextError::Checksum(WHAT)), "{at}");
        }
        assert_eq!(DeviceRequest::parse("hello"), Err(DeviceTextError::Kind(WHAT)));
        let long = "x".repeat(MAX_REQUEST_CHARS + 1);
        assert_eq!(DeviceRequest::parse(&long), Err(DeviceTextError::Kind(WHAT)));
    }
}
