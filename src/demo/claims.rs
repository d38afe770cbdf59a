//! What is claimed, and whether it was found to hold.

use serde::Serialize;

/// One checked claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// The claim, one sentence.
    pub claim: String,
    /// Whether it held.
    pub held: bool,
}

/// The claims so far, in the order in which they were checked.
#[derive(Debug, Default)]
pub(super) struct Claims(Vec<Claim>);

impl Claims {
    /// Notes what was found. Looked up on the nodes' real state by the caller.
    pub(super) fn check(&mut self, claim: impl Into<String>, held: bool) {
        self.0.push(Claim { claim: claim.into(), held });
    }

    pub(super) fn into_vec(self) -> Vec<Claim> {
        self.0
    }
}
