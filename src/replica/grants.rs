//! Grants as they come in: into the key ring, and what waited for them up for opening.

use std::sync::Arc;

use prost::Message;

use crate::{
    crypto::GrantSet,
    log::{Header, Kind},
    model::{
        id::{CircleId, DeviceId, LogId},
        limits::{MAX_GRANTS_PER_SET, MAX_SEALED_PAYLOAD_BYTES},
    },
    replica::{Replica, Storage, WriteError},
    wire::{bounded, payload as wire},
};

impl<S: Storage> Replica<S> {
    /// Learns the grants of an entry. They wait until the decision is known that their author
    /// knew: else we might grant on, to somebody whom that decision put out.
    pub(super) fn learn_grants(
        &mut self,
        circle: &CircleId,
        (header, counts): (&Header, bool),
        payloads: &[Option<Arc<[u8]>>],
    ) {
        let own = self.own_device();
        let Some(state) = self.circles.get_mut(circle) else { return };
        // Who may not read has no key to grant: that it names one must make nobody take another.
        let blind = |device: &DeviceId| {
            state.membership.device(device).is_some_and(|it| !it.role().reads())
        };
        if blind(&header.log.device) {
            return;
        }
        let deposits = blind(&own);
        if state.membership.decision_depth(&header.decision).is_none() {
            state.early_grants.insert((header.log, header.seq));
            return;
        }
        for payload in payloads.iter().flatten() {
            let Ok(mut set) = GrantSet::decode(payload) else { continue };
            if deposits {
                // What is granted by mistake or malice is not even opened, nor deposited under.
                if set.grants.remove(&own).is_some() {
                    state.keys.note_holder(set.epoch, own);
                }
            }
            if set.decision != header.decision {
                continue;
            }
            let author = (header.log.device, counts);
            for epoch in state.keys.learn(circle, author, set, &self.identity.keys) {
                for (log, seq) in state.take_waiting(&epoch) {
                    self.inbox.push_back((*circle, log, seq));
                }
            }
        }
    }

    /// Learns whose grants do not open for the author of an entry that counts.
    pub(super) fn learn_ask(
        &mut self,
        circle: &CircleId,
        (header, counts): (&Header, bool),
        payloads: &[Option<Arc<[u8]>>],
    ) {
        let Some(state) = self.circles.get_mut(circle).filter(|_| counts) else { return };
        for payload in payloads.iter().flatten() {
            let read = bounded::decode(payload, MAX_SEALED_PAYLOAD_BYTES, MAX_GRANTS_PER_SET);
            let Ok::<wire::Ask, _>(ask) = read else { continue };
            let from = ask.not_opened_from.iter();
            let from = from.filter_map(|device| DeviceId::try_from(device.as_slice()).ok());
            state.keys.learn_ask(header.log.device, from);
        }
    }

    /// Says whose grants do not open here, if that is news: each device is named once.
    pub(super) fn ask(&mut self, circle: &CircleId) -> Result<usize, WriteError> {
        let own = self.own_device();
        let Some(state) = self.circles.get_mut(circle) else { return Ok(0) };
        let from = state.keys.not_opened_from(&own);
        if from.is_empty() {
            return Ok(0);
        }
        let not_opened_from = from.iter().map(|device| device.as_bytes().to_vec()).collect();
        state.keys.learn_ask(own, from.iter().copied());
        for device in &from {
            let (device, circle) = (device.short(), circle.short());
            self.report(format!(
                "a key that {device} granted to this device in circle {circle} does not open: others are asked for it"
            ));
        }
        self.append_clear(circle, Kind::Ask, wire::Ask { not_opened_from }.encode_to_vec())?;
        Ok(1)
    }

    /// Learns the grants of an entry again.
    pub(super) fn relearn_grants(&mut self, circle: &CircleId, log: &LogId, seq: u64) {
        let entry = self.entry(circle, log, seq);
        if let Err(error) = &entry {
            self.put_back((*circle, *log, seq), error);
        }
        if let Ok(Some((header, payloads))) = entry {
            let counts = self.counts(circle, log, seq);
            match header.kind {
                Kind::Grant => self.learn_grants(circle, (&header, counts), &payloads),
                Kind::Ask => self.learn_ask(circle, (&header, counts), &payloads),
                Kind::Changes | Kind::Deposit | Kind::Erase | Kind::Alert | Kind::Unknown(_) => {}
            }
        }
    }

    /// Learns all grants of a circle again, because others count than before.
    pub(super) fn relearn_all_grants(&mut self, circle: &CircleId) {
        let Some(state) = self.circles.get_mut(circle) else { return };
        state.keys.forget_grants();
        let control = state.logs.iter().filter(|(log, _)| Some(log.lane) == Kind::Grant.lane());
        let control: Vec<(LogId, u64)> =
            control.flat_map(|(log, held)| held.from(0).map(|(seq, _entry)| (*log, seq))).collect();
        for (log, seq) in control {
            self.relearn_grants(circle, &log, seq);
        }
    }
}
