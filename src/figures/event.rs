//! Events: the claims of one cluster, field by field, and clusters that are parts of one incident.
//!
//! A field's value is that of the highest level of verification, then the most precise, then the
//! most recent, then of the smallest id. The victims are those of the claim that rules by the same
//! order; what it does not say of a victim is filled in from claims that name the same person.

mod parts;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::civil;
use sha2::{Digest as _, Sha256};

pub use self::parts::events;
use crate::{
    figures::{
        claim::Claim,
        eligibility::{Act, Link},
        period::When,
        person::Person,
    },
    model::{
        id::{IncidentId, OrgId},
        verification::Level,
    },
};

/// A judgement that two victims of two claims are one person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SamePerson {
    /// A claim and the key of a victim in it.
    pub first: (IncidentId, String),
    /// Another claim and the key of a victim in it.
    pub second: (IncidentId, String),
}

/// Claims that are held to be of one event: those that count, and those that stand aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    id: IncidentId,
    /// In the order of rule.
    pub(super) claims: Vec<Claim>,
    pub(super) aside: Vec<Claim>,
    pub(super) same: BTreeSet<SamePerson>,
}

impl Cluster {
    /// The cluster of some claims; none without any.
    #[must_use]
    pub fn new(claims: Vec<Claim>, same: impl IntoIterator<Item = SamePerson>) -> Option<Self> {
        let id = claims.iter().map(|claim| claim.incident).min()?;
        let members: BTreeSet<IncidentId> = claims.iter().map(|claim| claim.incident).collect();
        let (mut aside, mut claims): (Vec<Claim>, Vec<Claim>) =
            claims.into_iter().partition(|claim| claim.level.is_aside());
        aside.sort_by_key(|claim| claim.incident);
        claims.sort_by_key(rank);
        claims.dedup_by_key(|claim| claim.incident);
        let within =
            |same: &SamePerson| members.contains(&same.first.0) && members.contains(&same.second.0);
        Some(Self { id, claims, aside, same: same.into_iter().filter(within).collect() })
    }

    /// Its id: the smallest of its claims'.
    #[must_use]
    pub const fn id(&self) -> IncidentId {
        self.id
    }

    /// How many claims it has.
    #[must_use]
    pub const fn claims(&self) -> usize {
        self.claims.len() + self.aside.len()
    }

    /// The country, by the claim that says it best; of a cluster whose claims all stand aside, too.
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        let claims = self.claims.iter().chain(&self.aside);
        claims.into_iter().find_map(|claim| claim.country.as_deref())
    }

    /// Hash of all its claims, in whatever order they came.
    #[must_use]
    pub fn version(&self) -> [u8; 32] {
        let mut versions: Vec<&Claim> = self.claims.iter().chain(&self.aside).collect();
        versions.sort_by_key(|claim| claim.incident);
        let mut hash = Sha256::new();
        versions.into_iter().for_each(|claim| hash.update(claim.version));
        for SamePerson { first, second } in &self.same {
            for (incident, key) in [first, second] {
                hash.update(incident.as_bytes());
                // Keys have at most 40 characters.
                hash.update([u8::try_from(key.len()).unwrap_or(u8::MAX)]);
                hash.update(key.as_bytes());
            }
        }
        hash.finalize().into()
    }

    /// The highest level of its claims that do not stand aside, else what they stand aside as.
    #[must_use]
    pub fn level(&self) -> Level {
        let levels = |claims: &[Claim]| claims.iter().map(|claim| claim.level).max();
        levels(&self.claims).or_else(|| levels(&self.aside)).unwrap_or(Level::Reported)
    }
}

/// The order of rule where nothing else is asked: level, precision of the date, day of recording.
fn rank(claim: &Claim) -> impl Ord + use<> {
    (Reverse(claim.level), claim.when.precision(), Reverse(claim.recorded), claim.incident)
}

/// The ruling value of one field: `exact` is less for what is more precise.
fn rule<'a, T>(
    claims: &'a [Claim],
    value: impl Fn(&'a Claim) -> Option<T>,
    exact: impl Fn(&T) -> u8,
) -> Option<T> {
    let said = claims.iter().filter_map(|claim| {
        let value = value(claim)?;
        let rank = (Reverse(claim.level), exact(&value), Reverse(claim.recorded), claim.incident);
        Some((rank, value))
    });
    said.min_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, value)| value)
}

/// A victim of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Victim {
    /// Where the ruling claim has it.
    pub(super) id: (IncidentId, String),
    /// What is known of the person; its acts are those of claims that are verified.
    pub(super) person: Person,
    /// Acts of claims that are not verified yet, or not any more.
    pub(super) unverified: Vec<(Level, Act)>,
    /// The highest level of the claims whose acts count.
    pub(super) level: Level,
    /// Whether consent covers statistics in a verified claim, or in any if none is.
    pub(super) consent: bool,
    /// Every claim that names the person and that consent lets be read, with what it calls them; all
    /// claims if there is no consent at all, for the line of members on that.
    pub(super) named_by: BTreeMap<IncidentId, (OrgId, Person)>,
}

impl Victim {
    pub(super) fn orgs(&self) -> BTreeSet<OrgId> {
        self.named_by.values().map(|(org, _)| *org).collect()
    }
}

/// One incident as it is counted: one cluster, or several that are parts of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The smallest id of its clusters.
    pub(super) id: IncidentId,
    pub(super) clusters: BTreeSet<IncidentId>,
    /// Claims that do not stand aside, with who made them, and whether consent covers counting them.
    pub(super) claims: BTreeMap<IncidentId, (OrgId, bool)>,
    pub(super) level: Level,
    pub(super) when: When,
    pub(super) recorded: Option<civil::Date>,
    pub(super) country: Option<String>,
    pub(super) admin1: Option<String>,
    pub(super) unit: Option<String>,
    pub(super) group_size: (Option<u64>, Option<u64>),
    pub(super) consent: bool,
    pub(super) sectors: BTreeSet<String>,
    pub(super) perpetrators: BTreeSet<String>,
    pub(super) link: Link,
    pub(super) violations: BTreeSet<String>,
    pub(super) acts: usize,
    pub(super) victims: Vec<Victim>,
    /// Victims of other claims, with consent, of whom nobody has said who they are among the ruling
    /// claim's.
    pub(super) unmatched: usize,
    pub(super) loose_acts: usize,
    pub(super) legal: Vec<(String, Option<civil::Date>)>,
    pub(super) precedes: BTreeSet<IncidentId>,
}

/// Violations of which a person suffers one at most: two claims that say another one contradict
/// each other, and the ruling one is believed.
const FATE: [&str; 3] = ["killing", "killing_armed_conflict", "attempted_killing"];

impl Event {
    /// The value of one cluster; none if all its claims stand aside.
    fn of(cluster: &Cluster) -> Option<Self> {
        let claims = cluster.claims.as_slice();
        let ruling = claims.first()?;
        let (victims, unmatched) = victims(cluster, ruling);
        let any_verified = ruling.level >= Level::Verified;
        // As sure as the claims that may be counted.
        let counting =
            claims.iter().filter(|claim| claim.may_count()).map(|claim| claim.level).max();
        let known = |code: &Option<String>| code.clone().filter(|code| code != "unknown");
        let when = rule(claims, |claim| Some(claim.when), |when| precision(*when));
        Some(Self {
            id: cluster.id,
            clusters: BTreeSet::from([cluster.id]),
            claims: claims
                .iter()
                .map(|claim| (claim.incident, (claim.origin, claim.may_count())))
                .collect(),
            level: counting.unwrap_or(ruling.level),
            when: when.unwrap_or(When::UNKNOWN),
            recorded: claims.iter().filter_map(|claim| claim.recorded).min(),
            country: rule(claims, |claim| known(&claim.country), |_| 0),
            admin1: rule(claims, |claim| known(&claim.admin1), |_| 0),
            unit: rule(claims, |claim| known(&claim.unit), |_| 0),
            group_size: rule(
                claims,
                |claim| Some(claim.group_size),
                |size| u8::from(size.0.is_none()) + u8::from(size.1.is_none()),
            )
            .unwrap_or_default(),
            consent: claims
                .iter()
                .any(|claim| claim.consent && (!any_verified || claim.level >= Level::Verified)),
            sectors: rule(claims, |claim| filled(&claim.sectors), |_| 0).unwrap_or_default(),
            perpetrators: rule(claims, |claim| filled(&claim.perpetrators), |_| 0)
                .unwrap_or_default(),
            link: rule(
                claims,
                |claim| Some(claim.link),
                |link| u8::from(*link == Link::Undetermined),
            )
            .unwrap_or(Link::Undetermined),
            violations: ruling.violations.clone(),
            acts: ruling.acts,
            victims,
            unmatched,
            loose_acts: if ruling.consent { ruling.loose_acts } else { 0 },
            legal: claims
                .iter()
                .filter(|claim| claim.may_count())
                .flat_map(|claim| claim.legal.iter().cloned())
                .collect(),
            precedes: claims.iter().flat_map(|claim| claim.precedes.iter().copied()).collect(),
        })
    }

    /// Whether it is of individuals, so that its victims count whoever they are.
    pub(super) fn is_individual(&self) -> bool {
        self.unit.as_deref() == Some("individual")
    }

    /// The victims who count as individuals: of a collective incident the named members, who are
    /// those with an act of their own.
    pub(super) fn individuals(&self) -> impl Iterator<Item = &Victim> {
        let individual = self.is_individual();
        self.victims.iter().filter(move |victim| {
            let own = !victim.person.acts.is_empty() || !victim.unverified.is_empty();
            !victim.person.is_no_person() && (individual || own)
        })
    }
}

/// Whether one organisation knows two victims as one person.
pub(super) fn are_same(one: &Victim, other: &Victim) -> bool {
    one.named_by.values().any(|(org, person)| {
        other.named_by.values().any(|(theirs, named)| org == theirs && person.is_same_as(named))
    })
}

fn filled(set: &BTreeSet<String>) -> Option<BTreeSet<String>> {
    let known: BTreeSet<String> = set.iter().filter(|code| *code != "unknown").cloned().collect();
    (!known.is_empty()).then_some(known)
}

fn precision(when: When) -> u8 {
    use crate::model::registry::Precision as P;
    match when.precision() {
        P::Day => 0,
        P::Week => 1,
        P::Month => 2,
        P::Quarter => 3,
        P::Year => 4,
        P::Range => 5,
        P::Approximate => 6,
        P::Uncertain => 7,
        P::Unknown => 8,
    }
}

/// The victims of the ruling claim, filled in; and how many of other claims are none of them.
fn victims(cluster: &Cluster, ruling: &Claim) -> (Vec<Victim>, usize) {
    let mut matched: BTreeMap<&str, Vec<(&Claim, &Person)>> = BTreeMap::new();
    let mut unmatched = 0;
    for claim in cluster.claims.iter().skip(1) {
        for person in &claim.persons {
            match counterpart(cluster, ruling, claim, person) {
                Some(key) => matched.entry(key).or_default().push((claim, person)),
                None => unmatched += usize::from(person.consent),
            }
        }
    }
    let victims = ruling.persons.iter().map(|person| {
        let others = matched.remove(person.key.as_str()).unwrap_or_default();
        victim(ruling, person, others)
    });
    (victims.collect(), unmatched)
}

/// The victim of the ruling claim who is a victim of another one: by judgement, directly or over
/// other claims; by the same tokens of a name, or the pseudonym of one organisation; or because
/// both claims have one victim.
fn counterpart<'a>(
    cluster: &'a Cluster,
    ruling: &'a Claim,
    claim: &Claim,
    person: &Person,
) -> Option<&'a str> {
    let mut known = BTreeSet::from([(claim.incident, person.key.as_str())]);
    loop {
        let before = known.len();
        for SamePerson { first, second } in &cluster.same {
            let (first, second) = ((first.0, first.1.as_str()), (second.0, second.1.as_str()));
            if known.contains(&first) || known.contains(&second) {
                known.extend([first, second]);
            }
        }
        if known.len() == before {
            break;
        }
    }
    let judged = ruling.persons.iter().find(|ours| known.contains(&(ruling.incident, &ours.key)));
    if let Some(ours) = judged {
        return Some(ours.key.as_str());
    }
    let tokens = |ours: &&Person| ours.tokens.is_some() && ours.tokens == person.tokens;
    let alike =
        |ours: &&Person| tokens(ours) || claim.origin == ruling.origin && person.is_same_as(ours);
    match (ruling.persons.as_slice(), claim.persons.len()) {
        ([only], 1) => Some(only.key.as_str()),
        (several, _) => several.iter().find(alike).map(|ours| ours.key.as_str()),
    }
}

/// One victim by all claims that name it. If there is consent, what counts is read from the claims
/// that have it alone: a person who did not consent there gives nothing from there.
fn victim(ruling: &Claim, person: &Person, others: Vec<(&Claim, &Person)>) -> Victim {
    let mut told = vec![(ruling, person)];
    told.extend(others);
    let is_verified = |claim: &Claim| claim.level >= Level::Verified;
    let any_verified = told.iter().any(|(claim, _)| is_verified(claim));
    let consent =
        told.iter().any(|(claim, named)| named.consent && (is_verified(claim) || !any_verified));
    told.retain(|(_, named)| named.consent || !consent);
    let (first, base) = told.first().copied().unwrap_or((ruling, person));
    let mut victim = Victim {
        id: (first.incident, base.key.clone()),
        person: Person { acts: Vec::new(), ..base.clone() },
        unverified: Vec::new(),
        level: first.level,
        consent,
        named_by: BTreeMap::new(),
    };
    for (claim, named) in told {
        victim.person.fill(named);
        if is_verified(claim) {
            add(&mut victim.person.acts, &named.acts, claim.level == first.level);
        } else {
            victim.unverified.extend(named.acts.iter().map(|act| (claim.level, act.clone())));
        }
        victim.named_by.insert(claim.incident, (claim.origin, named.clone()));
    }
    victim
}

/// Adds the verified acts of a claim: new ones, all of them as they are, or what they say of one that
/// an earlier claim has. That a link to the State is not determined is an answer, which only a claim
/// that is as sure makes more precise.
fn add(acts: &mut Vec<Act>, told: &[Act], as_sure: bool) {
    let earlier = acts.len();
    for act in told {
        let same = acts.iter().take(earlier).position(|ours| ours.violation == act.violation);
        let is_fate = |act: &Act| FATE.contains(&act.violation.as_str());
        let known = same.or_else(|| {
            // Contradicts what the earlier claim says of the same thing.
            acts.iter().take(earlier).position(|ours| is_fate(act) && is_fate(ours))
        });
        let Some(ours) = known.and_then(|place| acts.get_mut(place)) else {
            acts.push(act.clone());
            continue;
        };
        if ours.link == Link::Undetermined && as_sure {
            ours.link = act.link;
        }
        ours.motivation = ours.motivation.or(act.motivation);
        ours.due_diligence = ours.due_diligence.or(act.due_diligence);
        ours.population = ours.population.or(act.population);
    }
}
