//! Data used for impact: what came of each use, and what worked.

use std::collections::BTreeMap;

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{Inputs, card_cell},
        work::date_cell,
    },
    model::board::CardKind,
};

/// An audience and a product: codes.
type Way<'a> = (Option<&'a str>, Option<&'a str>);

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let columns = [
        "used_on",
        "audience",
        "institution",
        "product",
        "card",
        "snapshot",
        "result",
        "influence",
    ];
    let mut uses = Sheet::new("uses", &columns);
    let mut worked: BTreeMap<Way<'_>, BTreeMap<&str, u64>> = BTreeMap::new();
    let mut cards = inputs.cards(CardKind::DataUse);
    cards.retain(|card| inputs.state(card) != "dropped");
    cards.sort_by_key(|card| card.date("used_on").and_then(|it| it.earliest()));
    for card in cards {
        let result = card.text("result").unwrap_or("pending");
        let of = worked.entry((card.text("audience"), card.text("product"))).or_default();
        *of.entry(result).or_default() += 1;
        uses.row([
            date_cell(card.date("used_on")),
            Cell::code("audience_class", card.text("audience")),
            Cell::text(card.text("institution")),
            Cell::code("data_product", card.text("product")),
            card_cell(card),
            // What was cited must be found again, or nobody can stand by it.
            card.text("snapshot")
                .map_or_else(|| Cell::word("not_frozen"), |it| Cell::text(Some(it))),
            Cell::code("use_result", Some(result)),
            Cell::text(card.text("influence")),
        ]);
    }
    let columns = ["audience", "product", "uses", "achieved", "achieved_or_partial", "pending"];
    let mut what = Sheet::new("what_worked", &columns);
    for ((audience, product), results) in worked {
        let count = |result: &str| results.get(result).copied().unwrap_or(0);
        let all: u64 = results.values().sum();
        // A use whose result is not known yet says nothing of what works.
        let known = all - count("pending");
        what.row([
            Cell::code("audience_class", audience),
            Cell::code("data_product", product),
            Cell::Count(i64::try_from(all).unwrap_or(i64::MAX)),
            Cell::share(count("achieved"), known),
            Cell::share(count("achieved") + count("partial"), known),
            Cell::Count(i64::try_from(count("pending")).unwrap_or(i64::MAX)),
        ]);
    }
    vec![uses, what]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::kit::{board, card, rows};

    #[test]
    fn what_worked_is_a_share_of_what_is_known() {
        let mut inputs = board();
        let kind = CardKind::DataUse;
        let of = "audience=government,product=hearing";
        inputs.cards = vec![
            card(1, kind, &format!("title=a,{of},result=achieved,used_on=2026-05-01,snapshot=abc")),
            card(2, kind, &format!("title=b,{of},result=partial,used_on=2026-02")),
            card(3, kind, &format!("title=c,{of},result=none")),
            card(4, kind, &format!("title=d,{of}")),
            card(5, kind, "title=e,audience=private_sector,result=pending"),
        ];
        assert_eq!(
            rows(&inputs, "uses", "what_worked"),
            ["government | hearing | 4 | 1/3 | 2/3 | 1", "private_sector |  | 1 |  |  | 1"]
        );
        let uses = rows(&inputs, "uses", "uses");
        assert_eq!(uses[4], "2026-05-01 | government |  | hearing | a | abc | achieved | ");
        assert!(uses[0].contains("not_frozen"));
    }
}
