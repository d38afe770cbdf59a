//! Bundles to and from files. The actor gives and takes items, a portion at a time, so that it
//! serves others in between; files are read and written on a thread of their own.

mod exporting;
mod files;
mod importing;
pub(in crate::node) mod series;
mod waiting;

use crate::{
    api::{Answer, ApiError, Progress, bundle::BundleRequest},
    node::{Handle, Node, errors},
};

/// Bytes of items that the actor gives or takes in one go.
const PORTION_BYTES: usize = 1024 * 1024;

/// How a thread beside the actor asks it.
struct Door {
    handle: Handle,
    runtime: tokio::runtime::Handle,
}

impl Door {
    /// Does something with the node; waits until it is durable.
    fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Node) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        self.runtime.block_on(self.handle.with(work))
    }
}

impl Handle {
    /// Answers a request about bundles.
    pub(super) async fn bundle(
        &self,
        request: BundleRequest,
        progress: impl Fn(Progress) + Send + 'static,
    ) -> Result<Answer, ApiError> {
        let door = Door { handle: self.clone(), runtime: tokio::runtime::Handle::current() };
        let work = move || match request {
            BundleRequest::Export { to, circle, max_bytes, since_receipt, out, join_requests } => {
                let wishes =
                    exporting::Wishes { to, circle, max_bytes, since_receipt, out, join_requests };
                exporting::export(&door, wishes, &progress)
                    .map(|exported| Answer::BundleExported(Box::new(exported)))
            }
            BundleRequest::Import { files } => importing::import(&door, files, &progress)
                .map(|imported| Answer::BundleImported(Box::new(imported))),
            BundleRequest::Inspect { file } => importing::inspect(&door, &file)
                .map(|inspected| Answer::BundleInspected(Box::new(inspected))),
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| errors::internal(error.to_string()))?
    }
}

#[cfg(test)]
mod tests;
