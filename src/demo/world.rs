//! What the chapters share: the partners, and what has been found so far.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use crate::{
    api::{ApiError, ErrorKind},
    demo::{
        DemoOptions, DemoPartner, DemoReport,
        cast::{Cast, PASSPHRASE},
        claims::Claims,
        wait::broken,
    },
    model::id::{CircleId, IncidentId},
};

/// The demo as it stands.
#[derive(Debug)]
pub(super) struct World {
    pub(super) cast: Cast,
    pub(super) claims: Claims,
    /// Numbers that were counted.
    pub(super) facts: BTreeMap<&'static str, u64>,
    pub(super) partners: Vec<DemoPartner>,
    /// Names of victims, as the lists and the partners' own records have them.
    pub(super) names: Vec<String>,
    story: Vec<String>,
    coalition: Option<CircleId>,
    circle: Option<CircleId>,
    record: Option<IncidentId>,
    last: Option<IncidentId>,
    /// Removed with everything in it when the demo is over.
    folder: Option<tempfile::TempDir>,
}

impl World {
    /// Makes the partners' homes: in a temporary folder, or where they are to be kept.
    pub(super) fn new(options: &DemoOptions) -> Result<Self, ApiError> {
        let (folder, path) = match &options.keep {
            Some(path) => (None, keep(path)?),
            None => {
                let folder = tempfile::Builder::new().prefix("ceiba-demo-").tempdir();
                let folder = folder.map_err(|error| {
                    let message = format!("there is no room for the partners' homes: {error}");
                    ApiError::new(ErrorKind::Storage, message).hint("name a folder with --keep DIR")
                })?;
                let path = folder.path().to_path_buf();
                (Some(folder), path)
            }
        };
        Ok(Self {
            cast: Cast::new(&path)?,
            claims: Claims::default(),
            facts: BTreeMap::new(),
            partners: Vec::new(),
            names: Vec::new(),
            story: Vec::new(),
            coalition: None,
            circle: None,
            record: None,
            last: None,
            folder,
        })
    }

    /// Adds a paragraph to the story.
    pub(super) fn tell(&mut self, paragraph: impl Into<String>) {
        self.story.push(paragraph.into());
    }

    /// Notes a number.
    pub(super) fn count(&mut self, name: &'static str, number: usize) -> u64 {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        self.facts.insert(name, number);
        number
    }

    pub(super) const fn set_coalition(&mut self, coalition: CircleId) {
        self.coalition = Some(coalition);
    }

    pub(super) const fn set_circle(&mut self, circle: CircleId) {
        self.circle = Some(circle);
    }

    pub(super) const fn set_record(&mut self, incident: IncidentId) {
        self.record = Some(incident);
    }

    /// The incident that was recorded after the removal.
    pub(super) const fn last(&self) -> Option<IncidentId> {
        self.last
    }

    pub(super) const fn set_last(&mut self, incident: IncidentId) {
        self.last = Some(incident);
    }

    /// The coalition of all three.
    pub(super) fn coalition(&self) -> Result<CircleId, ApiError> {
        self.coalition.ok_or_else(|| broken("no coalition was founded"))
    }

    /// The circle of two in it.
    pub(super) fn circle(&self) -> Result<CircleId, ApiError> {
        self.circle.ok_or_else(|| broken("no circle was made"))
    }

    /// The incident that all edit.
    pub(super) fn record(&self) -> Result<IncidentId, ApiError> {
        self.record.ok_or_else(|| broken("no incident was chosen"))
    }

    pub(super) fn into_report(mut self, took: Duration) -> DemoReport {
        if self.folder.is_none() {
            let paragraph = kept(&self.cast);
            self.tell(paragraph);
        }
        DemoReport {
            story: self.story,
            partners: self.partners,
            facts: self.facts,
            claims: self.claims.into_vec(),
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// Prepares a folder in which the homes are kept, and leaves the passphrase there.
fn keep(path: &std::path::Path) -> Result<PathBuf, ApiError> {
    let failed = |error: std::io::Error| {
        let message = format!("{} cannot be used: {error}", path.display());
        ApiError::new(ErrorKind::Storage, message).hint("choose another folder with --keep DIR")
    };
    std::fs::create_dir_all(path).map_err(failed)?;
    if std::fs::read_dir(path).map_err(failed)?.next().is_some() {
        let message = format!("{} is not empty", path.display());
        return Err(ApiError::new(ErrorKind::Refused, message)
            .hint("name a new or an empty folder with --keep DIR"));
    }
    std::fs::write(path.join("passphrase"), format!("{PASSPHRASE}\n")).map_err(failed)?;
    Ok(path.to_path_buf())
}

fn kept(cast: &Cast) -> String {
    let home = &cast.hoja.home;
    let passphrase = home.with_file_name("passphrase");
    format!(
        "The homes are kept. Look into one with `ceiba --home {} --passphrase-file {} status`. \
         Their passphrase is no secret: put nothing real into them.",
        home.display(),
        passphrase.display()
    )
}
