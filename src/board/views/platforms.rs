//! Platforms for reporting, side by side, and what is recommended where.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::board_views::{Cell, Sheet},
    board::inputs::{Inputs, card_cell},
    model::{
        board::{Card, CardKind},
        vocabulary::Vocabulary,
    },
};

/// The best score.
const BEST: i64 = 4;
/// Products that are compared in one table, and criteria in it that are not in the list: more is no
/// table that anybody reads, and its cells are the product of both.
const MAX_PRODUCTS: usize = 64;
const MAX_OTHERS: usize = 32;

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let mut platforms = inputs.cards(CardKind::PlatformReview);
    platforms.retain(|card| inputs.state(card) != "dropped");
    vec![grid(&platforms), about(&platforms), recommended(&platforms)]
}

fn product(card: &Card) -> &str {
    card.text("product").unwrap_or_else(|| card.title())
}

fn score(card: &Card, criterion: &str) -> Option<i64> {
    let score = card.count(&format!("scores/{criterion}"));
    score.filter(|score| (0..=BEST).contains(score))
}

/// A row a criterion, a column a product. What nobody scored is empty, and not zero.
fn grid(all: &[&Card]) -> Sheet {
    let mut sheet = Sheet::new("platform_grid", &["criterion"]);
    let platforms = all.get(..MAX_PRODUCTS).unwrap_or(all);
    for card in platforms {
        sheet.column("product", Cell::text(Some(product(card))));
    }
    let mut criteria: BTreeSet<&str> = BTreeSet::new();
    for card in platforms {
        // What is no score makes no row.
        criteria.extend(card.record.keys("scores").iter().filter(|it| score(card, it).is_some()));
    }
    let listed = Vocabulary::built_in().list("platform_criterion").iter().map(|term| term.code);
    let listed: Vec<&str> = listed.collect();
    let mut others: Vec<&str> = criteria.iter().copied().collect();
    others.retain(|it| !listed.contains(it));
    if all.len() > platforms.len() || others.len() > MAX_OTHERS {
        let most = [("products", MAX_PRODUCTS), ("criteria", listed.len() + MAX_OTHERS)];
        sheet.note("grid_cut", &most.map(|(name, count)| (name, Cell::number(count))));
    }
    others.truncate(MAX_OTHERS);
    let criteria: Vec<&str> = listed.iter().copied().chain(others.iter().copied()).collect();
    for criterion in criteria.iter().copied() {
        let scores = platforms.iter().map(|card| Cell::count(score(card, criterion)));
        sheet.row([Cell::code("platform_criterion", Some(criterion))].into_iter().chain(scores));
    }
    // Of what was scored: a product with fewer scores has no lower share for that.
    let shares = platforms.iter().map(|card| {
        let scores: Vec<i64> = criteria.iter().filter_map(|it| score(card, it)).collect();
        let of = u64::try_from(scores.len()).unwrap_or(0).saturating_mul(BEST.unsigned_abs());
        Cell::share(scores.iter().sum::<i64>().unsigned_abs(), of)
    });
    sheet.totals = [Cell::word("scored")].into_iter().chain(shares).collect();
    sheet
}

fn about(platforms: &[&Card]) -> Sheet {
    let columns = [
        "product",
        "use_case",
        "threat_model",
        "audit",
        "data_location",
        "languages",
        "cost",
        "exchange",
    ];
    let mut sheet = Sheet::new("platforms", &columns);
    for card in platforms {
        sheet.row([
            Cell::text(Some(product(card))),
            Cell::text(card.text("use_case")),
            Cell::text(card.text("threat_model")),
            Cell::text(card.text("audit")),
            Cell::text(card.text("data_location")),
            Cell::texts(card.set("languages")),
            Cell::text(card.text("cost")),
            Cell::text(card.text("exchange")),
        ]);
    }
    sheet
}

/// What is recommended for a country. Two reviews of one product that say different things of one
/// country are shown both, marked: nobody's warning is outvoted here.
fn recommended(platforms: &[&Card]) -> Sheet {
    let mut sheet =
        Sheet::new("recommended", &["country", "verdict", "product", "use_case", "card", "flag"]);
    let mut said: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
    let mut rows = Vec::new();
    for card in platforms {
        for (path, value) in card.record.under("verdicts") {
            let (Some(country), Some(verdict)) = (path.segment(1), value.as_text()) else {
                continue;
            };
            let key = (country.to_uppercase(), product(card).to_lowercase());
            said.entry(key.clone()).or_default().insert(verdict);
            rows.push((key, verdict, *card));
        }
    }
    let rank = |verdict: &str| ["recommended", "with_care"].iter().position(|it| *it == verdict);
    rows.retain(|(_, verdict, _)| rank(verdict).is_some());
    rows.sort_by_key(|(key, verdict, card)| (key.0.clone(), rank(verdict), key.1.clone(), card.id));
    for (key, verdict, card) in rows {
        let differ = said.get(&key).is_some_and(|said| said.len() > 1);
        sheet.row([
            Cell::Text(key.0),
            Cell::code("platform_verdict", Some(verdict)),
            Cell::text(Some(product(card))),
            Cell::text(card.text("use_case")),
            card_cell(card),
            if differ { Cell::word("reviews_differ") } else { Cell::Empty },
        ]);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::kit::{board, card, rows, sheet};

    #[test]
    fn what_is_not_scored_is_not_zero_and_differing_reviews_are_marked() {
        let mut inputs = board();
        let kind = CardKind::PlatformReview;
        inputs.cards = vec![
            card(
                1,
                kind,
                "title=a,product=Kite,scores/offline=4,scores/audit=2,verdicts/co=recommended,verdicts/pe=with_care",
            ),
            card(
                2,
                kind,
                "title=b,product=Drum,scores/offline=0,scores/cost=9,verdicts/co=not_recommended",
            ),
            card(3, kind, "title=c,product=KITE,verdicts/co=not_recommended"),
        ];
        let grid = sheet(&inputs, "platforms", "platform_grid");
        let offline = grid.plain().into_iter().find(|row| row[0] == "offline").unwrap();
        assert_eq!(offline, ["offline", "4", "0", ""]);
        let totals: Vec<String> = grid.totals.iter().map(Cell::plain).collect();
        assert_eq!(totals, ["scored", "6/8", "0/4", ""]);
        // Invented criteria of many products do not make the table grow with both.
        let strange: String =
            (0..200).map(|it| format!(",scores/x{it}=1,scores/y{it}=9")).collect();
        let mut many = board();
        many.cards = (0..200).map(|it| card(it, kind, &format!("title=p{it}{strange}"))).collect();
        let grid = sheet(&many, "platforms", "platform_grid");
        let listed = Vocabulary::built_in().list("platform_criterion").len();
        assert_eq!((grid.columns.len(), grid.rows.len()), (1 + MAX_PRODUCTS, listed + MAX_OTHERS));
        assert_eq!(grid.notes.len(), 1);
        assert_eq!(
            rows(&inputs, "platforms", "recommended"),
            ["CO | recommended | Kite |  | a | reviews_differ", "PE | with_care | Kite |  | a | ",]
        );
    }
}
