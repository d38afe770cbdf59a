//! The scorecard of what governments report, beside what the coalition counts.

use std::collections::BTreeSet;

use crate::{
    api::board_views::{Cell, Sheet},
    board::inputs::Inputs,
    figures::{Government, Mark, consistency},
    model::{
        board::{Card, CardKind},
        registry::{Record, RecordKind, Schema},
    },
};

/// Fields that a card has as the registry's own record has them.
const SAME: [&str; 9] = [
    "country",
    "year",
    "instrument",
    "status",
    "disaggregations",
    "method",
    "url",
    "fiscal_year",
    "counts_incidents",
];

/// The cards and the registry's own records, of which the latest rule for each report.
fn reports(inputs: &Inputs) -> Vec<Government> {
    let mut all = inputs.governments.clone();
    let cards = inputs.cards(CardKind::GovReport);
    let cards = cards.into_iter().filter(|card| inputs.state(card) != "dropped");
    all.extend(cards.filter_map(|card| read(inputs, card)));
    all
}

/// A card as the record of the registry that says the same.
fn read(inputs: &Inputs, card: &Card) -> Option<Government> {
    let mut record = Record::new(Schema::of(RecordKind::Government));
    let mut set = |path: &str, value| Some(record.set(path.parse().ok()?, value).is_ok());
    for (path, value) in card.record.iter() {
        let name = path.as_str();
        if SAME.contains(&name) || path.is_under("values") {
            set(name, value.clone())?;
        } else if let Some(group) = name.strip_prefix("groups/") {
            set(&format!("populations/{group}"), value.clone())?;
        }
    }
    let read_on = card.date("read_on").and_then(|it| it.latest()).unwrap_or(inputs.today);
    set("id", card.id.to_string().into())?;
    set("number", 1_i64.into())?;
    set("at", read_on.min(inputs.today).to_string().into())?;
    Some(Government::read(&record)?.with_categories(card.set("categories")))
}

pub(super) fn view(inputs: &Inputs) -> Vec<Sheet> {
    let all = reports(inputs);
    let latest = Government::latest(&all, inputs.today);
    let columns = [
        "country",
        "year",
        "instrument",
        "status",
        "reported",
        "counted",
        "difference",
        "not_comparable",
    ];
    let mut scorecard = Sheet::new("scorecard", &columns);
    for report in &latest {
        let counted = inputs.counted.get(&(report.country().to_owned(), report.year())).copied();
        let gaps = report.gaps(false);
        // Silence has no number; zero has one.
        let reported = report.total();
        scorecard.row([
            Cell::text(Some(report.country())),
            Cell::Text(report.year().to_string()),
            Cell::code("report_instrument", Some(report.instrument())),
            Cell::code("gov_report_status", Some(report.status())),
            reported.map_or_else(|| Cell::word("no_number"), number),
            told(counted),
            difference(reported, counted, gaps.is_empty()),
            Cell::texts(gaps),
        ]);
    }
    // What the coalition counted and no report is about, told or silent.
    let about: BTreeSet<(String, i64)> =
        latest.iter().map(|it| (it.country().to_owned(), it.year())).collect();
    for ((country, year), counted) in &inputs.counted {
        if !about.contains(&(country.clone(), *year)) {
            scorecard.row([
                Cell::Text(country.clone()),
                Cell::Text(year.to_string()),
                Cell::Empty,
                Cell::word("nobody_looked"),
                Cell::word("no_number"),
                told(Some(*counted)),
                Cell::Empty,
                Cell::Empty,
            ]);
        }
    }
    scorecard.note("government_shadow", &[]);
    vec![scorecard, consistent(inputs, &latest), letters(&latest)]
}

fn number(count: u64) -> Cell {
    Cell::Count(i64::try_from(count).unwrap_or(i64::MAX))
}

/// What the coalition counts: nobody's coverage is no zero, and what the report hides is not told.
fn told(counted: Option<(u64, Mark)>) -> Cell {
    match counted {
        None => Cell::word("not_covered"),
        Some((count, Mark::Shown)) => number(count),
        Some((count, hidden)) => Cell::Text(hidden.print(count)),
    }
}

/// What was reported less than counted; only of the same, and only where the number is told.
fn difference(reported: Option<u64>, counted: Option<(u64, Mark)>, comparable: bool) -> Cell {
    match (reported, counted) {
        (Some(reported), Some((counted, Mark::Shown))) if comparable => {
            let both = positive_pair(reported, counted);
            both.map_or(Cell::Empty, |(reported, counted)| Cell::Count(reported - counted))
        }
        _not_both => Cell::Empty,
    }
}

fn positive_pair(one: u64, other: u64) -> Option<(i64, i64)> {
    Some((i64::try_from(one).ok()?, i64::try_from(other).ok()?))
}

fn consistent(inputs: &Inputs, latest: &[&Government]) -> Sheet {
    let columns = ["country", "reported_of_due", "silent_years", "statuses"];
    let mut sheet = Sheet::new("consistency", &columns);
    for found in consistency(latest, i64::from(inputs.today.year())) {
        let statuses = found.statuses.iter().flat_map(|(status, count)| {
            [Cell::code("gov_report_status", Some(status)), number(*count)]
        });
        sheet.row([
            Cell::Text(found.country.clone()),
            Cell::share(found.reported, found.due),
            number(found.silence),
            Cell::list(statuses),
        ]);
    }
    sheet
}

/// What to ask a government for: a letter for each report that has no number, or part of one.
fn letters(latest: &[&Government]) -> Sheet {
    let mut sheet = Sheet::new("letters", &["country", "year", "status", "letter"]);
    for report in latest {
        let letter = match report.status() {
            "not_reported" | "narrative_only" => "letter_silence",
            "partial" => "letter_partial",
            "zero_reported" => "letter_zero",
            _reported_or_not_due => continue,
        };
        sheet.row([
            Cell::text(Some(report.country())),
            Cell::Text(report.year().to_string()),
            Cell::code("gov_report_status", Some(report.status())),
            Cell::word(letter),
        ]);
    }
    for (key, status) in [
        ("letter_silence", "not_reported"),
        ("letter_partial", "partial"),
        ("letter_zero", "zero_reported"),
    ] {
        let wanted = |it: &&&Government| match it.status() {
            "narrative_only" => status == "not_reported",
            other => other == status,
        };
        let about = latest.iter().filter(wanted);
        let about: Vec<String> =
            about.map(|it| format!("{} {}", it.country(), it.year())).collect();
        if !about.is_empty() {
            sheet.note(key, &[("about", Cell::texts(about))]);
        }
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::kit::{board, card, rows, sheet};

    #[test]
    fn zero_silence_and_a_part_are_three_things() {
        let mut inputs = board();
        let kind = CardKind::GovReport;
        let whole = "groups/hrd=yes,groups/journalist=yes,groups/trade_unionist=yes";
        let of = |number, fields: &str| {
            card(
                number,
                kind,
                &format!("title=r{number},instrument=vnr,read_on=2026-01-01,{fields}"),
            )
        };
        inputs.cards = vec![
            of(1, &format!("country=CO,year=2023,status=zero_reported,{whole}")),
            of(2, "country=CO,year=2024,status=not_reported"),
            of(3, &format!("country=PE,year=2024,status=partial,values/a=3,{whole}")),
            of(
                4,
                &format!(
                    "country=EC,year=2024,status=reported,{whole},values/a=4,values/b=1,values/c=0,\
                 values/d=0,values/e=2,values/f=1"
                ),
            ),
            of(5, "country=EC,year=2023,status=reported,values/total=9,state=dropped"),
        ];
        let pair = |country: &str, year| (country.to_owned(), year);
        inputs.counted = [
            (pair("CO", 2023), (12, Mark::Shown)),
            (pair("CO", 2024), (4, Mark::Small)),
            (pair("EC", 2024), (10, Mark::Shown)),
            (pair("EC", 2022), (8, Mark::Withheld)),
            (pair("BR", 2024), (0, Mark::Shown)),
        ]
        .into();
        assert_eq!(
            rows(&inputs, "government", "scorecard"),
            [
                "CO | 2023 | vnr | zero_reported | 0 | 12 | -12 | ",
                "CO | 2024 | vnr | not_reported | no_number | <5 |  | no number reported (not_reported)",
                "EC | 2024 | vnr | reported | 8 | 10 | -2 | ",
                "PE | 2024 | vnr | partial | no_number | not_covered |  | categories missing: B C D E F",
                "BR | 2024 |  | nobody_looked | no_number | 0 |  | ",
                "EC | 2022 |  | nobody_looked | no_number | * |  | ",
            ]
        );
        assert_eq!(
            rows(&inputs, "government", "consistency"),
            [
                "CO | 1/2 | 1 | not_reported; 1; zero_reported; 1",
                "EC | 1/1 | 0 | reported; 1",
                "PE | 1/1 | 0 | partial; 1",
            ]
        );
        let letters = sheet(&inputs, "government", "letters");
        let keys: Vec<String> = letters.plain().iter().map(|row| row[3].clone()).collect();
        assert_eq!(keys, ["letter_zero", "letter_silence", "letter_partial"]);
        assert_eq!(letters.notes[0].given["about"].plain(), "CO 2024");
    }

    #[test]
    fn what_a_total_is_of_tells_whether_it_can_be_compared() {
        let groups = "groups/hrd=yes,groups/journalist=yes,groups/trade_unionist=yes";
        let gaps = |fields: &str| -> String {
            let mut inputs = board();
            let fields = format!(
                "title=r,instrument=vnr,read_on=2026-01-01,country=CO,year=2024,status=reported,\
                 values/total=9,{groups},{fields}"
            );
            inputs.cards = vec![card(1, CardKind::GovReport, &fields)];
            sheet(&inputs, "government", "scorecard").plain()[0][7].clone()
        };
        let some = "categories/a=yes,categories/b=yes,categories/c=yes,categories/d=yes";
        let all = format!("{some},categories/e=yes,categories/f=yes");
        assert_eq!(gaps(""), "categories of the total not stated");
        assert_eq!(gaps(some), "categories missing: E F");
        assert_eq!(gaps(&all), "");
        assert_eq!(gaps(&format!("{all},fiscal_year=yes")), "fiscal year");
        let incidents = format!("{all},counts_incidents=yes");
        assert_eq!(gaps(&incidents), "counts incidents, not victims");
    }
}
