//! Showing how sure we are of an incident, and taking its reviews along when it is shared.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::{
    api::{
        ApiError,
        answer::Verification,
        verification::{CircleLevel, Dispute, MissingItem, ReviewRow},
    },
    doc::contested,
    model::{
        disclosure::{Consent, Known, Release, project_review},
        id::{CircleId, IncidentId},
        registry::{Record, Tier},
        verification::{Assessment, Entry, Level, Missing, SignedReview, Step},
    },
    node::{Node, clock, errors, requests::incidents::NodeNames},
    view::HeldDocument,
};

impl Node {
    pub(super) fn verification(
        &self,
        incident: &str,
        circle: Option<&str>,
    ) -> Result<Box<Verification>, ApiError> {
        let incident = self.find_incident(incident)?;
        let circle = circle.map(|name| self.find_circle(name)).transpose()?;
        let judged = self.view.assessment(&incident, circle, Date::MAX);
        let judged =
            judged.ok_or_else(|| errors::not_found("the incident is not readable there"))?;
        let shown = self.view.show(&incident, &NodeNames(self));
        let names = self.reviewer_names(&incident, circle);
        Ok(Box::new(Verification {
            incident,
            title: shown.map(|shown| shown.row.title).unwrap_or_default(),
            level: judged.level.to_string(),
            reached: judged.reached.to_string(),
            circles: self.levels_by_circle(&incident),
            disputes: self.disputes(&judged),
            reviews: judged.history.iter().map(|entry| self.review_row(entry, &names)).collect(),
            missing: judged.missing.iter().map(missing_item).collect(),
            citations: judged.citations,
        }))
    }

    /// The level now, by all that can be read here.
    pub(super) fn level_of(&self, incident: &IncidentId) -> Level {
        let judged = self.view.assessment(incident, None, Date::MAX);
        judged.map_or(Level::Reported, |judged| judged.level)
    }

    /// What the record itself lacks for the next level.
    pub(super) fn lacks(&self, incident: &IncidentId) -> Option<String> {
        let judged = self.view.assessment(incident, None, Date::MAX)?;
        let level = judged.next().next()?.level;
        let needs = judged.next().filter(|missing| !missing.need.path().is_empty());
        let needs: Vec<String> = needs.map(|missing| missing.need.to_string()).collect();
        (!needs.is_empty()).then(|| format!("for {level}: {}", needs.join("; ")))
    }

    fn levels_by_circle(&self, incident: &IncidentId) -> Vec<CircleLevel> {
        let facets = self.view.documents(incident).filter(|document| document.tier().is_some());
        let circles: BTreeSet<CircleId> = facets.map(|facet| facet.circle()).collect();
        let levels = circles.into_iter().filter_map(|circle| {
            let judged = self.view.assessment(incident, Some(circle), Date::MAX)?;
            let (circle_name, level) = (self.circle_name(&circle), judged.level.to_string());
            Some(CircleLevel { circle, circle_name, level })
        });
        levels.collect()
    }

    fn disputes(&self, judged: &Assessment) -> Vec<Dispute> {
        let disputes = judged.disputes.iter().map(|open| Dispute {
            review: open.review.clone(),
            org: open.by,
            org_name: self.org_name(&open.by),
            at: open.at.clone(),
            reason: open.reason.clone(),
        });
        disputes.collect()
    }

    /// Names of reviewers by their reviews' ids, where a circle may read them.
    fn reviewer_names(
        &self,
        incident: &IncidentId,
        circle: Option<CircleId>,
    ) -> BTreeMap<String, String> {
        let reviews = self.view.reviews_of(incident);
        let reviews = reviews.filter(|(_, it)| circle.is_none_or(|circle| it.circle == circle));
        let names = reviews.filter_map(|(_, held)| {
            let record = held.record();
            Some((record.text("id")?.to_owned(), record.text("reviewer")?.to_owned()))
        });
        names.collect()
    }

    fn review_row(&self, entry: &Entry, names: &BTreeMap<String, String>) -> ReviewRow {
        let review = &entry.review;
        let closes = match &review.step {
            Step::Close { dispute, .. } => Some(dispute.clone()),
            Step::Refute
            | Step::NotMet
            | Step::Unknown
            | Step::Dispute
            | Step::Report
            | Step::Screen
            | Step::Corroborate { .. }
            | Step::Verify { .. }
            | Step::Establish { .. } => None,
        };
        ReviewRow {
            id: review.id.clone(),
            org: entry.author,
            org_name: self.org_name(&entry.author),
            reviewer_code: review.reviewer.clone(),
            reviewer: names.get(&review.id).cloned(),
            level: review.step.level().map_or("unknown", Level::code).to_owned(),
            reason: review.reason.clone(),
            at: review.at.clone(),
            closes,
            sources: review.step.sources().map(str::to_owned).collect(),
            stands: entry.stands,
        }
    }

    /// Copies the reviews of this organisation that a circle does not have yet into it, as far as
    /// its tier goes. Of a review that would lose there what its step needs, nothing is copied.
    pub(super) fn copy_reviews(
        &mut self,
        incidents: &[IncidentId],
        circle: &CircleId,
        tier: Tier,
    ) -> Result<(), ApiError> {
        let mut copies = Vec::new();
        for incident in incidents {
            let is_there = |held: &HeldDocument| held.circle() == *circle && !held.is_in_doubt();
            if self.view.documents(incident).any(is_there) {
                copies.extend(self.review_copies(incident, circle, tier));
            }
        }
        self.copy_beside(circle, copies)?;
        self.settle();
        Ok(())
    }

    fn review_copies(&self, incident: &IncidentId, circle: &CircleId, tier: Tier) -> Vec<Record> {
        let id = |record: &Record| record.text("id").unwrap_or_default().to_owned();
        let own = self.view.reviews_of(incident).filter(|(author, _)| *author == self.org());
        let (mut known, mut reviews) = (BTreeSet::new(), Vec::new());
        for (_, held) in own {
            let record = held.record();
            if held.circle == *circle {
                known.insert(id(&record));
            } else if held.circle == self.own.private {
                reviews.push(record);
            }
        }
        let wanting = reviews.into_iter().filter(|review| !known.contains(&id(review)));
        wanting.filter_map(|review| self.review_for(incident, &review, circle, tier).ok()).collect()
    }

    /// A review as a circle of this tier may read it.
    ///
    /// # Errors
    /// When it contains what must not leave.
    pub(super) fn review_for(
        &self,
        incident: &IncidentId,
        review: &Record,
        circle: &CircleId,
        tier: Tier,
    ) -> Result<Record, ApiError> {
        let dossier = self.dossier(incident).map(|it| (contested(&it), it.record()));
        let terms = self.terms_of(circle);
        let release = Release::new(tier, clock::now()).with_terms(&terms);
        let (lost, dossier) = dossier.unzip();
        let lost = lost.unwrap_or_default();
        let empty = Record::incident();
        let ledger =
            self.view.ledger_of(&self.own.private, dossier.as_ref().unwrap_or(&empty), &lost);
        let release = release.by(&ledger);
        let whole = dossier.as_ref().map(|dossier| (dossier, lost.as_slice()));
        if let Some((dossier, lost)) = whole {
            // A review cannot be without its reason, and that is a text about those concerned.
            let consent = Consent::of(dossier, lost, &ledger, release.now).with_terms(&terms);
            consent.allows(tier).map_err(|refusal| {
                let circle = self.circle_name(circle).unwrap_or_else(|| circle.short());
                errors::refused(format!("a review's reason may not go to {circle}: {refusal}"))
                    .hint("share again: it takes back what consent does not cover any more")
            })?;
        }
        let (elsewhere, shown) = self.read_beside(incident, circle);
        let known = Known { dossier: whole, elsewhere: &elsewhere, shown: &shown };
        let (copy, withheld) = project_review(review, &known, &release);
        let contaminated = withheld
            .iter()
            .find(|(_, reason)| *reason == crate::model::disclosure::Reason::ContainsSealedValue);
        if let Some((path, reason)) = contaminated {
            return Err(errors::refused(format!("the review's {path} {reason}"))
                .hint("write it so that partners may read it"));
        }
        Ok(copy)
    }

    /// What partners' and own facets say of an incident, in other circles and in this one.
    pub(super) fn read_beside(
        &self,
        incident: &IncidentId,
        circle: &CircleId,
    ) -> (Vec<Record>, Vec<Record>) {
        let facets = self.view.documents(incident).filter(|document| document.tier().is_some());
        let (here, elsewhere): (Vec<&HeldDocument>, Vec<&HeldDocument>) =
            facets.partition(|facet| facet.circle() == *circle);
        let read = |facets: Vec<&HeldDocument>| {
            facets.into_iter().map(|facet| facet.record().unpack()).collect()
        };
        (read(elsewhere), read(here))
    }

    /// The reviews of an incident that this organisation goes by, and the greatest number that it
    /// need know: nobody else can make its numbers great.
    pub(super) fn next_number(&self, reviews: &[SignedReview]) -> i64 {
        let own = self.org();
        let numbers = |ours: bool| {
            let of = reviews.iter().filter(move |signed| (signed.author == own) == ours);
            of.map(|signed| signed.review.number).max().unwrap_or(0)
        };
        let plausible = i64::try_from(reviews.len()).unwrap_or(i64::MAX);
        numbers(true).max(numbers(false).min(plausible)).saturating_add(1)
    }
}

pub(super) fn missing_item(missing: &Missing) -> MissingItem {
    MissingItem {
        level: missing.level.to_string(),
        need: missing.need.code().to_owned(),
        path: missing.need.path().to_owned(),
        help: missing.need.to_string(),
    }
}
