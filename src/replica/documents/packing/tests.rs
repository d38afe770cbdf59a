use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;
use crate::{
    doc::Document,
    model::{
        id::{Incarnation, Lane},
        registry::{Record, Schema},
    },
};

const DOCUMENT: DocumentId = DocumentId::new([5; 16]);

fn log() -> LogId {
    let device = ed25519_dalek::SigningKey::from_bytes(&[3; 32]).verifying_key().to_bytes();
    LogId {
        device: device.as_slice().try_into().unwrap(),
        incarnation: Incarnation::new([4; 16]),
        lane: Lane::Record,
    }
}

fn own() -> Actor {
    actor(&log(), &DOCUMENT)
}

/// A first change of an invented record.
fn change(actor: &Actor) -> Vec<u8> {
    let mut record = Record::incident();
    for (path, value) in [
        ("country", "CO"),
        ("date", "2024-05"),
        ("place/admin1", "CO-CAU"),
        ("counting_unit", "individual"),
        ("acts/4c1aqfh7/violation", "death_threat"),
        ("acts/4c1aqfh7/victim", "4c1aqfh7"),
        ("disclosure/tier", "coalition"),
        ("victims/4c1aqfh7/age_band", "30_44"),
        ("victims/4c1aqfh7/sex_gender", "female"),
        ("public_summary", "Un texto inventado: se reporta una amenaza en la vereda."),
    ] {
        record.set(path.parse().unwrap(), value).unwrap();
    }
    let mut document = Document::new(Schema::incident());
    document.edit(actor, |edit| edit.set_all(&record)).unwrap().unwrap().bytes().to_vec()
}

fn message(plaintext: &[u8]) -> wire::Changes {
    wire::Changes::decode(plaintext).unwrap()
}

/// A payload with these deflated bytes.
fn with_deflated(deflated: Vec<u8>, dictionary: u32) -> Vec<u8> {
    let document = DOCUMENT.as_bytes().to_vec();
    wire::Changes { document, dictionary, deflated, ..wire::Changes::default() }.encode_to_vec()
}

/// What somebody could deflate who does not keep to the bounds.
fn deflated_anyhow(content: &[u8]) -> Vec<u8> {
    let mut deflater = Compress::new(Compression::best(), false);
    let mut deflated = Vec::with_capacity(content.len() + 100);
    deflater.compress_vec(content, &mut deflated, FlushCompress::Finish).unwrap();
    deflated
}

/// Dictionary 1 is frozen: what was written with it must be read for ever.
#[test]
fn the_dictionary_is_what_it_was() {
    let digest = HEXLOWER.encode(&Sha256::digest(DICTIONARY_BYTES.as_slice()));
    assert_eq!(DICTIONARY_BYTES.len(), 11_166);
    assert_eq!(digest, "6405292992a49a1573a07280dbecd010ebd328bb1e735a97811c4db8db6f1fe4");
    assert!(!DICTIONARY_BYTES.contains(&b'*') && DICTIONARY_BYTES.len() < 32_000);
}

/// Deflated with zlib in C, with the dictionary and the beginning that the specification says.
#[test]
fn what_another_implementation_deflated_is_read() {
    let deflated = HEXLOWER.decode(b"43d1a28cae18beb415b27602b40a1600").unwrap();
    let actor = Actor::from_slice(&[7; 16]).unwrap();
    let content = decode(&inflate(&actor, &deflated).unwrap()).unwrap();
    assert_eq!(content.schema, "incident/1");
    let change = [[7; 16].as_slice(), b"amenazas de la vere"].concat();
    assert_eq!(content.changes, [change]);
}

#[test]
fn a_change_is_packed_to_less_than_half_and_read_again() {
    let changes = vec![change(&own())];
    let plain = write_changes(&DOCUMENT, "incident/1", changes.clone());
    let packed = pack(&log(), &DOCUMENT, "incident/1", changes.clone());
    assert!(packed.len() * 2 < plain.len(), "{} of {}", packed.len(), plain.len());
    assert_eq!(message(&packed).dictionary, DICTIONARY);
    for form in [plain, packed] {
        let unpacked = unpack(&log(), &form).unwrap();
        assert_eq!((unpacked.document, unpacked.actor), (DOCUMENT, own()));
        assert_eq!((unpacked.schema.as_str(), &unpacked.changes), ("incident/1", &changes));
    }
}

#[test]
fn what_does_not_become_shorter_is_not_deflated() {
    let noise: Vec<u8> =
        (0_u32..20).flat_map(|number| Sha256::digest(number.to_le_bytes())).collect();
    let packed = pack(&log(), &DOCUMENT, "", vec![noise.clone()]);
    assert_eq!((message(&packed).dictionary, message(&packed).changes), (0, vec![noise]));
}

#[test]
fn what_inflates_too_far_is_refused_and_not_written() {
    let zeros = vec![0; 100_000];
    let content = wire::Changes { changes: vec![zeros.clone()], ..wire::Changes::default() };
    let bomb = deflated_anyhow(&content.encode_to_vec());
    let limit = bomb.len() * MAX_INFLATION;
    assert!(limit < zeros.len());
    let refused = unpack(&log(), &with_deflated(bomb, 1));
    assert_eq!(refused, Err(PackingError::TooLong { limit }));
    let packed = pack(&log(), &DOCUMENT, "incident/1", vec![zeros.clone()]);
    assert_eq!(unpack(&log(), &packed).unwrap().changes, [zeros]);
    // Within the share, but beyond the whole.
    let line: Vec<u8> = (0_u32..80_000).flat_map(u32::to_le_bytes).collect();
    let content = wire::Changes { changes: vec![[line.as_slice(); 4].concat()], ..content };
    let long = deflated_anyhow(&content.encode_to_vec());
    assert!(long.len() * MAX_INFLATION > MAX_INFLATED_BYTES);
    let refused = unpack(&log(), &with_deflated(long, 1));
    assert_eq!(refused, Err(PackingError::TooLong { limit: MAX_INFLATED_BYTES }));
}

#[test]
fn cut_and_lengthened_streams_are_refused() {
    let packed = pack(&log(), &DOCUMENT, "incident/1", vec![change(&own())]);
    let whole = message(&packed).deflated;
    for length in 0..whole.len() {
        let cut = unpack(&log(), &with_deflated(whole[..length].to_vec(), 1));
        assert!(matches!(cut, Err(PackingError::Stream | PackingError::TooLong { .. })), "{cut:?}");
    }
    let longer = [whole.as_slice(), &[0]].concat();
    assert_eq!(unpack(&log(), &with_deflated(longer, 1)), Err(PackingError::Stream));
}

#[test]
fn an_unknown_dictionary_is_named() {
    let whole = message(&pack(&log(), &DOCUMENT, "incident/1", vec![change(&own())])).deflated;
    for number in [0, 2, u32::MAX] {
        let refused = unpack(&log(), &with_deflated(whole.clone(), number));
        assert_eq!(refused, Err(PackingError::Dictionary(number)));
    }
}

#[test]
fn the_two_forms_are_not_mixed() {
    let plain = message(&write_changes(&DOCUMENT, "incident/1", vec![change(&own())]));
    let packed = message(&pack(&log(), &DOCUMENT, "incident/1", plain.changes.clone()));
    let read = |message: &wire::Changes| unpack(&log(), &message.encode_to_vec());
    assert!(read(&packed).is_ok());
    let schema = wire::Changes { schema: plain.schema.clone(), ..packed.clone() };
    let changes = wire::Changes { changes: plain.changes.clone(), ..packed.clone() };
    assert_eq!(
        (read(&schema), read(&changes)),
        (Err(PackingError::Mixed), Err(PackingError::Mixed))
    );
    // Within what is deflated: another document, or deflated once more.
    for content in [plain, wire::Changes { document: Vec::new(), ..packed }] {
        let deflated = deflated_anyhow(&content.encode_to_vec());
        assert_eq!(unpack(&log(), &with_deflated(deflated, 1)), Err(PackingError::Mixed));
    }
}

#[test]
fn many_empty_changes_are_refused_before_they_take_memory() {
    let content = [0x1a, 0].repeat(MAX_CHANGES_PER_PAYLOAD + OTHER_FIELDS + 1);
    // With noise in an unknown field, so that it may inflate.
    let noise: Vec<u8> = (0_u32..40).flat_map(|it| Sha256::digest(it.to_le_bytes())).collect();
    let content = [content.as_slice(), &[0x7a, 0x80, 0x0a], &noise].concat();
    let deflated = deflate(&own(), &content).unwrap();
    let refused = unpack(&log(), &with_deflated(deflated, 1));
    assert!(
        matches!(refused, Err(PackingError::Message(BoundedError::Fields { .. }))),
        "{refused:?}"
    );
}

proptest! {
    #[test]
    fn what_is_packed_is_unpacked(
        changes in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 0..5),
        repeats in 1_usize..20,
        schema in "[a-z/0-9]{0,12}",
    ) {
        let changes: Vec<Vec<u8>> = changes.iter().map(|it| it.repeat(repeats)).collect();
        let packed = pack(&log(), &DOCUMENT, &schema, changes.clone());
        let unpacked = unpack(&log(), &packed).unwrap();
        prop_assert_eq!((unpacked.schema, unpacked.changes), (schema, changes));
    }

    #[test]
    fn no_bytes_panic_or_pass_the_bound(deflated in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(content) = inflate(&own(), &deflated) {
            prop_assert!(content.len() <= deflated.len() * MAX_INFLATION);
        }
        drop(unpack(&log(), &deflated));
    }

    #[test]
    fn mangled_streams_do_not_panic_or_pass_the_bound(
        mangles in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut deflated =
            message(&pack(&log(), &DOCUMENT, "incident/1", vec![change(&own())])).deflated;
        for (place, byte) in &mangles {
            let place = place.index(deflated.len());
            deflated[place] = *byte;
        }
        if let Ok(content) = inflate(&own(), &deflated) {
            prop_assert!(content.len() <= deflated.len() * MAX_INFLATION);
        }
        drop(unpack(&log(), &with_deflated(deflated, 1)));
    }
}
