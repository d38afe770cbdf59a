//! Clusters that are parts of one incident: a detention, and the killing that ended it.
//!
//! A link moves and joins what others have counted. So it is taken from verified claims alone, and
//! only where an organisation has claims on both sides: its own two, or by a judgement that joined
//! one of its claims to another's. A part that is less sure says nothing of when and where.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::{Cluster, Event, Victim, are_same};
use crate::{
    figures::eligibility::Link,
    model::{
        id::{IncidentId, OrgId},
        verification::Level,
    },
};

/// The events of some clusters: one each, but clusters of which one is part of the other are one.
#[must_use]
pub fn events(clusters: &[Cluster]) -> Vec<Event> {
    let of_claim: BTreeMap<IncidentId, &Cluster> = clusters
        .iter()
        .flat_map(|cluster| cluster.claims.iter().map(move |claim| (claim.incident, cluster)))
        .collect();
    let mut groups: BTreeMap<IncidentId, IncidentId> =
        clusters.iter().map(|cluster| (cluster.id, cluster.id)).collect();
    for cluster in clusters {
        let verified = cluster.claims.iter().filter(|claim| claim.level >= Level::Verified);
        let linked = verified.flat_map(|claim| &claim.part_of);
        for whole in linked.filter_map(|incident| of_claim.get(incident)) {
            if !origins(cluster).is_disjoint(&origins(whole)) {
                unite(&mut groups, cluster.id, whole.id);
            }
        }
    }
    let mut parts: BTreeMap<IncidentId, Vec<Event>> = BTreeMap::new();
    for event in clusters.iter().filter_map(Event::of) {
        parts.entry(root(&groups, event.id)).or_default().push(event);
    }
    parts.into_values().filter_map(whole).collect()
}

fn origins(cluster: &Cluster) -> BTreeSet<OrgId> {
    cluster.claims.iter().map(|claim| claim.origin).collect()
}

/// One incident of its parts: it began when and where the first of the surest parts began.
fn whole(mut parts: Vec<Event>) -> Option<Event> {
    parts.sort_by_cached_key(|event| {
        let began = event.when.earliest();
        (Reverse(event.level), began.is_none(), began, event.id)
    });
    let mut parts = parts.into_iter();
    let mut whole = parts.next()?;
    parts.for_each(|part| whole.join(part));
    Some(whole)
}

impl Event {
    /// Takes in another part of the same incident, which is no surer.
    fn join(&mut self, part: Self) {
        if part.level == self.level {
            self.country = self.country.take().or_else(|| part.country.clone());
            if self.country == part.country {
                self.admin1 = self.admin1.take().or(part.admin1);
            }
        }
        // What is not verified adds nothing to what is.
        if part.level >= self.level.min(Level::Verified) {
            self.consent = self.consent && part.consent;
            self.sectors.extend(part.sectors);
            self.perpetrators.extend(part.perpetrators);
            self.link = Link::over([self.link, part.link]);
            self.violations.extend(part.violations);
        }
        self.id = self.id.min(part.id);
        self.clusters.extend(part.clusters);
        self.claims.extend(part.claims);
        self.recorded = self.recorded.into_iter().chain(part.recorded).min();
        self.acts += part.acts;
        self.unmatched += part.unmatched;
        self.loose_acts += part.loose_acts;
        self.legal.extend(part.legal);
        self.precedes.extend(part.precedes);
        for victim in part.victims {
            // Who consented to one part only is counted for that one, and for no more.
            let same =
                |ours: &&mut Victim| ours.consent == victim.consent && are_same(ours, &victim);
            match self.victims.iter_mut().find(same) {
                Some(ours) => ours.join(victim),
                None => self.victims.push(victim),
            }
        }
    }
}

impl Victim {
    fn join(&mut self, part: Self) {
        let acts = part.person.acts.clone();
        self.person.fill(&part.person);
        self.person.acts.extend(acts);
        self.unverified.extend(part.unverified);
        self.level = self.level.max(part.level);
        self.named_by.extend(part.named_by);
    }
}

/// The smallest id of the group.
fn root(groups: &BTreeMap<IncidentId, IncidentId>, id: IncidentId) -> IncidentId {
    let mut at = id;
    while let Some(parent) = groups.get(&at).filter(|parent| **parent != at) {
        at = *parent;
    }
    at
}

fn unite(groups: &mut BTreeMap<IncidentId, IncidentId>, one: IncidentId, other: IncidentId) {
    let (one, other) = (root(groups, one), root(groups, other));
    groups.insert(one.max(other), one.min(other));
}
