//! Requests and answers: the one vocabulary in which the command line, the control socket and the
//! node speak with each other.
//!
//! Every command of the command line is one [`Request`]; its `--json` output is the answer's value
//! as serialised here, so these types are the documented, stable JSON of ceiba: fields are added,
//! never renamed or removed within a major version.

pub mod alert;
pub mod answer;
pub mod backend;
pub mod board;
pub mod board_views;
pub mod bundle;
pub mod cap;
pub mod control;
pub mod device;
pub mod error;
pub mod evidence;
pub mod export;
pub mod figures;
pub mod import;
pub mod joint;
pub mod linkage;
pub mod network;
pub mod notify;
pub mod openrosa;
pub mod peer;
pub mod progress;
pub mod reach;
pub mod request;
pub mod statement;
pub mod verification;
pub mod vocabulary;

pub use answer::Answer;
pub use backend::Backend;
pub use error::{ApiError, ErrorKind};
pub use progress::Progress;
pub use request::Request;
