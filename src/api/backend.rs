//! Whoever answers requests: a running node behind its control socket, or a home opened for one
//! command.

use super::{Answer, ApiError, Progress, Request};

/// Answers one request at a time.
pub trait Backend {
    /// Carries out one request and reports progress on the way.
    ///
    /// # Errors
    ///
    /// The node's refusal or failure, with what to do next.
    fn call(
        &mut self,
        request: Request,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer, ApiError>;
}
