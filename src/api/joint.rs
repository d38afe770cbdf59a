//! Requests and answers about what partners do together on the board: decisions, links of cards,
//! possible duplicates, cards shared with another circle.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    api::{
        answer::Withheld,
        request::{CircleName, OrgName},
    },
    model::id::{CardId, CircleId, OrgId},
};

/// Questions and orders about joint decisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum DecisionRequest {
    /// Puts a decision's card to organisations. Answer: `Decision`.
    Open {
        /// The card, or a prefix of its id.
        card: String,
        /// What is asked; left out: the card's question, else its title.
        #[serde(default)]
        question: Option<String>,
        /// Last day of the window.
        closes: String,
        /// Who is asked; none: all members of the card's circle.
        #[serde(default)]
        with: Vec<OrgName>,
        /// Consents that are needed; left out: more than half.
        #[serde(default)]
        needed: Option<u64>,
        /// Ways to decide by key; none: those of the card.
        #[serde(default)]
        options: BTreeMap<String, String>,
        /// A code for the person who puts it.
        #[serde(default)]
        by: Option<String>,
    },
    /// Says how this organisation stands. Answer: `Decision`.
    Position {
        /// The card, or a prefix of its id.
        card: String,
        /// The ballot that was read: its digest, or at least 32 digits of it. Left out: the only one
        /// that was ever put.
        #[serde(default)]
        ballot: Option<String>,
        /// `consent`, `stand_aside` or `block`.
        stance: String,
        /// Key of the option that a consent is for.
        #[serde(default)]
        option: Option<String>,
        /// Why; a block needs it.
        #[serde(default)]
        reason: Option<String>,
        /// A code for the person.
        #[serde(default)]
        by: Option<String>,
    },
    /// Says that the window is over. Answer: `Decision`.
    Close {
        /// The card, or a prefix of its id.
        card: String,
        /// The ballot that was read, as of a position.
        #[serde(default)]
        ballot: Option<String>,
        /// A code for the person.
        #[serde(default)]
        by: Option<String>,
    },
    /// One decision with all that was said. Answer: `Decision`.
    Show {
        /// The card, or a prefix of its id.
        card: String,
    },
    /// The register of decisions. Answer: `Decisions`.
    List {
        /// Also those that are over.
        #[serde(default)]
        all: bool,
    },
}

/// A decision in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRow {
    /// Its card.
    pub card: CardId,
    /// The card's title.
    pub title: String,
    /// The circle.
    pub circle: CircleId,
    /// Its name.
    pub circle_name: Option<String>,
    /// Code of its state; follows from the signed positions alone.
    pub state: String,
    /// The ballot that rules, if it was put to anybody: what was asked stands there, whatever the
    /// card says by now.
    pub ballot: Option<BallotRow>,
    /// The digest of the ballot on which positions are taken: the newest.
    pub newest: Option<String>,
    /// Other ballots that can still be decided, the newest first.
    pub open: Vec<BallotRow>,
    /// Whether the card says something else than the ballot.
    pub says_otherwise: bool,
}

/// A ballot and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BallotRow {
    /// The digest by which positions name it.
    pub digest: String,
    /// Who put it.
    pub org: OrgId,
    /// Its name.
    pub org_name: Option<String>,
    /// What is asked.
    pub question: String,
    /// Ways to decide, by key.
    pub options: BTreeMap<String, String>,
    /// Code of what came of it.
    pub state: String,
    /// The option that was adopted.
    pub option: Option<String>,
    /// First day of the window.
    pub opens: String,
    /// Last day of the window.
    pub closes: String,
    /// Whether a participant has closed it.
    pub closed: bool,
    /// Whether its window is over by this device's clock, and somebody has to close it.
    pub waits_to_be_closed: bool,
    /// Whether the closing that counts bears a day that has not come by this device's clock.
    pub closed_ahead: bool,
    /// Who dated that closing; names, or ids where there is none.
    pub closed_by: Vec<String>,
    /// The day as of which it stands so, by the days of what was signed.
    pub decided_on: Option<String>,
    /// Consents that are needed.
    pub needed: u64,
    /// Consents that there are.
    pub consents: u64,
    /// Organisations that are asked, and what each said.
    pub participants: Vec<ParticipantRow>,
}

/// What one organisation said to a ballot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParticipantRow {
    /// The organisation.
    pub org: OrgId,
    /// Its name.
    pub org_name: Option<String>,
    /// Code of the stance that counts; none: it has said nothing in the window.
    pub stance: Option<String>,
    /// The option that it counts for.
    pub option: Option<String>,
    /// The reason of its newest position.
    pub reason: Option<String>,
    /// The day of its newest position.
    pub at: Option<String>,
    /// Whether it spoke after the window, which does not count.
    pub late: bool,
    /// Whether it consented to several options, which counts as a block.
    pub contradicts: bool,
    /// Whether it is this organisation.
    pub own: bool,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionDetail {
    /// What the register has of it.
    #[serde(flatten)]
    pub row: DecisionRow,
    /// Ballots on the same card before the one that rules and of which nothing more can come, the
    /// newest first.
    pub older: Vec<BallotRow>,
    /// Such ballots that were put after it and do not replace what it decided, the newest first.
    pub newer: Vec<BallotRow>,
}

impl DecisionDetail {
    /// The ballot on which positions are taken, whatever came of it: who answers it has to see it.
    #[must_use]
    pub fn to_answer(&self) -> Option<&BallotRow> {
        let newest = self.row.newest.as_ref()?;
        let shown = self.row.ballot.iter().chain(&self.row.open).chain(&self.newer);
        shown.into_iter().find(|it| it.digest == *newest)
    }
}

/// A card that may be of the same work as another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateCard {
    /// The card.
    pub card: CardId,
    /// Its title.
    pub title: String,
    /// The organisation that answers for it.
    pub owner: OrgId,
    /// Its name.
    pub owner_name: Option<String>,
    /// The circle that it is in.
    pub circle: CircleId,
    /// Its name.
    pub circle_name: Option<String>,
    /// Why: codes (`country`, `no-country`, `institution`, `title`, `period`, `no-period`) with what
    /// the other card says.
    pub reasons: Vec<(String, String)>,
}

/// A link of a card, as this reader may follow it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardLink {
    /// Its key.
    pub key: String,
    /// `incident`, `card`, `report` or `url`.
    pub kind: String,
    /// What it names.
    pub target: String,
    /// Why it is linked.
    pub note: Option<String>,
    /// Whether anything of the target can be read here; always so of reports and addresses.
    pub readable: bool,
    /// The target's title, as far as it can be read here.
    pub title: Option<String>,
    /// The incident's level of verification, or the card's state.
    pub state: Option<String>,
    /// Two letters.
    pub countries: Vec<String>,
    /// Whether the link stays at home, because the card's circle does not have the target.
    pub at_home: bool,
}

/// Orders about the links of a card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewLink {
    /// An incident, or a prefix of its id.
    pub incident: Option<String>,
    /// A card, or a prefix of its id.
    pub card: Option<String>,
    /// A report's digest or name.
    pub report: Option<String>,
    /// An address.
    pub url: Option<String>,
    /// Why.
    pub note: Option<String>,
}

/// Where to share a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardSharing {
    /// The card, or a prefix of its id.
    pub card: String,
    /// The circle.
    pub circle: CircleName,
    /// Only say what would leave.
    #[serde(default)]
    pub dry_run: bool,
    /// Also a card that another organisation made.
    #[serde(default)]
    pub of_partner: bool,
}

/// What became of sharing a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardShared {
    /// The card.
    pub card: CardId,
    /// Its id in the other circle: another one in another coalition, so that nobody who reads only
    /// one can tell. None while nothing was shared.
    pub copy: Option<CardId>,
    /// The circle.
    pub circle: CircleId,
    /// Its name.
    pub circle_name: Option<String>,
    /// `published`, `updated`, `unchanged`; with `would-` before it when nothing was written.
    pub outcome: String,
    /// What the circle reads.
    pub fields: BTreeMap<String, serde_json::Value>,
    /// What stays, each with its reason.
    pub withheld: Vec<Withheld>,
    /// The organisation that made the card, where it is another: it is not told.
    pub made_by: Option<String>,
}
