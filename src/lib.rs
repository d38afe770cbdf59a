//! ceiba keeps one shared incident registry for partner organisations, without one shared server.
//!
//! Modules are layers; imports go downwards only (a test keeps it so):
//!
//! ```text
//! cli                       clap, one file a command
//! demo                      three partners on one computer; every claim is checked
//! web                       HTTP: the OpenRosa endpoint for phones
//! node                      the actor that joins everything; clock and entropy live here
//! exchange  net             import of files │ the only home of libp2p
//! board                     the views of the board: questions to cards, registry and network
//! view  figures             read models: the merged view │ what may be counted; the reports
//! linkage                   same event, many organisations: candidates and clusters
//! blob                      bytes of evidence: sealed segments, their store and exchange
//! replica                   one device's state of all its circles: statements, logs, keys
//! sync                      sans-I/O engine and sessions
//! store                     journal and index
//! log  membership  doc      entries and runs │ who is in │ the only home of automerge
//! crypto  api               keys, signatures, seals │ requests, answers, the control socket
//! wire                      protobuf bytes
//! model                     ids, time, limits, registry, disclosure
//! ```

pub mod api;
pub mod blob;
pub mod board;
pub mod cli;
pub mod crypto;
pub mod demo;
pub mod doc;
pub mod exchange;
pub mod figures;
pub mod linkage;
pub mod log;
pub mod membership;
pub mod model;
pub mod net;
pub mod node;
pub mod replica;
pub mod store;
pub mod sync;
pub mod view;
pub mod web;
pub mod wire;
