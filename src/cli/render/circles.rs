//! Circles and their organisations.

use super::{
    decisions,
    table::{Column, Table, facts, paragraph, section},
    words,
};
use crate::{
    api::answer::{Circle, CircleKind, Member, Removal, Standing},
    cli::tongue::Tongue,
};

pub(super) fn circle(circle: &Circle, tongue: Tongue) -> String {
    let given = [("made", circle.decisions.into()), ("needed", circle.approvals_needed.into())];
    let mut text = facts(&[
        (tongue.word("circle"), words::circle(&circle.id, circle.name.as_ref())),
        (tongue.word("id"), circle.id.to_string()),
        (tongue.word("kind"), words::kind(circle.kind, tongue).to_owned()),
        (tongue.word("we-are"), words::standing(circle.standing, tongue).to_owned()),
        (tongue.word("decisions"), tongue.say("decisions-made", &given)),
        (tongue.word("entries"), entries(circle, tongue)),
    ]);
    text.push('\n');
    text.push_str(&members(&circle.members, tongue));
    if circle.kind == CircleKind::Coalition && circle.members.len() == 1 {
        text.push_str(&format!("\n{}\n", tongue.word("next-invite")));
    }
    text
}

fn entries(circle: &Circle, tongue: Tongue) -> String {
    let mut text = circle.entries.to_string();
    for (number, key) in [
        (circle.waiting_for_key, "entries-without-key"),
        (circle.quarantined, "entries-quarantined"),
    ] {
        if number > 0 {
            text.push_str(", ");
            text.push_str(&tongue.say(key, &[("number", number.into())]));
        }
    }
    text
}

pub(super) fn circles(list: &[Circle], tongue: Tongue) -> String {
    if list.is_empty() {
        return paragraph("", tongue.word("no-circles"))
            + &paragraph("", tongue.word("no-circles-next"));
    }
    let mut table = Table::new(&[
        Column::Whole(tongue.word("id")),
        Column::Text(tongue.word("name")),
        Column::Whole(tongue.word("kind")),
        Column::Whole(tongue.word("we-are")),
        Column::Number(tongue.word("members")),
        Column::Text(tongue.word("inside")),
        Column::Text(tongue.word("entries")),
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
            words::kind(circle.kind, tongue).to_owned(),
            words::standing(circle.standing, tongue).to_owned(),
            circle.members.iter().filter(present).count().to_string(),
            parent.unwrap_or_default(),
            entries(circle, tongue),
        ]);
    }
    table.render()
}

pub(super) fn members(list: &[Member], tongue: Tongue) -> String {
    let mut table = Table::new(&[
        Column::Text(tongue.word("organisation")),
        Column::Whole(tongue.word("standing")),
        Column::Number(tongue.word("devices")),
        Column::Whole(tongue.word("id")),
        Column::Text(tongue.word("remarks")),
    ]);
    for member in list {
        let own = words::mark(member.own, tongue.word("this-organisation"));
        let remarks = std::iter::once(&own).chain(&member.notes).filter(|note| !note.is_empty());
        table.row([
            words::org(&member.org, member.name.as_ref()),
            words::standing(member.standing, tongue).to_owned(),
            member.devices.len().to_string(),
            words::org_id(&member.org),
            remarks.cloned().collect::<Vec<_>>().join("; "),
        ]);
    }
    table.render()
}

pub(super) fn removal(removal: &Removal, tongue: Tongue) -> String {
    let name = words::org(&removal.org, removal.name.as_ref());
    let key = if removal.proposals.is_empty() { "would-remove" } else { "removing" };
    let mut text = paragraph("", &tongue.say(key, &[("name", name.into())]));
    text.push_str(&section(tongue.word("achieves"), &removal.achieves));
    text.push_str(&section(tongue.word("does-not-achieve"), &removal.does_not_achieve));
    if !removal.proposals.is_empty() {
        text.push_str(&format!("\n{}\n", tongue.word("proposals")));
        text.push_str(&decisions::proposals(&removal.proposals, tongue));
    }
    text
}
