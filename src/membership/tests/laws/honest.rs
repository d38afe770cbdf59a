//! Honest stewards that hear of each other late: they never contradict themselves, and agree once
//! all have heard all.

use proptest::prelude::*;

use crate::membership::{
    Change, OrgRole, StatementSet,
    kit::{Kit, told},
    resolve,
};

/// What a steward does, or which two exchange what they have.
#[derive(Debug, Clone)]
enum Act {
    Propose { by: usize, whom: usize, out: bool },
    Approve { by: usize, which: usize },
    Meet { one: usize, other: usize },
}

const STEWARDS: usize = 4;

fn act() -> impl Strategy<Value = Act> {
    let steward = 0..STEWARDS;
    prop_oneof![
        2 => (steward.clone(), 0..STEWARDS + 3, any::<bool>())
            .prop_map(|(by, whom, out)| Act::Propose { by, whom, out }),
        4 => (steward.clone(), any::<usize>()).prop_map(|(by, which)| Act::Approve { by, which }),
        3 => (steward.clone(), steward).prop_map(|(one, other)| Act::Meet { one, other }),
    ]
}

fn happen(kit: &Kit, sets: &mut [StatementSet], act: &Act) {
    match act {
        Act::Propose { by, whom, out } => {
            let org = kit.id(*whom);
            let change = if *out {
                Change::RemoveOrg { org, cut_offs: [].into() }
            } else {
                Change::AddOrg { org, role: OrgRole::Steward }
            };
            let now = resolve(&sets[*by]);
            if let Ok(proposal) = kit.orgs[*by].author().propose(&sets[*by], &now, vec![change]) {
                sets[*by].insert(proposal.into());
            }
        }
        Act::Approve { by, which } => {
            let now = resolve(&sets[*by]);
            let open: Vec<_> = now.open_proposals().keys().copied().collect();
            let Some(id) = open.get(which % open.len().max(1)) else { return };
            if let Ok(approval) = kit.orgs[*by].author().approve(&now, id) {
                sets[*by].insert(approval);
            }
        }
        Act::Meet { one, other } => {
            let both = union([&sets[*one], &sets[*other]]);
            sets[*one] = both.clone();
            sets[*other] = both;
        }
    }
}

fn union<'a>(sets: impl IntoIterator<Item = &'a StatementSet>) -> StatementSet {
    let mut sets = sets.into_iter();
    let mut all = sets.next().unwrap().clone();
    for (_, statement) in sets.flat_map(StatementSet::iter) {
        all.insert(statement.clone());
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn honest_stewards_never_contradict_themselves(acts in proptest::collection::vec(act(), 1..60)) {
        let kit = Kit::new(STEWARDS, STEWARDS + 3);
        let mut sets = vec![kit.set.clone(); STEWARDS];
        for act in &acts {
            happen(&kit, &mut sets, act);
        }
        let all = resolve(&union(&sets));
        prop_assert!(all.equivocators().is_empty());
        let reversed = resolve(&union(sets.iter().rev()));
        prop_assert_eq!(told(&all), told(&reversed));
    }
}
