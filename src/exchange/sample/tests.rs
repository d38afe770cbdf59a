use std::{collections::BTreeSet, fs, path::Path};

use super::*;
use crate::{
    exchange::outcome::{RowOutcome, Warning},
    model::{registry::Record, text::fold, vocabulary::Vocabulary},
};

fn keyed(bytes: &[u8]) -> [u8; 32] {
    blake3::keyed_hash(&[3; 32], bytes).into()
}

fn records(list: &SampleList) -> Vec<Record> {
    list.read(&keyed).unwrap().incidents.into_iter().map(|incident| incident.record).collect()
}

fn all() -> Vec<Record> {
    LISTS.iter().flat_map(records).collect()
}

#[test]
fn the_files_are_what_the_generator_makes() {
    for (list, made) in [(SPANISH, generator::spanish()), (PORTUGUESE, generator::portuguese())] {
        if std::env::var_os("UPDATE").is_some() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sample");
            fs::write(folder.join(list.file), &made).unwrap();
        } else {
            assert!(list.csv == made, "{}: run UPDATE=1 cargo test sample", list.file);
        }
    }
}

fn counts(list: &SampleList) -> (u64, u64, u64) {
    let summary = list.read(&keyed).unwrap().summary;
    (summary.incidents, summary.rejected, summary.with_warnings)
}

#[test]
fn the_numbers_are_those_that_the_documents_say() {
    let import = SPANISH.read(&keyed).unwrap();
    let told: Vec<_> = import
        .rows
        .iter()
        .filter_map(|row| match row {
            RowOutcome::Rejected { reason, .. } => Some(reason.code()),
            RowOutcome::Imported { .. } => None,
        })
        .collect();
    let reasons = ["unreadable", "required", "duplicate_key", "cell_count", "empty", "required"];
    assert_eq!(told, reasons);
    assert_eq!(import.summary.unmapped_columns, ["digitado por"]);
    assert_eq!(counts(&SPANISH), (150, 6, 2));
    assert_eq!(counts(&PORTUGUESE), (50, 2, 0));
}

#[test]
fn every_record_says_that_it_is_synthetic() {
    for record in all() {
        let title = record.text("title").unwrap().contains("sintético");
        let summary = record.text("summary").unwrap();
        assert!(title && summary.starts_with("SINTÉTICO"), "{summary}");
        for (path, value) in record.under("sources") {
            let named =
                path.segment(2) != Some("name") || value.as_text().unwrap().contains("sintética");
            assert!(named, "{path}: {value}");
        }
        for (path, value) in record.under("victims") {
            let surname = |name: &str| words::SURNAMES.concat().iter().any(|s| name.contains(s));
            assert!(
                path.segment(2) != Some("name") || surname(value.as_text().unwrap()),
                "{value}"
            );
        }
    }
}

/// A facet withholds texts that tell a name; the samples are to show what is shared.
#[test]
fn no_name_stands_in_another_text_of_its_record() {
    for record in all() {
        let texts =
            ["title", "summary", "place/admin2"].map(|p| fold(record.text(p).unwrap_or("")));
        for (path, value) in record.under("victims") {
            if path.segment(2) == Some("name") {
                let name = fold(value.as_text().unwrap());
                for word in name.split(' ').filter(|word| word.len() >= 3) {
                    assert!(texts.iter().all(|text| !text.contains(word)), "{word}: {texts:?}");
                }
            }
        }
    }
}

#[test]
fn the_sample_has_what_real_lists_have() {
    let records = all();
    let texts = |path: &str| -> BTreeSet<String> {
        records.iter().filter_map(|record| record.text(path)).map(str::to_owned).collect()
    };
    assert_eq!(texts("country"), ["BR", "CO", "EC", "PE"].map(str::to_owned).into());
    assert!(texts("place/admin1").len() > 20);
    let dates = texts("date");
    for form in ["~", "?", "/"] {
        assert!(dates.iter().any(|date| date.contains(form)), "no date with {form}");
    }
    assert!([4, 7, 10].iter().all(|length| dates.iter().any(|date| date.len() == *length)));

    let mut families = BTreeSet::new();
    for record in &records {
        for (path, value) in record.under("acts") {
            if path.segment(2) == Some("violation") {
                let code = value.as_text().unwrap();
                let term = Vocabulary::built_in().term("violation_type", code).unwrap();
                families.insert(term.family().unwrap());
            }
        }
    }
    assert_eq!(families.len(), 8, "{families:?}");

    let victims =
        |least: usize| records.iter().filter(|r| r.keys("victims").len() >= least).count();
    assert!(victims(3) >= 10 && victims(6) >= 3);
    let unnamed = records.iter().filter(|r| {
        r.keys("victims").iter().any(|key| r.get(&format!("victims/{key}/name")).is_none())
    });
    assert!(unnamed.count() > 10);
    assert!(records.iter().filter(|r| r.keys("sources").len() > 1).count() > 50);
    assert!(records.iter().filter(|r| r.text("counting_unit") == Some("community")).count() > 10);
    let sexes: BTreeSet<_> = records
        .iter()
        .flat_map(|r| r.under("victims"))
        .filter(|(path, _)| path.segment(2) == Some("sex_gender"))
        .map(|(_, value)| value.to_string())
        .collect();
    assert!(sexes.len() >= 6, "{sexes:?}");
    let bases = texts("consent/basis");
    assert!(bases.len() >= 6, "{bases:?}");
}

#[test]
fn what_is_not_known_is_a_warning_and_left_out() {
    let import = SPANISH.read(&keyed).unwrap();
    let warned: Vec<&Warning> = import
        .rows
        .iter()
        .flat_map(|row| match row {
            RowOutcome::Imported { warnings, .. } => warnings.as_slice(),
            RowOutcome::Rejected { .. } => &[],
        })
        .collect();
    let codes: Vec<_> = warned.iter().map(|warning| warning.code()).collect();
    assert_eq!(codes, ["no_such_day", "left_out", "left_out", "left_out", "left_out"]);
}
