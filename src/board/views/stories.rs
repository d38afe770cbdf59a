//! Stories of impact: by consent, and which are there for a message.

use std::collections::BTreeSet;

use jiff::civil;

use super::messages::verdict;
use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{Inputs, card_cell, cards_of, incidents_of},
        work::date_cell,
    },
    model::{
        board::{Card, CardKind},
        id::{CardId, IncidentId},
    },
};

/// Stories that are shown for one message, those that have most to do with it first: it is a list to
/// choose from.
const MAX_OF_MESSAGE: usize = 50;

/// The use that a joint message is.
const USE_OF_MESSAGES: &str = "advocacy";

/// How the consent to a story stands on a day.
fn consent(card: &Card, day: civil::Date) -> &'static str {
    let given = card.date("consent_on").and_then(|it| it.latest());
    let ends = card.date("consent_expires").map(|it| it.earliest());
    match (given, ends) {
        _ if card.record.flag("consent_withdrawn") == Some(true) => "consent_withdrawn",
        (None, _) => "no_consent",
        (Some(given), _) if given > day => "no_consent",
        // An end that has no first day could have been yesterday.
        (_, Some(None)) => "consent_ended",
        (_, Some(Some(ends))) if ends < day => "consent_ended",
        _given => "consent_given",
    }
}

/// Whether the incidents that a story is of still hold, as far as this node knows.
fn holds(inputs: &Inputs, card: &Card) -> bool {
    let wrong = incidents_of(card).into_iter().filter_map(|id| verdict(inputs, &id));
    wrong.into_iter().all(|wrong| wrong == "not_readable")
}

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let columns = [
        "consent",
        "card",
        "until",
        "use",
        "languages",
        "impact",
        "countries",
        "incidents",
        "state",
    ];
    let mut sheet = Sheet::new("stories", &columns);
    let mut stories = inputs.cards(CardKind::Story);
    let order = ["consent_given", "no_consent", "consent_ended", "consent_withdrawn"];
    stories.sort_by_key(|card| order.iter().position(|it| *it == consent(card, inputs.today)));
    for card in &stories {
        sheet.row([
            Cell::word(consent(card, inputs.today)),
            card_cell(card),
            date_cell(card.date("consent_expires")),
            Cell::texts(card.set("use")),
            Cell::texts(card.set("languages")),
            Cell::codes("story_impact", card.set("impact")),
            Cell::texts(card.countries()),
            Cell::number(incidents_of(card).len()),
            inputs.state_cell(card),
        ]);
    }
    stories.retain(|card| inputs.state(card) != "dropped");
    vec![sheet, available(inputs, &stories)]
}

/// Stories that a message may use: consent covers advocacy on the day that it goes out, their
/// incidents hold, a language is shared, and they have to do with it.
fn available(inputs: &Inputs, stories: &[&Card]) -> Sheet {
    let mut sheet = Sheet::new("stories_for_messages", &["message", "story", "why", "languages"]);
    let usable = stories
        .iter()
        .filter(|story| story.set("use").contains(&USE_OF_MESSAGES) && holds(inputs, story));
    let stories: Vec<Related<'_>> = usable.map(|story| Related::of(story)).collect();
    let mut cut = false;
    for message in inputs.cards(CardKind::JointMessage) {
        if inputs.is_over(message) {
            continue;
        }
        let embargo = message.date("embargo").and_then(|it| it.latest());
        let day = embargo.unwrap_or(inputs.today).max(inputs.today);
        let message = Related::of(message);
        let related = stories.iter().filter_map(|story| Some((message.with(story)?, story)));
        let fit = related.filter_map(|(why, story)| {
            let languages = shared_languages(message.card, story.card)?;
            (consent(story.card, day) == "consent_given").then_some((why, story, languages))
        });
        let mut found: Vec<_> = fit.collect();
        if found.len() > MAX_OF_MESSAGE {
            found.sort_by_key(|(why, ..)| *why);
            found.truncate(MAX_OF_MESSAGE);
            cut = true;
        }
        for (why, story, languages) in found {
            let (why, languages) = (Cell::word(why.key()), Cell::texts(languages));
            sheet.row([card_cell(message.card), card_cell(story.card), why, languages]);
        }
    }
    if cut {
        sheet.note("cut_rows", &[("count", Cell::number(MAX_OF_MESSAGE))]);
    }
    sheet
}

/// The languages of both; where one says none, those of the other; none if they share none.
fn shared_languages<'a>(message: &'a Card, story: &'a Card) -> Option<Vec<&'a str>> {
    let (ours, theirs) = (message.record.keys("text"), story.set("languages"));
    if ours.is_empty() {
        return Some(theirs);
    } else if theirs.is_empty() {
        return Some(ours);
    }
    let shared: Vec<&str> = ours.into_iter().filter(|it| theirs.contains(it)).collect();
    (!shared.is_empty()).then_some(shared)
}

/// Why a story has to do with a message, the closest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Linked,
    SameIncident,
    SameCountry,
}

impl Why {
    const fn key(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::SameIncident => "same_incident",
            Self::SameCountry => "same_country",
        }
    }
}

/// What a message and a story may have in common, read once for each.
struct Related<'a> {
    card: &'a Card,
    cards: BTreeSet<CardId>,
    incidents: BTreeSet<IncidentId>,
    countries: BTreeSet<String>,
}

impl<'a> Related<'a> {
    fn of(card: &'a Card) -> Self {
        let countries = card.countries().into_iter().collect();
        Self { card, cards: cards_of(card), incidents: incidents_of(card), countries }
    }

    fn with(&self, other: &Self) -> Option<Why> {
        let linked = self.cards.contains(&other.card.id) || other.cards.contains(&self.card.id);
        match () {
            () if linked => Some(Why::Linked),
            () if !self.incidents.is_disjoint(&other.incidents) => Some(Why::SameIncident),
            () if !self.countries.is_disjoint(&other.countries) => Some(Why::SameCountry),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        board::kit::{board, card, incident, incident_id, rows},
        model::verification::Level,
    };

    #[test]
    fn a_story_is_there_for_a_message_while_consent_holds() {
        let mut inputs = board();
        let story = |number, fields: &str| card(number, CardKind::Story, fields);
        let good = "use/advocacy=yes,countries/co=yes,languages/es=yes,consent_on=2026-01-01";
        inputs.cards = vec![
            card(
                1,
                CardKind::JointMessage,
                "title=M,countries/co=yes,text/es=Hola,embargo=2027-01-10",
            ),
            story(2, &format!("title=a fits,{good},consent_expires=2027-01-10")),
            story(3, &format!("title=b ends before the embargo,{good},consent_expires=2027-01-09")),
            story(4, &format!("title=c withdrawn,{good},consent_withdrawn=yes")),
            story(5, "title=d none,use/advocacy=yes,countries/co=yes,languages/es=yes"),
            story(6, "title=e for press,use/press=yes,countries/co=yes,consent_on=2026-01-01"),
            story(
                7,
                "title=f other language,use/advocacy=yes,countries/co=yes,languages/pt=yes,consent_on=2026-01-01",
            ),
            story(8, "title=g elsewhere,use/advocacy=yes,countries/br=yes,consent_on=2026-01-01"),
            story(9, &format!("title=h fell,{good},links/a/incident=incident1")),
            story(10, "title=i linked,use/advocacy=yes,consent_on=2026-01-01,links/a/card=card1"),
            story(11, &format!("title=j ended,{good},consent_expires=2026-11-22")),
        ];
        inputs.incidents.insert(incident_id(1), incident("CO", Level::Refuted));
        assert_eq!(
            rows(&inputs, "stories", "stories_for_messages"),
            ["M | a fits | same_country | es", "M | i linked | linked | es"]
        );
        // What many have in common with a message is cut, with those first that are nearer to it.
        let mut many = board();
        many.cards = vec![card(1, CardKind::JointMessage, "title=M,countries/co=yes")];
        many.cards.extend((2..=100).map(|it| story(it, &format!("title=s,{good}"))));
        many.cards.push(story(101, &format!("title=z,{good},links/a/card=card1")));
        let cut = rows(&many, "stories", "stories_for_messages");
        assert_eq!((cut.len(), cut[0].as_str()), (50, "M | z | linked | es"));
        let consents: Vec<String> = rows(&inputs, "stories", "stories")
            .iter()
            .map(|row| row.split(" | ").take(2).collect::<Vec<_>>().join(": "))
            .collect();
        assert_eq!(consents[0], "consent_given: a fits");
        assert_eq!(
            consents[7..],
            ["no_consent: d none", "consent_ended: j ended", "consent_withdrawn: c withdrawn",]
        );
    }
}
