//! Which alerts are listed, and in which order: read as the watch keeps them.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    api::alert::{AlertList, AlertTotals, FoldedAlerts},
    model::{
        alert::{Level, Phase, Totals},
        id::{CircleId, OrgId},
        time::Timestamp,
    },
    node::{
        Node,
        alerts::{Kept, MAX_RUNG_OF_ORG},
        clock,
    },
};

/// Alerts of one organisation in a list, beside the latest of each level. More are folded into one
/// line.
const MAX_OF_ORG: usize = MAX_RUNG_OF_ORG;

/// What of an alert its place in a list depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    org: OrgId,
    drill: bool,
    phase: Phase,
    level: Level,
    sent: Timestamp,
    id: String,
}

impl Node {
    /// Alerts, the loudest first, with their totals.
    pub(super) fn list_alerts(
        &mut self,
        circle: Option<CircleId>,
        all: bool,
        drills: bool,
    ) -> AlertList {
        // What came since is read and judged, and no other.
        self.watch_alerts();
        let now = clock::now();
        let of = |kept: &Kept<'_>| circle.is_none_or(|circle| circle == kept.circle);
        let kept: Vec<Kept<'_>> = self.kept_alerts(now).filter(of).collect();
        let state =
            |kept: &Kept<'_>| (kept.judged.state.phase.is_closed(), kept.judged.state.drill);
        let mut listed: Vec<(Place, &Kept<'_>)> = kept
            .iter()
            .filter(|kept| {
                let (is_closed, is_drill) = state(kept);
                (all || !is_closed) && (!drills || is_drill)
            })
            .map(|kept| (Place::of(kept), kept))
            .collect();
        listed.sort_by(|(one, _), (other, _)| one.order().cmp(&other.order()));
        let folded = if all { BTreeMap::new() } else { fold(&mut listed, |(place, _)| place) };
        let fold = |(org, alerts)| FoldedAlerts { org, org_name: self.org_name(&org), alerts };
        let rows = listed.iter().filter_map(|(_place, kept)| {
            let held = self.held_alert(kept)?;
            Some(self.alert_row(&held, &kept.judged.state, kept.judged.own.as_slice()))
        });
        AlertList {
            now: now.to_string(),
            alerts: rows.collect(),
            folded: folded.into_iter().map(fold).collect(),
            totals: totals(&Totals::of(kept.iter().map(|kept| &kept.judged.state))),
            drills: totals(&Totals::of_drills(kept.iter().map(|kept| &kept.judged.state))),
        }
    }
}

impl Place {
    fn of(kept: &Kept<'_>) -> Self {
        let (state, alert) = (&kept.judged.state, &kept.signed.alert);
        let (drill, phase, level) = (state.drill, state.phase, state.level);
        Self {
            org: kept.signed.author,
            drill,
            phase,
            level,
            sent: alert.sent,
            id: alert.id.clone(),
        }
    }

    /// What is real and loud first, then what is open, each by level, the newest first.
    fn order(&self) -> impl Ord + '_ {
        let quiet = !self.phase.is_loud();
        (self.phase.is_closed(), self.drill, quiet, self.level, Reverse(self.sent), &self.id)
    }

    /// What is shown first where not all have room. What has expired waits for a review for however
    /// long, and would fill a list for ever.
    fn rank(&self) -> impl Ord + '_ {
        let expired = self.phase == Phase::Expired;
        (expired, self.level, !self.phase.is_loud(), Reverse(self.sent), &self.id)
    }
}

/// Takes out of a list what is a flood of one organisation, so that there is room for the others;
/// gives how many of each. The latest of each level stays, whatever else there is: the flood may be
/// there to hide it.
fn fold<T>(listed: &mut Vec<T>, place: impl Fn(&T) -> &Place) -> BTreeMap<OrgId, u64> {
    let mut ranked: Vec<(usize, &Place)> = listed.iter().map(&place).enumerate().collect();
    ranked.sort_by(|(_, one), (_, other)| one.rank().cmp(&other.rank()));
    let mut counts: BTreeMap<(OrgId, bool), usize> = BTreeMap::new();
    let mut latest: BTreeMap<(OrgId, bool, Level), (Timestamp, usize)> = BTreeMap::new();
    let mut shown = BTreeSet::new();
    for (at, place) in ranked {
        let count = counts.entry((place.org, place.drill)).or_default();
        *count += 1;
        if *count <= MAX_OF_ORG {
            shown.insert(at);
        }
        let of_level =
            latest.entry((place.org, place.drill, place.level)).or_insert((place.sent, at));
        if of_level.0 < place.sent {
            *of_level = (place.sent, at);
        }
    }
    shown.extend(latest.into_values().map(|(_sent, at)| at));
    let mut folded: BTreeMap<OrgId, u64> = BTreeMap::new();
    let mut at = 0_usize;
    listed.retain(|it| {
        let is_shown = shown.contains(&at);
        at += 1;
        if !is_shown {
            *folded.entry(place(it).org).or_default() += 1;
        }
        is_shown
    });
    folded
}

fn totals(of: &Totals) -> AlertTotals {
    let level = |(level, count): (&Level, &u64)| (level.code().to_owned(), *count);
    let phase = |(phase, count): (&Phase, &u64)| (phase.code().to_owned(), *count);
    AlertTotals {
        alerts: of.alerts,
        by_level: of.by_level.iter().map(level).collect(),
        by_state: of.by_phase.iter().map(phase).collect(),
        answered: of.answered,
        median_response: of.median_response.map(|it| it.as_secs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(number: u64, phase: Phase, level: Level) -> Place {
        let (org, sent) = (OrgId::new([1; 32]), Timestamp::from_millis(number));
        Place { org, drill: false, phase, level, sent, id: format!("{number:04}") }
    }

    fn folded(mut listed: Vec<Place>) -> (Vec<Place>, u64) {
        let folded = fold(&mut listed, |place| place);
        (listed, folded.into_values().sum())
    }

    #[test]
    fn what_expired_or_came_first_hides_nothing_new() {
        for (phase, level) in [
            (Phase::Expired, Level::LifeImminent),
            (Phase::Open, Level::LifeImminent),
            (Phase::Escalated, Level::Serious),
        ] {
            let mut places: Vec<Place> = (0..50).map(|it| place(it, phase, level)).collect();
            let new = place(50, Phase::Open, Level::Serious);
            places.push(new.clone());
            let (shown, hidden) = folded(places);
            assert!(shown.contains(&new), "{phase:?}");
            assert_eq!(shown.len() + usize::try_from(hidden).unwrap(), 51);
            assert!(shown.len() <= MAX_OF_ORG + Level::ALL.len());
        }
        let few = vec![place(1, Phase::Expired, Level::Watch); MAX_OF_ORG];
        assert_eq!(folded(few).1, 0);
    }
}
