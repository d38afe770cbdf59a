//! Making a machine a device of this organisation, and publishing what the root key signed.

use data_encoding::HEXLOWER;

use super::devices::{Head, label_key};
use crate::{
    api::{
        Answer, ApiError,
        device::{DeviceChanged, DeviceDraft},
    },
    crypto::{ReceivingPublicKey, Signed, Statement},
    membership::{Device, VerifiedStatement},
    model::{
        id::{CircleId, DeviceId, StatementId},
        limits::{MAX_DEVICES_PER_MANIFEST, MAX_ROOT_ROOM_BYTES, MAX_STATEMENT_BYTES_PER_SIGNER},
    },
    node::{
        Node,
        device::{
            Certificate, CertificateBody, CertificateError, DeviceRequest,
            certificate::{MAX_ADDRESSES, signature_of},
            role_by_name, role_name,
        },
        errors,
        home::check_name,
    },
};

impl Node {
    /// What the root key is to sign so that a machine becomes a device; for one that is a device
    /// already, in this role and with these keys, its certificate once more: the first may be lost.
    pub(super) fn draft_certificate(
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
        let Head { id: head, core } = self.head()?;
        let again = core.devices.contains(device);
        let known = self.known(&self.own.private)?.device(&device.device);
        if let Some(known) = known.filter(|it| it.revoked || !again) {
            let (why, hint) = if known.revoked {
                ("was revoked", "a machine that comes back makes a new home and a new request")
            } else {
                (
                    "is a device already, in another role",
                    "to have its certificate once more give the role that it has; for another role it makes a new home and a new request",
                )
            };
            return Err(
                errors::refused(format!("this machine {why}: a request is used once")).hint(hint)
            );
        }
        let label = label.unwrap_or(&request.label).to_owned();
        check_name("the device's label", &label)?;
        self.check_label_is_free(&label, &device.device)?;
        if !again && core.devices.len() >= MAX_DEVICES_PER_MANIFEST {
            return Err(errors::refused(format!(
                "an organisation has at most {MAX_DEVICES_PER_MANIFEST} devices"
            ))
            .hint("revoke one that is not used any more: `ceiba device list` shows them"));
        }
        let add = |mut devices: Vec<Device>| {
            devices.push(device.clone());
            devices
        };
        let next = if again { None } else { Some(self.next_manifest(add, Vec::new())?) };
        let (manifest, id) = next.map_or((None, head), |(manifest, id)| (Some(manifest), id));
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
            votes: Vec::new(),
            circles: self.told_circles(),
            manifest: manifest.map(|manifest| HEXLOWER.encode(&manifest.encode())),
            certificate: Some(HEXLOWER.encode(&body.encode())),
            previous: self.previous()?,
        })
    }

    /// Two devices of one name: the wrong one would be revoked in a hurry.
    fn check_label_is_free(&self, label: &str, own: &DeviceId) -> Result<(), ApiError> {
        let mut others =
            self.own_devices().filter(|(device, state)| *device != own && !state.revoked);
        if others.any(|(device, _state)| self.device_label(device).as_deref() == Some(label)) {
            return Err(errors::refused(format!("another device is called {label:?} already"))
                .hint("give this one another name with --label"));
        }
        Ok(())
    }

    /// The manifest that was signed, if it is the one that was drafted and still follows the newest.
    fn signed_manifest(
        &self,
        draft: &DeviceDraft,
        manifest: Option<&str>,
    ) -> Result<Option<VerifiedStatement>, ApiError> {
        let unreadable = || errors::usage("what was signed is not readable");
        let (drafted, manifest) = match (&draft.manifest, manifest) {
            (None, None) => return Ok(None),
            (Some(drafted), Some(manifest)) => (drafted, manifest),
            _ => return Err(unreadable()),
        };
        let bytes = HEXLOWER.decode(manifest.as_bytes()).map_err(|_digits| unreadable())?;
        let statement = VerifiedStatement::decode(&bytes).map_err(|_refused| unreadable())?;
        let signed = statement.as_manifest().ok_or_else(unreadable)?;
        if HEXLOWER.encode(&signed.encode()) != *drafted {
            return Err(unreadable());
        }
        if signed.core().org != self.org() || signed.core().previous != Some(self.head()?.id) {
            return Err(errors::refused("the organisation's manifest changed meanwhile")
                .hint("somebody certified or revoked on another machine: begin again"));
        }
        Ok(Some(statement))
    }

    /// Publishes a manifest that the root key has signed; for a new device, gives its certificate.
    pub(super) fn publish(
        &mut self,
        draft: &DeviceDraft,
        manifest: Option<&str>,
        certificate: Option<&str>,
    ) -> Result<Answer, ApiError> {
        let statement = self.signed_manifest(draft, manifest)?;
        let head = self.head()?;
        let signed = statement.as_ref().and_then(VerifiedStatement::as_manifest);
        let core = signed.map_or(&head.core, |it| it.core());
        let (id, root) = (statement.as_ref().map_or(head.id, VerifiedStatement::id), core.root);
        let added = core.devices.iter().find(|it| it.device == draft.device).cloned();
        // Before anything is published: with a certificate that does not fit, nothing is.
        let certificate = match (certificate, &added) {
            (Some(signature), Some(_device)) => Some(signed_body(draft, signature, (&id, &root))?),
            (None, None) => None,
            _ => return Err(errors::usage("what was signed is not readable")),
        };
        let (circles, untold) = match &statement {
            Some(statement) => self.tell_all(statement)?,
            None => (0, Vec::new()),
        };
        self.replica.set_local(&label_key(&draft.device), draft.label.clone().into_bytes())?;
        self.settle();
        let new_keys = if added.is_none() { self.renew_keys() } else { 0 };
        let fingerprint = certificate.as_ref().and_then(|it| it.clone().verify().ok());
        let fingerprint = fingerprint.map(|it| it.value().fingerprint());
        let certificate = match certificate.zip(added) {
            Some((body, device)) => Some(self.certificate(&body, &device)?),
            None => None,
        };
        Ok(Answer::DeviceChanged(DeviceChanged {
            device: draft.device,
            role: draft.role.clone(),
            label: draft.label.clone(),
            revoked: certificate.is_none(),
            circles,
            untold,
            new_keys,
            certificate,
            fingerprint,
        }))
    }

    /// Keeps a manifest in all circles; gives how many took it, and the names of those without room.
    fn tell_all(
        &mut self,
        statement: &VerifiedStatement,
    ) -> Result<(usize, Vec<String>), ApiError> {
        let (mut circles, mut untold) = (0, Vec::new());
        let others = self.other_circles();
        for circle in std::iter::once(self.own.private).chain(others) {
            self.keep(&circle, std::slice::from_ref(statement))?;
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
                untold.push(name);
            }
        }
        self.warn_of_room();
        Ok((circles, untold))
    }

    /// Each manifest names all devices again, and none is ever forgotten.
    fn warn_of_room(&mut self) {
        let manifests = self.manifests(&self.own.private, &[self.org()].into());
        let used: usize = manifests.iter().map(|it| it.encode().len()).sum();
        let room = MAX_STATEMENT_BYTES_PER_SIGNER + MAX_ROOT_ROOM_BYTES;
        if used > room / 2 {
            let percent = used.saturating_mul(100) / room;
            self.notices.insert(format!(
                "{percent} % of the room for this organisation's certifications and revocations is used: once it is full none is possible any more; certify and revoke less often, and have fewer devices"
            ));
        }
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
    ) -> Result<String, ApiError> {
        let key = ReceivingPublicKey::from_bytes(device.receiving.as_slice());
        let key = key.map_err(|_key| errors::usage("the machine's keys are not usable"))?;
        let private = vec![self.own.private];
        let mut all = private.clone();
        if device.role.reads() {
            all.extend(self.other_circles());
        }
        let to = (&device.device, &key);
        let sealed = Certificate::seal(body, &self.statements_of(&all), to, &mut self.rng);
        // The others come by sync, once the machine is a device.
        Ok(match sealed {
            Err(CertificateError::TooLong) => {
                Certificate::seal(body, &self.statements_of(&private), to, &mut self.rng)?
            }
            sealed => sealed?,
        })
    }

    fn statements_of(&self, circles: &[CircleId]) -> Vec<(CircleId, Vec<u8>)> {
        let of = |circle: &CircleId| {
            let circle = *circle;
            let statements = self.replica.statements(&circle).map(VerifiedStatement::encode);
            statements.map(move |statement| (circle, statement)).collect::<Vec<_>>()
        };
        circles.iter().flat_map(of).collect()
    }
}

/// The certificate's body with its signature, if it is of this manifest.
fn signed_body(
    draft: &DeviceDraft,
    signature: &str,
    (manifest, root): (&StatementId, &[u8; 32]),
) -> Result<Signed<CertificateBody>, ApiError> {
    let unreadable = || errors::usage("what was signed is not readable");
    let bytes = draft.certificate.as_deref().unwrap_or_default();
    let bytes = HEXLOWER.decode(bytes.as_bytes()).map_err(|_digits| unreadable())?;
    let signature = signature_of(signature).ok_or_else(unreadable)?;
    let signed = Signed::<CertificateBody>::from_parts(bytes.clone(), signature);
    let verified = signed.verify().map_err(|_refused| unreadable())?;
    let body = verified.value();
    if body.manifest != *manifest || body.device != draft.device || body.root != *root {
        return Err(unreadable());
    }
    Ok(Signed::from_parts(bytes, signature))
}
