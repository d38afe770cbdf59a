//! What goes out comes back: through our own importer, and through the check of an archive.

use std::collections::BTreeSet;

use super::*;
use crate::exchange::{
    self, Mapping, RowOutcome,
    out::archive::{
        Checked, Fault, Lines, Problem, README, README_TEXT, check_archive, digest_of, manifest,
    },
};

fn back(bytes: &[u8]) -> Vec<Record> {
    let keyed = |bytes: &[u8]| -> [u8; 32] { blake3::keyed_hash(&[1; 32], bytes).into() };
    let mapping =
        Mapping::parse("acts.toml", &acts_mapping(Tier::Sealed, "acts").unwrap()).unwrap();
    let import = exchange::read(bytes, &mapping, &keyed).unwrap();
    for row in &import.rows {
        assert!(
            matches!(row, RowOutcome::Imported { warnings, .. } if warnings.is_empty()),
            "{row:?}"
        );
    }
    import.incidents.into_iter().map(|incident| incident.record).collect()
}

fn minimal(more: &[(&str, &str)]) -> Record {
    let mut fields: Vec<(&str, Value)> = vec![
        ("country", "CO".into()),
        ("date", "2024-05-03".into()),
        ("counting_unit", "individual".into()),
        ("consent/basis", "none_recorded".into()),
        ("summary", "Resumen.".into()),
        ("acts/1/violation", "death_threat".into()),
        ("acts/1/victim", "1".into()),
        ("victims/1/pseudonym", "V-1".into()),
    ];
    fields.extend(more.iter().map(|(path, text)| (*path, Value::from(*text))));
    record(&fields)
}

fn acts_file(tier: Tier, record: Record) -> Vec<u8> {
    exported(tier, &[row(1, record)]).remove("acts").unwrap()
}

#[test]
fn what_a_spreadsheet_would_run_comes_back_as_it_was() {
    let texts = [
        ("summary", "- 3 de mayo: llegaron\n- 4 de mayo: volvieron"),
        ("place/name", "=cmd|' /C calc'!A0"),
        ("place/territory", "'@mención"),
        ("company", "+57 S.A."),
        ("project", "＝1+1"),
        ("place/point", "-2.5,-76.1"),
        ("place/admin1", "CO-CAU"),
    ];
    let file = acts_file(Tier::Sealed, minimal(&texts));
    let read = back(&file);
    let [only] = read.as_slice() else { panic!("{}", read.len()) };
    for (path, text) in texts {
        assert_eq!(only.text(path), Some(text), "{path}");
    }
    let raw = String::from_utf8(file).unwrap();
    assert!(raw.contains("\"-2.5,-76.1\"") && !raw.contains(",=cmd"), "{raw}");
}

#[test]
fn acts_of_one_incident_come_back_as_one_incident() {
    let record = minimal(&[
        ("acts/2/violation", "killing"),
        ("acts/2/victim", "2"),
        ("victims/2/pseudonym", "V-2"),
        ("victims/2/name", "Nombre Inventado"),
        ("perpetrators/1/type", "unknown"),
    ]);
    let read = back(&acts_file(Tier::Sealed, record));
    let [only] = read.as_slice() else { panic!("{}", read.len()) };
    assert_eq!((only.keys("victims").len(), only.keys("acts").len()), (2, 2));
    let names = only.under("victims").filter(|(path, _)| path.segment(2) == Some("name"));
    assert_eq!(names.count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_line_comes_back(text in "['=+@|, -9.＝aé\"\\\\]{1,12}") {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        prop_assume!(!text.is_empty());
        let read = back(&acts_file(Tier::Sealed, minimal(&[("place/name", &text)])));
        prop_assert_eq!(read[0].text("place/name"), Some(text.as_str()));
    }
}

/// Files by name.
type Folder = BTreeMap<String, Vec<u8>>;

/// An archive in memory.
fn archive() -> Folder {
    let mut about = About::new("archive", &plan(Tier::Sealed));
    let mut files = BTreeMap::new();
    for (name, records) in [("incidents", 2_u64), ("reviews", 0)] {
        let mut lines = Lines::new(name, Vec::new());
        for number in 0..records {
            lines.record(&serde_json::json!({ "incident": number, "fields": {} })).unwrap();
        }
        let (bytes, digest) = lines.finish().unwrap();
        files.insert(digest.name.clone(), bytes);
        about.files.push(digest);
    }
    about.files.push(digest_of(README, README_TEXT.as_bytes()));
    files.insert(README.to_owned(), README_TEXT.as_bytes().to_vec());
    files.insert("export.json".to_owned(), about.to_json());
    files.insert("manifest.sha256".to_owned(), manifest(&about).into_bytes());
    files
}

fn check(files: &Folder) -> Checked {
    let names: BTreeSet<String> = files.keys().cloned().collect();
    check_archive(&names, &mut |name| Ok(Box::new(io::Cursor::new(files[name].clone())))).unwrap()
}

#[test]
fn an_archive_is_as_it_was_written_or_it_is_told() {
    let whole = archive();
    let checked = check(&whole);
    assert_eq!((checked.files, checked.problems.as_slice()), (4, [].as_slice()));
    assert_eq!(checked.records["incidents.jsonl"], 2);
    let altered = |change: &dyn Fn(&mut Folder)| {
        let mut files = whole.clone();
        change(&mut files);
        check(&files).problems
    };
    for file in whole.keys().filter(|file| !whole[*file].is_empty()) {
        let flipped = altered(&|files| *files.get_mut(file).unwrap().last_mut().unwrap() ^= 1);
        assert!(!flipped.is_empty(), "{file} was altered");
    }
    for file in whole.keys() {
        let gone = altered(&|files| drop(files.remove(file)));
        assert!(!gone.is_empty(), "{file} is gone");
    }
    let more = altered(&|files| drop(files.insert("x.jsonl".to_owned(), Vec::new())));
    assert_eq!(more, [Problem { file: "x.jsonl".to_owned(), fault: Fault::NotNamed }]);
    let outside = altered(&|files| {
        files.get_mut("manifest.sha256").unwrap().extend(format!("{:064}  ../x\n", 0).into_bytes());
    });
    assert!(!outside.is_empty());
    let twice = altered(&|files| {
        let manifest = files.get_mut("manifest.sha256").unwrap();
        let again = manifest.clone();
        manifest.extend(again);
    });
    assert!(!twice.is_empty());
}
