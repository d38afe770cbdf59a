//! Decisions, and proposals that wait to become some.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::Membership;
use crate::{
    crypto::Verified,
    membership::{Accusation, Objection, Proposal, state::State, world::Ballot},
    model::{
        id::{DeviceId, OrgId, StatementId},
        limits,
    },
};

/// What is known of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionInfo {
    /// How many decisions led to it.
    pub depth: u32,
    /// Whether it is on the accepted path.
    pub accepted: bool,
    /// Whether enough approvals by stewards that voted once, with devices not revoked, carry it;
    /// if not, a rival that has them would win.
    pub strong: bool,
    /// Made by root keys.
    pub break_glass: bool,
}

/// A proposal that is no decision yet.
#[derive(Debug, Clone)]
pub struct OpenProposal {
    /// What is proposed.
    pub proposal: Arc<Verified<Proposal>>,
    /// Organisations whose approval counts.
    pub approvals: BTreeSet<OrgId>,
    /// Approvals that it needs.
    pub needed: usize,
    /// Organisations whose root key voted for it.
    pub root_approvals: BTreeSet<OrgId>,
    /// It follows a decision that is not the newest: it has to be made again.
    pub stale: bool,
    /// Ballots whose double votes it names truly.
    pub(in crate::membership) accused: BTreeSet<Ballot>,
    /// Why it cannot be decided however many approve, as far as known.
    pub objection: Option<Objection>,
}

/// Proof that an organisation signed what contradicts itself: two statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Two approvals in one ballot.
    Votes(Accusation),
    /// Two manifests in one place.
    Manifests(StatementId, StatementId),
    /// Two organisations admitted by one invite.
    Admissions(StatementId, StatementId),
    /// Two suspensions with one number.
    Suspensions(StatementId, StatementId),
}

/// Why an honest steward does not approve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not an open proposal of this circle.
    #[error("no open proposal {0}")]
    Unknown(StatementId),
    /// It follows a decision that is not the newest.
    #[error("the circle has decided otherwise since; propose it again")]
    Stale,
    /// It cannot be decided.
    #[error("it cannot be decided")]
    Objection(#[source] Objection),
    /// The organisation has no vote on it.
    #[error("{0} has no vote on it")]
    NoVote(OrgId),
    /// The device may not sign for the organisation.
    #[error("device {0} is no admin of {1}")]
    NotAdmin(DeviceId, OrgId),
    /// The organisation voted in this ballot or a later one for another proposal.
    #[error("already voted for {0}; propose it again for a new ballot")]
    Voted(StatementId),
    /// It leaves out a double vote that is known.
    #[error("it does not name the double vote of {0}")]
    SparesDoubleVote(OrgId),
    /// It accuses somebody of votes that only a revoked device cast.
    #[error("it accuses {0}, whose vote it was not")]
    AccusesWrongly(OrgId),
}

impl Membership {
    /// Proposals that are no decision yet.
    #[must_use]
    pub const fn open_proposals(&self) -> &BTreeMap<StatementId, OpenProposal> {
        &self.proposals
    }

    /// A proposal that can be approved: an open one, or the newest decision.
    #[must_use]
    pub fn proposal(&self, id: &StatementId) -> Option<&OpenProposal> {
        self.proposals.get(id).or_else(|| self.latest.as_ref().filter(|_| *id == self.tip()))
    }

    /// Double votes of stewards that no accepted decision has dealt with.
    pub fn unjudged(&self) -> impl Iterator<Item = (&OrgId, &Accusation)> {
        self.unjudged.iter().map(|(ballot, accusation)| (&ballot.0, accusation))
    }

    /// The accusations that the next proposal must have: as many as leave enough votes to decide.
    #[must_use]
    pub fn due_accusations(&self) -> Vec<Accusation> {
        self.due().into_values().collect()
    }

    fn due(&self) -> BTreeMap<Ballot, Accusation> {
        let mut electors = self.electors();
        let needed = self.needed();
        let mut due = BTreeMap::new();
        for (ballot, accusation) in &self.unjudged {
            let others = electors.len().saturating_sub(usize::from(electors.contains(&ballot.0)));
            if others >= needed && due.len() < limits::MAX_REFERENCES_PER_PROPOSAL {
                electors.remove(&ballot.0);
                due.insert(*ballot, *accusation);
            }
        }
        due
    }

    /// Whether an honest steward may approve: it votes once in a ballot, never goes back to a
    /// lower one, and does not reopen what is decided. It may sign on to the newest decision,
    /// which then stands better against rivals.
    ///
    /// # Errors
    /// The reason not to.
    pub fn may_approve(
        &self,
        org: &OrgId,
        device: &DeviceId,
        id: &StatementId,
    ) -> Result<(), Refusal> {
        let open = self.proposal(id).ok_or(Refusal::Unknown(*id))?;
        let proposal = open.proposal.value();
        self.check_admin(org, device)?;
        let state = if proposal.parent == self.tip() {
            &self.state
        } else if *id == self.tip() {
            self.before_tip.as_ref().ok_or(Refusal::Stale)?
        } else {
            self.contested(&proposal.parent).ok_or(Refusal::Stale)?
        };
        if let Some(objection) = open.objection {
            return Err(Refusal::Objection(objection));
        }
        if !state.votes(org) {
            return Err(Refusal::NoVote(*org));
        }
        self.check_ballot(org, id, proposal)?;
        self.check_accusations(open)
    }

    /// The state in which rivals of the tip are voted on, if the tip is so weak that one may win.
    fn contested(&self, parent: &StatementId) -> Option<&State> {
        let before = self.path.iter().rev().nth(1)?;
        let weak = self.decisions.get(&self.tip()).is_some_and(|tip| !tip.strong);
        if weak && before == parent { self.before_tip.as_ref() } else { None }
    }

    /// Whether a device may sign for its organisation.
    ///
    /// # Errors
    /// When it may not.
    pub fn check_admin(&self, org: &OrgId, device: &DeviceId) -> Result<(), Refusal> {
        let state = self.devices.get(device).filter(|state| state.org == *org && !state.revoked);
        if state.is_some_and(|state| state.role().decides()) {
            Ok(())
        } else {
            Err(Refusal::NotAdmin(*device, *org))
        }
    }

    fn check_ballot(
        &self,
        org: &OrgId,
        id: &StatementId,
        proposal: &Proposal,
    ) -> Result<(), Refusal> {
        let first = (*org, proposal.parent, proposal.attempt);
        let last = (*org, proposal.parent, u32::MAX);
        let votes = self.ballots.range(first..=last).flat_map(|(_, proposals)| proposals);
        match votes.copied().find(|voted| voted != id) {
            Some(other) => Err(Refusal::Voted(other)),
            None => Ok(()),
        }
    }

    fn check_accusations(&self, open: &OpenProposal) -> Result<(), Refusal> {
        if open.proposal.value().parent != self.tip() {
            return Ok(());
        }
        let spared = self.due().into_keys().find(|due| !open.accused.contains(due));
        let wronged = open.accused.iter().find(|ballot| !self.unjudged.contains_key(*ballot));
        match (spared, wronged) {
            (Some(ballot), _) => Err(Refusal::SparesDoubleVote(ballot.0)),
            (None, Some(ballot)) => Err(Refusal::AccusesWrongly(ballot.0)),
            (None, None) => Ok(()),
        }
    }

    /// The ballot in which a new proposal has a chance: the first in which no steward voted. (Not
    /// one above the highest: a single vote in the last of all would leave none.)
    #[must_use]
    pub fn next_attempt(&self) -> u32 {
        let tip = self.tip();
        let votes = self.ballots.keys().filter(|it| it.1 == tip && self.state.votes(&it.0));
        let taken: BTreeSet<u32> = votes.map(|ballot| ballot.2).collect();
        (0..u32::MAX)
            .zip(&taken)
            .take_while(|(free, taken)| free == *taken)
            .count()
            .try_into()
            .unwrap_or(u32::MAX)
    }
}
