//! Decisions that wait for stewards.

use crate::{
    api::{Answer, ApiError, answer},
    membership::{Change, OpenProposal, OrgRole, Proposal, VerifiedStatement},
    model::{
        id::{CircleId, OrgId, StatementId},
        text::counted,
    },
    node::{Node, errors},
};

impl Node {
    pub(super) fn proposals(&self, all: bool) -> Vec<answer::Proposal> {
        let mut found = Vec::new();
        for circle in self.replica.circle_ids() {
            for statement in self.replica.statements(&circle) {
                if let VerifiedStatement::Proposal(it) = statement {
                    let shown = self.shown(&circle, &it.id(), it.value());
                    if all || shown.state == answer::ProposalState::Open {
                        found.push(shown);
                    }
                }
            }
        }
        found
    }

    pub(super) fn show_proposal(&self, prefix: &str) -> Result<Answer, ApiError> {
        let (circle, id) = self.find_proposal(prefix)?;
        Ok(Answer::Proposal(self.proposal(&circle, &id)?))
    }

    pub(super) fn approve_proposal(&mut self, prefix: &str) -> Result<Answer, ApiError> {
        let (circle, id) = self.find_proposal(prefix)?;
        self.approve(&circle, &id)?;
        Ok(Answer::Proposal(self.proposal(&circle, &id)?))
    }

    fn find_proposal(&self, prefix: &str) -> Result<(CircleId, StatementId), ApiError> {
        let mut found = Vec::new();
        for circle in self.replica.circle_ids() {
            for statement in self.replica.statements(&circle) {
                let id = statement.id();
                let is_proposal = matches!(statement, VerifiedStatement::Proposal(_));
                if is_proposal && prefix.len() >= 4 && id.to_string().starts_with(prefix) {
                    found.push((circle, id));
                }
            }
        }
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(errors::not_found(format!("there is no proposal {prefix:?}"))
                .hint("`ceiba proposal list` shows those that wait")),
            _ => Err(errors::not_found(format!("{prefix:?} names several proposals"))
                .hint("give more of the id")),
        }
    }

    pub(super) fn proposal(
        &self,
        circle: &CircleId,
        id: &StatementId,
    ) -> Result<answer::Proposal, ApiError> {
        match self.replica.statement(circle, id) {
            Some(VerifiedStatement::Proposal(it)) => Ok(self.shown(circle, id, it.value())),
            _ => Err(errors::internal("a proposal that was just made is gone")),
        }
    }

    fn shown(&self, circle: &CircleId, id: &StatementId, proposal: &Proposal) -> answer::Proposal {
        let membership = self.replica.membership(circle);
        let open: Option<&OpenProposal> = membership.and_then(|it| it.open_proposals().get(id));
        let decided = membership.is_some_and(|it| it.is_accepted(id));
        let state = match open {
            _ if decided => answer::ProposalState::Decided,
            Some(open) if !open.stale => answer::ProposalState::Open,
            _ => answer::ProposalState::Stale,
        };
        let (own, device) = (self.org(), self.device());
        let ours_wanted = state == answer::ProposalState::Open
            && open.is_some_and(|open| !open.approvals.contains(&own))
            && membership.is_some_and(|it| it.may_approve(&own, &device, id).is_ok());
        let mut changes: Vec<String> =
            proposal.changes.iter().map(|change| self.describe(change)).collect();
        if !proposal.adopts.is_empty() {
            let count = proposal.adopts.len();
            let organisations = counted(count, "admitted organisation");
            changes.push(format!("takes {organisations} fully in"));
        }
        if !proposal.accuses.is_empty() {
            let count = proposal.accuses.len();
            changes.push(format!("takes the vote of {count} that voted twice"));
        }
        let approved_by: Vec<OrgId> = open
            .map(|open| open.approvals.iter().copied().collect())
            .unwrap_or_else(|| self.approvers(circle, id));
        answer::Proposal {
            id: *id,
            circle: *circle,
            circle_name: self.circle_name(circle),
            proposer: proposal.org,
            proposer_name: self.org_name(&proposal.org),
            changes,
            approved_by_names: approved_by.iter().map(|org| self.org_label(org)).collect(),
            approved_by,
            approvals_needed: open
                .map_or_else(|| membership.map_or(0, |it| it.needed()), |open| open.needed),
            state,
            ours_wanted,
        }
    }

    fn approvers(&self, circle: &CircleId, id: &StatementId) -> Vec<OrgId> {
        let mut orgs = std::collections::BTreeSet::new();
        for statement in self.replica.statements(circle) {
            if let VerifiedStatement::Approval(it) = statement
                && it.value().proposal == *id
            {
                orgs.insert(it.value().org);
            }
        }
        orgs.into_iter().collect()
    }

    /// What a change would do, for people.
    fn describe(&self, change: &Change) -> String {
        let part = |role: &OrgRole| match role {
            OrgRole::Member => "a member",
            OrgRole::Steward => "a steward",
        };
        match change {
            Change::AddOrg { org, role } => {
                format!("adds {} as {}", self.org_label(org), part(role))
            }
            Change::Invite { inviter, role, expires, .. } => format!(
                "lets {} hand out a ticket that makes its bearer {}, until {expires}",
                self.org_label(inviter),
                part(role)
            ),
            Change::RevokeInvite { invite } => format!("withdraws invite {}", invite.short()),
            Change::RemoveOrg { org, cut_offs } => format!(
                "removes {} ({} of it up to a named entry)",
                self.org_label(org),
                match cut_offs.len() {
                    0 => "nothing counts".to_owned(),
                    1 => "1 log counts".to_owned(),
                    logs => format!("{logs} logs count"),
                }
            ),
            Change::SetRole { org, role } => {
                format!("makes {} {}", self.org_label(org), part(role))
            }
            Change::LiftSuspension { suspension } => {
                format!("lifts suspension {}", suspension.short())
            }
            Change::SetApprovals { approvals } => {
                format!("asks for at least {approvals} approvals of each decision")
            }
            Change::SetBreakGlass { orgs } => {
                format!("lets the root keys of {} organisations break the glass", orgs.len())
            }
            Change::ReadmitOrg { org, .. } => format!("takes {} back in", self.org_label(org)),
            Change::ReadmitEntries { log, up_to } => {
                format!("lets log {log} count up to entry {}", up_to.count)
            }
            Change::RestoreVote { org } => format!("gives {} its vote back", self.org_label(org)),
            Change::SetDormant { org, dormant: true } => {
                format!("marks {} as silent", self.org_label(org))
            }
            Change::SetDormant { org, dormant: false } => {
                format!("takes the mark of silence from {}", self.org_label(org))
            }
            Change::CloseHistory { .. } => "closes the past against rival decisions".to_owned(),
        }
    }
}
