//! Which claims are of one event, as far as organisations hold it.
//!
//! A cluster is what *same event* joins, and *not the same* keeps apart: no two claims of which
//! anybody holds that they are different events are ever in one cluster, whatever chain of others
//! would join them. What is left out for that is listed, for people to settle. Everything follows
//! from the set of judgements, in whatever order they came; taking one back gives what was before.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::civil;

use super::judgement::{Judgement, Pair, Verdict};
use crate::model::id::{IncidentId, OrgId};

/// What is held of one pair now: of each organisation, its latest judgement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PairState {
    latest: BTreeMap<OrgId, Judgement>,
}

impl PairState {
    /// The latest judgement of each organisation, those taken back too.
    pub fn latest(&self) -> impl Iterator<Item = &Judgement> {
        self.latest.values()
    }

    /// The judgements that hold this verdict now.
    pub fn holding(&self, verdict: Verdict) -> impl Iterator<Item = &Judgement> {
        self.latest.values().filter(move |judgement| judgement.verdict == verdict)
    }

    /// Whether anybody holds anything of it.
    #[must_use]
    pub fn is_standing(&self) -> bool {
        self.latest.values().any(|judgement| judgement.verdict != Verdict::Undone)
    }

    fn holders(&self, verdict: Verdict) -> BTreeSet<OrgId> {
        self.holding(verdict).map(|judgement| judgement.author).collect()
    }
}

/// A *same event* that joins nothing, because somebody holds against it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contradiction {
    /// The pair that is held to be of one event.
    pub pair: Pair,
    /// Who holds that.
    pub same: BTreeSet<OrgId>,
    /// The pairs that it would join and that are held to be different events, with who holds that.
    /// The pair itself if organisations differ on it.
    pub against: BTreeMap<Pair, BTreeSet<OrgId>>,
}

/// Claims of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    members: BTreeSet<IncidentId>,
    id: IncidentId,
}

impl Cluster {
    /// Its id: the smallest id of its claims.
    #[must_use]
    pub const fn id(&self) -> IncidentId {
        self.id
    }

    /// Its claims, two or more, in order.
    pub fn members(&self) -> impl Iterator<Item = IncidentId> {
        self.members.iter().copied()
    }

    /// Whether a claim is in it.
    #[must_use]
    pub fn has(&self, incident: &IncidentId) -> bool {
        self.members.contains(incident)
    }

    /// Number of claims.
    #[must_use]
    pub fn claims(&self) -> usize {
        self.members.len()
    }
}

/// The clusters that follow from judgements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clusters {
    pairs: BTreeMap<Pair, PairState>,
    clusters: BTreeMap<IncidentId, Cluster>,
    of_member: BTreeMap<IncidentId, IncidentId>,
    contradictions: BTreeSet<Contradiction>,
}

impl Clusters {
    /// The clusters as of a day (of all days without one): what was judged later does not count,
    /// nor what says no day. Copies of one judgement count once.
    #[must_use]
    pub fn of(judgements: impl IntoIterator<Item = Judgement>, as_of: Option<civil::Date>) -> Self {
        let mut pairs: BTreeMap<Pair, PairState> = BTreeMap::new();
        for judgement in judgements {
            if as_of.is_some_and(|day| judgement.at.is_none_or(|at| at > day)) {
                continue;
            }
            let latest = &mut pairs.entry(judgement.pair).or_default().latest;
            match latest.get(&judgement.author) {
                Some(held) if *held >= judgement => {}
                _earlier => drop(latest.insert(judgement.author, judgement)),
            }
        }
        let mut joining = Joining::new(&pairs);
        let mut contradictions = BTreeSet::new();
        for (pair, same) in edges(&pairs) {
            let against = joining.against(&pair, &pairs);
            if against.is_empty() {
                joining.join(&pair);
            } else {
                contradictions.insert(Contradiction { pair, same, against });
            }
        }
        let mut clusters = BTreeMap::new();
        let mut of_member = BTreeMap::new();
        for members in joining.groups.into_values().filter(|members| members.len() > 1) {
            let Some(id) = members.first().copied() else { continue };
            of_member.extend(members.iter().map(|member| (*member, id)));
            clusters.insert(id, Cluster { members, id });
        }
        Self { pairs, clusters, of_member, contradictions }
    }

    /// The cluster that a claim is in; none if it stands alone.
    #[must_use]
    pub fn cluster_of(&self, incident: &IncidentId) -> Option<&Cluster> {
        self.clusters.get(self.of_member.get(incident)?)
    }

    /// The id of the event that a claim is of: its cluster's, or its own.
    #[must_use]
    pub fn event_of(&self, incident: &IncidentId) -> IncidentId {
        self.of_member.get(incident).copied().unwrap_or(*incident)
    }

    /// The clusters by id.
    pub fn iter(&self) -> impl Iterator<Item = &Cluster> {
        self.clusters.values()
    }

    /// What joins nothing because somebody holds against it, by pair.
    pub fn contradictions(&self) -> impl Iterator<Item = &Contradiction> {
        self.contradictions.iter()
    }

    /// All pairs of which anybody ever held anything.
    pub fn pairs(&self) -> impl Iterator<Item = (&Pair, &PairState)> {
        self.pairs.iter()
    }

    /// The pairs within a cluster that somebody ever judged.
    pub fn judged_in(&self, cluster: &Cluster) -> impl Iterator<Item = &Pair> {
        cluster.members.iter().flat_map(move |member| {
            let of_it = self.pairs.range(Pair::least_of(*member)..).map(|(pair, _)| pair);
            of_it
                .take_while(move |pair| pair.first() == *member)
                .filter(move |pair| cluster.has(&pair.second()))
        })
    }

    /// What is held of a pair; none if nobody ever judged it.
    #[must_use]
    pub fn state(&self, pair: &Pair) -> Option<&PairState> {
        self.pairs.get(pair)
    }

    /// Whether nobody need judge a pair any more: somebody did, or others have joined it.
    #[must_use]
    pub fn is_settled(&self, pair: &Pair) -> bool {
        self.pairs.get(pair).is_some_and(PairState::is_standing)
            || (self.of_member.contains_key(&pair.first())
                && self.event_of(&pair.first()) == self.event_of(&pair.second()))
    }
}

/// The pairs that somebody holds to be of one event, those that more organisations hold first, then
/// by their ids.
fn edges(pairs: &BTreeMap<Pair, PairState>) -> Vec<(Pair, BTreeSet<OrgId>)> {
    let mut edges: Vec<(Pair, BTreeSet<OrgId>)> = pairs
        .iter()
        .map(|(pair, state)| (*pair, state.holders(Verdict::Same)))
        .filter(|(_, holders)| !holders.is_empty())
        .collect();
    edges.sort_by_key(|(pair, holders)| (Reverse(holders.len()), *pair));
    edges
}

/// Groups that grow while edges are taken up.
struct Joining {
    /// The group of a claim, by the name of the group.
    group_of: BTreeMap<IncidentId, IncidentId>,
    groups: BTreeMap<IncidentId, BTreeSet<IncidentId>>,
    /// For each claim, those that somebody holds to be of another event.
    apart: BTreeMap<IncidentId, BTreeSet<IncidentId>>,
}

impl Joining {
    fn new(pairs: &BTreeMap<Pair, PairState>) -> Self {
        let mut joining =
            Self { group_of: BTreeMap::new(), groups: BTreeMap::new(), apart: BTreeMap::new() };
        for (pair, state) in pairs {
            for claim in [pair.first(), pair.second()] {
                joining.group_of.insert(claim, claim);
                joining.groups.insert(claim, BTreeSet::from([claim]));
            }
            if state.holding(Verdict::NotSame).next().is_some() {
                joining.apart.entry(pair.first()).or_default().insert(pair.second());
                joining.apart.entry(pair.second()).or_default().insert(pair.first());
            }
        }
        joining
    }

    /// The groups of a pair's claims, the smaller first; none if they are one already.
    fn sides(&self, pair: &Pair) -> Option<[IncidentId; 2]> {
        let one = *self.group_of.get(&pair.first())?;
        let other = *self.group_of.get(&pair.second())?;
        let size = |group: &IncidentId| self.groups.get(group).map_or(0, BTreeSet::len);
        match (one == other, size(&one) <= size(&other)) {
            (true, _) => None,
            (false, true) => Some([one, other]),
            (false, false) => Some([other, one]),
        }
    }

    /// The pairs held to be different events that joining a pair would put together.
    fn against(
        &self,
        pair: &Pair,
        pairs: &BTreeMap<Pair, PairState>,
    ) -> BTreeMap<Pair, BTreeSet<OrgId>> {
        let Some([small, large]) = self.sides(pair) else { return BTreeMap::new() };
        let members = self.groups.get(&small).into_iter().flatten();
        let kept_apart = members.flat_map(|member| {
            let others = self.apart.get(member).into_iter().flatten();
            others.filter_map(move |other| Pair::new(*member, *other).map(|pair| (other, pair)))
        });
        kept_apart
            .filter(|(other, _)| self.group_of.get(other) == Some(&large))
            .map(|(_, apart)| {
                let holders = pairs.get(&apart).map(|state| state.holders(Verdict::NotSame));
                (apart, holders.unwrap_or_default())
            })
            .collect()
    }

    fn join(&mut self, pair: &Pair) {
        let Some([small, large]) = self.sides(pair) else { return };
        let moved = self.groups.remove(&small).unwrap_or_default();
        self.group_of.extend(moved.iter().map(|member| (*member, large)));
        self.groups.entry(large).or_default().extend(moved);
    }
}

#[cfg(test)]
mod tests;
