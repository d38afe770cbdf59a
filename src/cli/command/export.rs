//! `ceiba export`

mod archive;
mod confirm;
mod files;
mod rows;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use self::rows::{Export as Order, Format};
pub(crate) use self::{
    confirm::confirmed,
    files::folder_of,
    rows::{Exported, OfBoard},
};
use super::{filters::Filters, incident::Tier};
use crate::{
    cli::{failure::Failure, session::Session},
    model::{registry::Tier as ModelTier, vocabulary::Language},
};

/// Write incidents, or all of your own data, into files of other programs
///
/// A file has what its tier may see of each incident, made less exact as the tier wants it, and what
/// consent allows today; the rest is withheld and counted. Beside the file stands FILE.export.json,
/// which says for whom it is. Files are new, for their owner only, and not encrypted.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba export csv --tier coalition --out incidents.csv --country CO --from 2024"
)]
pub(crate) enum Export {
    Csv(Box<Csv>),
    Hxl(Box<Hxl>),
    OpenSdg(Box<OpenSdg>),
    Geojson(Box<Geojson>),
    Parquet(Box<Parquet>),
    Uwazi(Box<Uwazi>),
    Archive(Archive),
    Check(Check),
}

impl Export {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        match self {
            Self::Csv(args) => args.order().run(session),
            Self::Hxl(args) => args.target.order(Format::Hxl).run(session),
            Self::OpenSdg(args) => args.order().run(session),
            Self::Geojson(args) => args.target.order(Format::GeoJson).run(session),
            Self::Parquet(args) => args.target.order(Format::Parquet).run(session),
            Self::Uwazi(args) => args.order().run(session),
            Self::Archive(args) => archive::write(session, &args.out, args.confirm.as_deref()),
            Self::Check(args) => archive::check(session, &args.folder),
        }
    }
}

/// For whom, where to, and which incidents.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// For whom
    ///
    /// Nothing more closed goes into the file, and it goes as exact as this tier may know it.
    #[arg(long, value_enum)]
    tier: Tier,
    /// The new file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The tier once more, if it is restricted or sealed
    ///
    /// Whoever exports it stands for it. Else you are asked to type it; --json needs it.
    #[arg(long, value_name = "TIER")]
    confirm: Option<String>,
    #[command(flatten)]
    filters: Filters,
}

impl Target {
    fn order(self, format: Format) -> Order {
        let Self { tier, out, confirm, filters } = self;
        Order { format, tier: tier.tier(), out, confirm, filter: filters.filter(), mapping: None }
    }
}

/// Plain CSV: all fields of the tier, one row an incident
///
/// Values of lists stand in one cell with | between them. A text that a spreadsheet would run as a
/// formula (it begins with =, +, - or @) gets an apostrophe in front, which an import into ceiba
/// takes away again; numbers stay.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba export csv --tier public --out incidents.csv --violation killing"
)]
pub(crate) struct Csv {
    #[command(flatten)]
    target: Target,
    /// One row an act, with its victim and its perpetrators
    #[arg(long)]
    acts: bool,
    /// Begin with a byte order mark, so that Excel reads letters with accents
    #[arg(long)]
    bom: bool,
    /// Write also the mapping by which ceiba imports the file again
    ///
    /// For acts of restricted or sealed data: else a record lacks what an incident needs.
    #[arg(long, value_name = "FILE", requires = "acts")]
    mapping: Option<PathBuf>,
}

impl Csv {
    fn order(self) -> Order {
        let Self { target, acts, bom, mapping } = self;
        let format = if acts { Format::Acts { bom } } else { Format::Csv { bom } };
        Order { mapping, ..target.order(format) }
    }
}

/// CSV with the hashtags of the Humanitarian Exchange Language (HXL)
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba export hxl --tier coalition --out incidents.hxl.csv")]
pub(crate) struct Hxl {
    #[command(flatten)]
    target: Target,
}

/// Counts of verified incidents by year, country and type, as Open SDG loads them
///
/// Incidents count that are verified (v3 or v4) and whose consent covers statistics. The figures of
/// indicator 16.10.1 are those of the report.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba export open-sdg --out indicator.csv --from 2020"
)]
pub(crate) struct OpenSdg {
    /// The new file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    filters: Filters,
}

impl OpenSdg {
    fn order(self) -> Order {
        let Self { out, filters } = self;
        Order {
            format: Format::OpenSdg,
            tier: ModelTier::Public,
            out,
            confirm: None,
            filter: filters.filter(),
            mapping: None,
        }
    }
}

/// GeoJSON for maps: points only for restricted and sealed, else the codes of the place
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba export geojson --tier restricted --out map.geojson --circle Amazonia"
)]
pub(crate) struct Geojson {
    #[command(flatten)]
    target: Target,
}

/// Parquet: typed columns for programs that compute
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba export parquet --tier coalition --out incidents.parquet")]
pub(crate) struct Parquet {
    #[command(flatten)]
    target: Target,
}

/// The language of the labels of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Labels {
    /// English
    En,
    /// Spanish
    Es,
    /// Portuguese
    Pt,
}

impl Labels {
    const fn language(self) -> Language {
        match self {
            Self::En => Language::English,
            Self::Es => Language::Spanish,
            Self::Pt => Language::Portuguese,
        }
    }
}

/// ZIP or CSV as Uwazi imports it, with the template that it needs
///
/// A FILE that ends in .csv is CSV, with the template beside it as FILE.template.json; any other is a
/// ZIP with both. Keep to one language: Uwazi makes a new value of each label that it does not know.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba export uwazi --tier public --out uwazi.zip --labels es"
)]
pub(crate) struct Uwazi {
    #[command(flatten)]
    target: Target,
    /// Language of labels
    #[arg(long, value_enum, default_value = "en")]
    labels: Labels,
}

impl Uwazi {
    fn order(self) -> Order {
        let language = self.labels.language();
        let is_csv = self.target.out.extension().is_some_and(|it| it.eq_ignore_ascii_case("csv"));
        let format =
            if is_csv { Format::UwaziCsv { language } } else { Format::UwaziZip { language } };
        self.target.order(format)
    }
}

/// Everything that this organisation wrote, sealed fields too, as plain files that last
///
/// A new folder with one file of JSON Lines for each kind of record, digests for `sha256sum`, and a
/// README for who has to check it without ceiba.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba export archive --out archive-2026 --confirm sealed"
)]
pub(crate) struct Archive {
    /// The new folder
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The word sealed
    ///
    /// Whoever exports it stands for it. Else you are asked to type it; --json needs it.
    #[arg(long, value_name = "TIER")]
    confirm: Option<String>,
}

/// Check an archive: every digest, every line, every count
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba export check archive-2026")]
pub(crate) struct Check {
    /// The archive's folder
    folder: PathBuf,
}
