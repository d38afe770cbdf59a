//! The README's tour of the board: three partners plan one joint statement and answer one drill,
//! each from its own machine, one of them offline half the time.

use serde_json::Value;

use crate::{
    coalition::three_partners,
    partner::{Partner, eventually},
};

fn id(card: &Value) -> String {
    card["card"].as_str().unwrap().to_owned()
}

fn statement(partner: &Partner, card: &str) -> Value {
    let shown = partner.run(&["statement", "show", card, "--json"]);
    serde_json::from_str(&shown.out).unwrap_or_default()
}

fn text(partner: &Partner, card: &str) -> String {
    statement(partner, card)["markdown"]["es"].as_str().unwrap_or_default().to_owned()
}

fn write(partner: &Partner, card: &str, text: &str) {
    partner.json(&["statement", "edit", card, "--language", "es", "--text", text]);
}

/// Signs the frozen text that this partner was shown.
fn endorse(partner: &Partner, card: &str, person: &str) {
    let hash = statement(partner, card)["newest"]["hash"].as_str().unwrap().to_owned();
    partner.json(&["endorse", card, "--hash", &hash, "--by", person]);
}

fn alert(partner: &Partner, alert: &str) -> Value {
    let shown = partner.run(&["alert", "show", alert, "--silent", "--json"]);
    serde_json::from_str(&shown.out).unwrap_or_default()
}

#[test]
fn three_partners_plan_a_statement_and_answer_a_drill() {
    let (arbol, casa, mut rios) = three_partners();

    // A hearing comes up; a second card for it is noticed before the work is done twice.
    let hearing = |partner: &Partner, title: &str| {
        partner.json(&[
            "card",
            "add",
            "opportunity",
            "--title",
            title,
            "--country",
            "CO",
            "--set",
            "institution=CIDH",
            "--set",
            "starts=2027-03-05",
            "--set",
            "ends=2027-03-12",
        ])
    };
    let first = id(&hearing(&arbol, "Audiencia sobre protección"));
    eventually("the partner has it", || casa.run(&["card", "show", &first]).code == Some(0));
    let second = hearing(&casa, "Audiencia temática");
    assert_eq!(second["duplicates"][0]["card"], first.as_str(), "{second}");

    // They write one statement; Ríos is out on the river, and writes as well.
    let message = arbol.json(&[
        "card",
        "add",
        "joint_message",
        "--title",
        "Ríos sin miedo",
        "--set",
        "audience=institution",
    ]);
    let message = id(&message);
    write(&arbol, &message, "Exigimos protección para quienes defienden el río.");
    eventually("all have it", || {
        [&casa, &rios].iter().all(|it| text(it, &message).starts_with("Exigimos"))
    });
    rios.stop();
    write(&casa, &message, "Exigimos **protección colectiva** para quienes defienden el río.");
    write(&rios, &message, "Exigimos protección para quienes defienden el río y el bosque.");
    rios.start();
    let one = "Exigimos **protección colectiva** para quienes defienden el río y el bosque.";
    eventually("one text at all three", || {
        [&arbol, &casa, &rios].iter().all(|it| text(it, &message) == one)
    });

    // Frozen, endorsed by each, the last one when it is back; silence endorses nothing.
    rios.stop();
    let base = statement(&arbol, &message)["texts_hash"].as_str().unwrap().to_owned();
    arbol.json(&["statement", "freeze", &message, "--base", &base, "--by", "A-1"]);
    endorse(&arbol, &message, "A-1");
    eventually("the frozen text arrives", || !statement(&casa, &message)["newest"].is_null());
    endorse(&casa, &message, "C-1");
    eventually("two endorse", || statement(&arbol, &message)["endorsed"] == 2);
    assert_eq!(statement(&arbol, &message)["state"], "in_review");
    rios.start();
    eventually("it reads the frozen text", || !statement(&rios, &message)["newest"].is_null());
    endorse(&rios, &message, "R-1");
    eventually("all endorse", || statement(&arbol, &message)["state"] == "endorsed");
    let hash = statement(&arbol, &message)["newest"]["hash"].as_str().unwrap().to_owned();
    arbol.json(&["statement", "release", &message, "--hash", &hash, "--by", "A-1"]);
    eventually("it is out", || statement(&casa, &message)["state"] == "released");

    // A decision, without a clock: all three consent.
    let question = casa.json(&["card", "add", "decision", "--title", "¿Campaña en marzo?"]);
    let question = id(&question);
    casa.json(&["decide", "open", &question, "--closes", "2099-12-31", "--by", "C-1"]);
    for (partner, person) in [(&arbol, "A-1"), (&casa, "C-1"), (&rios, "R-1")] {
        eventually("the ballot arrives", || {
            let shown = partner.run(&["decide", "show", &question, "--json"]);
            shown.out.contains("consent_window")
        });
        let stance = ["decide", "position", &question, "--stance", "consent", "--by", person];
        partner.json(&stance);
    }
    eventually("each computes the same", || {
        [&arbol, &casa, &rios]
            .iter()
            .all(|it| it.json(&["decide", "show", &question])["state"] == "adopted")
    });

    // A drill: nobody answers at first, and who was away sees how long it is overdue.
    rios.stop();
    let drill = arbol.json(&[
        "alert",
        "drill",
        "¿Quién responde esta noche?",
        "--country",
        "CO",
        "--level",
        "serious",
        "--escalate-after",
        "1s,3600s,7200s",
    ]);
    let drill = drill["row"]["id"].as_str().unwrap().to_owned();
    eventually("it escalates where nobody answers", || alert(&casa, &drill)["row"]["step"] == 1);
    rios.start();
    eventually("and comes late to who was away", || {
        alert(&rios, &drill)["row"]["state"] == "escalated"
    });
    rios.json(&["alert", "ack", &drill, "taking", "--text", "Vamos", "--by", "R-1"]);
    eventually("all know who takes it", || {
        [&arbol, &casa].iter().all(|it| alert(it, &drill)["row"]["taking"][0] == "Ríos Vivos")
    });
    let said = ["alert", "stand-down", &drill, "--outcome", "safe", "--check-in", "llamada"];
    arbol.json(&said);
    eventually("it is over", || alert(&rios, &drill)["row"]["state"] == "stood_down");
    let list = casa.json(&["alert", "list", "--all"]);
    assert_eq!((&list["totals"]["alerts"], &list["drills"]["alerts"]), (&0.into(), &1.into()));
}
