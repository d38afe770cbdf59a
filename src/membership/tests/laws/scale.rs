//! Large and hostile shapes: nothing overflows, nothing takes more than about n log n.

use crate::{
    membership::{Change, kit::Kit},
    model::id::StatementId,
};

/// Decisions in a line, each approved by the sole steward.
#[test]
fn a_long_line_of_decisions() {
    let mut kit = Kit::new(1, 1);
    let (mut parent, length) = (kit.now().tip(), 1500);
    for approvals in 0..length {
        parent = kit.raw_decide(&[0], parent, 0, vec![Change::SetApprovals { approvals }]);
    }
    let now = kit.now();
    assert_eq!((now.tip(), now.decision_depth(&parent)), (parent, Some(length)));
}

/// Each decision of a long line has a rival.
#[test]
fn a_comb() {
    let mut kit = Kit::new(1, 1);
    let mut parent: StatementId = kit.now().tip();
    for approvals in 0..500 {
        kit.raw_decide(&[0], parent, 0, vec![Change::SetApprovals { approvals }]);
        let next = vec![Change::SetApprovals { approvals: approvals + 1000 }];
        parent = kit.raw_decide(&[0], parent, 0, next);
    }
    let now = kit.now();
    assert_eq!(now.decisions.len(), 1001);
    assert!(now.equivocators().contains_key(&kit.id(0)));
}

/// A thousand rivals under one decision.
#[test]
fn a_fan() {
    let mut kit = Kit::new(1, 1);
    let genesis = kit.now().tip();
    for approvals in 0..1000 {
        kit.raw_decide(&[0], genesis, approvals, vec![Change::SetApprovals { approvals }]);
    }
    assert_eq!(kit.now().path().len(), 2);
    assert_eq!(kit.now().decisions.len(), 1001);
}

/// A long line of manifests.
#[test]
fn many_manifests() {
    let mut kit = Kit::new(1, 1);
    let mut org = kit.orgs[0].clone();
    for _ in 0..500 {
        org.manifest = org.next(|_| {});
        kit.add(org.manifest.clone());
    }
    assert_eq!(kit.now().org(&org.id).unwrap().manifest, Some(org.manifest.id()));
}
