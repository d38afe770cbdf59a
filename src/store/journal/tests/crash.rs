//! Power failures at every operation: nothing acknowledged is lost, nothing half-written shown.

use proptest::prelude::*;

use super::*;

/// A batch of bodies, given by their lengths; or a commit; or closing and opening again.
#[derive(Debug, Clone)]
enum Act {
    Append(Vec<usize>),
    Commit,
    Reopen,
}

/// What must and what may be found.
#[derive(Debug, Default)]
struct Model {
    acknowledged: Vec<Vec<u8>>,
    in_flight: Vec<Vec<Vec<u8>>>,
    count: usize,
}

impl Model {
    fn batch(&mut self, lens: &[usize]) -> Vec<Vec<u8>> {
        lens.iter()
            .map(|len| {
                self.count += 1;
                body(self.count, *len)
            })
            .collect()
    }

    fn acknowledge(&mut self) {
        self.acknowledged.extend(self.in_flight.drain(..).flatten());
    }

    /// All that was acknowledged, then whole batches of what was in flight.
    fn check(&self, found: &[Vec<u8>]) {
        let rest = found.strip_prefix(self.acknowledged.as_slice());
        let mut rest = rest.expect("all that was acknowledged is there");
        for batch in &self.in_flight {
            if rest.is_empty() {
                return;
            }
            rest = rest.strip_prefix(batch.as_slice()).expect("batches are whole or not there");
        }
        assert!(rest.is_empty(), "nothing is there that was not appended");
    }
}

fn run(files: &FaultyFiles, acts: &[Act], model: &mut Model) -> Result<(), JournalError> {
    let mut journal = open(files)?.0;
    for act in acts {
        match act {
            Act::Append(lens) => {
                let batch = model.batch(lens);
                let given = batch.iter().map(|body| (1, body.as_slice())).collect::<Vec<_>>();
                journal.append(&given)?;
                model.in_flight.push(batch);
            }
            Act::Commit => {
                journal.commit()?;
                model.acknowledge();
            }
            Act::Reopen => {
                journal.close()?;
                model.acknowledge();
                journal = open(files)?.0;
            }
        }
    }
    Ok(())
}

/// Opens after a power failure, which may fail again in the middle of that.
fn reopen(files: &FaultyFiles, seed: u64) -> (FaultyFiles, Journal) {
    let files = files.restart(seed);
    files.fail_after(usize::try_from(seed % 7).unwrap() + 1);
    let files = match open(&files) {
        Ok(_) | Err(JournalError::Io { .. }) => files.restart(seed),
        Err(other) => panic!("{other}"),
    };
    let (journal, recovery) = open(&files).unwrap();
    assert_eq!(recovery.damage, [], "a power failure is not damage");
    (files, journal)
}

fn bodies(journal: &Journal) -> Vec<Vec<u8>> {
    all(journal).into_iter().map(|record| record.body).collect()
}

/// Runs the acts with a power failure in the given operation; false if it never came to it.
fn crash_at(acts: &[Act], operation: usize, seed: u64) -> bool {
    let files = FaultyFiles::new();
    let mut model = Model::default();
    files.fail_after(operation);
    let crashed = run(&files, acts, &mut model).is_err();
    let (files, mut journal) = reopen(&files, seed);
    let found = bodies(&journal);
    model.check(&found);
    // Life goes on behind what was cut.
    let more = [body(9999, 300), body(9998, 10)];
    journal.append(&[(1, &more[0]), (1, &more[1])]).unwrap();
    journal.commit().unwrap();
    let (_files, journal) = reopen(&files, seed + 1);
    assert_eq!(bodies(&journal), [found.as_slice(), &more].concat());
    crashed
}

fn lens() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![0..40_usize, 400..1500_usize, Just(492)], 1..4)
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![5 => lens().prop_map(Act::Append), 3 => Just(Act::Commit), 1 => Just(Act::Reopen)]
}

#[test]
fn power_fails_at_every_operation() {
    let mut acts = Vec::new();
    for round in 0..12 {
        acts.extend([600, 30, 1200].map(|len| Act::Append(vec![len + round, 5, len])));
        acts.push(if round % 5 == 4 { Act::Reopen } else { Act::Commit });
    }
    for operation in 1.. {
        let crashes = (0..2).map(|seed| crash_at(&acts, operation, seed * 31 + 1));
        if !crashes.fold(true, |all, crashed| all & crashed) {
            assert!(operation > 40, "the acts are long enough to tell something");
            break;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn power_fails_anywhere(
        acts in prop::collection::vec(act(), 1..25),
        operation in 1..60_usize,
        seed in 0..1000_u64,
    ) {
        crash_at(&acts, operation, seed);
    }

    #[test]
    fn without_a_crash_the_journal_is_a_list(acts in prop::collection::vec(act(), 1..40)) {
        let files = FaultyFiles::new();
        let mut model = Model::default();
        run(&files, &acts, &mut model).unwrap();
        let files = files.restart(0);
        let (journal, _) = open(&files).unwrap();
        model.check(&bodies(&journal));
    }
}

#[test]
fn power_fails_in_an_erasure() {
    for operation in 1..12 {
        for seed in 0..6 {
            let files = FaultyFiles::new();
            let mut journal = open_clean(&files);
            let positions = fill(&mut journal, 20, 700);
            let gone = [positions[12], positions[13]].into();
            let before = bodies(&journal);
            files.fail_after(operation);
            let erased = journal.erase(&gone).is_ok();
            let (_files, journal) = reopen(&files, seed);
            let mut after = before.clone();
            after.drain(12..14);
            let found = bodies(&journal);
            assert!(found == after || (!erased && found == before));
        }
    }
}

/// A killed process leaves in the system's memory what the disk does not have yet: what is shown
/// after opening must be on the disk by then.
#[test]
fn what_is_shown_after_a_kill_survives_a_power_failure_later() {
    for seed in 0..12 {
        let files = FaultyFiles::new();
        let mut journal = open_clean(&files);
        fill(&mut journal, 5, 100);
        journal.append(&[(1, &body(77, 1500))]).unwrap();
        files.fail_after(2);
        journal.commit().unwrap_err();
        files.fail_after(1000);
        let found = bodies(&open_clean(&files));
        assert_eq!(found.len(), 6);
        let files = files.restart(seed);
        assert_eq!(bodies(&open_clean(&files)), found);
    }
}
