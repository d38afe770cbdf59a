//! What may leave the dossier, and to whom.
pub use crate::model::registry::Tier;
