//! The states that cards go through.

use std::fmt;

/// How a kind of card lives: its states in order.
///
/// A state that follows from signed records (endorsements, releases, positions) is written by nobody:
/// it is worked out from them, and the card's own field says only what people set by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Life {
    /// Proposed, agreed, in progress, done, dropped, on hold.
    Common,
    /// A text that is drafted, reviewed, endorsed, released, retired.
    Message,
    /// A question that is proposed, asked, and adopted or blocked.
    Decision,
    /// A pilot.
    Pilot,
    /// An opportunity that is used or missed.
    Opportunity,
    /// A change of the code lists.
    Typology,
}

impl Life {
    /// All states, codes of the vocabulary's list `card_state`; a new card is in the first.
    #[must_use]
    pub const fn states(self) -> &'static [&'static str] {
        match self {
            Self::Common => &["proposed", "agreed", "in_progress", "on_hold", "done", "dropped"],
            Self::Message => &["draft", "in_review", "endorsed", "released", "retired", "dropped"],
            Self::Decision => {
                &["proposed", "consent_window", "adopted", "blocked", "lapsed", "dropped"]
            }
            Self::Pilot => {
                &["candidate", "assessed", "agreed", "running", "evaluated", "closed", "dropped"]
            }
            Self::Opportunity => &["spotted", "assigned", "prepared", "used", "missed"],
            Self::Typology => &["proposed", "commented", "adopted", "rejected"],
        }
    }

    /// The states that a person sets; the others follow from signed records.
    #[must_use]
    pub const fn set_by_hand(self) -> &'static [&'static str] {
        match self {
            Self::Message => &["draft", "in_review", "dropped"],
            Self::Decision => &["proposed", "dropped"],
            Self::Common | Self::Pilot | Self::Opportunity | Self::Typology => self.states(),
        }
    }

    /// Whether nothing remains to be done in a state.
    #[must_use]
    pub fn is_over(self, state: &str) -> bool {
        let over: &[&str] = match self {
            Self::Common => &["done", "dropped"],
            Self::Message => &["released", "retired", "dropped"],
            Self::Decision => &["adopted", "blocked", "lapsed", "dropped"],
            Self::Pilot => &["evaluated", "closed", "dropped"],
            Self::Opportunity => &["used", "missed"],
            Self::Typology => &["adopted", "rejected"],
        };
        over.contains(&state)
    }

    /// The state of a new card.
    #[must_use]
    pub fn first(self) -> &'static str {
        self.states().first().copied().unwrap_or_default()
    }
}

impl fmt::Display for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.states().join(" → "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::vocabulary::Vocabulary;

    const LIVES: [Life; 6] = [
        Life::Common,
        Life::Message,
        Life::Decision,
        Life::Pilot,
        Life::Opportunity,
        Life::Typology,
    ];

    #[test]
    fn states_are_codes_and_every_code_is_a_state() {
        let listed = Vocabulary::built_in().list("card_state");
        let is_state = |code: &str| LIVES.iter().any(|life| life.states().contains(&code));
        assert!(listed.iter().all(|term| is_state(term.code)));
        for life in LIVES {
            for state in life.states() {
                assert!(listed.iter().any(|term| term.code == *state), "{state}");
            }
            assert!(life.set_by_hand().iter().all(|state| life.states().contains(state)));
            assert!(life.set_by_hand().contains(&life.first()) && !life.is_over(life.first()));
        }
    }
}
