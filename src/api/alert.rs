//! Emergency alerts: requests and answers.

mod shown;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::shown::{
    AlertDetail, AlertEntry, AlertList, AlertPlace, AlertRecipient, AlertRow, AlertTotals,
    ClockSkew, FoldedAlerts, Referral,
};
use crate::api::request::{CircleName, OrgName};

/// Digits of an entry's hash that name it for a person. Of fewer, who writes two entries makes them
/// begin alike, and gives one to each of two nodes.
pub const ENTRY_DIGITS: usize = 32;

/// Questions and orders about alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum AlertRequest {
    /// Raises an alert. Answer: `Alert`.
    Raise {
        /// What it says.
        alert: Box<NewAlert>,
        /// Shows what would be sent, as a draft, and sends nothing.
        #[serde(default)]
        dry_run: bool,
    },
    /// Says something to an alert. Answer: `Alert`.
    Say {
        /// The alert's id or a prefix of it.
        alert: String,
        /// The code of the person; left out: this device's.
        #[serde(default)]
        by: Option<String>,
        /// What.
        entry: NewEntry,
    },
    /// Alerts, the loudest first, with their totals. Answer: `Alerts`.
    List {
        /// The circle; left out: all.
        #[serde(default)]
        circle: Option<CircleName>,
        /// Also those that are over.
        #[serde(default)]
        all: bool,
        /// Only exercises.
        #[serde(default)]
        drills: bool,
    },
    /// One alert. Answer: `Alert`.
    Show {
        /// Its id or a prefix of it.
        alert: String,
        /// Whether not to tell the others that it was seen here.
        #[serde(default)]
        silent: bool,
    },
    /// Makes an incident of an alert, in the dossier of this organisation alone, and links it.
    /// Answer: `Alert`.
    Incident {
        /// Its id or a prefix of it.
        alert: String,
        /// The code of the person.
        #[serde(default)]
        by: Option<String>,
        /// More fields of the incident, by path.
        #[serde(default)]
        fields: BTreeMap<String, String>,
    },
    /// Makes a card of what was learnt from an alert, in its circle. Answer: `Card`.
    Lesson {
        /// Its id or a prefix of it.
        alert: String,
        /// What was learnt, in a line.
        title: String,
        /// Fields of the card, by path.
        #[serde(default)]
        fields: BTreeMap<String, String>,
    },
}

/// What a new alert says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewAlert {
    /// The circle, which is who can read it; left out: the only coalition.
    pub circle: Option<CircleName>,
    /// Code of the level.
    pub level: String,
    /// What is going on, at most 140 characters.
    pub what: String,
    /// Two letters.
    pub country: String,
    /// ISO 3166-2.
    pub admin1: Option<String>,
    /// Coarsely.
    #[serde(rename = "where")]
    pub place: Option<String>,
    /// A pseudonym, or `collective`.
    pub who: String,
    /// Codes of the help that is asked for.
    pub needs: Vec<String>,
    /// Why those concerned may be contacted: a code of `consent_basis`.
    pub contact_basis: Option<String>,
    /// The incident that it is about.
    pub incident: Option<String>,
    /// Whether it is an exercise.
    pub drill: bool,
    /// Seconds until it expires; left out: the level's.
    pub expires_in: Option<u64>,
    /// Seconds until each of the three steps; left out: the level's.
    pub escalate_after: Option<[u64; 3]>,
    /// Who is called at once; nobody: all.
    pub call: Vec<OrgName>,
    /// Who is called at the first step.
    pub then: Vec<OrgName>,
    /// The code of the person; left out: this device's.
    pub by: Option<String>,
    /// Of an alert that another system sent: what its sender and id hash to.
    pub source: Option<String>,
    /// Whether it is raised though this device's clock seems to be behind.
    pub anyway: bool,
}

/// What is said to an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum NewEntry {
    /// Answers it.
    Acknowledgement {
        /// `taking`, `seen` or `cannot`.
        stance: String,
        /// What else.
        #[serde(default)]
        text: Option<String>,
    },
    /// *Cannot*, for all of this organisation who take it.
    GiveUp {
        /// What else.
        #[serde(default)]
        text: Option<String>,
    },
    /// Says what is new.
    Update {
        /// What.
        #[serde(default)]
        text: Option<String>,
        /// A more severe level.
        #[serde(default)]
        level: Option<String>,
        /// Seconds from now on until it expires.
        #[serde(default)]
        expires_in: Option<u64>,
        /// Coarsely.
        #[serde(default, rename = "where")]
        place: Option<String>,
        /// The incident that was made of it.
        #[serde(default)]
        incident: Option<String>,
    },
    /// Closes it.
    StandDown {
        /// `safe`, `harm_occurred`, `false_alarm` or `transferred`.
        outcome: String,
        /// How those concerned were reached.
        check_in: String,
        /// What else.
        #[serde(default)]
        text: Option<String>,
    },
    /// Confirms a closing.
    Confirm {
        /// The closing: the first digits of its hash, [`ENTRY_DIGITS`] at least.
        entry: String,
    },
    /// Closes one that expired.
    Review {
        /// As of a stand-down.
        outcome: String,
        /// What else.
        #[serde(default)]
        text: Option<String>,
    },
}
