//! Making statements that others will accept.
//!
//! What an honest node must not sign is refused here, with the reason.

use ed25519_dalek::SigningKey;

use super::{
    Accusation, Admission, Approval, Change, CutOffs, Genesis, InviteState, JoinRequest,
    Membership, Proposal, Refusal, RootApproval, StatementError, StatementSet, Suspension,
    SuspensionTarget, VerifiedStatement,
};
use crate::{
    crypto::{Signed, Statement, Verified},
    model::{
        id::{CircleId, DeviceId, InviteId, OrgId, StatementId},
        limits,
        time::Timestamp,
    },
};

/// Who signs: an admin device for its organisation.
#[derive(Clone, Copy)]
pub struct Author<'a> {
    /// The organisation.
    pub org: OrgId,
    /// The device's signing key.
    pub key: &'a SigningKey,
}

/// Why a statement is not made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// An honest node does not sign this.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The proposal could not be decided.
    #[error("the proposal could not be decided")]
    Objection(#[from] super::Objection),
    /// It would break a rule that every reader checks.
    #[error("the statement would be unreadable")]
    Unreadable(#[from] StatementError),
    /// It is larger than a statement may be.
    #[error("the statement has more than {} bytes", limits::MAX_STATEMENT_BYTES)]
    TooLarge,
    /// The request is for another circle.
    #[error("the request is for circle {0}")]
    OtherCircle(CircleId),
    /// The invite is not open, or another organisation's.
    #[error("invite {} is not open here: it waits for approvals, or was used or withdrawn", .0.short())]
    Invite(InviteId),
    /// The invite has expired.
    #[error("invite {invite} expired at {expired}")]
    Expired {
        /// The invite.
        invite: InviteId,
        /// When it did.
        expired: Timestamp,
    },
    /// Another organisation was admitted by the invite.
    #[error("invite {0} was redeemed")]
    Redeemed(InviteId),
    /// Whoever joins is out by a decision, and only a decision takes it back in.
    #[error("{0} was removed; only a decision takes it back in")]
    Removed(OrgId),
    /// Only stewards suspend.
    #[error("{0} is no steward")]
    NotSteward(OrgId),
    /// The steward's earlier suspension is not settled.
    #[error("suspension {0} is still open")]
    OpenSuspension(StatementId),
    /// Not in the circle.
    #[error("{0} is not in the circle")]
    NotIn(OrgId),
    /// The circle's beginning is not known.
    #[error("the circle's genesis is not known")]
    NoGenesis,
}

impl Author<'_> {
    /// The device that signs.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        DeviceId::new(self.key.verifying_key().to_bytes())
    }

    /// Founds a circle. Its id is that of the statement ([`Genesis::circle`]).
    ///
    /// # Errors
    /// When the genesis breaks a rule, or names another founder.
    pub fn found(&self, genesis: Genesis) -> Result<VerifiedStatement, BuildError> {
        self.sign(genesis)
    }

    /// Proposes changes after the newest decision: in a fresh ballot, adopting admissions that
    /// wait and naming double votes that are due.
    ///
    /// # Errors
    /// When the device is no admin, or the proposal could not be decided or read.
    pub fn propose(
        &self,
        set: &StatementSet,
        membership: &Membership,
        changes: Vec<Change>,
    ) -> Result<Verified<Proposal>, BuildError> {
        membership.check_admin(&self.org, &self.device())?;
        membership.genesis().ok_or(BuildError::NoGenesis)?;
        let adopts = membership.unadopted().map(|(_, admission)| *admission);
        let proposal = Proposal {
            circle: membership.circle(),
            parent: membership.tip(),
            attempt: membership.next_attempt(),
            adopts: adopts.take(limits::MAX_REFERENCES_PER_PROPOSAL).collect(),
            accuses: membership.due_accusations(),
            changes,
            org: self.org,
            device: self.device(),
        };
        self.check_size(&proposal)?;
        if let Some(objection) = membership.objection_to(&proposal, set) {
            return Err(BuildError::Objection(objection));
        }
        Ok(Signed::sign(self.key, proposal))
    }

    /// Approves a proposal, if an honest steward may ([`Membership::may_approve`]).
    ///
    /// # Errors
    /// The reason not to.
    pub fn approve(
        &self,
        membership: &Membership,
        proposal: &StatementId,
    ) -> Result<VerifiedStatement, BuildError> {
        membership.may_approve(&self.org, &self.device(), proposal)?;
        let open = membership.proposal(proposal).ok_or(Refusal::Unknown(*proposal))?;
        let approval = Approval::of(*proposal, open.proposal.value(), self.org, self.device());
        self.sign(approval)
    }

    /// Asks to join with a ticket's secret. `manifest` is the newest of the own organisation.
    ///
    /// # Errors
    /// Never for keys that are usable.
    pub fn ask_to_join(
        &self,
        circle: CircleId,
        ticket: &SigningKey,
        manifest: StatementId,
    ) -> Result<Verified<JoinRequest>, BuildError> {
        let request = JoinRequest::redeem(circle, ticket, self.org, manifest, self.device());
        self.check_size(&request)?;
        Ok(Signed::sign(self.key, request))
    }

    /// Admits who asks, as the inviter. Asked again by the same, does it again.
    ///
    /// # Errors
    /// When the invite is not open, not ours, expired, or was redeemed by another.
    pub fn admit(
        &self,
        membership: &Membership,
        request: Verified<JoinRequest>,
        now: Timestamp,
    ) -> Result<VerifiedStatement, BuildError> {
        membership.check_admin(&self.org, &self.device())?;
        self.check_request(membership, request.value(), now)?;
        self.sign(Admission::of(request, self.org, self.device()))
    }

    fn check_request(
        &self,
        membership: &Membership,
        request: &JoinRequest,
        now: Timestamp,
    ) -> Result<(), BuildError> {
        let invite = request.invite;
        if request.circle != membership.circle() {
            return Err(BuildError::OtherCircle(request.circle));
        }
        let decided = membership.invites().get(&invite).ok_or(BuildError::Invite(invite))?;
        if decided.inviter != self.org || decided.state == InviteState::Revoked {
            return Err(BuildError::Invite(invite));
        }
        let redeemed = membership.admitted_by(&invite);
        if redeemed.is_some_and(|org| org != request.org) || decided.state != InviteState::Open {
            return Err(BuildError::Redeemed(invite));
        }
        if now > decided.expires {
            return Err(BuildError::Expired { invite, expired: decided.expires });
        }
        if membership.org(&request.org).is_some_and(|org| org.is_out()) {
            return Err(BuildError::Removed(request.org));
        }
        Ok(())
    }

    /// Suspends an organisation or a device. `cut_offs` name what of it counts so far.
    ///
    /// # Errors
    /// When we are no steward, our last suspension is open, or the target is not in.
    pub fn suspend(
        &self,
        membership: &Membership,
        target: SuspensionTarget,
        cut_offs: CutOffs,
    ) -> Result<VerifiedStatement, BuildError> {
        membership.check_admin(&self.org, &self.device())?;
        if !membership.is_steward(&self.org) {
            return Err(BuildError::NotSteward(self.org));
        }
        if let Some((open, _)) = membership.suspensions().find(|(_, it)| it.org == self.org) {
            return Err(BuildError::OpenSuspension(*open));
        }
        if !membership.is_member(&target.org()) {
            return Err(BuildError::NotIn(target.org()));
        }
        self.sign(Suspension {
            circle: membership.circle(),
            decision: membership.tip(),
            number: membership.next_suspension_of(&self.org),
            target,
            cut_offs,
            org: self.org,
            device: self.device(),
        })
    }

    fn sign<T>(&self, value: T) -> Result<VerifiedStatement, BuildError>
    where
        T: Statement<Error = StatementError>,
        VerifiedStatement: From<Verified<T>>,
    {
        self.check_size(&value)?;
        let statement = VerifiedStatement::from(Signed::sign(self.key, value));
        if statement.fits() { Ok(statement) } else { Err(BuildError::TooLarge) }
    }

    /// Reads what would be signed as others will.
    fn check_size<T: Statement<Error = StatementError>>(
        &self,
        value: &T,
    ) -> Result<(), BuildError> {
        if value.signer() != *self.device().as_bytes() {
            return Err(BuildError::Unreadable(StatementError::Proof { field: "signer" }));
        }
        match T::decode(&value.encode()) {
            Ok(_readable) => Ok(()),
            Err(StatementError::TooLarge { .. }) => Err(BuildError::TooLarge),
            Err(error) => Err(error.into()),
        }
    }
}

impl std::fmt::Debug for Author<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Author").field("org", &self.org).finish_non_exhaustive()
    }
}

/// Approves a proposal with an organisation's root key, to break the glass.
#[must_use]
pub fn approve_with_root(
    circle: CircleId,
    proposal: StatementId,
    org: OrgId,
    root: &SigningKey,
) -> VerifiedStatement {
    let key = root.verifying_key().to_bytes();
    Signed::sign(root, RootApproval { circle, proposal, org, root: key }).into()
}

impl Accusation {
    /// The accusation with these approvals.
    #[must_use]
    pub fn of(one: StatementId, other: StatementId) -> Self {
        Self { first: one.min(other), second: one.max(other) }
    }
}
