//! Pairs that are proposed, and pairs that must not be. Nobody of these lives.

use proptest::prelude::*;

use super::*;
use crate::{
    linkage::{
        judgement::{Judgement, Verdict},
        names::NameLevel,
    },
    model::{id::OrgId, registry::Record},
};

fn incident(id: u8) -> IncidentId {
    IncidentId::new([id; 16])
}

fn claim(id: u8, org: u8, fields: &[(&str, &str)]) -> Claim {
    let mut record = Record::incident();
    let usual = [
        ("date", "2024-05-03"),
        ("country", "CO"),
        ("place/admin1", "CO-CAU"),
        ("place/admin2", "Toribío"),
        ("acts/1/violation", "killing"),
        ("counting_unit", "individual"),
    ];
    for (path, value) in usual.iter().chain(fields) {
        record.set(path.parse().unwrap(), *value).unwrap();
    }
    Claim::of(incident(id), OrgId::new([org; 32]), &record)
}

fn named(id: u8, org: u8, name: &str, more: &[(&str, &str)]) -> Claim {
    let fields: Vec<_> = [("victims/1/name", name)].iter().chain(more).copied().collect();
    claim(id, org, &fields)
}

fn found(claims: &[Claim]) -> Vec<Candidate> {
    candidates(claims, &Clusters::default(), &Scope::default()).candidates
}

fn strength(one: Claim, other: Claim) -> Option<Strength> {
    let claims = [one, other];
    let found = found(&claims);
    let direct = compare(&claims[0], &claims[1]);
    assert_eq!(found.first(), direct.as_ref(), "found by blocks as by looking at the pair");
    found.first().map(|candidate| candidate.strength)
}

#[test]
fn a_name_a_date_and_a_place_are_strong() {
    let one = || named(1, 1, "Elena Tapuy Grefa", &[]);
    assert_eq!(
        strength(one(), named(2, 2, "Elena Tapui", &[("date", "2024-05-05")])),
        Some(Strength::Strong)
    );
    let month = [("date", "2024-05")];
    assert_eq!(strength(one(), named(2, 2, "ELENA TAPUY GREFA", &month)), Some(Strength::Strong));
    assert_eq!(strength(one(), named(2, 2, "Elena Tapuy", &month)), Some(Strength::Likely));
    let unknown = [("date", "XXXX")];
    assert_eq!(strength(one(), named(2, 2, "Elena Tapuy Grefa", &unknown)), Some(Strength::Likely));
    assert_eq!(
        strength(
            one(),
            named(2, 2, "Elena Tapuy", &[("date", "XXXX"), ("place/admin2", "Corinto")])
        ),
        None
    );
    assert_eq!(strength(one(), named(2, 2, "Elena Tapuy Grefa", &[("date", "2021-05-03")])), None);
    assert_eq!(
        strength(
            one(),
            named(2, 2, "Elena Tapuy Grefa", &[("acts/1/violation", "smear_defamation")])
        ),
        None
    );
    let far = [("place/admin1", "CO-LAG")];
    assert_eq!(strength(one(), named(2, 2, "Elena Tapuy Grefa", &far)), None);
    let man = [("victims/1/sex_gender", "male")];
    let woman = named(
        1,
        1,
        "Elena Tapuy Grefa",
        &[("victims/1/sex_gender", "female"), ("date", "2024-05")],
    );
    assert_eq!(strength(woman, named(2, 2, "Elena Tapuy Grefa", &man)), Some(Strength::Likely));
}

#[test]
fn date_and_place_alone_join_nobody() {
    // Four victims of one event, each a claim of its own, by two organisations.
    let names = ["Elena Tapuy Grefa", "Marta Tapuy Grefa", "Rosa Andi Yumbo", "NN"];
    let mut claims: Vec<Claim> = Vec::new();
    for (at, name) in (0_u8..).zip(names) {
        claims.push(named(10 + at, 1, name, &[]));
        claims.push(named(20 + at, 2, name, &[]));
    }
    let pairs: Vec<_> = found(&claims).iter().map(|it| it.pair).collect();
    let own = |at: u8| Pair::new(incident(10 + at), incident(20 + at)).unwrap();
    assert_eq!(pairs, [own(0), own(1), own(2)], "each with itself, and NN with nobody");
}

#[test]
fn without_a_name_more_has_to_agree() {
    let unnamed = |id: u8, org: u8, more: &[(&str, &str)]| named(id, org, "NN", more);
    let sex = ("victims/1/sex_gender", "female");
    let age = ("victims/1/age_band", "a30_44");
    assert_eq!(strength(unnamed(1, 1, &[sex]), unnamed(2, 2, &[sex])), None);
    assert_eq!(
        strength(unnamed(1, 1, &[sex, age]), unnamed(2, 2, &[sex, age])),
        Some(Strength::Possible)
    );
    let month = ("date", "2024-05");
    assert_eq!(strength(unnamed(1, 1, &[sex, age, month]), unnamed(2, 2, &[sex, age])), None);
    // Two names that can be compared and differ are two persons, whatever else agrees.
    let other_name = |id, org, name| named(id, org, name, &[sex, age]);
    let two = (other_name(1, 1, "Elena Tapuy Grefa"), other_name(2, 2, "Rosa Andi Yumbo"));
    assert_eq!(strength(two.0, two.1), None);
    let community = |id: u8, org: u8| {
        claim(
            id,
            org,
            &[
                ("counting_unit", "community"),
                ("place/territory", "Resguardo Inventado"),
                ("acts/1/violation", "forced_displacement"),
            ],
        )
    };
    assert_eq!(strength(community(1, 1), community(2, 2)), Some(Strength::Likely));
}

#[test]
fn one_victim_may_be_part_of_what_tells_of_several() {
    let whole = claim(
        1,
        1,
        &[
            ("victims/1/name", "Elena Tapuy Grefa"),
            ("victims/2/name", "Marta Tapuy Grefa"),
            ("victims/3/name", "Rosa Andi Yumbo"),
        ],
    );
    let part = named(2, 2, "Rosa Andi Yumbo", &[]);
    let found = found(&[whole, part]);
    assert_eq!(found[0].victims(), [("3".to_owned(), "1".to_owned())]);
    assert!(found[0].reasons.contains(&Reason::PartOf { part: incident(2), whole: incident(1) }));
}

#[test]
fn tokens_find_what_names_find_and_only_within_an_epoch() {
    let keyed =
        |key: u8| move |bytes: &[u8]| -> [u8; 32] { blake3::keyed_hash(&[key; 32], bytes).into() };
    let hidden = |id: u8, org: u8, name: &str, key: u8| {
        let mut claim = named(id, org, name, &[]);
        for victim in &mut claim.victims {
            victim.tokenise(&format!("e{key}"), &keyed(key));
            victim.name = None;
        }
        claim
    };
    let one = hidden(1, 1, "Elena Tapuy Grefa", 1);
    let found = found(&[one.clone(), hidden(2, 2, "Elena Tapui Grefa", 1)]);
    assert_eq!(found[0].strength, Strength::Strong);
    let Reason::Name(person) = &found[0].reasons[0] else { panic!("a name") };
    assert_eq!(
        (person.basis, person.name.level),
        (crate::linkage::people::Basis::Tokens, NameLevel::Full)
    );
    assert_eq!(strength(one.clone(), hidden(2, 2, "Elena Tapuy Grefa", 2)), None);
    // Who knows a name makes its tokens under the other's key.
    let mut own = named(3, 2, "Elena Tapuy Grefa", &[]);
    own.victims[0].tokenise("e1", &keyed(1));
    assert_eq!(strength(one, own), Some(Strength::Strong));
}

#[test]
fn what_was_judged_is_not_proposed_again() {
    let claims = [named(1, 1, "Elena Tapuy Grefa", &[]), named(2, 2, "Elena Tapuy Grefa", &[])];
    let judgement = |number, verdict| Judgement {
        number,
        id: String::new(),
        author: OrgId::new([9; 32]),
        at: None,
        pair: Pair::new(incident(1), incident(2)).unwrap(),
        verdict,
        victims: std::collections::BTreeMap::new(),
    };
    for (history, proposed) in [
        (vec![judgement(1, Verdict::NotSame)], 0),
        (vec![judgement(1, Verdict::Same)], 0),
        (vec![judgement(1, Verdict::NotSame), judgement(2, Verdict::Undone)], 1),
    ] {
        let clusters = Clusters::of(history, None);
        assert_eq!(candidates(&claims, &clusters, &Scope::default()).candidates.len(), proposed);
    }
}

#[test]
fn one_organisations_own_claims_are_compared_when_asked_for() {
    let claims = [named(1, 1, "Elena Tapuy Grefa", &[]), named(2, 1, "Elena Tapuy Grefa", &[])];
    assert_eq!(found(&claims).len(), 0);
    let scope = Scope { within_one: true, incident: Some(incident(2)) };
    assert_eq!(candidates(&claims, &Clusters::default(), &scope).candidates.len(), 1);
}

#[test]
fn what_one_organisation_repeats_hides_no_pair_of_two_others() {
    let name = "Elena Tapuy Grefa";
    let mut claims = vec![named(1, 1, name, &[]), named(200, 2, name, &[])];
    claims.extend((2..150).map(|id| named(id, 3, name, &[])));
    let pairs = |claims: &[Claim]| -> BTreeSet<Pair> {
        found(claims).iter().map(|candidate| candidate.pair).collect()
    };
    let pair = Pair::new(incident(1), incident(200)).unwrap();
    let proposed = pairs(&claims);
    assert!(proposed.contains(&pair));
    assert!(proposed.len() <= 2 * claims.len(), "{}: each with so many next ones", proposed.len());
    // Nor do many organisations that each repeat it.
    claims.extend((150..200).map(|id| named(id, id, name, &[])));
    assert!(pairs(&claims).contains(&pair));
}

#[test]
fn a_pair_of_very_many_victims_waits_for_the_others_and_is_told_if_it_is_left() {
    let crowd = |id: u8, org: u8| {
        // One given name for all of them, so that everybody is worth a look at everybody.
        let names: Vec<(String, String)> = (0..60_u32)
            .map(|at| (format!("victims/{}/name", at + 1), format!("Rosa Apellido{at:02}")))
            .collect();
        let fields: Vec<_> =
            names.iter().map(|(path, name)| (path.as_str(), name.as_str())).collect();
        claim(id, org, &fields)
    };
    let mut claims: Vec<Claim> = (1..=10).map(|org| crowd(org, org)).collect();
    claims.push(named(100, 1, "Elena Tapuy Grefa", &[]));
    claims.push(named(101, 2, "Elena Tapuy Grefa", &[]));
    let asked = |claims: &[Claim], comparisons| {
        within(claims, &Clusters::default(), &Scope::default(), Budget::new(comparisons))
    };
    let found = asked(&claims, 10_000);
    assert!(found.left > 40, "{}", found.left);
    let pair = Pair::new(incident(100), incident(101)).unwrap();
    assert!(found.candidates.iter().any(|it| it.pair == pair));
    claims.reverse();
    assert_eq!(asked(&claims, 10_000), found);
    assert_eq!(candidates(&claims, &Clusters::default(), &Scope::default()).left, 0);
}

proptest! {
    #[test]
    fn the_order_of_claims_does_not_matter(
        mut claims in proptest::collection::vec((0_u8..2, 0_usize..4, 1_u8..9, proptest::bool::ANY), 2..12),
        turn in 0_usize..12,
    ) {
        let names = ["Elena Tapuy Grefa", "Elena Tapuy", "Marta Andi", "NN"];
        let make = |(at, (org, name, day, here)): (u8, &(u8, usize, u8, bool))| {
            let date = format!("2024-05-0{day}");
            let place = if *here { "Toribío" } else { "Corinto" };
            named(at + 1, *org, names[*name], &[("date", &date), ("place/admin2", place), ("victims/1/sex_gender", "female"), ("sectors/agribusiness", "x")])
        };
        let mut made: Vec<Claim> = (0_u8..).zip(&claims).map(make).collect();
        let before = found(&made);
        let by = turn % made.len();
        made.rotate_left(by);
        prop_assert_eq!(&before, &found(&made));
        claims.clear();
        for one in &made {
            let scope = Scope { incident: Some(one.id), within_one: false };
            for candidate in candidates(&made, &Clusters::default(), &scope).candidates {
                prop_assert!(before.contains(&candidate), "blocks lose nothing");
            }
        }
    }
}
