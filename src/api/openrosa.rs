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
    /// What came in. Answer: `Submissions`.
    SubmissionList {
        /// Whether what could not be read is first tried again with the mappings as they are now.
        retry: bool,
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

/// A submission that came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// Its id.
    pub instance: String,
    /// Of which form.
    pub form: String,
    /// The day when it came.
    pub on: String,
    /// From which phone.
    pub by: String,
    /// `incident`, `superseded`, `encrypted` or `unread`.
    pub state: String,
    /// Why it could not be read.
    pub reason: Option<String>,
    /// The incident that it became.
    pub incident: Option<IncidentId>,
    /// Names of the files that came with it.
    pub files: Vec<String>,
}
