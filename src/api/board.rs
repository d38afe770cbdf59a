//! Requests and answers about cards of the board.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    api::{
        joint::{CardLink, CardSharing, DuplicateCard, NewLink},
        reach::Reach,
        request::{CircleName, OrgName},
    },
    model::id::{CardId, CircleId, OrgId},
};

/// Questions and orders about cards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CardRequest {
    /// The kinds of cards with their fields and states. Answer: `CardKinds`.
    Kinds {
        /// Code of one kind.
        #[serde(default)]
        kind: Option<String>,
    },
    /// Makes a card. Answer: `Card`.
    Add {
        /// Code of its kind.
        kind: String,
        /// The circle that it is in; left out: the only coalition.
        #[serde(default)]
        circle: Option<CircleName>,
        /// Values by field path.
        fields: BTreeMap<String, String>,
        /// Only show it, and which cards may be of the same work.
        #[serde(default)]
        dry_run: bool,
        /// Save it only if no other card may be of the same work.
        #[serde(default)]
        unless_duplicate: bool,
    },
    /// Cards, the newest first. Answer: `Cards`.
    List {
        /// Which.
        #[serde(default)]
        filter: CardFilter,
    },
    /// One card. Answer: `Card`.
    Show {
        /// Its id or a prefix of it.
        card: String,
    },
    /// Who changed what. Answer: `CardHistory`.
    History {
        /// Its id or a prefix of it.
        card: String,
    },
    /// Changes fields of a card. Answer: `Card`.
    Edit {
        /// Its id or a prefix of it.
        card: String,
        /// New values by field path.
        set: BTreeMap<String, String>,
        /// Fields to clear.
        unset: Vec<String>,
    },
    /// Links a card with something. Answer: `Card`.
    Link {
        /// Its id or a prefix of it.
        card: String,
        /// With what: one of them.
        link: NewLink,
    },
    /// Takes a link out. Answer: `Card`.
    Unlink {
        /// Its id or a prefix of it.
        card: String,
        /// The link's key, or the beginning of what it names.
        link: String,
    },
    /// Shares a card with another circle. Answer: `CardShared`.
    Share(CardSharing),
}

/// Which cards to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CardFilter {
    /// Code of the kind.
    pub kind: Option<String>,
    /// Code of the state.
    pub state: Option<String>,
    /// The circle.
    pub circle: Option<CircleName>,
    /// The organisation that answers for it.
    pub owner: Option<OrgName>,
    /// Two letters.
    pub country: Option<String>,
    /// A tag.
    pub tag: Option<String>,
    /// Words that all occur in its texts, whatever their accents and case.
    pub text: Option<String>,
    /// Also what is archived.
    pub archived: bool,
}

/// A card in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardRow {
    /// Its id.
    pub card: CardId,
    /// Code of its kind.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Code of its state.
    pub state: String,
    /// The circle that it is in.
    pub circle: CircleId,
    /// The circle's name.
    pub circle_name: Option<String>,
    /// The organisation that answers for it.
    pub owner: OrgId,
    /// Its name.
    pub owner_name: Option<String>,
    /// Until when.
    pub due: Option<String>,
    /// First day.
    pub starts: Option<String>,
    /// Last day.
    pub ends: Option<String>,
    /// Countries, two capital letters each.
    pub countries: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Code of its priority.
    pub priority: Option<String>,
}

/// A field of a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardField {
    /// Its path.
    pub path: String,
    /// Its name, in English.
    pub label: String,
    /// Its value.
    pub value: serde_json::Value,
    /// For an organisation, its name.
    pub name: Option<String>,
    /// Whether it stays with this organisation.
    pub at_home: bool,
}

/// A field with concurrent values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardConflict {
    /// Its path.
    pub path: String,
    /// The values, with the organisations that wrote them.
    pub values: Vec<(serde_json::Value, Option<String>)>,
}

/// One card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardDetail {
    /// What a list has of it.
    #[serde(flatten)]
    pub row: CardRow,
    /// The organisation that made it.
    pub origin: OrgId,
    /// Its name.
    pub origin_name: Option<String>,
    /// Organisations that wrote in it.
    pub authors: Vec<String>,
    /// Changes in its history.
    pub changes: u64,
    /// All fields in the order of their paths.
    pub fields: Vec<CardField>,
    /// Fields with concurrent values.
    pub conflicts: Vec<CardConflict>,
    /// How far its newest version has reached.
    pub reach: Vec<Reach>,
    /// Its links, as far as they can be followed here.
    pub links: Vec<CardLink>,
    /// Cards that may be of the same work, when it was just made or changed.
    pub duplicates: Vec<DuplicateCard>,
    /// What is good to know, for example what stayed at home.
    pub notes: Vec<String>,
}

/// One change of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardChange {
    /// The circle of the document: the card's, or the private one.
    pub circle: CircleId,
    /// The circle's name.
    pub circle_name: Option<String>,
    /// Its place in the document's history, from 1: after all that it builds on.
    pub number: u64,
    /// The organisation whose device made it; none if the device is not known any more.
    pub org: Option<OrgId>,
    /// Its name.
    pub org_name: Option<String>,
    /// Whether it brought together what was written at the same time.
    pub concurrent: bool,
    /// The fields that it wrote.
    pub fields: Vec<String>,
}

/// A kind of card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardKindInfo {
    /// Its code.
    pub kind: String,
    /// The point of the coalition's programme that it is for.
    pub programme: String,
    /// Its states in order.
    pub states: Vec<String>,
    /// Its own fields: path, name and help, in English.
    pub fields: Vec<(String, String, String)>,
}
