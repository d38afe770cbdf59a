//! Each format is what its readers expect.

use ::parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::Field,
};

use super::*;

fn example() -> Record {
    record(&[
        ("title", "Death threat, Cauca, 2024-05".into()),
        ("date", "2024-05".into()),
        ("country", "CO".into()),
        ("place/admin1", "CO-CAU".into()),
        ("place/point", "-2.5,-76.1".into()),
        ("summary", "=HYPERLINK(\"http://x\",\"a\")\nSecond | line, \"quoted\"".into()),
        ("sectors/mining_illegal", true.into()),
        ("sectors/logging", true.into()),
        ("group_size/min", 12.into()),
        ("acts/1/violation", "death_threat".into()),
        ("acts/1/victim", "1".into()),
        ("acts/1/attempted", true.into()),
        ("acts/2/violation", "killing".into()),
        ("acts/2/victim", "2".into()),
        ("acts/2/by/1", "direct".into()),
        ("victims/1/pseudonym", "V-1".into()),
        ("victims/1/sex_gender", "female".into()),
        ("victims/1/prior_threats", 3.into()),
        ("victims/2/pseudonym", "+V|2".into()),
        ("victims/2/roles/park_ranger", true.into()),
        ("perpetrators/1/type", "unknown".into()),
        ("counting_unit", "individual".into()),
    ])
}

fn files() -> BTreeMap<&'static str, Vec<u8>> {
    exported(Tier::Restricted, &[row(1, example()), row(2, record(&[("date", "XXXX".into())]))])
}

/// Rows of CSV by header.
fn table(bytes: &[u8]) -> Vec<BTreeMap<String, String>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ::csv::Reader::from_reader(bytes);
    let header = reader.headers().unwrap().clone();
    let rows = reader.records().map(Result::unwrap);
    let pairs = |row: ::csv::StringRecord| {
        header.iter().zip(row.iter()).map(|(h, c)| (h.to_owned(), c.to_owned())).collect()
    };
    rows.map(pairs).collect()
}

#[test]
fn plain_csv_has_one_row_an_incident() {
    let files = files();
    assert!(files["csv"].starts_with(b"\xef\xbb\xbfincident,origin,"));
    let rows = table(&files["csv"]);
    let [first, second] = rows.as_slice() else { panic!("{}", rows.len()) };
    for (column, cell) in [
        ("incident", "01010101010101010101010101010101"),
        ("level", "v1_screened"),
        ("sectors", "logging|mining_illegal"),
        ("victims/key", "1|2"),
        ("victims/pseudonym", "V-1|+V\\|2"),
        ("victims/roles", "|park_ranger"),
        ("acts/by", "|1:direct"),
        ("acts/attempted", "true|"),
        ("place/point", "-2.5,-76.1"),
        ("group_size/min", "12"),
        ("summary", "'=HYPERLINK(\"http://x\",\"a\")\nSecond | line, \"quoted\""),
    ] {
        assert_eq!(first[column], cell, "{column}");
    }
    assert_eq!(second["sectors"], "");
}

#[test]
fn acts_have_a_row_each_with_victim_and_perpetrator() {
    let rows = table(&files()["acts"]);
    assert_eq!(rows.len(), 3, "two acts, and one row for the incident without");
    let [threat, killing, none] = rows.as_slice() else { panic!() };
    assert_eq!((&*threat["acts/key"], &*threat["acts/violation"]), ("1", "death_threat"));
    assert_eq!((&*threat["victims/pseudonym"], &*threat["victims/sex_gender"]), ("V-1", "female"));
    assert_eq!(
        (&*killing["victims/pseudonym"], &*killing["perpetrators/type"]),
        ("'+V|2", "unknown")
    );
    assert_eq!(killing["country"], "CO");
    assert_eq!(none["acts/key"], "");
}

#[test]
fn hashtags_stand_in_the_second_row() {
    let text = String::from_utf8(files()["hxl"].clone()).unwrap();
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let place = |tag: &str| rows[0].iter().position(|cell| cell == tag).unwrap();
    let cell = |tag: &str| rows[1].get(place(tag)).unwrap().to_owned();
    assert!(rows[0].iter().all(|tag| tag.starts_with('#')));
    assert_eq!(cell("#country+code"), "CO");
    assert_eq!(cell("#adm1+name"), "Cauca");
    assert_eq!(cell("#date+occurred+start"), "2024-05-01");
    assert_eq!(cell("#date+occurred+end"), "2024-05-31");
    assert_eq!((cell("#geo+lat"), cell("#geo+lon")), ("-2.5".to_owned(), "-76.1".to_owned()));
    assert_eq!((cell("#affected"), cell("#affected+f")), ("2".to_owned(), "1".to_owned()));
    assert_eq!(cell("#event+type+code+list"), "death_threat|killing");
}

#[test]
fn geojson_has_points_for_those_who_may_see_them() {
    let restricted: Json = serde_json::from_slice(&files()["geojson"]).unwrap();
    assert_eq!(restricted["type"], "FeatureCollection");
    let first = &restricted["features"][0];
    assert_eq!(
        first["geometry"],
        serde_json::json!({"type": "Point", "coordinates": [-76.1, -2.5]})
    );
    assert_eq!(first["properties"]["victims/pseudonym"], serde_json::json!(["V-1", "+V|2"]));
    assert_eq!(first["properties"]["group_size/min"], 12);
    assert_eq!(restricted["features"][1]["geometry"], Json::Null);
    assert_eq!(restricted["ceiba"]["tier"], "restricted");
    assert_eq!(restricted["ceiba"]["incidents"], 2);
    let public = exported(Tier::Public, &[row(1, example())]);
    let public: Json = serde_json::from_slice(&public["geojson"]).unwrap();
    assert_eq!(public["features"][0]["geometry"], Json::Null);
    let none = exported(Tier::Public, &[]);
    let none: Json = serde_json::from_slice(&none["geojson"]).unwrap();
    assert_eq!(none["features"], serde_json::json!([]));
}

fn open(bytes: &[u8]) -> SerializedFileReader<std::fs::File> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    SerializedFileReader::new(file).unwrap()
}

#[test]
fn parquet_reads_back_with_its_types() {
    let bytes = files().remove("parquet").unwrap();
    let reader = open(&bytes);
    let metadata = reader.metadata().file_metadata();
    let about = metadata.key_value_metadata().unwrap().iter().find(|it| it.key == "ceiba").unwrap();
    assert!(about.value.as_deref().unwrap().contains("\"tier\":\"restricted\""));
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    let field = |row: usize, name: &str| -> Field {
        rows[row].get_column_iter().find(|(column, _)| *column == name).unwrap().1.clone()
    };
    assert_eq!(rows.len(), 2);
    assert_eq!(field(0, "country"), Field::Str("CO".to_owned()));
    assert_eq!(field(1, "country"), Field::Null);
    assert_eq!(field(0, "group_size/min"), Field::Long(12));
    assert_eq!(field(0, "place/latitude"), Field::Double(-2.5));
    assert_eq!(field(0, "place/longitude"), Field::Double(-76.1));
    assert_eq!(field(0, "date/earliest"), Field::Date(19844));
    assert_eq!(field(1, "date/latest"), Field::Null);
    let list = |name: &str| {
        let Field::ListInternal(list) = field(0, name) else { panic!("{name} is no list") };
        list.elements().to_vec()
    };
    assert_eq!(list("acts/attempted"), [Field::Bool(true), Field::Null]);
    assert_eq!(list("victims/prior_threats"), [Field::Long(3), Field::Null]);
    assert_eq!(list("sectors"), ["logging", "mining_illegal"].map(|it| Field::Str(it.to_owned())));
    assert_eq!(field(1, "sectors"), Field::Null);
}

#[test]
fn parquet_rows_are_in_bounded_groups() {
    let out = Shared::default();
    let mut writer = Parquet::new(out.clone(), Tier::Public).unwrap();
    let one = row(1, record(&[("country", "CO".into())]));
    (0..9_000).for_each(|_| writer.row(&one).unwrap());
    Box::new(writer).finish(&About::new("parquet", &plan(Tier::Public))).unwrap();
    let bytes = out.0.lock().unwrap().clone();
    let reader = open(&bytes);
    let groups: Vec<_> = reader.metadata().row_groups().iter().map(|it| it.num_rows()).collect();
    assert_eq!(groups, [8_192, 808]);
}

#[test]
fn uwazi_reads_its_own_forms() {
    let files = files();
    let rows = table(&files["import.csv"]);
    for (column, cell) in [
        ("Title", "Death threat, Cauca, 2024-05"),
        ("Date", "2024-05-01:2024-05-31"),
        ("Country", "Colombia"),
        ("Department, state, region", "Colombia::Cauca"),
        ("Point", "-2.5|-76.1"),
        ("Violation", "Threat::Death threat|Attack::Killing"),
        ("Attempted", "Yes"),
        ("Group, at least", "12"),
        ("Pseudonym", "V-1; +V|2"),
    ] {
        assert_eq!(rows[0][column], cell, "{column}");
    }
    assert_eq!(rows[1]["Date"], "");
    assert!(!rows[1]["Title"].is_empty());
    let spanish = table(&files["uwazi"]);
    assert_eq!(spanish[0]["Violation"].split("::").next(), Some("Amenaza"));
    let template: Json = serde_json::from_slice(&files["template.json"]).unwrap();
    let properties = template["properties"].as_array().unwrap();
    let labels: Vec<&str> = properties.iter().map(|it| it["label"].as_str().unwrap()).collect();
    let header = String::from_utf8(files["import.csv"].clone()).unwrap();
    let mut header = ::csv::ReaderBuilder::new().has_headers(false).from_reader(header.as_bytes());
    let header = header.records().next().unwrap().unwrap();
    assert_eq!(header.iter().skip(1).collect::<Vec<_>>(), labels);
    let of = |label: &str| properties.iter().find(|it| it["label"] == label).unwrap();
    for (label, kind) in [
        ("Date", "daterange"),
        ("Point", "geolocation"),
        ("Violation", "multiselect"),
        ("Counting unit", "select"),
        ("Summary", "markdown"),
        ("Group, at least", "numeric"),
    ] {
        assert_eq!(of(label)["type"], kind, "{label}");
    }
    assert_eq!(of("Violation")["thesaurus"], "violation_type");
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    assert_eq!(files(), files());
}
