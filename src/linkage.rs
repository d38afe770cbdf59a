//! Same event, many organisations: which claims may be of one event, and which are held to be.
//!
//! Claims are never merged. Candidates are proposed with their reasons, a person judges, and
//! clusters follow from the judgements.

pub mod acts;
pub mod candidates;
pub mod claim;
pub mod clusters;
pub mod dates;
pub mod fields;
pub mod judgement;
pub mod names;
pub mod people;
pub mod persons;
pub mod place;
pub mod tokens;

pub use candidates::{Candidate, Reason, Scope, Strength, candidates};
pub use claim::{Claim, Victim};
pub use clusters::{Cluster, Clusters, Contradiction, PairState};
pub use judgement::{Judgement, Pair, Verdict};
pub use persons::{Person, VictimRef, persons};
