//! Revoking a device: what of its logs goes on to count.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;

use crate::{
    api::{
        ApiError,
        device::{DeviceDraft, Keep, KeptLog},
    },
    crypto::{Label, Statement},
    membership::{CutOffs, Device, Revocation, StandingWork},
    model::id::{CircleId, DeviceId, Lane, LogId, StatementId},
    node::{Node, device::role_name, errors},
};

/// Characters of the name of a log in a draft.
const LOG_NAME: usize = 8;

/// What a log is called where a person says how much of it counts.
fn log_name(circle: &CircleId, log: &LogId) -> String {
    let lane = log.lane.number().to_le_bytes();
    let parts: [&[u8]; 4] =
        [circle.as_bytes(), log.device.as_bytes(), log.incarnation.as_ref(), &lane];
    let mut name = HEXLOWER.encode(&Label::SetDigest.hash(&parts));
    name.truncate(LOG_NAME);
    name
}

const fn lane_name(lane: Lane) -> &'static str {
    match lane {
        Lane::Control => "control",
        Lane::Alert => "alert",
        Lane::Record => "record",
    }
}

impl Node {
    /// What the root key is to sign so that a device is out of use.
    pub(super) fn draft_revocation(
        &self,
        device: &str,
        keep: &Keep,
    ) -> Result<DeviceDraft, ApiError> {
        let (device, role) = self.find_device(device)?;
        if device == self.replica.own_device() {
            return Err(errors::usage("a device does not revoke itself")
                .hint("revoke it on another device of the organisation"));
        }
        let (mut revocation, mut logs) = (Revocation::new(device), Vec::new());
        let mut unused: BTreeMap<&str, u64> =
            keep.until.iter().map(|(log, count)| (log.as_str(), *count)).collect();
        let circles = self.told_circles();
        for circle in &circles {
            // Of a device that others used, no vote stands either: none is on the way to here.
            let decision = if keep.nothing {
                StatementId::new(*circle.as_bytes())
            } else {
                self.known(circle)?.tip()
            };
            let mut cut_offs = CutOffs::new();
            for (log, tail) in self.logs_of(circle, &device) {
                let name = log_name(circle, &log);
                let kept = match unused.remove(name.as_str()) {
                    Some(count) if count <= tail => count,
                    Some(_) => {
                        return Err(errors::usage(format!(
                            "of log {name} only {tail} entries are held here"
                        )));
                    }
                    None if keep.nothing => 0,
                    None => tail,
                };
                let cut = self.replica.cut_off_at(circle, &log, kept);
                cut_offs.extend(cut.map(|cut| (log, cut)));
                logs.push(KeptLog {
                    log: name,
                    circle: *circle,
                    circle_name: self.circle_name(circle),
                    lane: lane_name(log.lane).to_owned(),
                    held: tail,
                    kept,
                });
            }
            revocation = revocation.keeping(circle, StandingWork { decision, cut_offs });
        }
        if let Some(log) = unused.keys().next() {
            return Err(errors::not_found(format!("the device has no log {log:?}"))
                .hint("`ceiba device revoke DEVICE --dry-run` shows its logs"));
        }
        let leave = |mut devices: Vec<Device>| {
            devices.retain(|it| it.device != device);
            devices
        };
        let (manifest, _id) = self.next_manifest(leave, vec![revocation])?;
        Ok(DeviceDraft {
            org: self.org(),
            device,
            role: role_name(role).to_owned(),
            label: self.device_label(&device).unwrap_or_else(|| device.short()),
            fingerprint: None,
            request: None,
            logs,
            circles,
            manifest: HEXLOWER.encode(&manifest.encode()),
            certificate: None,
            previous: self.previous()?,
        })
    }

    /// The logs of a device in a circle, with how many of their entries count now; of one that is
    /// revoked, how many are held: a revocation that did not name the circle is made good so.
    fn logs_of(&self, circle: &CircleId, device: &DeviceId) -> BTreeMap<LogId, u64> {
        let revoked = self.replica.membership(circle).and_then(|it| it.device(device));
        if revoked.is_some_and(|it| it.revoked) {
            let positions = crate::sync::Replica::frontier(&self.replica, circle).into_iter();
            let of = positions.filter(|it| it.log.device == *device);
            return of.map(|it| (it.log, it.tail.next_seq)).collect();
        }
        let tails = self.replica.counting_tails(circle).into_iter();
        let of = tails.filter(|(log, _)| log.device == *device);
        of.map(|(log, cut)| (log, cut.count)).collect()
    }
}
