//! Where the command line meets the node: every call that is not a request.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::Serialize;
use zeroize::Zeroizing;

use super::failure::own_error;
use crate::{
    api::{ApiError, Backend, ErrorKind, Progress, device::DeviceDraft, network::Network},
    crypto::{Passphrase, RecoveryWords, WorkFactor},
    demo,
    model::id::{CircleId, DeviceId, OrgId},
    node::{self, local::LocalNode},
};

pub use crate::demo::{Claim, DemoOptions, DemoReport};

/// How to open a home for one command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenOptions {
    /// Whether the command dials partners.
    pub network: bool,
}

/// What a new home is made of.
pub struct InitOptions {
    /// Where; made with mode 0700, must not hold a node yet.
    pub home: PathBuf,
    /// The organisation's name.
    pub org: String,
    /// The device's label.
    pub device: String,
    /// Seals the keystore.
    pub passphrase: Zeroizing<String>,
}

impl fmt::Debug for InitOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InitOptions").field("home", &self.home).field("org", &self.org).finish()
    }
}

/// A new home.
pub struct Initialised {
    /// The organisation.
    pub org: OrgId,
    /// Its first device.
    pub device: DeviceId,
    /// The device's libp2p peer id.
    pub peer_id: String,
    /// The recovery words, separated by spaces; shown once and kept nowhere.
    pub words: Zeroizing<String>,
}

impl fmt::Debug for Initialised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Initialised").field("org", &self.org).finish_non_exhaustive()
    }
}

/// How to make the home of a further device.
pub struct RequestOptions {
    /// Where; made with mode 0700, or a home that waits for its certificate.
    pub home: PathBuf,
    /// The organisation.
    pub org: OrgId,
    /// The device's label.
    pub label: String,
    /// Seals the keystore.
    pub passphrase: Zeroizing<String>,
}

impl fmt::Debug for RequestOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestOptions").field("home", &self.home).field("org", &self.org).finish()
    }
}

/// A home that waits for its certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Requested {
    /// The organisation that is asked.
    pub org: OrgId,
    /// The device.
    pub device: DeviceId,
    /// What it calls itself.
    pub label: String,
    /// What both machines show.
    pub fingerprint: String,
    /// The request, to be taken to the organisation.
    pub request: String,
}

/// How to complete a further device.
pub struct AcceptOptions {
    /// The home that waits.
    pub home: PathBuf,
    /// The certificate's text.
    pub certificate: String,
    /// Opens the keystore.
    pub passphrase: Zeroizing<String>,
}

impl fmt::Debug for AcceptOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptOptions").field("home", &self.home).finish()
    }
}

/// What a machine is about to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entering {
    /// The organisation's name.
    pub org_name: String,
    /// What people call the device.
    pub label: String,
    /// Its role.
    pub role: String,
    /// The organisation's private circle.
    pub private: CircleId,
    /// What both machines show.
    pub fingerprint: String,
}

/// A device of its organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// The organisation.
    pub org: OrgId,
    /// Its name.
    pub org_name: String,
    /// The device.
    pub device: DeviceId,
    /// What people call it.
    pub label: String,
    /// Its role.
    pub role: String,
    /// Circles that it takes part in, the private one included.
    pub circles: usize,
    /// Addresses of the organisation's devices that came with it.
    pub addresses: usize,
}

/// How to run a node.
pub struct RunOptions {
    /// The home.
    pub home: PathBuf,
    /// Opens the keystore.
    pub passphrase: Zeroizing<String>,
    /// Multiaddrs to listen on; none means the node's defaults.
    pub listen: Vec<String>,
    /// The endpoint for phones, if it is to be open.
    pub openrosa: Option<crate::web::Options>,
    /// How the link is used.
    pub network: Network,
}

impl fmt::Debug for RunOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunOptions")
            .field("home", &self.home)
            .field("listen", &self.listen)
            .field("network", &self.network)
            .finish()
    }
}

/// What a running node tells whoever started it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum RunEvent {
    /// The home is open.
    Opened {
        /// The organisation's name.
        org_name: String,
        /// The device's libp2p peer id.
        peer_id: String,
    },
    /// The node listens.
    Listening {
        /// Full multiaddr, with `/p2p/<PeerId>`.
        address: String,
    },
    /// Phones can send.
    #[serde(rename = "openrosa")]
    OpenRosa {
        /// The address of the endpoint.
        address: String,
    },
    /// Requests are taken on the control socket.
    Ready,
    /// An alert waits for this organisation.
    AlertWaits,
    /// Something that a person should know.
    Notice {
        /// One sentence.
        message: String,
    },
    /// The node has stopped in an orderly way.
    Stopped,
}

/// Refuses a folder in which there is no node, before anybody is asked for a passphrase.
pub(crate) fn require_home(home: &Path) -> Result<(), ApiError> {
    if home.is_dir() {
        return Ok(());
    }
    let given = [("home", home.display().to_string())];
    Err(own_error(ErrorKind::NotFound, "error-no-node", &given))
}

/// Waits until a node that was told to stop has let go of its home.
pub(crate) fn wait_until_free(home: &Path) -> Result<(), ApiError> {
    if node::home::comes_free(home)? {
        return Ok(());
    }
    let given = [("home", home.display().to_string())];
    Err(own_error(ErrorKind::Locked, "error-still-stopping", &given))
}

/// Opens a home for one command.
pub(crate) fn open_local(
    home: &Path,
    passphrase: Zeroizing<String>,
    options: OpenOptions,
) -> Result<Box<dyn Backend>, ApiError> {
    let node = LocalNode::open(home, Passphrase::new(&passphrase), options.network)?;
    Ok(Box::new(node))
}

/// Makes a home.
pub(crate) fn init(options: InitOptions) -> Result<Initialised, ApiError> {
    let InitOptions { home, org, device, passphrase } = options;
    let made = node::home::init(&node::home::InitOptions {
        home: &home,
        org: &org,
        device: &device,
        passphrase: &Passphrase::new(&passphrase),
        work: WorkFactor::DEFAULT,
    })?;
    let node::home::Initialised { org, device, peer_id, words } = made;
    Ok(Initialised { org, device, peer_id, words })
}

/// Makes the home of a further device and its request.
pub(crate) fn request_device(options: RequestOptions) -> Result<Requested, ApiError> {
    let RequestOptions { home, org, label, passphrase } = options;
    let made = node::home::request_device(&node::home::RequestOptions {
        home: &home,
        org: &org,
        label: &label,
        passphrase: &Passphrase::new(&passphrase),
        work: WorkFactor::DEFAULT,
    })?;
    let node::home::Requested { org, device, label, request, fingerprint } = made;
    Ok(Requested { org, device, label, fingerprint, request })
}

/// Completes a further device with its certificate.
pub(crate) fn accept_device(
    options: AcceptOptions,
    confirm: &mut dyn FnMut(&Entering) -> Result<(), ApiError>,
) -> Result<Accepted, ApiError> {
    let AcceptOptions { home, certificate, passphrase } = options;
    let passphrase = Passphrase::new(&passphrase);
    let made = node::home::accept_device(&home, &passphrase, &certificate, &mut |entering| {
        let node::home::Entering { org_name, label, role, private, fingerprint } = entering.clone();
        let role = node::device::role_name(role).to_owned();
        confirm(&Entering { org_name, label, role, private, fingerprint })
    })?;
    let node::home::Accepted { org, org_name, device, label, role, circles, addresses } = made;
    let role = node::device::role_name(role).to_owned();
    Ok(Accepted { org, org_name, device, label, role, circles, addresses })
}

/// What a person wants who certifies this request, and what both machines show.
pub(crate) fn to_certify(
    request: &str,
    role: &str,
) -> Result<(node::device::draft::Purpose, String), ApiError> {
    let request = node::device::DeviceRequest::parse(request)?;
    let fingerprint = request.fingerprint();
    let role = node::device::role_by_name(role)
        .ok_or_else(|| own_error(ErrorKind::Internal, "error-device-draft", &[]))?;
    Ok((node::device::draft::Purpose::Certify(Box::new(request), role), fingerprint))
}

/// Signs what a node drafted, with the root key that comes from the recovery words.
pub(crate) fn sign_draft(
    draft: &DeviceDraft,
    purpose: &node::device::draft::Purpose,
    words: &str,
) -> Result<node::device::draft::SignedDraft, ApiError> {
    let words = RecoveryWords::parse(words).map_err(|error| {
        own_error(ErrorKind::Locked, "error-words", &[("reason", error.to_string())])
    })?;
    let (manifest, certificate) = (draft.manifest.clone(), draft.certificate.clone());
    let draft = node::device::Draft { manifest, certificate, previous: draft.previous.clone() };
    draft.sign(purpose, &words).map_err(|error| match error {
        node::device::DraftError::OtherWords => {
            own_error(ErrorKind::Locked, "error-other-words", &[])
        }
        node::device::DraftError::Otherwise => {
            own_error(ErrorKind::Refused, "error-device-otherwise", &[])
        }
        node::device::DraftError::Unreadable => {
            own_error(ErrorKind::Internal, "error-device-draft", &[])
        }
    })
}

/// Runs a node until it is told to stop.
pub(crate) fn run(options: RunOptions, events: &mut dyn FnMut(RunEvent)) -> Result<(), ApiError> {
    let RunOptions { home, passphrase, listen, network, openrosa } = options;
    let passphrase = Passphrase::new(&passphrase);
    let door = openrosa.map(open_door);
    node::run::run(&home, passphrase, listen, door, network, &mut |event| events(event.into()))
}

/// Opens the endpoint for phones once the node is there.
fn open_door(options: crate::web::Options) -> node::run::OpenDoor {
    Box::new(move |handle| {
        Box::pin(async move {
            let server = crate::web::Server::open(&options, handle).await?;
            let address = server
                .address()
                .map_err(|error| ApiError::new(ErrorKind::Network, error.to_string()))?;
            Ok(node::run::Door { address, serve: Box::pin(server.serve()) })
        })
    })
}

impl From<node::run::RunEvent> for RunEvent {
    fn from(event: node::run::RunEvent) -> Self {
        match event {
            node::run::RunEvent::Opened { org_name, peer_id } => Self::Opened { org_name, peer_id },
            node::run::RunEvent::Listening { address } => Self::Listening { address },
            node::run::RunEvent::OpenRosa { address } => Self::OpenRosa { address },
            node::run::RunEvent::Ready => Self::Ready,
            node::run::RunEvent::AlertWaits => Self::AlertWaits,
            node::run::RunEvent::Notice { message } => Self::Notice { message },
            node::run::RunEvent::Stopped => Self::Stopped,
        }
    }
}

/// Runs the demo.
pub(crate) fn demo(
    options: DemoOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<DemoReport, ApiError> {
    demo::run(&options, progress)
}
