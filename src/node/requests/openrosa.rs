//! What comes in through the front door: kept sealed, then an incident of the private circle by the
//! same road as an imported list, so that the same submission twice is one incident.
//!
//! ```text
//! files ─▶ named ─▶ entry kept ─▶ row imported, evidence noted ─▶ entry says so ─▶ all durable ─▶ told
//! ```
//!
//! A kill between two steps leaves what the next attempt completes: a phone that was not told sends
//! again. The entry never says that the incident is there; the view does.
//!
//! A phone may be in the hands of whoever took it. What it sends is a lead of its own; it changes
//! nothing but what the same phone sent before, and that only as long as nobody has looked at it
//! (`landing`). It is bounded in what it can send (`budget`), and what it sent can be held and removed
//! (`listing`).

mod attaching;
mod attachments;
mod budget;
mod entry;
mod forms;
mod landing;
mod listing;
#[cfg(test)]
mod tests;

use std::{io, sync::Mutex};

use rand::Rng;
use rand_chacha::ChaCha20Rng;

pub use self::forms::{ListedForm, ServedForm};
use self::{
    budget::Within,
    entry::{Entry, State, Why},
    landing::How,
};
use super::phones::Sender;
use crate::{
    api::{Answer, ApiError, openrosa::OpenRosaRequest},
    crypto::HttpHash,
    exchange::openrosa::{Conflict, Edited, Submission, decide},
    node::{Node, clock},
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
    pub by: Sender,
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
    /// The phone was revoked while it was sending.
    #[error("this phone may send nothing more")]
    Revoked,
    /// There is no such form.
    #[error("there is no such form")]
    UnknownForm,
    /// It contradicts what is here.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// More files than one instance has.
    #[error("a submission has at most {MAX_FILES} files")]
    TooManyFiles,
    /// The phone has sent as much as is taken of one.
    #[error("this phone has sent as much as is taken of one for now")]
    NoRoom,
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
            OpenRosaRequest::PhoneRevoke { name, hold_since } => {
                self.revoke_phone(&name, hold_since.as_deref())
            }
            OpenRosaRequest::FormList => self.list_forms(),
            OpenRosaRequest::FormAdd { xml, mapping } => self.add_form(&xml, &mapping),
            OpenRosaRequest::FormRemove { form } => self.remove_form(&form),
            OpenRosaRequest::SubmissionList { retry, which, before } => {
                self.list_submissions(retry, &which, before)
            }
            OpenRosaRequest::SubmissionAccept { which, before } => {
                self.accept_submissions(&which, before)
            }
            OpenRosaRequest::SubmissionRemove { which, before } => {
                self.remove_submissions(&which, before)
            }
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

    /// Whether a phone may send so many bytes now. Asked before they are read.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub fn may_upload(&mut self, by: &Sender, bytes: u64) -> Result<(), NotTaken> {
        if !self.may_send(by) {
            return Err(NotTaken::Revoked);
        }
        let inbox = self.inbox()?;
        let spent = budget::get(&inbox, by.name())?;
        spent.has_room(bytes, clock::now()).then_some(()).ok_or(NotTaken::NoRoom)
    }

    /// Takes a submission. Durable when whoever asked is told.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub fn take_submission(&mut self, received: Received) -> Result<Taken, NotTaken> {
        let Received { submission, xml, files, by } = received;
        // A body may take hours: what was proved before it is asked again.
        if !self.may_send(&by) {
            return Err(NotTaken::Revoked);
        }
        let (inbox, by) = (self.inbox()?, by.name());
        let instance = submission.instance.as_str();
        let digest = HttpHash::Sha256.hex(&xml);
        if entry::is_gone(&inbox, instance, &digest)? {
            return Ok(Taken::Again);
        }
        let form = self.served_form(&submission.form)?.ok_or(NotTaken::UnknownForm)?;
        let own = entry::get(&inbox, instance)?;
        let early = entry::early(&inbox, instance, by)?;
        let old = submission.deprecates.as_deref();
        let edited = old.map(|old| entry::get(&inbox, old)).transpose()?.flatten();
        let before = old.map(|old| entry::early(&inbox, old, by)).transpose()?.flatten();
        let relation = match &edited {
            None => Edited::NotHere(before.as_ref()),
            Some(edited) if edited.by == by => Edited::Own(&edited.known),
            Some(_) => Edited::OtherPhones,
        };
        let known = own.as_ref().map(|own| &own.known);
        let decision = decide(&submission, &digest, (known, early.as_ref()), relation)?;
        let mut entry = own.clone().unwrap_or_default();
        let new_files = attachments::fit(&entry, files)?;
        if own.as_ref().is_some_and(|own| own.by != by) && !new_files.is_empty() {
            return Err(Conflict::OtherPhone.into());
        }
        let within = spend(&inbox, by, own.is_none().then_some(&*xml), &new_files)?;
        if own.is_none() {
            inbox.put(XML, instance.as_bytes(), &xml)?;
            entry.number = entry::next_number(&inbox, instance)?;
            (entry.instance, entry.form) = (instance.to_owned(), submission.form.clone());
            (entry.on, entry.by) = (clock::now().to_date(), by.to_owned());
            (entry.xml_bytes, entry.deprecates) = (xml.len() as u64, submission.deprecates.clone());
            // An edit by the same phone goes where the edited one went.
            let own = edited.as_ref().filter(|_| !decision.foreign);
            entry.made = own.is_some_and(|edited| edited.made);
        }
        for file in new_files {
            attachments::keep(&inbox, &mut entry, file)?;
        }
        entry.known = decision.known;
        // First what makes the edited one step back: else, after a kill, it would come again and
        // take the place of its edit.
        if let (Some((_, known)), Some(edited)) = (decision.edited, edited) {
            budget::release(&inbox, &edited)?;
            entry::put(&inbox, &Entry { known, state: State::Superseded, ..edited })?;
        }
        if let Some((old, early)) = decision.early {
            entry::put_early(&inbox, &old, by, &early)?;
        }
        if decision.again {
            if own.as_ref() != Some(&entry) {
                entry::put(&inbox, &entry)?;
            }
            self.land_again(&inbox, &submission, &mut entry, &form)?;
            return Ok(Taken::Again);
        }
        let held = |why| State::Held { why, incident: None };
        entry.state = if submission.encrypted {
            State::Encrypted
        } else if !decision.rules {
            State::Superseded
        } else if decision.foreign {
            held(Why::OtherPhone)
        } else if within == Within::Held {
            held(Why::Budget)
        } else {
            entry.state = held(Why::Unfinished);
            self.land(&inbox, &submission, &mut entry, &form, How::New)?
        };
        entry::put(&inbox, &entry)?;
        budget::hold(&inbox, &entry)?;
        Ok(Taken::New)
    }
}

/// Counts what comes against the phone's budget. `xml` is that of a new submission.
fn spend(
    inbox: &Inbox,
    by: &str,
    xml: Option<&[u8]>,
    files: &[ReceivedFile],
) -> Result<Within, NotTaken> {
    if xml.is_none() && files.is_empty() {
        return Ok(Within::Yes);
    }
    let now = clock::now();
    let mut spent = budget::get(inbox, by)?;
    let bytes = files.iter().fold(0_u64, |sum, file| sum.saturating_add(file.size));
    let within = match xml {
        Some(xml) => spent.take(bytes.saturating_add(xml.len() as u64), now),
        None => spent.take_more(bytes, now).then_some(Within::Yes),
    };
    let within = within.ok_or(NotTaken::NoRoom)?;
    budget::put(inbox, by, &spent)?;
    Ok(within)
}

pub(super) fn disk(error: io::Error) -> ApiError {
    crate::replica::StorageError(error.to_string()).into()
}
