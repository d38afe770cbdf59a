//! Taking back what was shared, once consent does not cover it any more.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::{ApiError, answer::Shared},
    model::{
        id::{CircleId, IncidentId},
        registry::{Record, Tier, table},
    },
    node::{
        Node,
        requests::sharing::{Mode, Sharing},
    },
};

impl Node {
    /// Projects anew every facet that was shared of these incidents, in every circle, and takes back
    /// what may not be there any more; publishes nothing new. What partners have read, and the
    /// history of their copies, stays with them. Gives what was done, by circle, and where it could
    /// not be done.
    pub(super) fn take_back(
        &mut self,
        incidents: &BTreeSet<IncidentId>,
    ) -> (Vec<Shared>, Vec<String>) {
        let mut places: BTreeMap<(CircleId, Tier), Vec<IncidentId>> = BTreeMap::new();
        for incident in incidents {
            for place in self.shared_in(incident) {
                places.entry(place).or_default().push(*incident);
            }
        }
        let ledger = self.view.ledger(&self.own.private);
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for ((circle, tier), incidents) in places {
            let terms = self.terms_of(&circle);
            let tokens = self.token_key_now(&circle, tier);
            let tokens = tokens.as_ref();
            let mode = Mode::TakeBack;
            let sharing = Sharing { circle, tier, mode, ledger: &ledger, terms: &terms, tokens };
            match self.share_all(&incidents, sharing, &mut |_progress| {}) {
                Ok(shared) => done.push(shared),
                Err(error) => failed.push(self.not_taken_back(&circle, &error)),
            }
        }
        (done, failed)
    }

    fn not_taken_back(&self, circle: &CircleId, error: &ApiError) -> String {
        let name = self.circle_name(circle).unwrap_or_else(|| circle.short());
        format!("{name}: {}", error.message)
    }

    /// The circles in which an own incident was shared, each with the tier of the facet.
    fn shared_in(&self, incident: &IncidentId) -> Vec<(CircleId, Tier)> {
        let Some(dossier) = self.dossier(incident).map(|dossier| dossier.record()) else {
            return Vec::new();
        };
        let shared = dossier.under("share").filter_map(|(path, last)| {
            let begins = path.segment(1)?;
            let circle = self.replica.circle_ids().find(|it| it.to_string().starts_with(begins))?;
            let last: Record = serde_json::from_str(last.as_text()?).ok()?;
            Some((circle, last.text(table::FACET_TIER).and_then(Tier::from_code)?))
        });
        shared.collect()
    }
}
