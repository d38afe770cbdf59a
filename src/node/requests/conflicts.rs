//! Concurrent values that want a decision.

use crate::{
    api::{Answer, ApiError, answer},
    model::registry::{Value, parse_field},
    node::{
        Node, errors,
        requests::incidents::{NodeNames, parse_path},
    },
};

impl Node {
    pub(super) fn conflicts(&self) -> Vec<answer::Conflict> {
        self.view.conflicts(&NodeNames(self))
    }

    pub(super) fn settle_conflict(
        &mut self,
        prefix: &str,
        path: &str,
        choice: &str,
        circle: Option<&str>,
    ) -> Result<Answer, ApiError> {
        let incident = self.find_incident(prefix)?;
        let path = parse_path(path)?;
        let circle = circle.map(|name| self.find_circle(name)).transpose()?;
        let open = self.view.conflicts_of(&incident, &NodeNames(self));
        let found: Vec<&answer::Conflict> = open
            .iter()
            .filter(|it| {
                it.path == path.as_str() && circle.is_none_or(|circle| it.circle == circle)
            })
            .collect();
        let [conflict] = found.as_slice() else {
            return Err(if found.is_empty() {
                errors::not_found(format!("{path} has no concurrent values"))
                    .hint("`ceiba conflicts` lists what wants a decision")
            } else {
                errors::usage(format!("{path} has concurrent values in several circles"))
                    .hint("name one with --circle")
            });
        };
        let (circle, value) = (conflict.circle, chosen(conflict, choice));
        let place = self.place_of(&incident, Some(&circle.to_string()))?;
        let document = self.incident_document(&(place.circle, place.document))?;
        let document =
            document.ok_or_else(|| errors::internal("a conflict without its document"))?;
        let value = match value {
            Some(value) => value,
            None => {
                let facet = document.record();
                let value = parse_field(&facet, &path, choice)
                    .map_err(|error| errors::usage(error.to_string()))?;
                self.check_codes(&place.circle, facet.schema(), [(&path, &value)])?;
                let change = [(path.clone(), value.clone())];
                self.check_facet_edit(&incident, &place.circle, &facet, &change)?;
                value
            }
        };
        let schema = document.schema();
        self.edit_document(&place.circle, place.document, &schema, |edit| {
            edit.settle(&path, &value)
        })?;
        self.settle();
        Ok(Answer::Conflicts(self.view.conflicts_of(&incident, &NodeNames(self))))
    }
}

/// The candidate with this number.
fn chosen(conflict: &answer::Conflict, choice: &str) -> Option<Value> {
    let number: usize = choice.parse().ok()?;
    let candidate = conflict.values.iter().find(|value| value.number == number)?;
    serde_json::from_value(candidate.value.clone()).ok()
}
