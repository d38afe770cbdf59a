//! Invites, proposals, joining.

use super::{
    circles,
    table::{Column, Table, facts, paragraph, section},
    words,
};
use crate::{
    api::answer::{Invite, InviteState, Joined, Proposal, ProposalState},
    cli::tongue::Tongue,
};

pub(super) fn invite(invite: &Invite, tongue: Tongue) -> String {
    let coalition = words::circle(&invite.coalition, invite.coalition_name.as_ref());
    let mut text = facts(&[
        (tongue.word("invite"), invite.id.short()),
        (tongue.word("coalition"), coalition),
        (tongue.word("joins-as"), words::role(invite.steward, tongue).to_owned()),
        (tongue.word("state"), words::invite_state(invite.state, tongue).to_owned()),
        (tongue.word("expires"), words::moment(invite.expires)),
    ]);
    if invite.state == InviteState::Proposed {
        let sentence = match &invite.proposal {
            Some(it) => tongue.say("ticket-needs-approval", &[("proposal", it.short().into())]),
            None => tongue.word("ticket-needs-approvals").to_owned(),
        };
        text.push('\n');
        text.push_str(&paragraph("", &sentence));
    }
    if let Some(ticket) = &invite.ticket {
        text.push('\n');
        text.push_str(&paragraph("", tongue.word("ticket-shown-once")));
        text.push_str(&format!("\n{ticket}\n"));
    }
    text
}

pub(super) fn invites(list: &[Invite], tongue: Tongue) -> String {
    if list.is_empty() {
        return format!("{}\n", tongue.word("no-invites"));
    }
    let mut table = Table::new(&[
        Column::Whole(tongue.word("id")),
        Column::Text(tongue.word("coalition")),
        Column::Whole(tongue.word("state")),
        Column::Whole(tongue.word("joins-as")),
        Column::Whole(tongue.word("expires")),
        Column::Text(tongue.word("redeemed-by")),
    ]);
    for invite in list {
        table.row([
            invite.id.short(),
            words::circle(&invite.coalition, invite.coalition_name.as_ref()),
            words::invite_state(invite.state, tongue).to_owned(),
            words::role(invite.steward, tongue).to_owned(),
            words::moment(invite.expires),
            redeemer(invite),
        ]);
    }
    table.render()
}

fn redeemer(invite: &Invite) -> String {
    let name = invite.redeemed_by_name.as_ref();
    invite.redeemed_by.as_ref().map(|org| words::org(org, name)).unwrap_or_default()
}

pub(super) fn joined(joined: &Joined, tongue: Tongue) -> String {
    let name = words::circle(&joined.coalition, joined.name.as_ref());
    let said = tongue.say("joined", &[("name", name.into())]);
    let mut text = format!("{said}\n\n{}", circles::members(&joined.members, tongue));
    text.push_str(&section(tongue.word("still-to-come"), &joined.waiting));
    text
}

pub(super) fn proposal(proposal: &Proposal, tongue: Tongue) -> String {
    let proposer = words::org(&proposal.proposer, proposal.proposer_name.as_ref());
    let given = [
        ("number", proposal.approved_by.len().into()),
        ("needed", proposal.approvals_needed.into()),
        ("names", words::names(&proposal.approved_by_names, tongue).into()),
    ];
    let mut text = facts(&[
        (tongue.word("proposal"), proposal.id.to_string()),
        (tongue.word("circle"), words::circle(&proposal.circle, proposal.circle_name.as_ref())),
        (tongue.word("by"), proposer),
        (tongue.word("state"), words::proposal_state(proposal.state, tongue).to_owned()),
        (tongue.word("approved"), tongue.say("approved-by", &given)),
    ]);
    let decided = proposal.state == ProposalState::Decided;
    let title = tongue.word(if decided { "changed" } else { "would-change" });
    text.push_str(&section(title, &proposal.changes));
    if proposal.ours_wanted {
        let given = [("proposal", proposal.id.short().into())];
        text.push('\n');
        text.push_str(&paragraph("", &tongue.say("approval-wanted", &given)));
    }
    text
}

pub(super) fn proposals(list: &[Proposal], tongue: Tongue) -> String {
    if list.is_empty() {
        return format!("{}\n", tongue.word("no-proposals"));
    }
    let mut table = Table::new(&[
        Column::Whole(tongue.word("id")),
        Column::Text(tongue.word("circle")),
        Column::Text(tongue.word("by")),
        Column::Text(tongue.word("change")),
        Column::Number(tongue.word("approved")),
        Column::Text(tongue.word("state")),
    ]);
    for proposal in list {
        let state = match proposal.ours_wanted {
            true => tongue.word("proposal-wants-yours"),
            false => words::proposal_state(proposal.state, tongue),
        };
        table.row([
            proposal.id.short(),
            words::circle(&proposal.circle, proposal.circle_name.as_ref()),
            words::org(&proposal.proposer, proposal.proposer_name.as_ref()),
            proposal.changes.join("; "),
            format!("{}/{}", proposal.approved_by.len(), proposal.approvals_needed),
            state.to_owned(),
        ]);
    }
    table.render()
}
