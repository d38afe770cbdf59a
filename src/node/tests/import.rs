//! A list of which one row has a code that nobody adopted.

use super::{ask, make, passphrase};
use crate::{
    api::{
        Answer, Request,
        answer::Imported,
        import::{ImportRows, ListRow},
    },
    node::Node,
};

const MAPPING: &str = "mapping = 1\nname = \"t\"\n[row]\nkey = [\"id\"]\nevent = [\"event\"]\n\
    [constants]\ncountry = \"CO\"\nsummary = \"-\"\ncounting_unit = \"individual\"\n\
    \"consent/basis\" = \"none_recorded\"\ndate = \"2024\"\n\
    [[field]]\nto = \"acts/{row}/violation\"\nfrom = \"what\"\n";

fn import(node: &mut Node, rows: &[[&str; 3]], dry_run: bool) -> Imported {
    let rows = (2..).zip(rows).map(|(line, cells)| ListRow {
        line,
        last_line: line,
        cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
    });
    let request = Request::ImportRows(ImportRows {
        mapping: MAPPING.to_owned(),
        header: ["id", "event", "what"].map(str::to_owned).to_vec(),
        rows: rows.collect(),
        dry_run,
        changes: false,
    });
    let answer = ask(node, request).unwrap();
    let Answer::Imported(imported) = answer else { panic!("{answer:?}") };
    imported
}

#[test]
fn a_code_that_nobody_adopted_refuses_its_row_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home");
    make(&path);
    let mut node = Node::open(&path, &passphrase()).unwrap();
    // The fourth has the third's key: it is judged too when the third is not taken.
    let rows = [
        ["1", "", "killing"],
        ["2", "one", "death_threat"],
        ["3", "one", "x_river_poisoning"],
        ["3", "two", "x_river_poisoning"],
        ["4", "", "killing"],
    ];
    for dry_run in [true, false] {
        let done = import(&mut node, &rows, dry_run);
        assert_eq!((done.rows, done.created, done.updated), (5, 3, 0), "{done:?}");
        let lines: Vec<u64> = done.rejected.iter().map(|note| note.line).collect();
        assert_eq!(lines, [4, 5]);
        let reason = &done.rejected[0].reason;
        let expected = "x_river_poisoning is no code of violation_type that was adopted";
        assert!(reason.starts_with("acts/") && reason.ends_with(expected), "{reason}");
    }
    // Once more, with a row that was changed to such a code: the incident stays as it is.
    let mut rows = rows;
    rows[4][2] = "x_river_poisoning";
    let done = import(&mut node, &rows, false);
    assert_eq!((done.created, done.updated, done.unchanged), (0, 0, 2), "{done:?}");
    assert_eq!(done.rejected.len(), 3);
    node.close().unwrap();
}
