//! `ceiba evidence`

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand, ValueEnum};

use super::duration::seconds;
use crate::{
    api::{
        ApiError, Request,
        evidence::{EvidenceRequest, StorePlace},
    },
    cli::failure::file_error,
};

/// Keep, fetch and share files of evidence: photos, recordings, documents up to 2 GiB
///
/// An original is sealed in this organisation's private circle and never leaves it. What partners
/// get is a copy, an item of its own, without what the file says of place, time, device and
/// author.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Example:
  ceiba evidence add 5c1e90ab foto.jpg --type photo
  ceiba evidence share kqzvte --release restricted
  ceiba incident share 5c1e90ab --circle \"Defensa Amazónica\" --tier restricted"
)]
pub(crate) enum Evidence {
    Add(Box<Add>),
    List(List),
    Get(Get),
    Share(Box<Share>),
    Offload(Offload),
    Recall(Recall),
    Policy(Policy),
}

impl Evidence {
    pub(crate) fn request(self) -> Result<Request, ApiError> {
        Ok(Request::Evidence(match self {
            Self::Add(args) => args.request()?,
            Self::List(args) => EvidenceRequest::List { incident: args.incident },
            Self::Get(args) => args.request()?,
            Self::Share(args) => args.request()?,
            Self::Offload(args) => args.request()?,
            Self::Recall(args) => args.request()?,
            Self::Policy(args) => args.request(),
        }))
    }
}

/// Seal a file and record it as an item of an own incident
///
/// SHA-256, size, type, day of capture and the first events of custody are recorded by themselves.
/// The file itself stays where it is as well: delete it there if it must not be found.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba evidence add 5c1e90ab foto.jpg --type photo --description \"The bridge after the fire\""
)]
pub(crate) struct Add {
    /// The own incident: its id, or a prefix of it
    incident: String,
    /// The file
    file: PathBuf,
    /// Code of the type: photo, video, audio, statement, threat_message, …
    #[arg(long = "type", value_name = "CODE")]
    kind: String,
    /// What can be seen, heard or read
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// When it was made; without it, the day that the file says
    #[arg(long, value_name = "DATE")]
    captured_at: Option<String>,
    /// Who made it; stays in the dossier
    #[arg(long, value_name = "NAME")]
    captured_by: Option<String>,
    /// What it was made with; stays in the dossier
    #[arg(long, value_name = "TEXT")]
    device: Option<String>,
}

impl Add {
    fn request(self) -> Result<EvidenceRequest, ApiError> {
        let fields = filled([
            ("type", Some(self.kind)),
            ("description", self.description),
            ("captured_at", self.captured_at),
            ("captured_by", self.captured_by),
            ("device", self.device),
        ]);
        let file = absolute(&self.file)?;
        Ok(EvidenceRequest::Add { incident: self.incident, file, fields })
    }
}

/// List items of evidence and where their files are
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba evidence list 5c1e90ab")]
pub(crate) struct List {
    /// Only those of this incident: its id, or a prefix of it
    incident: Option<String>,
}

/// Open the file of an item; it is fetched from partners first if it is not here
///
/// What was fetched in part goes on from there, also after a break or a restart, from whichever
/// partners have it. The opened file is not sealed any more: delete it when it is not needed.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba evidence get 5c1e90ab/kqzvte --out foto.jpg"
)]
pub(crate) struct Get {
    /// The item: KEY, or INCIDENT/KEY
    #[arg(value_name = "EVIDENCE")]
    item: String,
    /// Where to write it; nothing may be there yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The small picture instead
    #[arg(long)]
    thumbnail: bool,
    /// How long to wait while nothing comes: 90s, 30m, 12h
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = seconds)]
    timeout: u64,
}

impl Get {
    fn request(self) -> Result<EvidenceRequest, ApiError> {
        let Self { item, out, thumbnail, timeout } = self;
        Ok(EvidenceRequest::Get { item, out: absolute(&out)?, thumbnail, timeout })
    }
}

/// Make a copy of an own item that can be shared, as an item of its own
///
/// Of pictures (JPEG, PNG, WebP), recordings (WAV, MP3) and plain text, all is taken out that the
/// file says of itself; what is to be seen and heard stays. Whatever else is refused. A face, a
/// voice or a place in the picture are for a person to cover: give the result with --redacted.
/// The copy leaves with the next `ceiba incident share` if a person says --identifies no of it, or
/// if all whom the incident concerns agreed to pictures and voices (consent/scopes/story_image).
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Example:
  ceiba evidence share kqzvte --release coalition --identifies no
  ceiba evidence share kqzvte --redacted foto-covered.png --identifies no --release coalition"
)]
pub(crate) struct Share {
    /// The item: KEY, or INCIDENT/KEY
    #[arg(value_name = "EVIDENCE")]
    item: String,
    /// The most open tier that the copy may reach: restricted, coalition, public
    #[arg(long, value_name = "TIER")]
    release: String,
    /// Take this file as the copy
    #[arg(long, value_name = "FILE")]
    redacted: Option<PathBuf>,
    /// Copy the file as it is, with all that it says of place, time, device and author
    #[arg(long)]
    unscrubbed: bool,
    /// Whether somebody, or a place, is to be recognised in the copy: look at it first
    #[arg(long, value_name = "yes|no", value_parser = ["yes", "no"])]
    identifies: Option<String>,
    /// What can be seen, heard or read in the copy
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// When it was made, as exact as partners may know it; not taken over by itself
    #[arg(long, value_name = "DATE")]
    captured_at: Option<String>,
}

impl Share {
    fn request(self) -> Result<EvidenceRequest, ApiError> {
        let Self { item, release, redacted, unscrubbed, identifies, description, captured_at } =
            self;
        let redacted = redacted.map(|file| absolute(&file)).transpose()?;
        let fields = filled([
            ("identifies", identifies),
            ("description", description),
            ("captured_at", captured_at),
        ]);
        Ok(EvidenceRequest::Share { item, redacted, unscrubbed, release, fields })
    }
}

/// An S3-compatible store of files.
///
/// Its credentials come from a file, or from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the
/// node's environment.
#[derive(Debug, Args)]
struct Place {
    /// The bucket
    #[arg(long)]
    bucket: String,
    /// Before each name in the bucket
    #[arg(long, default_value = "ceiba")]
    prefix: String,
    /// Address of a store other than Amazon's: https://…
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// The region
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// File with two lines, the key's name and the key; otherwise the node's environment has them
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
}

impl Place {
    fn place(self) -> Result<StorePlace, ApiError> {
        let Self { bucket, prefix, endpoint, region, credentials } = self;
        let credentials = credentials.map(|file| absolute(&file)).transpose()?;
        Ok(StorePlace { bucket, prefix, endpoint, region, credentials })
    }
}

/// Keep an item's sealed file in an S3-compatible store
///
/// Only ciphertext goes there; the key stays in the record. Needs a ceiba with the feature s3.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba evidence offload kqzvte --bucket archivo --endpoint https://s3.example.org --credentials s3.txt"
)]
pub(crate) struct Offload {
    /// The item: KEY, or INCIDENT/KEY
    #[arg(value_name = "EVIDENCE")]
    item: String,
    #[command(flatten)]
    place: Place,
    /// Remove it from this home once all of it was read back from there: then it is nowhere else
    #[arg(long)]
    free: bool,
}

impl Offload {
    fn request(self) -> Result<EvidenceRequest, ApiError> {
        let Self { item, place, free } = self;
        Ok(EvidenceRequest::Store { item, place: place.place()?, fetch: false, free })
    }
}

/// Fetch an item's sealed file from an S3-compatible store
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba evidence recall kqzvte --bucket archivo --endpoint https://s3.example.org --credentials s3.txt"
)]
pub(crate) struct Recall {
    /// The item: KEY, or INCIDENT/KEY
    #[arg(value_name = "EVIDENCE")]
    item: String,
    #[command(flatten)]
    place: Place,
}

impl Recall {
    fn request(self) -> Result<EvidenceRequest, ApiError> {
        let Self { item, place } = self;
        Ok(EvidenceRequest::Store { item, place: place.place()?, fetch: true, free: false })
    }
}

/// What is fetched without being asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Fetch {
    /// Nothing
    Nothing,
    /// Small pictures
    Thumbnails,
    /// Files too, up to a size
    All,
}

/// Say or choose what this node fetches by itself, circle by circle
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ceiba evidence policy --circle \"Defensa Amazónica\" --fetch all --max-size 5000000"
)]
pub(crate) struct Policy {
    /// Name or id of the circle
    #[arg(long)]
    circle: Option<String>,
    /// What to fetch without being asked
    #[arg(long, value_enum, requires = "circle")]
    fetch: Option<Fetch>,
    /// Bytes of the largest file that is fetched unasked
    #[arg(long, value_name = "BYTES", default_value_t = 10_000_000)]
    max_size: u64,
}

impl Policy {
    fn request(self) -> EvidenceRequest {
        let fetch = self.fetch.map(|fetch| match fetch {
            Fetch::Nothing => "nothing",
            Fetch::Thumbnails => "thumbnails",
            Fetch::All => "all",
        });
        let fetch = fetch.map(ToOwned::to_owned);
        EvidenceRequest::Policy { circle: self.circle, fetch, max_bytes: self.max_size }
    }
}

/// The path as the node finds it, whatever folder it runs in.
fn absolute(path: &Path) -> Result<PathBuf, ApiError> {
    std::path::absolute(path).map_err(|error| file_error("error-cannot-read", path, &error))
}

fn filled<const N: usize>(fields: [(&str, Option<String>); N]) -> BTreeMap<String, String> {
    let given = fields.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?)));
    given.collect()
}
