//! Fetching rows in batches, and writing them.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Serialize;

use super::{
    confirm::confirmed,
    files::{NewFile, Sink, beside, failed, refuse_existing},
};
use crate::{
    api::{
        Answer, ApiError, Backend, ErrorKind, Progress, Request,
        export::{Audience, ExportAnswer, ExportRequest, Plan, Row, Rows},
        request::IncidentFilter,
    },
    cli::{
        failure::{Failure, own_error},
        input::write_new_file,
        render,
        session::Session,
        ui::ProgressDisplay,
    },
    exchange::out::{
        About, Acts, GeoJson, Hxl, Incidents, OpenSdg, OutError, Parquet, Tally, Uwazi, UwaziZip,
        Writer, acts_mapping, uwazi_template, within,
    },
    model::{id::IncidentId, registry::Tier, vocabulary::Language},
};

/// Incidents in one batch: little enough that the node answers others in between.
const BATCH: usize = 200;

/// What the file is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Format {
    Csv { bom: bool },
    Acts { bom: bool },
    Hxl,
    OpenSdg,
    GeoJson,
    Parquet,
    UwaziCsv { language: Language },
    UwaziZip { language: Language },
}

impl Format {
    const fn name(self) -> &'static str {
        match self {
            Self::Csv { .. } => "csv",
            Self::Acts { .. } => "csv-acts",
            Self::Hxl => "hxl",
            Self::OpenSdg => "open-sdg",
            Self::GeoJson => "geojson",
            Self::Parquet => "parquet",
            Self::UwaziCsv { .. } => "uwazi-csv",
            Self::UwaziZip { .. } => "uwazi-zip",
        }
    }

    fn writer(self, out: Sink, plan: &Plan) -> Result<Box<dyn Writer>, OutError> {
        let tier = plan.tier;
        Ok(match self {
            Self::Csv { bom } => Box::new(Incidents::new(out, tier, bom)?),
            Self::Acts { bom } => Box::new(Acts::new(out, tier, bom)?),
            Self::Hxl => Box::new(Hxl::new(out, tier)?),
            Self::OpenSdg => Box::new(Figures {
                out: Some(out),
                tally: Tally::new(plan.adopted_violations.clone()),
            }),
            Self::GeoJson => Box::new(GeoJson::new(out, tier)?),
            Self::Parquet => Box::new(Parquet::new(out, tier)?),
            Self::UwaziCsv { language } => Box::new(Uwazi::new(out, tier, language)?),
            Self::UwaziZip { language } => Box::new(UwaziZip::new(out, tier, language)?),
        })
    }
}

/// Counts what it gets, and writes the figures.
struct Figures {
    out: Option<Sink>,
    tally: Tally,
}

impl Writer for Figures {
    fn row(&mut self, row: &Row) -> Result<(), OutError> {
        self.tally.add(row);
        Ok(())
    }

    fn left_out(&self) -> BTreeMap<&'static str, u64> {
        self.tally.left_out().clone()
    }

    fn finish(mut self: Box<Self>, _about: &About) -> Result<(), OutError> {
        let Some(out) = self.out.take() else { return Ok(()) };
        let mut file = OpenSdg::new(out, &Tally::DIMENSIONS)?;
        self.tally.observations().try_for_each(|it| file.observation(&it))?;
        file.finish()
    }
}

/// One export of rows.
#[derive(Debug)]
pub(super) struct Export {
    pub(super) format: Format,
    pub(super) tier: Tier,
    pub(super) out: PathBuf,
    pub(super) confirm: Option<String>,
    pub(super) filter: IncidentFilter,
    pub(super) mapping: Option<PathBuf>,
}

/// What came of it: what `--json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Exported {
    /// What the export says of itself.
    #[serde(flatten)]
    pub(crate) about: About,
    /// Where it is; none if nothing was written.
    pub(crate) path: Option<String>,
    /// Files that were written beside it.
    pub(crate) beside: Vec<String>,
    /// Why incidents were withheld, with the number of each reason. Stays here: the file beside
    /// the export has the sum alone.
    pub(crate) reasons: BTreeMap<String, u64>,
    /// What of the board is in it, where it is no export of incidents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) board: Option<OfBoard>,
}

/// What of the board is in an export.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct OfBoard {
    /// Cards.
    pub(crate) cards: usize,
    /// Entries of the calendar, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) entries: Option<usize>,
}

impl Export {
    pub(super) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let exported = self.carry(session)?;
        let fruitless = exported.path.is_none();
        if session.ui.is_json() {
            session.ui.json(&exported)?;
        } else {
            session.ui.text(&render::exported(&exported, session.ui.tongue()))?;
        }
        if fruitless { Err(Failure::Fruitless(ErrorKind::Refused)) } else { Ok(()) }
    }

    fn carry(self, session: &mut Session<'_>) -> Result<Exported, ApiError> {
        let companions = self.companions()?;
        for path in companions.iter().map(|(path, _)| path).chain([&self.sidecar(), &self.out]) {
            refuse_existing(path)?;
        }
        let confirmed = confirmed(session, self.tier, self.confirm.as_deref())?;
        let Self { format, tier, out, filter, .. } = &self;
        let audience = Audience {
            tier: *tier,
            confirmed,
            circle: filter.circle.clone(),
            statistics: matches!(format, Format::OpenSdg),
        };
        let filter = Box::new(filter.clone());
        let first = request(ExportRequest::Plan { audience: audience.clone(), filter });
        let mut backend = session.connect(&first)?;
        let mut display = session.ui.progress();
        let plan = plan(&mut *backend, first, &mut display)?;
        let mut about = About::new(format.name(), &plan);
        let file = NewFile::create(out)?;
        let mut writer = format.writer(file.sink(), &plan).map_err(|error| failed(out, error))?;
        let mut reasons = BTreeMap::new();
        let total = plan.incidents.len() as u64;
        for (done, chunk) in (0_u64..).step_by(BATCH).zip(plan.incidents.chunks(BATCH)) {
            display.show(&Progress::of("exporting", done, total));
            let rows = rows(&mut *backend, &audience, chunk, &mut display)?;
            for row in &rows.rows {
                within(&row.record, *tier)
                    .and_then(|()| writer.row(row))
                    .map_err(|error| failed(out, error))?;
                about.incidents += 1;
            }
            for (reason, number) in rows.withheld {
                about.withheld += number;
                *reasons.entry(reason).or_default() += number;
            }
        }
        for (reason, number) in writer.left_out() {
            about.incidents = about.incidents.saturating_sub(number);
            about.withheld += number;
            *reasons.entry(reason.to_owned()).or_default() += number;
        }
        display.clear();
        if about.incidents == 0 && about.withheld > 0 {
            return Ok(Exported { about, path: None, beside: Vec::new(), reasons, board: None });
        }
        writer.finish(&about).map_err(|error| failed(out, error))?;
        about.files.push(file.keep()?);
        let sidecar = (self.sidecar(), about.to_json());
        let mut beside = Vec::new();
        for (path, content) in companions.into_iter().chain([sidecar]) {
            write_new_file(&path, &content)?;
            beside.push(path.display().to_string());
        }
        let path = Some(self.out.display().to_string());
        Ok(Exported { about, path, beside, reasons, board: None })
    }

    fn sidecar(&self) -> PathBuf {
        beside(&self.out, ".export.json")
    }

    /// Files that go along, which hang on nothing but the order.
    fn companions(&self) -> Result<Vec<(PathBuf, Vec<u8>)>, ApiError> {
        let mut files = Vec::new();
        if let Format::UwaziCsv { language } = self.format {
            let template = uwazi_template(self.tier, language);
            files.push((beside(&self.out, ".template.json"), template));
        }
        if let Some(path) = &self.mapping {
            let name = self.out.file_stem().unwrap_or_default().to_string_lossy();
            let mapping = acts_mapping(self.tier, &name)
                .ok_or_else(|| own_error(ErrorKind::Usage, "error-export-no-mapping", &[]))?;
            files.push((path.clone(), mapping.into_bytes()));
        }
        Ok(files)
    }
}

pub(super) const fn request(request: ExportRequest) -> Request {
    Request::Export(request)
}

/// Asks, and passes progress on.
pub(super) fn ask(
    backend: &mut dyn Backend,
    request: Request,
    display: &mut ProgressDisplay,
) -> Result<ExportAnswer, ApiError> {
    let answer = backend.call(request, &mut |progress| display.show(&progress))?;
    if let Answer::Export(answer) = answer { Ok(answer) } else { Err(strange()) }
}

/// The node answered what was not asked.
pub(super) fn strange() -> ApiError {
    own_error(ErrorKind::Internal, "error-export-strange", &[])
}

pub(super) fn plan(
    backend: &mut dyn Backend,
    request: Request,
    display: &mut ProgressDisplay,
) -> Result<Plan, ApiError> {
    match ask(backend, request, display)? {
        ExportAnswer::Plan(plan) => Ok(plan),
        ExportAnswer::Rows(_) | ExportAnswer::Records(_) => Err(strange()),
    }
}

fn rows(
    backend: &mut dyn Backend,
    audience: &Audience,
    incidents: &[IncidentId],
    display: &mut ProgressDisplay,
) -> Result<Rows, ApiError> {
    let (audience, incidents) = (audience.clone(), incidents.to_vec());
    match ask(backend, request(ExportRequest::Rows { audience, incidents }), display)? {
        ExportAnswer::Rows(rows) => Ok(rows),
        ExportAnswer::Plan(_) | ExportAnswer::Records(_) => Err(strange()),
    }
}
