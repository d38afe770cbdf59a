//! Lists as partners keep them: imported again after they changed, cut off in the middle, from the
//! files of other programs.

use serde_json::{Value, json};

use crate::partner::{Partner, files_with};

const MAPPING: &str = r#"mapping = 1
name = "lista"
description = "Una lista inventada"
[row]
key = ["id"]
event = ["evento"]
[constants]
country = "CO"
counting_unit = "individual"
"consent/basis" = "none_recorded"
"acts/{row}/victim" = "{row}"
"acts/{row}/violation" = "death_threat"
[[field]]
to = "date"
from = "fecha"
dates = ["day/month/year"]
when_unreadable = "reject"
[[field]]
to = "summary"
from = "relato"
[[field]]
to = "place/admin2"
from = "lugar"
[[field]]
to = "victims/{row}/name"
from = "nombre"
"#;

const HEADER: &str = "id,evento,fecha,relato,lugar,nombre\n";

/// Rows of a list, one incident each but for the first and the last, which are one.
fn list(rows: usize) -> String {
    let row = |row: usize| {
        let event = if row == 0 || row == rows - 1 { "E" } else { "" };
        format!("{row},{event},03/05/2024,SINTÉTICO {row},Villa,Persona Inventada {row}\n")
    };
    (0..rows).map(row).fold(HEADER.to_owned(), |list, row| list + &row)
}

fn numbers(answer: &Value) -> [u64; 4] {
    ["rows", "created", "updated", "unchanged"].map(|key| answer[key].as_u64().unwrap())
}

#[test]
fn a_list_that_changed_takes_over_what_no_person_changed() {
    let mut node = Partner::new("Red Árbol");
    node.start();
    let mapping = node.write("lista.toml", MAPPING);
    assert_eq!(node.json(&["import", "mapping", "save", "lista", &mapping])["name"], "lista");
    let names: Vec<Value> = node
        .json(&["import", "mapping", "list"])
        .as_array()
        .unwrap()
        .iter()
        .map(|mapping| json!([mapping["name"], mapping["built_in"]]))
        .collect();
    assert_eq!(names, [json!(["lista", false]), json!(["comapeo", true]), json!(["uwazi", true])]);

    let first = format!("{HEADER}1,,03/05/2024,Uno,Villa,Ana Inventada\n2,,2024,Dos,Villa,Eva\n");
    let first = node.write("lista.csv", &first);
    let done = node.json(&["import", &first, "--mapping", "lista"]);
    assert_eq!(numbers(&done), [2, 1, 0, 0]);
    assert_eq!(done["rejected"][0]["line"], 3);
    let listed = node.json(&["incident", "list"]);
    let incident = listed["rows"][0]["id"].as_str().unwrap().to_owned();
    node.json(&["incident", "edit", &incident, "--set", "summary=A mano"]);

    let second = format!("{HEADER}1,,03/05/2024,Otro,Pueblo,Ana Inventada\n");
    let second = node.write("lista.csv", &second);
    let tried = node.json(&["import", &second, "--mapping", "lista", "--dry-run"]);
    let change = json!({"path": "place/admin2", "old": "Villa", "new": "Pueblo"});
    let changes = json!([{"line": 2, "incident": incident, "fields": [change]}]);
    assert_eq!(tried["changes"], changes);
    let kept = json!([{"line": 2, "incident": incident, "fields": ["summary"]}]);
    assert_eq!((&tried["kept"], &tried["dry_run"]), (&kept, &json!(true)));
    let shown = node.run(&["import", &second, "--mapping", "lista", "--dry-run"]);
    assert!(shown.out.contains("Villa → Pueblo"), "{}", shown.out);
    assert_eq!(numbers(&node.json(&["import", &second, "--mapping", "lista"])), [1, 0, 1, 0]);
    let again = node.json(&["import", &second, "--mapping", "lista"]);
    assert_eq!((numbers(&again), &again["kept"]), ([1, 0, 0, 1], &kept));
    let shown = node.json(&["incident", "show", &incident]);
    assert_eq!(shown["fields"]["summary"]["value"], "A mano");
    assert_eq!(shown["fields"]["place/admin2"]["value"], "Pueblo");

    // What is kept is sealed, and survives the node.
    assert!(files_with(&node.home(), "Una lista inventada").is_empty());
    node.stop();
    assert_eq!(numbers(&node.json(&["import", &second, "--mapping", "lista"])), [1, 0, 0, 1]);
    node.json(&["import", "mapping", "remove", "lista"]);
    node.error(&["import", &second, "--mapping", "lista"], 3);
    node.error(&["import", "mapping", "save", "uwazi", &mapping], 2);
}

#[test]
fn an_import_that_was_cut_off_is_run_again() {
    let mut node = Partner::new("Red Árbol");
    node.start();
    let mapping = node.write("lista.toml", MAPPING);
    let rows = 1300;
    let whole = list(rows);
    // The connection broke after some portions: as if the list had ended there.
    let part: String = whole.lines().take(601).flat_map(|line| [line, "\n"]).collect();
    let part = node.write("part.csv", &part);
    let first = node.json(&["import", &part, "--mapping", &mapping]);
    assert_eq!(numbers(&first), [600, 600, 0, 0]);
    let whole = node.write("whole.csv", &whole);
    let rest = node.json(&["import", &whole, "--mapping", &mapping]);
    // The event of the first row gets the second victim, of the last.
    assert_eq!(numbers(&rest), [1300, 699, 1, 599]);
    let again = node.json_with(&["import", "-", "--mapping", &mapping], &list(rows));
    assert_eq!(numbers(&again), [1300, 0, 0, 1299]);
    assert_eq!(node.json(&["status"])["incidents"], 1299);
}

#[test]
fn files_of_other_programs_come_with_what_they_have() {
    let mut node = Partner::new("Red Árbol");
    node.start();
    let comapeo = "examples/sample/comapeo-sintetico.geojson";
    let done = node.json(&["import", comapeo, "--set", "country=EC"]);
    assert_eq!((&done["place"], numbers(&done)), (&json!("record"), [5, 3, 0, 0]));
    let again = node.json(&["import", comapeo, "--set", "country=EC"]);
    assert_eq!(numbers(&again), [5, 0, 0, 3]);
    let without = node.json(&["import", comapeo]);
    assert_eq!((numbers(&without)[1], without["rejected"].as_array().unwrap().len()), (0, 5));

    let uwazi = "examples/sample/uwazi-sintetico.csv";
    let done = node.json(&["import", uwazi, "--mapping", "uwazi", "--set", "country=CO"]);
    assert_eq!(numbers(&done), [3, 3, 0, 0]);
    let kobo = ["examples/sample/kobo-sintetico.json", "--mapping"];
    let mapping = ["examples/sample/kobo-sintetico.toml"];
    let done = node.json(&[&["import"], &kobo[..], &mapping].concat());
    assert_eq!(numbers(&done), [2, 2, 0, 0]);

    let suggested =
        node.run(&["import", "mapping", "suggest", "examples/sample/casos-sinteticos.csv"]);
    let mapping = node.write("suggested.toml", &suggested.out);
    let list = "examples/sample/casos-sinteticos.csv";
    let tried = node.json(&["import", list, "--mapping", &mapping, "--dry-run"]);
    assert!(tried["created"].as_u64().unwrap() > 100, "{}", suggested.out);
    assert!(tried["changes"].as_array().unwrap().len() > 100);
}
