//! Members that fill a circle's set of statements, so that nothing more can be decided.

use std::collections::BTreeSet;

use crate::{
    crypto::Signed,
    membership::{Approval, Change, VerifiedStatement},
    model::{
        id::{CircleId, OrgId, StatementId},
        limits::{
            MAX_STATEMENT_SET_BYTES, MAX_STATEMENTS_PER_CIRCLE, MAX_STATEMENTS_PER_SIGNER,
            STEWARDS_ROOM_BYTES,
        },
    },
    replica::tests::kit::{Party, give_statements},
    sync::Replica as _,
};

/// As many statements as one frame may bring.
const BATCH: usize = 512;

/// A vote for a proposal that nobody made; the number makes it another one.
fn junk(party: &Party, circle: CircleId, number: u32) -> Vec<u8> {
    let mut proposal = [9; 32];
    proposal[..4].copy_from_slice(&number.to_le_bytes());
    let (org, device) = (party.org(), party.replica.own_device());
    let proposal = StatementId::new(proposal);
    let parent = StatementId::new([8; 32]);
    let approval = Approval { circle, parent, attempt: number, proposal, org, device };
    let signed = Signed::sign(party.author().key, approval);
    VerifiedStatement::from(signed).encode()
}

/// Gives a node all junk that it takes of these, each numbered from a place on.
fn fill(node: &mut Party, circle: CircleId, flooders: &[Party], from: u32) {
    for flooder in flooders {
        let count = u32::try_from(MAX_STATEMENTS_PER_SIGNER).unwrap() + 200;
        let all: Vec<_> = (from..from + count).map(|it| junk(flooder, circle, it)).collect();
        for batch in all.chunks(BATCH) {
            node.replica.accept_statements(&circle, &[0; 32], batch.to_vec());
        }
    }
}

fn propose(by: &mut Party, circle: &CircleId, out: &[OrgId]) -> StatementId {
    let cut_offs = |org: &OrgId| by.cut_offs(circle, org);
    let remove = |org: &OrgId| Change::RemoveOrg { org: *org, cut_offs: cut_offs(org) };
    let changes = out.iter().map(remove).collect();
    let set = by.replica.statement_set(circle).unwrap();
    let proposal = by.author().propose(set, by.membership(circle), changes).unwrap();
    by.keep(circle, proposal.into())
}

fn approve(by: &mut Party, circle: &CircleId, proposal: &StatementId) {
    let approval = by.author().approve(by.membership(circle), proposal).unwrap();
    by.keep(circle, approval);
}

fn inside(party: &Party, circle: &CircleId) -> BTreeSet<OrgId> {
    let orgs = party.membership(circle).orgs().iter();
    orgs.filter(|(_, state)| !state.is_out()).map(|(org, _)| *org).collect()
}

/// A steward and all members but one flood, and show each node other statements.
#[test]
fn honest_stewards_can_always_still_remove_and_agree() {
    let [mut a, mut b, f, c, d, e, g] = [1, 2, 3, 4, 5, 6, 7].map(Party::new);
    let circle = a.found(&[&b, &f, &c, &d, &e, &g], |genesis| {
        for steward in [&b, &f] {
            genesis.members.remove(&steward.org());
            genesis.stewards.insert(steward.org());
        }
    });
    give_statements(&a, &mut b, &circle);
    let flooders = [f, c, d, e, g];
    fill(&mut a, circle, &flooders, 0);
    fill(&mut b, circle, &flooders, 100_000);
    for node in [&a, &b] {
        let set = node.replica.statement_set(&circle).unwrap();
        assert!(set.len() >= MAX_STATEMENTS_PER_CIRCLE, "{} statements", set.len());
        assert!(set.bytes() < MAX_STATEMENT_SET_BYTES + STEWARDS_ROOM_BYTES);
    }
    let told = a.replica.take_reports();
    for flooder in &flooders {
        let org = flooder.org().short();
        let lines = told.iter().filter(|it| it.contains(&org) && it.contains("room"));
        assert_eq!(lines.count(), 1, "each is told of once, however much it floods: {told:?}");
    }

    // The flooding steward's vote makes this a decision, and reaches one node first.
    let out: Vec<OrgId> = flooders[1..].iter().map(Party::org).collect();
    let removal = propose(&mut a, &circle, &out);
    approve(&mut a, &circle, &removal);
    let vote = flooders[0].author().approve(a.membership(&circle), &removal).unwrap();
    a.keep(&circle, vote);
    assert!(a.membership(&circle).is_accepted(&removal), "there is no room for a decision");
    give_statements(&a, &mut b, &circle);
    assert_eq!(inside(&b, &circle), inside(&a, &circle));

    // And the honest two put the steward out.
    let removal = propose(&mut b, &circle, &[flooders[0].org()]);
    approve(&mut b, &circle, &removal);
    give_statements(&b, &mut a, &circle);
    approve(&mut a, &circle, &removal);
    give_statements(&a, &mut b, &circle);
    assert_eq!(inside(&a, &circle), [a.org(), b.org()].into());
    assert_eq!(inside(&a, &circle), inside(&b, &circle));
    assert_eq!(a.membership(&circle).path(), b.membership(&circle).path());

    // What was refused is not asked for again, though it is not held.
    let surplus = |it: &Party, other: &Party| {
        let ids = it.replica.statement_ids(&circle).into_iter();
        ids.filter(|id| !other.replica.statement_set(&circle).unwrap().contains(id)).collect()
    };
    let surplus: Vec<StatementId> = surplus(&a, &b);
    assert!(!surplus.is_empty());
    assert!(surplus.iter().all(|id| b.replica.has_statement(&circle, id)));
}
