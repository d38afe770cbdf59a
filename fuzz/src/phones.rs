//! What comes through the door for phones: submissions, forms, bodies of requests, headers, paths.

use std::collections::BTreeSet;

use ceiba::{
    exchange::openrosa::{
        Submission,
        instance::MAX_ANSWERS,
        xform::XForm,
        xml::{Element, MAX_DEPTH, MAX_ELEMENTS},
    },
    web::{
        auth::Credentials,
        multipart::{Event, Multipart},
        routes::Route,
    },
};

/// First byte: which of them, and in pieces of how many bytes a body comes.
pub fn openrosa(data: &[u8]) {
    let Some((flags, bytes)) = data.split_first() else { return };
    match flags % 4 {
        0 => submission(bytes),
        1 => body(bytes, usize::from(flags >> 2) + 1),
        2 => {
            if let Ok(form) = XForm::read(bytes) {
                assert!(!form.id.is_empty() && !form.id.contains('/'));
                drop(form.problems());
            }
        }
        _texts => {
            let text = String::from_utf8_lossy(bytes);
            drop(Credentials::read(&text));
            if let Some(route) = Route::read(&text) {
                assert!(route.prefix.is_empty() || route.prefix.starts_with('/'));
                assert!(!route.prefix.contains("..//"));
            }
        }
    }
}

/// What reads is within the bounds, and has a row by which it is known again.
fn submission(bytes: &[u8]) {
    if let Ok(root) = Element::read(bytes) {
        assert!(depth(&root) <= MAX_DEPTH);
    }
    let Ok(submission) = Submission::read(bytes) else { return };
    let repeats = BTreeSet::from(["victims".to_owned()]);
    let Ok(row) = submission.row(&repeats, "first") else { return };
    assert!(row.len() <= MAX_ANSWERS + 2);
    assert_eq!(row.get("meta/instanceID").map(String::as_str), Some("first"));
}

fn depth(root: &Element) -> usize {
    let (mut deepest, mut elements, mut waiting) = (0, 0, vec![(root, 1)]);
    while let Some((element, depth)) = waiting.pop() {
        (deepest, elements) = (deepest.max(depth), elements + 1);
        waiting.extend(element.children.iter().map(|child| (child, depth + 1)));
    }
    assert!(elements <= MAX_ELEMENTS);
    deepest
}

/// A body is the same in whatever pieces it comes.
fn body(bytes: &[u8], piece: usize) {
    let whole = parts(bytes, bytes.len().max(1));
    assert_eq!(parts(bytes, piece), whole);
}

/// The parts with their bytes put together, and whether it ended; none if it is malformed.
fn parts(bytes: &[u8], piece: usize) -> Option<(Vec<Vec<u8>>, bool)> {
    let mut multipart = Multipart::new("multipart/form-data; boundary=b").expect("a boundary");
    let mut parts: Vec<Vec<u8>> = Vec::new();
    for piece in bytes.chunks(piece) {
        multipart.feed(piece).ok()?;
        while let Some(event) = multipart.next_event() {
            match event {
                Event::Begin(head) => parts.push(head.name.into_bytes()),
                Event::Data(bytes) => parts.last_mut().expect("a part began").extend(bytes),
                Event::End | Event::Done => {}
            }
        }
    }
    // How much of an unfinished part is told depends on the pieces.
    let ended = multipart.end().is_ok();
    if !ended {
        parts.pop();
    }
    Some((parts, ended))
}

/// One of each kind.
pub fn openrosa_seeds() -> Vec<Vec<u8>> {
    let submission = "<?xml version='1.0' encoding='UTF-8'?><data id='f' version='1'><date>2024-05-03\
        </date><g><point>1 2 3 4</point></g><victims><name>&#65;&amp;</name></victims><victims/>\
        <x><![CDATA[<]]></x><meta><instanceID>uuid:1</instanceID><deprecatedID>uuid:0</deprecatedID>\
        </meta></data>";
    let sealed = "<data id='f' encrypted='yes' instanceID='1'><base64EncryptedKey/>\
        <encryptedXmlFile/></data>";
    let body = "--b\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; \
        filename=\"a\\\"b.xml\"\r\nContent-Type: text/xml\r\n\r\n<d/>\r\n--b\r\nContent-Disposition: \
        form-data; name=x\r\n\r\n\r\n--b--\r\n";
    let form = "<h:html xmlns:h='x'><h:head><model><itext><translation lang='es'><text id='a'/>\
        </translation></itext><instance><data id='f'><q/></data></instance><instance id='l'><root/>\
        </instance><bind nodeset='/data/q' type='int'/></model></h:head><h:body><repeat \
        nodeset='/data/q'/><input ref='/data/q'><label ref=\"jr:itext('a')\"/></input></h:body></h:html>";
    let digest = "Digest username=\"a\", realm=\"ceiba\", nonce=\"b\", uri=\"/formList\", qop=auth, \
        nc=00000001, cnonce=\"c\", response=\"d\", algorithm=SHA-256";
    let seed = |flags: u8, text: &str| [&[flags], text.as_bytes()].concat();
    vec![
        seed(0, submission),
        seed(0, sealed),
        seed(1, body),
        seed(25, body),
        seed(2, form),
        seed(3, digest),
        seed(3, "Basic YW5hOmI="),
        seed(3, "/key/abc/forms/a%20b.xml"),
    ]
}
