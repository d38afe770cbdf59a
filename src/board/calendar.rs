//! All that has a date, of all kinds of cards.

use jiff::civil;

use super::inputs::{Inputs, card_cell};
use crate::{
    api::board_views::{Cell, Sheet},
    model::{
        board::{Card, CardKind},
        id::CardId,
        registry::Date,
    },
};

/// Why something stands in the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// It is due.
    Due,
    /// It takes place, runs, or is open.
    Event,
    /// A day of a meeting.
    MeetingDay,
    /// A training was or is held.
    Training,
    /// A training is followed up.
    FollowUp,
    /// A group meets.
    NextMeeting,
    /// What must not be said before.
    Embargo,
    /// Consent to a story ends.
    ConsentEnds,
    /// A consent window closes.
    Closes,
    /// A line of a checklist is due.
    ItemDue,
}

impl Moment {
    /// Key of its word.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Event => "event",
            Self::MeetingDay => "meeting_day",
            Self::Training => "training",
            Self::FollowUp => "follow_up",
            Self::NextMeeting => "next_meeting",
            Self::Embargo => "embargo",
            Self::ConsentEnds => "consent_ends",
            Self::Closes => "closes",
            Self::ItemDue => "item_due",
        }
    }
}

/// One entry of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dated {
    /// First day.
    pub first: civil::Date,
    /// Last day.
    pub last: civil::Date,
    /// Why.
    pub moment: Moment,
    /// The card.
    pub card: CardId,
    /// The entry within the card: key of a day or training, id of an item; empty for the card.
    pub entry: String,
    /// What it says beyond the card's title.
    pub text: String,
}

/// What has a date from one day to another, the first first. What was put away or dropped has none.
#[must_use]
pub fn calendar(inputs: &Inputs, from: civil::Date, to: civil::Date) -> Vec<Dated> {
    let mut all = Vec::new();
    for card in &inputs.cards {
        let shown = is_shown(inputs, card);
        if shown {
            of_card(inputs, card, &mut all);
        }
        // A question that is open can be answered, wherever somebody put its card.
        let ballots = inputs.ballots(&card.id);
        for ballot in ballots.filter(|it| shown || it.answerable) {
            if let Some((first, last)) = ballot.closes.and_then(days_of) {
                let (entry, text) = (String::new(), ballot.question.clone());
                all.push(Dated { first, last, moment: Moment::Closes, card: card.id, entry, text });
            }
        }
    }
    for item in inputs.items.iter().filter(|item| !item.done) {
        let shown = inputs.card(&item.card).is_some_and(|card| is_shown(inputs, card));
        if shown && let Some((first, last)) = item.due.and_then(days_of) {
            let (entry, text) = (item.id.to_string(), item.text.clone());
            all.push(Dated { first, last, moment: Moment::ItemDue, card: item.card, entry, text });
        }
    }
    all.retain(|it| it.first <= to && it.last >= from);
    all.sort();
    all
}

fn is_shown(inputs: &Inputs, card: &Card) -> bool {
    !card.is_archived() && inputs.state(card) != "dropped"
}

fn days_of(date: Date) -> Option<(civil::Date, civil::Date)> {
    Some((date.earliest()?, date.latest()?))
}

fn of_card(inputs: &Inputs, card: &Card, all: &mut Vec<Dated>) {
    let mut add = |moment: Moment, date: Option<Date>, entry: &str, text: &str| {
        if let Some((first, last)) = date.and_then(days_of) {
            let (entry, text) = (entry.to_owned(), text.to_owned());
            all.push(Dated { first, last, moment, card: card.id, entry, text });
        }
    };
    if !inputs.is_over(card) {
        add(Moment::Due, card.date("due"), "", "");
    }
    add(Moment::NextMeeting, card.date("next_meeting"), "", "");
    add(Moment::Embargo, card.date("embargo"), "", "");
    if card.kind == CardKind::Story {
        add(Moment::ConsentEnds, card.date("consent_expires"), "", "");
    }
    let date = |text: Option<&String>| text.and_then(|text| text.parse::<Date>().ok());
    for (key, day) in card.entries("days") {
        let title = day.get("title").map_or("", String::as_str);
        add(Moment::MeetingDay, date(day.get("date")), key, title);
    }
    for (key, training) in card.entries("trainings") {
        add(Moment::Training, date(training.get("date")), key, "");
        add(Moment::FollowUp, date(training.get("follow_up")), key, "");
    }
    if let Some((first, last)) = super::work::span(card) {
        let (entry, text) = (String::new(), String::new());
        all.push(Dated { first, last, moment: Moment::Event, card: card.id, entry, text });
    }
}

/// The calendar as a sheet.
#[must_use]
pub fn calendar_sheet(inputs: &Inputs, from: civil::Date, to: civil::Date) -> Sheet {
    let mut sheet =
        Sheet::new("calendar", &["from", "to", "moment", "kind", "card", "text", "owner"]);
    for it in calendar(inputs, from, to) {
        let Some(card) = inputs.card(&it.card) else { continue };
        sheet.row([
            Cell::Text(it.first.to_string()),
            if it.last == it.first { Cell::Empty } else { Cell::Text(it.last.to_string()) },
            Cell::word(it.moment.key()),
            Cell::code("card_kind", Some(card.kind.code())),
            card_cell(card),
            Cell::text(Some(it.text.as_str()).filter(|text| !text.is_empty())),
            inputs.org(card.owner()),
        ]);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::{
        DecisionStanding, DecisionSummary, Item,
        kit::{board, card, card_id, day},
    };

    #[test]
    fn everything_with_a_date_is_in_the_calendar_once() {
        let mut inputs = board();
        inputs.cards = vec![
            card(1, CardKind::Action, "title=a,due=2026-12-01"),
            card(2, CardKind::Opportunity, "title=b,starts=2026-12-02,ends=2026-12-04"),
            card(
                3,
                CardKind::StrategyMeeting,
                "title=c,days/one/date=2026-12-05,days/one/title=First",
            ),
            card(
                4,
                CardKind::Protocol,
                "title=d,trainings/a/date=2026-12-06,trainings/a/follow_up=2026-12-07",
            ),
            card(5, CardKind::WorkingGroup, "title=e,next_meeting=2026-12-08"),
            card(6, CardKind::JointMessage, "title=f,embargo=2026-12-09"),
            card(7, CardKind::Story, "title=g,consent_expires=2026-12-10"),
            card(8, CardKind::Decision, "title=h"),
            card(9, CardKind::Action, "title=i,due=2026-12-01,state=dropped"),
            card(10, CardKind::Action, "title=j,due=2026-12-01,archived=yes"),
            card(11, CardKind::Action, "title=k,due=2026-12-01,state=done"),
        ];
        inputs.decisions.insert(
            card_id(8),
            DecisionSummary {
                question: String::new(),
                differs: false,
                standing: DecisionStanding::Open,
                answerable: true,
                participants: [].into(),
                positions: [].into(),
                needed: 1,
                closes: "2026-12-11".parse().ok(),
                decided: None,
                option: None,
            },
        );
        let due = "2026-12-12".parse().ok();
        let item = |number, done| Item {
            id: card_id(number),
            card: card_id(1),
            text: "Print".to_owned(),
            done,
            assignee: None,
            due,
        };
        inputs.items = vec![item(20, false), item(21, true)];
        let found: Vec<(String, &str)> = calendar(&inputs, day("2026-12-01"), day("2026-12-31"))
            .iter()
            .map(|it| (it.first.to_string(), it.moment.key()))
            .collect();
        let found: Vec<String> =
            found.iter().map(|(first, key)| format!("{} {key}", first.get(8..).unwrap())).collect();
        let expected = [
            "01 due",
            "02 event",
            "05 meeting_day",
            "06 training",
            "07 follow_up",
            "08 next_meeting",
            "09 embargo",
            "10 consent_ends",
            "11 closes",
            "12 item_due",
        ];
        assert_eq!(found, expected);
        // What only reaches into the time that is asked for is there too.
        assert_eq!(calendar(&inputs, day("2026-12-04"), day("2026-12-04")).len(), 1);
        assert!(calendar(&inputs, day("2027-01-01"), day("2027-12-31")).is_empty());
    }
}
