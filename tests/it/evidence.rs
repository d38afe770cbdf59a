//! Files of evidence between whole nodes, each a process of its own.

use std::fs;

use crate::{
    coalition::{CIRCLE, COALITION, record, share, three_partners, two_stewards},
    partner::{Partner, argument, eventually, files_with},
};

/// What a photo says of itself and must stay at home.
const GPS: &str = "GPSLatitude canario -2.4411";

fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], length.as_slice(), payload].concat()
}

/// A JPEG of this many bytes of pixels, with a place in its Exif block, in XMP and behind its end.
fn photo(pixels: usize) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8];
    bytes.extend(segment(0xe1, &[b"Exif\0\0MM\0\x2a", GPS.as_bytes()].concat()));
    bytes.extend(segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", GPS.as_bytes()].concat()));
    bytes.extend(segment(0xc0, &[8, 0, 16, 0, 16, 1, 1, 0x11, 0]));
    bytes.extend(segment(0xda, &[1, 1, 0, 0, 63, 0]));
    // Coded pixels: no byte 0xff in them, and nothing that repeats within a segment.
    let mut state = 1_u32;
    bytes.extend((0..pixels).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u8::try_from(state >> 24).unwrap() & 0x7f
    }));
    bytes.extend([0xff, 0xd9]);
    bytes.extend(GPS.as_bytes());
    bytes
}

fn has(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// Adds a file to an own incident; the item's key.
fn add(partner: &Partner, incident: &str, bytes: &[u8]) -> String {
    let file = partner.file("foto.jpg");
    fs::write(&file, bytes).unwrap();
    let added = partner.json(&["evidence", "add", incident, &argument(&file), "--type", "photo"]);
    assert_eq!(added[0]["state"], "here", "{added}");
    added[0]["key"].as_str().unwrap().to_owned()
}

fn copy(partner: &Partner, item: &str, release: &str) -> String {
    let copied = partner.json(&["evidence", "share", item, "--release", release]);
    assert_eq!(copied[0]["copy_of"], item);
    copied[0]["key"].as_str().unwrap().to_owned()
}

/// The item as a partner lists it, if it does.
fn listed(partner: &Partner, key: &str) -> Option<serde_json::Value> {
    let list = partner.json(&["evidence", "list"]);
    list.as_array().unwrap().iter().find(|it| it["key"] == key).cloned()
}

#[test]
fn a_photo_goes_to_the_circle_without_its_place_and_to_nobody_else() {
    let (a, b, c) = three_partners();
    a.json(&["circle", "create", CIRCLE, "--with", "casa norte"]);
    let incident = record(&a);
    let original = photo(700_000);
    let item = add(&a, &incident, &original);
    let copy = copy(&a, &item, "restricted");
    share(&a, &incident, CIRCLE, "restricted");
    share(&a, &incident, COALITION, "coalition");

    eventually("B hears of the copy", || listed(&b, &copy).is_some());
    assert_eq!(listed(&b, &copy).unwrap()["state"], "elsewhere");
    assert!(listed(&b, &item).is_none(), "the original is not named");
    let out = argument(&b.file("got.jpg"));
    let saved = b.json(&["evidence", "get", &copy, "--out", &out]);
    assert_eq!(saved["matches"], true, "{saved}");
    let got = fs::read(&out).unwrap();
    assert!(!has(&got, GPS.as_bytes()) && got.len() > 700_000);
    let pixels = original.len() - GPS.len() - 1000;
    assert!(has(&got, &original[pixels..original.len() - GPS.len()]), "the pixels are the same");
    assert_eq!(listed(&b, &copy).unwrap()["state"], "here");

    // The same file is not overwritten, and A has its original still.
    assert_eq!(b.error(&["evidence", "get", &copy, "--out", &out], 6)["kind"], "storage");
    let mine = argument(&a.file("mine.jpg"));
    a.json(&["evidence", "get", &item, "--out", &mine]);
    assert_eq!(fs::read(&mine).unwrap(), original);

    // C is not in the circle: it hears of no item with a file, and holds nothing of it.
    eventually("C reads the incident", || !c.json(&["incident", "list"])["rows"][0].is_null());
    assert!(listed(&c, &copy).is_none_or(|it| it["state"] == "none"));
    let blobs: Vec<_> = fs::read_dir(c.home().join("blobs")).unwrap().collect();
    assert!(blobs.is_empty(), "{blobs:?}");
    for partner in [&a, &b, &c] {
        for text in [GPS, "GPSLatitude"] {
            assert!(files_with(&partner.home(), text).is_empty(), "{text} in the clear");
            assert!(!partner.log().contains(text), "{text} in the log");
        }
    }
    // What B was told, decrypted, has neither the place nor the original's id, key or name.
    let told = b.json(&["incident", "show", &incident]).to_string();
    for text in ["original", "foto.jpg", "GPS"] {
        assert!(!told.contains(text), "{text}");
    }
}

#[test]
fn a_fetch_goes_on_after_a_kill_of_either_side() {
    let (mut a, mut b) = two_stewards();
    let incident = record(&a);
    let original = photo(24_000_000);
    let item = add(&a, &incident, &original);
    let copy = copy(&a, &item, "coalition");
    share(&a, &incident, COALITION, "coalition");
    eventually("B hears of the copy", || listed(&b, &copy).is_some());
    // Fetched while the one who has it is away: it waits, and says so.
    a.stop();
    let out = argument(&b.file("got.jpg"));
    let error = b.error(&["evidence", "get", &copy, "--out", &out, "--timeout", "1s"], 5);
    assert!(error["message"].as_str().unwrap().contains("not here yet"), "{error}");
    assert_eq!(listed(&b, &copy).unwrap()["state"], "coming");
    a.start();
    // It goes on by itself; killed in the midst of it, wherever that is.
    eventually("something has come", || {
        let listed = listed(&b, &copy).unwrap();
        listed["state"] == "here" || listed["come"].as_u64().is_some_and(|come| come > 0)
    });
    b.signal("KILL");
    b.ended();
    b.start();
    a.signal("KILL");
    a.ended();
    a.start();
    b.json(&["evidence", "get", &copy, "--out", &out]);
    let got = fs::read(&out).unwrap();
    assert!(got.len() > 24_000_000 && !has(&got, GPS.as_bytes()));
}

#[test]
fn what_cannot_be_scrubbed_is_refused_unless_somebody_says_so() {
    let a = Partner::new("Red Árbol");
    let incident = record(&a);
    let file = a.file("acta.pdf");
    fs::write(&file, [b"%PDF-1.7 ", GPS.as_bytes()].concat()).unwrap();
    let added =
        a.json(&["evidence", "add", &incident, &argument(&file), "--type", "official_letter"]);
    let item = added[0]["key"].as_str().unwrap();
    let error = a.error(&["evidence", "share", item, "--release", "restricted"], 4);
    assert!(error["message"].as_str().unwrap().contains("application/pdf"), "{error}");
    let open = a.json(&["evidence", "share", item, "--release", "restricted", "--unscrubbed"]);
    let out = argument(&a.file("copy.pdf"));
    a.json(&["evidence", "get", open[0]["key"].as_str().unwrap(), "--out", &out]);
    assert_eq!(fs::read(&out).unwrap(), fs::read(&file).unwrap());
    // A copy that a person made takes its place, scrubbed like any other.
    let covered = a.file("covered.jpg");
    fs::write(&covered, photo(1000)).unwrap();
    let redacted = argument(&covered);
    let made = a.json(&["evidence", "share", item, "--release", "public", "--redacted", &redacted]);
    let out = argument(&a.file("covered-copy.jpg"));
    a.json(&["evidence", "get", made[0]["key"].as_str().unwrap(), "--out", &out]);
    assert!(!has(&fs::read(&out).unwrap(), GPS.as_bytes()));
    // Digests and custody are in the record by themselves.
    let shown = a.json(&["incident", "show", &incident]).to_string();
    for event in ["hashed", "sealed", "copied", "redacted", "exported"] {
        assert!(shown.contains(event), "{event}");
    }
    // An original's key, id and bytes cannot be written by hand.
    let set = format!("blobs/{item}/copy/blob={}", "0".repeat(64));
    a.error(&["incident", "edit", &incident, "--set", &set], 2);
    a.error(&["evidence", "share", item, "--release", "sealed"], 2);
}
