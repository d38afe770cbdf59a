//! How files of submissions become evidence: opened from the inbox and sealed as originals of the
//! private circle, beside the actor's thread.
//!
//! ```text
//! inbox stream ─▶ blob ─▶ the dossier names it ─▶ entry says so ─▶ the stream is removed
//! ```
//!
//! After a kill the next attempt goes on: a file whose blob the dossier names and that is here is
//! not sealed again. Another device may have named it, and its blob never come here: then it is
//! sealed with the named secret, which makes the named blob, and nothing is written. A stream is
//! removed only once its blob is here: the phone has deleted its own by then.
//! What finds no room stays in the inbox, sealed as well, until it is tried again.

use std::io::{self, Read};

use super::{
    PART, State, attachments, budget, disk,
    entry::{self, Entry},
};
use crate::{
    api::{
        Answer, ApiError, Request,
        openrosa::{OpenRosaRequest, Submissions},
    },
    blob::BlobRef,
    model::{
        id::{DocumentId, IncidentId},
        registry::{FieldPath, Record, Schema, Value},
    },
    node::{Handle, Node, blobs::Slot, errors, requests::evidence::Sealing},
    store::inbox::Stream,
};

/// A file that is to be sealed as evidence.
struct Waiting {
    name: String,
    size: u64,
    stream: Stream,
    sealing: Sealing,
    /// Whether the dossier names its blob already.
    is_named: bool,
}

/// A file that is sealed.
struct Sealed {
    name: String,
    blob: BlobRef,
    is_named: bool,
}

impl Handle {
    /// Answers a request about the door; what it took up becomes evidence.
    pub(in crate::node) async fn openrosa(
        &self,
        request: OpenRosaRequest,
    ) -> Result<Answer, ApiError> {
        let lands = matches!(
            request,
            OpenRosaRequest::SubmissionList { retry: true, .. }
                | OpenRosaRequest::SubmissionAccept { .. }
        );
        let request = Request::OpenRosa(request);
        let mut answer = self.with(move |node| node.answer(request, &mut |_progress| {})).await??;
        if let Answer::Submissions(Submissions { submissions, .. }) = &mut answer
            && lands
        {
            for one in submissions.iter_mut().filter(|one| one.state == "incident") {
                self.attach(one.instance.clone()).await?;
                let instance = one.instance.clone();
                *one = self.with(move |node| node.one_submission(&instance)).await??;
            }
        }
        Ok(answer)
    }

    /// Makes the files of an instance that is an incident its evidence.
    ///
    /// # Errors
    /// When there is no room, or the disk fails.
    pub async fn attach(&self, instance: String) -> Result<(), ApiError> {
        let name = instance.clone();
        let waiting = self.with(move |node| node.waiting_files(&name)).await??;
        if waiting.is_empty() {
            return Ok(());
        }
        let sealing = tokio::task::spawn_blocking(move || {
            waiting.into_iter().map(seal).collect::<Result<Vec<_>, _>>()
        });
        let sealed = sealing.await.map_err(|error| errors::internal(error.to_string()))??;
        let name = instance.clone();
        self.with(move |node| node.name_blobs(&name, &sealed)).await??;
        // Only now is it durable that the dossier names them.
        self.with(move |node| node.end_attaching(&instance)).await?
    }
}

impl Node {
    /// The files of an instance that are to be sealed.
    fn waiting_files(&mut self, instance: &str) -> Result<Vec<Waiting>, ApiError> {
        let inbox = self.inbox()?;
        let mut waiting = Vec::new();
        let Some((entry, incident)) = self.landed_entry(instance)? else { return Ok(waiting) };
        let record = self.record_of(&incident)?;
        for (name, file) in &entry.files {
            let named = named(&record, &attachments::key(&entry, name, file));
            if file.is_evidence || self.is_here(named.as_ref())? {
                continue;
            }
            let stream = inbox.stream(PART, &attachments::place(instance, name)).map_err(disk)?;
            if let Some(stream) = stream {
                let (name, size, mut sealing) = (name.clone(), file.size, self.sealing());
                let is_named = named.is_some();
                if let Some(named) = named {
                    sealing.secret = named.secret();
                }
                waiting.push(Waiting { name, size, stream, sealing, is_named });
            }
        }
        if waiting.is_empty() && entry.files.values().any(|file| !file.is_evidence) {
            self.end_attaching(instance)?;
        }
        Ok(waiting)
    }

    /// Notes in a dossier which blobs hold the files.
    fn name_blobs(&mut self, instance: &str, sealed: &[Sealed]) -> Result<(), ApiError> {
        let slot = |one: &Sealed| (Slot::Original, one.blob.clone());
        let Some((entry, incident)) = self.landed_entry(instance)? else {
            // It was removed meanwhile.
            let left: Vec<_> = sealed.iter().filter(|one| !one.is_named).map(slot).collect();
            self.discard(&left);
            return Ok(());
        };
        let record = self.record_of(&incident)?;
        let mut changes: Vec<(FieldPath, Value)> = Vec::new();
        let mut twice = Vec::new();
        for one in sealed {
            let Sealed { name, blob, is_named: _ } = one;
            let Some(file) = entry.files.get(name) else { continue };
            let key = attachments::key(&entry, name, file);
            match named(&record, &key) {
                None => changes.extend(attachments::sealed(&record, &key, blob, &entry)),
                // The blob of another device, made here once more.
                Some(named) if named.id == blob.id => {}
                // Two requests of one submission at once, or another device named its own.
                Some(_other) => twice.push(slot(one)),
            }
        }
        self.discard(&twice);
        if changes.is_empty() {
            return Ok(());
        }
        let document = DocumentId::new(*incident.as_bytes());
        let private = self.own.private;
        // After an error the change may be in the journal all the same: the blobs stay.
        self.edit_document(&private, document, &Schema::incident(), |edit| {
            changes.iter().try_for_each(|(path, value)| edit.set(path, value))
        })?;
        self.settle();
        Ok(())
    }

    /// Removes streams whose blobs the dossier names and that are here.
    pub(super) fn end_attaching(&mut self, instance: &str) -> Result<(), ApiError> {
        let inbox = self.inbox()?;
        let Some((mut entry, incident)) = self.landed_entry(instance)? else { return Ok(()) };
        let record = self.record_of(&incident)?;
        let keyed = entry.clone();
        let mut ended: Vec<(String, u64)> = Vec::new();
        for (name, file) in &mut entry.files {
            let named = named(&record, &attachments::key(&keyed, name, file));
            if !file.is_evidence && self.is_here(named.as_ref())? {
                file.is_evidence = true;
                ended.push((name.clone(), file.size));
            }
        }
        entry::put(&inbox, &entry).map_err(disk)?;
        let mut spent = budget::get(&inbox, &entry.by).map_err(disk)?;
        for (name, size) in ended {
            inbox.remove(PART, &attachments::place(instance, &name)).map_err(disk)?;
            spent.give_back(size);
        }
        budget::note(&inbox, &entry.by, &spent).map_err(disk)
    }

    /// An entry that is what an incident says, and the incident.
    fn landed_entry(&mut self, instance: &str) -> Result<Option<(Entry, IncidentId)>, ApiError> {
        let inbox = self.inbox()?;
        let entry = entry::get(&inbox, instance).map_err(disk)?;
        Ok(entry.and_then(|entry| {
            let State::Incident { incident: Some(incident) } = entry.state else { return None };
            Some((entry, incident))
        }))
    }

    fn record_of(&self, incident: &IncidentId) -> Result<Record, ApiError> {
        let document = DocumentId::new(*incident.as_bytes());
        let held = self.replica.document(&(self.own.private, document))?;
        let held = held.map(|held| held.record());
        held.ok_or_else(|| errors::internal("an incident that was written is not there"))
    }

    /// Whether a blob is whole on this device.
    fn is_here(&self, blob: Option<&BlobRef>) -> Result<bool, ApiError> {
        let Some(blob) = blob else { return Ok(false) };
        Ok(self.blobs.exchange.shelf().is_whole(&blob.id)?)
    }
}

/// The blob that a dossier names for an item.
fn named(record: &Record, key: &str) -> Option<BlobRef> {
    let text = |value: &Value| value.as_text().map_or_else(|| value.to_string(), str::to_owned);
    BlobRef::read(|field| record.get(&Slot::Original.path(key, field)).map(text))
}

fn seal(waiting: Waiting) -> Result<Sealed, ApiError> {
    let Waiting { name, size, stream, sealing, is_named } = waiting;
    let Sealing { shelf, secret, number, second_secret: _ } = sealing;
    let mut reader = Opening { stream, open: Vec::new(), at: 0 };
    let sealed = shelf.put(number, secret, &mut reader, size, |_done| {})?;
    Ok(Sealed { name, blob: sealed.reference, is_named })
}

/// Reads a stream of the inbox, a chunk in memory.
struct Opening {
    stream: Stream,
    open: Vec<u8>,
    at: usize,
}

impl Read for Opening {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.open.len() {
            let Some(next) = self.stream.next_chunk()? else { return Ok(0) };
            (self.open, self.at) = (next, 0);
        }
        let rest = self.open.get(self.at..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.at = self.at.saturating_add(count);
        Ok(count)
    }
}
