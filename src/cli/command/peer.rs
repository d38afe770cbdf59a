//! `ceiba peer`

use clap::Subcommand;

use crate::api::Request;

/// Remember partners' addresses, list partners' devices
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  ceiba peer list")]
pub(crate) enum Peer {
    /// Remember the address of a partner's device
    ///
    /// `ceiba status` on that device shows its addresses.
    #[command(
        verbatim_doc_comment,
        after_help = "Example:\n  ceiba peer add /dns4/ceiba.example.org/udp/4710/quic-v1/p2p/12D3KooWAbCdEf"
    )]
    Add {
        /// Multiaddr that ends in /p2p/ and the device's peer id
        #[arg(value_name = "ADDR")]
        address: String,
    },
    /// List partners' devices and how they are reached
    #[command(after_help = "Example:\n  ceiba peer list --json")]
    List,
}

impl Peer {
    pub(crate) fn request(self) -> Request {
        match self {
            Self::Add { address } => Request::PeerAdd { address },
            Self::List => Request::PeerList,
        }
    }
}
