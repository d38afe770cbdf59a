//! Table 8: what organisations contribute, and how much of it is the same.

use std::collections::{BTreeMap, BTreeSet};

use super::{Desk, push};
use crate::{
    figures::{
        government::share,
        period::Placement,
        seed::Seed,
        suppress::{Kind, Mark, System},
        table::Table,
    },
    model::id::OrgId,
};

/// What the strict figure of the period has, over all countries.
#[derive(Default)]
struct Contributions {
    deduplicated: u64,
    /// Victims that an organisation names, and that two do.
    named: BTreeMap<(OrgId, OrgId), u64>,
    /// Victims of claims of counted events of whom nobody said who they are.
    unmatched: u64,
    claims: u64,
    incidents: u64,
}

pub(super) fn table(desk: &Desk<'_>) -> Table {
    let columns = ["year", "period_start", "period_end", "line", "organisation", "with", "count"];
    let mut table = Table::new("table-8.csv", &columns);
    let found = collect(desk);
    let marks = marks(&found, &desk.seed.part("contributions"));
    let naive: u64 = found.mentions() + found.unmatched;
    let mut put = |line: &str, one: String, other: String, count: String| {
        let place = desk.place("").into_iter().skip(1).collect();
        push(&mut table, place, [line.to_owned(), one, other, count]);
    };
    let whole = |count: u64| count.to_string();
    let none = String::new;
    put("claims", none(), none(), whole(found.claims));
    put("incidents", none(), none(), whole(found.incidents));
    put("victims, naive sum of claims", none(), none(), whole(naive));
    put("victims, deduplicated", none(), none(), whole(found.deduplicated));
    put("naive sum divided by deduplicated", none(), none(), share(naive, found.deduplicated));
    let unmatched = marks.get(&None).copied().unwrap_or(Mark::Shown).print(found.unmatched);
    put("victims of claims, not matched", none(), none(), unmatched);
    for ((one, other), count) in &found.named {
        let line = if one == other { "victims named by" } else { "victims named by both" };
        let mark = marks.get(&Some((*one, *other))).copied().unwrap_or(Mark::Shown);
        put(line, one.to_string(), other.to_string(), mark.print(*count));
    }
    table.footer = vec![
        "strict figure, all countries of the report; adding partners' totals counts a victim once \
         for each organisation that names them"
            .to_owned(),
        "<5 hides a number from 0 to 4, * a larger one".to_owned(),
    ];
    table
}

fn collect(desk: &Desk<'_>) -> Contributions {
    let mut found = Contributions::default();
    let mut events = BTreeSet::new();
    for case in desk.cases {
        let inside = case.placement(&desk.inputs.period) == Placement::Inside;
        if case.strict.is_none() || !case.has_consent() || !inside {
            continue;
        }
        found.deduplicated += 1;
        let orgs = case.victim.orgs();
        for one in &orgs {
            for other in orgs.range(*one..) {
                *found.named.entry((*one, *other)).or_default() += 1;
            }
        }
        if events.insert(case.event.id) {
            found.incidents += 1;
            let claims = case.event.claims.values().filter(|(_, may_count)| *may_count).count();
            found.claims += u64::try_from(claims).unwrap_or(u64::MAX);
            found.unmatched += u64::try_from(case.event.unmatched).unwrap_or(u64::MAX);
        }
    }
    let orgs: BTreeSet<OrgId> = found.named.keys().map(|(one, _)| *one).collect();
    for one in &orgs {
        for other in orgs.range(*one..) {
            found.named.entry((*one, *other)).or_default();
        }
    }
    found
}

impl Contributions {
    fn mentions(&self) -> u64 {
        self.named.iter().filter(|((one, other), _)| one == other).map(|(_, count)| count).sum()
    }
}

/// The naive sum is printed, which what each names adds up to; of two organisations also that what
/// both name is what they name together less all.
fn marks(found: &Contributions, seed: &Seed) -> BTreeMap<Option<(OrgId, OrgId)>, Mark> {
    let mut system = System::default();
    let mut numbers = BTreeMap::new();
    let mut drawn: Vec<_> = found.named.iter().collect();
    seed.shuffle(&mut drawn);
    for (pair, count) in drawn {
        numbers.insert(Some(*pair), system.cell(*count, Kind::Sensitive));
    }
    numbers.insert(None, system.cell(found.unmatched, Kind::Plain));
    let own: Vec<(OrgId, usize)> = numbers
        .iter()
        .filter_map(|(pair, number)| {
            pair.filter(|(one, other)| one == other).map(|it| (it.0, *number))
        })
        .collect();
    let cells: Vec<usize> = own.iter().map(|(_, number)| *number).collect();
    let with_rest: Vec<usize> = cells.iter().copied().chain(numbers.get(&None).copied()).collect();
    system.sum(None, &with_rest);
    if let [(one, _), (other, _)] = own.as_slice() {
        system.sum(numbers.get(&Some((*one, *other))).copied(), &cells);
    }
    // What both name is part of what each names.
    for (pair, number) in &numbers {
        let Some((one, other)) = pair.filter(|(one, other)| one != other) else { continue };
        let both = found.named.get(&(one, other)).copied().unwrap_or(0);
        for org in [one, other] {
            let all = found.named.get(&(org, org)).copied().unwrap_or(0);
            let rest = system.cell(all.saturating_sub(both), Kind::Secret);
            system.sum(numbers.get(&Some((org, org))).copied(), &[*number, rest]);
        }
    }
    let marks = system.solve();
    numbers.into_iter().filter_map(|(pair, number)| Some((pair, *marks.get(number)?))).collect()
}
