//! Who this node is and how it stands.

use crate::{
    api::answer::{Circle, Status},
    membership::InviteState,
    model::{id::CircleId, text::counted},
    net,
    node::Node,
};

impl Node {
    pub(super) fn status(&mut self) -> Status {
        // What came since is judged first.
        self.watch_alerts();
        let counts = self.view.counts();
        Status {
            org_name: self.own.org_name.clone(),
            org: self.org(),
            device: self.device(),
            device_label: self.own.device_label.clone(),
            role: crate::node::device::role_name(self.role()).to_owned(),
            peer_id: net::peer_id(&self.transport()).unwrap_or_default(),
            running: self.running,
            listening: self.listening.iter().cloned().collect(),
            network: self.network(),
            circles: self.circles(),
            peers: self.peers(),
            incidents: counts.incidents,
            conflicts: counts.conflicts,
            waiting: self.waiting(),
            store: self.replica.storage().notes(),
            reach: self.replica.circle_ids().filter_map(|it| self.reach_of_circle(&it)).collect(),
        }
    }

    /// What is missing or waiting, and why.
    fn waiting(&self) -> Vec<String> {
        let mut waiting: Vec<String> = self.waiting_alerts();
        waiting.extend(self.notices.iter().cloned());
        for circle in self.replica.circle_ids() {
            waiting.extend(self.waiting_in(&circle));
        }
        waiting
    }

    pub(super) fn waiting_in(&self, circle: &CircleId) -> Vec<String> {
        let name = self.circle_name(circle).unwrap_or_else(|| circle.short());
        let counts = self.replica.counts_of(circle);
        let mut waiting = Vec::new();
        if counts.waiting_for_key > 0 {
            let count = counts.waiting_for_key;
            waiting.push(format!(
                "{count} entries of {name} wait for a key: it comes when a member that has it is reached"
            ));
        }
        if counts.quarantined > 0 {
            let count = counts.quarantined;
            waiting.push(format!(
                "{count} entries of {name} are in quarantine: written after a removal, suspension or revocation"
            ));
        }
        if counts.missing > 0 {
            let count = counts.missing;
            let from = if *circle == self.own.private {
                "no partner has them: restore a backup of the home if you have one"
            } else {
                "they are fetched again when a partner is reached"
            };
            waiting.push(format!("{count} entries of {name} were lost with damage; {from}"));
        }
        if counts.forked > 0 {
            let count = counts.forked;
            waiting.push(format!("{count} logs of {name} are frozen because they were forked"));
        }
        if self.replica.only_deposits(circle) && !self.replica.can_deposit(circle) {
            waiting.push(
                "nothing can be recorded yet: the key to seal with comes with `ceiba sync`"
                    .to_owned(),
            );
        }
        let Ok(membership) = self.known(circle) else { return waiting };
        if *circle == self.own.private && membership.genesis().is_some() {
            waiting.extend(match membership.device(&self.device()) {
                Some(device) if device.revoked => Some(
                    "this device was revoked: nothing that it writes counts, and nothing comes to it"
                        .to_owned(),
                ),
                Some(_in_use) => None,
                None => Some(
                    "this device has no place in its organisation: of two machines that certified \
                     at once the other won; make a new home and a new request"
                        .to_owned(),
                ),
            });
        }
        if *circle == self.own.private && membership.orgs().keys().any(|org| *org != self.org()) {
            waiting.push(
                "somebody took another organisation into your private circle: it is given nothing, \
                 but an admin device of yours signed that; find out which, and revoke it"
                    .to_owned(),
            );
        }
        if *circle != self.own.private && counts.epochs == 0 {
            waiting.push(format!("no key of {name} has come yet"));
        }
        let (own, device) = (self.org(), self.device());
        for (id, open) in membership.open_proposals() {
            if !open.stale
                && !open.approvals.contains(&own)
                && membership.may_approve(&own, &device, id).is_ok()
            {
                let id = id.short();
                waiting.push(format!(
                    "a proposal in {name} wants your approval: `ceiba proposal approve {id}`"
                ));
            }
        }
        let open = membership.invites().values().filter(|it| it.state == InviteState::Open).count();
        if open > 0 {
            let invites = counted(open, "invite");
            waiting.push(format!("not redeemed yet: {invites} to {name}"));
        }
        waiting
    }

    /// All circles.
    pub(super) fn circles(&self) -> Vec<Circle> {
        self.replica.circle_ids().map(|circle| self.circle(&circle)).collect()
    }

    /// One circle.
    pub(super) fn circle(&self, circle: &CircleId) -> Circle {
        let counts = self.replica.counts_of(circle);
        let membership = self.replica.membership(circle);
        Circle {
            id: *circle,
            name: self.circle_name(circle),
            kind: self.kind_of(circle),
            parent: membership.and_then(crate::membership::Membership::parent),
            members: self.members(circle),
            approvals_needed: membership.map_or(0, crate::membership::Membership::needed),
            decisions: membership.map_or(0, |it| it.path().len().saturating_sub(1)),
            epochs: counts.epochs,
            entries: counts.entries,
            waiting_for_key: counts.waiting_for_key,
            quarantined: counts.quarantined,
            standing: self.standing_of(circle, &self.org()),
        }
    }
}
