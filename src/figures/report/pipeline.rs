//! Table 4, collective incidents; Table 5, what is on its way or stands aside.

use std::collections::{BTreeMap, BTreeSet};

use super::{Desk, number, push, zero};
use crate::{
    figures::{
        case::{Case, placement},
        category::{Code, Family, Line},
        eligibility::Aside,
        event::{Cluster, Event},
        period::Placement,
        table::Table,
    },
    model::{verification::Level, vocabulary::Vocabulary},
};

/// Whether consent covers counting anything of an event.
fn may_count(event: &Event) -> bool {
    event.consent || event.victims.iter().any(|victim| victim.consent)
}

pub(super) fn collective(desk: &Desk<'_>) -> Table {
    let mut table = Table::new(
        "table-4.csv",
        &[
            "country",
            "year",
            "period_start",
            "period_end",
            "counting_unit",
            "family",
            "incidents",
            "verified_mandated",
            "group_size_smallest",
            "group_size_largest",
            "group_size_not_known",
            "contributing_orgs",
        ],
    );
    let mut rows: BTreeMap<(&str, &str, Family), Vec<&Event>> = BTreeMap::new();
    for event in desk.events {
        let Some((country, unit)) = event.country.as_deref().zip(event.unit.as_deref()) else {
            continue;
        };
        let counts = event.level >= Level::Verified
            && event.consent
            && !event.is_individual()
            && placement(event, &desk.inputs.period) == Placement::Inside;
        if counts {
            rows.entry((country, unit, family(event))).or_default().push(event);
        }
    }
    for ((country, unit, family), events) in rows {
        let sizes = || events.iter().map(|event| event.group_size);
        let smallest = sizes().filter_map(|(min, max)| min.or(max)).min();
        let largest = sizes().filter_map(|(min, max)| max.or(min)).max();
        let shown = |size: Option<u64>| size.map_or_else(|| "..".to_owned(), |it| it.to_string());
        let mandated = events.iter().filter(|event| event.level == Level::Established).count();
        let not_known = sizes().filter(|size| *size == (None, None)).count();
        let orgs: BTreeSet<_> = events.iter().flat_map(|event| event.claims.values()).collect();
        let orgs: BTreeSet<_> =
            orgs.into_iter().filter(|(_, may_count)| *may_count).map(|(org, _)| org).collect();
        push(
            &mut table,
            desk.place(country),
            [
                unit.to_owned(),
                family.name().to_owned(),
                number(events.len()),
                number(mandated),
                shown(smallest),
                shown(largest),
                number(not_known),
                number(orgs.len()),
            ],
        );
    }
    table.footer = vec![
        "incidents of families, organisations and communities; sizes of groups are a range over \
         the incidents, never added, and never added to victims; named members are in tables 1 to 3"
            .to_owned(),
    ];
    table
}

fn family(event: &Event) -> Family {
    let of = |violation: &String| {
        let term = Vocabulary::built_in().term("violation_type", violation);
        Family::of(violation, term.and_then(|term| term.family()))
    };
    event.violations.iter().map(of).min().unwrap_or(Family::Other)
}

const LEVELS: [Level; 5] =
    [Level::Reported, Level::Screened, Level::Corroborated, Level::Verified, Level::Established];
const ASIDE: [Level; 3] = [Level::Disputed, Level::NotMet, Level::Refuted];

pub(super) fn pipeline(desk: &Desk<'_>, clusters: &[Cluster]) -> Table {
    let mut table = Table::new(
        "table-5.csv",
        &["country", "year", "period_start", "period_end", "line", "category", "unit", "count"],
    );
    for country in &desk.countries {
        // A zero of one category needs its coverage; a zero of anything at all that of everything.
        let covered =
            |line| desk.inputs.coverage.gaps(country, None, &desk.inputs.period, line).is_empty();
        let whole = covered(Line::Total) && covered(Line::Beyond);
        let mut put = |line: &str, category: &str, unit: &str, count: usize| {
            let cells = [line, category, unit].map(str::to_owned);
            let code = Code::from_letter(category).map(|code| covered(Line::Code(code)));
            let count = zero(number(count), code.unwrap_or(whole));
            push(&mut table, desk.place(country), cells.into_iter().chain([count]));
        };
        let lines = Lines::of(desk, country);
        for level in LEVELS {
            let of_level = lines.inside().filter(|event| event.level == level);
            put(level.code(), "", "incidents", of_level.count());
        }
        for level in ASIDE {
            let count = lines.aside(clusters, level);
            put(level.code(), "", "claims", count);
        }
        for code in Code::ALL {
            put(
                "awaiting attribution",
                code.letter(),
                "victims",
                lines.cases(|it| it.annex == Some(code)),
            );
        }
        for code in Code::ALL {
            let pending = lines.cases(|it| it.annex.is_none() && it.pending == Some(code));
            put(Aside::MotivationPending.name(), code.letter(), "victims", pending);
        }
        for code in Code::ALL {
            let waiting = |it: &Case<'_>| {
                it.annex.is_none()
                    && it.pending.is_none()
                    && it.unverified.is_some_and(|(_, found)| found == Some(code))
            };
            put("not verified yet", code.letter(), "victims", lines.cases(waiting));
        }
        for aside in [
            Aside::OutsidePopulation,
            Aside::PopulationNotCoded,
            Aside::AssociateOtherwise,
            Aside::Personal,
        ] {
            let count = lines.cases(|it| it.beyond.is_none() && it.aside.contains(&aside));
            put(aside.name(), "", "victims", count);
        }
        put("date straddles period", "", "victims", lines.straddling(Placement::Straddles));
        put("date not known", "", "victims", lines.straddling(Placement::Unknown));
        let sum = |value: fn(&Event) -> usize| lines.inside().map(value).sum();
        put("victims of other claims, not matched", "", "victims", sum(|it| it.unmatched));
        put("acts that name no victim", "", "acts", sum(|it| it.loose_acts));
        put("linked as precedes, both counted", "", "links", lines.preceding());
    }
    table.footer = vec![
        ".. no partner declares coverage of all types in question: not a zero".to_owned(),
        "what is on its way or stands aside; nothing of it is in tables 1 to 3, but that an \
         incident at v3_verified or v4_established has victims there if the rules are met"
            .to_owned(),
    ];
    table
}

/// What the lines of one country are made from.
struct Lines<'a> {
    desk: &'a Desk<'a>,
    country: &'a str,
}

impl<'a> Lines<'a> {
    const fn of(desk: &'a Desk<'a>, country: &'a str) -> Self {
        Self { desk, country }
    }

    /// The events that began in the period.
    fn inside(&self) -> impl Iterator<Item = &'a Event> {
        let (country, period) = (self.country, self.desk.inputs.period);
        self.desk.events.iter().filter(move |event| {
            event.country.as_deref() == Some(country)
                && may_count(event)
                && placement(event, &period) == Placement::Inside
        })
    }

    /// The cases of the period that are in no category.
    fn cases(&self, wanted: impl Fn(&Case<'_>) -> bool) -> usize {
        let period = self.desk.inputs.period;
        let all = self.desk.cases.iter();
        let mine = all.filter(|case| {
            case.has_consent()
                && case.event.country.as_deref() == Some(self.country)
                && case.placement(&period) == Placement::Inside
        });
        mine.filter(|case| case.strict.is_none() && wanted(case)).count()
    }

    /// The cases of a category that cannot be given to the period.
    fn straddling(&self, at: Placement) -> usize {
        let period = self.desk.inputs.period;
        let all = self.desk.cases.iter();
        let mine = all.filter(|case| {
            case.has_consent() && case.event.country.as_deref() == Some(self.country)
        });
        mine.filter(|case| case.strict.is_some() && case.placement(&period) == at).count()
    }

    /// The claims that stand aside at a level.
    fn aside(&self, clusters: &[Cluster], level: Level) -> usize {
        let period = self.desk.inputs.period;
        let claims = clusters.iter().flat_map(|cluster| &cluster.aside);
        let mine = claims.filter(|claim| claim.country.as_deref() == Some(self.country));
        mine.filter(|claim| {
            claim.level == level
                && (claim.consent || claim.persons.iter().any(|person| person.consent))
                && period.place(claim.when.start(true)) == Placement::Inside
        })
        .count()
    }

    /// Links of which both ends are counted.
    fn preceding(&self) -> usize {
        let of_claim: BTreeMap<_, _> = self
            .inside()
            .filter(|event| event.level >= Level::Verified)
            .flat_map(|event| event.claims.keys().map(move |claim| (*claim, event.id)))
            .collect();
        let events = self.inside().filter(|event| event.level >= Level::Verified);
        let links: BTreeSet<_> = events
            .flat_map(|event| event.precedes.iter().map(move |to| (event.id, *to)))
            .filter_map(|(from, to)| Some((from, *of_claim.get(&to)?)))
            .filter(|(from, to)| from != to)
            .collect();
        links.len()
    }
}
