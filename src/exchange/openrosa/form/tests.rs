use super::*;
use crate::{
    exchange::{
        Mapping,
        openrosa::{Submission, xform::XForm},
    },
    model::{registry::table, vocabulary::Vocabulary},
};

fn form(id: &str) -> &'static Form {
    built_in().iter().find(|form| form.id == id).unwrap()
}

#[test]
fn every_line_of_the_tables_is_a_question() {
    for table in [REPORT, ALERT] {
        for line in table.lines().skip(1) {
            let question = Question::read(line).unwrap_or_else(|| panic!("{line}"));
            assert!(question.labels.iter().all(|label| !label.is_empty()), "{line}");
            let hints = question.hints.iter().filter(|hint| !hint.is_empty()).count();
            assert!(hints == 0 || hints == 3, "{line}");
            if let Answer::One(list) | Answer::Many(list) = question.answer {
                assert!(!Vocabulary::built_in().list(list).is_empty(), "{line}");
            }
        }
    }
}

#[test]
fn the_forms_are_xforms_and_their_mappings_read() {
    for form in built_in() {
        let read = XForm::read(form.xml.as_bytes()).unwrap();
        assert_eq!((&read.id, &read.version), (&form.id, &form.version));
        assert_eq!(read.title, form.title);
        assert_eq!(read.languages, LANGUAGES);
        assert_eq!(read.problems(), Vec::<String>::new());
        let mapping = Mapping::parse(&form.id, &form.mapping).unwrap();
        assert_eq!(mapping.name(), form.id);
        for column in mapping.columns().filter(|column| !column.starts_with("meta/")) {
            let path = column.replace("[*]", "");
            assert!(read.questions.contains_key(&path), "{}: {column}", form.id);
        }
    }
}

#[test]
fn no_form_asks_for_less_than_an_incident_needs() {
    let required = table::INCIDENT.iter().filter(|spec| spec.required);
    for spec in required {
        for form in built_in() {
            let written = form.mapping.contains(&format!("to = \"{}\"", spec.pattern));
            assert!(written, "{}: {}", form.id, spec.pattern);
        }
    }
}

/// Whoever changes a form counts [`REVISION`] up: a phone that has this version keeps what it has.
#[test]
fn a_version_is_always_the_same_form() {
    let digests: Vec<String> = built_in()
        .iter()
        .map(|form| format!("{} {} {}", form.id, form.version, blake3::hash(form.xml.as_bytes())))
        .collect();
    let known = include_str!("../forms/versions.txt");
    let new = digests.iter().filter(|digest| !known.lines().any(|line| line == digest.as_str()));
    assert_eq!(new.collect::<Vec<_>>(), Vec::<&String>::new(), "not in versions.txt");
}

#[test]
fn a_filled_report_becomes_an_incident() {
    let form = form("ceiba_report");
    let xml = "<data id='ceiba_report' version='1'><date>2024-05-03</date>\
        <violation>death_threat</violation><counting_unit>individual</counting_unit>\
        <summary>Tres hombres.\nOtra línea.</summary><country>CO</country><admin1>CO-CAU</admin1>\
        <point>2.4411 -76.6022 1700 4.5</point><victims><name>Zoraida Inventada</name>\
        <roles>indigenous_leader land_territory</roles><violation>death_threat</violation></victims>\
        <victims><sex_gender>male</sex_gender><violation>death_threat</violation></victims>\
        <sectors>mining_illegal logging</sectors><consent>informed_explicit</consent>\
        <scopes>store statistics</scopes><photo>1.jpg</photo>\
        <meta><instanceID>uuid:1</instanceID></meta></data>";
    let read = XForm::read(form.xml.as_bytes()).unwrap();
    let record = taken(xml, &read, form).unwrap();
    let text = |path: &str| record.get(path).map(|value| value.to_string());
    for (path, value) in [
        ("date", "2024-05-03"),
        ("acts/1/violation", "death_threat"),
        ("acts/2/victim", "2"),
        ("victims/1/name", "Zoraida Inventada"),
        ("victims/1/roles/indigenous_leader", "true"),
        ("place/point", "2.4411,-76.6022"),
        ("place/admin1", "CO-CAU"),
        ("consent/scopes/statistics", "true"),
        ("stated_level", "v0_reported"),
    ] {
        assert_eq!(text(path).as_deref(), Some(value), "{path}");
    }
}

#[test]
fn a_filled_alert_becomes_an_incident() {
    let form = form("ceiba_alert");
    let xml = "<data id='ceiba_alert' version='1'><risk>life_imminent</risk><summary>Disparos.</summary>\
        <counting_unit>family</counting_unit><needs>transport medical</needs><name>Alguien</name>\
        <date>2024-05-03</date><country>EC</country><consent>vital_interest</consent>\
        <meta><instanceID>uuid:1</instanceID></meta></data>";
    let record = taken(xml, &XForm::read(form.xml.as_bytes()).unwrap(), form).unwrap();
    let text = |path: &str| record.get(path).map(|value| value.to_string());
    for (path, value) in [
        ("risk", "life_imminent"),
        ("interventions/2/type", "medical"),
        ("interventions/1/status", "requested"),
        ("acts/1/violation", "unknown"),
        ("acts/1/victim", "1"),
        ("consent/basis", "vital_interest"),
    ] {
        assert_eq!(text(path).as_deref(), Some(value), "{path}");
    }
}

fn taken(xml: &str, form: &XForm, own: &Form) -> Option<crate::model::registry::Record> {
    let submission = Submission::read(xml.as_bytes()).unwrap();
    let row = submission.row(&form.repeats, &submission.instance).unwrap();
    let (header, cells): (Vec<String>, Vec<String>) = row.into_iter().unzip();
    let mapping = Mapping::parse("form", &own.mapping).unwrap();
    let span = crate::exchange::RowSpan { line: 1, last_line: 1 };
    let row = crate::exchange::Row { span, cells, warnings: Vec::new() };
    let import = crate::exchange::take(&header, &[Ok(row)], &mapping, &|bytes| {
        *blake3::hash(bytes).as_bytes()
    });
    assert_eq!(import.incidents.len(), 1, "{:?}", import.rows);
    import.incidents.into_iter().next().map(|incident| incident.record)
}
