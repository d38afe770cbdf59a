//! Emergency alerts among three partners: with commands alone.

use serde_json::Value;

use crate::{
    coalition::{NAME, record, three_partners},
    partner::{Partner, eventually},
};

/// Raises an alert; gives its id.
fn raise(partner: &Partner, what: &str, more: &[&str]) -> String {
    let args = ["alert", "raise", what, "--country", "CO", "--level"];
    let raised = partner.json(&[&args[..], more].concat());
    raised["row"]["id"].as_str().unwrap().to_owned()
}

/// An alert as a partner sees it, without telling that it was seen; null if it does not.
fn seen(partner: &Partner, alert: &str) -> Value {
    let shown = partner.run(&["alert", "show", alert, "--silent", "--json"]);
    serde_json::from_str(&shown.out).unwrap_or_default()
}

fn state(partner: &Partner, alert: &str) -> String {
    seen(partner, alert)["row"]["state"].as_str().unwrap_or_default().to_owned()
}

/// How far an alert came to an organisation, as another knows.
fn delivery(partner: &Partner, alert: &str, org: &str) -> String {
    let shown = seen(partner, alert);
    let recipients = shown["recipients"].as_array().cloned().unwrap_or_default();
    let recipient = recipients.into_iter().find(|it| it["org_name"] == org);
    recipient.map(|it| it["delivery"].as_str().unwrap().to_owned()).unwrap_or_default()
}

#[test]
fn an_alert_is_seen_taken_and_closed_by_two() {
    let (a, b, c) = three_partners();
    let alert = raise(&a, "Hombres armados cerca del campamento", &["life_imminent"]);
    eventually("all have it", || [&b, &c].iter().all(|it| state(it, &alert) == "open"));
    eventually("the raiser knows", || delivery(&a, &alert, "Casa Norte") == "delivered");
    b.json(&["alert", "show", &alert]);
    eventually("it was seen", || delivery(&a, &alert, "Casa Norte") == "seen");
    a.error(&["alert", "ack", &alert, "taking"], 4);
    b.json(&["alert", "ack", &alert, "taking", "--text", "Sale un equipo", "--by", "B-2"]);
    eventually("it is taken", || [&a, &c].iter().all(|it| state(it, &alert) == "acknowledged"));
    let shown = seen(&a, &alert);
    assert_eq!(shown["row"]["taking"][0], "Casa Norte", "{shown}");
    assert!(shown["row"]["response"].is_number() && shown["row"]["next_step"].is_null());
    b.json(&["alert", "update", &alert, "--text", "En camino"]);
    eventually("who took it works on it", || state(&a, &alert) == "responding");

    let closing =
        ["alert", "stand-down", &alert, "--outcome", "safe", "--check-in", "llamada con clave"];
    c.error(&closing, 4);
    let closed = a.json(&closing);
    assert_eq!(closed["row"]["state"], "responding", "a second one has to confirm");
    assert_eq!((&closed["closed"], &closed["missing"]), (&false.into(), &"confirmation".into()));
    let own = closed["entries"].as_array().unwrap().last().unwrap()["hash"].as_str().unwrap();
    a.error(&["alert", "confirm", &alert, "--entry", own, "--by", "A-2"], 4);
    eventually("the closing arrives", || {
        seen(&b, &alert)["entries"].to_string().contains("stand_down")
    });
    // Nobody agrees to what was not shown.
    let unnamed = b.error(&["alert", "confirm", &alert], 2);
    assert!(unnamed.to_string().contains("llamada con clave"), "{unnamed}");
    let shown = seen(&b, &alert);
    let entries = shown["entries"].as_array().unwrap();
    let closing = entries.iter().find(|it| it["kind"] == "stand_down").unwrap();
    let closing = closing["hash"].as_str().and_then(|hash| hash.get(..32)).unwrap();
    let confirmed = b.json(&["alert", "confirm", &alert, "--entry", closing]);
    assert_eq!(confirmed["row"]["state"], "stood_down", "{confirmed}");
    eventually("it is over for all", || {
        [&a, &c].iter().all(|it| state(it, &alert) == "stood_down")
    });
    let told = c.run(&["alert", "show", &alert]);
    let words = told.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("llamada con clave"), "{}", told.out);
    assert_eq!(c.json(&["alert", "list"])["alerts"], serde_json::json!([]));
    assert_eq!(c.json(&["alert", "list"])["totals"]["answered"], 1);
}

#[test]
fn who_was_offline_sees_how_long_it_is_overdue() {
    let (a, b, mut c) = three_partners();
    a.json(&[
        "card",
        "add",
        "alert_element",
        "--title",
        "Línea inventada de 24 horas",
        "--country",
        "CO",
        "--set",
        "languages/es=yes",
        "--set",
        "hours=24/7",
    ]);
    c.stop();
    let timers = ["serious", "--escalate-after", "1s,2s,3s", "--call", "Casa Norte"];
    let alert = raise(&a, "Amenazas por teléfono", &timers);
    eventually("nobody takes it", || seen(&a, &alert)["row"]["step"] == 3);
    eventually("the other as well", || state(&b, &alert) == "escalated");
    c.start();
    eventually("it comes, overdue", || state(&c, &alert) == "escalated");
    let shown = seen(&c, &alert);
    assert!(shown["row"]["overdue"].as_u64().unwrap() >= 1, "{shown}");
    assert_eq!((&shown["row"]["for_us"], &shown["row"]["loud"]), (&true.into(), &true.into()));
    let told = c.run(&["alert", "list"]);
    assert!(told.out.contains("overdue by") && told.out.contains("! "), "{}", told.out);
    let watched = c.run(&["alert", "watch", "--for", "1s"]);
    assert!(watched.out.contains("step 3") && !watched.out.contains('\u{7}'), "{}", watched.out);
    eventually("whom to turn to outside", || {
        seen(&c, &alert)["referrals"][0]["fields"]["hours"] == "24/7"
    });
    let told = c.run(&["alert", "show", &alert, "--silent"]);
    assert!(told.out.contains("(of"), "{}", told.out);
    c.json(&["alert", "ack", &alert, "taking"]);
    eventually("it is quiet", || [&a, &b].iter().all(|it| state(it, &alert) == "acknowledged"));
    // It expires, and stays loud until somebody says how it ended.
    let short = raise(&b, "Rumores", &["elevated", "--expires", "1s"]);
    eventually("it expires", || state(&a, &short) == "expired");
    a.json(&["alert", "review", &short, "--outcome", "false_alarm"]);
    eventually("somebody reviewed it", || state(&c, &short) == "false_alarm");
}

#[test]
fn drills_are_marked_and_names_stay() {
    let (a, b, _c) = three_partners();
    let args = ["alert", "drill", "¿Quién responde?", "--country", "CO", "--level", "serious"];
    let drill = a.json(&args)["row"]["id"].as_str().unwrap().to_owned();
    eventually("it arrives", || state(&b, &drill) == "open");
    let waits = |it: &Partner| {
        it.json(&["status"])["waiting"].to_string().contains("drills that wait for an answer: 1")
    };
    assert!(waits(&b));
    b.json(&["alert", "ack", &drill, "taking"]);
    assert!(!waits(&b));
    let listed = b.json(&["alert", "list"]);
    assert_eq!(listed["totals"]["alerts"], 0, "{listed}");
    assert_eq!(
        (&listed["drills"]["alerts"], &listed["drills"]["answered"]),
        (&1.into(), &1.into())
    );
    assert!(b.run(&["alert", "list"]).out.contains("DRILL"));
    assert!(b.run(&["--lang", "es", "alert", "show", &drill]).out.contains("SIMULACRO"));
    a.error(&["alert", "incident", &drill], 4);
    let learnt = a.json(&["alert", "lesson", &drill, "--title", "Nadie tenía el turno"]);
    assert!(learnt.to_string().contains("drill: serious"), "{learnt}");

    let incident = record(&a);
    let named = format!("Atacaron a {NAME}");
    let about = ["--country", "CO", "--level", "serious", "--incident", &incident];
    let refused = a.error(&[&["alert", "raise", &named][..], &about].concat(), 4);
    assert!(!refused.to_string().contains(NAME), "{refused}");
    let alert = a.json(&[&["alert", "raise", "Atacaron a una persona"][..], &about].concat());
    let alert = alert["row"]["id"].as_str().unwrap().to_owned();
    a.error(&["alert", "update", &alert, "--text", &named], 4);
    let draft = ["alert", "raise", "Otra", "--country", "CO", "--level", "watch", "--dry-run"];
    assert_eq!(a.json(&draft)["row"]["state"], "draft");
    eventually("only one more came", || {
        b.json(&["alert", "list"])["alerts"].as_array().unwrap().len() == 2
    });
    // The partner makes an incident of its own of it.
    let acts = ["--set", "acts/1/violation=death_threat"];
    let made = b.json(&[&["alert", "incident", &alert][..], &acts].concat());
    assert!(made["incident"].is_string(), "{made}");
}
