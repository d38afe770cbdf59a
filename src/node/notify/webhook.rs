//! Calls an address: one POST, of which nothing but the status is read.

use http_body_util::Full;
use hyper::{
    Request,
    body::Bytes,
    header::{CONTENT_TYPE, HOST},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinSet,
};

use super::{
    SinkError,
    settings::{Target, Webhook},
    tls,
};

/// Bytes of an answer's head that are read: a server that sends more is not listened to.
const MAX_HEAD: usize = 16 * 1024;

/// Posts a body.
pub(super) async fn post(webhook: &Webhook, body: String) -> Result<(), SinkError> {
    let target = Target::read(&webhook.url).map_err(|_error| SinkError::Unreachable)?;
    let connector =
        if target.tls { Some(tls::connector(webhook.authorities.as_deref())?) } else { None };
    let stream = tls::connect(&target.host, target.port).await?;
    match connector {
        Some(connector) => {
            let stream = tls::begin(&connector, &target.host, stream).await?;
            post_on(stream, &target, body).await
        }
        None => post_on(stream, &target, body).await,
    }
}

async fn post_on<S>(stream: S, target: &Target, body: String) -> Result<(), SinkError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let bracketed = target.host.contains(':');
    let host = if bracketed { format!("[{}]", target.host) } else { target.host.clone() };
    let request = Request::post(&target.path)
        .header(HOST, format!("{host}:{}", target.port))
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(|_error| SinkError::Protocol)?;
    let mut builder = hyper::client::conn::http1::Builder::new();
    builder.max_buf_size(MAX_HEAD).max_headers(64);
    let (mut sender, connection) =
        builder.handshake(TokioIo::new(stream)).await.map_err(|_error| SinkError::Protocol)?;
    // Ends with this function, whatever the server still has to say.
    let mut driving = JoinSet::new();
    driving.spawn(connection);
    let answer = sender.send_request(request).await.map_err(|_error| SinkError::Protocol)?;
    if answer.status().is_success() {
        Ok(())
    } else {
        Err(SinkError::Status(answer.status().as_u16()))
    }
}
