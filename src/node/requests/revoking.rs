//! Revoking a device: what of its logs goes on to count.

mod votes;

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;

use crate::{
    api::{
        ApiError,
        device::{DeviceDraft, Keep, KeptLog},
    },
    crypto::{Label, Statement},
    membership::{CutOffs, Device, Revocation, StandingWork},
    model::{
        id::{CircleId, DeviceId, Lane, LogId, StatementId},
        text::counted,
    },
    node::{Node, device::role_name, errors},
    replica::{JournalPosition, StorageError},
};

/// Characters of the name of a log in a draft: so many that nobody finds a life of its own in which
/// its log has the name of another, and takes what people meant for that.
const LOG_NAME: usize = 16;

/// Logs of one device in one circle of which is put down how much was held when it was revoked.
const MAX_NOTED_LOGS: usize = 256;

/// Key of how much was held of a device when it was revoked.
fn held_key(circle: &CircleId, device: &DeviceId) -> String {
    format!("held-when-revoked/{circle}/{device}")
}

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

/// A log of a device that is revoked.
struct Kept {
    log: LogId,
    /// Whether a person named it.
    wished: bool,
    /// Where its first entry lies in this node's journal.
    came: Option<JournalPosition>,
    shown: KeptLog,
}

/// Leaves an eighth of the logs unnamed, at least one: those that came last, and of those that people
/// named none. Whether there was any.
fn leave_out(logs: &mut [Kept]) -> bool {
    let mut open: Vec<&mut Kept> =
        logs.iter_mut().filter(|it| !it.wished && it.shown.kept > 0).collect();
    open.sort_by_key(|it| std::cmp::Reverse(it.came));
    let count = open.len().div_ceil(8);
    for kept in open.into_iter().take(count) {
        (kept.shown.kept, kept.shown.no_room) = (0, true);
    }
    count > 0
}

impl Node {
    /// What the root key is to sign so that a device is out of use.
    pub(in crate::node) fn draft_revocation(
        &self,
        device: &str,
        keep: &Keep,
        anyway: bool,
    ) -> Result<DeviceDraft, ApiError> {
        let (device, role) = self.find_device(device)?;
        if device == self.replica.own_device() {
            return Err(errors::usage("a device does not revoke itself")
                .hint("revoke it on another device of the organisation"));
        }
        let unknown = self.not_come_yet().len();
        if unknown > 0 && !anyway {
            return Err(errors::refused(format!(
                "nothing has come yet of {}, in which nothing of the device would count",
                counted(unknown, "circle")
            ))
            .hint("`ceiba sync` first, so that the revocation can name what counts there")
            .hint("if it is urgent: --anyway now, and revoke the device once more when they have come")
            .named("circles-not-synced", &[("count", &unknown.to_string())]));
        }
        let mut logs = self.kept_logs(&device, keep)?;
        let circles = self.told_circles();
        let leave = |mut devices: Vec<Device>| {
            devices.retain(|it| it.device != device);
            devices
        };
        let last_votes = self.last_votes(keep, &circles)?;
        let (manifest, votes) = loop {
            let revocation = self.revocation(&device, &last_votes, &logs);
            match self.next_manifest(leave, vec![revocation.clone()]) {
                Ok((manifest, _id)) => break (manifest, self.kept_votes(&revocation, &last_votes)),
                // Whoever has the device can begin very many logs: that must not keep it in use.
                Err(error) if !leave_out(&mut logs) => return Err(error),
                Err(_too_large) => {}
            }
        };
        Ok(DeviceDraft {
            org: self.org(),
            device,
            role: role_name(role).to_owned(),
            label: self.device_label(&device).unwrap_or_else(|| device.short()),
            fingerprint: None,
            request: None,
            logs: logs.into_iter().map(|it| it.shown).collect(),
            votes,
            circles,
            manifest: Some(HEXLOWER.encode(&manifest.encode())),
            certificate: None,
            previous: self.previous()?,
        })
    }

    /// The logs of a device in all circles, with what of them counts afterwards.
    fn kept_logs(&self, device: &DeviceId, keep: &Keep) -> Result<Vec<Kept>, ApiError> {
        let mut kept_logs = Vec::new();
        let mut unused: BTreeMap<&str, u64> =
            keep.until.iter().map(|(log, count)| (log.as_str(), *count)).collect();
        for circle in self.told_circles() {
            let on_time = self.held_when_revoked(&circle, device);
            for (log, tail) in self.logs_of(&circle, device) {
                let name = log_name(&circle, &log);
                let counted = on_time
                    .as_ref()
                    .map_or(tail, |it| it.get(&name).copied().unwrap_or_default().min(tail));
                let wished = unused.remove(name.as_str());
                let kept = match wished {
                    Some(count) if count <= tail => count,
                    Some(_) => {
                        return Err(errors::usage(format!(
                            "of log {name} only {tail} entries are held here"
                        )));
                    }
                    None if keep.nothing => 0,
                    None => counted,
                };
                let shown = KeptLog {
                    log: name,
                    circle,
                    circle_name: self.circle_name(&circle),
                    lane: lane_name(log.lane).to_owned(),
                    held: tail,
                    kept,
                    late: tail.saturating_sub(counted),
                    no_room: false,
                };
                let came = self.replica.came_at(&circle, &log);
                kept_logs.push(Kept { log, wished: wished.is_some(), came, shown });
            }
        }
        if let Some(log) = unused.keys().next() {
            return Err(errors::not_found(format!("the device has no log {log:?}"))
                .hint("`ceiba device revoke DEVICE --dry-run` shows its logs"));
        }
        Ok(kept_logs)
    }

    fn revocation(
        &self,
        device: &DeviceId,
        last_votes: &BTreeMap<CircleId, StatementId>,
        logs: &[Kept],
    ) -> Revocation {
        let mut revocation = Revocation::new(*device);
        for (circle, decision) in last_votes {
            let of = logs.iter().filter(|it| it.shown.circle == *circle && it.shown.kept > 0);
            let cut_offs: CutOffs = of
                .filter_map(|it| {
                    let cut = self.replica.cut_off_at(circle, &it.log, it.shown.kept)?;
                    Some((it.log, cut))
                })
                .collect();
            revocation = revocation.keeping(circle, StandingWork { decision: *decision, cut_offs });
        }
        revocation
    }

    /// The logs of a device in a circle, with how many of their entries count now; of one that is
    /// revoked where no revocation names the circle, how many are held.
    fn logs_of(&self, circle: &CircleId, device: &DeviceId) -> BTreeMap<LogId, u64> {
        if self.is_revoked_unnamed(circle, device) {
            let positions = crate::sync::Replica::frontier(&self.replica, circle).into_iter();
            let of = positions.filter(|it| it.log.device == *device);
            return of.map(|it| (it.log, it.tail.next_seq)).collect();
        }
        let tails = self.replica.counting_tails(circle).into_iter();
        let of = tails.filter(|(log, _)| log.device == *device);
        of.map(|(log, cut)| (log, cut.count)).collect()
    }

    /// Puts down how much was held of devices when the revocation came that does not name a circle:
    /// what comes after may be by whoever has the device.
    pub(in crate::node) fn note_revoked(&mut self, circle: &CircleId) -> Result<(), StorageError> {
        let devices: Vec<DeviceId> = self.own_devices().map(|(device, _state)| *device).collect();
        for device in devices {
            let key = held_key(circle, &device);
            if self.replica.local(&key).is_some() || !self.is_revoked_unnamed(circle, &device) {
                continue;
            }
            let logs = self.logs_of(circle, &device).into_iter().take(MAX_NOTED_LOGS);
            let held = logs.map(|(log, count)| format!(" {}={count}", log_name(circle, &log)));
            // Never empty: that would be forgotten.
            let told: String = std::iter::once("1".to_owned()).chain(held).collect();
            self.replica.set_local(&key, told.into_bytes())?;
        }
        Ok(())
    }

    /// How much was held of a device's logs, by name, when it was revoked without naming the circle;
    /// none where it is named.
    fn held_when_revoked(
        &self,
        circle: &CircleId,
        device: &DeviceId,
    ) -> Option<BTreeMap<String, u64>> {
        if !self.is_revoked_unnamed(circle, device) {
            return None;
        }
        let told = self.replica.local(&held_key(circle, device)).unwrap_or_default();
        let logs = std::str::from_utf8(told).unwrap_or_default().split(' ');
        let logs = logs.filter_map(|log| {
            let (name, count) = log.split_once('=')?;
            Some((name.to_owned(), count.parse().ok()?))
        });
        Some(logs.collect())
    }
}
