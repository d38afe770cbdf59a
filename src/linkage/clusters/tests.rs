//! What is promised of clusters, with few claims and all histories.

use proptest::prelude::*;

use super::*;

fn incident(byte: u8) -> IncidentId {
    IncidentId::new([byte; 16])
}

fn pair(one: u8, other: u8) -> Pair {
    Pair::new(incident(one), incident(other)).unwrap()
}

fn judge(org: u8, number: i64, one: u8, other: u8, verdict: Verdict) -> Judgement {
    Judgement {
        number,
        id: format!("{org}-{number}-{one}-{other}"),
        author: OrgId::new([org; 32]),
        at: civil::Date::new(2026, 1, i8::try_from(number).unwrap_or(28).clamp(1, 28)).ok(),
        pair: pair(one, other),
        verdict,
        victims: BTreeMap::new(),
    }
}

fn groups(clusters: &Clusters) -> Vec<Vec<u8>> {
    let first = |incident: IncidentId| incident.as_bytes()[0];
    clusters.iter().map(|cluster| cluster.members().map(first).collect()).collect()
}

#[test]
fn same_joins_and_the_latest_of_each_organisation_counts() {
    use Verdict::{Same, Undone};
    let history = [judge(1, 1, 5, 3, Same), judge(2, 1, 3, 8, Same), judge(2, 2, 3, 8, Undone)];
    let clusters = Clusters::of(history.clone(), None);
    assert_eq!(groups(&clusters), [[3, 5]]);
    assert_eq!(clusters.cluster_of(&incident(5)).unwrap().id(), incident(3));
    assert_eq!(clusters.event_of(&incident(8)), incident(8));
    assert!(clusters.is_settled(&pair(3, 5)) && !clusters.is_settled(&pair(3, 8)));
    assert_eq!(groups(&Clusters::of(history[..2].to_vec(), None)), [[3, 5, 8]]);
    assert_eq!(
        groups(&Clusters::of(history.clone(), civil::Date::new(2026, 1, 1).ok())),
        [[3, 5, 8]]
    );
    assert_eq!(groups(&Clusters::of(history, civil::Date::new(2025, 1, 1).ok())), [[0_u8; 0]; 0]);
}

#[test]
fn what_somebody_keeps_apart_no_chain_joins() {
    use Verdict::{NotSame, Same};
    let chain = [judge(1, 1, 1, 2, Same), judge(2, 1, 2, 3, Same), judge(3, 1, 1, 3, NotSame)];
    let clusters = Clusters::of(chain.clone(), None);
    assert_eq!(groups(&clusters), [[1, 2]], "of equals, the smaller ids are joined first");
    let contradiction = clusters.contradictions().next().unwrap();
    assert_eq!(contradiction.pair, pair(2, 3));
    assert_eq!(
        contradiction.against,
        BTreeMap::from([(pair(1, 3), BTreeSet::from([OrgId::new([3; 32])]))])
    );
    // A second organisation's word comes first.
    let clusters = Clusters::of(chain.into_iter().chain([judge(1, 1, 2, 3, Same)]), None);
    assert_eq!(groups(&clusters), [[2, 3]]);
}

#[test]
fn organisations_that_differ_on_a_pair_are_shown() {
    use Verdict::{NotSame, Same};
    let clusters = Clusters::of([judge(1, 1, 1, 2, Same), judge(2, 2, 1, 2, NotSame)], None);
    assert_eq!(groups(&clusters), [[0_u8; 0]; 0]);
    let contradiction = clusters.contradictions().next().unwrap();
    assert_eq!(contradiction.against.keys().copied().collect::<Vec<_>>(), [pair(1, 2)]);
}

fn histories() -> impl Strategy<Value = Vec<Judgement>> {
    let verdict = prop_oneof![4 => Just(Verdict::Same), 2 => Just(Verdict::NotSame), 1 => Just(Verdict::Undone)];
    let judgement = (1_u8..4, 1_i64..5, 0_u8..8, 1_u8..8, verdict);
    let judgement = judgement.prop_map(|(org, number, one, off, verdict)| {
        judge(org, number, one, (one + off) % 8, verdict)
    });
    proptest::collection::vec(judgement, 0..24)
}

proptest! {
    #[test]
    fn the_order_and_copies_do_not_matter(
        (history, shuffled) in histories().prop_flat_map(|history| {
            let twice: Vec<_> = history.iter().chain(&history).cloned().collect();
            (Just(history), Just(twice).prop_shuffle())
        })
    ) {
        prop_assert_eq!(Clusters::of(history, None), Clusters::of(shuffled, None));
    }

    #[test]
    fn no_cluster_has_a_pair_that_is_kept_apart_and_each_is_connected(history in histories()) {
        let clusters = Clusters::of(history, None);
        for (pair, state) in clusters.pairs() {
            let together = clusters.event_of(&pair.first()) == clusters.event_of(&pair.second());
            let apart = state.holding(Verdict::NotSame).next().is_some();
            prop_assert!(!(together && apart), "{:?}", pair);
            let same = state.holding(Verdict::Same).next().is_some();
            let listed = clusters.contradictions().any(|it| it.pair == *pair);
            prop_assert!(!same || together != listed, "{:?} joins or is listed", pair);
        }
        for cluster in clusters.iter() {
            // Whoever is in it is held the same as somebody else in it.
            for member in cluster.members() {
                let joined = clusters.pairs().any(|(pair, state)| {
                    (pair.first() == member || pair.second() == member)
                        && state.holding(Verdict::Same).next().is_some()
                        && cluster.has(&pair.first()) && cluster.has(&pair.second())
                });
                prop_assert!(joined);
            }
        }
    }

    #[test]
    fn taking_a_judgement_back_gives_what_was_before(history in histories(), org in 4_u8..6) {
        let before = Clusters::of(history.clone(), None);
        let mut more = history;
        more.extend([
            judge(org, 9, 0, 1, Verdict::Same),
            judge(org, 9, 2, 5, Verdict::NotSame),
            judge(org, 10, 0, 1, Verdict::Undone),
            judge(org, 10, 2, 5, Verdict::Undone),
        ]);
        let after = Clusters::of(more, None);
        prop_assert_eq!(groups(&before), groups(&after));
        let contradictions = |clusters: &Clusters| clusters.contradictions().cloned().collect::<Vec<_>>();
        prop_assert_eq!(contradictions(&before), contradictions(&after));
    }
}
