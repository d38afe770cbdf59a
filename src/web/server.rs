//! Connections: who may have how many, TLS, and time-outs.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use hyper::{StatusCode, header, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use super::{
    answer::{Answered, Desk},
    places::{Place, Places},
    tls,
};
use crate::{
    api::{ApiError, ErrorKind},
    exchange::openrosa::host,
    node::Handle,
};

/// How long the headers of a request may take, and a connection may wait for the next one.
const HEADERS: Duration = Duration::from_secs(20);
/// How long the handshake of TLS may take.
const HANDSHAKE: Duration = Duration::from_secs(15);
/// How long one connection may last whose other end has proved nothing.
const UNPROVED: Duration = Duration::from_secs(60);
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
    places: Places,
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
        if options.url.as_deref().is_some_and(|url| !host::is_safe_url(url)) {
            return Err(ApiError::new(
                ErrorKind::Usage,
                "phones reach the OpenRosa endpoint by https://, or by http:// on this computer alone",
            )
            .hint("give --openrosa-url https://HOST"));
        }
        let tls = options.tls.as_ref().map(tls::acceptor).transpose()?;
        let listener = TcpListener::bind(options.listen).await.map_err(|error| {
            let text = format!("cannot listen on {}: {error}", options.listen);
            ApiError::new(ErrorKind::Network, text)
        })?;
        let desk = Desk::new(handle, tls.is_some(), options.url.clone()).await?;
        Ok(Self { listener, tls, desk: Arc::new(desk), places: Places::default() })
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
        let mut failing = false;
        loop {
            while open.try_join_next().is_some() {}
            let (stream, from) = match self.listener.accept().await {
                Ok(accepted) => {
                    failing = false;
                    accepted
                }
                Err(error) => {
                    // Once, not five times a second.
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!(%error, "connections of phones are not accepted");
                    }
                    tokio::time::sleep(EXHAUSTED).await;
                    continue;
                }
            };
            let Some(place) = self.places.take(from.ip().into()) else { continue };
            let (tls, desk) = (self.tls.clone(), Arc::clone(&self.desk));
            open.spawn(async move {
                let place = Arc::new(place);
                tokio::select! {
                    () = place.evicted() => tracing::debug!("a connection made room for another"),
                    () = too_long(&place) => tracing::debug!("a connection lasted too long"),
                    () = connection(stream, tls, desk, Arc::clone(&place)) => {}
                }
            });
        }
    }
}

/// Until a connection has lasted as long as it may.
async fn too_long(place: &Place) {
    tokio::time::sleep(UNPROVED).await;
    if place.is_known() {
        tokio::time::sleep(CONNECTION).await;
    }
}

async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    desk: Arc<Desk>,
    place: Arc<Place>,
) {
    let Some(acceptor) = tls else { return requests(stream, desk, place).await };
    match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => requests(stream, desk, place).await,
        Ok(Err(_)) | Err(_) => tracing::debug!("a handshake of TLS failed"),
    }
}

async fn requests(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    desk: Arc<Desk>,
    place: Arc<Place>,
) {
    let refusals = Arc::new(AtomicU32::new(0));
    let service = service_fn(move |request| {
        let (desk, place) = (Arc::clone(&desk), Arc::clone(&place));
        let refusals = Arc::clone(&refusals);
        async move {
            let answered = desk.answer(request, place.from(), |phone| place.prove(phone)).await;
            let Answered { reply, known } = answered;
            let before = if known {
                refusals.store(0, Ordering::Relaxed);
                0
            } else {
                refusals.fetch_add(1, Ordering::Relaxed)
            };
            // One question for the password is how Digest begins; whoever does not answer it goes.
            let goes = !known && (before > 0 || reply.status != StatusCode::UNAUTHORIZED);
            let reply = if goes { reply.with(header::CONNECTION, "close") } else { reply };
            Ok::<_, std::convert::Infallible>(reply.response())
        }
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
