//! Numbers, reports, and what they stand on.

use super::{
    table::{Column, Table, facts, paragraph},
    words,
};
use crate::{
    api::figures::{
        Basis, Counted, CoverageRow, CrossTable, GovernmentRow, Impunity, Issue, Trend,
    },
    cli::tongue::Tongue,
};

/// What every number says of itself.
fn basis(basis: &Basis, tongue: Tongue) -> String {
    let circle = words::circle(&basis.circle, basis.circle_name.as_ref());
    let level = tongue.label("verification_level", &basis.level);
    let tier = tongue.label("sensitivity_tier", &basis.tier);
    let given = [
        ("day", basis.as_of.as_str().into()),
        ("circle", circle.into()),
        ("level", level.into()),
        ("tier", tier.into()),
    ];
    paragraph("", &tongue.say("figures-basis", &given))
}

pub(super) fn issue(issue: &Issue, tongue: Tongue) -> String {
    let mut text = paragraph("", tongue.word("issue-shadow"));
    text.push_str(&basis(&issue.basis, tongue));
    let mut table = Table::new(&[
        Column::Whole(tongue.word("column-country")),
        Column::Number(tongue.word("column-strict-victims")),
    ]);
    for (country, total) in &issue.totals {
        let total = total.map_or_else(|| "..".to_owned(), |total| total.to_string());
        table.row([country.clone(), total]);
    }
    text.push_str(&table.render());
    text.push_str(&facts(&[
        (tongue.word("issue-period"), issue.period.clone()),
        (tongue.word("issue-claims"), issue.claims.to_string()),
        (tongue.word("issue-clusters"), issue.clusters.to_string()),
        (tongue.word("issue-digest"), issue.digest.clone()),
    ]));
    text.push_str(&paragraph("", tongue.word("issue-members-stay")));
    text
}

pub(super) fn counted(counted: &Counted, tongue: Tongue) -> String {
    let mut text = basis(&counted.basis, tongue);
    text.push_str(&facts(&[
        (tongue.word("column-acts"), counted.acts.to_string()),
        (tongue.word("column-victims-counted"), counted.victims.to_string()),
        (tongue.word("column-incidents"), counted.incidents.to_string()),
        (tongue.word("column-claims"), counted.claims.to_string()),
    ]));
    if counted.without_consent > 0 {
        let given = [("count", counted.without_consent.into())];
        text.push_str(&paragraph("", &tongue.say("figures-without-consent", &given)));
    }
    text
}

pub(super) fn cross(table: &CrossTable, tongue: Tongue) -> String {
    let mut text = basis(&table.basis, tongue);
    let (rows, columns) = &table.dimensions;
    let given = [
        ("unit", table.unit.as_str().into()),
        ("rows", rows.as_str().into()),
        ("columns", columns.as_str().into()),
        ("total", table.total.as_str().into()),
    ];
    text.push_str(&paragraph("", &tongue.say("figures-cross", &given)));
    // Columns of any number do not fit a line: a line for each cell.
    let mut shown = Table::new(&[
        Column::Text(tongue.word("column-row")),
        Column::Text(tongue.word("column-column")),
        Column::Number(tongue.word("column-count")),
    ]);
    for (row, cells) in table.rows.iter().zip(&table.cells) {
        for (column, cell) in table.columns.iter().zip(cells).filter(|(_, cell)| *cell != "0") {
            shown.row([row.clone(), column.clone(), cell.clone()]);
        }
    }
    let sum = || tongue.word("column-sum").to_owned();
    for (row, total) in table.rows.iter().zip(&table.row_totals) {
        shown.row([row.clone(), sum(), total.clone()]);
    }
    for (column, total) in table.columns.iter().zip(&table.column_totals) {
        shown.row([sum(), column.clone(), total.clone()]);
    }
    text.push_str(&shown.render());
    text.push_str(&paragraph("", tongue.word("figures-hidden")));
    if table.row_totals.is_empty() || table.column_totals.is_empty() {
        text.push_str(&paragraph("", tongue.word("figures-no-sums")));
    }
    text
}

pub(super) fn trend(trend: &Trend, tongue: Tongue) -> String {
    let mut text = basis(&trend.basis, tongue);
    let mut table = Table::new(&[
        Column::Whole(tongue.word("column-step")),
        Column::Number(tongue.word("column-acts")),
        Column::Number(tongue.word("column-victims-counted")),
        Column::Number(tongue.word("column-incidents")),
        Column::Number(tongue.word("column-claims")),
    ]);
    for (step, counts) in &trend.steps {
        table.row([step.clone()].into_iter().chain(counts.iter().cloned()));
    }
    let undated = trend.undated.iter().map(usize::to_string);
    table.row([tongue.word("figures-undated").to_owned()].into_iter().chain(undated));
    text.push_str(&table.render());
    text.push_str(&paragraph("", tongue.word("figures-silence")));
    text
}

pub(super) fn impunity(found: &Impunity, tongue: Tongue) -> String {
    let mut text = basis(&found.basis, tongue);
    let given = [
        ("years", i64::from(found.age).into()),
        ("incidents", found.incidents.into()),
        ("below", found.below.into()),
        ("share", found.share.as_str().into()),
    ];
    text.push_str(&paragraph("", &tongue.say("figures-impunity", &given)));
    text.push_str(&facts(&[
        (tongue.word("impunity-instigator"), found.instigator.to_string()),
        (tongue.word("impunity-resolved"), found.resolved.to_string()),
        (tongue.word("impunity-ongoing"), found.ongoing.to_string()),
        (tongue.word("impunity-none"), found.none.to_string()),
    ]));
    text
}

pub(super) fn coverages(list: &[CoverageRow], tongue: Tongue) -> String {
    if list.is_empty() {
        return paragraph("", tongue.word("coverage-none"));
    }
    let mut text = String::new();
    for row in list {
        let (first, last) = row.years;
        let parts = if row.admin1.is_empty() {
            tongue.word("coverage-whole").to_owned()
        } else {
            row.admin1.join(" ").to_uppercase().replace('_', "-")
        };
        let org = words::org(&row.org, row.org_name.as_ref());
        let head = format!("{} {first}-{last} ({parts})  {org}, {}", row.country, row.at);
        text.push_str(&paragraph("", &head));
        text.push_str(&paragraph("  ", &row.violations.join(" ")));
        if let Some(note) = &row.note {
            text.push_str(&paragraph("  ", note));
        }
    }
    text
}

pub(super) fn governments(list: &[GovernmentRow], tongue: Tongue) -> String {
    if list.is_empty() {
        return paragraph("", tongue.word("government-none"));
    }
    let mut table = Table::new(&[
        Column::Whole(tongue.word("column-country")),
        Column::Whole(tongue.word("column-year")),
        Column::Text(tongue.word("column-instrument")),
        Column::Text(tongue.word("column-status")),
        Column::Text(tongue.word("column-values")),
        Column::Text(tongue.word("column-organisation")),
    ]);
    for row in list {
        let value = |path: &str| {
            row.fields.get(path).map(|value| words::value(value, tongue)).unwrap_or_default()
        };
        let values = row.fields.iter().filter_map(|(path, value)| {
            let key = path.strip_prefix("values/")?;
            Some(format!("{key}={}", words::value(value, tongue)))
        });
        table.row([
            value("country"),
            value("year"),
            tongue.label("report_instrument", &value("instrument")),
            tongue.label("gov_report_status", &value("status")),
            values.collect::<Vec<_>>().join(" "),
            words::org(&row.org, row.org_name.as_ref()),
        ]);
    }
    table.render()
}
