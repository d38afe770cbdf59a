use super::*;
use crate::linkage::names::PersonName;

/// So many persons whose names have no part in common.
fn people(number: usize) -> Vec<Victim> {
    let syllables = ["ba", "do", "fi", "gu", "lema", "noro", "pita", "tuse"];
    let word = |at: usize, kind: &str| {
        let syllable = |place: u32| syllables[at / 8_usize.pow(place) % 8];
        format!("{kind}{}{}{}", syllable(0), syllable(1), syllable(2))
    };
    let victim = |at: usize| Victim {
        key: format!("{at:03}"),
        name: PersonName::new(&format!("{} {}", word(at, "ma"), word(at, "ru")), ""),
        ..Victim::default()
    };
    (0..number).map(victim).collect()
}

/// Every victim with every other.
fn all(first: &[Victim], second: &[Victim]) -> Vec<(usize, usize)> {
    (0..first.len()).flat_map(|one| (0..second.len()).map(move |two| (one, two))).collect()
}

#[test]
fn of_long_lists_those_are_compared_who_share_a_part_and_all_are_found() {
    let list = people(200);
    let mut turned = list.clone();
    turned.reverse();
    turned[7].name = PersonName::new("Juancarlos Quispe", "");
    let mut first = list.clone();
    first[3].name = PersonName::new("Juan Carlos Quizpe", "");
    let pairs = index::worth(&first, &turned);
    assert!(pairs.len() < 4_000, "{} of 40000", pairs.len());
    let found = People::compare(&first, &turned);
    assert_eq!(found, People::of_pairs(&first, &turned, &all(&first, &turned)));
    assert!(found.matches.len() > 195 && found.comparable, "{}", found.matches.len());
    let juan = found.matches.iter().find(|it| it.first == "003").unwrap();
    assert_eq!(juan.second, turned[7].key);
}

#[test]
fn what_a_budget_has_not_got_is_not_compared() {
    let list = people(20);
    let mut budget = Budget::new(1_000);
    let found = People::compare_within(&list, &list, &mut budget).unwrap();
    assert_eq!(found, People::compare(&list, &list));
    assert!(budget.left < 960 - 19, "{}", budget.left);
    assert_eq!(People::compare_within(&list, &list, &mut Budget::new(50)), None);
}
