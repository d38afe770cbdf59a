//! Bytes: what is read, what is refused.

use proptest::prelude::*;
use prost::Message;

use crate::{
    crypto::Statement,
    membership::{
        AnyStatement, Change, Genesis, Inserted, Manifest, OrgRole, Proposal, RefusedStatement,
        StatementError, StatementSet, VerifiedStatement,
        kit::{Kit, invite, remove},
    },
    model::{
        id::{CircleId, OrgId},
        limits,
    },
    wire::membership as wire,
};

/// A circle with a statement of each kind.
fn every_kind() -> Kit {
    let mut kit = Kit::new(2, 3);
    let changes = vec![invite("ticket", kit.id(0), OrgRole::Steward)];
    kit.decide(&[0, 1], changes);
    kit.join(0, 2, "ticket");
    kit.suspend(0, 1, [].into());
    let changes = vec![remove(kit.id(2))];
    let proposal = kit.propose(0, changes);
    let org = kit.orgs[0].clone();
    let circle = kit.circle();
    kit.add(crate::membership::approve_with_root(circle, proposal, org.id, &org.root()));
    kit
}

#[test]
fn every_kind_reads_back() {
    let kit = every_kind();
    let mut kinds = std::collections::BTreeSet::new();
    for (id, statement) in kit.set.iter() {
        let bytes = statement.encode();
        let read = VerifiedStatement::decode(&bytes).unwrap();
        assert_eq!((read.id(), read.encode()), (*id, bytes));
        kinds.insert(read.kind());
    }
    assert_eq!(kinds.len(), 7);
}

#[test]
fn one_changed_byte_anywhere_is_refused_or_another_envelope_of_the_same() {
    let kit = every_kind();
    for (id, statement) in kit.set.iter() {
        let bytes = statement.encode();
        for at in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            if let Ok(read) = VerifiedStatement::decode(&damaged) {
                assert_eq!(read.id(), *id, "byte {at}");
            }
        }
    }
}

#[test]
fn a_signature_for_one_kind_is_none_for_another() {
    let kit = every_kind();
    let proposal = kit.set.iter().find(|(_, it)| matches!(it, VerifiedStatement::Proposal(_)));
    let mut envelope = wire::AnyStatement::decode(proposal.unwrap().1.encode().as_slice()).unwrap();
    for kind in [4, 7, 6] {
        envelope.kind = kind;
        assert!(VerifiedStatement::decode(&envelope.encode_to_vec()).is_err());
    }
    envelope.kind = 99;
    let refused = AnyStatement::decode(&envelope.encode_to_vec());
    assert!(matches!(
        refused,
        Err(RefusedStatement::Envelope(StatementError::Unknown { field: "kind", found: 99 }))
    ));
}

#[test]
fn size_is_checked_before_anything() {
    let large = vec![0xff; limits::MAX_STATEMENT_BYTES + 1];
    assert!(matches!(Genesis::decode(&large), Err(StatementError::TooLarge { .. })));
    assert!(AnyStatement::decode(&large).is_err());
}

#[test]
fn unknown_versions_wrong_lengths_and_repetitions_are_refused() {
    let kit = every_kind();
    let body = Genesis::encode(kit.now().genesis().unwrap());
    let good = wire::Genesis::decode(body.as_slice()).unwrap();
    let edits: [fn(&mut wire::Genesis); 8] = [
        |it| it.version = 2,
        |it| it.suite = 0,
        |it| it.nonce.truncate(31),
        |it| it.parent = vec![0],
        |it| it.stewards.push(it.stewards[0].clone()),
        |it| it.members.push(it.stewards[0].clone()),
        |it| it.history = 3,
        |it| it.stewards.retain(|org| *org != it.org),
    ];
    assert!(Genesis::decode(&good.encode_to_vec()).is_ok());
    for edit in edits {
        let mut bad = good.clone();
        edit(&mut bad);
        assert!(Genesis::decode(&bad.encode_to_vec()).is_err());
    }
    let empty = wire::Proposal { changes: vec![wire::Change::default()], ..Default::default() };
    assert!(Proposal::decode(&empty.encode_to_vec()).is_err());
}

#[test]
fn the_largest_manifest_fits_a_statement() {
    let org = crate::membership::kit::Org::new("a");
    let next = org.next(|core| {
        let label = |n: usize| format!("device {n}");
        let more = 1..limits::MAX_DEVICES_PER_MANIFEST;
        core.devices.extend(more.map(|n| {
            let role = crate::membership::DeviceRole::Node;
            crate::membership::kit::device(&org.id, "a", &label(n), role)
        }));
    });
    assert!(VerifiedStatement::from(next).fits());
}

#[test]
fn a_set_takes_only_its_circle_and_only_so_much_of_one_signer() {
    let mut kit = Kit::new(1, 1);
    let genesis = kit.now().tip();
    let mut other = StatementSet::new(CircleId::new([8; 32]));
    assert_eq!(other.insert(kit.set.get(&genesis).unwrap().clone()), Inserted::Foreign);
    assert_eq!(kit.set.clone().insert(kit.set.get(&genesis).unwrap().clone()), Inserted::Known);
    let mut last = Inserted::New;
    for attempt in 0..limits::MAX_STATEMENTS_PER_SIGNER {
        let org = kit.orgs[0].clone();
        let proposal = Proposal {
            circle: kit.circle(),
            parent: genesis,
            attempt: u32::try_from(attempt).unwrap(),
            adopts: [].into(),
            accuses: vec![],
            changes: vec![],
            org: org.id,
            device: org.device(),
        };
        last = kit.set.insert(crate::crypto::Signed::sign(&org.admin, proposal).into());
    }
    assert_eq!(last, Inserted::SignerFull);
}

/// Large statements run into the limit of bytes long before that of numbers, so that one
/// organisation cannot fill the set against its own removal.
#[test]
fn a_set_takes_only_so_many_bytes_of_one_signer() {
    let mut kit = Kit::new(1, 1);
    let (genesis, org) = (kit.now().tip(), kit.orgs[0].clone());
    let orgs = (0..500_u32).map(|number| {
        let mut bytes = [7; 32];
        bytes[..4].copy_from_slice(&number.to_le_bytes());
        OrgId::new(bytes)
    });
    let large = Change::SetBreakGlass { orgs: orgs.collect() };
    let taken = (0..100).take_while(|attempt| {
        let proposal = Proposal {
            circle: kit.circle(),
            parent: genesis,
            attempt: *attempt,
            adopts: [].into(),
            accuses: vec![],
            changes: vec![large.clone(), large.clone(), large.clone()],
            org: org.id,
            device: org.device(),
        };
        kit.set.insert(crate::crypto::Signed::sign(&org.admin, proposal).into()) == Inserted::New
    });
    let taken = taken.count();
    assert!((15..25).contains(&taken), "{taken} of 50 KiB each");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 0u32..9) {
        drop(VerifiedStatement::decode(&bytes));
        drop(Manifest::decode(&bytes));
        drop(Proposal::decode(&bytes));
        let envelope = wire::AnyStatement { kind, body: bytes, signature: vec![0; 64] };
        drop(VerifiedStatement::decode(&envelope.encode_to_vec()));
    }
}
