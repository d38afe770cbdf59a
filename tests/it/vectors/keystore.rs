//! Keystores: age files with one passphrase.

use std::{fs, io::Write};

use age::{Encryptor, scrypt, secrecy::SecretString};
use ceiba::{
    crypto::{Keystore, Passphrase, StoreKey, WorkFactor, keystore::KeystoreError},
    model::limits::MAX_KEYSTORE_BYTES,
    wire::keystore as wire,
};
use prost::Message;
use serde_json::{Value, json};

use super::{
    Content, Reading, Vector, check, folder, hex, invalid, oversize,
    twist::{flipped, shorten, trailing, truncated},
};
use crate::fuzzing::targets::kit::Org;

const PASSPHRASE: &str = "correct horse battery staple";

fn read(reading: &Reading<'_>, bytes: &[u8]) -> Value {
    let passphrase = Passphrase::new(reading.value("passphrase").as_str().unwrap());
    match Keystore::open(bytes, &passphrase) {
        Ok(keystore) => json!({
            "organisation": hex(keystore.organisation),
            "signing": hex(keystore.device.signing.as_bytes()),
            "receiving": hex(keystore.device.receiving.expose_secret()),
            "transport": hex(keystore.device.transport.as_bytes()),
            "store_key": hex(keystore.store_key.expose_secret()),
        }),
        Err(error) => json!({ "error": name(&error) }),
    }
}

fn name(error: &KeystoreError) -> String {
    match error {
        KeystoreError::TooLarge { .. } => "TooLarge".to_owned(),
        KeystoreError::Format => "Format".to_owned(),
        KeystoreError::ExcessiveWork { log_n } => format!("ExcessiveWork {log_n}"),
        KeystoreError::Passphrase => "Passphrase".to_owned(),
        KeystoreError::Damaged => "Damaged".to_owned(),
        KeystoreError::Version { version } => format!("Version {version}"),
        KeystoreError::Seal(_) => "Seal".to_owned(),
    }
}

fn plaintext(org: &Org) -> wire::Keystore {
    wire::Keystore {
        version: 1,
        organisation: org.id().as_bytes().to_vec(),
        device: Some(wire::DeviceKeys {
            signing: org.keys.signing.as_bytes().to_vec(),
            receiving: org.keys.receiving.expose_secret().to_vec(),
            transport: org.keys.transport.as_bytes().to_vec(),
        }),
        store_key: vec![4; 32],
    }
}

/// An age file under the passphrase, with little work; other bytes each time.
fn sealed(plaintext: &[u8]) -> Vec<u8> {
    let mut recipient = scrypt::Recipient::new(SecretString::from(PASSPHRASE));
    recipient.set_work_factor(2);
    let recipients = std::iter::once(&recipient as &dyn age::Recipient);
    let mut sealed = Vec::new();
    let mut writer =
        Encryptor::with_recipients(recipients).unwrap().wrap_output(&mut sealed).unwrap();
    writer.write_all(plaintext).unwrap();
    writer.finish().unwrap();
    sealed
}

/// The file as it is kept; made if it is not there.
fn kept(file: &str, plaintext: &[u8]) -> Vec<u8> {
    let path = folder("keystore").join(file);
    if std::env::var_os("UPDATE").is_some() && !path.exists() {
        fs::create_dir_all(folder("keystore")).unwrap();
        fs::write(&path, sealed(plaintext)).unwrap();
    }
    fs::read(path).unwrap()
}

fn kept_vector(file: &str, plaintext: &[u8], expect: Value) -> Vector {
    let file = format!("{file}.age");
    kept(&file, plaintext);
    Vector { file, content: Content::Kept, with: json!({}), expect }
}

/// The file with another text in its header; what came after stays.
fn header(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = file.windows(from.len()).position(|it| it == from.as_bytes()).unwrap();
    [&file[..at], to.as_bytes(), &file[at + from.len()..]].concat()
}

/// The file with another letter of base64 at this place.
fn other_letter(file: &[u8], at: usize) -> Vec<u8> {
    let mut file = file.to_vec();
    file[at] = if file[at] == b'A' { b'B' } else { b'A' };
    file
}

#[test]
fn keystores() {
    let org = Org::new(1);
    let message = plaintext(&org);
    let good = message.encode_to_vec();
    let told = json!({
        "organisation": hex(org.id()), "signing": hex(org.keys.signing.as_bytes()),
        "receiving": hex(org.keys.receiving.expose_secret()),
        "transport": hex(org.keys.transport.as_bytes()), "store_key": hex([4; 32]),
    });
    let edited = |edit: &dyn Fn(&mut wire::Keystore)| {
        let mut message = plaintext(&org);
        edit(&mut message);
        message.encode_to_vec()
    };
    let error = |error: &str| json!({ "error": error });
    let file = kept("valid-device.age", &good);
    let salt = String::from_utf8_lossy(&file).lines().nth(1).unwrap().to_owned();
    let work = |log_n: u8| format!("{} {log_n}", salt.rsplit_once(' ').unwrap().0);
    let body = file.windows(4).position(|it| it == b"\n---").unwrap() + 1 + 4 + 43 + 1;
    let vectors = vec![
        kept_vector("valid-device", &good, told.clone()),
        kept_vector("valid-unknown-field", &super::twist::unknown_field(&good), told),
        kept_vector("unknown-version", &edited(&|it| it.version = 2), error("Version 2")),
        kept_vector(
            "short-key",
            &edited(&|it| {
                shorten(&mut it.device.as_mut().unwrap().signing);
            }),
            error("Damaged"),
        ),
        kept_vector("no-device", &edited(&|it| it.device = None), error("Damaged")),
        kept_vector("trailing-byte-inside", &trailing(&good), error("Damaged")),
        invalid("wrong-passphrase", file.clone(), "Passphrase")
            .with(json!({ "passphrase": "incorrect horse" })),
        invalid("changed-stanza", other_letter(&file, body - 4 - 43 - 1 - 9), "Passphrase"),
        invalid("changed-mac", other_letter(&file, body - 20), "Damaged"),
        invalid("bit-flipped-nonce", flipped(&file, body), "Damaged"),
        invalid("bit-flipped-body", flipped(&file, body + 20), "Damaged"),
        invalid("truncated", truncated(&file), "Damaged"),
        invalid("trailing-byte", trailing(&file), "Damaged"),
        invalid("excessive-work", header(&file, &salt, &work(21)), "ExcessiveWork 21"),
        invalid("wrong-work", header(&file, &salt, &work(3)), "Passphrase"),
        invalid("unknown-age-version", header(&file, "/v1", "/v2"), "Format"),
        invalid(
            "wrong-recipient-kind",
            header(&file, &salt, "-> X25519 TEiF0ypqr+bpvcqXNyCVJpL7OuwPdVwPL7KQEbFDOCc"),
            "Format",
        ),
        invalid("not-age", b"passphrase".to_vec(), "Format"),
        oversize("oversize", file.clone(), 0, MAX_KEYSTORE_BYTES, "TooLarge"),
    ];
    check("keystore", &json!({ "passphrase": PASSPHRASE }), &vectors, read);
    // What the program itself writes opens as the file does.
    let passphrase = Passphrase::new(PASSPHRASE);
    let keystore = Keystore::open(&file, &passphrase).unwrap();
    assert_eq!(keystore.store_key.expose_secret(), StoreKey::from_bytes(&[4; 32]).expose_secret());
    let again = keystore.seal(&passphrase, WorkFactor::LOWEST).unwrap();
    assert!(Keystore::open(&again, &passphrase).is_ok());
}
