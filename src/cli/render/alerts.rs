//! Emergency alerts.

use super::{
    table::{Column, Table, facts, one_line, paragraph, section},
    words,
};
use crate::{
    api::alert::{
        AlertDetail, AlertEntry, AlertList, AlertRow, AlertTotals, ClockSkew, ENTRY_DIGITS,
        Referral,
    },
    cli::tongue::Tongue,
    model::time::Timestamp,
};

/// The list of the levels.
const LEVELS: &str = "alert_level";
/// The list of the states.
const STATES: &str = "alert_state";
/// The list of kinds of help.
const NEEDS: &str = "intervention_type";
/// Characters of an id that are shown.
const SHORT: usize = 8;
/// How a line begins that somebody has to do something about.
pub(crate) const LOUD: &str = "! ";

pub(super) fn alerts(list: &AlertList, tongue: Tongue) -> String {
    let mut text = String::new();
    for row in &list.alerts {
        text.push_str(&line(row, &list.now, tongue));
        text.push('\n');
    }
    if list.alerts.is_empty() {
        text = format!("{}\n", tongue.word("no-alerts"));
    }
    for folded in &list.folded {
        let org = words::org(&folded.org, folded.org_name.as_ref());
        let given = [("alerts", folded.alerts.into()), ("org", org.into())];
        text.push_str(&format!("  {}\n", tongue.say("alert-folded", &given)));
    }
    if list.totals.alerts > 0 {
        text.push_str(&format!("\n{}\n", totals("alert-totals", &list.totals, tongue)));
    }
    if list.drills.alerts > 0 {
        text.push_str(&format!("{}\n", totals("alert-totals-drills", &list.drills, tongue)));
    }
    text
}

fn totals(key: &'static str, of: &AlertTotals, tongue: Tongue) -> String {
    let median = of.median_response.map_or_else(|| "-".to_owned(), span);
    let (alerts, answered) = (of.alerts.into(), of.answered.into());
    tongue.say(key, &[("alerts", alerts), ("answered", answered), ("median", median.into())])
}

/// An alert on one line: what is wrong first.
pub(crate) fn line(row: &AlertRow, now: &str, tongue: Tongue) -> String {
    let mut parts = vec![short(&row.id), state(row, tongue)];
    parts.extend(timing(row, now, tongue));
    parts.push(words::coded(LEVELS, &row.level, tongue));
    parts.push(row.country.clone());
    parts.push(words::org(&row.org, row.org_name.as_ref()));
    if row.unconfirmed > 0 {
        parts.push(tongue.word("alert-waits-confirmation").to_owned());
    }
    let mark = if row.loud { LOUD } else { "  " };
    format!("{mark}{}: {}", parts.join(", "), one_line(&row.what))
}

/// The same, with what the latest update says.
pub(crate) fn line_with_news(row: &AlertRow, now: &str, tongue: Tongue) -> String {
    let news = row.news.as_deref().map(one_line).filter(|_| row.updates > 0);
    // Anybody in the circle may have said it.
    let of = row.news_of.as_deref().unwrap_or("?");
    let news = news.map(|news| format!(" – {} ({of}): {news}", tongue.word("alert-update")));
    format!("{}{}", line(row, now, tongue), news.unwrap_or_default())
}

/// The closings that wait for a second organisation: the hash of each, who wrote it, how it ended,
/// how those concerned were reached.
pub(crate) fn closings(detail: &AlertDetail, tongue: Tongue) -> Vec<(String, String)> {
    let waits = |it: &&AlertEntry| it.waits.as_deref() == Some("confirmation");
    let closing = |it: &AlertEntry| (it.hash.clone(), entry(it, tongue));
    detail.entries.iter().filter(waits).map(closing).collect()
}

fn state(row: &AlertRow, tongue: Tongue) -> String {
    let state = words::coded(STATES, &row.state, tongue);
    if row.drill { format!("{} – {state}", tongue.word("alert-drill")) } else { state }
}

/// What time says of it: overdue, the next step, the end.
fn timing(row: &AlertRow, now: &str, tongue: Tongue) -> Vec<String> {
    let mut parts = Vec::new();
    if row.rewritten {
        parts.push(tongue.word("alert-rewritten").to_owned());
    }
    if row.step > 0 {
        parts.push(tongue.say("alert-step", &[("step", row.step.into())]));
    }
    if let Some(overdue) = row.overdue {
        parts.push(tongue.say("alert-overdue", &[("span", span(overdue).into())]));
    }
    if let Some(left) = row.next_step.as_deref().and_then(|at| left(at, now)) {
        parts.push(tongue.say("alert-next", &[("span", span(left).into())]));
    }
    if !row.taking.is_empty() {
        let names = words::names(&row.taking, tongue);
        parts.push(tongue.say("alert-taken-by", &[("names", names.into())]));
    }
    parts
}

pub(super) fn alert(detail: &AlertDetail, tongue: Tongue) -> String {
    let AlertDetail { row, .. } = detail;
    let mut text = paragraph(if row.loud { LOUD } else { "" }, &one_line(&row.what));
    let circle = words::circle(&row.circle, row.circle_name.as_ref());
    let by = format!("{}, {}", words::org(&row.org, row.org_name.as_ref()), detail.by);
    // What does not change comes before what does.
    let state = [vec![state(row, tongue)], timing(row, "", tongue)].concat().join(", ");
    let needs = words::labels(NEEDS, &detail.needs, tongue);
    let response = row.response.map(span);
    let place = [detail.admin1.as_deref(), detail.place.as_deref()].into_iter().flatten();
    let place: Vec<&str> = std::iter::once(row.country.as_str()).chain(place).collect();
    let mut lines = vec![
        (tongue.word("id"), row.id.clone()),
        (tongue.word("state"), state),
        (tongue.word("level"), words::coded(LEVELS, &row.level, tongue)),
        (tongue.word("alert-who"), detail.who.clone()),
        (tongue.word("place"), place.join(", ")),
    ];
    lines.extend(detail.places.iter().map(|it| {
        let org = words::org(&it.org, it.org_name.as_ref());
        (tongue.word("alert-later-place"), format!("{} ({org}, {})", one_line(&it.place), it.by))
    }));
    lines.extend([
        (tongue.word("alert-needs"), needs),
        (tongue.word("alert-sent"), moment(&row.sent)),
        (tongue.word("alert-next-step"), row.next_step.as_deref().map(moment).unwrap_or_default()),
        (tongue.word("expires"), moment(&row.expires)),
        (tongue.word("alert-response"), response.unwrap_or_default()),
        (tongue.word("alert-taking-here"), detail.taking_here.join(", ")),
        (tongue.word("circle"), circle),
        (tongue.word("by"), by),
        (
            tongue.word("incident"),
            detail.incident.map(|incident| incident.short()).unwrap_or_default(),
        ),
    ]);
    lines.retain(|(_, value)| !value.is_empty());
    text.push_str(&facts(&lines));
    if detail.undatable {
        text.push_str(&paragraph(LOUD, tongue.word("alert-undatable")));
    }
    if detail.unseen_in_time {
        text.push_str(&paragraph(LOUD, tongue.word("alert-unseen-in-time")));
    }
    let clocks: Vec<String> = detail.clocks.iter().map(|it| clock(it, tongue)).collect();
    text.push_str(&section(tongue.word("alert-clocks"), &clocks));
    text.push_str(&recipients(detail, tongue));
    let entries: Vec<String> = detail.entries.iter().map(|it| entry(it, tongue)).collect();
    text.push_str(&section(tongue.word("alert-said"), &entries));
    let referrals = detail.referrals.iter().map(|it| referral(it, tongue));
    let referrals: Vec<String> = referrals.collect();
    text.push_str(&section(tongue.word("alert-referrals"), &referrals));
    if let Some(missing) = detail.missing.as_deref() {
        text.push_str(&format!("\n{}", paragraph("", tongue.word(open_for(missing)))));
    }
    text
}

/// What to do that a closing that was said closes an alert. At the end, where whoever said it looks.
fn open_for(missing: &str) -> &'static str {
    match missing {
        "confirmation" => "alert-open-unconfirmed",
        _update => "alert-open-unknowing",
    }
}

fn recipients(detail: &AlertDetail, tongue: Tongue) -> String {
    if detail.recipients.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        Column::Text(tongue.word("organisation")),
        Column::Whole(tongue.word("alert-called")),
        Column::Whole(tongue.word("alert-delivery")),
    ]);
    for recipient in &detail.recipients {
        let called = if recipient.called {
            tongue.word("yes").to_owned()
        } else {
            tongue.say("alert-from-step", &[("step", recipient.step.into())])
        };
        let delivery = match (recipient.delivery.as_str(), recipient.stance.as_deref()) {
            ("acknowledged", Some(code)) => stance(code, tongue),
            ("delivered", _) => tongue.word("alert-delivered"),
            ("seen", _) => tongue.word("alert-seen"),
            _ => tongue.word("alert-queued"),
        };
        let org = words::org(&recipient.org, recipient.org_name.as_ref());
        table.row([org, called, delivery.to_owned()]);
    }
    format!("\n{}", table.render())
}

fn stance(code: &str, tongue: Tongue) -> &'static str {
    tongue.word(match code {
        "taking" => "alert-taking",
        "cannot" => "alert-cannot",
        _ => "alert-received",
    })
}

fn entry(entry: &AlertEntry, tongue: Tongue) -> String {
    let kind = match entry.kind.as_str() {
        "acknowledgement" => stance(entry.stance.as_deref().unwrap_or_default(), tongue),
        "update" => tongue.word("alert-update"),
        "stand_down" => tongue.word("alert-stand-down"),
        "confirm" => tongue.word("alert-confirm"),
        "review" => tongue.word("alert-review"),
        _ => tongue.word("alert-seen"),
    };
    let outcome = entry.outcome.as_deref().map(|code| {
        tongue.word(match code {
            "safe" => "alert-safe",
            "harm_occurred" => "alert-harm",
            "false_alarm" => "alert-false",
            _ => "alert-transferred",
        })
    });
    let org = words::org(&entry.org, entry.org_name.as_ref());
    let mut parts = vec![format!("{kind} ({org}, {})", entry.by)];
    parts.extend(entry.for_all.then(|| tongue.word("alert-for-all").to_owned()));
    parts.extend(outcome.map(str::to_owned));
    parts.extend(entry.level.as_deref().map(|level| words::coded(LEVELS, level, tongue)));
    parts.extend(entry.confirms.as_deref().map(digits));
    parts.extend(entry.place.as_deref().map(one_line));
    parts.extend(entry.check_in.as_deref().map(one_line));
    parts.extend(entry.incident.map(|incident| incident.short()));
    parts.extend(entry.text.as_deref().map(one_line));
    let waits = entry.waits.as_deref().map(|why| {
        tongue.word(match why {
            "confirmation" => "alert-waits-confirmation",
            "update" => "alert-waits-update",
            "rewritten" => "alert-rewritten",
            _ => "alert-idle",
        })
    });
    parts.extend(waits.map(str::to_owned));
    format!("{} {} {}", digits(&entry.hash), moment(&entry.sent), parts.join(", "))
}

fn clock(skew: &ClockSkew, tongue: Tongue) -> String {
    let against = match &skew.against {
        Some(org) => words::org(org, skew.against_name.as_ref()),
        None => tongue.word("alert-this-clock").to_owned(),
    };
    let given = [
        ("org", words::org(&skew.org, skew.org_name.as_ref()).into()),
        ("against", against.into()),
        ("span", span(skew.ahead).into()),
    ];
    tongue.say("alert-clock", &given)
}

/// Whose word it is comes before the word: anybody may have written the number.
fn referral(referral: &Referral, tongue: Tongue) -> String {
    let by = |field: &str| {
        let Some(writer) = referral.others.get(field) else { return String::new() };
        let writer = writer.clone().unwrap_or_else(|| "?".to_owned());
        format!(" ({})", tongue.say("alert-referral-by", &[("writer", writer.into())]))
    };
    let field =
        |(path, value): (&String, &String)| format!("{path}{}: {}", by(path), one_line(value));
    let fields: Vec<String> = referral.fields.iter().map(field).collect();
    let whose = tongue.say("alert-referral-of", &[("owner", referral.owner.as_str().into())]);
    let title = one_line(&referral.title);
    format!("{title}{} ({whose}): {}", by("title"), fields.join("; "))
}

fn short(id: &str) -> String {
    id.chars().take(SHORT).collect()
}

/// What names an entry in commands.
fn digits(hash: &str) -> String {
    hash.chars().take(ENTRY_DIGITS).collect()
}

/// To the second: minutes matter.
fn moment(text: &str) -> String {
    text.strip_suffix('Z')
        .map_or_else(|| text.to_owned(), |text| format!("{} UTC", text.replace('T', " ")))
}

/// Seconds until a moment; none if it is over or now is not known.
fn left(at: &str, now: &str) -> Option<u64> {
    let (at, now) = (Timestamp::from_second(at)?, Timestamp::from_second(now)?);
    (now < at).then(|| at.saturating_since(now).as_secs())
}

/// A duration in its two greatest units.
fn span(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {} min", minutes % 60),
        (days, hours, _) => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_their_greatest_units() {
        for (seconds, text) in
            [(0, "0 s"), (59, "59 s"), (180, "3 min"), (7_260, "2 h 1 min"), (90_000, "1 d 1 h")]
        {
            assert_eq!(span(seconds), text);
        }
        assert_eq!(left("2026-11-23T12:00:10Z", "2026-11-23T12:00:00Z"), Some(10));
        assert_eq!(left("2026-11-23T12:00:10Z", "2026-11-23T12:00:10Z"), None);
    }
}
