//! Where the command line meets the node: every call that is not a request.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::Serialize;
use zeroize::Zeroizing;

use super::failure::own_error;
use crate::{
    api::{ApiError, Backend, ErrorKind, Progress, network::Network},
    crypto::{Passphrase, WorkFactor},
    demo,
    model::id::{DeviceId, OrgId},
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

/// How to run a node.
pub struct RunOptions {
    /// The home.
    pub home: PathBuf,
    /// Opens the keystore.
    pub passphrase: Zeroizing<String>,
    /// Multiaddrs to listen on; none means the node's defaults.
    pub listen: Vec<String>,
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
    /// Requests are taken on the control socket.
    Ready,
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

/// Runs a node until it is told to stop.
pub(crate) fn run(options: RunOptions, events: &mut dyn FnMut(RunEvent)) -> Result<(), ApiError> {
    let RunOptions { home, passphrase, listen, network } = options;
    let passphrase = Passphrase::new(&passphrase);
    node::run::run(&home, passphrase, listen, network, &mut |event| events(event.into()))
}

impl From<node::run::RunEvent> for RunEvent {
    fn from(event: node::run::RunEvent) -> Self {
        match event {
            node::run::RunEvent::Opened { org_name, peer_id } => Self::Opened { org_name, peer_id },
            node::run::RunEvent::Listening { address } => Self::Listening { address },
            node::run::RunEvent::Ready => Self::Ready,
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
