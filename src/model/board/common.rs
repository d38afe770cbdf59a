//! The fields that all cards have, and those of the records that stand beside cards.

use Kind::{Code, Count, Date, Digest, Flag, Identifier, Language, Line, Narrative, Note, Org};
use Tier::{Coalition, Public};

use crate::model::registry::{
    field::{FieldSpec, Kind},
    table::{AT, ID, NUMBER, field},
    tier::Tier,
};

/// Path of a card's title.
pub const CARD_TITLE: &str = "title";
/// Path of the organisation that answers for a card.
pub const CARD_OWNER: &str = "owner";
/// Path of a card's state, as far as people set it.
pub const CARD_STATE: &str = "state";
/// In a card or an item: its own id.
pub const META_CARD: &str = "meta/card";

/// The fields of every card.
#[rustfmt::skip]
pub static COMMON_FIELDS: &[FieldSpec] = &[
    field("title", Line, Coalition, "Title", "What it is about, without names of defenders").required(),
    field("body", Narrative, Coalition, "Body", "Whatever else there is to say"),
    field("lang", Language, Coalition, "Language", "en, es or pt"),
    field("owner", Org, Coalition, "Owner", "The organisation that answers for it"),
    field("stewards/*/org", Org, Coalition, "Steward", "stewards/KEY/org: an organisation that may release it too"),
    field("state", Code("card_state"), Coalition, "State", "Where it stands"),
    field("due", Date, Coalition, "Due", "Until when"),
    field("starts", Date, Coalition, "Starts", "First day of the event, period or window"),
    field("ends", Date, Coalition, "Ends", "Last day of the event, period or window"),
    field("priority", Code("card_priority"), Coalition, "Priority", "high, medium, low"),
    field("tags/*", Flag, Coalition, "Tag", "tags/WORD: yes"),
    field("countries/*", Flag, Coalition, "Country", "countries/co: yes for each, in small letters"),
    field("links/*/incident", Identifier, Coalition, "Linked incident", "Id of an incident: a reader sees of it what the reader may see"),
    field("links/*/card", Identifier, Coalition, "Linked card", "Id of a card"),
    field("links/*/report", Line, Coalition, "Linked report", "Digest or name of a report"),
    field("links/*/url", Line, Coalition, "Link", "An address"),
    field("links/*/note", Line, Coalition, "Note on a link", "Why it is linked"),
    field("archived", Flag, Coalition, "Archived", "Yes: not shown on the board any more"),
    field("meta/*", Line, Public, "Program", "Written by the program: card, origin, nonce"),
];

/// The fields of a line of a checklist.
#[rustfmt::skip]
pub static ITEM: &[FieldSpec] = &[
    field("card", Identifier, Coalition, "Card", "The card whose checklist it is on").required(),
    field("text", Line, Coalition, "Text", "What is to be done").required(),
    field("done", Flag, Coalition, "Done", "Whether it is"),
    field("assignee", Org, Coalition, "Assignee", "The organisation that does it"),
    field("due", Date, Coalition, "Due", "Until when"),
    field("meta/*", Line, Public, "Program", "Written by the program: card, origin, nonce"),
];

const BY: FieldSpec =
    field("by", Line, Coalition, "By", "A code for the person in their organisation, never a name");

/// What somebody says to a card.
#[rustfmt::skip]
pub static COMMENT: &[FieldSpec] = &[
    ID, NUMBER, AT, BY,
    field("card", Identifier, Coalition, "Card", "The card").required(),
    field("text", Narrative, Coalition, "Text", "What is said").required(),
    field("reply_to", Identifier, Coalition, "Reply to", "Id of the comment that it answers"),
    field("anchor", Line, Coalition, "Anchor", "Language of the text in which the comment is marked"),
];

/// A decision put to organisations: what is asked, of whom, until when.
#[rustfmt::skip]
pub static BALLOT: &[FieldSpec] = &[
    ID, NUMBER, AT, BY,
    field("card", Identifier, Coalition, "Card", "The decision's card").required(),
    field("question", Narrative, Coalition, "Question", "What is decided").required(),
    field("options/*", Line, Coalition, "Option", "options/KEY: one way to decide"),
    field("participants/*/org", Org, Coalition, "Participant", "participants/KEY/org: an organisation that is asked"),
    field("needed", Count, Coalition, "Consents needed", "More than half of the participants").required(),
    field("opens", Date, Coalition, "Opens", "First day of the consent window").required(),
    field("closes", Date, Coalition, "Closes", "Last day of the consent window").required(),
];

/// What one organisation says to a ballot.
#[rustfmt::skip]
pub static POSITION: &[FieldSpec] = &[
    ID, NUMBER, AT, BY,
    field("ballot", Digest, Coalition, "Ballot", "Digest of the whole ballot, its author and its circle").required(),
    field("stance", Code("position_stance"), Coalition, "Stance", "consent, stand_aside or block").required(),
    field("option", Line, Coalition, "Option", "Key of the option that it is for"),
    field("reason", Narrative, Coalition, "Reason", "Why; a block needs one"),
];

/// That a ballot's window is over.
#[rustfmt::skip]
pub static CLOSING: &[FieldSpec] = &[
    ID, NUMBER, AT, BY,
    field("ballot", Digest, Coalition, "Ballot", "Digest of the whole ballot, its author and its circle").required(),
];

/// A record of the same matter that its author knew, by what `crypto::endorsed` calls it.
const FOLLOWS: FieldSpec = field(
    "follows/*",
    Flag,
    Public,
    "Follows",
    "follows/LINK: a record that its author knew, written by the program",
);

/// A text as it was frozen.
#[rustfmt::skip]
pub static VERSION: &[FieldSpec] = &[
    ID, NUMBER, AT, BY, FOLLOWS,
    field("card", Identifier, Coalition, "Card", "The statement's card").required(),
    field("texts/*", Note, Coalition, "Text", "texts/es: the text in that language, with its marks"),
    field("keepers/*/org", Org, Coalition, "Keeper", "keepers/KEY/org: an organisation that may freeze what follows, and release it"),
    field("asked/*/org", Org, Coalition, "Asked", "asked/KEY/org: an organisation whose endorsement is awaited; nobody: all members"),
    field("hash", Digest, Coalition, "Hash", "Digest of card, keepers, who is asked, and texts").required(),
];

/// One organisation's word on a version.
#[rustfmt::skip]
pub static ENDORSEMENT: &[FieldSpec] = &[
    ID, NUMBER, AT, BY, FOLLOWS,
    field("card", Identifier, Coalition, "Card", "The statement's card").required(),
    field("hash", Digest, Coalition, "Hash", "Hash of the version").required(),
    field("stance", Code("endorsement_stance"), Coalition, "Stance", "endorse, decline or withdrawn").required(),
    field("device", Digest, Coalition, "Device", "Key of the device that signed"),
    field("signature", Line, Coalition, "Signature", "Over card, hash, organisation and stance"),
];

/// That a version is released or retired.
#[rustfmt::skip]
pub static RELEASE: &[FieldSpec] = &[
    ID, NUMBER, AT, BY, FOLLOWS,
    field("card", Identifier, Coalition, "Card", "The statement's card").required(),
    field("hash", Digest, Coalition, "Hash", "Hash of the version").required(),
    field("action", Code("release_action"), Coalition, "Action", "release or retire").required(),
];
