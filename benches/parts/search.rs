//! Searches and lists over a hundred thousand incidents, each a dossier and a facet: the README's
//! bound of 50 ms is for each of them.

use std::collections::BTreeSet;

use ceiba::{
    api::request::IncidentFilter,
    model::{
        id::{CircleId, DocumentId, IncidentId, OrgId},
        registry::{Record, Tier},
    },
    view::{DocumentRow, Filling, Query, View},
};
use criterion::Criterion;

const INCIDENTS: u32 = 100_000;
const VIOLATIONS: [&str; 5] =
    ["death_threat", "killing", "smear_defamation", "land_invasion", "prosecution"];
const ADMIN1: [&str; 4] = ["CO-CAU", "CO-NAR", "CO-ANT", "CO-CHO"];
const SECTORS: [&str; 3] = ["mining_illegal", "logging", "agribusiness"];

fn record(number: u32) -> Record {
    let mut record = super::registry::record(number);
    let (year, month) = (2015 + number % 11, number % 12 + 1);
    let at =
        |list: &'static [&'static str]| *list.iter().cycle().nth(number as usize % 60).unwrap();
    for (path, text) in [
        ("date", format!("{year}-{month:02}-{:02}", number % 28 + 1)),
        ("place/admin1", at(&ADMIN1).to_owned()),
        ("place/admin2", format!("Municipio {}", number % 300)),
        ("acts/1/violation", at(&VIOLATIONS).to_owned()),
        ("perpetrators/1/type", at(&["state_police", "unknown"]).to_owned()),
        ("perpetrators/1/state_link", "undetermined".to_owned()),
        ("recorded/on", format!("2026-{month:02}-01")),
    ] {
        record.set(path.parse().unwrap(), text).unwrap();
    }
    record.set(format!("sectors/{}", at(&SECTORS)).parse().unwrap(), true).unwrap();
    record
}

fn view() -> View {
    let filling = Filling::new();
    let row = |number: u32, tier: Option<Tier>| {
        let mut incident = [0; 16];
        incident[..4].copy_from_slice(&number.to_be_bytes());
        DocumentRow {
            circle: CircleId::new([tier.map_or(0, |_| 1); 32]),
            document: DocumentId::new(incident),
            incident: IncidentId::new(incident),
            origin: OrgId::new([1; 32]),
            tier,
            record: record(number).into(),
            conflicts: Vec::new(),
            changes: 1,
            authors: BTreeSet::from([OrgId::new([1; 32])]),
        }
    };
    for number in 0..INCIDENTS {
        filling.take(vec![row(number, None), row(number, Some(Tier::Coalition))]);
    }
    filling.finish()
}

pub(crate) fn search(c: &mut Criterion) {
    let view = view();
    let some = |text: &str| Some(text.to_owned());
    let with =
        |name: &'static str, filter: IncidentFilter| (name, IncidentFilter { limit: 50, ..filter });
    let none = IncidentFilter::default;
    let filters = [
        with("all", none()),
        with("words", IncidentFilter { text: some("amenáza 7701"), ..none() }),
        with("common words", IncidentFilter { text: some("ejemplo texto"), ..none() }),
        with("violation", IncidentFilter { violation: some("killing"), ..none() }),
        with("family", IncidentFilter { family: some("threat"), ..none() }),
        with("admin1", IncidentFilter { admin1: some("Cauca"), ..none() }),
        with("place", IncidentFilter { place: some("municipio 77"), ..none() }),
        with("sector", IncidentFilter { sector: some("mining_illegal"), ..none() }),
        with("perpetrator", IncidentFilter { perpetrator: some("state_police"), ..none() }),
        with("level", IncidentFilter { level: some("v0"), ..none() }),
        with("period", IncidentFilter { from: some("2019"), to: some("2020-06"), ..none() }),
        with("latest first", IncidentFilter { sort: some("-date"), ..none() }),
        with("by recording", IncidentFilter { sort: some("recorded"), ..none() }),
        with("by level", IncidentFilter { sort: some("level"), ..none() }),
        with("by place", IncidentFilter { sort: some("place"), ..none() }),
        with("last page", IncidentFilter { offset: 99_900, ..none() }),
    ];
    let mut group = c.benchmark_group("search 100,000");
    group.sample_size(10);
    for (name, filter) in filters {
        let query = Query::new(&filter, None, None).unwrap();
        assert!(view.list(&query, &()).total > 0, "{name} finds something");
        group.bench_function(name, |b| b.iter(|| view.list(&query, &())));
    }
    group.finish();
}
