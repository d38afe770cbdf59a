//! Parts of an alert system that already exist: function × country, with holes and last tests.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil;

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{Inputs, card_cell},
        work::{age, date_cell, day_cell},
    },
    model::{
        board::{Card, CardKind},
        vocabulary::Vocabulary,
    },
};

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let mut elements = inputs.cards(CardKind::AlertElement);
    elements.retain(|card| !matches!(inputs.state(card), "dropped"));
    vec![map(inputs, &elements), list(inputs, &elements), drills(inputs)]
}

/// A row a function, a column a country, in it how many elements there are and when one of them was
/// tried last. Countries that the registry knows are there without any element: those are holes. An
/// element that names no country covers none here.
fn map(inputs: &Inputs, elements: &[&Card]) -> Sheet {
    let countries: BTreeSet<String> = inputs.countries();
    let mut sheet = Sheet::new("coverage", &["function"]);
    for country in &countries {
        sheet.column("country", Cell::Text(country.clone()));
    }
    sheet.column("holes", Cell::word("holes"));
    // How many cover a function in a country, and when one of them was tried last.
    let mut covered: BTreeMap<(&str, String), (usize, Option<civil::Date>)> = BTreeMap::new();
    for card in elements {
        let tested = card.date("tested_on").and_then(|it| it.latest());
        let functions = card.set("functions");
        for country in card.countries() {
            for function in functions.iter().copied() {
                let found = covered.entry((function, country.clone())).or_default();
                *found = (found.0 + 1, found.1.max(tested));
            }
        }
    }
    let mut holes_of: Vec<i64> = vec![0; countries.len()];
    for function in Vocabulary::built_in().list("alert_function") {
        let mut row = vec![Cell::code("alert_function", Some(function.code))];
        let mut holes = 0;
        for (country, of_country) in countries.iter().zip(&mut holes_of) {
            let Some((count, tested)) = covered.get(&(function.code, country.clone())) else {
                holes += 1;
                *of_country += 1;
                row.push(Cell::word("hole"));
                continue;
            };
            let tested = tested.map_or_else(|| Cell::word("never"), |day| day_cell(Some(day)));
            row.push(Cell::List(vec![Cell::number(*count), tested]));
        }
        row.push(Cell::Count(holes));
        sheet.row(row);
    }
    let sums = holes_of.iter().map(|holes| Cell::Count(*holes));
    let all = Cell::Count(holes_of.iter().sum());
    sheet.totals = [Cell::word("holes")].into_iter().chain(sums).chain([all]).collect();
    sheet
}

fn list(inputs: &Inputs, elements: &[&Card]) -> Sheet {
    let columns = [
        "provider",
        "card",
        "functions",
        "countries",
        "languages",
        "hours",
        "response_hours",
        "eligibility",
        "tested_on",
        "review",
        "gap_told",
    ];
    let mut sheet = Sheet::new("elements", &columns);
    for card in elements {
        sheet.row([
            Cell::text(card.text("provider")),
            card_cell(card),
            Cell::codes("alert_function", card.set("functions")),
            Cell::texts(card.countries()),
            Cell::texts(card.set("languages")),
            Cell::text(card.text("hours")),
            Cell::count(card.count("response_hours")),
            Cell::text(card.text("eligibility")),
            date_cell(card.date("tested_on")),
            Cell::word(age(card.date("tested_on"), inputs.today)),
            Cell::text(card.text("gap")),
        ]);
    }
    sheet
}

/// The last drill of each country.
fn drills(inputs: &Inputs) -> Sheet {
    let mut sheet = Sheet::new("drills", &["country", "drills", "last", "taken"]);
    for country in inputs.countries() {
        let of: Vec<_> = inputs.drills.iter().filter(|drill| drill.country == country).collect();
        let last = of.iter().max_by_key(|drill| (drill.day, !drill.taken));
        sheet.row([
            Cell::Text(country),
            Cell::number(of.len()),
            last.map_or_else(|| Cell::word("never"), |drill| day_cell(Some(drill.day))),
            last.map_or(Cell::Empty, |drill| {
                Cell::word(if drill.taken { "taken" } else { "nobody_took_it" })
            }),
        ]);
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        board::{
            Drill,
            kit::{board, card, day, incident, incident_id, rows, sheet},
        },
        model::verification::Level,
    };

    #[test]
    fn functions_that_no_country_has_are_holes() {
        let mut inputs = board();
        let kind = CardKind::AlertElement;
        inputs.cards = vec![
            card(
                1,
                kind,
                "title=a,functions/hotline=yes,functions/grant=yes,countries/co=yes,countries/pe=yes,tested_on=2026-05-01,contact=555",
            ),
            card(2, kind, "title=b,functions/hotline=yes,countries/co=yes,tested_on=2025-01-01"),
            card(3, kind, "title=c,functions/relocation=yes,countries/pe=yes"),
            card(4, kind, "title=d,functions/intake=yes,countries/co=yes,state=dropped"),
        ];
        inputs.incidents.insert(incident_id(1), incident("BR", Level::Reported));
        inputs.drills = vec![
            Drill { day: day("2026-08-01"), country: "CO".into(), taken: true },
            Drill { day: day("2026-10-01"), country: "CO".into(), taken: false },
        ];
        let map = sheet(&inputs, "alert-elements", "coverage");
        let row = |function: &str| {
            map.plain().into_iter().find(|row| row[0] == function).unwrap().join(" | ")
        };
        assert_eq!(row("hotline"), "hotline | hole | 2; 2026-05-01 | 1; 2026-05-01 | 1");
        assert_eq!(row("relocation"), "relocation | hole | hole | 1; never | 2");
        assert_eq!(row("intake"), "intake | hole | hole | hole | 3");
        let totals: Vec<String> = map.totals.iter().map(Cell::plain).collect();
        assert_eq!(totals, ["holes", "8", "6", "5", "19"]);
        assert_eq!(
            rows(&inputs, "alert-elements", "drills"),
            ["BR | 0 | never | ", "CO | 2 | 2026-10-01 | nobody_took_it", "PE | 0 | never | "]
        );
        // What is no country makes no column, however much somebody writes of it.
        let strange: String = (0..200).map(|it| format!(",countries/x{it}=yes")).collect();
        inputs.cards.push(card(5, kind, &format!("title=e,functions/intake=yes{strange}")));
        assert_eq!(sheet(&inputs, "alert-elements", "coverage").columns.len(), 5);
        let list = rows(&inputs, "alert-elements", "elements");
        assert!(list[1].contains("ageing") && !list.concat().contains("555"));
    }
}
