//! The devices of this organisation: who they are, one more, one less.
//!
//! The root key signs where the recovery words are typed, not here: the node drafts, and publishes
//! what comes back signed.

use data_encoding::HEXLOWER;

use crate::{
    api::{
        Answer, ApiError,
        device::{Device as Row, DeviceRequest as Action},
    },
    crypto::Statement,
    membership::{
        Device, DeviceRole, DeviceState, Manifest, ManifestCore, Revocation, VerifiedStatement,
    },
    model::id::{CircleId, DeviceId, StatementId},
    node::{Node, device::role_name, errors},
};

/// Key of what people call a device.
pub(in crate::node) fn label_key(device: &DeviceId) -> String {
    format!("device-label/{device}")
}

/// The newest manifest, and what of it a draft goes on from.
pub(in crate::node) struct Head {
    pub(in crate::node) id: StatementId,
    pub(in crate::node) core: ManifestCore,
}

impl Node {
    pub(super) fn device_request(&mut self, request: Action) -> Result<Answer, ApiError> {
        match request {
            Action::List => Ok(Answer::Devices(self.devices())),
            Action::Certify { request, role, label } => {
                let draft = self.draft_certificate(&request, &role, label.as_deref())?;
                Ok(Answer::DeviceDraft(Box::new(draft)))
            }
            Action::Revoke { device, keep, anyway } => {
                let draft = self.draft_revocation(&device, &keep, anyway)?;
                Ok(Answer::DeviceDraft(Box::new(draft)))
            }
            Action::SignHere => {
                self.sign_here()?;
                Ok(Answer::Devices(self.devices()))
            }
            Action::Publish { draft, manifest, certificate } => {
                self.publish(&draft, manifest.as_deref(), certificate.as_deref())
            }
        }
    }

    pub(in crate::node) fn own_devices(&self) -> impl Iterator<Item = (&DeviceId, &DeviceState)> {
        let own = self.org();
        let membership = self.replica.membership(&self.own.private);
        let devices = membership.into_iter().flat_map(|it| it.devices());
        devices.filter(move |(_, state)| state.org == own)
    }

    fn devices(&self) -> Vec<Row> {
        let signs = self.signer_in(&self.own.private);
        let row = |(device, state): (&DeviceId, &DeviceState)| Row {
            device: *device,
            label: self.device_label(device),
            role: role_name(state.role()).to_owned(),
            own: *device == self.replica.own_device(),
            state: if state.revoked {
                "revoked"
            } else if state.contested {
                "contested"
            } else if state.suspended {
                "suspended"
            } else {
                "active"
            }
            .to_owned(),
            signs: signs == Some(*device),
            entries: self
                .replica
                .circle_ids()
                .map(|circle| self.replica.entries_of(&circle, device))
                .sum(),
        };
        self.own_devices().map(row).collect()
    }

    /// What people call a device of this organisation, as far as this node knows.
    pub(in crate::node) fn device_label(&self, device: &DeviceId) -> Option<String> {
        if *device == self.replica.own_device() {
            return Some(self.own.device_label.clone());
        }
        let kept = self.replica.local(&label_key(device));
        kept.and_then(|kept| String::from_utf8(kept.to_vec()).ok())
            .or_else(|| self.label_told(device))
    }

    /// The device that a person means, by label, id, or the beginning of it.
    pub(in crate::node) fn find_device(
        &self,
        text: &str,
    ) -> Result<(DeviceId, DeviceRole), ApiError> {
        let named = |device: &DeviceId| {
            let label = self.device_label(device);
            label.is_some_and(|label| label == text)
                || (text.len() >= 4 && device.to_string().starts_with(text))
        };
        // One that took a revoked one's place may have its name.
        let mut in_use = self.own_devices().filter(|(device, state)| {
            !state.revoked && self.device_label(device).as_deref() == Some(text)
        });
        if let (Some((device, state)), None) = (in_use.next(), in_use.next()) {
            return Ok((*device, state.role()));
        }
        let found: Vec<(DeviceId, DeviceRole)> = self
            .own_devices()
            .filter(|(device, _state)| named(device))
            .map(|(device, state)| (*device, state.role()))
            .collect();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(errors::not_found(format!("this organisation has no device {text:?}"))
                .hint("`ceiba device list` shows them")),
            _ => Err(errors::not_found(format!("{text:?} names several devices"))
                .hint("give more of the id that `ceiba device list` shows")),
        }
    }

    pub(in crate::node) fn head(&self) -> Result<Head, ApiError> {
        let own = self.org();
        let id = self.known(&self.own.private)?.org(&own).and_then(|it| it.manifest);
        let id = id.ok_or_else(|| {
            errors::refused("the organisation's manifest has not come to this device yet")
                .hint("sync with another device of it first")
        })?;
        let manifest = self.replica.statement(&self.own.private, &id);
        let manifest = manifest.and_then(VerifiedStatement::as_manifest);
        let core = manifest.map(|it| it.core().clone());
        Ok(Head { id, core: core.ok_or_else(|| errors::internal("no manifest"))? })
    }

    /// The newest manifest as it travels, in hexadecimal digits.
    pub(super) fn previous(&self) -> Result<String, ApiError> {
        let head = self.head()?.id;
        let statement = self.replica.statement(&self.own.private, &head);
        let statement = statement.ok_or_else(|| errors::internal("no manifest"))?;
        Ok(HEXLOWER.encode(&statement.encode()))
    }

    /// The manifest that follows the newest, with these devices and revocations.
    pub(super) fn next_manifest(
        &self,
        devices: impl FnOnce(Vec<Device>) -> Vec<Device>,
        revocations: Vec<Revocation>,
    ) -> Result<(Manifest, StatementId), ApiError> {
        let Head { id, core } = self.head()?;
        let manifest = Manifest::new(ManifestCore {
            seq: core.seq.saturating_add(1),
            previous: Some(id),
            devices: devices(core.devices.clone()),
            revocations,
            ..core
        });
        let body = manifest.encode();
        let unreadable = |error| errors::refused(errors::sentence(&error));
        Manifest::decode(&body).map_err(unreadable)?;
        Ok((manifest, StatementId::new(Manifest::LABEL.hash(&[&body]))))
    }

    /// Circles beside the private one that this organisation is in.
    pub(super) fn other_circles(&self) -> Vec<CircleId> {
        let mut circles = self.told_circles();
        circles.retain(|circle| *circle != self.own.private);
        circles
    }

    /// Circles that are told of this organisation's devices: those that it is in by its own act.
    pub(in crate::node) fn told_circles(&self) -> Vec<CircleId> {
        let own = self.org();
        let is_in = |circle: &CircleId| {
            let membership = self.replica.membership(circle);
            membership.is_some_and(|it| it.org(&own).is_some()) && self.is_by_own_act(circle)
        };
        self.replica.circle_ids().filter(is_in).collect()
    }
}
