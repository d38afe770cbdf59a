//! Claims of one event: candidates, judgements, clusters; and links between incidents.

mod judge;
mod links;
mod reasons;
mod show;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::{
    api::{
        Answer, ApiError,
        linkage::{
            AgainstRow, CandidateRow, Candidates, ClusterRequest, ContestedRow, JudgementRow,
        },
    },
    linkage::{Claim, Clusters, Contradiction, Judgement, Scope, candidates},
    model::{
        id::{IncidentId, OrgId},
        registry::RecordKind,
        text::counted,
    },
    node::{Node, requests::incidents::NodeNames},
    view::View,
};

fn claim(view: &View, incident: &IncidentId) -> Option<Claim> {
    let mut claim: Option<Claim> = None;
    for (origin, document) in view.speaking(incident) {
        let record = document.record().unpack();
        match &mut claim {
            None => claim = Some(Claim::of(*incident, origin, &record)),
            Some(claim) => claim.add_identities(&record),
        }
    }
    claim
}

/// What a person should know of tokens that cannot be compared with all others.
fn token_notes((theirs, ours): (usize, usize), strange: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if strange > 0 {
        notes.push(format!(
            "tokens of {} are of an epoch whose key is not here: their names cannot be compared",
            counted(strange, "claim")
        ));
    }
    if theirs > 0 {
        notes.push(format!(
            "tokens of {} of partners are of an earlier epoch: they are compared with names that \
             can be read here, not with other partners' newer tokens, until they are shared again",
            counted(theirs, "claim")
        ));
    }
    if ours > 0 {
        notes.push(format!(
            "tokens of {} of ours are of an earlier epoch: share them again to make new ones",
            counted(ours, "claim")
        ));
    }
    notes
}

impl Node {
    pub(super) fn cluster(&mut self, request: ClusterRequest) -> Result<Answer, ApiError> {
        match request {
            ClusterRequest::Candidates { incident, within_one, limit } => {
                self.candidates(incident.as_deref(), within_one, limit)
            }
            ClusterRequest::Judge { one, other, verdict, reason, by, victims, circle } => {
                let wanted = judge::Wanted { one, other, verdict, reason, by, victims, circle };
                self.judge(wanted)
            }
            ClusterRequest::List { contested } => {
                Ok(Answer::Clusters(self.list_clusters(contested)))
            }
            ClusterRequest::Show { incident } => self.show_cluster(&incident),
        }
    }

    /// The clusters by all judgements that can be read here.
    pub(super) fn clusters(&self) -> Clusters {
        let judgements = self.view.records(RecordKind::Judgement);
        let judgements =
            judgements.filter_map(|(author, held)| Judgement::of(author, &held.record()));
        Clusters::of(judgements, None)
    }

    /// What can be read here of an incident, as it is compared.
    pub(super) fn claim(&self, incident: &IncidentId) -> Option<Claim> {
        claim(&self.view, incident)
    }

    fn candidates(
        &self,
        incident: Option<&str>,
        within_one: bool,
        limit: usize,
    ) -> Result<Answer, ApiError> {
        let incident = incident.map(|prefix| self.find_incident(prefix)).transpose()?;
        let view = &self.view;
        let ids: Vec<IncidentId> = view.all().collect();
        let mut claims: Vec<Claim> = ids.par_iter().filter_map(|id| claim(view, id)).collect();
        let outdated = self.outdated_tokens(&claims);
        let mut notes = token_notes(outdated, self.tokenise_names(&mut claims));
        let scope = Scope { incident, within_one };
        let found = candidates(&claims, &self.clusters(), &scope);
        if found.left > 0 {
            notes.push(format!(
                "{} of claims were not compared, as they have very many victims: ask for the \
                 candidates of one incident",
                counted(found.left, "pair")
            ));
        }
        let found = found.candidates;
        let total = u64::try_from(found.len()).unwrap_or(u64::MAX);
        let limit = if limit == 0 { usize::MAX } else { limit };
        let names = NodeNames(self);
        let rows = found.into_iter().take(limit).filter_map(|candidate| {
            Some(CandidateRow {
                first: self.view.line(&candidate.pair.first(), &names)?,
                second: self.view.line(&candidate.pair.second(), &names)?,
                strength: candidate.strength.code().to_owned(),
                victims: candidate.victims().into_iter().collect(),
                reasons: candidate.reasons.iter().map(reasons::row).collect(),
            })
        });
        Ok(Answer::Candidates(Candidates { total, rows: rows.collect(), notes }))
    }

    fn judgement_row(&self, judgement: &Judgement) -> JudgementRow {
        JudgementRow {
            first: judgement.pair.first(),
            second: judgement.pair.second(),
            verdict: judgement.verdict.code().to_owned(),
            author: judgement.author,
            author_name: self.org_name(&judgement.author),
            at: judgement.at.map(|day| day.to_string()),
            victims: judgement.victims.clone(),
        }
    }

    fn contested_row(&self, contradiction: &Contradiction) -> ContestedRow {
        let orgs = |orgs: &std::collections::BTreeSet<OrgId>| {
            orgs.iter().map(|org| self.org_label(org)).collect::<Vec<_>>()
        };
        let against = contradiction.against.iter().map(|(pair, holders)| AgainstRow {
            first: pair.first(),
            second: pair.second(),
            orgs: orgs(holders),
        });
        ContestedRow {
            first: contradiction.pair.first(),
            second: contradiction.pair.second(),
            same: orgs(&contradiction.same),
            against: against.collect(),
        }
    }

    fn list_clusters(&self, contested: bool) -> crate::api::linkage::Clusters {
        let clusters = self.clusters();
        let names = NodeNames(self);
        let lines = |cluster: &crate::linkage::Cluster| {
            cluster.members().filter_map(|id| self.view.line(&id, &names)).collect()
        };
        let listed: BTreeMap<IncidentId, _> = if contested {
            BTreeMap::new()
        } else {
            clusters.iter().map(|cluster| (cluster.id(), lines(cluster))).collect()
        };
        crate::api::linkage::Clusters {
            clusters: listed,
            contested: clusters.contradictions().map(|it| self.contested_row(it)).collect(),
        }
    }

    /// What `incident show` says of the event, if there is anything.
    pub(super) fn cluster_note(&self, incident: &IncidentId) -> Option<String> {
        let clusters = self.clusters();
        let contested = clusters
            .contradictions()
            .any(|it| it.pair.first() == *incident || it.pair.second() == *incident);
        let others = clusters.cluster_of(incident).map(|cluster| cluster.claims() - 1);
        let how = match (others, contested) {
            (None, false) => return None,
            (None, true) => "whether it is of one event with another is contested".to_owned(),
            (Some(others), _) => {
                format!("of one event with {}", counted(others, "other claim"))
            }
        };
        Some(format!("{how}: `ceiba cluster show {}`", incident.short()))
    }
}
