//! Opportunities: the next twelve months, and where there is none.

use std::collections::BTreeMap;

use jiff::civil;

use crate::{
    api::board_views::{Cell, Sheet},
    board::{
        inputs::{Inputs, card_cell},
        work::{day_cell, days, folded, month_after, month_text, span},
    },
    model::board::{Card, CardKind},
};

/// Months that are looked ahead.
const MONTHS: i64 = 12;
/// Days before an opportunity from which on nobody's leading it, or not being ready, is marked.
const SOON_DAYS: i64 = 30;

struct Dated<'a> {
    card: &'a Card,
    first: civil::Date,
    last: civil::Date,
}

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let all = inputs.cards(CardKind::Opportunity);
    let open: Vec<&Card> = all.iter().copied().filter(|card| !inputs.is_over(card)).collect();
    let mut dated: Vec<Dated<'_>> = open
        .iter()
        .filter_map(|card| {
            let (first, last) = span(card)?;
            (last >= inputs.today).then_some(Dated { card, first, last })
        })
        .collect();
    dated.sort_by_key(|it| (it.first, it.last, it.card.id));
    let mut months = months(inputs, &dated);
    let undated = open.iter().filter(|card| span(card).is_none());
    let undated = Cell::list(undated.map(|card| card_cell(card)));
    if undated != Cell::Empty {
        months.note("opportunities_undated", &[("cards", undated)]);
    }
    vec![months, coming(inputs, &dated), gaps(inputs, &all, &dated)]
}

/// The months from this one on, each with whether an interval reaches into it.
fn ahead(inputs: &Inputs) -> Vec<(civil::Date, civil::Date)> {
    let month = |after| {
        let first = month_after(inputs.today, after);
        (first, first.last_of_month())
    };
    (0..MONTHS).map(month).collect()
}

fn months(inputs: &Inputs, dated: &[Dated<'_>]) -> Sheet {
    let mut sheet = Sheet::new("months", &["month", "count", "opportunities", "gap"]);
    for (first, last) in ahead(inputs) {
        let within: Vec<&Dated<'_>> =
            dated.iter().filter(|it| it.first <= last && it.last >= first).collect();
        sheet.row([
            Cell::Text(month_text(first)),
            Cell::number(within.len()),
            Cell::list(within.iter().map(|it| card_cell(it.card))),
            if within.is_empty() { Cell::word("gap") } else { Cell::Empty },
        ]);
    }
    sheet
}

fn coming(inputs: &Inputs, dated: &[Dated<'_>]) -> Sheet {
    let columns =
        ["from", "to", "card", "type", "institution", "countries", "lead", "readiness", "flag"];
    let mut sheet = Sheet::new("coming", &columns);
    for it in dated {
        let card = it.card;
        let soon = days(inputs.today, it.first) <= SOON_DAYS;
        let flag = match () {
            () if card.org("lead").is_none() => Cell::word("no_lead"),
            () if soon && card.text("readiness") != Some("ready") => Cell::word("not_ready"),
            () => Cell::Empty,
        };
        sheet.row([
            day_cell(Some(it.first)),
            day_cell(Some(it.last)),
            card_cell(card),
            Cell::code("opportunity_type", card.text("event_type")),
            Cell::text(card.text("institution")),
            Cell::texts(card.countries()),
            inputs.org_at(card, "lead"),
            Cell::code("readiness", card.text("readiness")),
            flag,
        ]);
    }
    sheet
}

/// Institutions and countries that the coalition works on, with the months that have nothing.
fn gaps(inputs: &Inputs, all: &[&Card], dated: &[Dated<'_>]) -> Sheet {
    let mut sheet = Sheet::new("gaps", &["of", "name", "next", "months_without", "without"]);
    let targets = inputs.cards(CardKind::Target);
    let known: Vec<&Card> = all.iter().copied().chain(targets).collect();
    // By what it reads as without case and accents; shown as it is written first.
    let mut institutions: BTreeMap<String, &str> = BTreeMap::new();
    for name in known.iter().filter_map(|card| card.text("institution")) {
        if let Some(key) = folded(Some(name)) {
            institutions.entry(key).or_insert(name);
        }
    }
    let mut of_institution: BTreeMap<String, Vec<&Dated<'_>>> = BTreeMap::new();
    let mut of_country: BTreeMap<String, Vec<&Dated<'_>>> = BTreeMap::new();
    for it in dated {
        if let Some(key) = folded(it.card.text("institution")) {
            of_institution.entry(key).or_default().push(it);
        }
        for country in it.card.countries() {
            of_country.entry(country).or_default().push(it);
        }
    }
    for (key, name) in institutions {
        let of = of_institution.get(&key).map_or(&[][..], Vec::as_slice);
        row(inputs, &mut sheet, ("institution", name), of);
    }
    for country in inputs.countries() {
        let of = of_country.get(&country).map_or(&[][..], Vec::as_slice);
        row(inputs, &mut sheet, ("country", &country), of);
    }
    sheet
}

fn row(inputs: &Inputs, sheet: &mut Sheet, (of, name): (&str, &str), of_it: &[&Dated<'_>]) {
    let without: Vec<String> = ahead(inputs)
        .into_iter()
        .filter(|(first, last)| !of_it.iter().any(|it| it.first <= *last && it.last >= *first))
        .map(|(first, _)| month_text(first))
        .collect();
    let none = of_it.is_empty();
    sheet.row([
        Cell::word(of),
        Cell::Text(name.to_owned()),
        if none { Cell::word("gap") } else { day_cell(of_it.first().map(|it| it.first)) },
        Cell::number(without.len()),
        Cell::texts(without),
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        board::kit::{board, card, incident, incident_id, rows, sheet},
        model::verification::Level,
    };

    #[test]
    fn months_without_anything_are_gaps() {
        let mut inputs = board();
        let kind = CardKind::Opportunity;
        inputs.cards = vec![
            card(
                1,
                kind,
                "title=Hearing,starts=2026-12-10,institution=Banco Azul,countries/co=yes,readiness=in_preparation,lead=org2",
            ),
            card(
                2,
                kind,
                "title=Forum,starts=2027-01-20,ends=2027-02-03,institution=BANCO AZUL,lead=org1",
            ),
            card(3, kind, "title=Over,starts=2027-03-01,state=missed,institution=Banco Rojo"),
            card(4, kind, "title=Past,starts=2026-11-01,ends=2026-11-05"),
            card(5, kind, "title=Some day"),
            card(6, kind, "title=Election,starts=2026-11,countries/pe=yes"),
        ];
        inputs.incidents.insert(incident_id(1), incident("BR", Level::Verified));
        let months = rows(&inputs, "opportunities", "months");
        assert_eq!(months.len(), 12);
        assert_eq!(
            months[..4],
            [
                "2026-11 | 1 | Election | ",
                "2026-12 | 1 | Hearing | ",
                "2027-01 | 1 | Forum | ",
                "2027-02 | 1 | Forum | ",
            ]
        );
        assert_eq!(months[4], "2027-03 | 0 |  | gap");
        assert_eq!(months[11], "2027-10 | 0 |  | gap");
        let notes = sheet(&inputs, "opportunities", "months").notes;
        assert_eq!(notes[0].given["cards"].plain(), "Some day");
        let gaps = sheet(&inputs, "opportunities", "gaps");
        let shown: Vec<String> = gaps.plain().iter().map(|row| row[..4].join(" ")).collect();
        assert_eq!(
            shown,
            [
                "institution BANCO AZUL 2026-12-10 9",
                "institution Banco Rojo gap 12",
                "country BR gap 12",
                "country CO 2026-12-10 11",
                "country PE 2026-11-01 11",
            ]
        );
        let flags: Vec<String> = sheet(&inputs, "opportunities", "coming")
            .plain()
            .iter()
            .map(|row| format!("{} {}", row[2], row[8]))
            .collect();
        assert_eq!(flags, ["Election no_lead", "Hearing not_ready", "Forum "]);
    }
}
