//! Long work with files of evidence: sealing, opening, copying, beside the actor's thread.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    api::{
        Answer, ApiError, ErrorKind, Progress,
        evidence::{EvidenceRequest, EvidenceSaved},
    },
    blob::{BlobRef, OpenError, Shelf, ShelfError},
    exchange::evidence::{
        Describing, Found,
        scrub::{MAX_SCRUBBED_BYTES, ScrubError, scrub},
        thumbnail::thumbnail,
    },
    model::id::CircleId,
    node::{
        Handle,
        blobs::Slot,
        errors,
        requests::evidence::{FoundItem, Sealing},
    },
};

/// Pause between two looks at how far a file has come.
const LOOK: Duration = Duration::from_millis(200);
/// Bytes that are read at once.
const CHUNK: usize = 256 * 1024;

impl From<ShelfError> for ApiError {
    fn from(error: ShelfError) -> Self {
        let text = errors::sentence(&error);
        match error {
            ShelfError::Quota { .. } | ShelfError::Space { .. } => Self::new(ErrorKind::Storage, text)
                .hint("make room on the disk, or keep the file elsewhere and record its digest with `ceiba incident evidence`"),
            ShelfError::TooLarge => Self::new(ErrorKind::Usage, text)
                .hint("cut it into parts, or record its digest alone with `ceiba incident evidence`"),
            ShelfError::Io(_) => Self::new(ErrorKind::Storage, text)
                .hint("check that the disk is not full and that the home is writable"),
        }
    }
}

impl Handle {
    /// Answers a request about the bytes of evidence.
    pub(super) async fn evidence(
        &self,
        request: EvidenceRequest,
        progress: impl Fn(Progress) + Send + Sync + Clone + 'static,
    ) -> Result<Answer, ApiError> {
        match request {
            EvidenceRequest::Add { incident, file, fields } => {
                self.add_evidence(incident, file, fields, progress).await
            }
            EvidenceRequest::List { incident } => {
                self.with(move |node| node.list_evidence(incident.as_deref())).await?
            }
            EvidenceRequest::Get { item, out, thumbnail, timeout } => {
                self.get_evidence(item, out, thumbnail, timeout, progress).await
            }
            EvidenceRequest::Share { item, redacted, unscrubbed, release, fields } => {
                let how = if unscrubbed { How::AsItIs } else { How::Scrubbed };
                self.share_evidence(item, redacted, how, release, fields, progress).await
            }
            EvidenceRequest::Store { item, place, fetch, free } => {
                self.store_evidence(item, place, (fetch, free), progress).await
            }
            EvidenceRequest::Policy { circle, fetch, max_bytes } => {
                self.with(move |node| {
                    node.evidence_policy(circle.as_deref(), fetch.as_deref(), max_bytes)
                })
                .await?
            }
        }
    }

    async fn add_evidence(
        &self,
        incident: String,
        file: PathBuf,
        mut fields: BTreeMap<String, String>,
        progress: impl Fn(Progress) + Send + 'static,
    ) -> Result<Answer, ApiError> {
        let (incident, sealing) = self.with(move |node| node.prepare_evidence(&incident)).await??;
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
        let (blob, found) = blocking(move || {
            let (opened, size) = open_file(&file)?;
            seal(sealing, opened, size, progress)
        })
        .await?;
        fields.extend(name.map(|name| ("file".to_owned(), name)));
        describe(&mut fields, &found);
        let item = self
            .with(move |node| {
                let blobs = [(Slot::Original, blob)];
                let recorded =
                    node.record_evidence(&incident, &fields, &blobs, None, &["hashed", "sealed"]);
                recorded.inspect_err(|_refused| node.discard(&blobs))
            })
            .await??;
        Ok(Answer::Evidence(vec![item]))
    }

    async fn share_evidence(
        &self,
        item: String,
        redacted: Option<PathBuf>,
        how: How,
        release: String,
        mut fields: BTreeMap<String, String>,
        progress: impl Fn(Progress) + Send + 'static,
    ) -> Result<Answer, ApiError> {
        let (found, sealing) = self
            .with(move |node| {
                super::Node::check_release(&release)?;
                let found = node.find_item(&item)?;
                Ok::<_, ApiError>((found, node.sealing(), release))
            })
            .await?
            .map(|(found, sealing, release)| {
                fields.insert("release".to_owned(), release);
                (found, sealing)
            })?;
        if !found.is_own() {
            return Err(errors::refused("only evidence of this organisation is shared by it")
                .hint("ask the organisation that recorded it"));
        }
        for name in ["type", "captured_at"] {
            if let Some(text) = found.field(name) {
                fields.entry(name.to_owned()).or_insert(text);
            }
        }
        fields.insert("redacted_of".to_owned(), found.key.clone());
        let event = if redacted.is_some() { "redacted" } else { "copied" };
        let original = found.original();
        let Copied { blob, thumbnail: small, found: described } = blocking(move || {
            let source = match (redacted, original) {
                (Some(file), _) => Source::File(file),
                (None, Some(blob)) => Source::Blob(blob),
                (None, None) => {
                    return Err(errors::usage("the item has no file here to copy")
                        .hint("name a copy with --redacted FILE"));
                }
            };
            source.copy(how, sealing, progress)
        })
        .await?;
        // A day that the copy tells anew is one that it was not scrubbed of.
        describe(&mut fields, &Found { captured_on: None, ..described });
        let item = self
            .with(move |node| {
                let digest = found.sha256();
                let small = small.map(|small| (Slot::Thumbnail, small));
                let blobs: Vec<(Slot, BlobRef)> =
                    std::iter::once((Slot::Copy, blob)).chain(small).collect();
                let events = ["hashed", "sealed", event];
                let FoundItem { incident, key, .. } = &found;
                let made =
                    node.record_evidence(incident, &fields, &blobs, digest.as_deref(), &events);
                let made = made.inspect_err(|_refused| node.discard(&blobs))?;
                node.note_custody(incident, key, event)?;
                Ok::<_, ApiError>(made)
            })
            .await??;
        Ok(Answer::Evidence(vec![item]))
    }

    async fn get_evidence(
        &self,
        item: String,
        out: PathBuf,
        thumbnail: bool,
        timeout: u64,
        progress: impl Fn(Progress) + Send + Sync + Clone + 'static,
    ) -> Result<Answer, ApiError> {
        check_out(&out)?;
        let (found, shelf) = self
            .with(move |node| {
                let found = node.find_item(&item)?;
                Ok::<_, ApiError>((found, node.sealing().shelf))
            })
            .await??;
        let (blob, circle) = found.blob(thumbnail).ok_or_else(|| {
            errors::not_found("the item has no file: only what it is was recorded, or shared")
                .named("evidence-without-file", &[])
        })?;
        if !shelf.is_whole(&blob.id)? {
            self.fetch(&blob, circle, timeout, progress.clone()).await?;
        }
        let to = out.clone();
        let described = blocking(move || write_out(&shelf, &blob, &to, progress)).await?;
        let FoundItem { incident, key, .. } = found.clone();
        let matches = found.sha256().filter(|_| !thumbnail).map(|said| said == described.sha256);
        if found.is_own() && !thumbnail {
            let key = key.clone();
            let event = if matches == Some(false) { "failed_check" } else { "exported" };
            self.with(move |node| node.note_custody(&incident, &key, event)).await??;
        }
        let Found { sha256, size: bytes, .. } = described;
        Ok(Answer::EvidenceSaved(EvidenceSaved { incident, key, out, bytes, sha256, matches }))
    }

    /// Waits until a blob is here, as long as something of it comes.
    async fn fetch(
        &self,
        blob: &BlobRef,
        circle: CircleId,
        timeout: u64,
        progress: impl Fn(Progress),
    ) -> Result<(), ApiError> {
        let (id, size) = (blob.id, blob.size);
        self.with(move |node| node.want_blob(id, circle, size)).await??;
        if let Some(net) = &self.net {
            net.dial_now(None).await.map_err(|error| errors::internal(error.to_string()))?;
        }
        let (mut waited, limit) = (Duration::ZERO, Duration::from_secs(timeout));
        let mut before = None;
        loop {
            let (whole, far) = self
                .with(move |node| {
                    let whole = node.blobs.exchange.shelf().is_whole(&id);
                    (whole, node.blobs.exchange.far(&id))
                })
                .await?;
            if whole? {
                return Ok(());
            }
            let Some(far) = far else {
                return Err(ApiError::new(ErrorKind::Storage, "the file could not be stored")
                    .hint("`ceiba status` says why"));
            };
            if before != Some(far) {
                (before, waited) = (Some(far), Duration::ZERO);
            }
            progress(Progress::of("fetching the file", far.here, far.all.unwrap_or(size)));
            if waited >= limit {
                let (here, all) = (far.here.to_string(), far.all.unwrap_or(size).to_string());
                let message = format!("the file is not here yet: {here} of {all} bytes have come");
                return Err(ApiError::new(ErrorKind::Network, message)
                    .hint("what has come stays: the running node goes on as partners are reached; ask again later")
                    .named("evidence-not-here", &[("here", &here), ("all", &all)]));
            }
            tokio::time::sleep(LOOK).await;
            waited += LOOK;
        }
    }
}

/// Whether what a file says of itself is taken out of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Scrubbed,
    AsItIs,
}

/// A copy that was sealed.
#[derive(Debug)]
struct Copied {
    blob: BlobRef,
    thumbnail: Option<BlobRef>,
    found: Found,
}

impl Copied {
    fn alone((blob, found): (BlobRef, Found)) -> Self {
        Self { blob, thumbnail: None, found }
    }
}

/// What a copy is made of.
#[derive(Debug)]
enum Source {
    File(PathBuf),
    Blob(BlobRef),
}

impl Source {
    fn copy(
        self,
        how: How,
        sealing: Sealing,
        progress: impl Fn(Progress) + Send + 'static,
    ) -> Result<Copied, ApiError> {
        match (self, how) {
            (Self::File(file), How::AsItIs) => {
                let (opened, size) = open_file(&file)?;
                seal(sealing, opened, size, progress).map(Copied::alone)
            }
            (Self::File(file), How::Scrubbed) => {
                let (mut opened, size) = open_file(&file)?;
                let bytes = read_small(&mut opened, size)?;
                seal_scrubbed(&bytes, sealing, progress)
            }
            (Self::Blob(blob), How::Scrubbed) => {
                if blob.size > MAX_SCRUBBED_BYTES {
                    return Err(not_scrubbed(&ScrubError::TooLarge(blob.size)));
                }
                let mut bytes = Vec::new();
                let opened = sealing.shelf.get(&blob, &mut bytes, |_, _| {});
                opened.map_err(|error| not_opened(&error))?;
                seal_scrubbed(&bytes, sealing, progress)
            }
            (Self::Blob(blob), How::AsItIs) => {
                // Opened and sealed anew at once: it never lies open on the disk, nor in memory as a
                // whole, and the original's key stays with the original.
                let (reader, mut writer) = io::pipe().map_err(|error| failed(&error))?;
                let shelf = sealing.shelf.clone();
                let size = blob.size;
                let opening = std::thread::spawn(move || shelf.get(&blob, &mut writer, |_, _| {}));
                let sealed = seal(sealing, reader, size, progress);
                let opened =
                    opening.join().map_err(|_panic| errors::internal("opening panicked"))?;
                let copied = sealed?;
                opened.map_err(|error| not_opened(&error))?;
                Ok(Copied::alone(copied))
            }
        }
    }
}

fn seal_scrubbed(
    bytes: &[u8],
    sealing: Sealing,
    progress: impl Fn(Progress) + Send + 'static,
) -> Result<Copied, ApiError> {
    let copy = scrub(bytes).map_err(|error| not_scrubbed(&error))?;
    let small = thumbnail(&copy.bytes);
    let small = small.map(|small| {
        let (secret, number) = (sealing.second_secret.clone(), sealing.number.wrapping_add(1));
        let size = small.len() as u64;
        sealing.shelf.put(number, secret, small.as_slice(), size, |_| {})
    });
    let small = small.transpose()?.map(|sealed| sealed.reference);
    let size = copy.bytes.len() as u64;
    let (blob, found) = seal(sealing, copy.bytes.as_slice(), size, progress)?;
    let found = Found { mime: copy.mime.to_owned(), ..found };
    Ok(Copied { blob, thumbnail: small, found })
}

/// Seals what a reader gives, in constant memory.
fn seal(
    sealing: Sealing,
    file: impl Read,
    size: u64,
    progress: impl Fn(Progress),
) -> Result<(BlobRef, Found), ApiError> {
    let Sealing { shelf, secret, number, second_secret: _ } = sealing;
    let mut reader = Describing::new(io::BufReader::with_capacity(CHUNK, file));
    let told = |done: u64| progress(Progress::of("sealing the file", done.min(size), size));
    let sealed = shelf.put(number, secret, &mut reader, size, told)?;
    Ok((sealed.reference, reader.finish()))
}

/// Opens a blob into a file that was not there.
fn write_out(
    shelf: &Shelf,
    blob: &BlobRef,
    out: &Path,
    progress: impl Fn(Progress),
) -> Result<Found, ApiError> {
    let folder = out.parent().filter(|it| !it.as_os_str().is_empty());
    let temporary = tempfile::NamedTempFile::new_in(folder.unwrap_or_else(|| Path::new(".")));
    let mut temporary = temporary.map_err(|error| cannot_write(out, &error))?;
    let mut file = Hashing { out: temporary.as_file_mut(), seen: Describing::new(io::empty()) };
    let told = |done, all| progress(Progress::of("opening the file", done, all));
    let opened = shelf.get(blob, &mut file, told);
    let found = file.seen.finish();
    opened.map_err(|error| not_opened(&error))?;
    temporary.as_file().sync_all().map_err(|error| cannot_write(out, &error))?;
    temporary.persist_noclobber(out).map_err(|error| cannot_write(out, &error.error))?;
    Ok(found)
}

/// Writes through, and describes what is written.
struct Hashing<'a> {
    out: &'a mut File,
    seen: Describing<io::Empty>,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.seen.note(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn open_file(path: &Path) -> Result<(File, u64), ApiError> {
    let unreadable = |error: io::Error| {
        let missing = error.kind() == io::ErrorKind::NotFound;
        let kind = if missing { ErrorKind::NotFound } else { ErrorKind::Storage };
        let text = path.display().to_string();
        ApiError::new(kind, format!("cannot read {text}: {error}"))
            .hint("the node reads the file itself: it must be able to")
            .named("evidence-cannot-read", &[("file", &text), ("reason", &error.to_string())])
    };
    let file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if !about.is_file() {
        return Err(unreadable(io::ErrorKind::InvalidInput.into()));
    }
    Ok((file, about.len()))
}

fn read_small(file: &mut File, size: u64) -> Result<Vec<u8>, ApiError> {
    if size > MAX_SCRUBBED_BYTES {
        return Err(not_scrubbed(&ScrubError::TooLarge(size)));
    }
    let mut bytes = Vec::new();
    let most = MAX_SCRUBBED_BYTES.saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    Ok(bytes)
}

fn describe(fields: &mut BTreeMap<String, String>, found: &Found) {
    fields.insert("sha256".to_owned(), found.sha256.clone());
    fields.insert("size".to_owned(), found.size.to_string());
    fields.insert("mime".to_owned(), found.mime.clone());
    if let Some(day) = &found.captured_on {
        fields.entry("captured_at".to_owned()).or_insert_with(|| day.clone());
    }
}

fn check_out(out: &Path) -> Result<(), ApiError> {
    match std::fs::symlink_metadata(out) {
        Ok(_there) => Err(cannot_write(out, &io::ErrorKind::AlreadyExists.into())),
        Err(_not_there) => Ok(()),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> ApiError {
    let text = path.display().to_string();
    ApiError::new(ErrorKind::Storage, format!("cannot write {text}: {error}"))
        .named("evidence-cannot-write", &[("file", &text), ("reason", &error.to_string())])
}

fn failed(error: &io::Error) -> ApiError {
    ApiError::new(ErrorKind::Storage, error.to_string())
}

fn not_opened(error: &OpenError) -> ApiError {
    ApiError::new(ErrorKind::Storage, errors::sentence(error))
        .hint("if partners have the file it can be fetched from them again")
}

fn not_scrubbed(error: &ScrubError) -> ApiError {
    let reason = error.to_string();
    errors::refused(format!("no copy without metadata can be made: {reason}"))
        .hint("make a copy yourself and give it with --redacted FILE: a picture as PNG or JPEG, sound as WAV or MP3")
        .hint("--unscrubbed copies the file as it is, with all that it says of place, time, device and author")
        .named("evidence-not-scrubbed", &[("reason", &reason)])
}

/// Work that takes long, beside the runtime's threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| errors::internal(error.to_string()))?
}
