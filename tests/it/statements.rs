//! A joint statement of two partners, with commands alone: written at the same time and offline,
//! frozen, endorsed by signatures, released, and checked without a node.

use std::fs;

use serde_json::Value;

use crate::{
    coalition::two_stewards,
    partner::{Partner, argument, eventually},
};

fn show(partner: &Partner, card: &str) -> Value {
    partner.json(&["statement", "show", card])
}

fn text(partner: &Partner, card: &str) -> String {
    show(partner, card)["markdown"]["es"].as_str().unwrap_or_default().to_owned()
}

fn texts_hash(partner: &Partner, card: &str) -> String {
    show(partner, card)["texts_hash"].as_str().unwrap_or_default().to_owned()
}

fn standing(partner: &Partner, card: &str, org: &str) -> String {
    let shown = show(partner, card);
    let words = shown["words"].as_array().cloned().unwrap_or_default();
    let word = words.iter().find(|word| word["org_name"] == org);
    word.map(|word| word["standing"].as_str().unwrap().to_owned()).unwrap_or_default()
}

/// What is printed of a text, without the breaks of its lines, each of which has a mark.
fn read_whole(printed: &str) -> String {
    printed.replace("\n| ", " ")
}

#[test]
fn two_partners_write_endorse_and_release_one_statement() {
    let (mut a, mut b) = two_stewards();
    let card = a.json(&["card", "add", "joint_message", "--title", "Ríos sin miedo"]);
    let card = card["card"].as_str().unwrap().to_owned();
    let write = |partner: &Partner, text: &str| {
        partner.json(&["statement", "edit", &card, "--language", "es", "--text", text]);
    };
    write(&a, "Exigimos protección para quienes defienden el río.");
    eventually("the text arrives", || text(&b, &card).starts_with("Exigimos"));

    // Both write, neither hears of the other.
    a.stop();
    b.stop();
    write(&a, "Exigimos **protección colectiva** para quienes defienden el río.");
    write(&b, "Exigimos protección para quienes defienden [el río](https://example.org/rio) hoy.");
    a.start();
    b.start();
    let one = "Exigimos **protección colectiva** para quienes defienden \
               [el río](<https://example.org/rio>) hoy.";
    eventually("one text at both", || [&a, &b].iter().all(|it| text(it, &card) == one));
    let blame = a.json(&["statement", "blame", &card]);
    let by_b = blame.as_array().unwrap().iter().filter(|it| it["org_name"] == "Casa Norte");
    let by_b: String = by_b.map(|it| it["text"].as_str().unwrap()).collect();
    assert!(by_b.contains("hoy"), "{blame}");
    let history = b.json(&["statement", "history", &card]);
    assert!(history.as_array().unwrap().len() >= 3, "{history}");

    // Only who keeps the card freezes it.
    let refused = b.error(&["statement", "freeze", &card, "--by", "M2"], 4);
    assert!(refused["message"].as_str().unwrap().contains("keeps"), "{refused}");
    // Nor does anybody freeze or release what was not read; `show` prints what names it.
    a.error(&["statement", "freeze", &card, "--by", "M1"], 2);
    let base = texts_hash(&a, &card);
    let base = base.get(..32).unwrap();
    assert!(a.run(&["statement", "show", &card]).out.contains(&format!("--base {base}")));
    let frozen = a.json(&["statement", "freeze", &card, "--base", base, "--by", "M1"]);
    assert_eq!((&frozen["state"], &frozen["asked"]), (&"in_review".into(), &2.into()));
    let hash = frozen["newest"]["hash"].as_str().unwrap().to_owned();
    let read = hash.get(..32).unwrap();
    a.json(&["endorse", &card, "--hash", read, "--by", "M1"]);
    // Who has not said what was read signs nothing; what is printed is the frozen text.
    a.error(&["endorse", &card, "--by", "M1"], 2);
    let printed = a.run(&["statement", "show", &card]).out;
    assert!(read_whole(&printed).contains(one) && printed.contains(&hash), "{printed}");
    eventually("it is there", || show(&b, &card)["newest"]["hash"] == hash.as_str());
    b.error(&["endorse", &card, "--hash", &"0".repeat(32), "--by", "M2"], 4);
    b.error(&["endorse", &card, "--hash", hash.get(..16).unwrap(), "--by", "M2"], 2);
    b.json(&["endorse", &card, "--hash", read, "--by", "M2"]);
    eventually("all endorse", || show(&a, &card)["state"] == "endorsed");
    a.error(&["statement", "release", &card, "--by", "M1"], 2);
    a.json(&["statement", "release", &card, "--hash", read, "--by", "M1"]);

    // What is out stays as it was frozen.
    write(&b, "Otra cosa.");
    eventually("the text goes on", || text(&a, &card) == "Otra cosa.");
    for partner in [&a, &b] {
        eventually("it is released", || show(partner, &card)["state"] == "released");
        let shown = show(partner, &card);
        assert_eq!(shown["released"]["texts"]["es"], one);
        assert_eq!(shown["changed_since"], true);
    }

    // Checked without a node; a changed text or another's name does not hold.
    let file = b.file("statement.json");
    let path = argument(&file);
    b.json(&["card", "comments", &card]);
    assert_eq!(b.run(&["statement", "export", &card, "--out", &path]).code, Some(0));
    let good = Partner::bare();
    let check = good.json(&["statement", "verify", &path]);
    assert_eq!((&check["proven"], check["words"].as_array().unwrap().len()), (&true.into(), 2));
    let known = check["words"][0]["org"].as_str().unwrap();
    assert_eq!(good.run(&["statement", "verify", &path, "--org", known]).code, Some(0));
    let other = "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH";
    let missing = good.run(&["statement", "verify", &path, "--org", known, "--org", other]);
    assert!(missing.code == Some(1) && missing.out.contains(other), "{}", missing.out);
    assert!(
        read_whole(&missing.out).contains(one) && missing.out.contains("compare this id"),
        "{}",
        missing.out
    );
    let json = fs::read_to_string(&file).unwrap();
    let forged = good.write("forged.json", &json.replace("colectiva", "selectiva"));
    assert_eq!(good.run(&["statement", "verify", &forged]).code, Some(1));

    // A new text: the old endorsements are stale, and one is taken back.
    let base = texts_hash(&a, &card);
    a.error(&["statement", "freeze", &card, "--base", &"0".repeat(32), "--by", "M1"], 4);
    a.json(&["statement", "freeze", &card, "--base", &base, "--by", "M1"]);
    eventually("stale", || standing(&b, &card, "Red Árbol") == "stale");
    b.json(&["endorse", &card, "--withdraw", "--by", "M2"]);
    eventually("withdrawn", || standing(&a, &card, "Casa Norte") == "withdrew");
}

#[test]
fn comments_and_checklists_are_of_their_own() {
    let (a, b) = two_stewards();
    let card = a.json(&["card", "add", "joint_message", "--title", "Ríos sin miedo"]);
    let card = card["card"].as_str().unwrap().to_owned();
    a.json(&["statement", "edit", &card, "--language", "es", "--text", "Exigimos protección ya."]);
    eventually("the text arrives", || text(&b, &card).starts_with("Exigimos"));
    let said = ["card", "comment", &card, "¿De quién?", "--on", "protección", "--by", "M2"];
    let said = b.json(&said);
    assert_eq!((&said[0]["on"], &said[0]["lang"]), (&"protección".into(), &"es".into()));
    b.error(&["card", "comment", &card, "¿?", "--on", "no está", "--by", "M2"], 3);
    let id = said[0]["id"].as_str().unwrap().to_owned();
    eventually("it arrives", || {
        a.json(&["card", "comments", &card]).as_array().unwrap().len() == 1
    });
    a.json(&[
        "card",
        "comment",
        &card,
        "Del Estado",
        "--reply-to",
        id.get(..8).unwrap(),
        "--by",
        "M1",
    ]);
    // Whoever edits the text leaves the comment where it is.
    a.json(&[
        "statement",
        "edit",
        &card,
        "--language",
        "es",
        "--text",
        "Hoy exigimos **protección**.",
    ]);
    eventually("the answer arrives", || {
        let said = b.json(&["card", "comments", &card]);
        said[1]["reply_to"] == id.as_str() && text(&b, &card).starts_with("Hoy")
    });
    assert_eq!(b.json(&["card", "comments", &card])[0]["on"], "protección");

    let items = a.json(&["card", "item", "add", &card, "Traducir", "--assignee", "Casa Norte"]);
    let item = items[0]["item"].as_str().unwrap().to_owned();
    eventually("the line arrives", || {
        b.json(&["card", "item", "list", &card]).as_array().unwrap().len() == 1
    });
    b.json(&["card", "item", "done", &item]);
    eventually("done", || a.json(&["card", "item", "list", &card])[0]["done"] == true);
    assert_eq!(a.json(&["card", "item", "undone", &item])[0]["done"], false);
}

/// The editor gets a private file, which is gone afterwards, and stays if the node refuses it.
#[test]
#[cfg(unix)]
fn an_editor_writes_the_text() {
    let a = Partner::running("Red Árbol");
    a.json(&["coalition", "create", "Alianza Inventada"]);
    let card = a.json(&["card", "add", "joint_message", "--title", "Ríos sin miedo"]);
    let card = card["card"].as_str().unwrap().to_owned();
    let folder = a.file("private");
    fs::create_dir(&folder).unwrap();
    let script =
        a.write("editor.sh", "stat -c %a \"$1\" > \"$0.mode\"; printf '**Hoy**\\n' > \"$1\"\n");
    let edited =
        a.run_in_editor(&["statement", "edit", &card, "--language", "es"], &script, &folder);
    assert_eq!(edited.code, Some(0), "{}", edited.err);
    assert_eq!(text(&a, &card), "**Hoy**");
    assert_eq!(fs::read_to_string(format!("{script}.mode")).unwrap().trim(), "600");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "gone");
    let long = a.write("long.sh", "head -c 70000 /dev/zero | tr '\\0' x > \"$1\"\n");
    let refused =
        a.run_in_editor(&["statement", "edit", &card, "--language", "es"], &long, &folder);
    assert_ne!(refused.code, Some(0));
    let kept: Vec<_> = fs::read_dir(&folder).unwrap().map(|it| it.unwrap().path()).collect();
    assert_eq!(kept.len(), 1);
    assert!(
        refused.err.contains(&*kept[0].file_name().unwrap().to_string_lossy()),
        "{}",
        refused.err
    );
    assert_eq!(fs::read_to_string(&kept[0]).unwrap().len(), 70_000);
}
