//! Adding an entry to a repeated part of an incident: a legal step, an item of evidence, a victim.

use std::collections::BTreeMap;

use rand::Rng;

use crate::{
    api::{Answer, ApiError},
    model::registry::{RecordKind, table},
    node::{Node, clock, errors},
};

/// Letters of a new entry's key. Two devices may add entries at the same time without knowing of
/// each other; counting would give both the same key, and make one entry of two.
const KEY_LETTERS: usize = 6;
/// The part of events of custody.
const CUSTODY: &str = "custody";

impl Node {
    pub(super) fn append(
        &mut self,
        incident: &str,
        part: &str,
        fields: &BTreeMap<String, String>,
    ) -> Result<Answer, ApiError> {
        if !parts().contains(&part) {
            return Err(errors::usage(format!("{part:?} is no part of an incident that repeats"))
                .hint(format!("parts are {}", parts().join(", "))));
        }
        if fields.is_empty() {
            return Err(errors::usage("an entry without any field"));
        }
        let key = self.new_key();
        let set =
            fields.iter().map(|(field, text)| (format!("{part}/{key}/{field}"), text.clone()));
        self.edit_incident(incident, None, &set.collect(), &[])
    }

    /// Adds an item of evidence, and to its custody that its bytes were hashed today.
    pub(super) fn add_evidence(
        &mut self,
        incident: &str,
        fields: &BTreeMap<String, String>,
    ) -> Result<Answer, ApiError> {
        let (item, event) = (self.new_key(), self.new_key());
        let mut set: BTreeMap<String, String> = fields
            .iter()
            .map(|(field, text)| (format!("evidence/{item}/{field}"), text.clone()))
            .collect();
        for (field, text) in [
            ("evidence", item.as_str()),
            ("event", "hashed"),
            ("at", clock::now().to_date().as_str()),
        ] {
            set.insert(format!("{CUSTODY}/{event}/{field}"), text.to_owned());
        }
        self.edit_incident(incident, None, &set, &[])
    }

    pub(super) fn new_key(&mut self) -> String {
        let mut bytes = [0; KEY_LETTERS];
        self.rng.fill_bytes(&mut bytes);
        bytes.iter().map(|byte| char::from(b'a' + byte % 26)).collect()
    }
}

/// The parts that repeat, by the field table.
fn parts() -> Vec<&'static str> {
    let mut parts: Vec<&str> = table::fields(RecordKind::Incident)
        .iter()
        .filter(|spec| {
            spec.pattern.split('/').nth(1) == Some("*") && spec.pattern.split('/').count() > 2
        })
        .filter_map(|spec| spec.pattern.split('/').next())
        .filter(|part| !table::OF_PROGRAM.contains(part))
        .collect();
    parts.dedup();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_those_that_people_fill() {
        let expected = [
            "acts",
            "victims",
            "perpetrators",
            "sources",
            "evidence",
            "custody",
            "legal",
            "interventions",
            "links",
            "stories",
        ];
        assert_eq!(parts(), expected);
    }
}
