//! The front door for phones: who may use it, which forms it has, what came in.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::id::IncidentId;

/// What is asked of the front door.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum OpenRosaRequest {
    /// Makes a name and a password for one phone. Answer: `Phone`.
    PhoneAdd {
        /// A code for the phone or whoever carries it, never a person's name.
        name: String,
        /// The address by which phones reach the endpoint, for the settings.
        url: Option<String>,
    },
    /// Who may send. Answer: `Phones`.
    PhoneList,
    /// Lets a phone send nothing more. Answer: `Phones`.
    PhoneRevoke {
        /// Its name.
        name: String,
        /// The day since which what it sent is held: `2026-11-20`.
        #[serde(default)]
        hold_since: Option<String>,
    },
    /// The forms that phones get. Answer: `PhoneForms`.
    FormList,
    /// Adds a form, or replaces the one with its id. Answer: `PhoneForms`.
    FormAdd {
        /// The XForm.
        xml: String,
        /// The name of a mapping that is kept.
        mapping: String,
    },
    /// Removes a form; what came by it stays. Answer: `PhoneForms`.
    FormRemove {
        /// Its id.
        form: String,
    },
    /// What came in, the newest first, in portions. Answer: `Submissions`.
    SubmissionList {
        /// Whether what could not be read is first tried again with the mappings as they are now.
        retry: bool,
        /// Which ones.
        #[serde(default)]
        which: Which,
        /// Only those with lower numbers: where the portion before ended.
        #[serde(default)]
        before: Option<u64>,
    },
    /// Takes up what was held. Answer: `Submissions`, those that were.
    SubmissionAccept {
        /// Which ones.
        which: Which,
        /// As in a list.
        #[serde(default)]
        before: Option<u64>,
    },
    /// Removes what was sent, for good; what was made of it stays. Answer: `Submissions`, those that
    /// were removed.
    SubmissionRemove {
        /// Which ones; the other versions of them go along.
        which: Which,
        /// As in a list.
        #[serde(default)]
        before: Option<u64>,
    },
    /// A piece of what came. Answer: `PhoneFile`.
    File {
        /// The submission's id.
        instance: String,
        /// The file's name; none for the filled form itself.
        file: Option<String>,
        /// Which piece, from 0.
        piece: u64,
    },
}

/// Which submissions are meant: those that are named, or all that fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Which {
    /// Their ids.
    pub instances: Vec<String>,
    /// From this phone alone.
    pub by: Option<String>,
    /// Those alone that wait for a person.
    pub held: bool,
}

/// A piece of a file that came.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneFile {
    /// Its bytes, in Base64.
    pub base64: String,
    /// Whether more follow.
    pub more: bool,
}

impl fmt::Debug for PhoneFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhoneFile").field("more", &self.more).finish_non_exhaustive()
    }
}

impl fmt::Debug for OpenRosaRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenRosaRequest(..)")
    }
}

/// A phone that may send from now on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPhone {
    /// Its name.
    pub name: String,
    /// Its password; shown once and not kept.
    pub password: String,
    /// The text of the QR code that sets up ODK Collect; with an address only. Holds the password.
    pub settings: Option<String>,
}

impl fmt::Debug for NewPhone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPhone").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A phone that may or could send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// Its name.
    pub name: String,
    /// The day when it was added.
    pub since: String,
    /// The day when it was revoked, if it was.
    pub revoked: Option<String>,
}

/// A form that phones get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneForm {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its version.
    pub version: String,
    /// The name of its mapping; none for those of the program.
    pub mapping: Option<String>,
}

/// A portion of what came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submissions {
    /// The newest first.
    pub submissions: Vec<Submitted>,
    /// Where to go on, if there may be more.
    pub before: Option<u64>,
}

/// A file of a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmittedFile {
    /// Its name, as the phone said it.
    pub name: String,
    /// What its bytes look like.
    pub mime: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// The item of evidence that it is, if its bytes are there.
    pub evidence: Option<String>,
}

/// A submission that came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// Which one it is of all that came.
    pub number: u64,
    /// Its id.
    pub instance: String,
    /// Of which form.
    pub form: String,
    /// The day when it came.
    pub on: String,
    /// From which phone.
    pub by: String,
    /// `incident`, `superseded`, `encrypted`, `unread` or `held`.
    pub state: String,
    /// Why it could not be read; or why it is held: `unfinished`, `budget`, `other-phone`,
    /// `other-origin`, `looked-at` or `revoked`.
    pub reason: Option<String>,
    /// The incident that it became, or would change.
    pub incident: Option<IncidentId>,
    /// The files that came with it.
    pub files: Vec<SubmittedFile>,
}
