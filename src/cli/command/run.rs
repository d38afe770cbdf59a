//! `ceiba run`

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

use super::rate;
use crate::{
    api::network::Network,
    cli::{
        failure::Failure,
        render,
        seams::{self, RunEvent, RunOptions},
        session::Session,
    },
    web::{self, TlsFiles},
};

/// Run the node in the foreground, until SIGINT or SIGTERM
///
/// Listens for partners, dials them, and keeps everything in sync. While it runs, other commands
/// reach it through the control socket in its home and need no passphrase. Its log goes to
/// standard error; -v says more.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  ceiba run --listen /ip4/0.0.0.0/udp/4710/quic-v1\n  ceiba run --openrosa 127.0.0.1:8080"
)]
pub(crate) struct Run {
    /// Address to listen on, as a multiaddr; repeatable
    #[arg(long, value_name = "MULTIADDR")]
    listen: Vec<String>,
    /// Open the door for ODK Collect, KoboCollect and Tella here
    ///
    /// Without a certificate on this computer alone: 127.0.0.1:8080, behind a proxy that has one.
    #[arg(long, value_name = "ADDRESS:PORT", verbatim_doc_comment)]
    openrosa: Option<SocketAddr>,
    /// Certificate for phones, with those that it is signed by (PEM)
    #[arg(long, value_name = "FILE", requires_all = ["openrosa", "openrosa_key"])]
    openrosa_certificate: Option<PathBuf>,
    /// The certificate's key (PEM)
    #[arg(long, value_name = "FILE", requires_all = ["openrosa", "openrosa_certificate"])]
    openrosa_key: Option<PathBuf>,
    /// Address by which phones reach the door, if it is another
    #[arg(long, value_name = "URL", requires = "openrosa")]
    openrosa_url: Option<String>,
    /// How much all sessions carry together: 20kbit/s, 2Mbit/s
    #[arg(long, value_name = "RATE", value_parser = rate::bits)]
    bandwidth_limit: Option<u64>,
    /// The link is paid for: no blobs, fewer announcements, digests before lists
    #[arg(long)]
    metered: bool,
    /// Find partners on the same local network; it shows everybody there that a ceiba is here
    #[arg(long)]
    nearby: bool,
    /// Let partners reach each other through this node
    ///
    /// Up to 120 calls an hour of each device, 32 MiB each; --bandwidth-limit does not count them.
    #[arg(long, verbatim_doc_comment, conflicts_with = "metered")]
    relay: bool,
    /// Tell partners no address of this node, but those at their relays
    ///
    /// Who calls through a relay is met there and nowhere else. Partners that this node calls
    /// still see where it is.
    #[arg(long, verbatim_doc_comment)]
    hide_address: bool,
}

impl Run {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Result<(), Failure> {
        let home = session.home()?;
        seams::require_home(&home)?;
        let passphrase = session.passphrase()?;
        let tls = self.openrosa_certificate.zip(self.openrosa_key);
        let tls = tls.map(|(certificate, key)| TlsFiles { certificate, key });
        let url = self.openrosa_url;
        let openrosa = self.openrosa.map(|listen| web::Options { listen, tls, url });
        let network = Network {
            bandwidth_limit: self.bandwidth_limit,
            metered: self.metered,
            nearby: self.nearby,
            relay: self.relay,
            hide_address: self.hide_address,
            ..Network::default()
        };
        let options = RunOptions { home, passphrase, listen: self.listen, network, openrosa };
        let ui = &mut *session.ui;
        // A node does not stop because nobody reads what it says.
        let mut unread = None;
        session.nodes.run(options, &mut |event| {
            let shown = if ui.is_json() {
                ui.json(&event)
            } else {
                if event == RunEvent::AlertWaits {
                    // Who does not hear it reads it.
                    drop(ui.ring());
                }
                ui.text(&render::run_event(&event, ui.tongue()))
            };
            if let Err(failure) = shown.and_then(|()| ui.flush()) {
                unread.get_or_insert(failure);
            }
        })?;
        unread.map_or(Ok(()), Err)
    }
}
