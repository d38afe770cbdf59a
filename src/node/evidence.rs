//! Long work with files of evidence: sealing, opening, copying, beside the actor's thread.

mod copying;
mod writing;

use std::{collections::BTreeMap, io, path::PathBuf, time::Duration};

use self::{
    copying::{Copied, How, Source, seal},
    writing::{NotWritten, check_out, open_file, write_out},
};
use crate::{
    api::{
        Answer, ApiError, ErrorKind, Progress,
        evidence::{EvidenceRequest, EvidenceSaved},
    },
    blob::{BlobRef, OpenError, ShelfError},
    exchange::evidence::{Found, scrub::ScrubError},
    model::id::CircleId,
    node::{Handle, blobs::Slot, errors, requests::evidence::FoundItem},
};

/// Pause between two looks at how far a file has come.
const LOOK: Duration = Duration::from_millis(200);

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
        // What shows somebody, shows them in a copy of the same pixels too.
        let identifies = fields.get("identifies").map(String::as_str);
        let says_no = matches!(identifies, Some("no" | "false"));
        match (found.identifies(), redacted.is_some()) {
            (Some(true), false) => return Err(shows_somebody()),
            (Some(true), true) if !says_no => return Err(not_said()),
            (Some(false), _) if identifies.is_none() => {
                fields.insert("identifies".to_owned(), "no".to_owned());
            }
            _said_or_open => {}
        }
        // Not the day of capture, nor anything else that would tell of the original.
        if let Some(kind) = found.field("type") {
            fields.entry("type".to_owned()).or_insert(kind);
        }
        fields.insert("redacted_of".to_owned(), found.key.clone());
        let event = if redacted.is_some() { "redacted" } else { "copied" };
        let (original, digest) = (found.original(), found.sha256());
        let Copied { blob, thumbnail: small, found: described } = blocking(move || {
            let source = match (redacted, original) {
                (Some(file), _) => Source::File(file),
                (None, Some(blob)) => Source::Blob { blob, sha256: digest },
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
            let (mended, id) = (shelf.clone(), blob.id);
            blocking(move || Ok(mended.mend(&id)?)).await?;
        }
        if !shelf.is_whole(&blob.id)? {
            self.fetch(&blob, circle, timeout, progress.clone()).await?;
        }
        let write = || {
            let (shelf, blob, to, progress) =
                (shelf.clone(), blob.clone(), out.clone(), progress.clone());
            blocking(move || Ok(write_out(&shelf, &blob, &to, progress)))
        };
        let mut written = write().await?;
        if matches!(&written, Err(NotWritten::Blob(OpenError::Damaged { .. }))) {
            // The disk changed it: what still verifies stays, and the rest is fetched again.
            let (mended, id) = (shelf.clone(), blob.id);
            let damaged = blocking(move || Ok(mended.mend(&id)?)).await?;
            if damaged {
                self.fetch(&blob, circle, timeout, progress.clone()).await?;
                written = write().await?;
            }
        }
        let described = written.map_err(ApiError::from)?;
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

fn describe(fields: &mut BTreeMap<String, String>, found: &Found) {
    fields.insert("sha256".to_owned(), found.sha256.clone());
    fields.insert("size".to_owned(), found.size.to_string());
    fields.insert("mime".to_owned(), found.mime.clone());
    if let Some(day) = &found.captured_on {
        fields.entry("captured_at".to_owned()).or_insert_with(|| day.clone());
    }
}

fn failed(error: &io::Error) -> ApiError {
    ApiError::new(ErrorKind::Storage, error.to_string())
}

fn shows_somebody() -> ApiError {
    errors::refused("the item shows who or where, and so would a copy of it")
        .hint("cover faces, voices and places yourself, and give the result: --redacted FILE --identifies no")
        .named("evidence-identifies", &[])
}

fn not_said() -> ApiError {
    errors::refused("the item shows who or where: say whether the copy still does")
        .hint("--identifies no, once a person has looked at the copy")
        .named("evidence-identifies-unsaid", &[])
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
