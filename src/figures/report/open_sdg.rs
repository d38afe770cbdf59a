//! Table 1 in the form that platforms of Open SDG load: year, what a number is broken down by,
//! units, status, value; a blank is the total. It is made from Table 1 as it is printed, so it tells
//! nothing that Table 1 does not.

use crate::figures::{category::Line, rows::Group, table::Table};

/// The file. It has no footer, which those platforms would read as data.
pub(super) const FILE: &str = "open-sdg.csv";
const COLUMNS: [&str; 10] = [
    "Year",
    "Country",
    "Population group",
    "Type of violation",
    "Sex",
    "Age",
    "Perpetrator",
    "Units",
    "Observation status",
    "Value",
];
const UNITS: &str = "Victims (shadow figure of a coalition, not official)";
/// Status of observations by the SDMX code list `CL_OBS_STATUS`: Q, M and P.
const SUPPRESSED: &str = "Missing value; suppressed";
const MISSING: &str = "Missing value";
const PROVISIONAL: &str = "Provisional value";

/// A column of Table 1, and the dimension and value that its numbers are of.
type Breakdown = (&'static str, Option<(usize, &'static str)>);

const SEX: usize = 4;
const AGE: usize = 5;
const PERPETRATOR: usize = 6;
const BREAKDOWNS: [Breakdown; 14] = [
    ("victims_total", None),
    ("female", Some((SEX, "Female"))),
    ("male", Some((SEX, "Male"))),
    ("other_gender", Some((SEX, "Other"))),
    ("sex_not_known", Some((SEX, "Not known"))),
    ("age_0_14", Some((AGE, "0 to 14"))),
    ("age_15_29", Some((AGE, "15 to 29"))),
    ("age_30_44", Some((AGE, "30 to 44"))),
    ("age_45_59", Some((AGE, "45 to 59"))),
    ("age_60_plus", Some((AGE, "60 and over"))),
    ("age_not_known", Some((AGE, "Not known"))),
    ("state", Some((PERPETRATOR, "State"))),
    ("non_state", Some((PERPETRATOR, "Non-State"))),
    ("undetermined", Some((PERPETRATOR, "Not determined"))),
];

/// From Table 1.
pub(super) fn table(first: &Table) -> Table {
    let mut table = Table::new(FILE, &COLUMNS);
    for row in &first.rows {
        let cell = |name: &str| {
            let place = first.columns.iter().position(|column| column == name);
            place.and_then(|place| row.get(place)).map_or("", String::as_str)
        };
        let unless = |total: &str, text: &'static str, name: &str| {
            if cell(name) == total { String::new() } else { cell(text).to_owned() }
        };
        let group = unless(Group::All.name(), "population_group", "population_group");
        let of = unless(Line::Total.category(), "category_label", "category");
        for (column, breakdown) in BREAKDOWNS {
            let mut line = vec![cell("year").to_owned(), cell("country").to_owned()];
            line.extend([group.clone(), of.clone()]);
            line.extend([SEX, AGE, PERPETRATOR].map(|dimension| {
                breakdown.filter(|it| it.0 == dimension).map_or("", |it| it.1).to_owned()
            }));
            let (status, value) = observation(cell(column));
            line.extend([UNITS, status, value].map(str::to_owned));
            table.rows.push(line);
        }
    }
    table
}

/// The status of a printed number, and its value, which is blank unless it is a number.
fn observation(printed: &str) -> (&'static str, &str) {
    match printed {
        ".." => (MISSING, ""),
        number if number.parse::<u64>().is_ok() => (PROVISIONAL, number),
        _hidden => (SUPPRESSED, ""),
    }
}
