use proptest::prelude::*;

use super::*;

/// The same first `common` entries, then different ones.
fn forked(common: u8, ours: u8, theirs: u8) -> (Written, Written) {
    let entry = |n: u8| vec![vec![n; 9]];
    let first = (0..common).chain(100..100 + ours).map(entry).collect();
    let second = (0..common).chain(200..200 + theirs).map(entry).collect();
    (Written::new(first), Written::new(second))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// ∀ forks, ∀ runs of the other line that touch what we hold at or after the fork: found, and
    /// what is found can be proven to somebody who has seen neither line.
    #[test]
    fn a_fork_is_found_and_proven(common in 0..4u8, more in (1..4u8, 1..4u8), cut in any::<prop::sample::Index>(), len in 1..8usize) {
        let (ours, theirs) = forked(common, more.0, more.1);
        let held = ours.entries.len();
        let all = theirs.entries.len();
        let from = cut.index(all).min(held);
        let to = (from + len).min(all);
        // A run that lies before the fork proves nothing.
        prop_assume!(from < to && to > usize::from(common));
        let run = theirs.run(from, to);
        let verdict = ours.verify(held, &run);
        let Err(RunError::Forked { seq }) = verdict else {
            return Err(TestCaseError::fail(format!("{verdict:?}")));
        };
        let line = ours.run(usize::try_from(seq).unwrap(), held);
        let proof = ForkProof::between(&ours.circle, &ours.log, seq, &line, &run).unwrap();
        let read = ForkProof::decode(&proof.encode()).unwrap();
        prop_assert_eq!(read.verify(&ours.circle, &ours.log), Ok(()));
    }
}

#[test]
fn one_line_twice_is_no_fork() {
    let (ours, _) = forked(3, 2, 2);
    let (run, longer) = (ours.run(2, 4), ours.run(2, 5));
    let none = ForkProof::between(&ours.circle, &ours.log, 2, &run, &longer);
    assert_eq!(none, Err(ForkError::Same));
}

#[test]
fn nobody_can_make_a_fork_of_an_honest_log() {
    let (ours, theirs) = forked(2, 2, 2);
    let proof =
        ForkProof::between(&ours.circle, &ours.log, 2, &ours.run(2, 4), &theirs.run(2, 4)).unwrap();
    // Another place, another log, a signature of another entry.
    let elsewhere = ForkProof { seq: 3, ..proof.clone() };
    assert_ne!(elsewhere.verify(&ours.circle, &ours.log), Ok(()));
    let other = log_of(&key(2), Lane::Record);
    assert!(proof.verify(&ours.circle, &other).is_err());
    let mut forged = proof.clone();
    forged.second.signature = *theirs.entries[2].signature();
    assert_eq!(forged.verify(&ours.circle, &ours.log), Err(ForkError::Branch(RunError::Signature)));
    let mut cut = proof;
    cut.first.headers.clear();
    assert_eq!(cut.verify(&ours.circle, &ours.log), Err(ForkError::Elsewhere));
}
