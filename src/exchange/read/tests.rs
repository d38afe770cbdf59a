use super::*;
use crate::{
    doc::{Actor, Document},
    model::id::{DeviceId, DocumentId, Incarnation},
};

fn keyed(bytes: &[u8]) -> [u8; 32] {
    blake3::keyed_hash(&[9; 32], bytes).into()
}

/// A mapping with the constants that a record needs, and these keys and rules.
fn mapping(row: &str, rules: &str) -> Mapping {
    let text = format!(
        "mapping = 1\nname = \"t\"\n[format]\nempty = [\"NA\"]\n[row]\nkey = [\"id\"]\n{row}\n\
         [constants]\ncountry = \"CO\"\nsummary = \"-\"\ncounting_unit = \"individual\"\n\
         \"consent/basis\" = \"none_recorded\"\ndate = \"2024\"\n\
         \"acts/{{row}}/violation\" = \"killing\"\n\"acts/{{row}}/victim\" = \"{{row}}\"\n{rules}"
    );
    Mapping::parse("t.toml", &text).unwrap()
}

fn import(mapping: &Mapping, csv: &str) -> Import {
    let import = read(csv.as_bytes(), mapping, &keyed).unwrap();
    let summary = &import.summary;
    assert_eq!(summary.rows, summary.imported + summary.rejected);
    assert_eq!(summary.rows, u64::try_from(import.rows.len()).unwrap());
    import
}

/// Line and reason or warnings of each row, by their words.
fn told(import: &Import) -> Vec<String> {
    let told = |row: &RowOutcome| match row {
        RowOutcome::Rejected { span, reason } => format!("{} !{}", span.line, reason.code()),
        RowOutcome::Imported { span, warnings, .. } => {
            let codes: Vec<_> = warnings.iter().map(Warning::code).collect();
            format!("{} {}", span.line, codes.join(" ")).trim_end().to_owned()
        }
    };
    import.rows.iter().map(told).collect()
}

#[test]
fn each_row_has_one_outcome() {
    let mapping = mapping(
        "needs_one_of = [\"name\"]",
        "[[field]]\nto = \"victims/{row}/name\"\nfrom = \"name\"\n",
    );
    let csv = "id,name,extra\n1,Ana,x\n1,Ana,x\n1,Ana,y\nNA,Eva,\n2,NA,\n3,Ida\n4,Ruth,\n";
    let import = import(&mapping, csv);
    let expected = [
        "2",
        "3 !duplicate_key",
        "4 !duplicate_key",
        "5 !no_key",
        "6 !nothing_known",
        "7 !cell_count",
        "8",
    ];
    assert_eq!(told(&import), expected);
    let RowOutcome::Rejected { reason, .. } = &import.rows[1] else { panic!() };
    assert_eq!(reason, &Reason::DuplicateKey { first_line: 2, same: true });
    let RowOutcome::Rejected { reason, .. } = &import.rows[2] else { panic!() };
    assert_eq!(reason, &Reason::DuplicateKey { first_line: 2, same: false });
    assert_eq!(import.summary.unmapped_columns, ["extra"]);
    assert_eq!(import.summary.rows_by_year["2024"], 2);
}

#[test]
fn a_rejected_row_does_not_take_the_key() {
    let rules = "[[field]]\nto = \"place/admin2\"\nfrom = \"a\"\nwhen_empty = \"reject\"\n";
    let import = import(&mapping("", rules), "id,a\n1,\n1,Villa Inventada\n");
    assert_eq!(told(&import), ["2 !required", "3"]);
}

#[test]
fn missing_columns_are_told_with_those_that_there_are() {
    let rules = "[[field]]\nto = \"title\"\nfrom = [\"título\", \"b\"]\n";
    let error = read("id;b\n1;2\n".as_bytes(), &mapping("", rules), &keyed).unwrap_err();
    let said = error.to_string();
    assert!(said.contains("título") && said.contains("delimiter"), "{said}");
}

#[test]
fn rows_of_an_event_are_one_incident_and_differences_are_told() {
    let rules = "[[field]]\nto = \"victims/{row}/name\"\nfrom = \"name\"\n[[field]]\nto = \"date\"\nfrom = \"date\"\n";
    let mapping = mapping("event = [\"event\"]", rules);
    let csv = "id,event,name,date\n1,E,Ana,2023-01\n2,,Eva,2023-02\n3,E,Ida,2023-03\n";
    let import = import(&mapping, csv);
    assert_eq!(told(&import), ["2", "3", "4 differs_from_event"]);
    let lines: Vec<_> = import.incidents.iter().map(|incident| incident.lines.clone()).collect();
    assert_eq!(lines, [vec![2, 4], vec![3]]);
    let event = &import.incidents[0].record;
    assert_eq!(event.keys("victims").len(), 2);
    assert_eq!(event.text("date"), Some("2023-01"));
    assert_eq!(import.summary.rows_by_year["2023"], 3);
}

#[test]
fn rows_of_an_event_give_the_same_victims_in_any_order() {
    let rules = "[[field]]\nto = \"victims/{row}/name\"\nfrom = \"name\"\n";
    let mapping = mapping("event = [\"event\"]", rules);
    let one = import(&mapping, "id,event,name\n1,E,Ana\n2,E,Eva\n");
    let other = import(&mapping, "id,event,name\n2,E,Eva\n1,E,Ana\n");
    assert_eq!(one.incidents[0].record, other.incidents[0].record);
    assert_eq!(one.incidents[0].source, other.incidents[0].source);
}

#[test]
fn an_incident_can_only_have_so_many_rows() {
    let rules = "[[field]]\nto = \"victims/{row}/name\"\nfrom = \"id\"\n";
    let mapping = mapping("event = [\"event\"]", rules);
    let rows: String = (0..1000).map(|id| format!("{id},E\n")).collect();
    let import = import(&mapping, &format!("id,event\n{rows}"));
    let summary = &import.summary;
    assert!(summary.imported > 400 && summary.by_reason["incident_too_large"] > 400, "{summary:?}");
    assert!(import.incidents[0].record.text("import/row").is_some());
}

#[test]
fn pseudonyms_and_references_say_nothing_without_the_key() {
    let rules = "[[field]]\nto = \"victims/{row}/name\"\nfrom = \"name\"\n";
    let mapping = mapping("", rules);
    let csv = "id,name\n1,Ana Inventada\n";
    let import = import(&mapping, csv);
    let record = &import.incidents[0].record;
    let pseudonym = record.text("victims/1/pseudonym").unwrap();
    assert!(pseudonym.starts_with("V-") && pseudonym.len() == 10, "{pseudonym}");
    let other_key = |bytes: &[u8]| -> [u8; 32] { blake3::keyed_hash(&[8; 32], bytes).into() };
    let other = read(csv.as_bytes(), &mapping, &other_key).unwrap();
    let other = &other.incidents[0].record;
    assert_ne!(other.text("victims/1/pseudonym"), Some(pseudonym));
    assert_ne!(other.text("import/row"), record.text("import/row"));
    assert!(!format!("{import:?}").contains("Inventada"));
}

#[test]
fn cells_of_many_values_keep_their_places() {
    let rules = "[[field]]\nto = \"sources/{part}/type\"\nfrom = \"type\"\nsplit = \";\"\n\
                 [[field]]\nto = \"sources/{part}/name\"\nfrom = \"name\"\nsplit = \";\"\n\
                 with = { \"sources/{part}/independent\" = false }\n\
                 [[field]]\nto = \"sectors/{code}\"\nfrom = \"sector\"\nsplit = \"|\"\n\
                 [field.lookup]\n\"minería\" = \"mining_illegal\"\n";
    let import = import(
        &mapping("", rules),
        "id,type,name,sector\n1,media;;ngo,A;B;NA,MINERIA | logging|submarinos\n",
    );
    assert_eq!(told(&import), ["2 left_out"]);
    let record = &import.incidents[0].record;
    assert_eq!(record.keys("sources"), ["1", "2", "3"]);
    assert_eq!(record.text("sources/3/type"), Some("ngo"));
    assert_eq!(record.flag("sources/2/independent"), Some(false));
    assert!(record.get("sources/3/name").is_none());
    assert_eq!(record.set_codes("sectors"), ["logging", "mining_illegal"]);
}

#[test]
fn too_many_parts_reject_the_row() {
    let rules = "[[field]]\nto = \"sources/{part}/name\"\nfrom = \"a\"\nsplit = \";\"\n";
    let csv = format!("id,a\n1,{}\n", "x;".repeat(60));
    assert_eq!(told(&import(&mapping("", rules), &csv)), ["2 !unreadable"]);
}

#[test]
fn texts_in_cells_are_never_instructions() {
    let rules = "[[field]]\nto = \"title\"\nfrom = \"a\"\n[[field]]\nto = \"sectors/{code}\"\nfrom = \"b\"\n";
    let import = import(
        &mapping("", rules),
        "id,a,b\n1,\"=HYPERLINK(\"\"x\"\") {row} {part}\",../../logging\n2,b,{code}\n",
    );
    assert_eq!(told(&import), ["2 left_out", "3 left_out"]);
    assert_eq!(import.incidents[0].record.text("title"), Some("=HYPERLINK(\"x\") {row} {part}"));
}

proptest::proptest! {
    #[test]
    fn any_file_is_accounted_for(text in "(id,a,b|1|2|,|;|\n|\"|NA|E|é|\u{0}| ){0,40}") {
        let rules = "[[field]]\nto = \"title\"\nfrom = \"a\"\n[[field]]\nto = \"date\"\nfrom = \"b\"\ndates = [\"iso\"]\n";
        let mapping = mapping("event = [\"a\"]", rules);
        let csv = format!("id,a,b\n{text}");
        let first = import(&mapping, &csv);
        let imported = first.incidents.iter().map(|incident| incident.lines.len()).sum::<usize>();
        assert_eq!(first.summary.imported, u64::try_from(imported).unwrap());
        assert_eq!(import(&mapping, &csv).incidents, first.incidents);
    }
}

/// Whether an incident can be written as one change of a document, and reads back as it was.
fn fits_a_document(record: &Record) -> bool {
    let mut document = Document::new(record.schema().clone());
    let actor = Actor::of(
        &DeviceId::new([1; DeviceId::LEN]),
        &Incarnation::new([2; Incarnation::LEN]),
        &DocumentId::new([3; DocumentId::LEN]),
    );
    let change = document.edit(&actor, |edit| edit.set_all(record)).unwrap();
    change.is_some() && document.record() == *record
}

#[test]
fn the_largest_incidents_still_fit_a_document() {
    let rules = "[[field]]\nto = \"notes\"\nfrom = \"a\"\n[[field]]\nto = \"public_summary\"\nfrom = \"b\"\n\
                 [[field]]\nto = \"victims/{row}/name\"\nfrom = \"name\"\n";
    let mapping = mapping("event = [\"event\"]", rules);
    let varied = |bytes: usize| -> String {
        (0..bytes).map(|n| char::from(b'a' + u8::try_from(n * n % 23).unwrap())).collect()
    };
    let (long, rest) = (varied(60 * 1024), varied(32 * 1024));
    let rows: String = (0..2000).map(|id| format!("{id},E,Ana {id},,\n")).collect();
    let import = import(&mapping, &format!("id,event,name,a,b\n5000,,Eva,{long},{rest}\n{rows}"));
    assert_eq!(import.incidents.len(), 2);
    assert!(import.incidents.iter().all(|incident| fits_a_document(&incident.record)));
}

#[test]
fn the_samples_fit_documents() {
    for list in crate::exchange::sample::LISTS {
        let import = list.read(&keyed).unwrap();
        assert!(import.incidents.iter().all(|incident| fits_a_document(&incident.record)));
    }
}
