//! No byte of a value above the tier is in any format.

use super::*;

/// 2026-11-10T00:00:00Z.
const NOW: Timestamp = Timestamp::from_millis(1_794_268_800_000);

/// A path of a line of the field table: keys and the first code of a list in their places.
fn path_of(pattern: &str) -> FieldPath {
    let segment =
        |segment: &str| match segment.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            Some(list) => Vocabulary::built_in().list(list)[0].code.to_owned(),
            None if segment == "*" => "1".to_owned(),
            None => segment.to_owned(),
        };
    pattern.split('/').map(segment).collect::<Vec<_>>().join("/").parse().unwrap()
}

/// A text that occurs nowhere else: twelve letters made of a number.
fn marker(number: usize) -> String {
    let letter = |place: u32| ["a", "b", "c", "d"][(number >> (2 * place)) % 4];
    format!("zq{}xj", (0..8).map(letter).collect::<String>())
}

/// A record with a value in every field that people write, each recognisable, and what each is.
fn full(seed: usize) -> (Record, Vec<(FieldPath, Tier, String)>) {
    let (mut record, mut markers) = (Record::incident(), Vec::new());
    for (place, spec) in table::fields(RecordKind::Incident).iter().enumerate() {
        let path = path_of(spec.pattern);
        let text = marker(seed * 500 + place);
        let marked = match spec.kind {
            Kind::Line | Kind::Name | Kind::Identifier | Kind::Narrative | Kind::Note => text,
            Kind::Digest => format!("{:064x}", 0x00ab_c0de_0000_usize + seed * 500 + place),
            Kind::Coordinate => format!("-2.{:05},-76.{:05}", 31_415 + seed, 27_182 + seed),
            Kind::Admin2Code => format!("{}", 55_500_000 + seed * 500 + place),
            Kind::Code(list) => {
                record.set(path, Vocabulary::built_in().list(list)[0].code).unwrap();
                continue;
            }
            Kind::Flag => {
                record.set(path, true).unwrap();
                continue;
            }
            Kind::Count => {
                record.set(path, 7).unwrap();
                continue;
            }
            Kind::Date => {
                record.set(path, "2024-05-03").unwrap();
                continue;
            }
            Kind::Country => "CO".to_owned(),
            Kind::Admin1 => "CO-CAU".to_owned(),
            Kind::Language => "es".to_owned(),
            Kind::Org => OrgId::new([7; 32]).to_string(),
            Kind::Key(_) => "1".to_owned(),
        };
        record.set(path.clone(), marked.as_str()).unwrap();
        if marked.len() > 6 {
            markers.push((path, spec.tier, marked));
        }
    }
    for (path, value) in [
        ("consent/basis", "informed_explicit"),
        ("acts/1/violation", "death_threat"),
        ("max_tier", "public"),
        ("evidence/1/release", "public"),
    ] {
        record.set(path.parse().unwrap(), value).unwrap();
    }
    for gone in ["consent/withdrawn_at", "consent/expires"] {
        record.remove(gone);
    }
    record.set("evidence/1/identifies".parse().unwrap(), false).unwrap();
    for scope in Vocabulary::built_in().list("consent_scope") {
        record.set(format!("consent/scopes/{}", scope.code).parse().unwrap(), true).unwrap();
    }
    (record, markers)
}

/// Everybody in the ledger who is named in the record, each with all scopes.
fn ledger(record: &Record) -> Ledger {
    let mut ledger = Ledger::new();
    for subject in ["victims/1/person", "consent/community"] {
        let mut entry = Record::new(Schema::of(RecordKind::Consent));
        let mut set = |path: &str, value: Value| {
            entry.set(path.parse().unwrap(), value).unwrap();
        };
        set("subject", record.text(subject).unwrap_or_default().into());
        set("id", subject.replace('/', "_").into());
        set("at", "2024-05-03".into());
        set("number", 1.into());
        set("basis", "informed_explicit".into());
        set("date", "2024-05-03".into());
        for scope in Vocabulary::built_in().list("consent_scope") {
            set(&format!("scopes/{}", scope.code), true.into());
        }
        ledger.add(&entry, false);
    }
    ledger
}

/// The row of a record at a tier, as the node gives it out.
fn projected(record: &Record, tier: Tier) -> Record {
    let release = Release::new(tier, NOW);
    let facet = project(record, &[], &release.by(&ledger(record))).unwrap().facet;
    let fields = facet.iter().filter(|(path, _)| !path.segment(0).is_some_and(is_of_program));
    let mut row = Record::incident();
    for (path, value) in fields {
        row.set(path.clone(), value.clone()).unwrap();
    }
    within(&row, tier).unwrap();
    row
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
}

/// What of these markers is where in an export at a tier.
fn leaks(tier: Tier, rows: &[Row], markers: &[(FieldPath, Tier, String)]) -> Vec<String> {
    let above = |it: &&(FieldPath, Tier, String)| it.1 < tier;
    let mut found = Vec::new();
    for (format, bytes) in exported(tier, rows) {
        for (path, _, text) in markers.iter().filter(above) {
            let parts = text.split(',').filter(|part| holds(&bytes, part));
            found.extend(parts.map(|_| format!("{path} in {format} at {tier}")));
        }
    }
    found
}

#[test]
fn no_format_holds_a_value_above_its_tier() {
    let (record, markers) = full(1);
    for tier in [Tier::Restricted, Tier::Coalition, Tier::Public] {
        let row = row(1, projected(&record, tier));
        assert_eq!(leaks(tier, &[row], &markers), Vec::<String>::new());
    }
}

/// The writers alone keep to the tier: even a row that nobody projected gives nothing away.
#[test]
fn a_writer_has_no_column_for_what_is_above_its_tier() {
    let (record, markers) = full(2);
    for tier in [Tier::Restricted, Tier::Coalition, Tier::Public] {
        assert!(within(&record, tier).is_err());
        // A title is of the coalition, but made of codes by projection alone.
        let record = {
            let mut record = record.clone();
            record.set("title".parse().unwrap(), "Death threat").unwrap();
            record
        };
        let markers: Vec<_> =
            markers.iter().filter(|(path, ..)| path.as_str() != "title").cloned().collect();
        assert_eq!(leaks(tier, &[row(1, record)], &markers), Vec::<String>::new());
    }
}

/// What is there is found: else the tests above could not fail.
#[test]
fn what_a_tier_may_see_is_there() {
    let (record, markers) = full(3);
    let files = exported(Tier::Restricted, &[row(1, projected(&record, Tier::Restricted))]);
    let (_, _, summary) = markers.iter().find(|(path, ..)| path.as_str() == "summary").unwrap();
    for format in ["csv", "acts", "geojson", "parquet", "uwazi", "import.csv"] {
        assert!(holds(&files[format], summary), "{format}");
    }
    let latitude = "-2.31418";
    for format in ["csv", "hxl", "geojson", "parquet", "uwazi"] {
        assert!(holds(&files[format], latitude), "{format}");
    }
}

#[test]
fn days_points_sex_and_age_are_in_no_public_row() {
    let (record, _) = full(4);
    let row = row(1, projected(&record, Tier::Public));
    let sexes = Vocabulary::built_in().list("sex_gender");
    for (format, bytes) in exported(Tier::Public, &[row]) {
        if format == "template.json" {
            continue;
        }
        for closed in ["2024-05-03", "2024-05", "-76.", "0_14", "0-14", "sex_gender", "age_band"] {
            // A quarter has a first and a last day, which are exact and say nothing more.
            assert!(!holds(&bytes, closed), "{closed} in {format}");
        }
        let words = String::from_utf8_lossy(&bytes).to_lowercase();
        let mut words = words.split(|c: char| !c.is_alphanumeric());
        assert!(!words.any(|word| sexes.iter().any(|sex| sex.code == word)), "{format}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_fields_a_record_has(seed in 5_usize..60, gone in prop::collection::btree_set(0_usize..140, 0..120)) {
        let (mut record, markers) = full(seed);
        let keep = ["consent/basis", "consent/community", "max_tier", "victims/1/person"];
        let paths: Vec<String> = record.iter().map(|(path, _)| path.to_string()).collect();
        for path in paths.iter().enumerate().filter(|(at, path)| {
            gone.contains(at) && !keep.contains(&path.as_str()) && !path.starts_with("consent/scopes")
        }) {
            record.remove(path.1);
        }
        for tier in [Tier::Coalition, Tier::Public] {
            let rows = [row(1, projected(&record, tier))];
            prop_assert_eq!(leaks(tier, &rows, &markers), Vec::<String>::new());
        }
    }
}
