//! Who has collected data, and who releases it: country × holder × collected × released.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{Inputs, card_cell},
        work::{age, date_cell, folded},
    },
    model::board::{Card, CardKind},
};

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let mut reviews = inputs.cards(CardKind::DataSourceReview);
    reviews.retain(|card| inputs.state(card) != "dropped");
    reviews.sort_by_key(|card| (card.text("country"), folded(card.text("holder"))));
    vec![matrix(inputs, &reviews), gaps(inputs, &reviews)]
}

fn matrix(inputs: &Inputs, reviews: &[&Card]) -> Sheet {
    let columns = [
        "country",
        "area",
        "holder",
        "holder_type",
        "collected",
        "released",
        "types",
        "years",
        "format",
        "licence",
        "disaggregation",
        "method_public",
        "last_release",
        "url",
        "reviewed_by",
        "reviewed_on",
        "review",
        "card",
    ];
    let mut sheet = Sheet::new("sources", &columns);
    for card in reviews {
        let years = match (card.count("first_year"), card.count("last_year")) {
            (None, None) => Cell::Empty,
            (first, last) => {
                let year = |year: Option<i64>| year.map(|it| it.to_string()).unwrap_or_default();
                Cell::Text(format!("{}-{}", year(first), year(last)))
            }
        };
        sheet.row([
            Cell::text(card.text("country")),
            Cell::text(card.text("area")),
            Cell::text(card.text("holder")),
            Cell::code("holder_type", card.text("holder_type")),
            Cell::code("answer", card.text("collected")),
            Cell::code("release_status", card.text("released")),
            Cell::codes("violation_type", card.set("types")),
            years,
            Cell::text(card.text("format")),
            Cell::text(card.text("licence")),
            Cell::text(card.text("disaggregation")),
            Cell::code("answer", card.text("method_public")),
            date_cell(card.date("last_release")),
            Cell::text(card.text("url")),
            inputs.org_at(card, "reviewed_by"),
            date_cell(card.date("reviewed_on")),
            Cell::word(age(card.date("reviewed_on"), inputs.today)),
            card_cell(card),
        ]);
    }
    sheet
}

/// What is lacking by country: nobody known to collect, nobody who releases what is collected,
/// nobody who looked at the government. Of several reviews of one holder the latest counts.
fn gaps(inputs: &Inputs, reviews: &[&Card]) -> Sheet {
    let mut latest: BTreeMap<(String, Option<String>), &Card> = BTreeMap::new();
    let day = |card: &Card| card.date("reviewed_on").and_then(|it| it.latest());
    for card in reviews {
        let country = card.text("country").unwrap_or_default().to_uppercase();
        let key = (country, folded(card.text("holder")));
        let held = latest.entry(key).or_insert(card);
        if (day(card), card.id) > (day(held), held.id) {
            *held = card;
        }
    }
    let columns =
        ["country", "holders", "collecting", "releasing", "of_governments", "ageing", "gap"];
    let mut sheet = Sheet::new("source_gaps", &columns);
    let reviewed = latest.keys().map(|(country, _)| country.clone());
    let countries: BTreeSet<String> = inputs.countries().into_iter().chain(reviewed).collect();
    for country in countries.iter().filter(|country| !country.is_empty()) {
        let of: Vec<&Card> =
            latest.iter().filter(|((it, _), _)| it == country).map(|(_, card)| *card).collect();
        let count = |is: &dyn Fn(&Card) -> bool| of.iter().filter(|card| is(card)).count();
        let collecting = count(&|card| card.text("collected") == Some("yes"));
        let releases = |card: &Card| {
            card.text("collected") == Some("yes")
                && matches!(card.text("released"), Some("summary" | "open_data" | "on_request"))
        };
        let releasing = count(&releases);
        let governments = count(&|card| card.text("holder_type") == Some("government"));
        let ageing = count(&|card| age(card.date("reviewed_on"), inputs.today) != "current");
        let mut gap = Vec::new();
        if of.is_empty() {
            gap.push("not_reviewed");
        } else {
            gap.extend((collecting == 0).then_some("nobody_collects"));
            gap.extend((collecting > 0 && releasing == 0).then_some("nobody_releases"));
            gap.extend((governments == 0).then_some("no_government"));
        }
        sheet.row([
            Cell::Text(country.clone()),
            Cell::number(of.len()),
            Cell::number(collecting),
            Cell::number(releasing),
            Cell::number(governments),
            Cell::number(ageing),
            Cell::list(gap.into_iter().map(Cell::word)),
        ]);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        board::kit::{board, card, incident, incident_id, rows, sheet},
        model::verification::Level,
    };

    #[test]
    fn gaps_are_by_country_and_old_reviews_age() {
        let mut inputs = board();
        let kind = CardKind::DataSourceReview;
        inputs.cards = vec![
            card(
                1,
                kind,
                "title=a,country=CO,holder=Fiscalía,holder_type=government,collected=yes,released=none,reviewed_by=org3,reviewed_on=2025-11-22",
            ),
            card(
                2,
                kind,
                "title=b,country=CO,holder=FISCALIA,holder_type=government,collected=yes,released=summary,reviewed_on=2025-01-01,first_year=2010",
            ),
            card(
                3,
                kind,
                "title=c,country=PE,holder=Mesa,holder_type=ngo,collected=no,released=none,reviewed_on=2026-11-01",
            ),
            card(
                4,
                kind,
                "title=d,country=EC,holder=Red,holder_type=ngo,collected=yes,released=open_data",
            ),
        ];
        inputs.incidents.insert(incident_id(1), incident("BR", Level::Reported));
        assert_eq!(
            rows(&inputs, "sources", "source_gaps"),
            [
                "BR | 0 | 0 | 0 | 0 | 0 | not_reviewed",
                "CO | 1 | 1 | 0 | 1 | 1 | nobody_releases",
                "EC | 1 | 1 | 1 | 0 | 1 | no_government",
                "PE | 1 | 0 | 0 | 0 | 0 | nobody_collects; no_government",
            ]
        );
        let matrix = sheet(&inputs, "sources", "sources").plain();
        let ages: Vec<String> =
            matrix.iter().map(|row| format!("{} {} {}", row[17], row[7], row[16])).collect();
        assert_eq!(ages, ["a  ageing", "b 2010- ageing", "d  never", "c  current"]);
        assert_eq!(matrix[0][14..16], ["org3", "2025-11-22"], "who looked, and when");
    }
}
