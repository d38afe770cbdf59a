//! Invites, proposals, joining.

use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};

use super::{
    circles,
    table::{Column, Table, facts, section},
    words,
};
use crate::api::answer::{Invite, InviteState, Joined, Proposal, ProposalState};

pub(super) fn invite(invite: &Invite) -> String {
    let coalition = words::circle(&invite.coalition, invite.coalition_name.as_ref());
    let role = if invite.steward { "steward" } else { "member" };
    let mut text = facts(&[
        ("Invite", invite.id.short()),
        ("Coalition", coalition),
        ("Joins as", role.to_owned()),
        ("State", words::invite_state(invite.state).to_owned()),
        ("Expires", words::moment(invite.expires)),
    ]);
    if invite.state == InviteState::Proposed {
        text.push_str("\nThe ticket works once the other stewards have approved");
        match &invite.proposal {
            Some(proposal) => {
                text.push_str(&format!(": `ceiba proposal approve {}`\n", proposal.short()));
            }
            None => text.push_str(".\n"),
        }
    }
    if let Some(ticket) = &invite.ticket {
        text.push_str(
            "\nTicket, shown only now. Whoever has it can join in the guest's place: hand",
        );
        text.push_str(" it over in person\nor by a safe channel. The guest runs `ceiba join -`");
        text.push_str(&format!(" and pastes it.\n\n{ticket}\n"));
    }
    text
}

/// A text as a QR code of half blocks; nothing if it is too long for one.
pub(crate) fn qr_code(text: &str) -> String {
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::L);
    code.map(|code| {
        // Light modules are printed, so that it can be read on a dark terminal.
        let image = code
            .render::<Dense1x2>()
            .dark_color(Dense1x2::Light)
            .light_color(Dense1x2::Dark)
            .build();
        format!("\n{image}\n")
    })
    .unwrap_or_default()
}

pub(super) fn invites(list: &[Invite]) -> String {
    if list.is_empty() {
        return "No invites. Make one with `ceiba invite create`.\n".to_owned();
    }
    let mut table = Table::new(&[
        Column::Whole("Id"),
        Column::Text("Coalition"),
        Column::Whole("State"),
        Column::Whole("Joins as"),
        Column::Whole("Expires"),
        Column::Text("Redeemed by"),
    ]);
    for invite in list {
        table.row([
            invite.id.short(),
            words::circle(&invite.coalition, invite.coalition_name.as_ref()),
            words::invite_state(invite.state).to_owned(),
            (if invite.steward { "steward" } else { "member" }).to_owned(),
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

pub(super) fn joined(joined: &Joined) -> String {
    let name = words::circle(&joined.coalition, joined.name.as_ref());
    let mut text = format!("Joined {name}\n\n{}", circles::members(&joined.members));
    text.push_str(&section("Still to come", &joined.waiting));
    text
}

pub(super) fn proposal(proposal: &Proposal) -> String {
    let proposer = words::org(&proposal.proposer, proposal.proposer_name.as_ref());
    let approved = format!(
        "{} of {}: {}",
        proposal.approved_by.len(),
        proposal.approvals_needed,
        words::names(&proposal.approved_by_names)
    );
    let mut text = facts(&[
        ("Proposal", proposal.id.to_string()),
        ("Circle", words::circle(&proposal.circle, proposal.circle_name.as_ref())),
        ("By", proposer),
        ("State", words::proposal_state(proposal.state).to_owned()),
        ("Approved", approved),
    ]);
    text.push_str(&section("Would change", &proposal.changes).replace(
        "Would change",
        if proposal.state == ProposalState::Decided { "Changed" } else { "Would change" },
    ));
    if proposal.ours_wanted {
        text.push_str(&format!(
            "\nYour approval is wanted: `ceiba proposal approve {}`\n",
            proposal.id.short()
        ));
    }
    text
}

pub(super) fn proposals(list: &[Proposal]) -> String {
    if list.is_empty() {
        return "Nothing waits for a decision.\n".to_owned();
    }
    let mut table = Table::new(&[
        Column::Whole("Id"),
        Column::Text("Circle"),
        Column::Text("By"),
        Column::Text("Change"),
        Column::Number("Approved"),
        Column::Text("State"),
    ]);
    for proposal in list {
        let state = match proposal.ours_wanted {
            true => "wants your approval",
            false => words::proposal_state(proposal.state),
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
