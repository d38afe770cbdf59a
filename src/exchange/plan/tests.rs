use super::*;
use crate::exchange::{Mapping, read};

fn keyed(bytes: &[u8]) -> [u8; 32] {
    blake3::keyed_hash(&[5; 32], bytes).into()
}

const MAPPING: &str = "mapping = 1\nname = \"t\"\n[row]\nkey = [\"id\"]\n[constants]\n\
    country = \"CO\"\ncounting_unit = \"individual\"\n\"consent/basis\" = \"none_recorded\"\n\
    date = \"2024\"\n\"acts/1/violation\" = \"killing\"\n\"acts/1/victim\" = \"1\"\n\
    [[field]]\nto = \"summary\"\nfrom = \"summary\"\ndefault = \"-\"\n\
    [[field]]\nto = \"victims/1/name\"\nfrom = \"name\"\n\
    [[field]]\nto = \"place/admin2\"\nfrom = \"place\"\n";

/// A registry of incidents, as the node keeps one.
#[derive(Default)]
struct Registry(BTreeMap<SourceRef, Existing>);

impl Registry {
    fn plan(&self, csv: &str) -> Plan {
        let mapping = Mapping::parse("t.toml", MAPPING).unwrap();
        let import = read(csv.as_bytes(), &mapping, &keyed).unwrap();
        plan(import, &keyed, |source| self.0.get(source).cloned())
    }

    /// Plans and carries out; says what was planned for the first incident.
    fn import(&mut self, csv: &str) -> Planned {
        let plan = self.plan(csv);
        let first = plan.incidents[0].planned.clone();
        for incident in plan.incidents {
            self.carry_out(incident);
        }
        first
    }

    fn carry_out(&mut self, incident: PlannedIncident) {
        match incident.planned {
            Planned::Create { record } => {
                let existing =
                    Existing::Present { incident: IncidentId::new([0; IncidentId::LEN]), record };
                assert!(self.0.insert(incident.source, existing).is_none());
            }
            Planned::Update { changes, marks, .. } => {
                assert!(!changes.is_empty());
                let record = self.record(incident.source);
                for (path, value) in changes.into_iter().chain(marks) {
                    match value {
                        Some(value) => record.set(path, value).unwrap(),
                        None => drop(record.remove(path.as_str())),
                    }
                }
            }
            Planned::Unchanged { .. } | Planned::Erased => {}
        }
    }

    fn record(&mut self, source: SourceRef) -> &mut Record {
        match self.0.get_mut(&source) {
            Some(Existing::Present { record, .. }) => record,
            Some(Existing::Erased) | None => panic!("no such incident"),
        }
    }

    fn only(&mut self) -> &mut Record {
        let source = *self.0.keys().next().unwrap();
        self.record(source)
    }

    fn edit(&mut self, path: &str, value: &str) {
        self.only().set(path.parse().unwrap(), value).unwrap();
    }
}

const FIRST: &str = "id,summary,name,place\n1,One,Ana,Villa\n";

fn kept(planned: &Planned) -> Vec<&str> {
    match planned {
        Planned::Update { kept, .. } | Planned::Unchanged { kept, .. } => {
            kept.iter().map(FieldPath::as_str).collect()
        }
        Planned::Create { .. } | Planned::Erased => Vec::new(),
    }
}

#[test]
fn a_second_import_of_the_same_file_changes_nothing() {
    let mut registry = Registry::default();
    assert!(matches!(registry.import(FIRST), Planned::Create { .. }));
    assert!(matches!(registry.import(FIRST), Planned::Unchanged { kept, .. } if kept.is_empty()));
    registry.edit("place/admin2", "By hand");
    registry.only().remove("victims/1/name");
    let before = registry.only().clone();
    assert!(matches!(registry.import(FIRST), Planned::Unchanged { kept, .. } if kept.is_empty()));
    assert_eq!(*registry.only(), before);
}

#[test]
fn what_changed_in_the_list_alone_is_taken() {
    let mut registry = Registry::default();
    registry.import(FIRST);
    registry.edit("title", "A person's title");
    let second = "id,summary,name,place\n1,Two,,Villa\n";
    let Planned::Update { changes, kept, .. } = registry.import(second) else { panic!() };
    assert!(kept.is_empty());
    let changed: Vec<_> =
        changes.iter().map(|(path, value)| (path.as_str(), value.is_some())).collect();
    assert_eq!(changed, [("summary", true), ("victims/1/name", false)]);
    assert_eq!(registry.only().text("summary"), Some("Two"));
    assert_eq!(registry.only().text("title"), Some("A person's title"));
    assert!(matches!(registry.import(second), Planned::Unchanged { .. }));
    // And back: the marks were written with the values.
    registry.import(FIRST);
    assert_eq!(registry.only().text("victims/1/name"), Some("Ana"));
}

#[test]
fn what_a_person_changed_stays_and_is_told_each_time() {
    let mut registry = Registry::default();
    registry.import(FIRST);
    registry.edit("summary", "By hand");
    let second = "id,summary,name,place\n1,Two,Ana,Pueblo\n";
    let planned = registry.import(second);
    assert!(matches!(planned, Planned::Update { .. }));
    assert_eq!(kept(&planned), ["summary"]);
    assert_eq!(registry.only().text("summary"), Some("By hand"));
    assert_eq!(registry.only().text("place/admin2"), Some("Pueblo"));
    let planned = registry.import(second);
    assert!(matches!(planned, Planned::Unchanged { .. }));
    assert_eq!(kept(&planned), ["summary"]);
    // Put back what was imported, and the list may write again.
    registry.edit("summary", "One");
    registry.import(second);
    assert_eq!(registry.only().text("summary"), Some("Two"));
}

#[test]
fn without_marks_nothing_is_overwritten() {
    let mut registry = Registry::default();
    registry.import(FIRST);
    registry.edit("import/values/0", "no base 64");
    let planned = registry.import("id,summary,name,place\n1,Two,Ana,Villa\n");
    assert!(matches!(planned, Planned::Unchanged { .. }));
    assert_eq!(kept(&planned), ["summary"]);
}

#[test]
fn erased_incidents_are_not_made_again() {
    let mut registry = Registry::default();
    registry.import(FIRST);
    let source = *registry.0.keys().next().unwrap();
    registry.0.insert(source, Existing::Erased);
    assert_eq!(registry.import(FIRST), Planned::Erased);
    let summary = registry.plan(FIRST).summary;
    assert_eq!((summary.erased, summary.create), (1, 0));
}

#[test]
fn rows_that_left_the_list_stay_in_the_registry() {
    let mut registry = Registry::default();
    registry.import("id,summary,name,place\n1,One,Ana,Villa\n2,One,Eva,Villa\n");
    let summary = registry.plan(FIRST).summary;
    assert_eq!((summary.unchanged, summary.update, summary.create), (1, 0, 0));
    assert_eq!(registry.0.len(), 2);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    /// For all sequences of imports and edits: an edit is never lost, and after an import the same
    /// import again does nothing.
    #[test]
    fn edits_are_never_lost(steps in proptest::collection::vec((0u8..3, "[a-c]", "[a-c]"), 1..8)) {
        let mut registry = Registry::default();
        registry.import(FIRST);
        let mut by_hand: Option<String> = None;
        for (step, summary, place) in steps {
            if step == 0 {
                let text = format!("by hand {summary}");
                registry.edit("summary", &text);
                by_hand = Some(text);
            } else {
                let csv = format!("id,summary,name,place\n1,{summary},Ana,{place}\n");
                registry.import(&csv);
                let before = registry.only().clone();
                let again = registry.import(&csv);
                assert!(matches!(again, Planned::Unchanged { .. }));
                assert_eq!(*registry.only(), before);
                assert_eq!(before.text("place/admin2"), Some(place.as_str()));
                let expected = by_hand.as_deref().unwrap_or(&summary);
                assert_eq!(before.text("summary"), Some(expected));
            }
        }
    }
}
