//! Legal stages, and what they say of impunity.

use std::collections::BTreeSet;

use jiff::civil;

use crate::figures::event::Event;

/// How a case stands, as UNESCO asks of the killings of journalists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Outcome {
    /// A conviction, or an acquittal that is final.
    Resolved,
    /// From an investigation to an appeal, or before a regional body.
    Ongoing,
    /// No sign of justice at work: not reported, refused, closed, time-barred, not known.
    None,
}

/// The stages from the worst to the best. A conviction of who ordered it is more than one of who did
/// it; whatever is no conviction is less, a final acquittal and reparation too.
pub(super) const STAGES: [&str; 19] = [
    "unknown",
    "not_reported",
    "refused",
    "reported",
    "archived",
    "prescribed",
    "amnesty",
    "under_investigation",
    "suspects_identified",
    "arrest_warrant",
    "charged",
    "trial",
    "appeal",
    "transferred_regional",
    "acquitted",
    "reparation",
    "convicted_material",
    "sentence_served",
    "convicted_intellectual",
];
const CONVICTIONS: [&str; 3] = ["convicted_material", "sentence_served", "convicted_intellectual"];

/// What is known of an event before the law as of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Law {
    /// The best stage.
    pub(super) best: &'static str,
    pub(super) outcome: Outcome,
    /// Whether who did it was convicted, or more.
    pub(super) convicted: bool,
    /// Whether who ordered it was convicted.
    pub(super) instigator: bool,
}

impl Law {
    /// The stages that were reached by a day; those without a date count.
    pub(super) fn of(event: &Event, as_of: civil::Date) -> Self {
        let reached = event.legal.iter().filter(|(_, date)| date.is_none_or(|date| date <= as_of));
        let stages: BTreeSet<&str> = reached.map(|(stage, _)| stage.as_str()).collect();
        let best = STAGES.iter().rev().find(|stage| stages.contains(**stage));
        let has = |stage: &str| stages.contains(stage);
        let convicted = CONVICTIONS.into_iter().any(has);
        let final_acquittal = has("acquitted") && !has("appeal");
        let ongoing = [
            "under_investigation",
            "suspects_identified",
            "arrest_warrant",
            "charged",
            "trial",
            "appeal",
            "transferred_regional",
            "reparation",
        ];
        let closed = ["archived", "prescribed", "amnesty"].into_iter().any(has);
        let outcome = if convicted || final_acquittal {
            Outcome::Resolved
        } else if ongoing.into_iter().any(has) && !closed {
            Outcome::Ongoing
        } else {
            Outcome::None
        };
        Self {
            best: best.copied().unwrap_or("unknown"),
            outcome,
            convicted,
            instigator: has("convicted_intellectual"),
        }
    }
}

/// Whole years from the last day that it can have been to a day; none if it is not known.
pub(super) fn age(event: &Event, as_of: civil::Date) -> Option<i16> {
    let happened = event.when.latest().or_else(|| event.when.earliest())?;
    let years = as_of.year() - happened.year();
    let before = (as_of.month(), as_of.day()) < (happened.month(), happened.day());
    Some(years - i16::from(before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::vocabulary::Vocabulary;

    #[test]
    fn all_stages_of_the_vocabulary_have_a_place() {
        let codes: BTreeSet<&str> =
            Vocabulary::built_in().list("legal_stage").iter().map(|term| term.code).collect();
        assert_eq!(codes, BTreeSet::from(STAGES));
    }
}
