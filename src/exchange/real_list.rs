//! The import of a real list, for those who have it: it holds the names of the dead and is no part
//! of the project.

use std::collections::BTreeMap;

use super::*;
use crate::model::{id::IncidentId, registry::Record};

const MAPPING: &str = include_str!("../../examples/mappings/lideres-sociales.toml");

fn keyed(bytes: &[u8]) -> [u8; 32] {
    blake3::keyed_hash(&[7; 32], bytes).into()
}

#[test]
fn the_mapping_of_the_real_list_reads() {
    Mapping::parse("lideres-sociales.toml", MAPPING).unwrap();
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so, and a run one its numbers")]
fn every_row_of_the_real_list_is_accounted_for() {
    let Some(path) = std::env::var_os("CEIBA_REAL_LIST") else {
        eprintln!("skipped: CEIBA_REAL_LIST=path/to/lideres-sociales.csv is not set");
        return;
    };
    let mapping = Mapping::parse("lideres-sociales.toml", MAPPING).unwrap();
    let again = || read(&std::fs::read(&path).unwrap(), &mapping, &keyed).unwrap();
    let import = again();
    eprintln!("{:#?}", import.summary);
    for row in &import.rows {
        let line = row.span().line;
        match row {
            RowOutcome::Rejected { reason, .. } => eprintln!("line {line}: {reason}"),
            RowOutcome::Imported { warnings, .. } => {
                warnings.iter().for_each(|warning| eprintln!("line {line}: {warning}"));
            }
        }
    }
    let summary = &import.summary;
    assert_eq!((summary.rows, summary.imported, summary.rejected), (699, 698, 1));
    let years = [("2016", 139), ("2017", 157), ("2018", 216), ("2019", 108), ("2020", 78)];
    let expected: BTreeMap<_, _> = years.map(|(year, rows)| (year.to_owned(), rows)).into();
    assert_eq!(summary.rows_by_year, expected);
    let named = |incident: &&ImportedIncident| incident.record.text("victims/1/name").is_some();
    let records = import.incidents.len();
    assert_eq!((records, import.incidents.iter().filter(named).count()), (698, 698 - 34));
    let placed = |incident: &&ImportedIncident| incident.record.text("place/admin1").is_some();
    assert_eq!(import.incidents.iter().filter(placed).count(), 698);

    let registry: BTreeMap<SourceRef, Record> =
        import.incidents.iter().map(|i| (i.source, i.record.clone())).collect();
    let second = plan(again(), &keyed, |source| {
        let record = registry.get(source)?.clone();
        Some(Existing::Present { incident: IncidentId::new([1; IncidentId::LEN]), record })
    });
    assert_eq!((second.summary.unchanged, second.summary.kept_fields), (698, 0));
}
