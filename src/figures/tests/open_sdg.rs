//! Table 1 as platforms of Open SDG load it.

use std::collections::BTreeMap;

use super::kit::{World, rows};

#[test]
fn it_says_what_table_1_prints_and_no_more() {
    let text = "admin1=CO-CAU v=1:female:30_44 act=1:torture:state:own:hrd";
    let mut world = World::of(text);
    world.uncovered = true;
    let issue = world.report(2024);
    let all = rows(&issue, "open-sdg.csv");
    let find = |of: &str, sex: &str, group: &str| {
        let blank = |row: &&BTreeMap<String, String>| {
            row["Age"].is_empty() && row["Perpetrator"].is_empty()
        };
        let found = all.iter().filter(blank).filter(|row| {
            row["Type of violation"] == of && row["Sex"] == sex && row["Population group"] == group
        });
        let found: Vec<_> =
            found.map(|row| (&*row["Value"], &*row["Observation status"])).collect();
        assert_eq!(found.len(), 1, "{of} {sex} {group}");
        found[0]
    };
    assert_eq!(find("", "", ""), ("1", "Provisional value"));
    assert_eq!(find("", "Female", ""), ("", "Missing value; suppressed"));
    assert_eq!(find("Torture", "", "hrd"), ("1", "Provisional value"));
    assert_eq!(
        find("Kidnapping", "", ""),
        ("", "Missing value"),
        "nobody says that they look for it"
    );
    let first = rows(&issue, "table-1.csv").len();
    assert_eq!(all.len(), first * 14);
}
