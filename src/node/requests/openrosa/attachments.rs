//! The files of submissions: kept sealed beside the journal, and noted in the incident as evidence.
//!
//! What is here of bytes is the [`Inbox`] alone; the record has digest, name, size and kind. They
//! become blobs of evidence beside this (`attaching`).

use data_encoding::BASE64;

use super::{
    MAX_FILES, NotTaken, PART, ReceivedFile, XML, disk,
    entry::{Entry, File},
};
use crate::{
    api::{Answer, ApiError, openrosa::PhoneFile},
    blob::BlobRef,
    crypto::Label,
    exchange::openrosa::Conflict,
    model::{
        id::{DocumentId, IncidentId},
        registry::{FieldPath, Record, Schema, Value, parse_field},
    },
    node::{Node, blobs::Slot, errors},
    store::Inbox,
};

/// Letters of the key of an item of evidence.
const KEY_LETTERS: usize = 12;

/// Those of the files that are new. Streams that are not kept are removed by being dropped.
pub(super) fn fit(entry: &Entry, files: Vec<ReceivedFile>) -> Result<Vec<ReceivedFile>, NotTaken> {
    let mut new: Vec<ReceivedFile> = Vec::new();
    for file in files {
        let twice = new.iter().find(|other| other.name == file.name).map(|it| it.sha256.as_str());
        let known = entry.files.get(&file.name).map(|known| known.sha256.as_str()).or(twice);
        match known {
            None => new.push(file),
            Some(known) if known == file.sha256 => {}
            Some(_other) => return Err(Conflict::OtherAttachment.into()),
        }
    }
    if entry.files.len() + new.len() > MAX_FILES {
        return Err(NotTaken::TooManyFiles);
    }
    Ok(new)
}

pub(super) fn keep(inbox: &Inbox, entry: &mut Entry, file: ReceivedFile) -> std::io::Result<()> {
    let ReceivedFile { name, sha256, size, mime, sealed } = file;
    inbox.keep(sealed, PART, &place(&entry.instance, &name))?;
    entry.files.insert(name, File { sha256, size, mime, is_evidence: false });
    Ok(())
}

/// Where a file is: what its instance and its name are hashed from.
pub(super) fn place(instance: &str, name: &str) -> Vec<u8> {
    [instance.as_bytes(), &[0], name.as_bytes()].concat()
}

impl Node {
    /// A piece of a file of an instance, or the XML of the instance.
    pub(super) fn piece_of(
        &mut self,
        instance: &str,
        file: Option<&str>,
        piece: u64,
    ) -> Result<Answer, ApiError> {
        let inbox = self.inbox()?;
        let instance = &*crate::exchange::openrosa::normal(instance);
        let gone = || {
            errors::not_found("there is no such submission or file")
                .hint("`ceiba openrosa submissions` lists what came")
        };
        let (bytes, more) = match file {
            None => (inbox.get(XML, instance.as_bytes()).map_err(disk)?.ok_or_else(gone)?, false),
            Some(name) => {
                let stream = inbox.stream(PART, &place(instance, name)).map_err(disk)?;
                let mut stream = stream.ok_or_else(gone)?;
                stream.skip(piece).map_err(disk)?;
                let bytes = stream.next_chunk().map_err(disk)?.unwrap_or_default();
                (bytes, !stream.has_ended())
            }
        };
        Ok(Answer::PhoneFile(PhoneFile { base64: BASE64.encode(&bytes), more }))
    }

    /// Notes in an incident's evidence each file that is not there.
    pub(super) fn note_files(
        &mut self,
        incident: &IncidentId,
        entry: &Entry,
    ) -> Result<(), ApiError> {
        let document = DocumentId::new(*incident.as_bytes());
        let private = self.own.private;
        let held = self.replica.document(&(private, document))?;
        let Some(record) = held.map(|held| held.record()) else {
            return Err(errors::internal("an incident that was written is not there"));
        };
        let mut changes: Vec<(FieldPath, Value)> = Vec::new();
        for (name, file) in &entry.files {
            let key = key(entry, name, file);
            if record.get(&format!("evidence/{key}/sha256")).is_none() {
                changes.extend(evidence(&key, name, file, entry));
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        self.edit_document(&private, document, &Schema::incident(), |edit| {
            changes.iter().try_for_each(|(path, value)| edit.set(path, value))
        })?;
        self.settle();
        Ok(())
    }
}

/// The same for the same file of the same submission, whichever device it comes to.
pub(super) fn key(entry: &Entry, name: &str, file: &File) -> String {
    let parts = [entry.known.first.as_bytes(), name.as_bytes(), file.sha256.as_bytes()];
    let hash = Label::Inbox.hash(&parts);
    letters(&hash)
}

/// The fields of an item and of its coming. What a field does not take is left out: the file is
/// kept in any case.
fn evidence(key: &str, name: &str, file: &File, entry: &Entry) -> Vec<(FieldPath, Value)> {
    let size = file.size.to_string();
    let mut texts = vec![
        (format!("evidence/{key}/file"), name),
        (format!("evidence/{key}/sha256"), file.sha256.as_str()),
        (format!("evidence/{key}/size"), size.as_str()),
        (format!("evidence/{key}/mime"), file.mime.as_str()),
        (format!("custody/{key}/evidence"), key),
        (format!("custody/{key}/event"), "received"),
        (format!("custody/{key}/at"), entry.on.as_str()),
        (format!("custody/{key}/by"), entry.by.as_str()),
    ];
    if let Some(kind) = kind(&file.mime) {
        texts.push((format!("evidence/{key}/type"), kind));
    }
    fields(&Record::incident(), texts.iter().map(|(path, text)| (path.as_str(), *text)))
}

/// The fields that name the blob of an item, and its event of custody.
pub(super) fn sealed(
    record: &Record,
    item: &str,
    blob: &BlobRef,
    entry: &Entry,
) -> Vec<(FieldPath, Value)> {
    let hash = Label::Inbox.hash(&[item.as_bytes(), b"sealed"]);
    let event: String = letters(&hash);
    let mut texts: Vec<(String, String)> =
        blob.fields().map(|(field, text)| (Slot::Original.path(item, field), text)).into();
    for (field, text) in [("evidence", item), ("event", "sealed"), ("at", entry.on.as_str())] {
        texts.push((format!("custody/{event}/{field}"), text.to_owned()));
    }
    fields(record, texts.iter().map(|(path, text)| (path.as_str(), text.as_str())))
}

fn fields<'a>(
    record: &Record,
    texts: impl Iterator<Item = (&'a str, &'a str)>,
) -> Vec<(FieldPath, Value)> {
    let field = |(path, text): (&str, &str)| {
        let path: FieldPath = path.parse().ok()?;
        let value = parse_field(record, &path, text).ok()?;
        Some((path, value))
    };
    texts.filter_map(field).collect()
}

fn letters(hash: &[u8; 32]) -> String {
    hash.iter().take(KEY_LETTERS).map(|byte| char::from(b'a' + byte % 26)).collect()
}

/// What sort of evidence a file is, where its bytes say so.
fn kind(mime: &str) -> Option<&'static str> {
    match mime.split('/').next() {
        Some("image") => Some("photo"),
        Some("video") => Some("video"),
        Some("audio") => Some("audio"),
        _other => None,
    }
}
