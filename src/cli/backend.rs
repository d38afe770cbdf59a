//! Who answers: a running node, or the home opened for one command.

use std::{fmt, path::PathBuf};

use zeroize::Zeroizing;

use super::{
    failure::own_error,
    seams::{
        self, AcceptOptions, Accepted, DemoOptions, DemoReport, Entering, InitOptions, Initialised,
        OpenOptions, RequestOptions, Requested, RunEvent, RunOptions,
    },
};
use crate::api::{ApiError, Backend, ErrorKind, Progress, Request};

/// A home, and how to get its passphrase if it has to be opened.
pub struct Place<'a> {
    /// The home.
    pub home: PathBuf,
    /// Reads or asks for the passphrase.
    pub passphrase: &'a mut dyn FnMut() -> Result<Zeroizing<String>, ApiError>,
}

impl fmt::Debug for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("home", &self.home).finish()
    }
}

/// Everything that the command line wants of nodes; behind a trait so that tests can stand in.
pub trait Nodes {
    /// Somebody to answer a request.
    ///
    /// # Errors
    ///
    /// If there is no node in the home, or it cannot be opened.
    fn connect(
        &mut self,
        place: Place<'_>,
        request: &Request,
    ) -> Result<Box<dyn Backend>, ApiError>;

    /// Makes a home.
    ///
    /// # Errors
    ///
    /// If there is one already, or it cannot be written.
    fn init(&mut self, options: InitOptions) -> Result<Initialised, ApiError>;

    /// Makes the home of a further device and its request.
    ///
    /// # Errors
    ///
    /// If there is another home already, or it cannot be written.
    fn request_device(&mut self, options: RequestOptions) -> Result<Requested, ApiError> {
        seams::request_device(options)
    }

    /// Completes a further device with its certificate.
    ///
    /// # Errors
    ///
    /// If the home does not wait for one, it is not for it, or nobody confirms what it enters.
    fn accept_device(
        &mut self,
        options: AcceptOptions,
        confirm: &mut dyn FnMut(&Entering) -> Result<(), ApiError>,
    ) -> Result<Accepted, ApiError> {
        seams::accept_device(options, confirm)
    }

    /// Runs a node until it is told to stop.
    ///
    /// # Errors
    ///
    /// If the home cannot be opened, or no address can be listened on.
    fn run(
        &mut self,
        options: RunOptions,
        events: &mut dyn FnMut(RunEvent),
    ) -> Result<(), ApiError>;

    /// Runs the demo.
    ///
    /// # Errors
    ///
    /// If it cannot be carried out; a claim that does not hold is in the report.
    fn demo(
        &mut self,
        options: DemoOptions,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<DemoReport, ApiError>;
}

/// The nodes of this computer.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealNodes;

impl Nodes for RealNodes {
    /// Asks the running node, and opens the home if none runs.
    fn connect(
        &mut self,
        place: Place<'_>,
        request: &Request,
    ) -> Result<Box<dyn Backend>, ApiError> {
        if let Some(running) = running_node(&place)? {
            return Ok(running);
        }
        seams::require_home(&place.home)?;
        if matches!(request, Request::Shutdown) {
            let given = [("home", place.home.display().to_string())];
            return Err(own_error(ErrorKind::NotFound, "error-no-node-runs", &given));
        }
        let passphrase = (place.passphrase)()?;
        let options = OpenOptions { network: wants_network(request) };
        seams::open_local(&place.home, passphrase, options)
    }

    fn init(&mut self, options: InitOptions) -> Result<Initialised, ApiError> {
        seams::init(options)
    }

    fn run(
        &mut self,
        options: RunOptions,
        events: &mut dyn FnMut(RunEvent),
    ) -> Result<(), ApiError> {
        seams::run(options, events)
    }

    fn demo(
        &mut self,
        options: DemoOptions,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<DemoReport, ApiError> {
        seams::demo(options, progress)
    }
}

#[cfg(unix)]
fn running_node(place: &Place<'_>) -> Result<Option<Box<dyn Backend>>, ApiError> {
    let found = crate::api::control::ControlClient::find(&place.home)?;
    Ok(found.map(|client| Box::new(client) as Box<dyn Backend>))
}

/// Elsewhere nodes have no control socket yet, so none can be found; the home's lock refuses a
/// second process.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
fn running_node(_place: &Place<'_>) -> Result<Option<Box<dyn Backend>>, ApiError> {
    Ok(None)
}

/// Whether a request is pointless in a home that is opened without network.
const fn wants_network(request: &Request) -> bool {
    matches!(
        request,
        Request::Join { .. }
            | Request::Sync { .. }
            | Request::Evidence(crate::api::evidence::EvidenceRequest::Get { .. })
    )
}
