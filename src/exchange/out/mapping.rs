//! The mapping by which our own import reads a file of acts again.

use std::fmt::Write as _;

use crate::{
    exchange::out::column::{Column, columns},
    model::registry::{Kind, Tier},
};

/// The mapping of a file that [`Acts`](super::Acts) wrote for a tier; none for a tier at which a
/// record lacks what an incident needs. `name` is that of the list.
///
/// What does not come back: what has no column there (sources, evidence and other parts), and which
/// two acts were of one victim.
#[must_use]
pub fn acts_mapping(tier: Tier, name: &str) -> Option<String> {
    if tier > Tier::Restricted {
        return None;
    }
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let mut text = format!(
        "# Reads a file that `ceiba export csv --acts --tier {tier}` wrote.\n\
         mapping = 1\n\
         name = \"ceiba-{name}\"\n\
         description = \"Acts of an export of ceiba\"\n\n\
         [row]\n\
         key = [\"incident\", \"acts/key\"]\n\
         event = [\"incident\"]\n\n\
         [constants]\n\
         \"acts/{{row}}/victim\" = \"{{row}}\"\n"
    );
    for column in columns(tier).iter().filter(|column| is_read(column)) {
        rule(&mut text, column);
    }
    Some(text)
}

/// Whether a column is in the file and means the same in another record: keys do not.
fn is_read(column: &Column) -> bool {
    let part = column.part();
    let is_there = part.is_none_or(|part| ["acts", "victims", "perpetrators"].contains(&part));
    // A text with `|` in it cannot be told from two texts; names of perpetrators are few.
    let is_code = part != Some("perpetrators") || matches!(column.spec.kind, Kind::Code(_));
    is_there && is_code && !matches!(column.spec.kind, Kind::Key(_)) && column.name() != "acts/by"
}

fn rule(text: &mut String, column: &Column) {
    let spec = column.spec.pattern;
    let is_set = spec.contains('{');
    let target = match column.part() {
        Some("perpetrators") => spec.replacen('*', "{part}", 1),
        _other => spec.replacen('*', "{row}", 1),
    };
    let target = match target.rsplit_once("/{") {
        Some((before, _)) if is_set => format!("{before}/{{code}}"),
        _plain => target,
    };
    let split = match (is_set, column.part()) {
        (true, None) | (false, Some("perpetrators")) => "split = \"|\"\n",
        (true, Some(_)) => "split = \";\"\n",
        (false, _) => "",
    };
    let dates = if column.spec.kind == Kind::Date { "dates = [\"iso\"]\n" } else { "" };
    // Writing to a text does not fail.
    let _written = write!(
        text,
        "\n[[field]]\nto = \"{target}\"\nfrom = \"{}\"\n{split}{dates}",
        column.name()
    );
}
