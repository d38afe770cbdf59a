//! The control socket: how the command line reaches the node that has a home open.
//!
//! `HOME/control.sock` is a Unix socket for its owner only: the home has mode 0700, the socket
//! 0600, and a connection from another user id is closed unread. One connection carries one
//! request:
//!
//! ```text
//! client                              node
//!   {"command":"status"}\n       ->
//!                                <-   {"progress":{"step":"…","done":3,"total":9}}\n   (any number)
//!                                <-   {"answer":"status","value":{…}}\n
//!                              or     {"error":{"kind":"not-found","message":"…","hints":[]}}\n
//! ```
//!
//! While a request takes long and has nothing to report, the node repeats its last progress line
//! every [`protocol::HEARTBEAT`], so that the client can tell a slow node from a dead one.
//! Lines are bounded while they are read ([`protocol::MAX_REQUEST_LINE`],
//! [`protocol::MAX_REPLY_LINE`]).

#[cfg(unix)]
pub mod client;
pub mod protocol;
#[cfg(unix)]
pub mod server;
#[cfg(unix)]
mod socket;

#[cfg(unix)]
pub use client::ControlClient;
#[cfg(unix)]
pub use server::{ControlServer, ProgressSender};
#[cfg(test)]
#[cfg(unix)]
mod tests;
