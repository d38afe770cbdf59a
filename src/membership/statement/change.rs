//! What a decision can change in a circle.

use std::collections::BTreeSet;

use super::{CutOff, CutOffs, cut_off};
use crate::{
    membership::{StatementError, field},
    model::{
        id::{InviteId, LogId, OrgId, StatementId},
        limits,
        time::Timestamp,
    },
    wire::membership::{self as wire, change::Change as Wire},
};

/// An organisation's part in a circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum OrgRole {
    /// Reads and writes.
    Member = 1,
    /// Reads and writes, and its approval counts in decisions.
    Steward = 2,
}

/// One change of a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Takes in an organisation without an invite: members of the coalition into a circle.
    AddOrg {
        /// The organisation.
        org: OrgId,
        /// Its part.
        role: OrgRole,
    },
    /// Lets one organisation in by ticket.
    Invite {
        /// Verifying key of the ticket's secret.
        invite: InviteId,
        /// Organisation that hands the ticket out and countersigns.
        inviter: OrgId,
        /// Part of who comes in.
        role: OrgRole,
        /// When the inviter stops redeeming it.
        expires: Timestamp,
    },
    /// Voids an invite that no decision has adopted an admission by.
    RevokeInvite {
        /// The invite.
        invite: InviteId,
    },
    /// Puts an organisation out.
    RemoveOrg {
        /// The organisation.
        org: OrgId,
        /// Entries of its devices that count.
        cut_offs: CutOffs,
    },
    /// Gives or takes an organisation's vote.
    SetRole {
        /// The organisation.
        org: OrgId,
        /// Its part from now on.
        role: OrgRole,
    },
    /// Ends a suspension.
    LiftSuspension {
        /// The suspension.
        suspension: StatementId,
    },
    /// Sets how many approvals a decision needs at least; 0 for just the majority.
    SetApprovals {
        /// Approvals.
        approvals: u32,
    },
    /// Sets whose root keys can break the glass.
    SetBreakGlass {
        /// The organisations.
        orgs: BTreeSet<OrgId>,
    },
    /// Takes an organisation back in.
    ReadmitOrg {
        /// The organisation.
        org: OrgId,
        /// The proposals that removed it. One that is not named goes on to keep it out.
        lifts: BTreeSet<StatementId>,
    },
    /// Lets late entries of a log count that a cut-off keeps out.
    ReadmitEntries {
        /// The log.
        log: LogId,
        /// Up to where it counts.
        up_to: CutOff,
    },
    /// Gives the vote back to an organisation that voted twice.
    RestoreVote {
        /// The organisation.
        org: OrgId,
    },
    /// Marks a silent organisation, whose vote is then not waited for, or takes the mark away.
    SetDormant {
        /// The organisation.
        org: OrgId,
        /// Whether the mark is set.
        dormant: bool,
    },
    /// Ignores what rival branches removed that forked off before this decision.
    CloseHistory {
        /// First proposals of branches whose removals go on to count.
        keep: BTreeSet<StatementId>,
    },
}

impl Change {
    /// The organisation to which this gives a vote by name, if it does.
    pub(in crate::membership) const fn makes_steward(&self) -> Option<OrgId> {
        match self {
            Self::AddOrg { org, role: OrgRole::Steward }
            | Self::SetRole { org, role: OrgRole::Steward } => Some(*org),
            Self::AddOrg { .. }
            | Self::Invite { .. }
            | Self::RevokeInvite { .. }
            | Self::RemoveOrg { .. }
            | Self::SetRole { .. }
            | Self::LiftSuspension { .. }
            | Self::SetApprovals { .. }
            | Self::SetBreakGlass { .. }
            | Self::ReadmitOrg { .. }
            | Self::ReadmitEntries { .. }
            | Self::RestoreVote { .. }
            | Self::SetDormant { .. }
            | Self::CloseHistory { .. } => None,
        }
    }
}

pub(super) fn read(item: &wire::Change) -> Result<Change, StatementError> {
    let missing = StatementError::Field { field: "change", rule: "be of a known kind" };
    let references = limits::MAX_REFERENCES_PER_PROPOSAL;
    Ok(match item.change.as_ref().ok_or(missing)? {
        Wire::AddOrg(it) => Change::AddOrg { org: field::id(&it.org)?, role: role(it.role)? },
        Wire::Invite(it) => Change::Invite {
            invite: field::id(&it.invite)?,
            inviter: field::id(&it.inviter)?,
            role: role(it.role)?,
            expires: Timestamp::from_millis(it.expires),
        },
        Wire::RevokeInvite(it) => Change::RevokeInvite { invite: field::id(it)? },
        Wire::RemoveOrg(it) => {
            Change::RemoveOrg { org: field::id(&it.org)?, cut_offs: cut_off::read(&it.cut_offs)? }
        }
        Wire::SetRole(it) => Change::SetRole { org: field::id(&it.org)?, role: role(it.role)? },
        Wire::LiftSuspension(it) => Change::LiftSuspension { suspension: field::id(it)? },
        Wire::SetApprovals(approvals) => Change::SetApprovals { approvals: *approvals },
        Wire::SetBreakGlass(it) => Change::SetBreakGlass {
            orgs: field::id_set("organisations", &it.orgs, limits::MAX_ORGS_PER_CIRCLE)?,
        },
        Wire::ReadmitOrg(it) => Change::ReadmitOrg {
            org: field::id(&it.org)?,
            lifts: field::id_set("lifted removals", &it.lifts, references)?,
        },
        Wire::ReadmitEntries(it) => {
            let (log, up_to) = cut_off::read_one(it)?;
            Change::ReadmitEntries { log, up_to }
        }
        Wire::RestoreVote(it) => Change::RestoreVote { org: field::id(it)? },
        Wire::SetDormant(it) => {
            Change::SetDormant { org: field::id(&it.org)?, dormant: it.dormant }
        }
        Wire::CloseHistory(it) => {
            Change::CloseHistory { keep: field::id_set("kept branches", &it.keep, references)? }
        }
    })
}

fn role(number: u32) -> Result<OrgRole, StatementError> {
    match number {
        1 => Ok(OrgRole::Member),
        2 => Ok(OrgRole::Steward),
        other => Err(field::unknown("part", other)),
    }
}

pub(super) fn write(change: &Change) -> wire::Change {
    let bytes = field::to_bytes::<&[u8]>;
    let org_role =
        |org: &OrgId, role: OrgRole| wire::OrgRole { org: field::to_bytes(org), role: role as u32 };
    let change = match change {
        Change::AddOrg { org, role } => Wire::AddOrg(org_role(org, *role)),
        Change::Invite { invite, inviter, role, expires } => Wire::Invite(wire::Invite {
            invite: field::to_bytes(invite),
            inviter: field::to_bytes(inviter),
            role: *role as u32,
            expires: expires.as_millis(),
        }),
        Change::RevokeInvite { invite } => Wire::RevokeInvite(bytes(invite.as_ref())),
        Change::RemoveOrg { org, cut_offs } => Wire::RemoveOrg(wire::RemoveOrg {
            org: field::to_bytes(org),
            cut_offs: cut_off::write(cut_offs),
        }),
        Change::SetRole { org, role } => Wire::SetRole(org_role(org, *role)),
        Change::LiftSuspension { suspension } => Wire::LiftSuspension(bytes(suspension.as_ref())),
        Change::SetApprovals { approvals } => Wire::SetApprovals(*approvals),
        Change::SetBreakGlass { orgs } => {
            Wire::SetBreakGlass(wire::BreakGlass { orgs: field::to_list(orgs) })
        }
        Change::ReadmitOrg { org, lifts } => Wire::ReadmitOrg(wire::ReadmitOrg {
            org: field::to_bytes(org),
            lifts: field::to_list(lifts),
        }),
        Change::ReadmitEntries { log, up_to } => {
            Wire::ReadmitEntries(cut_off::write_one(log, up_to))
        }
        Change::RestoreVote { org } => Wire::RestoreVote(bytes(org.as_ref())),
        Change::SetDormant { org, dormant } => {
            Wire::SetDormant(wire::Dormant { org: field::to_bytes(org), dormant: *dormant })
        }
        Change::CloseHistory { keep } => {
            Wire::CloseHistory(wire::CloseHistory { keep: field::to_list(keep) })
        }
    };
    wire::Change { change: Some(change) }
}
