//! Whether resources are enough: sums across organisations, never one organisation's own.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::Inputs,
        work::{folded, positive, span},
    },
    model::{
        board::{Card, CardKind},
        id::OrgId,
    },
};

/// Organisations that a sum needs: of two, each would have the other's by taking its own away.
const MIN_HOLDERS: usize = 3;

#[derive(Default)]
struct Sum<'a> {
    unit: Option<&'a str>,
    holders: BTreeSet<OrgId>,
    needed: u64,
    available: u64,
    gap: u64,
    incomplete: usize,
    ratings: BTreeMap<&'a str, i64>,
}

/// Of what a sum is: a resource, in a unit, in the years that the cards are about.
type Key<'a> = (Option<&'a str>, Option<String>, String);

fn period(card: &Card) -> String {
    match span(card) {
        Some((first, last)) if first.year() == last.year() => first.year().to_string(),
        Some((first, last)) => format!("{}-{}", first.year(), last.year()),
        None => String::new(),
    }
}

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let columns = [
        "resource",
        "unit",
        "period",
        "organisations",
        "needed",
        "available",
        "gap",
        "incomplete",
        "ratings",
        "flag",
    ];
    let mut sheet = Sheet::new("resources", &columns);
    let mut sums: BTreeMap<Key<'_>, Sum<'_>> = BTreeMap::new();
    let mut cards = inputs.cards(CardKind::ResourceAssessment);
    cards.retain(|card| inputs.state(card) != "dropped");
    for card in cards {
        let unit = card.text("unit");
        let key = (card.text("resource"), folded(unit), period(card));
        let sum = sums.entry(key).or_default();
        sum.unit = sum.unit.or(unit);
        if let Some(rating) = card.text("rating") {
            *sum.ratings.entry(rating).or_default() += 1;
        }
        let (needed, available) =
            (positive(card.count("needed")), positive(card.count("available")));
        let (Some(needed), Some(available)) = (needed, available) else {
            sum.incomplete += 1;
            continue;
        };
        // Who holds it counts once, however many cards it has.
        sum.holders.insert(card.org("holder").unwrap_or_else(|| card.owner()));
        sum.needed = sum.needed.saturating_add(needed);
        sum.available = sum.available.saturating_add(available);
        // What one has too much of does not fill what another lacks.
        sum.gap = sum.gap.saturating_add(needed.saturating_sub(available));
    }
    for ((resource, _, period), sum) in sums {
        let told = sum.holders.len() >= MIN_HOLDERS;
        let number = |number: u64| match told {
            true => Cell::Count(i64::try_from(number).unwrap_or(i64::MAX)),
            false => Cell::Empty,
        };
        let ratings = sum.ratings.iter().flat_map(|(rating, count)| {
            [Cell::code("adequacy", Some(rating)), Cell::Count(*count)]
        });
        sheet.row([
            Cell::code("resource_type", resource),
            Cell::text(sum.unit),
            Cell::Text(period),
            Cell::number(sum.holders.len()),
            number(sum.needed),
            number(sum.available),
            number(sum.gap),
            Cell::number(sum.incomplete),
            if told { Cell::list(ratings) } else { Cell::Empty },
            if told { Cell::Empty } else { Cell::word("few_organisations") },
        ]);
    }
    sheet.note("resources_sums", &[]);
    vec![sheet]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::kit::{board, card, rows};

    #[test]
    fn sums_are_of_several_organisations_and_one_alone_is_not_told() {
        let mut inputs = board();
        let kind = CardKind::ResourceAssessment;
        let of = |number, fields: &str| card(number, kind, &format!("title=c{number},{fields}"));
        inputs.cards = vec![
            of(1, "resource=funds,unit=USD,holder=org2,needed=100,available=40,rating=inadequate"),
            of(2, "resource=funds,unit=usd,holder=org3,needed=10,available=30,rating=adequate"),
            of(3, "resource=funds,unit=EUR,holder=org2,needed=7,available=1"),
            of(4, "resource=funds,unit=EUR,holder=org2,needed=5,available=1"),
            of(5, "resource=staff,holder=org2,needed=5"),
            of(7, "resource=funds,unit=USD,holder=org4,needed=1,available=2,rating=adequate"),
            of(8, "resource=transport,holder=org2,needed=1,available=2"),
            of(9, "resource=transport,holder=org3,needed=1,available=2"),
            of(6, "resource=funds,unit=USD,holder=org4,needed=1,available=0,starts=2026"),
        ];
        assert_eq!(
            rows(&inputs, "resources", "resources"),
            [
                "funds | EUR |  | 1 |  |  |  | 0 |  | few_organisations",
                "funds | USD |  | 3 | 111 | 72 | 60 | 0 | adequate; 2; inadequate; 1 | ",
                "funds | USD | 2026 | 1 |  |  |  | 0 |  | few_organisations",
                "staff |  |  | 0 |  |  |  | 1 |  | few_organisations",
                "transport |  |  | 2 |  |  |  | 0 |  | few_organisations",
            ]
        );
    }
}
