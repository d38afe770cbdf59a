//! What stewards and members decide, at random.

use std::time::Duration;

use ceiba::{
    membership::{Change, CutOff, Limit, OrgRole, SuspensionTarget, VerifiedStatement},
    model::id::{CircleId, InviteId, OrgId},
    sync::Replica as _,
};
use ed25519_dalek::SigningKey;
use rand::{RngExt, seq::IteratorRandom};

use crate::sim::{
    cast,
    world::{Ticket, World},
};

/// How long a ticket is good, by the inviter's clock.
const DAY: Duration = Duration::from_secs(86_400);

impl World {
    pub(in crate::sim) fn propose_there(
        &mut self,
        number: usize,
        circle: CircleId,
        change: Change,
    ) {
        self.tell(|it| {
            format!("{} in {} proposes {change:?}", it.nodes[number].name, circle.short())
        });
        self.nodes[number].propose(&circle, vec![change]);
        self.settle(number);
    }

    pub(super) fn invite(&mut self) {
        let Some((inviter, circle)) = self.some_steward() else { return };
        let membership = self.nodes[inviter].membership(&circle).unwrap();
        if membership.parent().is_some() {
            return;
        }
        let out = (0..self.orgs.len())
            .filter(|org| membership.org(&self.orgs[*org].id).is_none())
            .choose(&mut self.rng);
        let Some(org) = out else { return };
        self.invite_by(inviter, org, circle);
    }

    /// An organisation gets a ticket of a steward's, good for a day if the others approve.
    pub(in crate::sim) fn invite_by(&mut self, inviter: usize, org: usize, circle: CircleId) {
        let secret = cast::bytes(&mut self.rng);
        let ticket = SigningKey::from_bytes(&secret);
        let role = if self.rng.random_bool(0.4) { OrgRole::Steward } else { OrgRole::Member };
        let change = Change::Invite {
            invite: InviteId::new(ticket.verifying_key().to_bytes()),
            inviter: self.nodes[inviter].replica.identity().org,
            role,
            expires: self.nodes[inviter].wall(self.now).saturating_add(DAY),
        };
        self.tickets.push(Ticket { circle, secret, inviter, org });
        self.propose_there(inviter, circle, change);
    }

    /// Who holds a ticket brings a request to the inviter by hand, and takes the answer home.
    pub(in crate::sim) fn redeem(&mut self) {
        let Some(place) = (0..self.tickets.len()).choose(&mut self.rng) else { return };
        let Ticket { circle, secret, inviter, org } = self.tickets[place];
        if !self.nodes[inviter].up {
            return;
        }
        let joiner = &self.nodes[self.orgs[org].nodes[0]];
        let ticket = SigningKey::from_bytes(&secret);
        let request = joiner.author().ask_to_join(circle, &ticket, self.orgs[org].newest).unwrap();
        let node = &mut self.nodes[inviter];
        let membership = node.membership(&circle).unwrap();
        let wall = node.wall(self.now);
        let expires =
            membership.invites().get(&request.value().invite).map_or(wall, |invite| invite.expires);
        let Ok(admission) = node.author().admit(membership, request, wall) else { return };
        assert!(wall <= expires, "{} redeems an expired ticket", node.name);
        self.tickets.remove(place);
        let node = &mut self.nodes[inviter];
        node.replica.keep_statements(&circle, self.orgs[org].manifests.clone());
        node.keep(&circle, &admission);
        self.tell(|it| format!("{:?} joins {}", it.orgs[org].id, circle.short()));
        let answer: Vec<Vec<u8>> = self.nodes[inviter]
            .replica
            .statements(&circle)
            .map(VerifiedStatement::encode)
            .collect();
        self.settle(inviter);
        for number in self.orgs[org].certified() {
            let was_up = std::mem::replace(&mut self.nodes[number].up, true);
            self.hand_over(circle, &answer, &[number]);
            self.nodes[number].up = was_up;
        }
    }

    pub(super) fn some_member(&mut self, number: usize, circle: &CircleId) -> Option<OrgId> {
        let own = self.nodes[number].replica.identity().org;
        let membership = self.nodes[number].membership(circle)?;
        let orgs = membership.orgs().iter().filter(|(org, state)| **org != own && !state.is_out());
        orgs.map(|(org, _)| *org).choose(&mut self.rng)
    }

    pub(super) fn remove(&mut self) {
        let Some((number, circle)) = self.some_steward() else { return };
        let Some(org) = self.some_member(number, &circle) else { return };
        let cut_offs = self.nodes[number].cut_offs(&circle, &org);
        self.propose_there(number, circle, Change::RemoveOrg { org, cut_offs });
    }

    pub(super) fn suspend(&mut self) {
        let Some((number, circle)) = self.some_steward() else { return };
        let Some(org) = self.some_member(number, &circle) else { return };
        let node = &mut self.nodes[number];
        let cut_offs = node.cut_offs(&circle, &org);
        let membership = node.membership(&circle).unwrap();
        let target = SuspensionTarget::Org(org);
        if let Ok(suspension) = node.author().suspend(membership, target, cut_offs) {
            node.keep(&circle, &suspension);
            self.tell(|it| {
                format!("{} suspends {org:?} in {}", it.nodes[number].name, circle.short())
            });
        }
        self.settle(number);
    }

    pub(super) fn lift(&mut self) {
        let Some((number, circle)) = self.some_steward() else { return };
        let membership = self.nodes[number].membership(&circle).unwrap();
        let suspended = membership.suspensions().map(|(id, _)| *id).choose(&mut self.rng);
        let Some(suspension) = suspended else { return };
        self.propose_there(number, circle, Change::LiftSuspension { suspension });
    }

    pub(super) fn readmit(&mut self) {
        let Some((number, circle)) = self.some_steward() else { return };
        let membership = self.nodes[number].membership(&circle).unwrap();
        let removed = membership.orgs().iter().filter(|(_, state)| state.is_out());
        let removed = removed.map(|(org, state)| (*org, state.removed_by.clone()));
        let Some((org, lifts)) = removed.choose(&mut self.rng) else { return };
        self.propose_there(number, circle, Change::ReadmitOrg { org, lifts });
    }

    /// Late work of somebody is let count after all.
    pub(super) fn readmit_late_work(&mut self) {
        let Some((number, circle)) = self.some_steward() else { return };
        let node = &self.nodes[number];
        let membership = node.membership(&circle).unwrap();
        let positions = node.replica.frontier(&circle).into_iter();
        let cut = positions.filter(|it| {
            let limit = membership.cut_off(&it.log);
            !it.forked && limit.is_some_and(|limit| limit != Limit::All)
        });
        let Some(position) = cut.choose(&mut self.rng) else { return };
        let up_to = CutOff { count: position.tail.next_seq, last: position.tail.hash };
        self.propose_there(number, circle, Change::ReadmitEntries { log: position.log, up_to });
    }

    pub(super) fn change_circle(&mut self) {
        let Some((number, circle)) = self.some_steward() else { return };
        let membership = self.nodes[number].membership(&circle).unwrap();
        let role = if self.rng.random_bool(0.5) { OrgRole::Steward } else { OrgRole::Member };
        let parent = membership.parent().and_then(|it| self.nodes[number].membership(&it));
        let outside = parent
            .into_iter()
            .flat_map(|parent| parent.orgs())
            .filter(|(org, state)| !state.is_out() && membership.org(org).is_none());
        let outside = outside.map(|(org, _)| *org).choose(&mut self.rng);
        let change = match (outside, self.some_member(number, &circle)) {
            (Some(org), _) => {
                // The newcomer's manifest comes with it.
                let manifests: Vec<Vec<u8>> = self
                    .orgs
                    .iter()
                    .find(|it| it.id == org)
                    .map(|it| it.manifests.clone())
                    .unwrap_or_default();
                self.nodes[number].replica.keep_statements(&circle, manifests);
                Change::AddOrg { org, role }
            }
            (None, Some(org)) => Change::SetRole { org, role },
            (None, None) => return,
        };
        self.propose_there(number, circle, change);
    }

    /// A node approves all that it may in a circle.
    pub(in crate::sim) fn approve_all(&mut self, number: usize, circle: CircleId) {
        self.pass(Duration::from_secs(2));
        let membership = self.nodes[number].membership(&circle).unwrap();
        for id in membership.open_proposals().keys().copied().collect::<Vec<_>>() {
            self.nodes[number].approve(&circle, &id);
        }
        self.settle(number);
    }

    pub(super) fn approve_something(&mut self) {
        let ready = self.nodes.iter().enumerate().filter(|(_, node)| node.up);
        let ready = ready.flat_map(|(number, node)| {
            let org = node.replica.identity().org;
            node.replica.circle_ids().flat_map(move |circle| {
                let membership = node.membership(&circle);
                let open = membership.into_iter().flat_map(|it| it.open_proposals());
                open.filter(move |(id, _)| {
                    membership.is_some_and(|it| it.may_approve(&org, &node.device(), id).is_ok())
                })
                .map(move |(id, _)| (number, circle, *id))
            })
        });
        let Some((number, circle, id)) = ready.choose(&mut self.rng) else { return };
        self.tell(|it| format!("{} approves {id:?}", it.nodes[number].name));
        self.nodes[number].approve(&circle, &id);
        self.settle(number);
    }
}
