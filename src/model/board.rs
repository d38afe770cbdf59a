//! The collaboration board: the coalition's working programme as cards.
//!
//! ```text
//! CardKind ─▶ KindSpec     27 kinds: fields, states, whether duplicates are looked for
//! Record ──▶ Card          a record of the schema `card_KIND`, read
//! ```
//!
//! A card is one small document of one circle, which any member of the circle may change. What
//! must be somebody's own word (a comment, a position, an endorsement) stands in a record of its own
//! beside the card, written once (`proto/records.md`).

mod card;
mod common;
pub mod decision;
pub mod guard;
mod kinds;
mod life;
mod statement;

pub use self::{
    card::{Card, CardProblem, check_card},
    common::{
        BALLOT, CARD_OWNER, CARD_STATE, CARD_TITLE, CLOSING, COMMENT, COMMON_FIELDS, ENDORSEMENT,
        ITEM, META_CARD, POSITION, RELEASE, VERSION,
    },
    kinds::{CardKind, KINDS, KindSpec},
    life::Life,
    statement::{
        EndorsementStance, EndorsementStanding, EndorsementWord, FrozenText, ReleaseAct,
        ReleaseAction, StatementRecords, StatementRoles, StatementStanding, statement_standing,
    },
};
