use std::io::{Cursor, Write as _};

use proptest::prelude::*;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;
use crate::{
    exchange::{Import, Mapping, RowOutcome, mapping, presets, take},
    model::registry::Record,
};

const COMAPEO: &str = include_str!("../../../examples/sample/comapeo-sintetico.geojson");
const KOBO: &str = include_str!("../../../examples/sample/kobo-sintetico.json");
const KOBO_MAPPING: &str = include_str!("../../../examples/sample/kobo-sintetico.toml");
const UWAZI: &str = include_str!("../../../examples/sample/uwazi-sintetico.csv");

fn keyed(bytes: &[u8]) -> [u8; 32] {
    blake3::keyed_hash(&[6; 32], bytes).into()
}

fn zipped(name: &str, text: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [("fotos/a.jpg", "not a picture"), (name, text)] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn open(bytes: &[u8], mapping: &Mapping) -> Result<List, FileError> {
    let source = Source::from(bytes);
    let found = FileKind::found_in(&source)?;
    List::open(source, mapping.kind().unwrap_or(found), mapping.reading().clone())
}

fn import_of(bytes: &[u8], mapping: &Mapping) -> Import {
    let list = open(bytes, mapping).unwrap();
    let mut rows = Vec::new();
    list.each(&mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })
    .unwrap();
    take(list.header(), &rows, mapping, &keyed)
}

fn preset(name: &str, constants: &[(&str, &str)]) -> Mapping {
    let constants = constants.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned()));
    let text = presets::named(name).unwrap().text;
    let text = mapping::with_constants(name, text, &constants.collect()).unwrap();
    Mapping::parse(name, &text).unwrap()
}

/// Line and reason or warnings of each row, by their words.
fn told(import: &Import) -> Vec<String> {
    let told = |row: &RowOutcome| match row {
        RowOutcome::Rejected { span, reason } => format!("{} !{}", span.line, reason.code()),
        RowOutcome::Imported { span, warnings, .. } => {
            let codes: Vec<_> = warnings.iter().map(crate::exchange::Warning::code).collect();
            format!("{} {}", span.line, codes.join(" ")).trim_end().to_owned()
        }
    };
    import.rows.iter().map(told).collect()
}

fn record(import: &Import, line: u64) -> &Record {
    let found = import.incidents.iter().find(|incident| incident.lines.contains(&line));
    &found.unwrap_or_else(|| panic!("{:?}", import.rows)).record
}

#[test]
fn kinds_are_found_by_what_is_in_the_file() {
    let kind = |bytes: &[u8]| FileKind::found_in(&Source::from(bytes));
    assert_eq!(kind(COMAPEO.as_bytes()).unwrap(), FileKind::Comapeo);
    assert_eq!(kind(KOBO.as_bytes()).unwrap(), FileKind::Kobo);
    assert_eq!(kind(b"\xef\xbb\xbf [ ] ").unwrap(), FileKind::Kobo);
    assert_eq!(kind(b"a,b\n").unwrap(), FileKind::Csv);
    assert_eq!(kind(b"").unwrap(), FileKind::Csv);
    assert_eq!(kind(&zipped("import.csv", "a")).unwrap(), FileKind::Uwazi);
    assert_eq!(kind(&zipped("x/CoMapeo.geojson", COMAPEO)).unwrap(), FileKind::Comapeo);
    assert!(matches!(kind(&zipped("a.txt", "")), Err(FileError::NothingInside { .. })));
    assert!(matches!(kind(b"PK\x03\x04rubbish"), Err(FileError::Damaged { .. })));
}

#[test]
fn observations_of_comapeo_become_leads() {
    let mapping = preset("comapeo", &[("country", "EC")]);
    let import = import_of(COMAPEO.as_bytes(), &mapping);
    let expected = [
        "1",
        "2 remark empty_cell remark",
        "3 !no_observation",
        "4 otherwise left_out",
        "5 !no_observation",
    ];
    let told = told(&import);
    assert_eq!(told.len(), expected.len());
    for (told, expected) in told.iter().zip(expected) {
        let sorted = |text: &str| {
            let mut words: Vec<&str> = text.split(' ').collect();
            words.sort_unstable();
            words.join(" ")
        };
        assert_eq!(sorted(told), sorted(expected), "{:?}", import.rows);
    }
    let first = record(&import, 1);
    for (path, value) in [
        ("acts/1/violation", "land_invasion"),
        ("consent/basis", "none_recorded"),
        ("counting_unit", "community"),
        ("date", "2024-05-03"),
        ("stated_level", "v0_reported"),
        ("summary", "SINTÉTICO: campamento nuevo junto al río."),
        ("perpetrators/1/unit", "desconocidos, 4 personas"),
        ("evidence/2/file", "sintetica-2.jpg"),
    ] {
        assert_eq!(first.text(path), Some(value), "{path}");
    }
    assert_eq!(first.get("place/point").unwrap().to_string(), "-1.05,-77.5");
    assert_eq!(first.get("sectors/mining_illegal"), None);
    assert!(record(&import, 2).get("sectors/mining_illegal").is_some());
    let zip = zipped("CoMapeo_Proyecto_2024_05_03.geojson", COMAPEO);
    assert_eq!(import_of(&zip, &mapping).incidents, import.incidents);
}

#[test]
fn submissions_of_kobo_come_with_groups_and_repeats() {
    let mapping = Mapping::parse("kobo", KOBO_MAPPING).unwrap();
    let import = import_of(KOBO.as_bytes(), &mapping);
    assert_eq!(told(&import), ["1", "2 left_out"]);
    let first = record(&import, 1);
    for (path, value) in [
        ("date", "2024-05-03"),
        ("place/admin1", "CO-CAU"),
        ("victims/1/pseudonym", "V-SINTETICA-1"),
        ("victims/2/pseudonym", "V-SINTETICA-2"),
        ("victims/2/sex_gender", "male"),
        ("acts/2/victim", "2"),
        ("acts/2/violation", "death_threat"),
        ("evidence/1/file", "foto.jpg"),
        ("notes", "validation_status_approved"),
    ] {
        assert_eq!(first.text(path), Some(value), "{path}");
    }
    assert_eq!(first.get("place/point").unwrap().to_string(), "2.44,-76.61");
    assert!(first.get("sectors/logging").is_some() && first.get("sectors/cattle").is_some());
    // The API wraps the same list.
    let wrapped = format!("{{\"count\":2,\"next\":null,\"results\":{KOBO}}}");
    assert_eq!(import_of(wrapped.as_bytes(), &mapping).incidents, import.incidents);
}

#[test]
fn kobos_csv_has_groups_in_its_header_and_semicolons() {
    let text = KOBO_MAPPING.replace("kind = \"kobo\"", "delimiter = \";\"\ncolumns = \"optional\"");
    let mapping = Mapping::parse("kobo", &text).unwrap();
    let csv = "\"_uuid\";\"caso/fecha\";\"caso/departamento\";\"caso/relato\";\"caso/sectores\"\n\
        \"u-1\";\"2024-05-03\";\"Cauca\";\"SINTÉTICO\";\"logging cattle\"\n";
    let import = import_of(csv.as_bytes(), &mapping);
    assert_eq!(import.summary.imported, 1, "{:?}", import.rows);
    assert!(record(&import, 2).get("sectors/cattle").is_some());
}

#[test]
fn entities_of_uwazi_come_from_csv_and_zip() {
    let mapping = preset("uwazi", &[("country", "CO")]);
    let import = import_of(UWAZI.as_bytes(), &mapping);
    assert_eq!(import.summary.imported, 3, "{:?}", import.rows);
    let first = record(&import, 2);
    for (path, value) in [
        ("title", "SINTÉTICO caso uno"),
        ("date", "2024-05-01/2024-05-03"),
        ("acts/1/violation", "death_threat"),
        ("place/admin1", "CO-CAU"),
        ("place/admin2", "Inzá"),
        ("sources/1/reference", "https://example.org/nota"),
    ] {
        assert_eq!(first.text(path), Some(value), "{path}");
    }
    assert_eq!(first.get("place/point").unwrap().to_string(), "2.44,-76.61");
    assert!(first.get("sectors/logging").is_some() && first.get("sectors/cattle").is_some());
    assert_eq!(record(&import, 3).text("date"), Some("2024-05-03/2024-05-07"));
    assert_eq!(record(&import, 4).text("date"), Some("2024"));
    assert_eq!(import_of(&zipped("import.csv", UWAZI), &mapping).incidents, import.incidents);
}

#[test]
fn repeats_and_records_have_bounds() {
    let mapping = Mapping::parse("kobo", KOBO_MAPPING).unwrap();
    let many = format!("[{{\"_uuid\":\"1\",\"r\":[{}1]}}]", "1,".repeat(60));
    assert_eq!(told(&import_of(many.as_bytes(), &mapping)), ["1 !too_many_repeats"]);
    let long = format!("[{{\"_uuid\":\"1\",\"a\":\"{}\"}}]", "x".repeat(70_000));
    assert_eq!(told(&import_of(long.as_bytes(), &mapping)), ["1 !cell_too_long"]);
    let endless = format!("[{{\"_uuid\":\"{}\"}}]", "x".repeat(17 * 1024 * 1024));
    assert!(matches!(open(endless.as_bytes(), &mapping), Err(FileError::Json { .. })));
    let deep = format!("[{}", "[".repeat(100_000));
    assert!(matches!(open(deep.as_bytes(), &mapping), Err(FileError::Json { .. })));
    let secret = open(b"[{\"_uuid\": SECRET}]", &mapping).unwrap_err();
    assert!(!secret.to_string().contains("SECRET"));
    assert!(matches!(open(b"{\"a\":[]}", &mapping), Err(FileError::NothingInside { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn mangled_files_are_refused_or_read(
        which in 0_usize..5,
        places in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<proptest::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let (uwazi, comapeo) = (preset("uwazi", &[]), preset("comapeo", &[("country", "EC")]));
        let kobo = Mapping::parse("kobo", KOBO_MAPPING).unwrap();
        let (mut bytes, mapping) = match which {
            0 => (COMAPEO.as_bytes().to_vec(), comapeo),
            1 => (KOBO.as_bytes().to_vec(), kobo),
            2 => (UWAZI.as_bytes().to_vec(), uwazi),
            3 => (zipped("import.csv", UWAZI), uwazi),
            _ => (zipped("a.geojson", COMAPEO), comapeo),
        };
        for (place, byte) in places {
            let place = place.index(bytes.len());
            bytes[place] ^= byte;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(list) = open(&bytes, &mapping) {
            let mut rows = Vec::new();
            drop(list.each(&mut |row| {
                rows.push(row);
                ControlFlow::Continue(())
            }));
            let import = take(list.header(), &rows, &mapping, &keyed);
            prop_assert_eq!(import.summary.rows, import.summary.imported + import.summary.rejected);
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..200), which in 0_usize..5) {
        let (_, kind) = FileKind::ALL[which];
        if let Ok(list) = List::open(Source::from(bytes.as_slice()), kind, Reading::default()) {
            drop(list.each(&mut |_row| ControlFlow::Continue(())));
        }
    }
}
