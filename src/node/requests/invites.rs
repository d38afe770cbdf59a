//! Invites: decided when they are made, redeemed at once.

use rand::Rng;
use zeroize::Zeroizing;

use serde::{Deserialize, Serialize};

use crate::{
    api::{Answer, ApiError, answer},
    membership::{Change, Invite, InviteState, OrgRole},
    model::{
        id::{CircleId, InviteId, StatementId},
        time::Timestamp,
    },
    node::{Node, clock, errors, ticket::Ticket},
};

/// What the inviter keeps of a ticket: not its secret.
#[derive(Debug, Serialize, Deserialize)]
struct Issued {
    circle: CircleId,
    proposal: StatementId,
}

/// Longest time that a ticket is good for: 90 days, in seconds.
const MAX_EXPIRY_SECS: u64 = 90 * 24 * 3600;

impl Node {
    pub(super) fn create_invite(
        &mut self,
        coalition: Option<&str>,
        expires_in: u64,
        steward: bool,
    ) -> Result<Answer, ApiError> {
        let circle = self.find_coalition(coalition)?;
        if expires_in == 0 || expires_in > MAX_EXPIRY_SECS {
            return Err(errors::usage("a ticket is good for 1 second to 90 days"));
        }
        let mut secret = Zeroizing::new([0; 32]);
        self.rng.fill_bytes(secret.as_mut_slice());
        let expires = clock::now().saturating_add(std::time::Duration::from_secs(expires_in));
        let addresses = self.listening.iter().cloned().collect();
        let ticket = Ticket::new(circle, self.org(), secret, expires, addresses);
        let invite = ticket.invite();
        let role = if steward { OrgRole::Steward } else { OrgRole::Member };
        let change = Change::Invite { invite, inviter: self.org(), role, expires };
        let proposal = self.propose(&circle, vec![change])?;
        let issued = serde_json::to_vec(&Issued { circle, proposal });
        let issued = issued.map_err(|error| errors::internal(error.to_string()))?;
        self.replica.set_local(&format!("invite/{invite}"), issued)?;
        let mut shown = self.invite(&circle, &invite, expires, steward);
        shown.ticket = Some(ticket.to_text().to_string());
        Ok(Answer::Invite(shown))
    }

    fn invite(
        &self,
        circle: &CircleId,
        invite: &InviteId,
        expires: Timestamp,
        steward: bool,
    ) -> answer::Invite {
        let membership = self.replica.membership(circle);
        let decided = membership.and_then(|it| it.invites().get(invite));
        let redeemed_by = membership.and_then(|it| self.redeemer(it, invite, decided));
        let issued = self.replica.local(&format!("invite/{invite}"));
        let issued = issued.and_then(|bytes| serde_json::from_slice::<Issued>(bytes).ok());
        let state = state_of(decided, redeemed_by.is_some(), expires);
        answer::Invite {
            id: *invite,
            coalition: *circle,
            coalition_name: self.circle_name(circle),
            inviter: decided.map_or_else(|| self.org(), |it| it.inviter),
            steward,
            state,
            expires,
            redeemed_by,
            redeemed_by_name: redeemed_by.and_then(|org| self.org_name(&org)),
            ticket: None,
            proposal: issued
                .map(|it| it.proposal)
                .filter(|_| state == answer::InviteState::Proposed),
        }
    }

    pub(super) fn redeemer(
        &self,
        membership: &crate::membership::Membership,
        invite: &InviteId,
        decided: Option<&Invite>,
    ) -> Option<crate::model::id::OrgId> {
        if let Some(InviteState::Adopted(admission)) = decided.map(|it| it.state) {
            let statement = self.replica.statement(&membership.circle(), &admission)?;
            if let crate::membership::VerifiedStatement::Admission(it) = statement {
                return Some(it.value().request().org);
            }
        }
        membership.admitted_by(invite)
    }

    pub(super) fn invites(&self) -> Vec<answer::Invite> {
        let mut invites = Vec::new();
        for circle in self.replica.circle_ids() {
            let Some(membership) = self.replica.membership(&circle) else { continue };
            for (id, invite) in membership.invites() {
                let steward = invite.role == OrgRole::Steward;
                invites.push(self.invite(&circle, id, invite.expires, steward));
            }
            for open in membership.open_proposals().values().filter(|open| !open.stale) {
                for change in &open.proposal.value().changes {
                    if let Change::Invite { invite, role, expires, .. } = change {
                        let steward = *role == OrgRole::Steward;
                        invites.push(self.invite(&circle, invite, *expires, steward));
                    }
                }
            }
        }
        invites
    }

    pub(super) fn revoke_invite(&mut self, prefix: &str) -> Result<Answer, ApiError> {
        let found: Vec<answer::Invite> = self
            .invites()
            .into_iter()
            .filter(|invite| prefix.len() >= 4 && invite.id.to_string().starts_with(prefix))
            .collect();
        let [invite] = found.as_slice() else {
            return Err(errors::not_found(format!("there is no single invite {prefix:?}"))
                .hint("`ceiba invite list` shows them"));
        };
        let (circle, invite) = (invite.coalition, invite.id);
        let id = self.propose(&circle, vec![Change::RevokeInvite { invite }])?;
        Ok(Answer::Proposal(self.proposal(&circle, &id)?))
    }
}

fn state_of(decided: Option<&Invite>, redeemed: bool, expires: Timestamp) -> answer::InviteState {
    match decided.map(|invite| invite.state) {
        Some(InviteState::Adopted(_)) => answer::InviteState::Redeemed,
        Some(InviteState::Revoked) => answer::InviteState::Revoked,
        _ if redeemed => answer::InviteState::Redeemed,
        _ if expires <= clock::now() => answer::InviteState::Expired,
        Some(InviteState::Open) => answer::InviteState::Open,
        None => answer::InviteState::Proposed,
    }
}
