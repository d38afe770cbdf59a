//! Which cards, in which order, and in which columns of the board.

use std::collections::BTreeMap;

use super::{
    inputs::Inputs,
    work::{days, urgency},
};
use crate::model::{
    board::{Card, CardKind},
    id::OrgId,
    text::fold,
};

/// Until when what is asked for is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It was due before today, and is not over.
    Overdue,
    /// It is due within so many days from today, or was before, and is not over.
    Within(u16),
}

/// Which cards. What is not said does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// One of these kinds; any if there is none.
    pub kinds: Vec<CardKind>,
    /// One of these states; any if there is none.
    pub states: Vec<String>,
    /// The organisation that answers for it.
    pub owner: Option<OrgId>,
    /// Until when.
    pub due: Option<Due>,
    /// About this country, two capital letters.
    pub country: Option<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// With these words somewhere in its texts.
    pub text: Option<String>,
    /// Code of `card_priority`.
    pub priority: Option<String>,
    /// Cards that were put away, and no others.
    pub archived: bool,
    /// Without what is over.
    pub open: bool,
}

/// In which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// What is due first, first.
    #[default]
    Due,
    /// The most urgent first.
    Priority,
    /// By title.
    Title,
    /// By kind, in the order of the programme, then by title.
    Kind,
}

/// The cards that a filter takes, in an order.
#[must_use]
pub fn list<'a>(inputs: &'a Inputs, filter: &Filter, order: Order) -> Vec<&'a Card> {
    let mut found: Vec<&Card> =
        inputs.cards.iter().filter(|card| takes(inputs, filter, card)).collect();
    let due = |card: &Card| card.date("due").and_then(|due| due.latest());
    found.sort_by_cached_key(|card| {
        let due = due(card);
        let by_day = (due.is_none(), due);
        let rank = urgency(card.text("priority"));
        let title = fold(card.title());
        match order {
            Order::Due => (0, by_day, rank, title, card.id),
            Order::Priority => (rank.into(), by_day, rank, title, card.id),
            Order::Title => (0, (false, None), 0, title, card.id),
            Order::Kind => (card.kind as usize, (false, None), 0, title, card.id),
        }
    });
    found
}

fn takes(inputs: &Inputs, filter: &Filter, card: &Card) -> bool {
    let is = |wanted: &Option<String>, found: Option<&str>| {
        wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
    };
    (filter.kinds.is_empty() || filter.kinds.contains(&card.kind))
        && (filter.states.is_empty()
            || filter.states.iter().any(|state| state == inputs.state(card)))
        && filter.owner.is_none_or(|owner| card.owner() == owner)
        && filter.due.is_none_or(|due| is_due(inputs, due, card))
        && filter.country.as_ref().is_none_or(|country| card.countries().contains(country))
        && filter.tag.as_deref().is_none_or(|tag| card.set("tags").contains(&tag))
        && filter.text.as_deref().is_none_or(|text| says(card, text))
        && is(&filter.priority, card.text("priority"))
        && filter.archived == card.is_archived()
        && !(filter.open && inputs.is_over(card))
}

fn is_due(inputs: &Inputs, due: Due, card: &Card) -> bool {
    let Some(day) = card.date("due").and_then(|due| due.latest()) else { return false };
    let left = days(inputs.today, day);
    let within = match due {
        Due::Overdue => left < 0,
        Due::Within(days) => left <= i64::from(days),
    };
    within && !inputs.is_over(card)
}

/// Whether all words stand in the texts of a card. Ids, codes and dates are no texts of people.
fn says(card: &Card, words: &str) -> bool {
    let texts = card.record.iter().filter(|(path, _)| !path.is_under("meta"));
    let texts: Vec<String> = texts.filter_map(|(_, value)| value.as_text()).map(fold).collect();
    let words = fold(words);
    words.split(' ').all(|word| texts.iter().any(|text| text.contains(word)))
}

/// The cards of one kind in the columns of its life, in the order of its states. A column without
/// cards is there too.
#[must_use]
pub fn columns<'a>(
    inputs: &Inputs,
    kind: CardKind,
    cards: &[&'a Card],
) -> Vec<(&'static str, Vec<&'a Card>)> {
    let mut by_state: BTreeMap<&str, Vec<&Card>> = BTreeMap::new();
    for card in cards.iter().filter(|card| card.kind == kind) {
        by_state.entry(inputs.state(card)).or_default().push(card);
    }
    let states = kind.spec().life.states();
    states.iter().map(|state| (*state, by_state.remove(state).unwrap_or_default())).collect()
}

/// The column of a board of all kinds that a state is in: what waits, what runs, what rests, what
/// is over.
#[must_use]
pub fn column_of(kind: CardKind, state: &str) -> &'static str {
    let life = kind.spec().life;
    if life.is_over(state) {
        "over"
    } else if state == "on_hold" {
        "resting"
    } else if state == life.first() {
        "waiting"
    } else {
        "running"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::kit::{board, card, org};

    fn worked() -> Inputs {
        let mut inputs = board();
        inputs.cards = vec![
            card(
                1,
                CardKind::Action,
                "title=Write to the bank,due=2026-11-22,tags/bank=yes,owner=org2",
            ),
            card(2, CardKind::Action, "title=Call,due=2026-11-30,priority=high,countries/co=yes"),
            card(3, CardKind::Action, "title=Archive,due=2026-01-01,state=done"),
            card(
                4,
                CardKind::Opportunity,
                "title=Audiência pública,starts=2026-12-01,priority=low",
            ),
            card(5, CardKind::Action, "title=Old,archived=yes"),
        ];
        inputs
    }

    fn titles(inputs: &Inputs, filter: &Filter, order: Order) -> Vec<String> {
        list(inputs, filter, order).iter().map(|card| card.title().to_owned()).collect()
    }

    #[test]
    fn each_filter_takes_what_it_says() {
        let inputs = worked();
        let all = Filter::default();
        let found = |filter: Filter| titles(&inputs, &filter, Order::Due);
        assert_eq!(
            found(all.clone()),
            ["Archive", "Write to the bank", "Call", "Audiência pública"]
        );
        assert_eq!(found(Filter { archived: true, ..all.clone() }), ["Old"]);
        assert_eq!(
            found(Filter { due: Some(Due::Overdue), ..all.clone() }),
            ["Write to the bank"],
            "what is done is not overdue"
        );
        assert_eq!(
            found(Filter { due: Some(Due::Within(7)), ..all.clone() }),
            ["Write to the bank", "Call"]
        );
        assert_eq!(
            found(Filter { due: Some(Due::Within(6)), ..all.clone() }),
            ["Write to the bank"]
        );
        assert_eq!(found(Filter { country: Some("CO".into()), ..all.clone() }), ["Call"]);
        assert_eq!(
            found(Filter { tag: Some("bank".into()), ..all.clone() }),
            ["Write to the bank"]
        );
        assert_eq!(found(Filter { owner: Some(org(2)), ..all.clone() }), ["Write to the bank"]);
        assert_eq!(found(Filter { states: vec!["done".into()], ..all.clone() }), ["Archive"]);
        assert_eq!(found(Filter { priority: Some("high".into()), ..all.clone() }), ["Call"]);
        assert_eq!(
            found(Filter { text: Some("AUDIENCIA".into()), ..all.clone() }),
            ["Audiência pública"]
        );
        assert!(found(Filter { text: Some("audiencia bank".into()), ..all.clone() }).is_empty());
        assert_eq!(found(Filter { kinds: vec![CardKind::Opportunity], ..all.clone() }).len(), 1);
        assert_eq!(found(Filter { open: true, ..all }).len(), 3);
    }

    #[test]
    fn orders_differ() {
        let inputs = worked();
        let of = |order| titles(&inputs, &Filter { open: true, ..Filter::default() }, order);
        assert_eq!(of(Order::Due), ["Write to the bank", "Call", "Audiência pública"]);
        assert_eq!(of(Order::Priority), ["Call", "Audiência pública", "Write to the bank"]);
        assert_eq!(of(Order::Title), ["Audiência pública", "Call", "Write to the bank"]);
        assert_eq!(of(Order::Kind), ["Audiência pública", "Call", "Write to the bank"]);
    }

    #[test]
    fn columns_are_the_states_of_the_life_in_order() {
        let inputs = worked();
        let cards = list(&inputs, &Filter::default(), Order::Title);
        let found = columns(&inputs, CardKind::Action, &cards);
        let shown: Vec<(&str, usize)> =
            found.iter().map(|(state, cards)| (*state, cards.len())).collect();
        let expected = [
            ("proposed", 2),
            ("agreed", 0),
            ("in_progress", 0),
            ("on_hold", 0),
            ("done", 1),
            ("dropped", 0),
        ];
        assert_eq!(shown, expected);
        assert_eq!(column_of(CardKind::Action, "proposed"), "waiting");
        assert_eq!(column_of(CardKind::Opportunity, "prepared"), "running");
        assert_eq!(column_of(CardKind::Action, "on_hold"), "resting");
        assert_eq!(column_of(CardKind::JointMessage, "released"), "over");
    }
}
