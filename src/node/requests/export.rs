//! What an export may have: each row judged when it is given out.
//!
//! Of an own incident the dossier is projected, so that consent counts as it is now. Of a partner's
//! the facet is taken that the partner made for this tier or a more open one, never a more closed one;
//! and of that only what the tier admits. The merged view, which is richer than any tier, is not asked.

mod archive;

use std::collections::BTreeMap;

use crate::{
    api::{
        Answer, ApiError,
        answer::CircleKind,
        export::{Audience, ExportAnswer, ExportRequest, MAX_BATCH, Plan, Row, Rows},
        request::IncidentFilter,
    },
    exchange::out::is_of_program,
    model::{
        disclosure::{Consent, Refusal, Release, admits, project, statistics},
        id::{CircleId, IncidentId},
        registry::{FieldPath, Record, Tier, Value, neutral_title, table},
        vocabulary::{Language, Terms, VERSION},
    },
    node::{Node, clock, errors},
    view::HeldDocument,
};

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
        let query = self.query(&filter, circle, org)?;
        Ok(ExportAnswer::Plan(Plan {
            tier: audience.tier,
            as_of: clock::now().to_date(),
            org: self.org(),
            org_name: self.own.org_name.clone(),
            circle,
            circle_name: circle.and_then(|circle| self.circle_name(&circle)),
            vocabulary: VERSION,
            adopted_violations: self.adopted_violations(circle),
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
        let terms = self.export_terms(circle);
        let mut rows = Rows::default();
        for incident in incidents {
            match self.export_row(incident, audience, circle, &terms) {
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
        terms: &Terms,
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
        let release = Release::new(audience.tier, clock::now()).with_terms(terms);
        let record = match (dossier, audience.statistics) {
            (Some(dossier), false) => self.of_dossier(dossier, &release),
            (None, false) => of_facets(&facets, &release),
            (Some(dossier), true) => self.statistics_of_dossier(dossier, &release),
            (None, true) => statistics_of_facets(&facets, &release),
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

    fn adopted_violations(&self, circle: Option<CircleId>) -> BTreeMap<String, String> {
        let terms = self.export_terms(circle);
        let types = terms.iter().filter(|term| term.list == "violation_type");
        types.map(|term| (term.code.clone(), term.label(Language::English).to_owned())).collect()
    }

    /// The codes that may go out: those that the circle's coalition has adopted, or any of ours.
    fn export_terms(&self, circle: Option<CircleId>) -> Terms {
        circle.map_or_else(|| self.terms_here(), |circle| self.terms_of(&circle))
    }

    /// Our own incident: the projection by consent as it is now, or for the sealed tier all that
    /// people wrote.
    fn of_dossier(
        &self,
        dossier: &HeldDocument,
        release: &Release<'_>,
    ) -> Result<Record, Withheld> {
        let record = dossier.record().unpack();
        if release.tier == Tier::Sealed {
            return Ok(without_own(&record));
        }
        let contested = contested(dossier);
        let ledger = self.view.ledger_of(&self.own.private, &record, &contested);
        let projected = project(&record, &contested, &release.by(&ledger)).map_err(withheld)?;
        Ok(without_own(&projected.facet))
    }

    /// What figures need of our own incident, of those whose consent covers them.
    fn statistics_of_dossier(
        &self,
        dossier: &HeldDocument,
        release: &Release<'_>,
    ) -> Result<Record, Withheld> {
        let record = dossier.record().unpack();
        let contested = contested(dossier);
        let ledger = self.view.ledger_of(&self.own.private, &record, &contested);
        statistics::of_dossier(&record, &contested, &release.by(&ledger)).map_err(withheld)
    }
}

fn withheld(refusal: Refusal) -> Withheld {
    refusal.to_string()
}

/// Refuses what a person has to stand for and nobody does.
pub(super) fn check_confirmed(tier: Tier, confirmed: Option<&str>) -> Result<(), ApiError> {
    if tier >= Tier::Coalition || confirmed == Some(tier.code()) {
        return Ok(());
    }
    Err(errors::refused(format!("an export of {tier} data has to be confirmed"))
        .hint(format!("whoever stands for it types the tier: --confirm {tier}"))
        .hint("the file is not encrypted: keep it where only those are who may read it"))
}

/// A partner's incident: of the most closed facet that the partner made for this tier or a more open
/// one, what the tier admits.
fn of_facets(facets: &[&HeldDocument], release: &Release<'_>) -> Result<Record, Withheld> {
    let tier = release.tier;
    if tier == Tier::Sealed {
        return Err("another organisation recorded it".to_owned());
    }
    check_limits(facets, release).map_err(withheld)?;
    let made_for = |held: &&HeldDocument| held.tier().filter(|made_for| *made_for >= tier);
    let fit = facets.iter().filter_map(|held| Some((made_for(held)?, *held)));
    let (_, facet) = fit
        .min_by_key(|(made_for, held)| (*made_for, held.circle(), held.document()))
        .ok_or_else(|| format!("the partner that recorded it did not share it for {tier}"))?;
    let facet = facet.record().unpack();
    let mut row = Record::new(facet.schema().clone());
    for (path, value) in facet.iter() {
        let is_title = path.as_str() == table::TITLE && tier >= Tier::Coalition;
        let is_own = path.segment(0).is_some_and(is_of_program);
        if !is_title && !is_own && admits(&facet, release, path, value).is_ok() {
            put(&mut row, path.clone(), value.clone());
        }
    }
    if row.get(table::TITLE).is_none() {
        let title = neutral_title(&row);
        set(&mut row, table::TITLE, title.into());
    }
    Ok(row)
}

/// Refuses what a limit or a violation closes, whatever tier a facet says that it was made for: what
/// any of them shows closes them all.
fn check_limits(facets: &[&HeldDocument], release: &Release<'_>) -> Result<(), Refusal> {
    facets.iter().try_for_each(|held| {
        let (facet, contested) = (held.record().unpack(), contested(held));
        Consent::of(&facet, &contested, release.ledger, release.now)
            .with_terms(release.terms)
            .limits_allow(release.tier)
    })
}

/// What figures need of a partner's incident, if the partner says that consent covers them.
fn statistics_of_facets(
    facets: &[&HeldDocument],
    release: &Release<'_>,
) -> Result<Record, Withheld> {
    check_limits(facets, release).map_err(withheld)?;
    let records: Vec<Record> = facets.iter().map(|held| held.record().unpack()).collect();
    statistics::of_facets(&records, release).map_err(withheld)
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
