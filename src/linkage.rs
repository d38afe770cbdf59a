//! Same event, many organisations: which claims may be of one event, and which are held to be.
//!
//! Claims are never merged. Candidates are proposed with their reasons, a person judges, and
//! clusters follow from the judgements.

pub mod clusters;
pub mod judgement;

pub use clusters::{Cluster, Clusters, Contradiction, PairState};
pub use judgement::{Judgement, Pair, Verdict};
