//! CSV as platforms of Open SDG load it: year, what it is broken down by, units, status, value.
//! A blank is the total.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};

use ::csv::Writer as CsvWriter;

use crate::{
    api::export::Row,
    exchange::out::{OutError, hxl::violations, plain::write_cells},
    model::{
        registry::{Date, table},
        verification::Level,
        vocabulary::{Language, Vocabulary},
    },
};

/// One figure with what it is of; the dimensions are those of the file, blank for all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Observation {
    /// The year.
    pub year: i16,
    /// One value a dimension, in the order of the header; blank is the total.
    pub dimensions: Vec<String>,
    /// What is counted.
    pub units: String,
    /// How sure the figure is.
    pub status: String,
    /// The figure, or a sign in its place, for example `<5`.
    pub value: String,
}

/// Writes figures, whoever computed them.
pub struct OpenSdg<W: Write> {
    csv: CsvWriter<W>,
}

impl<W: Write> std::fmt::Debug for OpenSdg<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenSdg")
    }
}

impl<W: Write> OpenSdg<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(out: W, dimensions: &[&str]) -> Result<Self, OutError> {
        let mut csv = CsvWriter::from_writer(out);
        let header = ["Year"].into_iter().chain(dimensions.iter().copied());
        write_cells(&mut csv, header.chain(["Units", "Observation status", "Value"]))?;
        Ok(Self { csv })
    }

    /// Writes one figure.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn observation(&mut self, it: &Observation) -> Result<(), OutError> {
        let cells = [it.year.to_string()].into_iter().chain(it.dimensions.iter().cloned());
        let last = [it.units.clone(), it.status.clone(), it.value.clone()];
        write_cells(&mut self.csv, cells.chain(last))
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<(), OutError> {
        Ok(self.csv.flush()?)
    }
}

/// Counts incidents by year, country and type of violation, each once in each cell. No victims are
/// counted, and nothing is broken down by who they are, so no cell is small in that sense.
#[derive(Debug, Default)]
pub struct Tally {
    counts: BTreeMap<(i16, String, String), u64>,
    left_out: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// The header's dimensions.
    pub const DIMENSIONS: [&'static str; 2] = ["Country", "Type of violation"];

    /// Takes an incident up: one that is verified, and of which the year is known.
    pub fn add(&mut self, row: &Row) {
        match counted_year(row) {
            Ok(year) => {
                let country = row.record.text(table::COUNTRY).unwrap_or_default();
                let types = violations(&row.record).into_iter().map(label);
                let types: BTreeSet<String> = types.chain([String::new()]).collect();
                for country in BTreeSet::from([country, ""]) {
                    for violation in &types {
                        let cell = (year, country.to_owned(), violation.clone());
                        *self.counts.entry(cell).or_default() += 1;
                    }
                }
            }
            Err(reason) => *self.left_out.entry(reason).or_default() += 1,
        }
    }

    /// Incidents that are in the figures.
    #[must_use]
    pub fn counted(&self) -> u64 {
        let totals = self.counts.iter();
        totals
            .filter(|((_, country, of), _)| country.is_empty() && of.is_empty())
            .map(|it| it.1)
            .sum()
    }

    /// Incidents that are not, by reason.
    #[must_use]
    pub const fn left_out(&self) -> &BTreeMap<&'static str, u64> {
        &self.left_out
    }

    /// The figures.
    pub fn observations(&self) -> impl Iterator<Item = Observation> {
        self.counts.iter().map(|((year, country, violation), count)| Observation {
            year: *year,
            dimensions: vec![country.clone(), violation.clone()],
            units: "Incidents".to_owned(),
            status: "Provisional value".to_owned(),
            value: count.to_string(),
        })
    }
}

fn label(code: &str) -> String {
    let term = Vocabulary::built_in().term("violation_type", code);
    term.map_or(code, |term| term.label(Language::English)).to_owned()
}

/// The year that an incident counts in; it counts only when it is verified.
fn counted_year(row: &Row) -> Result<i16, &'static str> {
    if Level::from_code(&row.level).is_none_or(|level| level < Level::Verified) {
        return Err("not verified (v3 or v4)");
    }
    let date: Option<Date> = row.record.text(table::DATE).and_then(|text| text.parse().ok());
    let days = date.and_then(|date| date.earliest().zip(date.latest()));
    let (first, last) = days.ok_or("the date is not known")?;
    let year = first.year();
    if last.year() == year { Ok(year) } else { Err("the date straddles years") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        id::{IncidentId, OrgId},
        registry::Record,
    };

    fn row(number: u8, level: &str, date: &str, acts: &[&str]) -> Row {
        let mut record = Record::incident();
        record.set("country".parse().unwrap(), "CO").unwrap();
        record.set("date".parse().unwrap(), date).unwrap();
        for (place, act) in acts.iter().enumerate() {
            record.set(format!("acts/{place}/violation").parse().unwrap(), *act).unwrap();
        }
        let (incident, origin) = (IncidentId::new([number; 16]), OrgId::new([1; 32]));
        Row { incident, origin, origin_name: None, level: level.to_owned(), record }
    }

    #[test]
    fn each_incident_is_once_in_each_cell_and_blank_is_the_total() {
        let mut tally = Tally::default();
        tally.add(&row(1, "v3_verified", "2024-33", &["killing", "killing", "death_threat"]));
        tally.add(&row(2, "v4_established", "2024", &["killing"]));
        tally.add(&row(3, "v2_corroborated", "2024", &["killing"]));
        tally.add(&row(4, "disputed", "2024", &["killing"]));
        tally.add(&row(5, "v3_verified", "2023-12/2024-01", &["killing"]));
        tally.add(&row(6, "v3_verified", "XXXX", &["killing"]));
        let mut file = Vec::new();
        let mut writer = OpenSdg::new(&mut file, &Tally::DIMENSIONS).unwrap();
        tally.observations().for_each(|it| writer.observation(&it).unwrap());
        writer.finish().unwrap();
        let expected = "\
Year,Country,Type of violation,Units,Observation status,Value
2024,,,Incidents,Provisional value,2
2024,,Death threat,Incidents,Provisional value,1
2024,,Killing,Incidents,Provisional value,2
2024,CO,,Incidents,Provisional value,2
2024,CO,Death threat,Incidents,Provisional value,1
2024,CO,Killing,Incidents,Provisional value,2
";
        assert_eq!(String::from_utf8(file).unwrap(), expected);
        assert_eq!((tally.counted(), tally.left_out().values().sum()), (2, 4_u64));
    }
}
