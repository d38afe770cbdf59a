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
    figures::{Kind, Mark, Seed, System},
    model::{
        id::IncidentId,
        registry::{Date, table},
        verification::Level,
        vocabulary::{Language, Vocabulary},
    },
};

/// Status of a figure that is not printed, as SDMX has it.
const SUPPRESSED: &str = "Missing value; suppressed";
/// Type of a violation that has no label here.
const UNKNOWN: &str = "unknown";

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

/// Year, country and type of violation; blank is the total.
type Cell = (i16, String, String);

/// Counts incidents by year, country and type of violation, each once in each cell.
#[derive(Debug, Default)]
pub struct Tally {
    adopted: BTreeMap<String, String>,
    counts: BTreeMap<Cell, u64>,
    counted: BTreeSet<IncidentId>,
    left_out: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// The header's dimensions.
    pub const DIMENSIONS: [&'static str; 2] = ["Country", "Type of violation"];

    /// No figures yet. `adopted` are the labels of the types that a coalition has adopted, by code.
    #[must_use]
    pub fn new(adopted: BTreeMap<String, String>) -> Self {
        Self { adopted, ..Self::default() }
    }

    /// Takes an incident up: one that is verified, and of which the year is known.
    pub fn add(&mut self, row: &Row) {
        match counted_year(row) {
            Ok(year) => {
                self.counted.insert(row.incident);
                let country = row.record.text(table::COUNTRY).unwrap_or_default();
                let types = violations(&row.record).into_iter().map(|code| self.label(code));
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

    /// The figures. Those of a type that are small, and what gives them away, are blank.
    pub fn observations(&self) -> impl Iterator<Item = Observation> {
        let suppressed = self.suppressed();
        self.counts.iter().map(move |(cell, count)| {
            let (year, country, violation) = cell;
            let shown = !suppressed.contains(cell);
            Observation {
                year: *year,
                dimensions: vec![country.clone(), violation.clone()],
                units: "Incidents".to_owned(),
                status: if shown { "Provisional value" } else { SUPPRESSED }.to_owned(),
                value: if shown { count.to_string() } else { String::new() },
            }
        })
    }

    /// The cells that are not printed. What is by year and country alone is.
    fn suppressed(&self) -> BTreeSet<&Cell> {
        let mut types: BTreeMap<(i16, &str), Vec<(&Cell, u64)>> = BTreeMap::new();
        for (cell, count) in &self.counts {
            let (year, _, violation) = cell;
            if !violation.is_empty() {
                types.entry((*year, violation)).or_default().push((cell, *count));
            }
        }
        let counted = self.counted.iter().map(|id| id.as_bytes().as_slice());
        let seed = Seed::of([b"open sdg".as_slice()].into_iter().chain(counted));
        types
            .iter()
            .flat_map(|((year, of), cells)| {
                suppressed_of_type(cells, &seed.part(&year.to_string()).part(of))
            })
            .collect()
    }

    /// The label of a type of violation; never what stands in a record.
    fn label(&self, code: &str) -> String {
        let label = |code| {
            let term = Vocabulary::built_in().term("violation_type", code);
            term.map(|term| term.label(Language::English))
        };
        let adopted = || self.adopted.get(code).map(String::as_str);
        label(code).or_else(adopted).or_else(|| label(UNKNOWN)).unwrap_or(UNKNOWN).to_owned()
    }
}

/// Of one year and type: the total, which has no country, and the countries.
fn suppressed_of_type<'c>(cells: &[(&'c Cell, u64)], seed: &Seed) -> Vec<&'c Cell> {
    let mut system = System::default();
    let mut drawn = cells.to_vec();
    seed.shuffle(&mut drawn);
    let (mut total, mut parts) = (None, Vec::new());
    let mut nowhere = 0_u64;
    for (cell, count) in &drawn {
        let number = system.cell(*count, Kind::Sensitive);
        if cell.1.is_empty() {
            total = Some(number);
            nowhere = nowhere.wrapping_add(*count);
        } else {
            parts.push(number);
            nowhere = nowhere.wrapping_sub(*count);
        }
    }
    if nowhere > 0 {
        parts.push(system.cell(nowhere, Kind::Secret));
    }
    system.sum(total, &parts);
    let marks = system.solve().into_iter().zip(drawn);
    marks.filter(|(mark, _)| *mark != Mark::Shown).map(|(_, (cell, _))| cell).collect()
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
    use crate::model::{id::OrgId, registry::Record};

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
2024,,Death threat,Incidents,Missing value; suppressed,
2024,,Killing,Incidents,Missing value; suppressed,
2024,CO,,Incidents,Provisional value,2
2024,CO,Death threat,Incidents,Missing value; suppressed,
2024,CO,Killing,Incidents,Missing value; suppressed,
";
        assert_eq!(String::from_utf8(file).unwrap(), expected);
        assert_eq!((tally.counted(), tally.left_out().values().sum()), (2, 4_u64));
    }

    fn shown(tally: &Tally) -> BTreeMap<(String, String), String> {
        let observations = tally.observations().map(|it| {
            let [country, violation] = it.dimensions.try_into().unwrap();
            ((country, violation), it.value)
        });
        observations.filter(|(_, value)| !value.is_empty()).collect()
    }

    #[test]
    fn a_small_cell_is_not_worked_out_from_others() {
        let mut tally = Tally::default();
        (0..20).for_each(|number| tally.add(&row(number, "v3_verified", "2024", &["killing"])));
        let (all, killing) = (String::new(), "Killing".to_owned());
        let cell = |country: &str, of: &String| (country.to_owned(), of.clone());
        assert_eq!(shown(&tally).get(&cell("CO", &killing)).unwrap(), "20");
        for number in 20..23 {
            let mut peru = row(number, "v3_verified", "2024", &["killing"]);
            peru.record.set("country".parse().unwrap(), "PE").unwrap();
            tally.add(&peru);
        }
        let shown = shown(&tally);
        assert_eq!(shown.get(&cell("PE", &all)).unwrap(), "3", "year and country alone");
        assert_eq!(shown.get(&cell("PE", &killing)), None);
        let others = [cell("", &killing), cell("CO", &killing)];
        assert!(others.iter().any(|it| !shown.contains_key(it)), "the difference is 3: {shown:?}");
    }

    #[test]
    fn a_type_without_a_label_is_not_named() {
        let adopted = [("x_dam".to_owned(), "Dam break".to_owned())];
        let mut tally = Tally::new(adopted.into());
        for code in ["x_zoraida_inventada", "Zoraida Inventada"] {
            (0..3).for_each(|number| tally.add(&row(number, "v3_verified", "2024", &[code])));
        }
        (0..5).for_each(|number| tally.add(&row(number, "v3_verified", "2024", &["x_dam"])));
        let figures: Vec<String> = tally.observations().map(|it| format!("{it:?}")).collect();
        assert!(!figures.join("").to_lowercase().contains("zoraida"), "{figures:?}");
        let types: BTreeSet<String> = shown(&tally).into_keys().map(|it| it.1).collect();
        assert_eq!(types, ["", "Dam break", "Type not known"].map(str::to_owned).into());
    }
}
