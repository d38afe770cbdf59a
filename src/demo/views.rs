//! The coalition through each partner's eyes, and what each may not see.

use std::collections::BTreeMap;

use crate::{
    api::{ApiError, answer::Incident, request::IncidentFilter},
    demo::{DemoPartner, cast::Partner, secrecy::is_victims_name, world::World},
    model::id::IncidentId,
};

/// Rows of each view that are shown: the newest.
const ROWS: usize = 8;

/// Each incident as its owner has it.
type Dossiers = BTreeMap<IncidentId, Incident>;

/// What is withheld from a partner.
#[derive(Default)]
struct Hidden {
    incidents: u64,
    /// Of these, what was recorded after its removal.
    after: u64,
    names: u64,
    sources: u64,
    summaries: u64,
    places: u64,
    days: u64,
}

pub(super) async fn look(world: &mut World) -> Result<(), ApiError> {
    let mut dossiers = Dossiers::new();
    for owner in world.cast.all() {
        for row in owner.all_incidents().await?.rows {
            if row.origin == owner.org {
                dossiers.insert(row.id, owner.incident(&row.id).await?);
            }
        }
    }
    let mut seen = Vec::new();
    for partner in world.cast.all() {
        let total = partner.all_incidents().await?.total;
        let offset = usize::try_from(total).unwrap_or(usize::MAX).saturating_sub(ROWS);
        let filter = IncidentFilter { limit: ROWS, offset, ..IncidentFilter::default() };
        let view = partner.incidents(filter).await?;
        let mut hidden = hidden(partner, &dossiers).await?;
        if let Some(last) = world.last() {
            hidden.after = u64::from(partner.find(&last).await?.is_none());
        }
        seen.push((hidden.incidents, total));
        let (name, may_not_see) = (partner.name.to_owned(), hidden.sentences());
        world.partners.push(DemoPartner { name, view, may_not_see });
    }
    let all = dossiers.len() as u64;
    world.claims.check(
        "For each partner, what it sees and what is closed to it add up to all that was recorded",
        seen.iter().all(|(hidden, total)| hidden + total == all),
    );
    world.facts.insert("incidents", all);
    Ok(())
}

/// Compares what a partner can read of others' incidents with what their owners have.
async fn hidden(partner: &Partner, dossiers: &Dossiers) -> Result<Hidden, ApiError> {
    let mut hidden = Hidden::default();
    for (id, dossier) in dossiers.iter().filter(|(_, it)| it.row.origin != partner.org) {
        let shown = partner.find(id).await?;
        hidden.incidents += u64::from(shown.is_none());
        let lacks = |path: &str| shown.as_ref().is_none_or(|it| !it.fields.contains_key(path));
        for (path, field) in &dossier.fields {
            let coarser = shown.as_ref().and_then(|it| it.fields.get(path));
            let coarser = coarser.is_none_or(|it| it.value != field.value);
            hidden.names += u64::from(is_victims_name(path) && lacks(path));
            let source = path.starts_with("sources/") && path.ends_with("/name");
            hidden.sources += u64::from(source && lacks(path));
            hidden.summaries += u64::from(path == "summary" && lacks(path));
            let place = ["place/name", "place/point"].contains(&path.as_str());
            hidden.places += u64::from(place && lacks(path));
            hidden.days += u64::from(path == "date" && coarser);
        }
    }
    Ok(hidden)
}

impl Hidden {
    fn sentences(&self) -> Vec<String> {
        let by_consent = self.incidents.saturating_sub(self.after);
        let said = [
            (
                by_consent,
                "incidents of others, of which it learns nothing: consent does not reach it",
            ),
            (self.after, "incident that was recorded after its removal"),
            (self.names, "names of victims: they stay with the organisation that recorded them"),
            (self.sources, "names of sources: they stay there, too"),
            (self.places, "exact places: for named partners only"),
            (self.summaries, "summaries of what happened: for named partners only"),
            (self.days, "exact days: a whole coalition is told the month"),
        ];
        let said = said.into_iter().filter(|(count, _)| *count > 0);
        said.map(|(count, what)| format!("{count} {what}")).collect()
    }
}
