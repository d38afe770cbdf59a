//! Organisations in a membership.

use std::collections::{BTreeMap, BTreeSet};

use super::Membership;
use crate::{
    membership::OrgRole,
    model::id::{OrgId, StatementId},
};

/// An organisation's state in a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgState {
    /// Its part; a steward's power is in `votes`. Member while it is out.
    pub role: OrgRole,
    /// Whether its approval counts in the next decision. Neither a suspension nor a removal on a
    /// branch that lost takes this.
    pub votes: bool,
    /// Marked as silent.
    pub dormant: bool,
    /// Lost its vote for voting twice.
    pub voteless: bool,
    /// Suspended as a whole, or its inviter is and no decision has adopted it yet.
    pub suspended: bool,
    /// Decisions that keep it out; empty while it is in.
    pub removed_by: BTreeSet<StatementId>,
    /// The admission that it is in by, while no decision has adopted that.
    pub admission: Option<StatementId>,
    /// Newest manifest of its accepted chain; none while no manifest of it is known here.
    pub manifest: Option<StatementId>,
}

/// An organisation's state in one word, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrgStatus {
    /// Out by a decision.
    Removed,
    /// Not served until a decision.
    Suspended,
    /// In, marked as silent.
    Dormant,
    /// In, with a vote.
    Steward,
    /// In.
    Member,
}

impl OrgState {
    /// The state in one word.
    #[must_use]
    pub fn status(&self) -> OrgStatus {
        if self.is_out() {
            OrgStatus::Removed
        } else if self.suspended {
            OrgStatus::Suspended
        } else if self.dormant {
            OrgStatus::Dormant
        } else if self.role == OrgRole::Steward {
            OrgStatus::Steward
        } else {
            OrgStatus::Member
        }
    }

    /// Whether a decision keeps it out.
    #[must_use]
    pub fn is_out(&self) -> bool {
        !self.removed_by.is_empty()
    }

    /// Whether it is in and not suspended.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.is_out() && !self.suspended
    }
}

impl Membership {
    /// Everyone who is in or was removed.
    #[must_use]
    pub const fn orgs(&self) -> &BTreeMap<OrgId, OrgState> {
        &self.orgs
    }

    /// An organisation that is in or was removed.
    #[must_use]
    pub fn org(&self, org: &OrgId) -> Option<&OrgState> {
        self.orgs.get(org)
    }

    /// Whether an organisation is in, suspended or not.
    #[must_use]
    pub fn is_member(&self, org: &OrgId) -> bool {
        self.orgs.get(org).is_some_and(|state| !state.is_out())
    }

    /// Admissions that wait for adoption by a decision.
    pub fn unadopted(&self) -> impl Iterator<Item = (&OrgId, &StatementId)> {
        self.orgs.iter().filter_map(|(org, state)| Some((org, state.admission.as_ref()?)))
    }

    /// What of a child circle's members the coalition no longer has: whom to treat as suspended
    /// in the child until the child's own decision sets the cut-offs.
    #[must_use]
    pub fn strangers_in(&self, child: &Self) -> Vec<OrgId> {
        let members = child.orgs.iter().filter(|(_, state)| !state.is_out());
        members.map(|(org, _)| *org).filter(|org| !self.is_member(org)).collect()
    }
}
