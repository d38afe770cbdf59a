//! What an export may have: each row judged when it is given out.
//!
//! Of an own incident the dossier is projected, so that consent counts as it is now. Of a partner's
//! the facet is taken that the partner made for this tier or a more open one, never a more closed one;
//! and of that only what the tier admits. The merged view, which is richer than any tier, is not asked.

mod archive;

use crate::{
    api::{
        Answer, ApiError,
        answer::CircleKind,
        export::{Audience, ExportAnswer, ExportRequest, MAX_BATCH, Plan, Row, Rows},
        request::IncidentFilter,
    },
    exchange::out::is_of_program,
    model::{
        disclosure::{Consent, Release, admits, project},
        id::{CircleId, IncidentId},
        registry::{Date, FieldPath, Record, Tier, Value, neutral_title, table},
        vocabulary::VERSION,
    },
    node::{Node, clock, errors},
    view::{HeldDocument, Query},
};

/// Scope of consent that figures need.
const STATISTICS_SCOPE: &str = "statistics";

/// Why an incident is not in an export.
type Withheld = String;

impl Node {
    pub(super) fn export(&self, request: ExportRequest) -> Result<Answer, ApiError> {
        let answer = match request {
            ExportRequest::Plan { audience, filter } => self.export_plan(&audience, *filter)?,
            ExportRequest::Rows { audience, incidents } => {
                self.export_rows(&audience, &incidents)?
            }
            ExportRequest::Records { confirmed, part, offset } => {
                check_confirmed(Tier::Sealed, confirmed.as_deref())?;
                self.export_records(part, offset)
            }
        };
        Ok(Answer::Export(answer))
    }

    fn export_plan(
        &self,
        audience: &Audience,
        mut filter: IncidentFilter,
    ) -> Result<ExportAnswer, ApiError> {
        check_confirmed(audience.tier, audience.confirmed.as_deref())?;
        let circle = self.export_circle(audience)?;
        filter.circle = None;
        let org = filter.org.as_deref().map(|name| self.find_any_org(name)).transpose()?;
        let query =
            Query::new(&filter, circle, org).map_err(|error| errors::usage(error.to_string()))?;
        Ok(ExportAnswer::Plan(Plan {
            tier: audience.tier,
            as_of: clock::now().to_date(),
            org: self.org(),
            org_name: self.own.org_name.clone(),
            circle,
            circle_name: circle.and_then(|circle| self.circle_name(&circle)),
            vocabulary: VERSION,
            incidents: self.view.ids(&query),
        }))
    }

    fn export_circle(&self, audience: &Audience) -> Result<Option<CircleId>, ApiError> {
        let circle = audience.circle.as_deref().map(|name| self.find_circle(name)).transpose()?;
        match (circle, audience.tier) {
            (Some(_), Tier::Sealed) => Err(errors::usage(
                "what is sealed is in no circle: leave --circle out, or choose another tier",
            )),
            _ => Ok(circle),
        }
    }

    fn export_rows(
        &self,
        audience: &Audience,
        incidents: &[IncidentId],
    ) -> Result<ExportAnswer, ApiError> {
        check_confirmed(audience.tier, audience.confirmed.as_deref())?;
        if incidents.len() > MAX_BATCH {
            return Err(errors::usage(format!("ask for at most {MAX_BATCH} incidents at once")));
        }
        if audience.statistics && audience.tier != Tier::Public {
            return Err(errors::usage("figures are for anyone: their tier is public"));
        }
        let circle = self.export_circle(audience)?;
        let mut rows = Rows::default();
        for incident in incidents {
            match self.export_row(incident, audience, circle) {
                Ok(row) => rows.rows.push(row),
                Err(reason) => *rows.withheld.entry(reason).or_default() += 1,
            }
        }
        Ok(ExportAnswer::Rows(rows))
    }

    fn export_row(
        &self,
        incident: &IncidentId,
        audience: &Audience,
        circle: Option<CircleId>,
    ) -> Result<Row, Withheld> {
        let documents = || self.view.documents(incident).filter(|held| !held.is_in_doubt());
        let dossier = documents().find(|held| held.tier().is_none());
        let facets: Vec<&HeldDocument> = documents()
            .filter(|held| held.tier().is_some())
            .filter(|held| circle.is_none_or(|circle| held.circle() == circle))
            .collect();
        let speaks = dossier.or_else(|| facets.first().copied());
        let origin = speaks.map(HeldDocument::origin);
        let origin = origin.ok_or_else(|| "who recorded it is in doubt".to_owned())?;
        let record = match (dossier, audience.statistics) {
            (Some(dossier), false) => self.of_dossier(dossier, audience.tier),
            (None, false) => of_facets(&facets, audience.tier),
            (Some(dossier), true) => self.statistics_of_dossier(dossier),
            (None, true) => statistics_of_facets(&facets),
        }?;
        // Readers of this tier know what their circle knows: not what smaller circles say.
        let by_circle = || {
            let circles = facets.iter().map(|held| held.circle());
            circles.min_by_key(|circle| (self.kind_of(circle) != CircleKind::Coalition, *circle))
        };
        let circle = circle.or_else(|| by_circle().filter(|_| audience.tier >= Tier::Coalition));
        let level = self.view.level(incident, circle).code().to_owned();
        let origin_name = self.org_name(&origin);
        Ok(Row { incident: *incident, origin, origin_name, level, record })
    }

    /// Our own incident: the projection by consent as it is now, or for the sealed tier all that
    /// people wrote.
    fn of_dossier(&self, dossier: &HeldDocument, tier: Tier) -> Result<Record, Withheld> {
        let record = dossier.record().unpack();
        if tier == Tier::Sealed {
            return Ok(without_own(&record));
        }
        let contested = contested(dossier);
        let ledger = self.view.ledger_of(&self.own.private, &record, &contested);
        let release = Release::new(tier, clock::now());
        let projected = project(&record, &contested, &release.by(&ledger))
            .map_err(|refusal| refusal.to_string())?;
        Ok(without_own(&projected.facet))
    }

    /// What figures need of our own incident, of those whose consent covers them.
    fn statistics_of_dossier(&self, dossier: &HeldDocument) -> Result<Record, Withheld> {
        let record = dossier.record().unpack();
        let contested = contested(dossier);
        let ledger = self.view.ledger_of(&self.own.private, &record, &contested);
        let consent = Consent::of(&record, &contested, &ledger, clock::now());
        if !consent.somebody_covers(STATISTICS_SCOPE) {
            return Err(no_statistics());
        }
        of_statistics(&record, |victim| consent.covers(victim, STATISTICS_SCOPE))
    }
}

/// Refuses what a person has to stand for and nobody does.
fn check_confirmed(tier: Tier, confirmed: Option<&str>) -> Result<(), ApiError> {
    if tier >= Tier::Coalition || confirmed == Some(tier.code()) {
        return Ok(());
    }
    Err(errors::refused(format!("an export of {tier} data has to be confirmed"))
        .hint(format!("whoever stands for it types the tier: --confirm {tier}"))
        .hint("the file is not encrypted: keep it where only those are who may read it"))
}

/// A partner's incident: of the most closed facet that the partner made for this tier or a more open
/// one, what the tier admits.
fn of_facets(facets: &[&HeldDocument], tier: Tier) -> Result<Record, Withheld> {
    if tier == Tier::Sealed {
        return Err("another organisation recorded it".to_owned());
    }
    let made_for = |held: &&HeldDocument| held.tier().filter(|made_for| *made_for >= tier);
    let fit = facets.iter().filter_map(|held| Some((made_for(held)?, *held)));
    let (_, facet) = fit
        .min_by_key(|(made_for, held)| (*made_for, held.circle(), held.document()))
        .ok_or_else(|| format!("the partner that recorded it did not share it for {tier}"))?;
    let facet = facet.record().unpack();
    let release = Release::new(tier, clock::now());
    let mut row = Record::new(facet.schema().clone());
    for (path, value) in facet.iter() {
        let is_title = path.as_str() == table::TITLE && tier >= Tier::Coalition;
        let is_own = path.segment(0).is_some_and(is_of_program);
        if !is_title && !is_own && admits(&facet, &release, path, value).is_ok() {
            put(&mut row, path.clone(), value.clone());
        }
    }
    if row.get(table::TITLE).is_none() {
        let title = neutral_title(&row);
        set(&mut row, table::TITLE, title.into());
    }
    Ok(row)
}

/// What figures need of a partner's incident, if the partner says that consent covers them.
fn statistics_of_facets(facets: &[&HeldDocument]) -> Result<Record, Withheld> {
    let flag = |facet: &Record, key: &str| {
        facet.flag(&format!("{}/{key}", table::STATISTICS)) == Some(true)
    };
    let records = facets.iter().map(|held| held.record().unpack());
    let mut covered = records.filter(|facet| flag(facet, table::STATISTICS_INCIDENT));
    let facet = covered.next().ok_or_else(no_statistics)?;
    of_statistics(&facet, |victim| flag(&facet, victim))
}

fn no_statistics() -> Withheld {
    "consent for statistics is missing".to_owned()
}

/// Year, country and the types of acts whose victims have agreed, and nothing else. An act whose
/// victim is not told is covered by what holds for the whole.
fn of_statistics(record: &Record, covers: impl Fn(&str) -> bool) -> Result<Record, Withheld> {
    let mut row = Record::new(record.schema().clone());
    for key in record.keys("acts") {
        let victim = record.text(&format!("acts/{key}/victim"));
        if victim.is_none_or(&covers) {
            let path = format!("acts/{key}/violation");
            if let Some(value) = record.get(&path) {
                set(&mut row, &path, value.clone());
            }
        }
    }
    if row.is_empty() {
        return Err(no_statistics());
    }
    if let Some(country) = record.get(table::COUNTRY) {
        set(&mut row, table::COUNTRY, country.clone());
    }
    let date: Option<Date> = record.text(table::DATE).and_then(|text| text.parse().ok());
    if let Some(date) = date {
        set(&mut row, table::DATE, date.to_quarters().to_string().into());
    }
    Ok(row)
}

/// Values that lost against concurrent ones.
fn contested(dossier: &HeldDocument) -> Vec<(FieldPath, Value)> {
    let conflicts = dossier.conflicts().iter();
    conflicts
        .flat_map(|it| it.values.iter().map(|lost| (it.path.clone(), lost.value.clone())))
        .collect()
}

/// The record without what the program wrote for itself.
fn without_own(record: &Record) -> Record {
    let mut row = Record::new(record.schema().clone());
    for (path, value) in record.iter() {
        if !path.segment(0).is_some_and(is_of_program) {
            put(&mut row, path.clone(), value.clone());
        }
    }
    row
}

fn set(record: &mut Record, path: &str, value: Value) {
    if let Ok(path) = path.parse() {
        put(record, path, value);
    }
}

/// A row has at most one field more than the record that it is of. What does not fit is left out.
fn put(record: &mut Record, path: FieldPath, value: Value) {
    let _full = record.set(path, value);
}
