//! Writing reviews, of one incident or of thousands.

use std::collections::BTreeMap;

use crate::{
    api::{
        Answer, ApiError, Progress,
        answer::{CircleKind, Reviewed},
        verification::{MissingItem, NewReview, ReviewedIncident},
    },
    model::{
        id::{CircleId, IncidentId},
        registry::{Record, RecordKind, Schema, Tier, Value, parse_field},
        verification::{Level, Missing, Need, SignedReview, check_effect},
    },
    node::{
        Node, errors,
        requests::{incidents::parse_path, reviews::missing_item},
    },
    view::Case,
};

/// Reviews that are written in one go.
const BATCH: usize = 200;

/// A review that would have an effect, and the copies that say so.
struct Draft {
    id: String,
    /// Circles of partners that can read it.
    circles: Vec<CircleId>,
    copies: Vec<(CircleId, Record)>,
}

/// Why a review is not written.
struct Refusal {
    reason: String,
    missing: Vec<Missing>,
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self { reason: error.message, missing: Vec::new() }
    }
}

impl Node {
    pub(super) fn add_reviews(
        &mut self,
        order: &NewReview,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer, ApiError> {
        let level = order.level.as_deref().map(read_level).transpose()?;
        if level.is_none() && !order.where_stated && order.closes.is_none() {
            return Err(errors::usage("a review without a level").hint("name one with --to"));
        }
        let circle = order.circle.as_deref().map(|name| self.find_circle(name)).transpose()?;
        let mut ids = self.to_share(&order.incidents, order.all_own)?;
        if order.where_stated {
            ids.retain(|incident| self.stated(incident).is_some_and(|it| is_stated(it, level)));
        }
        let mut reviewed = Reviewed::default();
        let total = ids.len() as u64;
        for (done, chunk) in (0_u64..).step_by(BATCH).zip(ids.chunks(BATCH)) {
            progress(Progress::of("reviewing", done, total));
            let mut by_circle: BTreeMap<CircleId, Vec<Record>> = BTreeMap::new();
            for incident in chunk {
                let level = level.or_else(|| self.stated(incident));
                let draft = self.draft(incident, level, circle, order);
                reviewed.incidents.push(told(*incident, &draft));
                for (circle, copy) in draft.into_iter().flat_map(|draft| draft.copies) {
                    by_circle.entry(circle).or_default().push(copy);
                }
            }
            for (circle, copies) in by_circle {
                self.copy_beside(&circle, copies)?;
            }
            self.settle();
        }
        progress(Progress::of("reviewing", total, total));
        for one in &mut reviewed.incidents {
            one.level = self.level_of(&one.incident).to_string();
            *reviewed.counts.entry(one.outcome.clone()).or_default() += 1;
        }
        match reviewed.incidents.as_slice() {
            [one] if one.outcome == "refused" => Err(refused(one)),
            _many => Ok(Answer::Reviewed(reviewed)),
        }
    }

    /// The level that an own incident's list states.
    fn stated(&self, incident: &IncidentId) -> Option<Level> {
        let dossier = self.view.documents(incident).find(|document| document.tier().is_none())?;
        Level::from_code(&dossier.record().text("stated_level")?)
    }

    fn draft(
        &mut self,
        incident: &IncidentId,
        level: Option<Level>,
        circle: Option<CircleId>,
        order: &NewReview,
    ) -> Result<Draft, Refusal> {
        let own = self.view.documents(incident).any(|document| document.tier().is_none());
        let circles = self.reviewed_in(incident, circle, own)?;
        let reading = if own { None } else { circles.first().map(|(circle, _)| *circle) };
        let case = self.view.case(incident, reading);
        let case = case.ok_or_else(|| errors::not_found("the incident cannot be read"))?;
        // A later and lower review takes back what the same person said: of many, nobody means that.
        let reached = case.assess(jiff::civil::Date::MAX).reached;
        let many = order.all_own || order.where_stated;
        if many && level.is_some_and(|level| !level.is_aside() && level <= reached) {
            return Err(errors::refused(format!("it is at {reached} already")).into());
        }
        let mut review = self.review_record(incident, level, &case, order)?;
        let id = self.complete(&mut review)?;
        let signed = SignedReview::read(self.org(), &review).map_err(|unreadable| Refusal {
            reason: unreadable.to_string(),
            missing: missing_for(&case, &review),
        })?;
        let Case { facts, origin, reviews, rules } = &case;
        check_effect(facts, origin, reviews, rules, &signed).map_err(|missing| {
            let reason = if missing.is_empty() {
                "the review would change nothing".to_owned()
            } else {
                let level = signed.review.step.level().map_or("this level", Level::code);
                format!("{level} needs what is missing")
            };
            Refusal { reason, missing }
        })?;
        let (mut copies, partners) =
            (Vec::new(), circles.iter().map(|(circle, _)| *circle).collect());
        for (circle, tier) in circles {
            copies.push((circle, self.review_for(incident, &review, &circle, tier)?));
        }
        if own {
            copies.push((self.own.private, review));
        }
        Ok(Draft { id, circles: partners, copies })
    }

    /// Where another's incident can be read, and for which tier: by what is not in doubt.
    fn read_in(&self, incident: &IncidentId) -> BTreeMap<CircleId, Tier> {
        let mut readable = BTreeMap::new();
        for document in self.view.documents(incident).filter(|it| !it.is_in_doubt()) {
            let Some(tier) = document.tier() else { continue };
            let circle = document.circle();
            let tier = tier.max(self.least_open(&circle));
            let most_open = readable.entry(circle).or_insert(tier);
            *most_open = tier.max(*most_open);
        }
        readable
    }

    /// Where a review goes: of an own incident, into every circle where we shared it; of
    /// another's, into the one circle where it is read, the coalition rather than others.
    fn reviewed_in(
        &self,
        incident: &IncidentId,
        wanted: Option<CircleId>,
        own: bool,
    ) -> Result<Vec<(CircleId, Tier)>, ApiError> {
        let mut readable = if own { self.noted_circles(incident) } else { self.read_in(incident) };
        readable.retain(|circle, _| wanted.is_none_or(|it| it == *circle));
        if readable.is_empty() && (wanted.is_some() || !own) {
            return Err(errors::not_found("the incident cannot be read in that circle"));
        }
        let mut circles: Vec<(CircleId, Tier)> = readable.into_iter().collect();
        if !own {
            circles.sort_by_key(|(circle, _)| self.kind_of(circle) != CircleKind::Coalition);
            circles.truncate(1);
        }
        Ok(circles)
    }

    fn review_record(
        &self,
        incident: &IncidentId,
        level: Option<Level>,
        case: &Case,
        order: &NewReview,
    ) -> Result<Record, ApiError> {
        let closes = order.closes.as_deref().map(|id| find_dispute(case, id)).transpose()?;
        let reached = || case.assess(jiff::civil::Date::MAX).reached;
        let level = level.unwrap_or_else(reached);
        let mut record = Record::new(Schema::of(RecordKind::Review));
        let texts = [
            ("incident", Some(incident.to_string())),
            ("number", Some(self.next_number(&case.reviews).to_string())),
            ("level", Some(level.to_string())),
            ("reason", Some(order.reason.clone())),
            ("reviewer_code", Some(order.reviewer_code.clone())),
            ("reviewer", order.reviewer.clone()),
            ("reasonable_grounds", order.grounds.clone()),
            ("citation", order.citation.clone()),
            ("closes", closes),
        ];
        for (path, text) in texts {
            let Some(text) = text else { continue };
            let path = parse_path(path)?;
            let value = parse_field(&record, &path, &text)
                .map_err(|error| errors::usage(error.to_string()))?;
            record.set(path, value).map_err(|error| errors::usage(error.to_string()))?;
        }
        let flagged = case.facts.independent_sources().map(str::to_owned);
        let sources: Vec<String> = match order.sources.as_slice() {
            [] if level >= Level::Corroborated => flagged.collect(),
            named => named.to_vec(),
        };
        for source in sources {
            let path = parse_path(&format!("sources/{source}"))?;
            record
                .set(path, Value::Flag(true))
                .map_err(|error| errors::usage(error.to_string()))?;
        }
        Ok(record)
    }
}

/// What the record lacks for the level that a review names.
fn missing_for(case: &Case, review: &Record) -> Vec<Missing> {
    let level = review.text("level").and_then(Level::from_code);
    let missing = case.assess(jiff::civil::Date::MAX).missing.into_iter();
    missing
        .filter(|it| level.is_some_and(|level| it.level <= level))
        .filter(|it| !it.need.is_of_others() && it.need != Need::Review)
        .collect()
}

/// A level by its code or the code's beginning: `v2`.
fn read_level(text: &str) -> Result<Level, ApiError> {
    let text = text.trim().to_lowercase();
    let named = |level: &Level| {
        level.code() == text
            || level.code().split_once('_').is_some_and(|(v, _)| v == text && v != "not")
    };
    Level::ALL.into_iter().find(named).ok_or_else(|| {
        errors::usage(format!("there is no level {text:?}"))
            .hint("levels are v0 to v4, disputed, not_met, refuted")
    })
}

/// Whether what a list states is as much as is asked for.
fn is_stated(stated: Level, wanted: Option<Level>) -> bool {
    match wanted {
        Some(wanted) => stated == wanted || (!wanted.is_aside() && stated > wanted),
        None => stated != Level::Reported,
    }
}

fn find_dispute(case: &Case, prefix: &str) -> Result<String, ApiError> {
    let disputes = case.assess(jiff::civil::Date::MAX).disputes;
    let mut found = disputes.into_iter().map(|it| it.review).filter(|id| id.starts_with(prefix));
    match (found.next(), found.next()) {
        (Some(id), None) => Ok(id),
        (None, _) => Err(errors::not_found(format!("there is no open dispute {prefix:?}"))
            .hint("`ceiba review list` shows open disputes")),
        (Some(_), Some(_)) => Err(errors::not_found(format!("{prefix:?} names several disputes"))
            .hint("give more of the id")),
    }
}

fn told(incident: IncidentId, draft: &Result<Draft, Refusal>) -> ReviewedIncident {
    let mut told = ReviewedIncident {
        incident,
        outcome: "written".to_owned(),
        level: String::new(),
        review: None,
        circles: Vec::new(),
        reason: None,
        missing: Vec::new(),
    };
    match draft {
        Ok(draft) => {
            told.review = Some(draft.id.clone());
            told.circles.clone_from(&draft.circles);
        }
        Err(refusal) => {
            "refused".clone_into(&mut told.outcome);
            told.reason = Some(refusal.reason.clone());
            told.missing = refusal.missing.iter().map(missing_item).collect();
        }
    }
    told
}

fn refused(one: &ReviewedIncident) -> ApiError {
    let reason = one.reason.as_deref().unwrap_or_default();
    let error = errors::refused(format!("not reviewed: {reason}"));
    one.missing
        .iter()
        .map(|missing: &MissingItem| format!("{}: {}", missing.level, missing.help))
        .fold(error, ApiError::hint)
}
