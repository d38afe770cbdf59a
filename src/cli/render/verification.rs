//! Reviews, checklists and the ledger of consent.

use super::{
    table::{Column, Table, facts, paragraph, section},
    words,
};
use crate::{
    api::{
        answer::{ConsentChanged, ConsentSubject, Reviewed, Verification},
        verification::{ConsentNaming, MissingItem, ReviewedIncident},
    },
    cli::tongue::Tongue,
};

/// The list of the levels of verification.
const LEVELS: &str = "verification_level";
/// Incidents that are told one by one; `--json` has all.
const SHOWN: usize = 40;

pub(super) fn reviewed(reviewed: &Reviewed, tongue: Tongue) -> String {
    if reviewed.incidents.is_empty() {
        return format!("{}\n", tongue.word("no-incident-to-review"));
    }
    let outcome = |code| words::share_outcome(code, tongue);
    let counts = reviewed.counts.iter().map(|(code, number)| format!("{number} {}", outcome(code)));
    let mut text = format!("{}\n", counts.collect::<Vec<_>>().join(", "));
    let refused = |one: &&ReviewedIncident| one.outcome == "refused";
    if let [one] = reviewed.incidents.as_slice() {
        let given = [
            ("incident", one.incident.short().into()),
            ("outcome", outcome(&one.outcome).into()),
            ("level", words::coded(LEVELS, &one.level, tongue).into()),
        ];
        text = tongue.say("reviewed-one", &given) + "\n";
    }
    let lines: Vec<String> =
        reviewed.incidents.iter().filter(refused).take(SHOWN).map(|one| why(one, tongue)).collect();
    text.push_str(&section(tongue.word("refused"), &lines));
    let more = reviewed.incidents.iter().filter(refused).count().saturating_sub(SHOWN);
    if more > 0 {
        text.push_str(&format!("{}\n", tongue.say("and-more", &[("more", more.into())])));
    }
    text
}

fn why(one: &ReviewedIncident, tongue: Tongue) -> String {
    let missing: Vec<String> = one.missing.iter().map(|item| need(item, tongue)).collect();
    let reason = one.reason.as_deref().unwrap_or_default();
    match missing.as_slice() {
        [] => format!("{}: {reason}", one.incident.short()),
        _some => format!("{}: {reason}: {}", one.incident.short(), missing.join("; ")),
    }
}

pub(super) fn reviews(found: &Verification, tongue: Tongue) -> String {
    let mut text = head(found, tongue);
    let mut table = Table::new(&[
        Column::Whole(tongue.word("review")),
        Column::Whole(tongue.word("date")),
        Column::Whole(tongue.word("level")),
        Column::Text(tongue.word("by")),
        Column::Text(tongue.word("reason")),
        Column::Whole(""),
    ]);
    for review in &found.reviews {
        let by = review.reviewer.as_ref().unwrap_or(&review.reviewer_code);
        let org = words::org(&review.org, review.org_name.as_ref());
        let level = review.closes.as_ref().map_or_else(
            || review.level.clone(),
            |dispute| {
                let given =
                    [("level", review.level.as_str().into()), ("review", short(dispute).into())];
                tongue.say("level-closes", &given)
            },
        );
        table.row([
            short(&review.id),
            review.at.clone(),
            level,
            format!("{org}, {by}"),
            review.reason.clone(),
            words::mark(!review.stands, "-"),
        ]);
    }
    text.push('\n');
    text.push_str(&if found.reviews.is_empty() {
        format!("{}\n", tongue.word("no-reviews"))
    } else {
        table.render()
    });
    if found.reviews.iter().any(|review| !review.stands) {
        text.push_str(&format!("\n{}\n", tongue.word("stands-no-more")));
    }
    text
}

pub(super) fn checklist(found: &Verification, tongue: Tongue) -> String {
    let mut text = head(found, tongue);
    let mut levels: Vec<&str> = found.missing.iter().map(|item| item.level.as_str()).collect();
    levels.dedup();
    if levels.is_empty() {
        text.push_str(&format!("\n{}\n", tongue.word("nothing-is-missing")));
    }
    for level in levels {
        let items = found.missing.iter().filter(|item| item.level == level);
        let lines: Vec<String> = items.map(|item| need(item, tongue)).collect();
        let level = words::coded(LEVELS, level, tongue);
        let title = tongue.say("for-level", &[("level", level.into())]);
        text.push_str(&section(&title, &lines));
    }
    text
}

/// What is missing, by its code; in the node's words if the program does not know the code.
fn need(item: &MissingItem, tongue: Tongue) -> String {
    let key = match item.need.as_str() {
        "field" => return tongue.say("need-field", &[("path", item.path.as_str().into())]),
        "independent_sources" => "need-independent-sources",
        "review" => "need-review",
        "second_person" => "need-second-person",
        "second_organisation" => "need-second-organisation",
        "origin_or_another" => "need-origin-or-another",
        _unknown => return item.help.clone(),
    };
    tongue.word(key).to_owned()
}

fn head(found: &Verification, tongue: Tongue) -> String {
    let mut known = vec![
        (tongue.word("incident"), found.incident.short()),
        (tongue.word("title"), found.title.clone()),
        (tongue.word("level"), words::coded(LEVELS, &found.level, tongue)),
    ];
    if found.level != found.reached {
        known.push((tongue.word("reached"), words::coded(LEVELS, &found.reached, tongue)));
    }
    for circle in &found.circles {
        let name = words::circle(&circle.circle, circle.circle_name.as_ref());
        known.push((tongue.word("in-circle"), format!("{name}: {}", circle.level)));
    }
    known.extend(found.citations.iter().map(|cited| (tongue.word("cited"), cited.clone())));
    let mut text = facts(&known);
    let disputes = found.disputes.iter().map(|dispute| {
        let org = words::org(&dispute.org, dispute.org_name.as_ref());
        let (id, at) = (short(&dispute.review), &dispute.at);
        format!("{org}, {at}: {} (`ceiba review add … --closes {id}`)", dispute.reason)
    });
    text.push_str(&section(tongue.word("open-disputes"), &disputes.collect::<Vec<_>>()));
    text
}

pub(super) fn consent_changed(changed: &ConsentChanged, tongue: Tongue) -> String {
    let mut known = Vec::new();
    known.extend(changed.subject.iter().map(|subject| (tongue.word("person"), subject.clone())));
    known.push((tongue.word("consent"), consent_state(&changed.state, tongue).to_owned()));
    known.push((tongue.word("named-in"), changed.incidents.len().to_string()));
    let mut text = facts(&known);
    if !changed.taken_back.is_empty() {
        text.push_str(&format!("\n{}\n", tongue.word("shared-before")));
        for shared in &changed.taken_back {
            let counts = shared.counts.iter();
            let counts = counts.map(|(outcome, number)| {
                format!("{number} {}", words::taken_back(outcome, tongue))
            });
            let name = words::circle(&shared.circle, shared.circle_name.as_ref());
            let counts = counts.collect::<Vec<_>>().join(", ");
            text.push_str(&paragraph("  ", &format!("{name}: {counts}")));
        }
        text.push_str(&paragraph("", tongue.word("what-was-read-stays")));
    }
    text.push_str(&section(tongue.word("could-not-be-taken-back"), &changed.failed));
    text
}

pub(super) fn consents(list: &[ConsentSubject], tongue: Tongue) -> String {
    if list.is_empty() {
        return format!("{}\n", tongue.word("nobody"));
    }
    let mut table = Table::new(&[
        Column::Whole(tongue.word("person")),
        Column::Whole(tongue.word("consent")),
        Column::Whole(tongue.word("basis")),
        Column::Whole(tongue.word("ends")),
        Column::Text(tongue.word("scopes")),
        Column::Text(tongue.word("named-in")),
    ]);
    for subject in list {
        table.row([
            subject
                .subject
                .as_deref()
                .map_or_else(|| tongue.word("of-the-record").to_owned(), short),
            consent_state(&subject.state, tongue).to_owned(),
            subject.basis.clone(),
            subject.expires.clone().unwrap_or_default(),
            subject.scopes.join(", "),
            subject.named.iter().map(naming).collect::<Vec<_>>().join(", "),
        ]);
    }
    table.render()
}

/// How consent stands, by its code.
fn consent_state(code: &str, tongue: Tongue) -> &str {
    tongue.word(match code {
        "withdrawn" => "consent-withdrawn",
        "expired" => "consent-expired",
        "none" => "consent-none",
        "partial" => "consent-partial",
        "in_force" => "consent-in-force",
        other => return other,
    })
}

fn naming(naming: &ConsentNaming) -> String {
    let incident = naming.incident.short();
    naming.victim.as_ref().map_or_else(|| incident.clone(), |victim| format!("{incident}/{victim}"))
}

fn short(id: &str) -> String {
    id.chars().take(8).collect()
}
