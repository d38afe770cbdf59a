//! Operations of earlier changes that a change names, in little memory.
//!
//! A hundred bytes of run lengths can name a hundred thousand operations. What they say is kept as
//! they say it: as progressions, whose number follows the bytes and not the operations.

use crate::doc::Actor;

/// Some operations of one actor: every `step`th counter from `first` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) actor: Actor,
    run: Run,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    first: u64,
    step: i64,
    count: u64,
}

impl Run {
    /// The counter at a place; none beyond all counters.
    fn at(self, place: u64) -> Option<u64> {
        let distance = i64::try_from(place).ok()?.checked_mul(self.step)?;
        self.first.checked_add_signed(distance)
    }

    fn push(&mut self, counter: u64) -> bool {
        if self.at(self.count.saturating_sub(1)) == Some(counter) {
            // Named once more.
            return true;
        }
        if self.count == 1 {
            let step = i128::from(counter) - i128::from(self.first);
            let Ok(step) = i64::try_from(step) else { return false };
            self.step = step;
        }
        let next = self.at(self.count) == Some(counter);
        self.count = self.count.saturating_add(u64::from(next));
        next
    }
}

impl Reference {
    /// The counters.
    pub(super) fn counters(self) -> impl Iterator<Item = u64> {
        (0..self.run.count).map_while(move |place| self.run.at(place))
    }
}

/// Collects what one column names, in its order; actors by their index in the change.
#[derive(Debug, Default)]
pub(super) struct References(Vec<(u64, Run)>);

impl References {
    pub(super) fn push(&mut self, actor: u64, counter: u64) {
        let goes_on =
            self.0.last_mut().is_some_and(|(last, run)| *last == actor && run.push(counter));
        if !goes_on {
            self.0.push((actor, Run { first: counter, step: 0, count: 1 }));
        }
    }

    /// With the actors themselves.
    pub(super) fn resolve<'a>(
        &'a self,
        actor: &'a impl Fn(u64) -> Option<Actor>,
    ) -> impl Iterator<Item = Reference> + 'a {
        self.0
            .iter()
            .filter_map(|(index, run)| Some(Reference { actor: actor(*index)?, run: *run }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_named_is_named_and_nothing_else(
            named in proptest::collection::vec((0_u64..3, prop_oneof![0_u64..40, any::<u64>()]), 0..60),
        ) {
            let mut references = References::default();
            named.iter().for_each(|(actor, counter)| references.push(*actor, *counter));
            let actor = |index: u64| Actor::from_slice(&[u8::try_from(index).unwrap(); Actor::LEN]);
            let resolved = references.resolve(&actor);
            let mut found: Vec<_> =
                resolved.flat_map(|it| it.counters().map(move |at| (it.actor, at))).collect();
            let mut wanted: Vec<_> =
                named.iter().map(|(index, at)| (actor(*index).unwrap(), *at)).collect();
            found.sort_unstable();
            wanted.sort_unstable();
            found.dedup();
            wanted.dedup();
            prop_assert_eq!(found, wanted);
        }
    }

    #[test]
    fn a_hundred_thousand_in_a_row_are_one() {
        let mut references = References::default();
        (1..100_000).rev().for_each(|counter| references.push(1, counter * 2));
        assert_eq!(references.0.len(), 1);
    }
}
