//! What is kept of each instance, sealed: its entry; what an edit said of it ahead of time; that it
//! was removed; and the order in which all came, in pages, so that they are listed without opening
//! everything.

use std::{collections::BTreeMap, io};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    exchange::openrosa::{Early, Known},
    model::id::IncidentId,
    store::Inbox,
};

const ENTRY: &str = "entry";
const EARLY: &str = "early";
const GONE: &str = "gone";
const PAGE: &str = "page";
/// Instances of one page.
const PAGE_LENGTH: u64 = 100;
/// Removed versions of one instance that are remembered: its XML is other each time.
const MAX_GONE: usize = 16;

/// An instance.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Its id.
    pub(super) instance: String,
    /// Of which form.
    pub(super) form: String,
    pub(super) known: Known,
    /// The instance that it says it edits.
    pub(super) deprecates: Option<String>,
    /// Which one it is of all that came.
    pub(super) number: u64,
    /// The day when it came.
    pub(super) on: String,
    /// The phone that sent it.
    pub(super) by: String,
    /// Bytes of its XML.
    pub(super) xml_bytes: u64,
    /// Its files by name.
    pub(super) files: BTreeMap<String, File>,
    /// Whether this instance, or one that it edits, made the incident: what comes to an incident
    /// that another device or a list made is not written over it.
    pub(super) made: bool,
    pub(super) state: State,
}

impl Entry {
    /// Bytes of it in the inbox.
    pub(super) fn bytes(&self) -> u64 {
        let files = self.files.values().filter(|file| !file.is_evidence);
        files.fold(self.xml_bytes, |sum, file| sum.saturating_add(file.size))
    }
}

/// What is known of a file.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct File {
    pub(super) sha256: String,
    pub(super) size: u64,
    pub(super) mime: String,
    /// Whether its bytes are an item of evidence now, and here no more.
    pub(super) is_evidence: bool,
}

/// What became of an instance.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub(super) enum State {
    /// It is what an incident says.
    Incident {
        /// Which one, for people; whether it is there, the view knows.
        incident: Option<IncidentId>,
    },
    /// An edit took its place.
    Superseded,
    /// It is sealed for a key that is not ours.
    Encrypted,
    /// It makes no incident.
    Unread {
        /// Why.
        reason: String,
    },
    /// It waits for a person.
    Held {
        why: Why,
        /// The incident that it would change, or that it has made.
        incident: Option<IncidentId>,
    },
}

impl State {
    /// Why it waits for a person, if it does.
    pub(super) const fn held(&self) -> Option<Why> {
        if let Self::Held { why, .. } = self { Some(*why) } else { None }
    }

    /// The incident that it is, or that it would change.
    pub(super) const fn incident(&self) -> Option<IncidentId> {
        if let Self::Incident { incident } | Self::Held { incident, .. } = self {
            *incident
        } else {
            None
        }
    }

    /// Whether it is to be read once more.
    pub(super) fn is_unread(&self) -> bool {
        matches!(self, Self::Unread { .. }) || self.held() == Some(Why::Unfinished)
    }
}

/// Why something waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Why {
    /// The program ended before it was read.
    Unfinished,
    /// The phone sent more than is taken up by itself.
    Budget,
    /// It edits what another phone sent.
    OtherPhone,
    /// It would change an incident that came otherwise: by another device, or a list.
    OtherOrigin,
    /// It would change an incident that was reviewed or shared.
    LookedAt,
    /// The phone was revoked, and what it sent since a day is held.
    Revoked,
}

impl Why {
    /// As it is told.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::Budget => "budget",
            Self::OtherPhone => "other-phone",
            Self::OtherOrigin => "other-origin",
            Self::LookedAt => "looked-at",
            Self::Revoked => "revoked",
        }
    }
}

impl Default for State {
    fn default() -> Self {
        Self::Held { why: Why::Unfinished, incident: None }
    }
}

fn read<T: DeserializeOwned>(inbox: &Inbox, kind: &str, name: &[u8]) -> io::Result<Option<T>> {
    let bytes = inbox.get(kind, name)?;
    bytes.map(|bytes| serde_json::from_slice(&bytes).map_err(io::Error::other)).transpose()
}

/// Also on a full disk: without this nothing could be held or removed there. What comes is refused
/// by its XML and its files, which are kept first.
fn write(inbox: &Inbox, kind: &str, name: &[u8], value: &impl Serialize) -> io::Result<()> {
    inbox.note(kind, name, &serde_json::to_vec(value).map_err(io::Error::other)?)
}

pub(super) fn get(inbox: &Inbox, instance: &str) -> io::Result<Option<Entry>> {
    read(inbox, ENTRY, instance.as_bytes())
}

pub(super) fn put(inbox: &Inbox, entry: &Entry) -> io::Result<()> {
    write(inbox, ENTRY, entry.instance.as_bytes(), entry)
}

/// What a phone's edit said of an instance that has not come from it. Each phone has its own: what
/// one says ahead of time is nothing to the others.
pub(super) fn early(inbox: &Inbox, instance: &str, by: &str) -> io::Result<Option<Early>> {
    read(inbox, EARLY, &place(instance, by))
}

pub(super) fn put_early(inbox: &Inbox, instance: &str, by: &str, early: &Early) -> io::Result<()> {
    let bytes = serde_json::to_vec(early).map_err(io::Error::other)?;
    inbox.put(EARLY, &place(instance, by), &bytes)
}

fn place(instance: &str, by: &str) -> Vec<u8> {
    [instance.as_bytes(), &[0], by.as_bytes()].concat()
}

/// Whether a person removed an instance with this XML. Another XML under the same id is not meant:
/// who knows the id of a draft must not be able to have what is sent later thrown away.
pub(super) fn is_gone(inbox: &Inbox, instance: &str, xml: &str) -> io::Result<bool> {
    Ok(gone(inbox, instance)?.iter().any(|gone| gone == xml))
}

/// The SHA-256 of the XML of each that was removed with an id.
fn gone(inbox: &Inbox, instance: &str) -> io::Result<Vec<String>> {
    Ok(read(inbox, GONE, instance.as_bytes())?.unwrap_or_default())
}

/// Notes that an entry is removed: sent again, it makes nothing. Before its files go, so that it is
/// not taken for new if the program ends between the two.
pub(super) fn bury(inbox: &Inbox, entry: &Entry) -> io::Result<()> {
    let mut all = gone(inbox, &entry.instance)?;
    all.retain(|xml| *xml != entry.known.xml);
    all.push(entry.known.xml.clone());
    let older = all.len().saturating_sub(MAX_GONE);
    all.drain(..older);
    write(inbox, GONE, entry.instance.as_bytes(), &all)
}

/// Removes an entry that was buried. Its files are the caller's.
pub(super) fn forget(inbox: &Inbox, entry: &Entry) -> io::Result<()> {
    inbox.remove(EARLY, &place(&entry.instance, &entry.by))?;
    if let Some(old) = &entry.deprecates {
        inbox.remove(EARLY, &place(old, &entry.by))?;
    }
    let (page, at) = page_of(entry.number);
    let mut on_page = page_at(inbox, page)?;
    if let Some(name) = on_page.get_mut(at) {
        name.clear();
        write(inbox, PAGE, &page.to_le_bytes(), &on_page)?;
    }
    inbox.remove(ENTRY, entry.instance.as_bytes())
}

/// Gives an instance the next number.
pub(super) fn next_number(inbox: &Inbox, instance: &str) -> io::Result<u64> {
    let last = last_number(inbox)?;
    let (page, _) = page_of(last);
    let full = last != 0 && last.is_multiple_of(PAGE_LENGTH);
    let page = if full { page.saturating_add(1) } else { page };
    let mut on_page = page_at(inbox, page)?;
    on_page.push(instance.to_owned());
    write(inbox, PAGE, &page.to_le_bytes(), &on_page)?;
    if on_page.len() == 1 {
        write(inbox, PAGE, b"last", &page)?;
    }
    Ok(last.saturating_add(1))
}

/// The number of the last that came; 0 if none has.
pub(super) fn last_number(inbox: &Inbox) -> io::Result<u64> {
    let mut page: u64 = read(inbox, PAGE, b"last")?.unwrap_or_default();
    let mut on_page = page_at(inbox, page)?.len() as u64;
    // The program may have ended between a new page and the note of it.
    loop {
        let next = page_at(inbox, page.saturating_add(1))?.len() as u64;
        if next == 0 {
            return Ok(page.saturating_mul(PAGE_LENGTH).saturating_add(on_page));
        }
        (page, on_page) = (page.saturating_add(1), next);
    }
}

/// The entries whose numbers are below `before`, the newest first, at most `most` of them looked
/// at; and the number below which to go on, if there are more.
pub(super) fn some(
    inbox: &Inbox,
    before: Option<u64>,
    most: usize,
) -> io::Result<(Vec<Entry>, Option<u64>)> {
    let last = last_number(inbox)?.saturating_add(1);
    let before = before.unwrap_or(last).min(last);
    let (mut entries, mut open) = (Vec::new(), (u64::MAX, Vec::new()));
    for number in (1..before).rev().take(most) {
        let (page, at) = page_of(number);
        if open.0 != page {
            open = (page, page_at(inbox, page)?);
        }
        let Some(instance) = open.1.get(at).filter(|name| !name.is_empty()) else { continue };
        // A number without entry, or of another: the program ended before the entry was kept.
        entries.extend(get(inbox, instance)?.filter(|entry| entry.number == number));
    }
    let next = before.saturating_sub(u64::try_from(most).unwrap_or(u64::MAX));
    Ok((entries, (next > 1).then_some(next)))
}

/// The page of a number, and its place there.
fn page_of(number: u64) -> (u64, usize) {
    let number = number.saturating_sub(1);
    let at = usize::try_from(number % PAGE_LENGTH).unwrap_or_default();
    (number / PAGE_LENGTH, at)
}

fn page_at(inbox: &Inbox, page: u64) -> io::Result<Vec<String>> {
    Ok(read(inbox, PAGE, &page.to_le_bytes())?.unwrap_or_default())
}
