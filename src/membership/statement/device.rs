//! A device as its organisation certifies it, with proofs that it has the keys.

use std::sync::Arc;

use ed25519_dalek::SigningKey;

use crate::{
    crypto::Label,
    membership::{StatementError, field},
    model::id::{DeviceId, Lane, OrgId},
    wire::membership as wire,
};

/// Bytes of an X-Wing public key.
pub const RECEIVING_KEY_BYTES: usize = 1216;

/// What a device is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum DeviceRole {
    /// May write, cannot read what others wrote.
    Dropbox = 1,
    /// A laptop or telephone in the field.
    Field = 2,
    /// A machine that is always on.
    Node = 3,
    /// May sign decisions for its organisation.
    Admin = 4,
    /// Stores and forwards ciphertext, has no keys.
    Custodian = 5,
}

impl DeviceRole {
    /// All roles in the order of their numbers.
    pub const ALL: [Self; 5] =
        [Self::Dropbox, Self::Field, Self::Node, Self::Admin, Self::Custodian];

    /// The role's number on the wire.
    #[must_use]
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// Whether keys are granted to such a device.
    #[must_use]
    pub const fn reads(self) -> bool {
        matches!(self, Self::Field | Self::Node | Self::Admin)
    }

    /// Whether entries of such a device count.
    #[must_use]
    pub const fn writes(self) -> bool {
        !matches!(self, Self::Custodian)
    }

    /// Whether entries of such a device count on a lane. Who does not read has nothing to say on
    /// the control lane: it holds no key that it could grant, and is granted none.
    #[must_use]
    pub const fn writes_on(self, lane: Lane) -> bool {
        self.writes() && (self.reads() || !matches!(lane, Lane::Control))
    }

    /// Whether what such a device signs is its organisation's word to others, as in an endorsement.
    #[must_use]
    pub const fn speaks(self) -> bool {
        matches!(self, Self::Node | Self::Admin)
    }

    /// Whether such a device signs decisions for its organisation.
    #[must_use]
    pub const fn decides(self) -> bool {
        matches!(self, Self::Admin)
    }
}

/// A device with its three keys, certified for one organisation.
///
/// Both proofs bind the keys to the organisation and to each other: nobody can certify another
/// organisation's device or transport key as its own and so disable its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Verifying key for entries and statements.
    pub device: DeviceId,
    /// X-Wing public key that grants are sealed to.
    pub receiving: Arc<[u8; RECEIVING_KEY_BYTES]>,
    /// Ed25519 key of its libp2p `PeerId`.
    pub transport: [u8; 32],
    /// What it is for.
    pub role: DeviceRole,
    device_proof: [u8; 64],
    transport_proof: [u8; 64],
}

impl Device {
    /// Certifies a device's public keys, with the proofs of its two signing keys.
    #[must_use]
    pub fn prove(
        org: &OrgId,
        role: DeviceRole,
        signing: &SigningKey,
        transport: &SigningKey,
        receiving: &[u8; RECEIVING_KEY_BYTES],
    ) -> Self {
        let mut device = Self {
            device: DeviceId::new(signing.verifying_key().to_bytes()),
            receiving: Arc::new(*receiving),
            transport: transport.verifying_key().to_bytes(),
            role,
            device_proof: [0; 64],
            transport_proof: [0; 64],
        };
        let role = role.number().to_le_bytes();
        let parts = device.claim(org, &role);
        let proofs = (
            field::prove(signing, Label::DevicePossession, &parts),
            field::prove(transport, Label::DevicePossession, &parts),
        );
        (device.device_proof, device.transport_proof) = proofs;
        device
    }

    /// Whether both certify the same keys for the same role.
    #[must_use]
    pub fn same_keys(&self, other: &Self) -> bool {
        let (a, b) = (self, other);
        a.device == b.device
            && a.receiving == b.receiving
            && a.transport == b.transport
            && a.role == b.role
    }

    fn claim<'a>(&'a self, org: &'a OrgId, role: &'a [u8; 4]) -> [&'a [u8]; 5] {
        let keys = (self.device.as_bytes(), self.receiving.as_slice(), &self.transport);
        [org.as_bytes(), keys.0, keys.1, keys.2, role]
    }

    /// Reads a device and checks its proofs, which also refuses weak keys.
    ///
    /// # Errors
    /// When a length, the role or a proof is wrong.
    pub fn read(org: &OrgId, item: &wire::Device) -> Result<Self, StatementError> {
        let role = DeviceRole::ALL
            .into_iter()
            .find(|role| role.number() == item.role)
            .ok_or_else(|| field::unknown("role", item.role))?;
        let device = Self {
            device: field::id(&item.device)?,
            receiving: Arc::new(field::array("receiving key", &item.receiving)?),
            transport: field::array("transport key", &item.transport)?,
            role,
            device_proof: field::array("device proof", &item.device_proof)?,
            transport_proof: field::array("transport proof", &item.transport_proof)?,
        };
        device.check(org)?;
        Ok(device)
    }

    fn check(&self, org: &OrgId) -> Result<(), StatementError> {
        let role = self.role.number().to_le_bytes();
        let (label, parts) = (Label::DevicePossession, self.claim(org, &role));
        let signing = self.device.as_bytes();
        field::check_proof("device proof", signing, label, &parts, &self.device_proof)?;
        field::check_proof("transport proof", &self.transport, label, &parts, &self.transport_proof)
    }

    /// The device as it travels, in a manifest or in a request to be certified.
    #[must_use]
    pub fn write(&self) -> wire::Device {
        wire::Device {
            device: field::to_bytes(self.device),
            receiving: self.receiving.to_vec(),
            transport: self.transport.to_vec(),
            role: self.role.number(),
            device_proof: self.device_proof.to_vec(),
            transport_proof: self.transport_proof.to_vec(),
        }
    }
}
