//! Grants to members what they lack, so that nobody has to remember to.

use std::collections::{BTreeMap, BTreeSet};

use rand::CryptoRng;

use crate::{
    crypto::EpochSecret,
    membership::{HistoryRule, Limit},
    model::id::{CircleId, DeviceId, EpochId, Lane, LogId, StatementId},
    replica::{Replica, Storage, WriteError, circle::CircleState},
};

impl<S: Storage> Replica<S> {
    /// The devices that a circle's keys are for: those that may read in it, and, in a child circle,
    /// in its parent too (removal from a parent suspends in its children).
    #[must_use]
    pub fn readers(&self, circle: &CircleId) -> BTreeSet<DeviceId> {
        let Some(state) = self.circles.get(circle) else { return BTreeSet::new() };
        let mut readers = state.readers();
        if self.copied.contains(circle) {
            // The private circle stays the organisation's, whatever a decision in it says.
            readers.retain(|device| self.is_ours(state, device));
        }
        match state.membership.parent().and_then(|parent| self.circles.get(&parent)) {
            Some(parent) => {
                readers.into_iter().filter(|device| parent.membership.may_read(device)).collect()
            }
            None => readers,
        }
    }

    pub(super) fn is_ours(&self, state: &CircleState, device: &DeviceId) -> bool {
        state.membership.device(device).is_some_and(|it| it.org == self.identity.org)
    }

    /// Whether this device may write in a circle: in it, and, in a child circle, in its parent.
    #[must_use]
    pub fn may_write(&self, circle: &CircleId) -> bool {
        let Some(state) = self.circles.get(circle) else { return false };
        let parent = state.membership.parent().and_then(|parent| self.circles.get(&parent));
        let device = self.own_device();
        state.membership.may_write(&device)
            && parent.is_none_or(|parent| parent.membership.may_write(&device))
    }

    /// Whether nothing more that this life of the device writes in a circle would count, because a
    /// removal cut its log off or it is forked. A device that was taken back in begins a new life to
    /// write again: its old log stays cut, and automerge must never see a number of an actor twice.
    #[must_use]
    pub fn is_cut_off(&self, circle: &CircleId) -> bool {
        let Some(state) = self.circles.get(circle) else { return false };
        let (device, incarnation) = (self.own_device(), self.identity.incarnation);
        let role = state.membership.device(&device).map(|it| it.role());
        let lanes = [Lane::Control, Lane::Alert, Lane::Record].into_iter();
        // What a role never writes on is no reason for a new life.
        lanes.filter(|lane| role.is_none_or(|role| role.writes_on(*lane))).any(|lane| {
            let log = LogId { device, incarnation, lane };
            let forked = state.logs.get(&log).is_some_and(|held| held.fork().is_some());
            forked || state.membership.cut_off(&log).is_some_and(|limit| limit != Limit::All)
        })
    }

    /// Whether any member lacks a key of a circle that this device could grant.
    #[must_use]
    pub fn lacking(&self, circle: &CircleId) -> BTreeMap<EpochId, BTreeSet<DeviceId>> {
        let mut wanted: BTreeMap<EpochId, BTreeSet<DeviceId>> = BTreeMap::new();
        let Some(state) = self.circles.get(circle) else { return wanted };
        if !self.may_write(circle) || self.only_deposits(circle) || self.is_cut_off(circle) {
            return wanted;
        }
        if state.membership.history() == HistoryRule::FromJoin {
            // Who came later reads what is written under the next epoch.
            return wanted;
        }
        let depth = |decision: &StatementId| state.membership.decision_depth(decision);
        // Never to ourselves: that is how an epoch's maker is known.
        let own = self.own_device();
        for device in self.readers(circle).into_iter().filter(|device| *device != own) {
            if state.keys.is_named_by(&device, &own) {
                continue;
            }
            for epoch in state.keys.missing_for(&device, depth) {
                wanted.entry(epoch).or_default().insert(device);
            }
        }
        wanted
    }

    /// Grants what members of a circle and of its child circles lack (who is back in the parent may
    /// have missed keys of the children). Any member does it for all, so callers wait a random
    /// while first and most find that another has done it.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn tend(
        &mut self,
        circle: &CircleId,
        rng: &mut impl CryptoRng,
    ) -> Result<usize, WriteError> {
        let children =
            self.circles.iter().filter(|(_id, state)| state.membership.parent() == Some(*circle));
        let circles: Vec<CircleId> =
            std::iter::once(*circle).chain(children.map(|(child, _state)| *child)).collect();
        let granted =
            circles.iter().try_fold(0, |sum, circle| Ok(sum + self.tend_one(circle, rng)?));
        if !matches!(granted, Ok(0)) {
            // Also after an error: what was appended is announced, and so must be durable.
            self.commit()?;
        }
        granted
    }

    fn tend_one(
        &mut self,
        circle: &CircleId,
        rng: &mut impl CryptoRng,
    ) -> Result<usize, WriteError> {
        let mut granted = self.tell_deposit_key(circle, rng)?;
        for (epoch, devices) in self.lacking(circle) {
            let secret: Option<EpochSecret> =
                self.circles.get(circle).and_then(|state| state.keys.secret(&epoch).cloned());
            if let Some(secret) = secret {
                self.grant(circle, &secret, &devices, &[], rng)?;
                granted += devices.len();
            }
        }
        let asks = self.membership(circle).is_some_and(|it| it.history() == HistoryRule::All);
        let may = self.may_write(circle) && !self.only_deposits(circle);
        if asks && may && !self.is_cut_off(circle) {
            granted += self.ask(circle)?;
        }
        Ok(granted)
    }
}
