//! OpenRosa, as ODK Collect, KoboCollect and Tella speak it: forms out, submissions in. Pure: bytes
//! to values and back; HTTP is elsewhere.
//!
//! ```text
//! questions.tsv ─▶ form  ─▶ XForm (three languages) ─▶ phone
//!                       └─▶ mapping ────────────┐
//! phone ─▶ XML ─▶ xml (bounded) ─▶ instance ─▶ one row ─▶ take, plan … as any list
//!                                          └─▶ decide: new, again, edit, conflict
//! ```
//!
//! A submission is one row of a list whose columns are its questions (`group/name`), so that what
//! mappings can do for lists they do for forms, and importing it twice makes nothing twice.

pub mod decide;
pub mod form;
pub mod host;
pub mod instance;
pub mod response;
pub mod settings;
pub mod xform;

pub use super::xml;

pub use self::{
    decide::{Conflict, Decision, Early, Edited, Known, decide},
    form::{Form, built_in},
    instance::{Submission, SubmissionError, normal},
};
