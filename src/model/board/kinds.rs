//! The 27 kinds of cards: one table, as data.
//!
//! All that cards have in common (storage, sync, history, search, commands, export) reads this and
//! nothing else. `DOMAIN` section numbers are those of the coalition's programme.

mod coordination;
mod data;
mod protection;
mod strategy;

use std::fmt;

use super::life::Life;
use crate::model::registry::field::FieldSpec;

/// What a card is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CardKind {
    /// A strategy meeting of several days.
    StrategyMeeting,
    /// A moment in which something can be influenced.
    Opportunity,
    /// Somebody whose stance is to change.
    Target,
    /// A message that partners say together.
    JointMessage,
    /// A protocol of protection, or a training.
    Protocol,
    /// A group with a mandate.
    WorkingGroup,
    /// A change of the code lists.
    TypologyProposal,
    /// Who has collected data, and releases it.
    DataSourceReview,
    /// A platform for reporting, judged.
    PlatformReview,
    /// How to collect for the most impact.
    DataStrategy,
    /// A story of impact.
    Story,
    /// A group with long-term capacity.
    NationalGroup,
    /// Data used for impact.
    DataUse,
    /// A lesson learned.
    Lesson,
    /// A part of an alert system that already exists.
    AlertElement,
    /// What a government reported to SDG 16.10.1.
    GovReport,
    /// Who needs which information.
    InformationNeed,
    /// Whether information reaches those who need it.
    ReachCheck,
    /// Whether resources are enough.
    ResourceAssessment,
    /// An existing mechanism against its aims.
    MechanismAssessment,
    /// A site where the registry is tried.
    PilotSite,
    /// A priority of the coalition.
    Priority,
    /// What a partner offers or needs.
    PartnerOffer,
    /// A financed project, followed together.
    IfiItem,
    /// A joint campaign.
    Campaign,
    /// Something to be decided together.
    Decision,
    /// Something to be done.
    Action,
}

/// What one kind of card is.
#[derive(Debug, Clone, Copy)]
pub struct KindSpec {
    /// The kind.
    pub kind: CardKind,
    /// Its code in the vocabulary's list `card_kind`.
    pub code: &'static str,
    /// The point of the programme that it is for, for example `2b`.
    pub bullet: &'static str,
    /// The states that it goes through.
    pub life: Life,
    /// Whether a new one is compared with those that others have, so that no work is done twice.
    pub guarded: bool,
    /// Its own fields, beside [those of all cards](super::COMMON_FIELDS).
    pub fields: &'static [FieldSpec],
}

/// The table.
#[rustfmt::skip]
pub static KINDS: [KindSpec; 27] = [
    KindSpec { kind: CardKind::StrategyMeeting, code: "strategy_meeting", bullet: "1", life: Life::Common, guarded: false, fields: strategy::STRATEGY_MEETING },
    KindSpec { kind: CardKind::Opportunity, code: "opportunity", bullet: "1a", life: Life::Opportunity, guarded: true, fields: strategy::OPPORTUNITY },
    KindSpec { kind: CardKind::Target, code: "target", bullet: "1a", life: Life::Common, guarded: true, fields: strategy::TARGET },
    KindSpec { kind: CardKind::JointMessage, code: "joint_message", bullet: "1b", life: Life::Message, guarded: false, fields: strategy::JOINT_MESSAGE },
    KindSpec { kind: CardKind::Protocol, code: "protocol", bullet: "1c", life: Life::Common, guarded: false, fields: strategy::PROTOCOL },
    KindSpec { kind: CardKind::WorkingGroup, code: "working_group", bullet: "2", life: Life::Common, guarded: false, fields: data::WORKING_GROUP },
    KindSpec { kind: CardKind::TypologyProposal, code: "typology_proposal", bullet: "2a", life: Life::Typology, guarded: false, fields: data::TYPOLOGY_PROPOSAL },
    KindSpec { kind: CardKind::DataSourceReview, code: "data_source_review", bullet: "2b", life: Life::Common, guarded: true, fields: data::DATA_SOURCE_REVIEW },
    KindSpec { kind: CardKind::PlatformReview, code: "platform_review", bullet: "2c", life: Life::Common, guarded: false, fields: data::PLATFORM_REVIEW },
    KindSpec { kind: CardKind::DataStrategy, code: "data_strategy", bullet: "2d", life: Life::Common, guarded: false, fields: data::DATA_STRATEGY },
    KindSpec { kind: CardKind::Story, code: "story", bullet: "2", life: Life::Common, guarded: false, fields: data::STORY },
    KindSpec { kind: CardKind::NationalGroup, code: "national_group", bullet: "2e", life: Life::Common, guarded: true, fields: data::NATIONAL_GROUP },
    KindSpec { kind: CardKind::DataUse, code: "data_use", bullet: "2f", life: Life::Common, guarded: false, fields: data::DATA_USE },
    KindSpec { kind: CardKind::Lesson, code: "lesson", bullet: "2g", life: Life::Common, guarded: false, fields: data::LESSON },
    KindSpec { kind: CardKind::AlertElement, code: "alert_element", bullet: "2g", life: Life::Common, guarded: false, fields: data::ALERT_ELEMENT },
    KindSpec { kind: CardKind::GovReport, code: "gov_report", bullet: "2h", life: Life::Common, guarded: false, fields: data::GOV_REPORT },
    KindSpec { kind: CardKind::InformationNeed, code: "information_need", bullet: "3a", life: Life::Common, guarded: false, fields: protection::INFORMATION_NEED },
    KindSpec { kind: CardKind::ReachCheck, code: "reach_check", bullet: "3b", life: Life::Common, guarded: false, fields: protection::REACH_CHECK },
    KindSpec { kind: CardKind::ResourceAssessment, code: "resource_assessment", bullet: "3c", life: Life::Common, guarded: false, fields: protection::RESOURCE_ASSESSMENT },
    KindSpec { kind: CardKind::MechanismAssessment, code: "mechanism_assessment", bullet: "3d", life: Life::Common, guarded: false, fields: protection::MECHANISM_ASSESSMENT },
    KindSpec { kind: CardKind::PilotSite, code: "pilot_site", bullet: "3e", life: Life::Pilot, guarded: false, fields: protection::PILOT_SITE },
    KindSpec { kind: CardKind::Priority, code: "priority", bullet: "4a", life: Life::Common, guarded: false, fields: coordination::PRIORITY },
    KindSpec { kind: CardKind::PartnerOffer, code: "partner_offer", bullet: "4a", life: Life::Common, guarded: true, fields: coordination::PARTNER_OFFER },
    KindSpec { kind: CardKind::IfiItem, code: "ifi_item", bullet: "4b", life: Life::Common, guarded: false, fields: coordination::IFI_ITEM },
    KindSpec { kind: CardKind::Campaign, code: "campaign", bullet: "4c", life: Life::Common, guarded: true, fields: coordination::CAMPAIGN },
    KindSpec { kind: CardKind::Decision, code: "decision", bullet: "any", life: Life::Decision, guarded: false, fields: coordination::DECISION },
    KindSpec { kind: CardKind::Action, code: "action", bullet: "any", life: Life::Common, guarded: false, fields: coordination::ACTION },
];

impl CardKind {
    /// All kinds, in the order of the programme.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.iter().map(|spec| spec.kind)
    }

    /// Its line of the table.
    #[must_use]
    pub fn spec(self) -> &'static KindSpec {
        // A test holds that the table is in the order of the variants.
        let [first, ..] = &KINDS;
        KINDS.get(self as usize).unwrap_or(first)
    }

    /// Its code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.spec().code
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        KINDS.iter().find(|spec| spec.code == code).map(|spec| spec.kind)
    }
}

impl fmt::Display for CardKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::{board::COMMON_FIELDS, vocabulary::Vocabulary};

    #[test]
    fn the_table_has_every_kind_of_the_vocabulary_once_and_in_order() {
        let codes: BTreeSet<&str> = KINDS.iter().map(|spec| spec.code).collect();
        let listed: BTreeSet<&str> =
            Vocabulary::built_in().list("card_kind").iter().map(|term| term.code).collect();
        assert_eq!(codes, listed);
        for kind in CardKind::all() {
            assert_eq!(kind.spec().kind, kind);
            assert_eq!(CardKind::from_code(kind.code()), Some(kind));
        }
    }

    #[test]
    fn each_kind_has_fields_of_its_own_which_explain_themselves() {
        for kind in &KINDS {
            assert!(!kind.fields.is_empty(), "{}", kind.code);
            for spec in kind.fields {
                let common = COMMON_FIELDS.iter().any(|common| common.pattern == spec.pattern);
                assert!(!common, "{}: {} is a field of all cards", kind.code, spec.pattern);
                assert!(!spec.label.is_empty() && !spec.help.is_empty(), "{}", spec.pattern);
            }
        }
    }
}
