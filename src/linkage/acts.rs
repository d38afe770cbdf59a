//! Whether what was done can be one event.

use std::collections::BTreeSet;

use crate::model::vocabulary::Vocabulary;

/// How two claims' violations fit, the best first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActFit {
    /// Both say the same.
    SameViolation {
        /// What.
        code: String,
    },
    /// Of one family.
    SameFamily {
        /// Which.
        family: &'static str,
    },
    /// One is often taken for the other, or becomes it: a disappearance and a killing.
    Related,
    /// One of them does not say.
    NotStated,
}

/// Violations of different families that are often told of one event.
const RELATED: &[(&str, &str)] = &[
    // Who was taken, by whom and why is known later.
    ("arbitrary_detention", "enforced_disappearance"),
    ("arbitrary_detention", "disappearance_undetermined"),
    ("arbitrary_detention", "kidnapping"),
    ("arbitrary_detention", "torture"),
    ("arbitrary_detention", "ill_treatment"),
    ("arbitrary_detention", "excessive_force"),
    ("detention_unassessed", "enforced_disappearance"),
    ("detention_unassessed", "disappearance_undetermined"),
    ("detention_unassessed", "kidnapping"),
    ("detention_unassessed", "torture"),
    ("detention_unassessed", "ill_treatment"),
    ("detention_unassessed", "excessive_force"),
    // A shot that misses is an attempt to one and a threat to the other.
    ("attempted_killing", "death_threat"),
    ("attempted_killing", "threat_harm"),
    ("attempted_killing", "harassment"),
    ("assault_serious", "threat_harm"),
    ("assault_minor", "harassment"),
    ("assault_minor", "threat_harm"),
    // Things and land.
    ("arson", "forced_displacement"),
    ("arson", "forced_eviction"),
    ("arson", "land_invasion"),
    ("property_damage", "land_invasion"),
    ("property_damage", "forced_eviction"),
    ("property_damage", "harassment"),
    ("property_damage", "threat_harm"),
    ("forced_eviction", "excessive_force"),
    ("forced_displacement", "death_threat"),
    ("forced_displacement", "collective_threat"),
    ("forced_displacement", "threat_harm"),
    ("search_raid", "info_theft"),
    ("search_raid", "property_damage"),
    ("assembly_restriction", "excessive_force"),
    ("assembly_restriction", "arbitrary_detention"),
    // Words.
    ("labelling", "threat_harm"),
    ("labelling", "harassment"),
    ("smear_defamation", "online_harassment"),
    ("smear_defamation", "harassment"),
    ("hate_incitement", "online_harassment"),
    ("hate_incitement", "threat_harm"),
];

/// Violations that say nothing of what was done.
const SAY_NOTHING: &[&str] = &["unknown", "other", "reprisal_un_ifi"];

/// Violations that one person suffers once.
const ONCE: &[&str] = &["killing", "killing_armed_conflict"];

/// How two sets of violations fit; none if they are of different events.
#[must_use]
pub fn compare(one: &BTreeSet<String>, other: &BTreeSet<String>) -> Option<ActFit> {
    let telling = |set: &BTreeSet<String>| -> Vec<String> {
        set.iter().filter(|code| !SAY_NOTHING.contains(&code.as_str())).cloned().collect()
    };
    let (one, other) = (telling(one), telling(other));
    if one.is_empty() || other.is_empty() {
        return Some(ActFit::NotStated);
    }
    let pairs =
        || one.iter().flat_map(|code| other.iter().map(move |it| (code.as_str(), it.as_str())));
    pairs().filter_map(|(code, it)| compare_codes(code, it)).min()
}

fn compare_codes(one: &str, other: &str) -> Option<ActFit> {
    if one == other {
        return Some(ActFit::SameViolation { code: one.to_owned() });
    }
    let family = |code: &str| Vocabulary::built_in().term("violation_type", code)?.family();
    match (family(one), family(other)) {
        (Some(family), Some(it)) if family == it => Some(ActFit::SameFamily { family }),
        // A code of a coalition's own: nothing is known of it.
        (None, _) | (_, None) => Some(ActFit::NotStated),
        _differ => {
            let related = RELATED.contains(&(one, other)) || RELATED.contains(&(other, one));
            related.then_some(ActFit::Related)
        }
    }
}

/// Whether both tell of what one person suffers once.
#[must_use]
pub fn is_once(one: &BTreeSet<String>, other: &BTreeSet<String>) -> bool {
    let once = |set: &BTreeSet<String>| ONCE.iter().any(|code| set.contains(*code));
    once(one) && once(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(one: &[&str], other: &[&str]) -> Option<ActFit> {
        let set = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
        let (one, other) = (set(one), set(other));
        let fit = compare(&one, &other);
        assert_eq!(fit, compare(&other, &one));
        fit
    }

    #[test]
    fn what_can_be_one_event_fits() {
        let same = |code: &str| Some(ActFit::SameViolation { code: code.to_owned() });
        assert_eq!(fit(&["killing", "torture"], &["killing"]), same("killing"));
        assert_eq!(
            fit(&["disappearance_undetermined"], &["killing"]),
            Some(ActFit::SameFamily { family: "attack" })
        );
        assert_eq!(fit(&["arbitrary_detention"], &["kidnapping"]), Some(ActFit::Related));
        assert_eq!(fit(&["killing"], &["smear_defamation"]), None);
        assert_eq!(fit(&["killing"], &["unknown"]), Some(ActFit::NotStated));
        assert_eq!(fit(&["x_river_poisoning"], &["killing"]), Some(ActFit::NotStated));
    }

    #[test]
    fn every_code_here_is_of_the_vocabulary() {
        let codes = RELATED.iter().flat_map(|(one, other)| [one, other]);
        for code in codes.chain(SAY_NOTHING).chain(ONCE) {
            assert!(Vocabulary::built_in().term("violation_type", code).is_some(), "{code}");
        }
    }
}
