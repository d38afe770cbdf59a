//! TLS with the certificate and the key of whoever runs the node.

use std::{path::Path, sync::Arc};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

use super::TlsFiles;
use crate::api::{ApiError, ErrorKind};

/// Reads certificate chain and key, both PEM. A certificate that was renewed is taken up at the next
/// start.
pub(super) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, ApiError> {
    let wrong = |path: &Path, what: &str| {
        let text = format!("{} is no {what} in PEM", path.display());
        ApiError::new(ErrorKind::Usage, text)
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|_error| wrong(&files.certificate, "certificate"))?;
    if chain.is_empty() {
        return Err(wrong(&files.certificate, "certificate"));
    }
    let key =
        PrivateKeyDer::from_pem_file(&files.key).map_err(|_error| wrong(&files.key, "key"))?;
    let provider = Arc::new(ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ApiError::new(ErrorKind::Internal, error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| {
            let text = format!("certificate and key do not fit: {error}");
            ApiError::new(ErrorKind::Usage, text)
        })?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
