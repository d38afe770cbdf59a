//! A home that is opened in this process for one command.

use std::{path::Path, time::Duration};

use crate::{
    api::{Answer, ApiError, Backend, Progress, Request},
    crypto::Passphrase,
    node::{Handle, actor::NetOptions, errors},
};

/// How long running tasks may still take when the command is done.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// A node for one command.
#[derive(Debug)]
pub struct LocalNode {
    runtime: Option<tokio::runtime::Runtime>,
    handle: Option<Handle>,
}

impl LocalNode {
    /// Opens a home, with a network if the command needs one.
    ///
    /// # Errors
    /// When the home cannot be opened.
    pub fn open(home: &Path, passphrase: Passphrase, network: bool) -> Result<Self, ApiError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| errors::internal(error.to_string()))?;
        let net = network.then(NetOptions::default);
        let handle = runtime.block_on(Handle::start(home, passphrase, net))?;
        Ok(Self { runtime: Some(runtime), handle: Some(handle) })
    }
}

impl Backend for LocalNode {
    fn call(
        &mut self,
        request: Request,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer, ApiError> {
        let (Some(runtime), Some(handle)) = (&self.runtime, &self.handle) else {
            return Err(errors::internal("the node is closed"));
        };
        let (reports, mut reported) = tokio::sync::mpsc::channel(16);
        let handle = handle.clone();
        let answer = runtime.spawn(async move {
            // What a slow terminal does not take is not worth waiting for.
            handle.call(request, move |it| drop(reports.try_send(it))).await
        });
        runtime.block_on(async {
            while let Some(report) = reported.recv().await {
                progress(report);
            }
            answer.await.map_err(|error| errors::internal(error.to_string()))?
        })
    }
}

impl Drop for LocalNode {
    fn drop(&mut self) {
        if let (Some(runtime), Some(handle)) = (self.runtime.take(), self.handle.take()) {
            if let Err(error) = runtime.block_on(handle.stop()) {
                tracing::error!(message = error.message, "the home was not closed in order");
            }
            runtime.shutdown_timeout(SHUTDOWN);
        }
    }
}
