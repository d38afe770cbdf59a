//! Receipts, whose signature a device that lies can make.

use ceiba::{
    crypto::Statement as _,
    log::{Claim, Receipt, ShortHash, SignedReceipt},
    model::{
        id::{CircleTag, DeviceId, Incarnation, Lane, LogId},
        limits::MAX_RECEIPT_BYTES,
    },
};
use ed25519_dalek::SigningKey;

/// What reads says the same when it is written again, and signed by whoever says it.
pub fn receipt(data: &[u8]) {
    drop(SignedReceipt::decode(data));
    let Ok(receipt) = Receipt::decode(data) else { return };
    assert_eq!(Receipt::decode(&receipt.encode()).as_ref(), Ok(&receipt));
    let key = SigningKey::from_bytes(&[1; 32]);
    let device = DeviceId::new(key.verifying_key().to_bytes());
    let claims = receipt.claims.clone();
    let said = Receipt { device, ..receipt }.of_most(claims);
    let signed = SignedReceipt::sign(&key, said.clone()).encode();
    assert!(signed.len() <= MAX_RECEIPT_BYTES);
    let read = SignedReceipt::decode(&signed).expect("its own");
    assert_eq!(read.receipt(), &said);
    assert_eq!(SignedReceipt::read_kept(&signed).as_ref(), Some(&said));
}

/// Receipts of nothing, of a few logs, and of many.
pub fn receipt_seeds() -> Vec<Vec<u8>> {
    let of = |writers: u8| {
        let claim = |writer: u8, lane: Lane| Claim {
            log: LogId {
                device: DeviceId::new([writer; 32]),
                incarnation: Incarnation::new([writer ^ 3; 16]),
                lane,
            },
            next_seq: u64::from(writer) * 7 + 1,
            last: ShortHash([writer; 16]),
            forked: writer % 5 == 1,
        };
        Receipt {
            circle: CircleTag::new([8; 16]),
            device: DeviceId::new([9; 32]),
            incarnation: Incarnation::new([10; 16]),
            counter: 300,
            partial: writers == 2,
            claims: (0..writers)
                .flat_map(|writer| Lane::ALL.map(|lane| claim(writer, lane)))
                .collect(),
        }
    };
    [0, 2, 20].into_iter().map(|writers| of(writers).encode()).collect()
}
