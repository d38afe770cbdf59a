//! `ceiba bundle`

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::size;
use crate::{
    api::{ApiError, ErrorKind, Request, bundle::BundleRequest},
    cli::{
        failure::{Failure, file_error, own_error},
        input::Input,
        session::Session,
    },
};

/// Carry records, keys and decisions in sealed files, where no network reaches
///
/// A bundle has what a sync would bring, sealed to the devices of its recipients: on a stick, by a
/// courier, by whatever moves files. Nobody else can open it or see for whom it is. What can be
/// seen: that it is a file of this size, with bytes that look random; who knows ceiba will guess
/// what it is.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba bundle export --to \"Casa Norte\" --out /media/stick\n  ceiba bundle import /media/stick/*.bin"
)]
pub(crate) enum Bundle {
    Export(Export),
    Import(Import),
    Inspect(Inspect),
}

/// Write what partners may have into sealed files
///
/// Decisions and keys come first, then alerts, then records, and what partners have signed that they
/// hold. Each recipient gets what it may have and nothing else: where they may have different
/// things there are files for each. A partner that has just joined gets all that it needs.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba bundle export --to \"Casa Norte\" --to 91bb04e7 --max-size 10MB --since-receipt"
)]
pub(crate) struct Export {
    /// Organisation (all its devices), or the beginning of a device's id; can be repeated
    #[arg(long, value_name = "ORG|DEVICE", required = true)]
    to: Vec<String>,
    /// Only of this circle
    #[arg(long, value_name = "CIRCLE")]
    circle: Option<String>,
    /// Bytes of one file at most: 500KB, 10MB, 2GiB; left out: one file, however large
    #[arg(long, value_name = "SIZE", value_parser = size::bytes)]
    max_size: Option<u64>,
    /// Leave out the entries that all recipients have signed that they hold; not for a device that was
    /// restored from a backup since
    #[arg(long)]
    since_receipt: bool,
    /// Existing folder to write into; left out: the current one
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Carry a request to join that `ceiba join --request-out` wrote; can be repeated
    #[arg(long, value_name = "FILE")]
    join_request: Vec<PathBuf>,
}

/// Take what sealed files bring, in any order
///
/// Taking a file again changes nothing. Give all parts of an export: what is missing is told.
/// Without a file, what waits in the home is taken again. A part that waits for an earlier one of
/// the same partner is kept in the home, still sealed, until that comes. A file that was cut off or
/// changed is not taken at all.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_help = "Example:\n  ceiba bundle import /media/stick/*.bin")]
pub(crate) struct Import {
    /// The files
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Show who made a sealed file and what is in it, and take nothing
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ceiba bundle inspect /media/stick/k3v7q2ma.bin")]
pub(crate) struct Inspect {
    /// The file
    file: PathBuf,
}

impl Bundle {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let request = self.request(&mut session.input)?;
        session.ask_and_show(request)
    }

    pub(crate) fn request(self, input: &mut Input) -> Result<Request, ApiError> {
        Ok(Request::Bundle(match self {
            Self::Export(args) => args.request(input)?,
            Self::Import(Import { files }) => {
                let files = files.iter().map(|file| absolute(file)).collect::<Result<_, _>>()?;
                BundleRequest::Import { files }
            }
            Self::Inspect(Inspect { file }) => BundleRequest::Inspect { file: absolute(&file)? },
        }))
    }
}

impl Export {
    fn request(self, input: &mut Input) -> Result<BundleRequest, ApiError> {
        let Self { to, circle, max_size, since_receipt, out, join_request } = self;
        let out = absolute(out.as_deref().unwrap_or_else(|| Path::new(".")))?;
        let requests = join_request.iter().map(|file| input.join_file(file));
        let join_requests = requests.collect::<Result<_, _>>()?;
        let max_bytes = max_size.unwrap_or_default();
        Ok(BundleRequest::Export { to, circle, max_bytes, since_receipt, out, join_requests })
    }
}

/// The node that reads or writes the file may run in another folder.
fn absolute(path: &Path) -> Result<String, ApiError> {
    let found =
        std::path::absolute(path).map_err(|error| file_error("error-cannot-read", path, &error))?;
    found.into_os_string().into_string().map_err(|_not_utf8| {
        let given = [("file", path.display().to_string())];
        own_error(ErrorKind::Usage, "error-not-utf8", &given)
    })
}
