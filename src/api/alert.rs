//! Emergency alerts: requests and answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    api::request::{CircleName, OrgName},
    model::id::{CircleId, IncidentId, OrgId},
};

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
        /// The entry or a prefix of its id; left out: the only one that waits.
        #[serde(default)]
        entry: Option<String>,
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

/// An alert in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRow {
    /// Its id.
    pub id: String,
    /// The circle that it is in.
    pub circle: CircleId,
    /// The circle's name.
    pub circle_name: Option<String>,
    /// Who raised it.
    pub org: OrgId,
    /// Their name.
    pub org_name: Option<String>,
    /// Code of the level as it is now.
    pub level: String,
    /// Code of the state: a code of `alert_state`.
    pub state: String,
    /// Whether it is an exercise.
    pub drill: bool,
    /// Whether the organisation that raised it wrote in it again: what is shown is its loudest
    /// beginning.
    pub rewritten: bool,
    /// The step that is reached: 0 to 3.
    pub step: u8,
    /// Whether somebody has to do something who has not.
    pub loud: bool,
    /// For how many seconds an answer has been missing.
    pub overdue: Option<u64>,
    /// When the next step is due, in UTC.
    pub next_step: Option<String>,
    /// What is going on.
    pub what: String,
    /// Two letters.
    pub country: String,
    /// When it was sent, as its author's clock says, in UTC.
    pub sent: String,
    /// When it expires.
    pub expires: String,
    /// Seconds from sending to the first *taking*.
    pub response: Option<u64>,
    /// Names of those who take it.
    pub taking: Vec<String>,
    /// Updates that were said to it.
    pub updates: u64,
    /// What the last of them says, cut.
    pub news: Option<String>,
    /// Closings that wait for a second organisation.
    pub unconfirmed: u64,
    /// Whether this organisation is called by now.
    pub for_us: bool,
    /// How far it came here: `queued`, `delivered`, `seen`, `acknowledged`; none of one's own.
    pub ours: Option<String>,
}

/// An organisation that an alert calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertRecipient {
    /// Which.
    pub org: OrgId,
    /// Its name.
    pub org_name: Option<String>,
    /// From which step on it is called.
    pub step: u8,
    /// Whether that step is reached.
    pub called: bool,
    /// `queued`, `delivered`, `seen` or `acknowledged`.
    pub delivery: String,
    /// What it answered: `taking`, `seen`, `cannot`.
    pub stance: Option<String>,
}

/// What somebody said to an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertEntry {
    /// Its id.
    pub id: String,
    /// Who.
    pub org: OrgId,
    /// Their name.
    pub org_name: Option<String>,
    /// The code of the person.
    pub by: String,
    /// `acknowledgement`, `update`, `stand_down`, `confirm`, `seen` or `review`.
    pub kind: String,
    /// Of an acknowledgement.
    pub stance: Option<String>,
    /// What was said.
    pub text: Option<String>,
    /// Of an update: the level.
    pub level: Option<String>,
    /// Of an update: where.
    #[serde(rename = "where")]
    pub place: Option<String>,
    /// Of a closing.
    pub outcome: Option<String>,
    /// Of a stand-down.
    pub check_in: Option<String>,
    /// Of a confirmation: the closing.
    pub confirms: Option<String>,
    /// The incident that was made of it.
    pub incident: Option<IncidentId>,
    /// When, as its author's clock says, in UTC.
    pub sent: String,
    /// Why it does not hold: `confirmation`, `update`; `idle` if it has no effect; `rewritten` if it
    /// stands though its author wrote in it again.
    pub waits: Option<String>,
    /// Whether it is one of the updates that no later one knew.
    pub latest: bool,
}

/// Two clocks that do not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockSkew {
    /// Whose is ahead.
    pub org: OrgId,
    /// Their name.
    pub org_name: Option<String>,
    /// Of whose; none: this device's.
    pub against: Option<OrgId>,
    /// Their name.
    pub against_name: Option<String>,
    /// By how many seconds at least.
    pub ahead: u64,
}

/// Somebody outside who may help: a card of the kind `alert_element`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// What it is called.
    pub title: String,
    /// Who made the card, as its signature proves.
    pub owner: String,
    /// Fields of it, and `title`, that say what another wrote there, with who did, if that is known.
    pub others: BTreeMap<String, Option<String>>,
    /// Values of the card that say for whom, when and in which language, by field.
    pub fields: BTreeMap<String, String>,
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertDetail {
    /// As in a list.
    pub row: AlertRow,
    /// The code of the person who raised it.
    pub by: String,
    /// Part of the country.
    pub admin1: Option<String>,
    /// Where, coarsely.
    #[serde(rename = "where")]
    pub place: Option<String>,
    /// Whom it is about.
    pub who: String,
    /// Codes of the help that is asked for.
    pub needs: Vec<String>,
    /// Why those concerned may be contacted.
    pub contact_basis: Option<String>,
    /// The incident that it is about, or that was made of it.
    pub incident: Option<IncidentId>,
    /// The outcome, if it is over.
    pub outcome: Option<String>,
    /// Whom it calls.
    pub recipients: Vec<AlertRecipient>,
    /// What was said, in the order of causes.
    pub entries: Vec<AlertEntry>,
    /// Clocks that do not agree.
    pub clocks: Vec<ClockSkew>,
    /// Whether its date cannot be relied on, so that it is loud at once.
    pub undatable: bool,
    /// Whom to turn to outside, from the last step on.
    pub referrals: Vec<Referral>,
}

/// Alerts in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertTotals {
    /// Alerts.
    pub alerts: u64,
    /// By code of the level.
    pub by_level: BTreeMap<String, u64>,
    /// By code of the state.
    pub by_state: BTreeMap<String, u64>,
    /// That somebody took.
    pub answered: u64,
    /// The middle one of the seconds from sending to the first *taking*.
    pub median_response: Option<u64>,
}

/// Alerts of an organisation that a list leaves out, because they are many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoldedAlerts {
    /// Who raised them.
    pub org: OrgId,
    /// Their name.
    pub org_name: Option<String>,
    /// How many.
    pub alerts: u64,
}

/// Alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertList {
    /// When, by this device's clock, in UTC.
    pub now: String,
    /// The loudest first.
    pub alerts: Vec<AlertRow>,
    /// Organisations with so many open ones that not all are shown.
    pub folded: Vec<FoldedAlerts>,
    /// Of all real ones, those that are over included.
    pub totals: AlertTotals,
    /// Of exercises, which are in no other number.
    pub drills: AlertTotals,
}
