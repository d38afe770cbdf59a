//! Laws of the view, and its filters by example.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::{
    api::{answer::Incident, request::IncidentFilter},
    model::{
        id::{CircleId, DocumentId, IncidentId, OrgId},
        registry::{Record, Tier},
    },
};

mod levels;
mod rows;

const PATHS: [&str; 5] = ["title", "date", "country", "victims/1/pseudonym", "acts/1/violation"];
const VALUES: [[&str; 3]; 5] = [
    ["Amenaza", "Desalojo", "Zozobra"],
    ["2024-05-03", "2024-05", "XXXX"],
    ["CO", "PE", "BR"],
    ["V-1", "V-2", "V-3"],
    ["killing", "death_threat", "land_invasion"],
];

fn org(n: u8) -> OrgId {
    OrgId::new([n; 32])
}

fn circle(n: u8) -> CircleId {
    CircleId::new([n; 32])
}

fn incident(n: u8) -> IncidentId {
    IncidentId::new([n; 16])
}

fn record(fields: &[(&str, &str)]) -> Record {
    let mut record = Record::incident();
    for (path, value) in fields {
        record.set(path.parse().unwrap(), *value).unwrap();
    }
    record
}

fn row(n: u8, tier: Option<Tier>, fields: &[(&str, &str)]) -> DocumentRow {
    DocumentRow {
        circle: circle(tier.map_or(0, |tier| tier as u8 + 1)),
        document: DocumentId::new([n; 16]),
        incident: incident(n),
        origin: org(1),
        tier,
        record: record(fields).into(),
        conflicts: Vec::new(),
        changes: 1,
        authors: BTreeSet::from([org(1)]),
    }
}

fn view(rows: impl IntoIterator<Item = DocumentRow>) -> View {
    let mut view = View::new();
    for row in rows {
        view.upsert(row);
    }
    view
}

fn ids(view: &View, filter: &IncidentFilter) -> Vec<IncidentId> {
    ids_of(view, filter, None, None)
}

fn ids_of(
    view: &View,
    filter: &IncidentFilter,
    circle: Option<CircleId>,
    org: Option<OrgId>,
) -> Vec<IncidentId> {
    let query = Query::new(filter, circle, org).unwrap();
    view.list(&query, &()).rows.into_iter().map(|row| row.id).collect()
}

fn text(text: &str) -> IncidentFilter {
    IncidentFilter { text: Some(text.to_owned()), ..IncidentFilter::default() }
}

fn dates(from: &str, to: &str) -> IncidentFilter {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    IncidentFilter { from: given(from), to: given(to), ..IncidentFilter::default() }
}

#[test]
fn the_dossier_is_richer_than_any_facet_and_facets_fill_what_it_lacks() {
    let view = view([
        row(1, Some(Tier::Public), &[("date", "2024-34"), ("public_summary", "p")]),
        row(1, Some(Tier::Coalition), &[("date", "2024-05"), ("acts/1/outcome", "released")]),
        row(1, Some(Tier::Restricted), &[("date", "2024-05-03"), ("summary", "r")]),
        row(1, None, &[("date", "2024-05-03"), ("summary", "d"), ("victims/1/name", "n")]),
    ]);
    let shown = view.show(&incident(1), &()).unwrap();
    let source = |path: &str| shown.fields[path].source.clone();
    assert_eq!(shown.fields["summary"].value, "d");
    assert_eq!(source("summary"), "dossier");
    assert_eq!(source("acts/1/outcome"), circle(3).to_string());
    assert_eq!(source("public_summary"), circle(4).to_string());
    assert_eq!(shown.row.reading, "dossier");
    assert_eq!(shown.row.circles, [circle(2), circle(3), circle(4)]);
    assert_eq!((shown.row.date.as_str(), shown.row.victims), ("2024-05-03", 1));
    assert_eq!(shown.fields["victims/1/name"].tier, "sealed");
    assert_eq!(shown.notes.len(), 1, "only the summary differs: {:?}", shown.notes);
}

#[test]
fn a_facet_that_its_origin_never_wrote_does_not_beat_another() {
    let mut forged =
        row(1, Some(Tier::Restricted), &[("summary", "false"), ("acts/1/outcome", "dead")]);
    forged.authors = BTreeSet::from([org(2)]);
    let truth = row(1, Some(Tier::Public), &[("public_summary", "true")]);
    let shown = view([forged.clone(), truth]).show(&incident(1), &()).unwrap();
    assert_eq!(shown.fields.keys().collect::<Vec<_>>(), ["public_summary"]);
    assert_eq!(shown.row.reading, "public");
    assert!(shown.notes[0].contains("never wrote in it"), "{:?}", shown.notes);

    let shown = view([forged]).show(&incident(1), &()).unwrap();
    assert_eq!(shown.fields["summary"].value, "false", "alone it is shown, with the note");
    assert_eq!(shown.notes.len(), 1);
}

#[test]
fn nobody_takes_an_incident_over_by_a_smaller_circle() {
    let mut false_claim = row(1, Some(Tier::Restricted), &[("summary", "false")]);
    (false_claim.origin, false_claim.authors) = (org(0), BTreeSet::from([org(0)]));
    let facet = row(1, Some(Tier::Coalition), &[("title", "true")]);
    let shown = view([false_claim, facet]).show(&incident(1), &()).unwrap();
    assert_eq!((shown.row.origin, shown.row.title.as_str()), (org(1), "true"));
    assert!(!shown.fields.contains_key("summary"));
    assert!(shown.notes[0].contains("contradicts"), "{:?}", shown.notes);
}

#[test]
fn search_ignores_accents_and_case_and_reads_beginnings_of_words() {
    let view = view([
        row(1, None, &[("title", "Amenaza en Popayán"), ("place/admin1", "CO-CAU")]),
        row(2, None, &[("title", "São Félix"), ("summary", "A AMEAÇA chegou")]),
        row(3, Some(Tier::Restricted), &[("title", "x"), ("summary", "montaña")]),
        row(3, Some(Tier::Public), &[("public_summary", "río")]),
    ]);
    let cases: [(&str, &[u8]); 9] = [
        ("popayan", &[1]),
        ("POPAYÁN amen", &[1]),
        ("cauca", &[1]),
        ("sao ameaca", &[2]),
        ("payan", &[]),
        ("rio montana", &[3]),
        ("rio popayan", &[]),
        ("  ", &[1, 2, 3]),
        ("¡!", &[1, 2, 3]),
    ];
    for (words, expected) in cases {
        let expected: Vec<_> = expected.iter().map(|n| incident(*n)).collect();
        assert_eq!(ids(&view, &text(words)), expected, "{words}");
    }
}

#[test]
fn dates_overlap_as_intervals_and_unknown_ones_do_not() {
    let view = view([
        row(1, None, &[("date", "2023")]),
        row(2, None, &[("date", "2024-05-03")]),
        row(3, None, &[("date", "2024-05-28/2024-06-02")]),
        row(4, None, &[("date", "2024-07/..")]),
        row(5, None, &[("date", "XXXX")]),
        row(6, None, &[("title", "no date")]),
    ]);
    let cases: [(&str, &str, &[u8]); 7] = [
        ("", "", &[1, 2, 3, 4, 5, 6]),
        ("2024", "", &[2, 3, 4]),
        ("", "2024-05", &[1, 2, 3]),
        ("2024-06", "2024-06-30", &[3]),
        ("2030", "2031", &[4]),
        ("2023-12-31", "2023-12-31", &[1]),
        ("2024-05-03", "2024-05-03", &[2]),
    ];
    for (from, to, expected) in cases {
        let expected: Vec<_> = expected.iter().map(|n| incident(*n)).collect();
        assert_eq!(ids(&view, &dates(from, to)), expected, "{from} to {to}");
    }
}

#[test]
fn a_circle_sees_what_is_in_it_and_nothing_else() {
    let mut other = row(2, Some(Tier::Coalition), &[("title", "of another")]);
    (other.origin, other.authors) = (org(2), BTreeSet::from([org(2)]));
    let view = view([
        row(1, None, &[("title", "Nombre"), ("date", "2024-05-03"), ("country", "CO")]),
        row(1, Some(Tier::Coalition), &[("title", "neutral"), ("date", "2024-05")]),
        other,
    ]);
    let coalition = Some(circle(3));
    let query = Query::new(&IncidentFilter::default(), coalition, None).unwrap();
    let page = view.list(&query, &());
    assert_eq!(page.total, 2);
    assert_eq!((page.rows[0].title.as_str(), page.rows[0].date.as_str()), ("neutral", "2024-05"));
    assert_eq!(page.rows[0].reading, "coalition");
    assert!(ids_of(&view, &text("nombre"), coalition, None).is_empty());
    assert_eq!(ids_of(&view, &text("nombre"), None, None), [incident(1)]);
    assert_eq!(ids_of(&view, &IncidentFilter::default(), coalition, Some(org(2))), [incident(2)]);
    assert_eq!(ids_of(&view, &IncidentFilter::default(), Some(circle(9)), None), []);
}

#[test]
fn pages_are_of_one_order_and_filters_are_read() {
    let mut rows = Vec::new();
    for n in 0..20 {
        rows.push(row(n, None, &[("date", ["2024-01", "2023-01"][usize::from(n % 2)])]));
    }
    let view = view(rows);
    let all = ids(&view, &IncidentFilter::default());
    assert_eq!((all[0], all[10]), (incident(1), incident(0)), "by date, then by id");
    for offset in 0..25 {
        let filter = IncidentFilter { offset, limit: 3, ..IncidentFilter::default() };
        let expected: Vec<_> = all.iter().copied().skip(offset).take(3).collect();
        assert_eq!(ids(&view, &filter), expected);
        assert_eq!(view.list(&Query::new(&filter, None, None).unwrap(), &()).total, 20);
    }
    let bad = [
        dates("yesterday", ""),
        dates("2024", "2023"),
        IncidentFilter { country: Some("Atlantis".into()), ..IncidentFilter::default() },
        IncidentFilter { violation: Some("rudeness".into()), ..IncidentFilter::default() },
    ];
    assert!(bad.iter().all(|filter| Query::new(filter, None, None).is_err()));
}

#[test]
fn conflicts_are_numbered_alike_whatever_the_order_of_candidates() {
    let path = "max_tier";
    let candidate = |text: &str, n| ConflictValue { value: text.into(), org: Some(org(n)) };
    let (open, closed) = (candidate("public", 1), candidate("sealed", 2));
    let mut first = row(1, None, &[("title", "t"), (path, "sealed")]);
    let conflict = |values| RowConflict { path: path.parse().unwrap(), values };
    first.conflicts = vec![conflict(vec![open.clone(), closed.clone()])];
    let mut second = first.clone();
    second.conflicts = vec![conflict(vec![closed, open])];
    let names = (|_: &OrgId| Some("Org".to_owned()), |_: &CircleId| None);
    let (first, second) = (view([first]).conflicts(&names), view([second]).conflicts(&names));
    assert_eq!(first, second);
    assert_eq!(
        (first[0].ruling.as_str(), first[0].rule.as_str()),
        (Some("sealed"), "most-protective")
    );
    assert_eq!((first[0].values[0].number, first[0].values[1].number), (1, 2));
    assert_eq!(first[0].values[0].org_name.as_deref(), Some("Org"));
}

#[test]
fn ids_are_found_by_their_beginning() {
    let view = view([row(0x1a, None, &[]), row(0x1b, None, &[]), row(0xff, None, &[])]);
    let found = |prefix: &str| view.starting_with(prefix).collect::<Vec<_>>();
    assert_eq!(found("1"), [incident(0x1a), incident(0x1b)]);
    assert_eq!(found("1A"), [incident(0x1a)]);
    assert_eq!(found(&"ff".repeat(16)), [incident(0xff)]);
    assert_eq!(found(&"ff".repeat(17)), []);
    assert_eq!(found("no hex"), []);
    assert_eq!(found("").len(), 3);
}

#[test]
fn the_secret_of_a_dossier_is_not_shown() {
    let secret = "ab".repeat(32);
    let fields = [("title", "t"), ("disclosure/key", &secret), ("disclosure/manifest", &secret)];
    let shown = view([row(1, None, &fields)]).show(&incident(1), &()).unwrap();
    assert_eq!(shown.fields.keys().collect::<Vec<_>>(), ["title"]);
    assert_eq!(shown.facets[0].fields.keys().collect::<Vec<_>>(), ["disclosure/manifest", "title"]);
}

prop_compose! {
    fn any_row()(
        place in (0_u8..4, 0_u8..3),
        incident_number in 0_u8..3,
        origin in 0_u8..3,
        authors in proptest::collection::btree_set(0_u8..3, 0..3),
        values in proptest::collection::vec(proptest::option::of(0_usize..3), PATHS.len()),
    ) -> DocumentRow {
        let tiers = [None, Some(Tier::Restricted), Some(Tier::Coalition), Some(Tier::Public)];
        let fields: Vec<(&str, &str)> = values
            .iter()
            .enumerate()
            .filter_map(|(field, value)| Some((PATHS[field], VALUES[field][(*value)?])))
            .collect();
        DocumentRow {
            circle: circle(place.0),
            document: DocumentId::new([place.1; 16]),
            incident: incident(incident_number),
            origin: org(origin),
            tier: tiers[usize::from(place.0)],
            record: record(&fields).into(),
            conflicts: Vec::new(),
            changes: 1,
            authors: authors.into_iter().map(org).collect(),
        }
    }
}

/// Rows of different documents.
fn any_rows() -> impl Strategy<Value = Vec<DocumentRow>> {
    proptest::collection::vec(any_row(), 0..9).prop_map(|rows| {
        let by_place: BTreeMap<_, _> =
            rows.into_iter().map(|row| ((row.circle, row.document), row)).collect();
        by_place.into_values().collect()
    })
}

fn everything(view: &View) -> (Vec<Incident>, Counts, Vec<IncidentId>) {
    let ids = ids(view, &IncidentFilter::default());
    let shown = ids.iter().map(|id| view.show(id, &()).unwrap()).collect();
    (shown, view.counts(), ids)
}

fn json_of(row: &DocumentRow, path: &str) -> Option<serde_json::Value> {
    row.record.text(path).map(|text| text.as_ref().into())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_order_of_rows_does_not_matter(
        (rows, shuffled) in any_rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        stale in any_rows(),
    ) {
        // What was known before of the same documents leaves no trace either.
        let known: BTreeSet<_> = rows.iter().map(|row| (row.circle, row.document)).collect();
        let mut later = view(stale.iter().cloned().chain(shuffled));
        for row in &stale {
            if !known.contains(&(row.circle, row.document)) {
                later.remove(&row.circle, &row.document);
            }
        }
        prop_assert_eq!(everything(&view(rows)), everything(&later));
    }

    #[test]
    fn each_value_shown_is_the_richest_that_speaks(rows in any_rows()) {
        let view = view(rows.clone());
        for id in ids(&view, &IncidentFilter::default()) {
            let shown = view.show(&id, &()).unwrap();
            let of_it: Vec<_> = rows.iter().filter(|row| row.incident == id).collect();
            let trusted = |row: &DocumentRow| {
                row.origin == shown.row.origin
                    && (row.tier.is_none() || row.authors.contains(&row.origin))
            };
            let any_trusted = of_it.iter().any(|row| trusted(row));
            for path in PATHS {
                let candidates = of_it.iter().filter(|row| !any_trusted || trusted(row));
                let richest = candidates
                    .filter(|row| row.record.get(path).is_some())
                    .min_by_key(|row| (row.tier, row.circle, row.document));
                let expected = richest.and_then(|row| json_of(row, path));
                prop_assert_eq!(shown.fields.get(path).map(|field| field.value.clone()), expected);
            }
        }
    }

    #[test]
    fn filters_take_what_the_lines_show(
        rows in any_rows(),
        country in proptest::option::of(0_usize..3),
        violation in proptest::option::of(0_usize..3),
        word in proptest::option::of(0_usize..3),
        by_org in proptest::option::of(0_u8..3),
        in_circle in proptest::option::of(0_u8..4),
    ) {
        let view = view(rows.clone());
        let given = |field: usize, value: Option<usize>| value.map(|n| VALUES[field][n].to_owned());
        let filter = IncidentFilter {
            country: given(2, country),
            violation: given(4, violation),
            text: given(0, word),
            ..IncidentFilter::default()
        };
        let (in_circle, by_org) = (in_circle.map(circle), by_org.map(org));
        let all = Query::new(&IncidentFilter::default(), in_circle, None).unwrap();
        let has_word = |id: IncidentId| {
            let mut readable = rows.iter().filter(|row| {
                row.incident == id && in_circle.is_none_or(|circle| row.circle == circle)
            });
            filter.text.as_ref().is_none_or(|word| readable.any(|row| row.record.text("title").as_deref() == Some(word.as_str())))
        };
        let expected: Vec<IncidentId> = view.list(&all, &()).rows.into_iter()
            .filter(|line| filter.country.as_ref().is_none_or(|country| line.country == *country))
            .filter(|line| filter.violation.as_ref().is_none_or(|code| line.violations.contains(code)))
            .filter(|line| by_org.is_none_or(|org| line.origin == org))
            .map(|line| line.id)
            .filter(|id| has_word(*id))
            .collect();
        prop_assert_eq!(ids_of(&view, &filter, in_circle, by_org), expected);
    }
}

#[test]
fn each_filter_takes_what_it_names_and_nothing_else() {
    let with = |n, fields: &[(&str, &str)], flags: &[&str]| {
        let mut record = record(fields);
        flags.iter().for_each(|flag| record.set(flag.parse().unwrap(), true).unwrap());
        DocumentRow { record: record.into(), ..row(n, None, &[]) }
    };
    let threat = [
        ("country", "CO"),
        ("place/admin1", "CO-CAU"),
        ("place/admin2", "Popayán"),
        ("acts/1/violation", "death_threat"),
        ("counting_unit", "individual"),
        ("perpetrators/1/type", "state_police"),
        ("perpetrators/1/state_link", "state_agent"),
        ("recorded/on", "2026-01-01"),
    ];
    let eviction = [
        ("country", "BR"),
        ("place/admin1", "BR-PA"),
        ("place/territory", "Terra Inventada"),
        ("acts/k/violation", "land_invasion"),
        ("counting_unit", "community"),
        ("perpetrators/1/type", "company_national"),
        ("perpetrators/1/state_link", "non_state"),
        ("recorded/on", "2026-02-01"),
    ];
    let view = view([
        with(1, &threat, &["sectors/mining_illegal"]),
        with(2, &eviction, &["sectors/logging"]),
    ]);
    let some = |text: &str| Some(text.to_owned());
    let none = IncidentFilter::default;
    let first = [
        IncidentFilter { family: some("threat"), ..none() },
        IncidentFilter { violation: some("death_threat"), ..none() },
        IncidentFilter { admin1: some("cauca"), ..none() },
        IncidentFilter { place: some("popayan"), ..none() },
        IncidentFilter { sector: some("mining_illegal"), ..none() },
        IncidentFilter { perpetrator: some("state_police"), ..none() },
        IncidentFilter { state_link: some("state_agent"), ..none() },
        IncidentFilter { counting_unit: some("individual"), ..none() },
        text("mining illegal"),
    ];
    for filter in first {
        assert_eq!(ids(&view, &filter), [incident(1)], "{filter:?}");
    }
    let second = [
        IncidentFilter { family: some("territory"), ..none() },
        IncidentFilter { place: some("inventada terra"), ..none() },
        IncidentFilter { country: some("Brasil"), admin1: some("Pará"), ..none() },
    ];
    for filter in second {
        assert_eq!(ids(&view, &filter), [incident(2)], "{filter:?}");
    }
    let levels = |level: &str| ids(&view, &IncidentFilter { level: some(level), ..none() }).len();
    assert_eq!([levels("v0"), levels("v0+"), levels("v1+")], [2, 2, 0]);
    let sorted = |order: &str| ids(&view, &IncidentFilter { sort: some(order), ..none() });
    assert_eq!(sorted("recorded"), [incident(2), incident(1)]);
    assert_eq!(sorted("place"), [incident(2), incident(1)]);
    let wrong = [
        IncidentFilter { sector: some("alchemy"), ..none() },
        IncidentFilter { admin1: some("Atlantis"), ..none() },
        IncidentFilter { sort: some("beauty"), ..none() },
        IncidentFilter { level: some("v7"), ..none() },
    ];
    assert!(wrong.iter().all(|filter| Query::new(filter, None, None).is_err()));
}

#[test]
fn the_latest_can_come_first_and_unknown_dates_stay_last() {
    let view = view([
        row(1, None, &[("date", "2024-01")]),
        row(2, None, &[("date", "XXXX")]),
        row(3, None, &[("date", "2025-03-01")]),
    ]);
    let filter = IncidentFilter { sort: Some("-date".to_owned()), ..IncidentFilter::default() };
    assert_eq!(ids(&view, &filter), [incident(3), incident(1), incident(2)]);
}
