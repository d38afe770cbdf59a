//! The claims of one event side by side.

use std::collections::BTreeMap;

use crate::{
    api::{
        Answer, ApiError,
        linkage::{Cluster, EventField},
    },
    linkage::{
        Claim, Victim,
        fields::{Told, side_by_side},
        persons,
    },
    model::{
        id::IncidentId,
        registry::{Record, Value},
        verification::Level,
    },
    node::{Node, errors, requests::incidents::NodeNames},
};

impl Node {
    pub(super) fn show_cluster(&self, prefix: &str) -> Result<Answer, ApiError> {
        let incident = self.find_incident(prefix)?;
        let clusters = self.clusters();
        let concerns = |id: &IncidentId| *id == incident;
        let Some(cluster) = clusters.cluster_of(&incident) else {
            let contested = clusters
                .contradictions()
                .filter(|it| concerns(&it.pair.first()) || concerns(&it.pair.second()));
            let contested: Vec<_> = contested.map(|it| self.contested_row(it)).collect();
            if contested.is_empty() {
                return Err(errors::not_found(format!(
                    "incident {} is in no cluster: nobody holds it to be of one event with another",
                    incident.short()
                ))
                .hint(format!("`ceiba cluster candidates --incident {}`", incident.short())));
            }
            return Ok(Answer::Cluster(Box::new(Cluster {
                id: incident,
                claims: self.view.line(&incident, &NodeNames(self)).into_iter().collect(),
                fields: BTreeMap::new(),
                persons: Vec::new(),
                judgements: self.judgements(&clusters, &concerns),
                contested,
            })));
        };
        let has = |id: &IncidentId| cluster.has(id);
        let members: Vec<IncidentId> = cluster.members().collect();
        let claims: Vec<_> =
            members.iter().filter_map(|id| self.view.line(id, &NodeNames(self))).collect();
        let records: Vec<(IncidentId, Level, Record)> = claims
            .iter()
            .map(|row| {
                let level = Level::from_code(&row.level).unwrap_or(Level::Reported);
                (row.id, level, self.richest(&row.id))
            })
            .collect();
        let told: Vec<Told<'_>> = records
            .iter()
            .map(|(incident, level, record)| Told { incident: *incident, level: *level, record })
            .collect();
        let json = |value: &Value| serde_json::to_value(value).unwrap_or_default();
        let fields = side_by_side(&told).into_iter().map(|field| {
            let said = field.said.iter().map(|(id, value)| (*id, json(value))).collect();
            let value = json(&field.value);
            let row = EventField { value, from: field.from, said, conflict: field.conflict };
            (field.path.to_string(), row)
        });
        let mut victims: Vec<Claim> = members.iter().filter_map(|id| self.claim(id)).collect();
        self.tokenise_names(&mut victims);
        let victims: BTreeMap<IncidentId, Vec<Victim>> =
            victims.into_iter().map(|claim| (claim.id, claim.victims)).collect();
        let persons = persons(&clusters, cluster, &victims).into_iter().map(|person| {
            person.victims.into_iter().map(|victim| (victim.incident, victim.key)).collect()
        });
        let contested = clusters
            .contradictions()
            .filter(|it| has(&it.pair.first()) || has(&it.pair.second()))
            .map(|it| self.contested_row(it));
        Ok(Answer::Cluster(Box::new(Cluster {
            id: cluster.id(),
            claims,
            fields: fields.collect(),
            persons: persons.collect(),
            judgements: self.judgements(&clusters, &has),
            contested: contested.collect(),
        })))
    }

    /// What is held of pairs with one of these claims, the latest of each organisation.
    fn judgements(
        &self,
        clusters: &crate::linkage::Clusters,
        concerns: &dyn Fn(&IncidentId) -> bool,
    ) -> Vec<crate::api::linkage::JudgementRow> {
        clusters
            .pairs()
            .filter(|(pair, _)| concerns(&pair.first()) || concerns(&pair.second()))
            .flat_map(|(_, state)| state.latest())
            .map(|judgement| self.judgement_row(judgement))
            .collect()
    }

    /// The richest value of each field of an incident.
    fn richest(&self, incident: &IncidentId) -> Record {
        let mut richest = Record::incident();
        for (_, document) in self.view.speaking(incident) {
            for (path, value) in document.record().unpack().iter() {
                if richest.get(path.as_str()).is_none() {
                    let _full = richest.set(path.clone(), value.clone());
                }
            }
        }
        richest
    }
}
