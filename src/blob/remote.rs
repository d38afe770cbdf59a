//! Blobs in an S3-compatible store: ciphertext and the list of its digests, nothing else.
//!
//! ```text
//! PREFIX/ID/blob       the ciphertext, in parts
//! PREFIX/ID/manifest   written last: it says that the rest is whole
//! ```
//!
//! Whoever runs the store sees ids, classes of size and times; what comes back is verified segment
//! by segment like what comes from a peer.

use std::{fmt, io, sync::Arc};

use object_store::{
    ObjectStore, ObjectStoreExt as _, PutPayload, WriteMultipart, aws::AmazonS3Builder, path::Path,
};
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::{
    blob::{Manifest, Shelf, ShelfError, manifest::MAX_MANIFEST_BYTES, shelf::Why},
    model::id::BlobId,
};

/// Bytes of one part of an upload; S3 wants at least 5 MiB, and at most 10,000 parts.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// Parts that are uploaded at a time.
const MAX_PARTS: usize = 2;
/// Segments that are fetched with one request: 4 MiB.
const SEGMENTS_AT_ONCE: usize = 16;

/// Where blobs are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The bucket.
    pub bucket: String,
    /// Before each name in it.
    pub prefix: String,
    /// Address of a store other than Amazon's.
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
}

/// Who may write there.
pub struct Credentials {
    /// Name of the key.
    pub id: Zeroizing<String>,
    /// The key.
    pub secret: Zeroizing<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

impl Credentials {
    /// Reads a file with two lines: the key's name, the key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let (id, secret) = (lines.next()?, lines.next()?);
        let own = |text: &str| Zeroizing::new(text.to_owned());
        Some(Self { id: own(id), secret: own(secret) })
    }
}

/// Why a blob cannot be kept or fetched there.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// The store refused, is not reached, or has no such blob.
    #[error("the store of files: {0}")]
    Store(#[from] object_store::Error),
    /// The address is none, has a name or password in it, or would be spoken to in the clear.
    #[error(
        "the address of the store must begin with https://, or http:// for this computer alone, and have no name or password in it"
    )]
    Address,
    /// What is there is not the blob.
    #[error("what the store has is not the file: it is damaged there")]
    Damaged,
    /// The blob is not whole here.
    #[error("the file is not here as a whole")]
    NotHere,
    /// This computer's disk.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
}

impl From<io::Error> for RemoteError {
    fn from(error: io::Error) -> Self {
        Self::Shelf(error.into())
    }
}

/// A store of blobs.
#[derive(Debug, Clone)]
pub struct Remote {
    store: Arc<dyn ObjectStore>,
    prefix: String,
}

impl Remote {
    /// A store; nothing is asked of it yet. In the clear only on this computer.
    ///
    /// # Errors
    /// When the address is none, or the credentials cannot be used.
    pub fn open(place: Place, credentials: &Credentials) -> Result<Self, RemoteError> {
        // Another part of the program may have chosen the same already.
        let _chosen = rustls::crypto::ring::default_provider().install_default();
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(place.bucket)
            .with_region(place.region)
            .with_access_key_id(credentials.id.as_str())
            .with_secret_access_key(credentials.secret.as_str());
        if let Some(endpoint) = place.endpoint {
            let in_the_clear = is_in_the_clear(&endpoint).ok_or(RemoteError::Address)?;
            builder = builder.with_allow_http(in_the_clear).with_endpoint(endpoint);
        }
        Ok(Self { store: Arc::new(builder.build()?), prefix: place.prefix })
    }

    /// A store that is given, for tests.
    #[must_use]
    pub fn with_store(store: Arc<dyn ObjectStore>, prefix: String) -> Self {
        Self { store, prefix }
    }

    /// Keeps a whole blob there.
    ///
    /// # Errors
    /// When it is not whole or damaged here, or the store refuses.
    pub async fn put(
        &self,
        shelf: &Shelf,
        id: &BlobId,
        told: impl Fn(u64, u64),
    ) -> Result<(), RemoteError> {
        let held = shelf.held(id)?.filter(|held| held.segments.is_full());
        let manifest = held.ok_or(RemoteError::NotHere)?.manifest;
        let upload = self.store.put_multipart(&self.path(id, "blob")).await?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        let count = manifest.segments();
        for segment in 0..count {
            told(segment as u64, count as u64);
            let bytes = match shelf.read(&manifest, segment) {
                Ok(bytes) => bytes,
                Err(error) => {
                    // A part of it is of no use, and costs its owner money.
                    upload.abort().await?;
                    return Err(error.into());
                }
            };
            upload.wait_for_capacity(MAX_PARTS).await?;
            upload.write(&bytes);
        }
        upload.finish().await?;
        let list = PutPayload::from(manifest.as_bytes().to_vec());
        self.store.put(&self.path(id, "manifest"), list).await?;
        Ok(())
    }

    /// Reads back all that is there of a blob, as the only copy of it is to be.
    ///
    /// # Errors
    /// When something of it is not there or damaged, or there is no list of its segments here.
    pub async fn verify(
        &self,
        shelf: &Shelf,
        id: &BlobId,
        told: impl Fn(u64, u64),
    ) -> Result<(), RemoteError> {
        let manifest = shelf.held(id)?.ok_or(RemoteError::NotHere)?.manifest;
        if self.manifest(id).await? != manifest {
            return Err(RemoteError::Damaged);
        }
        let all: Vec<usize> = (0..manifest.segments()).collect();
        for run in all.chunks(SEGMENTS_AT_ONCE) {
            told(run.first().map_or(0, |first| *first as u64), all.len() as u64);
            self.run(&manifest, run, |_, _| Ok(())).await?;
        }
        Ok(())
    }

    /// The list of a blob's segments, as it is there.
    async fn manifest(&self, id: &BlobId) -> Result<Manifest, RemoteError> {
        let list = self.store.get(&self.path(id, "manifest")).await?;
        if list.meta.size > MAX_MANIFEST_BYTES as u64 {
            return Err(RemoteError::Damaged);
        }
        let manifest = Manifest::decode(list.bytes().await?.to_vec()).ok();
        manifest.filter(|it| it.id() == *id).ok_or(RemoteError::Damaged)
    }

    /// Reads segments that follow one another, and gives each once it is verified.
    async fn run(
        &self,
        manifest: &Manifest,
        run: &[usize],
        mut each: impl FnMut(usize, &[u8]) -> Result<(), RemoteError>,
    ) -> Result<(), RemoteError> {
        let places: Vec<(u64, usize)> =
            run.iter().filter_map(|segment| manifest.place(*segment)).collect();
        let begin = places.first().map_or(0, |(begin, _)| *begin);
        let length: usize = places.iter().map(|(_, length)| *length).sum();
        let end = begin.saturating_add(length as u64);
        let bytes = self.store.get_range(&self.path(&manifest.id(), "blob"), begin..end).await?;
        let mut rest = bytes.as_ref();
        for (segment, (_, length)) in run.iter().zip(places) {
            let (bytes, after) = rest.split_at_checked(length).ok_or(RemoteError::Damaged)?;
            if !manifest.verifies(*segment, bytes) {
                return Err(RemoteError::Damaged);
            }
            each(*segment, bytes)?;
            rest = after;
        }
        Ok(())
    }

    /// Fetches a blob from there; goes on with what is here already.
    ///
    /// # Errors
    /// When it is not there or damaged, or the disk fails.
    pub async fn get(
        &self,
        shelf: &Shelf,
        id: &BlobId,
        told: impl Fn(u64, u64),
    ) -> Result<(), RemoteError> {
        if shelf.is_whole(id)? {
            return Ok(());
        }
        let manifest = self.manifest(id).await?;
        shelf.begin(&manifest, Why::Asked)?;
        let mut here = shelf.held(id)?.ok_or(RemoteError::NotHere)?.segments;
        loop {
            let first = here.missing().next();
            let Some(first) = first else { return Ok(()) };
            told(here.held() as u64, here.len() as u64);
            let run: Vec<usize> = here
                .missing()
                .zip(first..)
                .take_while(|(missing, wanted)| missing == wanted)
                .map(|(missing, _)| missing)
                .take(SEGMENTS_AT_ONCE)
                .collect();
            self.run(&manifest, &run, |segment, bytes| {
                shelf.write(&manifest, segment, bytes)?;
                here.set(segment, true);
                Ok(())
            })
            .await?;
            shelf.keep(&manifest, &here)?;
        }
    }

    fn path(&self, id: &BlobId, name: &str) -> Path {
        Path::from(format!("{}/{id}/{name}", self.prefix))
    }
}

/// Whether an address is spoken to in the clear: of this computer alone, since keys and names travel
/// there. None if it is no address that may be used.
fn is_in_the_clear(endpoint: &str) -> Option<bool> {
    // Some read a backslash as the end of the host, and others do not.
    let address = Url::parse(endpoint).ok().filter(|_| !endpoint.contains('\\'))?;
    if !address.username().is_empty() || address.password().is_some() {
        return None;
    }
    let is_here = match address.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    match address.scheme() {
        "https" => Some(false),
        "http" if is_here => Some(true),
        _other => None,
    }
}

#[cfg(test)]
mod tests;
