//! Alerts as they are shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::id::{CircleId, IncidentId, OrgId};

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
    /// Whether the organisation that raised it wrote in it again: a mark. What is shown is what its
    /// id is of.
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
    /// Who says so.
    pub news_of: Option<String>,
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
    /// Its id: a hash of all that it says, its author and the device.
    pub id: String,
    /// What names it: a hash over all that it says, as 40 digits.
    pub hash: String,
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
    /// Of a *cannot*: whether it is for all of the organisation.
    pub for_all: bool,
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
    /// Of a confirmation: the closing, by its hash.
    pub confirms: Option<String>,
    /// The incident that was made of it.
    pub incident: Option<IncidentId>,
    /// When, as its author's clock says, in UTC.
    pub sent: String,
    /// Why it does not hold: `confirmation`, `update`; `idle` if it has no effect. Or, of one that
    /// holds, the mark `rewritten`: its author wrote in it again, and it says what it said.
    pub waits: Option<String>,
    /// Whether it is one of the updates that no later one knew.
    pub latest: bool,
}

/// Where something is, as an organisation says in an update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertPlace {
    /// Which.
    pub org: OrgId,
    /// Its name.
    pub org_name: Option<String>,
    /// The code of the person.
    pub by: String,
    /// Where, coarsely.
    #[serde(rename = "where")]
    pub place: String,
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
    /// Where, coarsely, as who raised it said.
    #[serde(rename = "where")]
    pub place: Option<String>,
    /// Where by updates: the last word of each organisation, of who raised it and of those who take
    /// it first.
    pub places: Vec<AlertPlace>,
    /// Whom it is about.
    pub who: String,
    /// Codes of the help that is asked for.
    pub needs: Vec<String>,
    /// Why those concerned may be contacted.
    pub contact_basis: Option<String>,
    /// The incident that this organisation made of it, else the one that it is about, else the one
    /// that who raised it made. What others made is in what they say.
    pub incident: Option<IncidentId>,
    /// The outcome, if it is over.
    pub outcome: Option<String>,
    /// Whether it is over.
    pub closed: bool,
    /// What keeps the closings that were said from closing it: `confirmation` or `update`.
    pub missing: Option<String>,
    /// The codes of those of this organisation who take it.
    pub taking_here: Vec<String>,
    /// Whom it calls.
    pub recipients: Vec<AlertRecipient>,
    /// What was said, in the order of causes.
    pub entries: Vec<AlertEntry>,
    /// Clocks that do not agree.
    pub clocks: Vec<ClockSkew>,
    /// Whether its date cannot be relied on, so that it is loud at once.
    pub undatable: bool,
    /// Whether it has expired before any other organisation said anything: it came late, or the
    /// clock of who raised it is behind.
    pub unseen_in_time: bool,
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
