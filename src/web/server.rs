//! Connections: who may have how many, TLS, and time-outs.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_rustls::TlsAcceptor;

use super::{answer::Desk, tls};
use crate::{
    api::{ApiError, ErrorKind},
    node::Handle,
};

/// Connections at once.
const MAX_CONNECTIONS: usize = 256;
/// Connections from one address at once. Not of loopback: behind a proxy all come from there.
const MAX_PER_ADDRESS: usize = 16;
/// How long the headers of a request may take, and a connection may wait for the next one.
const HEADERS: Duration = Duration::from_secs(20);
/// How long the handshake of TLS may take.
const HANDSHAKE: Duration = Duration::from_secs(15);
/// How long one connection may last.
const CONNECTION: Duration = Duration::from_secs(3 * 60 * 60);
/// Bytes that headers may take.
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// Headers of one request.
const MAX_HEADERS: usize = 64;
/// Pause when the system gives no more connections.
const EXHAUSTED: Duration = Duration::from_millis(200);

/// Where certificate and key are, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, with those that it is signed by.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// How the endpoint is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Where to listen.
    pub listen: SocketAddr,
    /// With TLS; without, on loopback only.
    pub tls: Option<TlsFiles>,
    /// The address by which phones reach it, if it is another, for example that of a proxy.
    pub url: Option<String>,
}

/// The open endpoint.
pub struct Server {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    desk: Arc<Desk>,
    connections: Arc<Semaphore>,
    per_address: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

impl Server {
    /// Listens. Nothing is answered before [`Self::serve`].
    ///
    /// # Errors
    /// When the address is taken, or is not loopback and there is no TLS, or certificate or key do
    /// not read.
    pub async fn open(options: &Options, handle: Handle) -> Result<Self, ApiError> {
        if options.tls.is_none() && !options.listen.ip().is_loopback() {
            return Err(ApiError::new(
                ErrorKind::Usage,
                "without TLS the OpenRosa endpoint listens on this computer alone",
            )
            .hint("give --openrosa-certificate and --openrosa-key, or listen on 127.0.0.1 behind a proxy"));
        }
        let tls = options.tls.as_ref().map(tls::acceptor).transpose()?;
        let listener = TcpListener::bind(options.listen).await.map_err(|error| {
            let text = format!("cannot listen on {}: {error}", options.listen);
            ApiError::new(ErrorKind::Network, text)
        })?;
        let desk = Desk::new(handle, tls.is_some(), options.url.clone()).await?;
        let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        Ok(Self { listener, tls, desk: Arc::new(desk), connections, per_address: Arc::default() })
    }

    /// The address at which it listens: `https://192.0.2.1:8443`.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> std::io::Result<String> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        Ok(format!("{scheme}://{}", self.listener.local_addr()?))
    }

    /// Answers until it is dropped.
    pub async fn serve(self) {
        // Connections end with the server.
        let mut open = tokio::task::JoinSet::new();
        loop {
            while open.try_join_next().is_some() {}
            let (stream, from) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::debug!(%error, "a connection was not accepted");
                    tokio::time::sleep(EXHAUSTED).await;
                    continue;
                }
            };
            let Ok(permit) = Arc::clone(&self.connections).try_acquire_owned() else { continue };
            let Some(place) = Place::take(&self.per_address, from.ip()) else { continue };
            let (tls, desk) = (self.tls.clone(), Arc::clone(&self.desk));
            open.spawn(async move {
                let served = connection(stream, tls, desk, from.ip());
                if tokio::time::timeout(CONNECTION, served).await.is_err() {
                    tracing::debug!("a connection lasted too long");
                }
                drop((permit, place));
            });
        }
    }
}

/// A place among the connections of one address.
struct Place {
    taken: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
    from: IpAddr,
}

impl Place {
    fn take(taken: &Arc<Mutex<BTreeMap<IpAddr, usize>>>, from: IpAddr) -> Option<Self> {
        let mut counts = taken.lock().ok()?;
        let count = counts.entry(from).or_default();
        if *count >= MAX_PER_ADDRESS && !from.is_loopback() {
            return None;
        }
        *count = count.saturating_add(1);
        drop(counts);
        Some(Self { taken: Arc::clone(taken), from })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Ok(mut counts) = self.taken.lock() else { return };
        if let Some(count) = counts.get_mut(&self.from) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.from);
            }
        }
    }
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, desk: Arc<Desk>, from: IpAddr) {
    let Some(acceptor) = tls else { return requests(stream, desk, from).await };
    match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => requests(stream, desk, from).await,
        Ok(Err(_)) | Err(_) => tracing::debug!("a handshake of TLS failed"),
    }
}

async fn requests(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    desk: Arc<Desk>,
    from: IpAddr,
) {
    let service = service_fn(move |request| {
        let desk = Arc::clone(&desk);
        async move { Ok::<_, std::convert::Infallible>(desk.answer(request, from).await.response()) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(MAX_HEADER_BYTES)
        .max_headers(MAX_HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    if served.await.is_err() {
        tracing::debug!("a connection ended early");
    }
}
