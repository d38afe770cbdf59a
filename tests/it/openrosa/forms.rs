//! Forms of an organisation's own, as `pyxform` makes them.

use super::{client::Part, door, fields, incidents, states, submissions};

const FORM: &str = include_str!("nuestro.xml");
const MAPPING: &str = include_str!("nuestro.toml");

#[test]
fn a_form_of_pyxform_is_served_and_read() {
    let (node, phone) = door();
    let form = node.write("ours.xml", include_str!("nuestro.xml"));
    let mapping = include_str!("nuestro.toml");
    let broken = node.write("broken.toml", &mapping.replace("\"timestamp\"", "\"words\""));
    let whole = node.write("ours.toml", mapping);
    node.error(&["openrosa", "form", "add", &form, "--mapping", "ours"], 3);
    node.json(&["import", "mapping", "save", "ours", &broken]);
    let forms = node.json(&["openrosa", "form", "add", &form, "--mapping", "ours"]);
    assert_eq!(forms[2]["id"], "nuestro");
    assert!(phone.get("/formList").text().contains("<version>2026112301</version>"));
    assert_eq!(phone.get("/forms/nuestro.xml").text(), include_str!("nuestro.xml").trim_end());

    let sent = "<data id='nuestro' version='2026112301'><hecho>\
        <cuando>2026-11-20T10:30:00.000-05:00</cuando><punto/>\
        <camino>-3.75 -73.25 100 5;-3.76 -73.26 100 5</camino><tipo>desalojo</tipo>\
        <sectores>tala mineria</sectores><relato>Llegaron máquinas &amp; hombres.</relato></hecho>\
        <persona><nombre>Alguien Inventado</nombre><roles>agua territorio</roles></persona>\
        <meta><instanceID>uuid:8</instanceID></meta></data>";
    // What the mapping does not take is not lost: it is kept, and read when the mapping is mended.
    assert_eq!(phone.submit(sent, &[]).status, 201);
    assert_eq!(states(&submissions(&node, &[])), ["unread"]);
    assert!(incidents(&node).is_empty());
    node.json(&["import", "mapping", "save", "ours", &whole]);
    assert_eq!(states(&submissions(&node, &["--retry"])), ["incident"]);
    let fields = fields(&node);
    for (path, value) in [
        ("date", "2026-11-20"),
        ("place/point", "-3.75,-73.25"),
        ("summary", "Llegaron máquinas & hombres."),
        ("acts/1/violation", "forced_eviction"),
        ("victims/1/name", "Alguien Inventado"),
    ] {
        assert_eq!(fields[path]["value"], value, "{path}");
    }
    for path in ["sectors/logging", "sectors/mining_illegal", "victims/1/roles/environmental"] {
        assert_eq!(fields[path]["value"], true, "{path}");
    }

    let sealed = "<data id='nuestro' encrypted='yes' instanceID='uuid:9'>\
        <base64EncryptedKey>eA==</base64EncryptedKey>\
        <encryptedXmlFile>submission.xml.enc</encryptedXmlFile></data>";
    let file = [Part::file("submission.xml.enc", b"sealed elsewhere")];
    assert_eq!(phone.submit(sealed, &file).status, 201);
    assert_eq!(phone.submit(sealed, &file).status, 202);
    assert_eq!(states(&submissions(&node, &[])), ["encrypted", "incident"]);
    node.json(&["openrosa", "form", "remove", "nuestro"]);
    assert_eq!(phone.submit(sealed, &file).status, 404);
}

#[test]
fn what_a_phone_answers_never_chooses_the_incident() {
    let (node, phone) = door();
    let form = node.write("ours.xml", FORM);
    let save = |name: &str, text: &str| {
        let file = node.write("mapping.toml", text);
        node.json(&["import", "mapping", "save", name, &file]);
    };
    // What one has from importing lists.
    let by_answer = MAPPING.replace("key = [\"meta/instanceID\"]", "key = [\"hecho/tipo\"]");
    let by_other = MAPPING.replace("key = [\"meta/instanceID\"]", "key = [\"_uuid\"]");
    let key = "key = [\"meta/instanceID\"]";
    let fallback = MAPPING.replace(key, "key = [\"meta/instanceID\"]\nelse_key = [\"hecho/tipo\"]");
    for mapping in [&by_answer, &by_other, &fallback] {
        save("ours", mapping);
        node.error(&["openrosa", "form", "add", &form, "--mapping", "ours"], 2);
    }
    // Nor when the mapping becomes another behind the form's back.
    save("ours", MAPPING);
    node.json(&["openrosa", "form", "add", &form, "--mapping", "ours"]);
    let sent = |id: &str, text: &str| {
        format!(
            "<data id='nuestro'><hecho><cuando>2026-11-20T10:30:00.000-05:00</cuando>\
             <tipo>desalojo</tipo><relato>{text}</relato></hecho><meta><instanceID>{id}</instanceID>\
             </meta></data>"
        )
    };
    assert_eq!(phone.submit(&sent("uuid:1", "Primero."), &[]).status, 201);
    save("ours", &by_answer);
    assert_eq!(phone.submit(&sent("uuid:2", "Encima."), &[]).status, 201);
    assert_eq!(states(&submissions(&node, &[])), ["unread", "incident"]);
    assert_eq!(fields(&node)["summary"]["value"], "Primero.");
    save("ours", MAPPING);

    // An id is one, with its scheme and without.
    assert_eq!(phone.submit(&sent("1", "Otra vez."), &[]).status, 409);
    assert_eq!(phone.submit(&sent("1", "Primero."), &[]).status, 409, "not the same bytes");
    let edit = sent("uuid:3", "Corregido.")
        .replace("</instanceID>", "</instanceID><deprecatedID>1</deprecatedID>");
    assert_eq!(phone.submit(&edit, &[]).status, 201);
    assert_eq!(fields(&node)["summary"]["value"], "Corregido.");
    assert_eq!(states(&submissions(&node, &["--retry"])), ["incident", "incident", "superseded"]);
    assert_eq!(incidents(&node).len(), 2);
}

/// Made by `xls2xform` of pyxform 4.5.0 from the XLSForms that `tests/it/openrosa/pyxform.md` shows.
#[test]
fn what_pyxform_makes_is_taken() {
    let (node, phone) = door();
    let mapping = node.write("visita.toml", include_str!("pyxform_visita.toml"));
    node.json(&["import", "mapping", "save", "visita", &mapping]);
    let form = node.write("visita.xml", include_str!("pyxform_visita.xml"));
    let forms = node.json(&["openrosa", "form", "add", &form, "--mapping", "visita"]);
    assert_eq!(forms[2]["id"], "visita");
    let served = phone.get("/forms/visita.xml").text();
    assert_eq!(served, include_str!("pyxform_visita.xml").trim_end());
    let filled = include_str!("pyxform_visita_filled.xml");
    assert_eq!(phone.submit(filled, &[Part::file("1732.jpg", super::PHOTO)]).status, 201);
    let fields = fields(&node);
    for (path, value) in [
        ("date", "2026-11-20"),
        ("country", "CO"),
        ("place/admin1", "CO-CAU"),
        ("summary", "Entraron & preguntaron por <la> guardia."),
        ("victims/1/name", "Alguien Inventado"),
        ("victims/2/name", "Otra Inventada"),
    ] {
        assert_eq!(fields[path]["value"], value, "{path}");
    }
    // One with a list in a file beside it is not for phones of this door.
    let other = node.write("lista.xml", include_str!("pyxform_lista.xml"));
    let error = node.error(&["openrosa", "form", "add", &other, "--mapping", "visita"], 2);
    assert!(error["message"].as_str().unwrap().contains("files"), "{error}");
}
