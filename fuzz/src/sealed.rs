//! Grant sets, keystores and commitments.

use std::{cell::LazyCell, io::Write};

use age::{Encryptor, scrypt, secrecy::SecretString};
use ceiba::{
    crypto::{EpochSecret, GrantSet, Keystore, Passphrase, StoreKey, WorkFactor},
    doc::{ManifestKey, Opening, RecordManifest},
    model::registry::{FieldPath, Value},
    wire::keystore as wire,
};
use prost::Message;

use super::kit::{Org, dice, found};

thread_local! {
    static ORG: LazyCell<Org> = const { LazyCell::new(|| Org::new(1)) };
}

/// A set that reads says the same when it is written again; opening what does not open is no harm.
pub fn grant_set(data: &[u8]) {
    let Ok(set) = GrantSet::decode(data) else { return };
    assert_eq!(GrantSet::decode(&set.encode()).as_ref(), Ok(&set));
    ORG.with(|org| {
        let circle = ceiba::model::id::CircleId::new([1; 32]);
        let opened = set.open(&circle, &org.device(), &org.keys.receiving);
        if let Ok(Some(secret)) = opened {
            assert_eq!(secret.id(), set.epoch);
        }
        let secret = EpochSecret::from_bytes(&[9; 32]);
        for link in &set.back_chain {
            if let Ok(earlier) = link.open(&circle, &secret) {
                assert_eq!(earlier.id(), link.previous);
            }
        }
    });
}

/// Sets for one and for several devices, with and without links.
pub fn grant_set_seeds() -> Vec<Vec<u8>> {
    let orgs = [Org::new(1), Org::new(2)];
    let circle = found(&[&orgs[0]], &[&orgs[1]]);
    let (secret, earlier) = (EpochSecret::from_bytes(&[9; 32]), EpochSecret::from_bytes(&[8; 32]));
    let seal = |count: usize, links: Option<&EpochSecret>| {
        let to = orgs[..count].iter().map(|org| (org.device(), org.keys.public().receiving));
        let (to, decision) = (to.collect(), circle.beginning());
        let set = GrantSet::seal(&circle.id, &decision, &secret, &to, links, &mut dice(1));
        set.expect("few").encode()
    };
    vec![seal(1, None), seal(2, Some(&earlier)), seal(0, Some(&earlier))]
}

const PASSPHRASE: &str = "correct horse";
/// The work factor that a run pays for at most.
const MAX_WORK: u8 = 6;

/// The file as it is, and what a file under the right passphrase may hold.
pub fn keystore(data: &[u8]) {
    let passphrase = Passphrase::new(PASSPHRASE);
    if work_factor(data).is_none_or(|work| work <= MAX_WORK) {
        drop(Keystore::open(data, &passphrase).map_err(|error| error.to_string()));
    }
    let sealed = sealed(data);
    if let Ok(keystore) = Keystore::open(&sealed, &passphrase) {
        let again = keystore.seal(&passphrase, WorkFactor::LOWEST).expect("memory");
        let again = Keystore::open(&again, &passphrase).expect("it was just sealed");
        assert_eq!(again.device.public(), keystore.device.public());
        assert_eq!(again.organisation, keystore.organisation);
        assert_eq!(again.store_key.expose_secret(), keystore.store_key.expose_secret());
    }
}

/// The work that an age file asks for: the last word of its line `-> scrypt SALT WORK`. More than
/// [`WorkFactor::HIGHEST`] is refused before the work, which a unit test of the keystore attacks;
/// here all that is dear is passed over, else a run would take seconds.
fn work_factor(data: &[u8]) -> Option<u8> {
    let text = String::from_utf8_lossy(data);
    let line = text.lines().find(|line| line.starts_with("-> scrypt "))?;
    line.split(' ').next_back()?.trim().parse().ok()
}

fn sealed(plaintext: &[u8]) -> Vec<u8> {
    let mut recipient = scrypt::Recipient::new(SecretString::from(PASSPHRASE));
    recipient.set_work_factor(1);
    let recipients = std::iter::once(&recipient as &dyn age::Recipient);
    let mut sealed = Vec::new();
    let encryptor = Encryptor::with_recipients(recipients).expect("one recipient");
    let mut writer = encryptor.wrap_output(&mut sealed).expect("memory");
    writer.write_all(plaintext).expect("memory");
    writer.finish().expect("memory");
    sealed
}

/// A file, and its plaintext. The file is as random as age makes it.
pub fn keystore_seeds() -> Vec<Vec<u8>> {
    let org = Org::new(1);
    let plaintext = wire::Keystore {
        version: 1,
        organisation: org.id().as_bytes().to_vec(),
        device: Some(wire::DeviceKeys {
            signing: org.keys.signing.as_bytes().to_vec(),
            receiving: org.keys.receiving.expose_secret().to_vec(),
            transport: org.keys.transport.as_bytes().to_vec(),
        }),
        store_key: StoreKey::from_bytes(&[4; 32]).expose_secret().to_vec(),
    };
    let plaintext = plaintext.encode_to_vec();
    vec![sealed(&plaintext), plaintext]
}

/// Commitments, an opening, and a key as others write them: 32 bytes each, then path and value.
pub fn manifest(data: &[u8]) {
    let (hashes, rest) = data.split_at(data.len().min(64));
    let (commitments, _) = hashes.as_chunks::<32>();
    let manifest = RecordManifest::from_commitments(commitments.iter().copied());
    let again = RecordManifest::from_commitments(manifest.commitments().copied());
    assert_eq!(again.root(), manifest.root());
    let text = String::from_utf8_lossy(rest);
    let (path, value) = text.split_once('=').unwrap_or((&text, ""));
    let value = Value::Text(value.to_owned());
    let key = ManifestKey::from_value(&value);
    let Ok(path) = path.parse::<FieldPath>() else { return };
    assert_eq!(path.as_str().parse().as_ref(), Ok(&path));
    let opening = Opening { path: path.clone(), value: value.clone(), salt: [1; 32] };
    // libFuzzer sees what is compared, so it finds the hash of a salt that it knows.
    assert_eq!(again.proves(&opening), manifest.proves(&opening));
    if let Some(key) = key {
        assert_eq!(ManifestKey::from_value(&key.to_value()), Some(key.clone()));
        let committed = RecordManifest::commit(&key, [(&path, &value)]);
        assert!(committed.proves(&key.open(&path, &value)));
    }
}

/// Two commitments with a field, and one with a key as its value.
pub fn manifest_seeds() -> Vec<Vec<u8>> {
    let key = ManifestKey::generate(&mut dice(1)).to_value();
    let key = key.as_text().unwrap_or_default().to_owned();
    let field = |text: String| [[7; 32], [8; 32]].concat().into_iter().chain(text.into_bytes());
    vec![
        field("victims/1/name=Nombre Inventado".to_owned()).collect(),
        field(format!("title={key}")).collect(),
    ]
}
