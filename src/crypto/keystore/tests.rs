use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use super::*;

fn keystore() -> Keystore {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    Keystore {
        organisation: OrgId::new([1; 32]),
        device: DeviceKeys::generate(&mut rng),
        store_key: StoreKey::generate(&mut rng),
    }
}

fn passphrase() -> Passphrase {
    Passphrase::new("contraseña de prueba")
}

fn sealed() -> Vec<u8> {
    keystore().seal(&passphrase(), WorkFactor::LOWEST).unwrap()
}

/// Seals any plaintext as an age file under the passphrase.
fn age_file(plaintext: &[u8], work: u8) -> Vec<u8> {
    let mut recipient = scrypt::Recipient::new(passphrase().0);
    recipient.set_work_factor(work);
    age::encrypt(&recipient, plaintext).unwrap()
}

#[test]
fn what_is_sealed_opens() {
    let opened = Keystore::open(&sealed(), &passphrase()).unwrap();
    let kept = keystore();
    assert_eq!(opened.organisation, kept.organisation);
    assert_eq!(opened.device.public(), kept.device.public());
    assert_eq!(opened.store_key.expose_secret(), kept.store_key.expose_secret());
}

#[test]
fn it_is_a_plain_age_file_with_one_scrypt_recipient() {
    let sealed = sealed();
    let header = String::from_utf8_lossy(&sealed);
    let mut lines = header.lines();
    assert_eq!(lines.next(), Some("age-encryption.org/v1"));
    let stanza: Vec<&str> = lines.next().unwrap().split(' ').collect();
    assert_eq!((stanza[0], stanza[1], stanza[3]), ("->", "scrypt", "1"));
    let identity = scrypt::Identity::new(passphrase().0);
    assert_eq!(age::decrypt(&identity, &sealed).unwrap(), **keystore().encode());
}

#[test]
fn another_passphrase_does_not_open() {
    for wrong in ["", "contrasena de prueba", "contraseña de prueba "] {
        let refused = Keystore::open(&sealed(), &Passphrase::new(wrong));
        assert!(matches!(refused, Err(KeystoreError::Passphrase)), "{wrong:?}");
    }
}

#[test]
fn a_file_that_asks_for_too_much_work_is_refused_before_the_work() {
    let work_line = |log_n: &str| {
        let sealed = sealed();
        let mut lines = sealed.splitn(3, |byte| *byte == b'\n');
        let (version, stanza) = (lines.next().unwrap(), lines.next().unwrap());
        let stanza = [stanza.strip_suffix(b"1").unwrap(), log_n.as_bytes()].concat();
        [version, &stanza, lines.next().unwrap()].join(&b'\n')
    };
    for log_n in [21, 30, 63] {
        let refused = Keystore::open(&work_line(&log_n.to_string()), &passphrase());
        assert!(
            matches!(refused, Err(KeystoreError::ExcessiveWork { log_n: asked }) if asked == log_n)
        );
    }
}

#[test]
fn no_damaged_byte_opens() {
    let sealed = sealed();
    for place in 0..sealed.len() {
        let mut damaged = sealed.clone();
        damaged[place] ^= 1;
        assert!(Keystore::open(&damaged, &passphrase()).is_err(), "byte {place}");
    }
}

#[test]
fn damage_behind_the_header_is_not_taken_for_a_wrong_passphrase() {
    let mut damaged = sealed();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(matches!(Keystore::open(&damaged, &passphrase()), Err(KeystoreError::Damaged)));
}

#[test]
fn no_cut_file_opens() {
    let sealed = sealed();
    for length in 0..sealed.len() {
        assert!(Keystore::open(&sealed[..length], &passphrase()).is_err(), "{length} bytes");
    }
}

#[test]
fn what_is_no_keystore_is_refused() {
    let open = |bytes: &[u8]| Keystore::open(bytes, &passphrase());
    assert!(matches!(open(b""), Err(KeystoreError::Format)));
    assert!(matches!(open(&[0; 400]), Err(KeystoreError::Format)));
    let bytes = MAX_KEYSTORE_BYTES + 1;
    assert!(matches!(open(&vec![0; bytes]), Err(KeystoreError::TooLarge { .. })));
    assert!(matches!(open(&age_file(b"something else", 1)), Err(KeystoreError::Damaged)));
    let key = age::x25519::Identity::generate();
    let to_a_key = age::encrypt(&key.to_public(), b"plaintext").unwrap();
    assert!(matches!(open(&to_a_key), Err(KeystoreError::Format)));
}

#[test]
fn a_newer_version_is_named() {
    let mut message = wire::Keystore::default();
    message.version = 2;
    let refused = Keystore::open(&age_file(&message.encode_to_vec(), 1), &passphrase());
    assert!(matches!(refused, Err(KeystoreError::Version { version: 2 })));
}

#[test]
fn keys_of_other_lengths_are_refused() {
    let plaintext = keystore().encode();
    let mut message = wire::Keystore::decode(plaintext.as_slice()).unwrap();
    message.store_key.pop();
    assert!(matches!(Keystore::decode(&message.encode_to_vec()), Err(KeystoreError::Damaged)));
    let mut message = wire::Keystore::decode(plaintext.as_slice()).unwrap();
    message.device = None;
    assert!(matches!(Keystore::decode(&message.encode_to_vec()), Err(KeystoreError::Damaged)));
}

#[test]
fn work_factors_are_bounded() {
    assert_eq!(WorkFactor::new(0), None);
    assert_eq!(WorkFactor::new(1), Some(WorkFactor::LOWEST));
    assert_eq!(WorkFactor::new(17), Some(WorkFactor::DEFAULT));
    assert_eq!(WorkFactor::new(20), Some(WorkFactor::HIGHEST));
    assert_eq!(WorkFactor::new(21), None);
}

proptest! {
    #[test]
    fn arbitrary_plaintexts_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(Keystore::decode(&bytes));
    }
}
