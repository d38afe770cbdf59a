//! Two organisations that recorded one event without telling each other the name, made with
//! commands alone.

use serde_json::Value;

use crate::{
    coalition::{COALITION, share, two_stewards},
    partner::{Partner, eventually, files_with},
};

fn record(partner: &Partner, victim: &str, date: &str, municipality: &str) -> String {
    let victim = format!("name={victim}");
    let added = partner.json(&[
        "incident",
        "add",
        "--country",
        "CO",
        "--date",
        date,
        "--violation",
        "killing",
        "--counting-unit",
        "individual",
        "--summary",
        "Resumen inventado.",
        "--admin1",
        "Nariño",
        "--admin2",
        municipality,
        "--victim",
        &victim,
        "--consent",
        "informed_explicit",
        "--scope",
        "share_coalition_deid",
    ]);
    let incident = added["row"]["id"].as_str().unwrap().to_owned();
    share(partner, &incident, COALITION, "coalition");
    incident
}

fn candidates(partner: &Partner) -> Vec<Value> {
    let found = partner.json(&["cluster", "candidates"]);
    found["rows"].as_array().unwrap().clone()
}

fn clusters(partner: &Partner) -> (usize, usize) {
    let list = partner.json(&["cluster", "list"]);
    let events = list["clusters"].as_object().unwrap().len();
    (events, list["contested"].as_array().unwrap().len())
}

#[test]
fn partners_find_one_event_by_tokens_and_judge_it() {
    let (a, b) = two_stewards();
    let of_a = record(&a, "Zoraida Inventada Quenguan", "2024-05-03", "Tumaco");
    let of_b = record(&b, "ZORAYDA INVENTADA", "2024-05-04", "San Andrés de Tumaco");
    let other = record(&b, "Casilda Inventada Quenguan", "2024-05-03", "Tumaco");

    eventually("each proposes the pair, and no other", || {
        [&a, &b].iter().all(|partner| candidates(partner).len() == 1)
    });
    for partner in [&a, &b] {
        let [candidate] = <[Value; 1]>::try_from(candidates(partner)).unwrap();
        let pair = [&candidate["first"]["id"], &candidate["second"]["id"]].map(Value::as_str);
        assert!(pair.contains(&Some(&of_a)) && pair.contains(&Some(&of_b)));
        assert_eq!(candidate["reasons"][0]["given"]["by"], "tokens");
    }
    assert_eq!(files_with(&b.home(), "Zoraida"), Vec::<std::path::PathBuf>::new());

    let judged = b.json(&["cluster", "same", &of_b, &of_a, "--reason", "una sola noticia"]);
    assert_eq!(judged["claims"].as_array().unwrap().len(), 2);
    eventually("the other partner has the event", || clusters(&a) == (1, 0));
    assert_eq!(candidates(&a).len() + candidates(&b).len(), 0);
    let shown = a.json(&["cluster", "show", &of_a]);
    assert_eq!(shown["persons"].as_array().unwrap().len(), 1);
    assert_eq!(shown["fields"]["place/admin2"]["conflict"], false, "one place, two names");

    a.json(&["cluster", "not-same", &of_a, &of_b]);
    eventually("both see that it is contested", || {
        [&a, &b].iter().all(|partner| clusters(partner) == (0, 1))
    });
    a.json(&["cluster", "undo", &of_a, &of_b]);
    eventually("both have what was before", || {
        [&a, &b].iter().all(|partner| clusters(partner) == (1, 0))
    });
    let own = b.error(&["cluster", "same", &of_b, &other, "--circle", "privat"], 3);
    assert!(own["message"].as_str().unwrap().contains("no circle"), "{own}");
}
