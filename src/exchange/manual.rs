//! The manual's worked example, tried.

use super::*;

const MANUAL: &str = include_str!("../../examples/mappings/README.md");

/// The text between the fences of this kind.
fn fenced(kind: &str) -> &'static str {
    let from = MANUAL.split_once(&format!("```{kind}\n")).unwrap().1;
    from.split_once("```").unwrap().0
}

#[test]
fn the_worked_example_does_what_the_manual_says() {
    let keyed = |bytes: &[u8]| -> [u8; 32] { blake3::keyed_hash(&[1; 32], bytes).into() };
    let mapping = Mapping::parse("manual", fenced("toml")).unwrap();
    let import = read(fenced("csv").as_bytes(), &mapping, &keyed).unwrap();
    let lines: Vec<_> = import.incidents.iter().map(|incident| incident.lines.clone()).collect();
    assert_eq!(lines, [vec![2], vec![4, 5]]);
    let [first, event] = [0, 1].map(|place| &import.incidents[place].record);
    assert_eq!(first.keys("sources").len(), 2);
    assert_eq!(event.text("place/admin1"), Some("CO-NAR"));
    let victims = event.keys("victims");
    let named = victims.iter().filter(|key| event.get(&format!("victims/{key}/name")).is_some());
    assert_eq!((victims.len(), named.count()), (2, 1));
    let RowOutcome::Rejected { span, reason } = &import.rows[3] else { panic!() };
    assert_eq!((span.line, reason.code()), (6, "unreadable"));
    assert_eq!((import.summary.rejected, import.summary.with_warnings), (1, 0));
}
