//! The partners: three invented organisations, each with its own home and node.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    api::{Answer, ApiError, Request},
    crypto::{Passphrase, WorkFactor},
    demo::wait::broken,
    model::id::OrgId,
    node::{
        Handle,
        actor::NetOptions,
        home::{self, InitOptions},
    },
};

/// Seals the partners' keystores. Everybody knows it: these homes hold synthetic incidents only.
pub(super) const PASSPHRASE: &str = "everybody knows this passphrase";
/// Where each node listens: a port that the system chooses, for TCP and for QUIC.
const LISTEN: [&str; 2] = ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"];
/// How long a node may take to stop.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// One partner.
#[derive(Debug)]
pub(super) struct Partner {
    /// Its name in full.
    pub(super) name: &'static str,
    pub(super) home: PathBuf,
    pub(super) org: OrgId,
    node: Option<Handle>,
}

/// All partners.
#[derive(Debug)]
pub(super) struct Cast {
    /// Founds the coalition and has the list.
    pub(super) hoja: Partner,
    /// Joins as a steward, and is in the circle.
    pub(super) nube: Partner,
    /// Joins as a member, and is removed later.
    pub(super) sendero: Partner,
}

impl Cast {
    /// Makes the partners' homes.
    pub(super) fn new(folder: &Path) -> Result<Self, ApiError> {
        Ok(Self {
            hoja: Partner::new(folder, "hoja", "Colectivo Hoja de Papel")?,
            nube: Partner::new(folder, "nube", "Observatorio Nube Quieta")?,
            sendero: Partner::new(folder, "sendero", "Red Sendero Imaginario")?,
        })
    }

    pub(super) const fn all(&self) -> [&Partner; 3] {
        [&self.hoja, &self.nube, &self.sendero]
    }

    pub(super) const fn all_mut(&mut self) -> [&mut Partner; 3] {
        [&mut self.hoja, &mut self.nube, &mut self.sendero]
    }

    /// Tells the partners each other's addresses, as people do: ports are new at each start.
    pub(super) async fn introduce(&self) -> Result<(), ApiError> {
        for partner in self.all() {
            let addresses = partner.addresses().await?;
            for other in self.all().into_iter().filter(|other| other.org != partner.org) {
                for address in &addresses {
                    other.ask(Request::PeerAdd { address: address.clone() }).await?;
                }
            }
        }
        Ok(())
    }

    /// Stops whoever runs, as far as it lets itself be stopped.
    pub(super) async fn stop_all(&mut self) {
        for partner in self.all_mut() {
            if let Err(error) = partner.stop().await {
                tracing::warn!(message = error.message, "a partner's node did not stop in order");
            }
        }
    }
}

impl Partner {
    fn new(folder: &Path, short: &str, name: &'static str) -> Result<Self, ApiError> {
        let home = folder.join(short);
        let made = home::init(&InitOptions {
            home: &home,
            org: name,
            device: "demo",
            passphrase: &Passphrase::new(PASSPHRASE),
            work: WorkFactor::LOWEST,
        })?;
        Ok(Self { name, home, org: made.org, node: None })
    }

    /// Opens the node with its network.
    pub(super) async fn start(&mut self) -> Result<(), ApiError> {
        let listen = LISTEN.iter().map(|address| (*address).to_owned()).collect();
        self.open(Some(NetOptions { listen, running: true, ..NetOptions::default() })).await
    }

    /// Opens the node without any network: nothing comes in or goes out.
    pub(super) async fn start_cut_off(&mut self) -> Result<(), ApiError> {
        self.open(None).await
    }

    async fn open(&mut self, net: Option<NetOptions>) -> Result<(), ApiError> {
        self.stop().await?;
        let node = Handle::start(&self.home, Passphrase::new(PASSPHRASE), net).await?;
        self.node = Some(node);
        Ok(())
    }

    /// Stops the node in an orderly way: network, journal, index.
    pub(super) async fn stop(&mut self) -> Result<(), ApiError> {
        let Some(node) = self.node.take() else { return Ok(()) };
        let stopped = tokio::time::timeout(STOP_LIMIT, node.stop()).await;
        stopped.map_err(|_elapsed| broken(format!("the node of {} did not stop", self.name)))?
    }

    async fn addresses(&self) -> Result<Vec<String>, ApiError> {
        let addresses = self.node()?.listening().await?;
        if addresses.is_empty() {
            return Err(broken(format!("the node of {} listens nowhere", self.name)));
        }
        Ok(addresses)
    }

    /// Waits until the node listens wherever it was told to.
    pub(super) async fn listens(&self) -> Result<bool, ApiError> {
        Ok(self.addresses().await?.len() >= LISTEN.len())
    }

    /// Asks the node, as a command of `ceiba` does.
    pub(super) async fn ask(&self, request: Request) -> Result<Answer, ApiError> {
        self.node()?.call(request, |_progress| {}).await
    }

    fn node(&self) -> Result<&Handle, ApiError> {
        self.node.as_ref().ok_or_else(|| broken(format!("the node of {} is stopped", self.name)))
    }
}
