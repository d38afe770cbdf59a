//! Files of evidence between whole nodes, each a process of its own.

#[cfg(feature = "s3")]
mod store;

use std::fs;

use crate::{
    coalition::{CIRCLE, COALITION, field, record, share, three_partners, two_stewards},
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
    let extended = [b"http://ns.adobe.com/xmp/extension/\0", GPS.as_bytes()].concat();
    bytes.extend(segment(0xe1, &extended));
    bytes.extend(segment(0xe2, &[b"MPF\0", GPS.as_bytes()].concat()));
    bytes.extend(segment(0xc0, &[8, 0, 16, 0, 16, 1, 1, 0x11, 0]));
    bytes.extend(segment(0xda, &[1, 1, 0, 0, 63, 0]));
    // Coded pixels: no byte 0xff in them, and nothing that repeats within a segment.
    let mut state = 1_u32;
    bytes.extend((0..pixels).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u8::try_from(state >> 24).unwrap() & 0x7f
    }));
    bytes.extend([0xff, 0xd9]);
    // A second picture, as phones put a larger or moving one behind the first.
    bytes.extend([0xff, 0xd8]);
    bytes.extend(segment(0xfe, GPS.as_bytes()));
    bytes.extend([0xff, 0xd9]);
    bytes.extend(GPS.as_bytes());
    bytes
}

/// A PNG that a small picture can be made of, with a place in a comment.
fn picture(side: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Rgb);
    encoder.add_text_chunk("Comment".to_owned(), GPS.to_owned()).unwrap();
    let pixels = (0..side * side).flat_map(|pixel| [pixel, pixel / 7, pixel / 50]);
    let pixels: Vec<u8> = pixels.map(|value| u8::try_from(value % 256).unwrap()).collect();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
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
    let share = ["evidence", "share", item, "--release", release, "--identifies", "no"];
    let copied = partner.json(&share);
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
    let day = format!("evidence/{item}/captured_at=2024-05-03");
    a.json(&["incident", "edit", &incident, "--set", &day]);
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
    let pixels = original.len() - 2000;
    assert!(has(&got, &original[pixels..pixels + 1000]), "the pixels are the same");
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
    // Nor the day, nor the original's digest: a seized phone could be held against it.
    let digest = listed(&a, &item).unwrap()["sha256"].as_str().unwrap().to_owned();
    assert_eq!(field(&a, &incident, &format!("evidence/{item}/sha256")), digest);
    for text in ["original", "foto.jpg", "GPS", "captured_at", "derived_salt", digest.as_str()] {
        assert!(!told.contains(text), "{text}");
    }
    assert!(told.contains("derived_from"), "a commitment to it is there");
    // What opens a file is shown to nobody, its own people included.
    let own = a.json(&["incident", "show", &incident]).to_string();
    assert!(own.contains("original/blob"));
    for shown in [&own, &told] {
        assert!(!shown.contains("/key\""), "{shown}");
    }
}

#[test]
fn a_face_that_was_locked_in_does_not_leave_by_a_copy() {
    let (a, b) = two_stewards();
    let incident = record(&a);
    let item = add(&a, &incident, &picture(64));
    let set = format!("evidence/{item}/identifies=yes");
    a.json(&["incident", "edit", &incident, "--set", &set]);
    let share_it = ["evidence", "share", item.as_str(), "--release", "coalition"];
    // The same pixels show the same face, whatever somebody says of them.
    for more in [&[][..], &["--identifies", "no"], &["--unscrubbed", "--identifies", "no"]] {
        let error = a.error(&[share_it.as_slice(), more].concat(), 4);
        assert!(error["message"].as_str().unwrap().contains("shows who or where"), "{error}");
    }
    // Covered by a person, who says so.
    let covered = a.file("covered.png");
    fs::write(&covered, picture(48)).unwrap();
    let covered = argument(&covered);
    let covered = ["--redacted", &covered, "--identifies", "no"];
    a.error(&[share_it.as_slice(), &covered[..2]].concat(), 4);
    let made = a.json(&[share_it.as_slice(), &covered].concat());
    let covered = made[0]["key"].as_str().unwrap();
    // One that nobody looked at stays, too: nobody agreed to pictures.
    let other = add(&a, &incident, &picture(32));
    let unsaid = a.json(&["evidence", "share", &other, "--release", "coalition"]);
    let unsaid = unsaid[0]["key"].as_str().unwrap();
    share(&a, &incident, COALITION, "coalition");
    eventually("B hears of the covered copy", || listed(&b, covered).is_some());
    assert_eq!(listed(&b, covered).unwrap()["by"], "Red Árbol");
    assert!(listed(&b, &item).is_none() && listed(&b, &other).is_none());
    assert_eq!(listed(&b, unsaid).unwrap()["state"], "none", "without its file");
    assert_eq!(listed(&b, unsaid).unwrap()["thumbnail"], false);
}

#[test]
fn a_small_picture_comes_by_itself_and_what_is_withdrawn_is_passed_on_no_more() {
    let (mut a, b, c) = three_partners();
    let incident = record(&a);
    let item = add(&a, &incident, &picture(400));
    let copy = copy(&a, &item, "coalition");
    c.json(&["evidence", "policy", "--circle", COALITION, "--fetch", "nothing"]);
    share(&a, &incident, COALITION, "coalition");
    let small = |partner: &Partner, name: &str, timeout: &str| {
        let out = argument(&partner.file(name));
        let command = ["evidence", "get", &copy, "--thumbnail", "--out", &out];
        partner.run(&[command.as_slice(), &["--timeout", timeout]].concat()).code
    };
    eventually("the small picture is at B, unasked", || {
        let folder = fs::read_dir(b.home().join("blobs")).unwrap();
        let mut names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.any(|name| name.ends_with(".blob"))
    });
    assert_eq!(listed(&b, &copy).unwrap()["state"], "elsewhere", "the picture itself is not");
    // From B, who has it, while A is away.
    a.stop();
    assert_eq!(small(&b, "small.jpg", "1s"), Some(0));
    let picture = fs::read(b.file("small.jpg")).unwrap();
    assert!(picture.starts_with(&[0xff, 0xd8]) && !has(&picture, GPS.as_bytes()));
    eventually("C has it from B", || small(&c, "small.jpg", "5s") == Some(0));
    assert_eq!(fs::read(c.file("small.jpg")).unwrap(), picture);
    // B fetches the picture, A takes it back: B gives it to nobody any more.
    a.start();
    let out = argument(&b.file("whole.png"));
    b.json(&["evidence", "get", &copy, "--out", &out]);
    let sealed = format!("evidence/{copy}/release=sealed");
    a.json(&["incident", "edit", &incident, "--set", &sealed]);
    let known = listed(&c, &copy).unwrap();
    share(&a, &incident, COALITION, "coalition");
    eventually("it is taken back at B and C", || {
        [&b, &c].iter().all(|it| listed(it, &copy).is_none_or(|it| it["state"] == "none"))
    });
    assert_eq!(known["state"], "elsewhere");
    c.error(&["evidence", "get", &copy, "--out", &argument(&c.file("no.png"))], 3);
}

#[test]
fn a_fetch_goes_on_after_a_kill_of_either_side() {
    let (mut a, mut b) = two_stewards();
    let incident = record(&a);
    let original = photo(60_000_000);
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
    // It goes on by itself; A is killed in the midst of it.
    let come = |b: &Partner| {
        let listed = listed(b, &copy).unwrap();
        if listed["state"] == "here" { u64::MAX } else { listed["come"].as_u64().unwrap_or(0) }
    };
    eventually("something has come", || come(&b) > 0);
    a.signal("KILL");
    a.ended();
    let so_far = come(&b);
    assert!(so_far < u64::MAX, "the file is too small for this computer: nothing to go on with");
    // What has come is durable after two seconds; then B is killed, and knows how far it was.
    std::thread::sleep(std::time::Duration::from_secs(3));
    b.signal("KILL");
    b.ended();
    b.start();
    assert!(come(&b) >= so_far && so_far > 0, "{} of {so_far} bytes are left", come(&b));
    a.start();
    b.json(&["evidence", "get", &copy, "--out", &out]);
    let got = fs::read(&out).unwrap();
    assert!(got.len() > 60_000_000 && !has(&got, GPS.as_bytes()));
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
    let open = ["evidence", "share", item, "--release", "restricted", "--unscrubbed"];
    let open = a.json(&open);
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
