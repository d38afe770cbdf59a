//! Circles and their organisations.

use super::{
    decisions,
    table::{Column, Table, facts, section},
    words,
};
use crate::api::answer::{Circle, CircleKind, Member, Removal, Standing};

pub(super) fn circle(circle: &Circle) -> String {
    let decisions = words::count(u64::try_from(circle.decisions).unwrap_or(u64::MAX), "decision");
    let mut text = facts(&[
        ("Circle", words::circle(&circle.id, circle.name.as_ref())),
        ("Id", circle.id.to_string()),
        ("Kind", words::kind(circle.kind).to_owned()),
        ("We are", words::standing(circle.standing).to_owned()),
        ("Decisions", format!("{decisions}; the next needs {}", approvals(circle))),
        ("Entries", entries(circle)),
    ]);
    text.push('\n');
    text.push_str(&members(&circle.members));
    if circle.kind == CircleKind::Coalition && circle.members.len() == 1 {
        text.push_str("\nNext: invite partners with `ceiba invite create`.\n");
    }
    text
}

fn approvals(circle: &Circle) -> String {
    words::count(u64::try_from(circle.approvals_needed).unwrap_or(u64::MAX), "approval")
}

fn entries(circle: &Circle) -> String {
    let mut text = circle.entries.to_string();
    if circle.waiting_for_key > 0 {
        text.push_str(&format!(", {} wait for a key", circle.waiting_for_key));
    }
    if circle.quarantined > 0 {
        text.push_str(&format!(", {} in quarantine", circle.quarantined));
    }
    text
}

pub(super) fn circles(list: &[Circle]) -> String {
    if list.is_empty() {
        return "No circles yet.\nFound a coalition with `ceiba coalition create NAME`, or join one \
                with `ceiba join TICKET`.\n"
            .to_owned();
    }
    let mut table = Table::new(&[
        Column::Whole("Id"),
        Column::Text("Name"),
        Column::Whole("Kind"),
        Column::Whole("We are"),
        Column::Number("Members"),
        Column::Text("In"),
        Column::Text("Entries"),
    ]);
    for circle in list {
        let parent = circle.parent.as_ref().map(|parent| {
            let name = list.iter().find(|other| other.id == *parent);
            words::circle(parent, name.and_then(|other| other.name.as_ref()))
        });
        let present = |member: &&Member| member.standing != Standing::Removed;
        table.row([
            circle.id.short(),
            circle.name.clone().unwrap_or_default(),
            words::kind(circle.kind).to_owned(),
            words::standing(circle.standing).to_owned(),
            circle.members.iter().filter(present).count().to_string(),
            parent.unwrap_or_default(),
            entries(circle),
        ]);
    }
    table.render()
}

pub(super) fn members(list: &[Member]) -> String {
    let mut table = Table::new(&[
        Column::Text("Organisation"),
        Column::Whole("Standing"),
        Column::Number("Devices"),
        Column::Whole("Id"),
        Column::Text("Remarks"),
    ]);
    for member in list {
        let own = words::mark(member.own, "this organisation");
        let remarks = std::iter::once(&own).chain(&member.notes).filter(|note| !note.is_empty());
        table.row([
            words::org(&member.org, member.name.as_ref()),
            words::standing(member.standing).to_owned(),
            member.devices.len().to_string(),
            words::org_id(&member.org),
            remarks.cloned().collect::<Vec<_>>().join("; "),
        ]);
    }
    table.render()
}

pub(super) fn removal(removal: &Removal) -> String {
    let name = words::org(&removal.org, removal.name.as_ref());
    let mut text = match removal.proposals.is_empty() {
        true => format!("Removing {name} (nothing was done yet)\n"),
        false => format!("Removing {name}\n"),
    };
    text.push_str(&section("What it achieves", &removal.achieves));
    text.push_str(&section("What it cannot achieve", &removal.does_not_achieve));
    if !removal.proposals.is_empty() {
        text.push_str("\nProposals\n");
        text.push_str(&decisions::proposals(&removal.proposals));
    }
    text
}
