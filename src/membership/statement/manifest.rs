//! What an organisation says of itself: its root, its devices, its revocations.

use std::{collections::BTreeSet, sync::Arc};

use ed25519_dalek::SigningKey;
use prost::Message;

use super::{Device, Revocation, revocation};
use crate::{
    crypto::{Label, Signed, Statement, Verified},
    membership::{StatementError, field},
    model::{
        id::{DeviceId, OrgId, StatementId},
        limits,
    },
    wire::membership as wire,
};

/// The content of a manifest, before it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestCore {
    /// The organisation.
    pub org: OrgId,
    /// Place in the chain, from 0.
    pub seq: u64,
    /// The previous manifest; none at 0.
    pub previous: Option<StatementId>,
    /// Root key that signs this manifest.
    pub root: [u8; 32],
    /// Commitment to the next root key, see [`next_root_commitment`]; changes only with the root.
    pub next_root: [u8; 32],
    /// Devices in use. A device leaves only by revocation, and never changes.
    pub devices: Vec<Device>,
    /// Devices out of use; only those that this manifest adds need be named.
    pub revocations: Vec<Revocation>,
    /// Admin devices that together may install a new root; 0 for none.
    pub recovery_threshold: u32,
}

/// A manifest: its content, and the admin devices that vouch for it if it recovers a lost root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    core: ManifestCore,
    core_bytes: Arc<[u8]>,
    recovery: Vec<CoSignature>,
}

/// Signature of an admin device under a manifest's content; was checked when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoSignature {
    /// The admin device.
    pub device: DeviceId,
    signature: [u8; 64],
}

/// What a manifest says of the key that may follow its root.
#[must_use]
pub fn next_root_commitment(key: &[u8; 32]) -> [u8; 32] {
    Label::NextRoot.hash(&[key])
}

impl Manifest {
    /// A manifest with this content, which the root has still to sign.
    #[must_use]
    pub fn new(core: ManifestCore) -> Self {
        let core_bytes = write_core(&core).encode_to_vec().into();
        Self { core, core_bytes, recovery: Vec::new() }
    }

    /// Adds the signature of an admin device of the previous manifest, to install a new root.
    #[must_use]
    pub fn recovered_by(mut self, admin: &SigningKey) -> Self {
        let signature = field::prove(admin, Label::ManifestRecovery, &[&self.core_bytes]);
        let device = DeviceId::new(admin.verifying_key().to_bytes());
        self.recovery.push(CoSignature { device, signature });
        self
    }

    /// Signs with the root key that the content names.
    ///
    /// # Errors
    /// When the manifest breaks a rule that every reader checks, or the key is another.
    pub fn sign(self, root: &SigningKey) -> Result<Verified<Self>, StatementError> {
        if root.verifying_key().to_bytes() != self.core.root {
            return Err(StatementError::Proof { field: "root key" });
        }
        Self::decode(&self.encode())?;
        Ok(Signed::sign(root, self))
    }

    /// The content.
    #[must_use]
    pub const fn core(&self) -> &ManifestCore {
        &self.core
    }

    /// The admin devices that vouch for a new root.
    #[must_use]
    pub fn recovery(&self) -> &[CoSignature] {
        &self.recovery
    }
}

impl Statement for Manifest {
    const LABEL: Label = Label::Manifest;
    type Error = StatementError;

    fn decode(body: &[u8]) -> Result<Self, StatementError> {
        let item: wire::Manifest = field::message(body)?;
        let core = read_core(&field::message(&item.core)?)?;
        let recovery = read_recovery(&item)?;
        Ok(Self { core, core_bytes: item.core.into(), recovery })
    }

    fn encode(&self) -> Vec<u8> {
        let recovery = self.recovery.iter().map(|by| wire::CoSignature {
            device: field::to_bytes(by.device),
            signature: by.signature.to_vec(),
        });
        let core = self.core_bytes.to_vec();
        wire::Manifest { core, recovery: recovery.collect() }.encode_to_vec()
    }

    fn signer(&self) -> [u8; 32] {
        self.core.root
    }
}

fn read_recovery(item: &wire::Manifest) -> Result<Vec<CoSignature>, StatementError> {
    let max = limits::MAX_DEVICES_PER_MANIFEST;
    field::at_most("recovery signatures", item.recovery.len(), max)?;
    let read = |by: &wire::CoSignature| -> Result<CoSignature, StatementError> {
        let device: DeviceId = field::id(&by.device)?;
        let signature = field::array("recovery signature", &by.signature)?;
        let (name, label) = ("recovery signature", Label::ManifestRecovery);
        field::check_proof(name, device.as_bytes(), label, &[&item.core], &signature)?;
        Ok(CoSignature { device, signature })
    };
    let signatures = item.recovery.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    distinct("recovery signatures", signatures.iter().map(|by| by.device))?;
    Ok(signatures)
}

fn read_core(item: &wire::ManifestCore) -> Result<ManifestCore, StatementError> {
    field::version(item.version)?;
    field::at_most("devices", item.devices.len(), limits::MAX_DEVICES_PER_MANIFEST)?;
    field::at_most("revocations", item.revocations.len(), limits::MAX_REVOCATIONS_PER_MANIFEST)?;
    let org = field::id(&item.org)?;
    let devices = item.devices.iter().map(|device| Device::read(&org, device));
    let core = ManifestCore {
        org,
        seq: item.seq,
        previous: field::optional_id(&item.previous)?,
        root: field::array("root key", &item.root)?,
        next_root: field::array("next root", &item.next_root)?,
        devices: devices.collect::<Result<_, _>>()?,
        revocations: item.revocations.iter().map(revocation::read).collect::<Result<_, _>>()?,
        recovery_threshold: item.recovery_threshold,
    };
    check_core(&core)?;
    Ok(core)
}

fn check_core(core: &ManifestCore) -> Result<(), StatementError> {
    if (core.seq == 0) != core.previous.is_none() {
        let rule = "be there exactly from the second manifest on";
        return Err(StatementError::Field { field: "previous", rule });
    }
    if core.seq == 0 && core.root != *core.org.as_bytes() {
        let rule = "be the organisation in the first manifest";
        return Err(StatementError::Field { field: "root key", rule });
    }
    distinct("devices", core.devices.iter().map(|device| *device.device.as_bytes()))?;
    distinct("transport keys", core.devices.iter().map(|device| device.transport))?;
    distinct("revocations", core.revocations.iter().map(|revocation| revocation.device))?;
    let revoked: BTreeSet<_> = core.revocations.iter().map(|it| it.device).collect();
    if core.devices.iter().any(|device| revoked.contains(&device.device)) {
        return Err(StatementError::Field { field: "devices", rule: "not be revoked as well" });
    }
    Ok(())
}

fn distinct<T: Ord>(
    field: &'static str,
    items: impl Iterator<Item = T>,
) -> Result<(), StatementError> {
    let mut seen = BTreeSet::new();
    for item in items {
        if !seen.insert(item) {
            return Err(StatementError::Duplicate { field });
        }
    }
    Ok(())
}

fn write_core(core: &ManifestCore) -> wire::ManifestCore {
    wire::ManifestCore {
        version: field::VERSION,
        org: field::to_bytes(core.org),
        seq: core.seq,
        previous: core.previous.map(field::to_bytes).unwrap_or_default(),
        root: core.root.to_vec(),
        next_root: core.next_root.to_vec(),
        devices: core.devices.iter().map(Device::write).collect(),
        revocations: core.revocations.iter().map(revocation::write).collect(),
        recovery_threshold: core.recovery_threshold,
    }
}
