//! Tables 1 and 2, the strict block; Table 3, the block beyond the indicator.

use std::collections::BTreeMap;

use super::{Desk, push, zero};
use crate::figures::{
    category::Line,
    eligibility::{Link, POLICIES},
    government::share,
    period::Placement,
    person::{Age, Sex},
    rows::{Cell, Group, Hidden, Row, Tally, hide_beyond, hide_strict},
    suppress::Mark,
    table::Table,
};

const SUPPRESSED: &str = "<5 hides a number from 0 to 4; * hides a larger number, or one of a row \
                          that has a hidden total, so that no hidden number can be worked out";
const ZEROS: &str = ".. no partner declares coverage of the types in question: not a zero";
const APART: &str = "tables 1 and 3 are two blocks of different rules: never add them up";

pub(super) fn tables(desk: &Desk<'_>) -> Vec<Table> {
    let mut first = Table::new("table-1.csv", &FIRST);
    let mut second = Table::new("table-2.csv", &SECOND);
    let mut third = Table::new("table-3.csv", &FIRST);
    for country in &desk.countries {
        let board = desk.board(country);
        let parts = desk.parts(country);
        let seed = desk.seed.part(country);
        let hidden = strict(desk, country, &parts);
        for group in Group::ALL {
            for line in Line::STRICT {
                first.rows.push(row(desk, country, group, line, &hidden));
            }
        }
        for part in &parts {
            for line in Line::STRICT {
                push(
                    &mut second,
                    desk.place(country),
                    part_row(desk, country, part, line, &hidden),
                );
            }
        }
        let hidden = hide_beyond(board, &seed.part("beyond"));
        for group in Group::ALL {
            for line in Line::beyond() {
                third.rows.push(row(desk, country, group, line, &hidden));
            }
        }
    }
    first.footer = strict_notes(desk);
    second.footer = vec![SUPPRESSED.to_owned(), ZEROS.to_owned()];
    third.footer = vec![
        "beyond the indicator: linked to the work, of a type that the indicator leaves out, or not \
         meeting its category's rule; one family a victim and incident, the first in this order"
            .to_owned(),
        APART.to_owned(),
        SUPPRESSED.to_owned(),
        ZEROS.to_owned(),
    ];
    vec![first, second, third]
}

/// What the strict tables of a country hide.
fn strict(desk: &Desk<'_>, country: &str, parts: &[String]) -> Hidden {
    let seed = desk.seed.part(country).part("strict");
    hide_strict(desk.board(country), parts, desk.inputs.exempt_killings, &seed)
}

/// How the country's total is printed: whoever shows it elsewhere hides it where the tables do.
pub(super) fn total_mark(desk: &Desk<'_>, country: &str) -> Mark {
    let hidden = strict(desk, country, &desk.parts(country));
    hidden.mark(Row::Group(Group::All), Line::Total, None)
}

const FIRST: [&str; 34] = [
    "country",
    "year",
    "period_start",
    "period_end",
    "population_group",
    "category",
    "category_label",
    "iccs",
    "victims_total",
    "female",
    "male",
    "other_gender",
    "sex_not_known",
    "age_0_14",
    "age_15_29",
    "age_30_44",
    "age_45_59",
    "age_60_plus",
    "age_not_known",
    "state",
    "non_state",
    "undetermined",
    "verified_coalition",
    "verified_mandated",
    "incidents",
    "distinct_persons",
    "indigenous",
    "afro_descendant",
    "women_hrd",
    "environment_land",
    "contributing_orgs",
    "single_source_share",
    "pending_cases",
    "coverage_note",
];
const SECOND: [&str; 22] = [
    "country",
    "year",
    "period_start",
    "period_end",
    "admin1",
    "category",
    "category_label",
    "iccs",
    "victims_total",
    "female",
    "male",
    "other_gender",
    "sex_not_known",
    "age_0_14",
    "age_15_29",
    "age_30_44",
    "age_45_59",
    "age_60_plus",
    "age_not_known",
    "indigenous",
    "afro_descendant",
    "coverage_note",
];

/// The numbers of one row as they are printed.
struct Printer<'a> {
    tally: &'a Tally,
    hidden: &'a Hidden,
    row: Row,
    line: Line,
    covered: bool,
}

impl Printer<'_> {
    fn cell(&self, cell: Cell) -> String {
        let mark = self.hidden.mark(self.row.clone(), self.line, Some(cell));
        zero(mark.print(self.tally.get(cell)), self.covered)
    }

    fn total(&self) -> String {
        let mark = self.hidden.mark(self.row.clone(), self.line, None);
        self.plain(mark, self.tally.total)
    }

    fn plain(&self, mark: Mark, value: u64) -> String {
        zero(mark.print(value), self.covered)
    }

    fn number(&self, value: usize) -> String {
        zero(value.to_string(), self.covered)
    }

    fn people(&self) -> Vec<String> {
        let sexes = Sex::ALL.into_iter().map(Cell::Sex);
        sexes.chain(Age::ALL.into_iter().map(Cell::Age)).map(|cell| self.cell(cell)).collect()
    }
}

fn head(line: Line) -> [String; 3] {
    [line.category(), line.label(), line.iccs()].map(str::to_owned)
}

/// Whether the row's zeros are zeros, and what is printed of it.
fn coverage(desk: &Desk<'_>, country: &str, part: Option<&str>, line: Line) -> (bool, String) {
    let gaps = desk.inputs.coverage.gaps(country, part, &desk.inputs.period, line);
    let note = match gaps.as_slice() {
        [] => "covered".to_owned(),
        several if several.len() > 12 => format!("not covered: {} types", several.len()),
        several => format!("not covered: {}", several.join(" ")),
    };
    (gaps.is_empty(), note)
}

fn row(desk: &Desk<'_>, country: &str, group: Group, line: Line, hidden: &Hidden) -> Vec<String> {
    let tally = &desk.board(country).row(group, line);
    let (covered, note) = coverage(desk, country, None, line);
    let print = Printer { tally, hidden, row: Row::Group(group), line, covered };
    let mut row = desk.place(country);
    row.push(group.name().to_owned());
    row.extend(head(line));
    row.push(print.total());
    row.extend(print.people());
    row.extend(Link::ALL.map(|link| print.cell(Cell::Link(link))));
    row.push(print.total());
    row.push(print.cell(Cell::Mandated));
    row.push(print.number(tally.incidents.len()));
    row.push(print.number(tally.persons.len()));
    let about = [Cell::Indigenous, Cell::Afro, Cell::WomenDefenders, Cell::EnvironmentLand];
    row.extend(about.map(|cell| print.cell(cell)));
    row.push(print.number(tally.orgs.len()));
    row.push(share(tally.single, tally.total));
    row.push(print.plain(Mark::Shown, tally.pending));
    row.push(note);
    row
}

fn part_row(
    desk: &Desk<'_>,
    country: &str,
    part: &str,
    line: Line,
    hidden: &Hidden,
) -> Vec<String> {
    let tally = &desk.board(country).part(part, line);
    let (covered, note) = coverage(desk, country, Some(part), line);
    let print = Printer { tally, hidden, row: Row::Part(part.to_owned()), line, covered };
    let mut row = vec![part.to_owned()];
    row.extend(head(line));
    row.push(print.total());
    row.extend(print.people());
    row.extend([Cell::Indigenous, Cell::Afro].map(|cell| print.cell(cell)));
    row.push(note);
    row
}

fn strict_notes(desk: &Desk<'_>) -> Vec<String> {
    let period = desk.inputs.period;
    let inside = || {
        desk.cases
            .iter()
            .filter(|case| case.has_consent() && case.placement(&period) == Placement::Inside)
    };
    let mut notes = vec![
        "categories in the order of the hierarchy, which is not that of the letters: A > C > B > D \
         > E > F; one category a victim and incident"
            .to_owned(),
        "A1 completed and A2 attempted killings; A is both".to_owned(),
    ];
    let undetermined = inside().filter(|case| {
        case.strict.is_some_and(|it| {
            it.of <= crate::figures::category::Code::A2 && it.link == Link::Undetermined
        })
    });
    notes.push(format!(
        "policy of the coalition: killings by persons not determined count if they were for the \
         victim's own work ({} of the cases)",
        undetermined.count()
    ));
    let mut mapped: BTreeMap<&str, u64> = BTreeMap::new();
    for (violation, _) in inside().flat_map(|case| &case.policies) {
        *mapped.entry(violation.as_str()).or_default() += 1;
    }
    for (violation, code) in POLICIES {
        let cases = mapped.get(violation).copied().unwrap_or(0);
        notes.push(format!("policy p:{code} {violation}: off ({cases} victim-cases have it)"));
    }
    let sum = |value: fn(&crate::figures::rows::Board) -> u64| -> u64 {
        desk.boards.values().map(value).sum()
    };
    let associates = sum(|board| board.associates.get(&Line::Total).copied().unwrap_or(0));
    notes.push(format!("associates are in population_group all only: {associates}"));
    notes.push(format!(
        "persons of more populations than one are counted once, as journalist before trade \
         unionist before hrd: {}",
        sum(|board| board.of_several)
    ));
    notes.push("trans women are counted as female, trans men as male".to_owned());
    notes.extend([SUPPRESSED, ZEROS, APART].map(str::to_owned));
    notes
}
