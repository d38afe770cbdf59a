//! CSV with the hashtags of the Humanitarian Exchange Language in its second row.
//!
//! One row an incident, with the columns that responders' tools look for. What a tier may not see
//! has no column.

use std::io::Write;

use ::csv::Writer as CsvWriter;

use crate::{
    api::export::Row,
    exchange::out::{About, OutError, Writer, plain::write_cells},
    model::{
        registry::{Date, Record, Tier, place, table},
        vocabulary::{Language, Vocabulary},
    },
};

/// One column: header, hashtag, the most open tier that has it, and its cell.
struct Tagged {
    header: &'static str,
    tag: &'static str,
    tier: Tier,
    cell: fn(&Row) -> String,
}

/// The columns of all tiers.
const COLUMNS: &[Tagged] = &[
    column("Incident", "#meta+id", Tier::Public, |row| row.incident.to_string()),
    column("Recorded by", "#org+source+name", Tier::Public, |row| {
        row.origin_name.clone().unwrap_or_default()
    }),
    column("Recorded by (key)", "#org+source+id", Tier::Public, |row| row.origin.to_string()),
    column("Verification", "#status+code+verification", Tier::Public, |row| row.level.clone()),
    column("Country", "#country+code", Tier::Public, |row| text(&row.record, table::COUNTRY)),
    column("Department, state, region (code)", "#adm1+code", Tier::Public, |row| {
        text(&row.record, table::ADMIN1)
    }),
    column("Department, state, region", "#adm1+name", Tier::Public, |row| {
        place::by_code(&text(&row.record, table::ADMIN1))
            .map_or_else(String::new, |known| known.name.to_owned())
    }),
    column("Municipality (code)", "#adm2+code", Tier::Coalition, |row| {
        text(&row.record, "place/admin2_code")
    }),
    column("Municipality", "#adm2+name", Tier::Coalition, |row| text(&row.record, "place/admin2")),
    column("Latitude", "#geo+lat", Tier::Restricted, |row| degrees(&row.record, 0)),
    column("Longitude", "#geo+lon", Tier::Restricted, |row| degrees(&row.record, 1)),
    column("Date (EDTF)", "#meta+date+edtf", Tier::Public, |row| text(&row.record, table::DATE)),
    column("Earliest day", "#date+occurred+start", Tier::Public, |row| day(row, Date::earliest)),
    column("Latest day", "#date+occurred+end", Tier::Public, |row| day(row, Date::latest)),
    column("Type of violation (code)", "#event+type+code+list", Tier::Public, |row| {
        violations(&row.record).join("|")
    }),
    column("Type of violation", "#event+type+name+list", Tier::Public, |row| {
        violations(&row.record)
            .into_iter()
            .map(|code| label("violation_type", code))
            .collect::<Vec<_>>()
            .join("|")
    }),
    column("Sector", "#sector+code+list", Tier::Public, |row| {
        row.record.set_codes("sectors").join("|")
    }),
    column("Counting unit", "#indicator+unit+code", Tier::Public, |row| {
        text(&row.record, "counting_unit")
    }),
    column("Victims recorded", "#affected", Tier::Coalition, |row| {
        count(row.record.keys("victims").len())
    }),
    column("Female", "#affected+f", Tier::Coalition, |row| {
        sex(&row.record, &["female", "trans_female"])
    }),
    column("Male", "#affected+m", Tier::Coalition, |row| sex(&row.record, &["male", "trans_male"])),
    column("Sources", "#indicator+sources+num", Tier::Coalition, |row| {
        count(row.record.keys("sources").len())
    }),
    column("Public summary", "#description", Tier::Public, |row| {
        text(&row.record, "public_summary")
    }),
];

const fn column(
    header: &'static str,
    tag: &'static str,
    tier: Tier,
    cell: fn(&Row) -> String,
) -> Tagged {
    Tagged { header, tag, tier, cell }
}

fn text(record: &Record, path: &str) -> String {
    record.text(path).unwrap_or_default().to_owned()
}

fn count(number: usize) -> String {
    number.to_string()
}

fn degrees(record: &Record, place: usize) -> String {
    record
        .text("place/point")
        .and_then(|it| it.split(',').nth(place))
        .unwrap_or_default()
        .to_owned()
}

/// A day of the date as exact as the tier has it: the quarter's first, for example.
fn day(row: &Row, of: fn(&Date) -> Option<jiff::civil::Date>) -> String {
    let date: Option<Date> = row.record.text(table::DATE).and_then(|text| text.parse().ok());
    date.and_then(|date| of(&date)).map_or_else(String::new, |day| day.to_string())
}

/// The codes of a record's violations, each once.
pub(super) fn violations(record: &Record) -> Vec<&str> {
    let acts = record.under("acts").filter(|(path, _)| path.segment(2) == Some("violation"));
    let mut codes: Vec<&str> = acts.filter_map(|(_, value)| value.as_text()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn label(list: &str, code: &str) -> String {
    let term = Vocabulary::built_in().term(list, code);
    term.map_or(code, |term| term.label(Language::English)).to_owned()
}

fn sex(record: &Record, codes: &[&str]) -> String {
    let victims = record.keys("victims").into_iter();
    let sexes = victims.filter_map(|key| record.text(&format!("victims/{key}/sex_gender")));
    count(sexes.filter(|code| codes.contains(code)).count())
}

/// Writes CSV with hashtags.
pub struct Hxl<W: Write> {
    csv: CsvWriter<W>,
    columns: Vec<&'static Tagged>,
}

impl<W: Write> std::fmt::Debug for Hxl<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hxl({} columns)", self.columns.len())
    }
}

impl<W: Write> Hxl<W> {
    /// Writes the headers and the hashtags.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn new(out: W, tier: Tier) -> Result<Self, OutError> {
        let columns: Vec<_> = COLUMNS.iter().filter(|column| column.tier >= tier).collect();
        let mut csv = CsvWriter::from_writer(out);
        write_cells(&mut csv, columns.iter().map(|column| column.header))?;
        write_cells(&mut csv, columns.iter().map(|column| column.tag))?;
        Ok(Self { csv, columns })
    }
}

impl<W: Write> Writer for Hxl<W> {
    fn row(&mut self, row: &Row) -> Result<(), OutError> {
        write_cells(&mut self.csv, self.columns.iter().map(|column| (column.cell)(row)))
    }

    fn finish(mut self: Box<Self>, _about: &About) -> Result<(), OutError> {
        Ok(self.csv.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The standard's pattern of a tag, by hand.
    fn is_tag(tag: &str) -> bool {
        let mut parts = tag.split('+');
        let word = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        parts.next().and_then(|base| base.strip_prefix('#')).is_some_and(word) && parts.all(word)
    }

    #[test]
    fn hashtags_are_formed_as_the_standard_says() {
        for column in COLUMNS {
            assert!(is_tag(column.tag), "{}", column.tag);
        }
    }

    #[test]
    fn no_column_is_more_open_than_its_fields() {
        for (tag, path) in [
            ("#geo+lat", "place/point"),
            ("#adm2+name", "place/admin2"),
            ("#affected+f", "victims/1/sex_gender"),
            ("#event+type+code+list", "acts/1/violation"),
            ("#indicator+sources+num", "sources/1/type"),
        ] {
            let column = COLUMNS.iter().find(|column| column.tag == tag).unwrap();
            let record = Record::incident();
            let spec = table::find(record.schema(), &path.parse().unwrap()).unwrap();
            assert_eq!(column.tier, spec.tier, "{tag}");
        }
    }
}
