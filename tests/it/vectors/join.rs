//! Tickets, and the files of joining.

use ceiba::{
    crypto::{SignatureError, Signed},
    membership::{JoinRequest, StatementError, VerifiedStatement},
    model::{
        id::{CircleId, OrgId},
        time::Timestamp,
    },
    node::ticket::{
        MAX_TICKET_CHARS, Ticket, TicketError, file_bytes, file_text, read_answer, read_request,
    },
    wire::{membership as statements, ticket as wire},
};
use data_encoding::{BASE32_NOPAD, BASE64};
use ed25519_dalek::{Signer, SigningKey};
use prost::Message;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{
    Reading, Vector, check, hex, invalid, labelled_hash, oversize, signed_bytes,
    twist::{flipped, shorten, trailing, truncated},
    valid, variant,
};
use crate::fuzzing::targets::kit::{Org, found};

fn checksum(bytes: &[u8]) -> Vec<u8> {
    labelled_hash("ceiba v1 ticket checksum", &[bytes])[..4].to_vec()
}

/// The text of a ticket, written once more from the specification.
fn ticket_text(message: &[u8]) -> String {
    let checked = [message, &checksum(message)].concat();
    format!("ceiba1{}", BASE32_NOPAD.encode(&checked).to_lowercase())
}

fn file(message: &[u8]) -> String {
    format!("ceiba-join-1:{}\n", BASE64.encode(&[message, &checksum(message)].concat()))
}

fn read(reading: &Reading<'_>, bytes: &[u8]) -> Value {
    let Ok(text) = std::str::from_utf8(bytes) else { return json!({ "error": "no text" }) };
    let what = reading.value("what").as_str().unwrap();
    if what == "ticket" {
        return match Ticket::parse(text) {
            Ok(ticket) => json!({
                "circle": hex(ticket.circle), "inviter": hex(ticket.inviter),
                "secret": hex(ticket.key().as_bytes()), "invite": hex(ticket.invite()),
                "expires": ticket.expires.as_millis(), "addresses": ticket.addresses,
                "canonical": ticket.to_text().as_str() == text,
            }),
            Err(error) => json!({ "error": variant(&error) }),
        };
    }
    let message = match file_bytes(text) {
        Ok(message) => message,
        Err(
            error @ (TicketError::Kind(_) | TicketError::Checksum(_) | TicketError::Version(_)),
        ) => {
            return json!({ "error": variant(&error) });
        }
    };
    let canonical = file_text(&message) == text;
    if what == "request" {
        read_a_request(&message, canonical)
    } else {
        read_an_answer(&message, canonical)
    }
}

fn read_a_request(message: &[u8], canonical: bool) -> Value {
    let Some(request) = read_request(message) else { return json!({ "error": "Message" }) };
    let Ok(signature) = request.signature.as_slice().try_into() else {
        return json!({ "error": "Signature" });
    };
    match Signed::<JoinRequest>::from_parts(request.request, signature).verify() {
        Ok(verified) => {
            let it = verified.value();
            json!({
                "circle": hex(it.circle), "invite": hex(it.invite), "org": hex(it.org),
                "manifest": hex(it.manifest), "device": hex(it.device), "canonical": canonical,
                "manifests": ids(&request.manifests),
            })
        }
        Err(SignatureError::Body(StatementError::Proof { field })) => {
            json!({ "error": format!("Proof: {field}") })
        }
        Err(SignatureError::Body(error)) => json!({ "error": format!("Body {}", variant(&error)) }),
        Err(error) => json!({ "error": variant(&error) }),
    }
}

fn read_an_answer(message: &[u8], canonical: bool) -> Value {
    let Some(answer) = read_answer(message) else { return json!({ "error": "Message" }) };
    let Ok(circle) = CircleId::try_from(answer.circle.as_slice()) else {
        return json!({ "error": "Id" });
    };
    json!({
        "circle": hex(circle), "statements": ids(&answer.statements), "refusal": answer.refusal,
        "addresses": answer.addresses, "canonical": canonical,
    })
}

/// The ids of statements; of those that do not verify, none.
fn ids(statements: &[Vec<u8>]) -> Vec<Option<String>> {
    let id = |bytes: &Vec<u8>| VerifiedStatement::decode(bytes).ok().map(|it| hex(it.id()));
    statements.iter().map(id).collect()
}

fn a(what: &str) -> Value {
    json!({ "what": what })
}

fn tickets() -> Vec<Vector> {
    let address =
        "/ip4/192.0.2.1/udp/4001/quic-v1/p2p/12D3KooWNi8Wm5Ntfsq91GaPXJgss4cFbQfNJZX2geDdZkzxeoZ4";
    let message = wire::Ticket {
        version: 1,
        circle: vec![1; 32],
        inviter: vec![2; 32],
        secret: vec![3; 32],
        expires: 1_800_000_000_000,
        addresses: vec![address.to_owned()],
    };
    let bytes = message.encode_to_vec();
    let text = ticket_text(&bytes);
    let invite = SigningKey::from_bytes(&[3; 32]).verifying_key().to_bytes();
    let told = |canonical: bool| {
        json!({
            "circle": hex([1; 32]), "inviter": hex([2; 32]), "secret": hex([3; 32]),
            "invite": hex(invite), "expires": 1_800_000_000_000_u64, "addresses": [address],
            "canonical": canonical,
        })
    };
    // What the program itself writes.
    let addresses = vec![address.to_owned()];
    let (circle, inviter) = (CircleId::new([1; 32]), OrgId::new([2; 32]));
    let expires = Timestamp::from_millis(1_800_000_000_000);
    let ticket = Ticket::new(circle, inviter, Zeroizing::new([3; 32]), expires, addresses);
    assert_eq!(ticket.to_text().as_str(), text);
    let folded: String = text
        .to_uppercase()
        .as_bytes()
        .chunks(40)
        .map(|line| format!("{}\r\n  ", std::str::from_utf8(line).unwrap()))
        .collect();
    let edited = |edit: &dyn Fn(&mut wire::Ticket)| {
        let mut message = message.clone();
        edit(&mut message);
        ticket_text(&message.encode_to_vec())
    };
    let other_end = match text.strip_suffix('a') {
        Some(rest) => format!("{rest}b"),
        None => format!("{}a", text.strip_suffix(|_: char| true).unwrap()),
    };
    let t = |vector: Vector| vector.with(a("ticket"));
    vec![
        t(valid("ticket", text.clone(), told(true))),
        t(valid("ticket-folded-and-shouted", folded, told(false))),
        t(invalid("ticket-wrong-prefix", text.replacen("ceiba1", "ceiba2", 1), "Kind")),
        t(invalid("ticket-truncated", truncated(text.as_bytes()), "Checksum")),
        t(invalid("ticket-trailing-character", format!("{text}a"), "Checksum")),
        t(invalid("ticket-wrong-character", other_end, "Checksum")),
        t(invalid("ticket-bit-flipped-message", wrong_checksum(&bytes), "Checksum")),
        t(invalid("ticket-wrong-alphabet", text.replacen('c', "1", 3), "Kind")),
        t(invalid("ticket-unknown-version", edited(&|it| it.version = 2), "Version")),
        t(invalid("ticket-short-secret", edited(&|it| shorten(&mut it.secret)), "Version")),
        t(invalid("ticket-short-circle", edited(&|it| shorten(&mut it.circle)), "Version")),
        t(invalid("ticket-trailing-byte", ticket_text(&trailing(&bytes)), "Version")),
        t(invalid(
            "ticket-too-many-addresses",
            edited(&|it| it.addresses = vec![String::new(); 12]),
            "Version",
        )),
        t(oversize("ticket-oversize", text.into_bytes(), b' ', MAX_TICKET_CHARS, "Kind")),
    ]
}

/// A message with one bit flipped and the checksum of before.
fn wrong_checksum(message: &[u8]) -> String {
    let checked = [flipped(message, 5), checksum(message)].concat();
    format!("ceiba1{}", BASE32_NOPAD.encode(&checked).to_lowercase())
}

#[test]
fn joining() {
    let (host, guest) = (Org::new(1), Org::new(3));
    let circle = found(&[&host], &[]);
    let ticket = SigningKey::from_bytes(&[200; 32]);
    let request = guest.author().ask_to_join(circle.id, &ticket, guest.manifest.id()).unwrap();
    let body = request.signed().body().to_vec();
    let message = wire::Request {
        request: body.clone(),
        signature: request.signed().signature().to_vec(),
        manifests: vec![guest.manifest_bytes()],
    };
    let text = file(&message.encode_to_vec());
    let manifest = labelled_hash("ceiba v1 manifest", &[guest.manifest.signed().body()]);
    let told = json!({
        "circle": hex(circle.id), "invite": hex(ticket.verifying_key().to_bytes()),
        "org": hex(guest.id()), "manifest": hex(manifest), "device": hex(guest.device()),
        "manifests": [hex(manifest)], "canonical": true,
    });
    let resigned = |key: &SigningKey, label: &str, edit: &dyn Fn(&mut statements::JoinRequest)| {
        let mut request = statements::JoinRequest::decode(body.as_slice()).unwrap();
        edit(&mut request);
        let request = request.encode_to_vec();
        let signature = key.sign(&signed_bytes(label, &request)).to_bytes().to_vec();
        file(&wire::Request { request, signature, ..message.clone() }.encode_to_vec())
    };
    let (key, label) = (&guest.keys.signing, "ceiba v1 join request");
    let r = |vector: Vector| vector.with(a("request"));
    let answer = wire::Answer {
        circle: circle.id.as_bytes().to_vec(),
        statements: circle.bytes(),
        refusal: String::new(),
        addresses: vec!["/ip4/192.0.2.1/tcp/4001".to_owned()],
    };
    let ids: Vec<String> = circle.statements.iter().map(|it| hex(it.id())).collect();
    let answer_told = |statements: Value| {
        json!({
            "circle": hex(circle.id), "statements": statements, "refusal": "",
            "addresses": ["/ip4/192.0.2.1/tcp/4001"], "canonical": true,
        })
    };
    let answered = |edit: &dyn Fn(&mut wire::Answer)| {
        let mut answer = answer.clone();
        edit(&mut answer);
        file(&answer.encode_to_vec())
    };
    let w = |vector: Vector| vector.with(a("answer"));
    let mut vectors = tickets();
    vectors.extend([
        r(valid("request", text.clone(), told)),
        r(invalid("request-wrong-prefix", text.replacen("join-1", "join-2", 1), "Kind")),
        r(invalid(
            "request-truncated",
            text.strip_suffix("=\n")
                .map_or_else(|| truncated(text.trim().as_bytes()), |it| it.as_bytes().to_vec()),
            "Checksum",
        )),
        r(invalid("request-wrong-character", text.replacen("AA", "AB", 1), "Checksum")),
        r(invalid("request-trailing-byte", file(&trailing(&message.encode_to_vec())), "Message")),
        r(invalid(
            "request-wrong-label",
            resigned(key, "ceiba v1 admission", &|_| {}),
            "Signature",
        )),
        r(invalid(
            "request-wrong-signer",
            resigned(&host.keys.signing, label, &|_| {}),
            "Signature",
        )),
        r(invalid(
            "request-replayed-in-another-circle",
            resigned(key, label, &|it| it.circle = vec![1; 32]),
            "Proof: ticket's proof",
        )),
        r(invalid(
            "request-for-another-manifest",
            resigned(key, label, &|it| it.manifest = vec![1; 32]),
            "Proof: ticket's proof",
        )),
        r(invalid(
            "request-by-another-organisation",
            resigned(key, label, &|it| it.org = vec![1; 32]),
            "Proof: ticket's proof",
        )),
        r(invalid(
            "request-wrong-ticket",
            resigned(key, label, &|it| {
                it.invite = SigningKey::from_bytes(&[201; 32]).verifying_key().to_bytes().to_vec();
            }),
            "Proof: ticket's proof",
        )),
        r(invalid(
            "request-weak-ticket-key",
            resigned(key, label, &|it| {
                it.invite = [&[1], [0; 31].as_slice()].concat();
            }),
            "Proof: ticket's proof",
        )),
        r(invalid(
            "request-short-circle",
            resigned(key, label, &|it| shorten(&mut it.circle)),
            "Body Id",
        )),
        r(invalid("request-too-many-manifests", file(&[0x1a, 0].repeat(129)), "Message")),
        w(valid("answer", answered(&|_| {}), answer_told(json!(ids)))),
        // It reads; the statement that was changed is none.
        w(valid(
            "answer-with-a-forged-statement",
            answered(&|it| {
                let last = it.statements.len() - 1;
                it.statements[last] = flipped(&it.statements[last], 500);
            }),
            answer_told(json!([ids[0], null])),
        )),
        w(invalid("answer-short-circle", answered(&|it| shorten(&mut it.circle)), "Id")),
        w(invalid("answer-too-many-statements", file(&[0x12, 0].repeat(20_017)), "Message")),
    ]);
    check("join", &json!({}), &vectors, read);
}
