//! Documents, projection, the view.

use std::hint::black_box;

use ceiba::{
    api::request::IncidentFilter,
    doc::{Actor, Document, preflight},
    model::{
        disclosure::{Release, project},
        id::{CircleId, DeviceId, DocumentId, Incarnation, IncidentId, OrgId},
        registry::{Record, Schema, Tier, Value},
        time::Timestamp,
    },
    view::{DocumentRow, Query, View},
};
use criterion::{BatchSize, Criterion};

/// Rows of the view that is asked.
const ROWS: u32 = 10_000;

/// An invented incident as a person records it.
pub(crate) fn record(number: u32) -> Record {
    let mut record = Record::incident();
    let day = number % 28 + 1;
    for (path, text) in [
        ("country", "CO".to_owned()),
        ("date", format!("2026-03-{day:02}")),
        ("place/admin1", "CO-CAU".to_owned()),
        ("place/admin2", "Municipio Inventado".to_owned()),
        ("title", format!("Amenaza inventada {number}")),
        (
            "summary",
            "Nada de esto ocurrió: un texto de ejemplo, tan largo como uno de verdad, \
                     para medir lo que cuesta un documento entero."
                .to_owned(),
        ),
        ("public_summary", format!("Un ejemplo, número {number}.")),
        ("counting_unit", "individual".to_owned()),
        ("acts/1/outcome", "missing".to_owned()),
        ("acts/1/violation", "death_threat".to_owned()),
        ("victims/1/pseudonym", format!("V-{number}")),
        ("victims/1/name", "Persona Inventada".to_owned()),
        ("consent/basis", "informed_explicit".to_owned()),
    ] {
        record.set(path.parse().unwrap(), text).unwrap();
    }
    for path in ["consent/scopes/share_coalition_deid", "acts/1/attempted"] {
        record.set(path.parse().unwrap(), true).unwrap();
    }
    record
}

fn actor() -> Actor {
    Actor::of(&DeviceId::new([1; 32]), &Incarnation::new([2; 16]), &DocumentId::new([3; 16]))
}

/// A document, and the change that makes it.
pub(crate) fn document() -> (Document, Vec<u8>) {
    let mut document = Document::new(Schema::incident());
    let change = document.edit(&actor(), |edit| edit.set_all(&record(1))).unwrap().unwrap();
    let bytes = change.bytes().to_vec();
    (document, bytes)
}

pub(crate) fn documents(c: &mut Criterion) {
    let (document, change) = document();
    let checked = preflight(&change, &actor()).unwrap();
    c.bench_function("preflight", |b| b.iter(|| preflight(black_box(&change), &actor())));
    c.bench_function("apply/new document", |b| {
        b.iter(|| {
            let mut document = Document::new(Schema::incident());
            document.apply(std::slice::from_ref(black_box(&checked)));
            document
        });
    });
    let other =
        Actor::of(&DeviceId::new([4; 32]), &Incarnation::new([2; 16]), &DocumentId::new([3; 16]));
    let (path, value) = ("acts/1/outcome".parse().unwrap(), Value::from("released"));
    let edit = document.clone().edit(&other, |edit| edit.set(&path, &value)).unwrap().unwrap();
    c.bench_function("apply/edit", |b| {
        b.iter_batched(
            || document.clone(),
            |mut document| {
                document.apply(std::slice::from_ref(&edit));
                document
            },
            BatchSize::SmallInput,
        );
    });
    c.bench_function("edit/one field", |b| {
        b.iter_batched(
            || document.clone(),
            |mut document| document.edit(&actor(), |edit| edit.set(&path, &value)),
            BatchSize::SmallInput,
        );
    });
    let saved = document.save();
    c.bench_function("document/load", |b| {
        b.iter(|| Document::load(black_box(&saved), Schema::incident()));
    });
    c.bench_function("document/record", |b| b.iter(|| black_box(&document).record()));
}

pub(crate) fn projection(c: &mut Criterion) {
    let dossier = record(1);
    let release = Release::new(Tier::Coalition, Timestamp::from_millis(1_767_225_600_000));
    assert!(project(&dossier, &[], &release).is_ok(), "consent allows it");
    c.bench_function("project/facet", |b| {
        b.iter(|| project(black_box(&dossier), &[], &release));
    });
}

fn row(number: u32) -> DocumentRow {
    let mut id = [0; 16];
    id.iter_mut().zip(number.to_be_bytes()).for_each(|(to, from)| *to = from);
    let org = OrgId::new([5; 32]);
    DocumentRow {
        circle: CircleId::new([6; 32]),
        document: DocumentId::new(id),
        incident: IncidentId::new(id),
        origin: org,
        tier: Some(Tier::Coalition),
        record: record(number).into(),
        conflicts: Vec::new(),
        changes: 1,
        authors: [org].into(),
    }
}

pub(crate) fn view(c: &mut Criterion) {
    let mut view = View::new();
    for number in 0..ROWS {
        view.upsert(row(number));
    }
    let again = row(ROWS / 2);
    c.bench_function("view/upsert into 10,000", |b| {
        b.iter_batched(|| again.clone(), |row| view.upsert(row), BatchSize::SmallInput);
    });
    let page = IncidentFilter { limit: 20, ..IncidentFilter::default() };
    let page = Query::new(&page, None, None).unwrap();
    c.bench_function("view/first page of 10,000", |b| b.iter(|| view.list(&page, &())));
    let words = IncidentFilter {
        text: Some("inventada 77".to_owned()),
        limit: 20,
        ..IncidentFilter::default()
    };
    let words = Query::new(&words, None, None).unwrap();
    c.bench_function("view/words in 10,000", |b| b.iter(|| view.list(&words, &())));
}
