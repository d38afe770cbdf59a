//! What speaks for two claims being of one event.

use super::{Candidate, Reason, Strength};
use crate::linkage::{
    acts::{self, ActFit},
    claim::Claim,
    dates::{self, DateFit, Window},
    judgement::Pair,
    names::NameLevel,
    people::{Budget, People},
    place::{PlaceFit, is_same_municipality},
};

/// What must speak for a pair without a name, beside date, municipality and violation.
const ENOUGH_WITHOUT_NAME: usize = 2;

/// A claim with what is worked out once.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    pub(super) claim: &'a Claim,
    pub(super) window: Option<Window>,
    pub(super) municipality: String,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(claim: &'a Claim) -> Self {
        let municipality = claim.place.municipality();
        Self { claim, window: claim.date.as_ref().and_then(Window::of), municipality }
    }
}

/// What came of looking at two claims.
pub(super) enum Judged {
    /// They are a candidate.
    Candidate(Candidate),
    /// They are none.
    None,
    /// There was no more budget for their victims.
    Left,
}

/// The candidate that two claims are, if they are one.
pub(super) fn judge(
    pair: Pair,
    one: &Prepared<'_>,
    other: &Prepared<'_>,
    budget: &mut Budget,
) -> Judged {
    let Some((dates, place, acts)) = before_victims(one, other) else { return Judged::None };
    let people = People::compare_within(&one.claim.victims, &other.claim.victims, budget);
    let Some(people) = people else { return Judged::Left };
    let found = with_people(pair, one.claim, other.claim, (dates, place, acts), people);
    found.map_or(Judged::None, Judged::Candidate)
}

/// How dates, places and violations fit, if all do.
fn before_victims(one: &Prepared<'_>, other: &Prepared<'_>) -> Option<(DateFit, PlaceFit, ActFit)> {
    let dates = dates::windows(one.window.as_ref(), other.window.as_ref())?;
    let (municipality, its) = (&one.municipality, &other.municipality);
    let (one, other) = (one.claim, other.claim);
    let place = one.place.compare_by(&other.place, municipality, its)?;
    Some((dates, place, acts::compare(&one.violations, &other.violations)?))
}

fn with_people(
    pair: Pair,
    one: &Claim,
    other: &Claim,
    (dates, place, acts): (DateFit, PlaceFit, ActFit),
    people: People,
) -> Option<Candidate> {
    let mut reasons = Vec::new();
    let strength = if people.level() > NameLevel::None {
        let once = acts::is_once(&one.violations, &other.violations);
        let strength = by_name(people.level(), &dates, &place, once)?;
        let strength =
            if several_differ(one, other, &people) { strength.lower()? } else { strength };
        reasons.extend(people.matches.into_iter().map(Reason::Name));
        strength
    } else if people.comparable {
        return None;
    } else {
        reasons.push(Reason::NoName);
        without_name(one, other, (&dates, &place, &acts), &mut reasons)?
    };
    let territory = same_territory(one, other) && !reasons.contains(&Reason::Territory);
    reasons.extend(territory.then_some(Reason::Territory));
    reasons.extend([Reason::Dates(dates), Reason::Place(place), Reason::Acts(acts)]);
    reasons.extend(part_of(one, other));
    Some(Candidate { pair, strength, reasons })
}

/// How far the date goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Exact,
    Within,
    Near,
    Vague,
}

/// How far the place goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    Municipality,
    Admin1,
    Elsewhere,
}

/// The strength of a pair with a name that agrees. One line a rule: what it takes.
fn by_name(level: NameLevel, dates: &DateFit, place: &PlaceFit, once: bool) -> Option<Strength> {
    use NameLevel::{Full, None as Nothing, Partial, Short, Weak};
    use Strength::{Likely, Possible, Strong};
    use When::{Exact, Near, Vague, Within};
    use Where::{Admin1, Elsewhere, Municipality};
    let when = match dates {
        DateFit::Days { .. } => Exact,
        DateFit::Within { .. } => Within,
        DateFit::Near { .. } => Near,
        DateFit::Wide { .. } | DateFit::Unknown => Vague,
    };
    let place = match place {
        PlaceFit::Municipality { .. } => Municipality,
        PlaceFit::Admin1 { .. } => Admin1,
        PlaceFit::OtherMunicipality { .. } | PlaceFit::Neighbours { .. } | PlaceFit::Unknown => {
            Elsewhere
        }
    };
    match (level, when, place) {
        (Full, Exact | Within, Municipality | Admin1)
        | (Short, Exact, Municipality | Admin1)
        | (Short, Within, Municipality)
        | (Partial, Exact, Municipality) => Some(Strong),
        (Full, Exact | Within, Elsewhere)
        | (Full, Vague, Municipality | Admin1)
        | (Full, Near, Municipality)
        | (Short, Within, Admin1)
        | (Short, Exact, Elsewhere)
        | (Partial, Exact, Admin1)
        | (Partial, Within, Municipality)
        | (Weak, Exact, Municipality) => Some(Likely),
        (Full, Near, Admin1) | (Short | Partial, Near, Municipality) if once => Some(Possible),
        (Full, Near, Admin1)
        | (Full, Vague, Elsewhere)
        | (Short, Near | Vague, Municipality)
        | (Short, Within, Elsewhere)
        | (Partial, Within, Admin1)
        | (Partial, Exact, Elsewhere)
        | (Partial, Vague, Municipality)
        | (Weak, Exact, Admin1)
        | (Weak, Within, Municipality) => Some(Possible),
        (Full, Near, Elsewhere)
        | (Short, Near | Vague, Admin1 | Elsewhere)
        | (Partial, Within, Elsewhere)
        | (Partial, Near, _)
        | (Partial, Vague, Admin1 | Elsewhere)
        | (Weak, Exact, Elsewhere)
        | (Weak, Within, Admin1 | Elsewhere)
        | (Weak, Near | Vague, _)
        | (Nothing, ..) => None,
    }
}

/// Whether both tell of several victims, and few of them can be the same.
fn several_differ(one: &Claim, other: &Claim, people: &People) -> bool {
    let fewer = one.victims.len().min(other.victims.len());
    fewer > 1 && people.matches.len() * 2 < fewer
}

/// The strength of a pair of which no names can be compared. Never by date and place alone.
fn without_name(
    one: &Claim,
    other: &Claim,
    (dates, place, acts): (&DateFit, &PlaceFit, &ActFit),
    reasons: &mut Vec<Reason>,
) -> Option<Strength> {
    let here = matches!(place, PlaceFit::Municipality { .. });
    let same_violation = matches!(acts, ActFit::SameViolation { .. });
    if !here || !same_violation {
        return None;
    }
    let territory = same_territory(one, other);
    let more = more_reasons(one, other)?;
    let enough = more.len() + if territory { 2 } else { 0 };
    reasons.extend(territory.then_some(Reason::Territory));
    reasons.extend(more);
    match dates {
        DateFit::Days { .. } if territory && enough > 2 => Some(Strength::Likely),
        DateFit::Days { .. } if enough >= ENOUGH_WITHOUT_NAME => Some(Strength::Possible),
        DateFit::Within { .. } if territory && enough > 2 => Some(Strength::Possible),
        DateFit::Days { .. }
        | DateFit::Within { .. }
        | DateFit::Near { .. }
        | DateFit::Wide { .. }
        | DateFit::Unknown => None,
    }
}

fn same_territory(one: &Claim, other: &Claim) -> bool {
    match (&one.place.territory, &other.place.territory) {
        (Some(it), Some(of)) => {
            is_same_municipality(one.place.admin1.as_deref().unwrap_or_default(), it, of)
        }
        _unknown => false,
    }
}

/// What else two claims have in common; none if something speaks against them.
fn more_reasons(one: &Claim, other: &Claim) -> Option<Vec<Reason>> {
    let mut reasons = Vec::new();
    if let (Some(it), Some(of)) = (&one.unit, &other.unit) {
        if it != of {
            return None;
        }
        reasons.extend((it != "individual").then(|| Reason::Unit { code: it.clone() }));
    }
    if let (Some((least, most)), Some((from, to))) = (one.group, other.group)
        && least <= to
        && from <= most
    {
        reasons.push(Reason::GroupSize);
    }
    let sector = one.sectors.intersection(&other.sectors).next();
    reasons.extend(sector.map(|code| Reason::Sector { code: code.clone() }));
    match (one.victims.as_slice(), other.victims.as_slice()) {
        ([it], [of]) => {
            if let (Some(sex), Some(other)) = (&it.sex, &of.sex) {
                if sex != other {
                    return None;
                }
                reasons.push(Reason::Sex);
            }
            if let (Some(age), Some(other)) = (&it.age_band, &of.age_band) {
                if age != other {
                    return None;
                }
                reasons.push(Reason::Age);
            }
            let role = it.roles.intersection(&of.roles).next();
            reasons.extend(role.map(|code| Reason::Role { code: code.clone() }));
        }
        (these, those) if these.len() == those.len() && these.len() > 1 => {
            reasons.push(Reason::AsManyVictims { victims: these.len() });
        }
        _several => {}
    }
    Some(reasons)
}

/// Whether one may be a part of the other: one victim here, several there.
fn part_of(one: &Claim, other: &Claim) -> Option<Reason> {
    match (one.victims.len(), other.victims.len()) {
        (1, several) if several > 1 => Some(Reason::PartOf { part: one.id, whole: other.id }),
        (several, 1) if several > 1 => Some(Reason::PartOf { part: other.id, whole: one.id }),
        _as_it_is => None,
    }
}
