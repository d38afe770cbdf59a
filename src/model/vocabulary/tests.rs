//! The built-in lists, held to their form and to what is known of them.

use super::*;
use crate::model::registry::{Kind, RecordKind, table};

#[test]
fn every_line_is_a_term_with_a_code_of_its_own_and_three_labels() {
    let lines = FILE.lines().skip(1).count();
    let terms: Vec<_> = FILE.lines().skip(1).filter_map(parse_line).collect();
    assert_eq!(terms.len(), lines, "a line has not {COLUMNS} cells");
    let mut codes: Vec<_> = terms.iter().map(|term| (term.list, term.code)).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), terms.len(), "a code is twice in its list");
    for term in terms {
        assert!(!term.labels.contains(&""), "{}/{} lacks a label", term.list, term.code);
        let path = format!("{}/{}", term.list, term.code);
        assert!(path.parse::<crate::model::registry::FieldPath>().is_ok(), "{path}");
    }
}

#[test]
fn every_list_that_a_field_names_exists() {
    for spec in RecordKind::all().flat_map(table::fields) {
        let named = spec.pattern.split('/').filter_map(|segment| {
            segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'))
        });
        let code = if let Kind::Code(list) = spec.kind { Some(list) } else { None };
        for list in named.chain(code) {
            assert!(!Vocabulary::built_in().list(list).is_empty(), "{}: {list}", spec.pattern);
        }
    }
}

#[test]
fn notes_say_family_and_restriction() {
    let vocabulary = Vocabulary::built_in();
    let term = vocabulary.term("violation_type", "sexual_violence").unwrap();
    assert_eq!(term.family(), Some("attack"));
    assert!(term.always_restricted());
    assert_eq!(term.label(Language::Spanish), "Violencia sexual");
    assert!(vocabulary.term("violation_type", "no_such").is_none());
}

fn terms() -> Vec<Term> {
    FILE.lines().skip(1).filter_map(parse_line).collect()
}

#[test]
fn the_codes_of_the_standards_are_well_formed() {
    for term in terms() {
        let place = format!("{}/{}", term.list, term.code);
        let counted = term.list == "violation_type";
        assert!(terms::is_sdg(term.sdg) || (!counted && term.sdg.is_empty()), "{place}");
        assert!(terms::is_iccs(term.iccs) || (!counted && term.iccs.is_empty()), "{place}");
        assert!(counted || term.family().is_none(), "{place}");
        assert!(!is_coalition_code(term.code), "{place} is kept for coalitions");
    }
}

/// Lists, number of their codes and a hash of all lines: a change of the file is a change of
/// [`VERSION`], because records say which one they were coded with.
#[test]
fn the_lists_of_a_version_do_not_change() {
    let mut lines: Vec<&str> = FILE.lines().collect();
    lines.sort_unstable();
    let hash = blake3::hash(lines.join("\n").as_bytes()).to_hex();
    assert_eq!((VERSION, terms().len(), hash.as_str()), (3, KNOWN_TERMS, KNOWN_HASH));
}

const KNOWN_TERMS: usize = 670;
const KNOWN_HASH: &str = "34f157582606d07dcc899afa09cf1fda164ed6cd709baffd7f0a2fdd97260192";

#[test]
fn lists_that_steer_the_program_cannot_be_added_to() {
    let vocabulary = Vocabulary::built_in();
    for list in vocabulary.lists() {
        assert!(!vocabulary.admits(list, "no_such_code") && vocabulary.list(list).len() > 1);
        assert_eq!(vocabulary.admits(list, "x_new"), is_extensible(list), "{list}");
    }
    for list in EXTENSIBLE {
        assert!(!vocabulary.list(list).is_empty(), "{list}");
    }
    for closed in ["sensitivity_tier", "consent_basis", "consent_scope", "verification_level"] {
        assert!(!is_extensible(closed), "{closed}");
    }
}

#[test]
fn codes_of_coalitions_have_one_form() {
    for good in ["x_river_poisoning", "x_a", "x_a1"] {
        assert!(is_coalition_code(good), "{good}");
    }
    let long = format!("x_{}", "a".repeat(39));
    for bad in ["x_", "x_1", "x__a", "X_a", "x_A", "x_a b", "y_a", "x_a/b", "x_ñ", &long] {
        assert!(!is_coalition_code(bad), "{bad}");
    }
}

/// Known mistakes of the lists that others publish (DOMAIN 0.9), which ours must not have: labels
/// of opposites that are swapped in one language, and lists that are shifted by a line.
#[test]
fn mistakes_of_published_lists_are_not_ours() {
    let vocabulary = Vocabulary::built_in();
    let label = |list: &str, code: &str, language| {
        vocabulary.term(list, code).unwrap_or_else(|| panic!("{list}/{code}")).label(language)
    };
    for language in [Language::English, Language::Spanish, Language::Portuguese] {
        // OpenEvSys' list 41 swaps "Likely" and "Unlikely" in Spanish.
        let denied = ["unreliable", "poco ", "pouco ", "no ", "não "];
        let reliability = |code| label("source_reliability", code, language).to_lowercase();
        let negative = |code| denied.iter().any(|word| reliability(code).contains(word));
        assert!(!negative("likely_reliable") && !negative("highly_reliable"), "{language:?}");
        assert!(negative("likely_unreliable") && negative("highly_unreliable"), "{language:?}");
    }
    // Words that sound alike and mean another thing: mapped by code, never by word.
    assert_eq!(label("violation_type", "kidnapping", Language::Spanish), "Secuestro");
    assert_eq!(label("violation_type", "kidnapping", Language::Portuguese), "Sequestro");
    // The metadata prints 110139 and 02022ED; the text means these.
    let iccs = |code: &str| vocabulary.term("violation_type", code).unwrap().iccs;
    assert_eq!(iccs("killing_armed_conflict"), "110131");
    assert_eq!((iccs("enforced_disappearance"), iccs("kidnapping")), ("020222", "020221"));
    assert_eq!(vocabulary.term("violation_type", "torture").unwrap().sdg, "C");
}

/// Natural Earth has CO-CUN twice and no CO-DC, PE-LIM twice and no PE-LMA.
#[test]
fn no_subdivision_is_twice_and_none_of_those_is_missing() {
    use crate::model::registry::place::subdivisions;

    for (country, number) in [("CO", 33), ("EC", 24), ("PE", 26), ("BR", 27)] {
        let mut codes: Vec<&str> = subdivisions(country).iter().map(|it| it.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), number, "{country}");
    }
    for code in ["CO-CUN", "CO-DC", "PE-LIM", "PE-LMA"] {
        assert!(crate::model::registry::place::by_code(code).is_some(), "{code}");
    }
}

/// Compares with a list from outside the repository, where `CEIBA_VOCABULARY` names one: each of
/// its lines is one of ours.
#[test]
fn the_lists_are_those_that_were_agreed() {
    let Some(file) = std::env::var_os("CEIBA_VOCABULARY") else { return };
    let agreed = std::fs::read_to_string(file).unwrap();
    let missing: Vec<&str> =
        agreed.lines().filter(|line| !FILE.lines().any(|ours| ours == *line)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}
