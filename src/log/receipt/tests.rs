use ed25519_dalek::SigningKey;
use proptest::prelude::*;

use super::*;

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn device(number: u8) -> DeviceId {
    DeviceId::new(key(number).verifying_key().to_bytes())
}

fn claim(writer: u16, life: u8, lane: Lane, next_seq: u64) -> Claim {
    let mut id = [9; 32];
    id[..2].copy_from_slice(&writer.to_be_bytes());
    let log = LogId { device: DeviceId::new(id), incarnation: Incarnation::new([life; 16]), lane };
    Claim { log, next_seq, last: ShortHash([life ^ 5; 16]), forked: writer % 7 == 3 }
}

fn receipt(claims: Vec<Claim>) -> Receipt {
    Receipt {
        circle: CircleTag::new([3; 16]),
        device: device(1),
        incarnation: Incarnation::new([4; 16]),
        counter: 300,
        partial: false,
        claims,
    }
}

fn signed(claims: Vec<Claim>) -> SignedReceipt {
    SignedReceipt::sign(&key(1), receipt(claims))
}

#[test]
fn what_is_written_is_read() {
    let claims = vec![
        claim(1, 1, Lane::Control, 1),
        claim(1, 1, Lane::Record, u64::MAX),
        claim(1, 2, Lane::Alert, 7),
        claim(3, 1, Lane::Record, 300),
    ];
    let read = SignedReceipt::decode(&signed(claims.clone()).encode()).unwrap();
    assert_eq!(read.receipt(), &receipt(claims.clone()));
    assert_eq!(read.receipt().claim(&claims[2].log), Some(&claims[2]));
    assert_eq!(read.receipt().claim(&claim(2, 1, Lane::Record, 1).log), None);
}

#[test]
fn another_signature_is_refused() {
    let body = receipt(vec![claim(1, 1, Lane::Record, 1)]);
    let forged = SignedReceipt::sign(&key(2), body);
    assert_eq!(SignedReceipt::decode(&forged.encode()).unwrap_err(), ReceiptError::Signature);
}

#[test]
fn each_changed_bit_is_noticed() {
    let bytes = signed(vec![claim(1, 1, Lane::Record, 5)]).encode();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(SignedReceipt::decode(&changed).is_err(), "bit {bit}");
    }
}

#[test]
fn logs_out_of_order_or_twice_are_refused() {
    let (one, two) = (claim(1, 1, Lane::Record, 5), claim(2, 1, Lane::Record, 5));
    for claims in [vec![two, one], vec![one, one]] {
        let refused = SignedReceipt::decode(&signed(claims).encode()).unwrap_err();
        assert_eq!(refused, ReceiptError::Order);
    }
    let nothing = claim(1, 1, Lane::Record, 0);
    let refused = SignedReceipt::decode(&signed(vec![nothing]).encode()).unwrap_err();
    assert_eq!(refused, ReceiptError::Malformed);
}

#[test]
fn another_label_does_not_make_a_receipt() {
    let body = receipt(Vec::new()).encode();
    let label = Label::EntryHeader.text().as_bytes();
    let signature = ed25519_dalek::Signer::sign(&key(1), &[label, &[0], &body].concat());
    let bytes =
        wire::SignedReceipt { body, signature: signature.to_bytes().to_vec() }.encode_to_vec();
    assert_eq!(SignedReceipt::decode(&bytes).unwrap_err(), ReceiptError::Signature);
}

#[test]
fn later_versions_are_told_apart_from_forgeries() {
    let message = wire::Receipt { version: 2, ..receipt(Vec::new()).to_wire() };
    let body = message.encode_to_vec();
    let signature = ed25519_dalek::Signer::sign(&key(1), &Label::Receipt.signing_bytes(&body));
    let bytes =
        wire::SignedReceipt { body, signature: signature.to_bytes().to_vec() }.encode_to_vec();
    assert_eq!(SignedReceipt::decode(&bytes).unwrap_err(), ReceiptError::Version(2));
}

#[test]
fn a_later_version_may_have_more_than_this_one_allows() {
    let writers = vec![wire::Writer::default(); MAX_WRITERS_PER_RECEIPT + 10 * OTHER_FIELDS];
    for version in [1, 2] {
        let base = receipt(Vec::new()).to_wire();
        let body = wire::Receipt { version, writers: writers.clone(), ..base }.encode_to_vec();
        let signature = ed25519_dalek::Signer::sign(&key(1), &Label::Receipt.signing_bytes(&body));
        let signature = signature.to_bytes().to_vec();
        let bytes = wire::SignedReceipt { body, signature }.encode_to_vec();
        let refused = SignedReceipt::decode(&bytes).unwrap_err();
        assert_eq!(refused == ReceiptError::Version(2), version == 2, "{refused:?}");
    }
}

#[test]
fn fifty_devices_of_two_lives_take_less_than_12_kb() {
    let logs = (0..50).flat_map(|writer| {
        [1, 2]
            .into_iter()
            .flat_map(move |life| Lane::ALL.map(|lane| claim(writer, life, lane, 1_000)))
    });
    let bytes = SignedReceipt::sign(&key(1), receipt(Vec::new()).of_most(logs)).encode().len();
    assert!(bytes < 12_000, "{bytes} bytes");
}

#[test]
fn what_does_not_fit_is_left_out_and_said_to_be() {
    let logs: Vec<Claim> =
        (0..3_000).map(|writer| claim(writer, 1, Lane::Record, 1_000)).rev().collect();
    let most = receipt(Vec::new()).of_most(logs.clone());
    let bytes = SignedReceipt::sign(&key(1), most.clone()).encode();
    assert!(most.partial && bytes.len() <= MAX_RECEIPT_BYTES, "{} bytes", bytes.len());
    assert!(bytes.len() > MAX_RECEIPT_BYTES / 2, "{} bytes", bytes.len());
    let count = most.claims.len();
    let mut first: Vec<Claim> = logs[..count].to_vec();
    first.sort_unstable();
    assert_eq!(most.claims, first);
    assert!(SignedReceipt::decode(&bytes).is_ok());
}

proptest! {
    #[test]
    fn claims_survive(logs in prop::collection::btree_map(
        (0_u16..40, 0_u8..4, 0_u32..3),
        1_u64..10_000,
        0..80,
    )) {
        let claims: Vec<Claim> = logs
            .into_iter()
            .map(|((writer, life, lane), next)| {
                claim(writer, life, Lane::from_number(lane).unwrap(), next)
            })
            .collect();
        let of_most = receipt(Vec::new()).of_most(claims.iter().rev().copied());
        prop_assert_eq!(&of_most, &receipt(claims.clone()));
        let read = SignedReceipt::decode(&signed(claims.clone()).encode()).unwrap();
        prop_assert_eq!(&read.receipt().claims, &claims);
    }

    #[test]
    fn other_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        drop(SignedReceipt::decode(&bytes));
        drop(Receipt::decode(&bytes));
    }
}
