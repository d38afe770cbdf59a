//! Requests and answers about joint statements, comments and checklists.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{
    id::{CardId, DeviceId, OrgId},
    rich::RichText,
};

/// What an exported statement says that it is.
pub const STATEMENT_FORMAT: &str = "ceiba statement 1";

/// Questions and orders about joint statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case", deny_unknown_fields)]
pub enum StatementRequest {
    /// One statement. Answer: `Statement`.
    Show {
        /// The card's id or a prefix of it.
        card: String,
    },
    /// Sets texts by what differs from `base`: what others changed meanwhile stays. Answer:
    /// `Statement`.
    Edit {
        /// The card's id or a prefix of it.
        card: String,
        /// Markdown by language.
        texts: BTreeMap<String, String>,
        /// The Markdown that each was edited from; left out: the present one.
        #[serde(default)]
        base: BTreeMap<String, String>,
        /// The hash of the text that the one text was written from, or its first 32 digits or more:
        /// refused where the present one is another.
        #[serde(default)]
        base_hash: Option<String>,
    },
    /// Who changed what in a text. Answer: `StatementHistory`.
    History {
        /// The card's id or a prefix of it.
        card: String,
        /// Only this language.
        #[serde(default)]
        lang: Option<String>,
    },
    /// Who wrote which stretch. Answer: `StatementBlame`.
    Blame {
        /// The card's id or a prefix of it.
        card: String,
        /// Only this language.
        #[serde(default)]
        lang: Option<String>,
    },
    /// Freezes the present texts, with who keeps them and who is asked. Answer: `Statement`.
    Freeze {
        /// The card's id or a prefix of it.
        card: String,
        /// The hash of all texts that the person read, or its first 32 digits or more: refused
        /// without it, and where the present ones are others.
        #[serde(default)]
        base: Option<String>,
        /// Organisations that keep it, beside this one; nobody: as before, at first as the card says.
        #[serde(default)]
        keepers: Vec<String>,
        /// Organisations that are asked; nobody: as before, at first as the card says.
        #[serde(default)]
        asked: Vec<String>,
        /// The person's code in the organisation.
        by: String,
    },
    /// Says what this organisation says of the newest frozen text. Answer: `Statement`.
    Endorse {
        /// The card's id or a prefix of it.
        card: String,
        /// `endorse`, `decline` or `withdrawn`.
        stance: String,
        /// The hash that the person read, or its first 32 digits or more; who takes back may leave
        /// it out.
        #[serde(default)]
        hash: Option<String>,
        /// The person's code in the organisation.
        by: String,
    },
    /// Releases or retires a frozen text. Answer: `Statement`.
    Release {
        /// The card's id or a prefix of it.
        card: String,
        /// Whether it is taken back.
        retire: bool,
        /// The hash of the version that the person read, or its first 32 digits or more; who retires
        /// may leave it out: what is out.
        #[serde(default)]
        hash: Option<String>,
        /// The person's code in the organisation.
        by: String,
    },
    /// The statement with its signatures, for who has no node. Answer: `StatementFile`.
    Export {
        /// The card's id or a prefix of it.
        card: String,
    },
    /// Says something to a card. Answer: `Comments`.
    Comment {
        /// The card's id or a prefix of it.
        card: String,
        /// What is said.
        text: String,
        /// The comment that it answers, its id or a prefix of it.
        #[serde(default)]
        reply_to: Option<String>,
        /// Words of a text that it is about.
        #[serde(default)]
        on: Option<String>,
        /// The person's code in the organisation.
        by: String,
    },
    /// What was said to a card. Answer: `Comments`.
    Comments {
        /// The card's id or a prefix of it.
        card: String,
    },
    /// Adds a line to a card's checklist. Answer: `Items`.
    ItemAdd {
        /// The card's id or a prefix of it.
        card: String,
        /// What is to be done.
        text: String,
        /// The organisation that does it.
        #[serde(default)]
        assignee: Option<String>,
        /// Until when.
        #[serde(default)]
        due: Option<String>,
    },
    /// Says that a line is done, or is not. Answer: `Items`.
    ItemDone {
        /// The line's id or a prefix of it.
        item: String,
        /// Whether it is.
        done: bool,
    },
    /// A card's checklist. Answer: `Items`.
    Items {
        /// The card's id or a prefix of it.
        card: String,
    },
}

/// An organisation with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementOrg {
    /// The organisation.
    pub org: OrgId,
    /// Its name, as the node knows it.
    pub org_name: Option<String>,
}

/// A frozen text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementVersion {
    /// What later records call it.
    pub version: String,
    /// Its hash, 64 hexadecimal digits.
    pub hash: String,
    /// Who froze it.
    pub author: OrgId,
    /// Its name.
    pub author_name: Option<String>,
    /// The day, as its author says.
    pub at: String,
    /// Who may freeze what follows, and release it.
    pub keepers: Vec<StatementOrg>,
    /// Whose endorsement is awaited; nobody: of all members.
    pub asked: Vec<StatementOrg>,
    /// Markdown by language.
    pub texts: BTreeMap<String, String>,
}

/// What one organisation says of the newest frozen text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementWord {
    /// The organisation.
    pub org: OrgId,
    /// Its name.
    pub org_name: Option<String>,
    /// `silent`, `endorses`, `stale`, `declines`, `withdrew`, `invalid`.
    pub standing: String,
    /// Whether its endorsement is awaited.
    pub asked: bool,
    /// The day of its last word, as it says.
    pub at: Option<String>,
}

/// A link of a statement to an incident that does not hold any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementFlag {
    /// The incident.
    pub incident: String,
    /// `not_met`, `refuted`, `withdrawn` or `gone`.
    pub reason: String,
}

/// A joint statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementDetail {
    /// The card.
    pub card: CardId,
    /// Its title.
    pub title: String,
    /// Its state, which follows from the signed records.
    pub state: String,
    /// The present texts with their marks, by language.
    pub texts: BTreeMap<String, RichText>,
    /// The same as Markdown.
    pub markdown: BTreeMap<String, String>,
    /// The hash of each present text, to write from.
    pub text_hashes: BTreeMap<String, String>,
    /// The hash of all present texts together, to freeze them.
    pub texts_hash: String,
    /// What the edit took out, by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub taken_out: BTreeMap<String, String>,
    /// Whether the present texts are not those of the newest version.
    pub changed_since: bool,
    /// The newest frozen text.
    pub newest: Option<StatementVersion>,
    /// The text that is out, or was.
    pub released: Option<StatementVersion>,
    /// Who released or retired it.
    pub released_by: Option<String>,
    /// Who may freeze and release.
    pub keepers: Vec<StatementOrg>,
    /// Who changed the card's owner, stewards or who is asked, and keeps the statement not: that
    /// changes nothing of what is frozen.
    pub meddlers: Vec<StatementOrg>,
    /// What the organisations say.
    pub words: Vec<StatementWord>,
    /// How many of those asked endorse the newest text.
    pub endorsed: usize,
    /// How many are asked.
    pub asked: usize,
    /// Cited incidents that do not hold any more.
    pub flags: Vec<StatementFlag>,
    /// Not before that day.
    pub embargo: Option<String>,
}

/// What one change did to a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementChange {
    /// The language.
    pub lang: String,
    /// Its place in the text's history, from 1: after all that it builds on.
    pub number: usize,
    /// The organisation whose device made it.
    pub org: Option<OrgId>,
    /// Its name.
    pub org_name: Option<String>,
    /// Pieces put in.
    pub inserted: Vec<String>,
    /// Pieces taken out.
    pub deleted: Vec<String>,
    /// Whether marks changed.
    pub marked: bool,
    /// Whether there was more than is told.
    pub cut: bool,
}

/// Letters in a row by one organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementStretch {
    /// The language.
    pub lang: String,
    /// Who wrote them.
    pub org: Option<OrgId>,
    /// Its name.
    pub org_name: Option<String>,
    /// The letters.
    pub text: String,
    /// Whether there is more than is told after it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
}

/// An endorsement, as who has no node can check it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedWord {
    /// The organisation.
    pub org: OrgId,
    /// Its name, as the exporter's node knows it.
    pub org_name: Option<String>,
    /// What it says.
    pub stance: String,
    /// The key of the device that signed.
    pub device: DeviceId,
    /// The signature, 128 hexadecimal digits.
    pub signature: String,
    /// The day, as it says.
    pub at: String,
    /// What proves that the device is the organisation's: its signed manifests from the first on,
    /// hexadecimal.
    pub manifests: Vec<String>,
}

/// A statement with its endorsements, for who has no node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementFile {
    /// `ceiba statement 1`.
    pub format: String,
    /// The card.
    pub card: CardId,
    /// Its title.
    pub title: String,
    /// Its state.
    pub state: String,
    /// The frozen text: what is out, else the newest.
    pub version: StatementVersion,
    /// What organisations signed over exactly this version.
    pub words: Vec<SignedWord>,
}

/// What checking a file came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementCheck {
    /// The title that the file says.
    pub title: String,
    /// Whether the hash is that of what was frozen.
    pub hash_holds: bool,
    /// The hash of what was frozen.
    pub hash: String,
    /// The texts that were checked.
    pub texts: BTreeMap<String, String>,
    /// Who keeps it, with the names that the file says.
    pub keepers: Vec<StatementOrg>,
    /// Who is asked, with the names that the file says; nobody: all members.
    pub asked: Vec<StatementOrg>,
    /// What organisations say of it.
    pub words: Vec<CheckedWord>,
    /// Organisations that must endorse it and do not, as the file proves.
    pub missing: Vec<OrgId>,
    /// Whether everything holds, somebody endorses, and nobody is missing.
    pub proven: bool,
}

/// An organisation's word in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedWord {
    /// The organisation, which is its key.
    pub org: OrgId,
    /// The name that the file says.
    pub says_it_is: Option<String>,
    /// What it says.
    pub stance: String,
    /// The day, as it says.
    pub at: String,
    /// Whether the device's signature holds for this hash.
    pub signature_holds: bool,
    /// Whether the manifests prove that the device is the organisation's.
    pub device_proven: bool,
    /// Whether the person named this organisation: else its id is to be compared.
    pub named: bool,
}

impl CheckedWord {
    /// Whether the organisation of this id said it.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.signature_holds && self.device_proven
    }
}

/// What somebody said to a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardComment {
    /// Its id.
    pub id: String,
    /// Who said it.
    pub org: OrgId,
    /// Its name.
    pub org_name: Option<String>,
    /// The day, as it says.
    pub at: String,
    /// What was said.
    pub text: String,
    /// The comment that it answers.
    pub reply_to: Option<String>,
    /// The language of the text that it is about.
    pub lang: Option<String>,
    /// The words that it is about, as they are now; none if they are gone.
    pub on: Option<String>,
    /// The person's code.
    pub by: Option<String>,
}

/// A line of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardItem {
    /// Its id.
    pub item: CardId,
    /// The card.
    pub card: CardId,
    /// What is to be done.
    pub text: String,
    /// Whether it is.
    pub done: bool,
    /// The organisation that does it.
    pub assignee: Option<OrgId>,
    /// Its name.
    pub assignee_name: Option<String>,
    /// Until when.
    pub due: Option<String>,
}
