//! A packed record answers as the record that it was made of, and bytes of all kinds do no harm.

use proptest::prelude::*;

use super::*;
use crate::model::registry::{FieldPath, Value};

fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        prop_oneof![
            Just("victims"),
            Just("acts"),
            Just("1"),
            Just("name"),
            Just("violation"),
            Just("share"),
            Just("a"),
            Just("a_b"),
        ]
        .prop_map(str::to_owned),
        "[a-z0-9_]{1,12}",
        "[a-z0-9_]{40}",
    ]
}

fn path() -> impl Strategy<Value = FieldPath> {
    proptest::collection::vec(segment(), 1..=4)
        .prop_map(|segments| segments.join("/").parse().unwrap())
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Flag),
        any::<i64>().prop_map(Value::Integer),
        prop_oneof![Just("killing"), Just("death_threat"), Just("individual"), Just("")]
            .prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        "[0-9a-f]{10,70}".prop_map(Value::from),
        "[0-9A-Fa-f]{10,70}".prop_map(Value::from),
        "[0-9a-zA-Z+/]{10,90}".prop_map(Value::from),
        "(?s).{0,300}".prop_map(Value::from),
    ]
}

fn flat_record() -> impl Strategy<Value = Record> {
    let schema = prop_oneof![
        4 => Just(Schema::incident()),
        1 => ("[a-z_]{1,40}", any::<u32>())
            .prop_map(|(name, version)| format!("{name}/{version}").parse().unwrap()),
    ];
    let fields = proptest::collection::vec((path(), value()), 0..30);
    (schema, fields).prop_map(|(schema, fields)| {
        let mut record = Record::new(schema);
        fields.into_iter().for_each(|(path, value)| record.set(path, value).unwrap());
        record
    })
}

/// With the JSON of a record in a field, as it stands in a shared dossier, in one more, and with
/// something that only looks so.
fn any_record() -> impl Strategy<Value = Record> {
    (flat_record(), proptest::option::of(flat_record()), "[ x]?").prop_map(
        |(mut record, shared, more)| {
            if let Some(mut shared) = shared {
                let inner = serde_json::to_string(&shared).unwrap();
                shared.set("share/0".parse().unwrap(), inner).unwrap();
                let json = serde_json::to_string(&shared).unwrap();
                record.set("share/0ff".parse().unwrap(), json.clone() + &more).unwrap();
                record.set("share/0".parse().unwrap(), json.replace(':', ": ")).unwrap();
            }
            record
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_record_comes_back_and_answers_the_same(record in any_record(), other in path()) {
        let packed = PackedRecord::from(&record);
        prop_assert_eq!(&packed.unpack(), &record);
        prop_assert_eq!(&packed.schema(), record.schema());
        prop_assert_eq!(PackedRecord::from_bytes(packed.as_bytes()), Some(packed.clone()));
        let fields: Vec<_> =
            packed.iter().map(|(path, value)| (path.to_path().unwrap(), value.to_value())).collect();
        let expected: Vec<_> =
            record.iter().map(|(path, value)| (path.clone(), value.clone())).collect();
        prop_assert_eq!(&fields, &expected);
        let asked = fields.iter().map(|(path, _)| path).chain([&other]);
        for path in asked {
            let text = path.as_str();
            prop_assert_eq!(packed.get(text).map(ValueRef::to_value), record.get(text).cloned());
            let found = packed.text(text);
            prop_assert_eq!(found.as_deref(), record.text(text));
            for part in [text, path.segment(0).unwrap()] {
                let found: Vec<_> = packed.under(part).map(|(path, _)| path.to_string()).collect();
                let expected: Vec<_> =
                    record.under(part).map(|(path, _)| path.to_string()).collect();
                prop_assert_eq!(found, expected);
                prop_assert_eq!(packed.keys(part), record.keys(part));
            }
        }
    }

    #[test]
    fn paths_are_ordered_as_their_texts(a in path(), b in path()) {
        let (first, second) = (PathRef::of(a.as_str()).unwrap(), PathRef::of(b.as_str()).unwrap());
        prop_assert_eq!(first.cmp(&second), a.cmp(&b));
        prop_assert_eq!(first.is_under(&second), a.is_under(b.as_str()));
    }

    #[test]
    fn equal_records_are_equal_bytes(record in any_record()) {
        let again: Record = serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
        prop_assert_eq!(PackedRecord::from(&again), PackedRecord::from(&record));
    }

    #[test]
    fn damaged_bytes_are_refused_or_are_a_record(
        record in any_record(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = PackedRecord::from(&record).as_bytes().to_vec();
        for (place, byte) in damage {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
        if let Some(packed) = PackedRecord::from_bytes(&bytes) {
            // Every field that it tells of comes out.
            let unpacked = packed.unpack();
            prop_assert_eq!(unpacked.iter().count(), packed.iter().count());
            prop_assert_eq!(packed.iter().count(), packed.raw().count());
        }
        // Nor does reading what is not checked do harm.
        let unchecked = PackedRecord(bytes.into());
        let _whatever = (unchecked.unpack(), unchecked.keys("victims"), unchecked.text("title"));
    }
}

#[test]
fn a_record_within_a_record_within_a_record_is_refused() {
    let field = |bytes: &[u8]| {
        let mut out = vec![0, 7];
        put_chunk(&mut out, b"a");
        put_chunk(&mut out, bytes);
        out
    };
    let inner = PackedRecord::from(Record::incident());
    let once = field(inner.as_bytes());
    assert!(PackedRecord::from_bytes(&once).is_some());
    assert!(PackedRecord::from_bytes(&field(&once)).is_none());
}

#[test]
fn more_fields_than_a_record_has_are_refused() {
    use crate::model::limits::MAX_FIELDS_PER_RECORD;

    let fields = |count: usize| {
        let mut out = vec![0];
        for number in 0..count {
            out.push(write::tag::YES);
            put_chunk(&mut out, format!("x{number:06}").as_bytes());
        }
        out
    };
    assert!(PackedRecord::from_bytes(&fields(MAX_FIELDS_PER_RECORD)).is_some());
    assert!(PackedRecord::from_bytes(&fields(MAX_FIELDS_PER_RECORD + 1)).is_none());
    let not_in_order = [fields(1).as_slice(), fields(1).get(1..).unwrap()].concat();
    assert!(PackedRecord::from_bytes(&not_in_order).is_none());
}

#[test]
fn debug_shows_no_value() {
    let mut record = Record::incident();
    record.set("victims/1/name".parse().unwrap(), "Nombre Inventado").unwrap();
    let packed = PackedRecord::from(&record);
    let shown = format!("{packed:?} {:?}", packed.get("victims/1/name"));
    assert!(!shown.contains("Inventado"), "{shown}");
}
