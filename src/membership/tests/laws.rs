//! Laws that hold for every set of statements, over generated histories of honest and of
//! cheating stewards.

mod history;
mod honest;
mod scale;

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use self::history::{ORGS, history};
use crate::{
    membership::{
        Evidence, Invite, InviteState, Membership, OrgState, Quarantine, Standing, StatementSet,
        VerifiedStatement,
        kit::{Kit, hash, told},
        resolve,
    },
    model::id::{OrgId, StatementId},
};

fn all(kit: &Kit) -> Vec<VerifiedStatement> {
    kit.set.iter().map(|(_, statement)| statement.clone()).collect()
}

fn set_of<'a>(kit: &Kit, some: impl IntoIterator<Item = &'a VerifiedStatement>) -> StatementSet {
    let mut set = StatementSet::new(kit.circle());
    for statement in some {
        set.insert(statement.clone());
    }
    set
}

/// A history and an order in which its statements arrive.
fn arriving() -> impl Strategy<Value = (Kit, Vec<VerifiedStatement>)> {
    history().prop_flat_map(|kit| {
        let statements = Just(all(&kit)).prop_shuffle();
        (Just(kit), statements)
    })
}

/// For each removal that kept somebody out before: it does still, or accepted decisions say why.
fn no_resurrection(before: &Membership, after: &Membership) {
    for (org, state) in before.orgs() {
        let still = after.org(org).map(|state| state.removed_by.clone()).unwrap_or_default();
        for removal in state.removed_by.difference(&still) {
            let lifted = after.state.lifted_removals.contains(&(*org, *removal));
            assert!(lifted || !after.state.closed.is_empty(), "{org} is back in");
        }
    }
}

/// What a removal keeps aside stays aside, unless accepted decisions say why.
fn no_entry_returns(kit: &Kit, before: &Membership, after: &Membership) {
    for org in 0..ORGS {
        let log = kit.log(org);
        for seq in 0..4 {
            let was = before.standing(&log, seq, &hash(seq));
            let is = after.standing(&log, seq, &hash(seq));
            if was == Standing::Quarantined(Quarantine::Removed) && is == Standing::Counts {
                let back = after.state.lifted_removals.iter().any(|(it, _)| *it == kit.id(org));
                let named = after.state.readmitted(&log).is_some();
                assert!(back || named || !after.state.closed.is_empty());
            }
            if was == Standing::Quarantined(Quarantine::Revoked) {
                assert_ne!(is, Standing::Unknown);
            }
        }
    }
}

/// Double votes by the plainest reading.
fn double_voters(set: &StatementSet) -> BTreeSet<OrgId> {
    let mut ballots: BTreeMap<_, BTreeSet<StatementId>> = BTreeMap::new();
    for (_, statement) in set.iter() {
        if let VerifiedStatement::Approval(it) = statement {
            let it = it.value();
            ballots.entry((it.org, it.parent, it.attempt)).or_default().insert(it.proposal);
        }
    }
    ballots.into_iter().filter(|(_, votes)| votes.len() > 1).map(|(ballot, _)| ballot.0).collect()
}

fn proven_double_voters(membership: &Membership) -> BTreeSet<OrgId> {
    let voted = |proof: &Evidence| matches!(proof, Evidence::Votes(_));
    let proofs = membership.equivocators().iter();
    proofs.filter(|(_, proofs)| proofs.iter().any(voted)).map(|(org, _)| *org).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn order_partition_and_repetition_do_not_matter(
        (kit, statements) in arriving(),
        parts in proptest::collection::vec(0..3u8, 400),
    ) {
        let expected = told(&kit.now());
        prop_assert_eq!(&told(&resolve(&set_of(&kit, &statements))), &expected);
        let part = |wanted: u8| {
            let tagged = statements.iter().zip(&parts).filter(move |(_, part)| **part == wanted);
            tagged.map(|(statement, _)| statement)
        };
        let rest = statements.iter().skip(parts.len());
        let again = part(1).chain(part(0)).chain(part(1)).chain(part(2)).chain(rest);
        prop_assert_eq!(&told(&resolve(&set_of(&kit, again))), &expected);
    }

    #[test]
    fn what_arrives_later_brings_nobody_and_nothing_back((kit, statements) in arriving()) {
        let mut set = StatementSet::new(kit.circle());
        let mut before = resolve(&set);
        for (n, statement) in statements.iter().enumerate() {
            set.insert(statement.clone());
            if n % 4 != 0 {
                continue;
            }
            let after = resolve(&set);
            let known: BTreeSet<_> = before.decisions.keys().collect();
            prop_assert!(known.iter().all(|id| after.decisions.contains_key(id)));
            no_resurrection(&before, &after);
            no_entry_returns(&kit, &before, &after);
            prop_assert!(after.genesis().is_none() || !after.electors().is_empty());
            before = after;
        }
    }

    #[test]
    fn double_votes_are_found_and_nobody_is_accused_wrongly((kit, statements) in arriving()) {
        let revoked = |statement: &&VerifiedStatement| {
            !matches!(statement, VerifiedStatement::Manifest(it) if it.value().core().seq > 0)
        };
        let set = set_of(&kit, statements.iter().filter(revoked));
        prop_assert_eq!(proven_double_voters(&resolve(&set)), double_voters(&set));
        let now = kit.now();
        prop_assert!(proven_double_voters(&now).is_subset(&double_voters(&kit.set)));
    }

    #[test]
    fn suspensions_take_no_vote_and_decide_nothing((kit, statements) in arriving()) {
        let other = |it: &&VerifiedStatement| !matches!(it, VerifiedStatement::Suspension(_));
        let without = resolve(&set_of(&kit, statements.iter().filter(other)));
        let with = kit.now();
        prop_assert_eq!(with.electors(), without.electors());
        prop_assert_eq!(with.path(), without.path());
        let makers: Vec<_> = with.suspensions().map(|(_, it)| it.org).collect();
        prop_assert_eq!(makers.iter().collect::<BTreeSet<_>>().len(), makers.len());
    }

    #[test]
    fn who_reads_is_in_and_nobody_else((kit, _) in arriving()) {
        let now = kit.now();
        for device in now.recipients() {
            let state = now.device(&device.device).unwrap();
            let org = now.org(&state.org).unwrap();
            prop_assert!(org.is_active() && state.is_active() && state.role().reads());
            prop_assert_eq!(now.device_of_transport(&device.transport), Some(device.device));
        }
        prop_assert!(now.needed() * 2 > now.electors().len());
        let accepted = now.path().iter().all(|id| now.is_accepted(id));
        prop_assert!(accepted);
    }
}

/// Laws over histories in which nothing happens would prove nothing.
#[test]
fn histories_get_somewhere() {
    let mut runner = TestRunner::deterministic();
    let mut reached = BTreeMap::new();
    for _ in 0..150 {
        let now = history().new_tree(&mut runner).unwrap().current().now();
        let any = |what: fn(&OrgState) -> bool| now.orgs().values().any(what);
        let adopted = |it: &Invite| matches!(it.state, InviteState::Adopted(_));
        let facts = [
            ("rivals", now.decisions.values().any(|it| !it.accepted)),
            ("out with a vote", any(|org| org.is_out() && org.votes)),
            ("voteless", any(|org| org.voteless)),
            ("suspended", any(|org| org.suspended)),
            ("admitted", now.unadopted().count() > 0),
            ("adopted", now.invites().values().any(adopted)),
            ("re-admitted", !now.state.lifted_removals.is_empty()),
            ("closed", !now.state.closed.is_empty()),
            ("revoked", !now.revoked.is_empty()),
            ("long", now.path().len() > 4),
        ];
        for (name, fact) in facts {
            *reached.entry(name).or_insert(0) += u32::from(fact);
        }
    }
    assert!(reached.values().all(|times| *times > 2), "{reached:?}");
}
