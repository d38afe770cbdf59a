//! HTTP: the OpenRosa endpoint, by which phones send to their organisation's node.
//!
//! ```text
//! phone ══TLS or loopback══▶ server   connections, time-outs        I/O
//!                              │ hyper
//!                              ▼
//!                            answer   route ▶ host ▶ version ▶ guard ▶ size ▶ form
//!                              │        │                      │
//!                        upload│     routes         auth, nonces, limiter   pure
//!                    multipart ▼
//!                     sealed on disk ──▶ Handle: the node decides and keeps
//! ```
//!
//! What is promised and what is not: `proto/openrosa.md`.

mod answer;
pub mod auth;
mod guard;
pub mod limiter;
pub mod multipart;
pub mod nonces;
mod places;
mod reply;
pub mod routes;
mod server;
mod tls;
mod upload;

pub use server::{Options, Server, TlsFiles};

/// Bytes of one request. Phones split what is larger over several.
pub const MAX_REQUEST_BYTES: u64 = 128 * 1024 * 1024;
