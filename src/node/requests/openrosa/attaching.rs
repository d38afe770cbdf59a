//! How files of submissions become evidence: opened from the inbox and sealed as originals of the
//! private circle, beside the actor's thread.
//!
//! ```text
//! inbox stream ─▶ blob ─▶ the dossier names it ─▶ entry says so ─▶ the stream is removed
//! ```
//!
//! After a kill the next attempt goes on: a file whose blob the dossier names is not sealed again.
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
            if file.is_evidence || is_named(&record, &attachments::key(&entry, name, file)) {
                continue;
            }
            let stream = inbox.stream(PART, &attachments::place(instance, name)).map_err(disk)?;
            if let Some(stream) = stream {
                let (name, size, sealing) = (name.clone(), file.size, self.sealing());
                waiting.push(Waiting { name, size, stream, sealing });
            }
        }
        if waiting.is_empty() && entry.files.values().any(|file| !file.is_evidence) {
            self.end_attaching(instance)?;
        }
        Ok(waiting)
    }

    /// Notes in a dossier which blobs hold the files.
    fn name_blobs(&mut self, instance: &str, sealed: &[(String, BlobRef)]) -> Result<(), ApiError> {
        let discard = |node: &Self, names: &[&String]| {
            let left = sealed.iter().filter(|(name, _)| names.contains(&name));
            let left: Vec<_> = left.map(|(_, blob)| (Slot::Original, blob.clone())).collect();
            node.discard(&left);
        };
        let all: Vec<&String> = sealed.iter().map(|(name, _)| name).collect();
        let Some((entry, incident)) = self.landed_entry(instance)? else {
            // It was removed meanwhile.
            discard(self, &all);
            return Ok(());
        };
        let record = self.record_of(&incident)?;
        let mut changes: Vec<(FieldPath, Value)> = Vec::new();
        let mut twice: Vec<&String> = Vec::new();
        for (name, blob) in sealed {
            let Some(file) = entry.files.get(name) else { continue };
            let key = attachments::key(&entry, name, file);
            // Two requests of one submission at once.
            if is_named(&record, &key) {
                twice.push(name);
            } else {
                changes.extend(attachments::sealed(&record, &key, blob, &entry));
            }
        }
        discard(self, &twice);
        let document = DocumentId::new(*incident.as_bytes());
        let private = self.own.private;
        let written = self.edit_document(&private, document, &Schema::incident(), |edit| {
            changes.iter().try_for_each(|(path, value)| edit.set(path, value))
        });
        if let Err(error) = written {
            discard(self, &all);
            return Err(error);
        }
        self.settle();
        Ok(())
    }

    /// Removes streams whose blobs the dossier names.
    fn end_attaching(&mut self, instance: &str) -> Result<(), ApiError> {
        let inbox = self.inbox()?;
        let Some((mut entry, incident)) = self.landed_entry(instance)? else { return Ok(()) };
        let record = self.record_of(&incident)?;
        let keyed = entry.clone();
        let mut ended: Vec<(String, u64)> = Vec::new();
        for (name, file) in &mut entry.files {
            if !file.is_evidence && is_named(&record, &attachments::key(&keyed, name, file)) {
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
        budget::put(&inbox, &entry.by, &spent).map_err(disk)
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
}

fn is_named(record: &Record, key: &str) -> bool {
    record.get(&Slot::Original.path(key, "blob")).is_some()
}

fn seal(waiting: Waiting) -> Result<(String, BlobRef), ApiError> {
    let Waiting { name, size, stream, sealing } = waiting;
    let Sealing { shelf, secret, number, second_secret: _ } = sealing;
    let mut reader = Opening { stream, open: Vec::new(), at: 0 };
    let sealed = shelf.put(number, secret, &mut reader, size, |_done| {})?;
    Ok((name, sealed.reference))
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
