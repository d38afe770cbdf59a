//! Rows as bytes, and a view that is filled with them at once.

use super::*;
use crate::model::registry::Value;

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Flag),
        any::<i64>().prop_map(Value::Integer),
        "\\PC{0,20}".prop_map(Value::from),
    ]
}

prop_compose! {
    fn any_conflict()(
        field in 0..PATHS.len(),
        values in proptest::collection::vec(
            (any_value(), proptest::option::of(0_u8..3)), 0..4),
    ) -> RowConflict {
        let values = values.into_iter().map(|(value, by)| ConflictValue { value, org: by.map(org) });
        RowConflict { path: PATHS[field].parse().unwrap(), values: values.collect() }
    }
}

prop_compose! {
    /// Rows of different documents, with conflicts.
    fn conflicting_rows()(
        rows in any_rows(),
        conflicts in proptest::collection::vec(
            proptest::collection::vec(any_conflict(), 0..2), 9),
        changes in any::<u64>(),
    ) -> Vec<DocumentRow> {
        rows.into_iter()
            .zip(conflicts)
            .map(|(row, conflicts)| DocumentRow { conflicts, changes, ..row })
            .collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_view_filled_from_bytes_answers_as_one_of_rows(
        (rows, shuffled) in conflicting_rows()
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        part in 1_usize..5,
        later in any_rows(),
    ) {
        let filling = Filling::new();
        for rows in shuffled.chunks(part) {
            let read = rows.iter().map(|row| DocumentRow::from_bytes(&row.to_bytes()).unwrap());
            filling.take(read.collect());
        }
        let (mut filled, mut built) = (filling.finish(), view(rows));
        prop_assert_eq!(everything(&filled), everything(&built));
        prop_assert_eq!(filled.conflicts(&()), built.conflicts(&()));
        // And goes on as one of rows, also where documents come to be of another incident.
        for row in later {
            filled.upsert(row.clone());
            built.upsert(row);
        }
        prop_assert_eq!(everything(&filled), everything(&built));
    }

    #[test]
    fn rows_come_back_from_bytes_and_damage_never_hides_the_document(
        rows in conflicting_rows(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        for row in rows {
            let mut bytes = row.to_bytes();
            prop_assert_eq!(DocumentRow::from_bytes(&bytes), Ok(row.clone()));
            let place = 48 + place.index(bytes.len() - 48);
            bytes[place] = byte;
            bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
            let expected_error = if bytes.len() < 48 {
                RowError::Nameless
            } else {
                RowError::Outdated(row.circle, row.document)
            };
            match DocumentRow::from_bytes(&bytes) {
                Ok(read) => {
                    prop_assert_eq!((read.circle, read.document), (row.circle, row.document));
                }
                Err(error) => prop_assert_eq!(error, expected_error),
            }
        }
    }
}

#[test]
fn a_row_of_another_version_or_with_other_words_names_its_document() {
    let row = row(1, None, &[("title", "t"), ("acts/1/violation", "killing")]);
    let outdated = Err(RowError::Outdated(row.circle, row.document));
    for place in 48..57 {
        let mut bytes = row.to_bytes();
        bytes[place] ^= 1;
        assert_eq!(DocumentRow::from_bytes(&bytes), outdated, "byte {place}");
    }
    let mut counted = row.to_bytes();
    // Authors that are not there: no memory is taken for them.
    let authors = 48 + 9 + 16 + 32 + 2;
    counted.splice(authors..=authors, [0xff, 0xff, 0xff, 0xff, 0x7f]);
    assert_eq!(DocumentRow::from_bytes(&counted), outdated);
}

#[test]
fn a_word_is_found_in_the_circle_where_it_stands() {
    let view = view([
        row(1, None, &[("title", "Amenaza en la vereda"), ("summary", "montaña")]),
        row(1, Some(Tier::Coalition), &[("title", "Amenaza"), ("summary", "montaña")]),
        row(1, Some(Tier::Public), &[("title", "Amenaza"), ("public_summary", "río")]),
    ]);
    let found = |words: &str, n| !ids_of(&view, &text(words), Some(circle(n)), None).is_empty();
    assert!(found("amenaza", 0) && found("amenaza montana", 3) && found("amenaza rio", 4));
    assert!(!found("vereda", 3) && !found("montana", 4) && !found("rio", 0));
    assert_eq!(ids(&view, &text("vereda rio montana")), [incident(1)]);
}

#[test]
fn documents_are_found_again_whatever_their_id() {
    let mut view = View::new();
    // Two circles with a document of the same id, one of which moves.
    let facet = |tier, of| DocumentRow { incident: incident(of), ..row(9, Some(tier), &[]) };
    view.upsert(facet(Tier::Coalition, 1));
    view.upsert(facet(Tier::Public, 1));
    view.upsert(facet(Tier::Coalition, 2));
    assert_eq!(view.counts().documents, 2);
    view.upsert(facet(Tier::Public, 9));
    assert_eq!((view.counts().documents, view.counts().incidents), (2, 2));
    for tier in [Tier::Coalition, Tier::Public] {
        let row = facet(tier, 0);
        view.remove(&row.circle, &row.document);
        view.remove(&row.circle, &row.document);
    }
    assert_eq!(view.counts(), Counts::default());
}
