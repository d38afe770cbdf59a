//! An executable model of the specification, and what it finds in the code.

use proptest::prelude::*;

mod cast;
mod compare;
mod exhaustive;
mod keys;
mod moves;
mod partition;
mod properties;
mod spec;

use cast::{Cast, Founding};
use moves::{Move, Writer, any_move};
use spec::Statements;

fn founding() -> impl Strategy<Value = Founding> {
    (1..=4_usize, 0..=1_usize, 0..=2_u32, 0..=3_usize).prop_map(
        |(stewards, members, approvals, glass)| Founding { stewards, members, approvals, glass },
    )
}

fn cases(default: u32) -> ProptestConfig {
    let cases = std::env::var("MODEL_CASES").ok().and_then(|it| it.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(default),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

#[test]
fn random_histories_are_read_as_specified() {
    let cast = Cast::new();
    let history = (founding(), prop::collection::vec(any_move(), 1..=10), any::<u64>());
    let property = |(founding, moves, missing): (Founding, Vec<Move>, u64)| {
        let (circle, first) = cast.found(founding);
        let order = first.into_values().collect();
        let mut writer = Writer { cast: &cast, circle, order };
        for step in &moves {
            writer.play(step);
        }
        let whole: Statements = writer.order.iter().map(|it| (it.id(), it.clone())).collect();
        if let Err(difference) = compare::compare(&cast, circle, &whole) {
            return Err(TestCaseError::fail(difference));
        }
        // A node that has only a part.
        let here = whole.iter().enumerate().filter(|(n, _)| missing >> (n % 64) & 7 != 0);
        let part: Statements = here.map(|(_, (id, it))| (*id, it.clone())).collect();
        compare::compare(&cast, circle, &part).map_err(TestCaseError::fail)
    };
    let mut runner = proptest::test_runner::TestRunner::new(cases(600));
    if let Err(failure) = runner.run(&history, property) {
        panic!("{failure}");
    }
}
