//! The README's tour of the registry: overlapping lists of two partners become one picture, and
//! the report on it is the same, byte for byte, on the nodes of all three.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::{
    coalition::{COALITION, three_partners},
    partner::{Partner, argument, eventually},
};

const MAPPING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/tour/lista.toml");

fn list(name: &str) -> String {
    format!("{}/examples/tour/{name}.csv", env!("CARGO_MANIFEST_DIR"))
}

fn import_and_share(partner: &Partner, name: &str, incidents: usize) {
    partner.json(&["import", &list(name), "--mapping", MAPPING]);
    let all = ["incident", "share", "--all-own", "--circle", COALITION, "--tier", "coalition"];
    assert_eq!(partner.json(&all)["counts"]["published"], incidents);
}

fn pairs(partner: &Partner) -> Vec<[String; 2]> {
    let found = partner.json(&["cluster", "candidates"]);
    let id = |row: &Value, side: &str| row[side]["id"].as_str().unwrap().to_owned();
    found["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| ["first", "second"].map(|it| id(row, it)))
        .collect()
}

fn review(partner: &Partner, level: &str, person: &str) -> Value {
    partner.json(&[
        "review",
        "add",
        "--all-own",
        "--to",
        level,
        "--as",
        person,
        "--reason",
        "Revisado",
        "--grounds",
        "Las fuentes coinciden en hecho, lugar y tiempo",
    ])
}

/// The files of a folder and those below, by their paths in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            let below = files(&entry.path()).into_iter();
            found.extend(below.map(|(path, bytes)| (format!("{name}/{path}"), bytes)));
        } else {
            found.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    found
}

fn report(partner: &Partner) -> BTreeMap<String, Vec<u8>> {
    let folder = partner.file("informe");
    let _none = fs::remove_dir_all(&folder);
    let out = argument(&folder);
    partner.json(&[
        "report",
        "sdg-16-10-1",
        "--year",
        "2025",
        "--as-of",
        "2030-01-01",
        "--out",
        &out,
    ]);
    assert_eq!(partner.run(&["report", "check", &out]).code, Some(0));
    files(&folder)
}

#[test]
fn overlapping_lists_become_one_picture_with_one_report() {
    let (arbol, casa, rios) = three_partners();
    import_and_share(&arbol, "arbol", 6);
    import_and_share(&casa, "casa", 5);
    eventually("everybody reads everything", || {
        [&arbol, &casa, &rios].iter().all(|it| it.json(&["incident", "list"])["total"] == 11)
    });

    // Both partners' nodes propose the same three pairs; who has no names of its own, too.
    let mut proposed = pairs(&arbol);
    proposed.sort();
    assert_eq!(proposed.len(), 3, "not the two that share day and municipality alone");
    for other in [&casa, &rios] {
        let mut same = pairs(other);
        same.sort();
        assert_eq!(same, proposed);
    }
    let candidates = arbol.json(&["cluster", "candidates"]);
    for row in candidates["rows"].as_array().unwrap() {
        let codes: Vec<&str> = row["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["code"].as_str().unwrap())
            .collect();
        assert!(codes.contains(&"name"), "{codes:?}");
    }

    // A person decides; another says that one pair is not the same, and thinks again.
    for [first, second] in &proposed {
        arbol.json(&["cluster", "same", first, second, "--as", "A-1"]);
    }
    let clusters = |partner: &Partner| partner.json(&["cluster", "list"])["clusters"].clone();
    eventually("a third partner sees one event with two claims", || {
        let clusters = clusters(&rios);
        let claims = clusters.as_object().unwrap().values().map(|it| it.as_array().unwrap().len());
        claims.collect::<Vec<_>>() == [2, 2, 2]
    });
    let [first, second] = &proposed[0];
    casa.json(&["cluster", "not-same", first, second, "--as", "C-1"]);
    eventually("what somebody holds apart is not joined", || {
        clusters(&rios).as_object().unwrap().len() == 2
    });
    casa.json(&["cluster", "undo", first, second, "--as", "C-1"]);
    eventually("it can be undone", || clusters(&rios).as_object().unwrap().len() == 3);
    assert_eq!(pairs(&arbol).len(), 0, "what was judged is not proposed again");

    // Two persons verify what has two independent sources.
    for (partner, persons) in [(&arbol, ["A-1", "A-2"]), (&casa, ["C-1", "C-2"])] {
        review(partner, "v1", persons[0]);
        review(partner, "v2", persons[0]);
        review(partner, "v3", persons[0]);
        review(partner, "v3", persons[1]);
    }
    eventually("the third partner knows what is verified", || {
        rios.json(&["search", "--level", "v3"])["total"] == 6
    });
    for partner in [&arbol, &casa] {
        partner.json(&[
            "stats",
            "coverage",
            "declare",
            "--country",
            "CO",
            "--from",
            "2025",
            "--to",
            "2025",
            "--violation",
            "all",
        ]);
    }
    let declared = |partner: &Partner| {
        partner.json(&["stats", "coverage", "list"]).as_array().map_or(0, Vec::len)
    };
    eventually("all know who covers what", || {
        [&arbol, &casa, &rios].iter().all(|it| declared(it) >= 2)
    });

    let reports = [&arbol, &casa, &rios].map(report);
    for (name, bytes) in &reports[0] {
        assert_eq!(Some(bytes), reports[1].get(name), "{name}");
        assert_eq!(Some(bytes), reports[2].get(name), "{name}");
    }
    assert_eq!(reports[0].len(), reports[2].len());
    assert!(reports[0].contains_key("digest.txt"));
    let told: Vec<String> =
        reports[0].values().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
    for name in ["Zoraida", "Eladio", "Rosalbina", "Nicanor"] {
        assert!(told.iter().all(|text| !text.contains(name)), "{name} stays home");
    }
}
