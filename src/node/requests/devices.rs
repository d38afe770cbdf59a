//! The devices of this organisation: who they are, one more, one less.
//!
//! The root key signs where the recovery words are typed, not here: the node drafts, and publishes
//! what comes back signed.

use data_encoding::HEXLOWER;

use crate::{
    api::{
        Answer, ApiError,
        device::{Device as Row, DeviceChanged, DeviceDraft, DeviceRequest as Action},
    },
    crypto::{ReceivingPublicKey, Signed, Statement},
    membership::{
        Device, DeviceRole, DeviceState, Manifest, ManifestCore, Revocation, VerifiedStatement,
    },
    model::{
        id::{CircleId, DeviceId, StatementId},
        limits::MAX_DEVICES_PER_MANIFEST,
    },
    node::{
        Node,
        device::{
            Certificate, CertificateBody, DeviceRequest,
            certificate::{MAX_ADDRESSES, signature_of},
            role_by_name, role_name,
        },
        errors,
        home::check_name,
    },
};

/// Key of what people call a device.
fn label_key(device: &DeviceId) -> String {
    format!("device-label/{device}")
}

/// The newest manifest, and what of it a draft goes on from.
struct Head {
    id: StatementId,
    core: ManifestCore,
}

impl Node {
    pub(super) fn device_request(&mut self, request: Action) -> Result<Answer, ApiError> {
        match request {
            Action::List => Ok(Answer::Devices(self.devices())),
            Action::Certify { request, role, label } => {
                let draft = self.draft_certificate(&request, &role, label.as_deref())?;
                Ok(Answer::DeviceDraft(Box::new(draft)))
            }
            Action::Revoke { device, keep } => {
                let draft = self.draft_revocation(&device, &keep)?;
                Ok(Answer::DeviceDraft(Box::new(draft)))
            }
            Action::Publish { draft, manifest, certificate, short } => {
                self.publish(&draft, &manifest, certificate.as_deref(), short)
            }
        }
    }

    fn own_devices(&self) -> impl Iterator<Item = (&DeviceId, &DeviceState)> {
        let own = self.org();
        let membership = self.replica.membership(&self.own.private);
        let devices = membership.into_iter().flat_map(|it| it.devices());
        devices.filter(move |(_, state)| state.org == own)
    }

    fn devices(&self) -> Vec<Row> {
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
            entries: self
                .replica
                .circle_ids()
                .map(|circle| self.replica.entries_of(&circle, device))
                .sum(),
        };
        self.own_devices().map(row).collect()
    }

    /// What people call a device of this organisation, as far as this node knows.
    pub(super) fn device_label(&self, device: &DeviceId) -> Option<String> {
        if *device == self.replica.own_device() {
            return Some(self.own.device_label.clone());
        }
        let kept = self.replica.local(&label_key(device))?;
        String::from_utf8(kept.to_vec()).ok()
    }

    /// The device that a person means, by label, id, or the beginning of it.
    pub(super) fn find_device(&self, text: &str) -> Result<(DeviceId, DeviceRole), ApiError> {
        let named = |device: &DeviceId| {
            let label = self.device_label(device);
            label.is_some_and(|label| label == text)
                || (text.len() >= 4 && device.to_string().starts_with(text))
        };
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

    fn head(&self) -> Result<Head, ApiError> {
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

    fn draft_certificate(
        &self,
        text: &str,
        role: &str,
        label: Option<&str>,
    ) -> Result<DeviceDraft, ApiError> {
        let role = role_by_name(role)
            .ok_or_else(|| errors::usage("a role is dropbox, field, node or admin"))?;
        let request = DeviceRequest::parse(text)?;
        if request.org != self.org() {
            return Err(errors::refused(format!(
                "the request is for organisation {}, not for this one",
                request.org
            ))
            .hint(format!("make it with `ceiba device request --org {}`", self.org())));
        }
        let device = request
            .certified(role)
            .ok_or_else(|| errors::refused("the machine does not offer this role"))?;
        let membership = self.known(&self.own.private)?;
        if let Some(known) = membership.device(&device.device) {
            let why = if known.revoked { "was revoked" } else { "is a device already" };
            return Err(errors::refused(format!("this machine {why}: a request is used once"))
                .hint("a machine that comes back makes a new home and a new request"));
        }
        let label = label.unwrap_or(&request.label).to_owned();
        check_name("the device's label", &label)?;
        let core = self.head()?.core;
        if core.devices.len() >= MAX_DEVICES_PER_MANIFEST {
            return Err(errors::refused(format!(
                "an organisation has at most {MAX_DEVICES_PER_MANIFEST} devices"
            ))
            .hint("revoke one that is not used any more"));
        }
        let add = |mut devices: Vec<Device>| {
            devices.push(device.clone());
            devices
        };
        let (manifest, id) = self.next_manifest(add, Vec::new())?;
        // Who reads nothing elsewhere need not know that there is an elsewhere.
        let circles = if role.reads() { self.other_circles() } else { Vec::new() };
        let body = CertificateBody {
            org: self.org(),
            root: core.root,
            device: device.device,
            role,
            manifest: id,
            org_name: self.own.org_name.clone(),
            label: label.clone(),
            private: self.own.private,
            circles,
            addresses: self.listening().into_iter().take(MAX_ADDRESSES).collect(),
        };
        Ok(DeviceDraft {
            org: self.org(),
            device: device.device,
            role: role_name(role).to_owned(),
            label,
            fingerprint: Some(request.fingerprint()),
            request: Some(text.to_owned()),
            logs: Vec::new(),
            circles: self.told_circles(),
            manifest: HEXLOWER.encode(&manifest.encode()),
            certificate: Some(HEXLOWER.encode(&body.encode())),
            previous: self.previous()?,
        })
    }

    /// Circles beside the private one that this organisation is in.
    fn other_circles(&self) -> Vec<CircleId> {
        let mut circles = self.told_circles();
        circles.retain(|circle| *circle != self.own.private);
        circles
    }

    /// Circles that are told of this organisation's devices.
    pub(in crate::node) fn told_circles(&self) -> Vec<CircleId> {
        let own = self.org();
        let is_in = |circle: &CircleId| {
            self.replica.membership(circle).is_some_and(|it| it.org(&own).is_some())
        };
        self.replica.circle_ids().filter(is_in).collect()
    }

    /// Publishes a manifest that the root key has signed; for a new device, gives its certificate.
    fn publish(
        &mut self,
        draft: &DeviceDraft,
        manifest: &str,
        certificate: Option<&str>,
        short: bool,
    ) -> Result<Answer, ApiError> {
        let unreadable = || errors::usage("what was signed is not readable");
        let bytes = HEXLOWER.decode(manifest.as_bytes()).map_err(|_digits| unreadable())?;
        let statement = VerifiedStatement::decode(&bytes).map_err(|_refused| unreadable())?;
        let signed = statement.as_manifest().ok_or_else(unreadable)?;
        let head = self.head()?;
        if HEXLOWER.encode(&signed.encode()) != draft.manifest {
            return Err(unreadable());
        }
        if signed.core().org != self.org() || signed.core().previous != Some(head.id) {
            return Err(errors::refused(
                "the organisation's manifest changed meanwhile: begin again",
            ));
        }
        let added = signed.core().devices.iter().find(|it| it.device == draft.device).cloned();
        // Before anything is published: with a certificate that does not fit, nothing is.
        let certificate = match (certificate, &added) {
            (Some(signature), Some(_device)) => {
                Some(signed_body(draft, signature, &statement.id())?)
            }
            (None, None) => None,
            _ => return Err(unreadable()),
        };
        let mut circles = 0;
        let others = self.other_circles();
        for circle in std::iter::once(self.own.private).chain(others) {
            self.keep(&circle, std::slice::from_ref(&statement))?;
            if self.replica.statement(&circle, &statement.id()).is_some() {
                circles += 1;
            } else if circle == self.own.private {
                return Err(errors::refused(
                    "the manifest found no room in the private circle: nothing was changed",
                ));
            } else {
                let name = self.circle_name(&circle).unwrap_or_else(|| circle.short());
                self.notices.insert(format!(
                    "the organisation's manifest found no room in {name}: partners there do not hear of it"
                ));
            }
        }
        self.replica.set_local(&label_key(&draft.device), draft.label.clone().into_bytes())?;
        self.settle();
        let new_keys = if added.is_none() { self.renew_keys() } else { 0 };
        let certificate = match certificate.zip(added) {
            Some((body, device)) => Some(self.certificate(&body, &device, short)?),
            None => None,
        };
        Ok(Answer::DeviceChanged(DeviceChanged {
            device: draft.device,
            role: draft.role.clone(),
            label: draft.label.clone(),
            revoked: certificate.is_none(),
            circles,
            new_keys,
            certificate,
        }))
    }

    /// Makes new keys where somebody holds the last who may not read any more.
    fn renew_keys(&mut self) -> usize {
        let mut renewed = 0;
        for circle in self.told_circles() {
            match self.replica.renew_key(&circle, &mut self.rng) {
                Ok(made) => renewed += usize::from(made),
                Err(error) => {
                    tracing::info!(%error, "no new key was made; the next writer makes it");
                }
            }
        }
        self.settle();
        renewed
    }

    fn certificate(
        &mut self,
        body: &Signed<CertificateBody>,
        device: &Device,
        short: bool,
    ) -> Result<String, ApiError> {
        let key = ReceivingPublicKey::from_bytes(device.receiving.as_slice());
        let key = key.map_err(|_key| errors::usage("the machine's keys are not usable"))?;
        let mut circles = vec![self.own.private];
        if device.role.reads() {
            circles.extend(self.other_circles());
        }
        if short {
            circles.clear();
        }
        let mut statements = Vec::new();
        for circle in circles {
            let of = self.replica.statements(&circle).map(VerifiedStatement::encode);
            statements.extend(of.map(|statement| (circle, statement)));
        }
        Ok(Certificate::seal(body, &statements, (&device.device, &key), &mut self.rng)?)
    }
}

/// The certificate's body with its signature, if it is of this manifest.
fn signed_body(
    draft: &DeviceDraft,
    signature: &str,
    manifest: &StatementId,
) -> Result<Signed<CertificateBody>, ApiError> {
    let unreadable = || errors::usage("what was signed is not readable");
    let body = draft.certificate.as_deref().unwrap_or_default();
    let body = HEXLOWER.decode(body.as_bytes()).map_err(|_digits| unreadable())?;
    let signature = signature_of(signature).ok_or_else(unreadable)?;
    let signed = Signed::<CertificateBody>::from_parts(body.clone(), signature);
    let verified = signed.verify().map_err(|_refused| unreadable())?;
    if verified.value().manifest != *manifest || verified.value().device != draft.device {
        return Err(unreadable());
    }
    Ok(Signed::from_parts(body, signature))
}
