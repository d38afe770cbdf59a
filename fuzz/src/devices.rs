//! What two machines of one organisation hand each other, and deposits.

use ceiba::{
    crypto::{DeviceKeys, EpochSecret, Label, Position, Signed, payload::deposit},
    membership::DeviceRole,
    model::id::{CircleId, DeviceId, Incarnation, Lane, LogId, OrgId, StatementId},
    node::device::{Certificate, CertificateBody, DeviceRequest, Draft, draft::Purpose},
    wire::device as wire,
};
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use ed25519_dalek::SigningKey;
use prost::Message;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

fn root() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn org() -> OrgId {
    OrgId::new(root().verifying_key().to_bytes())
}

fn keys() -> DeviceKeys {
    DeviceKeys::generate(&mut ChaCha20Rng::from_seed([5; 32]))
}

/// A text as it is, and a message with the right checksum, as request and as certificate; the
/// content of a certificate, which anybody can seal to a device; a draft; a deposit.
pub fn device(data: &[u8]) {
    let keys = keys();
    if let Ok(text) = std::str::from_utf8(data) {
        drop(DeviceRequest::parse(text));
        drop(Certificate::open(text, &org(), &keys));
    }
    let checked = [data, &Label::TicketChecksum.hash(&[data])[..4]].concat();
    let coded = BASE32_NOPAD.encode(&checked);
    if let Ok(request) = DeviceRequest::parse(&format!("ceibadev1{coded}")) {
        let again = DeviceRequest::parse(&request.to_text()).expect("it was just written");
        assert_eq!(again.fingerprint(), request.fingerprint());
    }
    drop(Certificate::open(&format!("ceibacert1{coded}"), &org(), &keys));
    if let Ok(certificate) = Certificate::read(data, &org(), &keys.device()) {
        assert_eq!(certificate.body.org, org(), "nobody else's is taken");
    }
    let digits = HEXLOWER.encode(data);
    let draft =
        Draft { manifest: digits.clone(), certificate: Some(digits.clone()), previous: digits };
    drop(draft.sign(&Purpose::Revoke(keys.device()), &words()));
    let secret = EpochSecret::from_bytes(&[9; 32]);
    assert!(deposit::open(&secret, &place(&secret), data).is_err(), "nobody has that key");
}

fn words() -> ceiba::crypto::RecoveryWords {
    ceiba::crypto::RecoveryWords::from_entropy(&[7; 32])
}

fn place(secret: &EpochSecret) -> Position {
    let log = LogId {
        device: DeviceId::new([2; 32]),
        incarnation: Incarnation::new([3; 16]),
        lane: Lane::Record,
    };
    Position {
        circle: CircleId::new([1; 32]),
        log,
        seq: 0,
        index: 0,
        kind: 6,
        decision: StatementId::new([4; 32]),
        epoch: secret.id(),
    }
}

/// A request's text and its message, and the content of a certificate.
pub fn device_seeds() -> Vec<Vec<u8>> {
    let keys = keys();
    let request = DeviceRequest::make(&org(), "a telephone", &keys).to_text();
    let coded = request.trim_start_matches("ceibadev1").to_uppercase();
    let message = BASE32_NOPAD.decode(coded.as_bytes()).expect("it was just written");
    let body = CertificateBody {
        org: org(),
        root: root().verifying_key().to_bytes(),
        device: keys.device(),
        role: DeviceRole::Field,
        manifest: StatementId::new([6; 32]),
        org_name: "Red Inventada".to_owned(),
        label: "a telephone".to_owned(),
        private: CircleId::new([8; 32]),
        circles: vec![CircleId::new([9; 32])],
        addresses: vec!["/ip4/127.0.0.1/tcp/1".to_owned()],
    };
    let signed = Signed::sign(&root(), body);
    let content = wire::CertificateContent {
        body: signed.signed().body().to_vec(),
        signature: signed.signed().signature().to_vec(),
        statements: vec![wire::CircleStatement { circle: vec![8; 32], statement: vec![1, 2] }],
    };
    vec![request.into_bytes(), message[..message.len() - 4].to_vec(), content.encode_to_vec()]
}
