//! Judging whether two claims are of one event.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::{Answer, ApiError, answer::CircleKind, linkage::Judged},
    linkage::{Claim, Pair, PairState, Verdict, candidates::compare, judgement::judgement_record},
    model::{
        id::{CircleId, IncidentId},
        registry::{Value, table, validate::MAX_COUNT},
    },
    node::{Node, errors, requests::incidents::known_path},
};

/// What a person judges.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) one: String,
    pub(super) other: String,
    pub(super) verdict: String,
    pub(super) reason: Option<String>,
    pub(super) by: Option<String>,
    pub(super) victims: BTreeMap<String, String>,
    pub(super) circle: Option<String>,
}

impl Node {
    pub(super) fn judge(&mut self, wanted: Wanted) -> Result<Answer, ApiError> {
        let (one, other) = (self.find_incident(&wanted.one)?, self.find_incident(&wanted.other)?);
        let pair =
            Pair::new(one, other).ok_or_else(|| errors::usage("both names are of one incident"))?;
        let verdict = Verdict::from_code(&wanted.verdict).ok_or_else(|| {
            errors::usage(format!("there is no verdict {:?}", wanted.verdict))
                .hint("verdicts are same_as, not_same, undone")
        })?;
        let circles = self.judging_circles(&pair, wanted.circle.as_deref())?;
        let before = self.clusters();
        let latest = before.state(&pair);
        if verdict == Verdict::Undone {
            let own = self.org();
            let held = latest.into_iter().flat_map(|state| state.latest());
            if !{ held }.any(|it| it.author == own && it.verdict != Verdict::Undone) {
                return Err(errors::usage("this organisation holds nothing of that pair")
                    .hint("what others hold, only they take back"));
            }
        }
        let mut notes = Vec::new();
        let victims = if verdict == Verdict::Same {
            let shown = [pair.first(), pair.second()].map(|it| self.shown_victims(&it, &circles));
            self.victims(&pair, pair.first() == one, &wanted.victims, &shown, &mut notes)?
        } else {
            BTreeMap::new()
        };
        for text in [wanted.reason.as_deref(), wanted.by.as_deref()].into_iter().flatten() {
            self.check_said(&pair, &circles, text)?;
        }
        let number = self.next_judgement(latest);
        let (reason, by) = (wanted.reason.as_deref(), wanted.by.as_deref());
        let record = judgement_record(&pair, verdict, number, &victims, reason, by)
            .map_err(|error| errors::usage(error.to_string()))?;
        self.write_beside(record, &circles)?;
        self.judged(&pair, &circles, notes)
    }

    fn judged(
        &self,
        pair: &Pair,
        circles: &[CircleId],
        notes: Vec<String>,
    ) -> Result<Answer, ApiError> {
        let clusters = self.clusters();
        let state = clusters.state(pair);
        let own = state.and_then(|state| state.latest().find(|it| it.author == self.org()));
        let own =
            own.ok_or_else(|| errors::internal("a judgement that was written is not there"))?;
        let event = clusters.event_of(&pair.first());
        let claims = clusters.cluster_of(&pair.first()).map(|cluster| cluster.members().collect());
        let contested = clusters
            .contradictions()
            .filter(|it| it.pair == *pair || it.against.contains_key(pair))
            .map(|it| self.contested_row(it));
        Ok(Answer::Judged(Box::new(Judged {
            judgement: self.judgement_row(own),
            circles: circles.to_vec(),
            circle_names: circles.iter().map(|circle| self.circle_name(circle)).collect(),
            event,
            claims: claims.unwrap_or_else(|| vec![pair.first()]),
            contested: contested.collect(),
            notes,
        })))
    }

    /// One more than our own greatest number of a pair: that is what order takes. What others
    /// number does not matter, be it the greatest that there is.
    fn next_judgement(&self, held: Option<&PairState>) -> i64 {
        let own = self.org();
        let held = held.into_iter().flat_map(PairState::latest);
        let numbers = held.filter(|it| it.author == own).map(|it| it.number);
        numbers.max().unwrap_or(0).saturating_add(1).min(MAX_COUNT)
    }

    /// The circles in which both claims can be read and a judgement goes: the coalitions, else the
    /// circles of some partners, else our own.
    fn judging_circles(&self, pair: &Pair, named: Option<&str>) -> Result<Vec<CircleId>, ApiError> {
        let circles = |incident: &IncidentId| -> BTreeSet<CircleId> {
            // Of our own claims we know where we shared them: nobody else leads our texts elsewhere.
            let own = self.view.documents(incident).any(|document| document.tier().is_none());
            let mut shared: BTreeSet<CircleId> = self.noted_circles(incident).into_keys().collect();
            shared.insert(self.own.private);
            let speaking = self.view.documents(incident).filter(|document| !document.is_in_doubt());
            let circles = speaking.map(|document| document.circle());
            circles.filter(|circle| !own || shared.contains(circle)).collect()
        };
        let both: Vec<CircleId> =
            circles(&pair.first()).intersection(&circles(&pair.second())).copied().collect();
        if let Some(named) = named {
            let circle = self.find_circle(named)?;
            if !both.contains(&circle) {
                return Err(nowhere(&format!(
                    "the two claims cannot both be read in {}",
                    self.circle_name(&circle).unwrap_or_else(|| circle.short())
                )));
            }
            return Ok(vec![circle]);
        }
        for kind in [CircleKind::Coalition, CircleKind::Circle, CircleKind::Private] {
            let of_kind: Vec<CircleId> =
                both.iter().copied().filter(|circle| self.kind_of(circle) == kind).collect();
            if !of_kind.is_empty() {
                return Ok(of_kind);
            }
        }
        Err(nowhere("there is no circle in which both claims can be read"))
    }

    /// Who is whom: what the person said; else, where a claim has several victims, what names and
    /// tokens tell. By the keys of the pair's first claim.
    fn victims(
        &self,
        pair: &Pair,
        in_order: bool,
        said: &BTreeMap<String, String>,
        [of_one, of_other]: &[BTreeSet<String>; 2],
        notes: &mut Vec<String>,
    ) -> Result<BTreeMap<String, String>, ApiError> {
        let claims = [pair.first(), pair.second()].map(|incident| self.claim(&incident));
        let [Some(first), Some(second)] = claims else {
            return Err(errors::internal("an incident without a readable document"));
        };
        if said.is_empty() {
            let several = first.victims.len() > 1 || second.victims.len() > 1;
            return Ok(if several {
                let mut found = self.found_victims(first, second, notes);
                found.retain(|one, other| of_one.contains(one) && of_other.contains(other));
                found
            } else {
                BTreeMap::new()
            });
        }
        let mut victims = BTreeMap::new();
        for (one, other) in said {
            let (of_first, of_second) = if in_order { (one, other) } else { (other, one) };
            for (claim, key) in [(&first, of_first), (&second, of_second)] {
                if claim.victims.iter().all(|victim| victim.key != *key) {
                    let keys: Vec<&str> = claim.victims.iter().map(|it| it.key.as_str()).collect();
                    return Err(errors::usage(format!(
                        "incident {} has no victim {key}",
                        claim.id.short()
                    ))
                    .hint(format!("its victims are {}", keys.join(", "))));
                }
            }
            for (shown, key) in [(of_one, of_first), (of_other, of_second)] {
                if !shown.contains(key) {
                    return Err(errors::refused(format!(
                        "the victim {key} is not shown where the judgement goes"
                    ))
                    .hint("judge without --victims, or share the victim there first"));
                }
            }
            victims.insert(of_first.clone(), of_second.clone());
        }
        Ok(victims)
    }

    /// The keys of victims that an incident's documents show in every circle where a judgement
    /// goes: a key that is a name must not leave with it.
    fn shown_victims(&self, incident: &IncidentId, circles: &[CircleId]) -> BTreeSet<String> {
        let keys_in = |circle: &CircleId| -> BTreeSet<String> {
            let documents = self.view.documents(incident);
            let there = documents.filter(|it| it.circle() == *circle && !it.is_in_doubt());
            let claims = there.map(|it| Claim::of(*incident, it.origin(), &it.record().unpack()));
            claims.flat_map(|claim| claim.victims).map(|victim| victim.key).collect()
        };
        let shown = circles.iter().map(keys_in);
        let everywhere = shown.reduce(|all, keys| all.intersection(&keys).cloned().collect());
        everywhere.unwrap_or_default()
    }

    /// Who may be whom by names and tokens.
    fn found_victims(
        &self,
        first: Claim,
        second: Claim,
        notes: &mut Vec<String>,
    ) -> BTreeMap<String, String> {
        let mut claims = [first, second];
        self.tokenise_names(&mut claims);
        let [first, second] = &claims;
        let found = compare(first, second).map(|candidate| candidate.victims());
        let found: BTreeMap<String, String> = found.unwrap_or_default().into_iter().collect();
        notes.push(if found.is_empty() {
            "which victims are the same is not known: say it with --victims 1=2".to_owned()
        } else {
            "victims were matched by their names or tokens: if it is wrong, judge again with --victims"
                .to_owned()
        });
        found
    }

    /// Refuses a text with a name that must not be read where the judgement goes.
    fn check_said(&self, pair: &Pair, circles: &[CircleId], text: &str) -> Result<(), ApiError> {
        let said = [(known_path("public_summary")?, Value::Text(text.to_owned()))];
        for incident in [pair.first(), pair.second()] {
            let noted = self.noted_circles(&incident);
            for document in self.view.documents(&incident) {
                let circle = document.circle();
                if circles.contains(&circle) {
                    let mut facet = document.record().unpack();
                    if let Some(tier) = noted.get(&circle) {
                        facet
                            .set(known_path(table::FACET_TIER)?, Value::from(tier.code()))
                            .map_err(|error| errors::usage(error.to_string()))?;
                    }
                    self.check_facet_edit(&incident, &circle, &facet, &said).map_err(|_refused| {
                        errors::refused(
                            "the reason or code contains a name or another text that must stay here",
                        )
                        .hint("write it without names")
                    })?;
                }
            }
        }
        Ok(())
    }
}

fn nowhere(message: &str) -> ApiError {
    errors::refused(message)
        .hint("share your claim where the other can be read: `ceiba incident share ID --circle NAME --tier coalition`")
}
