//! What comes in through the front door: kept sealed, then an incident of the private circle by the
//! same road as an imported list, so that the same submission twice is one incident.
//!
//! ```text
//! files ─▶ named ─▶ row imported, evidence noted ─▶ entry kept ─▶ all durable ─▶ told
//! ```
//!
//! A kill between two steps leaves what the next attempt completes: a phone that was not told sends
//! again. The entry never says that the incident is there; the view does.

mod attachments;
mod entry;
mod forms;

use std::{io, sync::Mutex};

use rand::Rng;
use rand_chacha::ChaCha20Rng;

use self::entry::{Entry, State};
pub use self::forms::ServedForm;
use crate::{
    api::{
        Answer, ApiError,
        import::{ImportRows, ListRow},
        openrosa::{OpenRosaRequest, Submitted},
    },
    crypto::{HttpHash, Label},
    exchange::{
        self, Mapping, Row, RowSpan, mapping,
        openrosa::{Conflict, Known, Submission, decide, xform::XForm},
    },
    model::id::IncidentId,
    node::{Node, clock, errors},
    store::{
        Inbox,
        inbox::{Draft, Finished, STREAM_ID_BYTES},
    },
};

/// Bytes of all that is kept of submissions.
const MAX_INBOX_BYTES: u64 = 20 * 1024 * 1024 * 1024;
/// Files of one instance, over all its parts.
pub const MAX_FILES: usize = 100;
/// Kind of the XML of an instance, of its files.
const XML: &str = "xml";
const PART: &str = "part";

/// Begins sealed files without waiting for the node.
#[derive(Debug)]
pub struct Drafts {
    inbox: Inbox,
    rng: Mutex<ChaCha20Rng>,
}

impl Drafts {
    /// A sealed file that is coming.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn begin(&self) -> io::Result<Draft> {
        let mut id = [0; STREAM_ID_BYTES];
        let mut rng = self.rng.lock().map_err(|_poisoned| io::Error::other("poisoned"))?;
        rng.fill_bytes(&mut id);
        drop(rng);
        self.inbox.draft(id)
    }
}

/// A file that came with a submission, sealed already.
#[derive(Debug)]
pub struct ReceivedFile {
    /// Its name, without folders.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its bytes.
    pub size: u64,
    /// What it looks like.
    pub mime: String,
    /// The bytes.
    pub sealed: Finished,
}

/// A submission that came whole.
#[derive(Debug)]
pub struct Received {
    /// What it says.
    pub submission: Submission,
    /// Its XML as it came.
    pub xml: Vec<u8>,
    /// The files that came with it.
    pub files: Vec<ReceivedFile>,
    /// The phone that sent it.
    pub by: String,
}

/// What became of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is new, or an edit.
    New,
    /// It was here; files were added, if there were new ones.
    Again,
}

/// Why a submission is not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// There is no such form.
    #[error("there is no such form")]
    UnknownForm,
    /// It contradicts what is here.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// More files than one instance has.
    #[error("a submission has at most {MAX_FILES} files")]
    TooManyFiles,
    /// The disk or the node failed; it can be tried again.
    #[error("the submission could not be kept")]
    Failed(ApiError),
}

impl From<io::Error> for NotTaken {
    fn from(error: io::Error) -> Self {
        Self::Failed(crate::replica::StorageError(error.to_string()).into())
    }
}

impl From<ApiError> for NotTaken {
    fn from(error: ApiError) -> Self {
        Self::Failed(error)
    }
}

impl Node {
    pub(super) fn openrosa(&mut self, request: OpenRosaRequest) -> Result<Answer, ApiError> {
        match request {
            OpenRosaRequest::PhoneAdd { name, url } => self.add_phone(&name, url.as_deref()),
            OpenRosaRequest::PhoneList => Ok(self.list_phones()),
            OpenRosaRequest::PhoneRevoke { name } => self.revoke_phone(&name),
            OpenRosaRequest::FormList => self.list_forms(),
            OpenRosaRequest::FormAdd { xml, mapping } => self.add_form(&xml, &mapping),
            OpenRosaRequest::FormRemove { form } => self.remove_form(&form),
            OpenRosaRequest::SubmissionList { retry } => self.list_submissions(retry),
            OpenRosaRequest::File { instance, file, piece } => {
                self.piece_of(&instance, file.as_deref(), piece)
            }
        }
    }

    /// Where submissions are kept.
    pub(super) fn inbox(&mut self) -> Result<Inbox, ApiError> {
        if let Some(inbox) = &self.inbox {
            return Ok(inbox.clone());
        }
        let inbox = self.replica.storage().open_inbox(MAX_INBOX_BYTES).map_err(disk)?;
        Ok(self.inbox.insert(inbox).clone())
    }

    /// Where files begin that come with submissions.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn drafts(&mut self) -> Result<Drafts, ApiError> {
        Ok(Drafts { inbox: self.inbox()?, rng: Mutex::new(clock::entropy()) })
    }

    /// Takes a submission. Durable when whoever asked is told.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub fn take_submission(&mut self, received: Received) -> Result<Taken, NotTaken> {
        let Received { submission, xml, files, by } = received;
        let form = self.served_form(&submission.form)?.ok_or(NotTaken::UnknownForm)?;
        let inbox = self.inbox()?;
        let instance = submission.instance.as_str();
        let digest = HttpHash::Sha256.hex(&xml);
        let own = entry::get(&inbox, instance)?;
        let edited = submission.deprecates.as_deref();
        let edited = edited.map(|old| entry::get(&inbox, old)).transpose()?.flatten();
        let known: (Option<&Known>, Option<&Known>) =
            (own.as_ref().map(|it| &it.known), edited.as_ref().map(|it| &it.known));
        // A phone that was taken could otherwise write over what others sent.
        if edited.as_ref().is_some_and(|old| old.known.xml.is_some() && old.by != by) {
            return Err(Conflict::OtherPhone.into());
        }
        let decision = decide(&submission, &digest, known.0, known.1)?;
        let mut entry = own.clone().unwrap_or_default();
        let new_files = attachments::fit(&entry, files)?;
        if entry.known.xml.is_none() {
            inbox.put(XML, instance.as_bytes(), &xml)?;
            (entry.instance, entry.form) = (instance.to_owned(), submission.form.clone());
            (entry.on, entry.by) = (clock::now().to_date(), by);
        }
        for file in new_files {
            attachments::keep(&inbox, &mut entry, file)?;
        }
        entry.known = decision.known;
        if let Some((old, known)) = decision.edited {
            let before = edited.unwrap_or_default();
            let state = if before.known.xml.is_some() { State::Superseded } else { before.state };
            entry::put(&inbox, &Entry { instance: old, known, state, ..before })?;
        }
        entry.state = if submission.encrypted {
            State::Encrypted
        } else if !decision.rules {
            State::Superseded
        } else {
            self.land(&submission, &entry, &form)?
        };
        if own.as_ref() != Some(&entry) {
            entry::put(&inbox, &entry)?;
        }
        Ok(if decision.again { Taken::Again } else { Taken::New })
    }

    /// Makes the incident say what a submission says.
    fn land(
        &mut self,
        submission: &Submission,
        entry: &Entry,
        form: &ServedForm,
    ) -> Result<State, ApiError> {
        let read = XForm::read(form.xml.as_bytes());
        let repeats = read.map(|read| read.repeats).unwrap_or_default();
        let row = match submission.row(&repeats, &entry.known.first) {
            Ok(row) => row,
            Err(error) => return Ok(State::Unread { reason: error.to_string() }),
        };
        let by = [("recorded/by".to_owned(), entry.by.clone())].into();
        let text = mapping::with_constants("the mapping", &form.mapping, &by);
        let text = text.map_err(|error| errors::internal(errors::sentence(&error)))?;
        let (header, cells): (Vec<String>, Vec<String>) = row.into_iter().unzip();
        let cells = match exchange::row::within_bounds(&header, cells) {
            Ok(cells) => cells,
            Err(reason) => return Ok(State::Unread { reason: reason.to_string() }),
        };
        let rows = vec![ListRow { line: 1, last_line: 1, cells: cells.clone() }];
        let portion = ImportRows {
            mapping: text.clone(),
            header: header.clone(),
            rows,
            dry_run: false,
            changes: false,
        };
        let imported = match self.import_rows(portion) {
            Ok(Answer::Imported(imported)) => imported,
            Ok(_other) => return Err(errors::internal("an import answers with what it did")),
            // A mapping that does not read any more.
            Err(error) if error.kind == crate::api::ErrorKind::Usage => {
                return Ok(State::Unread { reason: error.message });
            }
            Err(error) => return Err(error),
        };
        if let Some(note) = imported.rejected.first() {
            return Ok(State::Unread { reason: note.reason.clone() });
        }
        let incident = self.landed(&text, &header, cells);
        if let Some(incident) = incident {
            self.note_files(&incident, entry)?;
        }
        Ok(State::Incident { incident })
    }

    /// The incident that a row is of.
    fn landed(&self, mapping: &str, header: &[String], cells: Vec<String>) -> Option<IncidentId> {
        let mapping = Mapping::parse("the mapping", mapping).ok()?;
        let private = self.own.private;
        let keyed = move |data: &[u8]| Label::ImportRow.hash(&[private.as_bytes(), data]);
        let span = RowSpan { line: 1, last_line: 1 };
        let row = Row { span, cells, warnings: Vec::new() };
        let import = exchange::take(header, &[Ok(row)], &mapping, &keyed);
        let source = import.incidents.first()?.source;
        self.view.imported(*source.as_bytes()).map(|(incident, _)| incident)
    }

    fn list_submissions(&mut self, retry: bool) -> Result<Answer, ApiError> {
        let inbox = self.inbox()?;
        let mut entries = entry::all(&inbox).map_err(disk)?;
        if retry {
            for entry in &mut entries {
                self.try_again(&inbox, entry)?;
            }
        }
        let shown = |entry: Entry| {
            let (state, reason, incident) = match entry.state {
                State::Incident { incident } => ("incident", None, incident),
                State::Superseded => ("superseded", None, None),
                State::Encrypted => ("encrypted", None, None),
                State::Unread { reason } => ("unread", Some(reason), None),
            };
            let Entry { instance, form, on, by, files, .. } = entry;
            let (state, files) = (state.to_owned(), files.into_keys().collect());
            Submitted { instance, form, on, by, state, reason, incident, files }
        };
        Ok(Answer::Submissions(entries.into_iter().map(shown).collect()))
    }

    /// Tries to read once more what could not be read, for example after its mapping was mended.
    fn try_again(&mut self, inbox: &Inbox, entry: &mut Entry) -> Result<(), ApiError> {
        let State::Unread { .. } = entry.state else { return Ok(()) };
        let xml = inbox.get(XML, entry.instance.as_bytes()).map_err(disk)?.unwrap_or_default();
        let (Ok(submission), Some(form)) = (Submission::read(&xml), self.served_form(&entry.form)?)
        else {
            return Ok(());
        };
        entry.state = self.land(&submission, entry, &form)?;
        entry::put(inbox, entry).map_err(disk)
    }
}

pub(super) fn disk(error: io::Error) -> ApiError {
    crate::replica::StorageError(error.to_string()).into()
}
