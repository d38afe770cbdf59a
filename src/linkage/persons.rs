//! Which victims of the claims of one event are one person.
//!
//! In this order: what organisations said with their judgements; where two claims have one victim
//! each, these; else what names or tokens tell. No two victims of one claim become one person.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    claim::Victim,
    clusters::{Cluster, Clusters},
    judgement::{Pair, Verdict},
    names::NameLevel,
    people::People,
};
use crate::model::id::IncidentId;

/// Claims of a cluster of which each is compared with each.
const MAX_COMPARED: usize = 200;

/// A victim of a claim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VictimRef {
    /// The claim.
    pub incident: IncidentId,
    /// The key among its victims.
    pub key: String,
}

/// One person of an event, as each claim that knows of the person has them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person {
    /// The victims that are this person, at most one of each claim, in order.
    pub victims: BTreeSet<VictimRef>,
}

/// The persons of a cluster, by their first victim. `victims` are those of each claim; a claim that
/// is not there has none. The same from the same, in whatever order.
#[must_use]
pub fn persons(
    clusters: &Clusters,
    cluster: &Cluster,
    victims: &BTreeMap<IncidentId, Vec<Victim>>,
) -> Vec<Person> {
    let mut joining = Joining::new(cluster, victims);
    let pairs = pairs(clusters, cluster);
    let mut left = Vec::new();
    for pair in pairs {
        let said = said(clusters, &pair);
        if said.is_empty() {
            left.push(pair);
        }
        said.iter().for_each(|(one, other)| joining.join(&pair, one, other));
    }
    let of = |incident: IncidentId| victims.get(&incident).map_or(&[][..], Vec::as_slice);
    let mut by_name = Vec::new();
    for pair in left {
        match (of(pair.first()), of(pair.second())) {
            ([one], [other]) => joining.join(&pair, &one.key, &other.key),
            (these, those) => {
                for person in People::compare(these, those).matches {
                    let surest_first = std::cmp::Reverse(person.level());
                    by_name.push((surest_first, pair, person.first, person.second));
                }
            }
        }
    }
    by_name.sort();
    for (level, pair, one, other) in by_name {
        if level.0 >= NameLevel::Partial {
            joining.join(&pair, &one, &other);
        }
    }
    let mut persons: Vec<Person> =
        joining.groups.into_values().map(|victims| Person { victims }).collect();
    persons.sort();
    persons
}

/// The pairs of claims whose victims are compared: all of them, but in a large cluster only those
/// that somebody judged, since whoever joins many claims must not keep everybody else reckoning.
fn pairs(clusters: &Clusters, cluster: &Cluster) -> Vec<Pair> {
    if cluster.claims() > MAX_COMPARED {
        return clusters.judged_in(cluster).copied().collect();
    }
    let members: Vec<IncidentId> = cluster.members().collect();
    members
        .iter()
        .enumerate()
        .flat_map(|(at, one)| members.iter().skip(at + 1).map(|other| (*one, *other)))
        .filter_map(|(one, other)| Pair::new(one, other))
        .collect()
}

/// Who is whom by the judgements that hold two claims to be of one event; what the most
/// organisations say first.
fn said(clusters: &Clusters, pair: &Pair) -> Vec<(String, String)> {
    let Some(state) = clusters.state(pair) else { return Vec::new() };
    let mut votes: BTreeMap<(String, String), usize> = BTreeMap::new();
    for judgement in state.holding(Verdict::Same) {
        for (one, other) in &judgement.victims {
            *votes.entry((one.clone(), other.clone())).or_default() += 1;
        }
    }
    let mut said: Vec<_> = votes.into_iter().collect();
    said.sort_by_key(|(victims, votes)| (std::cmp::Reverse(*votes), victims.clone()));
    said.into_iter().map(|(victims, _)| victims).collect()
}

/// Groups of victims that grow.
struct Joining {
    group_of: BTreeMap<VictimRef, VictimRef>,
    groups: BTreeMap<VictimRef, BTreeSet<VictimRef>>,
}

impl Joining {
    fn new(cluster: &Cluster, victims: &BTreeMap<IncidentId, Vec<Victim>>) -> Self {
        let mut joining = Self { group_of: BTreeMap::new(), groups: BTreeMap::new() };
        for incident in cluster.members() {
            for victim in victims.get(&incident).into_iter().flatten() {
                let victim = VictimRef { incident, key: victim.key.clone() };
                joining.group_of.insert(victim.clone(), victim.clone());
                joining.groups.insert(victim.clone(), BTreeSet::from([victim]));
            }
        }
        joining
    }

    /// Makes two victims one person, unless that would make two of one claim one.
    fn join(&mut self, pair: &Pair, one: &str, other: &str) {
        let group = |incident: IncidentId, key: &str| {
            self.group_of.get(&VictimRef { incident, key: key.to_owned() }).cloned()
        };
        let (Some(one), Some(other)) = (group(pair.first(), one), group(pair.second(), other))
        else {
            return;
        };
        if one == other {
            return;
        }
        let size = |group| self.groups.get(group).map_or(0, BTreeSet::len);
        // The smaller group moves: each victim then moves seldom.
        let (one, other) = if size(&one) < size(&other) { (other, one) } else { (one, other) };
        let (Some(these), Some(those)) = (self.groups.get(&one), self.groups.get(&other)) else {
            return;
        };
        let is_of_these = |incident: IncidentId| {
            let first = VictimRef { incident, key: String::new() };
            these.range(first..).next().is_some_and(|victim| victim.incident == incident)
        };
        if those.iter().any(|victim| is_of_these(victim.incident)) {
            return;
        }
        let moved = self.groups.remove(&other).unwrap_or_default();
        for victim in &moved {
            self.group_of.insert(victim.clone(), one.clone());
        }
        self.groups.entry(one).or_default().extend(moved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        linkage::{judgement::Judgement, names::PersonName},
        model::id::OrgId,
    };

    fn incident(byte: u8) -> IncidentId {
        IncidentId::new([byte; 16])
    }

    fn same(org: u8, one: u8, other: u8, victims: &[(&str, &str)]) -> Judgement {
        let victims = victims.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned()));
        Judgement {
            number: 1,
            id: String::new(),
            author: OrgId::new([org; 32]),
            at: None,
            pair: Pair::new(incident(one), incident(other)).unwrap(),
            verdict: Verdict::Same,
            victims: victims.collect(),
        }
    }

    fn names(names: &[&str]) -> Vec<Victim> {
        let victim = |(at, name): (usize, &&str)| Victim {
            key: (at + 1).to_string(),
            name: PersonName::new(name, ""),
            ..Victim::default()
        };
        names.iter().enumerate().map(victim).collect()
    }

    fn of(judgements: Vec<Judgement>, claims: &[(u8, &[&str])]) -> Vec<Vec<(u8, String)>> {
        let clusters = Clusters::of(judgements, None);
        let victims = claims.iter().map(|(id, list)| (incident(*id), names(list))).collect();
        let persons = persons(&clusters, clusters.iter().next().unwrap(), &victims);
        let victims = |person: Person| {
            let shown = |it: &VictimRef| (it.incident.as_bytes()[0], it.key.clone());
            person.victims.iter().map(shown).collect()
        };
        persons.into_iter().map(victims).collect()
    }

    fn person(victims: &[(u8, &str)]) -> Vec<(u8, String)> {
        victims.iter().map(|(id, key)| (*id, (*key).to_owned())).collect()
    }

    #[test]
    fn what_people_said_comes_first_then_the_only_ones_then_names() {
        let said = of(vec![same(1, 1, 2, &[("1", "2")])], &[(1, &["NN"]), (2, &["A B", "C D"])]);
        assert_eq!(said, [person(&[(1, "1"), (2, "2")]), person(&[(2, "1")])]);
        let only = of(vec![same(1, 1, 2, &[])], &[(1, &["NN"]), (2, &["Elena Tapuy"])]);
        assert_eq!(only, [person(&[(1, "1"), (2, "1")])]);
        let by_name = of(
            vec![same(1, 1, 2, &[])],
            &[(1, &["Elena Tapuy", "Rosa Andi"]), (2, &["Rosa Andy", "NN"])],
        );
        assert_eq!(
            by_name,
            [person(&[(1, "1")]), person(&[(1, "2"), (2, "1")]), person(&[(2, "2")])]
        );
    }

    #[test]
    fn two_victims_of_one_claim_stay_two() {
        let persons = of(
            vec![same(1, 1, 2, &[("1", "1")]), same(1, 2, 3, &[]), same(2, 1, 3, &[("2", "1")])],
            &[(1, &["A B", "C D"]), (2, &["E F"]), (3, &["G H"])],
        );
        for found in &persons {
            let claims: BTreeSet<u8> = found.iter().map(|(claim, _)| *claim).collect();
            assert_eq!(claims.len(), found.len());
        }
        assert_eq!(persons.len(), 2);
    }

    #[test]
    fn in_a_large_cluster_only_what_was_judged_is_compared() {
        let id = |at: usize| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&u64::try_from(at).unwrap().to_be_bytes());
            IncidentId::new(bytes)
        };
        let of = |claims: usize, last: &[&str]| {
            // All hang on the first, whose victims are others.
            let hub =
                |at| Judgement { pair: Pair::new(id(0), id(at)).unwrap(), ..same(1, 1, 2, &[]) };
            let clusters = Clusters::of((1..claims).map(hub), None);
            let mut victims: BTreeMap<IncidentId, Vec<Victim>> =
                (1..claims).map(|at| (id(at), names(last))).collect();
            victims.insert(id(0), names(&["Rosa Andi", "Luis Grefa"]));
            persons(&clusters, clusters.iter().next().unwrap(), &victims).len()
        };
        assert_eq!(of(MAX_COMPARED, &["Elena Tapuy", "NN"]), 2 + 1 + MAX_COMPARED - 1);
        assert_eq!(of(MAX_COMPARED + 1, &["Elena Tapuy", "NN"]), 2 + 2 * MAX_COMPARED);
        assert_eq!(
            of(MAX_COMPARED + 1, &["Rosa Andi", "Luis Grefa"]),
            2,
            "what was judged is compared"
        );
    }
}
