//! Joint campaigns: when, with whom, and how ready they are.

use jiff::civil;

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{Inputs, card_cell, orgs},
        links::Links,
        work::{date_cell, day_cell, days, month_after, month_text, span},
    },
    model::{
        board::{Card, CardKind},
        id::OrgId,
    },
};

/// Days after which the risk for those who are named has to be checked again.
const RISK_DAYS: i64 = 90;
/// Partners that make a campaign a joint one.
const JOINT: usize = 2;
/// Months of the calendar.
const MONTHS: i64 = 12;

fn with_status(card: &Card, status: &str) -> Vec<OrgId> {
    let entries = card.entries("partners");
    let of = entries.values().filter(|it| it.get("status").is_some_and(|it| it == status));
    of.filter_map(|it| it.get("org")?.parse().ok()).collect()
}

/// The joint messages of a campaign: cards that `messages/KEY` names among its links.
fn messages<'a>(board: &Links<'a>, card: &Card) -> Vec<&'a Card> {
    let links = card.entries("links");
    let named = card.set("messages").into_iter();
    let ids = named.filter_map(|key| links.get(key)?.get("card")?.parse().ok());
    ids.filter_map(|id| board.card(&id)).collect()
}

fn risk(inputs: &Inputs, card: &Card) -> &'static str {
    match card.date("risk_checked").and_then(|it| it.latest()) {
        None => "risk_not_checked",
        Some(day) if days(day, inputs.today) > RISK_DAYS => "risk_check_old",
        Some(_recent) => "risk_checked",
    }
}

/// What a campaign lacks to begin.
fn missing(inputs: &Inputs, card: &Card, messages: &[&Card]) -> (usize, Vec<&'static str>) {
    let released = messages.iter().filter(|card| inputs.state(card) == "released").count();
    let checks = [
        (card.text("aim").is_some(), "aim"),
        (span(card).is_some(), "dates"),
        (with_status(card, "in").len() >= JOINT, "two_partners"),
        (!messages.is_empty() && released == messages.len(), "messages_released"),
        (card.text("assets").is_some(), "assets"),
        (risk(inputs, card) == "risk_checked", "risk_check"),
        (card.text("metrics").is_some(), "metrics"),
    ];
    let missing = checks.iter().filter(|(done, _)| !done).map(|(_, what)| *what).collect();
    (checks.len(), missing)
}

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let columns = [
        "card",
        "theme",
        "from",
        "to",
        "countries",
        "state",
        "ready",
        "missing",
        "risk",
        "risk_checked_on",
        "messages",
        "global",
    ];
    let mut sheet = Sheet::new("campaigns", &columns);
    let mut partners =
        Sheet::new("campaign_partners", &["card", "in", "considering", "out", "silent"]);
    let columns = ["card", "decision", "state"];
    let mut discussion = Sheet::new("global_discussion", &columns);
    let mut cards = inputs.cards(CardKind::Campaign);
    cards.retain(|card| inputs.state(card) != "dropped");
    let links = Links::of(inputs);
    for card in &cards {
        sheet.row(row(inputs, &links, card));
        let [with, considering, out] =
            ["in", "considering", "out"].map(|status| with_status(card, status));
        let said = |org: &OrgId| [&with, &considering, &out].iter().any(|it| it.contains(org));
        let silent: Vec<OrgId> =
            orgs(card, "partners").into_iter().filter(|org| !said(org)).collect();
        partners.row([
            card_cell(card),
            inputs.orgs(&with),
            inputs.orgs(&considering),
            inputs.orgs(&out),
            inputs.orgs(&silent),
        ]);
        if card.record.flag("global") == Some(true) {
            let mut decisions = links.with(&card.id);
            decisions.retain(|it| it.kind == CardKind::Decision && !it.is_archived());
            decisions.sort_by_key(|it| (it.title(), it.id));
            let before = discussion.rows.len();
            for decision in decisions {
                discussion.row([card_cell(card), card_cell(decision), inputs.state_cell(decision)]);
            }
            if discussion.rows.len() == before {
                discussion.row([card_cell(card), Cell::word("no_decision"), Cell::Empty]);
            }
        }
    }
    vec![sheet, partners, calendar(inputs, &cards), discussion]
}

fn row(inputs: &Inputs, links: &Links<'_>, card: &Card) -> Vec<Cell> {
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let (first, last) = span(card).unzip();
    let messages = messages(links, card);
    let (checks, missing) = missing(inputs, card, &messages);
    let released = messages.iter().filter(|card| inputs.state(card) == "released").count();
    vec![
        card_cell(card),
        Cell::text(card.text("theme")),
        day_cell(first),
        day_cell(last),
        Cell::texts(card.countries()),
        inputs.state_cell(card),
        Cell::share(number(checks - missing.len()), number(checks)),
        Cell::list(missing.into_iter().map(Cell::word)),
        Cell::word(risk(inputs, card)),
        date_cell(card.date("risk_checked")),
        Cell::share(number(released), number(messages.len())),
        if card.record.flag("global") == Some(true) { Cell::word("yes") } else { Cell::Empty },
    ]
}

fn calendar(inputs: &Inputs, cards: &[&Card]) -> Sheet {
    let mut sheet = Sheet::new("campaign_calendar", &["month", "count", "campaigns"]);
    let spans: Vec<(&Card, (civil::Date, civil::Date))> =
        cards.iter().filter_map(|card| Some((*card, span(card)?))).collect();
    for after in 0..MONTHS {
        let first = month_after(inputs.today, after);
        let end = first.last_of_month();
        let running = spans.iter().filter(|(_, (from, to))| *from <= end && *to >= first);
        let running: Vec<Cell> = running.map(|(card, _)| card_cell(card)).collect();
        sheet.row([
            Cell::Text(month_text(first)),
            Cell::number(running.len()),
            Cell::list(running),
        ]);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::{
        DecisionStanding, DecisionSummary, StatementSummary,
        kit::{board, card, card_id, rows, sheet},
    };

    #[test]
    fn readiness_says_what_is_missing_and_risk_checks_grow_old() {
        let mut inputs = board();
        let kind = CardKind::Campaign;
        let full = "aim=Stop,starts=2026-12-01,ends=2027-01-15,assets=Video,metrics=Signatures,\
                    partners/a/org=org1,partners/a/status=in,partners/b/org=org2,partners/b/status=in,\
                    messages/m=yes,links/m/card=card9,links/n/card=card8";
        inputs.cards = vec![
            card(1, kind, &format!("title=a,{full},risk_checked=2026-08-25,risk_notes=Ana")),
            card(2, kind, &format!("title=b,{full},risk_checked=2026-08-24,global=yes")),
            card(
                3,
                kind,
                "title=c,global=yes,partners/a/org=org3,partners/b/org=org4,partners/b/status=considering",
            ),
            card(8, CardKind::Decision, "title=Go global,links/c/card=card2"),
            card(9, CardKind::JointMessage, "title=Message"),
        ];
        let shown = |inputs: &Inputs| -> Vec<String> {
            let found = sheet(inputs, "campaigns", "campaigns").plain();
            found
                .iter()
                .map(|row| format!("{} {} {} {} {}", row[0], row[6], row[7], row[8], row[10]))
                .collect()
        };
        assert_eq!(
            shown(&inputs),
            [
                "a 6/7 messages_released risk_checked 0/1",
                "b 5/7 messages_released; risk_check risk_check_old 0/1",
                "c 0/7 aim; dates; two_partners; messages_released; assets; risk_check; metrics \
                 risk_not_checked ",
            ]
        );
        let released = StatementSummary { state: "released", frozen: true, ..Default::default() };
        inputs.statements.insert(card_id(9), released);
        assert_eq!(shown(&inputs)[0], "a 7/7  risk_checked 1/1");
        assert_eq!(rows(&inputs, "campaigns", "campaign_partners")[2], "c |  | org4 |  | org3");
        let blocked = DecisionSummary {
            question: String::new(),
            differs: false,
            option: None,
            standing: DecisionStanding::Blocked,
            answerable: false,
            participants: [].into(),
            positions: [].into(),
            needed: 1,
            closes: None,
            decided: None,
        };
        inputs.decisions.insert(card_id(8), blocked);
        assert_eq!(
            rows(&inputs, "campaigns", "global_discussion"),
            ["b | Go global | blocked", "c | no_decision | "]
        );
        let calendar = rows(&inputs, "campaigns", "campaign_calendar");
        assert_eq!(
            calendar[..4],
            ["2026-11 | 0 | ", "2026-12 | 2 | a; b", "2027-01 | 2 | a; b", "2027-02 | 0 | "]
        );
        let page = crate::board::view("campaigns", &inputs).unwrap();
        let all: String = page.sheets.iter().flat_map(|it| it.plain()).flatten().collect();
        assert!(!all.contains("Ana"));
    }
}
