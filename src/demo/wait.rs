//! Waiting, with limits: for a step to end, and for a condition to come true.

use std::time::Duration;

use crate::api::{ApiError, ErrorKind};

/// How long one chapter may take; many times what it takes on a slow computer.
const STEP_LIMIT: Duration = Duration::from_secs(120);
/// How long a condition may take to come true.
const LIMIT: Duration = Duration::from_secs(45);
/// Pause between two looks at a condition.
const LOOK: Duration = Duration::from_millis(20);

/// Runs one step; its error, or that it took too long, names the step.
pub(super) async fn step<T>(
    title: &str,
    doing: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    match tokio::time::timeout(STEP_LIMIT, doing).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            let message = format!("the demo stopped at \"{title}\": {}", error.message);
            Err(ApiError { message, ..error })
        }
        Err(_elapsed) => {
            let seconds = STEP_LIMIT.as_secs();
            Err(late(format!("the demo stopped at \"{title}\": not done after {seconds} s")))
        }
    }
}

/// Looks until a condition holds.
///
/// # Errors
/// When it does not hold within the limit, or looking fails.
pub(super) async fn until(
    what: &str,
    mut look: impl AsyncFnMut() -> Result<bool, ApiError>,
) -> Result<(), ApiError> {
    let looking = async {
        while !look().await? {
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    };
    match tokio::time::timeout(LIMIT, looking).await {
        Ok(found) => found,
        Err(_elapsed) => Err(late(format!("waited {} s for this: {what}", LIMIT.as_secs()))),
    }
}

fn late(message: String) -> ApiError {
    ApiError::new(ErrorKind::Network, message)
        .hint("the partners speak over loopback (127.0.0.1): see that nothing blocks it")
        .hint("run `ceiba demo --keep DIR` and look at the partners' homes afterwards")
}

/// Something that cannot be, unless the program is broken.
pub(super) fn broken(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorKind::Internal, message)
}
