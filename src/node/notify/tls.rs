//! TLS to servers of others: by the authorities that this computer trusts, or the organisation's own.

use std::{
    io,
    sync::{Arc, OnceLock},
};

use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};

use super::SinkError;

/// What verifies certificates: given authorities alone, or those of the computer.
pub(super) fn connector(pem: Option<&str>) -> Result<TlsConnector, SinkError> {
    let mut roots = RootCertStore::empty();
    match pem {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate = certificate.map_err(|_error| SinkError::Authorities)?;
                roots.add(certificate).map_err(|_error| SinkError::Authorities)?;
            }
        }
        None => {
            let (_added, _ignored) = roots.add_parsable_certificates(computers().iter().cloned());
        }
    }
    if roots.is_empty() {
        return Err(SinkError::Authorities);
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_error| SinkError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The computer's authorities, read once.
fn computers() -> &'static [CertificateDer<'static>] {
    static READ: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();
    READ.get_or_init(|| rustls_native_certs::load_native_certs().certs)
}

/// Speaks TLS on a connection to this host.
pub(super) async fn begin(
    connector: &TlsConnector,
    host: &str,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, SinkError> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_error| SinkError::Tls)?;
    connector.connect(name, stream).await.map_err(|_error: io::Error| SinkError::Tls)
}

/// Connects to a host.
pub(super) async fn connect(host: &str, port: u16) -> Result<TcpStream, SinkError> {
    // A name that means this computer is not asked of the network.
    let host = if host == "localhost" { "127.0.0.1" } else { host };
    TcpStream::connect((host, port)).await.map_err(|_error| SinkError::Unreachable)
}
