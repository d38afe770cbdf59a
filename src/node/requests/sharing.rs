//! Publishing facets: what leaves the private circle, and what does not.

mod difference;

use std::collections::{BTreeMap, BTreeSet};

use difference::{Change, changes, less, paths_of};

use crate::{
    api::{
        Answer, ApiError, Progress,
        answer::{CircleKind, Shared, SharedIncident, Withheld},
    },
    doc::{Disclosure, DisclosureError, Document, ManifestKey, contested, disclose},
    model::{
        disclosure::{Consent, Ledger, Release},
        id::{CircleId, DocumentId, IncidentId},
        registry::{FieldPath, Record, Schema, Tier, Value, table},
        vocabulary::Terms,
    },
    node::{
        Node, clock, errors,
        requests::{
            incidents::known_path,
            meta::{META_INCIDENT, META_NONCE, META_ORIGIN, facet_document},
            tokens::TokenKey,
        },
    },
    replica::DocumentWrite,
};

/// Facets whose fields the answer lists; beyond, it has the counts alone.
const MAX_DETAILED: usize = 20;
/// Facets that are written in one go.
const BATCH: usize = 200;

/// What a run of sharing may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Say what it would do.
    DryRun,
    /// Publish and update.
    Publish,
    /// Take back what may not be there any more, and publish nothing new.
    TakeBack,
}

/// Where and how incidents are shared in one run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sharing<'l> {
    pub(super) circle: CircleId,
    pub(super) tier: Tier,
    pub(super) mode: Mode,
    pub(super) ledger: &'l Ledger,
    pub(super) terms: &'l Terms,
    /// What linkage tokens are made with; none if none are to leave.
    pub(super) tokens: Option<&'l TokenKey>,
}

/// Edits of one batch: in the circle, and in the private circle what was shared there.
#[derive(Default)]
struct Batch {
    facets: Vec<(DocumentWrite, Document)>,
    dossiers: Vec<(DocumentWrite, Document)>,
}

impl Node {
    pub(super) fn share(
        &mut self,
        incidents: &[String],
        all_own: bool,
        circle: &str,
        tier: &str,
        (dry_run, no_tokens): (bool, bool),
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer, ApiError> {
        let circle = self.find_circle(circle)?;
        let tier = self.check_audience(&circle, tier)?;
        let ids = self.to_share(incidents, all_own)?;
        let ledger = self.view.ledger(&self.own.private);
        let mode = if dry_run { Mode::DryRun } else { Mode::Publish };
        let terms = self.terms_of(&circle);
        let tokens = match (no_tokens, mode) {
            (true, _) => None,
            (false, Mode::Publish) => self.token_key(&circle, tier)?,
            (false, Mode::DryRun | Mode::TakeBack) => self.token_key_now(&circle, tier),
        };
        let sharing =
            Sharing { circle, tier, mode, ledger: &ledger, terms: &terms, tokens: tokens.as_ref() };
        Ok(Answer::Shared(self.share_all(&ids, sharing, progress)?))
    }

    /// Shares incidents in a circle, some at a time.
    pub(super) fn share_all(
        &mut self,
        ids: &[IncidentId],
        sharing: Sharing<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Shared, ApiError> {
        let Sharing { circle, tier, mode, .. } = sharing;
        let detailed = ids.len() <= MAX_DETAILED;
        let mut shared = Shared {
            circle,
            circle_name: self.circle_name(&circle),
            tier: tier.to_string(),
            dry_run: mode == Mode::DryRun,
            counts: BTreeMap::new(),
            incidents: Vec::new(),
        };
        let total = ids.len() as u64;
        for (done, chunk) in (0_u64..).step_by(BATCH).zip(ids.chunks(BATCH)) {
            progress(Progress::of("sharing", done, total));
            let mut batch = Batch::default();
            for incident in chunk {
                let mut one = self.share_one(incident, sharing, &mut batch)?;
                *shared.counts.entry(one.outcome.clone()).or_default() += 1;
                if !detailed {
                    one.fields.clear();
                    one.withheld.clear();
                }
                shared.incidents.push(one);
            }
            // The circle first: if it fails, the dossiers do not say that anything was shared.
            self.write_edits(&circle, batch.facets)?;
            let private = self.own.private;
            self.write_edits(&private, batch.dossiers)?;
            self.settle();
            if mode == Mode::Publish {
                let not_there =
                    |one: &&SharedIncident| matches!(one.outcome.as_str(), "refused" | "withdrawn");
                let refused: BTreeSet<IncidentId> =
                    shared.incidents.iter().filter(not_there).map(|one| one.incident).collect();
                let there: Vec<IncidentId> =
                    chunk.iter().filter(|id| !refused.contains(*id)).copied().collect();
                self.copy_reviews(&there, &circle, tier)?;
            }
        }
        progress(Progress::of("sharing", total, total));
        Ok(shared)
    }

    /// Whether a circle can have facets of a tier.
    fn check_audience(&self, circle: &CircleId, tier: &str) -> Result<Tier, ApiError> {
        let tier = Tier::from_code(tier).ok_or_else(|| {
            errors::usage(format!("there is no tier {tier:?}"))
                .hint("tiers are restricted (named partners), coalition, public")
        })?;
        match (self.kind_of(circle), tier) {
            (CircleKind::Private, _) => {
                Err(errors::usage("the private circle is where dossiers are")
                    .hint("name a circle of partners, or the coalition"))
            }
            (CircleKind::Coalition, Tier::Restricted) => Err(errors::refused(
                "restricted values are for named partners, not a whole coalition",
            )
            .hint("make a circle with those partners: `ceiba circle create NAME --with ORG`")
            .hint("or share with `--tier coalition`")),
            _ => Ok(tier),
        }
    }

    pub(super) fn to_share(
        &self,
        incidents: &[String],
        all_own: bool,
    ) -> Result<Vec<IncidentId>, ApiError> {
        if !all_own {
            // Each once: two changes with one number in a row would break the document.
            let named: BTreeSet<IncidentId> = incidents
                .iter()
                .map(|prefix| self.find_incident(prefix))
                .collect::<Result<_, _>>()?;
            return Ok(named.into_iter().collect());
        }
        let own = self.view.ids(&crate::view::Query::default()).into_iter();
        Ok(own.filter(|id| self.dossier(id).is_some()).collect())
    }

    pub(super) fn dossier(&self, incident: &IncidentId) -> Option<Document> {
        let document = DocumentId::new(*incident.as_bytes());
        self.replica.document(&(self.own.private, document)).ok().flatten()
    }

    /// Where an own incident is shared, by what its dossier notes, and for which tier. What others
    /// wrote into a circle has no say in where our texts go.
    pub(super) fn noted_circles(&self, incident: &IncidentId) -> BTreeMap<CircleId, Tier> {
        let Some(dossier) = self.dossier(incident).map(|it| it.record()) else {
            return BTreeMap::new();
        };
        let speaking = self.view.documents(incident).filter(|it| !it.is_in_doubt());
        let noted = speaking.filter_map(|document| {
            let circle = document.circle();
            let path = shared_path(&circle).ok()?;
            let note: Record = serde_json::from_str(dossier.text(path.as_str())?).ok()?;
            let tier = note.text(table::FACET_TIER).and_then(Tier::from_code);
            Some((circle, tier.unwrap_or(Tier::Public).max(self.least_open(&circle))))
        });
        noted.collect()
    }

    /// The most closed tier that anything in a circle can have, whatever it says of itself.
    pub(super) fn least_open(&self, circle: &CircleId) -> Tier {
        match self.kind_of(circle) {
            CircleKind::Circle | CircleKind::Private => Tier::Restricted,
            CircleKind::Coalition => Tier::Coalition,
        }
    }

    fn share_one(
        &self,
        incident: &IncidentId,
        sharing: Sharing<'_>,
        batch: &mut Batch,
    ) -> Result<SharedIncident, ApiError> {
        let Sharing { circle, tier, mode, ledger, terms, tokens } = sharing;
        let (circle, dry_run) = (&circle, mode == Mode::DryRun);
        let Some(dossier) = self.dossier(incident) else {
            return Ok(refused(incident, "another organisation recorded it".to_owned()));
        };
        let record = dossier.record();
        let key = record.get(table::MANIFEST_KEY).and_then(ManifestKey::from_value);
        let key = key.ok_or_else(|| errors::internal("a dossier without its manifest secret"))?;
        let release = Release::new(tier, clock::now()).with_terms(terms);
        let Disclosure { mut facet, withheld, victims, .. } =
            match disclose(&dossier, &release.by(ledger), &key) {
                Ok(disclosure) => disclosure,
                Err(DisclosureError::Refused(refusal)) => {
                    let mut answer = refused(incident, refusal.to_string());
                    if self.withdraw(incident, &dossier, sharing, batch)? {
                        answer.outcome =
                            if dry_run { "would-withdraw" } else { "withdrawn" }.to_owned();
                    }
                    return Ok(answer);
                }
                Err(full @ DisclosureError::Full(_)) => {
                    return Ok(refused(incident, full.to_string()));
                }
            };
        set(&mut facet, META_INCIDENT, incident.to_string())?;
        set(&mut facet, META_ORIGIN, self.org().to_string())?;
        let nonce = record.text(META_NONCE).unwrap_or_default().to_owned();
        set(&mut facet, META_NONCE, nonce)?;
        if let Some(tokens) = tokens {
            tokens.write(&record, &mut facet, &victims)?;
        }
        let shared_path = shared_path(circle)?;
        let last: Option<Record> =
            record.text(shared_path.as_str()).and_then(|it| serde_json::from_str(it).ok());
        if mode == Mode::TakeBack
            && let Some(last) = &last
        {
            facet = less(last, &facet);
        }
        let mut changes = if mode == Mode::TakeBack && last.is_none() {
            BTreeMap::new()
        } else {
            changes(last.as_ref(), &facet)
        };
        let held = self.incident_document(&(*circle, facet_document(incident, circle)))?;
        let theirs = held.map(|held| paths_of(&held.record(), &victims)).unwrap_or_default();
        let theirs = theirs.into_iter().filter(|path| facet.get(path.as_str()).is_none());
        changes.extend(theirs.map(|path| (path, Change::Erase)));
        if mode == Mode::TakeBack && changes.keys().all(|path| path.is_under("disclosure")) {
            // What stays is committed to when something is shared.
            changes.clear();
        }
        let outcome = match (&last, changes.is_empty()) {
            (_, true) => "unchanged",
            (None, false) => {
                if dry_run {
                    "would-publish"
                } else {
                    "published"
                }
            }
            (Some(_), false) => {
                if dry_run {
                    "would-update"
                } else {
                    "updated"
                }
            }
        };
        if !dry_run && !changes.is_empty() {
            self.prepare_share(incident, circle, &facet, &changes, &shared_path, batch)?;
        }
        let is_key =
            |path: &FieldPath| table::is_key(path.segments().collect::<Vec<_>>().as_slice());
        let told = facet.iter().filter(|(path, _)| !is_key(path));
        Ok(SharedIncident {
            incident: *incident,
            fields: told.map(|(path, value)| (path.to_string(), json(value))).collect(),
            withheld: withheld
                .iter()
                .map(|(path, reason)| Withheld {
                    path: path.to_string(),
                    reason: reason.to_string(),
                })
                .collect(),
            outcome: outcome.to_owned(),
            reason: None,
        })
    }

    /// Empties the facet that was shared with a circle when consent does not allow it any more;
    /// whether it did. What partners have read, and its history, stay with them.
    fn withdraw(
        &self,
        incident: &IncidentId,
        dossier: &Document,
        sharing: Sharing<'_>,
        batch: &mut Batch,
    ) -> Result<bool, ApiError> {
        let circle = &sharing.circle;
        let (contested, dossier) = (contested(dossier), dossier.record());
        let shared_path = shared_path(circle)?;
        let last = dossier.text(shared_path.as_str());
        let Some(last) = last.and_then(|it| serde_json::from_str::<Record>(it).ok()) else {
            return Ok(false);
        };
        let tier = last.text(table::FACET_TIER).and_then(Tier::from_code).unwrap_or(Tier::Public);
        let consent = Consent::of(&dossier, &contested, sharing.ledger, clock::now())
            .with_terms(sharing.terms);
        if consent.allows(tier).is_ok() {
            return Ok(false);
        }
        if sharing.mode == Mode::DryRun {
            return Ok(true);
        }
        let schema = Schema::incident();
        let facet = facet_document(incident, circle);
        let held = self.incident_document(&(*circle, facet))?.map(|it| it.record());
        let write = self.prepare(circle, facet, &schema, |edit| {
            held.iter().flat_map(Record::iter).try_for_each(|(path, _)| edit.remove(path))
        })?;
        batch.facets.extend(write);
        let dossier = DocumentId::new(*incident.as_bytes());
        let write =
            self.prepare(&self.own.private, dossier, &schema, |edit| edit.remove(&shared_path))?;
        batch.dossiers.extend(write);
        Ok(true)
    }

    fn prepare_share(
        &self,
        incident: &IncidentId,
        circle: &CircleId,
        facet: &Record,
        changes: &BTreeMap<FieldPath, Change>,
        shared_path: &FieldPath,
        batch: &mut Batch,
    ) -> Result<(), ApiError> {
        let schema = Schema::incident();
        let write = self.prepare(circle, facet_document(incident, circle), &schema, |edit| {
            changes.iter().try_for_each(|(path, change)| change.write(edit, path))
        })?;
        batch.facets.extend(write);
        let text =
            serde_json::to_string(facet).map_err(|error| errors::internal(error.to_string()))?;
        let note = Value::Text(text);
        let dossier = DocumentId::new(*incident.as_bytes());
        let write =
            self.prepare(&self.own.private, dossier, &schema, |edit| edit.set(shared_path, &note))?;
        batch.dossiers.extend(write);
        Ok(())
    }
}

/// Where a dossier remembers what was shared with a circle.
pub(super) fn shared_path(circle: &CircleId) -> Result<FieldPath, ApiError> {
    let hex = circle.to_string();
    known_path(&format!("share/{}", hex.get(..40).unwrap_or_default()))
}

fn set(record: &mut Record, path: &str, text: String) -> Result<(), ApiError> {
    record
        .set(known_path(path)?, Value::Text(text))
        .map_err(|error| errors::usage(error.to_string()))
}

pub(super) fn json(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn refused(incident: &IncidentId, reason: String) -> SharedIncident {
    SharedIncident {
        incident: *incident,
        fields: BTreeMap::new(),
        withheld: Vec::new(),
        outcome: "refused".to_owned(),
        reason: Some(reason),
    }
}
