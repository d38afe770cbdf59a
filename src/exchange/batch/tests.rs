use super::*;
use crate::exchange::{FileKind, Source};

const MAPPING: &str = "mapping = 1\nname = \"t\"\n[row]\nkey = [\"id\"]\nevent = [\"event\"]\n";

fn mapping() -> Mapping {
    Mapping::parse("t.toml", MAPPING).unwrap()
}

fn list(csv: &str, mapping: &Mapping) -> List {
    let source = Source::from(csv.as_bytes());
    List::open(source, FileKind::Csv, mapping.reading().clone()).unwrap()
}

/// The lines of each portion; every row is taken.
fn portions(csv: &str) -> (Vec<Vec<u64>>, Vec<(u64, &'static str)>) {
    let mapping = mapping();
    let list = list(csv, &mapping);
    let mut batcher = Batcher::new(list.header(), &mapping, Survey::of(&list, &mapping).unwrap());
    let mut portions = Vec::new();
    let mut take = |portion: Vec<Row>, batcher: &mut Batcher<'_>| {
        batcher.settle(&portion, &BTreeSet::new());
        portions.push(portion.iter().map(|row| row.span.line).collect());
    };
    list.each(&mut |row| {
        if let Some(portion) = batcher.push(row) {
            take(portion, &mut batcher);
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    if let Some(portion) = batcher.finish() {
        take(portion, &mut batcher);
    }
    let refused = batcher.take_refused();
    (portions, refused.into_iter().map(|(line, reason)| (line, reason.code())).collect())
}

#[test]
fn rows_of_one_event_are_in_one_portion_however_far_they_stand_apart() {
    let rows = 2 * BATCH_ROWS + 10;
    let mut csv = "id,event\n".to_owned();
    for row in 0..rows {
        let event = if row == 3 || row == rows - 2 { "E" } else { "" };
        csv.push_str(&format!("{row},{event}\n"));
    }
    let (portions, refused) = portions(&csv);
    assert!(refused.is_empty());
    assert_eq!(portions.iter().map(Vec::len).sum::<usize>(), rows);
    let (first, second) = (5, u64::try_from(rows).unwrap());
    let with = |line: u64| portions.iter().position(|portion| portion.contains(&line)).unwrap();
    assert_eq!(with(first), with(second));
    assert!(portions.len() >= 3);
}

#[test]
fn a_row_that_was_taken_in_an_earlier_portion_is_not_taken_again() {
    let mut csv = "id,event\n".to_owned();
    (0..BATCH_ROWS).for_each(|row| csv.push_str(&format!("{row},\n")));
    csv.push_str("7,\n8,E\nlast,\n");
    let (portions, refused) = portions(&csv);
    let behind = u64::try_from(BATCH_ROWS).unwrap() + 2;
    assert_eq!(refused, [(behind, "duplicate_key"), (behind + 1, "duplicate_key")]);
    assert_eq!(portions[1], [behind + 2]);
}

#[test]
fn a_row_that_was_refused_leaves_its_place_to_another() {
    let mapping = mapping();
    let list = list("id,event\n1,\n1,\n", &mapping);
    let survey = Survey::of(&list, &mapping).unwrap();
    assert_eq!(survey.rows, 2);
    let mut batcher = Batcher::new(list.header(), &mapping, survey);
    let row = |line: u64| Row {
        span: crate::exchange::RowSpan { line, last_line: line },
        cells: vec!["1".to_owned(), String::new()],
        warnings: Vec::new(),
    };
    batcher.settle(&[row(2)], &BTreeSet::from([2]));
    batcher.enter(row(3));
    assert!(batcher.take_refused().is_empty());
    batcher.settle(&[row(3)], &BTreeSet::new());
    batcher.enter(row(4));
    assert_eq!(batcher.take_refused().len(), 1);
}

#[test]
fn an_event_with_more_rows_than_an_incident_holds_keeps_the_first() {
    let rows = MAX_EVENT_ROWS + 5;
    let mut csv = "id,event\n".to_owned();
    (0..rows).for_each(|row| csv.push_str(&format!("{row},E\n")));
    let (portions, refused) = portions(&csv);
    assert_eq!(portions.iter().map(Vec::len).sum::<usize>(), MAX_EVENT_ROWS);
    assert_eq!(refused.len(), 5);
    assert!(refused.iter().all(|(_, reason)| *reason == "incident_too_large"));
}
