//! Tickets, and the texts that are carried by hand to join.

use ceiba::{
    crypto::{Label, Signed},
    membership::{JoinRequest, VerifiedStatement},
    model::{
        id::{CircleId, OrgId},
        time::Timestamp,
    },
    node::ticket::{Ticket, file_bytes, file_text, read_answer, read_request},
    replica::would_be_member,
    wire::ticket as wire,
};
use data_encoding::BASE32_NOPAD;
use ed25519_dalek::SigningKey;
use prost::Message;
use zeroize::Zeroizing;

use super::kit::{Org, found};

/// A text as it is, and a message with the right checksum: what reads, reads again.
pub fn ticket(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        drop(Ticket::parse(text));
    }
    let checked = [data, &Label::TicketChecksum.hash(&[data])[..4]].concat();
    let text = format!("ceiba1{}", BASE32_NOPAD.encode(&checked));
    let Ok(ticket) = Ticket::parse(&text) else { return };
    let again = Ticket::parse(&ticket.to_text()).expect("it was just written");
    assert_eq!((again.invite(), again.circle), (ticket.invite(), ticket.circle));
    assert_eq!((again.inviter, again.expires), (ticket.inviter, ticket.expires));
    assert_eq!(again.addresses, ticket.addresses);
    drop(again.addresses.iter().map(|text| ceiba::net::split_address(text)).collect::<Vec<_>>());
}

/// A ticket's text, and its message.
pub fn ticket_seeds() -> Vec<Vec<u8>> {
    let addresses = vec!["/ip4/127.0.0.1/tcp/1/p2p/12D3KooWEnx".to_owned()];
    let ticket = Ticket::new(
        CircleId::new([1; 32]),
        OrgId::new([2; 32]),
        Zeroizing::new([3; 32]),
        Timestamp::from_millis(4),
        addresses.clone(),
    );
    let message = wire::Ticket {
        version: 1,
        circle: vec![1; 32],
        inviter: vec![2; 32],
        secret: vec![3; 32],
        expires: 4,
        addresses,
    };
    vec![ticket.to_text().as_bytes().to_vec(), message.encode_to_vec()]
}

/// A file of joining as it is, and what it may carry: a request, an answer.
pub fn join(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(bytes) = file_bytes(text)
    {
        assert_eq!(file_bytes(&file_text(&bytes)).as_ref(), Ok(&bytes));
    }
    if let Some(request) = read_request(data)
        && let Ok(signature) = request.signature.as_slice().try_into()
    {
        let signed = Signed::<JoinRequest>::from_parts(request.request, signature);
        drop(signed.verify());
        drop(request.manifests.iter().map(|it| VerifiedStatement::decode(it)).collect::<Vec<_>>());
    }
    if let Some(answer) = read_answer(data)
        && let Ok(circle) = CircleId::try_from(answer.circle.as_slice())
    {
        let member = would_be_member(&circle, &answer.statements, &OrgId::new([3; 32]));
        assert!(!member, "nobody has that key");
    }
}

/// A request and an answer, and a request as a file.
pub fn join_seeds() -> Vec<Vec<u8>> {
    let (host, guest) = (Org::new(1), Org::new(2));
    let circle = found(&[&host], &[&guest]);
    let ticket = SigningKey::from_bytes(&[200; 32]);
    let request = guest.author().ask_to_join(circle.id, &ticket, guest.manifest.id());
    let request = request.expect("a usable key");
    let request = wire::Request {
        request: request.signed().body().to_vec(),
        signature: request.signed().signature().to_vec(),
        manifests: vec![guest.manifest_bytes()],
    }
    .encode_to_vec();
    let answer = wire::Answer {
        circle: circle.id.as_bytes().to_vec(),
        statements: circle.bytes(),
        refusal: String::new(),
        addresses: vec!["/ip4/127.0.0.1/tcp/1".to_owned()],
    };
    vec![file_text(&request[..40]).into_bytes(), request, answer.encode_to_vec()]
}
