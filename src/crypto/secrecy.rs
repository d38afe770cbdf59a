//! Tests that no secret shows in `Debug`.

use std::fmt::Debug;

use data_encoding::{BASE64, HEXLOWER};

use crate::{
    crypto::{
        BackLink, DeviceKeys, EpochSecret, Keystore, Passphrase, ReceivingKey, RecoveryWords,
        StoreKey, device_keys,
    },
    model::id::{CircleId, OrgId},
};

/// Bytes in a row that count as a leak, as numbers.
const WINDOW: usize = 3;
/// Bytes in a row that count as a leak in base64: eight characters, which no word has by chance.
const BASE64_WINDOW: usize = 6;

/// 32 bytes no three of which occur elsewhere by chance.
fn secret(first: u8) -> [u8; 32] {
    std::array::from_fn(|index| first.wrapping_add(u8::try_from(index).unwrap().wrapping_mul(37)))
}

/// The forms in which a secret can show, of any few of its bytes in a row.
fn forms(secret: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for window in secret.windows(WINDOW) {
        let list = |each: fn(&u8) -> String| window.iter().map(each).collect::<Vec<_>>().join(",");
        forms.push(HEXLOWER.encode(window));
        forms.push(list(|byte| format!("{byte}")));
        forms.push(list(|byte| format!("{byte:x}")));
        forms.push(list(|byte| format!("0x{byte:02x}")));
    }
    // Windows at every place cover every alignment.
    forms.extend(secret.windows(BASE64_WINDOW).map(|window| BASE64.encode(window)));
    forms
}

fn leaks(shown: &str, secret: &[u8]) -> Option<String> {
    let shown: String = shown.split_whitespace().collect();
    let lowercase = shown.to_lowercase();
    forms(secret).into_iter().find(|form| shown.contains(form) || lowercase.contains(form))
}

fn assert_hides(value: &impl Debug, secrets: &[&[u8]]) {
    for shown in [format!("{value:?}"), format!("{value:#?}"), format!("{value:x?}")] {
        for secret in secrets {
            assert_eq!(leaks(&shown, secret), None, "in {shown}");
        }
    }
}

fn device_keys() -> DeviceKeys {
    DeviceKeys {
        signing: ed25519_dalek::SigningKey::from_bytes(&secret(1)),
        receiving: ReceivingKey::from_bytes(&secret(2)),
        transport: ed25519_dalek::SigningKey::from_bytes(&secret(3)),
    }
}

#[test]
fn the_search_finds_every_form() {
    let secret = secret(9);
    let shown = [
        format!("{secret:?}"),
        format!("{secret:#?}"),
        format!("{secret:x?}"),
        format!("{secret:#04x?}"),
        HEXLOWER.encode(&secret),
        HEXLOWER.encode(&secret).to_uppercase(),
        BASE64.encode(&secret),
        BASE64.encode(&secret[1..]),
        format!("Key({})", HEXLOWER.encode(&secret[5..9])),
    ];
    for shown in shown {
        assert!(leaks(&shown, &secret).is_some(), "{shown}");
    }
}

#[test]
fn keys_show_no_secret() {
    assert_hides(&EpochSecret::from_bytes(&secret(4)), &[&secret(4)]);
    assert_hides(&ReceivingKey::from_bytes(&secret(5)), &[&secret(5)]);
    let keys = [secret(1), secret(2), secret(3)];
    assert_hides(&device_keys(), &keys.each_ref().map(|key| key.as_slice()));
    assert_hides(&device_keys().signing, &[&secret(1)]);
}

#[test]
fn a_store_key_shows_neither_itself_nor_what_comes_from_it() {
    let key = StoreKey::from_bytes(&secret(6));
    assert_hides(&key, &[&secret(6), &key.keyed_hash(b"")]);
    assert_eq!(format!("{key:?}"), "StoreKey(..)");
}

#[test]
fn a_keystore_shows_no_secret() {
    let keystore = Keystore {
        organisation: OrgId::new([0; 32]),
        device: device_keys(),
        store_key: StoreKey::from_bytes(&secret(6)),
    };
    let secrets = [secret(1), secret(2), secret(3), secret(6)];
    assert_hides(&keystore, &secrets.each_ref().map(|key| key.as_slice()));
}

#[test]
fn recovery_words_and_passphrases_show_nothing() {
    let words = RecoveryWords::from_entropy(&secret(7));
    let shown = format!("{words:?} {words:#?}");
    assert!(words.words().all(|word| !shown.contains(word)));
    assert_hides(&words, &[&secret(7)]);
    assert_hides(&words.root_key(0), &[words.root_key(0).as_bytes()]);
    let passphrase = Passphrase::new("correct horse");
    assert_eq!(format!("{passphrase:?} {passphrase:#?}"), "Passphrase(..) Passphrase(..)");
}

#[test]
fn a_sealed_link_shows_no_secret() {
    let mut rng =
        <rand_chacha::ChaCha20Rng as rand_chacha::rand_core::SeedableRng>::from_seed([1; 32]);
    let [later, earlier] = [8, 10].map(|first| EpochSecret::from_bytes(&secret(first)));
    let link = BackLink::seal(&CircleId::new([0; 32]), &later, &earlier, &mut rng);
    assert_hides(&link, &[&secret(8), &secret(10)]);
    assert_hides(&device_keys::signing_key(&mut rng), &[]);
}

/// Compiles only while the features that wipe are on.
#[test]
fn the_types_of_others_that_hold_secrets_wipe_them_when_dropped() {
    const fn wiped<T: zeroize::ZeroizeOnDrop>() {}
    wiped::<ed25519_dalek::SigningKey>();
    wiped::<bip39::Mnemonic>();
    wiped::<zeroize::Zeroizing<[u8; 32]>>();
    wiped::<age::secrecy::SecretString>();
    wiped::<crate::wire::keystore::Keystore>();
    wiped::<crate::wire::keystore::DeviceKeys>();
    wiped::<chacha20poly1305::XChaCha20Poly1305>();
}
